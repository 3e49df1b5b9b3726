"""Types of totals: rows of sums, counts of figures that were left out, and the arguments."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ...model.kind import Kind
from ...model.totals import (
    ALWAYS_KEYS,
    COUNT_COLUMNS,
    DAY_COLUMNS,
    LEFT_OUT_REASON,
    LIST_COLUMNS,
    NEW_COLUMNS,
    RULE_SENTENCE,
    SPAN_SENTENCES,
    SUM_COLUMNS,
    TOTALS_COLUMN,
    TOTALS_KEY,
    TOTALS_RULE_SENTENCE,
)
from ...model.words import ROW_WORDS_SENTENCE, WORDS
from .annotations import list_of, optional
from .drafts import Draft, Drafts, Member
from .filters import WHERE_SENTENCE
from .objects import words_resolver
from .resolvers import resolver

KEYS_SENTENCE = "A key can only be selected if the rows are grouped by it, so null always means that it is unknown."


def add_totals(drafts: Drafts, kind: Kind) -> None:
    """The types of the totals of a kind."""
    rows = drafts.object("TotalsRow", f"Sums for one measure, unit and basis. {KEYS_SENTENCE}")
    left = drafts.object("LeftOut", "The number of figures that were left out for one reason.")
    for name, entry in {**TOTALS_KEY.codes, **TOTALS_COLUMN.codes}.items():
        annotation, target = _column(drafts, kind, name)
        never_null = name in (*COUNT_COLUMNS, *ALWAYS_KEYS) and name not in NEW_COLUMNS
        member = Member("total", kind=target, column=name)
        rows.add(name, annotation if never_null else optional(annotation), entry.definition, member)
    rows.add(WORDS, str, ROW_WORDS_SENTENCE, Member("words"), words_resolver(drafts))
    left.add("reason", drafts.enum(LEFT_OUT_REASON), "Why the figures were left out.", Member("total", column="reason"))
    left.add(COUNT_COLUMNS[0], int, "The number of figures.", Member("total", column=COUNT_COLUMNS[0]))
    totals = drafts.object("Totals", f"Sums of {kind.plural}, and the {kind.plural} that were left out of them.")
    totals.add("rule", str, RULE_SENTENCE, Member("total_rule"))
    totals.add("rows", list_of(rows.python), "The sums, sorted by their keys. At most 10,000 rows.", Member("total_rows"))
    totals.add("left_out", list_of(left.python), f"The figures that were left out, and why. {TOTALS_RULE_SENTENCE}", Member("left_out"))


def _column(drafts: Drafts, kind: Kind, name: str) -> tuple[Any, Kind | None]:
    """The type of a column of totals, and the kind of record that it shows."""
    if name in (*SUM_COLUMNS, *COUNT_COLUMNS, *DAY_COLUMNS):
        return (float if name in SUM_COLUMNS else int), None
    assert kind.totals is not None
    if name in LIST_COLUMNS:
        return list_of(drafts.output(kind.fields[kind.totals.origin])), None
    event = drafts.kinds[kind.fields[kind.totals.event].type.ref or ""]
    field = {**event.fields, **kind.fields}.get(getattr(kind.totals, name, ""))
    if field is None:
        return (str if name == "month" else int), None
    return drafts.output(field), drafts.kinds[field.type.ref] if field.type.ref else None


def add_totals_root(drafts: Drafts, root: Draft, kind: Kind) -> None:
    """Add the field `totals` to a root."""
    arguments = {
        "by": (list_of(drafts.enum(TOTALS_KEY)), "The keys to group by. A row always has one measure, one unit and one basis."),
        "where": (drafts.inputs[f"{kind.graphql}Where"].python, WHERE_SENTENCE),
        **{name: (dt.date, sentence) for name, sentence in SPAN_SENTENCES.items()},
    }
    description = f"Sums of {kind.plural} that may be added. `leftOut` counts the others."
    root.add("totals", drafts.objects["Totals"].python, description, Member("totals", kind=kind), resolver(arguments))
