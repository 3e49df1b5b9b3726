"""Applies what newer versions of the rule and of the schema say to stored claims, as one revision; the past stays as it was settled."""

from __future__ import annotations

import asyncpg

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..sql.loading import impossible, merge
from ..sql.loading import upgrade as sql
from ..sql.preference import RULE
from ..sql.revision import LOCK, NEWEST, RULE_IN_FORCE
from .change import UPGRADE, Change
from .receipts import Receipt
from .stored_sums import restore_sums
from .transaction import LoadTransaction, affected_rows
from .withholding_steps import recount_withheld

IMPOSSIBLE = "impossible_value"  # The flag of a number that nothing can have.


async def upgrade(kinds: Kinds, url: str) -> Receipt | None:
    """Record an upgrade to the newest rule, and make numbers unknown that nothing can have, such as -99 people.

    Before that, what records add to totals is stored again if a migration has deleted it, which changes no facts. Returns None if there is nothing to
    record, or if nothing has been loaded yet.
    """
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="read_committed"):  # After waiting for another process, its rows must be visible.
            await connection.execute(LOCK)
            await restore_sums(kinds, connection, await connection.fetchval(NEWEST))
            rule = await connection.fetchval(RULE_IN_FORCE)
            clear = [kind for kind in kinds.values() if kind.quantities and await connection.fetchval(impossible.exist(kind))]
            return await _upgrade(kinds, connection, rule, clear) if rule is not None and (clear or rule != RULE) else None
    finally:
        await connection.close()


async def _upgrade(kinds: Kinds, connection: asyncpg.Connection, earlier: str, clear: list[Kind]) -> Receipt:
    await connection.execute(f"{merge.SESSION_SETTINGS}; {merge.DEFER_FOREIGN_KEYS}")
    for kind in kinds.values():
        for text in sql.touch_all(kind) if earlier != RULE else sql.touch_none(kind):
            await connection.execute(text)
    what = [f"Upgrade from the rule {earlier} to {RULE}"] if earlier != RULE else []
    what += ["Numbers that nothing can have become unknown"] if clear else []
    change = Change("; ".join(what), reason="method_changed", kind=UPGRADE)
    receipt = Receipt(claims={name: {"added": 0, "changed": 0, "retracted": 0, "unchanged": 0} for name in kinds})
    load = LoadTransaction(kinds, connection, [], change, receipt=receipt, revision=await connection.fetchval(NEWEST) + 1)
    for kind in clear:
        await _clear(kind, connection, receipt, load.revision)
    if clear:
        await recount_withheld(kinds, connection)
    await load.settle()
    await load.prove()
    await load.record()
    return receipt


async def _clear(kind: Kind, connection: asyncpg.Connection, receipt: Receipt, revision: int) -> None:
    """Make the impossible numbers of claims about a kind unknown, and flag them in the receipt."""
    rows = {}
    for name, text in impossible.clear(kind):
        rows[name] = affected_rows(await connection.execute(text, *([revision] if "$1" in text else [])))
    receipt.claims[kind.name]["changed"] = rows["changed"]
    receipt.flags[IMPOSSIBLE] = receipt.flags.get(IMPOSSIBLE, 0) + rows["changed"] + rows["withheld changed"]
    receipt.flagged += rows["changed"] + rows["withheld changed"]
    for row in await connection.fetch(impossible.first_cleared(kind), revision):
        receipt.flag_messages.append(f"{kind.name} {row['id']}, {row['numbers']}: unknown now, and kept in `original` ({IMPOSSIBLE})")
