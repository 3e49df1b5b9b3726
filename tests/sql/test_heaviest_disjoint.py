"""The function of the database that finds the disjoint figures with the largest sum."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
import pytest_asyncio

from ..conftest import Instance

Weights = tuple[int, int, int]
Edges = set[tuple[int, int]]


@pytest_asyncio.fixture
async def connection(store: Instance) -> AsyncIterator[asyncpg.Connection]:
    made = await asyncpg.connect(store.url)
    yield made
    await made.close()


async def heaviest(connection: asyncpg.Connection, weights: list[Weights], edges: Edges) -> tuple[list[int], bool]:
    """The numbers of the chosen nodes, in order, and whether the choice is exact."""
    ends = [[edge[side] for edge in sorted(edges)] for side in (0, 1)]
    row = await connection.fetchrow(
        "select * from heaviest_disjoint($1, $2, $3, $4, $5)", *(list(one) for one in zip(*weights, strict=True)), *ends
    )
    assert row is not None
    return sorted(row["chosen"]), row["exact"]


def disjoint(edges: Edges, most: int, begun: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """All sets of nodes up to `most` without two that share an edge."""
    yield begun
    for node in range(begun[-1] + 1 if begun else 1, most + 1):
        if not any((other, node) in edges for other in begun):
            yield from disjoint(edges, most, (*begun, node))


def spans(dice: random.Random, count: int) -> Edges:
    """The overlaps of spans, of which some contain all others."""
    found = [(0, 20)] * dice.randrange(1, 4)
    while len(found) < count:
        found.append((start := dice.randrange(18), start + dice.randrange(4)))
    dice.shuffle(found)
    return overlaps(found)


def overlaps(found: list[tuple[int, int]]) -> Edges:
    """The pairs of spans that have a day in common, by their numbers."""
    numbered = [*enumerate(found, 1)]
    return {(n, w) for w, second in numbered for n, first in numbered[: w - 1] if first[0] <= second[1] and second[0] <= first[1]}


async def test_it_is_the_best_of_all_sets(connection: asyncpg.Connection) -> None:
    dice = random.Random(1)
    for count in (13, 14, 14, 15, 15):
        edges, weights = spans(dice, count), [(dice.randrange(9), dice.randrange(3), 1) for _ in range(count)]
        sums = {chosen: tuple(sum(weights[node - 1][n] for node in chosen) for n in range(3)) for chosen in disjoint(edges, count)}
        most = max(sums.values())
        assert await heaviest(connection, weights, edges) == ([*min(chosen for chosen, total in sums.items() if total == most)], True)


@pytest.mark.parametrize("with_days", [False, True], ids=["a chain", "a chain with days"])
async def test_sets_that_contain_each_other_are_compared_without_recursion(connection: asyncpg.Connection, with_days: bool) -> None:
    """A level of recursion for each of them held all of their pairs in memory: 2,000 counts from one first day ended PostgreSQL."""
    await connection.execute("set max_stack_depth = '100kB'")
    count = 100
    found = [(0, last) for last in range(count)] + [(day, day) for day in range(count) if with_days]
    weights = [(n % 60, 0, 1) for n in range(count)] + [(2, 0, 1)] * (len(found) - count)
    # The heaviest count alone, or all days.
    assert await heaviest(connection, weights, overlaps(found)) == ([*range(count + 1, 2 * count + 1)] if with_days else [60], True)
