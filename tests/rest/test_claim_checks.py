"""Is this sentence still right? Sentences with their verdicts before and after a correction, by hand, over one database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from api.query.node_ids import parse_claim_id
from schema.kinds import KINDS
from schema.model.claim_checks import ARGUMENTS, VERDICTS

from ..conftest import COLLECTIONS, Databases, Instance, source
from ..support.properties import NIGHTLY

EVENTS = """
  events:
    - {id: clash, name: A clash, kind: battle, country: IRQ, location: town, started_on: 2024-05-01, ended_on: 2024-05-01, date_precision: 1}
    - {id: war, name: A war, kind: war, country: LBN, started_on: 2024-01-01, date_precision: 1}
    - {id: siege, name: A siege, kind: battle, country: MLI, started_on: 2024-01-20, ended_on: 2024-03-10, date_precision: 1}
    - {id: raid, name: A raid, kind: battle, country: MLI, started_on: 2024-01-05, ended_on: 2024-01-05, date_precision: 1}
    - {id: flight, name: A flight, kind: displacement, country: MLI, started_on: 2024-01-05, date_precision: 1}
    - {id: long-war, name: A long war, kind: war, country: NER, started_on: 2023-10-07, date_precision: 1}
    - {id: camp, name: A camp, kind: displacement, country: TCD, started_on: 2024-01-01, date_precision: 1}
    - {id: feud, name: A feud, kind: battle, country: DZA, started_on: 2024-05-01, ended_on: 2024-05-03, date_precision: 1}
    - {id: fire, name: A fire, kind: battle, country: DZA, started_on: 2024-06-01, ended_on: 2024-06-01, date_precision: 1}
    - {id: long-feud, name: A long feud, kind: war, country: LBY, location: oasis, started_on: 2024-01-01, date_precision: 1}
    - {id: camp-a, name: Camp A, kind: displacement, country: TUN, started_on: 2023-01-01, date_precision: 1}
    - {id: camp-b, name: Camp B, kind: displacement, country: TUN, started_on: 2023-01-01, date_precision: 1}
    - {id: border-war, name: A war at a border, kind: war, country: JOR, started_on: 2024-01-01, ended_on: 2024-02-01, date_precision: 1}
    - {id: some-day, name: A raid on some day of a month, kind: battle, country: SDN, started_on: 2024-01-15, ended_on: 2024-01-15, date_precision: 4}
    - {id: some-month, name: A war from some day of a month, kind: war, country: NPL, started_on: 2024-03-15, date_precision: 4}
    - {id: year-war, name: A war of a year, kind: war, country: NPL, started_on: 2024-01-01, ended_on: 2024-12-31, date_precision: 1}
    - {id: no-day, name: A war without days, kind: war, country: NPL}
    - {id: march, name: A march, kind: battle, country: NPL, started_on: 2024-03-01, ended_on: 2024-03-10, date_precision: 1}
    - {id: refuge, name: A raid on a refuge, kind: battle, country: LAO, location: abroad, started_on: 2024-03-01, ended_on: 2024-03-01, date_precision: 1}
  locations:
    - {id: town, name: A town, kind: settlement, country: IRQ}
    - {id: oasis, name: An oasis, kind: settlement, country: LBY}
    - {id: abroad, name: A town beyond the border, kind: settlement, country: EGY}
  actors: [{id: army, name: An army, kind: state_forces}, {id: farmers, name: Farmers, kind: civilians}, {id: miners, name: Miners, kind: civilians}]
"""
COMMON = "unit: people, basis: flow"
RUNNING = "unit: people, basis: cumulative"


def _ministry(killed: int, returned: int, detained: str, strikes: str) -> str:
    """The claims of a ministry, which corrects how many were killed and have returned and in which event some were detained, and drops or keeps a claim."""
    return f"""claims:{EVENTS}
  figures:
    - {{id: clash-killed, event: clash, measure: killed, population: all, best: {killed}, {COMMON}}}
    - {{id: clash-civilians, event: clash, measure: killed, population: civilians, best: 5, quantifier: exact, {COMMON}}}
    - {{id: clash-soldiers, event: clash, measure: killed, population: combatants, actor: army, best: 6, {COMMON}}}
    - {{id: clash-injured, event: clash, measure: injured, low: 30, best: 40, high: 50, {COMMON}}}
    - {{id: clash-detained, event: clash, measure: detained, high: 60, quantifier: at_most, {COMMON}}}
    - {{id: clash-missing, event: clash, measure: missing, high: 8, quantifier: less_than, {COMMON}}}
    - {{id: clash-returned, event: clash, measure: returned, low: {returned}, quantifier: at_least, {COMMON}}}
    - {{id: clash-displaced, event: clash, measure: displaced, best: 300, unit: households, basis: flow}}
    - {{id: clash-houses, event: clash, measure: buildings_destroyed, best: 70, quantifier: approximately, unit: buildings, basis: flow}}
    - {{id: war-february, event: war, measure: killed, population: all, best: 100, unit: people, basis: cumulative, period_end: 2024-02-01}}
    - {{id: war-march, event: war, measure: killed, population: all, best: 250, unit: people, basis: cumulative, period_end: 2024-03-01}}
    - {{id: war-day, event: war, measure: injured, best: 7, {COMMON}, period_start: 2024-02-10, period_end: 2024-02-10}}
    - {{id: war-affected, event: war, measure: affected, population: all, best: 810, origin: extrapolated, {COMMON}}}
    - {{id: siege-killed, event: siege, measure: killed, population: all, best: 100, quantifier: exact, {COMMON}}}
    - {{id: raid-killed, event: raid, measure: killed, population: all, low: 5, best: 8, high: 200, {COMMON}}}
    - {{id: flight-displaced, event: flight, measure: displaced, population: all, low: 900, quantifier: more_than, {COMMON}}}
    - {{id: long-war-killed, event: long-war, measure: killed, population: all, best: 450, quantifier: exact, unit: people, basis: cumulative, period_end: 2024-01-31}}
    - {{id: camp-present, event: camp, measure: displaced, population: all, best: 700, quantifier: exact, unit: people, basis: stock, period_end: 2024-05-01}}
    - {{id: feud-killed, event: feud, measure: killed, population: all, best: 17, {COMMON}}}
    - {{id: feud-missing, event: feud, measure: missing, best: 9, {COMMON}, period_start: 2024-05-01, period_end: 2024-05-03}}
    - {{id: feud-detained, measure: detained, population: all, {detained}, {COMMON}}}
    - {{id: killed-february, event: long-feud, measure: killed, best: 100, {RUNNING}, period_end: 2024-02-01}}
    - {{id: killed-march, event: long-feud, measure: killed, population: all, best: 250, {RUNNING}, period_end: 2024-03-01}}
    - {{id: injured-february, event: long-feud, measure: injured, best: 101, {RUNNING}, period_end: 2024-02-01}}
    - {{id: injured-march, event: long-feud, measure: injured, best: 251, {RUNNING}, period_start: 2024-01-01, period_end: 2024-03-01}}
    - {{id: missing-february, event: long-feud, measure: missing, best: 102, {RUNNING}, period_end: 2024-02-01}}
    - {{id: missing-march, event: long-feud, measure: missing, location: oasis, best: 252, {RUNNING}, period_end: 2024-03-01}}
    - {{id: detained-february, event: long-feud, measure: detained, best: 103, {RUNNING}, period_end: 2024-02-01}}
    - {{id: detained-march, event: long-feud, measure: detained, best: 253, disaggregation: by-court, {RUNNING}, period_end: 2024-03-01}}
    - {{id: camp-a-present, event: camp-a, measure: displaced, population: all, best: 700, quantifier: exact, unit: people, basis: stock, period_end: 2023-02-01}}
    - {{id: camp-b-present, event: camp-b, measure: displaced, population: all, best: 900, quantifier: exact, unit: people, basis: stock, period_end: 2024-05-01}}
    - {{id: killed-abroad, event: border-war, measure: killed, population: all, best: 55, quantifier: exact, location: abroad, {COMMON}}}
    - {{id: some-day-killed, event: some-day, measure: killed, population: all, best: 8, {COMMON}}}
    - {{id: month-killed, event: some-month, measure: killed, population: all, best: 33, {COMMON}}}
    - {{id: month-injured, event: some-month, measure: injured, population: all, best: 110, {RUNNING}, period_end: 2024-04-30}}
    - {{id: year-killed, event: year-war, measure: killed, population: all, best: 900, {RUNNING}, period_start: 2024-01-01, period_end: 2024-03-31}}
    - {{id: part-killed, event: year-war, measure: killed, population: all, low: 280, best: 300, high: 320, {RUNNING}, period_start: 2024-02-01, period_end: 2024-03-31}}
    - {{id: unit-january, event: year-war, measure: injured, population: all, best: 104, basis: cumulative, period_end: 2024-01-31}}
    - {{id: unit-february, event: year-war, measure: injured, population: all, best: 184, {RUNNING}, period_end: 2024-02-29}}
    - {{id: actor-january, event: year-war, measure: missing, population: civilians, best: 105, {RUNNING}, period_end: 2024-01-31}}
    - {{id: actor-february, event: year-war, measure: missing, population: civilians, actor: farmers, best: 185, {RUNNING}, period_end: 2024-02-29}}
    - {{id: farmers-detained, event: year-war, measure: detained, population: civilians, actor: farmers, best: 12, {COMMON}}}
    - {{id: miners-detained, event: year-war, measure: detained, population: civilians, actor: miners, best: 21, {COMMON}}}
    - {{id: start-january, event: no-day, measure: killed, population: all, best: 106, {RUNNING}, period_end: 2024-01-31}}
    - {{id: start-february, event: no-day, measure: killed, population: all, best: 186, {RUNNING}, period_start: 2024-01-01, period_end: 2024-02-29}}
    - {{id: start-later, event: no-day, measure: killed, population: all, best: 66, {RUNNING}, period_start: 2024-02-01, period_end: 2024-02-29}}
    - {{id: siege-injured, event: siege, measure: injured, population: all, high: 500, quantifier: at_most, {RUNNING}, period_end: 2024-03-10}}
    - {{id: siege-missing, event: siege, measure: missing, population: all, high: 60, quantifier: at_most, {RUNNING}, period_end: 2024-03-01}}
    - {{id: siege-detained, event: siege, measure: detained, population: all, best: 70, quantifier: exact, {RUNNING}, period_end: 2024-03-09}}
    - {{id: raid-detained, event: raid, measure: detained, population: all, best: 30, quantifier: exact, unit: people, basis: stock, period_end: 2024-01-05}}
    - {{id: fire-missing, event: fire, measure: missing, population: all, high: 0, {COMMON}}}
    - {{id: fire-returned, event: fire, measure: returned, population: all, high: 1, quantifier: less_than, {COMMON}}}
    - {{id: fire-area, event: fire, measure: area_captured, low: 13.5, quantifier: more_than, unit: square_kilometres, basis: flow}}
    - {{id: refuge-killed, event: refuge, measure: killed, population: all, low: 9, quantifier: at_least, {COMMON}}}
{strikes}"""


# Claims that are corrected, and then fill in more fields; and claims beside which a rival leaves fields out.
BARE = f"""
    - {{id: after-march, event: march, measure: strikes, low: 9, quantifier: at_least, unit: events, basis: flow, period_start: 2024-06-01, period_end: 2024-06-30}}
    - {{id: filled-days, event: march, measure: killed, population: all, best: 12, {COMMON}}}
    - {{id: filled-people, event: march, measure: injured, best: 13, {COMMON}}}
    - {{id: filled-actor, event: march, measure: missing, population: civilians, best: 14, {COMMON}}}
    - {{id: filled-place, event: march, measure: detained, population: all, best: 16, {COMMON}}}"""
FILLED = f"""
    - {{id: after-march, event: march, measure: strikes, low: 9, quantifier: at_least, unit: events, basis: flow, period_start: 2024-06-01, period_end: 2024-06-30}}
    - {{id: filled-days, event: march, measure: killed, population: all, best: 20, {COMMON}, period_start: 2024-03-01, period_end: 2024-03-05}}
    - {{id: filled-people, event: march, measure: injured, population: civilians, best: 5, {COMMON}}}
    - {{id: filled-actor, event: march, measure: missing, population: civilians, actor: army, best: 15, {COMMON}}}
    - {{id: filled-place, event: march, measure: detained, population: all, location: abroad, best: 17, {COMMON}}}"""
TOLD = f"""
    - {{id: told-people, event: march, measure: affected, population: civilians, best: 41, {COMMON}}}
    - {{id: told-days, event: march, measure: returned, population: all, best: 42, {COMMON}, period_start: 2024-03-02, period_end: 2024-03-03}}
    - {{id: told-place, event: march, measure: displaced, population: all, location: abroad, best: 43, {COMMON}}}
    - {{id: told-origin, event: clash, measure: casualties, population: all, best: 500, origin: extrapolated, {COMMON}}}
    - {{id: told-parts, event: raid, measure: injured, population: civilians, {COMMON}}}
"""
UNTOLD = f"""
    - {{id: told-people, event: march, measure: affected, best: 51, {COMMON}}}
    - {{id: told-days, event: march, measure: returned, population: all, best: 52, {COMMON}}}
    - {{id: told-place, event: march, measure: displaced, population: all, best: 53, {COMMON}}}
    - {{id: told-origin, event: clash, measure: casualties, population: all, best: 20, {COMMON}}}
    - {{id: told-parts, event: raid, measure: injured, best: 31, {COMMON}}}
"""

FILES = {
    "ministry": source("ministry", reliability="B", publisher="Publisher of ministry") + _ministry(12, 5, "event: feud, best: 64", "    - {id: strikes, event: war, measure: strikes, best: 33, unit: events, basis: flow}" + BARE + TOLD),
    "rival": source("rival", reliability="C")
    + f"claims:\n  figures:\n    - {{id: clash-killed, event: clash, measure: killed, population: all, best: 20, {COMMON}}}\n"
    + f"    - {{id: feud-killed, event: fire, measure: killed, population: all, best: 23, {COMMON}}}\n"
    + f"    - {{id: feud-missing, event: feud, measure: missing, best: 9, {COMMON}, period_start: 2024-05-01, period_end: 2024-05-01}}\n"
    + UNTOLD,
    "old": source("old", reliability="C")
    + f"claims:\n  figures:\n    - {{id: clash-killed, event: clash, measure: killed, population: all, best: 99, rank: deprecated, {COMMON}}}\n",
    "closed": source("closed", reliability="C")
    + "claims:\n  events: [{id: clash, name: A clash}]\n"
    + f"  figures:\n    - {{id: clash-affected, event: clash, measure: affected, population: all, best: 444, {COMMON}}}\n"
    + f"    - {{id: clash-killed, event: clash, measure: killed, population: all, best: 45, {COMMON}}}\n",
}  # fmt: skip
CORRECTED = {
    "ministry": source("ministry", reliability="B", publisher="Publisher of ministry")
    + _ministry(15, 4, "event: fire, best: 65", FILLED + TOLD),
    "rival": FILES["rival"].replace("best: 31", "best: 35"),
    "closed": FILES["closed"].replace("claims:", "  redistributable: false\nclaims:"),
}
CAMPUS, DISPLACED, TOLL, REVISED = (
    "event=aleppo-university-campus-shelling-2024", "event=aleppo-displacement-2024", "event=aleppo-offensive-2024", "event=ucdp-ged-48761",
)  # fmt: skip
# The sentence, its verdict in revision 1, and in revision 2 if that is another one.
SENTENCES: list[tuple[str, str, str]] = [
    # Right, also in words from which the sentence follows
    (f"measure=killed&value=4&{CAMPUS}", "supported", ""),
    (f"measure=killed&value=4&quantifier=exact&{CAMPUS}", "supported", ""),
    (f"measure=killed&value=4&quantifier=at_least&{CAMPUS}", "supported", ""),
    (f"measure=killed&value=3&quantifier=more_than&{CAMPUS}", "supported", ""),
    (f"measure=killed&value=4&quantifier=at_most&{CAMPUS}", "supported", ""),
    (f"measure=killed&value=4&quantifier=approximately&{CAMPUS}", "supported", ""),
    (f"measure=killed&value=4&{CAMPUS}&from=2024-11-01&to=2024-11-30", "supported", ""),
    (f"measure=displaced&value=14000&quantifier=more_than&{DISPLACED}", "supported", ""),
    (f"measure=displaced&value=14000&quantifier=at_least&{DISPLACED}", "supported", ""),
    (f"measure=displaced&value=10000&quantifier=at_least&{DISPLACED}", "supported", ""),
    (f"measure=killed&value=79&{REVISED}", "supported", ""),
    (f"measure=killed&value=40&quantifier=at_least&{REVISED}", "supported", ""),
    (f"measure=killed&value=20&quantifier=at_least&population=civilians&{TOLL}", "supported", ""),
    (f"measure=killed&value=20&quantifier=at_least&population=civilians&{TOLL}&from=2024-11-28", "counted_otherwise", ""),
    ("measure=injured&value=7&quantifier=at_least&event=war", "counted_otherwise", ""),
    ("measure=killed&value=5&population=civilians&event=clash", "supported", ""),
    ("measure=killed&value=6&population=combatants&actor=army&event=clash", "supported", ""),
    ("measure=injured&value=40&event=clash", "supported", ""),
    ("measure=injured&value=40&event=clash&location=town", "supported", ""),
    ("measure=detained&value=60&quantifier=at_most&event=clash", "supported", ""),
    ("measure=missing&value=8&quantifier=at_most&event=clash", "supported", ""),
    ("measure=displaced&value=300&unit=households&event=clash", "supported", ""),
    ("measure=killed&value=250&event=war", "supported", ""),
    ("measure=killed&value=100&event=war&to=2024-02-01", "supported", ""),
    ("measure=killed&value=250&event=war&basis=cumulative&from=2024-01-01&to=2024-03-01", "supported", ""),
    ("measure=injured&value=7&event=war&from=2024-02-10&to=2024-02-10", "supported", ""),
    ("measure=killed&value=238&quantifier=at_least&country=SYR", "supported", ""),
    # People are counted in whole numbers: more than 14,000 are at least 14,001, and none are at most 0
    (f"measure=displaced&value=14001&quantifier=at_least&{DISPLACED}", "supported", ""),
    (f"measure=displaced&value=14001&quantifier=less_than&{DISPLACED}", "not_stated", ""),
    ("measure=missing&value=7&quantifier=at_most&event=clash", "supported", ""),
    ("measure=missing&value=7&quantifier=more_than&event=clash", "not_stated", ""),
    ("measure=missing&value=6&quantifier=at_most&event=clash", "not_stated", ""),
    ("measure=missing&value=0&event=fire", "supported", ""),
    ("measure=missing&value=0&quantifier=exact&event=fire", "supported", ""),
    ("measure=missing&value=0&quantifier=more_than&event=fire", "not_stated", ""),
    ("measure=returned&value=0&event=fire", "supported", ""),
    ("measure=area_captured&value=14&quantifier=at_least&unit=square_kilometres&event=fire", "not_stated", ""),
    ("measure=area_captured&value=13.5&quantifier=more_than&unit=square_kilometres&event=fire", "supported", ""),
    # Corrected, retracted, or replaced by a later release
    ("measure=killed&value=12&event=clash", "supported", "superseded"),
    ("measure=killed&value=15&event=clash", "not_stated", "supported"),
    ("measure=strikes&value=33&unit=events&event=war", "supported", "superseded"),
    (f"measure=killed&value=40&{REVISED}", "superseded", ""),
    # A rival, and what its collection has marked as wrong
    ("measure=killed&value=20&event=clash", "rival_only", ""),
    ("measure=killed&value=99&event=clash", "deprecated", ""),
    # The number in other words, and within a range
    (f"measure=displaced&value=14000&{DISPLACED}", "qualified", ""),
    (f"measure=displaced&value=14000&quantifier=approximately&{DISPLACED}", "qualified", ""),
    (f"measure=killed&value=79&quantifier=at_least&{REVISED}", "qualified", ""),
    (f"measure=killed&value=20&quantifier=more_than&population=civilians&{TOLL}&from=2024-11-27&to=2024-11-29", "qualified", ""),
    ("measure=missing&value=8&event=clash", "qualified", ""),
    ("measure=detained&value=60&quantifier=less_than&event=clash", "qualified", ""),
    ("measure=buildings_destroyed&value=70&unit=buildings&event=clash", "qualified", ""),
    ("measure=affected&value=810&event=war", "qualified", ""),
    ("measure=killed&value=12&country=IRQ", "qualified", "superseded"),
    (f"measure=killed&value=60&{REVISED}", "in_range", ""),
    ("measure=injured&value=45&event=clash", "in_range", ""),
    # Another unit, period, population, actor or basis
    ("measure=displaced&value=300&event=clash", "counted_otherwise", ""),
    ("measure=killed&value=5&event=clash", "counted_otherwise", ""),
    ("measure=killed&value=6&population=combatants&event=clash", "counted_otherwise", ""),
    (f"measure=killed&value=4&population=civilians&{CAMPUS}", "counted_otherwise", ""),
    ("measure=injured&value=7&event=war", "counted_otherwise", ""),
    ("measure=killed&value=100&event=war", "counted_otherwise", ""),
    ("measure=killed&value=250&event=war&from=2024-02-01&to=2024-03-01", "counted_otherwise", ""),
    ("measure=killed&value=250&event=war&to=2024-04-01", "counted_otherwise", ""),
    ("measure=killed&value=250&basis=flow&event=war", "counted_otherwise", ""),
    (f"measure=killed&value=4&{CAMPUS}&from=2024-12-01&to=2024-12-31", "counted_otherwise", ""),
    ("measure=killed&value=4&country=SYR", "counted_otherwise", ""),
    # Nobody says so
    (f"measure=displaced&value=15000&{DISPLACED}", "not_stated", ""),
    (f"measure=displaced&value=15000&quantifier=at_least&{DISPLACED}", "not_stated", ""),
    (f"measure=displaced&value=15000&quantifier=at_most&{DISPLACED}", "not_stated", ""),
    (f"measure=injured&value=4&{CAMPUS}", "not_stated", ""),
    ("measure=killed&value=12&event=war", "not_stated", ""),
    # The number of a claim in words that the claim rules out
    (f"measure=displaced&value=14000&quantifier=exact&{DISPLACED}", "not_stated", ""),
    (f"measure=displaced&value=14000&quantifier=less_than&{DISPLACED}", "not_stated", ""),
    (f"measure=displaced&value=14000&quantifier=at_most&{DISPLACED}", "not_stated", ""),
    (f"measure=killed&value=4&quantifier=more_than&{CAMPUS}", "not_stated", ""),
    (f"measure=killed&value=4&quantifier=less_than&{CAMPUS}", "not_stated", ""),
    (f"measure=killed&value=79&quantifier=more_than&{REVISED}", "not_stated", ""),
    ("measure=detained&value=60&quantifier=more_than&event=clash", "not_stated", ""),
    ("measure=missing&value=8&quantifier=at_least&event=clash", "not_stated", ""),
    ("measure=injured&value=30&quantifier=less_than&event=clash", "not_stated", ""),
    ("measure=killed&value=238&quantifier=less_than&country=SYR", "not_stated", ""),
    # The total of a country, before and after a correction and a retraction of what it adds
    ("measure=killed&value=15&country=IRQ", "not_stated", "qualified"),
    ("measure=returned&value=5&quantifier=at_least&country=IRQ", "supported", "superseded"),
    ("measure=returned&value=4&quantifier=at_least&country=IRQ", "supported", ""),
    ("measure=returned&value=5&quantifier=more_than&country=IRQ", "qualified", "superseded"),
    ("measure=returned&value=6&quantifier=at_least&country=IRQ", "not_stated", ""),
    ("measure=strikes&value=33&unit=events&country=LBN", "qualified", "superseded"),
    ("measure=strikes&value=33&unit=items&country=LBN", "counted_otherwise", "not_stated"),
    ("measure=strikes&value=34&unit=events&country=LBN", "not_stated", ""),
    ("measure=killed&value=20&country=IRQ", "counted_otherwise", ""),
    # The days of a country: what may be of other days, or was counted since an earlier one, is not of these
    ("measure=killed&value=100&quantifier=at_least&country=MLI&from=2024-01-01&to=2024-01-31", "counted_otherwise", ""),
    ("measure=killed&value=100&quantifier=at_least&country=MLI&from=2024-01-01&to=2024-03-31", "supported", ""),
    ("measure=displaced&value=900&quantifier=at_least&country=MLI&from=2024-01-05&to=2024-01-05", "counted_otherwise", ""),
    ("measure=displaced&value=900&quantifier=at_least&country=MLI", "supported", ""),
    ("measure=killed&value=450&quantifier=at_least&country=NER&from=2024-01-01&to=2024-01-31", "counted_otherwise", ""),
    ("measure=killed&value=450&quantifier=at_least&country=NER&from=2023-10-01&to=2024-01-31", "supported", ""),
    ("measure=killed&value=450&quantifier=at_least&country=NER&to=2024-02-28", "supported", ""),
    ("measure=displaced&value=700&quantifier=at_least&country=TCD&to=2024-06-01", "counted_otherwise", ""),
    ("measure=displaced&value=700&quantifier=at_least&country=TCD&to=2024-05-01", "supported", ""),
    # A number for a single event, which also lies within the range of the total of the country
    ("measure=killed&value=200&country=MLI", "in_range", ""),
    # A claim that names no people says what a sentence does that names none, and not that it counts all
    ("measure=injured&value=40&population=all&event=clash", "counted_otherwise", ""),
    # What a source forbids to pass on is nobody's, also as of the revision in which it was public
    ("measure=affected&value=444&event=clash", "not_stated", ""),
    ("measure=killed&value=45&event=clash", "not_stated", ""),
    ("measure=affected&value=444&country=IRQ", "not_stated", ""),
    # A claim about the same record that is about another event, before or after a correction, or about other days
    ("measure=killed&value=23&event=feud", "not_stated", ""),
    ("measure=detained&value=64&event=feud", "supported", "superseded"),
    ("measure=detained&value=64&event=fire", "not_stated", ""),
    ("measure=detained&value=65&event=fire", "not_stated", "supported"),
    ("measure=missing&value=9&event=feud", "supported", ""),
    ("measure=missing&value=9&event=feud&from=2024-05-01&to=2024-05-01", "rival_only", ""),
    # An earlier running total is not the latest, whatever else the later one says: everybody, the first day, the place, a breakdown
    *((f"measure={measure}&value={value}&event=long-feud", verdict, "") for measure, february, march in (
        ("killed", 100, 250), ("injured", 101, 251), ("missing", 102, 252), ("detained", 103, 253),
    ) for value, verdict in ((february, "counted_otherwise"), (march, "supported"))),
    # A day that is given, although the date is known to the month only
    ("measure=killed&value=8&event=some-day", "supported", ""),
    ("measure=killed&value=8&event=some-day&from=2024-01-15&to=2024-01-15", "counted_otherwise", ""),
    # The sum of stocks of two days; and of what was counted beyond the border
    ("measure=displaced&value=1600&quantifier=at_least&country=TUN", "counted_otherwise", ""),
    ("measure=displaced&value=900&quantifier=at_least&event=camp-b", "supported", ""),
    ("measure=killed&value=55&quantifier=at_least&country=JOR", "counted_otherwise", ""),
    ("measure=killed&value=55&event=border-war&location=abroad", "supported", ""),
    ("measure=killed&value=9&quantifier=at_least&country=LAO", "counted_otherwise", ""),
    # A running total of a part of the days, of which only a lower bound follows
    ("measure=killed&value=300&event=year-war", "counted_otherwise", ""),
    ("measure=killed&value=300&event=year-war&from=2024-01-01&to=2024-03-31", "counted_otherwise", ""),
    ("measure=killed&value=300&event=year-war&from=2024-01-15", "counted_otherwise", ""),
    ("measure=killed&value=300&event=year-war&from=2023-12-01&to=2024-03-31", "counted_otherwise", ""),
    ("measure=killed&value=320&quantifier=at_most&event=year-war&from=2024-01-01&to=2024-03-31", "counted_otherwise", ""),
    ("measure=killed&value=300&event=year-war&from=2024-02-01&to=2024-03-31", "supported", ""),
    ("measure=killed&value=280&quantifier=at_least&event=year-war&from=2024-01-15&to=2024-03-31", "supported", ""),
    ("measure=killed&value=900&event=year-war&from=2024-01-01&to=2024-03-31", "supported", ""),
    ("measure=killed&value=900&event=year-war&from=2023-12-01&to=2024-03-31", "supported", ""),
    ("measure=killed&value=900&event=year-war&from=2024-01-15&to=2024-03-31", "counted_otherwise", ""),
    # An earlier running total, where only one of the two has a unit, an actor that stands for the people, or a first day
    ("measure=injured&value=104&event=year-war", "counted_otherwise", ""),
    ("measure=injured&value=184&event=year-war", "supported", ""),
    ("measure=missing&value=105&population=civilians&event=year-war", "counted_otherwise", ""),
    ("measure=missing&value=185&population=civilians&event=year-war", "supported", ""),
    ("measure=missing&value=185&population=civilians&actor=farmers&event=year-war", "supported", ""),
    ("measure=killed&value=106&event=no-day", "counted_otherwise", ""),
    ("measure=killed&value=186&event=no-day", "supported", ""),
    ("measure=killed&value=66&event=no-day", "counted_otherwise", ""),
    ("measure=killed&value=186&event=no-day&from=2023-12-01&to=2024-02-29", "counted_otherwise", ""),
    ("measure=killed&value=186&event=no-day&from=2024-01-01&to=2024-02-29", "supported", ""),
    # Two actors, neither of which is all civilians
    ("measure=detained&value=12&population=civilians&event=year-war", "counted_otherwise", ""),
    ("measure=detained&value=21&population=civilians&event=year-war", "counted_otherwise", ""),
    ("measure=detained&value=21&population=civilians&actor=miners&event=year-war", "supported", ""),
    # An event from some day of a month, which may have begun before the sentence does
    ("measure=killed&value=33&event=some-month", "supported", ""),
    ("measure=killed&value=33&event=some-month&from=2024-03-15", "counted_otherwise", ""),
    ("measure=injured&value=110&event=some-month", "supported", ""),
    ("measure=injured&value=110&event=some-month&from=2024-03-10&to=2024-04-30", "counted_otherwise", ""),
    # A correction that also says more: what was said before is what the claim, and the record at that time, said
    ("measure=killed&value=12&event=march", "supported", "superseded"),
    ("measure=injured&value=13&event=march", "supported", "superseded"),
    ("measure=injured&value=13&population=civilians&event=march", "counted_otherwise", "not_stated"),
    ("measure=missing&value=14&population=civilians&event=march", "supported", "superseded"),
    ("measure=missing&value=14&population=civilians&actor=army&event=march", "counted_otherwise", "not_stated"),
    ("measure=detained&value=16&event=march", "supported", "superseded"),
    ("measure=detained&value=16&event=march&location=abroad", "counted_otherwise", "not_stated"),
    ("measure=injured&value=31&population=civilians&event=raid", "supported", "superseded"),
    ("measure=injured&value=35&population=civilians&event=raid", "not_stated", "supported"),
    # A rival that leaves out what the published claim says
    ("measure=affected&value=51&event=march", "rival_only", ""),
    ("measure=affected&value=51&population=civilians&event=march", "counted_otherwise", ""),
    ("measure=returned&value=52&event=march", "rival_only", ""),
    ("measure=returned&value=52&event=march&from=2024-03-02&to=2024-03-03", "counted_otherwise", ""),
    ("measure=displaced&value=53&event=march", "rival_only", ""),
    ("measure=displaced&value=53&event=march&location=abroad", "counted_otherwise", ""),
    ("measure=casualties&value=20&event=clash", "rival_only", ""),
    ("measure=casualties&value=500&event=clash", "qualified", ""),
    # The latest number of an event that went on is no upper bound of the whole: there may be more since
    ("measure=killed&value=450&event=long-war", "supported", ""),
    ("measure=killed&value=450&quantifier=exact&event=long-war", "counted_otherwise", ""),
    ("measure=killed&value=450&quantifier=at_most&event=long-war", "counted_otherwise", ""),
    ("measure=killed&value=451&quantifier=less_than&event=long-war&from=2023-10-07", "counted_otherwise", ""),
    ("measure=killed&value=450&quantifier=exact&event=long-war&to=2024-01-31", "supported", ""),
    ("measure=killed&value=440&quantifier=at_least&event=long-war", "supported", ""),
    ("measure=injured&value=500&quantifier=at_most&event=siege", "supported", ""),
    ("measure=missing&value=60&quantifier=at_most&event=siege", "counted_otherwise", ""),
    ("measure=missing&value=60&quantifier=at_most&event=siege&from=2024-01-20&to=2024-03-01", "supported", ""),
    ("measure=detained&value=70&quantifier=exact&event=siege", "counted_otherwise", ""),
    ("measure=detained&value=70&event=siege", "supported", ""),
    ("measure=displaced&value=900&quantifier=exact&event=camp-b", "counted_otherwise", ""),
    ("measure=displaced&value=900&quantifier=exact&event=camp-b&to=2024-05-01", "supported", ""),
    ("measure=detained&value=30&quantifier=at_most&event=raid", "supported", ""),
    # A lower bound of days outside the event is none of the event
    ("measure=strikes&value=9&unit=events&quantifier=at_least&event=march", "counted_otherwise", ""),
    ("measure=strikes&value=9&unit=events&quantifier=at_least&event=march&from=2024-06-01&to=2024-06-30", "supported", ""),
]  # fmt: skip


@pytest_asyncio.fixture(scope="session")
async def corrected(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """The small collections of the project with one of our own, which revision 2 corrects. Tests only read it."""
    running = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("corrected"))
    for collection in COLLECTIONS.iterdir():
        (running.folder / collection.name).symlink_to(collection.resolve())
    await running.load(**FILES)
    await running.load(**CORRECTED)
    async with running.app.router.lifespan_context(running.app), running.client:
        yield running


async def _batch(corrected: Instance, lines: list[dict[str, str]]) -> list[dict[str, object]]:
    body = "\n".join(map(json.dumps, lines))
    response = await corrected.client.post("/v1/check-claim", content=body, headers={"content-type": "application/x-ndjson"})
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


@pytest.mark.parametrize("revision", [1, 2])
async def test_sentences_get_the_verdicts_of_a_list_by_hand(corrected: Instance, revision: int) -> None:
    """The first fifty in one batch, and the others, of which more are about countries, in three; every verdict is expected of some sentence.

    As of revision 1, only those that have another verdict since are checked by default.
    """
    chosen = [one for one in SENTENCES if revision == 2 or NIGHTLY or one[2]]
    lines = [{**dict(pair.split("=") for pair in sentence.split("&")), "revision": str(revision)} for sentence, _, _ in chosen]
    batches = (lines[:50], lines[50:72], lines[72:88], lines[88:110], lines[110:])
    answers = [answer for batch in batches for answer in await _batch(corrected, batch)]
    expected = [(sentence, (after or before) if revision == 2 else before) for sentence, before, after in chosen]
    given = [(sentence, answer.get("verdict", answer)) for (sentence, _), answer in zip(expected, answers, strict=True)]
    assert [one for one in zip(given, expected, strict=True) if one[0] != one[1]] == []
    assert {verdict for _, *verdicts in SENTENCES for verdict in verdicts if verdict} == {*VERDICTS}
    assert "closed" not in json.dumps([answer["evidence"] for answer in answers]), "a source that forbids redistribution is in the evidence"


async def test_a_correction_is_told_with_its_revision_and_the_claim_that_stood(corrected: Instance) -> None:
    """The claim that no longer stands has the id by which it is found as it was, and what is published now stands behind it."""
    answer = await corrected.get("/v1/check-claim?measure=killed&value=12&event=clash")
    assert (answer["verdict"], answer["superseded_in"], answer["revision"]) == ("superseded", 2, 2)
    ended, published = answer["evidence"]
    assert (ended["status"], ended["superseded_in"], ended["claim"]["says"]["best"]) == ("superseded", 2, 12)
    assert (published["status"], published["match"], published["claim"]["says"]["best"]) == ("published", "otherwise", 15)
    assert parse_claim_id(ended["claim"]["node_id"], "id", KINDS).revision == 1
    past = await corrected.get(f"/v1/claims/{ended['claim']['node_id']}")
    assert past["data"]["says"] == ended["claim"]["says"]
    assert answer["sources"].keys() == {"ministry"}


@pytest.mark.parametrize(
    ("sentence", "verdict", "day", "days"),
    [
        ("measure=killed&value=450&event=long-war", "supported", "2024-01-31", ["2024-01-31"]),
        ("measure=displaced&value=900&event=camp-b", "supported", "2024-05-01", ["2024-05-01"]),
        ("measure=missing&value=60&quantifier=at_most&event=siege", "counted_otherwise", "2024-03-01", ["2024-03-01"]),
        ("measure=killed&value=15&event=clash", "supported", None, [None]),
        ("measure=killed&value=1&event=long-war", "not_stated", None, ["2024-01-31"]),
        ("measure=killed&value=15&country=IRQ", "qualified", None, [None]),
    ],
)
async def test_a_verdict_names_the_day_of_a_number_that_may_have_changed_since(
    corrected: Instance, sentence: str, verdict: str, day: str | None, days: list[str | None]
) -> None:
    answer = await corrected.get(f"/v1/check-claim?{sentence}")
    assert (answer["verdict"], answer["holds_on"], [item["holds_on"] for item in answer["evidence"]]) == (verdict, day, days)


async def test_graphql_and_the_page_name_the_day(corrected: Instance) -> None:
    query = '{ checkClaim(measure: KILLED, value: 450, event: "long-war") { verdict holdsOn evidence { holdsOn } } }'
    check = {"verdict": "SUPPORTED", "holdsOn": "2024-01-31", "evidence": [{"holdsOn": "2024-01-31"}]}
    assert await corrected.graphql(query) == {"checkClaim": check}
    page = (await corrected.client.get("/check-claim?measure=killed&value=450&event=long-war")).text
    assert 'The number holds on <time datetime="2024-01-31">31 January 2024</time>: print it with this day.' in page
    assert "The number holds on" not in (await corrected.client.get("/check-claim?measure=killed&value=15&event=clash")).text


def test_every_parameter_is_in_a_sentence() -> None:
    """Of those that are described; what they mean is then checked by the verdicts."""
    used = {pair.partition("=")[0] for sentence, _, _ in SENTENCES for pair in sentence.split("&")}
    assert used == {*ARGUMENTS}


async def test_the_page_says_it_in_words(corrected: Instance) -> None:
    """Also what is published instead; a sentence about nothing is a page with a form and its error."""
    page = await corrected.client.get("/check-claim?measure=killed&value=12&event=clash&country=&from=")
    assert page.status_code == 200, page.text
    for words in ("No longer: it was corrected", "revision 2", "12 people killed", "15 people killed", "Publisher of ministry"):
        assert words in page.text, words
    assert "Is this sentence still right?" in (await corrected.client.get("/check-claim")).text
    wrong = await corrected.client.get("/check-claim?measure=killed&value=12&event=none", headers={"accept": "text/html"})
    assert wrong.status_code == 404


async def test_graphql_says_the_same_as_rest(corrected: Instance) -> None:
    """The id of a claim that has ended is not that of the one which stands, so that no cache of a client mixes them."""
    query = """query ($value: Float!) { checkClaim(measure: KILLED, value: $value, event: "clash") {
      verdict supersededIn totals { rule } evidence { match status differs supersededIn figure { slug } claim { id best source { slug } } } } }"""
    for value, verdict in ((12, "SUPERSEDED"), (15, "SUPPORTED"), (20, "RIVAL_ONLY")):
        check = (await corrected.graphql(query, value=value))["checkClaim"]
        assert (check["verdict"], check["totals"]) == (verdict, None)
        rest = await corrected.get(f"/v1/check-claim?measure=killed&value={value}&event=clash")
        assert [item["claim"]["id"] for item in check["evidence"]] == [item["claim"]["node_id"] for item in rest["evidence"]]
        assert len({item["claim"]["id"] for item in check["evidence"]}) == len(check["evidence"])


async def test_what_cannot_be_checked_is_refused_with_a_cure(corrected: Instance) -> None:
    """A record that does not exist is no number that nobody gives."""
    refusals = {
        "measure=killed&event=clash": (400, "value: is missing"),
        "measure=killed&value=4": (400, "give one of the two"),
        "measure=killed&value=4&event=clash&country=IRQ": (400, "give one of the two"),
        "measure=killed&value=2.5&event=clash": (400, "must be whole"),
        "measure=killed&value=4&unit=households&event=clash": (400, "cannot be counted in it"),
        "measure=killed&value=4&quantifier=between&event=clash": (400, "one by one"),
        "measure=killed&value=4&event=clash&from=2024-06-01&to=2024-05-01": (400, "swap the two"),
        "measure=kiled&value=4&event=clash": (400, "did you mean killed"),
        "measure=killed&value=4&event=no-such-event": (404, "no-such-event"),
        "measure=killed&value=4&event=clash&actor=nobody": (404, "nobody"),
        "measure=killed&value=4&event=clash&revision=99": (404, "there is no revision 99"),
        "measure=killed&value=14.000&event=clash": (400, "whose point may stand between thousands: write 14000, or 14"),
        "measure=killed&value=14,000&event=clash": (400, "write 14000, or 14 if it is a decimal comma"),
        "measure=killed&value=at least 4&event=clash": (400, "the words before it are `quantifier`"),
        "measure=killed&value=4-8&event=clash": (400, "the ends of a range are two checks"),
        "measure=killed&value=4 people&event=clash": (400, "what it counts is `unit`"),
        "measure=killed&value=50%25&event=clash": (400, "must be a number, not '50%'"),
        "measure=deaths&value=4&event=clash": (400, "did you mean killed"),
        "measure=killed&value=4&quantifier=over&event=clash": (400, "did you mean more_than"),
        "measure=killed&value=4&quantifier=up_to&event=clash": (400, "did you mean at_most"),
        "measure=killed&value=4&unit=persons&event=clash": (400, "did you mean people"),
        "measure=killed&value=4&population=soldiers&event=clash": (400, "did you mean combatants"),
        "measure=killed&value=4&country=Iraq": (400, "did you mean IRQ"),
        "measure=killed&value=4&event=A clash": (400, "a search for the name finds the id"),
        "measure=killed&value=4&event=clash&from=2024-05": (400, "a month or a year is given by its first and its last day"),
    }
    for sentence, (status, words) in refusals.items():
        response = await corrected.client.get(f"/v1/check-claim?{sentence}")
        assert (response.status_code, words in response.text) == (status, True), (sentence, response.text)
    named = await corrected.client.get("/v1/check-claim?measure=killed&value=4&event=clash&location=Town")
    assert named.json()["detail"] == "the sentence names a record that does not exist: location 'Town'; a search for the name finds the id"
    null = await corrected.graphql('{ checkClaim(measure: KILLED, value: 4, event: "no-such-event") { verdict } }')
    assert null == {"checkClaim": None}


async def test_no_member_of_a_check_is_there_twice(corrected: Instance) -> None:
    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(pairs) == len({name for name, _ in pairs}), pairs
        return dict(pairs)

    response = await corrected.client.get("/v1/check-claim?measure=killed&value=12&country=IRQ")
    json.loads(response.text, object_pairs_hook=members)


async def test_a_corrected_total_of_a_country_is_told_with_its_revision(corrected: Instance) -> None:
    """The check as of the revision before shows the total as it was; MCP, GraphQL and a batch use the same node."""
    asked = "measure=killed&value=12&country=IRQ"
    answer = await corrected.get(f"/v1/check-claim?{asked}")
    assert (answer["verdict"], answer["superseded_in"], answer["totals"]["rows"][0]["best"]) == ("superseded", 2, 15)
    before = await corrected.get(f"/v1/check-claim?{asked}&revision=1")
    assert (before["verdict"], before["superseded_in"], before["totals"]["rows"][0]["best"]) == ("qualified", None, 12)
    query = "{ checkClaim(measure: KILLED, value: 12, country: IRQ) { verdict supersededIn totals { rows { best } } } }"
    assert (await corrected.graphql(query))["checkClaim"] == {
        "verdict": "SUPERSEDED",
        "supersededIn": 2,
        "totals": {"rows": [{"best": 15}]},
    }


async def test_claims_about_single_events_of_a_country_are_evidence_whatever_the_verdict(corrected: Instance) -> None:
    """Also where the number lies within the total of the country, is one of its bounds, or is no longer given."""
    for sentence, verdict, expected in (
        ("measure=killed&value=200&country=MLI", "in_range", [("raid-killed", "published")]),
        ("measure=killed&value=15&country=IRQ", "qualified", [("clash-killed", "published")]),
        ("measure=killed&value=12&country=IRQ", "superseded", [("clash-killed", "superseded")]),
    ):
        answer = await corrected.get(f"/v1/check-claim?{sentence}")
        assert answer["verdict"] == verdict
        assert [(item["figure"]["id"], item["status"]) for item in answer["evidence"]] == expected
        assert {tuple(item["differs"]) for item in answer["evidence"]} == {("event",)}


async def test_evidence_says_which_claim_rules_the_sentence_out(corrected: Instance) -> None:
    for sentence in (
        f"measure=killed&value=4&quantifier=more_than&{CAMPUS}",
        f"measure=displaced&value=9000&quantifier=at_most&{DISPLACED}",
    ):
        document = (await corrected.client.get(f"/v1/check-claim?{sentence}")).json()
        assert [item["match"] for item in document["evidence"]] == ["contradicts"], (sentence, document)


async def test_an_event_that_rests_on_other_sources_too_is_not_called_withheld(corrected: Instance) -> None:
    """One of its claims is withheld; what does not exist is the place."""
    response = await corrected.client.get("/v1/check-claim?measure=killed&value=1&event=clash&location=no-such-place")
    assert (response.status_code, "no-such-place" in response.text) == (404, True), response.text


async def test_a_line_of_a_batch_ends_with_a_line_feed_and_is_counted_if_it_is_empty(corrected: Instance) -> None:
    good = '{"measure": "killed", "value": 15, "event": "clash"}'
    body = f'\n{good}\r\n{{"measure": "killed", "value": 15, "event": "cl\u2028sh"}}\n{{"\\ud83d": 1}}\n{good}'
    response = await corrected.client.post("/v1/check-claim", content=body.encode(), headers={"content-type": "application/x-ndjson"})
    lines = [json.loads(line) for line in response.text.split("\n") if line]
    assert [(line["line"], line.get("verdict", line.get("problem", {}).get("code"))) for line in lines] == [
        (2, "supported"), (3, "bad-argument"), (4, "unknown-argument"), (5, "supported"),
    ]  # fmt: skip


async def test_an_array_is_answered_by_an_array_with_the_same_answers(corrected: Instance) -> None:
    sentences = ['{"measure": "killed", "value": 15, "event": "clash"}', '{"measure": "killed", "value": 1e1, "country": "IRQ"}', '{"measur": 1}', "[]", '{"value": 1, "value": 2}']  # fmt: skip
    post = corrected.client.post
    array = await post("/v1/check-claim", content=f" [{', '.join(sentences)}]", headers={"content-type": "application/json; charset=utf-8"})
    lines = await post("/v1/check-claim", content="\n".join(sentences), headers={"content-type": "application/x-ndjson"})
    assert (array.status_code, array.headers["content-type"]) == (200, "application/json")
    assert array.json() == [json.loads(line) for line in lines.text.split("\n") if line]
    for name in ("conflict-facts-cost", "conflict-facts-revision", "cache-control"):
        assert array.headers[name] == lines.headers[name]
    kind = {"content-type": "application/json"}
    assert (await post("/v1/check-claim", content="[]", headers=kind)).json() == []
    broken = await post("/v1/check-claim", content="[{}", headers=kind)
    assert (broken.status_code, broken.json()["detail"]) == (400, "the body is not valid JSON; give an array of objects")
    assert (await post("/v1/check-claim", content=f"[{','.join(['{}'] * 101)}]", headers=kind)).json()["code"] == "too-much"
    one = await post("/v1/check-claim", content=sentences[0], headers=kind)  # One line is NDJSON, too.
    assert json.loads(one.text)["verdict"] == "supported"


async def test_a_batch_has_a_line_for_each_sentence_and_limits(corrected: Instance) -> None:
    good = {"measure": "killed", "value": "15", "event": "clash"}
    first, wrong, missing = await _batch(corrected, [good, {"measur": "killed"}, {**good, "event": "none"}])
    assert (first["line"], first["verdict"], first["revision"]) == (1, "supported", 2)
    assert (wrong["problem"]["code"], missing["problem"]["code"]) == ("unknown-argument", "not-found")  # type: ignore[index]  # they are objects
    post = corrected.client.post
    kind = {"content-type": "application/x-ndjson"}
    assert (await post("/v1/check-claim", content="{}\n" * 101, headers=kind)).json()["code"] == "too-much"
    assert (await post("/v1/check-claim", content="x" * 300_000, headers=kind)).status_code == 413
    assert (await post("/v1/check-claim", content="{}", headers={"content-type": "text/html"})).status_code == 415
    expensive = [{"measure": "killed", "value": "1", "country": "SYR"}] * 60
    refused = await post("/v1/check-claim", content="\n".join(map(json.dumps, expensive)), headers=kind)
    assert (refused.status_code, refused.json()["code"]) == (400, "too-much")


async def test_a_batch_takes_no_longer_than_one_statement_may(corrected: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, (route,) = corrected.app.state.store.pool, corrected.app.state.rest.checks
    monkeypatch.setattr(route.endpoint.__wrapped__.__self__, "seconds", 0.2)
    sentence = {"measure": "killed", "value": "15", "event": "clash"}
    connection = await asyncpg.connect(corrected.url)
    try:
        async with connection.transaction():
            await connection.execute("lock table figure in access exclusive mode")
            late = await corrected.client.post("/v1/check-claim", json=[sentence, sentence])
    finally:
        await connection.close()
    assert (late.status_code, late.json()["code"]) == (503, "too-slow")
    assert late.json()["detail"].startswith("0 of 2 sentences were checked within 0.2 seconds"), late.json()["detail"]
    assert pool.slots.free == pool.settings.pool_size  # What was waited for has ended.
