"""The addresses of cards, which other sites show in a frame: each card with the headers that allow it, and an error as a card too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial, wraps

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import ApiError, Unavailable
from ..http.query_string import only
from ..http.rate_limit import Endpoint, metered
from ..http.responses import CacheHeaders, FactResponse
from ..query.nodes import NOW
from ..store.store import Store
from .card_options import OPTIONS, card_options
from .card_words import CONTENTS
from .cards import Card, RecordCards
from .rendering import Renderer

# A card loads one style sheet and one script of ours, and any page may show it in a frame.
POLICY = "; ".join([
    "default-src 'none'", "style-src 'self'", "script-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors *",
])  # fmt: skip
HEADERS = {"content-security-policy": POLICY, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
HTML = "text/html; charset=utf-8"
Make = Callable[[Request], Awaitable[Card]]


class Embeds:
    """The routes of cards. They are answered from the response cache: a card is the same until a later revision is recorded."""

    def __init__(self, kinds: Kinds, store: Store, cache_headers: CacheHeaders, renderer: Renderer) -> None:
        self.kinds, self.cache_headers, self.renderer = kinds, cache_headers, renderer
        self.records = RecordCards(kinds, store)
        makes: dict[str, Make] = {f"/embed/{kinds[name].plural}/{{id}}": partial(self._record, kinds[name]) for name in CONTENTS}
        self.routes: list[BaseRoute] = [Route(path, self._endpoint(make)) for path, make in makes.items()]

    def find(self, scope: Scope) -> Endpoint | None:
        """The endpoint of a request for a card, whose path parameters it sets; None for any other."""
        if not scope["path"].startswith("/embed/"):
            return None
        for route in self.routes:
            assert isinstance(route, Route)
            if (match := route.path_regex.match(scope["path"])) is not None:
                scope["path_params"] = match.groupdict()
                return route.endpoint
        return None

    def _endpoint(self, make: Make) -> Endpoint:
        async def respond(request: Request) -> Response:
            if (unchanged := await self.cache_headers.not_modified(request, NOW)) is not None:
                return unchanged
            card = await make(request)
            text = self.renderer.text_of("embed/card.html", card=card)
            # Whatever revision it shows, it says what has happened since: it is current until a later revision is recorded.
            headers = self.cache_headers.headers(request, card.current, immutable=False)
            return FactResponse(text, {**headers, **HEADERS}, card.current, HTML)

        return self._in_words(metered(respond))

    def _in_words(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, with errors as cards: a reader sees them in the middle of an article."""

        @wraps(endpoint)
        async def respond(request: Request) -> Response:
            try:
                return await endpoint(request)
            except ApiError as error:
                text = self.renderer.text_of("embed/error.html", error=error)
                response = Response(text, error.status, HEADERS, HTML)
                if isinstance(error, Unavailable):
                    response.headers["retry-after"] = "1"
                return response

        return respond

    async def _record(self, kind: Kind, request: Request) -> Card:
        return await self.records.card(kind, request.path_params["id"], card_options(only(request, tuple(OPTIONS))))
