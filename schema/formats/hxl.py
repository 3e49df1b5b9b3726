"""Any table with hashtags of the Humanitarian Exchange Language (HXL 1.1) that counts people or describes events.

Columns are recognized by their tags, never by their headers. A column without a tag, or with one that no field of ours stands for,
stays with the claim under its own name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import pycountry

from ..codelists.vocabularies import COUNTRY, EVENT_KIND, LOCATION_KIND, ROLE
from .declarations import check_codes
from .expressions import Coded, Column, Concat, Constant, Digest, Expression, FirstKnown, IfKnown, LoadedSource, Matched, Remainder, concat
from .format import FileFormat, RecordMapping
from .hxl_columns import closest_columns, column_for, tagged_columns
from .hxl_counts import count

ROLES = {"first": "side_a", "second": "side_b"}  # By attribute of #group.
LEVELS = {5: "area", 4: "area", 3: "admin3", 2: "admin2", 1: "admin1"}  # The kind of location of #adm1 to #adm5.
# Patterns that may match only one column: of two, nothing says which is meant.
UNIQUE_PATTERNS = (
    "#event+id", "#meta+id", "#date+start", "#date+end", "#date+occurred", "#date!", "#geo+lat", "#geo+lon", "#country+code", "#loc+code",
)  # fmt: skip

# Countries by what a cell may hold.
BY_ALPHA3 = {code: code for code in COUNTRY.codes}
BY_ALPHA2 = {country.alpha_2: country.alpha_3 for country in pycountry.countries}
BY_NAME = {
    name: country.alpha_3
    for country in pycountry.countries
    for name in (country.name, getattr(country, "common_name", country.name), getattr(country, "official_name", country.name))
} | {"Kosovo": "XKX"}
EVENT_KINDS = {code: code for code in EVENT_KIND.codes} | {
    "Battles": "battle", "Explosions/Remote violence": "explosion", "Violence against civilians": "attack_on_civilians", "Protests": "protest",
}  # fmt: skip
check_codes("ROLES in schema/formats/hxl.py", ROLES.values(), ROLE)
check_codes("LEVELS in schema/formats/hxl.py", LEVELS.values(), LOCATION_KIND)
check_codes("EVENT_KINDS in schema/formats/hxl.py", EVENT_KINDS.values(), EVENT_KIND)
for countries in (BY_ALPHA2, BY_NAME):
    check_codes("BY_ALPHA2 or BY_NAME in schema/formats/hxl.py", countries.values(), COUNTRY)


class TableMapping:
    """The mappings for a file with these columns. Each of its rows is an event, with its place, its groups and its figures."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.tagged = tagged_columns(columns)
        self.counts = [meaning for meaning in map(count, self.tagged) if meaning]
        # The id of a row: a digest of all its cells.
        self.row = concat(LoadedSource(), "-", Digest("", tuple(Column((name,)) for name in sorted(columns))))

    def records(self) -> Iterator[RecordMapping]:
        yield self.event_record()
        yield from (record for _, record in (self.place, *self.divisions, self.quoted))
        for attribute, role in ROLES.items():
            yield from self.side(self.column(f"#group+name+{attribute}", f"#group+{attribute}"), attribute, role)
        for figure in dict.fromkeys(meaning.figure for meaning in self.counts):
            yield self.figure(*figure)

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

    # Time and place

    @cached_property
    def days(self) -> tuple[Expression, Expression]:
        """The first and the last day."""
        day = self.column("#date+occurred", "#date!")
        return FirstKnown((self.column("#date+start"), day)), FirstKnown((self.column("#date+end"), day))

    @cached_property
    def country(self) -> Expression:
        choices = (
            Coded(self.column("#country+v_iso2", "#country+iso2"), BY_ALPHA2),
            Coded(self.column("#country+code-v_iso2-iso2", "#country+iso3", "#country+v_iso3"), BY_ALPHA3),
            Coded(self.column("#country+name"), BY_NAME),
            Coded(self.column("#country!"), BY_ALPHA3 | BY_NAME),
        )
        return next((coded for coded in choices if coded.columns()), Column(()))

    def name_and_code(self, tag: str) -> tuple[Column, Column]:
        """The columns with the name and the code of a place."""
        return self.column(f"{tag}+name", f"{tag}-code-pcode-v_pcode-type"), self.column(f"{tag}+pcode", f"{tag}+v_pcode", f"{tag}+code")

    @cached_property
    def divisions(self) -> list[tuple[Expression, RecordMapping]]:
        """The administrative divisions of the file, the smallest first, each with its id."""
        divisions: list[tuple[Expression, RecordMapping]] = []
        identity: list[Expression] = [self.country]
        above: tuple[Expression, ...] = ()
        for level in sorted(LEVELS):
            name, code = self.name_and_code(f"#adm{level}")
            if not name.names and not code.names:
                continue
            identity += [name, code]
            id = IfKnown(concat(LoadedSource(), f"-adm{level}-", Digest("", tuple(identity))), FirstKnown((name, code)))
            fields: dict[str, Expression] = {
                "name": FirstKnown((name, code)), "kind": Constant(LEVELS[level]), "country": self.country, "pcode": code,
            }  # fmt: skip
            divisions.insert(0, (id, _location(id, fields, above)))
            above = (id, *above)
        return divisions

    @cached_property
    def place(self) -> tuple[Expression, RecordMapping]:
        """The place of a row within its division, with its id."""
        latitude, longitude, (name, code) = self.column("#geo+lat"), self.column("#geo+lon"), self.name_and_code("#loc")
        divisions = [column for level in LEVELS for column in self.name_and_code(f"#adm{level}")]
        id = IfKnown(
            concat(LoadedSource(), "-place-", Digest("", (name, code, latitude, longitude, self.country, *divisions))),
            FirstKnown((name, code, latitude)),
        )
        fields: dict[str, Expression] = {
            "name": FirstKnown((name, code, *divisions, Constant("A place without a name"))), "kind": Constant("area"), "country": self.country,
            "latitude": latitude, "longitude": longitude, "pcode": code,
        }  # fmt: skip
        return id, _location(id, fields, tuple(id for id, _ in self.divisions))

    # Events, groups and sources

    @cached_property
    def event(self) -> tuple[Expression, bool]:
        """The id of the event of a row, and whether several rows may describe one event."""
        column = self.column("#event+id", "#meta+id")
        unchanged = concat(LoadedSource(), "-", Matched(column, r"^([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9])$"))
        digested = IfKnown(concat(LoadedSource(), "-", Digest("", (column,))), column)
        return (FirstKnown((unchanged, digested, self.row)) if column.names else self.row), bool(self.column("#event+id").names)

    def event_record(self) -> RecordMapping:
        id, shared = self.event
        start, end = self.days
        places = (self.place[0], *(division for division, _ in self.divisions))
        name = self.column("#event+name", "#event!")
        place_names = [self.name_and_code(tag)[0] for tag in ("#loc", *(f"#adm{level}" for level in LEVELS))]
        default_name = Concat((Constant("Event"), *(column for column in place_names if column.names), start), ", ", lenient=True)
        return RecordMapping("event", id, {
            "name": FirstKnown((name, default_name)), "kind": FirstKnown((Coded(self.column("#event+type"), EVENT_KINDS), Constant("other"))),
            "started_on": start, "ended_on": end, "country": self.country, "location": FirstKnown(places), "quoted_from": self.quoted[0],
            "original": Remainder(),
        }, shared=shared)  # fmt: skip

    def side(self, name: Column, attribute: str, role: str) -> Iterator[RecordMapping]:
        """A group and its part in the event."""
        if not name.names:
            return
        actor = IfKnown(concat(LoadedSource(), "-actor-", Digest("", (name,))), name)
        yield RecordMapping("actor", actor, {"name": name, "kind": Constant("unknown")}, shared=True, when=name)
        fields = {"event": self.event[0], "actor": actor, "role": Constant(role), "quoted_from": self.quoted[0]}
        yield RecordMapping("participation", concat(self.row, f"-{attribute}"), fields, when=name)

    @cached_property
    def quoted(self) -> tuple[Expression, RecordMapping]:
        """The source that a row credits, with its id."""
        name, url = self.column("#meta+source", "#meta+source+name"), self.column("#meta+url")
        id = IfKnown(concat(LoadedSource(), "-source-", Digest("", (name, url))), FirstKnown((name, url)))
        fields = {"title": FirstKnown((name, url)), "kind": Constant("other"), "url": url}
        return id, RecordMapping("source", id, fields, shared=True, when=id)

    # Figures

    def figure(self, measure: str, population: str, unit: str) -> RecordMapping:
        values = {meaning.bound: Column((meaning.column.name,)) for meaning in self.counts if meaning.figure == (measure, population, unit)}
        start, end = self.days
        fields: dict[str, Expression] = {
            "event": self.event[0], "measure": Constant(measure), **values, "unit": Constant(unit), "period_start": start, "period_end": end,
            "quoted_from": self.quoted[0],
        }  # fmt: skip
        if not (population == "all" and self.names_population):
            fields["population"] = Constant(population)
        ending = "-".join(("", measure, population, unit)).replace("_", "-")
        return RecordMapping("figure", concat(self.row, ending), fields, when=FirstKnown(tuple(values.values())))

    @cached_property
    def names_population(self) -> bool:
        """Whether a column says which people a row is about, so that its counts are not of all people."""
        return any(column.tag == "#population" and column.attributes for column in self.tagged)


def _location(id: Expression, fields: dict[str, Expression], above: tuple[Expression, ...]) -> RecordMapping:
    """`above`: the ids of the places that may contain it; it is part of the first one that is known."""
    return RecordMapping("location", id, fields | ({"part_of": FirstKnown(above)} if above else {}), shared=True, when=id)


HXL = FileFormat(
    "hxl", "A table with HXL hashtags",
    "Recognised by hashtags, not by headers, in CSV, TSV, XLSX and JSON. Becomes events, places, groups, and a figure for each #affected count.",
    needs=(), container="hxl", generic=True,
    records=lambda columns: tuple(TableMapping(columns).records()), refusal=lambda columns: TableMapping(columns).refusal(),
    source={"kind": "dataset"},
)  # fmt: skip
