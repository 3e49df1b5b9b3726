"""Walks over the nodes of a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from .nodes import Node


def all_nodes(nodes: Iterable[Node]) -> Iterator[Node]:
    """Every node of a query."""
    for node in nodes:
        yield node
        yield from all_nodes(children(node))


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below a node, in whichever fields."""
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tuple):
            yield from (child for child in value if isinstance(child, Node))
