"""Totals computed in plain Python from the records that the API lists, by the published rule; slow, and easy to check by eye."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schema.kinds import KINDS
from schema.model.totals import ALWAYS_KEYS, LEFT_OUT_REASON, TOTALS_KEY

from ..conftest import Instance

Row = dict[str, Any]
NUMBERS = ("low", "best", "high", "figures", "without_best", "disputed", "imprecise_dates")
APART = {frozenset(pair) for pair in KINDS["figure"].totals.disjoint_populations}  # type: ignore[union-attr]
WIDEST = {"all": 0, None: 1, "unknown": 1, "civilians": 2, "combatants": 2}


@dataclass(frozen=True)
class Facts:
    """All records that totals are computed from, as REST lists them."""

    figures: list[Row]
    events: dict[str, Row]
    actors: dict[str, Row]
    locations: dict[str, Row]


async def facts(instance: Instance, revision: int | None = None) -> Facts:
    at = f"&revision={revision}" if revision is not None else ""
    listed = {}
    for plural, more in (("figures", "&provenance=best"), ("events", ""), ("actors", ""), ("locations", "")):
        response = await instance.client.get(f"/v1/{plural}?limit=1000{more}{at}")
        listed[plural] = json.loads(response.text, parse_float=Decimal, parse_int=Decimal)["data"]
    return Facts(listed["figures"], *({row["id"]: row for row in listed[name]} for name in ("events", "actors", "locations")))


def line(id: str | None, records: dict[str, Row]) -> list[str]:
    """A record with all that it is part of."""
    found = []
    while id is not None:
        found.append(id)
        id = (records[id]["part_of"] or {}).get("id")
    return found


def day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


class Figure:
    """A figure with the values that the rule compares."""

    def __init__(self, row: Row, facts: Facts) -> None:
        self.row, self.facts = row, facts
        self.event = facts.events[row["event"]["id"]]
        self.id, self.measure, self.unit, self.basis, self.population = (
            row[one] for one in ("id", "measure", "unit", "basis", "population")
        )
        self.country = self.event["country"]
        own, of_event = row["location"], self.event["location"]
        self.place = (own or of_event or {"id": None})["id"]
        self.placed = own["id"] if own else None
        self.actor = (row["actor"] or {"id": None})["id"]
        self.events = line(self.event["id"], facts.events)
        self.actors, self.places = line(self.actor, facts.actors), line(self.place, facts.locations)
        start, end = day(row["period_start"]), day(row["period_end"])
        event_start, event_end = day(self.event["started_on"]), day(self.event["ended_on"])
        self.day = start or event_start
        self.last = (end or start) if start else (event_end or event_start)
        self.start, self.end = (start, end) if start or end else (event_start, event_end)

    @property
    def numbers(self) -> tuple[Decimal, Decimal | None, Decimal | None]:
        low, best, high, quantifier = (self.row[one] for one in ("low", "best", "high", "quantifier"))
        if low is None:
            low = best if best is not None and quantifier not in ("less_than", "at_most") else Decimal(0)
        if high is None and quantifier not in ("more_than", "at_least"):
            high = best
        return low, best, high

    def reason(self, dated: bool) -> str | None:
        if dated and self.day is None:
            return "date_unknown"
        if all(self.row[one] is None for one in ("low", "best", "high")):
            return "no_number"
        if self.measure in ("distance", "population"):
            return "no_sum"
        return "unit_unknown" if self.unit is None else "basis_unknown" if self.basis is None else None

    @property
    def rank(self) -> tuple[Any, ...]:
        """Wider figures of one event come first."""
        length = 10**9 if self.start is None or self.end is None else (self.end - self.start).days
        later = self.start if self.basis == "flow" else self.end or self.start
        recent = -later.toordinal() if later else 0
        time = (-length, recent) if self.basis == "flow" else (recent, -length)
        return (WIDEST.get(self.population, 3), len(self.actors), len(self.places) if self.placed else 0, *time, self.id)

    def imprecise(self, by: tuple[str, ...]) -> bool:
        if self.day is None or (self.event["date_precision"] or 0) > 1:
            return True
        assert self.last is not None
        if "month" in by:
            return (self.day.year, self.day.month) != (self.last.year, self.last.month)
        return "year" in by and self.day.year != self.last.year


def wider(w: Figure, n: Figure, by: tuple[str, ...]) -> str | None:
    """The reason why `n` is left out if `w` is added; None if the two do not overlap or `n` is the wider one."""
    same_event = w.event["id"] == n.event["id"]
    if (w.measure, w.unit, w.basis) != (n.measure, n.unit, n.basis) or w.event["id"] not in n.events:
        return None
    if same_event and w.rank >= n.rank:
        return None
    if ("population" in by and w.population != n.population) or ("actor" in by and w.actor != n.actor):
        return None
    if frozenset((w.population, n.population)) in APART:
        return None
    if w.actor and n.actor and w.actor not in n.actors and n.actor not in w.actors:
        return None
    if w.placed and not (same_event and not n.placed) and n.place and w.place not in n.places and n.place not in w.places:
        return None
    if w.basis == "flow" and ((w.start and n.end and w.start > n.end) or (w.end and n.start and w.end < n.start)):
        return None
    if not same_event:
        return "part_of_event"
    if (w.population, w.actor, w.placed) != (n.population, n.actor, n.placed):
        return "part_of_total"
    return "repeated" if w.basis == "flow" else "superseded"


STRENGTH = ["part_of_event", "part_of_total", "superseded", "repeated"]


def decide(figures: list[Figure], by: tuple[str, ...]) -> tuple[list[Figure], dict[str, str]]:
    """The widest first: a figure is added unless one that was added overlaps with it. Wider events come before their parts."""
    added: list[Figure] = []
    out: dict[str, str] = {}
    for one in sorted(figures, key=lambda figure: (len(figure.events), figure.rank)):
        reasons = [reason for other in added if (reason := wider(other, one, by))]
        if reasons:
            out[one.id] = min(reasons, key=STRENGTH.index)
        else:
            added.append(one)
    return added, out


def totals(
    facts: Facts, by: tuple[str, ...], admits: Callable[[Figure], bool] = lambda _: True,
    since: dt.date | None = None, until: dt.date | None = None,
) -> tuple[list[Row], list[Row]]:  # fmt: skip
    """The rows and the counts of figures left out, as REST returns them, with rows in any order."""
    figures = [one for row in facts.figures if admits(one := Figure(row, facts))]
    dated = since is not None or until is not None
    figures = [one for one in figures if one.day is None or ((since or dt.date.min) <= one.day <= (until or dt.date.max))]
    left = {one.id: reason for one in figures if (reason := one.reason(dated))}
    added, out = decide([one for one in figures if one.id not in left], by)
    counted = Counter([*left.values(), *out.values()])
    groups: dict[tuple[Any, ...], list[Figure]] = {}
    for one in added:
        places: list[str | None] = [*one.places] if "place" in by and one.places else [None]
        for place in places:
            groups.setdefault(tuple(cell(one, key, place, by) for key in (*TOTALS_KEY.codes, "basis")), []).append(one)
    rows = [row(keys, members, by) for keys, members in groups.items()]
    return rows, [{"reason": reason, "figures": counted[reason]} for reason in LEFT_OUT_REASON.codes if counted[reason]]


def cell(one: Figure, key: str, place: str | None, by: tuple[str, ...]) -> Any:
    if key not in (*by, *ALWAYS_KEYS):
        return None
    if key in ("month", "year"):
        return None if one.day is None else one.day.strftime("%Y-%m") if key == "month" else one.day.year
    return place if key == "place" else getattr(one, key)


def row(keys: tuple[Any, ...], members: list[Figure], by: tuple[str, ...]) -> Row:
    low, best, high = zip(*(one.numbers for one in members), strict=True)
    known = [one for one in best if one is not None]
    return {
        **dict(zip((*TOTALS_KEY.codes, "basis"), keys, strict=True)),
        "low": sum(low), "best": sum(known) if known else None, "high": None if None in high else sum(high),
        "figures": len(members), "without_best": len(best) - len(known),
        "disputed": sum(one.row["provenance"]["best"]["disputed"] for one in members),
        "imprecise_dates": sum(one.imprecise(by) for one in members),
    }  # fmt: skip


def as_listed(rows: list[Row]) -> list[str]:
    """Rows in an order of their own, references as ids."""
    plain = [{name: cell["id"] if isinstance(cell, dict) else cell for name, cell in row.items()} for row in rows]
    return sorted(json.dumps(row, default=float) for row in normal(plain))


def normal(rows: list[Row]) -> list[Row]:
    return [
        {name: Decimal(cell) if name in ("low", "best", "high") and cell is not None else cell for name, cell in row.items()}
        for row in rows
    ]
