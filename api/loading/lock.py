"""The lock that every load, retraction and undo takes, so that one follows the other; whoever waits is told for whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import asyncpg

from ..sql.loading import files as files_sql
from ..sql.revision import LOCK

FIRST_DAY = dt.date(2000, 1, 1).toordinal()  # PostgreSQL counts days from here.


async def connect(url: str, what: str, author: str) -> asyncpg.Connection:
    """A connection whose name tells those who wait for it what it does, such as `load ucdp-ged`, and for whom.

    Raises ReadOnlySQLTransactionError for a role or a server that cannot write: what it may not read comes first in a load, and says less.
    """
    connection = await asyncpg.connect(url, server_settings={"application_name": files_sql.application_name(what, author)})
    if await connection.fetchval(files_sql.IS_READ_ONLY):
        await connection.close()
        raise asyncpg.ReadOnlySQLTransactionError("a load needs more than a read-only transaction")
    # By itself, asyncpg stores 0001-01-01 and 9999-12-31 as -infinity and infinity.
    await connection.set_type_codec(
        "date", schema="pg_catalog", format="tuple",
        encoder=lambda day: (day.toordinal() - FIRST_DAY,), decoder=lambda days: dt.date.fromordinal(days[0] + FIRST_DAY),
    )  # fmt: skip
    return connection


async def wait_for_lock(connection: asyncpg.Connection, on_stage: Callable[[str], None]) -> None:
    """Wait for other loads to end, and name them."""
    if not await connection.fetchval(files_sql.TRY_LOCK):
        others = await connection.fetch(files_sql.OTHER_LOADS)
        on_stage("waiting for another load: " + "; ".join(f"{load['application_name']}, since {load['since']}" for load in others))
        await connection.execute(LOCK)


async def wait_until_unlocked(url: str, what: str, on_stage: Callable[[str], None]) -> None:
    """Wait until no other load runs, and take no lock."""
    connection = await connect(url, what, "the server")
    try:
        async with connection.transaction():
            await wait_for_lock(connection, on_stage)
    finally:
        await connection.close()
