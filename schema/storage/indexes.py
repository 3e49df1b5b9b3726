"""Which index serves which filter, and why the other filters have none."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.completeness import complete
from ..model.field import Field
from ..model.kind import Kind
from ..model.kinds import Kinds
from ..model.operators import OPERATORS
from ..model.types import FIELD_TYPE_NAMES

FEW_VALUES = "It has few distinct values: a scan of the list finds the many records with one of them faster than an index would."

# The reasons of operators that no index serves, on a field of any type.
REASONS_BY_OPERATOR = {
    "ne": "Most records match, so a short scan of the list fills a page.",
    "known": "It divides the records in two, and a scan of the list soon fills a page with the larger part; combine it with another condition.",
    "contains": "Names, which `search` looks in, are found by its index; other texts are prose, for which the list is scanned.",
}  # fmt: skip
# The reasons of value types, for a field that no index begins with.
REASONS_BY_TYPE = {
    "text": "Texts are found by what they contain; only identifiers are looked up as a complete text, and they have an index.",
    "texts": "Lists of names have an index; other lists of texts are combined with another condition.",
    "url": "A document is looked up by the address where it was published, which has an index.",
    "language": FEW_VALUES,
    "sha256": "A document is looked up by the digest of the copy that was read, which has an index.",
    "integer": "Numbers that identify a record elsewhere have an index; other whole numbers are combined with another condition.",
    "number": "A number means nothing without what it counts, so it is combined with that; `best` shares an index with `measure`.",
    "latitude": "A place is looked up by both coordinates, which share an index; other latitudes are combined with another condition.",
    "longitude": "A place is looked up by both coordinates, which share an index that begins with `latitude`.",
    "boolean": FEW_VALUES,
    "date": "Dates that place a record in time have an index; other dates are combined with another condition.",
    "code": FEW_VALUES,
    "level": FEW_VALUES,
    "ref": "References that connect records to what they are about have an index; others are combined with another condition.",
    "refs": "Lists of sources that a source relays have an index; other lists of references are combined with another condition.",
}  # fmt: skip
complete("REASONS_BY_TYPE in schema/storage/indexes.py", REASONS_BY_TYPE, FIELD_TYPE_NAMES)
complete(
    "REASONS_BY_OPERATOR in schema/storage/indexes.py", REASONS_BY_OPERATOR,
    [name for name, operator in OPERATORS.items() if not operator.indexes or operator.indexes == ("search",)],
)  # fmt: skip


def leading_columns(kind: Kind) -> Iterator[tuple[str, str]]:
    """The first column of each index of a kind, and the kind of index: btree, hash, gin or search."""
    yield "id", "btree"
    for field in kind.fields.values():
        if field.index:
            yield field.name, field.type.index
        if field.search:
            yield field.name, "search"
    for columns in kind.indexes:
        yield columns[0].removeprefix("-"), "btree"


def serves(kind: Kind, field: Field | None, operator: str) -> bool:
    """Whether an index serves an operator on a field of a kind; None is the id."""
    name = field.name if field else "id"
    return any(column == name and index in OPERATORS[operator].indexes for column, index in leading_columns(kind))


def reason_without_index(field: Field | None, operator: str) -> str | None:
    """Why no index serves an operator on a field; None for the id, which has an index."""
    return REASONS_BY_OPERATOR.get(operator) or (REASONS_BY_TYPE[field.type.name] if field else None)


def fields_without_index(kinds: Kinds, kind: Kind) -> dict[str, list[Field]]:
    """The fields of a kind with an operator that no index serves, grouped by the reason of their type."""
    reasons: dict[str, list[Field]] = {}
    for field in kind.fields.values():
        if any(name not in REASONS_BY_OPERATOR and not serves(kind, field, name) for name in kinds.operators(field)):
            reasons.setdefault(REASONS_BY_TYPE[field.type.name], []).append(field)
    return reasons
