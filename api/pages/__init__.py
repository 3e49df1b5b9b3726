"""The HTML pages: the start page, records and lists, GraphiQL, Swagger UI, the data dictionary and the list of errors.

Imports graphql, rest, http, loading, pictures, store, sql.answering, sql, words, query, errors, pauses and schema.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine, Sequence
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from schema.codelists.vocabularies import Vocabulary
from schema.model.claim import CLAIM_FIELDS
from schema.model.kinds import Kinds
from schema.model.operators import OPERATORS

from ..errors import NoSuchPage, TooSlow, Unavailable, catalogue, shown
from ..graphql.endpoint import GraphQLEndpoint
from ..graphql.errors import GRAPHQL_CODES
from ..http.query_string import without_parameters
from ..http.rate_limit import metered
from ..http.responses import REVISION_HEADER
from ..loading.background import BackgroundLoad, ReportedLoad
from ..pictures.pictures import Pictures
from ..rest.routes import Endpoint as FoundEndpoint
from ..rest.routes import KindRoute, no_plan
from ..store.side_thread import beside
from .claim_check_page import CheckPage
from .collection_pages import CollectionPages, site_about
from .contributions import Collection
from .error_pages import ErrorPages, names_html
from .facts import FactPages, origin
from .landing import Facts, Landing
from .list_pages import ListPages
from .map_links import MapLinks
from .maps import Maps
from .program_documents import PlainDocuments
from .queries import PageQueries
from .record_pages import RecordPages
from .rendering import RULE, Renderer
from .revision_pages import RevisionPages
from .search_page import SearchPage
from .sitemaps import Site
from .static_files import Files

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]

VARY = (b"vary", b"accept")
GRAPHIQL = ("react", "react-dom", "graphiql", "@graphiql/plugin-explorer")
OTHER_FACTS = (
    "search",
    "map",
    "check-claim",
    "collections",
    "revisions",
    "sitemaps",
    "sitemap.xml",
)  # What the paths of pages of facts begin with, beside the plurals of kinds.
SWAGGER = ("swagger-ui-dist",)


class Pages:
    """The routes of the pages, for the same kinds and facts as the API."""

    def __init__(
        self, kinds: Kinds, graphql: GraphQLEndpoint, pictures: Pictures, loading: BackgroundLoad | ReportedLoad | None = None
    ) -> None:
        self.kinds, self.loading = kinds, loading
        self.files, self.plain = Files(), PlainDocuments(kinds)
        self.renderer = Renderer(kinds, self.files)
        self.errors = ErrorPages(kinds, self.renderer)
        store = graphql.store
        facts, queries = FactPages(kinds, store, self.renderer), PageQueries(kinds, store)
        links = MapLinks(kinds, self.files)
        self.landing_page = Landing(kinds, graphql, queries, self.renderer.text("rivals.graphql"))
        self.records = RecordPages(kinds, store, queries, facts, links)
        self.lists = ListPages(kinds, store, queries, facts, self.records, links)
        self.collections = CollectionPages(kinds, store, facts)
        self.revisions = RevisionPages(kinds, store, facts)
        self.site = Site(kinds, store, facts)
        self.search_page = SearchPage(kinds, store, queries, facts, self.records, lambda: loading.unfinished if loading else ())
        self.maps = Maps(kinds, store, facts, queries, pictures, self.files)
        self.by_plural = {kind.plural: kind for kind in kinds.values()}
        self.fact_routes = [
            Route("/search", metered(self.search_page.page)),
            *(Route("/check-claim", metered(CheckPage(kinds, kind, store, facts).page)) for kind in kinds.summed),
            self.maps.page_route,
            Route("/collections", metered(self.collections.list)),
            Route("/collections/{name}", metered(self.collections.page)),
            Route("/collections/{name}/readme.md", metered(self.collections.readme)),
            Route("/revisions", metered(self.revisions.list)),
            Route("/revisions/{id}", metered(self.revisions.page)),
            Route("/sitemap.xml", metered(self.site.index)),
            Route("/sitemaps/{plural}.xml", metered(self.site.sitemap)),
            KindRoute("/{plural}", metered(self.list), no_plan, self.by_plural),
            KindRoute("/{plural}/{id}", metered(self.record), no_plan, self.by_plural),
        ]
        self.find = lru_cache(maxsize=1024)(self._find)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.landing),
            Route("/docs", self.docs),
            Route("/dictionary", self.dictionary),
            Route("/problems", self.problems),
            Route("/problems/{code}", self.problem),
            Route("/favicon.ico", self.favicon),
            Route("/robots.txt", self.site.robots),
            *(Route(path, without_parameters(endpoint)) for path, endpoint in self.plain.endpoints().items()),
            Mount("/static", self.files),
            *self.fact_routes,
        ]

    def paths(self) -> list[str]:
        """The path of each list, with which a mistyped path is compared."""
        return [f"/{plural}" for plural in self.by_plural]

    def shows_facts(self, path: str) -> bool:
        """Whether a path is that of a page of facts, which reads the database and is paid for like the same facts by REST."""
        return path.removeprefix("/").partition("/")[0] in (*OTHER_FACTS, *self.by_plural)

    def _find(self, path: str) -> tuple[FoundEndpoint, dict[str, str]] | None:
        """The endpoint and the path parameters of a page that the response cache handles."""
        for route in self.fact_routes:
            if (match := route.path_regex.match(path)) is not None:
                return route.endpoint, match.groupdict()
        return None

    async def list(self, request: Request) -> Response:
        return await self.lists.page(request, self.by_plural[request.path_params["plural"]])

    async def record(self, request: Request) -> Response:
        return await self.records.page(request, self.by_plural[request.path_params["plural"]])

    def with_graphiql(self, answer: Endpoint) -> Endpoint:
        """The endpoint of /graphql: GraphiQL for a browser that sends no query, otherwise `answer`."""

        async def either(request: Request) -> Response:
            response = await self.graphiql(request) if _wants_graphiql(request) else await answer(request)
            response.raw_headers.append(VARY)
            return response

        return either

    async def landing(self, request: Request) -> Response:
        """The start page: what this is and what it contains; without counts if the database cannot be reached."""
        facts: Facts | None = None
        collections: Sequence[Collection] = ()
        again: dict[str, str] = {}
        status = 200
        try:
            facts = await self.landing_page.facts()
            collections = await self.collections.collections.all()
        except (Unavailable, TooSlow) as error:  # Without the collections, which take longer to read, the rest can still be shown.
            status, again = (status if facts else error.status), error.headers()
        base = origin(request)
        about = await beside(site_about, base, collections, facts.revision) if facts else None
        response = await self.renderer.page(
            request, "landing.html", status=status,
            facts=facts, loading=self.loading.unfinished if self.loading else (), query=self.landing_page.query, rule=RULE, origin=base,
            collections=collections, about=about,
        )  # fmt: skip
        response.headers.update({REVISION_HEADER: str(facts.revision)} if facts else again)
        return response

    async def graphiql(self, request: Request) -> Response:
        # GraphiQL adds one inline style, which stops the page from scrolling behind a dialog; the nonce allows it.
        nonce = secrets.token_urlsafe(16)
        policy = {"style-src": f"'self' 'nonce-{nonce}'", "font-src": "data:", "img-src": "'self' data:"}
        files = self.files.of(GRAPHIQL)
        return await self.renderer.page(request, "graphiql.html", policy, files=files, query=self.landing_page.query, nonce=nonce)

    async def docs(self, request: Request) -> Response:
        return await self.renderer.page(request, "docs.html", {"img-src": "'self' data:"}, files=self.files.of(SWAGGER))

    async def dictionary(self, request: Request) -> Response:
        """Every kind, field and code, from the declarations."""
        return await self.renderer.page(
            request, "dictionary.html", claim_fields=CLAIM_FIELDS, vocabularies=vocabularies(self.kinds), rule=RULE, operators=OPERATORS
        )

    async def problems(self, request: Request) -> Response:
        """Every error, from the catalogue."""
        return await self.renderer.page(request, "problems.html", errors=catalogue(), graphql_codes=GRAPHQL_CODES, single=False)

    async def problem(self, request: Request) -> Response:
        code = request.path_params["code"]
        errors = [error for error in catalogue() if error.code == code]
        if not errors:
            raise NoSuchPage(f"there is no error {shown(code)}; /problems lists every error")
        return await self.renderer.page(request, "problems.html", errors=errors, graphql_codes=GRAPHQL_CODES, single=True)

    async def favicon(self, request: Request) -> Response:
        return await self.files.get_response("favicon.svg", request.scope)


def vocabularies(kinds: Kinds) -> list[Vocabulary]:
    """Every vocabulary that a field of a record or of a claim uses, ordered by name."""
    fields = [field for kind in kinds.values() for field in kind.shown.values()] + list(CLAIM_FIELDS.values())
    return sorted({field.type.vocabulary for field in fields if field.type.vocabulary}, key=lambda vocabulary: vocabulary.name)


def _wants_graphiql(request: Request) -> bool:
    """Whether a browser opens the page: it names text/html, which an HTTP client that accepts anything does not."""
    if request.method not in ("GET", "HEAD") or "query" in request.query_params:
        return False
    return names_html(request)
