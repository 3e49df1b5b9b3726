"""The closed set of value types: what each one is in Python, PostgreSQL, JSON, GraphQL and on paper."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation

from ..codelists.vocabularies import Vocabulary, nearest

type_of_json = dict[str, object]


@dataclass(frozen=True)
class Operator:
    """One way to ask about a value. `{column}` and `{value}` are filled by the compiler, which writes by itself what has no text here."""

    sql: str
    sentence: str
    many: bool = False  # The argument is a list of values.
    flag: bool = False  # The argument is true or false, whatever the type of the field.
    indexes: tuple[str, ...] = ()  # The sorts of index that serve it.


OPERATORS: dict[str, Operator] = {
    "eq": Operator("{column} = {value}", "Equal to this value.", indexes=("btree", "hash")),
    "ne": Operator("({column} = {value}) is not true", "Not this value; unknown counts as not this value."),
    "one_of": Operator("{column} = any({value})", "One of these values.", many=True, indexes=("btree", "hash")),
    "gt": Operator("{column} > {value}", "Greater than, or after, this value.", indexes=("btree",)),
    "gte": Operator("{column} >= {value}", "This value, or greater or later.", indexes=("btree",)),
    "lt": Operator("{column} < {value}", "Less than, or before, this value.", indexes=("btree",)),
    "lte": Operator("{column} <= {value}", "This value, or less or earlier.", indexes=("btree",)),
    "contains": Operator(
        "strpos(fold({column}), fold({value})) > 0", "Contains this text, whatever its case and accents.", indexes=("search",)
    ),
    "has": Operator("{column} @> array[{value}]", "The list has this value.", indexes=("gin",)),
    "within": Operator("{column} = any(array{value})", "This record, or one that is part of it, at whatever depth.", indexes=("btree",)),
    "match": Operator("", "The record referred to meets these conditions.", indexes=("btree",)),
    "known": Operator("({column} is not null) = {value}", "True: a value is known. False: none is.", flag=True),
}

EQUALITY = ("eq", "ne", "one_of", "known")
ORDERED = ("eq", "ne", "one_of", "gt", "gte", "lt", "lte", "known")


@dataclass(frozen=True, eq=False)  # A type is itself alone, and so can be a key.
class Type:
    """A value type. `parse` takes what YAML, JSON or a cell of CSV gives and returns a value or raises ValueError."""

    name: str
    python: type
    sql: str
    json: type_of_json
    graphql: str  # The name of the GraphQL scalar; for codes, of the enum.
    sentence: str
    operators: tuple[str, ...]
    parse: Callable[[object], object]
    quoted: bool = True  # Its text goes between quotation marks in JSON.
    escaped: bool = False  # Its text may hold characters that JSON escapes.
    many: bool = False
    vocabulary: Vocabulary | None = None
    ref: str | None = None
    levels: bool = False  # The vocabulary's codes are small integers.
    check: str | None = None  # A condition on {column} that PostgreSQL holds as well.
    index: str = "btree"  # The sort of index that a field of the type has, where it has one.


SURROGATE = re.compile("[\ud800-\udfff]")


def _text(value: object) -> str:
    """Text as the source has it; only surrounding white space goes."""
    if not isinstance(value, str):
        cure = "; put it between quotation marks" if isinstance(value, (bool, int, float, Decimal)) else ""
        raise ValueError(f"must be text, not {_called(value)}{cure}")
    text = value.strip()
    if not text:
        raise ValueError("is empty; leave the field out when the value is unknown")
    if "\x00" in text:
        raise ValueError("holds a NUL character, which PostgreSQL cannot keep; remove it")
    if not text.isascii() and SURROGATE.search(text):
        raise ValueError(r"holds half a character, as JSON's \ud83d without its other half; write the character itself")
    return text


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):  # A cell of a table: "a | b"; or a list of JSON, since an item may hold a bar.
        value = _listed(value)
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"must be a list of texts, not {_called(value)}")
    return tuple(_text(item) for item in value)


def _listed(cell: str) -> object:
    try:
        found = json.loads(cell) if cell.lstrip().startswith("[") else None
    except ValueError:
        found = None
    return cell.split("|") if found is None else found


def listed(items: Sequence[str]) -> str:
    """A list as a cell of a table: joined by ` | `, or, where that would be read otherwise, a list of JSON."""
    joined = " | ".join(items)
    return joined if items and "|" not in "".join(items) and not joined.startswith("[") else json.dumps(list(items), ensure_ascii=False)


def _integer(value: object) -> int:
    """A whole number within GraphQL's Int, which has 32 bits; nothing larger could be answered."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", value.strip()):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"must be a whole number, not {_called(value)}")
    if abs(value) >= 2**31:
        raise ValueError(f"is out of range: {value}; at most {2**31 - 1}")
    return value


def _decimal(value: object) -> Decimal:
    """An exact decimal: a float would change the number the source printed."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValueError(f"must be a number, not {_called(value)}")
    text = str(value).strip()
    try:
        # Python would read 1_000 and the digits of any script; what a source's table means by them is not ours to guess.
        number = Decimal(text if text.isascii() and "_" not in text else "")
    except InvalidOperation:
        raise ValueError(f"must be a number, not {_called(value)}; write 14000, not 14,000 or 14k") from None
    if not number.is_finite():
        raise ValueError(f"must be a finite number, not {text}")
    return number


def _number(value: object) -> Decimal:
    number = _decimal(value)
    # 1E+3 and 1000 are one number; 12.50 and 12.5 too. The shortest plain form is the one we keep.
    short = number.normalize(Context(prec=50, traps=[]))
    if short != number or short.adjusted() > 17 or int(short.as_tuple().exponent) < -9:
        raise ValueError(f"is out of range: {number}; at most 18 digits before the point and 9 after it")
    return Decimal(format(short, "f"))


def _coordinate(limit: int) -> Callable[[object], float]:
    def parse(value: object) -> float:
        number = _decimal(value)
        if abs(number) > limit:
            raise ValueError(f"must be between -{limit} and {limit} degrees, not {number}")
        degrees = float(number)  # Other people's floats, as 24.586669999999998, are kept to the last digit.
        if Decimal(repr(degrees)) != number:
            raise ValueError(f"has more digits than can be kept: {number}; write {degrees!r}")
        return degrees

    return parse


def _record(value: object) -> str:
    """JSON's text: it is kept, compared and handed on, and never looked into."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_float)
        found = json.loads(text)
    except ValueError as problem:
        raise ValueError(f"must be JSON: {problem}") from None
    if not isinstance(found, dict):
        raise ValueError(f"must be a JSON object, not {_called(value)}")
    return text


def _float(value: object) -> float:
    if not isinstance(value, Decimal) or Decimal(repr(float(value))) != value:
        raise ValueError(f"{value} cannot be kept to the last digit; write it as text")
    return float(value)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise ValueError(f"must be true or false, not {_called(value)}")


def _date(value: object) -> dt.date:
    if isinstance(value, dt.datetime):
        raise ValueError("must be a date without a time, as 2024-11-27")
    if isinstance(value, dt.date):
        return value
    text = _text(value) if isinstance(value, str) else ""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"must be a date as 2024-11-27, not {_called(value)}")
    try:
        return dt.date.fromisoformat(text)
    except ValueError as problem:
        raise ValueError(f"{text} is no date: {problem}") from None


def _pattern(pattern: str, sentence: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        text = _text(value)
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {sentence}, not {text!r}")
        return text

    return parse


def _called(value: object) -> str:
    """What a value is called in an error: shortened, with its kind where the kind is the surprise."""
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


ID_PATTERN = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?"
URL_PATTERN = r"https?://[^\s/]+\S*"
LANGUAGE_PATTERN = r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?"
SHA256_PATTERN = r"[0-9a-f]{64}"

parse_id = _pattern(ID_PATTERN, "an id of letters, digits, '-', '_' and '.', at most 128 of them")

TEXT = Type("text", str, "text", {"type": "string"}, "String", "Text.", ("eq", "ne", "one_of", "contains", "known"), _text, escaped=True)
TEXTS = Type(
    "texts", tuple, "text[]", {"type": "array", "items": {"type": "string"}}, "String",
    "A list of texts.", ("has", "known"), _texts, escaped=True, many=True, index="gin",
)  # fmt: skip
URL = Type(
    "url", str, "text", {"type": "string", "format": "uri"}, "String", "An http or https address.", ("eq", "ne", "one_of", "contains", "known"),
    _pattern(URL_PATTERN, "an http:// or https:// address"), escaped=True, check="{column} ~ '^https?://'", index="hash",
)  # fmt: skip
LANGUAGE = Type(
    "language", str, "text", {"type": "string", "pattern": f"^{LANGUAGE_PATTERN}$"}, "String", "A language tag of BCP 47.", EQUALITY,
    _pattern(LANGUAGE_PATTERN, "a BCP 47 language tag, as 'en' or 'ar'"),
)  # fmt: skip
SHA256 = Type(
    "sha256", str, "text", {"type": "string", "pattern": f"^{SHA256_PATTERN}$"}, "String", "A SHA-256 digest in hexadecimal.", EQUALITY,
    _pattern(SHA256_PATTERN, "64 hexadecimal digits in lower case"), check="{column} ~ '^[0-9a-f]{{64}}$'", index="hash",
)  # fmt: skip
INTEGER = Type("integer", int, "bigint", {"type": "integer"}, "Int", "A whole number.", ORDERED, _integer, quoted=False)
NUMBER = Type("number", Decimal, "numeric", {"type": "number"}, "Float", "An exact decimal number.", ORDERED, _number, quoted=False)
LATITUDE = Type(
    "latitude", float, "double precision", {"type": "number", "minimum": -90, "maximum": 90}, "Float",
    "Degrees north of the equator, WGS 84.", ORDERED, _coordinate(90), quoted=False, check="{column} between -90 and 90",
)  # fmt: skip
LONGITUDE = Type(
    "longitude", float, "double precision", {"type": "number", "minimum": -180, "maximum": 180}, "Float",
    "Degrees east of Greenwich, WGS 84.", ORDERED, _coordinate(180), quoted=False, check="{column} between -180 and 180",
)  # fmt: skip
RECORD = Type(
    "record", dict, "jsonb", {"type": "object", "additionalProperties": True}, "JSON", "A record of a source, as JSON by the source's own names.",
    ("known",), _record, quoted=False,
)  # fmt: skip
BOOLEAN = Type("boolean", bool, "boolean", {"type": "boolean"}, "Boolean", "True or false.", ("eq", "known"), _boolean, quoted=False)
DATE = Type(
    "date", dt.date, "date", {"type": "string", "format": "date"}, "Date", "A date, ISO 8601, in the place's own time.", ORDERED, _date
)


def code(vocabulary: Vocabulary) -> Type:
    """A code of a vocabulary. Text in PostgreSQL, REST and CSV; an enum, so in upper case, in GraphQL."""

    def parse(value: object) -> str:
        if isinstance(value, bool):  # YAML 1.1 reads the code `no` as false; we do not, but JSON may hold one.
            raise ValueError(f"must be a code of {vocabulary.name}, not {_called(value)}")
        text = _text(value if isinstance(value, str) else str(value))
        if text not in vocabulary.codes:
            raise ValueError(f"{text!r} is not in the vocabulary {vocabulary.name}; {nearest(text, vocabulary.codes)}")
        return text

    listed = ", ".join(f"'{one}'" for one in vocabulary.codes)
    return Type(
        "code", str, "text", {"type": "string", "enum": list(vocabulary.codes)}, vocabulary.graphql, vocabulary.description, EQUALITY,
        parse, vocabulary=vocabulary, check=f"{{column}} in ({listed})",
    )  # fmt: skip


def level(vocabulary: Vocabulary) -> Type:
    """A level of a numbered scale, as UCDP's precisions: a small integer whose values have labels."""
    levels = [int(one) for one in vocabulary.codes]

    def parse(value: object) -> int:
        number = _integer(value)
        if number not in levels:
            raise ValueError(f"{number} is not on the scale {vocabulary.name}, which goes from {levels[0]} to {levels[-1]}")
        return number

    return Type(
        "level", int, "smallint", {"type": "integer", "minimum": levels[0], "maximum": levels[-1]}, "Int", vocabulary.description,
        ORDERED, parse, quoted=False, vocabulary=vocabulary, levels=True, check=f"{{column}} between {levels[0]} and {levels[-1]}",
    )  # fmt: skip


def ref(kind: str) -> Type:
    """A reference to a record: its id outside, its integer key inside."""
    return Type("ref", str, "bigint", {"type": "string"}, kind, f"The id of a record of kind {kind}.", EQUALITY, parse_id, ref=kind)


def refs(kind: str) -> Type:
    """References to several records, in the order the source names them."""

    def parse(value: object) -> tuple[str, ...]:
        ids = tuple(str(parse_id(item)) for item in _texts(value))
        if len(set(ids)) < len(ids):
            raise ValueError("names the same record twice; name it once")
        return ids

    return Type(
        "refs", tuple, "bigint[]", {"type": "array", "items": {"type": "string"}}, kind, f"Ids of records of kind {kind}.",
        ("has", "known"), parse, ref=kind, many=True, index="gin",
    )  # fmt: skip
