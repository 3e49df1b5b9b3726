"""Lists as files: CSV, newline-delimited JSON and GeoJSON, streamed whole from one state of the database."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass

from schema.model.kind import Kind
from schema.model.parsers import join_list

from ..query.nodes import (
    Constant,
    Geometry,
    Id,
    Links,
    Node,
    Properties,
    Reference,
    Value,
)
from ..store.store import Stream

Text = AsyncGenerator[str, None]


@dataclass(frozen=True)
class ExportFormat:
    """A format of lists: its media type, what it selects where it has its own shape, and how it is written."""

    media_type: str
    write: Callable[[Kind, Stream], Text]
    selection: Callable[[Kind], tuple[Node, ...]] | None = None  # None: that of JSON, with `fields` and `provenance`.
    wrap: Callable[[tuple[Node, ...]], tuple[Node, ...]] | None = None


def flat(kind: Kind) -> tuple[Node, ...]:
    """The id and every field, references as ids: one row of a table."""
    return (Id("id"), *(_cell(kind, name) for name in kind.fields))


def _cell(kind: Kind, name: str) -> Node:
    one = kind.fields[name]
    if one.type.ref is None:
        return Value(name, one)
    return Links(name, one, (Id("id"),)) if one.type.many else Reference(name, one)


async def _csv(kind: Kind, stream: Stream) -> Text:
    """RFC 4180, UTF-8; unknown is an empty cell, and lists are joined by ` | `, or are JSON where an item holds a bar or there is none."""
    yield _row(["id", *kind.fields])
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
        return join_list([_text(one["id"] if isinstance(one, dict) else one) for one in value])
    return str(value)


async def _ndjson(kind: Kind, stream: Stream) -> Text:
    async for document in stream.documents:
        yield document + "\n"


async def _geojson(kind: Kind, stream: Stream) -> Text:
    """RFC 7946; a record whose place is unknown has a null geometry and is not left out."""
    yield f'{{"type":"FeatureCollection","revision":{stream.revision},"features":['
    separator = ""
    async for document in stream.documents:
        yield separator + document
        separator = ",\n"
    yield "]}\n"


def _feature(selection: tuple[Node, ...]) -> tuple[Node, ...]:
    return (Constant("type", "Feature"), Id("id"), Geometry("geometry"), Properties("properties", selection))


FORMATS = {
    "csv": ExportFormat("text/csv; charset=utf-8; header=present", _csv, selection=flat),
    "ndjson": ExportFormat("application/x-ndjson", _ndjson),
    "geojson": ExportFormat("application/geo+json", _geojson, wrap=_feature),
}


def formats(kind: Kind) -> dict[str, ExportFormat]:
    """The formats of a kind's lists; only what has a place goes on a map."""
    return {name: one for name, one in FORMATS.items() if name != "geojson" or kind.point}
