"""A claim: what one source says about one record; and a problem: what is wrong with one, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..codelists.vocabularies import CREDIBILITY, RANK
from .field import Field
from .names import SNAKE_CASE
from .types import (
    RECORD,
    TEXT,
    code,
    level,
    refs,
)


@dataclass(frozen=True, order=True)
class Place:
    """Where in the fixtures something stands."""

    file: str
    line: int

    @property
    def collection(self) -> str:
        """The folder that the file is in; the name of every file begins with it."""
        return self.file.partition("/")[0]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with a file, with what would do."""

    place: Place
    field: str
    what: str
    sort: str = ""  # Of what is odd: a name that all of one sort share, to count them by.

    def __str__(self) -> str:
        field = self.field if SNAKE_CASE.fullmatch(self.field) else repr(self.field)
        return f"{self.place}, {field}: {self.what}" if self.field else f"{self.place}: {self.what}"


# What can be said about a claim itself, beside the record it is about and the source it is from.
CLAIM_FIELDS = {
    one.name: one
    for one in (
        Field("quoted_from", refs("source"), "The sources that this claim's source credits for it; none where it speaks for itself (PROV wasQuotedFrom)."),
        Field("locator", TEXT, "Where in the source: paragraph, page, row, timecode, or a text quote."),
        Field("attributed_to", TEXT, "Whom the source credits, where that is no source of its own."),
        Field("rank", code(RANK), "Preferred, normal or deprecated."),
        Field("credibility", level(CREDIBILITY), "How credible the statement is, 1 to 6 (Admiralty code)."),
        Field("note", TEXT, "What those who keep the collection remark on it."),
        Field("entered_by", TEXT, "Who entered it."),
        Field("original", RECORD, "What the source's own record holds beyond our fields, by the source's own names."),
    )
}  # fmt: skip

NEVER_NULL = ("quoted_from", "rank")  # Claim fields that every claim has a value for; the others may be null.

# Two rows about one record that agree in all of these are the same claim, stated twice; see docs/decisions/claims.md.
IDENTITY = ("source", "quoted_from", "attributed_to", "locator")


@dataclass(frozen=True)
class Claim:
    """What `source` says about the record `id` of `kind`. `about` holds CLAIM_FIELDS, `values` the kind's fields."""

    kind: str
    id: str
    source: str
    place: Place
    about: dict[str, object] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)  # The lines of its fields, where each has its own.

    @property
    def identity(self) -> tuple[object, ...]:
        """What no other claim of its collection has. To credit nobody and to say nothing of credit are the same."""
        return (self.place.collection, self.kind, self.id, self.source, *(self.about.get(name) or None for name in IDENTITY[1:]))

    def at(self, name: str) -> Place:
        """Where it speaks of a field."""
        return Place(self.place.file, self.lines.get(name, self.place.line))
