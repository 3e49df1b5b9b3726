"""How DuckDB reads a text as a value of one of our types, by the very rules of schema/model/types.py; a test holds the two together. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schema.model.claim_table import WHITE_SPACE
from schema.model.parsers import ID_PATTERN, LANGUAGE_PATTERN, LIST_SEPARATOR, SHA256_PATTERN, URL_PATTERN
from schema.model.types import Type

from ..text import quote_literal

SPACES = "||".join(f"chr({ord(character)})" for character in WHITE_SPACE)
# At most 18 digits after the point, with the exponent: DuckDB would round more of them away in silence.
DECIMAL = "[+-]?([0-9]+[.]?[0-9]{0,18}|[.][0-9]{1,18}|[0-9]+([.][0-9]{0,9})?[eE][+-]?0?[0-9])"


@dataclass(frozen=True)
class Reading:
    """The value as COPY takes it, when the text is none, and what it must be."""

    value: str
    wrong: str
    reason: str


def reading(type: Type, text: str) -> Reading:
    """How a text of SQL is read as a type."""
    if type.levels and type.vocabulary:
        return _level(type, text)
    if type.vocabulary:
        codes = ", ".join(map(quote_literal, type.vocabulary.codes))
        return _checked(text, f"{text} not in ({codes})", f"is not in the vocabulary {type.vocabulary.name}")
    return READERS[type.name](text)


def _checked(value: str, wrong: str, reason: str) -> Reading:
    """What is unknown is never wrong; what cannot be said to be right is."""
    return Reading(value, f"coalesce({wrong}, false)", reason)


def _matching(pattern: str, reason: str) -> Callable[[str], Reading]:
    return lambda text: _checked(text, f"not regexp_full_match({text}, {quote_literal(pattern)})", reason)


def _text(text: str) -> Reading:
    return Reading(text, "", "")  # Of a NUL character, which PostgreSQL cannot keep, a whole file is refused.


def _date(text: str) -> Reading:
    """A date with or without a time; the day is the field's, and the time stays with what the record holds besides."""
    day = f"case when regexp_full_match({text}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([T ][0-9:.]+(Z|[+-][0-9:]+)?)?') then try_cast(substr({text}, 1, 10) as date) end"
    return _checked(f"({day})::varchar", f"{text} is not null and {day} is null", "must be a date as 2024-11-27")


def _integer(text: str) -> Reading:
    number = f"case when regexp_full_match({text}, '[+-]?[0-9]{{1,18}}') then try_cast({text} as integer) end"
    return _checked(f"({number})::varchar", f"{text} is not null and {number} is null", "must be a whole number of at most 2147483647")


def plain(text: str) -> str:
    """An exact decimal in its shortest plain form; null where it is none, or not exact."""
    exact = f"case when regexp_full_match({text}, '{DECIMAL}') then try_cast({text} as decimal(38, 18)) end"
    short = f"rtrim(rtrim(try_cast({text} as decimal(27, 9))::varchar, '0'), '.')"
    return f"case when ({exact}) = try_cast({text} as decimal(27, 9)) then {short} end"


def _number(text: str) -> Reading:
    """An exact decimal, in its shortest plain form."""
    exact = f"case when regexp_full_match({text}, '{DECIMAL}') then try_cast({text} as decimal(38, 18)) end"
    fits = f"({exact}) = try_cast({text} as decimal(27, 9))"
    return _checked(
        plain(text),
        f"{text} is not null and {fits} is not true",
        "must be a number, at most 18 digits before the point and 9 after it",
    )


def _degrees(limit: int) -> Callable[[str], Reading]:
    def read(text: str) -> Reading:
        number = f"case when regexp_full_match({text}, '{DECIMAL}') then try_cast({text} as double) end"
        kept = f"abs({number}) <= {limit} and try_cast({text} as decimal(38, 30)) = try_cast(({number})::varchar as decimal(38, 30))"
        return _checked(
            f"({number})::varchar",
            f"{text} is not null and ({kept}) is not true",
            f"must be between -{limit} and {limit} degrees, and no more exact than a double",
        )

    return read


def _boolean(text: str) -> Reading:
    return _checked(f"lower({text})", f"lower({text}) not in ('true', 'false')", "must be true or false")


def _level(type: Type, text: str) -> Reading:
    levels = list(type.vocabulary.codes) if type.vocabulary else []
    number = f"case when regexp_full_match({text}, '[+-]?[0-9]{{1,9}}') then try_cast({text} as integer) end"  # A cast alone would round.
    scale = type.vocabulary.name if type.vocabulary else ""
    return _checked(
        f"({number})::varchar", f"{text} is not null and (({number}) between {levels[0]} and {levels[-1]}) is not true",
        f"is not on the scale {scale}, which goes from {levels[0]} to {levels[-1]}",
    )  # fmt: skip


def _list(element: str, reason: str) -> Callable[[str], Reading]:
    """Texts between bars, or a list of JSON, to PostgreSQL's notation of an array."""

    def read(text: str) -> Reading:
        json = f"left({text}, 1) = '[' and json_valid({text}) and not regexp_matches({text}, ',\\s*\\]$')"
        cut = f"case when {json} then from_json({text}, '[\"varchar\"]') else string_split({text}, {quote_literal(LIST_SEPARATOR)}) end"
        items = f"list_transform({cut}, lambda item: trim(item, {SPACES}))"
        escaped = "'\"' || replace(replace(item, '\\', '\\\\'), '\"', '\\\"') || '\"'"
        value = (
            f"case when {text} is not null then '{{' || array_to_string(list_transform({items}, lambda item: {escaped}), ',') || '}}' end"
        )
        texts = f"len(list_filter(from_json({text}, '[\"json\"]'), lambda item: json_type(item) is distinct from 'VARCHAR')) > 0"
        wrong = f"len(list_filter({items}, lambda item: coalesce(regexp_full_match(item, {quote_literal(element)}, 's'), false) is not true)) > 0"
        return _checked(value, f"case when {json} then {texts} else false end or {wrong}", reason)

    return read


READERS: dict[str, Callable[[str], Reading]] = {
    "text": _text,
    "texts": _list(".+", "holds an empty text"),
    "url": _matching(URL_PATTERN, "must be an http:// or https:// address"),
    "language": _matching(LANGUAGE_PATTERN, "must be a BCP 47 language tag, as 'en' or 'ar'"),
    "sha256": _matching(SHA256_PATTERN, "must be 64 hexadecimal digits in lower case"),
    "integer": _integer,
    "number": _number,
    "latitude": _degrees(90),
    "longitude": _degrees(180),
    "boolean": _boolean,
    "date": _date,
    "ref": _matching(ID_PATTERN, "must be an id of letters, digits, '-', '_' and '.', at most 128 of them"),
    "refs": _list(ID_PATTERN, "must be ids of letters, digits, '-', '_' and '.', at most 128 of them"),
    "record": lambda text: _checked(
        text, f"case when json_valid({text}) then json_type({text}) <> 'OBJECT' else {text} is not null end", "must be a JSON object"
    ),
}
