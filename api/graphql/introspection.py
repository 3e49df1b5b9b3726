"""Introspection: answered by graphql-core from the schema alone, and bounded, since a few words can ask for all of it many times."""

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

INTROSPECTION_FIELDS = ("__schema", "__type")
# About how long the lists of introspection are, and how often a type wraps another; GraphiQL asks for some 100,000 values.
TYPICAL_LIST_LENGTHS = {"types": 200, "fields": 10, "args": 3, "inputFields": 6, "enumValues": 10, "directives": 6, "ofType": 0.5}
MAX_INTROSPECTION_VALUES = 500_000


def has_introspection(document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    """Whether an operation selects a field of introspection, directly or through fragments, skipped or not."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    return _selects_roots(operation.selection_set, fragments, set())


def _selects_roots(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], seen: set[str]) -> bool:
    for one in selections.selections:
        if isinstance(one, FieldNode):
            if one.name.value in INTROSPECTION_FIELDS:
                return True
        elif isinstance(one, InlineFragmentNode):
            if _selects_roots(one.selection_set, fragments, seen):
                return True
        elif isinstance(one, FragmentSpreadNode) and one.name.value not in seen:
            seen.add(one.name.value)
            if _selects_roots(fragments[one.name.value].selection_set, fragments, seen):
                return True
    return False


def introspect(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The introspection fields of an operation, by response key. Raises TooMuch where they ask for more than a tool would."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    reduced = {name: _fragment(one, schema) for name, one in fragments.items()}
    only = _only(operation.selection_set)
    values = _values(only, reduced, {})
    if values > MAX_INTROSPECTION_VALUES:
        raise TooMuch(
            f"the introspection could hold {values:,.0f} values, and {MAX_INTROSPECTION_VALUES:,} is the limit; ask for less of it"
        )
    asked = OperationDefinitionNode(
        operation=operation.operation, name=operation.name, selection_set=only,
        variable_definitions=operation.variable_definitions, directives=operation.directives,
    )  # fmt: skip
    result = execute_sync(schema, DocumentNode(definitions=(asked, *reduced.values())), variable_values=dict(variables or {}))
    if result.errors:
        raise result.errors[0]
    return result.data or {}


def _fragment(one: FragmentDefinitionNode, schema: GraphQLSchema) -> FragmentDefinitionNode:
    """A fragment on the root with only its introspection; others are below it, or are not reached any more."""
    if schema.query_type is None or one.type_condition.name.value != schema.query_type.name:
        return one
    return FragmentDefinitionNode(
        name=one.name, type_condition=one.type_condition, directives=one.directives, selection_set=_only(one.selection_set)
    )


def _only(found: SelectionSetNode) -> SelectionSetNode:
    """The introspection among the fields of the root. Spreads stay spreads: written out, they could double without end."""
    kept: list[SelectionNode] = []
    for one in found.selections:
        if isinstance(one, InlineFragmentNode):
            kept.append(InlineFragmentNode(directives=one.directives, selection_set=_only(one.selection_set)))
        elif isinstance(one, FragmentSpreadNode) or (isinstance(one, FieldNode) and one.name.value in INTROSPECTION_FIELDS):
            kept.append(one)
    return SelectionSetNode(selections=tuple(kept))


def _values(found: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], known: dict[str, float]) -> float:
    """About how many values a selection yields; each fragment is counted once and remembered."""
    total = 0.0
    for one in found.selections:
        if isinstance(one, FieldNode):
            below = _values(one.selection_set, fragments, known) if one.selection_set else 0
            total += 1 + below * TYPICAL_LIST_LENGTHS.get(one.name.value, 1)
        elif isinstance(one, FragmentSpreadNode):
            name = one.name.value
            if name not in known:
                known[name] = _values(fragments[name].selection_set, fragments, known)
            total += known[name]
        elif isinstance(one, InlineFragmentNode):
            total += _values(one.selection_set, fragments, known)
    return total
