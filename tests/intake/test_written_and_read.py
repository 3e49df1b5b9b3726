"""Invented records of each format are written as its publisher writes them and read back: every value arrives, with the record that it belongs to.

Of GED, HXL, ACLED, the daily series of Gaza and our own tables, other tests say as much.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.formats.russian_losses import EQUIPMENT
from schema.formats.spellings import NULL_WORDS

from ..support.mapped_claims import Claims, claims
from ..support.properties import examples_that_load

Record = dict[str, Any]
Fields = dict[str, Any]

NAMES = (
    st.text("abXY é\"',;|حλ\n7.", min_size=1, max_size=12)
    .map(lambda text: re.sub(" +", " ", text.strip()))
    .filter(lambda text: text and text.lower() not in NULL_WORDS)
)
COUNTS, DAYS = st.integers(0, 10**9), st.dates().filter(lambda day: day.year > 1900).map(str)
DAYS_OF_WAR = st.dates(dt.date(2022, 2, 24), dt.date(2030, 1, 1)).map(str)  # Of running totals that begin with the war.
DEGREES = st.integers(-89_999_999, 89_999_999).map(lambda number: str(Decimal(number).scaleb(-6)))
COUNTRIES = st.sampled_from(["MLI", "NAM", "SYR", "UKR"])
URLS = st.from_regex(r"https://example\.org/[a-z0-9/=&?%]{1,9}", fullmatch=True)
BOUNDS = {
    "total": ("best", "exact"), "approximately": ("best", "approximately"), "more than": ("low", "more_than"), "more than or equal": ("low", "at_least"),
    "less than": ("high", "less_than"), "less than or equal": ("high", "at_most"), "": ("best", "exact"),
}  # fmt: skip


def delimited(records: list[Record]) -> str:
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, list(records[0]))
    table.writeheader()
    table.writerows(records)
    return text.getvalue()


def keyed_by_iso(records: list[Record]) -> str:
    return json.dumps({record["iso"]: record for record in records})


@dataclass(frozen=True)
class Model:
    """How a format's records are invented and written, by which columns they differ, and what claims each of them makes: kind, id and fields."""

    records: st.SearchStrategy[Record]
    unique: str
    write: Callable[[list[Record]], str]
    expected: Callable[[Record, Claims], list[tuple[str, str, Fields]]]


def of_idmc(row: Record, found: Claims) -> list[tuple[str, str, Fields]]:
    figure = found.by_id("figure")[id := f"idmc-idu-{row['id']}"]
    bound, quantifier = BOUNDS[row["qualifier"]]
    numbers = dict.fromkeys(("low", "best", "high")) | {bound: str(row["figure"])}
    period = {"period_start": row["displacement_start_date"], "period_end": row["displacement_end_date"]}
    (report,) = found.ids(figure["quoted_from"])
    name = row["event_name"] or f"Displacement, {row['country']}"
    return [
        ("figure", id, {**numbers, **period, "quantifier": quantifier, "measure": "displaced"}),
        (
            "event",
            figure["event"],
            {"name": name, "kind": "displacement", "country": row["iso3"], "started_on": row["event_start_date"] or None},
        ),
        ("location", figure["location"], {"name": row["locations_name"], "latitude": row["latitude"], "longitude": row["longitude"]}),
        ("source", report, {"url": row["link"], "kind": "report"}),
    ]


def of_dppa(row: Record, found: Claims) -> list[tuple[str, str, Fields]]:
    id, day, actor = f"dppa-{row['casualty_id']}", row["incident_date"], f"un-mission-{row['mission_acronym']}"
    figure = {
        "event": id,
        "best": "1",
        "measure": "killed",
        "population": "peacekeepers",
        "actor": actor,
        "period_start": day,
        "period_end": day,
    }
    return [
        ("event", id, {"started_on": day, "ended_on": day, "kind": "other"}), ("figure", f"{id}-killed", figure),
        ("actor", actor, {"name": row["mission_acronym"], "kind": "international_organisation"}),
    ]  # fmt: skip


def of_pcodes(row: Record, found: Claims) -> list[tuple[str, str, Fields]]:
    above = f"pcode-{row['Parent P-Code'] or row['Location']}"
    fields = {
        "name": row["Name"],
        "kind": f"admin{row['Admin Level']}",
        "country": row["Location"],
        "part_of": above,
        "pcode": row["P-Code"],
    }
    return [
        ("location", f"pcode-{row['P-Code']}", fields),
        ("location", f"pcode-{row['Location']}", {"kind": "country", "country": row["Location"]}),
    ]


def of_geonames(row: Record, found: Claims) -> list[tuple[str, str, Fields]]:
    fields = {"name": row["name"], "kind": "country", "country": row["iso3"], "geonames_id": str(row["geonameid"])}
    return [("location", f"geonames-{row['geonameid']}", fields)]


def of_oryx(row: Record, found: Claims) -> list[tuple[str, str, Fields]]:
    event = found.by_id("event")[id := f"oryx-{row['matID']}"]
    owner = {"Russia": "armed-forces-of-russia", "Ukraine": "armed-forces-of-ukraine"}[row["country"]]
    (picture,) = found.ids(event["quoted_from"])
    return [
        ("event", id, {"name": f"{row['system']}, {row['status']}", "started_on": None}),
        ("figure", f"{id}-lost", {"best": "1", "actor": owner, "event": id, "measure": "equipment_lost"}),
        ("source", picture, {"url": row["url"], "kind": "image"}),
    ]


def of_equipment(row: Record, found: Claims) -> list[tuple[str, str, Fields]]:
    kinds = {name: f"{name.lower().replace(' ', '-')}" for name in EQUIPMENT if row.get(name) is not None}
    return [
        (
            "figure",
            f"russian-equipment-{row['date']}-{slug}",
            {"best": str(row[name]), "event": f"russian-losses-{slug}", "period_end": row["date"]},
        )
        for name, slug in kinds.items()
    ]


def of_personnel(row: Record, found: Claims) -> list[tuple[str, str, Fields]]:
    bound, quantifier = ("low", "more_than") if row["personnel*"] == "more" else ("best", "approximately")
    numbers = dict.fromkeys(("low", "best", "high")) | {bound: str(row["personnel"])}
    figures: list[tuple[str, str, Fields]] = [
        ("figure", f"russian-personnel-{row['date']}-personnel", {**numbers, "quantifier": quantifier})
    ]
    if row.get("POW") is not None:
        figures.append(("figure", f"russian-personnel-{row['date']}-pow", {"best": str(row["POW"]), "measure": "detained"}))
    return figures


ALPHA2 = {"MLI": "ML", "NAM": "NA", "SYR": "SY", "UKR": "UA"}


def agreeing(record: Record) -> Record:
    """A record of which no cell contradicts another."""
    days = sorted((record["displacement_start_date"], record["displacement_end_date"]))
    country = {"MLI": "Mali", "NAM": "Namibia", "SYR": "Syria", "UKR": "Ukraine"}[record["iso3"]]
    return {**record, "displacement_start_date": days[0], "displacement_end_date": days[1], "country": country}


NUMBERED = {name: st.none() | COUNTS for name in EQUIPMENT if name != "personnel"}
MODELS = {
    "idmc-idu": Model(st.fixed_dictionaries({
        "id": st.integers(1, 10**6), "country": st.just("Mali"), "iso3": COUNTRIES, "latitude": DEGREES, "longitude": DEGREES, "locations_name": NAMES,
        "displacement_type": st.just("Conflict"), "qualifier": st.sampled_from([*BOUNDS]), "figure": COUNTS, "displacement_start_date": DAYS,
        "displacement_end_date": DAYS, "event_name": st.just("") | NAMES, "event_start_date": st.just("") | DAYS, "event_end_date": st.just(""), "link": URLS,
        "sources": st.just("Somebody"),
    }).map(agreeing), "id", delimited, of_idmc),
    "dppa-fatalities": Model(st.fixed_dictionaries({
        "casualty_id": st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True), "incident_date": DAYS, "type_of_casualty": st.just("Fatality"),
        "mission_acronym": st.sampled_from(["MINUSMA", "UNTSO", "ONUC"]), "casualty_personnel_type": st.sampled_from(["Military", "Police", "Local", "Other"]),
        "type_of_incident": st.sampled_from(["Malicious Act", "Illness", "Unknown"]),
    }), "casualty_id", delimited, of_dppa),
    "ocha-pcodes": Model(st.fixed_dictionaries({
        "Location": COUNTRIES, "Admin Level": st.sampled_from("123"), "P-Code": st.from_regex(r"[A-Z]{2}[0-9]{2,6}", fullmatch=True), "Name": NAMES,
        "Parent P-Code": st.sampled_from(["", "ML0", "SY0"]),
    }).map(lambda record: {**record, "P-Code": ALPHA2[str(record["Location"])] + str(record["P-Code"])[2:]}), "P-Code", delimited, of_pcodes),
    "geonames-countries": Model(st.fixed_dictionaries({
        "geonameid": st.integers(1, 10**7), "name": NAMES, "iso": st.from_regex(r"[A-Z]{2}", fullmatch=True), "iso3": COUNTRIES,
        "continentcode": st.just("AF"), "capital": NAMES,
    }).map(lambda record: {**record, "iso": ALPHA2[str(record["iso3"])]}), "iso geonameid", keyed_by_iso, of_geonames),
    "oryx": Model(st.fixed_dictionaries({
        "matID": st.from_regex(r"[0-9]-[0-9]{1,6}", fullmatch=True), "country": st.sampled_from(["Russia", "Ukraine"]), "system": NAMES, "status": NAMES,
        "url": URLS, "date_recorded": DAYS,
    }), "matID", delimited, of_oryx),
    "russian-equipment": Model(
        st.fixed_dictionaries({"date": DAYS_OF_WAR, "day": COUNTS, **NUMBERED}), "date", json.dumps, of_equipment,
    ),
    "russian-personnel": Model(st.fixed_dictionaries({
        "date": DAYS_OF_WAR, "day": COUNTS, "personnel": COUNTS, "personnel*": st.sampled_from(["about", "more"]), "POW": st.none() | COUNTS,
    }), "date", json.dumps, of_personnel),
}  # fmt: skip


@pytest.mark.nightly
@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", MODELS)
def test_what_is_written_is_read(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    model, folder = MODELS[name], tmp_path_factory.mktemp("written")

    @examples_that_load(default=2, nightly=40)
    @given(st.lists(model.records, min_size=1, max_size=8, unique_by=tuple(map(_column, model.unique.split()))))
    def every_value_arrives(records: list[Record]) -> None:
        (path := folder / "a.data").write_text(model.write(records), "utf-8", newline="")
        found = claims(path, folder)
        assert (found.file.format.name, found.file.read, found.intake.problems) == (name, len(records), 0), found.intake.rejections[:3]
        for record in records:
            for kind, id, fields in model.expected(record, found):
                wordings = [{field: claim[field] for field in fields} for claim in found[kind] if claim["id"] == id]
                assert any(same(wording, fields) for wording in wordings), (kind, id, fields, wordings)

    every_value_arrives()


def _column(name: str) -> Callable[[Record], str]:
    return lambda record: str(record[name]).lower()


def same(claim: Fields, fields: Fields) -> bool:
    """Whether a claim has these values; degrees may have other zeros."""
    return all(
        claim[name] == value or (name in ("latitude", "longitude") and Decimal(claim[name] or "NaN") == Decimal(value))
        for name, value in fields.items()
    )
