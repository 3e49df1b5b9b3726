"""The page of a record of any kind: its sentence, its fields with their provenance, the records that refer to it, and how to cite it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from schema.model.claim import CLAIMED_BY
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from .. import words
from ..errors import NotFound, WithheldError, shown
from ..http.query_string import only, parameters
from ..http.responses import withheld_message
from ..query.node_ids import parse_id_of
from ..query.nodes import At
from ..rest.parameters import AS_OF
from ..store.store import Answer, Store
from ..words.exact_numbers import read_json
from . import citing, graphql_text, linked_data, oembed, sentences
from .card_pictures import picture_path
from .card_words import CONTENTS
from .contributions import claimed_by
from .edition import citation
from .facts import FactPages, Made, origin
from .history import since
from .map_links import MapLinks, query_string
from .markup import ProofMarkup, Related, Row
from .page_language import ENGLISH, LANG, SPOKEN, Spoken, spoken
from .page_provenance import Proofs
from .queries import PageQueries
from .shown_revision import Moment, moment
from .values import Values, record_name, record_path, title

Document = Mapping[str, Any]
CLAIMED = 5  # Records of each kind that a source speaks of, on its page: reading them takes longer than all else on it.
FEW_CLAIMS = 10  # The page of a record with no more is rendered in a millisecond or two.


class RecordPages:
    """Answers `/events/{id}` and the same of every other kind."""

    def __init__(self, kinds: Kinds, store: Store, queries: PageQueries, pages: FactPages, maps: MapLinks) -> None:
        self.kinds, self.store, self.queries, self.pages, self.maps = kinds, store, queries, pages, maps
        self.values = Values(kinds)
        self.proofs = Proofs(kinds, self.values)
        self.selections = {kind.name: graphql_text.selection(kinds, kind) for kind in kinds.values()}

    async def page(self, request: Request, kind: Kind) -> Response:
        """The page of a record. Raises NotFound, WithheldError and what the record by REST raises."""
        only(request, (*AS_OF, LANG) if kind.quantities else AS_OF)
        spoken(request.query_params.get(LANG, ENGLISH))
        id = parse_id_of(kind.name, request.path_params["id"], "id").id or request.path_params["id"]
        params = [pair for pair in parameters(request) if pair[0] != LANG]
        planned = self.queries.record(kind, id, params)

        async def make(at: At) -> Made:
            claimed = asyncio.ensure_future(self._claimed(kind, id, at.now))  # While the record is read: it takes as long.
            try:
                answer = await self.store.run(*planned)
                if answer.roots[0] is None:
                    await self._refuse(kind, id, at, answer)
                is_named_newest = not at.now and answer.revision == answer.current
                return await self._made(request, kind, answer, at, self._claimed(kind, id) if is_named_newest else claimed)
            finally:
                claimed.cancel()

        return await self.pages.respond(request, planned, make)

    async def _refuse(self, kind: Kind, id: str, at: At, answer: Answer) -> None:
        """Say why there is no record: it is withheld, or does not exist."""
        if source := await self.store.withholding_source(kind, id, at):
            raise WithheldError(withheld_message(kind, id, source), source)
        when = "" if at.now else f" in revision {answer.revision}"
        raise NotFound(f"there is no {kind.name} {shown(id)!r}{when}")

    async def _made(self, request: Request, kind: Kind, answer: Answer, at: At, claimed: Awaitable[list[Related]]) -> Made:
        record, sources = read_json(answer.roots[0] or ""), read_json(answer.roots[1] or "{}")
        shown_at = moment(answer, answer.roots[2], at)
        language = spoken(request.query_params.get(LANG, ENGLISH))
        heading = language.sentence(record, sources) if kind.quantities else sentences.sentence(kind, record, sources)
        claims = self.proofs.claims(kind, record, sources)
        fields = self.proofs.fields(kind, record, claims, await since(self.store, self.queries, kind, record))
        own = citing.licences(_cited(record, sources))
        cite = self._citing(request, kind, record, shown_at, at, heading, tuple(own))
        values = {
            "kind": kind, "record": record, "name": sentences.short(kind, record), "heading": heading, "fields": fields, "proofs": ProofMarkup(claims, shown_at.query, f"/v1/{kind.plural}/{record['id']}{shown_at.query}"), "moment": shown_at,
            "language": language, "languages": _languages(kind, record, shown_at, language),
            "related": (*self._related(kind, record, shown_at), *await claimed), "cite": cite, "map": self.maps.of_record(kind, record, record_name(kind, record), parameters(request)), "disputed": any(view.disputed for view in fields),
            "canonical": f"{origin(request)}{record_path(kind, record['id'])}", "description": heading, "grade": sentences.graded(kind, record, sources),
            "picture": f"{origin(request)}{picture_path(kind, record['id'])}{shown_at.query}" if kind.name in CONTENTS else "",
            "discovery": tuple(oembed.discovery(origin(request), record_path(kind, record["id"]) + _with_language(shown_at, language))) if kind.name in CONTENTS else (), "linked_data": linked_data.record(kind, record, heading, cite, origin(request)),
        }  # fmt: skip
        return Made(answer, "record.html", values, small=len(claims) <= FEW_CLAIMS)

    def _related(self, kind: Kind, record: Document, shown_at: Moment) -> Iterator[Related]:
        for reverse in sorted(kind.reverses.values(), key=lambda reverse: reverse.kind.quantities is None):  # Numbers first.
            page = record[reverse.name]
            if page["data"]:
                href = f"/{reverse.kind.plural}?{reverse.field.name}={record['id']}{shown_at.query.replace('?', '&')}"
                rows = tuple(self.row(reverse.kind, one, page.get("sources") or {}, {reverse.field.name: record}) for one in page["data"])
                yield Related(title(reverse.name), rows, href, page["more"], bool(reverse.kind.totals))

    async def _claimed(self, kind: Kind, id: str, of_today: bool = True) -> list[Related]:
        """The records that a source makes claims about; those of today, so none on a page as of an earlier revision."""
        if kind is not kind.sources or not of_today:
            return []
        found = await claimed_by(self.kinds, self.store, id, CLAIMED + 1)
        numbers = {other: [one["id"] for one in records][:CLAIMED] for other, records in found.items() if other.quantities}
        shown = await self.store.run(*self.queries.named(numbers)) if numbers else None
        pages = {other: read_json(root or "") for other, root in zip(numbers, shown.roots if shown else (), strict=True)}
        return [self._claimed_of(other, records, pages.get(other), id) for other, records in found.items()]

    def _claimed_of(self, kind: Kind, records: Sequence[Document], page: Document | None, source: str) -> Related:
        """The records of one kind that a source makes claims about: numbers as lists show them, others by their names."""
        rows = [Row(record_name(kind, one), record_path(kind, one["id"]), "", "") for one in records[:CLAIMED]]
        if page:
            rows = [self.row(kind, one, page.get("sources") or {}) for one in page["data"]]
        href = f"/{kind.plural}{query_string([(CLAIMED_BY, source)])}"
        return Related(f"Claims about {kind.plural}", tuple(rows), href, len(records) > CLAIMED, bool(kind.totals))

    def row(self, kind: Kind, record: Document, sources: Mapping[str, Document], known: Document | None = None) -> Row:
        """A record as a line of a list. `known` is what the line does not say, because the page is about it, and what claims are compared with."""
        full = {**record, **(known or {})}
        disputed = words.disputed(full, sources).lstrip("; ") if kind.quantities else ""
        named = sentences.credited(kind, full, sources)
        return Row(
            sentences.short(kind, record),
            self._target(kind, record),
            sentences.about(kind, record),
            disputed,
            named,
            _left_out(kind, record),
        )

    def _target(self, kind: Kind, record: Document) -> str:
        """The page that a line leads to: a record that only connects two others leads to one of them."""
        if not kind.label and not kind.quantities:
            for field in kind.links:
                if record.get(field.name):
                    return record_path(self.kinds[field.type.ref or ""], record[field.name]["id"])
        return record_path(kind, record["id"])

    def _citing(
        self, request: Request, kind: Kind, record: Document, shown_at: Moment, at: At, heading: str, licences: tuple[citing.Licence, ...]
    ) -> citing.Citing:
        params = [(name, text) for name, text in parameters(request) if name in AS_OF]
        base, id = origin(request), record["id"]
        pinned = f"{base}{record_path(kind, id)}?revision={shown_at.revision}"
        document = graphql_text.record_query(kind, id, self.selections[kind.name], at)
        lang = request.query_params.get(LANG, ENGLISH)
        whose = [licence.attribution for licence in licences if licence.attribution]
        return citing.Citing(
            citation(shown_at.revision, f"{kind.name} {id}", pinned, whose=whose), shown_at.revision, pinned, citing.addresses(base, self.kinds, kind, record, params),
            document, citing.graphiql(document), citing.cards(base, kind, id, shown_at, heading, lang), licences,
        )  # fmt: skip


def _left_out(kind: Kind, record: Document) -> str:
    """Why totals do not add a number, in words; empty if they do."""
    for field in kind.computed.values():
        if (code := record.get(field.name)) and field.type.vocabulary:
            label = field.type.vocabulary.codes[code].label
            return f"not added to totals: {label[:1].lower() + label[1:]}"
    return ""


def _with_language(shown_at: Moment, language: Spoken) -> str:
    """What the address of a page ends in, with its revision and its language where these are named."""
    at = [("revision", str(shown_at.revision))] if shown_at.named else []
    return query_string([*at, *([(LANG, language.code)] if language.code != ENGLISH else [])])


def _languages(kind: Kind, record: Document, shown_at: Moment, language: Spoken) -> list[tuple[Spoken, str]]:
    """The page of a figure in each of the other languages."""
    if not kind.quantities:
        return []
    path = record_path(kind, record["id"])
    return [(one, path + _with_language(shown_at, one)) for one in SPOKEN.values() if one is not language]


def _cited(record: Document, sources: Mapping[str, Document]) -> list[Document]:
    """The sources of the claims about a record, those whose values are published first."""
    published = [record["claims"][entry["chosen"]]["source"] for entry in record["provenance"] if entry["chosen"]]
    others = [claim["source"] for claim in record["claims"].values()]
    return [sources[id] for id in dict.fromkeys([*published, *others]) if id in sources]
