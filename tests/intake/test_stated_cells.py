"""Cells that state what cannot be: in files of others they are flagged, and what stands for nothing is unknown; in tables of one's own they are rejected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from api.loading.fixture_files import collection_folders
from api.loading.fixtures import read_collections
from schema.formats.maps import MapFormat, read_map
from schema.kinds import KINDS

from ..support.mapped_claims import Claims, claims

MAP = """name: rows
title: Rows
note: Invented.
source: {id: rows, license: unknown}
dates: ['%A %d %B %Y', '%a %d.%m.%Y']
columns:
  Id: row.id
  Event: event.id
  Day: event.date
  Town: place.name
  Land: event.country
  Dead: {to: killed.best, sentinels: [99999]}
  Injured: injured.high
  Bound: injured.quantifier
event: {kind: battle}
figures:
  killed: {measure: killed, population: all, unit: people, basis: flow}
  injured: {measure: injured, population: all, unit: people, basis: flow}
"""
HEAD = "Id,Event,Day,Town,Land,Dead,Injured,Bound\n"
ROWS = """1,,Monday 3 March 2024,Gao,MLI,3,0,less_than
2,,Sun 03.03.2024,#REF!,MLI,9999,0,at_most
3,,Tue 05.03.2024,#n/a,MLI,99999,4,less_than
4,,Wednesday 6 March 2024,Kidal,#VALUE!,7,,
"""


def read(rows: str, folder: Path) -> Claims:
    format, problems = read_map(KINDS, "rows.map.yaml", MAP)
    assert isinstance(format, MapFormat), problems
    (folder / "rows.csv").write_text(rows, "utf-8")
    return claims(folder / "rows.csv", folder, "rows", format)


def flagged(found: Claims) -> list[tuple[str, str, str]]:
    """The record, the code and the flagged text of each message, such as `a.csv, record 1, Day: Monday 3 March 2024 (wrong_weekday)`."""
    parts = [message.removesuffix(")").partition(" (") for message in found.intake.flag_messages]
    return sorted((text.split(", ")[1].removeprefix("record "), code, text.split(": ", 1)[1]) for text, _, code in parts)


def test_what_cells_of_a_map_state_and_cannot_be_is_flagged(tmp_path: Path) -> None:
    appended = "\ufeff" + HEAD.replace("Id", '"Id"') + "5,,Wednesday 6 March 2024,Kidal,#VALUE!,7,,\n"
    found = read(HEAD + ROWS + appended, tmp_path)
    assert flagged(found) == [
        ("1", "contradictory_bound", "less_than, high 0"),
        ("1", "wrong_weekday", "Monday 3 March 2024"),
        ("2", "not_kept", "#REF!"),
        ("2", "possible_sentinel", "9999"),
        ("3", "not_kept", "#n/a"),
        ("3", "sentinel", "99999"),
        ("4", "not_kept", "#VALUE!"),
        ("6", "not_kept", "#VALUE!"),
    ]
    assert {place["name"] for place in found["location"]} == {"Gao", "Kidal"}
    days: dict[str, dict[str, Any]] = {event["started_on"]: event for event in found["event"]}
    assert {*days} == {"2024-03-03", "2024-03-05", "2024-03-06"} and days["2024-03-06"]["country"] is None
    assert json.loads(days["2024-03-06"]["original"])["Land"] == "#VALUE!"
    (rejection,) = found.intake.rejections
    assert "repeats the names of the columns: remove the row" in str(rejection)


def test_a_point_in_one_cell_is_flagged_since_nothing_says_which_degrees_come_first(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('#date,#country+code,#geo+coord,#affected+killed\n2024-03-01,MLI,"16.2, -0.04",3\n', "utf-8")
    assert flagged(claims(tmp_path / "a.csv", tmp_path)) == [("1", "not_kept", "16.2, -0.04")]


def test_an_event_whose_rows_are_at_several_places_is_warned_of(tmp_path: Path) -> None:
    several = "1,E,Sunday 3 March 2024,Gao,MLI,3,,\n2,E,Sunday 3 March 2024,Kidal,MLI,4,,\n"
    days = "3,F,Sunday 3 March 2024,Gao,MLI,3,,\n4,F,Monday 4 March 2024,Gao,MLI,4,,\n"
    one = "5,G,Sunday 3 March 2024,Gao,MLI,3,,\n6,G,Sunday 3 March 2024,Gao,MLI,4,,\n"
    warnings = read(HEAD + several + days + one, tmp_path).file.warnings
    assert [text for text in warnings if text.startswith("2 events have rows with different places or days, and each gets the place")]


OWN = {
    "locations.csv": "id,source,name,kind\na,s,#REF!,site\nb,s,Gao,site\n",
    "figures.csv": "id,source,event,measure,high,quantifier\nf,s,e,killed,0,less_than\ng,s,e,killed,0,at_most\n",
}
PROBLEMS = {"locations.csv": "is an error of a spreadsheet", "figures.csv": "0"}


def test_tables_of_ones_own_are_rejected_for_them(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for name, text in OWN.items():
        (tmp_path / "mine" / name).write_text(text, "utf-8")
        found = claims(tmp_path / "mine" / name, tmp_path, asked=f"own-{name.removesuffix('.csv')}")
        (rejection,) = found.intake.rejections
        assert PROBLEMS[name] in str(rejection) and len(found["location"]) + len(found["figure"]) == 1
    problems = [str(problem) for problem in read_collections(KINDS, collection_folders(tmp_path / "mine"))[0].checked.problems]
    assert any("locations.csv:2, name: is an error of a spreadsheet; write what its cell should have" in problem for problem in problems)
    assert any(
        "figures.csv:2, high: figure f: is 0, and nothing is less than that; correct the number or the quantifier" in problem
        for problem in problems
    )
