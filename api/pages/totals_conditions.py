"""The keys of rows of totals and the conditions of a request for them, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from schema.kinds import KINDS
from schema.model.totals import DATE_KEYS

from ..words import dates, totals_rows

Row = Mapping[str, Any]
FIGURE = KINDS["figure"]
UNDATED = "undated"
OWN = ("measure", "population")  # Conditions that the phrase of a number says already.
SPAN, MAX_TEXT = ("since", "until"), 60  # Characters of a condition.


def label(key: str, value: Any) -> str:
    """A key of a row in words."""
    if value is None:
        return UNDATED if key in DATE_KEYS else "unknown"
    if isinstance(value, Mapping):
        return str(value.get("name") or value["id"])
    if key == DATE_KEYS[0]:
        return dates.month(dt.date.fromisoformat(f"{value}-01"[:10]))
    field = FIGURE.fields.get(key) or KINDS["event"].fields.get(key)
    vocabulary = field.type.vocabulary if field else None
    return vocabulary.codes[str(value)].label if vocabulary and str(value) in vocabulary.codes else str(value)


def conditions(params: Sequence[tuple[str, str]], names: Mapping[str, str], rows: Sequence[Row]) -> str:
    """The conditions of a request, and its span of days: that of the counts, not of what running totals among them cover."""
    given = dict(params)
    parts = [_condition(names, name, text) for name, text in params if name not in (*OWN, *SPAN, "by")]
    span = dates.span(given.get("since") or None, given.get("until") or None)
    held = {row["basis"] in (totals_rows.CUMULATIVE, totals_rows.STOCK) for row in rows}
    span = (
        {(True,): f"latest counts {span}", (False, True): f"{span}, with the latest of running counts"}.get(tuple(sorted(held)), span)
        if span
        else ""
    )
    return "; ".join([*parts, *([span] if span else [])])


def _condition(names: Mapping[str, str], name: str, text: str) -> str:
    short = text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"
    if name in names:
        return names[name]
    if (key := name.rpartition(".")[2]) == "country":
        return label(key, text)
    return f"{name.replace('_', ' ')}: {label(name, short)}"
