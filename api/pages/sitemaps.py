"""What crawlers ask for: which pages to read, and where they are."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import NoSuchPage, shown
from ..http.query_string import only
from ..query import cursors
from ..query.nodes import NOW, At, Id, NextPageUrl, Node, Nodes, Page, Query
from ..store.store import Store
from .facts import FactPages, Made, Planned, origin
from .values import record_path

PART = 1000  # Pages in one sitemap; a page of a list has at most as many records.
MAX_PARTS = 50  # Sitemaps of one kind in the index.
XML = "application/xml"
ROBOTS = """User-agent: *
Disallow: /v1/
Disallow: /graphql
Disallow: /search
Disallow: /embed/
Disallow: /*?
Allow: /static/
Sitemap: {origin}/sitemap.xml
"""
NOBODY = "User-agent: *\nDisallow: /\n"


class Site:
    """Answers `/robots.txt`, `/sitemap.xml` and the sitemaps that it lists."""

    def __init__(self, kinds: Kinds, store: Store, pages: FactPages) -> None:
        self.store, self.pages = store, pages
        self.kinds = {kind.plural: kind for kind in kinds.values() if kind.label or kind.quantities}

    async def robots(self, request: Request) -> Response:
        """A private server is for its operator only."""
        return PlainTextResponse(NOBODY if self.store.pool.settings.private else ROBOTS.format(origin=origin(request)))

    async def index(self, request: Request) -> Response:
        """The sitemaps: one for every thousand records, each beginning after a cursor."""
        only(request, ())
        planned: Planned = await self.store.planned(Query(tuple(_page(kind) for kind in self.kinds.values()))), {}

        async def make(at: At) -> Made:
            answer = await self.store.run(*planned)
            paths = ["/sitemaps/lists.xml"]
            for kind, root in zip(self.kinds.values(), answer.roots, strict=True):
                paths += [f"/sitemaps/{kind.plural}.xml{query}" for query in await self._parts(kind, _next(root))]
            return Made(answer, "sitemap.xml", {"paths": paths, "index": True}, XML)

        return await self.pages.respond(request, planned, make)

    async def sitemap(self, request: Request) -> Response:
        """The pages of up to a thousand records of a kind, or those of the lists. Raises NoSuchPage and BadCursor."""
        plural, params = request.path_params["plural"], only(request, ("after",))
        kind = self.kinds.get(plural)
        if kind is None and plural != "lists":
            raise NoSuchPage(f"there is no sitemap of {shown(plural)!r}; /sitemap.xml lists every sitemap")
        pages = [_page(kind, params.get("after"), ids=True)] if kind else []
        planned: Planned = await self.store.planned(Query(tuple(pages), _at(pages))), {}

        async def make(at: At) -> Made:
            answer = await self.store.run(*planned)
            paths = [f"/{name}" for name in ("", "collections", *self.kinds)]
            if kind:
                paths = [record_path(kind, record["id"]) for record in json.loads(answer.roots[0] or "")["data"]]
            return Made(answer, "sitemap.xml", {"paths": paths, "index": False}, XML)

        return await self.pages.respond(request, planned, make)

    async def _parts(self, kind: Kind, cursor: str | None) -> list[str]:
        """What the addresses of the sitemaps of a kind end in."""
        parts = [""]
        while cursor and len(parts) < MAX_PARTS:
            parts.append(f"?{urlencode({'after': cursor})}")
            page = _page(kind, cursor)
            cursor = _next((await self.store.answer(Query((page,), _at([page])))).roots[0])
        return parts


def _page(kind: Kind, after: str | None = None, ids: bool = False) -> Page:
    """A thousand records of a kind; without `ids`, only where the next thousand begins."""
    parts: tuple[Node, ...] = (Nodes("data", (Id("id"),)),) if ids else ()
    page = Page(kind.plural, kind, (*parts, NextPageUrl("next", "")), first=PART)
    return cursors.page_at(page, after) if after else page


def _at(pages: list[Page]) -> At:
    """A page after a cursor is as of its revision."""
    after = pages[0].cursor if pages else None
    return At(revision=after.revision, walk=True) if after else NOW


def _next(root: str | None) -> str | None:
    cursor: str | None = json.loads(root or "{}").get("next")
    return cursor
