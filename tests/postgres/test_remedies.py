"""What a message advises suffices, and gives no more than that."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import quote

import asyncpg
import pytest

from api.postgres import migrate
from api.postgres.remedies import remedy

from ..conftest import Databases
from ..support.properties import NIGHTLY

NAME = 'Owner of "facts"'  # Also of the database.
IDENTIFIER = '"' + NAME.replace('"', '""') + '"'


async def run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def test_a_role_with_what_a_message_advises_can_create_the_tables(databases: Databases) -> None:
    administrator, owner = databases.url("postgres"), databases.address.owner
    asyncio.run(run(administrator, f"create role {IDENTIFIER} login", f"create database {IDENTIFIER}"))
    database = databases.url(quote(NAME))
    url = database.replace(f"//{owner}@", f"//{quote(NAME)}@", 1)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError) as refused:
            migrate.migrate(url)
        advice = remedy(refused.value, "DATABASE_URL", url)
        statements = re.findall(r"`(grant [^`]*)`", advice)
        assert len(statements) == 2 and "all" not in " ".join(statements).split()
        asyncio.run(run(database, *statements))
        migrate.migrate(url, "" if NIGHTLY else "0002")  # The second makes the tables of all kinds.
    finally:
        asyncio.run(run(administrator, f"drop database {IDENTIFIER} with (force)", f"drop role {IDENTIFIER}"))
