"""Parses the arguments that both surfaces share: conditions, searches, orders, page sizes and times. Errors name the argument."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.operators import OPERATORS
from schema.model.parsers import ID_PATTERN, parse_id
from schema.model.quantities import GROUPED_PATTERN
from schema.model.types import BOOLEAN, DATE, NUMBER, TEXT, Type

from ..errors import BadArgument, TooMuch, shown
from .bindings import (
    Parameter,
    Parse,
    Values,
    bind,
    identity,
    item,
    listed_values,
    specialise,
)
from .node_ids import parse_id_of, without_revision
from .nodes import DEFAULT_FIRST, MAX_FIRST, NONE, SOME, Condition, Order, Related, Where, Word

QUANTIFIERS, COUNT = {"some": SOME, "none": NONE}, "count"  # How many of the records that refer to a record.
ID_OPERATORS = ("eq", "ne", "one_of")
MAX_SEARCH_WORDS = 10
MAX_WORD = 200  # Characters of a word of a search. No name has a longer one, and PostgreSQL takes a long one apart once for each of its conditions.
MAX_OPERATOR_VALUES = 1000
MAX_LISTED_VALUES = 10_000  # Of all lists of a request, where a variable counts as often as it is used.
DATE_PATTERN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# What fold() in SQL deletes: combining and enclosing marks, Arabic vowel signs and hamza, tatweel. A text of nothing else is part of every text.
DELETED_BY_FOLD = re.compile("[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u20dd-\u20e0\u20e2-\u20e4]*")
BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d])/(?=[^\W\d])")  # As in killed/injured.
TIME_PATTERN = re.compile(
    DATE_PATTERN.pattern + r"[Tt ]([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)


def parse_record_id(text: str) -> str:
    """An id as requested; an invalid one becomes the empty id, which no record has."""
    return text if re.fullmatch(ID_PATTERN, text) else ""


def operators(kinds: Kinds, field: Field | None) -> tuple[str, ...]:
    """The operators of a field; None is the id."""
    return ID_OPERATORS if field is None else kinds.operators(field)


def condition(kind: Kind, field: Field | None, operator: str, value: object, name: str, cure: str, unpack: Parse = identity) -> Condition:
    """A condition on records of a kind, with its value typed; `unpack` is applied to the value first.

    Raises BadArgument or TooMuch, which name the argument. `cure` tells what to do instead of giving an empty text.
    """
    ids = field.type.ref if field else kind.name
    return Condition(field, operator, bind(value, lambda raw: _value(field, ids, operator, unpack(raw), name, cure)))


def linked(links: Sequence[Field], parts: tuple[Where | Condition | Related, ...]) -> Condition:
    """The condition that the record at the end of some references meets conditions."""
    first, *others = links
    return Condition(first, "match", Where("all", (linked(others, parts),) if others else parts))


def count(number: int, name: str) -> int:
    """A number of records, to compare with. Raises BadArgument, which names the argument."""
    if number < 0:
        raise BadArgument(f"{name}: must not be below zero, and {number} is")
    return number


def without_value(name: str, known: str = "") -> str:
    """What to do instead of giving a condition no value: leave `name` out. `known` is the condition that finds records without a value."""
    return f"leave `{name}` out" + (f", or use `{known}` to find records without one" if known else "")


def _value(field: Field | None, ids: str | None, operator: str, value: object, name: str, cure: str) -> object:
    """`ids`: the kind of record whose ids the field has, or None."""
    definition = OPERATORS[operator]
    items = value if definition.many and isinstance(value, list) else [value]
    if len(items) > MAX_OPERATOR_VALUES:
        raise TooMuch(f"{name}: {len(items)} values, and {MAX_OPERATOR_VALUES} is the limit; split the list over several requests")
    if any(isinstance(text, str) and not text.strip() for text in items):
        raise BadArgument(f"{name}: {'has an empty value' if len(items) > 1 else 'is empty'}; {cure}")
    if definition.many:
        return tuple(_typed(field, ids, value, name) for value in items)
    if definition.flag:
        return parse_argument(BOOLEAN, value, name)
    # A substring of a URL, tag or digest is plain text.
    return _searchable(value, name) if operator == "contains" else _typed(field, ids, value, name)


def refuse_many_listed(values: Values, uses: Mapping[str, int]) -> None:
    """Raises TooMuch if the lists of a request have more values than may be read, since each use of a variable reads them all."""
    if (count := listed_values(values, uses)) > MAX_LISTED_VALUES:
        raise TooMuch(
            f"the lists of the request have {count:,} values, where a variable counts as often as it is used, and {MAX_LISTED_VALUES:,} is the "
            "limit; use a list in fewer places, or split the request"
        )


def _searchable(text: object, name: str) -> object:
    """A text to search for. Raises BadArgument if it consists of marks that searches ignore: every text would contain it."""
    parsed = parse_argument(TEXT, text, name)
    if isinstance(parsed, str) and DELETED_BY_FOLD.fullmatch(unicodedata.normalize("NFKD", parsed)):
        raise BadArgument(f"{name}: has only accents or vowel signs, which searches ignore; give a letter or a digit as well")
    return parsed


def _typed(field: Field | None, ids: str | None, value: object, name: str) -> object:
    """A value in the type of the field; for a list, in the type of its items."""
    if field is None or ids is not None:
        return _parsed_id(ids or "", value, name)
    if field.type is NUMBER and isinstance(value, str):
        _refuse_grouped(value.strip(), name)
    return parse_argument(TEXT if field.type.many else field.type, value, name)


def _refuse_grouped(text: str, name: str) -> None:
    """Raises BadArgument for a text such as 14.000, which is fourteen in some languages and fourteen thousand in others."""
    if re.fullmatch(GROUPED_PATTERN, text):
        point = text[:-4] if text.endswith(".000") else f"{text}0"
        raise BadArgument(
            f"{name}: is {text}, whose point may stand between thousands: write {text.replace('.', '')}, or {point} if it is a decimal point"
        )


def parse_argument(type: Type, value: object, name: str) -> object:
    """A value in a type. Raises BadArgument, which names the argument."""
    try:
        return type.parse(value)
    except ValueError as error:
        raise BadArgument(f"{name}: {error}") from None


def parse_day(value: object, name: str) -> object:
    """The first or the last day of a span. Raises BadArgument, which says how to give a month or a year."""
    try:
        return DATE.parse(value)
    except ValueError as error:
        longer = isinstance(value, str) and re.fullmatch(r"\d{4}([-/.]\d{1,2})?", value.strip())
        raise BadArgument(f"{name}: {error}{'; a month or a year is given by its first and its last day' if longer else ''}") from None


def _parsed_id(kind: str, value: object, name: str) -> object:
    """The id of a record of a kind, which may be given as its global id."""
    if isinstance(value, str) and (":" in value or "@" in value):
        value = without_revision(parse_id_of(kind, value, name), value, name) or value
    try:
        return parse_id(value)
    except ValueError as error:
        raise BadArgument(f"{name}: {error}; a search for the name finds the id") from None


def words(text: Any, read: Callable[[str], Sequence[str]], coded: Sequence[Field]) -> tuple[Word, ...]:
    """The words that `read` finds in a text, which may be codes of some fields."""
    # Which fields have codes with a word decides what the SQL looks in; which codes these are does not.
    found = specialise(text, lambda raw: [[bool(_codes_with(field, word)) for field in coded] for word in read(raw)])
    return tuple(
        Word(
            bind(text, item(read, n)),
            tuple((field, bind(text, _codes_of(field, read, n))) for field, has_some in zip(coded, word, strict=True) if has_some),
        )
        for n, word in enumerate(found)
    )


def _codes_with(field: Field, word: str) -> list[str]:
    return field.type.vocabulary.codes_with(word) if field.type.vocabulary else []


def _codes_of(field: Field, read: Callable[[str], Sequence[str]], n: int) -> Parse:
    return lambda raw: _codes_with(field, read(raw)[n])


def words_of(text: str, name: str) -> list[str]:
    """The words of an argument, without the punctuation around them. Raises BadArgument if there are none, TooMuch if there are too many."""
    raw = BETWEEN_LETTERS.sub(" ", text).split()
    words = [word for word in map(_without_punctuation, raw) if word] or raw
    if not words:
        raise BadArgument(f"{name}: give at least one word")
    if len(words) > MAX_SEARCH_WORDS:
        raise TooMuch(f"{name}: {len(words)} words, and {MAX_SEARCH_WORDS} is the limit; search for fewer")
    for word in words:
        if len(word) > MAX_WORD:
            raise TooMuch(f"{name}: a word has {len(word):,} characters, and {MAX_WORD} is the limit; search for its beginning")
        _searchable(word, name)
    return words


def _without_punctuation(word: str) -> str:
    """A word as it stands in a name: people write "Gaza, killed?", (Bangui) and "Wan Hka"."""
    first, last = 0, len(word)
    while first < last and unicodedata.category(word[first])[0] == "P":
        first += 1
    while first < last and unicodedata.category(word[last - 1])[0] == "P":
        last -= 1
    return word[first:last]


def unique_terms(terms: tuple[Order, ...]) -> tuple[Order, ...]:
    """The terms of an order. Raises BadArgument if a field occurs twice."""
    fields = [term.field for term in terms]
    for field in fields:
        if fields.count(field) > 1:
            raise BadArgument(f"order: {field.name if field else 'id'} occurs twice; keep one")
    return terms


def page_size(number: Any, name: str = "first", read: Parse = identity) -> int | Parameter:
    """The size of a page, 1 to 1,000; by default 100. Raises BadArgument, which names the argument."""
    size: int | Parameter = DEFAULT_FIRST if number is None else bind(number, lambda raw: in_range(read(raw), name, MAX_FIRST))
    return size


def in_range(number: int, name: str, most: int) -> int:
    """A number of records from 1 on. Raises BadArgument, which names the argument."""
    if not 1 <= number <= most:
        raise BadArgument(f"{name}: must be between 1 and {most}, not {number}")
    return number


def parse_time(text: str, name: str) -> dt.datetime:
    """A point in time. Without a zone it is in UTC; a date means its end, so that everything recorded on that day is included."""
    try:
        if DATE_PATTERN.fullmatch(text):
            return dt.datetime.combine(dt.date.fromisoformat(text), dt.time.max, dt.UTC)
        time = dt.datetime.fromisoformat(text.upper() if TIME_PATTERN.fullmatch(text) else "")
        return time.astimezone(dt.UTC) if time.tzinfo else time.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        advice = "must be a date or a time such as 2024-12-01T00:00:00Z; in a URL, write the + of a zone as %2B"
        raise BadArgument(f"{name}: {advice}; not {shown(text)!r}") from None
