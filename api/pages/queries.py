"""The queries of pages: what a page of a record and a page of a list read, as plans of the store. The parameters are those of REST."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from schema.model.field import Field
from schema.model.kind import Kind, Reverse
from schema.model.kinds import Kinds
from schema.model.types import TEXT

from ..errors import BadArgument, UnknownArgument, shown
from ..query import conditions
from ..query.bindings import Guard, Parameter, ValuePath, Values, Variable
from ..query.nodes import (
    AddedIn,
    At,
    Column,
    Condition,
    Evidence,
    EvidenceClaims,
    EvidenceSources,
    HasNextPage,
    Id,
    Link,
    Links,
    NextPageUrl,
    Node,
    Nodes,
    Page,
    Places,
    Query,
    RecordNode,
    Replaces,
    Revision,
    SourcesNode,
    TotalCount,
    Value,
    Where,
)
from ..rest.parameters import ParameterReader, Parameters, requested_at
from ..rest.selections import short_record
from ..store.plans import Plan
from ..store.store import Store
from .sentences import cited

RELATED = 12  # Related records of each sort that a page of a record shows.
LISTED = 50  # Records of a page of a list, unless `limit` is given.
MAX_LISTED = 200  # More of them as HTML would occupy the one thread of the server for long.
ID: ValuePath = ("{id}",)
MOMENT: tuple[Node, ...] = (Column("id", "id"), Column("recorded_at", "recorded_at"))
VERSION: tuple[Node, ...] = (AddedIn("added_in"), Replaces("replaces"))
SOURCE_FIELDS = ("title", "kind", "publisher", "url", "published_on", "language", "license", "attribution", "reliability")
NAMES_OF_SOURCES = ("title", "publisher")  # What the sentences of a list say of them.
CHOSEN_BY_PAGES = ("fields", "provenance", "explain", "count", "words")


class PageQueries:
    """The plans of the pages of every kind."""

    def __init__(self, kinds: Kinds, store: Store) -> None:
        self.kinds, self.store = kinds, store
        self.readers = {kind.name: ParameterReader(kinds, kind) for kind in kinds.values()}

    def record(self, kind: Kind, id: str, params: Parameters) -> tuple[Plan, Values]:
        """The plan of the page of one record: its fields with the provenance of each, and the records that refer to it."""
        values = {**_values(params), ID: id}

        def compile() -> tuple[Query, Sequence[Guard]]:
            declared: dict[str, Any] = {}
            guards: list[Guard] = []
            for n, (name, text) in enumerate(params):
                declared[name] = Variable((name, n), text, guards)
            parameter = Parameter(lambda values: conditions.parse_record_id(values[ID]), "")
            proven = tuple(kind.fields.values())
            roots = (
                RecordNode("data", kind, parameter, tuple(self._record(kind))),
                SourcesNode("sources", kind, parameter, proven, self._source()),
                Revision("revision", MOMENT),
            )
            return Query(roots, requested_at(declared)), guards

        return self.store.cached_plan(("page of a record", kind.name), values, compile), values

    def version(self, kind: Kind, id: str, revision: int) -> tuple[Plan, Values]:
        """The plan of a record as of an earlier revision: its fields, without provenance."""
        values: dict[ValuePath, Any] = {ID: id, ("revision",): revision}

        def compile() -> tuple[Query, Sequence[Guard]]:
            at = At(revision=Parameter(lambda values: values[("revision",)], revision))
            parameter = Parameter(lambda values: conditions.parse_record_id(values[ID]), "")
            return Query((RecordNode("data", kind, parameter, (*self._values(kind), *VERSION)),), at), ()

        return self.store.cached_plan(("version of a record", kind.name), values, compile), values

    def list(self, kind: Kind, params: Parameters) -> tuple[Plan, Values]:
        """The plan of a page of a list. Raises UnknownArgument and what a list by REST raises."""
        for name, text in params:
            if name in CHOSEN_BY_PAGES:
                raise UnknownArgument(f"{shown(name)}: pages choose what they show; `/v1/{kind.plural}` takes this parameter")
            if name == "limit" and text.isdecimal() and (len(text) > 9 or int(text) > MAX_LISTED):
                raise BadArgument(f"limit: a page shows at most {MAX_LISTED} records; `/v1/{kind.plural}` returns more, and its files all")
        return self._listed(kind, params, TotalCount("count"), NextPageUrl("next", ""))

    def rows(self, kind: Kind, params: Parameters) -> tuple[Plan, Values]:
        """The plan of the records of a list alone, as its page shows them. Raises what a list by REST raises."""
        return self._listed(kind, params)

    def _listed(self, kind: Kind, params: Parameters, *about: Node) -> tuple[Plan, Values]:
        values = _values(params)

        def compile() -> tuple[Query, Sequence[Guard]]:
            guards: list[Guard] = []
            listing = self.readers[kind.name].listing([(name, Variable((name, n), text, guards)) for n, (name, text) in enumerate(params)])
            page = replace(listing.page, parts=(*self.list_parts(kind), *about))
            if listing.limit is None:
                page = replace(page, first=LISTED)
            after = page.cursor
            at = At(after.revision, walk=not after.named) if after else listing.at
            return Query((page, Revision("revision", MOMENT)), at), guards

        return self.store.cached_plan(("page of a list", len(about), kind.name), values, compile), values

    def places(self, kind: Kind, params: Parameters) -> tuple[Plan, Values]:
        """The plan of a map of a list. Raises UnknownArgument and what a list by REST raises."""
        for name, _ in params:
            if name in (*CHOSEN_BY_PAGES, "limit", "after", "order"):
                raise UnknownArgument(f"{shown(name)}: is not a parameter of maps, which show every record that meets the conditions")
        values = _values(params)

        def compile() -> tuple[Query, Sequence[Guard]]:
            guards: list[Guard] = []
            listing = self.readers[kind.name].listing([(name, Variable((name, n), text, guards)) for n, (name, text) in enumerate(params)])
            page = replace(listing.page, parts=(Places("places", self._source()),))
            return Query((page, Revision("revision", MOMENT)), listing.at), guards

        return self.store.cached_plan(("map of a list", kind.name), values, compile), values

    def named(self, ids: Mapping[Kind, Sequence[str]]) -> tuple[Plan, Values]:
        """The plan of records of some kinds by their ids, as lists show them; at most `RELATED` of each kind."""
        values: dict[ValuePath, Any] = {("ids", kind.name): tuple(names) for kind, names in ids.items()}

        def compile() -> tuple[Query, Sequence[Guard]]:
            return Query(tuple(self._named(kind, tuple(names)) for kind, names in ids.items())), ()

        return self.store.cached_plan(("named records", *(kind.name for kind in ids)), values, compile), values

    def _named(self, kind: Kind, ids: tuple[str, ...]) -> Page:
        parameter = Parameter(lambda values: values[("ids", kind.name)], ids)
        return Page(
            kind.plural, kind, self.list_parts(kind, named=True), where=Where("all", (Condition(None, "one_of", parameter),)), first=RELATED
        )

    def _record(self, kind: Kind) -> Iterator[Node]:
        yield from self._values(kind)
        yield from VERSION
        yield from (Evidence("provenance", tuple(kind.fields.values())), EvidenceClaims("claims"))
        for reverse in kind.reverses.values():
            parts = (*self.list_parts(reverse.kind, reverse, named=True), HasNextPage("more"))
            yield Page(reverse.name, reverse.kind, parts, reverse=reverse, first=RELATED)

    def _values(self, kind: Kind) -> Iterator[Node]:
        """The id and every field."""
        yield Id("id")
        for field in kind.shown.values():
            yield from self._value(field, 2)

    def list_parts(self, kind: Kind, reverse: Reverse | None = None, named: bool = False) -> tuple[Node, ...]:
        """The records of a list, with the sources of the field that a kind cites; `named`: only their names, not their licences."""
        row = self.row(kind, reverse)
        if kind.cites is None:
            return (Nodes("data", row),)
        row += (Evidence("provenance", cited(kind), brief=True), EvidenceClaims("claims"))
        return (Nodes("data", row), EvidenceSources("sources", self._source(NAMES_OF_SOURCES if named else SOURCE_FIELDS)))

    def alone(self, kind: Kind) -> tuple[Node, ...]:
        """What a list shows of a record, with the sources of its own claims."""
        if kind.cites is None:
            return self.row(kind)
        proofs = (Evidence("provenance", kind.groups[kind.cites]), EvidenceClaims("claims"), EvidenceSources("sources", self._source()))
        return (*self.row(kind), *proofs)

    def row(self, kind: Kind, reverse: Reverse | None = None) -> tuple[Node, ...]:
        """What a list shows of a record; without the reference to the record whose page the list is on."""
        fields = [field for field in kind.shown.values() if (reverse is None or field is not reverse.field) and _is_in_lists(kind, field)]
        return (Id("id"), *(node for field in fields for node in self._value(field, 2)))

    def _value(self, field: Field, depth: int) -> Iterator[Node]:
        if field.type.ref is None:
            yield Value(field.name, field)
        elif field.type.many:
            yield Links(field.name, field, short_record(self.kinds[field.type.ref]))
        else:
            yield Link(field.name, field, tuple(self._brief(self.kinds[field.type.ref], depth - 1)))

    def _brief(self, kind: Kind, depth: int) -> Iterator[Node]:
        """What a sentence says of a record that another one refers to: its name, its codes and dates, and where it is."""
        yield Id("id")
        for field in kind.fields.values():
            if field.type.ref is None and (field.name == kind.label or field.type.vocabulary or field.type.is_date):
                yield Value(field.name, field)
            elif field.type.ref not in (None, kind.name) and not field.type.many and depth:
                yield from self._value(field, depth)

    def _source(self, names: Sequence[str] = SOURCE_FIELDS) -> tuple[Node, ...]:
        kind = self.kinds["source"]
        return (Id("id"), *(Value(name, kind.fields[name]) for name in names if name in kind.fields))


def _is_in_lists(kind: Kind, field: Field) -> bool:
    """Whether a list shows a field: no long text, and no list of records."""
    return (field.type is not TEXT or field.search or field.name == kind.label) and not (field.type.ref and field.type.many)


def _values(params: Parameters) -> dict[ValuePath, Any]:
    return {(name, n): text for n, (name, text) in enumerate(params)}
