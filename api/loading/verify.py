"""Verifies a live database: its facts are those that its claims give, and its history is consistent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg

from schema.model.kinds import Kinds

from ..sql.loading.proofs import proofs
from .stages import Stages, silent


@dataclass(frozen=True)
class Proof:
    """What was to be proved, as a sentence, a text for every row that contradicts it, and which proof it is of how many."""

    name: str
    contradictions: list[str]
    number: int
    total: int


async def verify(kinds: Kinds, url: str, since: int = 1, on_stage: Stages | None = None) -> AsyncIterator[Proof]:
    """Run every proof, all on one state of the database; of the past, only revision `since` and later."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            async for proof in run_proofs(kinds, connection, since, on_stage):
                yield proof
    finally:
        await connection.close()


async def run_proofs(kinds: Kinds, connection: asyncpg.Connection, since: int = 1, on_stage: Stages | None = None) -> AsyncIterator[Proof]:
    """Run every proof in the caller's transaction."""
    on_stage, every = on_stage or silent(), [*proofs(kinds, since)]
    on_stage.expect({name: 1 for name, _ in every})
    for number, (name, text) in enumerate(every, 1):
        on_stage(name)
        yield Proof(name, [row[0] for row in await connection.fetch(text)], number, len(every))
