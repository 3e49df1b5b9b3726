"""Totals in REST addresses: parameters as a query node."""

from __future__ import annotations

from typing import ClassVar

from schema.codelists.vocabularies import suggestion
from schema.model.totals import COUNT_COLUMNS, TOTALS_COLUMN, TOTALS_KEY

from ..errors import BadArgument
from ..query.bindings import specialise
from ..query.nodes import (
    NO_CONDITION,
    At,
    LeftOut,
    Node,
    TotalsNode,
    TotalsRecord,
    TotalsRows,
    TotalsValue,
    Where,
)
from ..query.totals import record_kinds, span
from .parameters import (
    SHAPE,
    Parameters,
    Reader,
    at,
    named,
)

TOTALS = {
    "by": "Keys to group by, separated by commas. Rows are always of one measure, one unit and one basis.",
    "since": "Only figures of this day or a later one: the first day of their own period, or else of their event.",
    "until": "Only figures of this day or an earlier one.",
    **{name: SHAPE[name] for name in ("revision", "as_of")},
}
REASON = "reason"


class TotalsReader(Reader):
    """Reads the parameters of requests for totals of one kind."""

    own: ClassVar[dict[str, str]] = TOTALS

    def totals(self, parameters: Parameters) -> tuple[TotalsNode, At]:
        """The totals that an address asks for, and as of when."""
        given = self._given(parameters, TOTALS)
        by = [self._key(part.strip()) for part in specialise(given.own.get("by", "")).split(",") if part.strip()]
        where = Where("all", tuple(self._condition(name, values) for name, values in given.filters)) if given.filters else NO_CONDITION
        since, until = span(given.own.get("since"), given.own.get("until"))
        node = TotalsNode("totals", self.kind, self._parts(), tuple(dict.fromkeys(by)), where, since, until)
        return node, at(given.own)

    def _key(self, name: str) -> str:
        if name not in TOTALS_KEY.codes:
            raise BadArgument(f"by: totals cannot be grouped by {name!r}; {suggestion(name, TOTALS_KEY.codes)}")
        return name

    def _parts(self) -> tuple[Node, ...]:
        found = record_kinds(self.kinds, self.kind)
        names = (*TOTALS_KEY.codes, *TOTALS_COLUMN.codes)
        row = [TotalsRecord(name, name, found[name], named(found[name])) if name in found else TotalsValue(name, name) for name in names]
        left_out = (TotalsValue(REASON, REASON), TotalsValue(COUNT_COLUMNS[0], COUNT_COLUMNS[0]))
        return (TotalsRows("data", tuple(row)), LeftOut("left_out", left_out))
