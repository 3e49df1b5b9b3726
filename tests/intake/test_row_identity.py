"""The ids of rows of own tables are made of values, however cells spell them: a row that is spelled in another way is not counted twice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from api.intake.map_files import map_format
from schema.kinds import KINDS

from ..support.mapped_claims import Claims, claims

MAP = """
name: m
title: M
source: {{id: m}}
dates: ["%d/%m/%Y", "%m/%Y", "%d/%m/%Y %H:%M"]
join: {{Where: {{columns: [Date, Country]}}}}
columns:
  Date: {date}
  Country: {country}
  Kind: [{{to: event.kind, codes: {{Battle: battle, Fight: battle}}}}{id}]
  Killed: killed.best
event: {{name: Attack}}
figures: {{killed: {{measure: killed, population: all, unit: people, basis: flow}}}}
"""
MAPS = {
    "columns": MAP.format(date="[event.date, row.id]", country="[event.country, row.id]", id=", {to: row.id}"),
    "digest": MAP.format(date="'#date'", country="event.country", id=""),
    "joined": MAP.format(date="[event.date, event.id]", country="event.country", id="").replace("  Killed:", "  Where: row.id\n  Killed:"),
}
SPELLINGS = [
    (("2024-03-01", "MLI", "Battle", "3"), ("1/3/2024", "Mali", "BATTLE", "3")),
    (("2024-03-02T13:45:00", "MLI", "Battle", "3"), ("02/03/2024 13:45", "ml", "battle", "3")),
    (("2024-03-03T13:45:00", "MLI", "Battle", "3"), ("2024-03-03 13:45", "MLI", "Battle", "3")),
    (("2024-03", "MLI", "Battle", "3"), ("03/2024", "MLI", "Battle", "3.0")),
]
DATE_CELL = (dt.datetime(2024, 3, 1), "MLI", "Battle", 3)


def ids(folder: Path, map: str, *rows: tuple[Any, ...], suffix: str = ".csv") -> Claims:
    (folder / "m.map.yaml").write_text(map, "utf-8")
    table = [("Date", "Country", "Kind", "Killed"), *rows]
    path = folder / f"a{suffix}"
    if suffix == ".csv":
        path.write_text("".join(",".join(row) + "\n" for row in table), "utf-8")
    else:
        book = Workbook()
        for row in table:
            book.active.append(row)
        book.save(path)
    return claims(path, folder, "m", map_format(KINDS, folder / "m.map.yaml"))


@pytest.mark.parametrize("map", MAPS.values(), ids=[*MAPS])
def test_a_row_in_another_spelling_has_the_same_id(map: str, tmp_path: Path) -> None:
    first, second = (ids(tmp_path, map, *rows) for rows in zip(*SPELLINGS, strict=True))
    assert first.intake.problems == second.intake.problems == 0
    assert [*first.by_id("figure")] == [*second.by_id("figure")]
    assert {one["id"] for one in first["event"]} == {one["id"] for one in second["event"]}


def test_a_date_cell_of_a_workbook_is_the_date_of_a_table(tmp_path: Path) -> None:
    text, book = ids(tmp_path, MAPS["columns"], SPELLINGS[0][1]), ids(tmp_path, MAPS["columns"], DATE_CELL, suffix=".xlsx")
    assert [*text.by_id("figure")] == [*book.by_id("figure")]


def test_rows_with_one_id_that_differ_are_all_rejected_and_name_each_other(tmp_path: Path) -> None:
    """Three spellings of one day are one id. Nothing says which row is right, not even that it is the first."""
    rows = [
        (date, "MLI", "Battle", killed)
        for date, killed in (("01/03/2024", "3"), ("1/3/2024", "4"), ("2024-03-01", "5"), ("2024-03-02", "6"))
    ]
    found = ids(tmp_path, MAPS["columns"], *rows)
    assert [one["best"] for one in found["figure"]] == ["6"] and found.intake.sum("rejected") == 3
    assert [one.reason.partition(";")[0] for one in found.intake.rejections] == [
        f"is the id of record {first} and of record {second}, which differ" for first, second in ((1, 2), (1, 2), (1, 3))
    ]


def test_a_time_of_day_is_no_part_of_a_name(tmp_path: Path) -> None:
    (path := tmp_path / "a.csv").write_text(
        "#date,#loc+name,#affected+killed\n2024-03-01T14:30:00,Gao,3\n2024-03-02 08:15,Gao,4\n2024-03,Gao,1\n", "utf-8"
    )
    assert {one["name"] for one in claims(path, tmp_path)["event"]} == {f"Event, Gao, 2024-03-0{day}" for day in (1, 2)}


def test_rows_that_differ_have_ids_of_their_own(tmp_path: Path) -> None:
    rows = [
        ("2024-03-01", "MLI", "Battle", "3"), ("2024-03", "MLI", "Battle", "3"), ("2024-03-01 10:00", "MLI", "Battle", "3"),
        ("2024-03-01 11:00", "MLI", "Battle", "3"), ("2024-03-01", "NER", "Battle", "3"), ("2024-03-01", "MLI", "Fight", "3"),
    ]  # fmt: skip
    for name in ("columns", "digest"):
        found = ids(tmp_path, MAPS[name], *rows)
        assert (found.intake.problems, len(found.by_id("figure"))) == (0, len(rows))
