"""Where the axes of a chart have marks, and what stands at each: the library, which measures all that it writes slowly, need not find out.

The marks are those that it would choose (d3-array's `nice` and `ticks`, d3-time's `ticks`), except that no count is of less than a day.
"""

from __future__ import annotations

import datetime as dt
import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import ceil, floor, log10, sqrt
from typing import Any

from ..pictures.placeholder_texts import DAYS, NUMBERS
from ..words import dates

Spec = dict[str, Any]
ROUNDING = 1e-9
COUNT, NICE = 5, 10  # About how many marks are beside a chart, and into how many steps its highest number is rounded up.
EPOCH, DAY = dt.date(1970, 1, 1), 86_400_000  # Milliseconds.
SHORT = 240  # Days of a chart whose labels have days.
WEEK, MONTH, YEAR = 7, 30, 365
STEPS = ((1, 1), (2, 1), (1, WEEK), (1, MONTH), (3, MONTH), (1, YEAR))  # Of marks of time: how many of which length in days.
LENGTHS = [number * length for number, length in STEPS]


def number_axis(values: Sequence[float | None]) -> tuple[Spec, list[str]]:
    """The axis of some numbers from zero on, and its labels, the highest last; none if there are marks between whole numbers, which the library finds."""
    top = max((value for value in values if value is not None), default=0.0)
    if _step(top, COUNT) < 1:
        return {"format": ",~f", "tickMinStep": 1, "tickCount": COUNT}, []
    nice = 0.0
    while (other := _step(top, NICE)) != nice:
        nice = other
        top = ceil(top / nice - ROUNDING) * nice
    marks = [*range(0, floor(top + ROUNDING) + 1, round(_step(top, COUNT)))]
    return {"values": marks, "labelExpr": f"{NUMBERS}[indexof({json.dumps(marks)}, datum.value)]"}, [f"{mark:,}" for mark in marks]


def _step(top: float, count: int) -> float:
    """A round number that is about one of `count` steps from zero to `top`."""
    if not top:
        return 0.0
    power = 10.0 ** floor(log10(top / count))
    share = top / count / power
    return power * next(times for least, times in ((sqrt(50), 10), (sqrt(10), 5), (sqrt(2), 2), (0, 1)) if share >= least)


def time_axis(days: Sequence[dt.date], count: int) -> tuple[Spec, list[str]]:
    """The axis from the first to the last of some days with about `count` marks, and its labels. Over a short time these have days."""
    if not days:
        return {}, []
    first, last = min(days), max(days)
    marks = [*_marks(first, last, count)]
    long = (last - first).days > SHORT
    labels = [f"{'' if long else f'{mark.day} '}{dates.month(mark)[:3]} {mark.year}" for mark in marks]
    return {
        "values": [milliseconds(mark) for mark in marks],
        "labelExpr": f"{DAYS}[indexof({[*map(milliseconds, marks)]}, time(datum.value))]",
    }, labels


def milliseconds(day: dt.date) -> int:
    """A day as charts reckon time: since 1970, in UTC."""
    return (day - EPOCH).days * DAY


def _marks(first: dt.date, last: dt.date, count: int) -> Iterator[dt.date]:
    """The days at which steps begin that are the nearest to a `count`-th of the time."""
    days = (last - first).days
    place = bisect_right(LENGTHS, days / count)
    if place == len(LENGTHS):
        step = round(_step(days / YEAR, count))
        yield from (day for year in range(first.year, last.year + 1) if year % step == 0 and (day := dt.date(year, 1, 1)) >= first)
        return
    if place and days / count / LENGTHS[place - 1] < LENGTHS[place] / (days / count):
        place -= 1
    yield from (day for day in (first + dt.timedelta(n) for n in range(days + 1)) if _begins(day, *STEPS[place]))


def _begins(day: dt.date, number: int, length: int) -> bool:
    """Whether a step of a number of days, weeks, months or years begins on a day."""
    if length == WEEK:
        return day.isoweekday() == WEEK
    if length == 1:
        return (day - EPOCH).days % number == 0
    return day.day == 1 and (day.month - 1) % (number if length == MONTH else 12) == 0
