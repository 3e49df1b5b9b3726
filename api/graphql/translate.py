"""GraphQL documents to queries: a validated selection becomes the tree that SQL is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    get_named_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective

from schema.model.kind import Field, Kind
from schema.surfaces.graphql import Member, Surface, camel

from ..errors import TooMuch
from ..query import conditions, cursors
from ..query.bindings import Pin, bound, given, pinned
from ..query.nodes import (
    AddedIn,
    After,
    Chosen,
    ChosenFor,
    Claims,
    Constant,
    Disputed,
    Edges,
    EndCursor,
    FieldProof,
    Group,
    Id,
    Link,
    Links,
    More,
    Node,
    Nodes,
    Origins,
    Page,
    Provenance,
    Query,
    Record,
    Revision,
    Revisions,
    RowCursor,
    Snapshot,
    Total,
    Value,
    Withheld,
)
from ..rest import totals
from ..sql.answering.records import SOURCE
from . import arguments

MAX_SELECTIONS = 5000
MAX_DEPTH = 60
MAX_KEY = 128  # Characters. A key stands in the answer, and in the statement, as often as its field is selected.

TYPENAME, INTROSPECTION, NOTHING = Member("typename"), Member("introspection"), Member("")


@dataclass(frozen=True)
class Selected:
    """One response key of a selection set: what its field stands for, and the nodes whose selections are merged below it."""

    key: str
    on: str  # The type that has the field.
    member: Member
    arguments: dict[str, Any]
    type: GraphQLObjectType | None  # The type of the object below, where there is one.
    nodes: tuple[FieldNode | OperationDefinitionNode, ...]
    depth: int


class Translator:
    """One operation of a validated document, with its coerced variables."""

    def __init__(self, surface: Surface, schema: GraphQLSchema, document: DocumentNode, variables: VariableValues) -> None:
        self.surface, self.schema = surface, schema
        self.members = surface.members
        self.visited = 0
        self.fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
        self.keys: list[str] = []  # Of the answer, in the order of the document; those of introspection among them.
        self.pins: list[Pin] = []
        coerced = {name: given(value, self.pins, (name,)) for name, value in variables.coerced.items()}
        self.variables = VariableValues(variables.sources, coerced)

    def query(self, operation: OperationDefinitionNode) -> Query:
        whole = Selected("", "", NOTHING, {}, self.schema.query_type, (operation,), 0)
        self.keys = [one.key for one in self.below(whole)]
        return Query(self.selection(whole), graphql=True)

    def below(self, one: Selected) -> Iterator[Selected]:
        """The fields below nodes, those of one response key merged, in the order of first sight (GraphQL, 6.3.2)."""
        assert one.type is not None
        if one.depth >= MAX_DEPTH:
            raise TooMuch(f"the document nests deeper than {MAX_DEPTH} levels; ask in several steps")
        gathered: dict[str, list[FieldNode]] = {}
        for node in one.nodes:
            if node.selection_set is not None:
                self._gather(node.selection_set.selections, gathered, set())
        for key, nodes in gathered.items():
            yield self._selected(one, key, tuple(nodes))

    def _selected(self, parent: Selected, key: str, nodes: tuple[FieldNode, ...]) -> Selected:
        assert parent.type is not None
        name, on = nodes[0].name.value, parent.type.name
        if name.startswith("__"):
            return Selected(key, on, TYPENAME if name == "__typename" else INTROSPECTION, {}, None, nodes, parent.depth + 1)
        definition = parent.type.fields[name]
        given = get_argument_values(definition, nodes[0], self.variables)
        type = get_named_type(definition.type)
        below = type if isinstance(type, GraphQLObjectType) else None
        return Selected(key, on, self.members[on][name], given, below, nodes, parent.depth + 1)

    def _gather(self, selections: tuple[SelectionNode, ...], gathered: dict[str, list[FieldNode]], seen: set[str]) -> None:
        for one in selections:
            if not self._included(one):
                continue
            self.visited += 1
            if self.visited > MAX_SELECTIONS:  # Fragments that spread fragments can make a short document endless.
                raise TooMuch(f"the document selects more than {MAX_SELECTIONS:,} fields; ask for less")
            if isinstance(one, FieldNode):
                gathered.setdefault(_key(one), []).append(one)
            elif isinstance(one, FragmentSpreadNode):
                if one.name.value not in seen:
                    seen.add(one.name.value)
                    self._gather(self.fragments[one.name.value].selection_set.selections, gathered, seen)
            elif isinstance(one, InlineFragmentNode):  # There are no interfaces or unions, so its type is that of the object.
                self._gather(one.selection_set.selections, gathered, seen)

    def _included(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and pinned(skip["if"])) and not (include and not pinned(include["if"]))

    def selection(self, one: Selected, proved: Member = NOTHING) -> tuple[Node, ...]:
        """What is selected below a field; `proved` is the field of a kind whose provenance it is."""
        return tuple(NODES[below.member.role](self, below, proved) for below in self.below(one) if below.member is not INTROSPECTION)

    def page(self, one: Selected) -> Page:
        """A connection with its arguments."""
        kind, given = _kind(one), one.arguments
        result = Page(
            one.key, kind, self.selection(one),
            where=arguments.where(self.surface.kinds, kind, given.get("where") or {}),
            search=conditions.words(given.get("search")),
            order=arguments.order(kind, given.get("orderBy")),
            first=conditions.first(given.get("first")),
            reverse=one.member.reverse,
        )  # fmt: skip
        after = given.get("after")
        return result if after is None else cursors.after(result, after)

    def claimed(self, one: Selected, proved: Member) -> Node:
        """What a claim says of the field that is proved: its value has the field's own type."""
        field = _field(proved)
        if field.type.ref is None:
            return Value(one.key, field)
        return (Links if field.type.many else Link)(one.key, field, self.selection(one))

    def columns(self, one: Selected, listed: bool = False) -> tuple[tuple[str, str], ...]:
        """The columns of a revision, or of those of a list; a column in quotation marks is a constant. Raises TooMuch."""
        if listed and any(below.member.role == "receipt" for below in self.below(one)):
            raise TooMuch("revisions, receipt: lists do not send receipts; ask revision(id: …) for the receipt of one")
        return tuple((below.key, below.member.column or f'"{below.on}"') for below in self.below(one))


def _key(node: FieldNode) -> str:
    key = node.alias.value if node.alias else node.name.value
    if len(key) > MAX_KEY:
        raise TooMuch(f"{key[:20]}…: an alias may have {MAX_KEY} characters")
    return key


def _field(member: Member) -> Field:
    assert member.field is not None
    return member.field


def _kind(one: Selected) -> Kind:
    assert one.member.kind is not None
    return one.member.kind


def _deprecated(one: Selected) -> bool:
    return bool(pinned(one.arguments.get("deprecated")))


def _spelt(kind: Kind) -> tuple[tuple[str, Field], ...]:
    return tuple((camel(name), one) for name, one in kind.fields.items())


NODES: dict[str, Callable[[Translator, Selected, Member], Node]] = {
    "typename": lambda on, one, _: Constant(one.key, one.on),
    # Roots
    "record": lambda on, one, _: Record(one.key, _kind(one), bound(one.arguments["id"], conditions.id), on.selection(one)),
    "snapshot": lambda on, one, _: Snapshot(one.key, arguments.at(one.arguments), on.selection(one)),
    "revision": lambda on, one, _: Revision(one.key, on.columns(one), bound(one.arguments.get("id"))),
    "revisions": lambda on, one, _: Revisions(
        one.key, on.columns(one, listed=True), conditions.first(one.arguments.get("first")), bound(one.arguments.get("before"))
    ),
    "withheld": lambda on, one, _: Withheld(one.key, on.columns(one)),
    "totals": lambda on, one, _: totals.node(on, one),
    # Pages
    "page": lambda on, one, _: on.page(one),
    "nodes": lambda on, one, _: Nodes(one.key, on.selection(one)),
    "edges": lambda on, one, _: Edges(one.key, on.selection(one)),
    "node": lambda on, one, _: Nodes(one.key, on.selection(one)),
    "cursor": lambda on, one, _: RowCursor(one.key),
    "total": lambda on, one, _: Total(one.key),
    "page_info": lambda on, one, _: Group(one.key, on.selection(one)),
    "more": lambda on, one, _: More(one.key),
    "previous": lambda on, one, _: After(one.key),
    "start_cursor": lambda on, one, _: EndCursor(one.key, start=True),
    "end_cursor": lambda on, one, _: EndCursor(one.key),
    # Records and claims
    "id": lambda on, one, _: Id(one.key),
    "added_in": lambda on, one, _: AddedIn(one.key),
    "value": lambda on, one, _: Value(one.key, _field(one.member)),
    "link": lambda on, one, _: Link(one.key, _field(one.member), on.selection(one)),
    "links": lambda on, one, _: Links(one.key, _field(one.member), on.selection(one)),
    "claim_source": lambda on, one, _: Link(one.key, SOURCE, on.selection(one)),
    "claims": lambda on, one, _: Claims(one.key, None, on.selection(one), _deprecated(one)),
    "chosen_for": lambda on, one, _: ChosenFor(one.key, _spelt(_kind(one))),
    # Provenance: below that of a field, all speaks of the field that is proved.
    "provenance": lambda on, one, _: Provenance(one.key, on.selection(one)),
    "proof": lambda on, one, _: FieldProof(one.key, on.selection(one, one.member)),
    "field_claims": lambda on, one, proved: Claims(one.key, _field(proved), on.selection(one, proved), _deprecated(one)),
    "origins": lambda on, one, proved: Origins(one.key, _field(proved)),
    "disputed": lambda on, one, proved: Disputed(one.key, _field(proved)),
    "chosen": lambda on, one, proved: Chosen(one.key, _field(proved)),
    "claimed": lambda on, one, proved: on.claimed(one, proved),
}
