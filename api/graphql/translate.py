"""GraphQL documents to queries: a validated selection becomes the tree that SQL is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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

from schema.model.field import Field
from schema.model.kind import Kind
from schema.surfaces.graphql.drafts import Member
from schema.surfaces.graphql.surface import Surface

from ..errors import TooMuch
from ..query import conditions, cursors
from ..query.bindings import Guard, as_variables, specialise
from ..query.nodes import (
    Link,
    Links,
    Node,
    Page,
    Query,
    Value,
)
from . import arguments

MAX_SELECTIONS = 5000
MAX_DEPTH = 60
MAX_KEY_LENGTH = 128  # Characters. A key stands in the answer, and in the statement, as often as its field is selected.

TYPENAME, INTROSPECTION, NO_MEMBER = Member("typename"), Member("introspection"), Member("")


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


@dataclass(frozen=True)
class Operation:
    """A parsed document and the operation in it that a request selects."""

    document: DocumentNode
    definition: OperationDefinitionNode


class Translator:
    """One operation of a validated document, with its coerced variables."""

    def __init__(self, surface: Surface, schema: GraphQLSchema, operation: Operation, variables: VariableValues, roles: Roles) -> None:
        self.surface, self.schema, self.roles, self.operation = surface, schema, roles, operation.definition
        self.members = surface.members
        self.visited = 0
        self.fragments = {one.name.value: one for one in operation.document.definitions if isinstance(one, FragmentDefinitionNode)}
        self.keys: list[str] = []  # Of the answer, in the order of the document; those of introspection among them.
        self.guards: list[Guard] = []
        coerced = {name: as_variables(value, self.guards, (name,)) for name, value in variables.coerced.items()}
        self.variables = VariableValues(variables.sources, coerced)

    def query(self) -> Query:
        whole = Selected("", "", NO_MEMBER, {}, self.schema.query_type, (self.operation,), 0)
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
        values = get_argument_values(definition, nodes[0], self.variables)
        type = get_named_type(definition.type)
        below = type if isinstance(type, GraphQLObjectType) else None
        return Selected(key, on, self.members[on][name], values, below, nodes, parent.depth + 1)

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
        return not (skip and specialise(skip["if"])) and not (include and not specialise(include["if"]))

    def selection(self, one: Selected, proved: Member = NO_MEMBER) -> tuple[Node, ...]:
        """What is selected below a field; `proved` is the field of a kind whose provenance it is."""
        return tuple(self.roles[below.member.role](self, below, proved) for below in self.below(one) if below.member is not INTROSPECTION)

    def page(self, one: Selected) -> Page:
        """A connection with its arguments."""
        kind, values = kind_of(one), one.arguments
        result = Page(
            one.key, kind, self.selection(one),
            where=arguments.where_argument(self.surface.kinds, kind, values.get("where") or {}),
            search=conditions.search_words(values.get("search")),
            order=arguments.order_argument(kind, values.get("orderBy")),
            first=conditions.page_size(values.get("first")),
            reverse=one.member.reverse,
        )  # fmt: skip
        after = values.get("after")
        return result if after is None else cursors.page_after(result, after)

    def claimed(self, one: Selected, proved: Member) -> Node:
        """What a claim says of the field that is proved: its value has the field's own type."""
        field = field_of(proved)
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
    if len(key) > MAX_KEY_LENGTH:
        raise TooMuch(f"{key[:20]}…: an alias may have {MAX_KEY_LENGTH} characters")
    return key


def field_of(member: Member) -> Field:
    assert member.field is not None
    return member.field


def kind_of(one: Selected) -> Kind:
    assert one.member.kind is not None
    return one.member.kind


Roles = Mapping[str, Callable[[Translator, Selected, Member], Node]]  # What node each role of a field becomes.
