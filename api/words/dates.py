"""Days and spans of days in words, with the precision with which they are known."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping

from schema.codelists.vocabularies import DATE_PRECISION
from schema.model.completeness import complete

from .languages import language, say

EXACT = "1"  # The precision of a known day.
WITHIN = {EXACT: "", "2": "within_2", "3": "within_3", "4": "within_4", "5": "within_5"}  # The messages of precisions.
complete("WITHIN in api/words/dates.py", WITHIN, DATE_PRECISION.codes)
PERIOD, EVENT_DAYS = ("period_start", "period_end"), ("started_on", "ended_on")


def day(text: str) -> str:
    """2024-11-27 as 27 November 2024."""
    return language().day(dt.date.fromisoformat(text))


def month(date: dt.date) -> str:
    return language().month(date)


def span(start: str | None, end: str | None, exact: bool = True) -> str:
    """The days from `start` to `end` as the end of a phrase; empty if neither is known. Not `exact`: it happened on some days between them."""
    if start is None or end is None:
        before, after = ("from_on", "up_to_day") if exact else ("not_before", "not_after")
        return say(before, day(start)) if start else say(after, day(end)) if end else ""
    first, last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    if first == last:
        return say("on" if exact else "around", day(start))
    if whole := _whole(first, last):
        return say("in_period", whole)
    return say("from_to" if exact else "between", *language().days(first, last))


def _whole(first: dt.date, last: dt.date) -> str:
    """The month or the year that the days are, or the first and the last of several years; empty if they are none."""
    if first.day != 1 or last.day != calendar.monthrange(last.year, last.month)[1]:
        return ""
    if (first.year, first.month) == (last.year, last.month):
        return month(first)
    return language().year(first) if (first.year, first.month, last.month) == (last.year, 1, 12) else ""


def event_span(event: Mapping[str, object]) -> str:
    """The days of an event, with their precision unless they are known exactly. A precision that is not stated is not exact."""
    words = span(*days_of(event, EVENT_DAYS), event.get("date_precision") is None or is_exact(event))
    return f"{words}{_precision(event)}" if words else ""


def figure_span(figure: Mapping[str, object]) -> str:
    """The days that a figure covers: its own period, else that of its event; of a stock, the day at which it holds.

    A period that is that of the event is not known more precisely than the event.
    """
    own = days_of(figure, PERIOD)
    event = figure.get("event")
    event = event if isinstance(event, Mapping) else {}
    inherited = own in ((None, None), days_of(event, EVENT_DAYS))
    if figure.get("basis") == "stock" and (at := own[1] or own[0]):
        return f"{say('as_of', day(at))}{_precision(event) if inherited else ''}"
    if inherited:
        return event_span(event)
    open_end = "start_not_stated" if own[0] is None else "end_not_stated" if own[1] is None else ""
    return span(*own) + (f" ({say(open_end)})" if open_end and figure.get("basis") != "cumulative" else "")


def observed(figure: Mapping[str, object]) -> str | None:
    """The date of a figure by ISO 8601, as precisely as it is known: the day, the month or the year; None if it is known less precisely."""
    own, event = days_of(figure, PERIOD), figure.get("event")
    event = event if isinstance(event, Mapping) else {}
    inherited = own in ((None, None), days_of(event, EVENT_DAYS))
    if inherited and not is_exact(event):
        return dated(event)[0]
    start, end = days_of(event, EVENT_DAYS) if inherited else own
    return (end or start) if figure.get("basis") == "stock" else end if figure.get("basis") == "cumulative" else shared(start, end)


def dated(event: Mapping[str, object]) -> tuple[str | None, str | None]:
    """The first and the last day of an event by ISO 8601, as precisely as they are known: both are the month or the year if only that is known."""
    days = days_of(event, EVENT_DAYS)
    if is_exact(event):
        return days
    month = shared(*days)
    return (month[:7],) * 2 if month else (None, None)


def shared(start: str | None, end: str | None) -> str | None:
    """What two days have in common by ISO 8601: 2024-05-03 and 2024-05-08 have 2024-05; None if one is unknown or the years differ."""
    if start is None or end is None:
        return None
    if start == end:
        return start
    return start[:7] if start[:7] == end[:7] else start[:4] if start[:4] == end[:4] else None


def days_of(record: Mapping[str, object], names: tuple[str, str]) -> tuple[str | None, str | None]:
    """Two days of a record, the first and the last; None for each that is unknown."""
    first, last = (record.get(name) for name in names)
    return str(first) if first else None, str(last) if last else None


def is_exact(event: Mapping[str, object]) -> bool:
    """Whether the days of an event are said to be known exactly."""
    return str(event.get("date_precision")) == EXACT


def _precision(event: Mapping[str, object]) -> str:
    precision = event.get("date_precision")
    if precision is None:
        return f" ({say('precision_unstated')})"
    return "" if is_exact(event) else f" ({say('within', say(WITHIN[str(precision)]))})"
