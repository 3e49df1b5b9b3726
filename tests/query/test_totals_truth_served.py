"""The bounds that the API serves contain the truth: invented people, figures that count them, and records that do not state all they are part of."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from typing import Any

import pytest

from api.loading.collections import load
from api.sql.answering import larger_records
from api.sql.answering.comparison_limits import DENSE
from schema.kinds import KINDS

from ..conftest import Instance
from ..support.figures_as_sets import Event, Figure, Parts
from ..support.properties import NIGHTLY
from ..support.totals_reference import cells
from .test_totals_truth import Told, world

Cells = dict[str, Any]
Records = dict[str, dict[str, Cells]]  # By id, by the plural of their kind.
KEYS: list[tuple[str, ...]] = [(), ("month",), ("place",), ("population",), ("actor",)]
WORLDS = 350 if NIGHTLY else 30


def add_parts(found: dict[str, Cells], prefix: str, line: Parts, countries: bool) -> str | None:
    """Add an actor or a place with all that it is stated to be part of; its id."""
    ids = [f"{prefix}-{one}" for one in line]
    for id, above, one in zip(ids, [*ids[1:], None], line, strict=False):
        found[id] = {"id": id, "name": str(one), "kind": one.kind, "part_of": above, **({"country": one.country} if countries else {})}
    return ids[0] if ids else None


def add_event(found: Records, prefix: str, event: Event) -> str:
    """Add an event with the larger ones, of which nothing else may be known; its id."""
    ids = [f"{prefix}-{one}" for one in event.line]
    for id, above in zip(ids, [*ids[1:], None], strict=False):
        found["events"].setdefault(id, {"id": id, "name": id, "kind": "battle", "part_of": above})
    found["events"][ids[0]] |= {
        "started_on": event.first, "ended_on": event.last, "date_precision": event.precision, "country": event.country,
        "location": add_parts(found["locations"], prefix, event.places, countries=True),
    }  # fmt: skip
    return ids[0]


def add_figure(found: Records, prefix: str, one: Figure) -> None:
    names = ("basis", "population", "low", "best", "high", "quantifier", "origin", "disaggregation")
    found["figures"][one.id + prefix] = {
        "id": f"{prefix}-{one.id}", "event": add_event(found, prefix, one.event), "measure": "killed", "unit": "people",
        "actor": add_parts(found["actors"], prefix, one.actors, countries=False),
        "location": add_parts(found["locations"], prefix, one.places, countries=True),
        "period_start": one.start, "period_end": one.end, **{name: getattr(one, name) for name in names},
    }  # fmt: skip


def counted(figures: list[Told], row: Cells, by: tuple[str, ...]) -> int:
    """How many people the figures of a row really count."""
    shown = {key: row[key]["id"].partition("-")[2] if isinstance(row[key], dict) else row[key] for key in by}
    members = [one for one in figures if any(all(dict(cell)[key] == shown[key] for key in by) for cell in cells(one.figure, by))]
    return len(frozenset[int]().union(*(one.people for one in members)))


@pytest.mark.parametrize("dense", [0, DENSE], ids=["divided-by-type", "paired"])
async def test_the_truth_is_between_the_bounds_that_are_served(instance: Instance, monkeypatch: pytest.MonkeyPatch, dense: int) -> None:
    monkeypatch.setattr(KINDS["figure"], "quantities", None)  # Figures may have whatever files of others state.
    monkeypatch.setattr(larger_records, "DENSE", dense)
    worlds = {f"w{seed}": [one for one in world(random.Random(seed)) if one.figure.basis == "flow"] for seed in range(WORLDS)}
    found: Records = defaultdict(dict)
    for prefix, figures in worlds.items():
        for one in figures:
            add_figure(found, prefix, one.figure)
    found["sources"] = {"one": {"id": "one", "title": "one", "kind": "report"}}
    for plural, records in found.items():
        rows = [{"source": "one", **{name: cell for name, cell in row.items() if cell is not None}} for row in records.values()]
        instance.write(f"told/{plural}.ndjson", "".join(json.dumps(row, default=str) + "\n" for row in rows))
    await instance.hear((await load(KINDS, instance.url, instance.folder)).revision)
    approximated = 0
    for prefix, figures in worlds.items():
        events = ",".join(sorted({f"{prefix}-{one.figure.event.line[0]}" for one in figures}))
        for by in KEYS if figures else ():
            for row in (await instance.get(f"/v1/figures/totals?event.one_of={events}&by={','.join(by)}".removesuffix("&by=")))["data"]:
                true = counted(figures, row, by)
                assert (row["low"] or 0) <= true and (row["high"] is None or true <= row["high"]), (prefix, by, row)
                approximated += row["approximated"]
    assert bool(approximated) == (dense == 0)
