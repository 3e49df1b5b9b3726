"""Verifies a live database: its facts are those that its claims give, and its history is consistent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg

from schema.model.kinds import Kinds

from ..sql.loading.proofs import proofs


@dataclass(frozen=True)
class Proof:
    """What was to be proved, as a sentence, and a text for every row that contradicts it."""

    name: str
    contradictions: list[str]


async def verify(kinds: Kinds, url: str, since: int = 1) -> AsyncIterator[Proof]:
    """Run every proof, all on one state of the database; of the past, only revision `since` and later."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            async for proof in run_proofs(kinds, connection, since):
                yield proof
    finally:
        await connection.close()


async def run_proofs(kinds: Kinds, connection: asyncpg.Connection, since: int = 1) -> AsyncIterator[Proof]:
    """Run every proof in the caller's transaction."""
    for name, text in proofs(kinds, since):
        yield Proof(name, [row[0] for row in await connection.fetch(text)])
