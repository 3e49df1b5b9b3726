"""GraphQL over HTTP: reads a request, has it answered, and writes the response with its headers."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kind import Kind
from schema.surfaces.graphql.root_types import MAX_NODES
from schema.surfaces.graphql.surface import Surface

from ..errors import ApiError, NotAcceptable, RateLimited
from ..http.exchanges import shaped
from ..http.responses import REVISION_HEADER, CacheHeaders, FactResponse
from ..query.bindings import Values
from ..query.conditions import MAX_LISTED_VALUES
from ..query.nodes import Check, Node, Page, Snapshot, TotalsNode
from ..store.allowance import ACCOUNT
from ..store.plans import Plan
from ..store.store import Answer, Store
from .documents import INVALID
from .engine import MAX_VARIABLE_VALUES, Engine, GraphQLAnswer
from .errors import api_error, error_body, errors_of, is_internal, status_of
from .introspection import MAX_INTROSPECTION_VALUES
from .requests import APPLICATION_JSON, MAX_DIRECTIVES, MAX_TOKENS, GraphQLRequest, RequestReader
from .schema import make_schema
from .translate import MAX_ARGUMENT_VALUES, MAX_DEPTH, MAX_KEY_LENGTH, MAX_SELECTIONS
from .validation import MAX_COMPARISONS

GRAPHQL_RESPONSE_JSON = "application/graphql-response+json"
logger = logging.getLogger(__name__)


LIMITS = {  # Of a document, by name, as /limits publishes them.
    "tokens": MAX_TOKENS, "directives": MAX_DIRECTIVES, "depth": MAX_DEPTH, "selections": MAX_SELECTIONS, "characters_of_an_alias": MAX_KEY_LENGTH,
    "values_of_arguments": MAX_ARGUMENT_VALUES, "values_of_variables": MAX_VARIABLE_VALUES, "comparisons_of_fields": MAX_COMPARISONS,
    "values_of_introspection": MAX_INTROSPECTION_VALUES, "values_of_lists": MAX_LISTED_VALUES, "global_ids": MAX_NODES,
}  # fmt: skip


class GraphQLEndpoint:
    """The one URL of GraphQL: GET and POST."""

    def __init__(self, surface: Surface, store: Store, cache_headers: CacheHeaders, max_body: int) -> None:
        self.store, self.cache_headers = store, cache_headers
        self.reader = RequestReader(max_body)
        self.engine = Engine(surface, make_schema(surface)._schema, store)

    async def answer(self, request: Request) -> Response:
        """Answer a request, with the shape of its operation for metrics. Raises NotAcceptable; every other error is a response."""
        media_type = _negotiated(request.headers.get("accept", "*/*"))
        try:
            ACCOUNT.get().admit()  # Before anything is parsed.
            graphql_request = await self.reader.read(request)
        except ApiError as error:
            return shaped(_response(media_type, error_body([api_error(error)]), error.status, error.headers()), INVALID)
        response = await self._answer(request, graphql_request, media_type)
        return shaped(response, self.engine.documents.shape(graphql_request))

    async def _answer(self, request: Request, graphql_request: GraphQLRequest, media_type: str) -> Response:
        try:
            if graphql_request.explains_cost:
                return _response(media_type, await self.engine.explained_cost(graphql_request), 200)
            answer = await self.engine.answer(graphql_request)
        except Exception as error:
            return _error_response(media_type, error)
        return self._response(request, answer, media_type)

    async def plan(self, request: Request) -> tuple[Plan, Values]:
        """The plan that answers a request, and the values to run it with. Raises ApiError, GraphQLError or InvalidRequest."""
        return self.engine.plan(await self.reader.read(request))

    def _response(self, request: Request, answer: GraphQLAnswer, media_type: str) -> Response:
        if answer.is_constant:  # Our own cache may keep it: it takes long, and every explorer asks for it.
            return FactResponse(answer.body, {}, self.store.pool.revisions.newest or 0, f"{media_type}; charset=utf-8")
        if answer.answer is None or answer.plan is None:
            return _response(media_type, answer.body, 200)
        headers = self._headers(request, answer.answer, answer.plan)
        return FactResponse(answer.body, headers, answer.answer.current, f"{media_type}; charset=utf-8")

    def _headers(self, request: Request, answer: Answer, plan: Plan) -> dict[str, str]:
        """The headers of a response made of facts: those of GET allow proxies to cache it; facts of several revisions have none."""
        if plan.has_cursors:
            return {}
        if request.method == "POST":
            return {REVISION_HEADER: str(answer.revision), **self.cache_headers.withheld_headers(_kinds(plan.query.roots))}
        return self.cache_headers.headers(request, answer.revision, plan.immutable, _kinds(plan.query.roots))


@lru_cache(1000)
def _negotiated(accept: str) -> str:
    """The media type of the response; application/json for clients that accept anything. Raises NotAcceptable."""
    accept = accept.lower()
    types = {part.partition(";")[0].strip() for part in accept.split(",") if "q=0" not in part.replace(" ", "").split(";")[1:]}
    if GRAPHQL_RESPONSE_JSON in types:
        return GRAPHQL_RESPONSE_JSON
    if types & {APPLICATION_JSON, "*/*", "application/*", ""}:
        return APPLICATION_JSON
    raise NotAcceptable(f"accept: responses are {GRAPHQL_RESPONSE_JSON} or {APPLICATION_JSON}")


def _kinds(roots: Iterable[Node]) -> Iterator[Kind]:
    """The kinds of the lists, totals and checks of a query."""
    for root in roots:
        if isinstance(root, (Page, TotalsNode, Check)):
            yield root.kind
        elif isinstance(root, Snapshot):
            yield from _kinds(root.roots)


def _error_response(media_type: str, error: Exception) -> Response:
    """With application/json, a well-formed request that fails has status 200, unless the server failed or does not try (GraphQL over HTTP, 6.4)."""
    if is_internal(error):
        logger.error("internal error in GraphQL", exc_info=error)
    status = status_of(error)
    shown = media_type == GRAPHQL_RESPONSE_JSON or status >= 500 or status == RateLimited.status
    headers = error.headers() if isinstance(error, ApiError) else None
    return _response(media_type, error_body(errors_of(error)), status if shown else 200, headers)


def _response(media_type: str, body: str | bytes, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status, headers, f"{media_type}; charset=utf-8")
