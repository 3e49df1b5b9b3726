"""The words of cards of totals: pure functions of the rows of totals by REST."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schema.codelists.vocabularies import MEASURE
from schema.kinds import KINDS
from schema.model.totals import ALWAYS_KEYS, DATE_KEYS, TOTALS_KEY

from . import dates, nouns, words
from .card_words import Content, Line, sentence
from .sum_notices import SumText

Row = Mapping[str, Any]
FIGURE = KINDS["figure"]
MAX_ROWS, MAX_MONTHS = 4, 48  # Rows of a card of sums, and of a timeline.
OWN = ("measure", "population")  # Conditions that the phrase of a number says already.
SPAN = ("since", "until")
MAX_TEXT = 60  # Characters of a condition.


@dataclass(frozen=True)
class Totals:
    """Rows of totals, and what was asked for."""

    rows: Sequence[Row]
    by: Sequence[str]
    params: Sequence[tuple[str, str]]
    names: Mapping[str, str]  # The names of the records that conditions name, by field.
    timeline: bool


def content(totals: Totals, figures: str) -> Content:
    """The words of a card of totals; `figures` is the address of the figures that are added."""
    rows = _rows(totals)
    about, count = _conditions(totals), sum(row["figures"] for row in rows)
    single = not totals.timeline and len(rows) == 1
    heading = sentence(words.phrase(_figure(totals, rows[0]))) if single else _title(totals)
    lines = _timeline(totals, rows) if totals.timeline else () if single else _lines(totals, rows)
    kept = lines[: MAX_MONTHS if totals.timeline else MAX_ROWS]
    disputed = sum(row["disputed"] for row in rows)
    first = "" if single else "".join(f"; {line.label}: {line.text}" if line.label else f"; {line.text}" for line in kept[:MAX_ROWS])
    return Content(
        heading, sentence(about) if rows else "No figure is counted.", f"{heading}{f' ({about})' if about else ''}{first}",
        source=f"sum of {count:,} figure{'s' if count != 1 else ''}, each with its source" if rows else "", source_href=figures,
        disputed=f"{disputed:,} of the figures" if disputed else "", lines=kept, more=len(lines) - len(kept), table=totals.timeline,
    )  # fmt: skip


def sums(totals: Totals, every: bool = False) -> dict[tuple[Any, ...], SumText]:
    """The rows that a card prints, or all of them, by what is summed in each; records among it are known by their ids, since their names may change."""
    rows = totals.rows if every else _rows(totals)
    kept = rows if every else _newest(totals, rows)[:MAX_MONTHS] if totals.timeline else rows[:MAX_ROWS]
    return {
        tuple(_identity(row.get(key)) for key in (*TOTALS_KEY.codes, *ALWAYS_KEYS, "basis")): SumText(
            ", ".join(_label(key, row[key]) for key in totals.by if key != "measure") or ("" if len(kept) == 1 else _label("measure", row["measure"])), amount(row), row["figures"], row["disputed"],
        )
        for row in kept
    }  # fmt: skip


def _rows(totals: Totals) -> Sequence[Row]:
    return _series(totals.rows) if totals.timeline else totals.rows


def _identity(value: Any) -> Any:
    return value["id"] if isinstance(value, Mapping) else value


def amount(row: Row) -> str:
    """The sum of a row: its bounds, and its best estimate if every figure that was added has one."""
    return words.amount(_stated(row))


def _stated(row: Row) -> dict[str, Any]:
    """A row without a best estimate that leaves figures out, where there is a bound to state instead."""
    return {**row, "best": None} if row["without_best"] and row["low"] is not None else dict(row)


def _figure(totals: Totals, row: Row) -> Row:
    """A row as a figure, whose population may be that of a condition."""
    given = dict(totals.params)
    return {"population": given.get("population"), "quantifier": None, **_stated(row)}


def _series(rows: Sequence[Row]) -> list[Row]:
    """The rows of the unit and the basis with the most figures: a timeline is of one."""
    counts: dict[tuple[Any, Any], int] = {}
    for row in rows:
        counts[row["unit"], row["basis"]] = counts.get((row["unit"], row["basis"]), 0) + row["figures"]
    most = max(counts, key=lambda key: counts[key], default=None)
    return [row for row in rows if (row["unit"], row["basis"]) == most]


def _title(totals: Totals) -> str:
    measure = dict(totals.params).get("measure")
    known = measure in MEASURE.codes
    row: Row = {"measure": measure, "population": dict(totals.params).get("population")} if known else {}
    noun = nouns.nouns_of(row) if known else None
    title = nouns.wording(str(measure)).phrase.format(counted=noun[1] if noun else "").strip() if known else "totals"
    by = ", ".join(nouns.actor_of(str(measure)) if key == "actor" and known else TOTALS_KEY.codes[key].label.lower() for key in totals.by)
    return sentence(f"{title} by {by}" if by else title)


def _lines(totals: Totals, rows: Sequence[Row]) -> tuple[Line, ...]:
    return tuple(
        Line(
            ", ".join(_label(key, row[key]) for key in totals.by if key != "measure"),
            sentence(words.phrase(_figure(totals, row))),
        )
        for row in rows
    )


def _timeline(totals: Totals, rows: Sequence[Row]) -> tuple[Line, ...]:
    """The newest month first; a bar is as long as the best estimate or the lower bound, and paler up to the upper bound."""
    key = totals.by[0]
    dated = _newest(totals, rows)
    longest = max((float(_end(row) or 0) for row in dated), default=0) or 1
    return tuple(Line(_label(key, row[key]), amount(row), _bar(row, longest), open=row["high"] is None) for row in dated)


def _newest(totals: Totals, rows: Sequence[Row]) -> list[Row]:
    """The rows with a month or a year, the newest first."""
    key = totals.by[0]
    return sorted((row for row in rows if row[key]), key=lambda row: str(row[key]), reverse=True)


def _bar(row: Row, longest: float) -> tuple[float, float]:
    known = row["low"] if row["without_best"] or row["best"] is None else row["best"]
    return round(100 * float(known or 0) / longest, 1), round(100 * float(_end(row) or 0) / longest, 1)


def _end(row: Row) -> Any:
    """The largest number of a row."""
    return max((row[name] for name in ("low", "best", "high") if row[name] is not None), default=0)


def _label(key: str, value: Any) -> str:
    """A key of a row in words."""
    if value is None:
        return "unknown"
    if isinstance(value, Mapping):
        return str(value.get("name") or value["id"])
    if key == DATE_KEYS[0]:
        return dates.month(dt.date.fromisoformat(f"{value}-01"[:10]))
    field = FIGURE.fields.get(key) or KINDS["event"].fields.get(key)
    vocabulary = field.type.vocabulary if field else None
    return vocabulary.codes[str(value)].label if vocabulary and str(value) in vocabulary.codes else str(value)


def _conditions(totals: Totals) -> str:
    """The conditions of a request, and its span of days."""
    given = dict(totals.params)
    parts = [_condition(totals, name, text) for name, text in totals.params if name not in (*OWN, *SPAN, "by")]
    span = dates.span(given.get("since") or None, given.get("until") or None)
    return "; ".join([*parts, *([span] if span else [])])


def _condition(totals: Totals, name: str, text: str) -> str:
    short = text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"
    if name in totals.names:
        return totals.names[name]
    if name == "country":
        return _label(name, text)
    return f"{name.replace('_', ' ')}: {_label(name, short)}"
