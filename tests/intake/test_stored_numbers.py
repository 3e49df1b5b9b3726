"""A number that a file stores as a number has no separators, whatever a map says of those in texts."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from openpyxl import Workbook

from api.errors import LoadRefused
from api.intake.map_files import map_format
from schema.kinds import KINDS

from ..support.mapped_claims import claims
from ..support.properties import cases

MAP = """
name: m
title: M
source: {id: m}
columns: {Date: event.date, Town: [place.name, row.id], Killed: killed.best}
figures: {killed: {measure: killed, population: all, unit: people, basis: flow}}
"""
HEADER = ("Date", "Town", "Killed")
ROWS = [
    ("2024-03-01", "number", 1.234),
    ("2024-03-02", "below", 0.125),
    ("2024-03-03", "whole", 2.0),
    ("2024-03-04", "text", "1.234"),
    ("2024-03-05", "zero", "0.123"),
]
COUNTED = {"number": None, "below": None, "whole": "2", "text": "1234", "zero": None}


def json_file(path: Path) -> None:
    path.write_text(json.dumps([dict(zip(HEADER, row, strict=True)) for row in ROWS]), "utf-8")


def json_rows(path: Path) -> None:
    path.write_text(json.dumps([HEADER, *ROWS]), "utf-8")


def workbook(path: Path) -> None:
    book = Workbook()
    for row in (HEADER, *ROWS):
        book.active.append(row)
    book.save(path)


def parquet(path: Path) -> None:
    values = ", ".join(f"({date!r}, {town!r}, {killed}::double)" for date, town, killed in ROWS[:3])
    duckdb.sql(f'copy (select * from (values {values}) t("Date", "Town", "Killed")) to {str(path)!r} (format parquet)')


def table(path: Path) -> None:
    path.write_text("\n".join(",".join(map(str, row)) for row in (HEADER, *ROWS[3:])), "utf-8")


@pytest.mark.sampled(1)
@pytest.mark.parametrize("write", [json_file, json_rows, workbook, parquet, table])
def test_points_are_between_thousands_only_in_texts(write, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "a")
    (tmp_path / "m.map.yaml").write_text(MAP + 'thousands: "."\n', "utf-8")
    found = claims(tmp_path / "a", tmp_path, "m", map_format(KINDS, tmp_path / "m.map.yaml"))
    counted = {one["id"].split("-")[1]: one["best"] for one in found["figure"]}
    assert counted == {town: best for town, best in COUNTED.items() if town in counted}
    assert (len(counted) >= 2, found.intake.problems) == (True, 0)
    assert all("\ufdd0" not in str(one["original"]) for one in found["event"])


MALFORMED = {",": ["1,234,56", "1,234,5", "12,345,67", "1,23", "0,123"], ".": ["1.234.56", "1.234.5"]}
WELL_FORMED = {
    ",": {"1,234": "1234", "1,234,567.0": "1234567"}, ".": {"1.234": "1234"}, "'": {"1’234": "1234", "1'234": "1234"}, "’": {"1'234": "1234"},
    " ": {"1 234": "1234", "1\u00a0234": "1234", "1\u202f234": "1234", "1\u2009234": "1234"}, "\u202f": {"1 234": "1234"}, "\u066c": {"1\u066c234": "1234"},
}  # fmt: skip


@pytest.mark.parametrize("mark", cases(WELL_FORMED, [",", " "]))
def test_a_number_whose_groups_are_not_of_three_digits_or_begin_with_zero_is_rejected(mark: str, tmp_path: Path) -> None:
    """A tail after the mark of thousands itself is no decimal: without the mark, the number would be a hundred times too large."""
    well_formed, malformed = WELL_FORMED[mark], MALFORMED.get(mark, [])
    rows = "".join(f'2024-03-04,T{n},"{text}"\n' for n, text in enumerate([*well_formed, *malformed]))
    (tmp_path / "a.csv").write_text("Date,Town,Killed\n" + rows, "utf-8")
    (tmp_path / "m.map.yaml").write_text(f'{MAP}thousands: "{mark}"\n', "utf-8")
    found = claims(tmp_path / "a.csv", tmp_path, "m", map_format(KINDS, tmp_path / "m.map.yaml"))
    assert [one["best"] for one in found["figure"]] == [*well_formed.values()]
    assert [rejection.value for rejection in found.intake.rejections] == malformed


def test_nobody_is_told_to_declare_separators_of_numbers(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx")
    (tmp_path / "m.map.yaml").write_text(MAP, "utf-8")
    found = claims(tmp_path / "a.xlsx", tmp_path, "m", map_format(KINDS, tmp_path / "m.map.yaml"))
    assert "its point is a decimal one" in str(found.intake.rejections)
    assert "a map may say" not in str(found.intake.rejections)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("values", [[3, {"min": 3, "max": 4}], [{"min": 3, "max": 4}, 3], [{"min": 3}, None, {"min": 4}, 5]])
def test_a_value_that_is_an_object_elsewhere_is_refused(values: list[object], tmp_path: Path) -> None:
    rows = [{"#date": f"2024-03-0{n}", "#loc+name": "A", "#affected+killed": value} for n, value in enumerate(values, 1)]
    (tmp_path / "a.json").write_text(json.dumps(rows), "utf-8")
    with pytest.raises(LoadRefused, match=r"has the value [35] for '#affected\+killed', of which record \d, in line 1 has an object"):
        claims(tmp_path / "a.json", tmp_path)
