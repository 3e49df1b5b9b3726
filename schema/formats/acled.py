"""ACLED, the Armed Conflict Location & Event Data project: one row an event, with its actors, its place and the dead in all.

Columns after ACLED's codebooks and its guide to the changes of 2023; in capitals in older exports. `event_id_cnty` names an event for good,
`data_id` was the number of a row and is gone. ACLED's terms of use forbid to pass its rows on.
"""

from __future__ import annotations

import pycountry

from .expressions import (
    Coded,
    Column,
    Constant,
    Digest,
    Expression,
    FirstKnown,
    Item,
    ItemIds,
    Items,
    ParsedDate,
    Remainder,
    concat,
    digest,
    first,
)
from .format import FileFormat, RecordMapping


def _column(name: str) -> Column:
    return Column((name, name.upper()))


ID = concat("acled-", _column("event_id_cnty"))
DAY = ParsedDate(_column("event_date"), ("%d %B %Y", "%d-%B-%Y"))
# Event types until 2018, whose names still stand in old exports, after those of today.
KINDS = {
    "Battles": "battle", "Explosions/Remote violence": "explosion", "Violence against civilians": "attack_on_civilians", "Protests": "protest",
    "Riots": "other", "Strategic developments": "other",
    "Battle-No change of territory": "battle", "Battle-Government regains territory": "capture",
    "Battle-Non-state actor overtakes territory": "capture", "Remote violence": "explosion", "Riots/Protests": "protest",
    "Strategic development": "other", "Headquarters or base established": "other", "Non-violent transfer of territory": "other",
}  # fmt: skip
# What says more of an event than its type does, in words of ours.
NARROWER = {
    "Air/drone strike": "air_strike", "Shelling/artillery/missile attack": "shelling", "Agreement": "agreement",
    "Government regains territory": "capture", "Non-state actor overtakes territory": "capture",
}  # fmt: skip
# 1 is the day; of 2 the week, or as much, is known, and of 3 the month: what UCDP's levels 1, 3 and 4 say.
PRECISIONS = {"1": "1", "2": "3", "3": "4"}
# By number until 2023, by name from 2024 on. Rioters and protesters act together without being organised as one.
INTER = {
    "0": "unknown", "1": "state_forces", "2": "rebel_group", "3": "political_militia", "4": "identity_militia", "5": "collective", "6": "collective",
    "7": "civilians", "8": "external_forces",
    "State forces": "state_forces", "Rebel group": "rebel_group", "Rebel groups": "rebel_group", "Political militia": "political_militia",
    "Political militias": "political_militia", "Identity militia": "identity_militia", "Identity militias": "identity_militia",
    "Rioters": "collective", "Protesters": "collective", "Civilians": "civilians", "External/Other forces": "external_forces",
}  # fmt: skip
# Numbers of ISO 3166-1, also as a table of numbers holds them, without zeros before; ACLED gives Kosovo, which has none, 0.
COUNTRIES = {number: one.alpha_3 for one in pycountry.countries for number in (one.numeric, str(int(one.numeric)))} | {"0": "XKX"}
COUNTRY = first(_column("iso3"), Coded(_column("iso"), COUNTRIES))

_named = [_column(one) for one in ("country", "admin1", "admin2", "admin3")]
ADMIN1, ADMIN2, ADMIN3 = (digest(f"acled-admin{n}-", concat(*_named[: n + 1], by=" / ")) for n in (1, 2, 3))
PLACE = digest("acled-place-", *(_column(one) for one in ("location", "latitude", "longitude", "country", "admin1", "admin2", "admin3")))
PAPERS = Items(_column("source"), r";\s*")
PAPER = digest("acled-source-", Item())
QUOTED = ItemIds(PAPERS, PAPER)


def _admin(level: int, id: Digest, above: Digest | None) -> RecordMapping:
    fields: dict[str, Expression] = {"name": _column(f"admin{level}"), "kind": Constant(f"admin{level}"), "country": COUNTRY}
    return RecordMapping("location", id, fields | ({"part_of": above} if above else {}), shared=True, when=id.parts[0])


def _side(number: int, letter: str) -> tuple[RecordMapping, ...]:
    """An actor, and those that are associated with it in this event. Neither column says who attacked whom."""
    name, associated = _column(f"actor{number}"), Items(_column(f"assoc_actor_{number}"), r";\s*")
    actor, other = digest("acled-actor-", name), digest("acled-actor-", Item())
    kind = Coded(FirstKnown((_column(f"inter{number}"), Constant("0"))), INTER)
    return (
        RecordMapping("actor", actor, {"name": name, "kind": kind}, shared=True, when=name),
        RecordMapping("participation", concat(ID, f"-side-{letter}"),
               {"event": ID, "actor": actor, "role": Constant(f"side_{letter}"), "quoted_from": QUOTED}, when=name),
        RecordMapping("actor", other, {"name": Item(), "kind": Constant("unknown")}, each=associated, shared=True, otherwise=True),
        RecordMapping("participation", concat(ID, f"-supports-{letter}-", digest("", Item())),
               {"event": ID, "actor": other, "role": Constant(f"supports_{letter}"), "quoted_from": QUOTED}, each=associated),
    )  # fmt: skip


ACLED = FileFormat(
    "acled", "ACLED, Armed Conflict Location & Event Data",
    "One row an event, as exported or as its API gives it, from 2020 on: its day, its place with its divisions, its actors and those "
    "associated with them, the dead in all, and the sources it names. Its terms forbid passing it on: what is loaded of it is withheld.",
    needs=tuple(_column(one) for one in (
        "event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "actor1", "inter1", "actor2", "inter2", "interaction",
        "geo_precision", "source_scale", "fatalities",
    )),
    entry=concat("event ", _column("event_id_cnty")),
    records=(
        RecordMapping("event", ID, {
            "name": concat(FirstKnown((_column("sub_event_type"), _column("event_type"))), _column("location"), by=", ", lenient=True),
            "kind": FirstKnown((Coded(_column("sub_event_type"), NARROWER), Coded(_column("event_type"), KINDS))),
            "started_on": DAY, "ended_on": DAY, "date_precision": Coded(_column("time_precision"), PRECISIONS),
            "country": COUNTRY, "location": PLACE, "quoted_from": QUOTED, "original": Remainder(),
        }),
        RecordMapping("source", PAPER, {"title": Item(), "kind": Constant("other")}, each=PAPERS, shared=True),
        RecordMapping("location", PLACE, {
            "name": FirstKnown((_column("location"), *reversed(_named))), "kind": Constant("area"), "country": COUNTRY,
            "part_of": FirstKnown((ADMIN3, ADMIN2, ADMIN1)), "latitude": _column("latitude"), "longitude": _column("longitude"),
        }, shared=True),
        _admin(1, ADMIN1, None), _admin(2, ADMIN2, ADMIN1), _admin(3, ADMIN3, ADMIN2),
        *_side(1, "a"), *_side(2, "b"),
        RecordMapping("figure", concat(ID, "-killed"), {
            "event": ID, "measure": Constant("killed"), "population": Constant("all"), "best": _column("fatalities"), "unit": Constant("people"),
            "basis": Constant("flow"), "period_start": DAY, "period_end": DAY, "quoted_from": QUOTED,
        }, when=_column("fatalities")),
    ),
    source={
        "kind": "dataset", "publisher": "Armed Conflict Location & Event Data (ACLED)", "url": "https://acleddata.com/",
        "license": "ACLED Terms and Conditions: rows are not to be passed on", "attribution": "Armed Conflict Location & Event Data (ACLED), acleddata.com",
        "redistributable": "false",
    },
    default_source="acled",
)  # fmt: skip
