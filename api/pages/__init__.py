"""What a person sees in a browser."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from schema.codelists.vocabularies import Vocabulary
from schema.model.claim import CLAIM_FIELDS
from schema.model.kinds import Kinds

from ..errors import NoSuchPage, TooSlow, Unavailable, catalogue
from ..graphql.endpoint import GraphQLEndpoint
from .files import Files
from .landing import Landing
from .rendering import RULE, Renderer

Endpoint = Callable[[Request], Awaitable[Response]]

VARY = (b"vary", b"accept")
GRAPHIQL = ("react", "react-dom", "graphiql", "@graphiql/plugin-explorer")
SWAGGER = ("swagger-ui-dist",)


class Pages:
    """Every page, over the same kinds and facts as the API."""

    def __init__(self, kinds: Kinds, graphql: GraphQLEndpoint) -> None:
        self.kinds = kinds
        self.files = Files()
        self.renderer = Renderer(kinds, self.files)
        self.landing_page = Landing(kinds, graphql, self.renderer.text("displaced.graphql"))

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.landing),
            Route("/docs", self.docs),
            Route("/dictionary", self.dictionary),
            Route("/problems", self.problems),
            Route("/problems/{code}", self.problem),
            Route("/favicon.ico", self.favicon),
            Mount("/static", self.files),
        ]

    def with_graphiql(self, answer: Endpoint) -> Endpoint:
        """The address of GraphQL: who asks nothing and reads HTML gets GraphiQL, everybody else an answer."""

        async def either(request: Request) -> Response:
            response = await self.graphiql(request) if _wants_graphiql(request) else await answer(request)
            response.raw_headers.append(VARY)
            return response

        return either

    async def landing(self, request: Request) -> Response:
        """What this is and what it holds; it says so where the database cannot be reached."""
        try:
            facts, status = await self.landing_page.facts(), 200
        except (Unavailable, TooSlow) as error:
            facts, status = None, error.status
        response = self.renderer.page(
            request, "landing.html", status=status,
            facts=facts, query=self.landing_page.question, rule=RULE, origin=str(request.base_url).rstrip("/"),
        )  # fmt: skip
        response.headers.update({"conflict-facts-revision": str(facts.revision)} if facts else {"retry-after": "1"})
        return response

    async def graphiql(self, request: Request) -> Response:
        # The one style that GraphiQL writes into the page, to hold it still behind a dialog, carries the nonce.
        nonce = secrets.token_urlsafe(16)
        policy = {"style-src": f"'self' 'nonce-{nonce}'", "font-src": "data:", "img-src": "'self' data:"}
        files = self.files.of(GRAPHIQL)
        return self.renderer.page(request, "graphiql.html", policy, files=files, query=self.landing_page.question, nonce=nonce)

    async def docs(self, request: Request) -> Response:
        return self.renderer.page(request, "docs.html", {"img-src": "'self' data:"}, files=self.files.of(SWAGGER))

    async def dictionary(self, request: Request) -> Response:
        """Every kind, field and code, from the declarations."""
        return self.renderer.page(request, "dictionary.html", claim_fields=CLAIM_FIELDS, vocabularies=vocabularies(self.kinds), rule=RULE)

    async def problems(self, request: Request) -> Response:
        """Every error, from the catalogue."""
        return self.renderer.page(request, "problems.html", errors=catalogue(), single=False)

    async def problem(self, request: Request) -> Response:
        code = request.path_params["code"]
        errors = [error for error in catalogue() if error.code == code]
        if not errors:
            raise NoSuchPage(f"there is no error {code}; /problems lists every error")
        return self.renderer.page(request, "problems.html", errors=errors, single=True)

    async def favicon(self, request: Request) -> Response:
        return await self.files.get_response("favicon.svg", request.scope)


def vocabularies(kinds: Kinds) -> list[Vocabulary]:
    """Every vocabulary that a field of a record or of a claim uses, by name."""
    fields = [one for kind in kinds.values() for one in kind.fields.values()] + list(CLAIM_FIELDS.values())
    return sorted({one.type.vocabulary for one in fields if one.type.vocabulary}, key=lambda vocabulary: vocabulary.name)


def _wants_graphiql(request: Request) -> bool:
    """A browser names text/html; an HTTP client that takes anything does not, and gets JSON."""
    if request.method not in ("GET", "HEAD") or "query" in request.query_params:
        return False
    named = (part.replace(" ", "").lower().split(";") for part in request.headers.get("accept", "").split(","))
    return any(name == "text/html" and "q=0" not in rest for name, *rest in named)
