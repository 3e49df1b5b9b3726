"""From claims that stand in the staging tables to a revision: merge what differs, settle, prove, sum; inside an open transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import asyncpg

from schema.kind import Kinds

from . import load
from .load import Cause, Receipt
from .sql import merge

Tell = Callable[[str], None]


async def settle_staged(
    kinds: Kinds, connection: asyncpg.Connection, collections: list[str], cause: Cause, *,
    digest: str = "", oddities: Iterable[str] = (), whole: bool = True, tell: Tell = lambda stage: None, receipt: Receipt | None = None,
) -> Receipt:  # fmt: skip
    """Make a revision of what is staged, in the caller's transaction."""
    receipt = receipt or Receipt(oddities=list(oddities))
    await connection.execute(merge.LOCK)
    await connection.execute(merge.DEFER_FOREIGN_KEYS)
    await load._keys(kinds, connection)
    revision: int = await connection.fetchval(merge.NEXT_REVISION)
    for kind in kinds.in_order:
        tell(f"merge {kind.plural}")
        receipt.claims[kind.name] = await load._merge(kind, connection, revision, collections, cause)
    if any(count for counts in receipt.claims.values() for what, count in counts.items() if what != "unchanged"):
        for kind in kinds.in_order:
            tell(f"settle {kind.plural}")
            receipt.records[kind.name] = await load._settle(kinds, kind, connection, revision, load._reason(cause, gone=True))
        await _described(kinds, connection)
        await load._prove(kinds, connection)
        await load._roll_up(kinds, connection, revision)
        await receipt.counted(connection, revision, collections, kinds)
        await load._record(connection, revision, collections, digest, cause, receipt)
        receipt.revision = revision
    return receipt


async def _described(kinds: Kinds, connection: asyncpg.Connection) -> None:
    """Refuse references to what is nowhere described."""
    missing = [(name, row["id"]) for name, kind in kinds.items() for row in await connection.fetch(merge.undescribed(kind))]
    load._refuse(f"{name} {id}: is referred to, and no claim describes it; load what describes it too" for name, id in missing)
