"""Whether one plan is the best for all values: then PostgreSQL plans a statement once; any other it plans for the values at hand.

Whether to look up or to walk depends on the values where a condition leaves many rows for one country and few for another. It does not
where a record is found by its id, and where an index has the conditions and the order: then what is walked is what is answered.
"""

from __future__ import annotations

from collections.abc import Iterable

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ...query.nodes import (
    Condition,
    Constant,
    Node,
    Order,
    Page,
    RecordNode,
    Revision,
    Revisions,
    Snapshot,
    TotalsNode,
    Where,
    WithheldRows,
)
from .rollup_lookup import whole_cells

# How a session plans, by whether what it is asked is steady.
PLANNING = {True: "set plan_cache_mode = force_generic_plan", False: "set plan_cache_mode = force_custom_plan"}
EQUAL, RANGE = ("eq",), ("gt", "gte", "lt", "lte")


def use_generic_plan(kinds: Kinds, roots: Iterable[Node], now: bool = True) -> bool:
    """Whether every root field has one best plan; `now` says whether they are asked of today."""
    return all(_steady(kinds, root, now) for root in roots)


def _steady(kinds: Kinds, root: Node, now: bool) -> bool:
    if isinstance(root, Snapshot):
        return use_generic_plan(kinds, root.roots, now=False)
    if isinstance(root, TotalsNode):  # To plan sums takes longer than to read them, where loads keep them ready.
        return now and root.derived and whole_cells(root, _event(kinds, root)) is not None
    return _walks(root) if isinstance(root, Page) else isinstance(root, (RecordNode, Revision, Revisions, WithheldRows, Constant))


def _event(kinds: Kinds, node: TotalsNode) -> Kind:
    """The kind of what the summed records hang on."""
    assert node.kind.totals is not None
    return kinds[node.kind.fields[node.kind.totals.event].type.ref or ""]


def _walks(page: Page) -> bool:
    """Whether some index has the page's conditions of equality, then its order, with any other condition on the first of that."""
    conditions = list(page.where.parts)
    if page.search or page.where.how != "all" or any(isinstance(one, Where) for one in conditions):
        return False
    equal = {_name(one) for one in conditions if isinstance(one, Condition) and one.operator in EQUAL}
    spans = {_name(one) for one in conditions if isinstance(one, Condition) and one.operator in RANGE}
    terms = [_column(term) for term in page.terms]
    return (
        len(equal) + sum(_name(one) in spans for one in conditions if isinstance(one, Condition)) == len(conditions)
        and spans <= {terms[0].removeprefix("-")}
        and any(
            {one.removeprefix("-") for one in columns[: len(equal)]} == equal and [*columns[len(equal) :]][: len(terms)] == terms
            for columns in _indexes(page.kind)
        )
    )


def _indexes(kind: Kind) -> list[tuple[str, ...]]:
    return [("id",), *kind.indexes]


def _name(condition: Condition) -> str:
    return condition.field.name if condition.field else "id"


def _column(term: Order) -> str:
    return ("-" if term.descending else "") + (term.field.name if term.field else "id")
