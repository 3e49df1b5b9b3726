"""The application: REST, GraphQL and the pages over one database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from schema.kinds import KINDS
from schema.model.kinds import Kinds

from . import __version__
from .errors import ApiError
from .graphql.endpoint import LIMITS
from .http.access_log import AccessLog
from .http.cache import EXPOSED_HEADERS, ResponseCache
from .http.cached_hits import CachedHits
from .http.encodings import EncodingMiddleware
from .http.exchanges import ObservedExchanges, Observer
from .http.guard import RequestGuard, complete_headers
from .http.middleware import HttpScheme, PrivateHeader
from .http.min_revision import MinRevision
from .http.query_string import without_parameters
from .http.rate_limit import PACE_LIMITS, RateLimiter, is_limited
from .http.responses import MAX_AGE
from .loading.background import BackgroundLoad, ReportedLoad
from .mcp.endpoint import MAX_BODY
from .query.nodes import NOW
from .rest.columns import MAX_COLUMNS
from .rest.problems import error_response, no_such_page, not_allowed
from .rest.selections import MAX_PATHS
from .settings import Settings
from .store.allowance import UNLIMITED, Buckets
from .store.opening import opened
from .store.pool import Pool
from .store.shared_buckets import SharedBuckets
from .store.store import Store
from .surfaces import Surfaces, plain_paths


def create_app(
    settings: Settings, read_url: str, kinds: Kinds = KINDS, loading: BackgroundLoad | ReportedLoad | None = None, waits: bool = False
) -> Starlette:
    """The application on the database at `read_url`, which must be migrated; `/` shows how far `loading` is.

    Raises MayNotServe when it starts, not here; also Unavailable, unless it `waits` until the database can be reached.
    """
    pool, buckets = Pool(read_url, settings), _buckets(settings)
    store = Store(kinds, pool, settings.max_cost)
    surfaces = Surfaces(kinds, store, loading)
    pages = surfaces.pages
    routes = [*_service_routes(store, settings), *surfaces.routes]
    paths = [*surfaces.paths(), *plain_paths(routes)]

    def refuse(request: Request, error: Exception) -> Response:
        return pages.errors.response(request, error, error_response(request, error))

    closers = [*surfaces.closers, buckets.close]
    app = _starlette(routes, partial(opened, store, closers, waits), _exception_handlers(refuse, paths))
    # Outside Starlette's own error handling too: the requests that the cache answers pass no other middleware.
    cache = surfaces.tools.requests.cache = ResponseCache(complete_headers(app.build_middleware_stack()), pool, surfaces.find, refuse)
    newer = MinRevision(cache, store, lambda path: is_limited(path) or pages.shows_facts(path), refuse)
    limited = _rate_limited(newer, settings, buckets, pages.shows_facts)
    app.middleware_stack = RequestGuard(limited, error_response)
    if isinstance(limited, RateLimiter):  # Not behind a proxy, whose headers tell clients apart.
        app.middleware_stack = CachedHits(app.middleware_stack, cache, limited)
    if settings.private:
        app.middleware_stack = PrivateHeader(app.middleware_stack)
    app.state.store, app.state.response_cache, app.state.min_revision = store, cache, newer
    app.state.graphql, app.state.rest, app.state.pictures, app.state.tools = (
        surfaces.graphql,
        surfaces.rest,
        surfaces.pictures,
        surfaces.tools,
    )
    app.state.shows_facts, app.state.min_read_speed = pages.shows_facts, settings.min_read_speed
    _observe(app, cache, pool, settings, closers)
    return app


def _starlette(
    routes: list[BaseRoute], lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]], handlers: dict[Any, Any]
) -> Starlette:
    """What answers the requests that the cache does not."""
    app = Starlette(
        lifespan=lifespan,
        routes=routes,
        middleware=[
            Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"],
                       expose_headers=EXPOSED_HEADERS, max_age=MAX_AGE),
            Middleware(EncodingMiddleware),
        ],
        exception_handlers=handlers,
    )  # fmt: skip
    app.router.redirect_slashes = False  # A redirect would repeat the Host header, which anybody can choose.
    return app


def _exception_handlers(refuse: Callable[[Request, Exception], Response], paths: Iterable[str]) -> dict[Any, Any]:
    """What Starlette calls for an error: the response of `refuse`; for an unknown address, with the most similar of `paths`."""

    async def refuse_later(request: Request, error: Exception) -> Response:
        return refuse(request, error)

    async def unknown(request: Request, error: Exception) -> Response:
        return refuse(request, no_such_page(request.url.path, sorted(paths)))

    return {ApiError: refuse_later, 404: unknown, 405: not_allowed, Exception: refuse_later}


def _observe(app: Starlette, cache: ResponseCache, pool: Pool, settings: Settings, closers: list[Callable[[], Awaitable[None]]]) -> None:
    """Tell the access log, the metrics and the traces of every request, where the settings ask for them."""
    observers: list[Observer] = []
    if settings.access_log:
        observers.append(AccessLog(settings.access_log_addresses))
    if settings.metrics_port:
        from .http.metrics import Metrics  # noqa: PLC0415  # half of a megabyte, which most servers do without

        app.state.metrics = Metrics(app.routes, cache, pool)
        observers.append(app.state.metrics)
    if observers and app.middleware_stack is not None:
        app.middleware_stack = ObservedExchanges(app.middleware_stack, observers)
    if settings.otlp_endpoint and app.middleware_stack is not None:
        from .http import tracing  # noqa: PLC0415  # optional

        app.state.traces = traces = tracing.Traces(app.routes, tracing.otlp_exporter(settings.otlp_endpoint))
        pool.nodes.on_statement = traces.statement
        closers.append(traces.close)
        app.middleware_stack = tracing.TracedRequests(app.middleware_stack, traces)


def _service_routes(store: Store, settings: Settings) -> list[BaseRoute]:
    """The routes that tell how the service is, and what its limits are."""

    async def ready(request: Request) -> Response:
        """Whether the database answers, and its newest revision."""
        return JSONResponse({"status": "ready", "revision": await store.revision(NOW)})

    async def limits(request: Request) -> Response:
        """Every limit on requests, by name; those of GraphQL documents in an object of their own."""
        own = (
            {**PACE_LIMITS, "cost_of_a_client": settings.rate_limit, "seconds_of_a_client": settings.rate_limit_seconds}
            if settings.rate_limit
            else {}
        )
        rest = {"paths_of_fields": MAX_PATHS, "columns_of_a_table": MAX_COLUMNS, "bytes_of_a_body_of_mcp": min(settings.max_body, MAX_BODY)}
        return JSONResponse({**store.limits(), **rest, **own, "graphql": LIMITS})

    endpoints = {"/health": health, "/ready": ready, "/limits": limits}
    return [Route(path, without_parameters(endpoint)) for path, endpoint in endpoints.items()]


def _buckets(settings: Settings) -> Buckets:
    """The buckets of clients: of this process, or shared by a Redis server."""
    if settings.rate_limit and settings.rate_limit_store:
        return SharedBuckets(settings.rate_limit, settings.rate_limit_seconds, settings.rate_limit_store)
    return Buckets(settings.rate_limit or UNLIMITED, settings.rate_limit_seconds)


def _rate_limited(app: ASGIApp, settings: Settings, buckets: Buckets, shows_facts: Callable[[str], bool]) -> ASGIApp:
    """The application with an account for each client; who that is, a trusted proxy tells. Without a limit it only tells clients apart."""
    limiter = RateLimiter(app, buckets, shows_facts, told=settings.rate_limit > 0)
    if not settings.trusted_proxies:
        return limiter
    return ProxyHeadersMiddleware(HttpScheme(limiter), settings.trusted_proxies)  # type: ignore[arg-type,return-value]  # uvicorn has types of its own for ASGI


async def health(request: Request) -> Response:
    """Whether the process is running; independent of the database."""
    return JSONResponse({"status": "alive", "version": __version__})
