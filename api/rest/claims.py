"""The endpoint of one claim."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kinds import Kinds

from ..errors import BadArgument, NotFound, WithheldError, shown
from ..http.query_string import only, parameters
from ..http.responses import CacheHeaders, withheld_message
from ..query.bindings import Guard, ValuePath, Values, Variable, bind, specialise
from ..query.node_ids import NodeIdParts, parse_claim_id
from ..query.nodes import At, ClaimDocument, ClaimSources, Query
from ..store.plans import Plan
from ..store.store import Answer, Store
from .parameters import AS_OF, EXPLAIN, explains_cost, requested_at
from .responder import Responder, cost_response, data, requested
from .selections import Selector

ID: ValuePath = ("{id}",)


class ClaimEndpoint:
    """A claim by the id that GraphQL has for it, which may name an earlier revision."""

    def __init__(self, kinds: Kinds, store: Store, cache_headers: CacheHeaders) -> None:
        self.kinds, self.store, self.responder = kinds, store, Responder(store, cache_headers)
        self.sources = Selector(kinds, kinds["source"]).sources()

    async def claim(self, request: Request) -> Response:
        """What the claim says now or as of a revision, and the sources that it refers to."""
        if explains_cost(parameters(request)):
            return cost_response(await self.store.explained_cost(self._query(_id(request), only(request, (*AS_OF, EXPLAIN)))))
        plan, values = self.plan(request)
        at, parts = requested(plan, values), self._parse(values[ID])

        async def answer() -> Answer:
            answer = await self.store.run(plan, values)
            if answer.roots[0] is None:
                kind = self.kinds[parts.kind]
                if source := await self.store.withholding_source(kind, parts.id, at):
                    raise WithheldError(withheld_message(kind, parts.id, source), source)
                when = "" if at.now else f" in revision {answer.revision}"
                raise NotFound(f"there is no claim {shown(values[ID])!r}{when}")
            return answer

        return await self.responder.respond(request, plan, values, data, answer=answer)

    def plan(self, request: Request) -> tuple[Plan, Values]:
        """The plan of a request, cached or new, and the values to run it with."""
        params = only(request, (*AS_OF, EXPLAIN) if explains_cost(parameters(request)) else AS_OF)
        values: dict[ValuePath, Any] = {**{(name,): text for name, text in params.items()}, ID: _id(request)}

        def compile() -> tuple[Query, list[Guard]]:
            guards: list[Guard] = []
            declared = {name: Variable((name,), text, guards) for name, text in params.items()}
            return self._query(Variable(ID, values[ID], guards), declared), guards

        return self.store.cached_plan("claim", values, compile), values

    def _query(self, id: Any, declared: dict[str, Any]) -> Query:
        kind = self.kinds[specialise(id, lambda raw: self._parse(raw).kind)]
        record, digest = (bind(id, lambda raw: self._parse(raw).id), bind(id, lambda raw: self._parse(raw).digest))
        roots = ClaimDocument("data", kind, record, digest), ClaimSources("sources", kind, record, digest, self.sources)
        return Query(roots, self._at(id, declared))

    def _at(self, id: Any, declared: dict[str, Any]) -> At:
        """The revision that the id names, or the parameters; not both."""
        if not specialise(id, lambda raw: self._parse(raw).revision is not None):
            return requested_at(declared)
        for name in AS_OF:
            if name in declared:
                raise BadArgument(f"{name}: the id names a revision already; leave out one of the two")
        return At(bind(id, lambda raw: self._parse(raw).revision))

    def _parse(self, id: str) -> NodeIdParts:
        return parse_claim_id(id, "id", self.kinds)


def _id(request: Request) -> str:
    """The id in the path, after which `.json` may stand as after that of a record."""
    id: str = request.path_params["id"]
    return id.removesuffix(".json")
