"""The bounds of totals contain the truth: people are invented, figures are counted from them, and the rule gets to see only the figures."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ..support.figures_as_sets import Event, Figure, Line, Part, Parts
from ..support.properties import examples
from ..support.totals_reference import KEYS as ROW_KEYS
from ..support.totals_reference import cells, totals

FIRST, DAYS = dt.date(2024, 1, 29), 5
PLACES = {"syria": None, "aleppo": "syria", "city": "aleppo", "idlib": "syria", "iraq": None}
ACTORS = {"opposition": None, "brigade": "opposition", "state": None, "army": "state"}
PLACE_TYPES = {"syria": "country", "aleppo": "admin1", "city": "settlement", "idlib": "admin1", "iraq": "country"}
ACTOR_TYPES = {"opposition": "coalition", "brigade": "rebel_group", "state": "government", "army": "state_forces"}
COUNTRIES = {"syria": "SYR", "aleppo": "SYR", "city": "SYR", "idlib": "SYR", "iraq": "IRQ"}
POPULATIONS: dict[str | None, Callable[[Person], bool]] = {  # Which people each code means. What `unknown` and null mean only the source knows: any people.
    "all": lambda one: True,
    "civilians": lambda one: one.civilian,
    "combatants": lambda one: not one.civilian,
    "women": lambda one: one.female and one.adult,
    "children": lambda one: not one.adult,
    "females": lambda one: one.female,
    "girls": lambda one: one.female and not one.adult,
    "unknown": lambda one: one.marks % 2 == 1,
    None: lambda one: one.marks > 1,
}  # fmt: skip
KEYS: list[tuple[str, ...]] = [(), ("month",), ("year", "country"), ("place",), ("population",), ("actor", "month"), ("origin",)]


@dataclass(frozen=True)
class Person:
    """Somebody who was killed on a day or, for stocks, was present from that day to another."""

    event: str
    day: dt.date
    until: dt.date
    place: Line
    actor: Line
    civilian: bool
    female: bool
    adult: bool
    marks: int


@dataclass(frozen=True)
class Told:
    """A figure and whom it really counts."""

    figure: Figure
    people: frozenset[int]


def _line(id: str | None, above: Mapping[str, str | None]) -> Line:
    return () if id is None else (id, *_line(above[id], above))


def place_line(id: str | None) -> Parts:
    """The place with all that it lies in, whether that is stated or not."""
    return parts((id,), PLACES, PLACE_TYPES, COUNTRIES) if id else ()


def actor_line(id: str | None) -> Parts:
    return parts((id,), ACTORS, ACTOR_TYPES, {}) if id else ()


def day(dice: random.Random, first: dt.date = FIRST, last: dt.date = FIRST + dt.timedelta(DAYS)) -> dt.date:
    return first + dt.timedelta(dice.randint(0, (last - first).days))


def days(dice: random.Random, first: dt.date = FIRST, last: dt.date = FIRST + dt.timedelta(DAYS)) -> tuple[dt.date, dt.date]:
    one, other = day(dice, first, last), day(dice, first, last)
    return min(one, other), max(one, other)


def events(dice: random.Random) -> dict[str, tuple[Event, tuple[dt.date, dt.date]]]:
    """Nested events with their true days; a part lies within its whole in time and place."""
    found: dict[str, tuple[Event, tuple[dt.date, dt.date]]] = {}
    for number in range(dice.choice([1, 1, 2, 3])):
        above = dice.choice([None, *found])
        whole, span = found[above] if above else (None, days(dice))
        span = days(dice, *span) if whole else span
        inside = [one for one in PLACES if whole is None or not whole.places or whole.places[0] in place_line(one)]
        place = dice.choice([None, *inside]) if whole is None or not whole.places else dice.choice(inside)
        known = dice.choice([(True, True), (True, True), (True, False), (False, True), (False, False)])
        first, last = (one if told else None for one, told in zip(span, known, strict=True))
        country = dice.choice([None, "SYR", "IRQ"])
        found[f"e{number}"] = (Event((f"e{number}", *(whole.line if whole else ())), first, last, 1, country, place_line(place)), span)
    return found


def person(dice: random.Random, known: dict[str, tuple[Event, tuple[dt.date, dt.date]]]) -> Person:
    event, span = known[dice.choice(list(known))]
    around = next((known[one][0].places for one in event.line if known[one][0].places), ())
    place = dice.choice([one for one in PLACES if not around or around[0] in place_line(one)])
    when = day(dice, *span)
    return Person(
        event.line[0], when, day(dice, when, span[1]), place_line(place), actor_line(dice.choice([None, *ACTORS])),
        dice.random() < 0.5, dice.random() < 0.5, dice.random() < 0.5, dice.randrange(4),
    )  # fmt: skip


def told(
    dice: random.Random, id: str, basis: str, varied: dict[str, bool], known: dict[str, tuple[Event, tuple[dt.date, dt.date]]], people: list[Person]
) -> Told:  # fmt: skip
    """A figure that counts right, and states it exactly, between bounds, or as an estimate that may be wrong."""
    event, span = known[dice.choice(list(known))]
    population = dice.choice(list(POPULATIONS)) if varied["population"] else dice.choice(["all", "all", "civilians"])
    actor = dice.choice([None, *ACTORS]) if varied["actor"] else None
    place = dice.choice([None, *PLACES]) if varied["place"] else None
    period = truth = None
    if varied["period"] and dice.random() < 0.8:
        truth = period = days(dice)
        if basis == "stock":
            truth = (period[1], period[1])
    start, end = period or (None, None)
    if period and dice.random() < 0.5:  # One end is not stated. A stock with one date holds at that date.
        start, end = (start, None) if dice.random() < 0.5 else (None, end)
        if basis == "stock":
            truth = ((end or start or FIRST),) * 2
        elif basis == "cumulative" and start is None:
            truth = (dt.date.min, end or FIRST)
    elif not period and basis != "flow":
        last = event.last or (event.first if basis == "stock" else None) or span[1]
        truth = (last, last) if basis == "stock" else (dt.date.min, last)
    counted = frozenset(
        number for number, one in enumerate(people)
        if event.line[0] in known[one.event][0].line and POPULATIONS[population](one)
        and (actor is None or actor in one.actor) and (place is None or place in one.place)
        and (truth is None or (one.day <= truth[1] and (one.until if basis == "stock" else one.day) >= truth[0]))
    )  # fmt: skip
    shape = Figure(
        id, event, basis=basis, population=population, actors=actor_line(actor), places=place_line(place), start=start, end=end,
        origin=dice.choice([None, "reported", "estimated"]), **number(dice, len(counted)),
    )  # fmt: skip
    return Told(shape, counted)


def number(dice: random.Random, true: int) -> dict[str, Any]:
    below, above = Decimal(max(true - dice.randrange(3), 0)), Decimal(true + dice.randrange(3))
    guess = Decimal(max(true + dice.randint(-4, 4), 0))
    return dice.choice([
        *[{"best": Decimal(true), "quantifier": "exact"}] * 8,
        {"low": below, "best": Decimal(true), "high": above}, {"low": below, "high": above, "quantifier": "between"},
        {"low": below, "quantifier": "at_least"}, {"high": above, "quantifier": "at_most"}, {"best": guess, "quantifier": "approximately"}, {"best": guess},
        {"high": Decimal(true + 1), "quantifier": "less_than"}, *([{"low": Decimal(true - 1), "quantifier": "more_than"}] if true else []),
    ])  # fmt: skip


def separated(figures: list[Told]) -> list[Told]:
    """The same figures, of which those that really count nobody twice say so."""
    found: list[Told] = []
    for one in figures:
        near = [other for other in found if other.figure.event == one.figure.event and other.figure.disaggregation]
        differ = [other for other in near if triple(other.figure) != triple(one.figure)]
        separate = all(not other.people & one.people for other in differ)
        found.append(replace(one, figure=replace(one.figure, disaggregation="status")) if separate else one)
    return found


def triple(one: Figure) -> tuple[str | None, str | None, str | None]:
    return one.population, one.actor, one.own_place


Links = Mapping[str, str | None]


def some(dice: random.Random, links: Links) -> Links:
    """The same links, of which some are not stated."""
    return {one: other if dice.random() < 0.6 else None for one, other in links.items()}


def parts(line: Line, links: Links, types: dict[str, str], countries: Links) -> Parts:
    """A line as it is stated: the first of it, with what the links say it is part of."""
    return tuple(Part(one, types[one], countries.get(one)) for one in (_line(line[0], links) if line else ()))


def as_stated(dice: random.Random, figures: list[Told]) -> list[Told]:
    """The same figures, of whose places and actors nobody states all that they are part of."""
    places, countries, actors = (some(dice, links) for links in (PLACES, COUNTRIES, ACTORS))

    def stated(line: Line) -> Parts:
        return parts(line, places, PLACE_TYPES, countries)

    return [
        replace(one, figure=replace(
            one.figure, event=replace(one.figure.event, places=stated(one.figure.event.places)), places=stated(one.figure.places),
            actors=parts(one.figure.actors, actors, ACTOR_TYPES, {}),
        ))
        for one in figures
    ]  # fmt: skip


def world(dice: random.Random) -> list[Told]:
    known = events(dice)
    people = [person(dice, known) for _ in range(dice.choice([0, 1, 3, 12, 12]))]
    basis = dice.choice(["flow", "flow", "cumulative", "stock"])
    # Figures that differ in everything are rarely connected: in each world, they differ in some respects only.
    varied = {name: dice.random() < 0.5 for name in ("population", "actor", "place", "period")}
    figures = [told(dice, f"f{number}", basis, varied, known, people) for number in range(dice.randint(1, 6))]
    return as_stated(dice, separated(figures) if dice.random() < 0.4 else figures)


def check(figures: list[Told], by: tuple[str, ...]) -> None:
    """Compare the rows with the number of different people that the figures of each row count."""
    found = totals([one.figure for one in figures], by)
    by_id = {one.figure.id: one for one in figures}
    truth: dict[Any, set[int]] = {}
    for group in found.groups:
        for one in group.figures:
            for cell in cells(one, by):
                truth.setdefault(cell, set()).update(by_id[one.id].people)
    for row in found.rows:
        people = truth[tuple((key, row[key]) for key in ROW_KEYS if key in row)]
        assert row["low"] is None or row["low"] <= len(people), (row, people)
        assert row["high"] is None or len(people) <= row["high"], (row, people)
        assert row["best"] is None or row["high"] is None or row["best"] <= row["high"], row


@examples(40, 5_000)
@given(dice=st.randoms(use_true_random=False))
def test_the_truth_is_between_the_bounds(dice: random.Random) -> None:
    check(world(dice), dice.choice(KEYS))


@examples(25, 2_000)
@given(dice=st.randoms(use_true_random=False))
def test_what_nobody_states_of_places_and_actors_is_no_statement(dice: random.Random) -> None:
    """Figures of one event that differ in nothing else: a missing `part_of` does not make them separate."""
    known = dict(list(events(dice).items())[:1])
    people = [person(dice, known) for _ in range(20)]
    respect = dice.choice(["place", "actor"])
    varied = {name: name == respect for name in ("population", "actor", "place", "period")}
    figures = as_stated(dice, [told(dice, f"f{number}", "flow", varied, known, people) for number in range(4)])
    check([replace(one, figure=replace(one.figure, population=None)) for one in figures if one.figure.population == "all"], ())


@examples(25, 2_000)
@given(dice=st.randoms(use_true_random=False))
def test_rows_of_months_and_countries_may_be_added(dice: random.Random) -> None:
    """Their sum is a valid lower and upper bound of everything, and the same best estimate, also where sources contradict each other."""
    figures = [one.figure for one in world(dice)]
    (whole,), parts = totals(figures).rows, totals(figures, ("month", "country")).rows
    for name in ("figures", "without_best"):
        assert sum(row[name] for row in parts) == whole[name]
    assert sum(row["best"] or 0 for row in parts) == (whole["best"] or 0)
    assert sum(row["low"] or 0 for row in parts) <= (whole["low"] or 0)
    if all(row["high"] is not None for row in parts):
        assert whole["high"] is not None and sum(row["high"] for row in parts) >= whole["high"]


@examples(25, 2_000)
@given(dice=st.randoms(use_true_random=False))
def test_true_and_exact_figures_contradict_nothing(dice: random.Random) -> None:
    figures = [replace(one.figure, low=None, high=None, best=Decimal(len(one.people)), quantifier="exact") for one in world(dice)]
    (row,) = totals(figures).rows
    assert row["contradicted"] == row["without_low"] == 0 and row["low"] <= row["high"]
    assert row["overlap_unknown"] or row["low"] <= row["best"]


@examples(25, 2_000)
@given(dice=st.randoms(use_true_random=False))
def test_ids_decide_no_number(dice: random.Random) -> None:
    """Whatever the figures are called, and whether they agree or not."""
    figures = [replace(one.figure, best=Decimal(dice.randrange(5))) for one in world(dice)]
    renamed = [replace(one, id=name) for one, name in zip(figures, dice.sample("abcdefgh", len(figures)), strict=True)]
    names = ("low", "best", "high", "figures", "without_low", "contradicted", "overlap_unknown")  # Of equal sets, one has to be chosen.
    (row,), (other,) = totals(figures).rows, totals(renamed).rows
    assert [row[name] for name in names] == [other[name] for name in names]
    assert row["low"] is None or row["high"] is None or row["low"] <= row["high"]
    assert row["best"] is None or row["high"] is None or row["best"] <= row["high"]
    if None not in (row["low"], row["best"]) and not row["without_best"] and not row["overlap_unknown"]:
        assert row["low"] <= row["best"]
