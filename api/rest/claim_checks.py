"""The endpoint that says whether a number in a sentence is still right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from schema.model.claim_checks import ARGUMENTS, EVENT
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import NotFound, WithheldError, shown
from ..http.query_string import only, parameters
from ..http.responses import CacheHeaders, withheld_message
from ..query.bindings import Guard, ValuePath, Values, Variable, bind
from ..query.claim_checks import TOTAL_PARTS, check
from ..query.conditions import parse_record_id
from ..query.node_ids import parse_id_of
from ..query.nodes import At, CheckClaim, CheckEvidence, CheckFigure, CheckSources, CheckTotals, CheckValue, Id, Node, Query, RecordNode
from ..store.plans import Plan
from ..store.side_thread import beside
from ..store.store import Answer, Store
from .parameters import AS_OF, EXPLAIN, explains_cost, requested_at
from .responder import Responder, cost_response, requested
from .selections import Selector

NAMES = (*ARGUMENTS, *AS_OF)
PINNED: ValuePath = ("{revision}",)


class CheckEndpoint:
    """Checks sentences about records of one kind, the one that has totals."""

    def __init__(self, kinds: Kinds, kind: Kind, store: Store, cache_headers: CacheHeaders) -> None:
        self.kinds, self.kind, self.store, self.responder = kinds, kind, store, Responder(store, cache_headers)
        selector = Selector(kinds, kind)
        item: tuple[Node, ...] = (
            *(CheckValue(name, name) for name in ("match", "status", "differs", "holds_on", "superseded_in", "reason")),
            CheckFigure(kind.name, selector.selection("*", "none")),
            CheckClaim("claim"),
        )
        self.parts: tuple[Node, ...] = (
            CheckValue("verdict", "verdict"), CheckValue("holds_on", "holds_on"), CheckValue("superseded_in", "superseded_in"), CheckTotals("totals", TOTAL_PARTS),
            CheckEvidence("evidence", item), CheckSources("sources", selector.sources()),
        )  # fmt: skip

    async def check(self, request: Request) -> Response:
        """The verdict, and the claims that it rests on."""
        if explains_cost(parameters(request)):
            return cost_response(await self.store.explained_cost(self._query(only(request, (*NAMES, EXPLAIN)))))
        plan, values = await beside(self.plan, request)
        return await self.responder.respond(request, plan, values, checked, (self.kind,), partial(self.answer, plan, values))

    async def answer(self, plan: Plan, values: Values) -> Answer:
        """The answer of a plan. Raises NotFound or WithheldError if a record that the sentence names does not exist."""
        answer = await self.store.run(plan, values)
        if answer.roots[0] is None:
            await self._refuse(values, requested(plan, values), answer.revision)
        return answer

    def plan(self, request: Request) -> tuple[Plan, Values]:
        """The plan of a request, cached or new, and the values to run it with."""
        return self.plan_of(only(request, NAMES))

    def plan_of(self, params: Mapping[str, Any], revision: int | None = None) -> tuple[Plan, Values]:
        """The same of some parameters; `revision`: that of all sentences of a batch which name none."""
        values: dict[ValuePath, Any] = {(name,): text for name, text in params.items()}
        pinned = revision is not None and not any(name in params for name in AS_OF)
        if pinned:
            values[PINNED] = revision

        def compile() -> tuple[Query, list[Guard]]:
            guards: list[Guard] = []
            query = self._query({name: Variable((name,), text, guards) for name, text in params.items()})
            return replace(query, at=At(bind(Variable(PINNED, revision, guards)), named=False)) if pinned else query, guards

        return self.store.cached_plan("check", values, compile), values

    def _query(self, declared: Mapping[str, Any]) -> Query:
        given = {name: value for name, value in declared.items() if name in ARGUMENTS}
        return Query((check(self.kinds, self.kind, "data", given, self.parts),), requested_at(dict(declared)))

    async def _refuse(self, values: Values, at: At, revision: int) -> None:
        """Say which records do not exist."""
        when = "" if at.now else f" in revision {revision}"
        named = [
            (name, str(values[name,]))
            for name in ARGUMENTS
            if (name,) in values and name in self.kind.fields and self.kind.fields[name].type.ref
        ]
        missing = []
        for name, text in named:
            kind = self.kinds[self.kind.fields[name].type.ref or ""]
            id = parse_record_id(parse_id_of(kind.name, text, name).id)
            if name == EVENT and (source := await self.store.withholding_source(kind, id, at)):
                raise WithheldError(withheld_message(kind, id, source), source)
            if (await self.store.answer(Query((RecordNode("data", kind, id, (Id("id"),)),), at))).roots[0] is None:
                missing.append(f"{name} {shown(text)!r}")
        raise NotFound(f"the sentence names a record that does not exist{when}: {', '.join(missing)}; a search for the name finds the id")


def checked(answer: Answer, headers: object) -> str:
    """The body of a response."""
    return f'{{"revision":{answer.revision},{(answer.roots[0] or "")[1:]}'
