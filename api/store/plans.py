"""Compiled queries: a plan serves every request that differs from the first only in its values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock

from cachetools import LRUCache

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..costs.cost import Cost
from ..costs.limits import Limit
from ..costs.prices import PLANNED_BY_PARTS, conditions_of, related_of
from ..costs.statistics import Statistics
from ..errors import ApiError, BadCursor, TooMuch
from ..query import bindings
from ..query.bindings import Guard, Parameter, Values
from ..query.conditions import refuse_many_listed
from ..query.nodes import ClaimNode, Edges, Node, Nodes, Page, Query, RecordNode, Snapshot, TotalCount, TotalsNode, TotalsRows, Where, Words
from ..query.walk import all_nodes
from ..sql.answering.statement import Statement, statement
from ..sql.text import planned_length
from .pricing import Pricing
from .statement_limits import refuse_long_statement

# The limits of one statement, far below those of PostgreSQL and asyncpg (32,767 arguments), because planning takes longer with each.
MAX_CONDITIONS, MAX_LINK_CONDITIONS = 500, 50  # Conditions on links lead to other records, and each makes a join.
MAX_CACHED_CHARACTERS = 16 * 1024 * 1024  # Of all cached plans: their SQL, their keys, and the values that they were compiled for.
CHARACTERS_PER_VALUE = 200  # What the path of a value counts for.
MAX_PLANS_PER_KEY = 8  # Variables that change the SQL make several plans for one key.
EMPTY = {Nodes: "[]", Edges: "[]", TotalsRows: "[]", TotalCount: "0"}  # What an answer has for each if nothing was found.


@dataclass(frozen=True)
class RequestedRevision:
    """A revision that a query names, itself or in a snapshot or cursor. Whether it is the newest decides which tables are read."""

    revision: int | Parameter
    is_current: bool
    from_cursor: str  # The argument with the cursor that names it; empty if none does.


@dataclass(frozen=True)
class Plan:
    """A compiled query: its statement, with parameters for the values of each request."""

    query: Query
    statement: Statement
    requested_revisions: tuple[RequestedRevision, ...]
    guards: tuple[Guard, ...]
    pricing: Pricing
    weight: int = 0  # Characters that it takes in the cache.

    def arguments(self, values: Values) -> list[object]:
        return [bindings.request_value(argument, values) for argument in self.statement.arguments]

    def fits(self, values: Values, current: int) -> bool:
        """Whether the statement is right for the values of a request, `current` being the newest revision."""
        try:
            for guard in self.guards:
                if guard.read(values) != guard.value:
                    return False
            for requested in self.requested_revisions:
                if (bindings.request_value(requested.revision, values) == current) != requested.is_current:
                    return False
        except ApiError:  # Compiling the request raises it again.
            return False
        return True

    def check(self, values: Values, statistics: Statistics, limit: Limit) -> None:
        """Refuse values that are invalid for this plan. Raises TooMuch or BadCursor."""
        if self.query.uses:
            refuse_many_listed(values, self.query.uses)
        self.pricing.check(statistics, limit, values)
        if self.requested_revisions:
            refuse_mixed_revisions(self.query, values)

    @cached_property
    def empty_members(self) -> tuple[str, ...]:
        """How an answer has each of its lists if it is empty, and each number of records on all pages if it is zero."""
        return tuple(dict.fromkeys(f'"{node.key}":{EMPTY[type(node)]}' for node in all_nodes(self.query.roots) if type(node) in EMPTY))

    @cached_property
    def conditions(self) -> tuple[tuple[Kind, Where], ...]:
        """The conditions of each of its lists and totals that has some."""
        return tuple(
            (node.kind, node.where) for node in all_nodes(self.query.roots) if isinstance(node, (Page, TotalsNode)) and node.where.parts
        )

    @cached_property
    def has_words(self) -> bool:
        """Whether the answer has words, which are said when it has been read."""
        return any(isinstance(node, Words) for node in all_nodes(self.query.roots))

    @property
    def immutable(self) -> bool:
        """Whether everything is requested by number of revision, so that the answer never changes."""
        return all(isinstance(root, (Snapshot, RecordNode, ClaimNode)) and root.at.revision is not None for root in self.query.roots)

    @property
    def has_cursors(self) -> bool:
        """Whether pages continue from cursors, so that the parts of the answer are of the revisions of their cursors."""
        return any(requested.from_cursor for requested in self.requested_revisions)


def compile_plan(
    kinds: Kinds, query: Query, current: int | None, statistics: Statistics, limit: Limit, guards: Sequence[Guard] = ()
) -> Plan:
    """Compile a query, `current` being the newest revision. Raises TooMuch or BadCursor."""
    refuse_many_conditions(query.roots)
    pricing = Pricing(kinds, query, current)
    pricing.check(statistics, limit)
    refuse_mixed_revisions(query)
    requested = tuple(_requested_revisions(query, current))
    compiled = statement(kinds, query, current, limit.size)
    if (characters := refuse_long_statement(compiled.text, compiled.arguments)) > PLANNED_BY_PARTS:
        pricing = Pricing(kinds, query, current, characters)
        pricing.check(statistics, limit)
    return Plan(query, compiled, requested, tuple(guards), pricing)


def cost_of(kinds: Kinds, query: Query, current: int | None, statistics: Statistics, limit: Limit) -> Cost:
    """What a query costs, also if that is too much. Raises TooMuch for a statement that is too long to be written."""
    characters = planned_length(statement(kinds, query, current, limit.size).text)
    return Pricing(kinds, query, current, characters).cost(statistics)


def refuse_many_conditions(nodes: Iterable[Node]) -> None:
    """Refuse more conditions than PostgreSQL plans in a short time. Raises TooMuch, with their number and the limit."""
    trees = [node.where for node in all_nodes(nodes) if isinstance(node, (Page, TotalsNode))]
    related = [part for tree in trees for part in related_of(tree, nested=True)]
    found = [condition for tree in trees for condition in conditions_of(tree)]
    links = len(related) + sum(condition.operator == "match" for condition in found)
    for number, limit, what in (
        (len(related) + len(found), MAX_CONDITIONS, "conditions"),
        (links, MAX_LINK_CONDITIONS, "conditions on linked and related records"),
    ):
        if number > limit:
            raise TooMuch(
                f"the request has {number:,} {what}, and {limit:,} is the limit; give a list of values to one condition, or split the request"
            )


class PlanCache:
    """The plans of the most recent queries, by key and by the shape of their values."""

    def __init__(self) -> None:
        self.lock = Lock()  # The side thread compiles queries.
        self.cache: LRUCache[object, list[Plan]] = LRUCache(
            MAX_CACHED_CHARACTERS, getsizeof=lambda plans: sum(plan.weight for plan in plans)
        )

    def get(self, key: object, values: Values, current: int) -> Plan | None:
        """A plan of a key that fits the values of a request."""
        with self.lock:
            plans = self.cache.get((key, bindings.shape(values)), [])
        for plan in plans:
            if plan.fits(values, current):
                return plan
        return None

    def put(self, key: object, values: Values, plan: Plan) -> None:
        cache_key = (key, bindings.shape(values))
        weight = len(plan.statement.text) + len(str(key)) + sum(len(str(value)) + CHARACTERS_PER_VALUE for value in values.values())
        with self.lock:
            plans = [replace(plan, weight=weight), *self.cache.pop(cache_key, [])[: MAX_PLANS_PER_KEY - 1]]
            if sum(plan.weight for plan in plans) < MAX_CACHED_CHARACTERS // 8:
                self.cache[cache_key] = plans


# Revisions


def _requested_revisions(query: Query, current: int | None) -> Iterator[RequestedRevision]:
    for revision, from_cursor in _named_revisions(query.roots, query.at.revision):
        yield RequestedRevision(revision, bindings.compiled_value(revision) == current, from_cursor)


def _named_revisions(nodes: Sequence[Node], own: int | Parameter | None = None) -> Iterator[tuple[int | Parameter, str]]:
    """Every revision named by a query itself, a snapshot or a cursor, and the argument with the cursor that does, or nothing."""
    if own is not None:
        yield own, ""
    for node in all_nodes(nodes):
        if isinstance(node, (Snapshot, RecordNode, ClaimNode)) and node.at.revision is not None:
            yield node.at.revision, ""
        elif isinstance(node, Page) and node.cursor is not None:
            yield node.cursor.revision, "before" if node.backward else "after"


def refuse_mixed_revisions(query: Query, values: Values | None = None) -> None:
    """Refuse a cursor of another revision inside a snapshot, whose rows would silently be of that revision. Raises BadCursor."""
    for snapshot in query.roots:
        if not isinstance(snapshot, Snapshot) or snapshot.at.revision is None:
            continue
        snapshot_revision = _value(snapshot.at.revision, values)
        for revision, from_cursor in _named_revisions([snapshot]):
            named = _value(revision, values)
            if from_cursor and named != snapshot_revision:
                raise BadCursor(
                    f"{from_cursor}: the cursor is of revision {named}, the snapshot of {snapshot_revision}; "
                    "take the cursor from the same snapshot, or leave the snapshot out: a cursor keeps its revision"
                )


def _value(number: int | Parameter, values: Values | None) -> int:
    return int(bindings.request_value(number, values) if values else bindings.compiled_value(number))
