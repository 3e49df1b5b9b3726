"""The endpoint of a search across kinds."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kinds import Kinds
from schema.model.search import TEXT_SENTENCE

from ..errors import BadArgument
from ..http.query_string import only, parameters
from ..http.responses import CacheHeaders
from ..query.bindings import Guard, ValuePath, Values, Variable
from ..query.nodes import FoundKind, FoundMatch, FoundRecord, FoundRecords, HasNextPage, Query, Search
from ..query.search import DEFAULT_FOUND, MAX_FOUND, page_size, sought
from ..store.plans import Plan
from ..store.side_thread import beside
from ..store.store import Answer, Store
from .conditions import parse_number
from .parameters import AS_OF, EXPLAIN, explains_cost, requested_at
from .responder import Responder, cost_response
from .selections import Selector

TEXT, LIMIT = "text", "limit"
SEARCH_PARAMETERS = {TEXT: TEXT_SENTENCE, LIMIT: f"The maximum number of records: 1 to {MAX_FOUND}; {DEFAULT_FOUND} by default."}


class SearchEndpoint:
    """Records of all kinds that have names, and figures, as their lists return them."""

    def __init__(self, kinds: Kinds, store: Store, cache_headers: CacheHeaders) -> None:
        self.kinds, self.store, self.responder = kinds, store, Responder(store, cache_headers)
        records = tuple(FoundRecord("", kind, Selector(kinds, kind).selection("*", "none")) for kind in kinds.searchable)
        item = (FoundKind("kind"), FoundMatch("match"), FoundRecords("record", records))
        self.parts = (FoundRecords("data", (), item), HasNextPage("more"))

    async def search(self, request: Request) -> Response:
        """What a text finds, the best match first."""
        if explains_cost(parameters(request)):
            return cost_response(await self.store.explained_cost(self._query(only(request, (*SEARCH_PARAMETERS, *AS_OF, EXPLAIN)))))
        plan, values = await beside(self.plan, request)

        def body(answer: Answer, _: object) -> str:
            return f'{{"revision":{answer.revision},{(answer.roots[0] or "")[1:]}'

        return await self.responder.respond(request, plan, values, body, self.kinds.searchable)

    def plan(self, request: Request) -> tuple[Plan, Values]:
        """The plan of a request, cached or new, and the values to run it with."""
        params = only(request, (*SEARCH_PARAMETERS, *AS_OF))
        values: dict[ValuePath, Any] = {(name,): text for name, text in params.items()}

        def compile() -> tuple[Query, list[Guard]]:
            guards: list[Guard] = []
            return self._query({name: Variable((name,), text, guards) for name, text in params.items()}), guards

        return self.store.cached_plan("search", values, compile), values

    def _query(self, declared: dict[str, Any]) -> Query:
        if TEXT not in declared:
            raise BadArgument(f"{TEXT}: is missing; give the words, the id or the day to search for")
        first = page_size(declared.get(LIMIT), LIMIT, lambda text: parse_number(LIMIT, text))
        node = Search("data", self.kinds.searchable, sought(self.kinds, declared[TEXT]), self.parts, first)
        return Query((node,), requested_at(declared))
