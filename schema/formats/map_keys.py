"""The keys of a map, and what a column may become: the declarations that the reader of maps, its messages and its JSON Schema share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..model.claim import CLAIM_FIELDS
from ..model.field import Field
from ..model.kinds import Kinds
from .spellings import THOUSANDS_MARKS
from .table_row import LEVELS, PARTICIPATION_FIELDS

MAP_KEYS = {
    "name": "The name of the map. Receipts print it as the format.",
    "title": "What the table is, in a few words.",
    "note": "Where the publisher describes the columns, and what else a reader should know.",
    "source": "The source that makes the claims: its `id`, and any of its fields, such as `license` and `redistributable`.",
    "header": "The names of the columns, in their order, for files without a header.",
    "header_rows": "How many rows the names of the columns take, if more than one: 'Killed' below 'Victims' is then the column 'Victims Killed'.",
    "wide": "Columns that have a value each for what their name says, such as a year: each of their cells becomes a row of its own.",
    "dates": "How dates are written, in patterns of strptime such as '%d/%m/%Y'. 2024-11-27, 2024-11 and 2024 are always read.",
    "nulls": "Words that stand for an unknown value, such as NA, in upper or lower case. In columns of countries, only the column's own apply: NA is Namibia.",
    "sentinels": "Numbers that stand for an unknown value, such as -99. They become unknown, and are flagged.",
    "thousands": "What stands between thousands in counts: a point, a comma, an apostrophe or a space. Without it, 14.000 and 14,000 reject their record.",
    "columns": "What each column becomes, by its name.",
    "join": "Values that are made of several columns, by a name, which `columns` may use like that of a column.",
    "event": "Values that every event has.",
    "place": "Values that every place has. `of: figures` means that the place is that of the figures and not of the event.",
    "figures": "The figures that a row may have, by a name of your own, each with the values that it always has; `{}` if nothing is counted.",
    "actors": "The actors that a row may name, by a name of your own, each with the values that it always has, such as its `role`.",
}
COLUMN_KEYS = {
    "to": "The field that the column becomes, such as `event.date` or `killed.best`; several in a list; `original`; or `drop`.",
    "dates": "How the dates of this column are written.",
    "nulls": "Words of this column that stand for an unknown value.",
    "sentinels": "Numbers of this column that stand for an unknown value.",
    "times": "What the numbers of this column are multiplied by, such as 1000 if it counts thousands.",
    "codes": "Our code for each word of the column. A word that is not listed rejects the record, unless there is an `otherwise`. For countries, also `gleditsch-ward`, if dates are written as 2024-11-27.",
    "otherwise": "Our code for every word that `codes` does not list.",
    "optional": "Whether a file may lack the column.",
}
THOUSANDS = tuple("".join(THOUSANDS_MARKS))
MAX_HEADER_ROWS = 4
WIDE_KEYS = {
    "columns": "The names of these columns; `*` stands for any characters and `?` for one, as in 20??.",
    "names": "How `columns` of the map calls the column of their names.",
    "values": "How it calls the column of their cells.",
}
JOIN_KEYS = {"columns": "The columns, in order.", "by": "What stands between the values; by default, a hyphen."}
ONLY_IF, OF = "only_if", "of"
ONLY_IF_SENTENCE = "A row has the figure only if a column has one of these words, by the name of the column."

GLEDITSCH_WARD = "gleditsch-ward"
CODE_LISTS = {GLEDITSCH_WARD: "The numbers of countries in the list of Gleditsch and Ward, which UCDP uses. They depend on the date."}

ORIGINAL, DROP = "original", "drop"
UNTARGETED = {
    ORIGINAL: "The column is not placed; like every other, it stays with the claim.",
    DROP: "The column is stored nowhere, as the names of victims should be.",
}
ROW_ID, EVENT_ID, EVENT_DATE, COUNTRY = "row.id", "event.id", "event.date", "event.country"
SPECIAL_TARGETS = {
    ROW_ID: "What identifies the row; of several columns, together. Without it, all cells do.",
    EVENT_ID: "What identifies the event, if several rows describe one.",
    EVENT_DATE: "The first and the last day of the event: the day, or the month or year if only that is known.",
}
DEFAULT_KINDS = {"event": "other", "place": "area", "source": "other"}  # Of a row that does not give one.
DEFAULT_ACTOR_KIND = "unknown"
CLAIM_TARGETS = ("attributed_to", "note", "credibility", "locator")  # What a column may say about the claim itself.

# What a row itself decides, by part.
DECIDED = {
    "event": ("location",), "place": ("country", "part_of"), "source": ("relays", "revises"), "figure": ("event", "location"), "actor": ("part_of",),
}  # fmt: skip


def part_fields(kinds: Kinds, part: str) -> dict[str, Field]:
    """The fields that a column may become, or that a map may give: of a part of the row, or of a `figure` or an `actor`."""
    kind = {"place": "location", **{f"admin{level}": "location" for level in LEVELS}}.get(part, part)
    fields = {
        name: field for name, field in kinds[kind].fields.items() if name not in DECIDED.get("place" if kind == "location" else part, ())
    }
    if part == "event":
        fields |= {name: CLAIM_FIELDS[name] for name in CLAIM_TARGETS}
    if part == "actor":
        fields |= {name: kinds["participation"].fields[name] for name in PARTICIPATION_FIELDS}
    return fields


FIXED_PARTS = ("event", "place", *(f"admin{level}" for level in LEVELS), "source")


def targets(kinds: Kinds, figures: Iterable[str], actors: Iterable[str]) -> dict[str, Field | None]:
    """Everything that a column may become, with its field; None for what is not a field of one record."""
    parts: Mapping[str, str] = {
        **{part: part for part in FIXED_PARTS},
        **dict.fromkeys(figures, "figure"),
        **dict.fromkeys(actors, "actor"),
    }
    fields: dict[str, Field | None] = {
        f"{name}.{field}": value for name, part in parts.items() for field, value in part_fields(kinds, part).items()
    }
    return {**fields, **dict.fromkeys((*SPECIAL_TARGETS, *UNTARGETED))}
