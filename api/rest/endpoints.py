"""The routes of the REST API."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from schema.model.kinds import Kinds

from ..http.rate_limit import metered
from ..http.responses import CacheHeaders
from ..query.bindings import Values
from ..store.plans import Plan
from ..store.store import Store
from .claim_check_batch import CheckBatch
from .claim_checks import CheckEndpoint
from .claims import ClaimEndpoint
from .export_files import ExportFiles
from .kind_endpoints import KindEndpoints
from .list_formats import FORMATS, PAGED, negotiated
from .problems import no_such_page
from .revisions import RevisionEndpoints
from .routes import Endpoint, KindRoute, PlannedRoute, no_plan
from .search import SearchEndpoint
from .table_descriptions import TableDescriptions

CHECK = "/v1/check-claim"


class RestApi:
    """Every REST route. A new kind needs no new one: its plural is a parameter of the path."""

    def __init__(self, kinds: Kinds, store: Store, cache_headers: CacheHeaders) -> None:
        settings = store.pool.settings
        self.files = ExportFiles(settings.export_folder, settings.export_cache_size)
        self.endpoints = {kind.plural: KindEndpoints(kinds, kind, store, cache_headers, self.files) for kind in kinds.values()}
        revisions, claims = RevisionEndpoints(store, cache_headers), ClaimEndpoint(kinds, store, cache_headers)
        self.descriptions = self._description_routes(TableDescriptions(kinds, store, cache_headers))
        self.kind_routes = self._kind_routes([kind.plural for kind in kinds.values() if kind.totals])
        search = SearchEndpoint(kinds, store, cache_headers)
        self.search = PlannedRoute("/v1/search", metered(search.search), search.plan)
        self.checks = [
            PlannedRoute(
                CHECK, metered(CheckBatch(check, settings.max_body, settings.statement_timeout).respond), check.plan, ["GET", "POST"]
            )
            for check in (CheckEndpoint(kinds, kind, store, cache_headers) for kind in kinds.summed)
        ]
        self.claims = PlannedRoute("/v1/claims/{id}", metered(claims.claim), claims.plan)
        self.at_one_path = {route.path: route.endpoint for route in (self.search, *self.checks)}
        self.find = lru_cache(maxsize=1024)(self._find)  # Every request, also one answered from the response cache, is looked up here.
        self.routes = [
            *self.descriptions,
            *self.kind_routes,
            self.search,
            *self.checks,
            self.claims,
            PlannedRoute("/v1/withheld", revisions.withheld, revisions.plan_withheld),
            PlannedRoute("/v1/revisions", revisions.list, revisions.plan_list),
            PlannedRoute("/v1/revisions/{id}", revisions.record, revisions.plan_record),
        ]

    def _description_routes(self, descriptions: TableDescriptions) -> list[KindRoute]:
        """Of the descriptions of a list's columns, by kind."""
        described = (("csv-metadata.json", descriptions.csvw), ("datapackage.json", descriptions.frictionless))
        return [KindRoute(f"/v1/{{plural}}.{suffix}", metered(endpoint), no_plan, self.endpoints) for suffix, endpoint in described]

    def _kind_routes(self, totalled: Sequence[str]) -> list[KindRoute]:
        """Of lists, records and totals; `totalled`: the kinds that have totals."""

        def plan_totals(request: Request) -> tuple[Plan, Values]:
            return self._of(request).plan_totals(request)

        def plan_list(request: Request) -> tuple[Plan, Values] | None:
            return self._of(request).plan_list(request)

        return [
            KindRoute("/v1/{plural}/totals", metered(self._totals), plan_totals, totalled),
            KindRoute("/v1/{plural}/totals.{suffix}", metered(self._totals_file), plan_totals, totalled),
            # A file that is complete costs nothing, like a cached response; writing one admits the client.
            KindRoute("/v1/{plural}.{suffix}", metered(self._list, admits=False), plan_list, self.endpoints),
            KindRoute("/v1/{plural}", metered(self._list), plan_list, self.endpoints),
            KindRoute("/v1/{plural}/{id}", metered(self._record), lambda request: self._of(request).plan_record(request), self.endpoints),
        ]

    def paths(self) -> list[str]:
        """The path of each list and of its totals, spelled out: a mistyped path is compared with these."""
        totals, *_ = self.kind_routes
        return [
            self.search.path,
            "/v1/check-claim",
            *(f"/v1/{plural}/totals" for plural in totals.plurals),
            *(f"/v1/{plural}" for plural in self.endpoints),
        ]

    def _find(self, path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """The endpoint and the path parameters of a list, a record, totals, a search, a check or a claim; None for any other path, and for a file, which is streamed."""
        if path in self.at_one_path:
            return self.at_one_path[path], {}
        if (match := self.claims.path_regex.match(path)) is not None:
            return self.claims.endpoint, match.groupdict()
        for route in self.kind_routes:
            if (match := route.path_regex.match(path)) is not None:
                params = match.groupdict()
                format = FORMATS.get(params.get("suffix", PAGED))
                return None if format is None or format.streamed else (route.endpoint, params)
        return None

    def wants_file(self, scope: Scope) -> bool:
        """Whether a request for a list wants it as a file, by its `accept` header."""
        accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
        return (
            b"/" in accept
            and scope["path"].removeprefix("/v1/") in self.endpoints
            and FORMATS[negotiated(accept.decode("latin-1"))].streamed
        )

    def plan(self, path: str, query_string: bytes) -> tuple[Plan, Values] | None:
        """The plan that answers a GET request, and the values to run it with; None for a file, which is streamed. Raises ApiError."""
        for route in self.routes:
            if (match := route.path_regex.match(path)) is not None:
                scope = {"type": "http", "method": "GET", "path": path, "query_string": query_string, "headers": []}
                return route.plan(Request({**scope, "path_params": match.groupdict()}))
        raise no_such_page(path, self.paths())

    def _of(self, request: Request) -> KindEndpoints:
        return self.endpoints[request.path_params["plural"]]

    async def _list(self, request: Request) -> Response:
        return await self._of(request).list(request)

    async def _record(self, request: Request) -> Response:
        return await self._of(request).record(request)

    async def _totals(self, request: Request) -> Response:
        return await self._of(request).totals(request)

    async def _totals_file(self, request: Request) -> Response:
        return await self._of(request).totals_file(request)
