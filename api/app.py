"""The application: every surface under one roof."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from schema.kinds import KINDS
from schema.model.kinds import Kinds
from schema.surfaces.graphql.surface import Surface

from .errors import ApiError, MayNotServe, Unavailable
from .graphql.endpoint import GraphQLEndpoint
from .http.cache import EXPOSED_HEADERS, Endpoint, ResponseCache
from .http.responses import ETags
from .pages import Pages
from .query.nodes import At
from .rest import openapi
from .rest.endpoints import RestApi
from .rest.problems import not_allowed, not_found, problem
from .settings import Settings
from .sql.answering import withheld
from .store.pool import Pool
from .store.store import Store

PRIVATE = (b"conflict-facts-private", b"true")
logger = logging.getLogger(__name__)


class Application(Starlette):
    """Starlette's application, with a front that answers most requests before any middleware."""

    def __init__(self, front: ResponseCache, private: bool, **given: Any) -> None:
        super().__init__(**given)
        self.front, self.private = front, private

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        if self.private and scope["type"] == "http":
            send = _marked(send)
        if scope["type"] != "http" or not await self.front.handle(scope, receive, send):
            await super().__call__(scope, receive, send)


def _marked(send: Send) -> Send:
    """Every answer says that it is for the operator alone."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), PRIVATE]
        await send(message)

    return marked


def create_app(settings: Settings, read_url: str, kinds: Kinds = KINDS) -> Starlette:
    """The application over the database at `read_url`, which must be migrated."""
    database = Pool(read_url, settings)
    store = Store(kinds, database, settings.max_cost)
    tags = ETags(kinds, store)
    graphql = GraphQLEndpoint(Surface(kinds), store, tags, settings.max_body)
    pages = Pages(kinds, graphql)
    rest = RestApi(kinds, store, tags)
    answer = pages.with_graphiql(graphql.answer)

    def find(scope: Scope) -> Endpoint | None:
        """What is asked most: a list or a record by REST, and GraphQL."""
        if scope["path"] == "/graphql":
            return answer if scope["method"] in ("GET", "HEAD", "POST") else None
        if scope["method"] not in ("GET", "HEAD") or (found := rest.find(scope["path"])) is None:
            return None
        endpoint, scope["path_params"] = found
        return endpoint

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await database.open()
        try:
            await may_serve(database, kinds)
            yield
        finally:
            await database.close()

    async def ready(request: Request) -> Response:
        """Whether the database answers, and with which revision."""
        return JSONResponse({"status": "ready", "revision": await store.revision(At())})

    routes: list[BaseRoute] = [
        *rest.routes(),
        Route("/graphql", answer, methods=["GET", "POST"]),
        Route("/health", health),
        Route("/ready", ready),
        Route("/openapi.json", openapi.endpoint(kinds)),
        *pages.routes(),
    ]
    paths = [*rest.paths(), *(path for route in routes if "{" not in (path := getattr(route, "path", "")))]
    app = Application(
        ResponseCache(database, find, refuse),
        settings.private,
        lifespan=lifespan,
        routes=routes,
        middleware=[
            Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"],
                       expose_headers=EXPOSED_HEADERS, max_age=86400),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
        ],
        exception_handlers={ApiError: _refused, 404: not_found(paths), 405: not_allowed, Exception: _refused},
    )  # fmt: skip
    app.state.store = store
    return app


async def may_serve(database: Pool, kinds: Kinds) -> None:
    """Nobody serves in public what a load for an operator alone has not withheld. Raises MayNotServe."""
    if database.settings.private:
        return
    async with database.connection() as connection:
        source = await connection.fetchval(withheld.unprotected_source(kinds))
    if source is not None:
        raise MayNotServe(
            f"the database holds claims of {source}, whose terms forbid passing them on, and they are not withheld: it was loaded with PRIVATE=true. "
            "Serve it with PRIVATE=true to its operator alone, or load it anew without: then they are withheld"
        )


async def health(request: Request) -> Response:
    """Whether the process lives, whatever the database does."""
    return JSONResponse({"status": "alive", "version": version("conflict-facts")})


async def _refused(request: Request, error: Exception) -> Response:
    return refuse(request, error)


def refuse(request: Request, error: Exception) -> Response:
    """The problem of an error. Of one that is ours the asker is told no more than that, and the log all."""
    if not isinstance(error, ApiError):
        logger.error("internal error", exc_info=error)
        return problem(ApiError(), request)
    response = problem(error, request)
    if isinstance(error, Unavailable):
        response.headers["retry-after"] = "1"
    return response
