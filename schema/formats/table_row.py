"""What one row of a table becomes: an event, its place, its actors, the source that it credits, and figures. HXL tags and maps share it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ..codelists.vocabularies import DATE_PRECISION, LOCATION_KIND
from .declarations import check_codes
from .expressions import (
    Column,
    Concat,
    Constant,
    Digest,
    Expression,
    FirstKnown,
    IfKnown,
    LoadedSource,
    Matched,
    PeriodDay,
    PeriodPrecision,
    Remainder,
    concat,
)
from .format import RecordMapping

Fields = Mapping[str, Expression]

UNKNOWN = Column(())
LEVELS = {1: "admin1", 2: "admin2", 3: "admin3", 4: "area", 5: "area"}  # The kind of location of each administrative level.
BOUNDS = ("low", "best", "high")
PARTICIPATION_FIELDS = ("role", "remark")  # What a row says about an actor that is about its part in the event.
MONTH_PRECISION, YEAR_PRECISION = "4", "5"  # UCDP's date_prec.
SERIES = STOCK, CUMULATIVE = (
    "stock",
    "cumulative",
)  # The bases of figures that hold at the end of a period, of which a later one replaces an earlier one.
check_codes("LEVELS in schema/formats/table_row.py", LEVELS.values(), LOCATION_KIND)
check_codes("The precisions in schema/formats/table_row.py", (MONTH_PRECISION, YEAR_PRECISION), DATE_PRECISION)


@dataclass(frozen=True)
class TableRow:
    """The expressions of a row's parts, by field.

    `row`: the id of the row. `event_id`: the id of its event, by default that of the row; `shares_events`: several rows may describe one event.
    `figure_actors`: the actor, by its name, of each figure that is about one.
    `divisions`: the administrative divisions, by level. `actors` and `figures` by a name, with which the ids of their records end.
    `locates_figures`: the place is that of the figures and not of the event, whose rows are about several places.
    `keeps_original`: the claim of the first record has the cells that become no field; another record of the row has them otherwise.
    """

    row: Expression
    event: Fields = field(default_factory=dict)
    event_id: Expression | None = None
    shares_events: bool = False
    country: Expression = UNKNOWN
    place: Fields = field(default_factory=dict)
    divisions: Mapping[int, Fields] = field(default_factory=dict)
    actors: Mapping[str, Fields] = field(default_factory=dict)
    figures: Mapping[str, Fields] = field(default_factory=dict)
    figure_actors: Mapping[str, str] = field(default_factory=dict)
    quoted: Fields = field(default_factory=dict)
    locates_figures: bool = False
    keeps_original: bool = True

    def records(self) -> Iterator[RecordMapping]:
        """The mappings; the first is that of the event or, if the rows of one event count at several places, that of a figure."""
        figures = [self._figure(key, fields) for key, fields in self.figures.items()]
        first = [figures.pop(0)] if self.locates_figures and figures else []
        yield from first
        yield self._event()
        yield from (record for _, record in (self._place, *self._divisions, self._quoted))
        for key, fields in self.actors.items():
            yield from self._actor(key, fields)
        yield from figures

    # The event

    @property
    def _id(self) -> Expression:
        return self.event_id or self.row

    @cached_property
    def _days(self) -> tuple[Expression, Expression]:
        """The first and the last day of the event."""
        return self.event.get("started_on", UNKNOWN), self.event.get("ended_on", UNKNOWN)

    @property
    def _credits(self) -> Fields:
        return {"quoted_from": self._quoted[0]}

    def _event(self) -> RecordMapping:
        fields: dict[str, Expression] = {"name": self._default_name, "kind": Constant("other"), **self.event}
        for name in ("name", "kind"):
            if name in self.event:  # A row without a name or a kind has the default ones.
                default = self._default_name if name == "name" else Constant("other")
                fields[name] = FirstKnown((self.event[name], default))
        fields |= {"country": self.country, **self._credits}
        if not self.locates_figures:
            fields |= {"location": self._place_of_row, "original": Remainder()}
        return RecordMapping("event", self._id, fields, shared=self.shares_events)

    @cached_property
    def _default_name(self) -> Expression:
        places = [self.place.get("name", UNKNOWN), *(self.divisions[level].get("name", UNKNOWN) for level in self._levels)]
        named = tuple(place for place in places if place.columns())
        first = self._days[0]
        day = FirstKnown((Matched(first, r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]"), first)) if first.columns() else first  # Without its time.
        return Concat((Constant("Event"), *named, day), ", ", lenient=True)

    # Places

    @property
    def _levels(self) -> list[int]:
        """The levels of the divisions, the smallest division first."""
        return sorted(self.divisions, reverse=True)

    @cached_property
    def _divisions(self) -> list[tuple[Expression, RecordMapping]]:
        """The administrative divisions, the smallest first, each with its id."""
        divisions: list[tuple[Expression, RecordMapping]] = []
        identity: list[Expression] = [self.country]
        above: tuple[Expression, ...] = ()
        for level in reversed(self._levels):
            given = self.divisions[level]
            name, code = given.get("name", UNKNOWN), given.get("pcode", UNKNOWN)
            identity += [name, code]
            id = IfKnown(concat(LoadedSource(), f"-adm{level}-", Digest("", tuple(identity))), FirstKnown((name, code)))
            fields = {"kind": Constant(LEVELS[level]), **given, "name": FirstKnown((name, code)), "country": self.country}
            divisions.insert(0, (id, _location(id, fields, above)))
            above = (id, *above)
        return divisions

    @cached_property
    def _place(self) -> tuple[Expression, RecordMapping]:
        """The place within its division, with its id."""
        name, code, latitude, longitude = (self.place.get(part, UNKNOWN) for part in ("name", "pcode", "latitude", "longitude"))
        divisions = [
            self.divisions.get(level, {}).get(part, UNKNOWN) for level in sorted(LEVELS, reverse=True) for part in ("name", "pcode")
        ]
        parts = (name, code, latitude, longitude, self.country, *divisions)
        id = IfKnown(concat(LoadedSource(), "-place-", Digest("", parts)), FirstKnown((name, code, IfKnown(latitude, longitude))))
        fields = {
            "kind": Constant("area"), **self.place, "name": FirstKnown((name, code, *divisions, Constant("A place without a name"))),
            "country": self.country,
        }  # fmt: skip
        return id, _location(id, fields, tuple(id for id, _ in self._divisions))

    @property
    def _place_of_row(self) -> Expression:
        """The smallest place that is known."""
        return FirstKnown((self._place[0], *(division for division, _ in self._divisions)))

    # The source that is credited, and actors

    @cached_property
    def _quoted(self) -> tuple[Expression, RecordMapping]:
        """The source that a row credits, with its id."""
        title, url = self.quoted.get("title", UNKNOWN), self.quoted.get("url", UNKNOWN)
        id = IfKnown(concat(LoadedSource(), "-source-", Digest("", (title, url))), FirstKnown((title, url)))
        fields = {"kind": Constant("other"), **self.quoted, "title": FirstKnown((title, url))}
        return id, RecordMapping("source", id, fields, shared=True, when=id)

    def _actor(self, key: str, given: Fields) -> Iterator[RecordMapping]:
        """An actor and its part in the event."""
        name, actor = given["name"], self._actor_id(key)
        fields = {field: value for field, value in given.items() if field not in PARTICIPATION_FIELDS}
        yield RecordMapping("actor", actor, {"kind": Constant("unknown"), **fields}, shared=True, when=name)
        part = {field: value for field, value in given.items() if field in PARTICIPATION_FIELDS}
        id = concat(self._id, f"-{key}-", Digest("", (name,))) if self.shares_events else concat(self.row, f"-{key}")
        part |= {"event": self._id, "actor": actor, **self._credits}
        yield RecordMapping("participation", id, part, shared=self.shares_events, when=name)

    def _actor_id(self, key: str) -> Expression:
        name = self.actors[key]["name"]
        return IfKnown(concat(LoadedSource(), "-actor-", Digest("", (name,))), name)

    # Figures

    def _figure(self, key: str, given: Fields) -> RecordMapping:
        values = tuple(given[bound] for bound in BOUNDS if bound in given)
        fields = {"event": self._id, **given, **self._period(given), **self._credits}
        if self.locates_figures:
            fields |= {
                "location": self._place_of_row,
                **({"original": Remainder()} if self.keeps_original and key == next(iter(self.figures)) else {}),
            }
        if key in self.figure_actors:
            fields["actor"] = self._actor_id(self.figure_actors[key])
        return RecordMapping("figure", concat(self.row, f"-{key}"), fields, when=FirstKnown(values))

    def _period(self, given: Fields) -> dict[str, Expression]:
        """The period of a figure: its own, or that of the row. A stock holds on one day, a running total until one."""
        if {"period_start", "period_end"} & {*given}:
            return {}
        start, end = self._days
        if given.get("basis") in tuple(map(Constant, SERIES)):
            return {"period_end": FirstKnown((end, start))}
        return {"period_start": start, "period_end": end}


def _location(id: Expression, fields: Fields, above: tuple[Expression, ...]) -> RecordMapping:
    """`above`: the ids of the places that may contain it; it is part of the first one that is known."""
    return RecordMapping("location", id, {**fields, **({"part_of": FirstKnown(above)} if above else {})}, shared=True, when=id)


def period_precision(dates: Iterable[PeriodDay]) -> Expression:
    """How precisely the dates of an event are known, if any of them is a month or a year."""
    return FirstKnown(tuple(PeriodPrecision(date.of, MONTH_PRECISION, YEAR_PRECISION, date.patterns) for date in dates))


def identified(column: Expression) -> tuple[Expression, Expression]:
    """The ids that begin with the source and end with a value: unchanged if it can be part of an id, and as a digest."""
    unchanged = concat(LoadedSource(), "-", Matched(column, r"^([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9])$"))
    return unchanged, IfKnown(concat(LoadedSource(), "-", Digest("", (column,))), column)
