"""The parsers of the value types: each turns what YAML, JSON or a CSV cell gives into one exact value, or raises ValueError.

A ValueError's message completes a sentence that begins with the name of the field: "must be …", "is …", "has …".
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from decimal import Context, Decimal, InvalidOperation

from ..codelists.vocabularies import Vocabulary, suggestion

ID_PATTERN = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?"
URL_PATTERN = r"https?://[^\s/]+\S*"
LANGUAGE_PATTERN = r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?"
SHA256_PATTERN = r"[0-9a-f]{64}"
LIST_SEPARATOR, LIST_JOINT = "|", " | "  # Between the items of a list in one cell: as it is read, and as it is written.
LONE_SURROGATE = re.compile("[\ud800-\udfff]")

Parser = Callable[[object], object]


class YamlMapping(dict[str, object]):
    """A mapping in a YAML document, of which nothing is read: YAML's scalars are not those of JSON, so it would change."""


def parse_text(value: object) -> str:
    """Text exactly as the source has it, without surrounding white space."""
    if not isinstance(value, str):
        fix = "; put it between quotation marks" if isinstance(value, (bool, int, float, Decimal)) else ""
        raise ValueError(f"must be text, not {_described(value)}{fix}")
    text = value.strip()
    if not text:
        raise ValueError("is empty; leave the field out when the value is unknown")
    if "\x00" in text:
        raise ValueError("contains a NUL character, which PostgreSQL cannot store; remove it")
    if not text.isascii() and LONE_SURROGATE.search(text):
        raise ValueError(r"contains half a surrogate pair, such as JSON's \ud83d without its second half; write the character itself")
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
    """A whole number of 32 bits, the range of GraphQL's Int; a larger one could not be returned."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", value.strip()):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"must be a whole number, not {_described(value)}")
    if abs(value) >= 2**31:
        raise ValueError(f"is out of range: {value}; at most {2**31 - 1}")
    return value


def _exact_decimal(value: object) -> Decimal:
    """An exact decimal: a float would change the number that the source printed."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValueError(f"must be a number, not {_described(value)}")
    text = str(value).strip()
    try:
        # Decimal also reads 1_000 and the digits of any script; we do not guess what a source means by those.
        number = Decimal(text if text.isascii() and "_" not in text else "")
    except InvalidOperation:
        raise ValueError(f"must be a number, not {_described(value)}; write 14000, not 14,000 or 14k") from None
    if not number.is_finite():
        raise ValueError(f"must be a finite number, not {text}")
    return number


def parse_number(value: object) -> Decimal:
    """A decimal with at most 18 digits before the point and 9 after it, in its shortest plain form."""
    number = _exact_decimal(value)
    # 1E+3 and 1000 are one number, and so are 12.50 and 12.5; the shortest plain form is stored.
    short = number.normalize(Context(prec=50, traps=[]))
    if short != number or short.adjusted() > 17 or int(short.as_tuple().exponent) < -9:
        raise ValueError(f"is out of range: {number}; at most 18 digits before the point and 9 after it")
    return Decimal(format(short, "f"))


def coordinate_parser(limit: int) -> Callable[[object], float]:
    """A parser of degrees between -limit and limit."""

    def parse(value: object) -> float:
        number = _exact_decimal(value)
        if number.copy_abs() > limit:  # abs() would round, and overflows beyond 1e999999.
            raise ValueError(f"must be between -{limit} and {limit} degrees, not {number}")
        degrees = float(number)
        if Decimal(repr(degrees)) != number:  # A source's own float, such as 24.586669999999998, passes with every digit.
            raise ValueError(f"has more digits than can be stored: {number}; write {degrees!r}")
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
    """A date in the one form 2024-11-27: others are ambiguous, or read differently by other programs."""
    if isinstance(value, dt.datetime):
        raise ValueError("must be a date without a time, such as 2024-11-27")
    if isinstance(value, dt.date):
        return value
    text = parse_text(value) if isinstance(value, str) else ""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"must be a date such as 2024-11-27, not {_described(value)}")
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        # Python's own message depends on its version.
        raise ValueError(f"{text} is not in the calendar") from None


def pattern_parser(pattern: str, description: str) -> Callable[[object], str]:
    """A parser of text that matches a regular expression in full; `description` completes "must be"."""

    def parse(value: object) -> str:
        text = parse_text(value)
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {description}, not {text!r}")
        return text

    return parse


parse_id = pattern_parser(ID_PATTERN, "an id of letters, digits, '-', '_' and '.', at most 128 of them")


def parse_ids(value: object) -> tuple[str, ...]:
    """A list of ids without repetition."""
    ids = tuple(parse_id(item) for item in parse_texts(value))
    if len(set(ids)) < len(ids):
        raise ValueError("names the same record twice; name it once")
    return ids


def code_parser(vocabulary: Vocabulary) -> Callable[[object], str]:
    """A parser of the codes of a vocabulary."""

    def parse(value: object) -> str:
        if isinstance(
            value, bool
        ):  # Not str(value): False is not the code "false". Only JSON gives a boolean; our YAML reads `no` as text.
            raise ValueError(f"must be a code of {vocabulary.name}, not {_described(value)}")
        text = parse_text(value if isinstance(value, str) else str(value))
        if text not in vocabulary.codes:
            raise ValueError(f"{text!r} is not in the vocabulary {vocabulary.name}; {suggestion(text, vocabulary.codes)}")
        return text

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


def _described(value: object) -> str:
    """A value as an error message shows it: at most 60 characters, with its type unless it is text or a number."""
    shown = repr(value) if len(repr(value)) <= 60 else repr(value)[:57] + "…"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, Decimal):
        return str(value)
    return shown if isinstance(value, str) else f"the {type(value).__name__} {shown}"
