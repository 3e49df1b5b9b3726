"""Tech for Palestine: daily records of casualties in Gaza, damaged buildings in Gaza, or casualties in Lebanon; each number is a figure.

Names follow the project's documentation (data.techforpalestine.org/docs). Numbers whose names begin with `ext_` are the project's own
extrapolations; the others were reported by an office. Anything else stays in `original`: events with many deaths, and the division of a
day's deaths by the way they were counted.

One module, although long, because it is one declaration: the columns of one publisher.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .expressions import Coded, Constant, Expression, FirstDay, FirstKnown, Lookup, Matched, OnlyIf, Remainder, Unless, column, concat
from .format import FileFormat, RecordMapping
from .spellings import NULL_WORDS, Spellings

DATE, PHASE = column("report_date"), column("phase")
GAZA, BEGAN = "t4p-gaza", "2023-10-07"
LEBANON = "t4p-lebanon"

# Lebanon's ministry starts a new count with each escalation, called a phase. The days are from the project's documentation.
ALWAYS = ("0001-01-01", "9999-12-31")
SINCE = Lookup("t4p_phase_began", (("1", *ALWAYS, "2023-10-08"), ("2", *ALWAYS, "2026-03-02")), PHASE, DATE)
UNTIL = Lookup("t4p_phase_ended", (("1", *ALWAYS, "2024-12-04"),), PHASE, DATE, exhaustive=False)  # The last phase has not ended.

# The sources of reported numbers, by their names in the files: title, kind, publisher and address.
UN_OCHA = "United Nations Office for the Coordination of Humanitarian Affairs"
OFFICES = {
    "mohtel": ("Ministry of Health in Gaza, messages on Telegram", "post", "Ministry of Health, Gaza", "https://t.me/s/MOHMediaGaza"),
    "gmotel": ("Government Media Office in Gaza, messages on Telegram", "post", "Government Media Office, Gaza", "https://t.me/s/mediagovps"),
    "unocha": ("OCHA, reports on Gaza", "report", UN_OCHA, "https://www.unocha.org/"),
    "moph_lb": ("Ministry of Public Health of Lebanon, counts of casualties", "statement", "Ministry of Public Health, Lebanon", "https://www.moph.gov.lb/"),
    "ocha": ("OCHA, flash updates on Lebanon", "report", UN_OCHA, "https://www.unocha.org/lebanon"),
    "who": (
        "WHO, situation reports on Lebanon", "report", "World Health Organization, Regional Office for the Eastern Mediterranean",
        "https://www.emro.who.int/",
    ),
}  # fmt: skip
RELAYED = {"ocha": "moph_lb", "who": "moph_lb"}  # These report the numbers of the ministry.


def _office(name: str) -> str:
    return f"t4p-{name.replace('_', '-')}"


def _offices(*names: str, reported_by: Expression) -> Iterator[RecordMapping]:
    """The sources that figures are quoted from. A source that others relay is made even if no record names it."""
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
        when = None if name in relayed else Matched(reported_by, f"^({name})$")
        yield RecordMapping("source", Constant(_office(name)), fields, shared=True, when=when)


def _reporter(*names: str) -> Coded:
    """The office that a record names; `missing` means that there was no report."""
    return Coded(column("report_source"), {**{name: _office(name) for name in names}, "missing": None})


def _event(id: Expression | str, name: Expression | str, **fields: Expression | str) -> RecordMapping:
    """An event that all records share; by default a war."""
    return RecordMapping("event", _expression(id), _expressions({"name": name, "kind": "war", **fields}), shared=True)


def _expression(value: Expression | str) -> Expression:
    return Constant(value) if isinstance(value, str) else value


def _expressions(fields: Mapping[str, Expression | str]) -> dict[str, Expression]:
    return {name: _expression(value) for name, value in fields.items()}


class Figures:
    """Makes the figures of a record, one per number. The first number that a record has keeps the original record."""

    def __init__(self, key: Expression) -> None:
        self.key, self.before = key, list[Expression]()

    def of(self, name: str, when: Expression | None = None, /, **fields: Expression | str) -> RecordMapping:
        """The figure of the number with this name; there is none if `when`, by default the number, is unknown."""
        value = column(name)
        when = when or value
        original = OnlyIf(Remainder(), FirstKnown(tuple(self.before)), (None,)) if self.before else Remainder()
        self.before.append(when)
        shared: dict[str, Expression] = {"best": value, "period_end": DATE, "original": original}
        return RecordMapping("figure", concat(self.key, f"-{name}"), _expressions(fields) | shared, when=when)


def _measure_and_population(name: str) -> tuple[str, str]:
    """The measure and the population that a name of Gaza's casualties stands for."""
    words = name.removeprefix("ext_").split("_")
    measure = "injured" if "injured" in words else "killed"
    populations = {
        "children": "children",
        "women": "women",
        "civdef": "aid_workers",
        "med": "medical",
        "press": "media",
        "child": "children",
    }
    return measure, next((population for word, population in populations.items() if word in words), "all")


def _origin(name: str, reporter: Expression) -> Mapping[str, Expression | str]:
    """Extrapolated by the project, or reported by the office that the record names."""
    return {"origin": "extrapolated"} if "ext_" in name else {"origin": "reported", "quoted_from": reporter}


# A number for 0 hours is repeated or late. Its days are unknown, so it must not be added to others: it gets no basis. A zero for 0 hours is no
# number: nothing was reported.
HOURS = column("report_period")
NO_HOURS = OnlyIf(HOURS, HOURS, ("0",))
# Deaths of earlier days: registered by a committee, or found when bodies were recovered. A number that includes some is not that of its day.
EARLIER = FirstKnown((Unless(column("killed_committee"), ("0",)), Unless(column("killed_recovered"), ("0",))))


def _flow(hours: Expression) -> Mapping[str, Expression | str]:
    """What the number of so many hours says; without them, nothing."""
    return {"basis": Coded(hours, {"0": None}, otherwise="flow"), "period_start": FirstDay(DATE, hours)}


FLOW, MIXED_FLOW = _flow(HOURS), _flow(OnlyIf(HOURS, EARLIER, (None,)))
TOTAL: Mapping[str, Expression | str] = {"basis": "cumulative", "period_start": BEGAN}


def _reported(name: str) -> Expression:
    """The number of a period, unknown where nothing was reported."""
    return FirstKnown((Unless(column(name), ("0",)), OnlyIf(column(name), NO_HOURS, (None,))))


WAR = _event(GAZA, "War in Gaza since October 2023", started_on=BEGAN, country="PSE", date_precision="1")

# Counts that the totals do not include become events of their own within the war: id, name, kind, and names of numbers.
SEPARATE_COUNTS = {
    "famine": ("Deaths of hunger in Gaza during the war", "other", ("child_famine_cum", "famine_cum")),
    "aid-seekers": (
        "Killing and injury of people on their way to aid in Gaza",
        "attack_on_civilians",
        ("aid_seeker_killed_cum", "aid_seeker_injured_cum"),
    ),
}
GAZA_REPORTER = _reporter("mohtel", "gmotel", "unocha")
GAZA_KEY = concat(f"{GAZA}-", DATE)


def _gaza() -> Iterator[RecordMapping]:
    figures, daily = Figures(GAZA_KEY), ("killed", "injured")
    totals = [
        f"{name}_cum" for name in ("killed", "killed_children", "killed_women", "injured", "civdef_killed", "med_killed", "press_killed")
    ]
    for name in (prefix + name for name in totals for prefix in ("ext_", "")):
        measure, population = _measure_and_population(name)
        yield figures.of(name, event=GAZA, measure=measure, population=population, unit="people", **TOTAL, **_origin(name, GAZA_REPORTER))
    for name in (prefix + name for name in daily for prefix in ("ext_", "")):
        measure, population = _measure_and_population(name)
        yield figures.of(
            name, _reported(name), event=GAZA, measure=measure, population=population, unit="people",
            **(MIXED_FLOW if measure == "killed" else FLOW), **_origin(name, GAZA_REPORTER),
        )  # fmt: skip
    for part, (_, _, names) in SEPARATE_COUNTS.items():
        for name in names:
            measure, population = _measure_and_population(name)
            yield figures.of(
                name, event=f"{GAZA}-{part}", measure=measure, population=population, unit="people", basis="cumulative", **_origin(name, GAZA_REPORTER)
            )  # fmt: skip


ORIGIN = {
    "kind": "dataset", "publisher": "Tech for Palestine", "license": "CC0-1.0", "url": "https://data.techforpalestine.org/",
    "attribution": "Tech for Palestine, Palestine Datasets",
}  # fmt: skip
GAZA_CASUALTIES = FileFormat(
    "t4p-gaza", "Tech for Palestine, daily casualties in Gaza",
    "One record per day: people killed and injured, on the day and in total, reported and extrapolated. Each number is a figure of the war.",
    needs=(DATE, column("report_source"), column("ext_killed_cum"), column("ext_injured_cum")),
    key=GAZA_KEY, entry=concat("report_date ", DATE), container="json",
    records=(
        *_gaza(), WAR, *_offices("mohtel", "gmotel", "unocha", reported_by=column("report_source")),
        *(_event(f"{GAZA}-{part}", name, kind=kind, part_of=GAZA, country="PSE") for part, (name, kind, _) in SEPARATE_COUNTS.items()),
    ),
    source=ORIGIN, default_source="t4p-gaza-daily", spellings=Spellings(NULL_WORDS),
)  # fmt: skip

# Name in the file (`{}` takes the prefix of extrapolations), suffix of the event's id, words in its name, unit.
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
            origin = _origin(prefix, Constant(_office("gmotel")))
            yield figures.of(name.format(prefix), event=f"{GAZA}-{part}", measure=measure, unit=unit, **TOTAL, **origin)


GAZA_DAMAGE = FileFormat(
    "t4p-damage", "Tech for Palestine, damaged buildings in Gaza",
    "One record per day: buildings destroyed and damaged since the war began, by type, reported and extrapolated. Each type becomes an event.",
    needs=(DATE, *(column(f"{part}.ext_destroyed") for part in ("civic_buildings", "educational_buildings", "residential"))),
    key=concat("t4p-damage-", DATE), entry=concat("report_date ", DATE), container="json",
    records=(
        *_damage(), WAR, *_offices("gmotel", reported_by=Constant("gmotel")),
        *(_event(f"{GAZA}-{part}", f"Damage to {words} in Gaza during the war", kind="other", part_of=GAZA, country="PSE")
          for part, words in {part: words for _, part, words, _ in BUILDINGS}.items()),
    ),
    source=ORIGIN, default_source="t4p-gaza-damage", spellings=Spellings(NULL_WORDS),
)  # fmt: skip

LEBANON_KEY = concat(f"{LEBANON}-", DATE)
LEBANON_PHASE = concat(f"{LEBANON}-phase-", PHASE)


def _lebanon(names: Sequence[str] = ("killed", "injured")) -> Iterator[RecordMapping]:
    """Totals of a phase, as the ministry published them; totals of all phases, as the project adds them up; and the number of the period."""
    figures, reporter = Figures(LEBANON_KEY), _reporter("moph_lb", "ocha", "who")
    for name in names:
        shared: dict[str, Expression | str] = {"measure": name, "population": "all", "unit": "people"}
        yield figures.of(
            f"{name}_cum_reported",
            event=LEBANON_PHASE,
            basis="cumulative",
            period_start=SINCE,
            origin="reported",
            quoted_from=reporter,
            **shared,
        )
        yield figures.of(f"{name}_cum", event=LEBANON, basis="cumulative", period_start="2023-10-08", origin="computed", **shared)
        yield figures.of(name, _reported(name), event=LEBANON_PHASE, **FLOW, origin="reported", quoted_from=reporter, **shared)


LEBANON_CASUALTIES = FileFormat(
    "t4p-lebanon", "Tech for Palestine, daily casualties in Lebanon",
    "One record per report: people killed and injured in its period, since the phase began, and since October 2023. Each phase becomes an event.",
    needs=(DATE, column("report_source"), PHASE, column("killed_cum_reported"), column("killed_cum")),
    key=LEBANON_KEY, entry=concat("report_date ", DATE), container="json",
    records=(
        *_lebanon(), _event(LEBANON, "Hostilities in Lebanon since October 2023", started_on="2023-10-08", country="LBN", date_precision="1"),
        _event(LEBANON_PHASE, concat("Hostilities in Lebanon, phase ", PHASE), started_on=SINCE, ended_on=UNTIL, country="LBN", part_of=LEBANON),
        *_offices("moph_lb", "ocha", "who", reported_by=column("report_source")),
    ),
    source=ORIGIN, default_source="t4p-lebanon-daily", spellings=Spellings(NULL_WORDS),
)  # fmt: skip
