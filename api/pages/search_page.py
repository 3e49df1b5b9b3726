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

from ..errors import TooMuch
from ..http.query_string import only
from ..loading.background import CollectionProgress
from ..pauses import paced
from ..query.conditions import MAX_SEARCH_WORDS, in_range
from ..query.nodes import At, FoundKind, FoundMatch, FoundRecord, FoundRecords, HasNextPage, Node, Query, Revision, Search
from ..query.search import MAX_FOUND, read_text, sought
from ..rest.conditions import parse_number
from ..rest.ogc import DATETIME, has_dates
from ..rest.parameters import AS_OF, Parameters, requested_at
from ..store.side_thread import beside
from ..store.store import Answer, Store
from ..words.exact_numbers import read_json
from .citing import COUNTED
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
RELATED = "related"  # The match of records that are found by what they refer to, what they measure, and their days.


@dataclass(frozen=True)
class Found:
    """A record that was found, and the name of its kind. A number that is found by what it is about has the rank of `_importance`; all match alike."""

    kind: str
    row: Row
    rank: tuple[Any, ...] = ()


def _without(text: str, missing: Sequence[str]) -> str:
    """The parts of a text that something has; empty if these are all or none."""
    kept = [part for part in parts(text) if part not in missing] if missing else []
    return " ".join(kept)


def _importance(kind: Kind, record: Mapping[str, Any]) -> tuple[bool, bool, str, Any]:
    """What is stated before what others derived, then any number before zero, then the newest, then the largest, which may include the others."""
    assert kind.totals is not None and kind.span is not None and kind.quantities is not None
    most = max((record[name] for name in kind.quantities.numbers if record[name] is not None), default=0)
    return record[kind.totals.origin] not in kind.totals.derived_origins, most > 0, record[kind.span[1].name] or "", most


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
        self.kinds, self.store, self.queries, self.pages, self.records, self.unfinished = kinds, store, queries, pages, records, unfinished
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
            if not found and shorter != said:
                said, answer = shorter, await self.store.run(*await beside(self._plan, shorter, size, revision))
                found = await beside(self._found, said, answer)
            shown = await self._newest_first(said, found, size, revision, answer)
            missing = [] if found else [part for part in parts(said) if await self._has_nothing(part, revision)] if text else []
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
            return Made(answer, "search.html", values | self._listed(said, shown, size, answer))

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

    def _found(self, text: str, answer: Answer) -> list[Found]:
        """What a text finds, the best match first."""
        found = []
        for one in paced(read_json(answer.roots[1] or "")["data"]) if text else ():
            kind, record = self.names[one["kind"]], one["record"]
            rank = _importance(kind, record) if kind.totals and one["match"] == RELATED else ()
            found.append(Found(kind.name, self.records.row(kind, record, record.get("sources") or {}), rank))
        return found

    async def _newest_first(self, text: str, found: Sequence[Found], size: int, revision: Parameters, answer: Answer) -> list[Found]:
        """The same with the newest numbers before all others: a search has them by their ids, and not all of them."""
        first = next((n for n, one in enumerate(found) if one.rank), len(found))
        ranked = sorted((one for one in found if one.rank), key=lambda one: one.rank, reverse=True)
        newest = await self._newest(self.names[ranked[0].kind], text, size, revision, answer) if ranked else []
        rest = [one for one in found[first:] if not one.rank]
        return [*{one.row.href: one for one in (*found[:first], *newest, *ranked, *rest)}.values()]

    async def _newest(self, kind: Kind, text: str, size: int, revision: Parameters, answer: Answer) -> list[Found]:
        """The newest numbers that a text finds; none if listing them costs too much, or if a new revision was recorded since the answer."""
        if not (params := self._newest_params(kind, text)):
            return []
        try:
            planned = await beside(self.queries.rows, kind, [*params, (LIMIT, str(size)), *revision])
            listed = await self.store.run(*planned)
        except TooMuch:
            return []
        return await beside(self._rows, kind, listed) if listed.revision == answer.revision else []

    def _rows(self, kind: Kind, listed: Answer) -> list[Found]:
        page = read_json(listed.roots[0] or "")
        records = sorted(page["data"], key=lambda record: _importance(kind, record), reverse=True)
        return [Found(kind.name, self.records.row(kind, record, page.get("sources") or {})) for record in paced(records)]

    def _newest_params(self, kind: Kind, text: str) -> list[tuple[str, str]]:
        """The parameters of a list of the newest numbers that a text finds: those that totals add or, of some days, all that end on them."""
        params = self._list(kind, text)
        if not params or kind.span is None:
            return []
        if (days := params.pop(DATETIME, None)) is None:
            return [*params.items(), COUNTED]
        since, until = days.split("/")
        last = kind.span[1].name
        return [*params.items(), (f"{last}.gte", since), (f"{last}.lte", until)]

    def _listed(self, text: str, found: Sequence[Found], size: int, answer: Answer) -> dict[str, object]:
        """What the page shows of all that was found, and the lists that it leads to."""
        more = len(found) > size or bool(text and read_json(answer.roots[1] or "")["more"])
        found = found[:size]
        kinds = sorted(dict.fromkeys(self.names[one.kind] for one in found), key=lambda kind: (kind.totals is None, kind.span is None))
        lists = {
            kind.name: (title(kind.plural), f"/{kind.plural}?{urlencode(params)}") for kind in kinds if (params := self._list(kind, text))
        }
        numbers = [lists[one.kind][1] for one in found if one.kind in lists and self.names[one.kind].totals]
        return {"found": found, "more": more, "lists": lists.values(), "newest": numbers[0] if numbers and len(numbers) > 1 else ""}

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
