"""Which questions the rollup of totals can answer: those whose conditions take each of its cells whole, or not at all.

What overlaps within one cell is then admitted together, so it is decided as it was when it was loaded.
"""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind
from schema.model.totals import ROLLUP_KEYS, SEPARATE_KEYS

from ...query.nodes import Condition, TotalsNode, Where

SPLIT = ("eq", "ne", "one_of", "known")  # Operators whose answer is the same for all that have one value.


def whole_cells(node: TotalsNode, event: Kind) -> list[tuple[Kind, Condition]] | None:
    """The conditions of a question on the cells of the rollup, each with the kind whose field it names; None where it cannot answer."""
    if not set(node.by) <= set(ROLLUP_KEYS):
        return None
    found: list[tuple[Kind, Condition]] = []
    for one in _flat(node.where):
        cells = _cells(node, event, one) if isinstance(one, Condition) else None
        if cells is None:
            return None
        found += cells
    return found


def added_column(node: TotalsNode) -> str:
    """The column of the rollup that says whether a cell is added. Of one population alone, none is mixed with another."""
    assert node.kind.totals is not None
    names = [one.field.name for one in _flat(node.where) if isinstance(one, Condition) and one.field]
    return "t.apart" if SEPARATE_KEYS[0] in node.by or node.kind.totals.population in names else "t.mixed"


def _cells(node: TotalsNode, event: Kind, one: Condition) -> list[tuple[Kind, Condition]] | None:
    names = node.kind.totals
    assert names is not None
    if one.field is None:
        return None
    if one.field.name == names.event and isinstance(one.value, Where):
        inner = [part for part in _flat(one.value) if isinstance(part, Condition) and part.operator in SPLIT]
        known = [part for part in inner if part.field is not None and part.field.name == names.country]
        return [(event, part) for part in known] if len(known) == len(list(_flat(one.value))) else None
    if one.field.name == names.population:
        asked = SPLIT if SEPARATE_KEYS[0] in node.by else SPLIT[:1]
        return [(node.kind, one)] if one.operator in asked else None
    return [(node.kind, one)] if one.field.name in (names.measure, names.unit, names.basis) and one.operator in SPLIT else None


def _flat(tree: Where) -> Iterator[Where | Condition]:
    """The conditions that must all hold, from whatever depth; a tree of another sort stays as it is."""
    if tree.how != "all":
        yield tree
        return
    for part in tree.parts:
        if isinstance(part, Where):
            yield from _flat(part)
        else:
            yield part
