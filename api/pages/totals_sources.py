"""Whose claims the figures behind a card of totals are, and the last days of its running totals: read from exactly those that totals rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schema.kinds.figure import QUANTITIES
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import CONTAINING_KEYS, DATE_KEYS, DERIVED_REASONS, OVERLAP_REASONS
from schema.model.types import DATE

from ..errors import TooMuch
from ..query.nodes import At, Condition, ContributingRecords, EvidenceSources, Node, Nodes, OneParty, Page, Query, TotalsNode, Where
from ..rest.selections import Selector
from ..store.allowance import ACCOUNT
from ..store.side_thread import beside
from ..store.store import Store
from ..words.attribution import attribution, chosen
from ..words.exact_numbers import read_json

Row = Mapping[str, Any]
READ = (
    50  # Figures that are read with their claims, those of the latest days first; and as many that each speak for all figures of one party.
)
MOST = 4000  # Figures among which those that totals rest on are looked up.
FIELDS = "measure,unit,basis,population,actor,origin,location,disaggregation,period_start,period_end,low,best,high,quantifier,event.id,event.country"
KEYS = ("measure", "unit", "basis", "population", "actor", "origin")  # Of rows, that figures have as they are.
FLOW = "flow"


@dataclass(frozen=True)
class Behind:
    """The figures that some rows rest on: each with the `day` by which it is attributed, its `last` day if that is exact, and whether it is `added`.

    If these are not all of them, those that `speaks` marks stand for the others: each for all that the same party claims, by the same source.
    """

    figures: Sequence[Row] = ()
    sources: Mapping[str, Row] | None = None
    complete: bool = False  # Whether these are all of them.
    every_party: bool = False  # Whether a figure of each party is among them.

    def last(self, row: Row) -> str:
        """The last day of what a row adds; empty if it is not known of all figures."""
        days = [str(figure["last"] or "") for figure in self.figures_of(row) if figure["added"]]
        return max(days) if days and all(days) and len(days) == row["figures"] else ""

    def said_by(self, rows: Sequence[Row]) -> str:
        """Whose claims all of the figures are, as the end of a phrase; empty if several parties make them, or if that was not read."""
        bases = {row["basis"] == FLOW for row in rows}
        if not self.every_party or len(bases) != 1 or bases != {figure["basis"] == FLOW for figure in self.figures}:
            return ""
        by_place = any(not {*CONTAINING_KEYS}.isdisjoint(row) for row in rows)
        figures = self.figures if by_place or not self.complete else [figure for row in rows for figure in self.figures_of(row)]
        names = {self._party(figure) for figure in figures}
        return f", according to {names.pop()}" if len(names) == 1 and "" not in names else ""

    def figures_of(self, row: Row) -> list[Row]:
        """The figures of a row, as far as its keys tell: those of a place are not known."""
        if not {*CONTAINING_KEYS}.isdisjoint(row):
            return []
        keys, dates = [key for key in KEYS if key in row], [key for key in DATE_KEYS if key in row]
        return [
            figure for figure in self.figures
            if all(_id(figure[key]) == _id(row[key]) for key in keys)
            and figure["event"]["country"] == row.get("country", figure["event"]["country"])
            and all(_is_in(figure["day"], row[key]) for key in dates)
        ]  # fmt: skip

    def _party(self, figure: Row) -> str:
        claim = chosen(figure, QUANTITIES.numbers)
        return attribution([claim], self.sources or {}) if claim else ""


def _id(value: Any) -> Any:
    return value["id"] if isinstance(value, Mapping) else value


def _is_in(day: str | None, month_or_year: Any) -> bool:
    """Whether a day is in a month or a year, or is as unknown as this."""
    return day is None if month_or_year is None else str(day or "").startswith(f"{month_or_year}-")


async def behind(kinds: Kinds, store: Store, node: TotalsNode, rows: Sequence[Row], left_out: Sequence[Row], at: At) -> Behind:
    """The figures that some rows rest on. If some are running totals or stocks, only those of these are read. Nothing is read of too many figures.

    Of sums over periods, words name the party alone: where all figures that meet the conditions are of one, one of them stands for all, and they are not compared.
    """
    of_flow = all(row["basis"] == FLOW for row in rows)
    compared = [left["figures"] for left in left_out if left["reason"] in OVERLAP_REASONS and left["reason"] not in DERIVED_REASONS]
    if not rows or (of_flow and sum(compared) + sum(row["figures"] for row in rows) > MOST):
        return Behind()
    if of_flow:
        party = await _read_about(store, node, OneParty("figures", MOST), at)
        if party is None:
            return Behind()
        if party["id"] is not None:
            figures, sources = await _figures(kinds, store, node.kind, {party["id"]: {"day": None, "last": None, "added": True}}, at)
            return Behind(figures, sources, every_party=True)
    where = Where("all", (node.where, *_of_bases(node.kind, rows)))
    listed = await _read_about(store, replace(node, where=where), ContributingRecords("figures", MOST, READ), at)
    if not listed or not listed["records"]:
        return Behind()
    figures, sources = await _figures(kinds, store, node.kind, {record["id"]: record for record in listed["records"]}, at)
    complete = len(figures) == listed["count"]
    return Behind(figures, sources, complete, complete or sum(figure["speaks"] for figure in figures) == listed["parties"])


async def _read_about(store: Store, node: TotalsNode, part: Node, at: At) -> Mapping[str, Any] | None:
    """What a part of totals that is its only one says; None if it says nothing, or costs too much."""
    try:
        plan = await store.planned(Query((replace(node, parts=(part,)),), at))
    except TooMuch:
        return None
    # All that a card reads costs at most as much as any other request may.
    if ACCOUNT.get().cost + store.cost(plan, {}).requested > store.max_cost:
        return None
    found: Mapping[str, Any] | None = (await beside(read_json, (await store.run(plan, {})).roots[0] or "null"))["figures"]
    return found


async def _figures(
    kinds: Kinds, store: Store, kind: Kind, known: Mapping[str, Row], at: At
) -> tuple[list[Row], Mapping[str, Row]]:  # fmt: skip
    """Figures by their ids, each with what is known of it, and the sources of their claims."""
    selector = Selector(kinds, kind)
    parts = (
        Nodes("data", selector.selection(f"id,{FIELDS}", ",".join(QUANTITIES.numbers))),
        EvidenceSources("sources", selector.sources()),
    )
    page = Page("figures", kind, parts, where=Where("all", (Condition(None, "one_of", (*known,)),)), first=2 * READ)
    read = await beside(read_json, (await store.answer(Query((page,), at))).roots[0] or "null")
    return [{**figure, **known[figure["id"]]} for figure in read["data"]], read["sources"]


def is_value(field: Field, value: Any) -> Condition:
    """The condition that a field has a value, or that it is unknown."""
    if value is None:
        return Condition(field, "known", False)
    return Condition(field, "eq", dt.date.fromisoformat(value) if field.type is DATE else value)


def _of_bases(kind: Kind, rows: Sequence[Row]) -> Iterator[Where]:
    """What holds of figures that can be in rows of running totals or of stocks, beside the conditions of the request: those of other bases are never compared."""
    assert kind.totals is not None
    if bases := {row["basis"] for row in rows} - {FLOW}:
        yield Where("any", tuple(Condition(kind.fields[kind.totals.basis], "eq", basis) for basis in sorted(bases)))


def about_origin(where: Where) -> bool:
    """Whether a condition is on the origin of figures."""
    return any(
        about_origin(part) if isinstance(part, Where) else part.field is not None and part.field.name == "origin" for part in where.parts
    )
