"""What was compiled for a question is kept, and serves whoever asks the same with other values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import prod

from cachetools import LRUCache

from schema.model.kinds import Kinds

from ..errors import ApiError, BadCursor, TooMuch
from ..query import bindings
from ..query.bindings import Guard, Parameter, Values
from ..query.nodes import (
    Node,
    Page,
    Query,
    Snapshot,
    TotalsNode,
)
from ..sql.answering.statement import Statement, statement

VALUES_PER_RECORD = 20  # On average over an answer; a page with every field proved in full has some hundreds, and fewer records.
MAX_CACHED_CHARACTERS = 16 * 1024 * 1024  # Characters of SQL, of questions, and of the values that each was compiled for.
CHARACTERS_PER_VALUE = 200  # Characters that the place of a value is counted as.
PageSizes = tuple[Parameter, ...]  # Of pages in pages.
MAX_PLANS_PER_KEY = 8  # Of one question; a variable that changes the SQL makes another.


@dataclass(frozen=True)
class RequestedRevision:
    """A revision that a question names, in a snapshot or a cursor. Whether it is that of today decides which tables are read."""

    revision: int | Parameter
    is_current: bool
    from_cursor: bool


@dataclass(frozen=True)
class Plan:
    """A compiled question: its statement, with slots for what each request gives."""

    query: Query
    statement: Statement
    requested_revisions: tuple[RequestedRevision, ...]
    guards: tuple[Guard, ...]
    cost: Cost
    max_cost: int
    weight: int = 0  # What it takes where it is kept.

    def arguments(self, values: Values) -> list[object]:
        return [one.read(values) if isinstance(one, Parameter) else one for one in self.statement.arguments]

    def fits(self, values: Values, current: int) -> bool:
        """Whether the statement is right for what a request gives."""
        try:
            for guard in self.guards:
                if guard.read(values) != guard.value:
                    return False
            for one in self.requested_revisions:
                if (bindings.value_of(one.revision, values) == current) != one.is_current:
                    return False
        except ApiError:  # Compiling will tell.
            return False
        return True

    def check(self, values: Values) -> None:
        """Refuse what may differ from request to request. Raises TooMuch or BadCursor."""
        if self.cost.varies:
            self.cost.check(self.max_cost, values)
        if self.requested_revisions:
            refuse_mixed_revisions(self.query, values)

    @property
    def immutable(self) -> bool:
        """Whether all of it is of revisions that are asked for by number, so that it never changes."""
        return all(isinstance(root, Snapshot) and root.at.revision is not None for root in self.query.roots)

    @property
    def has_cursors(self) -> bool:
        """Whether pages go on from cursors, so that the parts of the answer are of the revisions that those name."""
        return any(one.from_cursor for one in self.requested_revisions)


def compile_plan(kinds: Kinds, query: Query, current: int | None, max_cost: int, guards: Sequence[Guard] = ()) -> Plan:
    """Compile a question. Raises TooMuch or BadCursor."""
    found = cost(query.roots)
    found.check(max_cost)
    refuse_mixed_revisions(query)
    return Plan(query, statement(kinds, query, current), tuple(_requested_revisions(query, current)), tuple(guards), found, max_cost)


class PlanCache:
    """The plans of some questions, those that were asked last."""

    def __init__(self) -> None:
        self.cache: LRUCache[object, list[Plan]] = LRUCache(MAX_CACHED_CHARACTERS, getsizeof=lambda plans: sum(one.weight for one in plans))

    def get(self, question: object, values: Values, current: int) -> Plan | None:
        """The plan of a question for what a request gives, if there is one."""
        for one in self.cache.get((question, bindings.shape(values)), ()):
            if one.fits(values, current):
                return one
        return None

    def put(self, question: object, values: Values, plan: Plan) -> None:
        key = (question, bindings.shape(values))
        weight = len(plan.statement.text) + len(str(question)) + sum(len(str(one)) + CHARACTERS_PER_VALUE for one in values.values())
        kept = [replace(plan, weight=weight), *self.cache.pop(key, [])[: MAX_PLANS_PER_KEY - 1]]
        if sum(one.weight for one in kept) < MAX_CACHED_CHARACTERS // 8:
            self.cache[key] = kept


# Costs


@dataclass(frozen=True)
class Cost:
    """How much an answer may hold, by the sizes of the pages that come with the request: a number for each product of them."""

    records: Counter[PageSizes]
    values: Counter[PageSizes]

    def check(self, max_cost: int, values: Values | None = None) -> None:
        """Refuse an answer that could be too large. Raises TooMuch."""
        records = _sum(self.records, values)
        if records > max_cost:
            raise TooMuch(f"the answer could hold {records:,} records, and {max_cost:,} is the limit; lower `first` or nest less")
        total, limit = _sum(self.values, values), max_cost * VALUES_PER_RECORD
        if total > limit:
            raise TooMuch(f"the answer could hold {total:,} values, and {limit:,} is the limit; lower `first` or select less")

    @property
    def varies(self) -> bool:
        return any(self.values)


def cost(nodes: Sequence[Node]) -> Cost:
    found = Cost(Counter(), Counter())
    for node, times, sizes in nodes_with_counts(nodes):
        found.values[sizes] += times
        if isinstance(node, (Page, TotalsNode)):
            inner, further = _size(node)
            found.records[sizes + further] += times * inner
    return found


def nodes_with_counts(nodes: Iterable[Node], times: int = 1, sizes: PageSizes = ()) -> Iterator[tuple[Node, int, PageSizes]]:
    """Every node, and how many times it may stand in the answer, by the `first`s of the pages that it is nested in."""
    for node in nodes:
        yield node, times, sizes
        inner, further = _size(node) if isinstance(node, (Page, TotalsNode)) else (1, ())
        yield from nodes_with_counts(_children(node), times * inner, sizes + further)


def _size(page: Page | TotalsNode) -> tuple[int, PageSizes]:
    return (1, (page.first,)) if isinstance(page.first, Parameter) else (page.first, ())


def _sum(numbers: Mapping[PageSizes, int], values: Values | None) -> int:
    return sum(number * prod(_value(one, values) for one in sizes) for sizes, number in numbers.items())


def _children(node: Node) -> Iterator[Node]:
    """The nodes right below a node, whatever it calls them."""
    for one in fields(node):
        value = getattr(node, one.name)
        if isinstance(value, tuple):
            yield from (child for child in value if isinstance(child, Node))


# Moments


def _requested_revisions(query: Query, current: int | None) -> Iterator[RequestedRevision]:
    for revision, cursor in _named(query.roots, query.at.revision):
        yield RequestedRevision(revision, bindings.compile_value(revision) == current, cursor)


def _named(nodes: Sequence[Node], own: int | Parameter | None = None) -> Iterator[tuple[int | Parameter, bool]]:
    """Every revision that is named by a query itself, by a snapshot or by a cursor."""
    if own is not None:
        yield own, False
    for node, _, _ in nodes_with_counts(nodes):
        if isinstance(node, Snapshot) and node.at.revision is not None:
            yield node.at.revision, False
        elif isinstance(node, Page) and node.after is not None:
            yield node.after.revision, True


def refuse_mixed_revisions(query: Query, values: Values | None = None) -> None:
    """A snapshot is of one revision throughout; a cursor of another would put its rows there in silence. Raises BadCursor."""
    for snapshot in query.roots:
        if not isinstance(snapshot, Snapshot) or snapshot.at.revision is None:
            continue
        whole = _value(snapshot.at.revision, values)
        for revision, cursor in _named([snapshot]):
            named = _value(revision, values)
            if cursor and named != whole:
                raise BadCursor(
                    f"after: the cursor is of revision {named}, the snapshot of {whole}; "
                    "take the cursor from the same snapshot, or leave the snapshot out: a cursor keeps its revision"
                )


def _value(revision: int | Parameter, values: Values | None) -> int:
    return int(bindings.value_of(revision, values) if values else bindings.compile_value(revision))
