"""Running totals that were higher before: a total states the latest count of a series, and a card says so if an earlier one is above it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import DATE_KEYS

from ..query.nodes import At, Condition, Nodes, Order, Page, Query, Where
from ..rest.selections import Selector
from ..store.store import Store
from ..words import amount, dates
from ..words.exact_numbers import read_json
from .totals_sources import Behind, is_value

Row = Mapping[str, Any]
CUMULATIVE = "cumulative"
MAX_LOOKED_UP = 4  # Rows of a card.


async def fallen(kinds: Kinds, store: Store, kind: Kind, behind: Behind, rows: Sequence[Row], at: At) -> list[str]:
    """For each row that is one running total: a note, if an earlier count of its series is certainly higher. At most of the first rows."""
    latest = [figure for row in rows[:MAX_LOOKED_UP] if (figure := _latest(behind, row)) and _ceiling(figure) is not None]
    if not latest:
        return []
    selection = (Nodes("data", Selector(kinds, kind).selection("low,best,high,quantifier,unit,measure,period_end", "none")),)
    assert kind.totals is not None
    best, low = (Order(kind.fields[name], descending=True) for name in (kind.totals.best, kind.totals.low))
    pages = [
        Page(f"higher_{n}", kind, selection, where=Where("all", tuple(_higher(kind, figure))), order=(best, low, Order(None)), first=1)
        for n, figure in enumerate(latest)
    ]
    answer = await store.answer(Query(tuple(pages), at))
    return [_note(figure) for root in answer.roots for figure in read_json(root or "null")["data"]]


def _latest(behind: Behind, row: Row) -> Row | None:
    """The figure that a row consists of; None if it has several, or if it is not a running total."""
    if row["basis"] != CUMULATIVE or row["figures"] != 1 or not {*DATE_KEYS}.isdisjoint(row):
        return None
    return next((figure for figure in behind.figures_of(row) if figure["added"]), None)


def _ceiling(figure: Row) -> Decimal | None:
    """The most that a count can be taken to state."""
    number = figure["high"] if figure["high"] is not None else figure["best"]
    return None if number is None or figure["period_end"] is None else Decimal(str(number))


def _higher(kind: Kind, figure: Row) -> Iterator[Where | Condition]:
    """Conditions: counts of the same series, of earlier days, that state more."""
    roles = kind.totals
    assert roles is not None
    for name in (
        roles.event,
        roles.measure,
        roles.unit,
        roles.basis,
        roles.population,
        roles.actor,
        roles.place,
        roles.disaggregation,
        roles.start,
        roles.origin,
    ):
        yield is_value(kind.fields[name], figure[name]["id"] if isinstance(figure[name], Mapping) else figure[name])
    yield Condition(kind.fields[roles.end], "lt", dt.date.fromisoformat(figure[roles.end]))
    yield Where("any", tuple(Condition(kind.fields[name], "gt", _ceiling(figure)) for name in (roles.best, roles.low)))


def _note(figure: Row) -> str:
    return f"an earlier count was higher, {amount(figure)} on {dates.day(figure['period_end'])}: the total was corrected, or begins anew"
