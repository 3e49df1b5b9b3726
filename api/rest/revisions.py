"""The endpoints of revisions and of withheld records."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..errors import BadArgument, NotFound
from ..http.query_string import only, parameters
from ..http.responses import CacheHeaders
from ..query import conditions
from ..query.bindings import Values
from ..query.cursors import REVISIONS, cursor_of
from ..query.node_ids import REVISION_KIND, parse_id_of, without_revision
from ..query.nodes import NOW, At, Column, Cursor, NextPageUrl, Node, Nodes, Query, Revision, RevisionList, WithheldRows
from ..sql.answering.revisions import RECEIPT, REVISION_COLUMNS, WITHHELD_COLUMNS
from ..store.plans import Plan
from ..store.store import Answer, Store
from .conditions import parse_number
from .next_page import page_of
from .parameters import AS_OF, EXPLAIN, explains_cost, requested_at
from .responder import Body, Responder, cost_response, data

ALL_COLUMNS = tuple(Column(name, name) for name in REVISION_COLUMNS)
WITH_RECEIPT = (*ALL_COLUMNS, *(Column(name, name) for name in RECEIPT))


class RevisionEndpoints:
    """The list of revisions, one revision, and what a revision withholds."""

    def __init__(self, store: Store, cache_headers: CacheHeaders) -> None:
        self.store, self.responder = store, Responder(store, cache_headers)

    async def list(self, request: Request) -> Response:
        """The revisions, newest first."""
        return await self._respond(request, self.plan_list(request), body=page_of(request))

    async def record(self, request: Request) -> Response:
        """One revision with its receipt."""
        return await self._respond(request, self.plan_record(request), f"there is no revision {request.path_params['id']}")

    async def withheld(self, request: Request) -> Response:
        """Counts of withheld records by source, and where their owners publish them."""
        return await self._respond(request, self.plan_withheld(request))

    def plan_list(self, request: Request) -> tuple[Plan, Values]:
        params = only(request, ("limit", "after", "before", EXPLAIN))
        first = parse_number("limit", params["limit"]) if "limit" in params else None
        parts = Nodes("data", ALL_COLUMNS), NextPageUrl("next", "")
        return self._plan(RevisionList("data", parts, conditions.page_size(first, "limit"), _cursor(params)))

    def plan_record(self, request: Request) -> tuple[Plan, Values]:
        only(request, (EXPLAIN,) if explains_cost(parameters(request)) else ())
        return self._plan(Revision("data", WITH_RECEIPT, _number(request.path_params["id"])))

    def plan_withheld(self, request: Request) -> tuple[Plan, Values]:
        at = requested_at(only(request, (*AS_OF, EXPLAIN)))
        return self._plan(WithheldRows("data", tuple(Column(name, name) for name in WITHHELD_COLUMNS)), at)

    def _plan(self, node: Node, at: At = NOW) -> tuple[Plan, Values]:
        return self.store.compile(Query((node,), at)), {}

    async def _respond(self, request: Request, planned: tuple[Plan, Values], missing: str = "", body: Body = data) -> Response:
        plan, values = planned
        if explains_cost(parameters(request)):
            return cost_response(await self.store.explained_cost(plan.query))

        async def answer() -> Answer:
            answer = await self.store.run(plan, values)
            if answer.roots[0] is None:
                raise NotFound(f"{missing}; the newest is {answer.current}")
            return answer

        return await self.responder.respond(request, plan, values, body, answer=answer)


def _number(text: str) -> int:
    """The number in a path, which may be written as a global id, and after which `.json` may stand as after the id of a record."""
    text = text.removesuffix(".json")
    return parse_number("revision", without_revision(parse_id_of(REVISION_KIND, text, "revision"), text, "revision") or text)


def _cursor(params: dict[str, str]) -> Cursor | None:
    """Where a page of revisions begins: after a cursor, or before the number of a revision, which comes later in the list."""
    if "after" in params and "before" in params:
        raise BadArgument("after, before: give only one of the two")
    if "before" in params:
        return Cursor(0, (parse_number("before", params["before"]),))
    return cursor_of(params["after"], REVISIONS, False) if "after" in params else None
