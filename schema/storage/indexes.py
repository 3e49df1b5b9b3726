"""Which index serves which filter, and why the others have none."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.field import Field
from ..model.kind import Kind
from ..model.kinds import Kinds
from ..model.operators import OPERATORS

FEW_VALUES = "It has few distinct values: the many records of one are found faster on a walk down the list than through an index."

# Of operators that no index serves, whatever the field.
REASONS_BY_OPERATOR = {
    "ne": "Most records meet it, so a page is full after a short walk down the list.",
    "known": "It parts the records in two, and a walk down the list soon fills a page with the greater part; ask for another condition beside it.",
    "contains": "Names, which `search` looks in, are found by its index; other texts are prose, which is read on a walk down the list.",
}  # fmt: skip
# Of types, where a field has no index that begins with it.
REASONS_BY_TYPE = {
    "code": FEW_VALUES,
    "level": FEW_VALUES,
    "boolean": FEW_VALUES,
    "language": FEW_VALUES,
    "text": "Texts are found by what they contain; whole texts are asked for of identifiers, which have an index.",
    "url": "A document is looked up by the address where it was published, which has an index.",
    "number": "A number says nothing without what it counts, so it is asked for beside that; `best` stands in one index with `measure`.",
    "longitude": "A place is looked up by both coordinates, which stand in one index that begins with `latitude`.",
    "date": "Days that place a record in time have an index; the others are asked for of records that another condition finds.",
}  # fmt: skip


def leading_columns(kind: Kind) -> Iterator[tuple[str, str]]:
    """What each index of a kind begins with, and what sort of index it is."""
    yield "id", "btree"
    for one in kind.fields.values():
        if one.index:
            yield one.name, one.type.index
        if one.search:
            yield one.name, "search"
    for columns in kind.indexes:
        yield columns[0].removeprefix("-"), "btree"


def serves(kind: Kind, one: Field | None, operator: str) -> bool:
    """Whether an index of a kind serves an operator on one of its fields; None is the id."""
    name = one.name if one else "id"
    return any(begins == name and sort in OPERATORS[operator].indexes for begins, sort in leading_columns(kind))


def reason_without_index(one: Field | None, operator: str) -> str | None:
    """Why an operator on a field has no index, where none serves it."""
    return REASONS_BY_OPERATOR.get(operator) or (REASONS_BY_TYPE.get(one.type.name) if one else None)


def fields_without_index(kinds: Kinds, kind: Kind) -> dict[str, list[Field]]:
    """The reasons that a kind needs for its fields without an index, each with those fields."""
    found: dict[str, list[Field]] = {}
    for one in kind.fields.values():
        lacking = [name for name in kinds.operators(one) if name not in REASONS_BY_OPERATOR and not serves(kind, one, name)]
        if lacking:
            found.setdefault(REASONS_BY_TYPE[one.type.name], []).append(one)
    return found
