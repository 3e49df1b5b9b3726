"""The choice between one generic plan for a statement and a new plan for each set of values.

The best plan depends on the values where a condition leaves many rows for one country and few for another. It does not depend on them
where a record is found by its id, or where one index has both the conditions and the order: then every row read is a row of the answer.
"""

from __future__ import annotations

from collections.abc import Iterable

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ...query.nodes import (
    ClaimDocument,
    ClaimList,
    ClaimNode,
    ClaimSources,
    Condition,
    Constant,
    Edges,
    Evidence,
    Link,
    Links,
    Node,
    NodeList,
    Nodes,
    Order,
    Page,
    Provenance,
    RecordNode,
    RecordStates,
    Revision,
    RevisionList,
    Snapshot,
    SourcesNode,
    TotalCount,
    TotalsNode,
    Where,
    WithheldRows,
    Words,
)
from .sum_conditions import are_found_by_index

# The settings of a session, by whether its statements use a generic plan. Expecting that the first rows of a list are soon found among all, the planner
# would compare each row with all keys that a word has found, in memory, row by row; without that, it hashes them.
PLANNING = {
    True: "set enable_material = on; set plan_cache_mode = force_generic_plan",
    False: "set enable_material = off; set plan_cache_mode = force_custom_plan",
}
# For a transaction that reads nearly all records: it hashes what it joins and groups, in memory. Expecting more groups than there are, the planner would sort all records.
MANY_ROWS = "set local enable_nestloop = off; set local enable_sort = off; set local work_mem = '64MB'"
# Nodes that read what an id or a number names.
ONE_PLAN = (RecordNode, RecordStates, ClaimNode, ClaimDocument, ClaimSources, SourcesNode, Revision, RevisionList, Constant)
BY_IDS = ("id", "one_of")  # The condition of a list of records that are all named.
EQUALITY, RANGE = ("eq",), ("gt", "gte", "lt", "lte")


def use_generic_plan(kinds: Kinds, roots: Iterable[Node], now: bool = True) -> bool:
    """Whether every root field has one best plan for all values; `now`: the query reads live tables."""
    return all(_has_one_plan(kinds, root, now) for root in roots)


def _has_one_plan(kinds: Kinds, root: Node, now: bool) -> bool:
    if isinstance(root, Snapshot):
        return use_generic_plan(kinds, root.roots, now=False)
    if isinstance(root, NodeList):
        return use_generic_plan(kinds, root.nodes, now)
    if isinstance(root, TotalsNode):
        return are_found_by_index(root)
    if isinstance(root, WithheldRows):  # Counts of the past are counted when they are read.
        return now
    if isinstance(root, Page):
        return _follows_index(root) or (now and finds_keys_first(root))
    return isinstance(root, ONE_PLAN)


def finds_keys_first(page: Page) -> bool:
    """Whether only a query for the keys of the page, within its statement, is planned for its values.

    With provenance, to plan the statement takes longer than to run it. As of the past, keys do not identify rows.
    """
    return not (_follows_index(page) or page.cursor or _counts(page.parts)) and any(map(_has_claims, page.parts))


def _counts(parts: Iterable[Node]) -> bool:
    """Whether a page has a part that reads other rows than its own."""
    return any(isinstance(part, TotalCount) for part in parts)


def _has_claims(node: Node) -> bool:
    """Whether a part of a page, or a node of a record, reads claims."""
    if isinstance(node, (Evidence, Provenance, ClaimList)):
        return True
    inner = (
        node.parts
        if isinstance(node, Page)
        else node.nodes
        if isinstance(node, Edges)
        else node.selection
        if isinstance(node, (Nodes, Link, Links, Words))
        else ()
    )
    return any(map(_has_claims, inner))


def _event(kinds: Kinds, node: TotalsNode) -> Kind:
    """The kind of record that the summed records refer to."""
    assert node.kind.totals is not None
    return kinds[node.kind.fields[node.kind.totals.event].type.ref or ""]


def _follows_index(page: Page) -> bool:
    """Whether an index begins with the columns of the page's equality conditions and continues with its order; a range may be on its first term."""
    conditions = list(page.where.parts)
    if page.search or page.where.how != "all" or any(isinstance(part, Where) for part in conditions):
        return False
    if (
        not page.reverse
        and [(_name(part), part.operator) for part in conditions if isinstance(part, Condition)] == [BY_IDS]
        and len(conditions) == 1
    ):
        return True
    equal = {_name(part) for part in conditions if isinstance(part, Condition) and part.operator in EQUALITY}
    ranges = {_name(part) for part in conditions if isinstance(part, Condition) and part.operator in RANGE}
    terms = [_column(term) for term in page.terms]
    return (
        len(equal) + sum(_name(part) in ranges for part in conditions if isinstance(part, Condition)) == len(conditions)
        and ranges <= {terms[0].removeprefix("-")}
        and any(
            {column.removeprefix("-") for column in columns[: len(equal)]} == equal and [*columns[len(equal) :]][: len(terms)] == terms
            for columns in _indexes(page.kind)
        )
    )


def _indexes(kind: Kind) -> list[tuple[str, ...]]:
    return [("id",), *kind.indexes]


def _name(condition: Condition) -> str:
    return condition.field.name if condition.field else "id"


def _column(term: Order) -> str:
    return ("-" if term.descending else "") + (term.field.name if term.field else "id")
