"""Settles all facts again where an earlier version of the rule settled them, as one revision; the past stays as it was settled."""

from __future__ import annotations

import asyncpg

from schema.model.kinds import Kinds

from ..sql.loading import merge
from ..sql.loading import upgrade as sql
from ..sql.preference import RULE
from ..sql.revision import LOCK, NEWEST, RULE_IN_FORCE
from .change import UPGRADE, Change
from .receipts import Receipt
from .transaction import LoadTransaction


async def upgrade(kinds: Kinds, url: str) -> Receipt | None:
    """Record an upgrade to the newest rule. Returns None if it is in force already, or if nothing has been loaded yet."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="read_committed"):  # After waiting for another process, its rows must be visible.
            await connection.execute(LOCK)
            rule = await connection.fetchval(RULE_IN_FORCE)
            return await _upgrade(kinds, connection, rule) if rule not in (None, RULE) else None
    finally:
        await connection.close()


async def _upgrade(kinds: Kinds, connection: asyncpg.Connection, earlier: str) -> Receipt:
    await connection.execute(f"{merge.SESSION_SETTINGS}; {merge.DEFER_FOREIGN_KEYS}")
    for kind in kinds.values():
        for text in sql.touch_all(kind):
            await connection.execute(text)
    change = Change(f"Upgrade from the rule {earlier} to {RULE}", reason="method_changed", kind=UPGRADE)
    receipt = Receipt(claims={name: {"added": 0, "changed": 0, "retracted": 0, "unchanged": 0} for name in kinds})
    load = LoadTransaction(kinds, connection, [], change, receipt=receipt, revision=await connection.fetchval(NEWEST) + 1)
    await load.settle()
    await load.prove()
    await load.record()
    return receipt
