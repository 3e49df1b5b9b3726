"""The pages of collections: what each contains, how to cite its sources, and the same as a readme."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kinds import Kinds

from ..errors import NotFound, shown
from ..http.query_string import only
from ..query.nodes import At, Query, Revision
from ..store.store import Store
from . import citing, linked_data
from .contributions import Collection, Collections
from .edition import NAME, citation, names
from .facts import HTML, FactPages, Made, Planned, origin
from .queries import MOMENT
from .shown_revision import Moment

MARKDOWN = "text/markdown; charset=utf-8"
MAX_LISTED = 50  # Sources of a collection that an address names.


class CollectionPages:
    """Answers `/collections`, `/collections/{name}` and `/collections/{name}/readme.md`."""

    def __init__(self, kinds: Kinds, store: Store, pages: FactPages) -> None:
        self.store, self.pages = store, pages
        self.collections = Collections(kinds, store)

    async def list(self, request: Request) -> Response:
        only(request, ())
        return await self._respond(request, "collections.html", None, HTML, collections=await self.collections.all())

    async def page(self, request: Request) -> Response:
        """One collection. Raises NotFound."""
        return await self._collection(request, "collection.html", HTML)

    async def readme(self, request: Request) -> Response:
        """What the collection is, how to cite its sources, its caveats and its last change, as Markdown. Raises NotFound."""
        return await self._collection(request, "readme.md", MARKDOWN)

    async def _collection(self, request: Request, template: str, media_type: str) -> Response:
        only(request, ())
        name = request.path_params["name"]
        found = next((one for one in await self.collections.all() if one.name == name), None)
        if found is None:
            raise NotFound(f"there is no collection {shown(name)!r}; /collections lists every collection")
        return await self._respond(request, template, found, media_type)

    async def _respond(self, request: Request, template: str, collection: Collection | None, media_type: str, **values: object) -> Response:
        """A page of the newest revision; of a collection, with the revision that changed it last."""
        planned: Planned = await self.store.planned(Query((Revision("last", MOMENT, collection.last if collection else None),))), {}

        async def make(at: At) -> Made:
            answer = await self.store.run(*planned)
            last = json.loads(answer.roots[0] or "null") or {}
            about = _about(request, collection, answer.revision) if collection else {}
            moment = Moment(answer.revision, "", named=False)
            return Made(answer, template, {"moment": moment, "last": last, **about, **values}, media_type)

        return await self.pages.respond(request, planned, make)


def _about(request: Request, collection: Collection, revision: int) -> dict[str, Any]:
    """What the templates of a collection show."""
    address = f"{origin(request)}/collections/{collection.name}"
    sources = tuple(citing.licences(one.source for one in collection.contributions))
    line = citation(revision, f"collection {collection.name}", address, whose=[names(collection.publishers)])
    readme = citing.Copied("Readme", f"{address}/readme.md", "for people and programs", f"/collections/{collection.name}/readme.md")
    cite = citing.Citing(line, revision, address, (readme,), "", "", (), sources)
    name, text = (
        f"Collection {collection.name}",
        f"{collection.claims:,} claims about armed conflict, by {', '.join(collection.publishers[:3])}.",
    )
    return {
        "collection": collection, "listed_sources": _listed(collection), "cite": cite, "canonical": address, "name": name, "description": text,
        "linked_data": linked_data.dataset(name, text, address, cite),
    }  # fmt: skip


def _listed(collection: Collection) -> str:
    """The address of the list of the sources of a collection; empty if there are too many for an address."""
    ids = [str(one.source["id"]) for one in collection.contributions]
    return f"/sources?{urlencode({'id.one_of': ','.join(ids)})}" if 0 < len(ids) <= MAX_LISTED else ""


def site_about(base: str, collections: Sequence[Collection], revision: int) -> dict[str, Any]:
    """What the start page says about itself to search engines: all collections together are one dataset."""
    sources = {one.source["id"]: one.source for collection in collections for one in collection.contributions}
    files = tuple(citing.Copied(name, f"{base}/v1/figures{suffix}", citing.NOT_SUMMED) for name, suffix in (("JSON", ""), ("CSV", ".csv")))
    cite = citing.Citing(citation(revision, f"{base}/"), revision, f"{base}/", files, "", "", (), tuple(citing.licences(sources.values())))
    name, text = NAME, "Facts of armed conflict, with the source of every value: who, where, what happened, how many."
    return {"canonical": f"{base}/", "name": name, "description": text, "linked_data": linked_data.dataset(name, text, f"{base}/", cite)}
