"""Introspection, which graphql-core answers from the schema alone. Its size is limited: a few words can select the whole schema many times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    execute_sync,
)

from ..errors import TooMuch
from .requests import Operation

INTROSPECTION_FIELDS = ("__schema", "__type")
# Estimated lengths of the lists of introspection, and how often one type wraps another. GraphiQL's query selects some 100,000 values.
TYPICAL_LIST_LENGTHS = {"types": 200, "fields": 10, "args": 3, "inputFields": 6, "enumValues": 10, "directives": 6, "ofType": 0.5}
MAX_INTROSPECTION_VALUES = 500_000

Fragments = Mapping[str, FragmentDefinitionNode]


def has_introspection(operation: Operation) -> bool:
    """Whether an operation selects introspection at its root, directly or through fragments, skipped or not."""
    return _selects_introspection(operation.definition.selection_set, fragments_of(operation.document), set())


def introspect(schema: GraphQLSchema, operation: Operation, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the introspection fields of an operation, by response key. Raises TooMuch above the limit, and GraphQLError."""
    definition = operation.definition
    fragments = {name: _reduced(fragment, schema) for name, fragment in fragments_of(operation.document).items()}
    selection_set = _introspection_only(definition.selection_set)
    count = _estimated_values(selection_set, fragments, {})
    if count > MAX_INTROSPECTION_VALUES:
        raise TooMuch(
            f"the introspection could return {count:,.0f} values, and {MAX_INTROSPECTION_VALUES:,} is the limit; select less of it"
        )
    reduced = OperationDefinitionNode(
        operation=definition.operation, name=definition.name, selection_set=selection_set,
        variable_definitions=definition.variable_definitions, directives=definition.directives,
    )  # fmt: skip
    result = execute_sync(schema, DocumentNode(definitions=(reduced, *fragments.values())), variable_values=dict(variables))
    if result.errors:
        raise result.errors[0]
    return result.data or {}


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {definition.name.value: definition for definition in document.definitions if isinstance(definition, FragmentDefinitionNode)}


def _selects_introspection(selection_set: SelectionSetNode, fragments: Fragments, visited: set[str]) -> bool:
    for selection in selection_set.selections:
        match selection:
            case FieldNode():
                below = selection.name.value in INTROSPECTION_FIELDS
            case InlineFragmentNode():
                below = _selects_introspection(selection.selection_set, fragments, visited)
            case FragmentSpreadNode() if selection.name.value not in visited:
                visited.add(selection.name.value)
                below = _selects_introspection(fragments[selection.name.value].selection_set, fragments, visited)
            case _:
                below = False
        if below:
            return True
    return False


def _reduced(fragment: FragmentDefinitionNode, schema: GraphQLSchema) -> FragmentDefinitionNode:
    """A fragment on the root type with only its introspection. Others are spread below introspection, or no longer spread at all."""
    if schema.query_type is None or fragment.type_condition.name.value != schema.query_type.name:
        return fragment
    return FragmentDefinitionNode(
        name=fragment.name, type_condition=fragment.type_condition, directives=fragment.directives,
        selection_set=_introspection_only(fragment.selection_set),
    )  # fmt: skip


def _introspection_only(selection_set: SelectionSetNode) -> SelectionSetNode:
    """The introspection among the selections of the root. Fragment spreads stay: written out, they could double without limit."""
    selections: list[SelectionNode] = []
    for selection in selection_set.selections:
        if isinstance(selection, InlineFragmentNode):
            inner = _introspection_only(selection.selection_set)
            selections.append(InlineFragmentNode(directives=selection.directives, selection_set=inner))
        elif isinstance(selection, FragmentSpreadNode) or (
            isinstance(selection, FieldNode) and selection.name.value in INTROSPECTION_FIELDS
        ):
            selections.append(selection)
    return SelectionSetNode(selections=tuple(selections))


def _estimated_values(selection_set: SelectionSetNode, fragments: Fragments, counts: dict[str, float]) -> float:
    """About how many values a selection returns. Each fragment is counted once, and its count remembered in `counts`."""
    total = 0.0
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            below = _estimated_values(selection.selection_set, fragments, counts) if selection.selection_set else 0
            total += 1 + below * TYPICAL_LIST_LENGTHS.get(selection.name.value, 1)
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in counts:
                counts[name] = _estimated_values(fragments[name].selection_set, fragments, counts)
            total += counts[name]
        elif isinstance(selection, InlineFragmentNode):
            total += _estimated_values(selection.selection_set, fragments, counts)
    return total
