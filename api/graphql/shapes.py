"""The shape of an operation, as metrics count it: the field at its root, which the schema declares, and never a name that a client chose."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from .introspection import Fragments, fragments_of
from .requests import Operation

SEVERAL = (
    "several"  # The shape of an operation with different fields at its root: of these there are more than metrics could count one by one.
)


def shape(operation: Operation) -> str:
    """The name of the field at the root of a valid operation, or SEVERAL."""
    names = set(_root_fields(operation.definition.selection_set, fragments_of(operation.document), set()))
    return names.pop() if len(names) == 1 else SEVERAL


def _root_fields(selections: SelectionSetNode, fragments: Fragments, seen: set[str]) -> Iterator[str]:
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, InlineFragmentNode):
            yield from _root_fields(selection.selection_set, fragments, seen)
        elif isinstance(selection, FragmentSpreadNode) and (name := selection.name.value) not in seen:
            seen.add(name)
            yield from _root_fields(fragments[name].selection_set, fragments, seen)
