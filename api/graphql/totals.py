"""Totals in GraphQL documents: the selection below `totals` as a query node."""

from __future__ import annotations

from collections.abc import Callable

from ..query.bindings import specialise
from ..query.nodes import Constant, LeftOut, Node, TotalsNode, TotalsRecord, TotalsRows, TotalsValue
from ..query.totals import span
from . import arguments
from .translate import Selected, Translator


def totals_node(on: Translator, one: Selected) -> TotalsNode:
    """The totals that a field of a document asks for."""
    kind, given = one.member.kind, one.arguments
    assert kind is not None
    where = arguments.where_argument(on.surface.kinds, kind, given.get("where") or {})
    by = specialise(given.get("by") or [], lambda keys: [getattr(key, "value", key) for key in keys])
    since, until = span(given.get("since"), given.get("until"))
    parts = tuple(TOTALS_ROLES[below.member.role](on, below) for below in on.below(one))
    return TotalsNode(one.key, kind, parts, tuple(dict.fromkeys(by)), where, since, until)


def _cell(on: Translator, one: Selected) -> Node:
    if one.member.role == "typename":
        return Constant(one.key, one.on)
    if one.member.kind is not None:
        return TotalsRecord(one.key, one.member.column, one.member.kind, on.selection(one))
    return TotalsValue(one.key, one.member.column)


def _cells(on: Translator, one: Selected) -> tuple[Node, ...]:
    return tuple(_cell(on, below) for below in on.below(one))


TOTALS_ROLES: dict[str, Callable[[Translator, Selected], Node]] = {
    "typename": lambda on, one: Constant(one.key, one.on),
    "total_rows": lambda on, one: TotalsRows(one.key, _cells(on, one)),
    "left_out": lambda on, one: LeftOut(one.key, _cells(on, one)),
}
