"""Totals, rule by rule: which figures are added, which never are, and with which reason; by GraphQL, REST and snapshots alike."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from api.loading.verify import verify
from api.settings import Settings
from schema.kinds import KINDS
from schema.model.declaration_error import BadDeclaration
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import ALWAYS_KEYS, LEFT_OUT_REASON, TOTALS_COLUMN, TOTALS_KEY, TOTALS_RULE
from schema.surfaces.graphql.names import camel

from ..conftest import Databases, Instance, source
from ..support.evidence import unfolded
from ..support.figures_as_sets import Figure
from ..support.listed_figures import comparable, listed_figures
from ..support.properties import NIGHTLY, cases
from ..support.totals_reference import REASONS, totals

FIGURE = KINDS["figure"]
Cells = dict[str, Any]
PLACES_AND_ACTORS = """claims:
  locations:
    - {id: syria, name: Syria, kind: country, country: SYR}
    - {id: aleppo, name: Aleppo, kind: admin1, part_of: syria}
    - {id: city, name: Aleppo city, kind: settlement, part_of: aleppo}
    - {id: idlib, name: Idlib, kind: admin1, part_of: syria}
    - {id: district, name: A district, kind: admin2, part_of: aleppo}
    - {id: school, name: A school in the city, kind: site, part_of: city}
    - {id: camp, name: A camp of the city, kind: settlement, part_of: city}
    - {id: suburb, name: A suburb, kind: area, part_of: city}
    - {id: village, name: Village of which no province is stated, kind: settlement, country: SYR}
    - {id: hospital, name: Hospital of which nothing is stated, kind: site}
    - {id: countryside, name: Area of which nothing is stated, kind: area}
    - {id: mosul, name: Town in another country, kind: settlement, country: IRQ}
    - {id: nineveh, name: Province of another country, kind: admin1, country: IRQ}
  actors:
    - {id: opposition, name: Opposition, kind: coalition}
    - {id: front, name: Another coalition, kind: coalition}
    - {id: brigade, name: A brigade, kind: rebel_group, part_of: opposition}
    - {id: army, name: Army, kind: state_forces}
    - {id: government, name: Government, kind: government}
    - {id: guard, name: A guard of the government, kind: state_forces, part_of: government}
    - {id: rebels, name: Rebels, kind: rebel_group}
    - {id: militia, name: Militia, kind: identity_militia}
    - {id: residents, name: Residents, kind: civilians}
    - {id: gunmen, name: Gunmen, kind: unknown}
"""
EVENTS: dict[str, Cells] = {
    "war": {"kind": "war", "country": "SYR", "started_on": "2024-01-01", "ended_on": "2024-12-31", "date_precision": 5},
    "battle": {"kind": "battle", "country": "SYR", "location": "aleppo", "started_on": "2024-11-27", "ended_on": "2024-11-29", "part_of": "war",
               "date_precision": 1},
    "shelling": {"kind": "shelling", "country": "SYR", "location": "city", "started_on": "2024-11-28", "ended_on": "2024-11-28",
                 "part_of": "battle", "date_precision": 1},
    "raid": {"kind": "battle", "country": "SYR", "location": "idlib", "started_on": "2024-12-02", "ended_on": "2024-12-02", "part_of": "war",
             "date_precision": 2},
    "nowhere": {"kind": "battle", "country": "SYR", "started_on": "2024-12-02", "ended_on": "2024-12-02", "part_of": "war"},
    "somewhere": {"kind": "battle", "country": "SYR", "location": "village", "started_on": "2024-12-02", "ended_on": "2024-12-02", "part_of": "war"},
    "near": {"kind": "battle", "country": "SYR", "location": "city", "place_precision": 2, "started_on": "2024-12-02", "ended_on": "2024-12-02", "part_of": "war"},
    "clash": {"kind": "battle", "country": "IRQ", "started_on": "2025-01-01", "ended_on": "2025-01-01", "date_precision": 1},
    "undated": {"kind": "battle"},
    "siege": {"kind": "battle", "country": "SYR", "started_on": "2024-11-27", "date_precision": 1},
}  # fmt: skip
KILLED = {"measure": "killed", "unit": "people", "basis": "flow"}


class Case:
    """Figures, by default of people killed in the battle. Every case has events of its own, so that one load has all cases, and none affects another."""

    every: ClassVar[list[Case]] = []

    def __init__(self, *figures: Cells) -> None:
        self.number = len(self.every)
        self.every.append(self)
        self.figures = [self._figure(f"f{n}", one) for n, one in enumerate(figures)]
        self.events = {name: f"{name}-{self.number}" for name in EVENTS if name in self._needed()}

    def _figure(self, id: str, stated: Cells) -> Cells:
        row = {"event": "battle", **KILLED, **stated, "id": f"{id}-{self.number}"}
        return {name: cell for name, cell in row.items() if cell is not None}

    def _needed(self) -> set[str]:
        """The events of the figures, and what these are part of."""
        needed = {row["event"] for row in self.figures}
        for _ in EVENTS:
            needed |= {above for name in needed if (above := EVENTS[name].get("part_of"))}
        return needed

    @property
    def records(self) -> dict[str, list[Cells]]:
        parts = {name: {"part_of": self.events[event["part_of"]]} if "part_of" in event else {} for name, event in EVENTS.items()
                 if name in self.events}  # fmt: skip
        events = [{**EVENTS[name], "id": id, "name": name.capitalize(), **parts[name]} for name, id in self.events.items()]
        return {"events": events, "figures": [{**row, "event": self.events[row["event"]]} for row in self.figures]}

    @property
    def condition(self) -> str:
        """Only what is about events of this case. Totals on such a condition are read from the stored sums, like those without a condition."""
        return f"event.one_of={','.join(self.events.values())}"

    @property
    def ids(self) -> list[str]:
        return [row["id"] for row in self.figures]


def figures(*stated: Cells) -> pytest.MarkDecorator:
    """Give a test the case of these figures."""
    return pytest.mark.parametrize("case", [Case(*stated)], ids=["figures"])


def paper(*cases: Case) -> str:
    """A file with these cases."""
    text = source() + PLACES_AND_ACTORS
    for plural in ("events", "figures"):
        text += f"  {plural}:\n" + "".join(f"    - {json.dumps(row)}\n" for case in cases for row in case.records[plural])
    return text


@pytest.fixture(autouse=True)
def any_numbers() -> Iterator[None]:
    """Figures may have whatever files of others state, such as bounds that contradict their quantifier; fixtures reject it."""
    with any_numbers_allowed():
        yield


@contextmanager
def any_numbers_allowed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KINDS["figure"], "quantities", None)
        yield


@dataclass
class World:
    """An instance with all cases, in one revision, and its figures as the reference reads them."""

    instance: Instance
    figures: dict[str, Figure]


@pytest_asyncio.fixture(scope="module")
async def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    made = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("world"))
    rivals = {
        name: source(name) + f"claims:\n  figures:\n    - {{id: {id}, best: {best}, unit: people, rank: {rank}}}\n"
        for name, id, rank, best in (("rival", DISPUTED.ids[0], "normal", 6), ("odd", DISPUTED.ids[1], "deprecated", 99))
    }
    async with made.app.router.lifespan_context(made.app), made.client:
        with any_numbers_allowed():
            await made.load(paper=paper(*Case.every), **rivals)
        yield World(made, {one.id: one for one in await listed_figures(made)})


async def told(world: World, case: Case, **parameters: str) -> tuple[list[Cells], dict[str, int]]:
    """The rows of totals over the figures of a case, and the number of figures left out by reason. The reference says the same."""
    query = "&".join([case.condition, *(f"{name}={value}" for name, value in parameters.items())])
    answer = await world.instance.get(f"/v1/figures/totals?{query}")
    if not {*parameters} - {"by", "since", "until"}:
        by = tuple(parameters["by"].split(",")) if parameters.get("by") else ()
        since, until = (date.fromisoformat(day) if (day := parameters.get(name)) else None for name in ("since", "until"))
        wanted = totals([world.figures[id] for id in case.ids], by, since, until)
        assert (comparable(answer["data"]), answer["left_out"]) == (comparable(wanted.rows), wanted.left_out)
    return answer["data"], {one["reason"]: one["figures"] for one in answer["left_out"]}


async def same_by_hand(instance: Instance, by: str, figures: Iterable[Figure]) -> None:
    """The totals of all figures are those of the reference."""
    response = await instance.client.get(f"/v1/figures/totals?by={by}")
    answer = json.loads(response.text, parse_float=Decimal)
    wanted = totals(figures, tuple(by.split(",")) if by else ())
    assert (comparable(answer["data"]), answer["left_out"]) == (comparable(wanted.rows), wanted.left_out)


def ranges(rows: list[Cells]) -> list[tuple[Any, ...]]:
    return [(row["low"], row["best"], row["high"]) for row in rows]


# The numbers of one figure


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        # Bounds are those that are stated, and never a best estimate.
        (Case({"best": 5}), (None, 5, None)),
        (Case({"best": 5, "quantifier": "approximately"}), (None, 5, None)),
        (Case({"best": 5, "quantifier": "exact"}), (5, 5, 5)),
        (Case({"best": 0, "quantifier": "exact"}), (0, 0, 0)),
        (Case({"low": 3, "best": 5, "high": 9}), (3, 5, 9)),
        (Case({"low": 3, "best": 5, "high": 9, "quantifier": "exact"}), (3, 5, 9)),
        (Case({"low": 3}), (3, None, None)),
        (Case({"high": 9}), (None, None, 9)),
        (Case({"low": 9, "quantifier": "more_than"}), (9, None, None)),
        (Case({"low": 9, "quantifier": "at_least"}), (9, None, None)),
        (Case({"best": 9, "quantifier": "more_than"}), (9, 9, None)),
        (Case({"high": 9, "quantifier": "less_than"}), (None, None, 9)),
        (Case({"best": 9, "quantifier": "at_most"}), (None, 9, 9)),
        (Case({"low": 12.5, "high": 13.25, "quantifier": "between"}), (12.5, None, 13.25)),
    ],
)
async def test_a_figure_keeps_its_range(world: World, case: Case, expected: tuple[Any, ...]) -> None:
    rows, left_out = await told(world, case)
    assert (ranges(rows), left_out, rows[0]["contradicted"]) == ([expected], {}, 0)
    assert rows[0]["without_low"] == (expected[0] is None)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (Case({"low": 7, "best": 5, "high": 9}), (5, 5, 9)),
        (Case({"low": 3, "best": 12, "high": 9}), (3, 12, 12)),
        (Case({"low": 9, "best": 5, "high": 3}), (3, 5, 9)),
        (Case({"low": 9, "high": 3}), (3, None, 9)),
        (Case({"low": 7, "best": 5}), (5, 5, None)),
        (Case({"best": 5, "high": 3}), (None, 5, 5)),
        (Case({"low": 7, "best": 5, "quantifier": "exact"}), (5, 5, 7)),
    ],
)
async def test_bounds_contain_every_number_of_a_source_that_contradicts_itself(world: World, case: Case, expected: tuple[Any, ...]) -> None:
    rows, _ = await told(world, case)
    assert (ranges(rows), rows[0]["contradicted"]) == ([expected], 1)
    recorded = (await world.instance.get(f"/v1/figures/{case.ids[0]}"))["data"]
    numbers = {name: cell for name, cell in case.figures[0].items() if name in ("low", "best", "high", "quantifier")}
    assert {name: recorded[name] for name in numbers} == numbers  # The record keeps what was stated.


@figures(
    {"population": "civilians", "low": 20, "quantifier": "more_than"},
    {"population": "combatants", "low": 80, "best": 83, "high": 90},
)
async def test_ranges_are_added_and_a_sum_is_open_above_if_any_figure_is(world: World, case: Case) -> None:
    rows, _ = await told(world, case)
    assert ranges(rows) == [(100, 83, None)]
    assert (rows[0]["figures"], rows[0]["without_best"], rows[0]["without_low"]) == (2, 1, 0)


@figures({"low": 9, "quantifier": "more_than"}, {"event": "raid", "best": 2, "quantifier": "exact"})
async def test_more_than_nine_states_no_maximum(world: World, case: Case) -> None:
    rows, _ = await told(world, case)
    assert ranges(rows) == [(11, 2, None)]


@figures({"best": 10}, {"event": "raid", "best": 2, "quantifier": "exact"})
async def test_a_figure_without_a_lower_bound_adds_nothing_to_low_and_is_counted(world: World, case: Case) -> None:
    rows, _ = await told(world, case)
    assert ranges(rows) == [(2, 12, None)] and rows[0]["without_low"] == 1


@figures({"event": "battle", "best": "0.1"}, {"event": "raid", "best": "0.2"}, {"event": "clash", "best": "123456789012345678.7"})
async def test_sums_are_exact(world: World, case: Case) -> None:
    text = (await world.instance.client.get(f"/v1/figures/totals?{case.condition}")).text
    assert '"best":123456789012345679,' in text


# What is never added


@pytest.mark.parametrize(
    "case",
    [
        Case({"best": 1, "measure": "killed"}, {"best": 2, "measure": "injured"}),
        Case({"best": 1, "unit": "people"}, {"best": 2, "unit": "households"}),
        Case({"best": 1, "basis": "flow"}, {"best": 2, "basis": "stock"}),
        Case({"best": 1, "basis": "flow"}, {"best": 2, "basis": "cumulative"}),
        Case({"best": 1, "basis": "stock"}, {"best": 2, "basis": "cumulative"}),
    ],
)
async def test_these_figures_are_never_added_to_each_other(world: World, case: Case) -> None:
    rows, left_out = await told(world, case)
    assert sorted(row["best"] for row in rows) == [1, 2] and left_out == {}
    assert all(row["measure"] and row["unit"] and row["basis"] for row in rows)


def beside_seven_civilians(**figure: Any) -> Case:
    return Case({"event": "war", "population": "all", **figure}, {"population": "civilians", "best": 7})


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (beside_seven_civilians(), "no_number"),
        (beside_seven_civilians(best=1, unit=None), "unit_unknown"),
        (beside_seven_civilians(best=1, basis=None), "basis_unknown"),
        (beside_seven_civilians(best=350, measure="distance", unit="kilometres"), "no_sum"),
        (beside_seven_civilians(best=9, measure="population"), "no_sum"),
    ],
)
async def test_a_figure_that_cannot_be_added_is_left_out_and_hides_no_other(world: World, case: Case, reason: str) -> None:
    """A figure that is left out by itself does not push out others that it would contain."""
    rows, left_out = await told(world, case)
    assert (ranges(rows), left_out) == ([(None, 7, None)], {reason: 1})


Pair = tuple[Cells, Cells, str | None]
# Two figures, and the reason why the second is left out; None if both are added.
PAIRS: dict[str, Pair] = {
    # A total and its parts, of one event
    "all and civilians": ({"population": "all"}, {"population": "civilians"}, "part_of_total"),
    "all, and nobody said whom": ({"population": "all"}, {}, "part_of_total"),
    "all and unknown": ({"population": "all"}, {"population": "unknown"}, "part_of_total"),
    "nobody said whom, and civilians": ({}, {"population": "civilians"}, "overlap_unknown"),
    "unknown twice": ({"population": "unknown"}, {"population": "unknown"}, "overlap_unknown"),
    "unknown and civilians": ({"population": "unknown"}, {"population": "civilians"}, "overlap_unknown"),
    "unknown, and nobody said whom": ({"population": "unknown"}, {}, "overlap_unknown"),
    "civilians and combatants": ({"population": "civilians"}, {"population": "combatants"}, None),
    "civilians and children, who may be civilians": ({"population": "civilians"}, {"population": "children"}, "overlap_unknown"),
    "women and children": ({"population": "women"}, {"population": "children"}, None),
    "children and girls": ({"population": "children"}, {"population": "girls"}, "part_of_total"),
    "men and females": ({"population": "men"}, {"population": "females"}, None),
    "what a source separates": ({"population": "unknown", "disaggregation": "a"}, {"population": "civilians", "disaggregation": "a"}, None),
    "what a source separates, beside its total of the same name": (
        {"event": "clash", "population": "all", "disaggregation": "a"}, {"event": "clash", "population": "unknown", "disaggregation": "a"}, None,
    ),
    "what two sources separate": (
        {"population": "unknown", "disaggregation": "a"}, {"population": "civilians", "disaggregation": "b"}, "overlap_unknown",
    ),
    "no actor and one": ({}, {"actor": "army"}, "part_of_total"),
    "two actors of one type": ({"actor": "brigade"}, {"actor": "rebels"}, None),
    "two sides": ({"actor": "rebels"}, {"actor": "army"}, None),
    "a member of a coalition, and the other side": ({"actor": "brigade"}, {"actor": "army"}, None),
    "a coalition, and forces that may be a member": ({"actor": "opposition"}, {"actor": "army"}, "overlap_unknown"),
    "a government, and an army that may be its own": ({"actor": "government"}, {"actor": "army"}, "overlap_unknown"),
    "two coalitions, which may share members": ({"actor": "opposition"}, {"actor": "front"}, "overlap_unknown"),
    "a member of a coalition, which may be one of another": ({"actor": "front"}, {"actor": "brigade"}, "overlap_unknown"),
    "a guard of a government, and another army": ({"actor": "guard"}, {"actor": "army"}, None),
    "a government and its guard": ({"actor": "government"}, {"actor": "guard"}, "part_of_total"),
    "somebody unnamed, and rebels": ({"actor": "gunmen"}, {"actor": "rebels"}, "overlap_unknown"),
    "rebels and a militia": ({"actor": "rebels"}, {"actor": "militia"}, None),
    "civilians and a militia": ({"actor": "residents"}, {"actor": "militia"}, None),
    "an actor and its part": ({"actor": "opposition"}, {"actor": "brigade"}, "part_of_total"),
    "the whole event and a place": ({}, {"location": "city"}, "part_of_total"),
    "two places": ({"location": "city"}, {"location": "idlib"}, None),
    "a place and one in it": ({"location": "aleppo"}, {"location": "city"}, "part_of_total"),
    "a province, and a town of which nobody says where it is": ({"location": "aleppo"}, {"location": "village"}, "overlap_unknown"),
    "a country, and a town of which nobody says where it is": ({"location": "syria"}, {"location": "village"}, "overlap_unknown"),
    "two towns, of which nobody says where one is": ({"location": "city"}, {"location": "village"}, None),
    "a district of a province, and a town of the same": ({"location": "district"}, {"location": "city"}, "overlap_unknown"),
    "a district of a province, and another province": ({"location": "idlib"}, {"location": "district"}, None),
    "a province, and a site of which nothing is stated": ({"location": "aleppo"}, {"location": "hospital"}, "overlap_unknown"),
    "a town of a province, and a site of which nothing is stated": ({"location": "city"}, {"location": "hospital"}, "overlap_unknown"),
    "two sites": ({"location": "school"}, {"location": "hospital"}, None),
    "a town, and a site in another": ({"location": "village"}, {"location": "school"}, None),
    "a suburb and a site of one town": ({"location": "suburb"}, {"location": "school"}, "overlap_unknown"),
    "a camp of a town, and a suburb of the town": ({"location": "suburb"}, {"location": "camp"}, "overlap_unknown"),
    "a camp of a town, and another town": ({"location": "camp"}, {"location": "village"}, None),
    "a town and its camp": ({"location": "city"}, {"location": "camp"}, "part_of_total"),
    "an area of which nothing is stated": ({"location": "countryside"}, {"location": "city"}, "overlap_unknown"),
    "two areas": ({"location": "countryside"}, {"location": "suburb"}, None),
    "a province, and a town in another country": ({"location": "aleppo"}, {"location": "mosul"}, None),
    "a province of one country, and a town of another": ({"location": "nineveh"}, {"location": "village"}, None),
    "a province and a town of a country": ({"location": "nineveh"}, {"location": "mosul"}, "overlap_unknown"),
    "a wider place and wider people": ({"location": "aleppo", "population": "civilians"}, {"location": "city", "population": "all"}, "overlap_unknown"),
    # Time
    "the same twice": ({"population": "all"}, {"population": "all"}, "repeated"),
    "days that follow each other": (
        {"period_start": "2024-11-27", "period_end": "2024-11-28"}, {"period_start": "2024-11-29", "period_end": "2024-11-29"}, None,
    ),
    "days within others": (
        {"period_start": "2024-11-27", "period_end": "2024-11-29"}, {"period_start": "2024-11-28", "period_end": "2024-11-29"}, "repeated",
    ),
    "days in common": (
        {"period_start": "2024-11-27", "period_end": "2024-11-29"}, {"period_start": "2024-11-29", "period_end": "2024-11-30"}, "overlap_unknown",
    ),
    "an open period, and days that it may include": (
        {"period_start": "2024-11-27"}, {"period_start": "2024-12-29", "period_end": "2024-12-30"}, "overlap_unknown",
    ),
    "an open period, and days before it": ({"period_start": "2024-11-27"}, {"period_start": "2024-11-25", "period_end": "2024-11-26"}, None),
    "two open periods": ({"period_start": "2024-11-27"}, {"period_start": "2024-11-27"}, "overlap_unknown"),
    "the whole event and days": ({}, {"period_start": "2024-11-28", "period_end": "2024-11-28"}, "repeated"),
    "a later count of a stock": (
        {"basis": "stock", "period_start": "2024-12-01", "period_end": "2024-12-01"},
        {"basis": "stock", "period_start": "2024-11-01", "period_end": "2024-11-01"}, "superseded",
    ),
    "stocks of a day": (
        {"basis": "stock", "population": "all", "period_end": "2024-12-01"},
        {"basis": "stock", "population": "civilians", "period_end": "2024-12-01"}, "part_of_total",
    ),
    "stocks of different people on different days": (
        {"basis": "stock", "population": "all", "period_end": "2024-12-01"},
        {"basis": "stock", "population": "civilians", "period_end": "2024-12-02"}, "overlap_unknown",
    ),
    "a later running total": (
        {"basis": "cumulative", "period_start": "2024-11-01", "period_end": "2024-11-30"},
        {"basis": "cumulative", "period_start": "2024-11-01", "period_end": "2024-11-20"}, "superseded",
    ),
    "running totals of two phases": (
        {"basis": "cumulative", "period_start": "2024-12-01", "period_end": "2024-12-30"},
        {"basis": "cumulative", "period_start": "2024-11-01", "period_end": "2024-11-30"}, None,
    ),
    "a running total of all, and an earlier one of some": (
        {"basis": "cumulative", "population": "all", "period_end": "2024-11-30"},
        {"basis": "cumulative", "population": "civilians", "period_end": "2024-11-20"}, "part_of_total",
    ),
    "a running total of all, and a later one of some": (
        {"basis": "cumulative", "population": "all", "period_end": "2024-11-20"},
        {"basis": "cumulative", "population": "civilians", "period_end": "2024-11-30"}, "overlap_unknown",
    ),
    # An event and its parts
    "an event and its part": ({}, {"event": "shelling"}, "part_of_event"),
    "an event and the part of a part": ({"event": "war"}, {"event": "shelling"}, "part_of_event"),
    "a larger event's civilians, and nobody said whom": ({"population": "civilians"}, {"event": "shelling"}, "overlap_unknown"),
    "a larger event's civilians, and combatants": ({"population": "civilians"}, {"event": "shelling", "population": "combatants"}, None),
    "two parts of an event": ({}, {"event": "raid"}, None),
    "an event and a part on other days": ({"event": "war", "period_start": "2024-01-01", "period_end": "2024-06-30"}, {}, None),
    "an event and a part within its days": ({"event": "war", "period_start": "2024-11-01", "period_end": "2024-11-30"}, {}, "part_of_event"),
    "an event and a part that goes on": ({"event": "war", "period_start": "2024-11-01", "period_end": "2024-11-28"}, {}, "overlap_unknown"),
    "an event in one place and a part in another": ({"event": "war", "location": "idlib"}, {"event": "shelling"}, None),
    "an event in a place and a part within": ({"event": "war", "location": "aleppo"}, {"event": "shelling"}, "part_of_event"),
    "an event in a place and a part that reaches further": ({"event": "war", "location": "city"}, {}, "overlap_unknown"),
    "an event in a place, and a part nobody knows where": ({"event": "war", "location": "city"}, {"event": "nowhere"}, "overlap_unknown"),
    "an event in a province, and a part in a town that may be there": (
        {"event": "war", "location": "aleppo"}, {"event": "somewhere"}, "overlap_unknown",
    ),
    "an event in a town, and a part near it": ({"event": "war", "location": "city"}, {"event": "near"}, "overlap_unknown"),
    "an event in a town, and a part near another one": ({"event": "war", "location": "village"}, {"event": "near"}, "overlap_unknown"),
    "an event, and a part near a town": ({"event": "war"}, {"event": "near"}, "part_of_event"),
    "an event in another town than its part": ({"event": "war", "location": "city"}, {"event": "somewhere"}, None),
    "an event in a site that may be in the town of its part": (
        {"event": "war", "location": "hospital"}, {"event": "somewhere"}, "overlap_unknown",
    ),
    "an event in a town, and a place of a part that may be there": (
        {"event": "war", "location": "city"}, {"location": "hospital"}, "overlap_unknown",
    ),
    "a larger event's stock of another day": ({"event": "war", "basis": "stock"}, {"basis": "stock"}, "overlap_unknown"),
}  # fmt: skip


def pair(wide: Cells, narrow: Cells, turned: bool) -> Case:
    """Two figures, of which the id of the first comes first unless they are turned."""
    ordered = [{"best": 100, "quantifier": "exact", **wide}, {"best": 1, "quantifier": "exact", **narrow}]
    return Case(*(ordered[::-1] if turned else ordered))


PAIR_CASES = [
    (name, reason, turned, pair(wide, narrow, turned)) for name, (wide, narrow, reason) in PAIRS.items() for turned in (False, True)
]


async def test_of_two_figures_one_is_left_out_only_if_it_may_count_the_same(world: World) -> None:
    reasons = {row["id"]: row["counted_in"] for row in (await world.instance.get("/v1/figures?fields=counted_in&limit=1000"))["data"]}
    for name, reason, turned, case in PAIR_CASES:
        found = [reasons[id] for id in case.ids]
        assert (found[::-1] if turned else found) == [None, reason], (name, turned)


@pytest.mark.parametrize(
    "keys", cases(["", "month", "place", "population", "origin", "country,year,actor"], ["month", "country,year,actor"])
)
async def test_totals_of_all_cases_together_are_those_of_the_reference(world: World, keys: str) -> None:
    await same_by_hand(world.instance, keys, world.figures.values())


# Groups of figures


@figures(
    {"population": "civilians", "best": 20, "quantifier": "exact"},
    {"population": "combatants", "best": 10, "quantifier": "exact"},
    {"population": "unknown", "best": 0, "quantifier": "exact"},
)
async def test_civilians_combatants_and_unknown_of_one_event_are_not_lost(world: World, case: Case) -> None:
    """An unknown number of 0 does not stand for everybody."""
    rows, left_out = await told(world, case)
    assert ranges(rows) == [(30, 30, 30)]
    assert (rows[0]["overlap_unknown"], rows[0]["figures"], left_out) == (1, 2, {"overlap_unknown": 1})


@figures(
    *[
        {"population": one, "best": best, "disaggregation": "by-status"}
        for one, best in {"civilians": 20, "combatants": 10, "unknown": 3}.items()
    ]
)
async def test_a_source_that_separates_unknown_people_has_them_added(world: World, case: Case) -> None:
    rows, left_out = await told(world, case)
    assert (ranges(rows), rows[0]["overlap_unknown"], left_out) == ([(None, 33, None)], 0, {})


@figures(
    {"low": 5, "quantifier": "at_least", "period_start": "2024-11-27", "period_end": "2024-11-29"},
    {"best": 100, "quantifier": "exact", "period_start": "2024-11-27", "period_end": "2024-11-27"},
    {"best": 200, "quantifier": "exact", "period_start": "2024-11-28", "period_end": "2024-11-28"},
)
async def test_at_least_five_in_three_days_beside_exact_daily_counts(world: World, case: Case) -> None:
    """The lower bound is that of the days; their whole states no maximum."""
    rows, left_out = await told(world, case)
    assert (ranges(rows), left_out) == ([(300, None, None)], {"repeated": 2})
    assert (rows[0]["contradicted"], rows[0]["without_best"], rows[0]["figures"]) == (0, 1, 1)


@figures(
    {"population": "civilians", "best": 20, "quantifier": "exact"},
    {"population": "children", "best": 7, "quantifier": "exact"},
)
async def test_high_is_the_sum_of_all_whose_overlap_is_unknown(world: World, case: Case) -> None:
    rows, left_out = await told(world, case)
    assert (ranges(rows), left_out) == ([(20, 20, 27)], {"overlap_unknown": 1})


PARTS = [{"population": "civilians", "best": 20, "quantifier": "exact"}, {"population": "combatants", "best": 10, "quantifier": "exact"}]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (Case({"population": "all", "best": 10, "quantifier": "exact"}, *PARTS), (10, 10, 30)),
        (Case({"population": "all", "high": 10, "quantifier": "at_most"}, *PARTS), (10, None, 30)),
        (Case({"population": "all", "low": 5, "best": 10, "high": 12}, *PARTS), (5, 10, 30)),
        (Case({"population": "all", "best": 10, "quantifier": "approximately"}, *PARTS), (10, 10, None)),
    ],
)
async def test_bounds_include_parts_that_exceed_their_whole(world: World, case: Case, expected: tuple[Any, ...]) -> None:
    rows, left_out = await told(world, case)
    assert (ranges(rows), rows[0]["contradicted"], left_out) == ([expected], 1, {"part_of_total": 2})


@figures({"population": "all", "best": 10}, {"population": "civilians", "best": 20})
async def test_parts_that_exceed_their_whole_are_counted_even_if_nobody_states_a_bound(world: World, case: Case) -> None:
    rows, _ = await told(world, case)
    assert (ranges(rows), rows[0]["contradicted"]) == ([(None, 10, None)], 1)


@figures(
    {"best": 3, "quantifier": "exact", "period_start": "2024-11-27"},
    {"best": 100, "quantifier": "exact", "period_start": "2024-11-27", "period_end": "2024-11-29"},
)
async def test_an_open_period_does_not_outrank_a_closed_one(world: World, case: Case) -> None:
    rows, left_out = await told(world, case)
    assert (ranges(rows), left_out, rows[0]["overlap_unknown"]) == ([(100, 100, 103)], {"overlap_unknown": 1}, 1)


@pytest.mark.parametrize("case", [Case(*({"best": best, "quantifier": "exact"} for best in numbers)) for numbers in ((90, 100), (100, 90))])
async def test_of_figures_that_count_the_same_people_the_id_decides_nothing(world: World, case: Case) -> None:
    """Two exact numbers of the same people: the bounds contain both, whichever comes first."""
    rows, left_out = await told(world, case)
    assert (ranges(rows), rows[0]["contradicted"], left_out) == ([(90, 100, 100)], 1, {"repeated": 1})


@figures(*[
    {"best": 1, "quantifier": "exact", "period_start": start, "period_end": end}
    for start, end in (("2024-11-01", "2024-11-10"), ("2024-11-10", "2024-11-15"), ("2024-11-15", "2024-11-17"))
])  # fmt: skip
async def test_a_chain_of_spans_is_added_where_they_are_apart(world: World, case: Case) -> None:
    """The middle one overlaps with both others."""
    rows, left_out = await told(world, case)
    assert (ranges(rows), left_out) == ([(2, 2, 3)], {"overlap_unknown": 1})


# Origins


GAZA_IN_NOVEMBER = [
    {"best": 2553, "origin": "reported", "period_start": "2024-11-01", "period_end": "2024-11-30"},
    {"best": 6275, "origin": "extrapolated", "period_start": "2024-11-01", "period_end": "2024-11-30"},
]


@pytest.mark.parametrize("case", [Case(*GAZA_IN_NOVEMBER), Case(*GAZA_IN_NOVEMBER[::-1])])
async def test_reported_and_extrapolated_figures_do_not_stand_for_each_other(world: World, case: Case) -> None:
    rows, left_out = await told(world, case)
    assert [(row["best"], row["origins"]) for row in rows] == [(2553, ["reported"])] and left_out == {"extrapolated": 1}
    rows, left_out = await told(world, case, by="origin")
    assert [(row["origin"], row["best"], row["origins"]) for row in rows] == [
        ("extrapolated", 6275, ["extrapolated"]), ("reported", 2553, ["reported"]),
    ] and left_out == {}  # fmt: skip
    rows, left_out = await told(world, case, origin="extrapolated")
    assert [row["best"] for row in rows] == [6275] and left_out == {}


@figures(
    {"best": 1, "event": "battle", "origin": None}, {"best": 2, "event": "raid", "origin": "reported"},
    {"best": 4, "event": "clash", "origin": "estimated"}, {"best": 8, "event": "undated", "origin": "extrapolated"},
    {"best": 16, "event": "undated", "origin": "computed"},
)  # fmt: skip
async def test_only_extrapolated_and_computed_figures_are_left_out_by_origin(world: World, case: Case) -> None:
    rows, left_out = await told(world, case)
    assert [(row["best"], row["origins"]) for row in rows] == [(7, ["estimated", "reported"])]
    assert left_out == {"extrapolated": 1, "computed": 1}
    query = "query ($events: [ID!]!) { totals(where: {event: {oneOf: $events}}) { rule rows { origins low withoutLow } leftOut { reason figures } } }"
    found = await world.instance.graphql(query, events=[*case.events.values()])
    assert found["totals"] == {
        "rule": TOTALS_RULE, "rows": [{"origins": ["ESTIMATED", "REPORTED"], "low": None, "withoutLow": 3}],
        "leftOut": [{"reason": "EXTRAPOLATED", "figures": 1}, {"reason": "COMPUTED", "figures": 1}],
    }  # fmt: skip


# Days


@figures({"best": 1, "period_end": "2025-01-15"})
async def test_a_figure_with_only_an_end_is_of_the_month_of_its_end(world: World, case: Case) -> None:
    rows, left_out = await told(world, case, by="month")
    assert [(row["month"], row["best"], row["imprecise_dates"]) for row in rows] == [("2025-01", 1, 1)]
    rows, left_out = await told(world, case, since="2024-11-01", until="2024-11-30")
    assert (rows, left_out) == ([], {"extends_beyond": 1})  # Nobody knows when it began.


def of_days(start: str | None, end: str | None) -> Case:
    return Case({"best": 104, "period_start": start, "period_end": end})


@pytest.mark.parametrize(
    ("case", "window", "reason"),
    [
        (of_days("2024-10-20", "2024-11-03"), ("2024-11-01", "2024-11-30"), "extends_beyond"),
        (of_days("2024-10-20", "2024-12-03"), ("2024-11-01", "2024-11-30"), "extends_beyond"),
        (of_days("2024-10-20", None), ("2024-11-01", "2024-11-30"), "extends_beyond"),
        (of_days(None, "2024-12-03"), ("2024-11-01", "2024-11-30"), "extends_beyond"),
        (of_days("2024-11-20", "2024-12-03"), ("2024-11-01", "2024-11-30"), None),
        (of_days("2024-10-20", "2024-10-31"), ("2024-11-01", "2024-11-30"), "outside"),
        (of_days("2024-12-01", None), ("2024-11-01", "2024-11-30"), "outside"),
        (of_days("2024-10-20", "2024-11-03"), ("2024-11-01", None), "extends_beyond"),
        (of_days("2024-12-01", "2024-12-02"), (None, "2024-11-30"), "outside"),
    ],
)
async def test_every_figure_that_touches_a_span_is_in_a_row_or_left_out(
    world: World, case: Case, window: tuple[str | None, ...], reason: str | None
) -> None:
    """104 dead from before the span that reach into it are not lost without a word."""
    asked = {name: day for name, day in zip(("since", "until"), window, strict=True) if day}
    rows, left_out = await told(world, case, **asked)
    assert ([row["best"] for row in rows], left_out) == (
        ([104], {}) if reason is None else ([], {} if reason == "outside" else {reason: 1})
    )
    assert all(row["imprecise_dates"] == 1 for row in rows)  # It goes on after the span.


@figures({"best": 104, "event": "war"}, {"best": 3})
async def test_an_event_that_reaches_into_a_span_is_left_out_with_its_reason(world: World, case: Case) -> None:
    rows, left_out = await told(world, case, since="2024-11-01", until="2024-11-30")
    assert ([row["best"] for row in rows], left_out) == ([3], {"extends_beyond": 1})


# What conditions and keys do


@figures({"best": 100, "event": "war", "population": "all"}, {"best": 7, "population": "all"}, {"best": 3, "population": "civilians"})
async def test_a_part_is_added_if_its_total_is_not_requested(world: World, case: Case) -> None:
    assert (await told(world, case))[1] == {"part_of_event": 2}
    assert [row["best"] for row in (await told(world, case, event=case.events["battle"]))[0]] == [7]
    assert [row["best"] for row in (await told(world, case, population="civilians"))[0]] == [3]
    rows, left_out = await told(world, case, since="2024-11-01", until="2024-11-30")
    assert ([row["best"] for row in rows], left_out) == ([7], {"extends_beyond": 1, "part_of_total": 1})


@figures({"event": "raid", "population": "all", "best": 30}, {"event": "raid", "population": "civilians", "best": 20})
async def test_a_part_has_its_place_if_its_total_is_not_requested(world: World, case: Case) -> None:
    """No other figure of the request is at its place."""
    rows, left_out = await told(world, case, **{"by": "place", "population.ne": "all"})
    assert [(row["place"]["id"], row["best"]) for row in rows] == [("idlib", 20), ("syria", 20)]
    assert left_out == {}


@figures(
    {"best": 100, "population": "all"}, {"best": 60, "population": "civilians"}, {"best": 5, "population": "civilians", "actor": "army"}
)
async def test_grouped_by_population_or_actor_figures_do_not_leave_each_other_out(world: World, case: Case) -> None:
    assert [row["best"] for row in (await told(world, case))[0]] == [100]
    rows, left_out = await told(world, case, by="population")
    assert [(row["population"], row["best"]) for row in rows] == [("all", 100), ("civilians", 60)] and left_out == {"part_of_total": 1}
    rows, left_out = await told(world, case, by="population,actor")
    assert [row["best"] for row in rows] == [5, 100, 60] and left_out == {}
    assert rows[0]["actor"] == {"id": "army", "name": "Army"} and rows[1]["actor"] is rows[2]["actor"] is None


@figures({"best": 8, "event": "undated"})
async def test_null_in_a_row_means_unknown_and_nothing_else(world: World, case: Case) -> None:
    """A key that the rows are not grouped by is absent in REST and cannot be selected in GraphQL."""
    rows, _ = await told(world, case, by="month")
    assert rows[0]["month"] is None and not {"year", "country", "place", "actor", "population", "origin"} & {*rows[0]}
    assert {"measure", "unit", "basis"} <= {*rows[0]}
    refused = (await world.instance.client.post("/graphql", json={"query": "{ totals(by: [MONTH]) { rows { month year best } } }"})).json()
    assert refused["errors"][0]["message"] == "totals: rows: year: the rows are not grouped by it; add YEAR to `by`, or leave year out"
    query = """query ($by: [TotalsKey!], $event: ID, $all: Boolean!) {
        totals(by: $by, where: {event: {eq: $event}}) { rows { month year @include(if: $all) measure best } } }"""
    found = await world.instance.graphql(query, by=["MONTH"], event=case.events["undated"], all=False)
    assert found["totals"]["rows"] == [{"month": None, "measure": "KILLED", "best": 8}]


@figures(
    {"best": 1}, {"best": 2, "event": "raid"}, {"best": 4, "event": "clash"}, {"best": 8, "event": "undated"},
    {"best": 16, "event": "undated", "population": "civilians", "period_start": "2024-11-01", "period_end": "2024-12-01", "basis": "stock"},
)  # fmt: skip
async def test_totals_by_time_and_country(world: World, case: Case) -> None:
    rows, _ = await told(world, case, by="month,year,country")
    assert [(row["month"], row["year"], row["country"], row["best"]) for row in rows] == [
        ("2024-11", 2024, "SYR", 1), ("2024-12", 2024, "SYR", 2), ("2024-12", 2024, None, 16), ("2025-01", 2025, "IRQ", 4), (None, None, None, 8),
    ]  # fmt: skip
    rows, left_out = await told(world, case, by="year", since="2024-12-02", until="2025-01-01")
    assert ([(row["year"], row["best"]) for row in rows], left_out) == ([(2024, 2), (2025, 4)], {"date_unknown": 1})


COUNT = {"basis": "cumulative", "event": "undated", "period_start": "2023-10-07"}


@figures({**COUNT, "best": 10, "period_end": "2023-12-31"}, {**COUNT, "best": 40, "period_end": "2024-12-31"})
async def test_a_running_total_belongs_to_its_last_day(world: World, case: Case) -> None:
    """So the total up to a day is the latest count until then, not the newest of all, which began before."""
    rows, left_out = await told(world, case, by="year")
    assert ([(row["year"], row["best"], row["imprecise_dates"]) for row in rows], left_out) == ([(2024, 40, 0)], {"superseded": 1})
    rows, left_out = await told(world, case, by="year", until="2023-12-31")
    assert ([(row["year"], row["best"]) for row in rows], left_out) == ([(2023, 10)], {"extends_beyond": 1})
    rows, left_out = await told(world, case, by="month", since="2024-01-01", until="2024-12-31")
    assert ([(row["month"], row["best"]) for row in rows], left_out) == ([("2024-12", 40)], {})


@figures(
    {"best": 1, "event": "shelling"}, {"best": 2, "event": "raid"}, {"best": 4, "event": "clash"},
    {"best": 8, "event": "clash", "location": "city", "basis": "stock"},
)  # fmt: skip
async def test_a_place_includes_the_places_inside_it(world: World, case: Case) -> None:
    rows, _ = await told(world, case, by="place")
    flows = [(row["place"] and row["place"]["id"], row["best"]) for row in rows if row["basis"] == "flow"]
    assert flows == [("aleppo", 1), ("city", 1), ("idlib", 2), ("syria", 3), (None, 4)]
    assert [row["place"]["id"] for row in rows if row["basis"] == "stock"] == ["aleppo", "city", "syria"]


@figures(
    {"event": "war", "population": "all", "low": 250, "best": 400, "high": 500}, {"population": "all", "best": 200, "quantifier": "exact"},
    {"event": "raid", "population": "all", "low": 100, "best": 110, "high": 120},
)  # fmt: skip
async def test_high_of_a_month_is_valid_by_itself(world: World, case: Case) -> None:
    """The total of the war belongs to January. What it contains still bounds its own months, and adds to nothing else."""
    rows, left_out = await told(world, case)
    assert (ranges(rows), left_out) == ([(300, 400, 500)], {"part_of_event": 2})
    rows, _ = await told(world, case, by="month")
    assert [(row["month"], *ranges([row])[0], row["figures"]) for row in rows] == [
        ("2024-01", 0, 400, 500, 1), ("2024-11", 200, None, 200, 0), ("2024-12", 100, None, 120, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "by_month", "together"),
    [
        pytest.param(
            Case({"event": "war", "high": 0}, {"event": "raid", "best": 1}),
            [(None, None, 1)], (None, None, 1), id="a war at most 0, and a battle in it about 1",
        ),
        pytest.param(
            Case({"event": "war", "high": 100}, {"high": 3, "period_start": "2024-11-30", "period_end": "2024-12-02"},
                 {"best": 5, "period_start": "2024-12-01", "period_end": "2024-12-01"}),
            [(None, None, 100), (None, None, 5)], (None, None, 100),
            id="a battle at most 3, and about 5 in it on a day of the next month",
        ),
        pytest.param(
            Case({"best": 90, "high": 100, "period_start": "2024-01-30", "period_end": "2024-02-02"},
                 {"best": 3, "period_start": "2024-02-01", "period_end": "2024-02-03"}),
            [(None, 90, 100), (None, None, None)], (None, 90, None), id="two spans that overlap, one without bounds",
        ),
    ],
)  # fmt: skip
async def test_upper_bounds_of_rows_may_be_added(
    world: World, case: Case, by_month: list[tuple[Any, ...]], together: tuple[Any, ...]
) -> None:
    """Also of sources that contradict each other; a row that nothing was added to shows where people may be that no other row counts."""
    assert ranges((await told(world, case, by="month"))[0]) == by_month
    assert ranges((await told(world, case))[0]) == [together]


def beside_six(left: Cells, times: int) -> Case:
    return Case({"best": 6}, *[{"best": 20, "event": "raid", **left}] * times)


DERIVED = {"origin": "extrapolated"}


@pytest.mark.parametrize(
    ("case", "partial"),
    [
        (beside_six({"basis": None}, 1), True),
        (beside_six({"unit": None}, 1), True),
        (beside_six(DERIVED, 1), False),
        (beside_six(DERIVED, 2), True),
    ],
)
async def test_the_words_of_a_row_say_that_a_sum_may_be_partial(world: World, case: Case, partial: bool) -> None:
    """Of derived figures, one may be of the same people as the one that is added, and the other is of a period that has no other."""
    (row,) = (await world.instance.get(f"/v1/figures/totals?words=en&{case.condition}"))["data"]
    assert row["words"].startswith("About 6 people killed") and ("possibly a partial sum; counts added: 1" in row["words"]) == partial
    assert "partial" not in row
    earlier = (await world.instance.get(f"/v1/figures/totals?words=en&revision=1&by=country&{case.condition}"))["data"]
    assert all("words" in one for one in earlier)


@figures(
    {"best": 1},  # A battle of three days in one month, exactly dated.
    {"best": 1, "event": "raid"},  # Dated to within some days.
    {"best": 1, "event": "undated"},
    {"best": 1, "event": "clash", "period_start": "2024-11-30", "period_end": "2024-12-01"},
    {"best": 1, "event": "clash", "period_start": "2024-12-31", "period_end": "2025-01-01"},
)
async def test_imprecise_dates_are_counted(world: World, case: Case) -> None:
    assert [row["imprecise_dates"] for row in (await told(world, case))[0]] == [2]
    rows, _ = await told(world, case, by="year")
    assert {row["year"]: row["imprecise_dates"] for row in rows} == {2024: 2, None: 1}
    rows, _ = await told(world, case, by="month")
    assert {row["month"]: row["imprecise_dates"] for row in rows} == {"2024-11": 1, "2024-12": 2, None: 1}


@pytest.mark.parametrize(
    ("case", "imprecise"),
    [
        (Case({"best": 1, "event": "siege"}), 1),  # It began on a known day, and nobody says when it ended.
        (Case({"best": 1, "event": "siege", "period_start": "2024-11-27"}), 1),
        (Case({"best": 1, "event": "siege", "period_end": "2024-11-27"}), 1),
        (Case({"best": 1, "event": "siege", "period_start": "2024-11-27", "period_end": "2024-11-27"}), 0),
        (Case({"best": 1, "event": "siege", "basis": "stock"}), 1),
        (Case({"best": 1, "event": "siege", "basis": "cumulative", "period_start": "2024-11-27"}), 1),
        # A running total holds on its last day, whenever it began.
        (Case({"best": 1, "event": "siege", "basis": "cumulative", "period_end": "2024-11-27"}), 0),
        (Case({"best": 1, "event": "siege", "basis": "stock", "period_end": "2024-11-27"}), 0),
        (Case({"best": 1, "event": "battle"}), 0),
        (Case({"best": 1, "event": "battle", "period_start": "2024-11-27"}), 1),
    ],
)
async def test_a_number_without_a_last_day_has_imprecise_dates(world: World, case: Case, imprecise: int) -> None:
    """It may be of days after the month, the year and the span in which it is counted."""
    for parameters in ({}, {"by": "month"}, {"by": "year"}, {"until": "2024-11-27"}, {"since": "2024-11-27", "until": "2025-12-31"}):
        rows, _ = await told(world, case, **parameters)
        beyond = "battle" in case.events and parameters == {"until": "2024-11-27"}
        assert [row["imprecise_dates"] for row in rows] == [max(imprecise, beyond)], parameters


def _day(day: str, event: str = "siege", until: str = "", **other: Any) -> Cells:
    return {"event": event, "best": 3, "period_start": day, "period_end": until or day, **other}


DAILY = Case(_day("2024-11-27"), _day("2024-11-29", until="2024-11-30"), _day("2024-12-02"), _day("2024-12-02", population="children"))
COVERED = [
    # A siege that began on 27 November, and of which nobody states the last day.
    (DAILY, {"by": "month"}, [(3, 4), (1, 31)]),
    (DAILY, {"by": "year"}, [(4, 35)]),
    (DAILY, {"since": "2024-11-28", "until": "2024-12-03"}, [(3, 6)]),
    (DAILY, {"by": "month", "until": "2024-12-03"}, [(3, 4), (1, 3)]),
    (DAILY, {"by": "month,population", "since": "2024-12-01"}, [(1, 31), (1, 31)]),
    (DAILY, {}, [(None, None)]),  # Nothing ends its days.
    # Figures of entire events, such as those of UCDP GED, say nothing of other days.
    (Case({"best": 5}, {"best": 2, "event": "raid"}, {"best": 1, "event": "siege"}), {"by": "month"}, [(None, None), (None, None)]),
    (Case(_day("2024-11-27", "battle", "2024-11-29")), {"by": "month"}, [(None, None)]),
    (Case(_day("2024-11-28", "battle"), {"best": 7}), {"by": "month"}, [(3, 3)]),
    (Case(_day("2024-11-28", "battle")), {}, [(1, 3)]),
    # A count over days that several months have is in the first of them.
    (Case(_day("2024-11-29", until="2024-12-31"), _day("2025-01-01", until="2025-01-05")), {"by": "month"}, [(2, 4), (5, 31)]),
    # Of several events, the one with the most days that nobody counted.
    (Case(_day("2024-11-28"), _day("2024-11-28", "battle")), {"by": "month"}, [(1, 4)]),
    # Days that are not exact, running totals, and what is left out.
    (Case(_day("2024-11-28", "war")), {"by": "month"}, [(None, None)]),
    (Case(_day("2024-11-28", basis="cumulative")), {"by": "month"}, [(None, None)]),
    (Case(_day("2024-11-28"), _day("2024-11-29", origin="extrapolated")), {"by": "month"}, [(1, 4)]),
    (Case(_day("2024-11-28"), {"event": "siege", "best": 9, "period_start": "2024-11-29"}), {"by": "month"}, [(None, None)]),
]  # fmt: skip


@pytest.mark.parametrize(("case", "parameters", "expected"), COVERED)
async def test_a_row_says_on_how_many_days_of_its_event_somebody_counted(
    world: World, case: Case, parameters: dict[str, str], expected: list[tuple[int | None, int | None]]
) -> None:
    """The bundled counts of Gaza have a number of ten days of November 2023, which was printed as if it were that of the month."""
    rows, _ = await told(world, case, **parameters)
    assert [(row["covered_days"], row["event_days"]) for row in rows] == expected
    text = (
        await world.instance.client.get("/v1/figures/totals.csv", params={"event.one_of": ",".join(case.events.values()), **parameters})
    ).text
    assert [(row["covered_days"], row["event_days"]) for row in csv.DictReader(text.splitlines())] == [
        tuple("" if days is None else str(days) for days in pair) for pair in expected
    ]


DISPUTED = Case({"best": 5}, {"best": 7, "event": "raid"}, {"best": 9, "event": "clash"})


async def test_disputed_figures_are_counted(world: World) -> None:
    """A rival claim disputes the first, and a deprecated one does not dispute the second."""
    assert (await told(world, DISPUTED))[0][0]["disputed"] == 1
    assert unfolded((await world.instance.get(f"/v1/figures/{DISPUTED.ids[0]}"))["data"])["best"]["disputed"]
    await told(world, DISPUTED, by="month")


@figures(
    {"event": "war", "population": "all", "best": 100}, {"population": "all", "best": 7}, {"population": "civilians", "best": 3},
    {"population": "all", "best": 5, "origin": "extrapolated", "event": "raid"},
)  # fmt: skip
async def test_an_export_with_conditions_says_what_adds_up_in_its_own_totals(world: World, case: Case) -> None:
    """The battle's figure is part of the war's, unless only the battle is asked for."""
    battle = f"event={case.events['battle']}"
    exports = {
        "": ["", "part_of_event", "part_of_event", "extrapolated"],
        battle: ["", "part_of_total"],
        "population=civilians": [""],
        "measure=killed&counted_in.known=false": [""],
        f"{battle}&counted_in.known=false": [""],
        f"{battle}&counted_in=part_of_total": ["part_of_total"],
        "origin=extrapolated": [""],
        f"{battle}&revision=1": ["", "part_of_total"],
    }
    for query, expected in exports.items():
        response = await world.instance.client.get(f"/v1/figures.csv?order=id&{query}")
        found = [row["counted_in"] for row in csv.DictReader(response.text.splitlines()) if row["id"] in case.ids]
        assert found == expected, query
    nested = await world.instance.client.get(f"/v1/figures.ndjson?{battle}&population=all&fields=counted_in,event.figures.counted_in")
    (row,) = map(json.loads, nested.text.splitlines())
    assert (row["counted_in"], {one["counted_in"] for one in row["event"]["figures"]["data"]}) == (None, {"part_of_event"})
    war = f"event.within={case.events['war']}"
    alone = (battle, f"{war}&population=civilians", f"{war}&origin=extrapolated", f"{war}&event.country=SYR", f"{war}&best.lt=50")
    for query in alone if NIGHTLY else alone[:2]:
        rows = csv.DictReader((await world.instance.client.get(f"/v1/figures.csv?counted_in.known=false&{query}")).text.splitlines())
        totals_of_same = (await world.instance.get(f"/v1/figures/totals?{query}"))["data"]
        assert sum(int(row["best"]) for row in rows) == sum(row["best"] for row in totals_of_same), query


# The fixtures


async def test_the_offensive_on_aleppo(aleppo: Instance) -> None:
    """The dead on the campus may be among those of the offensive, and those who fled to Idlib among all displaced people."""
    answer = await aleppo.get("/v1/figures/totals?by=month&event.within=aleppo-offensive-2024")
    assert [
        (row["month"], row["measure"], row["unit"], row["basis"], row["low"], row["best"], row["high"], row["figures"])
        for row in answer["data"]
    ] == [
        ("2024-11", "area_captured", "square_kilometres", "flow", None, 400, None, 1),
        ("2024-11", "displaced", "people", "flow", 14000, None, None, 1),
        ("2024-11", "killed", "people", "flow", 238, None, None, 3),
        ("2024-11", "settlements_captured", "settlements", "flow", None, 70, None, 1),
    ]
    assert answer["left_out"] == [{"reason": "part_of_event", "figures": 1}, {"reason": "overlap_unknown", "figures": 1}]
    assert [row["imprecise_dates"] for row in answer["data"]] == [1, 1, 0, 1]  # Nobody says when people were displaced or land was taken.
    first_day = await aleppo.get("/v1/figures/totals?measure=displaced&until=2024-11-27&event.within=aleppo-offensive-2024")
    assert [(row["low"], row["imprecise_dates"]) for row in first_day["data"]] == [(14000, 1)]
    assert [row["disputed"] for row in answer["data"]] == [0, 0, 0, 0]
    listed = await listed_figures(aleppo)
    for keys in ("", "month", "place", "actor", "place,actor,population", "country,year,population", "unit"):
        await same_by_hand(aleppo, keys, listed)


KEYS = {"place": "place { id: slug name }", "actor": "actor { id: slug name }"}
COLUMNS = " ".join(camel(name) for name in TOTALS_COLUMN.codes)


BY = ["", "month", "place,actor", "country,year,population", "measure,unit", "origin"]


@pytest.mark.parametrize(("by", "revision"), [*((by, None) for by in BY), ("month", 1), ("place,actor", 1)])
async def test_graphql_and_rest_and_a_snapshot_give_the_same(aleppo: Instance, by: str, revision: int | None) -> None:
    keys = [key for key in TOTALS_KEY.codes if key in (*by.split(","), *ALWAYS_KEYS)]
    columns = f"{' '.join(KEYS.get(key, key) for key in keys)} {COLUMNS}"
    arguments = f"by: [{by.upper()}], where: {{measure: {{ne: DISTANCE}}}}"
    asked = f"totals({arguments}) {{ rule rows {{ {columns} }} leftOut {{ reason figures }} }}"
    found = await aleppo.graphql(f"{{ snapshot(revision: 1) {{ {asked} }} }}" if revision else f"{{ {asked} }}")
    graphql = (found["snapshot"] if revision else found)["totals"]
    pinned = "&revision=1" if revision else ""
    rest = await aleppo.get(f"/v1/figures/totals?by={by}&measure.ne=distance{pinned}")
    names = {camel(name): name for name in TOTALS_COLUMN.codes}
    rows = [{names.get(name, name): spelt(name, cell) for name, cell in row.items()} for row in graphql["rows"]]
    assert (rows, graphql["rule"]) == (rest["data"], rest["rule"]) and rest["revision"] == 1
    assert [{"reason": one["reason"].lower(), "figures": one["figures"]} for one in graphql["leftOut"]] == rest["left_out"]


def spelt(name: str, cell: Any) -> Any:
    if name == "origins":
        return [code.lower() for code in cell]
    return cell.lower() if name in ("measure", "population", "unit", "basis", "origin") and cell else cell


FIVE_AND_THREE, SIX = Case({"best": 5}, {"best": 3, "event": "raid"}), Case({"best": 6})


@pytest.mark.nightly
async def test_an_earlier_revision_has_its_own_totals(instance: Instance) -> None:
    await instance.load(paper=paper(FIVE_AND_THREE))
    first = await instance.get("/v1/figures/totals?by=month")
    await instance.load(paper=paper(SIX))
    assert (await instance.get("/v1/figures/totals?by=month&revision=1")) == first
    assert (await instance.get("/v1/figures/totals?by=month"))["data"][0]["best"] == 6
    found = await instance.graphql("{ totals { rows { best } } snapshot(revision: 1) { totals { rows { best } } } }")
    assert (found["totals"]["rows"], found["snapshot"]["totals"]["rows"]) == ([{"best": 6}], [{"best": 8}])
    empty = await instance.get("/v1/figures/totals?revision=0")
    assert (empty["data"], empty["left_out"]) == ([], [])


async def test_places_and_actors_of_rows_have_all_their_fields(aleppo: Instance) -> None:
    question = "{ t: totals(by: [PLACE, ACTOR]) { __typename rows { __typename p: place { name partOf { name } } actor { name kind } } leftOut { __typename } } }"
    found = (await aleppo.graphql(question))["t"]
    assert (found["__typename"], found["leftOut"][0]) == ("Totals", {"__typename": "LeftOut"})
    assert {"__typename": "TotalsRow", "p": {"name": "Aleppo", "partOf": {"name": "Aleppo Governorate"}}, "actor": None} in found["rows"]


# What is refused


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("by=moth", "by: totals cannot be grouped by 'moth'; did you mean month"),
        ("bye=month", "bye: figures have no field 'bye'; did you mean by"),
        ("sinse=2024-01-01", "sinse: figures have no field 'sinse'; did you mean since"),
        ("since=yesterday", "since: must be a date such as 2024-11-27, not 'yesterday'"),
        ("since=2024-02-01&until=2024-01-01", "since, until: the span ends on 2024-01-01, before it begins on 2024-02-01; swap the two"),
        ("limit=5", "limit: is not a parameter here; totals have no pages"),
        ("event.cuntry=SYR", "event.cuntry: event has no operator or field 'cuntry'; did you mean country"),
    ],
)
async def test_a_bad_parameter_is_refused_with_the_valid_ones(aleppo: Instance, query: str, detail: str) -> None:
    response = await aleppo.client.get(f"/v1/figures/totals?{query}")
    assert response.status_code == 400 and response.json()["detail"].startswith(detail), response.text


async def test_graphql_refuses_a_bad_argument(aleppo: Instance) -> None:
    for query in ("{ totals(by: [MOTH]) { rows { low } } }", '{ totals(since: "2024-02-01", until: "2024-01-01") { rows { low } } }'):
        answer = (await aleppo.client.post("/graphql", json={"query": query})).json()
        assert answer["errors"] and "data" not in answer


@figures({"best": 1}, {"best": 2, "event": "raid"}, {"best": 3, "event": "clash"})
async def test_too_many_rows_are_an_error(world: World, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.sql.answering.totals.MAX_TOTALS", 2)
    asked = f"{case.condition}&measure=killed&unit=people"  # No other test has these conditions, so that nothing of them has been compiled.
    assert len((await world.instance.get(f"/v1/figures/totals?by=year&{asked}"))["data"]) == 2
    refused = await world.instance.client.get(f"/v1/figures/totals?by=month&{asked}")
    assert (refused.status_code, refused.json()["code"]) == (400, "too-much")
    assert "group by fewer keys" in refused.json()["detail"]
    query = "query ($events: [ID!]!) { totals(by: [MONTH], where: {event: {oneOf: $events}}) { leftOut { reason } } }"
    assert (await world.instance.graphql(query, events=[*case.events.values()]))["totals"] == {"leftOut": []}


DAYS_IN_WEEKS = [
    {"best": 1, "population": "all", "event": "raid", "period_start": f"2024-03-{first:02}", "period_end": f"2024-03-{last:02}"}
    for first, last in ((1, 7), (1, 1), (2, 2), (8, 14), (8, 8), (9, 9))
]


@pytest.mark.parametrize(
    ("limit", "most", "passes", "detail"),
    [
        ("overlap.MAX_SETS", 5, 6, "more than 25,000 of these figures, beside running totals that later ones replace, may overlap"),
        ("candidate_pairs.MAX_PAIRS", 3, 4, "more than about 50,000 pairs of these figures may overlap"),
    ],
    ids=["sets", "pairs"],
)
@figures(*DAYS_IN_WEEKS)
async def test_figures_that_take_too_long_to_compare_are_refused(
    world: World, case: Case, monkeypatch: pytest.MonkeyPatch, limit: str, most: int, passes: int, detail: str
) -> None:
    """Six figures in two weeks: each week overlaps two of its days, so there are four pairs."""
    # No other test has these conditions, so that nothing of them has been compiled.
    asked = f"{case.condition}&period_start.gte=2024-03-01&best.{'lte' if passes > 4 else 'gte'}=1&since=2024-03-01"
    monkeypatch.setattr(f"api.sql.answering.{limit}", most)
    refused = await world.instance.client.get(f"/v1/figures/totals?{asked}")
    assert (refused.status_code, refused.json()["code"]) == (400, "too-much")
    assert detail in refused.json()["detail"] and "add a condition, such as an event" in refused.json()["detail"]
    assert len((await world.instance.get(f"/v1/figures/totals?{asked}&until=2024-03-07"))["data"]) == 1  # One week has half of them.
    monkeypatch.setattr(f"api.sql.answering.{limit}", passes)
    assert (await world.instance.get(f"/v1/figures/totals?{asked}&by=measure"))["data"][0]["figures"] == 2


async def test_the_cost_of_totals_is_that_of_their_largest_answer(aleppo: Instance) -> None:
    eleven = " ".join(f"t{number}: totals {{ rows {{ low }} }}" for number in range(11))
    answer = (await aleppo.client.post("/graphql", json={"query": f"{{ {eleven} }}"})).json()
    assert answer["errors"][0]["extensions"]["problem"] == "too-much"
    assert Settings().max_cost == 100_000
    await aleppo.graphql("{ " + " ".join(f"t{number}: totals {{ rows {{ low }} }}" for number in range(10)) + " }")


async def test_totals_honour_conditional_requests(aleppo: Instance) -> None:
    first = await aleppo.client.get("/v1/figures/totals?by=month")
    again = await aleppo.client.get("/v1/figures/totals?by=month", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    pinned = await aleppo.client.get("/v1/figures/totals?revision=1")
    assert pinned.headers["cache-control"] == "public, max-age=86400"
    assert (await aleppo.client.get("/v1/figures/totals?revision=99")).status_code == 404


# The stored sums


FIVE = Case({"best": 5, "quantifier": "exact"})


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "change", ["update figure_sum set lower = lower + 1", "delete from figure_sum", "update figure_sum set counted_in = 'repeated'"]
)
async def test_verify_finds_wrong_sums(store: Instance, change: str) -> None:
    await store.load(paper=paper(FIVE))
    if NIGHTLY:
        assert not [proof.name async for proof in verify(KINDS, store.url) if proof.contradictions]
    await store.rows(change)
    assert len([proof.name async for proof in verify(KINDS, store.url) if proof.contradictions]) == 1


CIVILIANS_AND_CHILDREN = Case(
    {"best": 100, "population": "civilians"}, {"best": 70, "population": "children"}, {"best": 9, "event": "raid", "population": "all"}
)


async def test_a_revision_keeps_the_rule_that_it_was_recorded_under(instance: Instance) -> None:
    """By the earlier rule, one of two figures that may count the same people is added, and bounds are taken from best estimates."""
    await instance.load(paper=paper(CIVILIANS_AND_CHILDREN))
    await instance.rows("update revision set totals_rule = 'widest/1' where id = 1")
    # A database whose newest revision is of the earlier rule has no sums: an empty answer would say that nobody died.
    refused = await instance.client.get("/v1/figures/totals?by=year")
    assert refused.status_code == 400 and "settled by the new rules" in refused.json()["detail"]
    corrected = f"claims:\n  figures:\n    - {{id: {CIVILIANS_AND_CHILDREN.ids[0]}, best: 101, unit: people}}\n"
    await instance.load(other=source("other") + corrected)
    for address, rule, numbers, left_out in (
        ("?revision=1", "widest/1", (109, 109, 109), [{"reason": "part_of_total", "figures": 1}]),
        ("", TOTALS_RULE, (None, 110, None), [{"reason": "overlap_unknown", "figures": 1}]),
    ):
        answer = await instance.get(f"/v1/figures/totals{address}")
        (row,) = answer["data"]
        assert (answer["rule"], (row["low"], row["best"], row["high"]), answer["left_out"]) == (rule, numbers, left_out)
        assert (row["contradicted"] is None) == (rule != TOTALS_RULE)
    assert (await instance.get("/v1/revisions/1"))["data"]["totals_rule"] == "widest/1"
    await instance.get("/v1/figures/totals?revision=1&by=month,place,origin&event.country=SYR&since=2024-01-01")


# The declaration


def test_every_reason_is_tested_and_documented() -> None:
    assert set(LEFT_OUT_REASON.codes) == {reason for _, _, reason in PAIRS.values() if reason} | {
        "no_number", "no_sum", "unit_unknown", "basis_unknown", "date_unknown", "extends_beyond", "extrapolated", "computed",
    }  # fmt: skip
    assert tuple(LEFT_OUT_REASON.codes) == REASONS
    for vocabulary in (LEFT_OUT_REASON, TOTALS_KEY, TOTALS_COLUMN):
        assert all(one.definition.endswith(".") for one in vocabulary.codes.values())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"low": "lowest"}, "lowest is not one of its fields"),
        ({"event": "measure"}, "measure does not refer to an event"),
        ({"event_start": "began"}, "began is not a field of event"),
        ({"flow": "flows"}, "flows is not a code of basis"),
        ({"disjoint_populations": (("civilians", "soldiers"),)}, "soldiers is not a code of population"),
        ({"derived_origins": ("reported",)}, "a derived origin is not a reason to leave a figure out"),
        ({"low": "measure"}, "low, best and high must be exact decimals"),
    ],
)
def test_a_declaration_that_does_not_fit_is_refused(change: dict[str, Any], told: str) -> None:
    assert FIGURE.totals is not None
    wrong = Kind("figure", "figures", "A number.", *FIGURE.fields.values(), totals=replace(FIGURE.totals, **change))
    others = [kind for kind in KINDS.values() if kind is not FIGURE]
    with pytest.raises(BadDeclaration, match=told):
        Kinds([*(Kind(k.name, k.plural, k.description, *k.fields.values(), root=k.root) for k in others), wrong])
