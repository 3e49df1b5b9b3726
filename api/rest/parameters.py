"""REST addresses to queries: every parameter is checked, typed and, where unknown, refused with the nearest one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from schema.codelists.vocabularies import suggestion
from schema.model.claim import CLAIM_FIELDS
from schema.model.field import Field
from schema.model.kind import Kind, Reverse
from schema.model.kinds import Kinds

from ..errors import BadArgument, TooMuch, UnknownArgument
from ..query import conditions, cursors
from ..query.bindings import bind, specialise
from ..query.nodes import (
    NO_CONDITION,
    AddedIn,
    At,
    Chosen,
    Claims,
    Condition,
    Disputed,
    FieldProof,
    Id,
    Link,
    Links,
    NextPageUrl,
    Node,
    Nodes,
    Order,
    OriginCount,
    Page,
    Provenance,
    Value,
    Where,
)
from ..sql.answering.records import SOURCE

SHAPE = {
    "fields": "Fields to answer, separated by commas; `*` for all of its own, dots into links: `*,location.name,figures.best`.",
    "provenance": "Fields to prove, separated by commas; `*` for all, `none` for none.",
    "revision": "The facts as of this revision.",
    "as_of": "The facts as of the last revision recorded by this time, ISO 8601.",
}
LISTING = {
    "order": "Fields to order by, separated by commas; a leading `-` descends. Ties are broken by id.",
    "limit": "How many at most: 1 to 1,000; by default 100.",
    "after": "A cursor: the page after it, as of the revision of the page that gave it.",
    "search": "Words that must occur in the names, whatever their case and accents.",
}
Parameters = list[tuple[str, Any]]  # Texts or, on their way into a plan, Given ones.
MAX_STEPS = 10  # From record to record, in a filter or in `fields`.


@dataclass(frozen=True)
class ListingRequest:
    """What a request asks of a kind."""

    selection: tuple[Node, ...]
    at: At
    page: Page
    limit: Any = None  # Only where it was given: an export is whole without.


class Reader:
    """Reads the parameters of requests about one kind."""

    own: ClassVar[dict[str, str]] = {**SHAPE, **LISTING}

    def __init__(self, kinds: Kinds, kind: Kind) -> None:
        self.kinds, self.kind = kinds, kind

    def record(self, parameters: Parameters) -> ListingRequest:
        """What is asked of one record, which is proved in full unless told not to."""
        given = self._given(parameters, SHAPE)
        if given.filters:
            self._refuse(given.filters[0][0], SHAPE)
        selection = self.selection(specialise(given.own.get("fields", "*")), specialise(given.own.get("provenance", "*")))
        return ListingRequest(selection, at(given.own), Page("data", self.kind, ()))

    def listing(self, parameters: Parameters, selection: tuple[Node, ...] | None = None) -> ListingRequest:
        """What is asked of a list; `selection`, where given, is that of a format which has its own."""
        given = self._given(parameters, self.own)
        own = given.own
        chosen = selection or self.selection(specialise(own.get("fields", "*")), specialise(own.get("provenance", "none")))
        if "search" in own and not self.kind.searched:
            raise UnknownArgument(f"search: {self.kind.plural} have no names to search in")
        first = conditions.page_size(own.get("limit"), "limit", lambda text: number("limit", text))
        where = Where("all", tuple(self._condition(name, values) for name, values in given.filters)) if given.filters else NO_CONDITION
        page = Page(
            "data", self.kind, (Nodes("data", chosen), NextPageUrl("next", "")),
            where=where, search=conditions.search_words(own.get("search")), order=self.order(specialise(own.get("order", "id"))),
            first=first,
        )  # fmt: skip
        if "after" in own:
            if "revision" in own or "as_of" in own:
                raise BadArgument("after: the cursor holds the revision that it goes on with; leave out revision and as_of")
            page = cursors.page_after(page, own["after"])
        return ListingRequest(chosen, at(own), page, first if "limit" in own else None)

    # Parameters

    @dataclass
    class Given:
        own: dict[str, Any]
        filters: list[tuple[str, list[Any]]]

    def _given(self, parameters: Parameters, own: dict[str, str]) -> Given:
        """Parameters by name: our own, each of which stands once, and filters."""
        found: dict[str, list[Any]] = {}
        for name, value in parameters:
            found.setdefault(name, []).append(value)
        for name in own:
            once(name, found.get(name, []))
        return self.Given(
            {name: values[0] for name, values in found.items() if name in own},
            [(name, values) for name, values in found.items() if name not in own],
        )  # fmt: skip

    def _refuse(self, name: str, own: Iterable[str]) -> None:
        raise UnknownArgument(f"{name}: is no parameter here; {suggestion(name, own)}")

    def _condition(self, name: str, values: list[Any]) -> Condition:
        """`country=SYR`, `started_on.gte=2024-11-27`, `event.country=SYR`: fields, then an operator; `eq` goes without saying."""
        return self._step(self.kind, _path(name, name), name, values)

    def _step(self, kind: Kind, path: list[str], name: str, values: list[Any]) -> Condition:
        one = kind.fields.get(path[0])
        if one is None and path[0] != "id":
            known = [*kind.fields, "id", *(self.own if kind is self.kind else ())]
            raise UnknownArgument(f"{name}: {kind.plural} have no field {path[0]!r}; {suggestion(path[0], known)}")
        operators = [operator for operator in conditions.operators(self.kinds, one) if operator != "match"]
        operator = path[1] if len(path) > 1 else "eq" if "eq" in operators else operators[0]
        if operator in operators and len(path) <= 2:
            if operator == "one_of":
                return conditions.condition(one, operator, values, name, lambda texts: [item for text in texts for item in text.split(",")])
            if len(values) > 1 and operator == "eq":
                once(name, values, f"use {path[0]}.one_of={','.join(map(specialise, values))}")
            once(name, values)
            return conditions.condition(one, operator, values[0], name)
        if one is not None and one.type.ref and not one.type.many and len(path) > 1:
            target = self.kinds[one.type.ref]
            if path[1] in (*target.fields, "id"):
                return Condition(one, "match", Where("all", (self._step(target, path[1:], name, values),)))
            operators = [*operators, *target.fields]
        raise UnknownArgument(f"{name}: {path[0]} cannot be asked for {'.'.join(path[1:])}; {suggestion(path[-1], operators)}")

    def order(self, text: str) -> tuple[Order, ...]:
        terms = []
        for part in text.split(","):
            name = part.strip().removeprefix("-")
            if name != "id" and (name not in self.kind.fields or not self.kind.fields[name].orderable):
                known = [one.name for one in self.kind.fields.values() if one.orderable]
                raise BadArgument(f"order: {self.kind.plural} cannot be ordered by {name!r}; {suggestion(name, [*known, 'id'])}")
            terms.append(Order(self.kind.fields.get(name), descending=part.strip().startswith("-")))
        return conditions.unique_terms(tuple(terms))

    # Selections

    def selection(self, fields: str, provenance: str) -> tuple[Node, ...]:
        paths = [_path("fields", part.strip()) for part in fields.split(",") if part.strip()]
        nodes = tuple(self._nodes(self.kind, paths))
        proved = self._proved(provenance)
        return (*nodes, Provenance("provenance", proved)) if proved else nodes

    def _nodes(self, kind: Kind, paths: list[list[str]]) -> Iterator[Node]:
        """The id, the fields that are named, and what is named below links."""
        yield Id("id")
        everything = ["*"] in paths or not paths
        below: dict[str, list[list[str]]] = {}
        for path in paths:
            if path not in (["*"], ["id"]):
                below.setdefault(path[0], []).extend([path[1:]] if path[1:] else [])
        known = [*kind.fields, *kind.reverses, "added_in"]
        for name in known:
            if name in below or (everything and name in kind.fields):
                yield self._node(kind, name, below.pop(name, []))
        for name in below:
            if name in ("*", "id"):
                raise BadArgument(f"fields: {name} has nothing below it")
            raise BadArgument(f"fields: {kind.plural} have no {name!r}; {suggestion(name, [*known, 'id', '*'])}")

    def _node(self, kind: Kind, name: str, paths: list[list[str]]) -> Node:
        if name in kind.reverses:
            return self._reverse(kind.reverses[name], paths)
        one = kind.fields.get(name)
        if one is None or one.type.ref is None:
            if paths:
                raise BadArgument(f"fields: {name} of {kind.plural} has nothing below it")
            return AddedIn(name) if one is None else Value(name, one)
        target = self.kinds[one.type.ref]
        selection = tuple(self._nodes(target, paths)) if paths else named(target)
        return (Links if one.type.many else Link)(name, one, selection)

    def _reverse(self, reverse: Reverse, paths: list[list[str]]) -> Page:
        """The records that refer to this one: the first hundred, and the address of the rest."""
        fields = f"&fields={','.join('.'.join(path) for path in paths)}" if paths else ""
        address = f"/v1/{reverse.kind.plural}?{reverse.field.name}={{id}}{fields}&after="
        parts = (Nodes("data", tuple(self._nodes(reverse.kind, paths))), NextPageUrl("next", address))
        return Page(reverse.name, reverse.kind, parts, reverse=reverse)

    def _proved(self, text: str) -> tuple[Node, ...]:
        if text == "none":
            return ()
        names = list(self.kind.fields) if text == "*" else [name.strip() for name in text.split(",")]
        for name in names:
            if name not in self.kind.fields:
                raise BadArgument(
                    f"provenance: {self.kind.plural} have no field {name!r}; {suggestion(name, [*self.kind.fields, '*', 'none'])}"
                )
        return tuple(self._proof(self.kind.fields[name]) for name in dict.fromkeys(names))

    def _proof(self, one: Field) -> FieldProof:
        value: Node = Value("value", one)
        source = self.kinds[SOURCE.type.ref or ""]
        whole = tuple(self._nodes(source, []))
        if one.type.ref is not None:
            value = (Links if one.type.many else Link)("value", one, named(self.kinds[one.type.ref]))
        about = [
            Links(name, field, whole) if field.type.ref else Value(name, field) for name, field in CLAIM_FIELDS.items()
        ]  # fmt: skip
        claim = (value, Chosen("chosen", one), Link("source", SOURCE, whole), *about, AddedIn("added_in"))
        return FieldProof(one.name, (Disputed("disputed", one), OriginCount("origins", one), Claims("claims", one, claim)))


def named(kind: Kind) -> tuple[Node, ...]:
    """A record in short: its id and what names it to a person."""
    return (Id("id"), Value(kind.label, kind.fields[kind.label])) if kind.label else (Id("id"),)


def once(name: str, values: list[Any], cure: str = "give it once") -> None:
    if len(values) > 1:
        raise BadArgument(f"{name}: stands {len(values)} times; {cure}")


def number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadArgument(f"{name}: must be a whole number, not {text!r}")
    return int(text)


def _path(name: str, text: str) -> list[str]:
    path = text.split(".")
    if len(path) > MAX_STEPS:
        raise TooMuch(f"{name}: has {len(path)} steps, and {MAX_STEPS} is the limit; ask in several requests")
    return path


def at(own: dict[str, Any]) -> At:
    if "revision" in own and "as_of" in own:
        raise BadArgument("revision, as_of: give one of the two")
    if "revision" in own:
        return At(revision=bind(own["revision"], lambda text: number("revision", text)))
    return At(time=bind(own["as_of"], lambda text: conditions.parse_time(text, "as_of"))) if "as_of" in own else At()
