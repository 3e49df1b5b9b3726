"""Components of totals: rows of sums, and counts of figures that were left out."""

from __future__ import annotations

from ...codelists.vocabularies import LANGUAGE
from ...model.kind import Kind
from ...model.totals import (
    ALWAYS_KEYS,
    COUNT_COLUMNS,
    DATE_KEYS,
    DAY_COLUMNS,
    LEFT_OUT_REASON,
    LIST_COLUMNS,
    NEW_COLUMNS,
    RULE_SENTENCE,
    SUM_COLUMNS,
    TOTALS_COLUMN,
    TOTALS_KEY,
    TOTALS_RULE_SENTENCE,
)
from ...model.words import IF_REQUESTED, ROW_WORDS_SENTENCE, WORDS
from .parts import COUNT, Schema, array, nullable, object_schema, vocabulary_schema
from .records import WARNINGS
from .registry import Components

MONTH: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}


def add_totals(components: Components, kind: Kind) -> None:
    """The response with the totals of a kind."""
    components.define(TOTALS_KEY.graphql, vocabulary_schema(TOTALS_KEY, levels=False))
    components.define(LANGUAGE.graphql, vocabulary_schema(LANGUAGE, levels=False))
    reason = components.define(LEFT_OUT_REASON.graphql, vocabulary_schema(LEFT_OUT_REASON, levels=False))
    entries = {**TOTALS_KEY.codes, **TOTALS_COLUMN.codes}
    row: dict[str, Schema] = {name: {**_column(components, kind, name), "description": entry.definition} for name, entry in entries.items()}
    description = "Sums for one measure, unit and basis. A key is present if the rows are grouped by it; null means that it is unknown."
    always = [name for name in row if name in ALWAYS_KEYS or name not in TOTALS_KEY.codes]
    row[WORDS] = {"type": "string", "description": f"{ROW_WORDS_SENTENCE} {IF_REQUESTED}"}
    rows = components.define("TotalsRow", object_schema(description, row, always))
    left = object_schema("The number of figures that were left out for one reason.", {"reason": reason, COUNT_COLUMNS[0]: COUNT})
    answer: dict[str, Schema] = {
        "revision": {**COUNT, "description": "The revision that this response describes."},
        "rule": {"type": "string", "description": RULE_SENTENCE},
        "data": {**array(rows), "maxItems": 10_000},
        "left_out": {
            **array(components.define("LeftOut", left)),
            "description": f"The figures that were left out, and why. {TOTALS_RULE_SENTENCE}",
        },
    }
    components.define(
        "Totals",
        object_schema(
            f"Sums of {kind.plural}, and the {kind.plural} that were left out of them.", {**answer, "warnings": WARNINGS}, [*answer]
        ),
    )


def _column(components: Components, kind: Kind, name: str) -> Schema:
    """A column of a row of totals."""
    assert kind.totals is not None
    if name in (*COUNT_COLUMNS, *DAY_COLUMNS):
        return nullable(COUNT) if name in NEW_COLUMNS else COUNT
    if name in SUM_COLUMNS:
        return nullable({"type": "number"})
    if name in LIST_COLUMNS:
        return nullable(array(components.field(kind.fields[kind.totals.origin])))
    event = components.kinds[kind.fields[kind.totals.event].type.ref or ""]
    field = {**event.fields, **kind.fields}.get(getattr(kind.totals, name, ""))
    if field is None:
        return nullable(MONTH if name == DATE_KEYS[0] else {"type": "integer"})
    schema = components.reference(components.kinds[field.type.ref]) if field.type.ref else components.field(field)
    return schema if name in ALWAYS_KEYS else nullable(schema)
