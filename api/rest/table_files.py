"""Tables as files that other programs write: Parquet, by DuckDB, and workbooks, by XlsxWriter in a process of its own."""

from __future__ import annotations

import asyncio
import csv
import errno
import io
import json
import logging
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from schema.model.kind import Kind

from ..errors import TooMuch, Unavailable
from ..query.tables import Column
from ..sql.duckdb.parquet import typed_parquet
from ..store.streams import Stream
from .conversions import run_duckdb, run_program

logger = logging.getLogger(__name__)
Text = AsyncGenerator[str | bytes, None]  # In pieces of any size.
MAX_ROWS = 100_000  # Records of a workbook.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # EFBIG: a limit on the size of files (`ulimit -f`).
PIECE = 256 * 1024  # Bytes that are read together.


def header(columns: Iterable[Column], line_end: str = "\n") -> str:
    """The first line of a table."""
    line = io.StringIO()
    csv.writer(line, lineterminator=line_end).writerow(column.name for column in columns)
    return line.getvalue()


async def write_parquet(kind: Kind, stream: Stream) -> Text:
    """Parquet, with a type for each column, and what each means in the metadata of the file."""
    with _workspace() as folder:
        table, out = folder / "table.csv", folder / "table.parquet"
        await _spool(stream, table)
        statement = typed_parquet(stream.columns, str(table), str(out), _metadata(kind, stream))
        with _full_as_os_error():
            await run_duckdb(statement, str(folder))
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
    with _workspace() as folder:
        table, out, about = folder / "table.csv", folder / "table.xlsx", folder / "about.json"
        await _spool(stream, table)
        columns = [{"name": column.name, **column.about()} for column in stream.columns]
        statuses = {"too_long": TOO_LONG, "no_room": NO_ROOM, "full": FULL}
        description = {"name": kind.plural, "revision": stream.revision, "columns": columns, "max_rows": MAX_ROWS, **statuses}
        about.write_text(json.dumps(description), "utf-8")  # it is short
        status = await run_program(sys.executable, "-P", "-m", "api.rest.workbook", *map(str, (about, table, out)))
        if status == TOO_LONG:
            raise TooMuch(f"a .xlsx file can have {MAX_ROWS:,} records, and this list has more; add conditions, or use .csv or .parquet")
        if status == NO_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if status:
            raise RuntimeError(f"writing a workbook failed with status {status}")
        async for piece in _pieces(out):
            yield piece


NO_ROOM = 4  # The exit status of the process if the disk is full.
TOO_LONG = 3  # The exit status of the process if the table has too many rows.


@contextmanager
def _workspace() -> Iterator[Path]:
    """A folder for one conversion. Raises Unavailable if the disk is full."""
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    except OSError as error:
        if error.errno not in FULL:
            raise
        logger.warning("a table cannot be converted in %s: %s", tempfile.gettempdir(), error)
        raise Unavailable("the server has no room to make this file; try again later, or use .csv or .ndjson") from error


@contextmanager
def _full_as_os_error() -> Iterator[None]:
    """Raise the OSError of a full disk that DuckDB tells by its text alone."""
    try:
        yield
    except Exception as error:
        for number in FULL:
            if os.strerror(number) in str(error) and not isinstance(error, OSError):
                raise OSError(number, os.strerror(number)) from error
        raise


async def _spool(stream: Stream, path: Path) -> None:
    with path.open("wb") as file:  # each write goes to the page cache
        file.write(header(stream.columns).encode())
        async for lines in stream.table:
            await asyncio.to_thread(file.write, lines)


async def _pieces(path: Path) -> AsyncGenerator[bytes, None]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
