"""Any table with hashtags of the Humanitarian Exchange Language (HXL 1.1) that counts people or describes events.

Columns are recognized by their tags, never by their headers. A column without a tag, or with one that no field of ours stands for,
stays with the claim under its own name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain

import pycountry

from ..codelists.country_names import country_names
from ..codelists.vocabularies import COUNTRY, EVENT_KIND, ROLE
from .cross_checks import POINT, SPAN, Agreement, PointOf, Same, YearOf
from .declarations import check_codes
from .expressions import Coded, Column, Concat, Constant, Digest, Expression, FirstKnown, LoadedSource, PeriodDay, RowDigest, concat
from .format import FileFormat, RecordMapping
from .hxl_columns import closest_columns, column_for, tagged_columns
from .hxl_counts import PRESENT, Count, count
from .spellings import NULL_WORDS, Spellings
from .table_row import LEVELS, SERIES, STOCK, UNKNOWN, TableRow, identified, period_precision

ROLES = {"first": "side_a", "second": "side_b"}  # By attribute of #group.
# Patterns that may match only one column: of two, nothing says which is meant.
UNIQUE_PATTERNS = (
    "#event+id", "#meta+id", "#date+start", "#date+end", "#date+occurred", "#date!", "#geo+lat", "#geo+lon", "#country+code", "#loc+code",
)  # fmt: skip

# Countries by what a cell may hold.
BY_ALPHA3 = {code: code for code in COUNTRY.codes}
BY_ALPHA2 = {country.alpha_2: country.alpha_3 for country in pycountry.countries}
BY_NAME = country_names()
ANY_COUNTRY = BY_ALPHA3 | BY_ALPHA2 | BY_NAME  # What a cell may hold if nothing says which of these.
EVENT_KINDS = {code: code for code in EVENT_KIND.codes} | {
    "Battles": "battle", "Explosions/Remote violence": "explosion", "Violence against civilians": "attack_on_civilians", "Protests": "protest",
}  # fmt: skip
check_codes("ROLES in schema/formats/hxl.py", ROLES.values(), ROLE)
check_codes("EVENT_KINDS in schema/formats/hxl.py", EVENT_KINDS.values(), EVENT_KIND)
for countries in (BY_ALPHA2, BY_NAME):
    check_codes("BY_ALPHA2 or BY_NAME in schema/formats/hxl.py", countries.values(), COUNTRY)


# The fields of the parts of a row, each with the tags that it is read from: in every row, the first group that is known; of a group, the first
# that the file has. An exclamation mark allows no further attributes.
TAGS: dict[str, tuple[tuple[str, ...], ...]] = {
    "event.id": (("#event+id", "#meta+id"),),
    "event.name": (("#event+name", "#event!"),),
    "event.kind": (("#event+type",),),
    "event.started_on": (("#date+start",), ("#date+occurred", "#date!"), ("#date+reported",)),
    "event.ended_on": (("#date+end",), ("#date+occurred", "#date!"), ("#date+reported",)),
    "place.name": (("#loc+name", "#loc-code-pcode-v_pcode-type"),),
    "place.pcode": (("#loc+pcode", "#loc+v_pcode", "#loc+code"),),
    "place.latitude": (("#geo+lat",),),
    "place.longitude": (("#geo+lon",),),
    **{f"admin{level}.name": ((f"#adm{level}+name", f"#adm{level}-code-pcode-v_pcode-type"),) for level in LEVELS},
    **{f"admin{level}.pcode": ((f"#adm{level}+pcode", f"#adm{level}+v_pcode", f"#adm{level}+code"),) for level in LEVELS},
    "source.title": (("#meta+source", "#meta+source+name"),),
    "source.url": (("#meta+url",),),
    **{f"{attribute}.name": ((f"#group+name+{attribute}", f"#group+{attribute}"),) for attribute in ROLES},
}
# The columns of countries, by their tags, each with what a cell may hold; the first that a file has is read.
COUNTRY_TAGS = (
    (("#country+v_iso2", "#country+iso2"), BY_ALPHA2),
    (("#country+code-v_iso2-iso2-v_iso3-iso3",), BY_ALPHA3 | BY_ALPHA2),
    (("#country+iso3", "#country+v_iso3"), BY_ALPHA3),
    (("#country+name",), BY_NAME),
    (("#country!",), BY_ALPHA3 | BY_NAME),
)
SHARED_EVENT = "#event+id"  # Rows with the same value describe one event; with #meta+id, each row is one.


class TableMapping:
    """The mappings for a file with these columns. Each of its rows is an event, with its place, its groups and its figures."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.tagged = tagged_columns(columns)
        self.counts = [self._with_basis(meaning) for meaning in map(count, self.tagged) if meaning]
        # The id of a row: a digest of all its cells.
        self.row = concat(LoadedSource(), "-", RowDigest(tuple(Column((name,)) for name in sorted(columns))))

    def _with_basis(self, meaning: Count) -> Count:
        """A count whose basis follows from the dates of the table, if no attribute says it: people present on the day of a report."""
        has_own_dates = self.column("#date+start", "#date+end", "#date+occurred", "#date!").names
        is_present = meaning.column.attributes & {*PRESENT} and self.column("#date+reported").names and not has_own_dates
        return replace(meaning, basis=STOCK) if is_present and not meaning.basis else meaning

    def records(self) -> Iterator[RecordMapping]:
        """The mappings of a row: of its event with the counts of its days, and of the counts that belong to a series, which are of an event of its own."""
        series = [] if self.column(SHARED_EVENT).names else self.series
        others = [one for one in self.counts if one not in series]
        if not series:
            return self.table_row().records()
        if not others:
            return self.series_row(series).records()
        both = {"figure", "event"}  # The places and the source are those of the row.
        return chain(
            self.table_row(others).records(), (record for record in self.series_row(series, beside=True).records() if record.kind in both)
        )

    def table_row(self, counts: Sequence[Count] | None = None) -> TableRow:
        """The parts of a row that the tags describe, with the figures of these columns; by default, of all."""
        return TableRow(
            row=self.row,
            event=self.event,
            event_id=self.event_id,
            shares_events=bool(self.column(SHARED_EVENT).names),
            country=self.country,
            place=self.part("place"),
            divisions={level: given for level in LEVELS if (given := self.part(f"admin{level}"))},
            actors={attribute: {**given, "role": Constant(role)} for attribute, role in ROLES.items() if (given := self.part(attribute))},
            figures={
                "-".join(filter(None, figure)).replace("_", "-"): self.figure(*figure)
                for figure in dict.fromkeys(one.figure for one in (self.counts if counts is None else counts))
            },
            quoted=self.part("source"),
        )

    def refusal(self) -> str:
        """Why a file with these columns cannot be loaded; empty if it can."""
        names = ", ".join(column.name for column in self.tagged)
        if not self.counts and not any(column.tag == "#event" for column in self.tagged):
            return f"has HXL hashtags ({names}), but none that a fact can be made of: it needs a count of people, such as #affected+killed, or an event, such as #event+name"
        clashes = [[column.name for column in closest_columns(self.tagged, pattern)] for pattern in UNIQUE_PATTERNS]
        clashes += [
            [meaning.column.name for meaning in self.counts if (meaning.figure, meaning.bound) == number]
            for number in {(meaning.figure, meaning.bound) for meaning in self.counts}
        ]
        ambiguous = sorted(" and ".join(names) for names in clashes if len(names) > 1)
        if ambiguous:
            return f"has columns whose hashtags do not differ: {'; '.join(ambiguous)}; give them attributes that say how they differ"
        return ""

    def column(self, *patterns: str) -> Column:
        return column_for(self.tagged, *patterns)

    def field(self, target: str) -> Expression | None:
        """The expression of a field of a part of the row, such as `event.name`; None if the file has none of its tags."""
        columns = tuple(column for patterns in TAGS[target] if (column := self.column(*patterns)).names)
        return (columns[0] if len(columns) == 1 else FirstKnown(columns)) if columns else None

    def part(self, part: str) -> dict[str, Expression]:
        """The fields of a part of the row that the file has tags for."""
        targets = {target: target.partition(".")[2] for target in TAGS if target.startswith(f"{part}.")}
        return {name: value for target, name in targets.items() if (value := self.field(target))}

    @property
    def event(self) -> dict[str, Expression]:
        fields = {name: value for name, value in self.part("event").items() if name != "id"}
        for name, last in (("started_on", False), ("ended_on", True)):
            if name in fields:
                fields[name] = PeriodDay(fields[name], last=last)
        dates = [value for value in fields.values() if isinstance(value, PeriodDay)]
        if dates:
            fields["date_precision"] = period_precision(dates)
        if "kind" in fields:
            fields["kind"] = FirstKnown((Coded(fields["kind"], EVENT_KINDS), Constant("other")))
        return fields

    @property
    def event_id(self) -> Expression | None:
        """The id of the event of a row; None if it is that of the row."""
        return FirstKnown((*identified(given), self.row)) if (given := self.field("event.id")) else None

    @cached_property
    def country(self) -> Expression:
        choices = (Coded(self.column(*patterns), names) for patterns, names in COUNTRY_TAGS)
        return next((coded for coded in choices if coded.columns()), UNKNOWN)

    def agreements(self) -> tuple[Agreement, ...]:
        """The columns that say the country or the year too, beside those that are read."""
        countries = [coded for coded in (Coded(self.column(*patterns), names) for patterns, names in COUNTRY_TAGS) if coded.columns()]
        first, last = (self.event.get(name, UNKNOWN) for name in ("started_on", "ended_on"))
        year, has_days = self.column("#date+year"), bool(first.columns() or last.columns())
        return (
            *(Same(("event.country", "location.country"), countries[0], other) for other in countries[1:]),
            PointOf(POINT, Column(("geometry",)), self.column("#geo+lat"), self.column("#geo+lon")),
            *([YearOf(SPAN, year, first, last)] if year.names and has_days else []),
        )

    # Series of counts: people who are present on a day, and running totals

    @property
    def series(self) -> list[Count]:
        """The counts of which a later one replaces an earlier one, and a larger place contains a smaller one."""
        return [one for one in self.counts if one.basis in SERIES]

    def series_row(self, counts: Sequence[Count], beside: bool = False) -> TableRow:
        """A row of such counts. Were each row an event, totals would add a district to its country and a later report to an earlier one.

        All rows of a country and of an event of one name are counts of one event, each at its place and on its day.
        `beside`: the row has an event of its own too, which has its groups and whatever the file says of it.
        """
        row = self.table_row(counts)
        days = {name: row.event[name] for name in ("started_on", "ended_on") if name in row.event}
        event = {name: value for name, value in row.event.items() if name == "name" or not (beside or name in (*days, "date_precision"))}
        displaced = {one.measure for one in counts} == {"displaced"}
        default = concat("People counted by ", LoadedSource(), *((" in ", self.country) if self.country.columns() else ()))
        names = (event.pop("name"),) if "name" in event else ()
        parts = [*([self.country] if self.country.columns() else []), *([Digest("", names)] if names else [])]
        return replace(
            row,
            event={"name": FirstKnown((*names, default, Constant("People counted"))), "kind": Constant("displacement" if displaced else "other"), **event},
            event_id=Concat((LoadedSource(), Constant("counts"), *parts), "-", lenient=True),
            shares_events=True,
            actors={} if beside else row.actors,
            figures={key: {**given, "period_end": FirstKnown((*reversed(days.values()), UNKNOWN))} for key, given in row.figures.items()},
            locates_figures=True,
            keeps_original=not beside,
        )  # fmt: skip

    def figure(self, measure: str, population: str, unit: str, basis: str) -> dict[str, Expression]:
        fields: dict[str, Expression] = {"measure": Constant(measure), "unit": Constant(unit)}
        fields |= {one.bound: Column((one.column.name,)) for one in self.counts if one.figure == (measure, population, unit, basis)}
        if not (population == "all" and self.names_population):
            fields["population"] = Constant(population)
        if basis:
            fields["basis"] = Constant(basis)
        return fields

    @cached_property
    def names_population(self) -> bool:
        """Whether a column says which people a row is about, so that its counts are not of all people."""
        return any(column.tag == "#population" and column.attributes for column in self.tagged)


HXL = FileFormat(
    "hxl", "A table with HXL hashtags",
    "Recognized by hashtags, not by headers, in CSV, TSV, XLSX and JSON. Becomes events, places, groups, and a figure for each #affected count.",
    needs=(), container="hxl", generic=True,
    records=lambda columns: tuple(TableMapping(columns).records()), refusal=lambda columns: TableMapping(columns).refusal(), agreements=lambda columns: TableMapping(columns).agreements(),
    # Below zero, nothing can be counted. 9999 can: only its publisher knows whether it stands for an unknown number, and a map can say so.
    spellings=Spellings(NULL_WORDS, sentinels=("-9", "-99", "-999", "-9999", "-99999")),
    source={"kind": "dataset"},
)  # fmt: skip
