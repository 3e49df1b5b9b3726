"""The parsers of the value types: each turns what YAML, JSON or a CSV cell gives into one exact value, or raises ValueError.

A ValueError's message completes a sentence that begins with the name of the field: "must be …", "is …", "has …".

One module, although long: it has one short function for each type.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

from ..codelists.vocabularies import Vocabulary
from .number_advice import number_advice

# The spellings of values. `api/sql/duckdb/types.py` reads files by the same patterns, which are therefore those of RE2 too.
ID_PATTERN = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?"
URL_PATTERN = r"https?://[^\s/]+\S*"
LANGUAGE_PATTERN = r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?"
SHA256_PATTERN = r"[0-9a-f]{64}"
NUMBER_PATTERN = r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?"
DAY_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
ZONE_PATTERN = r" ?(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
# A day begins at 00:00: 24:00 would be the next day. Midnight adds nothing to a date; other times have no field.
MIDNIGHT_PATTERN = rf"{DAY_PATTERN}([T ]00:00(:00([.]0{{1,9}})?)?({ZONE_PATTERN})?)?"
TIME_OF_DAY_PATTERN = rf"{DAY_PATTERN}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{{1,9}})?)?({ZONE_PATTERN})?)?"
MAX_TEXT = 100_000  # Characters. Longer ones are whole documents, and no index or list could hold them.
NUMBER_DIGITS = 9  # After the point: what is beyond is rounded.
LIST_SEPARATOR, LIST_JOINT = "|", " | "  # Between the items of a list in one cell: as it is read, and as it is written.
# What spreadsheets write into a cell that they cannot compute, in small letters. No place and nobody is called so.
SPREADSHEET_ERRORS = (
    "#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#num!", "#null!", "#spill!", "#calc!", "#field!", "#error!", "#getting_data", "#unknown!", "#blocked!", "#connect!",
)  # fmt: skip
ERROR_RULE = "is an error of a spreadsheet; write what its cell should have, or leave it empty"
LONE_SURROGATE = re.compile("[\ud800-\udfff]")

Parser = Callable[[object], object]


class YamlMapping(dict[str, object]):
    """A mapping in a YAML document, of which nothing is read: YAML's scalars are not those of JSON, so it would change."""


def parse_text(value: object) -> str:
    """Text exactly as the source has it, without surrounding white space, and with line feeds for line breaks."""
    if not isinstance(value, str):
        fix = "; put it between quotation marks" if isinstance(value, (bool, int, float, Decimal)) else ""
        raise ValueError(f"must be text, not {_described(value)}{fix}")
    text = value.strip().replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        raise ValueError("is empty; leave the field out when the value is unknown")
    if "\x00" in text:
        raise ValueError("contains a NUL character, which PostgreSQL cannot store; remove it")
    if not text.isascii() and LONE_SURROGATE.search(text):
        raise ValueError(r"contains half a surrogate pair, such as JSON's \ud83d without its second half; write the character itself")
    if len(text) > MAX_TEXT:
        raise ValueError(f"is too long: {len(text)} characters; at most {MAX_TEXT}")
    return text


def parse_texts(value: object) -> tuple[str, ...]:
    """A list of texts: a JSON or YAML list, or a cell such as "a | b"."""
    if isinstance(value, str):
        value = _split_list(value)
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"must be a list of texts, not {_described(value)}")
    return tuple(parse_text(item) for item in value)


def _split_list(cell: str) -> object:
    """The items of a cell: separated by `|`, or a JSON list, because an item may contain a bar."""
    try:
        items = json.loads(cell) if cell.lstrip().startswith("[") else None
    except ValueError:
        items = None
    return cell.split(LIST_SEPARATOR) if items is None else items


def join_list(items: Sequence[str]) -> str:
    """A list as a table cell: joined by ` | `, or as a JSON list where parse_texts would read the joined text differently."""
    joined = LIST_JOINT.join(items)
    return (
        joined
        if items and LIST_SEPARATOR not in "".join(items) and not joined.startswith("[")
        else json.dumps(list(items), ensure_ascii=False)
    )


def parse_integer(value: object) -> int:
    """A whole number of 32 bits, the range of GraphQL's Int; a larger one could not be returned. 12.0 and 1.2e1 are the number 12."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValueError(f"must be a whole number, not {_described(value)}")
    try:
        number = _exact_decimal(value)
    except ValueError:
        raise ValueError(f"must be a whole number, not {_described(value)}") from None
    if number.copy_abs() >= 2**31:
        raise ValueError(f"is out of range: {_shortened(str(number))}; at most {2**31 - 1}")
    if not is_whole(number):
        raise ValueError(f"must be a whole number, not {_described(value)}")
    return int(number)


def is_whole(number: Decimal) -> bool:
    """Whether a number has no fraction. It may be huge, so it is not expanded."""
    _, digits, exponent = number.as_tuple()
    return isinstance(exponent, int) and (exponent >= 0 or not any(digits[exponent:]))


def _exact_decimal(value: object) -> Decimal:
    """An exact decimal: a float would change the number that the source printed."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValueError(f"must be a number, not {_described(value)}")
    text = str(value).strip()
    number: Decimal | None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = None
    if number is not None and not number.is_finite():
        raise ValueError(f"must be a finite number, not {_shortened(text)}")
    # Decimal also reads 1_000 and the digits of any script; we do not guess what a source means by those.
    if number is None or not re.fullmatch(NUMBER_PATTERN, text):
        raise ValueError(f"must be a number, not {_described(value)}{number_advice(text)}")
    return number


def parse_number(value: object) -> Decimal:
    """A decimal with at most 18 digits before the point, in its shortest plain form, rounded to 9 digits after the point.

    A number with a fraction never becomes a whole one: 4.0000000001 is not 4 people.
    """
    number = _exact_decimal(value)
    if number and number.adjusted() > 17:
        raise ValueError(f"is out of range: {_shortened(str(number))}; at most 18 digits before the point")
    # 1E+3 and 1000 are one number, and so are 12.50 and 12.5; the shortest plain form is stored.
    rounded = number.quantize(Decimal(1).scaleb(-NUMBER_DIGITS), rounding=ROUND_HALF_UP, context=Context(prec=50))
    if rounded.adjusted() > 17:
        raise ValueError(f"is out of range: {_shortened(str(number))}; at most 18 digits before the point")
    if is_whole(rounded) and not is_whole(number):
        raise ValueError(
            f"would be rounded to a whole number, which {_shortened(str(number))} is not; give at most {NUMBER_DIGITS} digits after the point"
        )
    return Decimal(format(rounded.normalize(Context(prec=50)), "f")) if rounded else Decimal(0)


def coordinate_parser(limit: int) -> Callable[[object], float]:
    """A parser of degrees between -limit and limit, rounded to the nearest double, of 15 to 17 digits."""

    def parse(value: object) -> float:
        number = _exact_decimal(value)
        degrees = float(number)
        if abs(degrees) > limit:
            raise ValueError(f"must be between -{limit} and {limit} degrees, not {_shortened(str(number))}")
        return degrees

    return parse


def parse_record(value: object) -> str:
    """The text of a JSON object. It is stored, compared and returned, and never interpreted."""
    if isinstance(value, YamlMapping):
        raise ValueError("must be a JSON object as text in YAML, for example '{\"a\": 1}', not a mapping")
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_exact_float)
        parsed = json.loads(text)
    except ValueError as problem:
        raise ValueError(f"must be JSON: {problem}") from None
    if not isinstance(parsed, dict):
        raise ValueError(f"must be a JSON object, not {_described(value)}")
    return text


def _exact_float(value: object) -> float:
    if not isinstance(value, Decimal) or Decimal(repr(float(value))) != value:
        raise ValueError(f"{value} cannot be stored to the last digit; write it as text")
    return float(value)


def parse_boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise ValueError(f"must be true or false, not {_described(value)}")


def parse_date(value: object) -> dt.date:
    """A date as 2024-11-27, or its midnight as 2024-11-27T00:00:00: other forms are ambiguous, or have a time, which would be lost."""
    if isinstance(value, dt.datetime):
        raise ValueError("must be a date without a time, such as 2024-11-27")
    if isinstance(value, dt.date):
        return value
    text = parse_text(value) if isinstance(value, str) else ""
    if not re.fullmatch(MIDNIGHT_PATTERN, text):
        time = "; leave the time out" if re.fullmatch(TIME_OF_DAY_PATTERN, text) else ""
        raise ValueError(f"must be a date such as 2024-11-27, not {_described(value)}{time}")
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        # Python's own message depends on its version.
        raise ValueError(f"{text[:10]} is not in the calendar") from None


def pattern_parser(pattern: str, description: str, fold: Callable[[str], str] = str) -> Callable[[object], str]:
    """A parser of text that matches a regular expression in full; `description` completes "must be". `fold` gives letters their usual case."""

    def parse(value: object) -> str:
        text = fold(parse_text(value))
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {description}, not {_described(text)}")
        return text

    return parse


def fold_language(tag: str) -> str:
    """A language tag with the usual case of its parts, as in zh-Hant-TW: tags are equal whatever their case."""
    language, *parts = tag.split("-")
    return "-".join([language.lower(), *(part.title() if len(part) == 4 else part.upper() for part in parts)])


parse_id = pattern_parser(ID_PATTERN, "an id of letters, digits, '-', '_' and '.', at most 128 of them")


def parse_ids(value: object) -> tuple[str, ...]:
    """A list of ids without repetition."""
    ids = tuple(parse_id(item) for item in parse_texts(value))
    if len(set(ids)) < len(ids):
        raise ValueError("names the same record twice; name it once")
    return ids


def code_parser(vocabulary: Vocabulary) -> Callable[[object], str]:
    """A parser of the codes of a vocabulary, in any case."""

    def parse(value: object) -> str:
        if isinstance(
            value, bool
        ):  # Not str(value): False is not the code "false". Only JSON gives a boolean; our YAML reads `no` as text.
            raise ValueError(f"must be a code of {vocabulary.name}, not {_described(value)}")
        text = parse_text(value if isinstance(value, str) else str(value))
        code = vocabulary.by_any_case.get(text.lower())
        if code is None:
            raise ValueError(f"{_described(text)} is not in the vocabulary {vocabulary.name}; {vocabulary.suggested(text[:60])}")
        return code

    return parse


def level_parser(vocabulary: Vocabulary) -> Callable[[object], int]:
    """A parser of the levels of a numbered scale."""
    levels = [int(level) for level in vocabulary.codes]

    def parse(value: object) -> int:
        number = parse_integer(value)
        if number not in levels:
            raise ValueError(f"{number} is not on the scale {vocabulary.name}, which goes from {levels[0]} to {levels[-1]}")
        return number

    return parse


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


def _described(value: object) -> str:
    """A value as an error message shows it: at most 60 characters, with its type unless it is text or a number."""
    shown = _shortened(repr(value))
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, Decimal):
        return _shortened(str(value))
    return shown if isinstance(value, str) else f"the {type(value).__name__} {shown}"
