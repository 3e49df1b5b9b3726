"""The REST surface: addresses to queries, answers to responses."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from schema.kind import Kind, Kinds
from schema.vocabularies import nearest

from . import filters
from .errors import ApiError, BadArgument, MethodNotAllowed, NoSuchPage, NotAcceptable, NotFound, UnknownArgument
from .export import Format, formats
from .parameters import Asked, Parameters, Reader, number
from .query import At, Query, Record, Revision, Revisions
from .settle import RULE
from .sql.pages import REVISION_COLUMNS
from .store import Store

JSON = "application/json"
ALL_COLUMNS = tuple((name, name) for name in REVISION_COLUMNS)


def routes(kinds: Kinds, store: Store) -> list[BaseRoute]:
    """Every REST address. More of them for a new kind come of themselves."""
    found: list[BaseRoute] = []
    for kind in kinds.values():
        surface = KindSurface(kinds, kind, store)
        found.append(Route(f"/v1/{kind.plural}", surface.listing))
        found.append(Route(f"/v1/{kind.plural}.{{suffix}}", surface.listing))
        found.append(Route(f"/v1/{kind.plural}/{{id}}", surface.record))
    revisions = RevisionSurface(store)
    return [*found, Route("/v1/revisions", revisions.listing), Route("/v1/revisions/{id}", revisions.record)]


class KindSurface:
    """The addresses of one kind."""

    def __init__(self, kinds: Kinds, kind: Kind, store: Store) -> None:
        self.kind, self.store, self.reader = kind, store, Reader(kinds, kind)

    async def listing(self, request: Request) -> Response:
        suffix = request.path_params.get("suffix", "json")
        known = formats(self.kind)
        if suffix in known:
            return await self._export(request, suffix, known[suffix])
        if suffix != "json":
            raise NotAcceptable(f".{suffix}: {self.kind.plural} have no such format; use one of json, {', '.join(known)}")
        asked = self.reader.listing(parameters(request))
        if (unchanged := await _unchanged(request, self.store, asked.at)) is not None:
            return unchanged
        answer = await self.store.answer(Query((asked.page,), asked.at))
        revision = asked.page.after.revision if asked.page.after else answer.revision
        body, next_cursor = _split_next(answer.roots[0] or "")
        headers = _headers(request, revision, asked.at)
        following = "null"
        if next_cursor:
            url = f"{request.url.path}?{urlencode([*((k, v) for k, v in parameters(request) if k not in ('after', *PINS)), ('after', next_cursor)])}"
            headers["link"] = f'<{url}>; rel="next"'
            following = f'"{url}"'
        return Response(f'{{"revision":{revision},{body},"next":{following}}}', headers=headers, media_type=JSON)

    async def record(self, request: Request) -> Response:
        id, dot, suffix = request.path_params["id"].rpartition(".")
        if not dot or suffix != "json":  # Ids may hold dots; only .json is a format here.
            id = request.path_params["id"]
        asked = self.reader.record(parameters(request))
        if (unchanged := await _unchanged(request, self.store, asked.at)) is not None:
            return unchanged
        answer = await self.store.answer(Query((Record("data", self.kind, id, asked.selection),), asked.at))
        if answer.roots[0] is None:
            when = "" if asked.at.now else f" in revision {answer.revision}"
            raise NotFound(f"there is no {self.kind.name} {id!r}{when}")
        body = f'{{"revision":{answer.revision},"data":{answer.roots[0]}}}'
        return Response(body, headers=_headers(request, answer.revision, asked.at), media_type=JSON)

    async def _export(self, request: Request, suffix: str, format: Format) -> Response:
        given = parameters(request)
        for name, value in given:
            if name == "after" or (format.selection and name in ("fields", "provenance")):
                raise BadArgument(f"{name}={value}: .{suffix} has no such choice; use .json or .ndjson")
        asked = self._asked(given, format)
        if (unchanged := await _unchanged(request, self.store, asked.at)) is not None:
            return unchanged
        stack = AsyncExitStack()
        stream = await stack.enter_async_context(self.store.stream(asked.page, asked.selection, asked.at, asked.limit))
        headers = _headers(request, stream.revision, asked.at)
        headers["content-disposition"] = f'attachment; filename="{self.kind.plural}-r{stream.revision}.{suffix}"'
        headers["content-type"] = format.media_type
        return StreamingResponse(_closing(stack, format.write(self.kind, stream)), headers=headers)

    def _asked(self, given: Parameters, format: Format) -> Asked:
        asked = self.reader.listing(given, format.selection(self.kind) if format.selection else None)
        selection = format.wrap(asked.selection) if format.wrap else asked.selection
        return Asked(selection, asked.at, asked.page, asked.limit)


PINS = ("revision", "as_of")


def _split_next(document: str) -> tuple[str, str]:
    """The list and the cursor of the next page, from the document that SQL wrote: `{"data":[…],"next":…}`."""
    body, _, following = document[1:-1].rpartition(',"next":')
    return body, "" if following == "null" else following.strip('"')


async def _closing(stack: AsyncExitStack, text: AsyncIterator[str]) -> AsyncIterator[str]:
    """Text in pieces worth sending; the connection goes back whether the reader stays to the end or not."""
    async with stack:
        pieces, size = [], 0
        async for piece in text:
            pieces.append(piece)
            size += len(piece)
            if size > 64 * 1024:
                yield "".join(pieces)
                pieces, size = [], 0
        yield "".join(pieces)


class RevisionSurface:
    """The addresses of revisions."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def listing(self, request: Request) -> Response:
        given = _only(request, ("limit", "before"))
        first, before = (number(name, given[name]) if name in given else None for name in ("limit", "before"))
        answer = await self.store.answer(Query((Revisions("data", ALL_COLUMNS, filters.first(first, "limit"), before),)))
        return Response(f'{{"revision":{answer.revision},"data":{answer.roots[0]}}}', headers=_headers(request, answer.revision, At()), media_type=JSON)

    async def record(self, request: Request) -> Response:
        _only(request, ())
        wanted = number("revision", request.path_params["id"])
        answer = await self.store.answer(Query((Revision("data", ALL_COLUMNS, wanted),)))
        if answer.roots[0] is None:
            raise NotFound(f"there is no revision {wanted}; the newest is {answer.current}")
        return Response(f'{{"revision":{answer.revision},"data":{answer.roots[0]}}}', headers=_headers(request, wanted, At(wanted)), media_type=JSON)


def parameters(request: Request) -> Parameters:
    return list(request.query_params.multi_items())


def _only(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    for name, _ in parameters(request):
        if name not in known:
            raise UnknownArgument(f"{name}: is no parameter here; {nearest(name, known) if known else 'this address takes none'}")
    return dict(request.query_params)


def _headers(request: Request, revision: int, at: At) -> dict[str, str]:
    """An answer of a revision that was asked for by number never changes; one of today may with the next load."""
    pinned = at.revision is not None or "after" in request.query_params
    return {
        "etag": etag(request, revision),
        "cache-control": "public, max-age=86400" if pinned else "public, no-cache",
        "conflict-facts-revision": str(revision),
    }


def etag(request: Request, revision: int) -> str:
    """The same address, revision and rule give the same bytes."""
    asked = hashlib.sha256(f"{request.url.path}?{request.url.query} {RULE}".encode()).hexdigest()[:16]
    return f'W/"{revision}-{asked}"'


async def _unchanged(request: Request, store: Store, at: At) -> Response | None:
    """304 for who holds the answer already; it costs one look at the revision."""
    held = request.headers.get("if-none-match")
    if held is None:
        return None
    revision = await store.revision(at)
    tag = etag(request, revision)
    if held.strip() == "*" or tag.removeprefix("W/") in (one.strip().removeprefix("W/") for one in held.split(",")):
        return Response(status_code=304, headers=_headers(request, revision, at))
    return None


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
    allowed = getattr(error, "headers", None) or {}
    response = problem(MethodNotAllowed(f"{request.method} {request.url.path}: use {allowed.get('Allow', 'GET')}"), request)
    response.headers.update(allowed)
    return response
