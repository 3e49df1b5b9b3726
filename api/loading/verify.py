"""Verifies a live database: its facts are those that its claims give, and its history is consistent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass

import asyncpg

from schema.model.kinds import Kinds

from ..sql.loading.proofs import ROWS, proofs
from ..sql.loading.sums import NESTED_LOOPS, NO_NESTED_LOOPS
from ..sql.loading.sums_proofs import FEW_KEYS, ONE_PLAN, PLAN_EACH, SUMS_ENDED, sums_proofs
from .stages import Stages, silent

# How long a proof takes for a row, relative to others, by words of its sentence; as measured. For most proofs it is 1.
SLOW = {
    "settling every": 30,
    "adds to totals is stored": 20,
    "has the values of a live claim": 8,
    "is as it was recorded": 6,
    "holds copies": 6,
}


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
    on_stage, plain, sums = on_stage or silent(), [*proofs(kinds, since)], [*sums_proofs(kinds)]
    names = [*(name for name, _ in plain), *(name for name, _, _ in sums)]
    rows = {row["name"]: row["rows"] for row in await connection.fetch(ROWS, [*kinds])}
    on_stage.expect(proof_weights(kinds, names, rows))
    for number, (name, text) in enumerate(plain, 1):
        on_stage(name)
        yield Proof(name, [row[0] for row in await connection.fetch(text)], number, len(names))
    for number, (name, text, affected) in enumerate(sums, 1 + len(plain)):
        on_stage(name)
        read = _read_past_sums(connection, text, affected, since) if affected else _read_sums(connection, text)
        yield Proof(name, await read, number, len(names))


def proof_weights(kinds: Kinds, names: Iterable[str], rows: Mapping[str, float]) -> dict[str, float]:
    """The relative durations of proofs, by their sentences, given the number of records of each kind that a sentence is about."""
    weights: dict[str, float] = {}
    for name in names:
        number = sum(rows.get(kind.name, 0) for kind in kinds.values() if {kind.name, kind.plural} & set(name.split()))
        weights[name] = 100 + number * next((slow for words, slow in SLOW.items() if words in name), 1)
    return weights


async def _read_sums(connection: asyncpg.Connection, text: str, *arguments: object) -> list[str]:
    await connection.execute(NO_NESTED_LOOPS.text)
    rows = await connection.fetch(text, *arguments)
    await connection.execute(NESTED_LOOPS.text)
    return [row[0] for row in rows]


async def _read_past_sums(connection: asyncpg.Connection, text: str, affected: str, since: int) -> list[str]:
    contradictions = []
    for row in await connection.fetch(SUMS_ENDED, since):
        if keys := await connection.fetchval(affected, row["id"]):
            await connection.execute(ONE_PLAN if len(keys) <= FEW_KEYS else PLAN_EACH)
            contradictions += await _read_sums(connection, text, row["id"] - 1, keys)
    await connection.execute(PLAN_EACH)
    return contradictions
