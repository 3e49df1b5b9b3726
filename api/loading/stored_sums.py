"""Stores what each record adds to totals, at the end of a load; totals without conditions only add these up."""

from __future__ import annotations

from collections.abc import Iterable

import asyncpg

from schema.model.kinds import Kinds

from ..sql.loading import lost_sums, statistics, sums
from ..sql.loading.affected import Statement, find_affected


async def store_sums(kinds: Kinds, connection: asyncpg.Connection, revision: int) -> None:
    """Bring the stored sums up to date in the transaction of a load, whose touched records are settled."""
    for kind in kinds.summed:
        if not await connection.fetchval(sums.has_sums(kind)):
            overlaps = await connection.fetchval(sums.any_overlap(kinds, kind))
            await run(connection, sums.build(kinds, kind, revision, overlaps))
            continue
        await run(connection, find_affected(kinds, kind, revision))
        if await connection.fetchval(sums.has_affected(kind)):
            overlaps = await connection.fetchval(sums.any_overlap(kinds, kind, f"affected_{kind.name}"))
            await run(connection, sums.refresh(kinds, kind, revision, overlaps))
            await refresh_statistics(connection, statistics.sum_tables(kind))


async def restore_sums(kinds: Kinds, connection: asyncpg.Connection, newest: int) -> None:
    """Store again what each record added to totals in every revision under the rule, up to the newest one, if a migration has deleted it."""
    for kind in kinds.summed:
        if await connection.fetchval(lost_sums.lacks_sums(kind)):
            await connection.execute(lost_sums.affect_all(kind))
            for row in await connection.fetch(sums.STORED_REVISIONS, newest):
                await run(connection, sums.replay(kinds, kind, row["id"], newest=False))
            await run(connection, sums.replay(kinds, kind, newest, newest=True))
            await refresh_statistics(connection, statistics.sum_tables(kind))


async def run(connection: asyncpg.Connection, statements: Iterable[Statement]) -> None:
    for statement in statements:
        await connection.execute(statement.text, *statement.arguments)


async def refresh_statistics(connection: asyncpg.Connection, statements: dict[str, str]) -> None:
    """Make new statistics for those of these tables that have grown."""
    for row in await connection.fetch(statistics.GROWN, list(statements)):
        await connection.execute(statements[row["name"]])
