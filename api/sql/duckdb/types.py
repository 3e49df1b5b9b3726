"""How DuckDB reads a text as each type of the schema: its value, and whether the text is invalid. Text; no I/O.

The rules are those of `Type.parse` in schema/model/types.py; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schema.model.claim_table import WHITE_SPACE
from schema.model.complete import complete
from schema.model.parsers import ID_PATTERN, LANGUAGE_PATTERN, LIST_SEPARATOR, SHA256_PATTERN, URL_PATTERN
from schema.model.types import TYPE_NAMES, Type

from ..text import quote_literal

SQL_WHITE_SPACE = quote_literal(WHITE_SPACE)
# At most 18 digits after the point, the exponent included: DuckDB would round more of them away without an error.
DECIMAL = "[+-]?([0-9]+[.]?[0-9]{0,18}|[.][0-9]{1,18}|[0-9]+([.][0-9]{0,9})?[eE][+-]?0?[0-9])"
EXACT, STORED = "decimal(38, 18)", "decimal(27, 9)"  # A number as it is written, and as PostgreSQL stores it.
ID_RULE = "must be an id of letters, digits, '-', '_' and '.', at most 128 of them"


def invalid_id(text: str) -> str:
    """When a text is not an id; an unknown one, null, is not."""
    return f"regexp_full_match({text}, {quote_literal(ID_PATTERN)}) is not true"


@dataclass(frozen=True)
class Reading:
    """A text as a type, in SQL: the value as COPY takes it, when the text is invalid (empty: never), and what it must be.

    An unknown text, null, is never invalid.
    """

    value: str
    invalid: str
    rule: str


def reading(type: Type, text: str) -> Reading:
    """How an SQL expression of text is read as a type."""
    if type.levels and type.vocabulary:
        return _level(type, text)
    if type.vocabulary:
        codes = ", ".join(map(quote_literal, type.vocabulary.codes))
        return _checked(text, f"{text} not in ({codes})", f"is not in the vocabulary {type.vocabulary.name}")
    return READERS[type.name](text)


def _checked(value: str, invalid: str, rule: str) -> Reading:
    """A reading whose check is false, not null, if the text is unknown."""
    return Reading(value, f"coalesce({invalid}, false)", rule)


def _matching(pattern: str, rule: str) -> Callable[[str], Reading]:
    return lambda text: _checked(text, f"not regexp_full_match({text}, {quote_literal(pattern)})", rule)


def _text(text: str) -> Reading:
    return Reading(text, "", "")  # A NUL character, which PostgreSQL cannot store, is refused for the file as a whole.


def _date(text: str) -> Reading:
    """A date with or without a time. The field has the day; the time stays in the claim's `original`."""
    shape = "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+(Z|[+-][0-9:]+)?)?"
    day = f"case when regexp_full_match({text}, '{shape}') then try_cast(substr({text}, 1, 10) as date) end"
    return _checked(f"({day})::varchar", f"{text} is not null and {day} is null", "must be a date such as 2024-11-27")


def _integer(text: str) -> Reading:
    number = f"case when regexp_full_match({text}, '[+-]?[0-9]{{1,18}}') then try_cast({text} as integer) end"
    return _checked(f"({number})::varchar", f"{text} is not null and {number} is null", "must be a whole number of at most 2147483647")


def _exact(text: str) -> str:
    return f"case when regexp_full_match({text}, '{DECIMAL}') then try_cast({text} as {EXACT}) end"


def _stored(text: str) -> str:
    return f"try_cast({text} as {STORED})"


def shortest(text: str) -> str:
    """A number in its shortest form, 12.5 for 12.50; null if it is not a number, or cannot be stored exactly."""
    digits = f"rtrim(rtrim({_stored(text)}::varchar, '0'), '.')"
    return f"case when ({_exact(text)}) = {_stored(text)} then {digits} end"


def _number(text: str) -> Reading:
    fits = f"({_exact(text)}) = {_stored(text)}"
    return _checked(
        shortest(text),
        f"{text} is not null and {fits} is not true",
        "must be a number, at most 18 digits before the point and 9 after it",
    )


def _degrees(limit: int) -> Callable[[str], Reading]:
    def read(text: str) -> Reading:
        number = f"case when regexp_full_match({text}, '{DECIMAL}') then try_cast({text} as double) end"
        exact = f"try_cast({text} as decimal(38, 30)) = try_cast(({number})::varchar as decimal(38, 30))"
        return _checked(
            f"({number})::varchar",
            f"{text} is not null and (abs({number}) <= {limit} and {exact}) is not true",
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


def _list(item_pattern: str, rule: str) -> Callable[[str], Reading]:
    """Texts separated by bars, or a JSON list, as an array in PostgreSQL's notation."""

    def read(text: str) -> Reading:
        is_json = f"left({text}, 1) = '[' and json_valid({text}) and not regexp_matches({text}, ',\\s*\\]$')"
        parts = (
            f"case when {is_json} then from_json({text}, '[\"varchar\"]') else string_split({text}, {quote_literal(LIST_SEPARATOR)}) end"
        )
        items = f"list_transform({parts}, lambda item: trim(item, {SQL_WHITE_SPACE}))"
        escaped = "'\"' || replace(replace(item, '\\', '\\\\'), '\"', '\\\"') || '\"'"
        array = f"'{{' || array_to_string(list_transform({items}, lambda item: {escaped}), ',') || '}}'"
        not_texts = f"len(list_filter(from_json({text}, '[\"json\"]'), lambda item: json_type(item) is distinct from 'VARCHAR')) > 0"
        matches = f"coalesce(regexp_full_match(item, {quote_literal(item_pattern)}, 's'), false)"
        mismatches = f"len(list_filter({items}, lambda item: {matches} is not true)) > 0"
        invalid = f"case when {is_json} then {not_texts} else false end or {mismatches}"
        return _checked(f"case when {text} is not null then {array} end", invalid, rule)

    return read


def _record(text: str) -> Reading:
    return _checked(
        text, f"case when json_valid({text}) then json_type({text}) <> 'OBJECT' else {text} is not null end", "must be a JSON object"
    )


READERS: dict[str, Callable[[str], Reading]] = {
    "text": _text,
    "texts": _list(".+", "contains an empty text"),
    "url": _matching(URL_PATTERN, "must be an http:// or https:// address"),
    "language": _matching(LANGUAGE_PATTERN, "must be a BCP 47 language tag, such as 'en' or 'ar'"),
    "sha256": _matching(SHA256_PATTERN, "must be 64 hexadecimal digits in lower case"),
    "integer": _integer,
    "number": _number,
    "latitude": _degrees(90),
    "longitude": _degrees(180),
    "boolean": _boolean,
    "date": _date,
    "ref": _matching(ID_PATTERN, ID_RULE),
    "refs": _list(ID_PATTERN, "must be ids of letters, digits, '-', '_' and '.', at most 128 of them"),
    "record": _record,
}
# `reading` reads the last two by their vocabularies.
complete("READERS in api/sql/duckdb/types.py", {*READERS, "code", "level"}, TYPE_NAMES)
