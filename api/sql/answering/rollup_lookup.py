"""The queries that the rollup of totals can answer: those whose conditions admit either all records of a cell or none.

Records that overlap within a cell are then admitted together, so the choice between them is the one made when they were loaded.
"""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind
from schema.model.totals import ROLLUP_KEYS, SEPARATE_KEYS

from ...query.nodes import Condition, TotalsNode, Where

CELL_OPERATORS = ("eq", "ne", "one_of", "known")  # Their result is the same for all records of a cell, which share one value.


def cell_conditions(node: TotalsNode, event: Kind) -> list[tuple[Kind, Condition]] | None:
    """The conditions of a query as conditions on cells of the rollup, each with the kind whose field it names; None if the rollup cannot answer."""
    if not set(node.by) <= set(ROLLUP_KEYS):
        return None
    conditions: list[tuple[Kind, Condition]] = []
    for part in _flat(node.where):
        on_cells = _on_cells(node, event, part) if isinstance(part, Condition) else None
        if on_cells is None:
            return None
        conditions += on_cells
    return conditions


def added_column(node: TotalsNode) -> str:
    """The column of the rollup with the reason a cell is left out, or that it is added: `apart` if populations are not added to each other."""
    assert node.kind.totals is not None
    names = [part.field.name for part in _flat(node.where) if isinstance(part, Condition) and part.field]
    return "t.apart" if SEPARATE_KEYS[0] in node.by or node.kind.totals.population in names else "t.mixed"


def _on_cells(node: TotalsNode, event: Kind, condition: Condition) -> list[tuple[Kind, Condition]] | None:
    names = node.kind.totals
    assert names is not None
    if condition.field is None:
        return None
    name = condition.field.name
    if name == names.event and isinstance(condition.value, Where):
        parts = list(_flat(condition.value))
        inner = [part for part in parts if isinstance(part, Condition) and part.operator in CELL_OPERATORS]
        countries = [part for part in inner if part.field is not None and part.field.name == names.country]
        return [(event, part) for part in countries] if len(countries) == len(parts) else None
    if name == names.population:
        operators = CELL_OPERATORS if SEPARATE_KEYS[0] in node.by else CELL_OPERATORS[:1]
        return [(node.kind, condition)] if condition.operator in operators else None
    on_cell = name in (names.measure, names.unit, names.basis) and condition.operator in CELL_OPERATORS
    return [(node.kind, condition)] if on_cell else None


def _flat(tree: Where) -> Iterator[Where | Condition]:
    """The conditions that must all hold, at any depth; a tree joined by OR or negated is yielded unchanged."""
    if tree.how != "all":
        yield tree
        return
    for part in tree.parts:
        if isinstance(part, Where):
            yield from _flat(part)
        else:
            yield part
