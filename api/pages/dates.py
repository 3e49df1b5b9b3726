"""Days and spans of days in English, with the precision with which they are known."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping

from schema.codelists.vocabularies import DATE_PRECISION

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
EXACT = "1"  # The precision of a known day.


def day(text: str) -> str:
    """2024-11-27 as 27 November 2024."""
    date = dt.date.fromisoformat(text)
    return f"{date.day} {month(date)}"


def month(date: dt.date) -> str:
    return f"{MONTHS[date.month - 1]} {date.year}"


def span(start: str | None, end: str | None, exact: bool = True) -> str:
    """The days from `start` to `end` as the end of a phrase; empty if neither is known. Not `exact`: it happened on some days between them."""
    if start is None or end is None:
        return f"from {day(start)} on" if start else f"up to {day(end)}" if end else ""
    first, last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    if first == last:
        return f"on {day(start)}"
    if whole := _whole(first, last):
        return f"in {whole}"
    same_year, same_month = first.year == last.year, (first.year, first.month) == (last.year, last.month)
    begun = str(first.day) if same_month else f"{first.day} {MONTHS[first.month - 1]}" if same_year else day(start)
    return f"from {begun} to {day(end)}" if exact else f"between {begun} and {day(end)}"


def _whole(first: dt.date, last: dt.date) -> str:
    """The month or the year that the days are, or the first and the last of several years; empty if they are none."""
    if first.day != 1 or last.day != calendar.monthrange(last.year, last.month)[1]:
        return ""
    if (first.year, first.month) == (last.year, last.month):
        return month(first)
    return str(first.year) if (first.year, first.month, last.month) == (last.year, 1, 12) else ""


def event_span(event: Mapping[str, object]) -> str:
    """The days of an event, with their precision if they are not known exactly."""
    start, end = (_text(event.get(name)) for name in ("started_on", "ended_on"))
    precision = str(event.get("date_precision") or EXACT)
    words = span(start, end, precision == EXACT)
    if not words or precision == EXACT:
        return words
    return f"{words} (date known to: {DATE_PRECISION.codes[precision].label.lower()})"


def figure_span(figure: Mapping[str, object]) -> str:
    """The days that a figure covers: its own period, else that of its event; of a stock, the day at which it holds."""
    start, end = (_text(figure.get(name)) for name in ("period_start", "period_end"))
    event = figure.get("event")
    if figure.get("basis") == "stock" and (at := end or start):
        return f"as of {day(at)}"
    if start or end:
        return span(start, end)
    return event_span(event) if isinstance(event, Mapping) else ""


def _text(value: object) -> str | None:
    return str(value) if value else None
