"""Exports all live claims of one revision as tables, one file per kind; loading the files into an empty database gives the same facts."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import duckdb

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import BadArgument
from ..sql.loading import export_claims as claims_sql

DUCKDB_MEMORY = "192MB"  # The limit for DuckDB while it writes Parquet.
UNUSED_QUOTE, UNUSED_DELIMITER = "\x01", "\x02"  # Neither occurs in JSON, so that PostgreSQL writes its text unchanged.


@dataclass(frozen=True)
class ExportedClaims:
    """The exported revision, and the number of claims in each file."""

    revision: int
    files: dict[str, int]


async def export_claims(kinds: Kinds, url: str, folder: Path, format: str) -> ExportedClaims:
    """Write all live claims to a new or empty folder. Raises BadArgument if it is not empty."""
    _require_empty(folder)
    connection = await asyncpg.connect(url)
    try:
        with tempfile.TemporaryDirectory(prefix=".claims-", dir=folder.parent) as temporary:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                await connection.execute("set local statement_timeout = 0; set local jit = off")
                revision = await connection.fetchval(claims_sql.REVISION)
                counts = {kind.plural: await WRITERS[format](connection, kinds, kind, Path(temporary)) for kind in kinds.values()}
            _move_into(Path(temporary), folder)
    finally:
        await connection.close()
    return ExportedClaims(revision, {f"{name}.{format}": count for name, count in counts.items() if count})


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadArgument(f"{folder} is not empty; name a new folder, so that all files in it are of one revision")
    folder.parent.mkdir(parents=True, exist_ok=True)


def _move_into(temporary: Path, folder: Path) -> None:
    """Move the files to the requested folder, once all are complete."""
    folder.mkdir(exist_ok=True)
    for path in sorted(temporary.iterdir()):
        path.replace(folder / path.name)


async def _write_csv(connection: asyncpg.Connection, kinds: Kinds, kind: Kind, folder: Path) -> int:
    path = folder / f"{kind.plural}.csv"
    return _row_count(
        path, await connection.copy_from_query(claims_sql.claims(kinds, kind, cells=True), output=path, format="csv", header=True)
    )


async def _write_ndjson(connection: asyncpg.Connection, kinds: Kinds, kind: Kind, folder: Path) -> int:
    path = folder / f"{kind.plural}.ndjson"
    statement = claims_sql.as_json(claims_sql.claims(kinds, kind, cells=False))
    return _row_count(
        path, await connection.copy_from_query(statement, output=path, format="csv", quote=UNUSED_QUOTE, delimiter=UNUSED_DELIMITER)
    )


async def _write_parquet(connection: asyncpg.Connection, kinds: Kinds, kind: Kind, folder: Path) -> int:
    count, table = await _write_csv(connection, kinds, kind, folder), folder / f"{kind.plural}.csv"
    if count:
        with duckdb.connect() as converting:
            converting.execute(f"set memory_limit = '{DUCKDB_MEMORY}'; set temp_directory = '{folder / 'spill'}'; set threads = 1")
            converting.execute(claims_sql.parquet(kind, str(table), str(folder / f"{kind.plural}.parquet")))
        table.unlink()
    return count


def _row_count(path: Path, status: str) -> int:
    """The number of rows that were written; deletes a file without rows."""
    count = int(status.rpartition(" ")[2])
    if not count:
        path.unlink()
    return count


Writer = Callable[[asyncpg.Connection, Kinds, Kind, Path], Awaitable[int]]
WRITERS: dict[str, Writer] = {"csv": _write_csv, "ndjson": _write_ndjson, "parquet": _write_parquet}
