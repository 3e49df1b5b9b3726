"""Whose claims the figures behind a card of totals are, and the last days of its running totals: read from the newest of these figures."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from schema.kinds.figure import QUANTITIES
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import CONTAINING_KEYS, DATE_KEYS
from schema.model.types import DATE

from ..query.nodes import At, Condition, EvidenceSources, Nodes, Order, Page, Query, TotalCount, TotalsNode, Where
from ..rest.selections import Selector
from ..store.store import Store
from ..words.attribution import attribution, chosen

Row = Mapping[str, Any]
READ = 50  # The newest figures, from which a card of totals takes its sources and its days.
FIELDS = "measure,unit,basis,population,actor,origin,location,disaggregation,period_start,period_end,low,best,high,event.id,event.country"
KEYS = ("measure", "unit", "basis", "population", "actor", "origin")  # Of rows, that figures have as they are.
FLOW = "flow"
MAX_UNREAD = 8  # Rows whose newest figure is looked up by itself.


@dataclass(frozen=True)
class Newest:
    """The newest figures that meet the conditions of totals; if some rows are not of flows, only the figures of the bases of these."""

    figures: Sequence[Row] = ()
    sources: Mapping[str, Row] | None = None
    count: int = 0  # How many there are, of which these are the newest.
    derived: tuple[str, ...] = ()  # Origins that are not added.
    others: Sequence[Row] = ()  # The newest figure of each row that has none among these.

    def last(self, row: Row) -> str:
        """The last day of a row; empty if no figure of it was read."""
        return next((str(figure["period_end"]) for figure in self.figures_of(row) if figure["period_end"]), "")

    def said_by(self, rows: Sequence[Row]) -> str:
        """Whose claims all of the figures are, as the end of a phrase; empty if several parties make them, or if that was not read."""
        if len(rows) == 1 and rows[0]["figures"] == 1 and rows[0]["basis"] != FLOW and (own := self.figures_of(rows[0])):
            names, whole = {self._party(own[0])}, True
        else:
            names, whole = {self._party(figure) for figure in self.figures}, self.count <= len(self.figures)
        if len(names) != 1 or "" in names or len({row["basis"] == FLOW for row in rows}) != 1:  # Of some rows, no figures were read.
            return ""
        return f", {'' if whole else f'the newest {len(self.figures)} counts all '}according to {names.pop()}"

    def figures_of(self, row: Row) -> list[Row]:
        """The figures of a row, as far as its keys tell: those of a place are not known."""
        if not {*CONTAINING_KEYS}.isdisjoint(row):
            return []
        keys = [key for key in KEYS if key in row]
        day = next((str(row[key]) for key in DATE_KEYS if row.get(key)), "")
        number = _number(row)
        return [
            figure for figure in (*self.figures, *self.others)
            if (number is None or figure[number] == row[number]) and all(_id(figure[key]) == _id(row[key]) for key in keys) and figure["event"]["country"] == row.get("country", figure["event"]["country"]) and str(figure["period_end"] or "").startswith(day)
            and (figure["origin"] not in self.derived) and any(figure[name] is not None for name in QUANTITIES.numbers)
        ]  # fmt: skip

    def _party(self, figure: Row) -> str:
        claim = chosen(figure, QUANTITIES.numbers)
        return attribution([claim], self.sources or {}) if claim else ""


def _number(row: Row) -> str | None:
    """The number by which the one figure of a row is known among newer ones that were not added; None if the row has several."""
    return next((name for name in ("best", "low", "high") if row[name] is not None), None) if row["figures"] == 1 else None


def _id(value: Any) -> Any:
    return value["id"] if isinstance(value, Mapping) else value


async def newest(kinds: Kinds, store: Store, node: TotalsNode, rows: Sequence[Row], at: At) -> Newest:
    """The newest figures behind some rows."""
    if not rows:
        return Newest()
    kind, selector = node.kind, Selector(kinds, node.kind)
    roles = kind.totals
    assert roles is not None
    parts = (
        Nodes("data", selector.selection(FIELDS, ",".join(QUANTITIES.numbers))),
        EvidenceSources("sources", selector.sources()),
        TotalCount("count"),
    )
    order = (Order(kind.fields[roles.end], descending=True), Order(None))
    page = Page("figures", kind, parts, where=Where("all", (node.where, *_more(kind, node, rows))), order=order, first=READ)
    answer = await store.answer(Query((page,), at))
    found = json.loads(answer.roots[0] or "null")
    derived = () if about_origin(node.where) or roles.origin in node.by else roles.derived_origins
    first = Newest(found["data"], found["sources"], found["count"], derived)
    unread = [
        row for row in rows[:MAX_UNREAD] if row["basis"] != FLOW and not {*CONTAINING_KEYS, *DATE_KEYS} & {*row} and not first.last(row)
    ]
    if not unread:
        return first
    pages = [
        replace(page, key=f"row_{n}", where=Where("all", (page.where, *_of_row(kinds, kind, row, derived))), first=1, parts=parts[:1])
        for n, row in enumerate(unread)
    ]  # fmt: skip
    answer = await store.answer(Query(tuple(pages), at))
    return replace(first, others=[figure for root in answer.roots for figure in json.loads(root or "null")["data"]])


def _of_row(kinds: Kinds, kind: Kind, row: Row, derived: Sequence[str]) -> Iterator[Where | Condition]:
    """What holds of the figures of a row."""
    roles = kind.totals
    assert roles is not None
    keys = {key: kind.fields[key] for key in KEYS if key in row}
    yield from (is_value(field, _id(row[key])) for key, field in keys.items())
    if roles.country in row:
        event = kind.fields[roles.event]
        country = kinds[event.type.ref or ""].fields[roles.country]
        yield Condition(event, "match", Where("all", (is_value(country, row[roles.country]),)))
    if number := _number(row):
        yield Condition(kind.fields[number], "eq", Decimal(str(row[number])))
    if derived:
        origin = kind.fields[roles.origin]
        yield Where("any", (Condition(origin, "known", False), Where("none", (Condition(origin, "one_of", tuple(derived)),))))


def is_value(field: Field, value: Any) -> Condition:
    """The condition that a field has a value, or that it is unknown."""
    if value is None:
        return Condition(field, "known", False)
    return Condition(field, "eq", dt.date.fromisoformat(value) if field.type is DATE else value)


def _more(kind: Kind, node: TotalsNode, rows: Sequence[Row]) -> Iterator[Where | Condition]:
    """What holds of figures that can be in rows of running totals or of stocks, beside the conditions of the request."""
    roles = kind.totals
    assert roles is not None
    if bases := {row["basis"] for row in rows} - {FLOW}:
        yield Where("any", tuple(Condition(kind.fields[roles.basis], "eq", basis) for basis in sorted(bases)))
        if isinstance(node.until, dt.date):
            yield Condition(kind.fields[roles.end], "lte", node.until)


def about_origin(where: Where) -> bool:
    """Whether a condition is on the origin of figures."""
    return any(
        about_origin(part) if isinstance(part, Where) else part.field is not None and part.field.name == "origin" for part in where.parts
    )
