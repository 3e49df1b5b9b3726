"""The REST surface: addresses to queries, answers to responses."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import lru_cache
from urllib.parse import parse_qsl, quote_plus, unquote_to_bytes

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from schema.codelists.vocabularies import suggestion
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import (
    ApiError,
    BadArgument,
    MethodNotAllowed,
    NoSuchPage,
    NotAcceptable,
    NotFound,
    UnknownArgument,
    WithheldError,
)
from ..http.responses import ETags, FactResponse, withheld_message
from ..query import bindings, conditions
from ..query.bindings import (
    Guard,
    Parameter,
    ValuePath,
    Values,
    Variable,
)
from ..query.nodes import (
    At,
    Query,
    RecordNode,
    Revision,
    Revisions,
    WithheldRows,
)
from ..sql.answering.revisions import RECEIPT, REVISION_COLUMNS, WITHHELD_COLUMNS
from ..store.plans import Plan
from ..store.store import Store
from .files import Export, ExportFormat, formats
from .parameters import (
    ListingRequest,
    Parameters,
    Reader,
    number,
    once,
)
from .totals import TotalsReader

Endpoint = Callable[[Request], Awaitable[Response]]
ALL_COLUMNS = tuple((name, name) for name in REVISION_COLUMNS)
AFTERWARDS = ("after", "revision", "as_of")  # What the address of the next page has otherwise, or not at all.
MAX_CACHED_QUERY_STRING = 2000  # Bytes from which what stands in an address is not kept.
PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")
WITH_RECEIPT = (*ALL_COLUMNS, *((name, name) for name in RECEIPT))
ID: ValuePath = ("{id}",)  # Where the id of an address stands among what its request gives.


class RestApi:
    """Every REST address. More of them for a new kind come of themselves."""

    def __init__(self, kinds: Kinds, store: Store, tags: ETags) -> None:
        self.surfaces = {f"/v1/{kind.plural}": KindSurface(kinds, kind, store, tags) for kind in kinds.values()}
        summed = (kind for kind in kinds.values() if kind.totals)
        self.totals = {f"/v1/{kind.plural}/totals": TotalsSurface(kinds, kind, store, tags).totals for kind in summed}
        self.revisions = RevisionSurface(store, tags)

    def routes(self) -> list[BaseRoute]:
        found: list[BaseRoute] = []
        found += [Route(path, totals) for path, totals in self.totals.items()]
        for path, surface in self.surfaces.items():
            found.append(Route(path, surface.listing))
            found.append(Route(f"{path}.{{suffix}}", surface.listing))
            found.append(Route(f"{path}/{{id}}", surface.record))
        return [
            *found,
            Route("/v1/withheld", self.revisions.withheld),
            Route("/v1/revisions", self.revisions.listing),
            Route("/v1/revisions/{id}", self.revisions.record),
        ]

    def find(self, path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """The endpoint of a list or a record and the parameters of its path, by one look; None for any other address."""
        if (surface := self.surfaces.get(path.removesuffix(".json"))) is not None:
            return surface.listing, {}
        if (totals := self.totals.get(path)) is not None:
            return totals, {}
        before, _, id = path.rpartition("/")
        surface = self.surfaces.get(before)
        return None if surface is None or not id else (surface.record, {"id": id})


class KindSurface:
    """The addresses of one kind."""

    def __init__(self, kinds: Kinds, kind: Kind, store: Store, tags: ETags) -> None:
        self.kind, self.store, self.tags, self.reader = kind, store, tags, Reader(kinds, kind)

    async def listing(self, request: Request) -> Response:
        suffix = request.path_params.get("suffix", "json")
        known = formats(self.kind)
        if suffix in known:
            return await self._export(request, suffix, known[suffix])
        if suffix != "json":
            raise NotAcceptable(f".{suffix}: {self.kind.plural} have no such format; use one of json, {', '.join(known)}")
        asked = parameters(request)
        plan, values = planned(self.store, ("list", self.kind.name), asked, {}, self._listed)
        at = _moment(plan, values)
        fixed = at.revision is not None
        if (unchanged := await self.tags.not_modified(request, at, fixed)) is not None:
            return unchanged
        answer = await self.store.run(plan, values)
        headers = self.tags.headers(request, answer.revision, fixed, (self.kind,))
        body, next_cursor = _split_next(answer.roots[0] or "")
        following = "null"
        if next_cursor:
            kept = [(name, value) for name, value in asked if name not in AFTERWARDS]
            url = f"{request.scope['path']}?{'&'.join([f'{_quoted(name)}={_quoted(value)}' for name, value in [*kept, ('after', next_cursor)]])}"
            headers["link"] = f'<{url}>; rel="next"'
            following = f'"{url}"'
        return FactResponse(f'{{"revision":{answer.revision},{body},"next":{following}}}', headers, answer.current)

    async def record(self, request: Request) -> Response:
        id = request.path_params["id"]
        plan, values = planned(self.store, ("record", self.kind.name), parameters(request), {ID: id.removesuffix(".json")}, self._record)
        at = _moment(plan, values)
        fixed = at.revision is not None
        if (unchanged := await self.tags.not_modified(request, at, fixed)) is not None:
            return unchanged
        answer = await self.store.run(plan, values)
        if answer.roots[0] is None and id.endswith(".json"):  # An id may itself end so.
            answer = await self.store.run(plan, {**values, ID: id})
        if answer.roots[0] is None:
            await self._refuse_withheld(id, at)
            when = "" if at.now else f" in revision {answer.revision}"
            raise NotFound(f"there is no {self.kind.name} {id!r}{when}")
        body = f'{{"revision":{answer.revision},"data":{answer.roots[0]}}}'
        return FactResponse(body, self.tags.headers(request, answer.revision, fixed), answer.current)

    async def _refuse_withheld(self, id: str, at: At) -> None:
        for one in dict.fromkeys((id.removesuffix(".json"), id)):
            if source := await self.store.withholding_source(self.kind, one, at):
                raise WithheldError(withheld_message(self.kind, one, source), source)

    def _listed(self, asked: Parameters) -> Query:
        read = self.reader.listing(asked)
        return Query((read.page,), At(read.page.after.revision) if read.page.after else read.at)

    def _record(self, asked: Parameters) -> Query:
        read = self.reader.record(asked)
        return Query(
            (RecordNode("data", self.kind, Parameter(lambda values: conditions.parse_record_id(values[ID]), ""), read.selection),), read.at
        )

    async def _export(self, request: Request, suffix: str, format: ExportFormat) -> Response:
        asked_for = parameters(request)
        for name, value in asked_for:
            if name == "after" or (format.selection and name in ("fields", "provenance")):
                raise BadArgument(f"{name}={value}: .{suffix} has no such choice; use .json or .ndjson")
        asked = self._asked(asked_for, format)
        fixed = asked.at.revision is not None
        if (unchanged := await self.tags.not_modified(request, asked.at, fixed)) is not None:
            return unchanged
        stack = AsyncExitStack()
        stream = await stack.enter_async_context(self.store.stream(asked.page, asked.selection, asked.at, asked.limit))
        headers = self.tags.headers(request, stream.revision, fixed, (self.kind,))
        headers["content-disposition"] = f'attachment; filename="{self.kind.plural}-r{stream.revision}.{suffix}"'
        headers["content-type"] = format.media_type
        if (unwanted := self.tags.if_none_match_star(request, headers)) is not None:
            await stack.aclose()
            return unwanted
        return Export(stack, format.write(self.kind, stream), headers)

    def _asked(self, parameters: Parameters, format: ExportFormat) -> ListingRequest:
        asked = self.reader.listing(parameters, format.selection(self.kind) if format.selection else None)
        selection = format.wrap(asked.selection) if format.wrap else asked.selection
        return ListingRequest(selection, asked.at, asked.page, asked.limit)


def planned(
    store: Store, question: object, asked: Parameters, further: Mapping[ValuePath, str], query: Callable[[Parameters], Query]
) -> tuple[Plan, Values]:
    """The plan for a request, and the request's values for it."""
    values: dict[ValuePath, str] = {(name, n): text for n, (name, text) in enumerate(asked)} | {**further}

    def compile() -> tuple[Query, list[Guard]]:
        guards: list[Guard] = []
        return query([(name, Variable((name, n), text, guards)) for n, (name, text) in enumerate(asked)]), guards

    return store.cached_plan(question, values, compile), values


def _moment(plan: Plan, values: Values) -> At:
    """As of when a plan answers what a request gives."""
    at = plan.query.at
    return at if at.now else At(bindings.value_of(at.revision, values), bindings.value_of(at.time, values))


def _quoted(text: str) -> str:
    return text if PLAIN.fullmatch(text) else quote_plus(text)


def _split_next(document: str) -> tuple[str, str]:
    """The list and the cursor of the next page, from the document that SQL wrote: `{"data":[…],"next":…}`."""
    body, _, following = document[1:-1].rpartition(',"next":')
    return body, "" if following == "null" else following.strip('"')


class TotalsSurface:
    """The address of the totals of one kind."""

    def __init__(self, kinds: Kinds, kind: Kind, store: Store, tags: ETags) -> None:
        self.store, self.tags, self.reader = store, tags, TotalsReader(kinds, kind)

    async def totals(self, request: Request) -> Response:
        plan, values = planned(self.store, ("totals", self.reader.kind.name), parameters(request), {}, self._asked)
        at = _moment(plan, values)
        fixed = at.revision is not None
        if (unchanged := await self.tags.not_modified(request, at, fixed)) is not None:
            return unchanged
        answer = await self.store.run(plan, values)
        headers = self.tags.headers(request, answer.revision, fixed, (self.reader.kind,))
        body = f'{{"revision":{answer.revision},{(answer.roots[0] or "")[1:]}'
        return FactResponse(body, headers, answer.current)

    def _asked(self, parameters: Parameters) -> Query:
        node, at = self.reader.totals(parameters)
        return Query((node,), at)


class RevisionSurface:
    """The addresses of revisions."""

    def __init__(self, store: Store, tags: ETags) -> None:
        self.store, self.tags = store, tags

    async def listing(self, request: Request) -> Response:
        own = _only(request, ("limit", "before"))
        first, before = (number(name, own[name]) if name in own else None for name in ("limit", "before"))
        asked = Revisions("data", ALL_COLUMNS, conditions.page_size(first, "limit"), before)
        if (unchanged := await self.tags.not_modified(request, At())) is not None:
            return unchanged
        answer = await self.store.answer(Query((asked,)))
        body = f'{{"revision":{answer.revision},"data":{answer.roots[0]}}}'
        headers = self.tags.headers(request, answer.revision, fixed=False)
        return self.tags.if_none_match_star(request, headers) or FactResponse(body, headers, answer.current)

    async def withheld(self, request: Request) -> Response:
        """What is not shown, and where its owner publishes it."""
        _only(request, ())
        if (unchanged := await self.tags.not_modified(request, At())) is not None:
            return unchanged
        answer = await self.store.answer(Query((WithheldRows("data", tuple((name, name) for name in WITHHELD_COLUMNS)),)))
        body = f'{{"revision":{answer.revision},"data":{answer.roots[0]}}}'
        headers = self.tags.headers(request, answer.revision, fixed=False)
        return self.tags.if_none_match_star(request, headers) or FactResponse(body, headers, answer.current)

    async def record(self, request: Request) -> Response:
        _only(request, ())
        wanted = number("revision", request.path_params["id"])
        if (unchanged := await self.tags.not_modified(request, At())) is not None:
            return unchanged
        answer = await self.store.answer(Query((Revision("data", WITH_RECEIPT, wanted),)))
        if answer.roots[0] is None:
            raise NotFound(f"there is no revision {wanted}; the newest is {answer.current}")
        body = f'{{"revision":{answer.revision},"data":{answer.roots[0]}}}'
        headers = self.tags.headers(request, answer.revision, fixed=False)
        return self.tags.if_none_match_star(request, headers) or FactResponse(body, headers, answer.current)


def parameters(request: Request) -> Parameters:
    """What stands in an address. What is no UTF-8 would be read as other characters, and find nothing. Raises BadArgument."""
    query = request.scope["query_string"]
    return [*(_parameters if len(query) < MAX_CACHED_QUERY_STRING else _parameters.__wrapped__)(query)]


@lru_cache(maxsize=256)  # Who asks for one record after the other asks the same of each.
def _parameters(query: bytes) -> tuple[tuple[str, str], ...]:
    found = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    if any("\ufffd" in text for one in found for text in one):
        try:
            unquote_to_bytes(query).decode()
        except UnicodeDecodeError as error:
            raise BadArgument("the address is not in UTF-8; write each byte of a letter's UTF-8 as %XX: é is %C3%A9") from error
    return tuple(found)


def _only(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    for name, _ in parameters(request):
        if name not in known:
            raise UnknownArgument(f"{name}: is no parameter here; {suggestion(name, known) if known else 'this address takes none'}")
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
        **error.members,
    }
    return JSONResponse(body, error.status, media_type="application/problem+json")


async def not_found(request: Request, error: Exception) -> Response:
    known = [getattr(route, "path", "") for route in request.app.routes]
    close = suggestion(request.url.path, [path for path in known if path and "{" not in path])
    return problem(NoSuchPage(f"there is nothing at {request.url.path}; {close}"), request)


async def not_allowed(request: Request, error: Exception) -> Response:
    bindings = (getattr(error, "headers", None) or {}).get("Allow", "GET")
    allowed = ", ".join(sorted(bindings.split(", ")))  # Starlette keeps them in a set.
    response = problem(MethodNotAllowed(f"{request.method} {request.url.path}: use {allowed}"), request)
    response.headers["allow"] = allowed
    return response
