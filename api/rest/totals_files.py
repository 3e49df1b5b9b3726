"""The rows of totals as tables, in the formats of lists."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from schema.model.field import Field
from schema.model.parsers import join_list
from schema.model.totals import COUNT_COLUMNS, DATE_KEYS, DAY_COLUMNS, LIST_COLUMNS, SUM_COLUMNS, TOTALS_COLUMN, TOTALS_KEY
from schema.model.types import INTEGER, NUMBER, TEXT, TEXTS, Type
from schema.model.words import WORDS

from ..errors import BadArgument
from ..http.query_string import parameters
from ..http.responses import CacheHeaders, NotModified
from ..pauses import paced
from ..query.formula_cells import escape_formula
from ..query.nodes import Query, TotalsRecord, TotalsRows
from ..query.tables import Column, Table
from ..store.side_thread import beside
from ..store.store import Store
from ..store.streams import Stream
from .columns import underscored
from .export import chosen_options
from .export_responses import OPEN_TO_ALL, complete, pieces_of
from .list_formats import RAW, SEPARATOR, ListFormat, Writer
from .parameters import EXPLAIN
from .totals import TotalsReader


class TotalsExporter:
    """Answers requests for the totals of one kind as a file. They have at most some thousand rows, so the files are not kept."""

    def __init__(self, reader: TotalsReader, store: Store, cache_headers: CacheHeaders) -> None:
        self.reader, self.store, self.cache_headers = reader, store, cache_headers

    async def respond(self, request: Request, format: ListFormat, write: Writer) -> Response:
        """The file, or 304 if the client has it already."""
        options, params = chosen_options(format, parameters(request))
        if any(name == EXPLAIN for name, _ in params):
            raise BadArgument(f"{EXPLAIN}: a file is not explained; leave .{format.suffix} out")
        if any(name == WORDS for name, _ in params):
            raise BadArgument(f"{WORDS}: files have none; request JSON, or leave it out")
        node, at = self.reader.totals(params)
        state = await self.store.state(at)
        kind, immutable = self.reader.kind, at.revision is not None
        etag = self.cache_headers.file_etag(request, state.revision, state.last_withdrawal)
        headers = {**self.cache_headers.headers(request, state.revision, immutable, (kind,)), **OPEN_TO_ALL, "etag": etag}
        if self.cache_headers.matches(request, etag):
            return NotModified(headers, state.current)
        answer = await self.store.answer(Query((node,), at))
        headers["content-disposition"] = f'attachment; filename="{kind.plural}-totals-r{answer.revision}.{format.suffix}"'
        headers["content-type"] = format.media_type
        rows = (await beside(json.loads, answer.roots[0] or "", parse_float=str, parse_int=str))["data"]
        (selected,) = (part for part in node.parts if isinstance(part, TotalsRows))
        columns = tuple(column for value in selected.selection for column in self._columns(value))
        table = format.table(kind, columns) if format.table else Table(columns)
        table = replace(table, columns=columns, raw=table.raw or RAW in options, mark="bom" in options)
        named = underscored(columns) if SEPARATOR in options else columns
        stream = Stream(answer.revision, _documents(answer.roots[0] or ""), named, _lines(rows, table), table.mark)
        return await complete(pieces_of(write(kind, stream)), headers)

    def _columns(self, node: Any) -> list[Column]:
        entry = {**TOTALS_KEY.codes, **TOTALS_COLUMN.codes}[node.name]
        if not isinstance(node, TotalsRecord):
            return [Column(node.name, self._type(node.name), entry.definition)]
        label = node.kind.fields[node.kind.label or ""]
        return [Column(node.name, TEXT, f"{entry.definition} Its id."), Column(f"{node.name}.{label.name}", label.type, label.description)]

    def _type(self, name: str) -> Type:
        if name in (*COUNT_COLUMNS, *DAY_COLUMNS) or name in DATE_KEYS[1:]:
            return INTEGER
        if name in SUM_COLUMNS:
            return NUMBER
        field: Field | None = self.reader.kind.fields.get(name)
        return TEXTS if name in LIST_COLUMNS else field.type if field is not None and field.type.vocabulary else TEXT


MARK = "\x00"  # No text of PostgreSQL has it.


async def _documents(answer: str) -> AsyncIterator[str]:
    """Each row as JSON, with numbers as PostgreSQL wrote them."""
    for row in (await beside(json.loads, answer, parse_float=_marked, parse_int=_marked))["data"]:
        yield re.sub(r'"\\u0000([^"]*)"', r"\1", json.dumps(row, ensure_ascii=False, separators=(",", ":")))


def _marked(number: str) -> str:
    return MARK + number


async def _lines(rows: list[dict[str, Any]], table: Table) -> AsyncIterator[bytes]:
    """The rows as lines of CSV, as COPY writes them: unknown is an empty cell."""
    yield await beside(_csv, rows, table)


def _csv(rows: list[dict[str, Any]], table: Table) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in paced(rows):
        values = (_value(row, column.name) for column in table.columns)
        cells = (_cell(value, table.json_lists) for value in values)
        writer.writerow(
            [
                cell if table.raw or column.type not in (TEXT, TEXTS) else escape_formula(cell)
                for cell, column in zip(cells, table.columns, strict=True)
            ]
        )
    return text.getvalue().encode()


def _value(row: dict[str, Any], name: str) -> Any:
    key, _, part = name.partition(".")
    value = row[key]
    return value[part or "id"] if isinstance(value, dict) else None if part else value


def _cell(value: Any, json_lists: bool) -> str:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False) if json_lists else join_list(value)
    return "" if value is None else str(value)
