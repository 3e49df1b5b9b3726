"""How DuckDB reads a text as each type of the schema: its value, and whether the text is invalid. Text; no I/O.

The rules are those of `Type.parse` in schema/model/types.py; tests hold the two together.

One module, although long: it has one short reader for each type, and is checked for completeness.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from schema.codelists.vocabularies import Vocabulary
from schema.model.claim_table import WHITE_SPACE
from schema.model.completeness import complete
from schema.model.parsers import (
    ERROR_RULE,
    ID_PATTERN,
    LANGUAGE_PATTERN,
    LIST_SEPARATOR,
    MAX_TEXT,
    MIDNIGHT_PATTERN,
    NUMBER_PATTERN,
    SHA256_PATTERN,
    SPREADSHEET_ERRORS,
    TIME_OF_DAY_PATTERN,
    URL_PATTERN,
    parse_number,
)
from schema.model.types import TYPE_NAMES, Type

from ..text import literals, quote_literal

NULL = "null::varchar"  # An unknown text. What is made of one is not computed.
SQL_WHITE_SPACE = quote_literal(WHITE_SPACE)
NUMBER = quote_literal(NUMBER_PATTERN)
STORED = "decimal(27, 9)"  # A number as PostgreSQL stores it. DuckDB rounds what is beyond half away from zero, as parse_number does.
# A whole number as text, and with an exponent, of which DuckDB computes exactly.
WHOLE, EXPONENTIAL = quote_literal("[+-]?[0-9]+([.]0*)?"), quote_literal("[+-]?[0-9]+([.][0-9]{0,17})?[eE]([+]?[0-9]{1,3}|-0{0,2}[0-9])")
MAX_SENTINEL_LENGTH = 16  # Characters of a number that stands for none.
ID_RULE = "must be an id of letters, digits, '-', '_' and '.', at most 128 of them"


def literal(text: str) -> str | None:
    """The text that an SQL expression is, if it is a literal without quotation marks in it."""
    return text[1:-1] if text.startswith("'") and text.count("'") == 2 and text.endswith("'") else None


def with_line_feeds(text: str) -> str:
    """A text whose line breaks are line feeds, whatever they are in the file."""
    return f"replace(replace({text}, chr(13) || chr(10), chr(10)), chr(13), chr(10))"


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


def reading(type: Type, text: str, strict: bool = False) -> Reading:
    """How an SQL expression of text is read as a type. If not `strict`, a date may have a time, which stays in the claim's `original`."""
    if text == NULL:
        return Reading(NULL, "", "")
    if type.vocabulary and literal(text) in type.vocabulary.codes:
        return Reading(text, "", "")
    if type.is_date:
        return _date(text, MIDNIGHT_PATTERN if strict else TIME_OF_DAY_PATTERN)
    if type.levels and type.vocabulary:
        return _level(type, text)
    if type.name == "text" and strict:
        return _checked(text, f"length({text}) > {MAX_TEXT} or {is_error(text)}", f"is too long, or {ERROR_RULE}")
    if type.vocabulary:
        return _checked(
            code(type.vocabulary, text),
            f"lower({text}) not in ({_codes(type.vocabulary)})",
            f"is not in the vocabulary {type.vocabulary.name}",
        )
    return READERS[type.name](text)


def _codes(vocabulary: Vocabulary) -> str:
    return ", ".join(map(quote_literal, vocabulary.by_any_case))


def code(vocabulary: Vocabulary, text: str) -> str:
    """The code that a text is, whatever its case; null for others."""
    if all(code == code.lower() for code in vocabulary.codes):
        return f"case when lower({text}) in ({_codes(vocabulary)}) then lower({text}) end"
    if all(code == code.upper() for code in vocabulary.codes):
        return f"case when lower({text}) in ({_codes(vocabulary)}) then upper({text}) end"
    entries = ", ".join(f"{quote_literal(folded)}: {quote_literal(code)}" for folded, code in vocabulary.by_any_case.items())
    return f"map {{{entries}}}[lower({text})]"


CANONICAL = quote_literal("-?(0|[1-9][0-9]{0,17})([.][0-9]{1,9})?")


def canonical_reading(type: Type, text: str) -> Reading:
    """How a number is read that is in its one spelling already, as cells.py writes it: the text itself."""
    others = reading(type, text)
    if not others.invalid:
        return others
    if type.levels and type.vocabulary:
        return _checked(text, f"{text} not in ({_codes(type.vocabulary)})", others.rule)
    if type.name in ("latitude", "longitude"):
        limit = 90 if type.name == "latitude" else 180
        return _checked(text, f"{text} is not null and (abs(try_cast({text} as double)) <= {limit}) is not true", others.rule)
    if type.name == "integer":
        return _checked(
            text,
            f"{text} is not null and (abs(try_cast({text} as bigint)) < 2147483648 and not contains({text}, '.')) is not true",
            others.rule,
        )
    return _checked(text, f"not regexp_full_match({text}, {CANONICAL})", others.rule)


def _checked(value: str, invalid: str, rule: str) -> Reading:
    """A reading whose check is false, not null, if the text is unknown."""
    return Reading(value, f"coalesce({invalid}, false)", rule)


def _matching(pattern: str, rule: str) -> Callable[[str], Reading]:
    return lambda text: _checked(text, f"not regexp_full_match({text}, {quote_literal(pattern)})", rule)


def is_error(text: str) -> str:
    """Whether a text is what a spreadsheet writes into a cell that it cannot compute; null or false for others."""
    return f"(starts_with({text}, '#') and lower({text}) in ({literals(SPREADSHEET_ERRORS)}))"


def _text(text: str) -> Reading:
    """A NUL character, which PostgreSQL cannot store, is refused for the file as a whole."""
    return _checked(text, f"length({text}) > {MAX_TEXT}", f"is too long: more than {MAX_TEXT} characters")


def day(text: str, pattern: str = TIME_OF_DAY_PATTERN) -> str:
    """The day of a date with or without a time; null for other texts. DuckDB's calendar has a year 0, and years before it."""
    shaped = f"regexp_full_match({text}, {quote_literal(pattern)}) and {text} >= '0001'"
    return f"case when {shaped} then try_cast(substr({text}, 1, 10) as date)::varchar end"


DATE_RULE = "must be a date such as 2024-11-27"
INSTANT_RULE = (
    "is an instant, and on which day it was depends on the time zone of the place: write the day alone, or, if the day in UTC is meant, "
    "let a map read it by its `dates`, such as %Y-%m-%dT%H:%M:%SZ"
)


def is_instant(text: str) -> str:
    """Whether a text with a time zone states no day: an instant in UTC but midnight, or midnight in UTC that is the day before in its own zone."""
    utc = f"try_cast({text} as timestamptz)::varchar"
    in_utc = f"right({text}, 1) = 'Z' or regexp_matches({text}, '[+-]00(:?00)?$')"
    has_zone = f"regexp_full_match(substr({text}, 17), '[0-9:.]* ?[+-][0-9:]+')"
    other_day = f"{has_zone} and ends_with({utc}, ' 00:00:00+00') and left({utc}, 10) <> left({text}, 10)"
    midnight = f"substr({text}, 12, 5) = '00:00' and regexp_full_match({text}, {quote_literal(MIDNIGHT_PATTERN)})"
    return f"length({text}) > 16 and not ({midnight}) and ({in_utc} or {other_day})"


def _date(text: str, pattern: str = MIDNIGHT_PATTERN) -> Reading:
    days, strict = day(text, pattern), pattern == MIDNIGHT_PATTERN
    rule = f"{DATE_RULE}, without a time" if strict else DATE_RULE
    instant = "" if strict else f" or ({is_instant(text)})"
    return _checked(days, f"{text} is not null and ({days} is null{instant})", rule)


def whole(text: str) -> str:
    """Whether a number has no fraction, however it is spelled."""
    computed = (
        f"regexp_full_match({text}, {EXPONENTIAL}) and try_cast({text} as decimal(38, 18)) = trunc(try_cast({text} as decimal(38, 18)))"
    )
    return f"coalesce(regexp_full_match({text}, {WHOLE}) or {computed}, false)"


def integer(text: str) -> str:
    """A whole number of 32 bits, in its shortest form; null for other texts."""
    return f"case when {whole(text)} then try_cast(try_cast({text} as decimal(38, 18)) as integer) end"


def _integer(text: str) -> Reading:
    number = integer(text)
    return _checked(
        f"({number})::varchar",
        f"{text} is not null and ({number} between -2147483647 and 2147483647) is not true",
        "must be a whole number of at most 2147483647",
    )


def stored(text: str) -> str:
    """A number as it is stored; null if it is none, or too large."""
    return f"case when regexp_full_match({text}, {NUMBER}) then try_cast({text} as {STORED}) end"


def plain(number: str) -> str:
    """A decimal in its shortest form, 12.5 for 12.50."""
    return f"rtrim(rtrim(({number})::varchar, '0'), '.')"


def shortest(text: str) -> str:
    """A number in its shortest form, 21 for 21.0; null if it is not a number, or has more digits than are stored."""
    exact = f"case when regexp_full_match({text}, {NUMBER}) then try_cast({text} as decimal(38, 18)) end"
    return f"case when ({exact}) = {stored(text)} then {plain(stored(text))} end"


def among(text: str, words: Iterable[str]) -> str:
    """Whether a text is one of these words, in upper or lower case, or, of those that are numbers, the same number; null for null."""
    words = [*words]
    listed = ", ".join(quote_literal(word.lower()) for word in words)
    numbers = [parse_number(word) for word in words if re.fullmatch(NUMBER_PATTERN, word) and len(word) < MAX_SENTINEL_LENGTH]
    if not numbers:
        return f"lower({text}) in ({listed})"
    same = ", ".join(quote_literal(str(number)) for number in dict.fromkeys(numbers))
    return f"coalesce(lower({text}) in ({listed}) or {shortest(text)} in ({same}), lower({text}) in ({listed}))"


def _number(text: str) -> Reading:
    rounded = f"({stored(text)}) = trunc({stored(text)}) and not {whole(text)}"  # A fraction never becomes a whole number.
    rule = "must be a number, at most 18 digits before the point and 9 after it"
    return _checked(plain(stored(text)), f"{text} is not null and (({stored(text)}) is null or {rounded})", rule)


def rounded(text: str) -> str:
    """A number as it is stored, in its shortest form; null if it is not a number, too large, or a fraction that rounding would make whole."""
    return f"case when ({stored(text)}) <> trunc({stored(text)}) or {whole(text)} then {plain(stored(text))} end"


def degrees(text: str) -> str:
    """A number as the nearest double; null for other texts."""
    return f"case when regexp_full_match({text}, {NUMBER}) then try_cast({text} as double) end"


def _degrees(limit: int) -> Callable[[str], Reading]:
    def read(text: str) -> Reading:
        number = degrees(text)
        invalid = f"{text} is not null and (abs({number}) <= {limit}) is not true"
        return _checked(f"regexp_replace(({number})::varchar, '[.]0$', '')", invalid, f"must be between -{limit} and {limit} degrees")

    return read


def _boolean(text: str) -> Reading:
    return _checked(f"lower({text})", f"lower({text}) not in ('true', 'false')", "must be true or false")


def _level(type: Type, text: str) -> Reading:
    levels = list(type.vocabulary.codes) if type.vocabulary else []
    number, scale = integer(text), type.vocabulary.name if type.vocabulary else ""
    return _checked(
        f"({number})::varchar", f"{text} is not null and (({number}) between {levels[0]} and {levels[-1]}) is not true",
        f"is not on the scale {scale}, which goes from {levels[0]} to {levels[-1]}",
    )  # fmt: skip


def _language(text: str) -> Reading:
    """A tag in any case, with the usual case of its parts."""
    parts = f"string_split({text}, '-')"
    part = "case when length(part) = 4 then upper(left(part, 1)) || lower(substr(part, 2)) else upper(part) end"
    tag = f"array_to_string(list_prepend(lower({parts}[1]), list_transform({parts}[2:], lambda part: {part})), '-')"
    invalid = f"not regexp_full_match({text}, {quote_literal(f'(?i){LANGUAGE_PATTERN}')})"
    return _checked(f"case when {text} is not null then {tag} end", invalid, "must be a BCP 47 language tag, such as 'en' or 'ar'")


def _sha256(text: str) -> Reading:
    return _checked(
        f"lower({text})", f"not regexp_full_match(lower({text}), {quote_literal(SHA256_PATTERN)})", "must be 64 hexadecimal digits"
    )


def _list(item_pattern: str, rule: str) -> Callable[[str], Reading]:
    """Texts separated by bars, or a JSON list, as an array in PostgreSQL's notation."""

    def read(text: str) -> Reading:
        is_json = f"left({text}, 1) = '[' and json_valid({text}) and not regexp_matches({text}, ',\\s*\\]$')"
        parts = (
            f"case when {is_json} then from_json({text}, '[\"varchar\"]') else string_split({text}, {quote_literal(LIST_SEPARATOR)}) end"
        )
        items = f"list_transform({parts}, lambda item: {with_line_feeds(f'trim(item, {SQL_WHITE_SPACE})')})"
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
    "language": _language,
    "sha256": _sha256,
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
