"""The page of a list of any kind: a form with the parameters of REST, the records, the next page, and the files to download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import TooSlow
from ..http.query_string import parameters
from ..pauses import paced
from ..query.nodes import At, Page
from ..rest.parameters import AS_OF, Parameters
from ..sql.answering.collection_counts import codes_together, codes_used
from ..store.side_thread import beside
from ..store.store import Answer, Store
from ..words.exact_numbers import read_json
from . import citing, downloads, filters, graphql_text, linked_data
from .edition import citation
from .facts import FactPages, Made, Planned, origin
from .map_links import MapLinks
from .per_revision import OncePerRevision
from .queries import PageQueries
from .record_pages import RecordPages
from .shown_revision import Moment, moment
from .values import title

Document = Mapping[str, Any]
Used = Mapping[str, Sequence[str]]  # Codes by the kind or the measure of which records have them.


class ListPages:
    """Answers `/events` and the same of every other kind."""

    def __init__(self, kinds: Kinds, store: Store, queries: PageQueries, pages: FactPages, records: RecordPages, maps: MapLinks) -> None:
        self.kinds, self.store, self.queries, self.pages, self.records, self.maps = kinds, store, queries, pages, records, maps
        self.countries = OncePerRevision(store, self._read_countries)
        self.bases = OncePerRevision(store, self._read_bases)

    async def page(self, request: Request, kind: Kind) -> Response:
        """A page of a list. Raises what the list by REST raises."""
        asked = filters.given(parameters(request))
        # A cursor has the order that it was made with.
        params = asked if any(name in ("order", "after") for name, _ in asked) else [*asked, ("order", filters.default_order(kind))]
        planned = self.queries.list(kind, params)

        async def make(at: At) -> Made:
            answer = await self.store.run(*planned)
            used = await self._used(self.bases) if kind.totals and at.now else None
            return await beside(self._made, request, kind, asked, params, planned, answer, at, await self._used(self.countries), used)

        return await self.pages.respond(request, planned, make, (kind,))

    async def _used(self, codes: OncePerRevision[Used]) -> Used | None:
        """The codes that records have; None, so that all are offered, if reading them takes too long."""
        try:
            return await codes.get()
        except TooSlow:
            return None

    async def _read_countries(self) -> filters.Countries:
        found: dict[str, list[str]] = read_json((await self.store.pool.answer(codes_used(self.kinds, filters.COUNTRY)))[2])
        return found

    async def _read_bases(self) -> Used:
        """The bases of the numbers of each measure."""
        (kind,) = self.kinds.summed
        assert kind.totals
        found: Used = read_json((await self.store.pool.answer(codes_together(kind, kind.totals.measure, kind.totals.basis)))[2])
        return found

    def _made(
        self,
        request: Request,
        kind: Kind,
        asked: Parameters,
        params: Parameters,
        planned: Planned,
        answer: Answer,
        at: At,
        countries: filters.Countries | None,
        used: Used | None,
    ) -> Made:
        page = read_json(answer.roots[0] or "")
        sources = page.get("sources") or {}
        controls = filters.filters(self.kinds, kind, asked, countries)
        rows = tuple(self.records.row(kind, record, sources) for record in paced(page["data"]))
        shown = moment(answer, answer.roots[1], at)
        some = bool(page["next"]) or "after" in dict(asked)
        files = downloads.downloads(origin(request), kind, params, downloads.bases(kind, params, page["data"], not some, used))
        cite = replace(self._citing(request, kind, params, planned, answer, at, sources, shown, some), downloads=files)
        name = title(kind.plural)
        values = {
            "kind": kind, "name": name, "rows": rows, "count": page["count"], "controls": controls, "others": filters.others(kind, asked, controls),
            "next": _next(kind, params, page["next"]), "first": not any(name == "after" for name, _ in asked), "cite": cite,
            "moment": shown, "map": self.maps.of_list(kind, asked, page["count"]), "canonical": _canonical(request, kind, asked), "description": kind.description,
            "linked_data": linked_data.dataset(f"{name} of Conflict Facts", kind.description, f"{origin(request)}/{kind.plural}", cite),
        }  # fmt: skip
        return Made(answer, "list.html", values)

    def _citing(
        self, request: Request, kind: Kind, params: Parameters, planned: Planned, answer: Answer, at: At, sources: Document, shown: Moment, some: bool,
    ) -> citing.Citing:  # fmt: skip
        plan, values = planned
        base = origin(request)
        kept = [(name, text) for name, text in params if name not in (*AS_OF, "after")]
        pinned = f"{base}/{kind.plural}?{urlencode([*kept, ('revision', str(answer.revision))])}"
        page = plan.query.roots[0]
        assert isinstance(page, Page)
        document = graphql_text.list_query(self.kinds, kind, page, values, at if not at.walk else At(revision=answer.revision))
        licences = tuple(citing.licences(sources.values()))
        return citing.Citing(
            citation(answer.revision, kind.plural, pinned, whose=["Sources as named beside each record"]), answer.revision, pinned, citing.list_addresses(base, kind, params),
            document, citing.graphiql(document), citing.total_cards(base, kind, params, shown), licences, some=some,
        )  # fmt: skip


def _next(kind: Kind, params: Parameters, cursor: str | None) -> str:
    """The address of the next page; empty on the last one."""
    if not cursor:
        return ""
    kept = [(name, text) for name, text in params if name not in (*AS_OF, "after")]
    return f"/{kind.plural}?{urlencode([*kept, ('after', cursor)])}"


def _canonical(request: Request, kind: Kind, asked: Parameters) -> str:
    kept = [(name, text) for name, text in asked if name not in ("after", *AS_OF)]
    return f"{origin(request)}/{kind.plural}{'?' + urlencode(kept) if kept else ''}"
