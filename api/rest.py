"""The REST surface: addresses to queries, answers to responses."""

from __future__ import annotations

import hashlib
from contextlib import AsyncExitStack
from importlib.metadata import version
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from schema.kind import Kind, Kinds
from schema.vocabularies import nearest

from . import filters
from .errors import ApiError, BadArgument, MethodNotAllowed, NoSuchPage, NoSuchRevision, NotAcceptable, NotFound, UnknownArgument
from .export import Export, Format, formats
from .parameters import Asked, Parameters, Reader, number, once
from .query import At, Query, Record, Revision, Revisions
from .settle import RULE
from .sql.pages import REVISION_COLUMNS
from .store import Answer, Store
from .totals import TotalsReader

JSON = "application/json"
ALL_COLUMNS = tuple((name, name) for name in REVISION_COLUMNS)
PINS = ("revision", "as_of")


def routes(kinds: Kinds, store: Store) -> list[BaseRoute]:
    """Every REST address. More of them for a new kind come of themselves."""
    found: list[BaseRoute] = []
    tags = Tags(kinds, store)
    for kind in kinds.values():
        surface = KindSurface(kinds, kind, store, tags)
        found.append(Route(f"/v1/{kind.plural}", surface.listing))
        found.append(Route(f"/v1/{kind.plural}.{{suffix}}", surface.listing))
        if kind.totals:
            found.append(Route(f"/v1/{kind.plural}/totals", TotalsSurface(kinds, kind, store, tags).totals))
        found.append(Route(f"/v1/{kind.plural}/{{id}}", surface.record))
    revisions = RevisionSurface(store, tags)
    return [*found, Route("/v1/revisions", revisions.listing), Route("/v1/revisions/{id}", revisions.record)]


class Tags:
    """ETags, and what goes by them: the same address, revision and edition of the API give the same bytes."""

    def __init__(self, kinds: Kinds, store: Store) -> None:
        self.store = store
        declared = [(kind.name, *kind.fields) for kind in kinds.values()]
        self.edition = f"{version('conflict-facts')} {RULE} {declared}"

    def headers(self, request: Request, revision: int, at: At) -> dict[str, str]:
        """An answer of a revision that was asked for by number never changes; one of today may with the next load."""
        pinned = at.revision is not None or "after" in request.query_params
        return {
            "etag": self.tag(request, revision),
            "cache-control": "public, max-age=86400" if pinned else "public, no-cache",
            "conflict-facts-revision": str(revision),
        }

    def tag(self, request: Request, revision: int) -> str:
        asked = hashlib.sha256(f"{request.url.path}?{request.url.query} {self.edition}".encode()).hexdigest()[:16]
        return f'W/"{revision}-{asked}"'

    async def unchanged(self, request: Request, at: At) -> Response | None:
        """304 for who holds the answer already; it costs one look at the revision."""
        held = [one.strip().removeprefix("W/") for line in request.headers.getlist("if-none-match") for one in line.split(",")]
        if not held:
            return None
        try:
            revision = await self.store.revision(at)
        except NoSuchRevision:  # Answering will tell.
            return None
        if self.tag(request, revision).removeprefix("W/") not in held:
            return None
        return Response(status_code=304, headers=self.headers(request, revision, at))

    def response(self, request: Request, body: str, headers: dict[str, str]) -> Response:
        return self.unwanted(request, headers) or Response(body, headers=headers, media_type=JSON)

    def unwanted(self, request: Request, headers: dict[str, str]) -> Response | None:
        """304 for who wants an answer only where there is none, once it is known that there is one (RFC 9110, 13.1.2)."""
        held = request.headers.get("if-none-match", "").strip()
        return Response(status_code=304, headers=headers) if held == "*" else None


class KindSurface:
    """The addresses of one kind."""

    def __init__(self, kinds: Kinds, kind: Kind, store: Store, tags: Tags) -> None:
        self.kind, self.store, self.tags, self.reader = kind, store, tags, Reader(kinds, kind)

    async def listing(self, request: Request) -> Response:
        suffix = request.path_params.get("suffix", "json")
        known = formats(self.kind)
        if suffix in known:
            return await self._export(request, suffix, known[suffix])
        if suffix != "json":
            raise NotAcceptable(f".{suffix}: {self.kind.plural} have no such format; use one of json, {', '.join(known)}")
        asked = self.reader.listing(parameters(request))
        at = At(asked.page.after.revision) if asked.page.after else asked.at
        if (unchanged := await self.tags.unchanged(request, at)) is not None:
            return unchanged
        answer = await self.store.answer(Query((asked.page,), at))
        headers = self.tags.headers(request, answer.revision, at)
        body, next_cursor = _split_next(answer.roots[0] or "")
        following = "null"
        if next_cursor:
            kept = [(name, value) for name, value in parameters(request) if name not in ("after", *PINS)]
            url = f"{request.url.path}?{urlencode([*kept, ('after', next_cursor)])}"
            headers["link"] = f'<{url}>; rel="next"'
            following = f'"{url}"'
        return self.tags.response(request, f'{{"revision":{answer.revision},{body},"next":{following}}}', headers)

    async def record(self, request: Request) -> Response:
        id = request.path_params["id"]
        asked = self.reader.record(parameters(request))
        if (unchanged := await self.tags.unchanged(request, asked.at)) is not None:
            return unchanged
        answer = await self._record(id.removesuffix(".json"), asked)
        if answer.roots[0] is None and id.endswith(".json"):  # An id may itself end so.
            answer = await self._record(id, asked)
        if answer.roots[0] is None:
            when = "" if asked.at.now else f" in revision {answer.revision}"
            raise NotFound(f"there is no {self.kind.name} {id!r}{when}")
        body = f'{{"revision":{answer.revision},"data":{answer.roots[0]}}}'
        return self.tags.response(request, body, self.tags.headers(request, answer.revision, asked.at))

    async def _record(self, id: str, asked: Asked) -> Answer:
        return await self.store.answer(Query((Record("data", self.kind, filters.id(id), asked.selection),), asked.at))

    async def _export(self, request: Request, suffix: str, format: Format) -> Response:
        given = parameters(request)
        for name, value in given:
            if name == "after" or (format.selection and name in ("fields", "provenance")):
                raise BadArgument(f"{name}={value}: .{suffix} has no such choice; use .json or .ndjson")
        asked = self._asked(given, format)
        if (unchanged := await self.tags.unchanged(request, asked.at)) is not None:
            return unchanged
        stack = AsyncExitStack()
        stream = await stack.enter_async_context(self.store.stream(asked.page, asked.selection, asked.at, asked.limit))
        headers = self.tags.headers(request, stream.revision, asked.at)
        headers["content-disposition"] = f'attachment; filename="{self.kind.plural}-r{stream.revision}.{suffix}"'
        headers["content-type"] = format.media_type
        if (unwanted := self.tags.unwanted(request, headers)) is not None:
            await stack.aclose()
            return unwanted
        return Export(stack, format.write(self.kind, stream), headers)

    def _asked(self, given: Parameters, format: Format) -> Asked:
        asked = self.reader.listing(given, format.selection(self.kind) if format.selection else None)
        selection = format.wrap(asked.selection) if format.wrap else asked.selection
        return Asked(selection, asked.at, asked.page, asked.limit)


def _split_next(document: str) -> tuple[str, str]:
    """The list and the cursor of the next page, from the document that SQL wrote: `{"data":[…],"next":…}`."""
    body, _, following = document[1:-1].rpartition(',"next":')
    return body, "" if following == "null" else following.strip('"')


class TotalsSurface:
    """The address of the totals of one kind."""

    def __init__(self, kinds: Kinds, kind: Kind, store: Store, tags: Tags) -> None:
        self.store, self.tags, self.reader = store, tags, TotalsReader(kinds, kind)

    async def totals(self, request: Request) -> Response:
        asked, at = self.reader.totals(parameters(request))
        if (unchanged := await self.tags.unchanged(request, at)) is not None:
            return unchanged
        answer = await self.store.answer(Query((asked,), at))
        body = f'{{"revision":{answer.revision},{(answer.roots[0] or "")[1:]}'
        return self.tags.response(request, body, self.tags.headers(request, answer.revision, at))


class RevisionSurface:
    """The addresses of revisions."""

    def __init__(self, store: Store, tags: Tags) -> None:
        self.store, self.tags = store, tags

    async def listing(self, request: Request) -> Response:
        given = _only(request, ("limit", "before"))
        first, before = (number(name, given[name]) if name in given else None for name in ("limit", "before"))
        asked = Revisions("data", ALL_COLUMNS, filters.first(first, "limit"), before)
        if (unchanged := await self.tags.unchanged(request, At())) is not None:
            return unchanged
        answer = await self.store.answer(Query((asked,)))
        body = f'{{"revision":{answer.revision},"data":{answer.roots[0]}}}'
        return self.tags.response(request, body, self.tags.headers(request, answer.revision, At()))

    async def record(self, request: Request) -> Response:
        _only(request, ())
        wanted = number("revision", request.path_params["id"])
        if (unchanged := await self.tags.unchanged(request, At())) is not None:
            return unchanged
        answer = await self.store.answer(Query((Revision("data", ALL_COLUMNS, wanted),)))
        if answer.roots[0] is None:
            raise NotFound(f"there is no revision {wanted}; the newest is {answer.current}")
        body = f'{{"revision":{answer.revision},"data":{answer.roots[0]}}}'
        return self.tags.response(request, body, self.tags.headers(request, answer.revision, At()))


def parameters(request: Request) -> Parameters:
    return list(request.query_params.multi_items())


def _only(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    for name, _ in parameters(request):
        if name not in known:
            raise UnknownArgument(f"{name}: is no parameter here; {nearest(name, known) if known else 'this address takes none'}")
        once(name, request.query_params.getlist(name))
    return dict(request.query_params)


def problem(error: ApiError, request: Request) -> Response:
    """An error as RFC 9457 has it."""
    body = {
        "type": f"/problems/{error.code}",
        "title": error.sentence(),
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "instance": request.url.path,
    }
    return JSONResponse(body, error.status, media_type="application/problem+json")


async def not_found(request: Request, error: Exception) -> Response:
    known = [getattr(route, "path", "") for route in request.app.routes]
    close = nearest(request.url.path, [path for path in known if path and "{" not in path])
    return problem(NoSuchPage(f"there is nothing at {request.url.path}; {close}"), request)


async def not_allowed(request: Request, error: Exception) -> Response:
    given = (getattr(error, "headers", None) or {}).get("Allow", "GET")
    allowed = ", ".join(sorted(given.split(", ")))  # Starlette keeps them in a set.
    response = problem(MethodNotAllowed(f"{request.method} {request.url.path}: use {allowed}"), request)
    response.headers["allow"] = allowed
    return response
