"""Conditions, orders, sizes and times as both surfaces ask for them: checked, typed, and refused by name."""

from __future__ import annotations

import datetime as dt
import re

from schema.kind import Field, Kinds
from schema.types import BOOLEAN, ID_PATTERN, OPERATORS, TEXT, Type, parse_id

from .errors import BadArgument, TooMuch
from .query import DEFAULT_FIRST, MAX_FIRST, Condition, Order

ID_OPERATORS = ("eq", "ne", "one_of")
MAX_WORDS = 10
MAX_LISTED = 1000
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(DAY.pattern + r"[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?")


def id(text: str) -> str:
    """An id as asked for. One that no record can have finds none, as does the empty one."""
    return text if re.fullmatch(ID_PATTERN, text) else ""


def operators(kinds: Kinds, one: Field | None) -> tuple[str, ...]:
    """The operators of a field; None is the id."""
    return ID_OPERATORS if one is None else kinds.operators(one)


def condition(one: Field | None, operator: str, value: object, name: str) -> Condition:
    """A condition with its value typed. Raises BadArgument that names the argument."""
    meaning = OPERATORS[operator]
    if meaning.many:
        items = value if isinstance(value, list) else [value]
        if len(items) > MAX_LISTED:
            raise TooMuch(f"{name}: {len(items)} values, and {MAX_LISTED} is the limit")
        return Condition(one, operator, [_typed(one, item, name) for item in items])
    if meaning.flag:
        return Condition(one, operator, parsed(BOOLEAN, value, name))
    # What a text contains is itself no address, tag or digest.
    return Condition(one, operator, parsed(TEXT, value, name) if operator == "contains" else _typed(one, value, name))


def _typed(one: Field | None, value: object, name: str) -> object:
    """The value in the field's type; for a list, in the type of its items."""
    if one is None or one.type.ref is not None:
        return _parsed_id(value, name)
    return parsed(TEXT if one.type.many else one.type, value, name)


def parsed(type: Type, value: object, name: str) -> object:
    """The value in a type. Raises BadArgument that names the argument."""
    try:
        return type.parse(value)
    except ValueError as error:
        raise BadArgument(f"{name}: {error}") from None


def _parsed_id(value: object, name: str) -> object:
    try:
        return parse_id(value)
    except ValueError as error:
        raise BadArgument(f"{name}: {error}") from None


def words(text: str | None) -> str | None:
    """The words of a search. Raises BadArgument where there are none, TooMuch where there are too many."""
    if text is None:
        return None
    if not text.split():
        raise BadArgument("search: give at least one word")
    if len(text.split()) > MAX_WORDS:
        raise TooMuch(f"search: {len(text.split())} words, and {MAX_WORDS} is the limit")
    return str(parsed(TEXT, text, "search"))


def once(terms: tuple[Order, ...]) -> tuple[Order, ...]:
    """An order in which each field stands once."""
    fields = [term.field for term in terms]
    for one in fields:
        if fields.count(one) > 1:
            raise BadArgument(f"order: {one.name if one else 'id'} stands twice; keep one")
    return terms


def first(number: int | None, name: str = "first") -> int:
    """The size of a page: 1 to 1,000."""
    if number is None:
        return DEFAULT_FIRST
    if not 1 <= number <= MAX_FIRST:
        raise BadArgument(f"{name}: must be between 1 and {MAX_FIRST}, not {number}")
    return number


def moment(text: str, name: str) -> dt.datetime:
    """A point in time in UTC, which is meant where no zone is given. A date means its end: what was recorded that day is in it."""
    try:
        if DAY.fullmatch(text):
            return dt.datetime.combine(dt.date.fromisoformat(text), dt.time.max, dt.UTC)
        time = dt.datetime.fromisoformat(text if MOMENT.fullmatch(text) else "")
        return time.astimezone(dt.UTC) if time.tzinfo else time.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        cure = "must be a date or a time as 2024-12-01T00:00:00Z; in an address, the + of a zone is written %2B"
        raise BadArgument(f"{name}: {cure}; not {text!r}") from None
