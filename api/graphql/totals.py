"""Translates the selection of a `totals` field."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from schema.model.totals import ALWAYS_KEYS, TOTALS_KEY
from schema.surfaces.graphql.names import camel

from ..errors import BadArgument
from ..query.bindings import specialise
from ..query.nodes import Constant, LeftOut, Node, TotalsNode, TotalsRecord, TotalsRows, TotalsRule, TotalsValue
from ..query.totals import span
from ..words.answer_sentences import totals_words
from . import arguments
from .translate import SelectedField, Translator


def totals_node(translator: Translator, selected: SelectedField) -> TotalsNode:
    """The totals that a field selects."""
    kind, values = selected.member.kind, selected.arguments
    assert kind is not None
    where = arguments.where_argument(translator.surface.kinds, kind, values[arguments.WHERE])
    by = specialise(values.get("by") or [], lambda keys: [getattr(key, "value", key) for key in keys])
    since, until = span(values.get("since"), values.get("until"))
    return TotalsNode(selected.key, kind, totals_parts(translator, selected, by), tuple(dict.fromkeys(by)), where, since, until)


def totals_parts(translator: Translator, selected: SelectedField, by: list[str]) -> tuple[Node, ...]:
    """What is selected of totals."""
    return tuple(TOTALS_ROLES[part.member.role](translator, part, by) for part in translator.subfields(selected))


def _column(translator: Translator, selected: SelectedField, by: Sequence[str]) -> Node:
    if selected.member.role == "typename":
        return Constant(selected.key, selected.parent_type)
    if selected.member.role == "words":
        kinds = translator.surface.kinds
        return totals_words(kinds, kinds.summed[0], selected.key, arguments.language(selected.arguments), by)
    if selected.member.kind is not None:
        return TotalsRecord(selected.key, selected.member.column, selected.member.kind, translator.selection(selected))
    return TotalsValue(selected.key, selected.member.column)


def _columns(translator: Translator, selected: SelectedField, by: Sequence[str]) -> tuple[Node, ...]:
    return tuple(_column(translator, column, by) for column in translator.subfields(selected))


def _rows(translator: Translator, selected: SelectedField, by: list[str]) -> TotalsRows:
    """The rows, with the selected columns. Raises BadArgument for a key that they are not grouped by: its null would not mean unknown."""
    for column in translator.subfields(selected):
        key = column.member.column
        if key in TOTALS_KEY.codes and key not in (*by, *ALWAYS_KEYS):
            raise BadArgument(
                f"totals: rows: {camel(key)}: the rows are not grouped by it; add {key.upper()} to `by`, or leave {camel(key)} out"
            )
    return TotalsRows(selected.key, _columns(translator, selected, by))


# The node of each role that the fields of a `totals` object can have.
TOTALS_ROLES: dict[str, Callable[[Translator, SelectedField, list[str]], Node]] = {
    "typename": lambda translator, selected, by: Constant(selected.key, selected.parent_type),
    "total_rule": lambda translator, selected, by: TotalsRule(selected.key),
    "total_rows": _rows,
    "left_out": lambda translator, selected, by: LeftOut(selected.key, _columns(translator, selected, by)),
}
