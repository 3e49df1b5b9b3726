"""The schema of a database, read from the catalogue of PostgreSQL."""

from __future__ import annotations

from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from schema.kinds import KINDS
from schema.model.kinds import Kinds
from schema.storage.tables import metadata

from ..conftest import Databases

# What PostgreSQL says that there is, in its own words.
CATALOGUE_QUERIES = {
    "columns": """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text, a.attcollation::regcollation::text,
  pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'alembic_version'""",
    "constraints": """
select conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable, condeferred from pg_constraint
where connamespace = 'public'::regnamespace and conrelid <> 0 and conrelid::regclass::text <> 'alembic_version'""",
    "indexes": "select indexname, indexdef from pg_indexes where schemaname = 'public' and tablename <> 'alembic_version'",
    "comments": "select relname, obj_description(oid) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'alembic_version'",
}  # fmt: skip


async def read_catalogue(url: str, what: str) -> set[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return {tuple(row) for row in await connection.fetch(CATALOGUE_QUERIES[what])}
    finally:
        await connection.close()


async def declared(databases: Databases, kinds: Kinds = KINDS) -> str:
    """The address of a database whose tables are made from the declarations alone, without a migration."""
    name = await databases.fresh()
    url = databases.url(name)
    connection = await asyncpg.connect(url)
    for row in await connection.fetch("select tablename from pg_tables where schemaname = 'public'"):
        await connection.execute(f"drop table {row['tablename']} cascade")
    await connection.close()

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(url)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    async with engine.begin() as made:
        await made.run_sync(metadata(kinds).create_all)
    await engine.dispose()
    return url
