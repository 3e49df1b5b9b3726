"""Whether a database has every migration, without Alembic: most starts find nothing to migrate, and it takes a third of a second to import."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg

from ..sql.answering.scope import MIGRATION

MIGRATIONS = Path(__file__).parents[2] / "migrations" / "versions"


class CannotMigrate(Exception):
    """What Alembic says where a database cannot be brought to the declared schema."""


# What connecting and migrating can fail with, beside the operating system's own errors. InternalClientError is what asyncpg raises between
# hearing that PostgreSQL ends a connection and its end.
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, CannotMigrate)


def newest() -> str:
    """The number of the last migration."""
    return max(path.name[:4] for path in MIGRATIONS.glob("[0-9]*.py"))


def migrated(url: str) -> bool:
    """Whether the last migration of the database at `url` is the newest. Call it outside an event loop."""
    return asyncio.run(_last(url)) == newest()


async def _last(url: str) -> str | None:
    try:
        connection = await asyncpg.connect(url)
    except ValueError as error:  # of an address whose port is no number, for one
        raise asyncpg.InterfaceError(str(error)) from error
    try:
        found: str | None = await connection.fetchval(MIGRATION)
    except asyncpg.UndefinedTableError:  # Nothing was ever migrated.
        return None
    finally:
        await connection.close()
    return found
