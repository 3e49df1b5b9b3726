"""GraphQL documents to queries: a validated selection becomes the tree that SQL is made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionNode,
    get_named_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective

from schema.graphql import Member, Surface, camel
from schema.kind import Field, Kind

from . import cursors, filters
from .errors import BadArgument, TooMuch
from .query import (
    AddedIn,
    After,
    At,
    Chosen,
    ChosenFor,
    Claims,
    Condition,
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
    Order,
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
    Where,
)
from .sql.documents import SOURCE

Arguments = dict[str, Any]
MAX_SELECTIONS = 5000


@dataclass(frozen=True)
class Selected:
    """One response key of a selection set: the field, its arguments, and the selections below it, merged."""

    key: str
    name: str
    arguments: Arguments
    type: GraphQLObjectType | None  # The type of the object below, where there is one.
    nodes: tuple[FieldNode, ...]


class Translator:
    """One operation of a validated document, with its coerced variables."""

    def __init__(self, surface: Surface, schema: GraphQLSchema, document: DocumentNode, variables: VariableValues) -> None:
        self.surface, self.schema, self.variables = surface, schema, variables
        self.members = surface.members
        self.visited = 0
        self.fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}

    def query(self, operation: OperationDefinitionNode) -> Query:
        root = self.schema.query_type
        assert root is not None
        return Query(tuple(self.roots(root, [operation])), graphql=True)

    # Selection sets

    def selected(self, parent: GraphQLObjectType, owners: list[Any]) -> Iterator[Selected]:
        """The fields below some nodes, those of one response key merged, in the order of first sight (GraphQL, 6.3.2)."""
        gathered: dict[str, list[FieldNode]] = {}
        for owner in owners:
            if owner.selection_set is not None:
                self._gather(owner.selection_set.selections, gathered, set())
        for key, nodes in gathered.items():
            definition = parent.fields.get(nodes[0].name.value)
            if definition is None:  # __typename; introspection does not come here.
                yield Selected(key, nodes[0].name.value, {}, parent, tuple(nodes))
                continue
            arguments = get_argument_values(definition, nodes[0], self.variables)
            below = get_named_type(definition.type)
            yield Selected(key, nodes[0].name.value, arguments, below if isinstance(below, GraphQLObjectType) else None, tuple(nodes))

    def _gather(self, selections: tuple[SelectionNode, ...], gathered: dict[str, list[FieldNode]], seen: set[str]) -> None:
        for one in selections:
            if not self._included(one):
                continue
            self.visited += 1
            if self.visited > MAX_SELECTIONS:  # Fragments that spread fragments can make a short document endless.
                raise TooMuch(f"the document selects more than {MAX_SELECTIONS:,} fields; ask for less")
            if isinstance(one, FieldNode):
                gathered.setdefault(one.alias.value if one.alias else one.name.value, []).append(one)
            elif isinstance(one, FragmentSpreadNode):
                if one.name.value not in seen:
                    seen.add(one.name.value)
                    self._gather(self.fragments[one.name.value].selection_set.selections, gathered, seen)
            else:  # An inline fragment. There are no interfaces or unions, so its type is that of the object.
                self._gather(one.selection_set.selections, gathered, seen)  # type: ignore[attr-defined]  # the third sort of selection

    def _included(self, node: SelectionNode) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and not (include and not include["if"])

    # Roots

    def roots(self, parent: GraphQLObjectType, owners: list[Any]) -> Iterator[Node]:
        for one in self.selected(parent, owners):
            if one.name == "__typename":
                yield Constant(one.key, parent.name)
            elif not one.name.startswith("__"):
                yield self._root(one, self.members[parent.name][one.name])

    def _root(self, one: Selected, member: Member) -> Node:
        if member.role == "record":
            assert member.kind is not None
            return Record(one.key, member.kind, str(one.arguments["id"]), self.selection(one, member.kind))
        if member.role == "page":
            return self.page(one, member)
        if member.role == "snapshot":
            assert one.type is not None
            return Snapshot(one.key, _at(one.arguments), tuple(self.roots(one.type, list(one.nodes))))
        columns = self._columns(one)
        if member.role == "revision":
            return Revision(one.key, columns, one.arguments.get("id"))
        first = filters.first(one.arguments.get("first"))
        return Revisions(one.key, columns, first, one.arguments.get("before"))

    def _columns(self, one: Selected) -> tuple[tuple[str, str], ...]:
        assert one.type is not None
        below = self.selected(one.type, list(one.nodes))
        members = self.members[one.type.name]
        return tuple((sub.key, members[sub.name].column if sub.name in members else f'"{one.type.name}"') for sub in below)

    # Records and what hangs on them

    def selection(self, one: Selected, kind: Kind | None, proved: Member | None = None) -> tuple[Node, ...]:
        """What is selected of a record or a claim of `kind`; `proved` is the field whose claims these are."""
        assert one.type is not None
        members = self.members[one.type.name]
        nodes = []
        for below in self.selected(one.type, list(one.nodes)):
            if below.name == "__typename":
                nodes.append(Constant(below.key, one.type.name))
            else:
                nodes.append(self._node(below, members[below.name], kind, proved))
        return tuple(nodes)

    def _node(self, one: Selected, member: Member, kind: Kind | None, proved: Member | None) -> Node:
        if proved is not None and member.role in PROVED:
            return PROVED[member.role](self, one, proved)
        return NODES[member.role](self, one, member)

    def claimed(self, one: Selected, proved: Member) -> Node:
        """What a claim says of the field that is proved: its value has the field's own type."""
        field = _field(proved)
        if field.type.ref is None:
            return Value(one.key, field)
        selection = self.selection(one, self.surface.kinds[field.type.ref])
        return Links(one.key, field, selection) if field.type.many else Link(one.key, field, selection)

    def page(self, one: Selected, member: Member) -> Page:
        """A connection with its arguments."""
        assert member.kind is not None and one.type is not None
        kind, arguments = member.kind, one.arguments
        result = Page(
            one.key, kind, self._parts(one, kind),
            where=self._where(kind, arguments.get("where") or {}),
            search=filters.words(arguments.get("search")),
            order=_order(kind, arguments.get("orderBy")) or (Order(None),),
            first=filters.first(arguments.get("first")),
            reverse=member.reverse,
        )  # fmt: skip
        after = arguments.get("after")
        return result if after is None else cursors.after(result, after)

    def _parts(self, one: Selected, kind: Kind) -> tuple[Node, ...]:
        assert one.type is not None
        parts: list[Node] = []
        for below in self.selected(one.type, list(one.nodes)):
            role = "__typename" if below.name == "__typename" else self.members[one.type.name][below.name].role
            if role == "__typename":
                parts.append(Constant(below.key, one.type.name))
            elif role == "nodes":
                parts.append(Nodes(below.key, self.selection(below, kind)))
            elif role == "edges":
                parts.append(Edges(below.key, self._edge(below, kind)))
            elif role == "total":
                parts.append(Total(below.key))
            else:
                parts.append(Group(below.key, self._page_info(below)))
        return tuple(parts)

    def _edge(self, one: Selected, kind: Kind) -> tuple[Node, ...]:
        assert one.type is not None
        makers: dict[str, Callable[[Selected], Node]] = {
            "cursor": lambda below: RowCursor(below.key),
            "node": lambda below: Nodes(below.key, self.selection(below, kind)),
            "__typename": lambda below: Constant(below.key, f"{kind.graphql}Edge"),
        }
        return tuple(makers[below.name](below) for below in self.selected(one.type, list(one.nodes)))

    def _page_info(self, one: Selected) -> tuple[Node, ...]:
        assert one.type is not None
        makers: dict[str, Callable[[str], Node]] = {
            "hasNextPage": More,
            "hasPreviousPage": After,
            "startCursor": lambda key: EndCursor(key, start=True),
            "endCursor": EndCursor,
            "__typename": lambda key: Constant(key, "PageInfo"),
        }
        return tuple(makers[below.name](below.key) for below in self.selected(one.type, list(one.nodes)))

    def _where(self, kind: Kind, given: Mapping[str, Any]) -> Where:
        """A filter object; a null in it asks nothing."""
        parts: list[Where | Condition] = []
        names = {camel(name): name for name in kind.fields}
        for name, value in given.items():
            if value is None:
                continue
            if name in ("and", "or"):
                parts.append(Where("all" if name == "and" else "any", tuple(self._where(kind, one) for one in value)))
            elif name == "not":
                parts.append(Where("none", (self._where(kind, value),)))
            else:
                parts += self._conditions(kind, names.get(name, "id"), value)
        return Where("all", tuple(parts))

    def _conditions(self, kind: Kind, name: str, operators: Mapping[str, Any]) -> Iterator[Condition]:
        one = kind.fields.get(name)
        spelt = {camel(operator): operator for operator in filters.operators(self.surface.kinds, one)}
        for spelling, value in operators.items():
            operator = spelt[spelling]
            if value is None:
                continue
            if operator == "match":
                assert one is not None
                yield Condition(one, "match", self._where(self.surface.kinds[one.type.ref or ""], value))
            else:
                yield filters.condition(one, operator, _plain(value), f"where: {name}: {spelling}")


def _plain(value: Any) -> Any:
    """The value behind Strawberry's enums, also in lists."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, Enum) else value


def _order(kind: Kind, given: list[dict[str, Any]] | None) -> tuple[Order, ...]:
    names = {camel(name): one for name, one in kind.fields.items()}
    terms = tuple(
        Order(names.get(name), descending=_plain(direction) == "desc")
        for term in given or () for name, direction in term.items()
    )  # fmt: skip
    return filters.once(terms)


def _at(arguments: Arguments) -> At:
    revision, time = arguments.get("revision"), arguments.get("asOf")
    if (revision is None) == (time is None):
        raise BadArgument("snapshot: give either revision or asOf, one of the two")
    if isinstance(time, dt.datetime) and time.tzinfo is None:
        time = time.replace(tzinfo=dt.UTC)
    return At(revision, time)


def _field(member: Member) -> Field:
    assert member.field is not None
    return member.field


def _deprecated(one: Selected) -> bool:
    return bool(one.arguments.get("deprecated"))


def _spelt(member: Member) -> tuple[tuple[str, Field], ...]:
    assert member.kind is not None
    return tuple((camel(name), one) for name, one in member.kind.fields.items())


NODES: dict[str, Callable[[Translator, Selected, Member], Node]] = {
    "id": lambda on, one, member: Id(one.key),
    "added_in": lambda on, one, member: AddedIn(one.key),
    "value": lambda on, one, member: Value(one.key, _field(member)),
    "link": lambda on, one, member: Link(one.key, _field(member), on.selection(one, member.kind)),
    "links": lambda on, one, member: Links(one.key, _field(member), on.selection(one, member.kind)),
    "claim_source": lambda on, one, member: Link(one.key, SOURCE, on.selection(one, member.kind)),
    "page": lambda on, one, member: on.page(one, member),
    "provenance": lambda on, one, member: Provenance(one.key, on.selection(one, member.kind)),
    "proof": lambda on, one, member: FieldProof(one.key, on.selection(one, member.kind, member)),
    "claims": lambda on, one, member: Claims(one.key, None, on.selection(one, member.kind), _deprecated(one)),
    "chosen_for": lambda on, one, member: ChosenFor(one.key, _spelt(member)),
}
# Below the provenance of a field, these speak of the field that is proved.
PROVED: dict[str, Callable[[Translator, Selected, Member], Node]] = {
    "field_claims": lambda on, one, proved: Claims(one.key, _field(proved), on.selection(one, proved.kind, proved), _deprecated(one)),
    "origins": lambda on, one, proved: Origins(one.key, _field(proved)),
    "disputed": lambda on, one, proved: Disputed(one.key, _field(proved)),
    "chosen": lambda on, one, proved: Chosen(one.key, _field(proved)),
    "claimed": lambda on, one, proved: on.claimed(one, proved),
}
