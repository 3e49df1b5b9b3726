"""What records add to totals is stored by a load; where none can overlap another, without comparing them, and the same."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from api.loading.verify import verify
from api.sql.loading import statistics, sums
from schema.kinds import KINDS

from ..conftest import Instance
from ..support.properties import NIGHTLY
from ..support.small_world import document

EVENTS = ("war", "battle", "raid", "siege", "strike", "flood")
# One figure of each event: flows, a stock, a running total, an estimate that totals leave out, bounds alone, and numbers that contradict each other.
ALONE: list[dict[str, Any]] = [
    {"id": "a", "event": "battle", "measure": "killed", "population": "all", "low": 3, "best": 5, "high": 9},
    {"id": "b", "event": "raid", "measure": "killed", "population": "civilians", "high": 4},
    {"id": "c", "event": "siege", "measure": "displaced", "population": "all", "basis": "stock", "best": 700},
    {"id": "d", "event": "strike", "measure": "killed", "population": "all", "basis": "cumulative", "best": 80, "period_end": "2024-03-05"},
    {"id": "e", "event": "flood", "measure": "killed", "population": "all", "low": 8, "best": 6},
    {"id": "f", "event": "battle", "measure": "injured", "population": "all", "best": 11, "origin": "extrapolated"},
]
BESIDE = {
    "a part of the same event": {"id": "g", "event": "battle", "measure": "killed", "population": "civilians", "best": 2},
    "a figure of an event that contains it": {"id": "g", "event": "war", "measure": "killed", "population": "all", "best": 50},
}


def world(*figures: dict[str, Any]) -> str:
    events = [{"id": id, "name": id, "kind": "battle", "started_on": "2024-03-01"} for id in EVENTS]
    events[1]["part_of"] = "war"
    unit = {"unit": "people", "basis": "flow"}
    return document("paper", {"events": events, "figures": [{**unit, **figure} for figure in figures]})


async def overlaps(store: Instance) -> bool:
    connection = await asyncpg.connect(store.url)
    try:
        return bool(await connection.fetchval(sums.any_overlap(KINDS, KINDS["figure"])))
    finally:
        await connection.close()


async def contradictions(store: Instance) -> list[str]:
    """`verify` compares all records, whatever the load did."""
    return [text async for proof in verify(KINDS, store.url) for text in proof.contradictions]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("beside", BESIDE)
async def test_sums_are_the_same_whether_or_not_records_were_compared(store: Instance, beside: str) -> None:
    await store.load(a=world(*ALONE))  # The sums of all are built.
    assert not await overlaps(store)
    await store.load(a=world({**ALONE[0], "best": 6}, *ALONE[1:]))  # The sums of one are brought up to date.
    assert not await overlaps(store)
    assert await contradictions(store) == []
    shapes = await store.rows("select distinct shape from figure_sum where removed_in is null")
    assert [row["shape"] for row in shapes] == [0]
    await store.load(a=world(*ALONE, BESIDE[beside]))  # Now two must be compared.
    assert await overlaps(store)
    assert await contradictions(store) == []
    connected = await store.rows("select count(*) from figure_sum where removed_in is null and shape <> 0")
    assert connected[0][0] == 2
    if not NIGHTLY:
        return
    await store.load(a=world(*ALONE))  # And now none.
    assert not await overlaps(store)
    assert await contradictions(store) == []


async def test_a_load_makes_the_statistics_of_sums_that_have_grown(store: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Totals are priced by them; PostgreSQL makes them a minute later, which a server does not see before the next revision."""
    monkeypatch.setattr(statistics, "GROWN", statistics.GROWN.replace(f" {statistics.MARGIN} ", " 0 "))  # No fixed number of pages.
    await store.load(a=world(*ALONE))
    many = [{**ALONE[1], "id": f"m{number}", "event": EVENTS[number % 6], "period_start": "2024-01-01"} for number in range(120)]
    await store.load(b=document("other", {"figures": [{"unit": "people", "basis": "flow", **figure} for figure in many]}))
    (row,) = await store.rows("select reltuples, (select count(*) from figure_sum) as rows from pg_class where relname = 'figure_sum'")
    assert row["rows"] >= 120 and row["reltuples"] == row["rows"]
