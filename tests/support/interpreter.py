"""A plain, slow interpreter of GraphQL documents, which the compiled engine is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    parse,
)

from .expected_objects import Roots, Thing
from .graphql_arguments import Given, refusals


class Document:
    """One operation of a document with its variables: which fields it selects, with which arguments."""

    def __init__(self, schema: GraphQLSchema, text: str, variables: Mapping[str, Any], operation: str | None) -> None:
        self.schema, parsed = schema, parse(text)
        self.fragments = {one.name.value: one for one in parsed.definitions if isinstance(one, FragmentDefinitionNode)}
        operations = [one for one in parsed.definitions if isinstance(one, OperationDefinitionNode)]
        (self.operation,) = [one for one in operations if operation is None or (one.name and one.name.value == operation)]
        self.variables: Given = {}
        for one in self.operation.variable_definitions or ():
            name = one.variable.name.value
            default = self.value(one.default_value) if one.default_value else None
            self.variables[name] = variables.get(name, default)  # A null that is given is null, whatever the default.

    def refusals(self, newest: int) -> set[str]:
        """The error codes of the document, at any depth, also below records that do not exist; empty if it has an answer."""
        return {code for name, given, snapshot in self.asked() for code in refusals(name, given, newest, snapshot)}

    def asked(self) -> Iterator[tuple[str, Given, int | None]]:
        """Every field at whatever depth, with its arguments and the revision of the snapshot that it is in."""
        assert self.schema.query_type is not None
        return self._asked(self.schema.query_type, [self.operation.selection_set], None)

    def _asked(self, on: GraphQLObjectType, below: list[SelectionSetNode], snapshot: int | None) -> Iterator[tuple[str, Given, int | None]]:
        for nodes in self._fields(below).values():
            name, given = nodes[0].name.value, self.arguments(nodes[0])
            yield name, given, snapshot
            type = None if name == "__typename" else get_named_type(on.fields[name].type)
            if isinstance(type, GraphQLObjectType):
                within = self._asked(type, _below(nodes), given.get("revision") if name == "snapshot" else snapshot)
                yield from ((f"listed {inner}" if name == "revisions" else inner, given, at) for inner, given, at in within)

    def answer(self, root: Roots) -> Given:
        """The data that the operation asks for."""
        assert self.schema.query_type is not None
        return self._object(self.schema.query_type, [self.operation.selection_set], root)

    def _object(self, type: GraphQLObjectType, below: list[SelectionSetNode], thing: Thing) -> Given:
        found: Given = {}
        for key, nodes in self._fields(below).items():
            name = nodes[0].name.value
            if name == "__typename":
                found[key] = type.name
            else:
                found[key] = self._complete(type, nodes, thing.get(name, self.arguments(nodes[0])))
        return found

    def _complete(self, on: GraphQLObjectType, nodes: list[FieldNode], value: Any) -> Any:
        type = get_named_type(on.fields[nodes[0].name.value].type)
        if value is None or not isinstance(type, GraphQLObjectType):
            return list(value) if isinstance(value, tuple) else value
        if isinstance(value, list):
            return [self._object(type, _below(nodes), one) for one in value]
        return self._object(type, _below(nodes), value)

    def _fields(self, below: list[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """The selected fields by their key in the answer, in the order in which the keys are first seen."""
        found: dict[str, list[FieldNode]] = {}
        for one in below:
            for node in self._flat(one):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return found

    def _flat(self, below: SelectionSetNode) -> Iterator[FieldNode]:
        for node in below.selections:
            if not all(self._included(one) for one in node.directives or ()):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, FragmentSpreadNode):
                yield from self._flat(self.fragments[node.name.value].selection_set)
            elif isinstance(node, InlineFragmentNode):
                yield from self._flat(node.selection_set)

    def _included(self, directive: DirectiveNode) -> bool:
        (asked,) = directive.arguments or ()
        return bool(self.value(asked.value)) == (directive.name.value == "include")

    def arguments(self, node: FieldNode) -> Given:
        return {one.name.value: self.value(one.value) for one in node.arguments or ()}

    def value(self, node: ValueNode) -> Any:
        """A value as JSON has it; the name of a code is its text."""
        if isinstance(node, VariableNode):
            return self.variables[node.name.value]
        if isinstance(node, ListValueNode):
            return [self.value(one) for one in node.values]
        if isinstance(node, ObjectValueNode):
            return {one.name.value: self.value(one.value) for one in node.fields}
        if isinstance(node, NullValueNode):
            return None
        if isinstance(node, (IntValueNode, FloatValueNode)):
            return int(node.value) if isinstance(node, IntValueNode) else float(node.value)
        assert isinstance(node, (StringValueNode, BooleanValueNode, EnumValueNode))
        return node.value


def _below(nodes: list[FieldNode]) -> list[SelectionSetNode]:
    return [one.selection_set for one in nodes if one.selection_set]
