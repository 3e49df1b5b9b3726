"""Claim: what one source says about one record; and Problem: what is wrong with a claim or a file, and where."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..codelists.vocabularies import CREDIBILITY, RANK
from .field import Field
from .names import SNAKE_CASE
from .types import (
    RECORD,
    TEXT,
    code,
    level,
    ref,
    refs,
)

CLAIM_DIGEST_LENGTH = 12  # Hexadecimal digits of the digest in the id of a claim, which names the record as well.
DIGEST_LENGTH = 20  # Hexadecimal digits of a digest in an id.
DERIVED_ID = re.compile(rf"(?<![0-9a-f])[0-9a-f]{{{DIGEST_LENGTH}}}(?![0-9a-f])")  # An id with a digest in it, of a name for example.


@dataclass(frozen=True, order=True)
class Place:
    """A line of a fixture file, and the column where it is known, both counted from 1."""

    file: str
    line: int
    column: int = dataclasses.field(default=0, compare=False)

    @property
    def collection(self) -> str:
        """The folder that the file is in, which is the first part of its name."""
        return self.file.partition("/")[0]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, order=True)
class Problem:
    """One fault or doubtful value in a file, with a message that says how to fix it."""

    place: Place
    field: str
    message: str
    flag: str = ""  # For a doubtful value that is stored nevertheless: the name of the check, by which receipts count.
    hides_claims: bool = False  # Claims of the file could not be read: whatever seems to be missing may be among them.

    def __str__(self) -> str:
        return f"{self.place}{', ' if self.field else ': '}{self.text}"

    @property
    def text(self) -> str:
        """The field and the message, without the place."""
        field = self.field if SNAKE_CASE.fullmatch(self.field) else repr(self.field)
        return f"{field}: {self.message}" if self.field else self.message


# The fields that describe a claim itself, beside its record and its source.
CLAIM_FIELDS = {
    field.name: field
    for field in (
        Field("quoted_from", refs("source"), "The sources that this claim's source credits for it; empty if it credits none (PROV wasQuotedFrom)."),
        Field("consulted", refs("source"), "The sources that this claim's source consulted for the record, without crediting any of them for a value; they are no origins."),
        Field("locator", TEXT, "The place in the source: a paragraph, a page, a row, a timecode or a quotation."),
        Field("attributed_to", TEXT, "The person or body that the source credits, if it has no record as a source."),
        Field("rank", code(RANK), "How the claim ranks among others about the same record: preferred, normal or deprecated."),
        Field("credibility", level(CREDIBILITY), "How credible the statement is, 1 to 6 (Admiralty code)."),
        Field("note", TEXT, "A remark by the maintainers of the collection."),
        Field("entered_by", TEXT, "The person or program that entered the claim."),
        Field("original", RECORD, "The rest of the source's own record, which has no field here, under the source's own names."),
    )
}  # fmt: skip

# What conditions can say of the claims about a record, beside its own fields.
CLAIMED_BY, COLLECTION = "claimed_by", "collection"
CLAIM_CONDITIONS = {
    CLAIMED_BY: Field(CLAIMED_BY, ref("source"), "A source that makes a claim about the record."),
    COLLECTION: Field(COLLECTION, TEXT, "A collection with a claim about the record."),
}
CLAIM_OPERATORS = ("eq", "one_of")
CONDITION_COLUMNS = {CLAIMED_BY: "source", COLLECTION: "collection"}  # The column of claims that each of them compares.

QUOTED_FROM, ATTRIBUTED_TO = "quoted_from", "attributed_to"
QUOTED_COLUMN = ("quoted_publisher", "publisher")  # Of tables: its name, and the field of the sources that a claim quotes.
NEVER_NULL = (QUOTED_FROM, "rank")  # The claim fields that are never null in a table.
# Those that are never null in an answer: there, a list of sources that is empty or was not given is always `[]`.
ALWAYS_ANSWERED = (*NEVER_NULL, *(name for name, field in CLAIM_FIELDS.items() if field.type.many and name not in NEVER_NULL))

# Two rows about one record that agree in all of these fields state the same claim twice; see docs/decisions/claims.md.
IDENTITY = ("source", "quoted_from", "attributed_to", "locator")

# What to do if one source contradicts itself in what a record is.
CURE_OF_CONTRADICTION = "if these are two things, give one an id of its own; if not, correct one claim or mark it as deprecated"

# What else is asked of the two coordinates of a point.
POINT_RULE = "one coordinate is no point; give both, or leave both out"
SPAN_RULE = "the last day is before the first; correct one of them, or leave out the one that is not known"


@dataclass(frozen=True)
class Claim:
    """What `source` says about the record `id` of `kind`: `about` has the CLAIM_FIELDS, `values` the fields of the kind."""

    kind: str
    id: str
    source: str
    place: Place
    about: dict[str, object] = dataclasses.field(default_factory=dict)
    values: dict[str, object] = dataclasses.field(default_factory=dict)
    places: Mapping[str, Place] = dataclasses.field(
        default_factory=dict
    )  # The place of each field, if the fields have places of their own.

    @property
    def identity(self) -> tuple[object, ...]:
        """The values that together occur in no other claim. An empty list of credited sources equals an absent one."""
        return (self.place.collection, self.kind, self.id, self.source, *(self.about.get(name) or None for name in IDENTITY[1:]))

    def at(self, name: str) -> Place:
        """The place that gives a field."""
        return self.places.get(name, self.place)
