"""The surfaces of the facts over one store: REST, GraphQL, MCP and OGC, pages, cards and pictures, with their routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from schema.model.kinds import Kinds
from schema.surfaces.graphql.surface import Surface

from .graphql.endpoint import GraphQLEndpoint
from .http.cache import VARIANT, Endpoint
from .http.query_string import without_parameters
from .http.rate_limit import metered
from .http.responses import CacheHeaders, site_of
from .loading.background import BackgroundLoad, ReportedLoad
from .mcp import endpoint as mcp
from .mcp.requests import RestRequests
from .mcp.tools import Tools
from .pages import Pages
from .pages.card_pictures import CardPictures
from .pages.charts import Charts
from .pages.embed import Embeds
from .pictures.pictures import Pictures
from .rest import openapi
from .rest.endpoints import RestApi
from .rest.ogc_features import OgcFeatures
from .store.store import Store


class Surfaces:
    """All that answers requests about the facts of a store. `closers` end what it has open."""

    def __init__(self, kinds: Kinds, store: Store, loading: BackgroundLoad | ReportedLoad | None) -> None:
        cache_headers, max_body = CacheHeaders(kinds, store), store.pool.settings.max_body
        self.graphql = GraphQLEndpoint(Surface(kinds), store, cache_headers, max_body)
        self.pictures = Pictures()
        self.pages = Pages(kinds, self.graphql, self.pictures, loading)
        self.rest = RestApi(kinds, store, cache_headers)
        self.embeds = Embeds(kinds, store, self.pages.renderer, self.pages.maps)
        self.card_pictures = CardPictures(kinds, self.embeds.records, self.pictures, self.embeds.cache_headers)
        self.charts = Charts(kinds, store, self.embeds.sums, self.pictures, self.pages.renderer.edition)
        self.tools = Tools(kinds, RestRequests())
        mcp_endpoint = mcp.McpEndpoint(self.tools, max_body)
        answer = metered(self.pages.with_graphiql(self.graphql.answer), admits=False)
        self.posted = {"/graphql": answer, mcp.PATH: mcp_endpoint.answer, **{route.path: route.endpoint for route in self.rest.checks}}
        self.closers: list[Callable[[], Awaitable[None]]] = [mcp_endpoint.close, self.pictures.close, self.rest.files.close]
        self.routes: list[BaseRoute] = [
            *self.rest.routes,
            Route("/graphql", answer, methods=["GET", "POST"]),
            Route(mcp.PATH, mcp_endpoint.answer, methods=["POST"]),
            Route("/openapi.json", without_parameters(openapi.endpoint(kinds))),
            *OgcFeatures(kinds, store, cache_headers).routes,
            *self.pages.routes(),
            *self.embeds.routes,
            *self.charts.routes,
            *self.pages.maps.routes,
            *self.card_pictures.routes,
        ]

    def paths(self) -> list[str]:
        """The path of each list, page and total that is not in `routes` by itself: a mistyped path is compared with these."""
        return [*self.rest.paths(), *self.pages.paths()]

    def find(self, scope: Scope) -> Endpoint | None:
        """The endpoint of a request that the response cache handles.

        That is what takes bodies, by path; lists, records and totals by REST; pages of facts; cards and pictures. None for all others.
        """
        if scope["path"] == mcp.PATH:
            scope[VARIANT] = mcp.variant(scope)
            return self.posted[mcp.PATH] if scope["method"] == "POST" else None
        if scope["path"] in self.posted:
            return self.posted[scope["path"]] if scope["method"] in ("GET", "HEAD", "POST") else None
        if scope["method"] not in ("GET", "HEAD"):
            return None
        if (card := self.embeds.find(scope["path"])) is not None:
            route, scope["path_params"] = card
            return route.endpoint
        if (drawn := self.card_pictures.find(scope["path"])) is not None:
            answer, scope["path_params"] = drawn
            return answer
        if (picture := self.charts.by_path.get(scope["path"]) or self.pages.maps.by_path.get(scope["path"])) is not None:
            return picture
        if (match := self.pages.find(scope["path"])) is not None:
            # Pages contain addresses to copy; a trusted proxy may tell another scheme than that of the connection.
            scope[VARIANT] = site_of(scope)
        elif (match := self.rest.find(scope["path"])) is None or self.rest.wants_file(scope):
            return None
        endpoint, scope["path_params"] = match
        return endpoint


def plain_paths(routes: Iterable[BaseRoute]) -> list[str]:
    """The paths of those routes that have no parameters."""
    return [path for route in routes if "{" not in (path := getattr(route, "path", ""))]
