"""Conditions, orders and sizes as both surfaces ask for them: checked, typed, and refused by name."""

from __future__ import annotations

from schema.kind import Field, Kinds
from schema.types import BOOLEAN, OPERATORS, TEXT, Type, parse_id

from .errors import BadArgument, TooMuch
from .query import DEFAULT_FIRST, MAX_FIRST, Condition, Order

ID_OPERATORS = ("eq", "ne", "one_of")
MAX_WORDS = 10
MAX_LISTED = 1000


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
        return Condition(one, operator, _parsed(BOOLEAN, value, name))
    return Condition(one, operator, _typed(one, value, name))


def _typed(one: Field | None, value: object, name: str) -> object:
    """The value in the field's type; for a list, in the type of its items."""
    if one is None or one.type.ref is not None:
        return _parsed_id(value, name)
    return _parsed(TEXT if one.type.many else one.type, value, name)


def _parsed(type: Type, value: object, name: str) -> object:
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
    if not text.split() or "\x00" in text:
        raise BadArgument("search: give at least one word")
    if len(text.split()) > MAX_WORDS:
        raise TooMuch(f"search: {len(text.split())} words, and {MAX_WORDS} is the limit")
    return text


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
