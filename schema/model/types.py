"""The closed set of value types: each one's form in Python, PostgreSQL, JSON, GraphQL and documentation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from ..codelists.vocabularies import Vocabulary
from .declaration_error import BadDeclaration
from .operators import EQUALITY, MEMBERSHIP, OPERATORS, ORDERED, TEXTUAL
from .parsers import (
    LANGUAGE_PATTERN,
    SHA256_PATTERN,
    URL_PATTERN,
    code_parser,
    coordinate_parser,
    fold_language,
    level_parser,
    parse_boolean,
    parse_date,
    parse_id,
    parse_ids,
    parse_integer,
    parse_number,
    parse_record,
    parse_text,
    parse_texts,
    pattern_parser,
)

JsonSchema = dict[str, object]

# Every table that is keyed by types covers exactly these names, which `complete` checks at import.
TYPE_NAMES = tuple("text texts url language sha256 integer number latitude longitude record boolean date code level ref refs".split())
# The types that a field of a kind may have. A record keeps what a source says beyond our fields, so it belongs to claims alone.
FIELD_TYPE_NAMES = tuple(name for name in TYPE_NAMES if name != "record")
# The PostgreSQL types of columns, and the kinds of index on them.
SQL_TYPES = ("text", "text[]", "bigint", "bigint[]", "smallint", "numeric", "double precision", "boolean", "date", "jsonb")
INDEX_KINDS = ("btree", "hash", "gin")


@dataclass(frozen=True, eq=False)  # Compared by identity, so that a type can be a dictionary key.
class Type:
    """A value type. `parse` takes what YAML, JSON or a CSV cell gives and returns a value of type `python`, or raises ValueError."""

    name: str
    python: type
    sql: str
    json: JsonSchema
    graphql: str  # The name of the GraphQL scalar; for codes, of the enum; for references, of the kind.
    sentence: str
    operators: tuple[str, ...]
    parse: Callable[[object], object]
    quoted: bool = True  # In JSON, the value is a string.
    escaped: bool = False  # The value may contain characters that JSON escapes.
    many: bool = False  # The value is a list.
    vocabulary: Vocabulary | None = None
    ref: str | None = None  # The name of the kind that a reference leads to.
    levels: bool = False  # The codes of the vocabulary are small integers.
    check: str | None = None  # A condition on {column} that PostgreSQL enforces as well.
    index: str = "btree"  # The kind of index that a field of this type gets.

    def __post_init__(self) -> None:
        for what, value, values in (
            ("name", self.name, TYPE_NAMES),
            ("sql", self.sql, SQL_TYPES),
            ("index", self.index, INDEX_KINDS),
            *(("operator", operator, OPERATORS) for operator in self.operators),
        ):
            if value not in values:
                raise BadDeclaration(f"type {self.name}: its {what} {value} is not one of {', '.join(values)}")

    @property
    def is_date(self) -> bool:
        """The values are days, of which a file may state the time too."""
        return self.python is dt.date


TEXT = Type("text", str, "text", {"type": "string"}, "String", "Text.", TEXTUAL, parse_text, escaped=True)
TEXTS = Type(
    "texts", tuple, "text[]", {"type": "array", "items": {"type": "string"}}, "String",
    "A list of texts.", MEMBERSHIP, parse_texts, escaped=True, many=True, index="gin",
)  # fmt: skip
URL = Type(
    "url", str, "text", {"type": "string", "format": "iri"}, "URL", "An http or https address.", TEXTUAL,
    pattern_parser(URL_PATTERN, "an http:// or https:// address"), escaped=True, check="{column} ~ '^https?://'", index="hash",
)  # fmt: skip
LANGUAGE = Type(
    "language", str, "text", {"type": "string", "pattern": f"^{LANGUAGE_PATTERN}$"}, "String", "A language tag of BCP 47.", EQUALITY,
    pattern_parser(LANGUAGE_PATTERN, "a BCP 47 language tag, such as 'en' or 'ar'", fold_language),
)  # fmt: skip
SHA256 = Type(
    "sha256", str, "text", {"type": "string", "pattern": f"^{SHA256_PATTERN}$"}, "String", "A SHA-256 digest in hexadecimal.", EQUALITY,
    pattern_parser(SHA256_PATTERN, "64 hexadecimal digits", str.lower), check="{column} ~ '^[0-9a-f]{{64}}$'", index="hash",
)  # fmt: skip
INTEGER = Type("integer", int, "bigint", {"type": "integer"}, "Int", "A whole number.", ORDERED, parse_integer, quoted=False)
NUMBER = Type(
    "number",
    Decimal,
    "numeric",
    {"type": "number"},
    "Float",
    "A decimal number, to nine digits after the point.",
    ORDERED,
    parse_number,
    quoted=False,
)
LATITUDE = Type(
    "latitude", float, "double precision", {"type": "number", "minimum": -90, "maximum": 90}, "Float",
    "Degrees north of the equator, WGS 84.", ORDERED, coordinate_parser(90), quoted=False, check="{column} between -90 and 90",
)  # fmt: skip
LONGITUDE = Type(
    "longitude", float, "double precision", {"type": "number", "minimum": -180, "maximum": 180}, "Float",
    "Degrees east of Greenwich, WGS 84.", ORDERED, coordinate_parser(180), quoted=False, check="{column} between -180 and 180",
)  # fmt: skip
RECORD = Type(
    "record", dict, "jsonb", {"type": "object", "additionalProperties": True}, "JSON", "A record of a source, as JSON by the source's own names.",
    ("known",), parse_record, quoted=False,
)  # fmt: skip
BOOLEAN = Type("boolean", bool, "boolean", {"type": "boolean"}, "Boolean", "True or false.", ("eq", "known"), parse_boolean, quoted=False)
DATE = Type(
    "date", dt.date, "date", {"type": "string", "format": "date"}, "Date", "A date, ISO 8601, in the place's own time.", ORDERED, parse_date
)


def code(vocabulary: Vocabulary) -> Type:
    """A code of a vocabulary. It is text in PostgreSQL, REST and CSV; in GraphQL it is an enum member, in upper case."""
    codes = ", ".join(f"'{code}'" for code in vocabulary.codes)
    return Type(
        "code", str, "text", {"type": "string", "enum": list(vocabulary.codes)}, vocabulary.graphql, vocabulary.description, EQUALITY,
        code_parser(vocabulary), vocabulary=vocabulary, check=f"{{column}} in ({codes})",
    )  # fmt: skip


def level(vocabulary: Vocabulary) -> Type:
    """A level of a numbered scale such as UCDP's precisions: a small integer whose values have labels."""
    levels = [int(code) for code in vocabulary.codes]
    return Type(
        "level", int, "smallint", {"type": "integer", "minimum": levels[0], "maximum": levels[-1]}, "Int", vocabulary.description,
        ORDERED, level_parser(vocabulary), quoted=False, vocabulary=vocabulary, levels=True,
        check=f"{{column}} between {levels[0]} and {levels[-1]}",
    )  # fmt: skip


def ref(kind: str) -> Type:
    """A reference to a record: its id in the APIs and in files, its integer key in the database."""
    return Type("ref", str, "bigint", {"type": "string"}, kind, f"The id of a record of kind {kind}.", EQUALITY, parse_id, ref=kind)


def refs(kind: str) -> Type:
    """References to several records, in the order in which the source names them."""
    return Type(
        "refs", tuple, "bigint[]", {"type": "array", "items": {"type": "string"}}, kind, f"Ids of records of kind {kind}.",
        MEMBERSHIP, parse_ids, ref=kind, many=True, index="gin",
    )  # fmt: skip
