"""The addresses of cards, which other sites show in a frame: each card with the headers that allow it, and an error as a card too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache, partial, wraps

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import ApiError, BadArgument, NoSuchOEmbedFormat, NoSuchPage, UnknownArgument, shown
from ..http.query_string import only, parameters
from ..http.rate_limit import Endpoint, metered
from ..http.responses import COST_HEADER, FactResponse
from ..query.nodes import NOW
from ..rest.conditions import parse_number
from ..rest.parameters import Parameters
from ..store.allowance import ACCOUNT
from ..store.side_thread import beside
from ..store.store import Store
from .card_options import OPTIONS, card_options
from .card_words import CONTENTS
from .cards import Card, RecordCards
from .facts import HTML, PageHeaders
from .map_cards import MapCards
from .maps import Maps
from .oembed import CHART, FORMATS, MAP, CardAddress, Sizes, card_address, document, page_of
from .rendering import Renderer
from .totals_cards import TotalsCards

# A card loads one style sheet, one script and one picture of ours, and any page may show it in a frame.
POLICY = "; ".join([
    "default-src 'none'", "style-src 'self'", "script-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors *", "img-src 'self'",
])  # fmt: skip
HEADERS = {"content-security-policy": POLICY, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
PREFIX = "/embed/"
OEMBED_PARAMETERS = ("url", "format", "maxwidth", "maxheight")
Make = Callable[[Request], Awaitable[Card]]


class CardRoute(Route):
    """A route to a card, which `make` makes without its frame."""

    def __init__(self, path: str, endpoint: Endpoint, make: Make) -> None:
        super().__init__(path, endpoint)
        self.make = make


class Embeds:
    """The routes of cards. They are answered from the response cache: a card is the same until a later revision is recorded."""

    def __init__(self, kinds: Kinds, store: Store, renderer: Renderer, maps: Maps) -> None:
        self.renderer, self.cache_headers = renderer, PageHeaders(kinds, store, renderer.edition)
        self.records, self.sums, self.maps = RecordCards(kinds, store), TotalsCards(kinds, store), MapCards(maps)
        makes: dict[str, Make] = {f"{PREFIX}{kinds[name].plural}/{{id}}": partial(self._record, kinds[name]) for name in CONTENTS}
        makes |= {
            "/embed/totals": partial(self._totals, TotalsCards.totals),
            "/embed/timeline": partial(self._totals, TotalsCards.timeline),
            CHART: partial(self._totals, TotalsCards.chart),
            MAP: self._map,
        }
        self.cards = [CardRoute(path, self._endpoint(make), make) for path, make in makes.items()]
        self.routes: list[BaseRoute] = [*self.cards, Route("/oembed", metered(self.oembed))]
        self.find = lru_cache(maxsize=1024)(self._find)

    def _find(self, path: str) -> tuple[CardRoute, dict[str, str]] | None:
        """The route and the path parameters of a card; None if the path is that of something else."""
        if path.startswith(PREFIX):
            for route in self.cards:
                if (match := route.path_regex.match(path)) is not None:
                    return route, match.groupdict()
        return None

    async def oembed(self, request: Request) -> Response:
        """What to paste for the address `url` of a page or of a card on this site. Other parameters than those of oEmbed 1.0 are ignored."""
        params = {name: text for name, text in parameters(request) if name in OEMBED_PARAMETERS}
        if (format := params.get("format", "json")) not in FORMATS:
            raise NoSuchOEmbedFormat(f"format: must be json or xml, not {shown(format)!r}")
        if "url" not in params:
            raise BadArgument("url: is missing; give the address of a page or of a card on this site")
        room = Sizes(_room(params, "maxwidth"), _room(params, "maxheight"))
        found = card_address(params["url"], str(request.base_url))
        if found is None:
            raise NoSuchPage(f"url: {shown(params['url'])!r} is not the address of a figure, of an event or of a card on this site")
        if (unchanged := await self.cache_headers.not_modified(request, NOW)) is not None:
            return unchanged
        address, site = found
        card = await self._card(address)
        write, media_type, _ = FORMATS[format]
        body = write(document(site, address.live(card.newest_at), page_of(address), card.sentence, room, card.picture))
        return FactResponse(body, self._headers(request, card), card.current, media_type)

    def _headers(self, request: Request, card: Card) -> dict[str, str]:
        """Its caching headers, and the cost of all that was read for it."""
        return {**self.cache_headers.headers(request, card.current, immutable=False), COST_HEADER: str(ACCOUNT.get().cost)}

    async def _card(self, address: CardAddress) -> Card:
        """The card at an address. Raises NoSuchPage if the address is invalid, and what its card raises."""
        if (found := self.find(address.path)) is None:
            raise NoSuchPage(f"url: there is no card at {shown(address.path)!r}")
        route, params = found
        scope = {
            "type": "http",
            "method": "GET",
            "path": address.path,
            "path_params": params,
            "query_string": address.query.encode(),
            "headers": [],
        }
        try:
            return await route.make(Request(scope))
        except (BadArgument, UnknownArgument) as error:
            raise NoSuchPage(f"url: {error.detail}") from error

    def _endpoint(self, make: Make) -> Endpoint:
        async def respond(request: Request) -> Response:
            if (unchanged := await self.cache_headers.not_modified(request, NOW)) is not None:
                return unchanged
            card = await make(request)
            text = await beside(self.renderer.text_of, "embed/card.html", card=card)
            # Whatever revision it shows, it says what has happened since: it is current until a later revision is recorded.
            headers = self._headers(request, card)
            return FactResponse(text, {**headers, **HEADERS}, card.current, HTML)

        return self._in_words(metered(respond))

    def _in_words(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, with errors as cards: a reader sees them in the middle of an article."""

        @wraps(endpoint)
        async def respond(request: Request) -> Response:
            try:
                return await endpoint(request)
            except ApiError as error:
                text = await beside(self.renderer.text_of, "embed/error.html", error=error)
                return Response(text, error.status, {**HEADERS, **error.headers()}, HTML)

        return respond

    async def _record(self, kind: Kind, request: Request) -> Card:
        return await self.records.card(kind, request.path_params["id"], card_options(only(request, tuple(OPTIONS)), bool(kind.quantities)))

    async def _map(self, request: Request) -> Card:
        return await self.maps.card(parameters(request))

    async def _totals(self, make: Callable[[TotalsCards, Parameters], Awaitable[Card]], request: Request) -> Card:
        return await make(self.sums, parameters(request))


def _room(params: Mapping[str, str], name: str) -> int:
    """The room that a page has for a frame, in pixels; zero if it does not say. Raises BadArgument."""
    return parse_number(name, params[name]) if params.get(name) else 0
