"""One way to answer a request from the store: 304 if the client has the answer already, else the answer with its caching headers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kind import Kind

from ..http.responses import CacheHeaders, FactResponse
from ..query.nodes import At
from ..store.store import Answer


class Responder:
    """Turns answers of the store into responses."""

    def __init__(self, cache_headers: CacheHeaders) -> None:
        self.cache_headers = cache_headers

    async def respond(
        self,
        request: Request,
        at: At,
        answer: Callable[[], Awaitable[Answer]],
        body: Callable[[Answer, dict[str, str]], str],
        kinds: Iterable[Kind] = (),
    ) -> Response:
        """The response to a request for the facts as of `at`.

        `answer` runs only if the client's copy is out of date. `body` writes its JSON, and may add headers.
        The header of withheld records counts those of `kinds`.
        """
        immutable = at.revision is not None
        if (unchanged := await self.cache_headers.not_modified(request, at, immutable)) is not None:
            return unchanged
        result = await answer()
        headers = self.cache_headers.headers(request, result.revision, immutable, kinds)
        text = body(result, headers)
        return self.cache_headers.if_none_match_star(request, headers) or FactResponse(text, headers, result.current)
