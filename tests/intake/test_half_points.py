"""One coordinate is no point: in files of others it is unknown, flagged and kept in `original`; in files of one's own it is rejected."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from api.loading.fixture_files import collection_folders
from api.loading.fixtures import read_collections
from schema.formats.maps import read_map
from schema.kinds import KINDS

from ..support.ged_rows import geojson, row, table
from ..support.mapped_claims import Claims, claims
from ..support.properties import cases
from . import test_acled

NORTH, EAST = "11.25", "17.5"
# The latitude and the longitude of the rows of each file: three with half a point, and one with a whole one.
ROWS = [(NORTH, ""), ("", EAST), (NORTH, "NaN"), (NORTH, EAST)]
PLAIN_MAP = """name: towns
title: Towns
note: Invented.
source: {id: towns, license: unknown}
columns: {Id: row.id, Day: event.date, Town: place.name, Lat: place.latitude, Lon: place.longitude, Dead: killed.best}
event: {kind: battle, country: SYR}
figures: {killed: {measure: killed, population: all, unit: people, basis: flow}}
"""
IDMC = Path(__file__).parents[1] / "install" / "files" / "idmc-idu.csv"


def written(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*rows[0]], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def idmc() -> str:
    first = next(csv.DictReader(io.StringIO(IDMC.read_text("utf-8"), newline="")))
    return written([{**first, "id": str(n), "latitude": north, "longitude": east} for n, (north, east) in enumerate(ROWS)])


def acled() -> str:
    first = {name: test_acled.ROWS[0][name] for name in test_acled.OF_2023}
    rows = [{**first, "event_id_cnty": f"SYR{n}", "latitude": north, "longitude": east} for n, (north, east) in enumerate(ROWS)]
    return written(rows)


def ged_rows() -> list[dict[str, str]]:
    return [
        row(1, id=str(n), where_coordinates=f"Town {n}", latitude=north, longitude=east, geom_wkt="", priogrid_gid="")
        for n, (north, east) in enumerate(ROWS, 1)
    ]


def ged_features() -> str:
    collection = json.loads(geojson([row(1, id=str(n), where_coordinates=f"Town {n}") for n in range(len(ROWS))]))
    for feature, coordinates in zip(collection["features"], ([17.5, None], [17.5], [None, 11.25], [17.5, 11.25]), strict=True):
        feature["geometry"]["coordinates"] = coordinates
    return json.dumps(collection)


def hxl(*names: str) -> str:
    lines = ["#event+id,#date,#country+code,#adm1+name,#loc+name,#geo+lat,#geo+lon,#affected+killed"]
    lines += [f"e{n},2024-03-01,SYR,{','.join(names)},{north},{east},3" for n, (north, east) in enumerate(ROWS)]
    return "\n".join(lines)


FILES: dict[str, Callable[[], str]] = {
    "ucdp-ged": lambda: table(ged_rows()),
    "ucdp-ged as JSON": lambda: json.dumps(ged_rows()),
    "ucdp-ged as features": ged_features,
    "idmc-idu": idmc,
    "acled": acled,
    "hxl": lambda: hxl("North", "Town"),
    "hxl of a division": lambda: hxl("North", ""),
    "hxl without names": lambda: hxl("", ""),
    "a map": lambda: "\n".join(
        ["Id,Day,Town,Lat,Lon,Dead", *(f"{n},2024-03-01,Town,{north},{east},3" for n, (north, east) in enumerate(ROWS))]
    ),
}


def read(folder: Path, name: str, text: str) -> Claims:
    (path := folder / "a.data").write_text(text, "utf-8")
    format, problems = read_map(KINDS, "a.yaml", PLAIN_MAP) if name == "a map" else (name.partition(" ")[0], [])
    assert format and not problems
    (work := folder / "work").mkdir()
    return claims(path, work, "s", format)


def points(found: Claims) -> set[tuple[str | None, str | None]]:
    return {(place["latitude"], place["longitude"]) for place in found["location"]} - {(None, None)}


@pytest.mark.parametrize("name", cases(FILES, ("hxl without names",)))
def test_half_a_point_of_a_foreign_file_is_unknown_flagged_and_kept(name: str, tmp_path: Path) -> None:
    found = read(tmp_path, name, FILES[name]())
    assert (found.intake.rejections, points(found), found.intake.flags.get("not_kept")) == ([], {(NORTH, EAST)}, 3)
    flagged = [message.partition("record ")[2] for message in found.intake.flag_messages if "not_kept" in message]
    assert [message[0] for message in flagged] == ["1", "2", "3"], flagged
    assert all(NORTH in message or EAST in message for message in flagged)
    kept = [original for kind in found.tables for claim in found[kind] if (original := claim["original"])]
    assert len([original for original in kept if NORTH in original or EAST in original]) >= 3
    assert len([place for place in found["location"] if place["name"] == "A place without a name"]) == (name == "hxl without names")


def test_a_file_that_lacks_the_column_of_the_other_coordinate_has_no_points(tmp_path: Path) -> None:
    found = read(tmp_path, "hxl", f"#event+id,#date,#country+code,#loc+name,#geo+lat,#affected+killed\ne1,2024-03-01,SYR,Town,{NORTH},3\n")
    assert (points(found), found.intake.flags) == (set(), {"not_kept": 1})


@pytest.mark.parametrize(("target", "other"), [("Lon: place.longitude, ", "latitude"), ("Lat: place.latitude, ", "longitude")])
def test_a_map_of_half_a_point_is_refused(target: str, other: str) -> None:
    _, problems = read_map(KINDS, "a.yaml", PLAIN_MAP.replace(target, ""))
    missing = target.split()[1].rstrip(",")
    assert [*map(str, problems)] == [
        f"a.yaml:5, columns: place.{other} without {missing} is no point: let a column become {missing} too, or none of the two"
    ]


OWN = {
    "places.csv": "id,source,name,kind,latitude,longitude\na,s,A,site,11.25,\nb,s,B,site,11.25,17.5\nc,s,C,site,,17.5\n",
    "places.yaml": "source: {id: s, title: S, kind: post}\nclaims:\n  locations:\n    - {id: a, name: A, kind: site, latitude: 11.25}\n    - {id: c, name: C, kind: site, longitude: 17.5}\n",
}
HALF = "without {}: one coordinate is no point; give both, or leave both out"


@pytest.mark.parametrize("name", OWN)
def test_half_a_point_of_a_fixture_is_rejected_by_file_record_and_field(name: str, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name.replace("places.csv", "locations.csv")).write_text(OWN[name], "utf-8")
    problems = [str(problem) for problem in read_collections(KINDS, collection_folders(tmp_path / "mine"))[0].checked.problems]
    told = [problem for problem in problems if "no point" in problem]
    assert len(told) == 2 and "latitude: location a: is given " + HALF.format("longitude") in told[0]
    assert "longitude: location c: is given " + HALF.format("latitude") in told[1]


def test_half_a_point_of_a_table_of_claims_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(OWN["places.csv"], "utf-8")
    found = claims(tmp_path / "a.csv", tmp_path)
    assert [(rejection.record, rejection.field) for rejection in found.intake.rejections] == [("id a", "latitude"), ("id c", "longitude")]
    assert all("one coordinate is no point; give both" in str(rejection) for rejection in found.intake.rejections)
    assert [(place["latitude"], place["longitude"]) for place in found["location"]] == [(NORTH, EAST)]
