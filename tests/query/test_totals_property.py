"""Totals are the same from what loads prepare, from the rows and in plain Python: now, at every earlier revision, and after any loads."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.loading.change import Change
from api.loading.collections import load, retract
from api.loading.verify import verify
from api.query.nodes import At, Query
from api.rest.totals import TotalsReader
from api.sql.answering import larger_records
from schema.kinds import KINDS
from schema.model.totals import TOTALS_KEY

from ..conftest import Instance
from ..support.figures_as_sets import Event, Figure, Part, Parts
from ..support.listed_figures import comparable, listed_figures
from ..support.properties import NIGHTLY, examples_that_load, run_property
from ..support.totals_reference import REASONS, Totals, totals

FIGURE = KINDS["figure"]
pytestmark = pytest.mark.usefixtures("any_numbers")
READER = TotalsReader(KINDS, FIGURE)
DAYS = ["2024-01-30", "2024-01-31", "2024-02-01", "2024-02-10", "2024-12-31", "2025-01-01"]
PLACES = {"syria": None, "aleppo": "syria", "city": "aleppo", "campus": "city", "idlib": "syria", "iraq": None}
ACTORS = {"opposition": None, "brigade": "opposition", "company": "brigade", "army": None}
PLACE_TYPES = ["country", "admin1", "settlement", "settlement", "area"]
ACTOR_TYPES = ["coalition", "rebel_group", "political_militia", "government", "state_forces"]
SOURCES = ["one", "two"]
EXAMPLES = 2  # By default; each changes what the one before has loaded.
FAMILY = 8  # Figures of one family of events, among which all connections lie; the reference tries every subset of them.
Cells = dict[str, Any]
World = dict[str, list[Cells]]


@pytest.fixture(autouse=True)
def any_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures may have whatever files of others state, such as bounds that contradict their quantifier; fixtures reject it."""
    monkeypatch.setattr(KINDS["figure"], "quantities", None)


def days(dice: random.Random, start: str, end: str) -> Cells:
    """Days in order, half known or unknown."""
    return in_order({start: dice.choice([None, *DAYS]), end: dice.choice([None, *DAYS])}, start, end)


def in_order(row: Cells, start: str, end: str) -> Cells:
    """A row whose first day is not after its last one, which is refused."""
    first, last = row[start], row[end]
    return {**row, start: last, end: first} if first and last and first > last else row


def world(dice: random.Random) -> World:
    """Families of nested events, places and actors, and figures that are connected in every way; each value is one of few, or unknown."""
    families = [dice.randint(1, 4) for _ in range(dice.randint(2, 4))]
    return {
        "sources": [{"id": one, "source": one, "title": one, "kind": "report", "reliability": dice.choice("AB")} for one in SOURCES],
        "locations": [
            {"id": id, "name": id, "kind": dice.choice(PLACE_TYPES), "country": dice.choice([None, None, "SYR", "IRQ"]), "part_of": above}
            for id, above in PLACES.items()
        ],
        "actors": [{"id": id, "name": id, "kind": dice.choice(ACTOR_TYPES), "part_of": above} for id, above in ACTORS.items()],
        "events": [event(dice, f"e{family}", number) for family, size in enumerate(families) for number in range(size)],
        "figures": [
            figure(dice, f"f{family}-{number}", f"e{family}", size)
            for family, size in enumerate(families) for number in range(dice.randint(3, FAMILY))
        ],
    }  # fmt: skip


def changed(dice: random.Random, found: World) -> World:
    """The same world with one or two records changed: records that depend on them must follow."""
    found = {plural: list(rows) for plural, rows in found.items()}
    for _ in range(dice.randint(1, 2)):
        plural = dice.choice(["locations", "locations", "actors", "actors", "events", "events", "figures"])
        number = dice.randrange(len(found[plural]))
        row = found[plural][number]
        if plural == "events":
            family, _, position = row["id"].partition("-")
            found[plural][number] = in_order(
                {**row, **dict(dice.sample(list(event(dice, family, int(position)).items()), 3)), "id": row["id"]}, "started_on", "ended_on"
            )
        elif plural == "figures":
            family = row["event"].partition("-")[0]
            found[plural][number] = figure(dice, row["id"], family, sum(one["id"].startswith(f"{family}-") for one in found["events"]))
        else:
            found[plural][number] = {**row, **moved(dice, plural, [one["id"] for one in found[plural][:number]])}
    return found


def moved(dice: random.Random, plural: str, others: list[str]) -> Cells:
    """Another value of one of the fields of an actor or a place by which figures are compared."""
    if dice.random() < 0.5:
        return {"part_of": dice.choice([None, *others])}
    if plural == "locations" and dice.random() < 0.5:
        return {"country": dice.choice([None, "SYR", "IRQ"])}
    return {"kind": dice.choice(PLACE_TYPES if plural == "locations" else ACTOR_TYPES)}


def event(dice: random.Random, family: str, number: int) -> Cells:
    above = [None, *(f"{family}-{other}" for other in range(number))]
    id = f"{family}-{number}"
    return {
        "id": id, "name": id, "kind": "battle", **days(dice, "started_on", "ended_on"), "date_precision": dice.choice([None, 1, 1, 3]),
        "country": dice.choice([None, "SYR", "SYR", "IRQ"]), "location": dice.choice([None, *PLACES]), "place_precision": dice.choice([None, None, 1, 2, 4, 5]), "part_of": dice.choice(above[-2:]),
    }  # fmt: skip


def figure(dice: random.Random, id: str, family: str, events: int) -> Cells:
    """A figure that differs from others of its family in few respects, so that many are connected."""
    varied = [dice.random() < 0.25 for _ in range(6)]
    span = days(dice, "period_start", "period_end")
    if dice.random() < 0.5:  # One of a chain of spans that overlap with their neighbours.
        start = dt.date(2024, 1, 25) + dt.timedelta(dice.randrange(12))
        span = {"period_start": str(start), "period_end": str(start + dt.timedelta(dice.randrange(6)))}
    usual = ["cumulative", "flow", "flow", "stock"][hash_of(family) % 4]
    return {
        "id": id, "event": f"{family}-{dice.randrange(events)}",
        "measure": dice.choice(["killed", "injured", "distance"]) if dice.random() < 0.1 else "killed",
        "population": dice.choice([None, "all", "civilians", "combatants", "women", "girls", "children", "unknown"])
        if varied[0] or varied[1] else dice.choice(["all", "civilians"]),
        "actor": dice.choice([None, *ACTORS]) if varied[2] else None, "location": dice.choice([None, *PLACES]) if varied[3] else None,
        "basis": dice.choice(["flow", "stock", "cumulative", None]) if dice.random() < 0.1 else usual, **(span if varied[4] or varied[5] else {}),
        **numbers(dice), "origin": dice.choice([None] * 8 + ["reported", "reported", "estimated", "extrapolated", "computed"]),
        "disaggregation": dice.choice([None, None, None, None, "status", "sex"]),
    }  # fmt: skip


def hash_of(family: str) -> int:
    """A number that is the same in every process."""
    return sum(family.encode())


def numbers(dice: random.Random) -> Cells:
    unit = dice.choice(["people"] * 16 + ["households", None])
    if dice.random() < 0.5:
        return {"best": dice.choice([0, 1, 7, 12.5, 100]), "quantifier": dice.choice(["exact", "exact", None]), "unit": unit}
    low, best, high = (dice.choice([None, None, 0, 1, 7, 12.5, 0.5, 100]) for _ in range(3))
    quantifier = dice.choice([None, "exact", "more_than", "at_least", "less_than", "at_most", "approximately", "between"])
    return {"low": low, "best": best, "high": high, "quantifier": quantifier, "unit": unit}


def rival(dice: random.Random, found: World) -> World:
    """What another source says of some of the figures: other numbers, sometimes deprecated, sometimes chosen."""
    told = [{"id": one["id"], **numbers(dice), "rank": dice.choice(["normal", "normal", "deprecated", "preferred"])}
            for one in found["figures"] if dice.random() < 0.4]  # fmt: skip
    return {"figures": told}


def write(instance: Instance, collection: str, source: str, found: World) -> None:
    for plural, rows in found.items():
        lines = [{"source": source, **{name: cell for name, cell in row.items() if cell is not None}} for row in rows]
        instance.write(f"{collection}/{plural}.ndjson", "".join(json.dumps(line) + "\n" for line in lines if len(line) > 2))


# Questions


@dataclass(frozen=True)
class Asked:
    """A condition as parameters, and the same in Python."""

    parameter: tuple[str, str]
    admits: Callable[[Figure], bool]
    about_origin: bool = False


CONDITIONS = [
    Asked(("event.country", "SYR"), lambda one: one.event.country == "SYR"),
    Asked(("event.country.known", "false"), lambda one: one.event.country is None),
    Asked(("event.country.one_of", "SYR,IRQ"), lambda one: one.event.country in ("SYR", "IRQ")),
    Asked(("measure", "killed"), lambda one: one.measure == "killed"),
    Asked(("unit.ne", "people"), lambda one: one.unit != "people"),
    Asked(("basis.one_of", "flow,stock"), lambda one: one.basis in ("flow", "stock")),
    Asked(("population", "civilians"), lambda one: one.population == "civilians"),
    Asked(("population.ne", "all"), lambda one: one.population != "all"),
    Asked(("population.known", "false"), lambda one: one.population is None),
    Asked(("actor", "army"), lambda one: one.actor == "army"),
    Asked(("best.known", "true"), lambda one: one.best is not None),
    Asked(("location.within", "aleppo"), lambda one: "aleppo" in one.places),
    Asked(("event.location.within", "aleppo"), lambda one: "aleppo" in one.event.places),
    Asked(("event", "e0-0"), lambda one: one.event.line[0] == "e0-0"),
    Asked(("event.part_of", "e0-0"), lambda one: "e0-0" in one.event.line[1:2]),
    Asked(("id.ne", "f0-0"), lambda one: one.id != "f0-0"),
    Asked(("disaggregation", "status"), lambda one: one.disaggregation == "status"),
    Asked(("origin", "extrapolated"), lambda one: one.origin == "extrapolated", about_origin=True),
    Asked(("origin.ne", "reported"), lambda one: one.origin != "reported", about_origin=True),
    Asked(("origin.known", "false"), lambda one: one.origin is None, about_origin=True),
]
SPANS = [None, None, dt.date(2024, 1, 1), dt.date(2024, 1, 31), dt.date(2024, 2, 1)], [
    None, None, dt.date(2024, 1, 31), dt.date(2024, 2, 1), dt.date(2024, 2, 29), dt.date(2025, 12, 31),
]  # fmt: skip
Question = tuple[list[tuple[str, str]], Callable[[list[Figure]], Totals]]


def question(dice: random.Random) -> Question:
    """The parameters of a request for totals, and the same request to the reference."""
    by = tuple(dice.sample(list(TOTALS_KEY.codes), dice.choice([0, 0, 1, 1, 1, 2, 2, 3])))
    chosen = dice.sample(CONDITIONS, dice.choice([0, 0, 1, 1, 2]))
    since, until = (dice.choice(days) for days in SPANS) if dice.random() < 0.5 else (None, None)
    if since and until and since > until:
        until = None
    span = [(name, str(day)) for name, day in (("since", since), ("until", until)) if day]
    parameters = [*(one.parameter for one in chosen), *span, *([("by", ",".join(by))] if by else [])]
    about_origin = any(one.about_origin for one in chosen)

    def expected(figures: list[Figure]) -> Totals:
        return totals([one for one in figures if all(asked.admits(one) for asked in chosen)], by, since, until, about_origin)

    return parameters, expected


async def answers(instance: Instance, parameters: list[tuple[str, str]], at: At) -> dict[str, Any]:
    """The answer as the API gives it, and from the rows alone; they are the same to the byte."""
    node, _ = READER.totals(parameters)
    store = instance.app.state.store
    texts = [(await store.answer(Query((one,), at))).roots[0] for one in (node, replace(node, derived=False))]
    assert texts[0] == texts[1], parameters
    found: dict[str, Any] = json.loads(texts[0], parse_float=Decimal)
    return found


async def compare(instance: Instance, dice: random.Random, known: list[Figure], at: At, times: int) -> None:
    for _ in range(times):
        parameters, expected = question(dice)
        found, wanted = await answers(instance, parameters, at), expected(known)
        assert comparable(found["data"]) == comparable(wanted.rows), (parameters, at)
        assert found["left_out"] == wanted.left_out, (parameters, at)


async def compare_counted_in(instance: Instance, known: list[Figure], at: At) -> None:
    """Each figure says whether totals without conditions add it, and if not, why not."""
    pinned = "" if at.revision is None else f"&revision={at.revision}"
    rows = (await instance.get(f"/v1/figures?limit=1000&fields=counted_in{pinned}"))["data"]
    assert {row["id"]: row["counted_in"] for row in rows} == {one.id: totals(known).reasons.get(one.id) for one in known}
    for condition in ("counted_in.known=false", "counted_in=part_of_event", "counted_in.one_of=repeated,superseded,overlap_unknown"):
        name, _, value = condition.partition("=")
        counted = {
            row["id"] for row in rows if (row["counted_in"] is None if name.endswith("known") else row["counted_in"] in value.split(","))
        }
        assert {row["id"] for row in (await instance.get(f"/v1/figures?limit=1000&{condition}{pinned}"))["data"]} == counted


async def compare_export(instance: Instance, dice: random.Random, known: list[Figure], at: At) -> None:
    """In a file with conditions, each figure says whether totals with the same conditions add it."""
    chosen = dice.sample(CONDITIONS, dice.choice([1, 1, 2]))
    expected = totals(
        [one for one in known if all(asked.admits(one) for asked in chosen)], about_origin=any(one.about_origin for one in chosen)
    )
    pinned = [] if at.revision is None else [("revision", str(at.revision))]
    text = (await instance.client.get("/v1/figures.csv", params=[*(one.parameter for one in chosen), *pinned])).text
    found = {row["id"]: row["counted_in"] or None for row in csv.DictReader(text.splitlines())}
    admitted = [one.id for one in known if all(asked.admits(one) for asked in chosen)]
    assert found == {id: expected.reasons.get(id) for id in admitted}, (chosen, at)


async def compare_sums(instance: Instance) -> None:
    """The figures that are counted add up to the totals."""
    text = (await instance.client.get("/v1/figures?limit=1000&counted_in.known=false")).text
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in json.loads(text, parse_float=Decimal)["data"]:
        sums[tuple(row[key] for key in ("measure", "unit", "basis"))] += row["best"] or 0
    found = json.loads((await instance.client.get("/v1/figures/totals")).text, parse_float=Decimal)["data"]
    assert {tuple(row[key] for key in ("measure", "unit", "basis")): row["best"] or 0 for row in found if row["figures"]} == sums


async def test_totals_equal_plain_sums_whatever_was_loaded_before(instance: Instance) -> None:
    """Every example is loaded over the one before; a rival collection comes, changes and is retracted."""
    states: dict[int, list[Figure]] = {}
    worlds: list[World] = []

    @examples_that_load(EXAMPLES, 150)
    @given(seed=st.integers(0, 2**32))
    async def same(seed: int) -> None:
        dice = random.Random(seed)
        renewed = not worlds or dice.random() < 0.2
        found = world(dice) if renewed else changed(dice, worlds[-1])
        worlds.append(found)
        write(instance, "test", "one", found)
        if renewed or dice.random() < 0.3:
            write(instance, "rival", "two", rival(dice, found))
        await load(KINDS, instance.url, instance.folder)
        if dice.random() < 0.1 and await instance.rows("select 1 from figure_claim where collection = 'rival' limit 1"):
            await retract(KINDS, instance.url, "rival", Change())
        revision = (await instance.get("/v1/revisions?limit=1"))["revision"]
        states[revision] = await listed_figures(instance)
        await compare(instance, dice, states[revision], At(), 15 if NIGHTLY else 5)
        await compare_counted_in(instance, states[revision], At())
        for _ in range(3 if NIGHTLY else 1):
            await compare_export(instance, dice, states[revision], At())
        await compare_sums(instance)
        earlier = dice.choice(list(states))
        await compare(instance, dice, states[earlier], At(revision=earlier), 5 if NIGHTLY else 3)
        await compare_counted_in(instance, states[earlier], At(revision=earlier))
        await compare_export(instance, dice, states[earlier], At(revision=earlier))
        if NIGHTLY:
            async for proof in verify(KINDS, instance.url):
                assert proof.contradictions == [], proof.name

    await run_property(same)
    assert len(states) >= EXAMPLES


async def test_where_too_many_places_may_overlap_bounds_are_weaker_and_hold(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """If even two places are too many to be paired, the bounds include those of the exact rule, and stored sums say the same as the rows."""
    monkeypatch.setattr(larger_records, "DENSE", 0)
    weaker = 0
    for seed in range(40 if NIGHTLY else 4):
        dice = random.Random(seed)
        found = world(dice)
        for row in found["figures"]:
            row |= {"location": dice.choice([None, *PLACES]), "basis": "flow", "population": "all"}
        write(instance, "test", "one", found)
        await load(KINDS, instance.url, instance.folder)
        known = await listed_figures(instance)
        for parameters in ([], [("measure", "killed")], [("event", "e0-0")], [("location.within", "aleppo")]):
            admitted = [one for one in known if not parameters or next(a for a in CONDITIONS if a.parameter == parameters[0]).admits(one)]
            exact = {tuple(row[key] for key in ("measure", "unit", "basis")): row for row in totals(admitted).rows}
            rows = (await answers(instance, parameters, At()))["data"]
            for row in rows:
                wanted = exact[tuple(row[key] for key in ("measure", "unit", "basis"))]
                assert row["low"] is None or row["low"] <= wanted["low"], (seed, parameters)
                assert row["high"] is None or (wanted["high"] is not None and row["high"] >= wanted["high"]), (seed, parameters)
                weaker += row["approximated"] > 0
        await compare_sums(instance)
    assert weaker
    if NIGHTLY:
        async for proof in verify(KINDS, instance.url):
            assert proof.contradictions == [], proof.name


def test_random_worlds_have_figures_of_every_outcome() -> None:
    """Added, or left out for each reason; in groups of each sort."""
    reasons: set[str] = set()
    flags: set[str] = set()
    for seed in range(60):
        known = as_figures(world(random.Random(seed)))
        for since in (None, dt.date(2024, 2, 1)):
            found = totals(known, (), since)
            reasons |= set(found.reasons.values())
            flags |= {
                name
                for row in found.rows
                for name in ("without_low", "without_best", "imprecise_dates", "contradicted", "overlap_unknown")
                if row[name]
            }
    assert reasons == set(REASONS)
    assert flags == {"without_low", "without_best", "imprecise_dates", "contradicted", "overlap_unknown"}


def as_figures(found: World) -> list[Figure]:
    """The figures of a world, as if they were loaded from its one source."""
    above = {row["id"]: row["part_of"] for row in found["events"]}
    events = {
        row["id"]: Event(
            line(row["id"], above), day(row["started_on"]), day(row["ended_on"]), row["date_precision"], row["country"], parts(row["location"], found["locations"]), row["place_precision"] in (2, 5)
        )
        for row in found["events"]
    }  # fmt: skip
    return [as_figure(row, events, found) for row in found["figures"]]


def as_figure(row: Cells, events: dict[str, Event], found: World) -> Figure:
    numbers: Cells = {name: None if row.get(name) is None else Decimal(row[name]) for name in ("low", "best", "high")}
    same: Cells = {name: row.get(name) for name in ("quantifier", "measure", "unit", "basis", "population", "origin", "disaggregation")}
    return Figure(
        row["id"], events[row["event"]], **numbers, **same, actors=parts(row["actor"], found["actors"]), places=parts(row["location"], found["locations"]),
        start=day(row.get("period_start")), end=day(row.get("period_end")),
    )  # fmt: skip


def line(id: str | None, above: dict[str, str | None]) -> tuple[str, ...]:
    return () if id is None else (id, *line(above[id], above))


def parts(id: str | None, rows: list[Cells]) -> Parts:
    by_id = {row["id"]: row for row in rows}
    return tuple(
        Part(one, by_id[one]["kind"], by_id[one].get("country")) for one in line(id, {one: row["part_of"] for one, row in by_id.items()})
    )


def day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


# Groups that are too large to try every subset


async def test_a_whole_with_many_parts_is_exact(instance: Instance) -> None:
    """One figure contains all others, and of those, each month contains its days."""
    months = [("2024-01-01", "2024-01-31"), ("2024-02-01", "2024-02-29")]
    found: Figures = [{"population": "all", "low": 50, "best": 70, "high": 90}]
    found += [{"population": "all", "low": 20, "best": 30, "high": 40, "period_start": start, "period_end": end} for start, end in months]
    found += [
        {"population": "all", "best": 1, "quantifier": "exact", "period_start": f"2024-01-{n:02}", "period_end": f"2024-01-{n:02}"}
        for n in range(1, 32)
    ]
    found += [
        {"population": "civilians", "best": 2, "quantifier": "exact", "period_start": f"2024-01-{n:02}", "period_end": f"2024-01-{n:02}"}
        for n in range(1, 3)
    ]
    await load_figures(instance, found)
    (row,) = (await instance.get("/v1/figures/totals"))["data"]
    assert [row[name] for name in ("low", "best", "high", "figures", "approximated", "contradicted")] == [
        53,
        70,
        90,
        1,
        0,
        0,
    ]  # 2 + 2 + 29 + 20.
    rows = (await instance.get("/v1/figures/totals?by=month"))["data"]
    assert [(one["month"], one["low"], one["best"], one["high"]) for one in rows] == [("2024-01", 33, 70, 90), ("2024-02", 20, None, 40)]


async def test_a_large_and_tangled_group_has_valid_bounds_and_says_so(instance: Instance) -> None:
    """Spans that overlap like tiles: no figure overlaps with all others, and there are too many to try all subsets."""
    dice = random.Random(1)
    spans = []
    for number in range(60):
        start = dt.date(2024, 1, 1) + dt.timedelta(number * 3 + dice.randrange(3))
        spans.append((start, start + dt.timedelta(5 + dice.randrange(4)), dice.randrange(1, 50)))
    found = [
        {"population": "all", "best": best, "quantifier": "exact", "period_start": str(start), "period_end": str(end)}
        for start, end, best in spans
    ]
    await load_figures(instance, found)
    (row,) = (await instance.get("/v1/figures/totals"))["data"]
    exact = heaviest(sorted(spans, key=lambda span: span[1]))
    outermost = [one for one in spans if not any(other != one and other[0] <= one[0] and one[1] <= other[1] for other in spans)]
    assert (row["approximated"], row["overlap_unknown"], row["without_best"]) == (1, 1, 0)
    assert row["high"] == sum(best for _, _, best in outermost)
    assert max(best for _, _, best in spans) <= row["low"] <= exact
    assert row["best"] <= exact and row["figures"] >= 2


def heaviest(spans: list[tuple[dt.date, dt.date, int]]) -> int:
    """The largest sum over spans without a common day; `spans` are in the order of their last days."""
    best: list[int] = []
    for number, (start, _, weight) in enumerate(spans):
        before = [best[other] for other in range(number) if spans[other][1] < start]
        best.append(max([weight + max(before, default=0), *best[-1:]]))
    return best[-1]


Figures = list[Cells]


async def load_figures(instance: Instance, found: Figures) -> None:
    """Load figures of people killed in one event."""
    usual = {"event": "e", "measure": "killed", "unit": "people", "basis": "flow"}
    write(instance, "test", "one", {
        "sources": [{"id": "one", "title": "one", "kind": "report"}], "events": [{"id": "e", "name": "e", "kind": "war", "started_on": "2024-01-01"}],
        "figures": [{"id": f"f{number:03}", **usual, **one} for number, one in enumerate(found)],
    })  # fmt: skip
    await load(KINDS, instance.url, instance.folder)
