"""Questions for totals, as GraphQL and as REST ask them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from schema.codelists.vocabularies import nearest
from schema.model.kind import Kind, Kinds
from schema.model.totals import COUNTS, TOTALS_COLUMN, TOTALS_KEY
from schema.model.types import DATE

from ..errors import BadArgument
from ..graphql import arguments
from ..query import conditions
from ..query.bindings import bound, pinned
from ..query.nodes import (
    EVERYTHING,
    At,
    Constant,
    LeftOut,
    Node,
    Totals,
    TotalsRecord,
    TotalsRows,
    TotalsValue,
    Where,
)
from .parameters import (
    SHAPE,
    Parameters,
    Reader,
    at,
    named,
)

if TYPE_CHECKING:
    from ..graphql.translate import Selected, Translator

TOTALS = {
    "by": "Keys to group by, separated by commas. Rows are always of one measure, one unit and one basis.",
    "since": "Only figures of this day or a later one: the first day of their own period, or else of their event.",
    "until": "Only figures of this day or an earlier one.",
    **{name: SHAPE[name] for name in ("revision", "as_of")},
}
REASON = "reason"


def records(kinds: Kinds, kind: Kind) -> dict[str, Kind]:
    """The keys whose rows are of a record, with the kind of it."""
    fields = {key: kind.fields.get(getattr(kind.totals, key, "")) for key in TOTALS_KEY.codes}
    return {key: kinds[one.type.ref] for key, one in fields.items() if one is not None and one.type.ref}


def _span(since: Any, until: Any) -> tuple[Any, Any]:
    """The first and the last day that are asked for. Raises BadArgument, now and with what each request gives."""
    if since is None or until is None:
        return _day("since", since), _day("until", until)
    both = [since, until]
    return bound(both, lambda days: _ordered(days)[0]), bound(both, lambda days: _ordered(days)[1])


def _day(name: str, value: Any) -> Any:
    return None if value is None else bound(value, lambda day: conditions.parsed(DATE, day, name))


def _ordered(days: list[object]) -> tuple[dt.date, dt.date]:
    first, last = (conditions.parsed(DATE, day, name) for day, name in zip(days, ("since", "until"), strict=True))
    assert isinstance(first, dt.date) and isinstance(last, dt.date)
    if first > last:
        raise BadArgument(f"since, until: the span ends on {last}, before it begins on {first}; swap the two")
    return first, last


# GraphQL


def node(on: Translator, one: Selected) -> Totals:
    """The totals that a field of a document asks for."""
    kind, given = one.member.kind, one.arguments
    assert kind is not None
    where = arguments.where(on.surface.kinds, kind, given.get("where") or {})
    by = pinned(given.get("by") or [], lambda keys: [getattr(key, "value", key) for key in keys])
    since, until = _span(given.get("since"), given.get("until"))
    parts = tuple(PARTS[below.member.role](on, below) for below in on.below(one))
    return Totals(one.key, kind, parts, tuple(dict.fromkeys(by)), where, since, until)


def _cell(on: Translator, one: Selected) -> Node:
    if one.member.role == "typename":
        return Constant(one.key, one.on)
    if one.member.kind is not None:
        return TotalsRecord(one.key, one.member.column, one.member.kind, on.selection(one))
    return TotalsValue(one.key, one.member.column)


def _cells(on: Translator, one: Selected) -> tuple[Node, ...]:
    return tuple(_cell(on, below) for below in on.below(one))


PARTS: dict[str, Callable[[Translator, Selected], Node]] = {
    "typename": lambda on, one: Constant(one.key, one.on),
    "total_rows": lambda on, one: TotalsRows(one.key, _cells(on, one)),
    "left_out": lambda on, one: LeftOut(one.key, _cells(on, one)),
}


# REST


class TotalsReader(Reader):
    """Reads the parameters of requests for totals of one kind."""

    own: ClassVar[dict[str, str]] = TOTALS

    def totals(self, parameters: Parameters) -> tuple[Totals, At]:
        """The totals that an address asks for, and as of when."""
        given = self._given(parameters, TOTALS)
        by = [self._key(part.strip()) for part in pinned(given.own.get("by", "")).split(",") if part.strip()]
        where = Where("all", tuple(self._condition(name, values) for name, values in given.filters)) if given.filters else EVERYTHING
        since, until = _span(given.own.get("since"), given.own.get("until"))
        node = Totals("totals", self.kind, self._parts(), tuple(dict.fromkeys(by)), where, since, until)
        return node, at(given.own)

    def _key(self, name: str) -> str:
        if name not in TOTALS_KEY.codes:
            raise BadArgument(f"by: totals cannot be grouped by {name!r}; {nearest(name, TOTALS_KEY.codes)}")
        return name

    def _parts(self) -> tuple[Node, ...]:
        found = records(self.kinds, self.kind)
        names = (*TOTALS_KEY.codes, *TOTALS_COLUMN.codes)
        row = [TotalsRecord(name, name, found[name], named(found[name])) if name in found else TotalsValue(name, name) for name in names]
        left_out = (TotalsValue(REASON, REASON), TotalsValue(COUNTS[0], COUNTS[0]))
        return (TotalsRows("data", tuple(row)), LeftOut("left_out", left_out))
