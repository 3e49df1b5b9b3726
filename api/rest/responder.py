"""One way to answer a request from the store: 304 if the client has the answer already, else the answer with its caching headers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schema.model.kind import Kind

from ..http.long_bodies import encoded_text
from ..http.responses import COST_HEADER, CacheHeaders, FactResponse
from ..query import bindings
from ..query.bindings import Values
from ..query.nodes import At
from ..store.plans import Plan
from ..store.store import Answer, Store

Body = Callable[[Answer, dict[str, str]], str]


class Responder:
    """Turns answers of the store into responses."""

    def __init__(self, store: Store, cache_headers: CacheHeaders) -> None:
        self.store, self.cache_headers = store, cache_headers

    async def respond(
        self, request: Request, plan: Plan, values: Values, body: Body, kinds: Iterable[Kind] = (),
        answer: Callable[[], Awaitable[Answer]] | None = None,
    ) -> Response:  # fmt: skip
        """The response to a request that a plan answers, or that `answer` does.

        It runs only if the client's copy is out of date. `body` writes its JSON, and may add headers. The header of withheld records counts
        those of `kinds`.
        """
        at = requested(plan, values)
        if (unchanged := await self.cache_headers.not_modified(request, at, at.revision is not None)) is not None:
            return unchanged
        result = await (answer() if answer else self.store.run(plan, values))
        immutable = at.revision is not None and not (at.walk and result.revision == result.current)
        headers = self.cache_headers.headers(request, result.revision, immutable, kinds)
        headers[COST_HEADER] = str(result.cost.requested)
        text = body(result, headers)
        if warnings := await self.store.warnings(plan, values, result):
            text = f'{text[:-1]},"warnings":{json.dumps(warnings, ensure_ascii=False)}}}'
        return self.cache_headers.if_none_match_star(request, headers) or FactResponse(await encoded_text((text,)), headers, result.current)


def requested(plan: Plan, values: Values) -> At:
    """The revision or the time that a request asks for."""
    at = plan.query.at
    return at if at.now else replace(at, revision=bindings.request_value(at.revision, values), time=bindings.request_value(at.time, values))


def data(answer: Answer, headers: dict[str, str]) -> str:
    """The body with the member of an answer as `data`, and with the sources of its claims if there are any."""
    cited = f',"sources":{answer.roots[1]}' if len(answer.roots) > 1 else ""
    return f'{{"revision":{answer.revision},"data":{answer.roots[0]}{cited}}}'


def cost_response(cost: dict[str, object]) -> Response:
    """The response to a request for what a request would cost."""
    return JSONResponse({"cost": cost})
