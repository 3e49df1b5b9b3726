"""Answers queries: compiles, runs, and makes sure of the revision that the answer is of."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import BadCursor, NoSuchRevision, Unavailable
from ..query import bindings
from ..query.bindings import Guard, Values
from ..query.nodes import At, Node, Page, Query
from ..sql.answering import withheld
from ..sql.answering.statement import NO_TIMEOUT, Statement, revision_at, rows, statement
from . import plans
from .plans import Plan, PlanCache
from .pool import Connection, Pool

Compile = Callable[[], tuple[Query, Sequence[Guard]]]  # Translates a request; called only where no cached plan fits it.


@dataclass(frozen=True)
class Answer:
    """The JSON text of each root field, null for a record that is not there, and the revision all are of."""

    revision: int
    current: int
    roots: tuple[str | None, ...]


@dataclass(frozen=True)
class WithheldCounts:
    """What a revision withholds: how many records by kind; and the last revision that took back what had been shown."""

    revision: int = 0
    records: Mapping[str, int] = field(default_factory=dict)
    taken_back: int = 0

    def of(self, kinds: Iterable[Kind]) -> int:
        return sum(self.records.get(name, 0) for name in {kind.name for kind in kinds})


class Store:
    """The facts of a database, as answers to queries."""

    def __init__(self, kinds: Kinds, pool: Pool, max_cost: int) -> None:
        self.kinds, self.pool, self.max_cost = kinds, pool, max_cost
        self.plans = PlanCache()
        # Lists are held open for as long as their readers take; half of the connections stay free for who asks something short.
        self.streams = asyncio.Semaphore(max(1, pool.settings.pool_size // 2))
        self.current_revision = 0  # The newest revision that an answer has told of; only a hint for choosing tables.
        self.withheld = WithheldCounts()

    def compile(self, query: Query, guards: Sequence[Guard] = ()) -> Plan:
        """Compile a query for the tables of today. Raises TooMuch or BadCursor."""
        return plans.compile_plan(self.kinds, query, self.current_revision, self.max_cost, guards)

    def cached_plan(self, key: object, values: Values, compile: Compile) -> Plan:
        """Return the cached plan that fits a request, or compile its query and cache the plan.

        The key identifies everything about the request except its values. Raises what `compile` raises, TooMuch or BadCursor.
        """
        plan = self.plans.get(key, values, self.current_revision)
        if plan is None:
            plan = self.compile(*compile())
            self.plans.put(key, values, plan)
        else:
            plan.check(values)
        return plan

    async def answer(self, query: Query) -> Answer:
        """Answer a query with one statement. Raises what `plan` and `run` raise."""
        return await self.run(self.compile(query), {})

    async def run(self, plan: Plan, values: Values) -> Answer:
        """Answer what was compiled, with what a request gives. Raises NoSuchRevision or BadCursor, and what Database raises."""
        answer = await self._run(plan.statement, plan.arguments(values))
        self.current_revision = answer.current
        self.pool.observe_revision(answer.current)
        if answer.current != self.withheld.revision:
            await self.refresh_withheld(answer.current)
        if plan.requested_revisions:
            if any(one.is_current and bindings.value_of(one.revision, values) != answer.current for one in plan.requested_revisions):
                # A revision came since it was planned, and one asked for by number was taken to be that of today. Without the hint it cannot be.
                answer = await self._again(plan, values)
            refuse_unknown_revisions(plan, values, answer.current)
        return answer

    async def _again(self, plan: Plan, values: Values) -> Answer:
        compiled = statement(self.kinds, plan.query, None)
        return await self._run(compiled, [bindings.value_of(one, values) for one in compiled.arguments])

    async def _run(self, compiled: Statement, arguments: Sequence[object]) -> Answer:
        asked = Statement(compiled.text, tuple(arguments), compiled.generic_plan)
        current, revision, *roots = await self.pool.answer(asked)
        return Answer(current if revision is None else revision, current, tuple(roots))

    async def refresh_withheld(self, current: int | None) -> None:
        """Read what is withheld as of the newest revision, unless that of `current` is known."""
        if current is None or current != self.withheld.revision:
            async with self.pool.connection() as connection:
                await self._refresh_withheld(connection, None)

    async def _refresh_withheld(self, connection: Connection, current: int | None) -> None:
        if current is None or current != self.withheld.revision:
            row = await connection.fetchrow(withheld.WITHHELD_COUNTS)
            assert row is not None
            records, taken_back, revision = row
            self.withheld = WithheldCounts(revision, json.loads(records), taken_back)

    async def withholding_source(self, kind: Kind, id: str, at: At) -> Mapping[str, object] | None:
        """The source that forbids to show a record that is not there, where it is one of those that are withheld."""
        if kind.name not in self.withheld.records:
            return None
        async with self.pool.connection() as connection:
            revision = None if at.now else await _resolved(connection, at)
            row = await connection.fetchrow(withheld.withheld_by(kind), id, revision)
        return dict(row) if row else None

    async def revision(self, at: At) -> int:
        """The number of the revision that `at` means. Raises NoSuchRevision."""
        async with self.pool.connection() as connection:
            return await _resolved(connection, at)

    @asynccontextmanager
    async def stream(self, page: Page, selection: tuple[Node, ...], at: At, limit: int | None) -> AsyncIterator[Stream]:
        """Every record of a list as one JSON text each, from one state of the database, without holding them."""
        plans.cost(selection).check(self.max_cost)
        if self.streams.locked():
            raise Unavailable("as many long lists are being read as the server takes on; try again in a moment")
        async with (
            self.streams,
            self.pool.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            revision = await _resolved(connection, at)
            await self._refresh_withheld(connection, self.pool.revision)
            await connection.execute(NO_TIMEOUT)
            text = rows(self.kinds, page, selection, at, limit)
            yield Stream(revision, (row[0] async for row in connection.cursor(text.text, *text.arguments, prefetch=500)))


@dataclass(frozen=True)
class Stream:
    """The records of a list, and the revision that they are of."""

    revision: int
    documents: AsyncIterator[str]


async def _resolved(connection: Connection, at: At) -> int:
    question = revision_at(at)
    row = await connection.fetchrow(question.text, *question.arguments)
    assert row is not None
    _exists(row["revision"], row["current"])
    return int(row["revision"])


def _exists(revision: int, current: int) -> None:
    if not 0 <= revision <= current:
        raise NoSuchRevision(f"there is no revision {revision}; the newest is {current}")


def refuse_unknown_revisions(plan: Plan, values: Values, current: int) -> None:
    """Refuse a revision that does not exist, `current` being the newest. Raises NoSuchRevision, or BadCursor if a cursor names it."""
    for one in plan.requested_revisions:
        revision = int(bindings.value_of(one.revision, values))
        if one.from_cursor and revision > current:
            raise BadCursor(
                f"after: the cursor is of revision {revision}, and the newest is {current}; take it from endCursor, or from `next`"
            )
    for one in plan.requested_revisions:
        _exists(int(bindings.value_of(one.revision, values)), current)
