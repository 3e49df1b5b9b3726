"""The counts of one running total: what each states, and where the total falls."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from operator import itemgetter
from typing import Any

from ..words import dates, number

Document = Mapping[str, Any]
Number = int | Decimal
BEGINNING = "period_start"
APART = (
    "event",
    "actor",
    "location",
    "population",
    "unit",
    "origin",
    "disaggregation",
    BEGINNING,
)  # What tells series of one measure apart, as in totals.
PICKED = itemgetter(*APART)


@dataclass(frozen=True)
class Count:
    """One count of a running total on a day; several that differ have only bounds."""

    day: str
    low: Number | None
    best: Number | None
    high: Number | None

    @property
    def numbers(self) -> tuple[Number | None, Number | None, Number | None]:
        return self.low, self.best, self.high

    @property
    def value(self) -> Number | None:
        """What the line is drawn at."""
        return self.best if self.best is not None else self.high if self.low is None else self.low

    @property
    def words(self) -> str:
        """What it states: never a bound as the number itself."""
        if self.best is not None:
            return number(self.best)
        if self.low is not None and self.high is not None:
            return f"between {number(self.low)} and {number(self.high)}"
        return f"at least {number(self.low)}" if self.low is not None else f"at most {number(self.high or 0)}"

    def below(self, other: Count) -> bool:
        """Whether it is below another count: in the first number that both state or, if they state none in common, if it cannot be as high."""
        for one, two in ((self.best, other.best), (self.low, other.low), (self.high, other.high)):
            if one is not None and two is not None:
                return one < two
        ceiling, floor = self.best if self.high is None else self.high, other.best if other.low is None else other.low
        return ceiling is not None and floor is not None and ceiling < floor


@dataclass(frozen=True)
class Series:
    """The counts of one running total, in the order of their days, and what tells it apart from others."""

    label: str
    counts: Sequence[Count]

    @cached_property
    def falls(self) -> list[tuple[Count, Count]]:
        """Where it falls: a running total cannot, so it was corrected or begins anew."""
        return [(one, other) for one, other in self._pairs() if other.below(one)]

    @cached_property
    def lower(self) -> list[tuple[Count, Count]]:
        """Where the line would go down: also from an estimate to a lower bound below it, which is no fall."""
        return [(one, other) for one, other in self._pairs() if (other.value or 0) < (one.value or 0)]

    def _pairs(self) -> Iterator[tuple[Count, Count]]:
        return itertools.pairwise(count for count in self.counts if count.value is not None)


def grouped(figures: Sequence[Document]) -> tuple[list[Series], list[str]]:
    """The series of some figures with last days, and the fields that tell them apart."""
    groups: dict[tuple[Any, ...], list[Document]] = {}
    for figure in figures:
        # As `_identity` does: there are thousands, and a call for each field of each takes longer than all else.
        key = tuple([value["id"] if type(value) is dict else value for value in PICKED(figure)])
        groups.setdefault(key, []).append(figure)
    differing = [name for n, name in enumerate(APART) if len({key[n] for key in groups}) > 1]
    labels = _labels([group[0] for group in groups.values()], differing)
    return [Series(label, _counts(group)) for label, group in zip(labels, groups.values(), strict=True)], differing


def _labels(figures: Sequence[Document], differing: Sequence[str]) -> list[str]:
    """What tells series apart, from a figure of each: by names and, where several records have one name, by their ids too."""
    shared = {
        name: {said for said, count in Counter(said for _, said in {(_identity(f[name]), said_of(f[name])) for f in figures}).items() if count > 1}
        for name in differing
    }  # fmt: skip
    return [", ".join(_label(name, figure[name], shared[name]) for name in differing) for figure in figures]


def _label(name: str, value: Any, shared: Collection[str]) -> str:
    if name == BEGINNING:
        return f"since {dates.day(value)}" if value else "without a first day"
    said = said_of(value) or "unknown"
    return f"{said} ({value['id']})" if isinstance(value, Mapping) and said in shared else said


def _identity(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) else value  # Asking whether it is any Mapping takes ten times as long.


def said_of(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("name") or value["id"])
    return "" if value is None else str(value).replace("_", " ")


def _counts(figures: Sequence[Document]) -> list[Count]:
    days: dict[str, list[Document]] = {}
    for figure in figures:
        days.setdefault(figure["period_end"], []).append(figure)
    return [_count(day, days[day]) for day in sorted(days)]


STATED = itemgetter("low", "best", "high")


def _count(day: str, figures: Sequence[Document]) -> Count:
    """The count of a day. Where there are several that differ, it is between the least and the greatest of their numbers."""
    stated = {STATED(figure) for figure in figures}
    if len(stated) == 1:
        return Count(day, *stated.pop())
    numbers = [value for numbers in stated for value in numbers if value is not None]
    return Count(day, min(numbers), None, max(numbers)) if numbers else Count(day, None, None, None)
