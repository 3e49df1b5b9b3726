"""Tech for Palestine: one record a day, of Gaza's casualties, of its damaged buildings, or of Lebanon's casualties; each number is a figure.

Names after the project's documentation (data.techforpalestine.org/docs). A name that begins with `ext_` is its own extrapolation; the others
are what an office reported. What is no figure of ours stays in `original`: events with many dead, and parts of a day's dead by how they came
to be counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .expressions import Coded, Constant, Expression, FirstDay, FirstKnown, Lookup, Matched, OnlyIf, Remainder, column, concat
from .format import FileFormat, RecordMapping

DATE, PHASE = column("report_date"), column("phase")
GAZA, BEGAN = "t4p-gaza", "2023-10-07"
LEBANON = "t4p-lebanon"

# Lebanon's ministry begins to count anew with each escalation; the days are those of the project's documentation.
ALWAYS = ("0001-01-01", "9999-12-31")
SINCE = Lookup("t4p_phase_began", (("1", *ALWAYS, "2023-10-08"), ("2", *ALWAYS, "2026-03-02")), PHASE, DATE)
UNTIL = Lookup("t4p_phase_ended", (("1", *ALWAYS, "2024-12-04"),), PHASE, DATE, exhaustive=False)  # The last has not ended.

OFFICES = {
    "mohtel": ("Ministry of Health in Gaza, messages on Telegram", "post", "Ministry of Health, Gaza", "https://t.me/s/MOHMediaGaza"),
    "gmotel": (
        "Government Media Office in Gaza, messages on Telegram",
        "post",
        "Government Media Office, Gaza",
        "https://t.me/s/mediagovps",
    ),
    "unocha": (
        "OCHA, reports on Gaza",
        "report",
        "United Nations Office for the Coordination of Humanitarian Affairs",
        "https://www.unocha.org/",
    ),
    "moph_lb": (
        "Ministry of Public Health of Lebanon, counts of casualties",
        "statement",
        "Ministry of Public Health, Lebanon",
        "https://www.moph.gov.lb/",
    ),
    "ocha": (
        "OCHA, flash updates on Lebanon",
        "report",
        "United Nations Office for the Coordination of Humanitarian Affairs",
        "https://www.unocha.org/lebanon",
    ),
    "who": (
        "WHO, situation reports on Lebanon",
        "report",
        "World Health Organization, Regional Office for the Eastern Mediterranean",
        "https://www.emro.who.int/",
    ),
}
RELAYED = {"ocha": "moph_lb", "who": "moph_lb"}  # These pass on what the ministry counted.


def _office(name: str) -> str:
    return f"t4p-{name.replace('_', '-')}"


def _offices(*names: str, said: Expression) -> Iterator[RecordMapping]:
    """The sources that figures are quoted from; one that is relayed is named even where no record names it."""
    relayed = {RELAYED.get(name) for name in names}
    for name in names:
        title, kind, publisher, url = OFFICES[name]
        fields: dict[str, Expression] = {
            "title": Constant(title),
            "kind": Constant(kind),
            "publisher": Constant(publisher),
            "url": Constant(url),
        }
        if name in RELAYED:
            fields["relays"] = Constant(_office(RELAYED[name]))
        when = None if name in relayed else Matched(said, f"^({name})$")
        yield RecordMapping("source", Constant(_office(name)), fields, shared=True, when=when)


def _said(*names: str) -> Coded:
    """The office that a record names; `missing` says that there was no report."""
    return Coded(column("report_source"), {**{name: _office(name) for name in names}, "missing": None})


def _event(id: Expression | str, name: Expression | str, **fields: Expression | str) -> RecordMapping:
    told = {"name": name, "kind": "war", **fields}
    made = {one: value if not isinstance(value, str) else Constant(value) for one, value in told.items()}
    return RecordMapping("event", Constant(id) if isinstance(id, str) else id, made, shared=True)


class Figures:
    """The figures of a record, one a known name, in order; the first that there is keeps the record as the source has it."""

    def __init__(self, key: Expression) -> None:
        self.key, self.before = key, list[Expression]()

    def of(self, name: str, **fields: Expression | str) -> RecordMapping:
        value, made = column(name), {one: value if not isinstance(value, str) else Constant(value) for one, value in fields.items()}
        original = OnlyIf(Remainder(), FirstKnown(tuple(self.before)), (None,)) if self.before else Remainder()
        self.before.append(value)
        shared: dict[str, Expression] = {"best": value, "period_end": DATE, "original": original}
        return RecordMapping("figure", concat(self.key, f"-{name}"), {**made, **shared}, when=value)


def _people(name: str) -> tuple[str, str]:
    """What a name of Gaza's casualties counts, and among whom."""
    bare = name.removeprefix("ext_")
    measure = "injured" if "injured" in bare else "killed"
    who = {"children": "children", "women": "women", "civdef": "aid_workers", "med": "medical", "press": "media", "child": "children"}
    return measure, next((population for word, population in who.items() if word in bare.split("_")), "all")


def _origin(name: str, said: Expression) -> Mapping[str, Expression | str]:
    """Extrapolated by the project, or reported by the office that the record names."""
    return {"origin": "extrapolated"} if "ext_" in name else {"origin": "reported", "quoted_from": said}


# A number of no hours is said again, or late; of which days it is cannot be known, and so nothing may be added to it.
HOURS = column("report_period")
FLOW: Mapping[str, Expression | str] = {"basis": Coded(HOURS, {"0": None}, otherwise="flow"), "period_start": FirstDay(DATE, HOURS)}
TOTAL: Mapping[str, Expression | str] = {"basis": "cumulative", "period_start": BEGAN}
WAR = _event(GAZA, "War in Gaza since October 2023", started_on=BEGAN, country="PSE", date_precision="1")

# Deaths of which others are no part are told apart as events of their own within the war.
APART = {
    "famine": ("Deaths of hunger in Gaza during the war", "other", ("child_famine_cum", "famine_cum")),
    "aid-seekers": (
        "Killing and injury of people on their way to aid in Gaza",
        "attack_on_civilians",
        ("aid_seeker_killed_cum", "aid_seeker_injured_cum"),
    ),
}
GAZA_SAID = _said("mohtel", "gmotel", "unocha")
GAZA_KEY = concat(f"{GAZA}-", DATE)


def _gaza() -> Iterator[RecordMapping]:
    figures, plain = Figures(GAZA_KEY), ("killed", "injured")
    totals = [
        f"{one}_cum" for one in ("killed", "killed_children", "killed_women", "injured", "civdef_killed", "med_killed", "press_killed")
    ]
    for name, span in [(prefix + one, TOTAL) for one in totals for prefix in ("ext_", "")] + [
        (prefix + one, FLOW) for one in plain for prefix in ("ext_", "")
    ]:
        measure, population = _people(name)
        yield figures.of(name, event=GAZA, measure=measure, population=population, unit="people", **span, **_origin(name, GAZA_SAID))
    for part, (_, _, names) in APART.items():
        for name in names:
            measure, population = _people(name)
            yield figures.of(
                name, event=f"{GAZA}-{part}", measure=measure, population=population, unit="people", basis="cumulative", **_origin(name, GAZA_SAID)
            )  # fmt: skip


ORIGIN = {
    "kind": "dataset", "publisher": "Tech for Palestine", "license": "CC0-1.0", "url": "https://data.techforpalestine.org/",
    "attribution": "Tech for Palestine, Palestine Datasets",
}  # fmt: skip
GAZA_CASUALTIES = FileFormat(
    "t4p-gaza", "Tech for Palestine, daily casualties in Gaza",
    "One record a day: the dead and the injured, of the day and in all, reported and extrapolated, each a figure of the war.",
    needs=(DATE, column("report_source"), column("ext_killed_cum"), column("ext_injured_cum")),
    key=GAZA_KEY, entry=concat("report_date ", DATE), container="json",
    records=(
        *_gaza(), WAR, *_offices("mohtel", "gmotel", "unocha", said=column("report_source")),
        *(_event(f"{GAZA}-{part}", name, kind=kind, part_of=GAZA, country="PSE") for part, (name, kind, _) in APART.items()),
    ),
    source=ORIGIN, default_source="t4p-gaza-daily",
)  # fmt: skip

# (name in the file, what of it, in words, in which unit)
BUILDINGS = (
    ("civic_buildings.{}destroyed", "civic-buildings", "civic buildings", "buildings"),
    ("educational_buildings.{}destroyed", "educational-buildings", "schools and universities", "buildings"),
    ("educational_buildings.{}damaged", "educational-buildings", "schools and universities", "buildings"),
    ("places_of_worship.{}mosques_destroyed", "mosques", "mosques", "buildings"),
    ("places_of_worship.{}mosques_damaged", "mosques", "mosques", "buildings"),
    ("places_of_worship.{}churches_destroyed", "churches", "churches", "buildings"),
    ("places_of_worship.{}churches_damaged", "churches", "churches", "buildings"),
    ("residential.{}destroyed", "residential", "homes", "dwellings"),
    ("residential.{}damaged", "residential", "homes", "dwellings"),
)


def _damage() -> Iterator[RecordMapping]:
    figures = Figures(concat("t4p-damage-", DATE))
    for prefix in ("ext_", ""):
        for name, part, _, unit in BUILDINGS:
            measure = "buildings_destroyed" if name.endswith("destroyed") else "buildings_damaged"
            said = _origin(prefix, Constant(_office("gmotel")))
            yield figures.of(name.format(prefix), event=f"{GAZA}-{part}", measure=measure, unit=unit, **TOTAL, **said)


GAZA_DAMAGE = FileFormat(
    "t4p-damage", "Tech for Palestine, damaged buildings in Gaza",
    "One record a day: buildings destroyed and damaged since the war began, by sort, reported and extrapolated; each sort is an event of its own.",
    needs=(DATE, *(column(f"{one}.ext_destroyed") for one in ("civic_buildings", "educational_buildings", "residential"))),
    key=concat("t4p-damage-", DATE), entry=concat("report_date ", DATE), container="json",
    records=(
        *_damage(), WAR, *_offices("gmotel", said=Constant("gmotel")),
        *(_event(f"{GAZA}-{part}", f"Damage to {words} in Gaza during the war", kind="other", part_of=GAZA, country="PSE")
          for part, words in {part: words for _, part, words, _ in BUILDINGS}.items()),
    ),
    source=ORIGIN, default_source="t4p-gaza-damage",
)  # fmt: skip

LEBANON_KEY = concat(f"{LEBANON}-", DATE)
LEBANON_PHASE = concat(f"{LEBANON}-phase-", PHASE)


def _lebanon(names: Sequence[str] = ("killed", "injured")) -> Iterator[RecordMapping]:
    """Per phase as the ministry published it; over all phases as the project adds it up."""
    figures, said = Figures(LEBANON_KEY), _said("moph_lb", "ocha", "who")
    for name in names:
        shared: dict[str, Expression | str] = {"measure": name, "population": "all", "unit": "people"}
        yield figures.of(
            f"{name}_cum_reported",
            event=LEBANON_PHASE,
            basis="cumulative",
            period_start=SINCE,
            origin="reported",
            quoted_from=said,
            **shared,
        )
        yield figures.of(f"{name}_cum", event=LEBANON, basis="cumulative", period_start="2023-10-08", origin="computed", **shared)
        yield figures.of(name, event=LEBANON_PHASE, **FLOW, origin="reported", quoted_from=said, **shared)


LEBANON_CASUALTIES = FileFormat(
    "t4p-lebanon", "Tech for Palestine, daily casualties in Lebanon",
    "One record a report: the dead and the injured of its period, since the phase began, and since October 2023; each phase is an event.",
    needs=(DATE, column("report_source"), PHASE, column("killed_cum_reported"), column("killed_cum")),
    key=LEBANON_KEY, entry=concat("report_date ", DATE), container="json",
    records=(
        *_lebanon(), _event(LEBANON, "Hostilities in Lebanon since October 2023", started_on="2023-10-08", country="LBN", date_precision="1"),
        _event(LEBANON_PHASE, concat("Hostilities in Lebanon, phase ", PHASE), started_on=SINCE, ended_on=UNTIL, country="LBN", part_of=LEBANON),
        *_offices("moph_lb", "ocha", "who", said=column("report_source")),
    ),
    source=ORIGIN, default_source="t4p-lebanon-daily",
)  # fmt: skip
