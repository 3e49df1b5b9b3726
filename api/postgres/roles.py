"""Gives the roles of a database their privileges, and finds out what they may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schema.model.kinds import Kinds

from ..sql import roles as sql
from ..sql.roles import Roles
from .connection import connected


@dataclass(frozen=True)
class Role:
    """The role that a URL connects as, and whether it has the privileges that its purpose needs."""

    name: str
    allowed: bool


async def set_roles(kinds: Kinds, url: str, roles: Roles) -> None:
    """Create the roles in the database at `url`, or correct them. Its role must be allowed to. Raises asyncpg's errors."""
    await execute(url, sql.roles_statements(kinds, roles))


async def set_privileges(kinds: Kinds, url: str, reading: str = "", loading: str = "") -> None:
    """Give all reading and loading roles, and these two, their privileges; `url` connects the owner of the tables."""
    await execute(url, [sql.privileges(kinds, reading, loading)])


async def has_privileges(kinds: Kinds, url: str) -> bool:
    """Whether this version gave the roles of the migrated database at `url` their privileges."""
    async with connected(url) as connection:
        return bool(await connection.fetchval(sql.PRIVILEGES_VERSION) == sql.version(kinds))


async def reading_role(url: str) -> Role:
    """The role of a URL for reading."""
    return await _role(url, sql.MAY_READ)


async def loading_role(url: str) -> Role:
    """The role of a URL for loading."""
    return await _role(url, sql.MAY_LOAD)


async def can_grant(url: str) -> bool:
    """Whether the role of a URL may give others privileges on the tables."""
    async with connected(url) as connection:
        return bool(await connection.fetchval(sql.CAN_GRANT))


async def excess(kinds: Kinds, url: str) -> tuple[str, list[str]]:
    """The role of a URL for reading, and what it can do beyond that, in words such as "can write"."""
    async with connected(url) as connection:
        row = await connection.fetchrow(sql.excess(kinds))
    assert row is not None
    return row["username"], row["found"]


async def execute(url: str, statements: Iterable[str]) -> None:
    """Run statements in one transaction."""
    async with connected(url) as connection, connection.transaction():
        for statement in statements:
            await connection.execute(statement)


async def _role(url: str, statement: str) -> Role:
    async with connected(url) as connection:
        row = await connection.fetchrow(statement)
    assert row is not None
    return Role(row["username"], row["allowed"])
