"""What PostgreSQL has sampled of one column, and the share of its rows that have a value."""

from __future__ import annotations

import datetime as dt
import unicodedata
from bisect import bisect, bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from math import floor, log10
from typing import Any

UNKNOWN_VALUES = 10.0  # Distinct values of a field of a table that PostgreSQL has not analyzed.
UNKNOWN_ITEMS = 1.0  # In a list of such a table.
SHARE_OF_RANGE = 1 / 3
DIGITS = 2  # Significant digits of the numbers of rows, so that a cost does not change with every analysis of a table.


@dataclass(frozen=True)
class ColumnStatistics:
    """What PostgreSQL has sampled of a column. Shares are of all rows."""

    unknown: float = 0.0  # The share of rows in which it is null.
    distinct: float = UNKNOWN_VALUES
    common: Mapping[str, float] = field(default_factory=dict)  # The share of each common value, by its text.
    hottest: float = 1.0  # The largest share that one value has.
    bounds: tuple[float, ...] = ()  # Of dates and numbers: values that divide the others into equal parts.
    samples: tuple[str, ...] = ()  # Of texts: the same.
    items: float = UNKNOWN_ITEMS  # Of lists: their average length.
    width: float = 0.0  # The average bytes of a value; 0 if nothing is known of them.

    @cached_property
    def rest(self) -> float:
        """The share of rows with a value that is not common."""
        return max(0.0, 1 - self.unknown - sum(self.common.values()))

    @cached_property
    def common_texts(self) -> list[tuple[str, float]]:
        return [(_folded(text), share) for text, share in self.common.items()]

    @cached_property
    def folded_samples(self) -> list[str]:
        return [_folded(text) for text in self.samples]

    def share_containing(self, text: object, least: float, unknown: float) -> float:
        """The share of rows that contain a text; at least `least`, and `unknown` if there are no samples."""
        if not (self.samples or self.common):
            return unknown
        word = _folded(str(text))
        of_samples = sum(word in sample for sample in self.folded_samples) / max(1, len(self.samples))
        return max(least, of_samples * self.rest + sum(share for common, share in self.common_texts if word in common))

    @cached_property
    def common_numbers(self) -> tuple[list[float], list[float]]:
        """The common values that are numbers, in order, and the share of rows below each; at the end, that of all of them."""
        ordered = sorted((number, share) for text, share in self.common.items() if (number := _number(text)) is not None)
        return [number for number, _ in ordered], [0.0, *accumulate(share for _, share in ordered)]

    def share_of(self, value: object) -> float:
        """The share of rows with a value."""
        text = ("t" if value else "f") if isinstance(value, bool) else str(value)
        share = self.common.get(text)
        return self.rest / max(1.0, self.distinct - len(self.common)) if share is None else share

    def share_below(self, value: object) -> float:
        """The share of rows whose value is below this one."""
        number = _number(value)
        if number is None or not (self.bounds or self.common):
            return SHARE_OF_RANGE
        below = bisect(self.bounds, number) / len(self.bounds) if self.bounds else 0.0
        numbers, shares_below = self.common_numbers
        return below * self.rest + shares_below[bisect_left(numbers, number)]


def column_statistics(
    rows: float, unknown: float, distinct: float, common: list[str] | None, shares: list[float] | None, bounds: list[str] | None,
    items: float | None, width: float = 0.0,
) -> ColumnStatistics:  # fmt: skip
    """A negative number of distinct values is a share of the rows, as in pg_stats."""
    number = rounded(distinct) if distinct > 0 else max(1.0, -distinct * rows)
    average = (1 - unknown) / max(1.0, number)  # Values that are all alike are none of the common ones.
    hottest = max([*(shares or [min(1.0, 10 / max(rows, 10.0))]), average])
    numbers = [number for number in map(_number, bounds or ()) if number is not None]
    is_text = len(numbers) < len(bounds or ())
    return ColumnStatistics(
        unknown, number, dict(zip(common or (), shares or (), strict=False)), hottest, () if is_text else tuple(numbers),
        tuple(bounds or ()) if is_text else (), items or 0.0, width,
    )  # fmt: skip


def _folded(text: str) -> str:
    """A text as searches compare it, nearly: PostgreSQL's `fold` knows more accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text).lower() if not unicodedata.combining(letter))


def rounded(number: float) -> float:
    return round(number, DIGITS - 1 - floor(log10(number))) if number >= 1 else number


def _number(value: Any) -> float | None:
    """A date or a number, or its text, as a number that orders as it does."""
    try:
        if isinstance(value, str) and value.count("-") == 2 and not value.startswith("-"):
            return float(dt.date.fromisoformat(value).toordinal())
        if isinstance(value, dt.date):
            return float(value.toordinal())
        return float(value)
    except (TypeError, ValueError):
        return None


def month_number(day: object) -> int | None:
    """The month of a date, or of its text, as a number of months; None for anything else."""
    number = _number(day)
    if number is None or not isinstance(day, (str, dt.date)):
        return None
    date = dt.date.fromordinal(int(number))
    return 12 * date.year + date.month
