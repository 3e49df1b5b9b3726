"""What a card shows: of a figure or of an event, now or as of a revision, and what has happened to it since."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schema.kinds.figure import QUANTITIES
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.parsers import ID_PATTERN

from .. import words
from ..errors import NotFound, WithheldError, shown
from ..http.responses import withheld_message
from ..query.bindings import Guard, Parameter, ValuePath, Values
from ..query.nodes import At, Column, EvidenceSources, Node, Nodes, Order, Page, Query, RecordNode, RecordStates, Revision, TotalCount
from ..rest.selections import Selector, short_record
from ..store.store import Store
from ..words import dates
from ..words.exact_numbers import read_json
from .card_options import CardOptions
from .card_words import CONTENTS, Content, in_language, related_of_event, related_of_figure, without
from .notice_fields import PRINTED, WATCHED
from .notice_words import GONE, NoticeText, marked, merged, written
from .notices import Event, Notice, State, notices, read_states, removed_in
from .page_language import ENGLISH

Document = Mapping[str, Any]
OF_LOCATION = ",".join(f"location.{name}" for name in WATCHED["location"])
EVENT_FIELDS = ",".join([*(name for name in WATCHED["event"] if name != "location"), OF_LOCATION])
OF_EVENT = ",".join(f"event.{name}" for name in EVENT_FIELDS.split(","))
FIELDS = {"figure": f"*,{OF_EVENT},{OF_LOCATION},actor.name", "event": EVENT_FIELDS}
MOMENT: tuple[Node, ...] = (Column("id", "id"), Column("recorded_at", "recorded_at"))
ID, AT, BASE = ("id",), ("at",), ("base",)  # Where a plan of a card has its values.
READ_FIGURES = 50  # The newest of an event, from which its card takes some.


@dataclass(frozen=True)
class Card:
    """A card as its template prints it."""

    content: Content
    page: str  # The path of the page with the provenance.
    revision: int  # That of what it shows.
    recorded_at: str
    current: int  # The newest revision.
    newest_at: str
    frozen: bool
    notices: tuple[NoticeText, ...] = ()
    picture: str = ""  # The path of a chart or of a map of the same; empty if there is none.
    drawn: bool = False  # Whether the card shows the picture itself.

    @property
    def sentence(self) -> str:
        """All of it in one sentence, which begins with what has become of it if it is no longer published."""
        sentence = self.content.sentence
        return f"{self.gone.tag}: {self.content.isolated(sentence)}" if self.gone else sentence

    @property
    def told(self) -> list[NoticeText]:
        """The notices that are printed."""
        return [notice for notice in self.notices if notice.text]

    @property
    def redacted(self) -> NoticeText | None:
        """The notice that it may have shown what is withheld now, if it may."""
        return next((notice for notice in self.notices if notice.event is Event.REDACTED), None)

    @property
    def gone(self) -> NoticeText | None:
        """The notice that what it shows is no longer published, if it is not."""
        return next((notice for notice in self.notices if notice.gone), None)


@dataclass(frozen=True)
class Read:
    """What the database has for a card: the record, the revision that it is of, the newest one, and what happened between them."""

    record: Document | None
    shown: Document
    newest: Document
    states: Sequence[State]
    current: int


class RecordCards:
    """Makes the cards of figures and of events."""

    def __init__(self, kinds: Kinds, store: Store) -> None:
        self.kinds, self.store = kinds, store
        self.selectors = {name: Selector(kinds, kinds[name]) for name in FIELDS}

    async def card(self, kind: Kind, id: str, options: CardOptions) -> Card:
        """The card of a record. Raises NotFound, WithheldError, NoSuchRevision, and what the store raises."""
        if not re.fullmatch(ID_PATTERN, id):
            raise NotFound(f"no {kind.name} can have the id {shown(id)!r}")
        read = await self._read(kind, id, options.at, options.base)
        if read.record is None:
            read = await self._as_it_was(kind, id, options)
        assert read.record is not None
        told = await self._written(kind, self._notices(kind, read.states, WATCHED[kind.name], PRINTED[kind.name]), options)
        gone: dict[str, str] = {}
        if read.states and not any(notice.gone for notice in told):
            related = await self._of_related(kind, id, read, options)
            told += [notice for _, notice in related]
            gone = {id: notice.tag for id, notice in related if notice.event in GONE}
        if not options.frozen:  # A card of now shows itself who disagrees, and who says it.
            told = [notice for notice in told if notice.event in (*GONE, Event.CORRECTED)]
        if not options.notices:
            told = [marked(notice) for notice in told if notice.marks]
        content = without(CONTENTS[kind.name](kind, read.record), gone)
        if options.language.code != ENGLISH:
            content = in_language(content, read.record, options.language)
        page = f"/{kind.plural}/{id}" + (f"?revision={read.shown['id']}" if options.frozen else "")
        return Card(
            content,
            page,
            read.shown["id"],
            read.shown["recorded_at"],
            read.current,
            read.newest["recorded_at"],
            options.frozen,
            tuple(merged(told)),
        )

    async def _as_it_was(self, kind: Kind, id: str, options: CardOptions) -> Read:
        """A record that is no longer there, as it was in the last revision before it was removed, with all that it refers to."""
        if source := await self.store.withholding_source(kind, id, options.at):
            raise WithheldError(withheld_message(kind, id, source), source)
        if options.frozen:
            raise NotFound(f"there is no {kind.name} {shown(id)!r} in revision {options.at.revision}")
        answer = await self.store.answer(Query((self._states(kind, id, At(revision=0), ()),)))
        removed = removed_in(read_states(answer.roots[0] or "[]"))
        last = At(revision=removed.revision - 1) if removed else None
        read = await self._read(kind, id, last, last) if last else None
        if read is None or read.record is None:
            raise NotFound(f"there is no {kind.name} {shown(id)!r}")
        return read

    async def _read(self, kind: Kind, id: str, at: At, base: At | None) -> Read:
        """The record as of `at`, and its states since `base`."""
        values: dict[ValuePath, Any] = {ID: id, AT: at.revision}
        if base is not None:
            values |= {BASE: base.revision if base.time is None else base.time}

        def compile() -> tuple[Query, Sequence[Guard]]:
            own, parameter = _parameter(values, ID), _parameter(values, AT)
            roots: list[Node] = [
                RecordNode("data", kind, own, self._selection(kind), at if at.now else replace(at, revision=parameter)),
                Revision("shown", MOMENT, None if at.now else parameter), Revision("newest", MOMENT),
            ]  # fmt: skip
            if base is not None:
                since = _parameter(values, BASE)
                roots.append(self._states(kind, own, At(revision=since) if base.time is None else At(time=since), PRINTED[kind.name]))
            return Query(tuple(roots)), ()

        timed = base is not None and base.time is not None
        answer = await self.store.run(self.store.cached_plan(("card", kind.name, timed), values, compile), values)
        record, shown, newest, *states = (read_json(root or "null") for root in answer.roots)
        nothing = {"id": answer.current if at.revision is None else at.revision, "recorded_at": ""}  # Before the first revision.
        return Read(record, shown or nothing, newest or nothing, read_states(answer.roots[-1] or "[]") if states else (), answer.current)

    def _selection(self, kind: Kind) -> tuple[Node, ...]:
        cited = ",".join([field.name for field in words.CITED] if kind.quantities else WATCHED[kind.name])
        selection = self.selectors[kind.name].complete_selection(FIELDS[kind.name], cited)
        if kind.totals:
            return selection
        figure, sources = self.kinds["figure"], self.selectors["figure"].sources()
        own = self.selectors["figure"].selection("*,location.name,actor.name", ",".join(QUANTITIES.numbers))
        parts = (Nodes("data", own), EvidenceSources("sources", sources), TotalCount("count"))
        newest = (Order(figure.fields[dates.PERIOD[1]], descending=True),)
        return (*selection, Page("figures", figure, parts, order=newest, reverse=kind.reverses["figures"], first=READ_FIGURES))

    def _states(self, kind: Kind, id: str | Parameter, base: At, cited: Sequence[str]) -> RecordStates:
        return RecordStates("states", kind, id, tuple(kind.fields[name] for name in WATCHED[kind.name]), base, tuple(cited))

    async def _of_related(self, kind: Kind, id: str, read: Read, options: CardOptions) -> list[tuple[str, NoticeText]]:
        """What has happened to other records that the card speaks of, or did, by id: the event of a figure, the figures of an event, and what it names."""
        assert read.record is not None
        if options.base is None:
            return []
        if kind.totals:
            related = related_of_figure(read.record)
        else:  # A card of now no longer has the figures that were retracted.
            was = read if options.frozen else await self._read(kind, id, At(revision=read.states[0].revision), None)
            both = {(one.kind, one.id): one for document in (read.record, was.record) if document for one in related_of_event(document)}
            related = [*both.values()]
        if not related:
            return []
        nodes = tuple(self._states(self.kinds[one.kind], one.id, options.base, one.cited) for one in related)
        answer = await self.store.answer(Query(nodes))
        found = []
        for one, root in zip(related, answer.roots, strict=True):
            told = self._notices(self.kinds[one.kind], read_states(root or "[]"), one.watched, one.cited)
            texts = await self._written(self.kinds[one.kind], [notice for notice in told if one.tells(notice)], options, one.about)
            found += [(one.id, text) for text in texts]
        return found

    async def _written(self, kind: Kind, found: Sequence[Notice], options: CardOptions, about: str = "") -> list[NoticeText]:
        """Notices in words, with the names of the records to which fields referred that were corrected."""
        links = [field for field in kind.links if field.type.ref]
        ids = {
            (field.type.ref or "", record[field.name]): self.kinds[field.type.ref or ""]
            for notice in found for field in links if notice.event is Event.CORRECTED and field.name in notice.fields
            for record in (notice.then, notice.now) if record.get(field.name)
        }  # fmt: skip
        names: dict[tuple[str, str], str] = {}
        if ids:
            nodes = tuple(RecordNode(f"record_{n}", other, id, short_record(other)) for n, ((_, id), other) in enumerate(ids.items()))
            answer = await self.store.answer(Query(nodes))
            for (key, other), root in zip(ids.items(), answer.roots, strict=True):
                if root:
                    names[key] = read_json(root)[other.label or "id"]
        return [written(kind, notice, options.frozen, about, names) for notice in found]

    def _notices(self, kind: Kind, states: Sequence[State], watched: Sequence[str], cited: Sequence[str]) -> list[Notice]:
        """What has happened since the first of the states."""
        groups = {group: [field.name for field in fields if field.name in watched] for group, fields in kind.groups.items()}
        return notices(states, groups, cited)


def _parameter(values: Values, path: ValuePath) -> Parameter:
    """A value of a plan, which other cards have otherwise."""
    return Parameter(lambda values: values[path], values[path])
