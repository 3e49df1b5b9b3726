"""ACLED, the Armed Conflict Location & Event Data project: one row per event, with its actors, its place and its total of deaths.

Columns follow ACLED's codebooks and its guide to the changes of 2023; older exports have them in capitals. `event_id_cnty` identifies
an event permanently. `data_id`, the number of a row, no longer exists. ACLED's terms of use forbid redistribution of its rows.
"""

from __future__ import annotations

import pycountry

from .acled_traits import TRAITS
from .cross_checks import SPAN, Same, YearOf, country_named
from .expressions import (
    Coded,
    Column,
    Constant,
    Digest,
    Expression,
    FirstKnown,
    Identifier,
    Item,
    ItemIds,
    Items,
    OnlyIf,
    ParsedDate,
    Remainder,
    concat,
    digest,
    first,
)
from .format import FileFormat, RecordMapping
from .spellings import NULL_WORDS, Spellings


def _column(name: str) -> Column:
    return Column((name, name.upper()))


ID = concat("acled-", Identifier(_column("event_id_cnty"), "[A-Z]{2,4}[0-9]+", "SYR12345"))
DAY = ParsedDate(_column("event_date"), ("%d %B %Y", "%d-%B-%Y"))
# Event types of today, then those in use until 2018, which old exports still contain.
EVENT_KINDS = {
    "Battles": "battle", "Explosions/Remote violence": "explosion", "Violence against civilians": "attack_on_civilians", "Protests": "protest",
    "Riots": "other", "Strategic developments": "other",
    "Battle-No change of territory": "battle", "Battle-Government regains territory": "capture",
    "Battle-Non-state actor overtakes territory": "capture", "Remote violence": "explosion", "Riots/Protests": "protest",
    "Strategic development": "other", "Headquarters or base established": "other", "Non-violent transfer of territory": "other",
}  # fmt: skip
# Sub-event types for which we have a narrower kind than for the type.
SUB_EVENT_KINDS = {
    "Air/drone strike": "air_strike", "Shelling/artillery/missile attack": "shelling", "Agreement": "agreement",
    "Government regains territory": "capture", "Non-state actor overtakes territory": "capture",
}  # fmt: skip
# 1 means that the day is known, 2 about a week, 3 the month: levels 1, 3 and 4 of UCDP's scale.
PRECISIONS = {"1": "1", "2": "3", "3": "4"}
# Numbers until 2023, names from 2024 on. Rioters and protesters act together without being one organisation.
ACTOR_KINDS = {
    "0": "unknown", "1": "state_forces", "2": "rebel_group", "3": "political_militia", "4": "identity_militia", "5": "collective", "6": "collective",
    "7": "civilians", "8": "external_forces",
    "State forces": "state_forces", "Rebel group": "rebel_group", "Rebel groups": "rebel_group", "Political militia": "political_militia",
    "Political militias": "political_militia", "Identity militia": "identity_militia", "Identity militias": "identity_militia",
    "Rioters": "collective", "Protesters": "collective", "Civilians": "civilians", "External/Other forces": "external_forces",
}  # fmt: skip
# Numbers of ISO 3166-1, with and without leading zeros. Kosovo has no number; ACLED gives it 0.
COUNTRIES = {number: country.alpha_3 for country in pycountry.countries for number in (country.numeric, str(int(country.numeric)))} | {
    "0": "XKX"
}
OF_COUNTRY = ("event.country", "location.country")
NAMED_COUNTRY = country_named(_column("country"))
COUNTRY = first(_column("iso3"), OnlyIf(NAMED_COUNTRY, _column("iso"), (None,)), Coded(_column("iso"), COUNTRIES))

DIVISIONS = [_column(name) for name in ("country", "admin1", "admin2", "admin3")]
ADMIN1, ADMIN2, ADMIN3 = (digest(f"acled-admin{n}-", concat(*DIVISIONS[: n + 1], by=" / ")) for n in (1, 2, 3))
PLACE = digest("acled-place-", *(_column(name) for name in ("location", "latitude", "longitude", "country", "admin1", "admin2", "admin3")))
PAPERS = Items(_column("source"), r";\s*")
PAPER = digest("acled-source-", Item())
# The names of the sources of an event, which its coders read; no value is credited to one of them.
CONSULTED = ItemIds(PAPERS, PAPER)


def _admin(level: int, id: Digest, above: Digest | None) -> RecordMapping:
    fields: dict[str, Expression] = {"name": _column(f"admin{level}"), "kind": Constant(f"admin{level}"), "country": COUNTRY}
    return RecordMapping("location", id, fields | ({"part_of": above} if above else {}), shared=True, when=id.parts[0])


def _side(number: int, letter: str) -> tuple[RecordMapping, ...]:
    """An actor and those associated with it in the event. Neither side is said to be the attacker."""
    name, associated = _column(f"actor{number}"), Items(_column(f"assoc_actor_{number}"), r";\s*")
    actor, other = digest("acled-actor-", name), digest("acled-actor-", Item())
    kind = Coded(FirstKnown((_column(f"inter{number}"), Constant("0"))), ACTOR_KINDS)
    return (
        RecordMapping("actor", actor, {"name": name, "kind": kind}, shared=True, when=name),
        RecordMapping("participation", concat(ID, f"-side-{letter}"),
               {"event": ID, "actor": actor, "role": Constant(f"side_{letter}")}, when=name),
        RecordMapping("actor", other, {"name": Item(), "kind": Constant("unknown")}, each=associated, shared=True, otherwise=True),
        RecordMapping("participation", concat(ID, f"-supports-{letter}-", digest("", Item())),
               {"event": ID, "actor": other, "role": Constant(f"supports_{letter}")}, each=associated),
    )  # fmt: skip


ACLED = FileFormat(
    "acled", "ACLED, Armed Conflict Location & Event Data",
    "One row per event, from an export or the API, in the layout since 2020: its day, its place with administrative divisions, its actors "
    "and those associated with them, the total of deaths, and the sources it names. Its terms forbid redistribution, so its data are withheld.",
    needs=tuple(_column(name) for name in (
        "event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "actor1", "inter1", "actor2", "inter2", "interaction",
        "geo_precision", "source_scale", "fatalities",
    )),
    entry=concat("event ", _column("event_id_cnty")),
    records=(
        RecordMapping("event", ID, {
            "name": concat(FirstKnown((_column("sub_event_type"), _column("event_type"))), _column("location"), by=", ", lenient=True),
            "kind": FirstKnown((Coded(_column("sub_event_type"), SUB_EVENT_KINDS), Coded(_column("event_type"), EVENT_KINDS))),
            "started_on": DAY, "ended_on": DAY, "date_precision": Coded(_column("time_precision"), PRECISIONS),
            "country": COUNTRY, "location": PLACE, "consulted": CONSULTED, "original": Remainder(),
        }),
        RecordMapping("source", PAPER, {"title": Item(), "kind": Constant("other")}, each=PAPERS, shared=True),
        RecordMapping("location", PLACE, {
            "name": FirstKnown((_column("location"), *reversed(DIVISIONS))), "kind": Constant("area"), "country": COUNTRY,
            "part_of": FirstKnown((ADMIN3, ADMIN2, ADMIN1)), "latitude": _column("latitude"), "longitude": _column("longitude"),
        }, shared=True),
        _admin(1, ADMIN1, None), _admin(2, ADMIN2, ADMIN1), _admin(3, ADMIN3, ADMIN2),
        *_side(1, "a"), *_side(2, "b"),
        RecordMapping("figure", concat(ID, "-killed"), {
            "event": ID, "measure": Constant("killed"), "population": Constant("all"), "best": _column("fatalities"), "unit": Constant("people"),
            "basis": Constant("flow"), "period_start": DAY, "period_end": DAY,
        }, when=_column("fatalities")),
    ),
    source={
        "kind": "dataset", "publisher": "Armed Conflict Location & Event Data (ACLED)", "url": "https://acleddata.com/",
        "license": "ACLED Terms and Conditions: rows are not to be passed on", "attribution": "Armed Conflict Location & Event Data (ACLED), acleddata.com",
        "redistributable": "false",
    },
    default_source="acled",
    traits=TRAITS,
    agreements=(
        YearOf(SPAN, _column("year"), DAY, DAY), Same(OF_COUNTRY, COUNTRY, Coded(_column("iso"), COUNTRIES)),
        Same(OF_COUNTRY, COUNTRY, NAMED_COUNTRY),
    ),
    spellings=Spellings(NULL_WORDS, sentinels=("-99", "-999", "-9999"), epoch_dates=True),
)  # fmt: skip
