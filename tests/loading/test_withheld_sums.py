"""Totals as of earlier revisions, after claims that were public have been withheld: as if those claims had never been there."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from api.loading.verify import verify
from api.query.nodes import At, Query
from api.rest.totals import TotalsReader
from schema.kinds import KINDS

from ..conftest import Instance, source

Records = dict[str, list[dict[str, Any]]]
READER = TotalsReader(KINDS, KINDS["figure"])
PLACED = {"locations": [{"id": id, "name": id, "kind": "area"} for id in ("town", "north")]}
ACTORS = {"actors": [{"id": id, "name": id, "kind": "rebel_group"} for id in ("company", "brigade", "army")]}
EVENTS = [{"id": id, "name": id, "kind": "battle", "started_on": "2024-01-01"} for id in ("a", "b", "c")]


def killed(id: str, event: str, best: int, **more: Any) -> dict[str, Any]:
    return {"id": id, "event": event, "measure": "killed", "unit": "people", "basis": "flow", "population": "all", "best": best, **more}


def with_events(*figures: dict[str, Any], **more: list[dict[str, Any]]) -> Records:
    return {"events": EVENTS, "figures": [*figures], **more}


# What the first source says in each revision, what the other says that is withheld in the last, and what totals as of the first are then.
CASES: dict[str, tuple[list[Records], Records, int]] = {
    "a figure that has since moved to an event with something withheld": (
        [with_events(killed("g", "a", 3), killed("f", event, 5, population="civilians"), killed("h", "b", 10)) for event in ("b", "a")],
        {"figures": [{"id": "g", "best": 7, "unit": "people"}]}, 13,
    ),
    "a figure that only the withheld claim put into an event": (
        [with_events(killed("f", "b", 5, population="civilians"), killed("h", "c", 10))] * 2,
        {"figures": [killed("f", "c", 5, population="civilians")]}, 15,
    ),
    "an actor inside one that only the withheld claim put into another": (
        [with_events(killed("f", "a", 5, actor="company"), killed("h", "a", 10, actor="army"),
                     actors=[{**one, **({"part_of": "brigade"} if one["id"] == "company" else {})} for one in ACTORS["actors"]])] * 2,
        {"actors": [{"id": "brigade", "part_of": "army"}]}, 15,
    ),
    "an event at a place that only the withheld claim put into another": (
        [{"events": [{**EVENTS[0], "id": "war", "name": "war"}, {**EVENTS[0], "part_of": "war", "location": "town"}], **PLACED,
          "figures": [killed("h", "war", 10, location="north"), killed("f", "a", 5)]}] * 2,
        {"locations": [{"id": "town", "part_of": "north"}]}, 15,
    ),
    "an event that only the withheld claim made part of another": (
        [with_events(killed("h", "a", 10), killed("f", "b", 5))] * 2,
        {"events": [{"id": "b", "part_of": "a"}]}, 15,
    ),
}  # fmt: skip


def text(about: str, records: Records) -> str:
    lines = "".join(f"  {plural}:\n" + "".join(f"    - {json.dumps(row)}\n" for row in rows) for plural, rows in records.items())
    return about + "claims:\n" + lines


@pytest.mark.sampled(1)
@pytest.mark.parametrize("case", CASES)
async def test_totals_of_the_past_are_computed_without_what_is_withheld(instance: Instance, case: str) -> None:
    said, rival, expected = CASES[case]
    for number, records in enumerate(said):
        note = {"note": f"Revision {number + 1}."}
        more = {**records, "events": [*records["events"], {**EVENTS[0], **note, "id": f"other-{number}"}]}
        await instance.load(x=text(source("one", reliability="B"), more), y=text(source("two", reliability="A"), rival))
    assert await totals(instance, 1) != expected
    await instance.load(
        x=text(source("one", reliability="B"), more), y=text(source("two", reliability="A", redistributable="false"), rival)
    )
    found = [await totals(instance, revision) for revision in (1, 2, 3)]
    assert found[0] == expected
    async for proof in verify(KINDS, instance.url):
        assert proof.contradictions == [], proof.name


async def totals(instance: Instance, revision: int) -> int | None:
    """The best estimate of all as of a revision, which is the same from what loads prepare and from the rows."""
    node, _ = READER.totals([])
    store, texts = instance.app.state.store, []
    for derived in (True, False):
        query = Query((replace(node, derived=derived),), At(revision=revision))
        texts.append((await store.answer(query)).roots[0])
    assert texts[0] == texts[1]
    (row,) = json.loads(texts[0])["data"]
    best: int | None = row["best"]
    return best
