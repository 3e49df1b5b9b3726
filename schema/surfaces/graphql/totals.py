"""Types of totals: the rows of sums, what was left out of them, and their arguments."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ...model.kind import Kind
from ...model.totals import ALWAYS_KEYS, COUNT_COLUMNS, LEFT_OUT_REASON, SUM_COLUMNS, TOTALS_COLUMN, TOTALS_KEY, TOTALS_RULE_SENTENCE
from .annotations import list_of, optional
from .drafts import Draft, Drafts, Member
from .resolvers import resolver


def add_totals(drafts: Drafts, kind: Kind) -> None:
    """The types of the totals of a kind."""
    rows = drafts.object("TotalsRow", "One sum, of one measure, unit and basis. Keys that were not asked for are null.")
    left = drafts.object("LeftOut", "How many figures were not added, for one reason.")
    for name, entry in {**TOTALS_KEY.codes, **TOTALS_COLUMN.codes}.items():
        annotation, target = _column(drafts, kind, name)
        never_null = name in (*COUNT_COLUMNS, *ALWAYS_KEYS, SUM_COLUMNS[0])
        member = Member("total", kind=target, column=name)
        rows.add(name, annotation if never_null else optional(annotation), entry.definition, member)
    left.add("reason", drafts.enum(LEFT_OUT_REASON), "Why.", Member("total", column="reason"))
    left.add(COUNT_COLUMNS[0], int, "How many.", Member("total", column=COUNT_COLUMNS[0]))
    totals = drafts.object("Totals", f"Sums of {kind.plural} that may be added, and what was left out of them.")
    totals.add("rows", list_of(rows.python), "The sums, in the order of their keys; at most 10,000.", Member("total_rows"))
    totals.add("left_out", list_of(left.python), f"What was not added, and why. {TOTALS_RULE_SENTENCE}", Member("left_out"))


def _column(drafts: Drafts, kind: Kind, name: str) -> tuple[Any, Kind | None]:
    """The type of a column of totals, and the kind of record that it shows."""
    if name in SUM_COLUMNS or name in COUNT_COLUMNS:
        return (float if name in SUM_COLUMNS else int), None
    assert kind.totals is not None
    event = drafts.kinds[kind.fields[kind.totals.event].type.ref or ""]
    field = {**event.fields, **kind.fields}.get(getattr(kind.totals, name, ""))
    if field is None:
        return (str if name == "month" else int), None
    return drafts.output(field), drafts.kinds[field.type.ref] if field.type.ref else None


def add_totals_root(drafts: Drafts, root: Draft, kind: Kind) -> None:
    """The field of a root that answers the totals of a kind."""
    arguments = {
        "by": (list_of(drafts.enum(TOTALS_KEY)), "What to group by. Rows are always of one measure, one unit and one basis."),
        "where": (drafts.inputs[f"{kind.graphql}Where"].python, "Conditions; all of them must hold."),
        "since": (
            dt.date,
            f"Only {kind.plural} of this day or a later one: the first day of their own period, or else of their event.",
        ),
        "until": (dt.date, f"Only {kind.plural} of this day or an earlier one."),
    }
    description = f"Sums of {kind.plural}, of what may be added; the rest is told in `leftOut`."
    root.add("totals", drafts.objects["Totals"].python, description, Member("totals", kind=kind), resolver(arguments))
