"""Writes every live claim as tables, one file a kind, from one state of the database; a load of these files makes the same database."""

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

DUCKDB_MEMORY = "192MB"  # Of DuckDB, while it writes Parquet.
UNUSED_QUOTE, UNUSED_DELIMITER = "\x01", "\x02"  # These two never stand in JSON, so that its text is written as it is.


@dataclass(frozen=True)
class ExportedClaims:
    """What was written: the revision that it is of, and the claims in each file."""

    revision: int
    files: dict[str, int]


async def export_claims(kinds: Kinds, url: str, folder: Path, format: str) -> ExportedClaims:
    """Write all live claims into a new or empty folder. Raises BadArgument for one that holds something."""
    _require_empty(folder)
    connection = await asyncpg.connect(url)
    try:
        with tempfile.TemporaryDirectory(prefix=".claims-", dir=folder.parent) as made:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                await connection.execute("set local statement_timeout = 0; set local jit = off")
                revision = await connection.fetchval(claims_sql.REVISION)
                written = {kind.plural: await WRITERS[format](connection, kinds, kind, Path(made)) for kind in kinds.values()}
            _move_into(Path(made), folder)
    finally:
        await connection.close()
    return ExportedClaims(revision, {f"{name}.{format}": count for name, count in written.items() if count})


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadArgument(f"{folder} is not empty; name a new folder, so that its files are of one state of the database")
    folder.parent.mkdir(parents=True, exist_ok=True)


def _move_into(made: Path, folder: Path) -> None:
    """Put the files where they were asked for, once all are whole."""
    folder.mkdir(exist_ok=True)
    for path in sorted(made.iterdir()):
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
    """How many rows were written; a file of none is not kept."""
    count = int(status.rpartition(" ")[2])
    if not count:
        path.unlink()
    return count


Writer = Callable[[asyncpg.Connection, Kinds, Kind, Path], Awaitable[int]]
WRITERS: dict[str, Writer] = {"csv": _write_csv, "ndjson": _write_ndjson, "parquet": _write_parquet}
