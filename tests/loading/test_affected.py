"""Which records' shares of totals a load computes again: those that it may have changed, and not all of a large family of events."""

from __future__ import annotations

import asyncpg

from api.sql.loading.affected import find_affected
from schema.kinds import KINDS

from ..conftest import Instance
from ..support.small_world import Claims, document

WORLD: Claims = {
    "events": [{"id": "war", "name": "A war", "kind": "war"}, {"id": "battle", "name": "A battle", "kind": "battle", "part_of": "war"}],
    "figures": [
        {"id": f"{event}-{measure}", "event": event, "measure": measure, "best": 4, "unit": "people", "basis": "flow"}
        for event in ("war", "battle") for measure in ("killed", "injured")
    ],
}  # fmt: skip
EARLIER = """
insert into event_history select (jsonb_populate_record(null::event_history,
  to_jsonb(e) || '{"started_on": "2024-01-01", "removed_in": 2, "reason": "source_revised"}')).* from event e where id = $1
"""
KILLED, ALL = {"battle-killed", "war-killed"}, {"battle-killed", "war-killed", "battle-injured", "war-injured"}


# What a load has touched, and the records that it sums again.
TOUCHED = [("figure", "battle-killed", KILLED), ("event", "battle", ALL), ("source", "paper", set[str]())]


async def test_only_records_of_the_measures_that_were_touched_are_summed_again(store: Instance) -> None:
    await store.load(paper=document("paper", WORLD))
    connection = await asyncpg.connect(store.url)
    try:
        for kind, id, expected in TOUCHED:
            await connection.execute("begin")
            for one in KINDS:
                chosen = f"where id = '{id}'" if one == kind else "where false"
                await connection.execute(f"create temp table touched_{one} as select key as record from {one} {chosen}")
            if kind == "event":  # Its days have changed.
                await connection.execute(EARLIER, id)
            for statement in find_affected(KINDS, KINDS["figure"], 2):
                await connection.execute(statement.text, *statement.arguments)
            found = await connection.fetch("select f.id from affected_figure a join figure f on f.key = a.key")
            assert {row["id"] for row in found} == expected, f"{kind} {id}"
            await connection.execute("rollback")
    finally:
        await connection.close()
