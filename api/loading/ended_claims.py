"""Ends the claims that a row of a file made before, and for which it has no value any more: its number was withdrawn, or is not known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncpg

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..intake.withdrawn_values import write_unstated
from ..sql.loading import ended_claims as ended
from ..sql.loading import merge
from .receipts import plural

if TYPE_CHECKING:
    from ..intake.intake import FileIntake

MAX_ENDED = 10  # Claims that ended, which warnings name.


async def stage_unstated(kinds: Kinds, connection: asyncpg.Connection, intake: FileIntake, collections: list[str]) -> list[str]:
    """Stage what rows of the files could say and do not, about kinds of which these collections have claims, public or withheld; returns these kinds."""
    staged = []
    for kind in kinds.values():
        has_claims = [await connection.fetchval(text, collections) for text in (merge.has_claims(kind), ended.has_withheld(kind))]
        if any(has_claims) and (path := await asyncio.to_thread(write_unstated, intake, kind.name)):
            await connection.execute(ended.create_unstated(kind))
            await connection.copy_to_table(f"unstated_{kind.name}", source=path, format="csv")
            staged.append(kind.name)
    return staged


async def end_claims(
    kind: Kind, connection: asyncpg.Connection, collections: Sequence[str], revision: int, reason: str
) -> tuple[int, list[str]]:
    """Retract the claims about a kind that rows of the files made and do not make any more; returns their number, and what to say of them."""
    await connection.execute(ended.ended(kind))
    await connection.execute(ended.of_collections(kind), [*collections])
    rows = await connection.fetch(ended.listed(kind), MAX_ENDED)
    if not rows:
        return 0, []
    kept, *others = ended.move(kind)
    await connection.execute(kept, revision, reason)
    for statement in others:
        await connection.execute(statement)
    count = rows[0]["claims"]
    named = [f"{row['id']} ({row['number']})" if row["number"] else row["id"] for row in rows]
    lines = [
        f"{kind.name} {name}: the row with the {row['locator']} has no value for it any more, so what its source said there earlier is retracted"
        for name, row in zip(named, rows, strict=True)
    ]
    if count > len(rows):
        lines.append(f"{plural(count - len(rows), 'more claim')} about {kind.plural} are retracted in the same way")
    return count, lines
