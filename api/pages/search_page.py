"""The page of a search: what a text finds in all kinds, the best match first, and the lists with the same words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..http.query_string import only
from ..loading.background import CollectionProgress
from ..query.conditions import MAX_SEARCH_WORDS, in_range
from ..query.nodes import At, FoundKind, FoundMatch, FoundRecord, FoundRecords, HasNextPage, Node, Query, Revision, Search
from ..query.search import MAX_FOUND, read_text, sought
from ..rest.conditions import parse_number
from ..rest.ogc import DATETIME, has_dates
from ..rest.parameters import AS_OF, Parameters, requested_at
from ..store.side_thread import beside
from ..store.store import Answer, Store
from ..words.exact_numbers import read_json
from .facts import FactPages, Made, Planned
from .markup import Row
from .queries import MOMENT, PageQueries
from .question_words import is_number, parts, without_question_words
from .record_pages import RecordPages
from .shown_revision import moment
from .values import title

FOUND = 30  # Records that the page shows, unless `limit` is given.
LIMIT = "limit"
TEXT = "text"


@dataclass(frozen=True)
class Found:
    """A record that was found, and the name of its kind."""

    kind: str
    row: Row


def _without(text: str, missing: Sequence[str]) -> str:
    """The parts of a text that something has; empty if these are all or none."""
    kept = [part for part in parts(text) if part not in missing] if missing else []
    return " ".join(kept)


class SearchPage:
    """Answers `/search`."""

    def __init__(
        self,
        kinds: Kinds,
        store: Store,
        queries: PageQueries,
        pages: FactPages,
        records: RecordPages,
        unfinished: Callable[[], Sequence[CollectionProgress]],
    ) -> None:
        """`unfinished` returns the collections that are not loaded yet, whose records a search cannot find."""
        self.kinds, self.store, self.pages, self.records, self.unfinished = kinds, store, pages, records, unfinished
        found = tuple(FoundRecord("", kind, queries.alone(kind)) for kind in kinds.searchable)
        item: tuple[Node, ...] = (FoundKind("kind"), FoundMatch("match"), FoundRecords("record", found))
        self.parts = (FoundRecords("data", (), item), HasNextPage("more"))
        self.names = {kind.name: kind for kind in kinds.searchable}

    async def page(self, request: Request) -> Response:
        """What is found; an empty search shows the form alone. Raises UnknownArgument, BadArgument and TooMuch."""
        params = only(request, (TEXT, LIMIT, *AS_OF))
        size = in_range(parse_number(LIMIT, params[LIMIT]), LIMIT, MAX_FOUND) if params.get(LIMIT) else FOUND
        text = params.get(TEXT, "").strip()
        revision, shorter = [(name, value) for name, value in params.items() if name in AS_OF], without_question_words(text)
        asked = shorter if len(text.split()) > MAX_SEARCH_WORDS else text
        planned = await beside(self._plan, asked, size, revision)

        async def make(at: At) -> Made:
            said, answer = asked, await self.store.run(*planned)
            found = await beside(self._found, said, answer)
            if not found["found"] and shorter != said:
                said, answer = shorter, await self.store.run(*await beside(self._plan, shorter, size, revision))
                found = await beside(self._found, said, answer)
            missing = [] if found["found"] else [part for part in parts(said) if await self._has_nothing(part, revision)] if text else []
            values = {
                "searched": text,
                "said": said,
                "missing": [part for part in missing if not is_number(part)],
                "numbers": [part for part in missing if is_number(part)],
                "rest": _without(said, missing),
                "all": self._all(said, size, params),
                "unfinished": [collection.name for collection in self.unfinished()],
                "moment": moment(answer, answer.roots[0], at),
            }
            return Made(answer, "search.html", values | found)

        return await self.pages.respond(request, planned, make, self.kinds.searchable)

    async def _has_nothing(self, part: str, revision: Parameters) -> bool:
        """Whether nothing is found by a part of a text alone."""
        return not read_json((await self.store.run(*await beside(self._plan, part, 1, revision))).roots[1] or "")["data"]

    def _all(self, text: str, size: int, params: Mapping[str, str]) -> str:
        """The address with as many as a search shows at most; empty if this is it."""
        return f"/search?{urlencode({**params, TEXT: text, LIMIT: MAX_FOUND})}" if size < MAX_FOUND else ""

    def _plan(self, text: str, size: int, params: Parameters) -> Planned:
        nodes: list[Node] = [Revision("revision", MOMENT)]
        if text:
            nodes.append(Search("data", self.kinds.searchable, sought(self.kinds, text), self.parts, size))
        return self.store.compile(Query(tuple(nodes), requested_at(dict(params)))), {}

    def _found(self, text: str, answer: Answer) -> dict[str, object]:
        page: dict[str, Any] = read_json(answer.roots[1] or "") if text else {"data": [], "more": False}
        found = []
        for one in page["data"]:
            kind, record = self.names[one["kind"]], one["record"]
            found.append(Found(kind.name, self.records.row(kind, record, record.get("sources") or {})))
        kinds = sorted(dict.fromkeys(self.names[one.kind] for one in found), key=lambda kind: (kind.totals is None, kind.span is None))
        lists = {
            kind.name: (title(kind.plural), f"/{kind.plural}?{urlencode(params)}") for kind in kinds if (params := self._list(kind, text))
        }
        numbers = [lists[one.kind][1] for one in found if one.kind in lists and self.names[one.kind].totals]
        return {"found": found, "more": page["more"], "lists": lists.values(), "newest": numbers[0] if numbers and len(numbers) > 1 else ""}

    def _list(self, kind: Kind, text: str) -> dict[str, str]:
        """The parameters of a list with what a text says, the newest first; none if the text has days, and the records of the kind have not."""
        if not text:
            return {}
        read = read_text(text)
        if read.span and not has_dates(self.kinds, kind):
            return {}
        params = {"search": " ".join(read.others if read.span else read.words)} if read.others or not read.span else {}
        if read.span:
            params[DATETIME] = "/".join(day.isoformat() for day in read.span)
        return params | ({"order": f"-{kind.span[1].name}"} if kind.totals and kind.span else {})
