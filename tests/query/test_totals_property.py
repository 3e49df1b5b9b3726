"""Totals are the same from the rollup, from the rows and in plain Python: now, at every earlier revision, and after any loads."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from api.loading.change import Change
from api.loading.collections import load, retract
from api.loading.verify import verify
from api.query.nodes import At, Query
from api.rest.totals import TotalsReader
from schema.kinds import KINDS
from schema.model.totals import ROLLUP_KEYS, TOTALS_KEY

from ..conftest import Instance
from ..support.expected_totals import Facts, Figure, as_listed, facts, totals
from ..support.properties import examples_that_load, run_property

FIGURE = KINDS["figure"]
READER = TotalsReader(KINDS, FIGURE)
DAYS = ["2024-01-30", "2024-01-31", "2024-02-01", "2024-02-10", "2024-12-31", "2025-01-01"]
PLACES = {"syria": None, "aleppo": "syria", "city": "aleppo", "campus": "city", "idlib": "syria", "iraq": None}
ACTORS = {"opposition": None, "brigade": "opposition", "company": "brigade", "army": None}
SOURCES = ["one", "two"]
Cells = dict[str, Any]
World = dict[str, list[Cells]]


def days(dice: random.Random, start: str, end: str) -> Cells:
    """Days in order, out of order, half known or unknown."""
    first, last = (dice.choice([None, *DAYS]) for _ in range(2))
    if first and last and first > last and dice.random() < 0.9:
        first, last = last, first
    return {start: first, end: last}


def world(dice: random.Random) -> World:
    """Nested events, places and actors, and figures among which many overlap; every one of few values, or unknown."""
    events = dice.randint(1, 6)
    return {
        "sources": [{"id": one, "source": one, "title": one, "kind": "report", "reliability": dice.choice("AB")} for one in SOURCES],
        "locations": [{"id": id, "name": id, "kind": "area", "part_of": above} for id, above in PLACES.items()],
        "actors": [{"id": id, "name": id, "kind": "rebel_group", "part_of": above} for id, above in ACTORS.items()],
        "events": [event(dice, number) for number in range(events)],
        "figures": [figure(dice, f"f{number:02}", events) for number in range(28) if dice.random() < 0.8],
    }


def changed(dice: random.Random, found: World) -> World:
    """The same world with one or two records changed: records that depend on them must follow."""
    found = {plural: list(rows) for plural, rows in found.items()}
    for _ in range(dice.randint(1, 2)):
        plural = dice.choice(["locations", "locations", "actors", "actors", "events", "events", "figures"])
        number = dice.randrange(len(found[plural]))
        row = found[plural][number]
        if plural == "events":
            found[plural][number] = {**row, **dict(dice.sample(list(event(dice, number).items()), 3)), "id": row["id"]}
        elif plural == "figures":
            found[plural][number] = figure(dice, row["id"], len(found["events"]))
        else:
            found[plural][number] = {**row, "part_of": dice.choice([None, *(one["id"] for one in found[plural][:number])])}
    return found


def event(dice: random.Random, number: int) -> Cells:
    above = [None, *(f"e{other}" for other in range(number))]
    return {
        "id": f"e{number}", "name": f"e{number}", "kind": "battle", **days(dice, "started_on", "ended_on"),
        "date_precision": dice.choice([None, 1, 1, 3]), "country": dice.choice([None, "SYR", "SYR", "IRQ"]),
        "location": dice.choice([None, *PLACES]), "part_of": dice.choice(above),
    }  # fmt: skip


def figure(dice: random.Random, id: str, events: int) -> Cells:
    usual = {"id": id, "measure": "killed", "population": "civilians", "unit": "people", "best": 1}
    sort = dice.random()
    if sort < 0.25:  # One of a chain of spans that overlap with their neighbours.
        start = dt.date(2024, 1, 15) + dt.timedelta(dice.randrange(40))
        span = {"period_start": str(start), "period_end": str(start + dt.timedelta(dice.randrange(10)))}
        return {**usual, "event": "e0", "basis": dice.choice(["flow", "flow", "flow", "cumulative"]), **span}
    if sort < 0.5:  # One of those that only actor and place tell apart.
        where = {"actor": dice.choice([None, *ACTORS]), "location": dice.choice([None, *PLACES])}
        return {**usual, "event": dice.choice(["e0", f"e{events - 1}"]), "basis": "flow", **where}
    own = days(dice, "period_start", "period_end") if dice.random() < 0.6 else {}
    return {
        "id": id, "event": f"e{dice.randrange(events)}", "measure": dice.choice(["killed"] * 6 + ["injured", "distance"]),
        "population": dice.choice([None, "all", "civilians", "civilians", "combatants", "children", "unknown"]),
        "actor": dice.choice([None, None, *ACTORS]), "location": dice.choice([None, None, None, *PLACES]),
        "basis": dice.choice(["flow"] * 4 + ["stock", "cumulative", "cumulative", "cumulative", None]), **own, **numbers(dice),
    }  # fmt: skip


def numbers(dice: random.Random) -> Cells:
    low, best, high = (dice.choice([None, 0, 1, 7, 12.5, 0.5, 100]) for _ in range(3))
    quantifier = dice.choice([None, "exact", "more_than", "at_least", "less_than", "at_most", "approximately"])
    return {"low": low, "best": best, "high": high, "quantifier": quantifier, "unit": dice.choice(["people"] * 5 + ["households", None])}


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


Asked = tuple[list[tuple[str, str]], Callable[[Figure], bool]]
CONDITIONS: list[Asked] = [
    ([("event.country", "SYR")], lambda one: one.country == "SYR"),
    ([("event.country.known", "false")], lambda one: one.country is None),
    ([("event.country.one_of", "SYR,IRQ")], lambda one: one.country in ("SYR", "IRQ")),
    ([("measure", "killed")], lambda one: one.measure == "killed"),
    ([("unit.ne", "people")], lambda one: one.unit != "people"),
    ([("basis.one_of", "flow,stock")], lambda one: one.basis in ("flow", "stock")),
    ([("population", "civilians")], lambda one: one.population == "civilians"),
    ([("population.ne", "all")], lambda one: one.population != "all"),
    ([("population.known", "false")], lambda one: one.population is None),
    ([("actor", "army")], lambda one: one.actor == "army"),
    ([("best.known", "true")], lambda one: one.row["best"] is not None),
    ([("location.within", "aleppo")], lambda one: one.placed is not None and "aleppo" in one.places),
    ([("event", "e0")], lambda one: one.event["id"] == "e0"),
    ([("id.ne", "f00")], lambda one: one.id != "f00"),
]
SPANS = [None, None, dt.date(2024, 1, 1), dt.date(2024, 1, 31), dt.date(2024, 2, 1)], [
    None, None, dt.date(2024, 1, 31), dt.date(2024, 2, 1), dt.date(2024, 2, 29), dt.date(2025, 12, 31),
]  # fmt: skip


def question(dice: random.Random) -> tuple[list[tuple[str, str]], tuple[str, ...], Callable[[Figure], bool], list[dt.date | None]]:
    keys = list(ROLLUP_KEYS) if dice.random() < 0.6 else list(TOTALS_KEY.codes)
    by = tuple(dice.sample(keys, dice.randint(0, 3)))
    chosen = dice.sample(CONDITIONS[:7] if dice.random() < 0.6 else CONDITIONS, dice.choice([0, 0, 1, 1, 2]))
    span = [dice.choice(days) for days in SPANS]
    if span[0] and span[1] and span[0] > span[1]:
        span[1] = None
    parameters = [pair for one in chosen for pair in one[0]]
    parameters += [(name, str(value)) for name, value in zip(("since", "until"), span, strict=True) if value]
    parameters += [("by", ",".join(by))] if by else []
    return parameters, by, lambda figure: all(one[1](figure) for one in chosen), span


async def answers(instance: Instance, parameters: list[tuple[str, str]], at: At) -> dict[str, Any]:
    """The answer as the API gives it, and from the rows alone; they are the same to the byte."""
    node, _ = READER.totals(parameters)
    store = instance.app.state.store
    texts = [(await store.answer(Query((one,), at))).roots[0] for one in (node, replace(node, derived=False))]
    assert texts[0] == texts[1], parameters
    found: dict[str, Any] = json.loads(texts[0], parse_float=Decimal)
    return found


async def asked(instance: Instance, dice: random.Random, known: Facts, at: At, times: int) -> None:
    for _ in range(times):
        parameters, by, admits, span = question(dice)
        found = await answers(instance, parameters, at)
        rows, left_out = totals(known, by, admits, *span)
        assert as_listed(found["data"]) == as_listed(rows), (parameters, at)
        assert found["left_out"] == left_out, (parameters, at)


async def test_totals_equal_plain_sums_whatever_was_loaded_before(instance: Instance) -> None:
    """Every example is loaded over the one before; a rival collection comes, changes and is retracted."""
    states: dict[int, Facts] = {}
    worlds: list[World] = []

    @examples_that_load(8, 150)
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
        states[revision] = await facts(instance)
        await asked(instance, dice, states[revision], At(), 15)
        earlier = dice.choice(list(states))
        await asked(instance, dice, states[earlier], At(revision=earlier), 5)
        async for proof in verify(KINDS, instance.url):
            assert proof.contradictions == [], proof.name

    await run_property(same)
    assert len(states) > 3


async def test_random_worlds_have_figures_of_every_outcome(instance: Instance) -> None:
    """The random worlds have figures of every outcome: added, left out for every reason, in the rollup and outside it."""
    reasons: set[str] = set()
    loose = 0
    for seed in range(12):
        write(instance, "test", "one", world(random.Random(seed)))
        await load(KINDS, instance.url, instance.folder)
        found = await answers(instance, [("since", "2020-01-01")], At())
        reasons |= {one["reason"] for one in found["left_out"]}
        loose += (await instance.rows("select count(*) from figure_overlap where loose"))[0][0]
        assert found["data"]
    assert reasons == {
        "date_unknown",
        "no_number",
        "no_sum",
        "unit_unknown",
        "basis_unknown",
        "part_of_event",
        "part_of_total",
        "superseded",
        "repeated",
    }
    assert loose


async def test_long_chains_of_overlaps_are_decided_from_the_widest_down(instance: Instance) -> None:
    """Each span overlaps only with its neighbours, so each decision affects the next one, and so on."""
    dice = random.Random(1)
    found = world(dice)
    found["figures"] = []
    last = dt.date(2020, 1, 1)
    for number in range(150):
        # The first thirty each begin on the last day of the one before, and are a little shorter.
        start, days = (last, 40 - number) if number < 30 else (dt.date(2020, 1, 1) + dt.timedelta(dice.randrange(1500)), dice.randrange(12))
        last = start + dt.timedelta(days)
        span = {"period_start": str(start), "period_end": str(last)}
        basis = dice.choice(["flow"] * 9 + ["stock"]) if number >= 30 else "flow"
        found["figures"].append(
            {"id": f"f{number}", "event": "e0", "measure": "killed", "unit": "people", "best": number, "basis": basis, **span}
        )
    write(instance, "test", "one", found)
    await load(KINDS, instance.url, instance.folder)
    await asked(instance, dice, await facts(instance), At(), 30)
