"""The ids of rows of own tables are made of values, however cells spell them: a row that is spelled in another way is not counted twice."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from functools import cache
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
# Three spellings of one day, in rows that state different numbers.
CONTRADICTING = [(date, "MLI", "Battle", killed) for date, killed in (("01/06/2024", "3"), ("1/6/2024", "4"), ("2024-06-01", "5"))]
DIFFERENT = [
    ("2024-05-01", "MLI", "Battle", "3"), ("2024-05", "MLI", "Battle", "3"), ("2024-05-01 10:00", "MLI", "Battle", "3"),
    ("2024-05-01 11:00", "MLI", "Battle", "3"), ("2024-05-01", "NER", "Battle", "3"), ("2024-05-01", "MLI", "Fight", "3"),
]  # fmt: skip
SPELLED_TWICE = [row for pair in SPELLINGS for row in pair]


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


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Claims]:
    """What a map makes of one file with all of these rows. Those with one id are rejected, and name each other."""
    return cache(lambda name: ids(tmp_path_factory.mktemp(name), MAPS[name], *SPELLED_TWICE, *CONTRADICTING, *DIFFERENT))


def same_ids(found: Claims) -> Counter[tuple[int, int]]:
    """How many records are rejected because these two, by their numbers, have one id."""
    numbers = {
        f"is the id of record {first} and of record {first + more}, which differ": (first, first + more)
        for first in range(1, 12)
        for more in (1, 2)
    }
    return Counter(numbers[rejection.reason.partition(";")[0]] for rejection in found.intake.rejections)


@pytest.mark.parametrize("name", ["columns", "digest"])
def test_a_row_in_another_spelling_has_the_same_id(name: str, read: Callable[[str], Claims]) -> None:
    found = same_ids(read(name))
    assert [found[number, number + 1] for number in range(1, len(SPELLED_TWICE), 2)] == [2] * len(SPELLINGS)


def test_an_event_in_another_spelling_has_the_same_id(tmp_path: Path) -> None:
    found = ids(tmp_path, MAPS["joined"], *SPELLED_TWICE)
    assert found.intake.problems == 0 and {*Counter(one["id"] for one in found["figure"]).values()} == {2}
    assert len({one["id"] for one in found["figure"]}) == len({one["id"] for one in found["event"]}) == len(SPELLINGS)


@pytest.mark.nightly
def test_a_date_cell_of_a_workbook_is_the_date_of_a_table(tmp_path: Path, read: Callable[[str], Claims]) -> None:
    book = ids(tmp_path, MAPS["columns"], DATE_CELL, suffix=".xlsx")
    assert [*book.by_id("figure")] == ["m-2024-03-01-MLI-Battle-killed"]
    assert "m-2024-03-01-MLI-Battle" in [rejection.value for rejection in read("columns").intake.rejections]


def test_rows_with_one_id_that_differ_are_all_rejected_and_name_each_other(read: Callable[[str], Claims]) -> None:
    """Nothing says which row is right, not even that it is the first."""
    found, first = read("columns"), len(SPELLED_TWICE) + 1
    assert (same_ids(found)[first, first + 1], same_ids(found)[first, first + 2]) == (2, 1)
    assert found.intake.sum("rejected") == len(SPELLED_TWICE) + len(CONTRADICTING)


def test_a_time_of_day_is_no_part_of_a_name(tmp_path: Path) -> None:
    (path := tmp_path / "a.csv").write_text(
        "#date,#loc+name,#affected+killed\n2024-03-01T14:30:00,Gao,3\n2024-03-02 08:15,Gao,4\n2024-03,Gao,1\n", "utf-8"
    )
    assert {one["name"] for one in claims(path, tmp_path)["event"]} == {f"Event, Gao, 2024-03-0{day}" for day in (1, 2)}


@pytest.mark.parametrize("name", ["columns", "digest"])
def test_rows_that_differ_have_ids_of_their_own(name: str, read: Callable[[str], Claims]) -> None:
    """By their digests, the rows that state different numbers of one day differ too."""
    assert len(read(name).by_id("figure")) == len(DIFFERENT) + len(CONTRADICTING) * (name == "digest")
