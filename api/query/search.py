"""Reads the text of a search, in a list or across kinds: its words, the days in it, and the id that it may be."""

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
from schema.model.types import TEXT

from . import conditions
from .bindings import Parse, bind, identity, specialise
from .nodes import NO_CONDITION, Condition, Sought, Where, Word

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
    of_days: tuple[str, ...] = ()
    span: tuple[dt.date, dt.date] | None = None


@lru_cache(maxsize=256)  # Each value of a statement reads the same text by itself.
def read_text(text: str, name: str = "text") -> SearchText:
    """Raises BadArgument if there are no words, TooMuch if there are too many; both name the argument."""
    words = tuple(conditions.words_of(text, name))
    # A name may have punctuation: it is compared with the text as it is, and an id with the only word.
    whole, text = " ".join(text.split()) if len(words) > 1 else words[0], " ".join(words)
    for pattern in DATES:
        for found in pattern.finditer(text):
            if span := _span(found.groupdict()):
                others = f"{text[: found.start()]} {text[found.end() :]}".split()
                return SearchText(whole, words, tuple(others), tuple(found[0].split()), span)
    return SearchText(whole, words, words)


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


def searched(kinds: Kinds, kind: Kind, text: Any) -> tuple[tuple[Word, ...], Where]:
    """What a list is searched for: words and, if the text has days and records of the kind do, a condition.

    A record has one of those days, or the words of the days in its names: a name may contain a year. Raises BadArgument or TooMuch.
    """
    if text is None:
        return (), NO_CONDITION
    coded = kinds.search_codes(kind)
    if not kinds.has_days(kind) or specialise(text, lambda raw: _in_list(raw).span is None):
        return conditions.words(text, lambda raw: _in_list(raw).words, coded), NO_CONDITION
    since, until = (bind(text, lambda raw, n=n: _in_list(raw).span[n]) for n in range(2))  # type: ignore[index,misc]  # it has one
    count = specialise(text, lambda raw: len(_in_list(raw).of_days))
    words = [bind(text, lambda raw, n=n: _in_list(raw).of_days[n]) for n in range(count)]  # type: ignore[misc]  # as above
    days = Where("any", (_has_day(kinds, kind, since, until), *_named(kinds, kind, words)))
    return conditions.words(text, lambda raw: _in_list(raw).others, coded), Where("all", (days,))


def _in_list(text: str) -> SearchText:
    return read_text(text, "search")


def _has_day(kinds: Kinds, kind: Kind, since: Any, until: Any) -> Where:
    """The condition that a record has a day of a span, or that what it is about does, if it has no days of its own.

    A number that is summed has its last day there, as in a search across kinds.
    """
    about = kinds.dated_link(kind)
    linked = Condition(about, "match", _has_day(kinds, kinds[about.type.ref or ""], since, until)) if about else None
    if kind.span is None:
        assert linked is not None
        return Where("all", (linked,))
    first, last = kind.span
    no_last = Condition(last, "known", False)
    if not kind.totals:
        ends = Where("any", (Condition(last, "gte", since), Where("all", (no_last, Condition(first, "gte", since)))))
        return Where("all", (Condition(first, "lte", until), ends))
    own: list[Where] = [
        Where("all", (Condition(last, "gte", since), Condition(last, "lte", until))),
        Where("all", (no_last, Condition(first, "gte", since), Condition(first, "lte", until))),
    ]
    if linked:
        own.append(Where("all", (no_last, Condition(first, "known", False), linked)))
    return Where("any", tuple(own))


def _named(kinds: Kinds, kind: Kind, words: list[Any]) -> list[Where]:
    """Conditions that words are in one of the names of a record, or of what it is about."""
    names = [Where("all", tuple(Condition(field, "contains", word) for word in words)) for field in kind.searched if field.type == TEXT]
    about = kinds.dated_link(kind)
    linked = _named(kinds, kinds[about.type.ref or ""], words) if about else []
    return [*names, *(Where("all", (Condition(about, "match", named),)) for named in linked)]


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
