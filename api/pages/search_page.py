"""The page of a search: the records of every kind whose names have the words, and the record that has the text as its id."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.parsers import ID_PATTERN

from ..http.query_string import only
from ..query.bindings import Values
from ..query.nodes import At, HasNextPage, Page, Query, RecordNode
from ..rest.parameters import AS_OF, Parameters, requested_at
from ..store.plans import Plan
from ..store.store import Answer, Store
from .facts import FactPages, Made, Moment
from .queries import PageQueries
from .record_pages import RecordPages, Row
from .values import title

FOUND = 10  # Records of each kind that the page shows.


@dataclass(frozen=True)
class Found:
    """The records of one kind."""

    title: str
    rows: tuple[Row, ...]
    href: str  # Of the list with the same search.
    more: bool


class SearchPage:
    """Answers `/search`."""

    def __init__(self, kinds: Kinds, store: Store, queries: PageQueries, pages: FactPages, records: RecordPages) -> None:
        self.kinds, self.store, self.queries, self.pages, self.records = kinds, store, queries, pages, records
        searchable = [kind for kind in kinds.values() if kind.searchable]
        self.searched = tuple(sorted(searchable, key=lambda kind: kind.cites is None))  # What happened, and how many, before names.

    async def page(self, request: Request) -> Response:
        """What is found; an empty search shows the form alone. Raises UnknownArgument, BadArgument and TooMuch."""
        params = only(request, ("text", *AS_OF))
        text = params.get("text", "").strip()
        planned = self._plan(text, [(name, value) for name, value in params.items() if name in AS_OF])

        async def make(at: At) -> Made:
            answer = await self.store.run(*planned)
            found = self._found(text, answer) if text else []
            moment = Moment(answer.revision, "", not at.now)
            return Made(answer, "search.html", {"searched": text, "found": found, "moment": moment})

        return await self.pages.respond(request, planned, make, self.searched)

    def _plan(self, text: str, params: Parameters) -> tuple[Plan, Values]:
        at = requested_at(dict(params))
        roots = [self._page(kind, text) for kind in self.searched] if text else []
        ids = [RecordNode(f"the {kind.name}", kind, text, self.queries.row(kind)) for kind in self.kinds.values()] if _is_id(text) else []
        return self.store.compile(Query((*roots, *ids), at)), {}

    def _page(self, kind: Kind, text: str) -> Page:
        page = self.queries.readers[kind.name].listing([("search", text)]).page
        return replace(page, parts=(*self.queries.list_parts(kind), HasNextPage("more")), first=FOUND)

    def _found(self, text: str, answer: Answer) -> list[Found]:
        documents = [json.loads(root or "null") for root in answer.roots]
        found = []
        for kind, record in zip(self.kinds.values(), documents[len(self.searched) :], strict=False):
            if record:
                found.append(Found(f"The {kind.name} with this id", (self.records.row(kind, record, {}),), "", False))
        for kind, page in zip(self.searched, documents, strict=False):
            if page["data"]:
                rows = tuple(self.records.row(kind, record, page.get("sources") or {}) for record in page["data"])
                found.append(Found(title(kind.plural), rows, f"/{kind.plural}?{urlencode({'search': text})}", page["more"]))
        return found


def _is_id(text: str) -> bool:
    return bool(re.fullmatch(ID_PATTERN, text))
