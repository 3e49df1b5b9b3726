"""The figures that the API lists, as the reference of totals reads them; and rows of totals in a form that can be compared."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

from schema.kinds.figure import FIGURE
from schema.model.totals import LIST_COLUMNS, SUM_COLUMNS

from ..conftest import Instance
from .disputes import is_group_disputed
from .figures_as_sets import Event, Figure, Line, Part, Parts

Row = dict[str, Any]


async def listed_figures(instance: Instance, revision: int | None = None) -> list[Figure]:
    """Every figure, with its event, its actor and its place, as REST lists them now or as of a revision."""
    at = f"&revision={revision}" if revision is not None else ""
    listed: dict[str, list[Row]] = {}
    for plural, more in (("figures", "&provenance=low,best,high,quantifier,unit"), ("events", ""), ("actors", ""), ("locations", "")):
        response = await instance.client.get(f"/v1/{plural}?limit=1000{more}{at}")
        listed[plural] = json.loads(response.text, parse_float=Decimal)["data"]
    by_id = {plural: {row["id"]: row for row in rows} for plural, rows in listed.items()}
    events = {id: _event(id, by_id) for id in by_id["events"]}
    return [_figure(row, events, by_id) for row in listed["figures"]]


def _event(id: str, by_id: dict[str, dict[str, Row]]) -> Event:
    row = by_id["events"][id]
    places = _parts(_id(row["location"]), by_id["locations"])
    return Event(
        _line(id, by_id["events"]), _day(row["started_on"]), _day(row["ended_on"]), row["date_precision"], row["country"], places, row["place_precision"] in (2, 5)
    )  # fmt: skip


def _figure(row: Row, events: dict[str, Event], by_id: dict[str, dict[str, Row]]) -> Figure:
    low, best, high = (None if row[name] is None else Decimal(row[name]) for name in SUM_COLUMNS)
    same = {name: row[name] for name in ("quantifier", "measure", "unit", "basis", "population", "origin", "disaggregation")}
    return Figure(
        row["id"], events[row["event"]["id"]], low, best, high, **same,
        actors=_parts(_id(row["actor"]), by_id["actors"]), places=_parts(_id(row["location"]), by_id["locations"]),
        start=_day(row["period_start"]), end=_day(row["period_end"]), disputed=_disputed(row), row=row,
    )  # fmt: skip


def _disputed(row: Row) -> bool:
    names = [field.name for field in FIGURE.groups["value"]]
    says = [claim["says"] for claim in row["claims"].values()]
    return is_group_disputed(FIGURE, "value", [{name: said.get(name) for name in names} for said in says])


def _line(id: str | None, records: dict[str, Row]) -> Line:
    """A record with all that it is part of."""
    found: list[str] = []
    while id is not None and id not in found:
        found.append(id)
        id = _id(records[id]["part_of"])
    return tuple(found)


def _parts(id: str | None, records: dict[str, Row]) -> Parts:
    return tuple(Part(one, records[one]["kind"], records[one].get("country")) for one in _line(id, records))


def _id(reference: Row | None) -> str | None:
    return reference["id"] if reference else None


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def comparable(rows: list[Row]) -> list[Row]:
    """Rows in an order of their own, references as ids, numbers as exact decimals."""
    plain = [{name: _plain(name, cell) for name, cell in row.items()} for row in rows]
    return sorted(plain, key=lambda row: [(name, str(cell)) for name, cell in row.items()])


def _plain(name: str, cell: Any) -> Any:
    if name in SUM_COLUMNS and cell is not None:
        return Decimal(cell)
    if name in LIST_COLUMNS and cell is not None:
        return sorted(cell)
    return cell["id"] if isinstance(cell, dict) else cell
