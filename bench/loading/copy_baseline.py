"""The floor: PostgreSQL reads the same rows by COPY, then builds the same keys, indexes and checks, and analyzes the tables."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

import asyncpg

from api.postgres import migrate

from .workspace import Workspace

MEMORY = "set maintenance_work_mem = '512MB'"  # More than our loads set, so that the floor is as low as possible.
TABLES = (
    "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'alembic_version' order by 1"
)
CONSTRAINTS = """\
select conrelid::regclass::text as relation, quote_ident(conname) as name, contype::text as type, pg_get_constraintdef(oid) as definition
from pg_constraint
where connamespace = 'public'::regnamespace and conrelid <> 0 and contype::text = any($1) and conrelid <> 'alembic_version'::regclass
order by conrelid::regclass::text, conname"""
INDEXES = """\
select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
from pg_index join pg_class on pg_class.oid = indexrelid
where relnamespace = 'public'::regnamespace and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
order by 1"""
KEYS, REFERENCES, CHECKS = ["p", "u", "x"], ["f"], ["c"]


async def floor(place: Workspace, loaded: str) -> dict[str, float]:
    """The seconds of each step of building a database with the rows of a loaded one."""
    folder = place.folder("rows")
    source = await asyncpg.connect(place.url(loaded))
    rows = await _dump(source, folder)
    url = await place.fresh("bare")
    await asyncio.to_thread(migrate.migrate, url)
    target = await asyncpg.connect(url)
    try:
        await _strip(target)
        await target.execute(MEMORY)
        await place.settle()
        found = {
            "copy": await _timed(target, [f"copy {name} from '{folder / name}'" for name in rows]),
            "keys": await _timed(target, await _constraints(source, KEYS)),
            "indexes": await _timed(target, [row["definition"] for row in await source.fetch(INDEXES)]),
            "references": await _timed(target, await _constraints(source, REFERENCES)),
            "checks": await _timed(target, await _constraints(source, CHECKS)),
            "analyze": await _timed(target, [f"analyze {', '.join(rows)}"]),
        }
        await _compare(source, target, rows)
    finally:
        await source.close()
        await target.close()
        shutil.rmtree(folder)
    return found | {"rows": sum(rows.values()), "seconds": sum(found.values())}


async def _dump(connection: asyncpg.Connection, folder: Path) -> dict[str, int]:
    """How many rows each table that is not empty has; they are in a file of its name. As text: composites cannot be read as binary elsewhere."""
    found = {}
    for row in await connection.fetch(TABLES):
        name = row["relname"]
        count = int((await connection.execute(f"copy {name} to '{folder / name}'")).split()[1])
        if count:
            found[name] = count
    return found


async def _strip(connection: asyncpg.Connection) -> None:
    """Drop all keys, indexes and checks of a migrated database, which are built later; NOT NULL stays."""
    for row in await connection.fetch(CONSTRAINTS, REFERENCES) + await connection.fetch(CONSTRAINTS, CHECKS + KEYS):
        await connection.execute(f"alter table {row['relation']} drop constraint {row['name']}")
    for row in await connection.fetch(INDEXES):
        await connection.execute(f"drop index {row['name']}")


async def _constraints(connection: asyncpg.Connection, types: list[str]) -> list[str]:
    rows = await connection.fetch(CONSTRAINTS, types)
    return [f"alter table {row['relation']} add constraint {row['name']} {row['definition']}" for row in rows]


async def _timed(connection: asyncpg.Connection, statements: Iterable[str]) -> float:
    started = time.perf_counter()
    for statement in statements:
        await connection.execute(statement)
    return time.perf_counter() - started


async def _compare(one: asyncpg.Connection, other: asyncpg.Connection, rows: dict[str, int]) -> None:
    """Raise RuntimeError unless both have the same rows, keys, indexes and checks, so that the floor is not too low."""
    for query, arguments in ((CONSTRAINTS, [KEYS + REFERENCES + CHECKS]), (INDEXES, [])):
        theirs, ours = [[tuple(row) for row in await side.fetch(query, *arguments)] for side in (one, other)]
        if theirs != ours:
            raise RuntimeError(f"the databases differ in keys, indexes or checks: {set(theirs) ^ set(ours)}")
    for name, count in rows.items():
        if await other.fetchval(f"select count(*) from {name}") != count:
            raise RuntimeError(f"{name} has a different number of rows")
