"""The rule `widest/2` in plain Python, from docs/totals.md and not from the SQL: every subset of a group is tried. Slow, and easy to check by eye.

One module, although long, because it is one rule, which is read beside that page.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from .figures_as_sets import EQUAL, SEPARATE, Figure, Number, relation, stock_day, total_span

REASONS = (
    "date_unknown", "extends_beyond", "no_number", "no_sum", "unit_unknown", "basis_unknown", "extrapolated", "computed",
    "part_of_event", "part_of_total", "superseded", "repeated", "overlap_unknown",
)  # fmt: skip
KEYS = ("month", "year", "country", "place", "actor", "measure", "population", "origin", "unit", "basis")
ALWAYS = ("measure", "unit", "basis")
APART = ("population", "actor", "origin")


def separate_rows(by: Sequence[str]) -> Callable[[Figure], tuple[Any, ...]]:
    """What two figures must have in common to be compared at all."""
    names = (*ALWAYS, *(key for key in APART if key in by))
    return lambda one: tuple(getattr(one, name) for name in names)


# Groups


class Group:
    """Figures that are connected because they are not disjoint, with the numbers of the group."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self.figures = sorted(figures, key=lambda one: one.id)
        self.to = {(a.id, b.id): relation(a, b) for a in self.figures for b in self.figures if a is not b}
        self.outermost = [one for one in self.figures if not any(self.strictly(other, one) for other in self.figures)]

    def strictly(self, a: Figure, b: Figure) -> bool:
        """Whether `a` contains `b`, and not the other way round."""
        return a is not b and self.to[a.id, b.id].contains and not self.to[a.id, b.id].inside

    def equals(self, one: Figure) -> list[Figure]:
        """The figures that count exactly the same people, itself included."""
        return [other for other in self.figures if other is one or self.to[one.id, other.id] == EQUAL]

    @cached_property
    def classes(self) -> list[list[Figure]]:
        """The outermost figures, those that count the same people together."""
        seen: dict[tuple[str, ...], list[Figure]] = {}
        for one in self.outermost:
            same = self.equals(one)
            seen[tuple(sorted(other.id for other in same))] = same
        return list(seen.values())

    def widest(self, among: Sequence[Figure], rank: Callable[[tuple[Figure, ...]], tuple[Any, ...]]) -> tuple[Figure, ...]:
        """Of all sets of pairwise disjoint figures, the one with the greatest rank; of these, the one whose sorted ids come first."""
        sets = (
            chosen for size in range(len(among) + 1) for chosen in combinations(among, size)
            if all(self.to[a.id, b.id].disjoint for a, b in combinations(chosen, 2))
        )  # fmt: skip
        best: tuple[Figure, ...] = ()
        for chosen in sets:  # In the order of their ids, for any one size.
            if rank(chosen) > rank(best):
                best = chosen
        return best

    # The numbers

    @cached_property
    def upper(self) -> Number | None:
        """The sum of the upper bounds of the outermost figures; of figures that count the same people, the least bound."""
        return total([least([one.bounds[1] for one in members]) for members in self.classes])

    @cached_property
    def lower_set(self) -> tuple[Figure, ...]:
        """The disjoint figures with the largest sum of lower bounds."""
        able = [one for one in self.figures if (one.bounds[0] or 0) > 0]
        return self.widest(able, lambda s: (sum(one.bounds[0] or 0 for one in s), -len(s), sum(one in self.outermost for one in s)))

    @cached_property
    def least_set(self) -> dict[str, Number]:
        """The disjoint outermost figures with the largest sum of the least number stated for the same people; those numbers, by id."""
        stated = {one.id: min(number for other in self.equals(one) for number in other.stated) for one in self.outermost}
        able = [one for one in self.outermost if stated[one.id] > 0]
        return {one.id: stated[one.id] for one in self.widest(able, lambda s: (sum(stated[one.id] for one in s), -len(s)))}

    @cached_property
    def best_set(self) -> tuple[Figure, ...]:
        """The figures that are added: disjoint outermost ones that together state the most. Four dead by estimate do not replace at least 238."""
        return self.widest(self.outermost, lambda s: (sum(most(one) for one in s), sum(one.best or 0 for one in s), len(s)))

    @cached_property
    def states_low(self) -> bool:
        return any(one.bounds[0] is not None for one in self.figures)

    @cached_property
    def parts_at_most(self) -> Number:
        """The largest sum of numbers that are stated for disjoint figures, as lower bound or best estimate."""
        return Number(sum(most(one) for one in self.widest(self.figures, lambda s: (sum(most(one) for one in s),))))

    @cached_property
    def ceiling(self) -> Number | None:
        """What the outermost figures state as the most: upper bounds, or best estimates where there is none."""
        return total([least([one.best if one.bounds[1] is None else one.bounds[1] for one in members]) for members in self.classes])

    def too_low(self, low: Number) -> bool:
        """Whether a lower bound exceeds what the outermost figures state."""
        bests = total([least([one.best for one in members]) for members in self.classes])
        return any(number is not None and low > number for number in (self.ceiling, bests))

    @cached_property
    def exceeded(self) -> bool:
        """Whether parts exceed their whole."""
        return self.ceiling is not None and self.parts_at_most > self.ceiling

    @cached_property
    def contradicted(self) -> bool:
        return self.exceeded or self.too_low(low_of(self.lower_set)) or any(one.bounds[2] for one in self.figures)

    @cached_property
    def added_low(self) -> dict[str, Number]:
        """What each figure adds to `low`, by its id."""
        if self.too_low(low_of(self.lower_set)):
            return self.least_set
        return {one.id: one.bounds[0] or Number(0) for one in self.lower_set}

    @cached_property
    def high(self) -> Number | None:
        return None if self.upper is None else max(self.upper, self.parts_at_most)

    @cached_property
    def overlap_unknown(self) -> bool:
        return any(self.to[a.id, b.id] not in (EQUAL, SEPARATE) for a, b in combinations(self.outermost, 2))

    def reasons(self) -> dict[str, str]:
        """Why each figure that is not added is left out."""
        chosen = self.best_set
        return {one.id: self._reason(one, chosen) for one in self.figures if one not in chosen}

    def _reason(self, one: Figure, chosen: tuple[Figure, ...]) -> str:
        wider = [why(other, one) for other in self.figures if self.strictly(other, one)]
        if wider:
            return min(wider, key=REASONS.index)
        same = [other for other in self.equals(one) if other in chosen]
        return why(same[0], one) if same else "overlap_unknown"


def why(wide: Figure, narrow: Figure) -> str:
    if wide.event.line[0] != narrow.event.line[0]:
        return "part_of_event"
    if (wide.population, wide.actor, wide.own_place) != (narrow.population, narrow.actor, narrow.own_place):
        return "part_of_total"
    return "repeated" if narrow.basis == "flow" else "superseded"


def low_of(figures: Iterable[Figure]) -> Number:
    return Number(sum(one.bounds[0] or 0 for one in figures))


def most(one: Figure) -> Number:
    return max([number for number in (one.bounds[0], one.best) if number is not None], default=Number(0))


def least(numbers: list[Number | None]) -> Number | None:
    return min((number for number in numbers if number is not None), default=None)


def total(numbers: list[Number | None]) -> Number | None:
    return None if None in numbers else Number(sum(number for number in numbers if number is not None))


def groups(figures: Sequence[Figure], by: Sequence[str]) -> list[Group]:
    row = separate_rows(by)
    left, found = list(figures), []
    while left:
        members = [left.pop()]
        for one in members:  # Grows while it is read.
            near = [other for other in left if row(other) == row(one) and not relation(one, other).disjoint]
            members += near
            left = [other for other in left if other not in near]
        found.append(Group(members))
    return found


# A query


def alone(one: Figure, dated: bool, since: dt.date | None, until: dt.date | None, about_origin: bool) -> str | None:
    """The reason for which a figure cannot be added, whatever other figures there are."""
    if dated and one.day is None:
        return "date_unknown"
    if dated and one.day is not None and not ((since or dt.date.min) <= one.day <= (until or dt.date.max)):
        return "extends_beyond"
    if not one.stated:
        return "no_number"
    if one.measure in ("distance", "population"):
        return "no_sum"
    if one.unit is None or one.basis is None:
        return "unit_unknown" if one.unit is None else "basis_unknown"
    return one.origin if one.origin in ("extrapolated", "computed") and not about_origin else None


def superseded(figures: Sequence[Figure], by: Sequence[str]) -> set[str]:
    """The ids of earlier counts of a series of stocks or running totals."""
    series: dict[Any, list[Figure]] = {}
    for one in figures:
        if one.basis != "flow":
            since = one.start if one.basis == "cumulative" else None
            key = (one.event.line[0], one.measure, one.unit, one.basis, one.population, one.actor, one.own_place, one.disaggregation, since)
            series.setdefault((*key, one.origin if "origin" in by else None), []).append(one)
    days = {one.id: stock_day(one) if one.basis == "stock" else total_span(one)[1] for one in figures if one.basis != "flow"}
    found = set()
    for members in series.values():
        latest = max((day for one in members if (day := days[one.id]) is not None), default=None)
        found |= {one.id for one in members if (day := days[one.id]) is not None and latest is not None and day < latest}
    return found


@dataclass
class Totals:
    rows: list[dict[str, Any]]
    left_out: list[dict[str, Any]]
    reasons: dict[str, str]  # By figure.
    groups: list[Group]


def totals(
    figures: Iterable[Figure],
    by: Sequence[str] = (),
    since: dt.date | None = None,
    until: dt.date | None = None,
    about_origin: bool = False,
) -> Totals:
    """The rows and the counts of figures left out, as REST returns them, with rows in any order.

    `about_origin`: the request has a condition on the origin of figures.
    """
    dated = since is not None or until is not None
    asked = [one for one in figures if not dated or one.touches(since, until)]
    alone_reasons = {one.id: alone(one, dated, since, until, about_origin or "origin" in by) for one in asked}
    reasons = {id: reason for id, reason in alone_reasons.items() if reason}
    compared = [one for one in asked if one.id not in reasons]
    reasons |= dict.fromkeys(superseded(compared, by), "superseded")
    found = groups([one for one in compared if one.id not in reasons], by)
    for group in found:
        reasons |= group.reasons()
    counted = Counter(reasons.values())
    left_out = [{"reason": reason, "figures": counted[reason]} for reason in REASONS if counted[reason]]
    return Totals(list(rows(found, by, since, until)), left_out, reasons, found)


def cells(one: Figure, by: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The keys of the rows that a figure belongs to: one, or by place that of each place around it."""
    line = one.places or one.event.places
    for place in (line or (None,)) if "place" in by else (None,):
        values = {
            "month": one.day and one.day.strftime("%Y-%m"), "year": one.day and one.day.year, "country": one.event.country, "place": place,
        }  # fmt: skip
        yield tuple((key, values[key] if key in values else getattr(one, key)) for key in KEYS if key in (*by, *ALWAYS))


def rows(found: list[Group], by: Sequence[str], since: dt.date | None, until: dt.date | None) -> Iterator[dict[str, Any]]:
    members: dict[tuple[Any, ...], list[tuple[Group, list[Figure]]]] = {}
    for group in found:
        parts: dict[tuple[Any, ...], list[Figure]] = {}
        for one in group.figures:
            for cell in cells(one, by):
                parts.setdefault(cell, []).append(one)
        for cell, part in parts.items():
            members.setdefault(cell, []).append((group, part))
    for cell, of_groups in members.items():
        found_row = row([Part(group, part) for group, part in of_groups], by, until)
        counts_others = any(Part(group, part).counts_others for group, part in of_groups)
        if counts_others or found_row["low"] is not None or found_row["high"] is not None:
            yield {**dict(cell), **found_row, **covered([one for _, part in of_groups for one in part], dict(cell), since, until)}


def covered(figures: Sequence[Figure], keys: dict[str, Any], since: dt.date | None, until: dt.date | None) -> dict[str, Any]:
    """The columns on covered days: of the events of which figures count a part of the time, the one with the most days that none counts."""
    by_event: dict[str, list[Figure]] = {}
    for one in figures:
        by_event.setdefault(one.event.line[0], []).append(one)
    named = [str(keys[key]) for key in ("month", "year") if keys.get(key) is not None][:1]
    found = []
    for members in by_event.values():
        event, spans = members[0].event, [one.span for one in members]
        known = all(first is not None and last is not None and first <= last for first, last in spans)
        if not known or not any(one.counts_a_part for one in members):
            continue
        assert event.first is not None
        every = [event.first + dt.timedelta(n) for n in range(3000)]  # Days of tests are not further apart.
        ended = event.last is not None or until is not None or named
        days = [
            day for day in every
            if (event.last is None or day <= event.last) and (until is None or day <= until) and (since is None or day >= since)
            and all(str(day).startswith(name) for name in named)
        ]  # fmt: skip
        if ended and days:
            counted = sum(any(first <= day <= last for first, last in spans) for day in days)  # type: ignore[operator]
            found.append((len(days) - counted, len(days), counted))
    _, event_days, counted_days = max(found, default=(0, None, None))
    return {"covered_days": counted_days, "event_days": event_days}


class Part:
    """The figures of a group that are in one row."""

    def __init__(self, group: Group, figures: list[Figure]) -> None:
        self.group, self.figures = group, figures
        self.alone = Group(figures)  # The same figures as if they were all: `high` of a row is valid by itself.
        self.within = Group(one for one in group.figures if one in figures or any(group.strictly(other, one) for other in figures))
        self.chosen = [one for one in group.best_set if one in figures]
        self.added_low = {one.id: group.added_low[one.id] for one in figures if one.id in group.added_low}

    @property
    def too_low(self) -> bool:
        """Whether what the figures of the row add to `low` exceeds what the outermost of them state."""
        return self.alone.too_low(Number(sum(self.added_low.values())))

    def low(self) -> Number:
        return Number(sum((self.alone.least_set if self.too_low else self.added_low).values()))

    @property
    def exceeded(self) -> bool:
        """Whether the figures of the row state less than they and what they contain, which may be in other rows."""
        return self.alone.ceiling is not None and self.within.parts_at_most > self.alone.ceiling

    @property
    def high(self) -> Number | None:
        return None if self.alone.upper is None else max(self.alone.upper, self.within.parts_at_most)

    @property
    def contradicted(self) -> bool:
        return self.group.contradicted or self.exceeded or self.too_low

    @property
    def counts_others(self) -> bool:
        """Whether somebody may be in a figure of the row and in no figure of another row."""
        return any(one in self.group.outermost for one in self.figures)

    def rests_on(self) -> list[Figure]:
        return [one for one in self.figures if one in self.chosen or one.id in self.added_low or one in self.alone.outermost]


def row(parts: list[Part], by: Sequence[str], until: dt.date | None) -> dict[str, Any]:
    chosen = [one for part in parts for one in part.chosen]
    bests = [one.best for one in chosen if one.best is not None]
    with_low = [part for part in parts if part.group.states_low]
    return {
        "origins": sorted({one.origin for part in parts for one in part.rests_on() if one.origin is not None}),
        "low": sum(part.low() for part in with_low) if with_low else None,
        "best": sum(bests) if bests else None,
        "high": total([part.high for part in parts]),
        "figures": len(chosen),
        "without_low": len(parts) - len(with_low),
        "without_best": len(chosen) - len(bests),
        "disputed": sum(one.disputed for one in chosen),
        "imprecise_dates": sum(one.imprecise(by, until) for one in chosen),
        "contradicted": sum(part.contradicted for part in parts),
        "overlap_unknown": sum(part.group.overlap_unknown for part in parts),
        "approximated": 0,
    }
