"""The counts of one running total: what each states, and where the total falls."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Count:
    """One count of a running total on a day; several that differ have only bounds."""

    day: str
    low: float | None
    best: float | None
    high: float | None

    @property
    def value(self) -> float | None:
        """What the line is drawn at."""
        return next((value for value in (self.best, self.low, self.high) if value is not None), None)

    @property
    def words(self) -> str:
        """What it states: never a bound as the number itself."""
        if self.best is not None:
            return _text(self.best)
        if self.low is not None and self.high is not None:
            return f"between {_text(self.low)} and {_text(self.high)}"
        return f"at least {_text(self.low)}" if self.low is not None else f"at most {_text(self.high or 0)}"

    def below(self, other: Count) -> bool:
        """Whether it is below another count: in the first number that both state or, if they state none in common, if it cannot be as high."""
        for one, two in ((self.best, other.best), (self.low, other.low), (self.high, other.high)):
            if one is not None and two is not None:
                return one < two
        ceiling, floor = self.best if self.high is None else self.high, other.best if other.low is None else other.low
        return ceiling is not None and floor is not None and ceiling < floor


def _text(number: float) -> str:
    return f"{number:,.12g}"


@dataclass(frozen=True)
class Series:
    """The counts of one running total, in the order of their days, and what tells it apart from others."""

    label: str
    counts: Sequence[Count]

    @property
    def falls(self) -> list[tuple[Count, Count]]:
        """Where it falls: a running total cannot, so it was corrected or begins anew."""
        return [(one, other) for one, other in self._pairs() if other.below(one)]

    @property
    def lower(self) -> list[tuple[Count, Count]]:
        """Where the line would go down: also from an estimate to a lower bound below it, which is no fall."""
        return [(one, other) for one, other in self._pairs() if (other.value or 0) < (one.value or 0)]

    def _pairs(self) -> Iterator[tuple[Count, Count]]:
        return itertools.pairwise(count for count in self.counts if count.value is not None)
