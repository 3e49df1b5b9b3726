"""How many bytes of a response a node takes each time that it is written: its key and the typical size of its value, without what is selected below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from schema.model.claim import CLAIM_DIGEST_LENGTH, CLAIM_FIELDS
from schema.model.field import Field
from schema.model.kind import Kind

from ..query.nodes import (
    ChosenFor,
    ClaimId,
    Constant,
    EndCursor,
    Evidence,
    EvidenceClaims,
    EvidenceSources,
    FoundKind,
    FoundMatch,
    Id,
    Links,
    NextPageUrl,
    Node,
    NodeId,
    Reference,
    RowCursor,
    TotalsValue,
    Value,
    Words,
)
from .statistics import Statistics

OBJECT = 3  # The brackets of an object or a list, and a comma.
PUNCTUATION = 4  # Of a member: two quotation marks, a colon and a comma.
OTHER = 12  # A number, a date, true or false, a code, brackets.
ID, TEXT, LONG = (
    30,
    40,
    300,
)  # An id and a text of which nothing is known, and the shortest of what may be long: a cursor, an address, a sentence.
ESCAPED = 1.1  # JSON escapes line breaks and quotation marks.
WIDTHS = {
    "level": 2,
    "boolean": 5,
    "date": 12,
    "sha256": 66,
    "latitude": 18,
    "longitude": 18,
    "code": 16,
    "integer": 8,
    "number": 8,
    "language": 8,
}
NAME_OF_KIND = 16  # In a global id, with the number of a revision.
ENTRY = 90  # What is known of one field: its key, whether it is disputed, its origins.
CLAIM = 120  # The digest and the source of a claim, and the revision that added it.


class Widths:
    """The widths of values, from what PostgreSQL has sampled of each column."""

    def __init__(self, statistics: Statistics) -> None:
        self.statistics = statistics

    def member(self, kind: Kind, node: Node, table: str = "") -> float:
        """The bytes of a member of an object: of a record of a kind or, with the `table` of claims, of a claim about one."""
        width = WIDTH_OF.get(type(node), _other)
        return len(node.key.encode()) + PUNCTUATION + width(self, kind, node, table)

    def value(self, kind: Kind, field: Field, table: str = "") -> float:
        """The bytes of a value of a field, where there is one."""
        type = field.type
        each = self.id(type.ref) if type.ref else float(WIDTHS.get(type.name, TEXT))
        if type.ref or not (type.escaped or type.name == "record"):
            return each * max(1.0, self.statistics.items(table or kind.name, field)) + 2 if type.many else each
        known = max(self._sampled(table, field), self._sampled(kind.name, field))
        return max(known, each) * ESCAPED + 2

    def id(self, kind: str) -> float:
        """The bytes of an id of a kind."""
        return (self.statistics.columns.get((kind, "id"), self.statistics.nothing).width or ID) + 2

    def claim(self, kind: Kind) -> float:
        """The bytes of a claim with what it says, as REST has it: what is not known is left out."""
        claimed, said = f"{kind.name}_claim", [*kind.fields.values()]
        shares = {field.name: 1 - self.statistics.column(kind, field).unknown for field in said}
        described = (
            (1 - column.unknown) * (len(name) + PUNCTUATION + self.value(kind, field, claimed))
            for name, field in CLAIM_FIELDS.items()
            if (column := self.statistics.columns.get((claimed, name))) is not None
        )
        return (
            CLAIM + sum(described) + sum(shares[field.name] * (len(field.name) + PUNCTUATION + self.value(kind, field)) for field in said)
        )

    def _sampled(self, table: str, field: Field) -> float:
        return self.statistics.columns.get((table, field.name), self.statistics.nothing).width


def _other(widths: Widths, kind: Kind, node: Any, table: str) -> float:
    return OTHER


def _text(width: float) -> Callable[[Widths, Kind, Any, str], float]:
    return lambda widths, kind, node, table: width


# All others are brackets, numbers, or true and false; what is selected below a node is counted where it is.
WIDTH_OF: Mapping[type[Node], Callable[[Widths, Kind, Any, str], float]] = {
    Value: lambda widths, kind, node, table: widths.value(kind, node.field, table),
    Reference: lambda widths, kind, node, table: widths.id(node.field.type.ref),
    Links: lambda widths, kind, node, table: OTHER,
    Constant: lambda widths, kind, node, table: len(node.text.encode()) + 2,
    Id: lambda widths, kind, node, table: widths.id(kind.name),
    NodeId: lambda widths, kind, node, table: widths.id(kind.name) + NAME_OF_KIND,
    ClaimId: lambda widths, kind, node, table: widths.id(kind.name) + NAME_OF_KIND + CLAIM_DIGEST_LENGTH,
    ChosenFor: lambda widths, kind, node, table: sum(len(name) + PUNCTUATION for name, _ in node.names),
    Evidence: lambda widths, kind, node, table: len(node.fields) * (ENTRY + widths.statistics.claims_of(kind) * (CLAIM_DIGEST_LENGTH + 3)),
    EvidenceClaims: lambda widths, kind, node, table: widths.statistics.claims_of(kind) * widths.claim(kind),
    EvidenceSources: _text(OTHER),
    Words: _text(LONG),
    RowCursor: _text(LONG),
    EndCursor: _text(LONG),
    NextPageUrl: _text(LONG),
    TotalsValue: _text(OTHER),
    FoundKind: _text(OTHER),
    FoundMatch: _text(OTHER),
}
