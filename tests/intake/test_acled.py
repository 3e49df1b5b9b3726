"""ACLED's exports in the layouts of 2020 to 2024, with invented rows: no row of ACLED is included."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api.loading.file_receipt import FileReceipt
from api.loading.files import LoadOptions, load_files
from api.loading.verify import verify
from schema.formats.acled import ACLED
from schema.kinds import KINDS

from ..conftest import Databases, Instance
from ..support.mapped_claims import Claims, claims
from ..support.properties import NIGHTLY

Row = dict[str, str]
SIDES = ["actor1", "assoc_actor_1", "inter1", "actor2", "assoc_actor_2", "inter2", "interaction"]
PLACE = ["region", "country", "admin1", "admin2", "admin3", "location", "latitude", "longitude", "geo_precision"]
TOLD = ["source", "source_scale", "notes", "fatalities"]
OF_2020 = ["data_id", "iso", "event_id_cnty", "event_id_no_cnty", "event_date", "year", "time_precision", "event_type", "sub_event_type",
           *SIDES, *PLACE, *TOLD, "timestamp", "iso3"]  # fmt: skip
OF_2023 = ["event_id_cnty", "event_date", "year", "time_precision", "disorder_type", "event_type", "sub_event_type", *SIDES,
           "civilian_targeting", "iso", *PLACE, *TOLD, "tags", "timestamp"]  # fmt: skip
WORDS = {
    "1": "State forces",
    "2": "Rebel group",
    "3": "Political militia",
    "7": "Civilians",
    "8": "External/Other forces",
    "0": "",
    "6": "Protesters",
}
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]

ROWS: list[Row] = [
    {"data_id": "900001", "iso": "760", "event_id_cnty": "SYR90001", "event_id_no_cnty": "90001", "event_date": "2020-12-31", "year": "2020",
         "time_precision": "1", "disorder_type": "Political violence", "event_type": "Battles", "sub_event_type": "Armed clash", "actor1": "Army of Nowhere",
         "assoc_actor_1": "Friends of Nowhere; Guard of Nowhere", "inter1": "1", "actor2": "Band of Somewhere", "assoc_actor_2": "", "inter2": "2",
         "interaction": "12", "civilian_targeting": "", "region": "Middle East", "country": "Syria", "admin1": "Aleppo", "admin2": "Al Bab", "admin3": "Tadaf",
         "location": "Tadaf", "latitude": "36.3500", "longitude": "37.5333", "geo_precision": "1", "source": "Imaginary Post; Invented Radio",
         "source_scale": "National-International", "notes": "An invented clash.", "fatalities": "7", "tags": "", "timestamp": "1609459200", "iso3": "SYR"},
    {"data_id": "900002", "iso": "760", "event_id_cnty": "SYR90002", "event_id_no_cnty": "90002", "event_date": "2020-12-05", "year": "2020",
         "time_precision": "2", "disorder_type": "Political violence", "event_type": "Explosions/Remote violence", "sub_event_type": "Air/drone strike",
         "actor1": "Air Force of Elsewhere", "assoc_actor_1": "", "inter1": "8", "actor2": "Villagers (Nowhere)", "assoc_actor_2": "Band of Somewhere",
         "inter2": "7", "interaction": "78", "civilian_targeting": "Civilians targeted", "region": "Middle East", "country": "Syria", "admin1": "Idleb",
         "admin2": "", "admin3": "", "location": "Nowhere Hill", "latitude": "35.9", "longitude": "36.6", "geo_precision": "3", "source": "Invented Radio",
         "source_scale": "Subnational", "notes": "An invented strike; \"quoted\".", "fatalities": "0", "tags": "", "timestamp": "1609459200", "iso3": "SYR"},
    {"data_id": "900003", "iso": "0", "event_id_cnty": "KOS90003", "event_id_no_cnty": "90003", "event_date": "2020-11-15", "year": "2020",
         "time_precision": "3", "disorder_type": "Demonstrations", "event_type": "Protests", "sub_event_type": "Peaceful protest",
         "actor1": "Protesters (Kosovo)", "assoc_actor_1": "", "inter1": "6", "actor2": "", "assoc_actor_2": "", "inter2": "0", "interaction": "60",
         "civilian_targeting": "", "region": "Europe", "country": "Kosovo", "admin1": "Pristina", "admin2": "Pristina", "admin3": "", "location": "Pristina",
         "latitude": "42.66", "longitude": "21.16", "geo_precision": "1", "source": "Imaginary Post", "source_scale": "National", "notes": "", "fatalities": "",
         "tags": "crowd size=no report", "timestamp": "1609459200", "iso3": "XKX"},
]  # fmt: skip


def long_day(row: Row) -> Row:
    year, month, day = row["event_date"].split("-")
    return row | {"event_date": f"{day} {MONTHS[int(month) - 1]} {year}"}


def of_2020(folder: Path) -> Path:
    return table(folder / "of-2020.csv", OF_2020, [long_day(row) for row in ROWS])


def in_capitals(folder: Path) -> Path:
    rows = [{name.upper(): value for name, value in long_day(row).items()} for row in ROWS]
    return table(folder / "capitals.csv", [name.upper() for name in OF_2020], rows, delimiter=";")


def of_2022(folder: Path) -> Path:
    return table(folder / "of-2022.csv", OF_2020, ROWS)


def api_of_2022(folder: Path) -> Path:
    """A response of ACLED's API: all values are texts, in an envelope."""
    path = folder / "api.json"
    rows = [{name: row[name] for name in OF_2020} for row in ROWS]
    path.write_text(json.dumps({"status": 200, "success": True, "last_update": 7, "count": len(rows), "data": rows, "filename": ""}))
    return path


def pretty_api(folder: Path) -> Path:
    path = folder / "pretty.json"
    path.write_text(json.dumps({"results": [{name: row[name] for name in OF_2020} for row in ROWS]}, indent=2))
    return path


def of_2023(folder: Path) -> Path:
    return table(folder / "of-2023.csv", OF_2023, ROWS)


def of_2024(folder: Path) -> Path:
    rows = [row | {"inter1": WORDS[row["inter1"]], "inter2": WORDS[row["inter2"]]} for row in ROWS]
    return table(folder / "of-2024.csv", OF_2023, rows)


LAYOUTS = [of_2020, in_capitals, of_2022, api_of_2022, pretty_api, of_2023, of_2024]


def table(path: Path, columns: list[str], rows: list[Row], delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


async def taken(store: Instance, *paths: Path, private: bool = True, **given: Any) -> FileReceipt:
    return await load_files(KINDS, store.url, paths, LoadOptions(private=private, **given))


@pytest_asyncio.fixture(scope="module")
async def loaded(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """The rows in the layout of 2020, loaded once. Tests only read it."""
    store = Instance(databases, name := await databases.fresh(), tmp_path_factory.mktemp("loaded"))
    receipt = await taken(store, of_2020(store.folder))
    assert receipt.intake.files[0].format is ACLED
    assert (receipt.added, receipt.intake.sum("rejected"), receipt.intake.flags) == (3, 0, {})
    yield store
    await databases.drop(name)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    """The claims of the rows in the layout of 2020."""
    return claims(of_2020(folder := tmp_path_factory.mktemp("plain")), folder)


EVENTS = """
select e.id, e.name, e.kind, e.started_on::text, e.ended_on::text, e.date_precision, e.country, l.name as place, l.latitude::text, d.name as division,
  (select count(*) from jsonb_object_keys(c.original)) as beside, c.original, c.locator
from event e join location l on l.key = e.location left join location d on d.key = l.part_of join event_claim c on c.record = e.key order by e.id
"""


@pytest.mark.sampled(1)
@pytest.mark.parametrize("layout", LAYOUTS[1:])
def test_every_layout_is_recognized_by_its_columns_and_gives_the_same_facts(plain: Claims, tmp_path: Path, layout: Any) -> None:
    found = claims(layout(tmp_path), tmp_path)
    assert found.file.format is ACLED
    assert (found.file.read, found.intake.problems, found.intake.flags) == (3, 0, {})
    for kind in KINDS:
        assert [claim | {"original": None} for claim in found[kind]] == [claim | {"original": None} for claim in plain[kind]], kind


async def test_a_row_is_an_event_at_its_place(loaded: Instance) -> None:
    events = await loaded.rows(EVENTS)
    assert [tuple(row.values())[:10] for row in events] == [
        ("acled-KOS90003", "Peaceful protest, Pristina", "protest", "2020-11-15", "2020-11-15", 4, "XKX", "Pristina", "42.66", "Pristina"),
        ("acled-SYR90001", "Armed clash, Tadaf", "battle", "2020-12-31", "2020-12-31", 1, "SYR", "Tadaf", "36.35", "Tadaf"),
        ("acled-SYR90002", "Air/drone strike, Nowhere Hill", "air_strike", "2020-12-05", "2020-12-05", 3, "SYR", "Nowhere Hill", "35.9", "Idleb"),
    ]  # fmt: skip
    assert [row["locator"] for row in events] == ["event KOS90003", "event SYR90001", "event SYR90002"]
    if NIGHTLY:
        assert [problem for proof in [one async for one in verify(KINDS, loaded.url)] for problem in proof.contradictions] == []


async def test_deaths_sides_and_sources_match_the_rows(loaded: Instance) -> None:
    dead = await loaded.rows(
        "select e.id, f.best::text, f.population, f.period_start::text from figure f join event e on e.key = f.event order by 1"
    )
    assert [tuple(row) for row in dead] == [("acled-SYR90001", "7", "all", "2020-12-31"), ("acled-SYR90002", "0", "all", "2020-12-05")]
    sides = await loaded.rows("""
select e.id, p.role, a.name, a.kind from participation p join event e on e.key = p.event join actor a on a.key = p.actor order by 1, 2, 3""")
    assert [tuple(row) for row in sides] == [
        ("acled-KOS90003", "side_a", "Protesters (Kosovo)", "collective"),
        ("acled-SYR90001", "side_a", "Army of Nowhere", "state_forces"), ("acled-SYR90001", "side_b", "Band of Somewhere", "rebel_group"),
        ("acled-SYR90001", "supports_a", "Friends of Nowhere", "unknown"), ("acled-SYR90001", "supports_a", "Guard of Nowhere", "unknown"),
        ("acled-SYR90002", "side_a", "Air Force of Elsewhere", "external_forces"),
        ("acled-SYR90002", "side_b", "Villagers (Nowhere)", "civilians"), ("acled-SYR90002", "supports_b", "Band of Somewhere", "rebel_group"),
    ]  # fmt: skip
    quoted = [await loaded.rows(f"select from {kind}_claim where quoted_from <> '{{}}'") for kind in ("event", "figure", "participation")]
    assert quoted == [[], [], []]  # The newspapers were read for the event; no number is credited to one of them.
    papers = await loaded.rows("""
select r.id, array_agg(s.title order by s.title) from event_claim c join event r on r.key = c.record
cross join lateral unnest(c.consulted) q(key) join source s on s.key = q.key group by 1 order by 1""")
    assert [tuple(row) for row in papers] == [
        ("acled-KOS90003", ["Imaginary Post"]), ("acled-SYR90001", ["Imaginary Post", "Invented Radio"]), ("acled-SYR90002", ["Invented Radio"]),
    ]  # fmt: skip


async def test_other_columns_are_kept_under_acleds_own_names(loaded: Instance) -> None:
    kept = json.loads(
        (await loaded.rows("select c.original from event_claim c join event e on e.key = c.record where e.id = 'acled-SYR90002'"))[0][0]
    )
    row = long_day(ROWS[1])
    beside = (
        "time_precision",
        "geo_precision",
        "interaction",
        "notes",
        "source_scale",
        "timestamp",
        "data_id",
        "event_date",
        "event_type",
        "admin1",
    )
    assert {name: kept[name] for name in beside} == {name: row[name] for name in beside}


async def test_administrative_divisions_contain_each_other(loaded: Instance) -> None:
    found = await loaded.rows("""
with recursive up(name, kind, key, part_of, depth) as (
  select name, kind, key, part_of, 0 from location where name = 'Tadaf' and kind = 'area'
  union all select l.name, l.kind, l.key, l.part_of, depth + 1 from up join location l on l.key = up.part_of
) select name, kind from up order by depth""")
    assert [tuple(row) for row in found] == [("Tadaf", "area"), ("Tadaf", "admin3"), ("Al Bab", "admin2"), ("Aleppo", "admin1")]


# A column, its value, and what is said of it.
INVALID = [
    ("event_date", "31 February 2020", "event_date, '31 February 2020': must be a date such as 2024-11-27"),
    ("event_date", "31 December 20", "event_date, '31 December 20': must be a date such as 2024-11-27"),
    ("event_type", "Picnics", "event_type, 'Picnics': is not one of Battles, Explosions"),
    ("inter1", "9", "inter1, '9': is not one of 0, 1, 2"),
    ("fatalities", "some", "fatalities, 'some': must be a number"),
    ("iso3", "ZZZ", "'ZZZ': is not one of the"),
    ("event_id_cnty", "", "event_id_cnty: is missing"),
    ("time_precision", "9", "time_precision, '9': is not one of 1, 2, 3"),
]


def test_an_invalid_value_is_reported_with_its_column_and_an_unlisted_sub_event_type_is_none(tmp_path: Path) -> None:
    """All in one file: each of its records has one invalid value."""
    wrong = [ROWS[0] | {"event_id_cnty": f"SYR8000{n}", column: value} for n, (column, value, _) in enumerate(INVALID)]
    unlisted = ROWS[0] | {"event_id_cnty": "SYR90004", "sub_event_type": "Something new"}
    found = claims(table(tmp_path / "wrong.csv", OF_2020, [*wrong, *ROWS, unlisted]), tmp_path)
    assert (found.file.read, found.file.rejected, len(found["event"])) == (len(wrong) + 4, len(wrong), 4)
    new = found.by_id("event")["acled-SYR90004"]
    assert (new["name"], new["kind"]) == ("Something new, Tadaf", "battle"), "an unlisted sub-event type falls back to the event type"
    told = [*map(str, found.intake.rejections)]
    for row, (column, value, expected) in zip(wrong, INVALID, strict=True):
        (message,) = (
            (one for one in told if row["event_id_cnty"] in one) if row["event_id_cnty"] else (one for one in told if expected in one)
        )
        assert expected in message, (column, value)


async def test_the_dataset_forbids_redistribution(loaded: Instance) -> None:
    described = await loaded.rows("select redistributable, license is not null from source where id = 'acled'")
    assert [tuple(row) for row in described] == [(False, True)]


@pytest.mark.nightly
async def test_the_same_rows_in_another_container_make_the_same_facts(loaded: Instance, tmp_path: Path) -> None:
    again = await taken(loaded, of_2020(tmp_path))
    assert (again.added, again.changed, again.unchanged, again.revision) == (0, 0, 3, None)
