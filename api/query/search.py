"""Reads the text of a search across kinds: its words, the days in it, and the id that it may be."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.parsers import ID_PATTERN

from . import conditions
from .bindings import Parse, bind, identity, specialise
from .nodes import Sought, Word

MAX_FOUND, DEFAULT_FOUND = 100, 20
MONTHS = {name.lower(): number for names in (calendar.month_name, calendar.month_abbr) for number, name in enumerate(names) if name}
MONTH, YEAR, DAY = (
    rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?",
    r"(?P<year>[12][0-9]{3})",
    r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?",
)
# How days are written, the longest first: 2024-11-30, 30 November 2024, November 30, 2024, 2024-11, November 2024, 2024.
DATES = [
    re.compile(rf"(?<!\S){pattern}(?!\S)", re.IGNORECASE)
    for pattern in (
        rf"{YEAR}-(?P<number>[0-9]{{2}})-(?P<day>[0-9]{{2}})", rf"{DAY}\s+{MONTH},?\s+{YEAR}", rf"{MONTH}\s+{DAY},?\s+{YEAR}",
        rf"{YEAR}-(?P<number>[0-9]{{2}})", rf"{MONTH},?\s+{YEAR}", YEAR,
    )
]  # fmt: skip
INTEGER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class SearchText:
    """What the text of a search says: all its words, and those around its days, if it has any."""

    whole: str
    words: tuple[str, ...]
    others: tuple[str, ...]
    span: tuple[dt.date, dt.date] | None = None


@lru_cache(maxsize=256)  # Each value of a statement reads the same text by itself.
def read_text(text: str) -> SearchText:
    """Raises BadArgument if there are no words, TooMuch if there are too many."""
    words = tuple(conditions.words_of(text, "text"))
    for pattern in DATES:
        for found in pattern.finditer(text):
            if span := _span(found.groupdict()):
                others = f"{text[: found.start()]} {text[found.end() :]}".split()
                return SearchText(" ".join(words), words, tuple(others), span)
    return SearchText(" ".join(words), words, words)


def _span(parts: dict[str, str | None]) -> tuple[dt.date, dt.date] | None:
    """The first and the last day of what is written; None if there is no such day."""
    year, number, day = int(parts["year"] or 0), parts.get("number"), parts.get("day")
    month = MONTHS[parts["month"].lower()] if parts.get("month") else int(number) if number else None  # type: ignore[union-attr]  # it has one
    try:
        first = dt.date(year, month or 1, int(day or 1))
        last = first if day else dt.date(year, month or 12, calendar.monthrange(year, month or 12)[1])
    except ValueError:
        return None
    return first, last


def sought(kinds: Kinds, text: Any) -> Sought:
    """What is looked for, as values of a statement. Raises BadArgument or TooMuch."""
    coded = tuple(dict.fromkeys(field for kind in kinds.values() for field in kinds.search_codes(kind)))
    others = _words(text, lambda raw: read_text(raw).others, coded)
    words = _words(text, lambda raw: read_text(raw).words, ())
    dated = specialise(text, lambda raw: read_text(raw).span is not None)
    days = tuple(bind(text, lambda raw, n=n: read_text(raw).span[n]) for n in range(2)) if dated else None  # type: ignore[index,misc]  # it has one
    one = specialise(text, lambda raw: len(read_text(raw).words) == 1)
    ids = {kind.name: bind(text, lambda raw, kind=kind: _id(kind, read_text(raw).whole)) for kind in kinds.values()} if one else {}  # type: ignore[misc]  # mypy infers no type for the default
    number = bind(text, lambda raw: int(read_text(raw).whole)) if specialise(text, _is_number) else None
    return Sought(bind(text, lambda raw: read_text(raw).whole), words, others, days, ids, number)


def _words(text: Any, read: Any, coded: Iterable[Field]) -> tuple[Word, ...]:
    return conditions.words(text, read, tuple(coded))


def _is_number(text: str) -> bool:
    return INTEGER.fullmatch(read_text(text).whole) is not None


def _id(kind: Kind, text: str) -> str:
    """The id of a record of a kind that a text may be, also as its global id; an empty text, which no record has, if it is none."""
    prefix, colon, rest = text.partition(":")
    id = rest.partition("@")[0] if colon and prefix == kind.name else text
    return id if re.fullmatch(ID_PATTERN, id) else ""


def page_size(number: Any, name: str, read: Parse = identity) -> Any:
    """How many records are returned at most. Raises BadArgument, which names the argument."""
    return DEFAULT_FOUND if number is None else bind(number, lambda raw: conditions.in_range(read(raw), name, MAX_FOUND))
