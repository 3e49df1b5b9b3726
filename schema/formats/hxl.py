"""Any table with tags of the Humanitarian Exchange Language (HXL 1.1) that counts people or tells of events; by its tags, never its headers.

What has no tag, or one that says nothing that a field of ours holds, stays with the claim under its own name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import pycountry

from ..codelists.vocabularies import COUNTRY, EVENT_KIND
from .expressions import Coded, Column, Concat, Constant, Digest, Expression, FirstKnown, IfKnown, LoadedSource, Matched, Remainder, concat
from .format import FileFormat, RecordMapping
from .hxl_columns import Tag, means, nearest, tags

MEASURES = {
    "killed": "killed", "fatalities": "killed", "dead": "killed", "deaths": "killed", "injured": "injured", "wounded": "injured", "missing": "missing",
    "displaced": "displaced", "idps": "displaced", "returned": "returned", "returnees": "returned", "detained": "detained",
}  # fmt: skip
PEOPLE = {
    (): "all", ("f",): "females", ("m",): "males", ("adults", "f"): "women", ("adults", "m"): "men", ("children", "f"): "girls",
    ("children", "m"): "boys", ("children",): "children", ("adults",): "adults", ("infants",): "infants", ("elderly",): "elderly",
    ("civilians",): "civilians", ("combatants",): "combatants",
}  # fmt: skip
UNITS = dict.fromkeys(("ind", "individuals", "people", "persons", "num", "total"), "people") | {
    "hh": "households",
    "households": "households",
}
BOUNDS = {"min": "low", "max": "high"}
SIDES = {"first": "side_a", "second": "side_b"}
LEVELS = {5: "area", 4: "area", 3: "admin3", 2: "admin2", 1: "admin1"}
# Where two columns could be meant by one of these, it cannot be told which.
SINGLE = (
    "#event+id",
    "#meta+id",
    "#date+start",
    "#date+end",
    "#date+occurred",
    "#date!",
    "#geo+lat",
    "#geo+lon",
    "#country+code",
    "#loc+code",
)

ALPHA3 = {code: code for code in COUNTRY.codes}
ALPHA2 = {one.alpha_2: one.alpha_3 for one in pycountry.countries}
NAMES = {
    name: one.alpha_3 for one in pycountry.countries for name in (one.name, getattr(one, "common_name", one.name), getattr(one, "official_name", one.name))
} | {"Kosovo": "XKX"}  # fmt: skip
KINDS = {code: code for code in EVENT_KIND.codes} | {
    "Battles": "battle", "Explosions/Remote violence": "explosion", "Violence against civilians": "attack_on_civilians", "Protests": "protest",
}  # fmt: skip


@dataclass(frozen=True)
class Count:
    """What a column counts: its measure, among whom, in what unit, and whether it is a bound."""

    column: Tag
    measure: str
    population: str
    unit: str
    bound: str

    @property
    def figure(self) -> tuple[str, str, str]:
        return self.measure, self.population, self.unit


def count(one: Tag) -> Count | None:
    """What a column of #affected counts; none where an attribute says what no word of ours does."""
    rest = set(one.attributes)

    def taken(words: dict[str, str], default: str) -> set[str]:
        found = {words[name] for name in rest & set(words)}
        rest.difference_update(words)
        return found or {default}

    said = [taken(words, default) for words, default in ((MEASURES, "affected"), (UNITS, "people"), (BOUNDS, "best"))]
    population = PEOPLE.get(tuple(sorted(rest)))
    if one.tag != "#affected" or population is None or any(len(words) > 1 for words in said):
        return None
    ((measure,), (unit,), (bound,)) = said
    return Count(one, measure, population, unit, bound)


class Tagged:
    """The records that a row of a file with these columns becomes."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns, self.tags = list(columns), tags(columns)
        self.counts = [one for one in map(count, self.tags) if one]
        self.row = concat(LoadedSource(), "-", Digest("", tuple(Column((name,)) for name in sorted(columns))))

    def named(self, *patterns: str) -> Column:
        return means(self.tags, *patterns)

    @cached_property
    def country(self) -> Expression:
        coded = (
            Coded(self.named("#country+v_iso2", "#country+iso2"), ALPHA2),
            Coded(self.named("#country+code-v_iso2-iso2", "#country+iso3", "#country+v_iso3"), ALPHA3),
            Coded(self.named("#country+name"), NAMES),
            Coded(self.named("#country!"), ALPHA3 | NAMES),
        )
        there = [one for one in coded if isinstance(one.of, Column) and one.of.names]
        return there[0] if there else Column(())

    @cached_property
    def days(self) -> tuple[Expression, Expression]:
        on = self.named("#date+occurred", "#date!")
        return FirstKnown((self.named("#date+start"), on)), FirstKnown((self.named("#date+end"), on))

    def own(self, tag: str) -> tuple[Column, Column]:
        """The name and the code of a place."""
        return self.named(f"{tag}+name", f"{tag}-code-pcode-v_pcode-type"), self.named(f"{tag}+pcode", f"{tag}+v_pcode", f"{tag}+code")

    @cached_property
    def divisions(self) -> list[tuple[Expression, RecordMapping]]:
        """The administrative divisions that the file has, the smallest first: their ids, and their records."""
        found: list[tuple[Expression, RecordMapping]] = []
        within: list[Expression] = [self.country]
        above: tuple[Expression, ...] = ()
        for level in sorted(LEVELS):
            name, code = self.own(f"#adm{level}")
            if not name.names and not code.names:
                continue
            within += [name, code]
            id = IfKnown(concat(LoadedSource(), f"-adm{level}-", Digest("", tuple(within))), FirstKnown((name, code)))
            fields: dict[str, Expression] = {
                "name": FirstKnown((name, code)),
                "kind": Constant(LEVELS[level]),
                "country": self.country,
                "pcode": code,
            }
            found.insert(
                0, (id, RecordMapping("location", id, fields | ({"part_of": FirstKnown(above)} if above else {}), shared=True, when=id))
            )
            above = (id, *above)
        return found

    @cached_property
    def place(self) -> tuple[Expression, RecordMapping]:
        """The place that a row tells of beyond its division."""
        latitude, longitude, (name, code) = self.named("#geo+lat"), self.named("#geo+lon"), self.own("#loc")
        divisions = [part for level in LEVELS for part in self.own(f"#adm{level}")]
        id = IfKnown(
            concat(LoadedSource(), "-place-", Digest("", (name, code, latitude, longitude, self.country, *divisions))),
            FirstKnown((name, code, latitude)),
        )
        fields: dict[str, Expression] = {
            "name": FirstKnown((name, code, *divisions, Constant("A place without a name"))), "kind": Constant("area"), "country": self.country,
            "latitude": latitude, "longitude": longitude, "pcode": code,
        }  # fmt: skip
        above = tuple(one for one, _ in self.divisions)
        return id, RecordMapping("location", id, fields | ({"part_of": FirstKnown(above)} if above else {}), shared=True, when=id)

    @cached_property
    def event(self) -> tuple[Expression, bool]:
        """The id of the event of a row, and whether several rows may tell of one."""
        known = self.named("#event+id", "#meta+id")
        plain = concat(LoadedSource(), "-", Matched(known, r"^([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9])$"))
        told = IfKnown(concat(LoadedSource(), "-", Digest("", (known,))), known)
        return (FirstKnown((plain, told, self.row)) if known.names else self.row), bool(self.named("#event+id").names)

    @cached_property
    def quoted(self) -> tuple[Expression, RecordMapping]:
        name, url = self.named("#meta+source", "#meta+source+name"), self.named("#meta+url")
        id = IfKnown(concat(LoadedSource(), "-source-", Digest("", (name, url))), FirstKnown((name, url)))
        return id, RecordMapping(
            "source", id, {"title": FirstKnown((name, url)), "kind": Constant("other"), "url": url}, shared=True, when=id
        )

    def records(self) -> Iterator[RecordMapping]:
        id, shared = self.event
        start, end = self.days
        ids = (self.place[0], *(one for one, _ in self.divisions))
        name = self.named("#event+name", "#event!")
        where = [part for tag in ("#loc", *(f"#adm{level}" for level in LEVELS)) for part in self.own(tag)[:1] if part.names]
        yield RecordMapping("event", id, {
            "name": FirstKnown((name, Concat((Constant("Event"), *where, start), ", ", lenient=True))),
            "kind": FirstKnown((Coded(self.named("#event+type"), KINDS), Constant("other"))),
            "started_on": start, "ended_on": end, "country": self.country, "location": FirstKnown(ids), "quoted_from": self.quoted[0], "original": Remainder(),
        }, shared=shared)  # fmt: skip
        yield from (record for _, record in (self.place, *self.divisions, self.quoted))
        for attribute, role in SIDES.items():
            yield from self.side(self.named(f"#group+name+{attribute}", f"#group+{attribute}"), attribute, role)
        for figure in dict.fromkeys(one.figure for one in self.counts):
            yield self.figure(*figure)

    def side(self, name: Column, attribute: str, role: str) -> Iterator[RecordMapping]:
        if not name.names:
            return
        actor = IfKnown(concat(LoadedSource(), "-actor-", Digest("", (name,))), name)
        yield RecordMapping("actor", actor, {"name": name, "kind": Constant("unknown")}, shared=True, when=name)
        fields = {"event": self.event[0], "actor": actor, "role": Constant(role), "quoted_from": self.quoted[0]}
        yield RecordMapping("participation", concat(self.row, f"-{attribute}"), fields, when=name)

    def figure(self, measure: str, population: str, unit: str) -> RecordMapping:
        values = {one.bound: Column((one.column.name,)) for one in self.counts if one.figure == (measure, population, unit)}
        start, end = self.days
        fields: dict[str, Expression] = {
            "event": self.event[0], "measure": Constant(measure), **values, "unit": Constant(unit), "period_start": start, "period_end": end,
            "quoted_from": self.quoted[0],
        }  # fmt: skip
        if not (population == "all" and self.divided):
            fields["population"] = Constant(population)
        ending = "-".join(("", measure, population, unit)).replace("_", "-")
        return RecordMapping("figure", concat(self.row, ending), fields, when=FirstKnown(tuple(values.values())))

    @cached_property
    def divided(self) -> bool:
        """Whether a cell says of which people a row is, so that what it counts is not all of them."""
        return any(one.tag == "#population" and one.attributes for one in self.tags)

    def refusal(self) -> str:
        listed = ", ".join(one.name for one in self.tags)
        if not self.counts and not any(one.tag == "#event" for one in self.tags):
            return f"is tagged with HXL, {listed}; but nothing of that is a fact of ours: it needs a count of people, as #affected+killed, or an event, as #event+name"
        twice = [[one.name for one in self.tags if one in nearest(self.tags, text)] for text in SINGLE]
        twice += [
            [one.column.name for one in self.counts if (one.figure, one.bound) == slot]
            for slot in {(one.figure, one.bound) for one in self.counts}
        ]
        doubled = sorted(" and ".join(names) for names in twice if len(names) > 1)
        return (
            f"has columns that cannot be told apart by their tags: {'; '.join(doubled)}; give them attributes that say what differs"
            if doubled
            else ""
        )


HXL = FileFormat(
    "hxl", "A table with HXL hashtags",
    "By tags, not headers: events, places, groups, and a figure for each count of #affected people; CSV, TSV, XLSX or JSON.",
    needs=(), container="hxl", generic=True,
    records=lambda columns: tuple(Tagged(columns).records()), refusal=lambda columns: Tagged(columns).refusal(),
    source={"kind": "dataset"},
)  # fmt: skip
