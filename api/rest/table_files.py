"""Tables as files that other programs write: Parquet, by DuckDB, and workbooks, by XlsxWriter in a process of its own."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path

from schema.model.kind import Kind

from ..errors import TooMuch
from ..query.tables import Column
from ..sql.duckdb.parquet import typed_parquet
from ..store.streams import Stream
from .conversions import run_duckdb, run_program

Text = AsyncGenerator[str | bytes, None]  # In pieces of any size.
MAX_ROWS = 100_000  # Records of a workbook.
PIECE = 256 * 1024  # Bytes that are read together.


def header(columns: Iterable[Column], line_end: str = "\n") -> str:
    """The first line of a table."""
    line = io.StringIO()
    csv.writer(line, lineterminator=line_end).writerow(column.name for column in columns)
    return line.getvalue()


async def write_parquet(kind: Kind, stream: Stream) -> Text:
    """Parquet, with a type for each column, and what each means in the metadata of the file."""
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder, "table.csv"), Path(folder, "table.parquet")
        await _spool(stream, table)
        statement = typed_parquet(stream.columns, str(table), str(out), _metadata(kind, stream))
        await run_duckdb(statement, folder)
        async for piece in _pieces(out):
            yield piece


def _metadata(kind: Kind, stream: Stream) -> str:
    about = {
        "kind": kind.name,
        "description": kind.description,
        "revision": stream.revision,
        "columns": {column.name: column.about() for column in stream.columns},
    }
    return json.dumps(about, ensure_ascii=False)


async def write_workbook(kind: Kind, stream: Stream) -> Text:
    """A workbook. Raises TooMuch if there are too many records. It is written by another process, which would otherwise stop this one for seconds."""
    with tempfile.TemporaryDirectory() as folder:
        table, out, about = Path(folder, "table.csv"), Path(folder, "table.xlsx"), Path(folder, "about.json")
        await _spool(stream, table)
        columns = [{"name": column.name, **column.about()} for column in stream.columns]
        description = {"name": kind.plural, "revision": stream.revision, "columns": columns, "max_rows": MAX_ROWS, "too_long": TOO_LONG}
        about.write_text(json.dumps(description), "utf-8")  # noqa: ASYNC240  # it is short
        status = await run_program(sys.executable, "-P", "-m", "api.rest.workbook", *map(str, (about, table, out)))
        if status == TOO_LONG:
            raise TooMuch(f"a .xlsx file can have {MAX_ROWS:,} records, and this list has more; add conditions, or use .csv or .parquet")
        if status:
            raise RuntimeError(f"writing a workbook failed with status {status}")
        async for piece in _pieces(out):
            yield piece


TOO_LONG = 3  # The exit status of the process if the table has too many rows.


async def _spool(stream: Stream, path: Path) -> None:
    with path.open("wb") as file:  # each write goes to the page cache
        file.write(header(stream.columns).encode())
        async for lines in stream.table:
            await asyncio.to_thread(file.write, lines)


async def _pieces(path: Path) -> AsyncGenerator[bytes, None]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
