"""One way to answer a request from the store: 304 if the client has the answer already, else the answer with its caching headers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kind import Kind

from ..http.responses import ETags, FactResponse
from ..query.nodes import At
from ..store.store import Answer


class Responder:
    """Turns answers of the store into responses."""

    def __init__(self, tags: ETags) -> None:
        self.tags = tags

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
        fixed = at.revision is not None
        if (unchanged := await self.tags.not_modified(request, at, fixed)) is not None:
            return unchanged
        result = await answer()
        headers = self.tags.headers(request, result.revision, fixed, kinds)
        text = body(result, headers)
        return self.tags.if_none_match_star(request, headers) or FactResponse(text, headers, result.current)
