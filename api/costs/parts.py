"""What is requested of a list or of totals, beside the fields of its records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..query.bindings import Parameter
from ..query.nodes import (
    ClaimList,
    Edges,
    EndCursor,
    HasNextPage,
    HasPreviousPage,
    LeftOut,
    NextPageUrl,
    Node,
    Nodes,
    Page,
    PageInfo,
    RevisionList,
    TotalsNode,
    TotalsRows,
)
from .prices import conditions_of, related_of

READING_PARTS = (Nodes, Edges, HasNextPage, HasPreviousPage, EndCursor, NextPageUrl)


def has(parts: Sequence[Node], *types: type[Node]) -> bool:
    return any(has(part.parts, *types) if isinstance(part, PageInfo) else isinstance(part, types) for part in parts)


def inside(node: Node, records: bool = True) -> Iterable[Node]:
    """The parts of a list or of totals at any depth, but not what is selected of records."""
    parts = (
        node.parts
        if isinstance(node, (Page, ClaimList, RevisionList, PageInfo, TotalsNode))
        else node.nodes
        if isinstance(node, Edges)
        else ()
    )
    if isinstance(node, (TotalsRows, LeftOut)):
        parts = node.selection
    for part in parts:
        if records or not isinstance(part, Nodes):
            yield part
        yield from inside(part, records)


def varies(page: Page) -> bool:
    """Whether the conditions and the words of a list have values that come with a request."""
    numbers = (related.number for related in related_of(page.where, nested=True))
    given = (*numbers, *(condition.value for condition in conditions_of(page.where)), *(word.text for word in page.search))
    return any(isinstance(value, Parameter) for value in given)
