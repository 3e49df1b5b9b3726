"""Answers queries: compiles them or finds their plans, runs them, and makes sure of the revision that an answer is of."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from schema.model.claim import DERIVED_ID
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..costs.cost import Cost
from ..costs.limits import VALUES_PER_RECORD, Limit, refuse_long
from ..costs.prices import PRICES
from ..costs.statistics import Statistics
from ..query import bindings
from ..query.bindings import Guard, Values
from ..query.conditions import MAX_OPERATOR_VALUES, MAX_SEARCH_WORDS, MAX_WORD
from ..query.nodes import MAX_FIRST, MAX_TOTALS, NOW, At, Id, Node, Page, Query, RecordNode
from ..query.tables import Table
from ..sql.answering import withheld_lookup
from ..sql.answering.named_ids import unknown_ids
from ..sql.answering.statement import Statement, state_at, statement
from ..sql.answering.statistics import statistics
from ..sql.revision import STANDBY_AND_NEWEST
from ..words.answer_sentences import spoken
from . import plans
from .allowance import ACCOUNT
from .downloads import Downloads
from .lists_from_standby import StandbyList
from .plans import Plan, PlanCache
from .pool import Pool
from .pricing import refuse_large_records
from .requested_revisions import refuse_unknown_revision, refuse_unknown_revisions, resolved_revision
from .sessions import Connection
from .side_thread import beside
from .statement_limits import MAX_STATEMENT_LENGTH, refuse_long_statement
from .states import State, WithheldCounts
from .stream_costs import stream_cost
from .streams import Stream, opened
from .warnings import described, may_be_empty, named_ids

Compile = Callable[[], tuple[Query, Sequence[Guard]]]  # Translates a request; called only if no cached plan fits it.


@dataclass(frozen=True)
class Answer:
    """The JSON text of each root field, None for a record that does not exist, and the revision that all are of."""

    revision: int
    current: int  # The newest revision when the statement ran.
    roots: tuple[str | None, ...]
    cost: Cost  # Of the request, by the statistics of the newest revision.


class Store:
    """The facts of a database, as answers to queries."""

    def __init__(self, kinds: Kinds, pool: Pool, max_cost: int) -> None:
        self.kinds, self.pool, self.max_cost = kinds, pool, max_cost
        self.limit = Limit(max_cost, pool.settings.max_response)
        self.plans = PlanCache()
        # A stream occupies a connection until its client has read it; half of the connections stay free for short requests.
        self.downloads = Downloads(max(1, pool.settings.pool_size // 2))
        self.current_revision = 0  # The newest revision that an answer was made at. A hint for the choice of tables, which may be outdated.
        self.withheld, self.statistics = WithheldCounts(), Statistics()

    def compile(self, query: Query, guards: Sequence[Guard] = ()) -> Plan:
        """Compile a query for the newest revision that is known. Raises TooMuch or BadCursor."""
        return plans.compile_plan(self.kinds, query, self.current_revision, self.statistics, self.limit, guards)

    async def planned(self, query: Query) -> Plan:
        """What `compile` returns, made beside the event loop. Raises what that raises."""
        return await beside(self.compile, query)

    def cached_plan(self, key: object, values: Values, compile: Compile) -> Plan:
        """The cached plan that fits a request, whose `key` is all of it except its values, or a new one, cached. Raises what `compile` raises."""
        plan = self.known_plan(key, values)
        if plan is None:
            plan = self.compile(*compile())
            self.plans.put(key, values, plan)
        return plan

    def known_plan(self, key: object, values: Values) -> Plan | None:
        """The cached plan that fits a request, if there is one. Raises TooMuch or BadCursor."""
        plan = self.plans.get(key, values, self.current_revision)
        if plan is not None:
            plan.check(values, self.statistics, self.limit)
        return plan

    def limits(self) -> dict[str, float]:
        """The limits on a request and on its response, by name. One unit of cost is about ten microseconds of the database."""
        return {
            "cost": self.max_cost, "records": self.max_cost, "values": self.max_cost * VALUES_PER_RECORD, "page_size": MAX_FIRST,
            "rows_of_totals": MAX_TOTALS, "conditions": plans.MAX_CONDITIONS, "conditions_on_linked_records": plans.MAX_LINK_CONDITIONS,
            "characters_of_a_statement": MAX_STATEMENT_LENGTH,
            "values_of_a_condition": MAX_OPERATOR_VALUES, "words_of_a_search": MAX_SEARCH_WORDS, "characters_of_a_word": MAX_WORD,
            "seconds_of_a_statement": self.pool.settings.statement_timeout, "bytes_of_a_body": self.pool.settings.max_body,
            "bytes_of_a_response": self.limit.size,
        }  # fmt: skip

    def cost(self, plan: Plan, values: Values) -> Cost:
        """What a request costs, by the newest statistics that are known."""
        return plan.pricing.cost(self.statistics, values)

    def cost_json(self, plan: Plan, cost: Cost) -> str:
        """What a request has cost as a JSON object, as responses report it; empty for a query that reads nothing."""
        return plan.pricing.json(cost, self.max_cost)

    async def explained_cost(self, query: Query) -> dict[str, object]:
        """What a query without variables costs, which is not run, as responses report it. Raises TooMuch only for too many conditions, or too long a statement."""
        await self.refresh(self.pool.revisions.newest)
        plans.refuse_many_conditions(query.roots)
        return (await beside(plans.cost_of, self.kinds, query, self.current_revision, self.statistics, self.limit)).report(self.max_cost)

    async def answer(self, query: Query) -> Answer:
        """Answer a query without variables by one statement. Raises what `compile` and `run` raise."""
        return await self.run(await self.planned(query), {})

    async def run(self, plan: Plan, values: Values) -> Answer:
        """Run a plan with the values of a request. Raises RateLimited, NoSuchRevision, BadCursor or, for a long answer, TooMuch, and what `Pool.answer` raises."""
        cost, statistics = self.cost(plan, values), self.statistics
        with ACCOUNT.get().pay(cost.requested):
            answer = await self._answer(plan, values, cost)
        # The first answer of a revision reports the same cost as those after it: the same request has the same response.
        return answer if self.statistics is statistics else replace(answer, cost=self.cost(plan, values))

    async def warnings(self, plan: Plan, values: Values, answer: Answer) -> list[str]:
        """What to tell the client of an answer in which nothing was found: which records that its conditions name do not exist."""
        if not may_be_empty(plan.empty_members, answer.roots) or not (ids := named_ids(self.kinds, plan.conditions, values)):
            return []
        at = NOW if answer.revision == answer.current else At(revision=answer.revision)
        row = await self.pool.answer(unknown_ids(self.kinds, ids, at, answer.current))
        return described(zip(ids, row, strict=True), answer.revision)

    async def _answer(self, plan: Plan, values: Values, cost: Cost) -> Answer:
        answer = await self._run(plan.statement, plan.arguments(values), cost)
        self.current_revision = answer.current
        self.pool.revisions.observe(answer.current)
        if answer.current != self.withheld.revision:
            await self.refresh(answer.current)
        if plan.requested_revisions:
            if any(
                requested.is_current and bindings.request_value(requested.revision, values) != answer.current
                for requested in plan.requested_revisions
            ):
                # A revision was recorded after compiling, so a requested revision was read from the tables of a newer one.
                # Compiled without the hint, the statement reads history.
                answer = await self._run_from_history(plan, values, cost)
            refuse_unknown_revisions(plan, values, answer.current)
        if plan.has_words:
            return replace(answer, roots=tuple([root and await beside(spoken, root) for root in answer.roots]))
        return answer

    async def _run_from_history(self, plan: Plan, values: Values, cost: Cost) -> Answer:
        compiled = statement(self.kinds, plan.query, None, self.limit.size)
        refuse_long_statement(compiled.text, compiled.arguments)
        return await self._run(compiled, [bindings.request_value(argument, values) for argument in compiled.arguments], cost)

    async def _run(self, compiled: Statement, arguments: Sequence[object], cost: Cost) -> Answer:
        current, revision, *roots = await self.pool.answer(compiled.with_arguments(arguments))
        if (written := sum([len(root) for root in roots if root])) > cost.size:
            ACCOUNT.get().pay_time((written - cost.size) * PRICES.byte / 1_000_000)
            refuse_long(written, self.limit)
        return Answer(current if revision is None else revision, current, tuple(roots), cost)

    async def refresh(self, current: int | None) -> None:
        """Read what is withheld as of the newest revision, and the statistics of the tables, unless that is known for `current`."""
        if current is None or current != self.withheld.revision:
            await self.pool.repeated(lambda connection: self._refresh(connection, None))

    async def _refresh(self, connection: Connection, current: int | None) -> None:
        if current is None or current != self.withheld.revision:
            row = await connection.fetchrow(withheld_lookup.WITHHELD_COUNTS)
            sampled = await connection.fetchrow(statistics(self.kinds))
            assert row is not None and sampled is not None
            records, last_withdrawal, revision = row
            self.withheld = WithheldCounts(revision, json.loads(records), last_withdrawal)
            self.statistics = Statistics.read(*sampled)

    async def withholding_source(self, kind: Kind, id: str, at: At) -> Mapping[str, object] | None:
        """The source whose terms withhold a record; None if the record is public, does not exist, or if that would say what the source says.

        An id that is made of a name can be computed from a guess: an answer for it would confirm the guess.
        """
        if kind.name not in self.withheld.records or not kind.own_ids or DERIVED_ID.search(id):
            return None
        account = ACCOUNT.get()
        async with self.pool.connection() as connection:  # For which nobody pays who waits for it.
            with account.paid(), account.timed():
                revision = None if at.now else (await resolved_revision(connection, at))[0]
                row = await connection.fetchrow(withheld_lookup.WITHHELD_BY, kind.name, id, revision)
        if row is None:
            return None
        # A source may withhold its claims of a record that rests on others too.
        answer = await self.answer(Query((RecordNode("", kind, id, (Id(""),)),), at))
        return dict(row) if answer.roots[0] is None else None

    async def revision(self, at: At) -> int:
        """The number of the revision that `at` means. Raises NoSuchRevision."""
        return (await self.pool.repeated(lambda connection: resolved_revision(connection, at)))[0]

    async def state(self, at: At) -> State:
        """The state of the database that `at` means. Raises NoSuchRevision, and what `Pool.answer` raises."""
        current, revision, *rest = await self.pool.answer(state_at(at))
        refuse_unknown_revision(revision, current)
        if current != self.withheld.revision:
            await self.refresh(current)
        return State(revision, current, *rest)

    async def _reads_standby(self) -> bool:
        """Whether the server that is read is a standby."""
        return bool((await self.pool.answer(Statement(STANDBY_AND_NEWEST, ())))[0])

    @asynccontextmanager
    async def stream(self, page: Page, selection: tuple[Node, ...] | Table, at: At, limit: int | None) -> AsyncIterator[Stream]:
        """Stream every record of a list as one JSON text each, or as rows of a table, from one state of the database.

        Its client pays for it record by record. Raises RateLimited, TooMuch if one record costs too much, and what `Downloads.place` and `Pool.connection`
        raise.
        """
        account = ACCOUNT.get()
        account.admit()
        if not isinstance(selection, Table):
            await beside(refuse_large_records, self.kinds, page.kind, selection, self.statistics, self.limit)
        plans.refuse_many_conditions([page])
        with self.downloads.place(account.client):
            account.pay_work()
            if await self._reads_standby():
                revision = await self.revision(at)
                await self.refresh(self.pool.revisions.newest)
                pinned = replace(at, revision=revision, time=None, named=at.named and not at.now)
                cost = await beside(stream_cost, account, self.pool.work_time, self.kinds, page, selection, self.statistics, not at.now)
                yield replace(
                    StandbyList(self.kinds, self.pool, page, selection, pinned, limit, self.limit.size, cost).stream(), revision=revision
                )
                return
            async with (
                self.pool.connection(download=True) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                revision, current = await resolved_revision(connection, at)
                await self._refresh(connection, self.pool.revisions.newest)
                resolved = at if at.now else replace(at, revision=revision, time=None)
                past = not at.now and revision != current
                cost = await beside(stream_cost, account, self.pool.work_time, self.kinds, page, selection, self.statistics, past)
                async with opened(self.kinds, connection, page, selection, resolved, limit, self.limit.size, current, cost) as stream:
                    yield replace(stream, revision=revision)
