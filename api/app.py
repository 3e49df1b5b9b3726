"""The application: every surface under one roof."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from schema.graphql import Surface
from schema.kind import Kinds
from schema.kinds import KINDS

from . import openapi, rest
from .db import Database
from .errors import ApiError, Unavailable
from .graphql import GraphQLSurface
from .pages import Pages
from .query import At
from .settings import Settings
from .store import Store


def create_app(settings: Settings, read_url: str, kinds: Kinds = KINDS) -> Starlette:
    """The application over the database at `read_url`, which must be migrated."""
    database = Database(read_url, settings)
    store = Store(kinds, database, settings.max_cost)
    graphql = GraphQLSurface(Surface(kinds), store, settings.max_body)
    pages = Pages(kinds, graphql)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await database.open()
        try:
            yield
        finally:
            await database.close()

    async def ready(request: Request) -> Response:
        """Whether the database answers, and with which revision."""
        return JSONResponse({"status": "ready", "revision": await store.revision(At())})

    app = Starlette(
        lifespan=lifespan,
        routes=[
            *rest.routes(kinds, store),
            Route("/graphql", pages.with_graphiql(graphql.answer), methods=["GET", "POST"]),
            Route("/health", health),
            Route("/ready", ready),
            Route("/openapi.json", openapi.endpoint(kinds)),
            *pages.routes(),
        ],
        middleware=[
            # Newsrooms ask from their own pages: everything here is public and read-only.
            Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"],
                       expose_headers=["etag", "link", "conflict-facts-revision"], max_age=86400),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
        ],
        exception_handlers={ApiError: _problem, 404: rest.not_found, 405: rest.not_allowed, Exception: _internal},
    )  # fmt: skip
    app.state.store = store
    return app


async def health(request: Request) -> Response:
    """Whether the process lives, whatever the database does."""
    return JSONResponse({"status": "alive", "version": version("conflict-facts")})


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    response = rest.problem(error, request)
    if isinstance(error, Unavailable):
        response.headers["retry-after"] = "1"
    return response


async def _internal(request: Request, error: Exception) -> Response:
    """Starlette logs the error by itself; the asker is told no more than that it is ours."""
    return rest.problem(ApiError(), request)
