"""Figures as sets of people, by docs/totals.md: what each states, when it is, and how two of them compare.

Codes are written out here, so that a wrong declaration is found too.

One module, although long, because it is one definition, which is read beside that page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Number = Decimal
Line = tuple[str, ...]  # A record with everything that it is part of, itself first.
DISJOINT = {
    frozenset(pair.split())
    for pair in """civilians combatants;combatants media;combatants aid_workers;media medical;media aid_workers;media peacekeepers;
    aid_workers peacekeepers;females males;females men;females boys;males women;males girls;women men;girls boys;adults children;adults girls;
    adults boys;adults infants;women children;women girls;women boys;women infants;men children;men girls;men boys;men infants;
    elderly children;elderly girls;elderly boys;elderly infants""".split(";")
}
NESTED = {
    tuple(pair.split())
    for pair in """females women;females girls;males men;males boys;adults women;adults men;children girls;children boys;
    children infants""".split(";")
}
# Types of actors of which two have nothing in common unless one is part of the other, beside two of one type.
SEPARATE_ACTORS = {
    frozenset((one, other))
    for pairs in """state|rebel_group political_militia identity_militia
    government|rebel_group political_militia identity_militia civilians organisation
    state_forces|rebel_group political_militia identity_militia civilians organisation
    external_forces|rebel_group political_militia identity_militia civilians organisation
    rebel_group|political_militia identity_militia civilians organisation international_organisation
    political_militia|identity_militia civilians organisation international_organisation
    identity_militia|civilians organisation international_organisation""".splitlines()
    for one, _, others in [pairs.strip().partition("|")]
    for other in others.split()
}


class Part(str):
    """The id of an actor or of a place that is part of others, with its type and, of a place, its country."""

    kind: str
    country: str | None

    def __new__(cls, id: str, kind: str, country: str | None = None) -> Part:
        part = super().__new__(cls, id)
        part.kind, part.country = kind, country
        return part


Parts = tuple[Part, ...]  # An actor or a place with everything that it is part of, itself first.


@dataclass(frozen=True)
class Event:
    line: Line
    first: dt.date | None = None
    last: dt.date | None = None
    precision: int | None = None
    country: str | None = None
    places: Parts = ()
    vague: bool = False  # It may have happened outside that place: within 25 km of it, or along a line.


@dataclass(frozen=True)
class Figure:
    """A figure as published, with the event, the actor and the place that it names."""

    id: str
    event: Event
    low: Number | None = None
    best: Number | None = None
    high: Number | None = None
    quantifier: str | None = None
    measure: str = "killed"
    unit: str | None = "people"
    basis: str | None = "flow"
    population: str | None = None
    actors: Parts = ()
    places: Parts = ()
    start: dt.date | None = None
    end: dt.date | None = None
    origin: str | None = None
    disaggregation: str | None = None
    disputed: bool = False
    row: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)  # What the API lists, for conditions of tests.

    # What it states

    @property
    def stated(self) -> list[Number]:
        return [number for number in (self.low, self.best, self.high) if number is not None]

    @property
    def bounds(self) -> tuple[Number | None, Number | None, bool]:
        """The lower bound, the upper bound, and whether the stated numbers contradict each other."""
        low = self.best if self.low is None and self.quantifier in ("exact", "at_least", "more_than") else self.low
        high = self.best if self.high is None and self.quantifier in ("exact", "at_most", "less_than") else self.high
        ordered = [number for number in (low, self.best, high) if number is not None]
        if ordered == sorted(ordered):
            return low, high, False
        return None if low is None else min(ordered), None if high is None else max(ordered), True

    @property
    def actor(self) -> str | None:
        return self.actors[0] if self.actors else None

    @property
    def own_place(self) -> str | None:
        return self.places[0] if self.places else None

    @property
    def own_period(self) -> bool:
        return self.start is not None or self.end is not None

    # When it is

    @property
    def counts_a_part(self) -> bool:
        """Whether it counts certain days that are only a part of those of its event."""
        first, last, exact = self.event.first, self.event.last, (self.event.precision or 0) <= 1
        if self.basis != "flow" or not exact or first is None or self.start is None or self.end is None:
            return False
        return first <= self.start <= self.end <= (last or dt.date.max) and (self.start, self.end) != (first, last)

    @property
    def span(self) -> tuple[dt.date | None, dt.date | None]:
        return (self.start, self.end) if self.own_period else (self.event.first, self.event.last)

    @property
    def day(self) -> dt.date | None:
        """The day by which it is attributed to a month, a year and a window."""
        first, last = self.span
        if self.basis != "flow":  # It holds at its end.
            first, last = last, first
        return last if first is None else first

    def touches(self, since: dt.date | None, until: dt.date | None) -> bool:
        """Whether it has, or may have, a day in the window."""
        first, last = self.span
        known = [day for day in (first, last) if day is not None]
        before = until is not None and first is not None and min(known) > until
        after = since is not None and last is not None and max(known) < since
        return not before and not after

    def imprecise(self, by: Sequence[str], until: dt.date | None) -> bool:
        first, last = self.span
        if self.basis != "flow":
            first = last
        if first is None or last is None or (self.event.precision or 0) > 1:
            return True
        if "month" in by and (first.year, first.month) != (last.year, last.month):
            return True
        return ("year" in by and first.year != last.year) or (until is not None and last > until)


# Two figures


@dataclass(frozen=True)
class Relation:
    """How two figures compare in one respect or in all: neither of the three means that their overlap is unknown."""

    contains: bool = False
    inside: bool = False
    disjoint: bool = False


EQUAL, CONTAINS, INSIDE, SEPARATE, UNKNOWN = (
    Relation(True, True), Relation(contains=True), Relation(inside=True), Relation(disjoint=True), Relation()
)  # fmt: skip


def lines(a: Line, b: Line) -> Relation:
    if a == b or a[0] == b[0]:
        return EQUAL
    return CONTAINS if a[0] in b else INSIDE if b[0] in a else SEPARATE


def parts(a: Parts, b: Parts) -> Relation:
    """Actors or places: those of which neither is part of the other may still have something in common, if their types do not say otherwise."""
    found = lines(a, b)
    if found != SEPARATE:
        return found
    mine, theirs = ([one for one in line if one not in other] for line, other in ((a, b), (b, a)))
    if any(
        (one.kind == other.kind and one.kind not in ("coalition", "collective")) or frozenset((one.kind, other.kind)) in SEPARATE_ACTORS
        for one in mine
        for other in theirs
    ):
        return SEPARATE
    here, there = ({one.country for one in line if one.country} for line in (a, b))
    return SEPARATE if here and there and not here & there else UNKNOWN


def by_population(a: Figure, b: Figure) -> Relation:
    pair = (a.population, b.population)
    if pair[0] == pair[1]:
        return UNKNOWN if pair[0] == "unknown" else EQUAL
    if pair[0] == "all" or pair in NESTED:
        return CONTAINS
    if pair[1] == "all" or pair[::-1] in NESTED:
        return INSIDE
    return SEPARATE if frozenset(pair) in DISJOINT else UNKNOWN


def by_actor(a: Figure, b: Figure) -> Relation:
    if not a.actors or not b.actors:
        return Relation(contains=not a.actors, inside=not b.actors)
    return parts(a.actors, b.actors)


def by_place(a: Figure, b: Figure) -> Relation:
    same = a.event.line[0] == b.event.line[0]
    if same and not (a.places and b.places):
        return Relation(contains=not a.places, inside=not b.places)
    if not a.places and a.event.line[0] in b.event.line:
        return CONTAINS
    if not b.places and b.event.line[0] in a.event.line:
        return INSIDE
    mine, theirs = (one.places or (() if one.event.vague else one.event.places) for one in (a, b))
    return parts(mine, theirs) if mine and theirs else UNKNOWN


def by_disaggregation(a: Figure, b: Figure) -> Relation:
    """Not a respect of its own: figures that a source separates have nobody in common."""
    declared = a.disaggregation is not None and (a.event.line[0], a.disaggregation) == (b.event.line[0], b.disaggregation)
    differ = (a.population, a.actor, a.own_place) != (b.population, b.actor, b.own_place)
    return SEPARATE if declared and differ else EQUAL


def by_time(a: Figure, b: Figure) -> Relation:
    same = a.event.line[0] == b.event.line[0]
    if same and not a.own_period and not b.own_period:
        return EQUAL
    if a.basis == "stock":
        mine, theirs = stock_day(a), stock_day(b)
        return EQUAL if mine is not None and mine == theirs else UNKNOWN
    if a.basis == "flow":
        if not a.own_period and a.event.line[0] in b.event.line:
            return CONTAINS
        if not b.own_period and b.event.line[0] in a.event.line:
            return INSIDE
        return spans(a.span, b.span)
    return running_totals(total_span(a), total_span(b))


Span = tuple[dt.date | None, dt.date | None]


def reversed_span(span: Span) -> bool:
    return span[0] is not None and span[1] is not None and span[0] > span[1]


def apart(a: Span, b: Span) -> bool:
    """Whether one span certainly ends before the other begins."""
    if reversed_span(a) or reversed_span(b):
        return False
    return any(one[1] is not None and other[0] is not None and one[1] < other[0] for one, other in ((a, b), (b, a)))


def spans(a: Span, b: Span) -> Relation:
    if apart(a, b):
        return SEPARATE
    if None in a or None in b or reversed_span(a) or reversed_span(b):
        return UNKNOWN
    return Relation(contains=a[0] <= b[0] and a[1] >= b[1], inside=b[0] <= a[0] and b[1] >= a[1])  # type: ignore[operator]  # known


def running_totals(a: Span, b: Span) -> Relation:
    """A missing start is the beginning of the event."""
    if apart(a, b):
        return SEPARATE
    if reversed_span(a) or reversed_span(b) or a[1] is None or b[1] is None:
        return UNKNOWN

    def from_earlier(one: dt.date | None, other: dt.date | None) -> bool:
        return one is None or (other is not None and one <= other)

    return Relation(from_earlier(a[0], b[0]) and a[1] >= b[1], from_earlier(b[0], a[0]) and b[1] >= a[1])


def stock_day(one: Figure) -> dt.date | None:
    return (one.end or one.start) if one.own_period else (one.event.last or one.event.first)


def total_span(one: Figure) -> Span:
    return (one.start, one.end) if one.own_period else (None, one.event.last)


def relation(a: Figure, b: Figure) -> Relation:
    """How two figures of one measure, unit and basis compare."""
    respects = [lines(a.event.line, b.event.line)]
    for respect in (by_population, by_actor, by_place, by_time, by_disaggregation):
        if respects[-1].disjoint:
            return SEPARATE
        respects.append(respect(a, b))
    if respects[-1].disjoint:
        return SEPARATE
    return Relation(all(one.contains for one in respects), all(one.inside for one in respects))
