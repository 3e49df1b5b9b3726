"""Answers requests for pages of facts like those of REST: 304 if the client has the page already, else the page with its caching headers."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..http.responses import COST_HEADER, CacheHeaders, FactResponse
from ..query.bindings import Values
from ..query.nodes import At
from ..rest.responder import requested
from ..store.allowance import ACCOUNT
from ..store.plans import Plan
from ..store.side_thread import beside
from ..store.store import Answer, Store
from .rendering import Renderer

HTML = "text/html; charset=utf-8"
Planned = tuple[Plan, Values]


@dataclass(frozen=True)
class Made:
    """What a page is rendered from: the answer that decides its headers, a template and its values."""

    answer: Answer
    template: str
    values: Mapping[str, object]
    media_type: str = HTML
    small: bool = False  # Whether it is rendered in a millisecond or so: passing it to the side thread would take as long.


class PageHeaders(CacheHeaders):
    """The caching headers of pages, which also depend on the templates and on the host that their addresses name."""

    def __init__(self, kinds: Kinds, store: Store, edition: str) -> None:
        super().__init__(kinds, store)
        self.edition.update(edition.encode())

    def etag(self, request: Request, revision: int, immutable: bool) -> str:
        host = hashlib.sha256(origin(request).encode()).hexdigest()[:8]
        return f'{super().etag(request, revision, immutable)[:-1]}-{host}"'


class FactPages:
    """Turns answers of the store into pages."""

    def __init__(self, kinds: Kinds, store: Store, renderer: Renderer) -> None:
        self.store, self.renderer = store, renderer
        self.headers = PageHeaders(kinds, store, renderer.edition)
        self.compiled = set[str]()  # Templates that were rendered before: compiling one takes longer than most pages.

    async def respond(
        self, request: Request, planned: Planned, make: Callable[[At], Awaitable[Made]], kinds: Iterable[Kind] = ()
    ) -> Response:
        """The page that `make` makes; it is only made if the client's copy is out of date. The header of withheld records counts those of `kinds`."""
        plan, values = planned
        at = requested(plan, values)
        if (unchanged := await self.headers.not_modified(request, at, at.revision is not None)) is not None:
            return unchanged
        made = await make(at)
        immutable = at.revision is not None and not (at.walk and made.answer.revision == made.answer.current)
        headers = self.renderer.headers() | self.headers.headers(request, made.answer.revision, immutable, kinds)
        headers[COST_HEADER] = str(ACCOUNT.get().cost)
        render = partial(self.renderer.render, request, made.template, origin=origin(request), **made.values)
        text = render() if made.small and made.template in self.compiled else await beside(render)
        self.compiled.add(made.template)
        return self.headers.if_none_match_star(request, headers) or FactResponse(text, headers, made.answer.current, made.media_type)


def origin(request: Request) -> str:
    """The scheme and the host of a request, which addresses to copy begin with. Anybody can choose the host: caches must keep hosts apart."""
    return str(request.base_url).rstrip("/")
