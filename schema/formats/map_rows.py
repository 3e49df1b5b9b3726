"""What a row of a table becomes by a map: the expressions for each field of its event, places, actors and figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

import yaml

from ..codelists.gleditsch_ward import STATES
from ..model.field import Field
from . import map_keys as keys
from .cross_checks import Agreement
from .expressions import (
    Coded,
    Column,
    Concat,
    Constant,
    DateSpelling,
    Expression,
    FirstKnown,
    LoadedSource,
    Lookup,
    OnlyIf,
    PeriodDay,
    PeriodPrecision,
    RowDigest,
    Times,
    Unless,
    concat,
)
from .hxl import ANY_COUNTRY, TableMapping
from .table_row import BOUNDS, LEVELS, TableRow, identified, period_precision

NONE = "(none)"  # Stands for an empty cell among the codes of a kind, which every record has.


@dataclass(frozen=True)
class Entry:
    """What one column becomes, and how its cells are read."""

    column: str
    target: str
    node: yaml.Node
    dates: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    sentinels: tuple[str, ...] = ()
    codes: Mapping[str, str | None] = field(default_factory=dict)
    code_list: str = ""  # The name of a list of codes that the project has.
    otherwise: str | None = None
    optional: bool = False
    times: int = 1


@dataclass(frozen=True)
class Parts:
    """What a map declares beside its columns: joined columns, figures and actors by name, what columns may become, and how dates are written."""

    joined: Mapping[str, Concat]
    figures: Mapping[str, Mapping[str, Any]]
    actors: Mapping[str, Mapping[str, Any]]
    targets: Mapping[str, Field | None]
    dates: tuple[str, ...]


class Rows:
    """Makes the parts of a row from the entries of a map."""

    def __init__(self, parts: Parts, entries: Sequence[Entry], constants: Mapping[str, Mapping[str, Any]]) -> None:
        self.parts, self.entries, self.constants = parts, entries, constants
        self.tagged = {entry.target: entry for entry in entries if entry.target.startswith("#")}

    def column(self, name: str) -> Expression:
        return self.parts.joined.get(name, Column((name,)))

    def read(self, entry: Entry, part: str = "", name: str = "") -> Expression:
        """The value of a column for a field."""
        raw = unless(self.column(entry.column), (*entry.nulls, *entry.sentinels))
        field = self.parts.targets.get(entry.target)
        default = (keys.DEFAULT_KINDS.get(part, keys.DEFAULT_ACTOR_KIND)) if name == "kind" else None
        if entry.codes or (default and entry.otherwise is not None):
            codes = {**entry.codes, **({NONE: default} if default else {})}
            of = FirstKnown((raw, Constant(NONE))) if default else raw
            return Coded(of, codes, entry.otherwise, decides=True)
        if entry.code_list:
            return Lookup("gleditsch_ward", STATES, raw, self.day())
        if entry.times != 1:
            return Times(raw, entry.times)
        if entry.target == keys.COUNTRY:
            return Coded(raw, ANY_COUNTRY)
        if entry.target == keys.EVENT_DATE or (field is not None and field.type.is_date):
            return PeriodDay(raw, entry.dates, last=name in ("ended_on", "period_end", "active_to"))
        return FirstKnown((raw, Constant(default))) if default else raw

    def day(self) -> Expression:
        """The day of the event as the file writes it, by which lists of codes are looked up."""
        return next(
            (self.column(entry.column) for entry in self.entries if entry.target in (keys.EVENT_DATE, "event.started_on")), Column(())
        )

    def part(self, part: str, constants: Mapping[str, Any]) -> dict[str, Expression]:
        """The fields of a part of the row: its constants, then what columns become."""
        given: dict[str, Expression] = {key: Constant(value) for key, value in constants.items() if isinstance(value, str)}
        for entry in self.entries:
            of, _, name = entry.target.partition(".")
            if of == part:
                given[name] = self.spelled(entry.column) if entry.target == keys.EVENT_ID else self.read(entry, part, name)
        return given

    def row(self, columns: Sequence[str]) -> TableRow:
        """The parts of a row of a file with these columns."""
        row_id, tags = self.row_id(columns), TableMapping([*self.tagged]).table_row()
        tags = _substituted(tags, self.tag)
        event, place = self.part("event", self.constants["event"]), self.part("place", self.constants["place"])
        own_country = event.pop("country", None)
        event |= self.days(event)
        event_id, of = event.pop("id", None), place.pop(keys.OF, None)
        return TableRow(
            row=row_id,
            event={**tags.event, **event},
            event_id=FirstKnown((*identified(event_id), row_id)) if event_id else tags.event_id,
            shares_events=event_id is not None or tags.shares_events,
            country=own_country or tags.country,
            place={**tags.place, **place},
            divisions={**tags.divisions, **{level: given for level in LEVELS if (given := self.part(f"admin{level}", {}))}},
            actors={**tags.actors, **{name: self.part(name, given) for name, given in self.parts.actors.items()}},
            figures={**tags.figures, **{name: self.figure(name, given) for name, given in self.parts.figures.items()}},
            figure_actors={name: given["actor"] for name, given in self.parts.figures.items() if "actor" in given},
            quoted={**tags.quoted, **self.part("source", {})},
            locates_figures=of == Constant("figures"),
        )

    def agreements(self) -> tuple[Agreement, ...]:
        """The statements of the columns that have tags, which must agree."""
        agreements: tuple[Agreement, ...] = _substituted(TableMapping([*self.tagged]).agreements(), self.tag)
        return agreements

    def row_id(self, columns: Sequence[str]) -> Expression:
        cells = concat(LoadedSource(), "-", RowDigest(tuple(self.spelled(name) for name in sorted(columns))))
        ids = self.ids()
        return FirstKnown((*identified(ids[0] if len(ids) == 1 else Concat(ids, "-")), cells)) if ids else cells

    def ids(self) -> tuple[Expression, ...]:
        """What the map says identifies the row, in one spelling."""
        return tuple(self.spelled(entry.column) for entry in self.entries if entry.target == keys.ROW_ID)

    def spelled(self, name: str) -> Expression:
        """The value of a column in the one spelling that it has in ids, whatever that of the file: of dates, countries and listed words."""
        if joined := self.parts.joined.get(name):
            spelled: Concat = _substituted(
                joined, lambda part: self.spelled(part.names[0]) if isinstance(part, Column) and part.names else part
            )
            return spelled
        column = Column((name,))
        for entry in self.entries:
            if entry.column != name:
                continue
            if entry.target.startswith("#date"):
                return DateSpelling(column, self.parts.dates)
            if isinstance(read := self.read(entry), PeriodDay):
                return DateSpelling(column, read.patterns)
            codes: dict[str, str | None] = {**ANY_COUNTRY} if entry.target.startswith("#country") else {}
            if isinstance(read, Coded):
                codes = {word: code if read.codes is ANY_COUNTRY else word for word, code in read.codes.items()}
            if codes:
                return FirstKnown((Coded(column, codes, None), column))
        return column

    def days(self, event: dict[str, Expression]) -> dict[str, Expression]:
        """The days of the event, and their precision if they may be months or years."""
        fields: dict[str, Expression] = {}
        if isinstance(day := event.pop("date", None), PeriodDay):
            fields = {"started_on": day, "ended_on": replace(day, last=True)}
        dates = [value for name in ("started_on", "ended_on") if isinstance(value := {**event, **fields}.get(name), PeriodDay)]
        if dates and "date_precision" not in event:
            fields["date_precision"] = period_precision(dates)
        return fields

    def figure(self, name: str, constants: Mapping[str, Any]) -> dict[str, Expression]:
        fields = self.part(name, {key: value for key, value in constants.items() if key != "actor"})
        for column, words in constants.get(keys.ONLY_IF, {}).items():
            fields |= {bound: OnlyIf(fields[bound], self.column(column), words) for bound in BOUNDS if bound in fields}
        return fields

    def tag(self, expression: Expression) -> Expression:
        """Replace a tag by the column that has it, and give dates the patterns of the map."""
        if isinstance(expression, (PeriodDay, PeriodPrecision)):
            return replace(expression, patterns=self.parts.dates)
        if isinstance(expression, Column) and expression.names:
            return next((self.read(self.tagged[tag]) for tag in expression.names if tag in self.tagged), expression)
        return expression


def unless(expression: Expression, words: tuple[str, ...]) -> Expression:
    return Unless(expression, words) if words else expression


def _substituted(value: Any, change: Callable[[Expression], Expression]) -> Any:
    """A declaration in which every expression is changed."""
    if isinstance(value, tuple):
        return tuple(_substituted(item, change) for item in value)
    if isinstance(value, dict):
        return {key: _substituted(item, change) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        value = replace(value, **{part.name: _substituted(getattr(value, part.name), change) for part in fields(value)})
    return change(value) if isinstance(value, Expression) else value
