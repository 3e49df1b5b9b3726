"""The formats of lists, each declared once: a page of JSON, and the files CSV, newline-delimited JSON and GeoJSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass

from schema.model.kind import Kind
from schema.model.parsers import join_list
from schema.surfaces.openapi.parts import Schema, ref

from ..query.nodes import Constant, Geometry, Id, Links, Node, Properties, Reference, Value
from ..store.store import Stream

Text = AsyncGenerator[str | bytes, None]  # In pieces of any size.
Writer = Callable[[Kind, Stream], Text]
TEXT: Schema = {"type": "string"}


@dataclass(frozen=True)
class ListFormat:
    """A format of lists: everything that REST, the command line, OpenAPI and the docs know of it."""

    suffix: str
    media_type: str
    sentence: str  # For the docs: the standard, and how records become its parts.
    write: Writer | None  # Streams the complete list; None for pages, which SQL writes.
    selection: Callable[[Kind], tuple[Node, ...]] | None = None  # For a fixed set of columns; None: chosen by `fields` and `provenance`.
    wrap: Callable[[tuple[Node, ...]], tuple[Node, ...]] | None = None  # Puts the chosen fields into the format's own envelope.
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
    yield _row(["id", *kind.shown])
    async for document in stream.documents:
        # Numbers stay the text that PostgreSQL wrote: the same bytes as in JSON.
        record = json.loads(document, parse_int=str, parse_float=str)
        yield _row(_text(value) for value in record.values())


def _row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return join_list([_text(item["id"] if isinstance(item, dict) else item) for item in value])
    return str(value)


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


def _feature(selection: tuple[Node, ...]) -> tuple[Node, ...]:
    return (Constant("type", "Feature"), Id("id"), Geometry("geometry"), Properties("properties", selection))


def _formats(*formats: ListFormat) -> dict[str, ListFormat]:
    return {format.suffix: format for format in formats}


# The first is the format of an address without a suffix.
FORMATS = _formats(
    ListFormat("json", "application/json", "A page of the list.", write=None, schema=lambda kind: ref(f"{kind.graphql}List")),
    ListFormat(
        "csv", "text/csv; charset=utf-8; header=present",
        "RFC 4180 in UTF-8: the id and every field, references as ids, lists joined by ` | `, unknown as an empty cell.",
        _csv, selection=flat,
    ),
    ListFormat("ndjson", "application/x-ndjson", "One record a line, each as in the JSON list.", _ndjson),
    ListFormat(
        "geojson", "application/geo+json",
        "A feature collection (RFC 7946), each record in the `properties` of a feature; without a known place its geometry is null.",
        _geojson, wrap=_feature, schema=lambda kind: ref(f"{kind.graphql}FeatureCollection"), applies=lambda kind: bool(kind.point),
    ),
)  # fmt: skip
PAGED = next(iter(FORMATS))


def formats(kind: Kind) -> dict[str, ListFormat]:
    """The formats of a kind's list by suffix; only kinds with a location have a map."""
    return {suffix: format for suffix, format in FORMATS.items() if format.applies(kind)}


def exports(kind: Kind) -> dict[str, ListFormat]:
    """The formats in which a kind's complete list is streamed as a file."""
    return {suffix: format for suffix, format in formats(kind).items() if format.streamed}
