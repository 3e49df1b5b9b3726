"""The formats of lists, each declared once: a page of JSON, and the files CSV, newline-delimited JSON, GeoJSON, Parquet and XLSX."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from schema.model.kind import Kind
from schema.model.types import TEXT as TEXT_TYPE
from schema.surfaces.openapi.parts import Schema, ref

from ..query.nodes import Id, Links, Node, Reference, Value
from ..query.tables import GEOMETRY, Column, Table
from ..store.streams import Stream
from .table_files import MAX_ROWS, Text, header, write_parquet, write_workbook

Writer = Callable[[Kind, Stream], Text]
TEXT: Schema = {"type": "string"}
BINARY: Schema = {"type": "string", "contentEncoding": "binary"}
RAW, SEPARATOR = "raw", "separator"
QUALITY = re.compile(r"q\s*=\s*([01](?:\.[0-9]{0,3})?)")


class Option(NamedTuple):
    """A parameter of a format: its description, and its values in OpenAPI, the default first."""

    sentence: str
    values: tuple[int | str, int | str] = (0, 1)


# Of every table.
NAMES = {
    SEPARATOR: Option(
        "What stands between the parts of a column's name: `_` makes `event.name` `event_name`, for programs that take a dot for a path.",
        (".", "_"),
    )
}


@dataclass(frozen=True)
class ListFormat:
    """A format of lists: everything that REST, the command line, OpenAPI and the docs know of it."""

    suffix: str
    media_type: str
    sentence: str  # For the docs: the standard, and how records become its parts.
    write: Writer | None  # Streams the complete list; None for pages, which SQL writes.
    selection: Callable[[Kind], tuple[Node, ...]] | None = None  # For a fixed set of columns; None: chosen by `fields` and `provenance`.
    table: Callable[[Kind, tuple[Column, ...]], Table] | None = (
        None  # For a table, whose columns `fields` and `provenance` choose: how it is read.
    )
    options: Mapping[str, Option] = field(default_factory=dict)  # Parameters of its own.
    max_records: int | None = None  # A longer list is refused.
    described: bool = False  # Whether its columns have a description beside it.
    of_totals: bool = False  # Whether totals have it too.
    schema: Callable[[Kind], Schema] = lambda kind: TEXT  # Of the body.
    applies: Callable[[Kind], bool] = lambda kind: True

    @property
    def streamed(self) -> bool:
        """Whether it is a file with the complete list, not a page of it."""
        return self.write is not None


def flat(kind: Kind) -> tuple[Node, ...]:
    """The id and every field, references as ids: one row of a table."""
    return (Id("id"), *(_cell(kind, name) for name in kind.shown))


def _cell(kind: Kind, name: str) -> Node:
    field = kind.shown[name]
    if field.type.ref is None:
        return Value(name, field)
    return Links(name, field, (Id("id"),)) if field.type.many else Reference(name, field)


async def _csv(kind: Kind, stream: Stream) -> Text:
    """RFC 4180 in UTF-8. Unknown is an empty cell. A list is joined by ` | `; if it is empty or an item contains a bar, it is JSON."""
    yield "\ufeff" * stream.mark + header(stream.columns, "\r\n")
    quoted = False
    async for lines in stream.table:
        parts = lines.split(b'"')  # Every other part is inside quotation marks, also across the marks that are doubled there.
        for number in range(quoted, len(parts), 2):
            parts[number] = parts[number].replace(b"\n", b"\r\n")
        quoted ^= not len(parts) % 2
        yield b'"'.join(parts)


def _cells(kind: Kind, columns: tuple[Column, ...]) -> Table:
    return Table(columns)


def _features(kind: Kind, columns: tuple[Column, ...]) -> Table:
    return Table(columns, features=True)


def _exact_cells(kind: Kind, columns: tuple[Column, ...]) -> Table:
    """Cells for another program, which executes none."""
    return Table(columns, raw=True)


def _typed_cells(kind: Kind, columns: tuple[Column, ...]) -> Table:
    """Cells that keep their type, and the point of the record if it can have one."""
    point = Column(GEOMETRY, TEXT_TYPE, "The point, WGS 84.", aspect=GEOMETRY)
    return Table((*columns, point) if kind.point else columns, raw=True, json_lists=True)


async def _ndjson(kind: Kind, stream: Stream) -> Text:
    async for document in stream.documents:
        yield document + "\n"


async def _geojson(kind: Kind, stream: Stream) -> Text:
    """RFC 7946. A record without a known place has a null geometry; it is not left out."""
    yield f'{{"type":"FeatureCollection","revision":{stream.revision},"features":['
    separator = ""
    async for document in stream.documents:
        yield separator + document
        separator = ",\n"
    yield "]}\n"


def _formats(*formats: ListFormat) -> dict[str, ListFormat]:
    return {format.suffix: format for format in formats}


# The first is the format of an address without a suffix.
FORMATS = _formats(
    ListFormat("json", "application/json", "A page of the list.", write=None, schema=lambda kind: ref(f"{kind.graphql}List")),
    ListFormat(
        "csv", "text/csv; charset=utf-8; header=present",
        "RFC 4180 in UTF-8: the id and every field, references as ids with names beside them, lists joined by ` | `, unknown as an empty cell.",
        _csv, table=_cells, described=True, of_totals=True, options={
            "bom": Option("`1` begins the file with a byte order mark, without which Excel does not read it as UTF-8."),
            RAW: Option("`1` leaves texts as they are. Otherwise a text that a spreadsheet would take for a formula has an apostrophe before it."),
            **NAMES,
        },
    ),
    ListFormat("ndjson", "application/x-ndjson", "One record a line, each as in the JSON list.", _ndjson, of_totals=True),
    ListFormat(
        "geojson", "application/geo+json",
        "A feature collection (RFC 7946): the columns of the table are the `properties` of a feature; without a known place its geometry is null.",
        _geojson, table=_features, options=NAMES, schema=lambda kind: ref(f"{kind.graphql}FeatureCollection"), applies=lambda kind: bool(kind.point),
    ),
    ListFormat(
        "parquet", "application/vnd.apache.parquet",
        "Apache Parquet with the columns of the table, typed, described in its metadata; of events, figures and locations GeoParquet 1.1, with points in `geometry`.",
        write_parquet, table=_typed_cells, options=NAMES, of_totals=True, schema=lambda kind: BINARY,
    ),
    ListFormat(
        "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        f"A workbook (Office Open XML) with the columns of the table, and a sheet that describes them; at most {MAX_ROWS:,} records.",
        write_workbook, table=_exact_cells, options=NAMES, of_totals=True, schema=lambda kind: BINARY, max_records=MAX_ROWS,
    ),
)  # fmt: skip
PAGED = next(iter(FORMATS))


def formats(kind: Kind) -> dict[str, ListFormat]:
    """The formats of a kind's list by suffix; only kinds with a location have a map."""
    return {suffix: format for suffix, format in FORMATS.items() if format.applies(kind)}


def exports(kind: Kind) -> dict[str, ListFormat]:
    """The formats in which a kind's complete list is streamed as a file."""
    return {suffix: format for suffix, format in formats(kind).items() if format.streamed}


@lru_cache(100)
def negotiated(accept: str) -> str:
    """The suffix of the format that a client wants of an address without one (RFC 9110, 12.5.1): a file only if it names its media type, and prefers it to JSON."""
    qualities: dict[str, float] = {}
    for part in accept.lower().split(","):
        media_type, _, parameters = part.partition(";")
        quality = QUALITY.search(parameters)
        qualities[media_type.strip()] = float(quality[1]) if quality else 1.0
    json = qualities.get("application/json", qualities.get("application/*", qualities.get("*/*", 0.0)))
    named = {suffix: qualities.get(format.media_type.partition(";")[0], 0.0) for suffix, format in FORMATS.items() if format.streamed}
    best = max(named, key=lambda suffix: named[suffix])
    return best if named[best] > json or (named[best] == json > 0 and "application/json" not in qualities) else PAGED
