"""Translates a validated operation into a query: its selections become the tree of nodes that SQL is made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    ListValueNode,
    NamedTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    ValueNode,
    VariableNode,
    get_location,
    get_named_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective

from schema.model.field import Field
from schema.model.kind import Kind
from schema.surfaces.graphql.drafts import Member
from schema.surfaces.graphql.surface import Surface

from ..errors import ApiError, TooMuch
from ..pauses import pause
from ..query import conditions
from ..query.bindings import Guard, as_variables, count_leaves, leaves_of_variables, specialise
from ..query.nodes import Link, Links, Node, Query, Value
from . import arguments
from .introspection import fragments_of
from .requests import Operation

MAX_SELECTIONS = 5000
MAX_DEPTH = 60
MAX_ARGUMENT_VALUES = 2500  # Of one operation. A variable counts at each use, with all that is in it.
MAX_KEY_LENGTH = 128  # Characters. A key is repeated in the response and in the statement as often as its field is selected.

TYPENAME, INTROSPECTION, NO_MEMBER = Member("typename"), Member("introspection"), Member("")


@dataclass(frozen=True)
class SelectedField:
    """One response key of a selection set, with the field nodes that are merged under it."""

    key: str
    parent_type: str  # The name of the type that declares the field.
    member: Member  # The meaning of the field.
    arguments: dict[str, Any]
    type: GraphQLObjectType | None  # The type of its subfields; None if it has none.
    nodes: tuple[FieldNode | OperationDefinitionNode, ...]
    depth: int


class Translator:
    """Translates one operation of a validated document, with its coerced variables."""

    def __init__(self, surface: Surface, schema: GraphQLSchema, operation: Operation, variables: VariableValues, roles: Roles) -> None:
        self.surface, self.schema, self.roles, self.operation = surface, schema, roles, operation.definition
        self.members = surface.members
        self.visited = self.argument_values = 0
        self.fragments = fragments_of(operation.document)
        self.keys: list[str] = []  # The response keys of the root fields in the order of the document, introspection included.
        self.guards: list[Guard] = []
        coerced = {name: as_variables(value, self.guards, (name,)) for name, value in variables.coerced.items()}
        self.variables = VariableValues(variables.sources, coerced)
        self.sizes = {name: count_leaves(value) for name, value in variables.coerced.items()}
        self.leaves, self.uses = leaves_of_variables(variables.coerced), Counter[str]()
        self.nodes = 0  # Requested by lists of global ids.

    def query(self) -> Query:
        """The query of the operation. Raises BadArgument, BadCursor or TooMuch."""
        root = SelectedField("", "", NO_MEMBER, {}, self.schema.query_type, (self.operation,), 0)
        fields = list(self.subfields(root))
        self.keys = [selected.key for selected in fields]
        query = Query(self._nodes(fields), graphql=True, uses=self.uses)
        conditions.refuse_many_listed(self.leaves, self.uses)
        return query

    def subfields(self, parent: SelectedField) -> Iterator[SelectedField]:
        """The fields selected below a field, merged by response key, in the order of first appearance (GraphQL, 6.3.2)."""
        assert parent.type is not None
        if parent.depth >= MAX_DEPTH:
            raise TooMuch(f"the document nests deeper than {MAX_DEPTH} levels; split it into several requests")
        by_key: dict[str, list[FieldNode]] = {}
        for node in parent.nodes:
            if node.selection_set is not None:
                self._collect(parent.type, node.selection_set.selections, by_key, set())
        for key, nodes in by_key.items():
            yield self._selected(parent, key, tuple(nodes))

    def _selected(self, parent: SelectedField, key: str, nodes: tuple[FieldNode, ...]) -> SelectedField:
        assert parent.type is not None
        name, parent_type = nodes[0].name.value, parent.type.name
        if name.startswith("__"):
            return SelectedField(key, parent_type, TYPENAME if name == "__typename" else INTROSPECTION, {}, None, nodes, parent.depth + 1)
        definition = parent.type.fields[name]
        for argument in nodes[0].arguments or ():
            self._count_values(argument.value)
        values = get_argument_values(definition, nodes[0], self.variables)
        if arguments.WHERE in definition.args:
            values[arguments.WHERE] = arguments.written_where(definition, nodes[0], self.variables)
        named_type = get_named_type(definition.type)
        type = named_type if isinstance(named_type, GraphQLObjectType) else None
        return SelectedField(key, parent_type, self.members[parent_type][name], values, type, nodes, parent.depth + 1)

    def _count_values(self, value: ValueNode) -> None:
        """Count the values of an argument before they are built, which takes time at every use of a variable. Raises TooMuch."""
        if isinstance(value, ListValueNode):
            for item in value.values:
                self._count_values(item)
        elif isinstance(value, ObjectValueNode):
            for member in value.fields:
                self._count_values(member.value)
        else:
            if isinstance(value, VariableNode):
                self.uses[value.name.value] += 1
                if self.uses[value.name.value] % 16 == 0:  # Before thousands of them are built.
                    conditions.refuse_many_listed(self.leaves, self.uses)
            self.argument_values += self.sizes.get(value.name.value, 1) if isinstance(value, VariableNode) else 1
        if self.argument_values > MAX_ARGUMENT_VALUES:
            raise TooMuch(
                f"the arguments of the document have more than {MAX_ARGUMENT_VALUES:,} values, where a variable counts as often as it is used; "
                "send fewer, or pass lists with oneOf"
            )

    def _collect(
        self, type: GraphQLObjectType, selections: tuple[SelectionNode, ...], by_key: dict[str, list[FieldNode]], spread: set[str]
    ) -> None:
        """Collect the field nodes of a selection set by response key, through fragments. Raises TooMuch."""
        for selection in selections:
            if not self._included(selection):
                continue
            self.visited += 1
            if self.visited > MAX_SELECTIONS:  # Fragments that spread fragments can make a short document select without end.
                raise TooMuch(f"the document selects more than {MAX_SELECTIONS:,} fields; select fewer")
            if isinstance(selection, FieldNode):
                by_key.setdefault(_response_key(selection), []).append(selection)
            elif isinstance(selection, FragmentSpreadNode):
                if selection.name.value not in spread:
                    spread.add(selection.name.value)
                    fragment = self.fragments[selection.name.value]
                    if self._applies(fragment.type_condition, type):
                        self._collect(type, fragment.selection_set.selections, by_key, spread)
            elif isinstance(selection, InlineFragmentNode) and self._applies(selection.type_condition, type):
                self._collect(type, selection.selection_set.selections, by_key, spread)

    def _applies(self, condition: NamedTypeNode | None, type: GraphQLObjectType) -> bool:
        """Whether a fragment is about objects of a type."""
        if condition is None or condition.name.value in (type.name, *(interface.name for interface in type.interfaces)):
            return True
        union = self.schema.type_map.get(condition.name.value)
        return isinstance(union, GraphQLUnionType) and type in union.types

    def _included(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and specialise(skip["if"])) and not (include and not specialise(include["if"]))

    def selection(self, parent: SelectedField, provenance_field: Member = NO_MEMBER) -> tuple[Node, ...]:
        """The nodes of the fields selected below a field; `provenance_field` is the field of a kind whose provenance they belong to."""
        return self._nodes(self.subfields(parent), provenance_field)

    def selection_of(self, parent: SelectedField, type_name: str) -> tuple[Node, ...]:
        """The same where the schema only says that there is a Node, and its id says which type it has."""
        return self.selection(replace(parent, type=self._object_type(type_name)))

    def _object_type(self, name: str) -> GraphQLObjectType:
        type = self.schema.type_map[name]
        assert isinstance(type, GraphQLObjectType)
        return type

    def _nodes(self, fields: Iterable[SelectedField], provenance_field: Member = NO_MEMBER) -> tuple[Node, ...]:
        return tuple(self._node(selected, provenance_field) for selected in fields if selected.member is not INTROSPECTION)

    def _node(self, selected: SelectedField, provenance_field: Member) -> Node:
        """The node of a field. An error says at which field, and where in the document, it was found."""
        pause()
        try:
            return self.roles[selected.member.role](self, selected, provenance_field)
        except ApiError as error:
            node = selected.nodes[0]
            if not error.path and node.loc is not None:
                location = get_location(node.loc.source, node.loc.start)
                error.place = location.line, location.column
            error.path = (selected.key, *error.path)
            raise

    def claimed(self, selected: SelectedField, provenance_field: Member) -> Node:
        """The value that a claim gives for a field whose provenance is requested, which has the type of that field."""
        field = field_of(provenance_field)
        if field.type.ref is None:
            return Value(selected.key, field)
        return (Links if field.type.many else Link)(selected.key, field, self.selection(selected))


def _response_key(node: FieldNode) -> str:
    key = node.alias.value if node.alias else node.name.value
    if len(key) > MAX_KEY_LENGTH:
        raise TooMuch(f"{key[:20]}…: an alias may have at most {MAX_KEY_LENGTH} characters")
    return key


def field_of(member: Member) -> Field:
    assert member.field is not None
    return member.field


def kind_of(selected: SelectedField) -> Kind:
    assert selected.member.kind is not None
    return selected.member.kind


Roles = Mapping[str, Callable[[Translator, SelectedField, Member], Node]]  # By role of a field: the function that makes its node.
