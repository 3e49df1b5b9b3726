"""Conditions, orders, sizes and times as both surfaces ask for them: checked, typed, and refused by name."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from schema.model.field import Field
from schema.model.kinds import Kinds
from schema.model.operators import OPERATORS
from schema.model.parsers import ID_PATTERN, parse_id
from schema.model.types import BOOLEAN, TEXT, Type

from ..errors import BadArgument, TooMuch
from .bindings import (
    Parameter,
    Parse,
    bind,
    identity,
    item,
    specialise,
)
from .nodes import DEFAULT_FIRST, MAX_FIRST, Condition, Order

ID_OPERATORS = ("eq", "ne", "one_of")
MAX_SEARCH_WORDS = 10
MAX_OPERATOR_VALUES = 1000
DATE_PATTERN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME_PATTERN = re.compile(DATE_PATTERN.pattern + r"[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?")


def parse_record_id(text: str) -> str:
    """An id as asked for. One that no record can have finds none, as does the empty one."""
    return text if re.fullmatch(ID_PATTERN, text) else ""


def operators(kinds: Kinds, one: Field | None) -> tuple[str, ...]:
    """The operators of a field; None is the id."""
    return ID_OPERATORS if one is None else kinds.operators(one)


def condition(one: Field | None, operator: str, value: object, name: str, unpacked: Parse = identity) -> Condition:
    """A condition with its value typed. Raises BadArgument that names the argument."""
    return Condition(one, operator, bind(value, lambda asked: _value(one, operator, unpacked(asked), name)))


def _value(one: Field | None, operator: str, value: object, name: str) -> object:
    meaning = OPERATORS[operator]
    if meaning.many:
        items = value if isinstance(value, list) else [value]
        if len(items) > MAX_OPERATOR_VALUES:
            raise TooMuch(f"{name}: {len(items)} values, and {MAX_OPERATOR_VALUES} is the limit")
        return tuple(_typed(one, item, name) for item in items)
    if meaning.flag:
        return parse_argument(BOOLEAN, value, name)
    # What a text contains is itself no address, tag or digest.
    return parse_argument(TEXT, value, name) if operator == "contains" else _typed(one, value, name)


def _typed(one: Field | None, value: object, name: str) -> object:
    """The value in the field's type; for a list, in the type of its items."""
    if one is None or one.type.ref is not None:
        return _parsed_id(value, name)
    return parse_argument(TEXT if one.type.many else one.type, value, name)


def parse_argument(type: Type, value: object, name: str) -> object:
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


def search_words(text: Any) -> tuple[Any, ...]:
    """The words of a search. Raises BadArgument where there are none, TooMuch where there are too many."""
    if text is None:
        return ()
    count = specialise(text, lambda asked: len(_words(asked)))
    return tuple(bind(text, item(_words, n)) for n in range(count))


def _words(text: str) -> list[str]:
    found = text.split()
    if not found:
        raise BadArgument("search: give at least one word")
    if len(found) > MAX_SEARCH_WORDS:
        raise TooMuch(f"search: {len(found)} words, and {MAX_SEARCH_WORDS} is the limit")
    parse_argument(TEXT, text, "search")
    return found


def unique_terms(terms: tuple[Order, ...]) -> tuple[Order, ...]:
    """An order in which each field stands once."""
    fields = [term.field for term in terms]
    for one in fields:
        if fields.count(one) > 1:
            raise BadArgument(f"order: {one.name if one else 'id'} stands twice; keep one")
    return terms


def page_size(number: Any, name: str = "first", read: Parse = identity) -> int | Parameter:
    """The size of a page: 1 to 1,000."""
    found: int | Parameter = DEFAULT_FIRST if number is None else bind(number, lambda asked: _first(read(asked), name))
    return found


def _first(number: int, name: str) -> int:
    if not 1 <= number <= MAX_FIRST:
        raise BadArgument(f"{name}: must be between 1 and {MAX_FIRST}, not {number}")
    return number


def parse_time(text: str, name: str) -> dt.datetime:
    """A point in time in UTC, which is meant where no zone is given. A date means its end: what was recorded that day is in it."""
    try:
        if DATE_PATTERN.fullmatch(text):
            return dt.datetime.combine(dt.date.fromisoformat(text), dt.time.max, dt.UTC)
        time = dt.datetime.fromisoformat(text if TIME_PATTERN.fullmatch(text) else "")
        return time.astimezone(dt.UTC) if time.tzinfo else time.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        cure = "must be a date or a time as 2024-12-01T00:00:00Z; in an address, the + of a zone is written %2B"
        raise BadArgument(f"{name}: {cure}; not {text!r}") from None
