"""Cells that can be read as two numbers, and ids that lost digits, are rejected by name with what to do; nothing is guessed."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import duckdb
import openpyxl
import pytest

from api.errors import LoadRefused
from schema.formats.maps import MapFormat, read_map
from schema.kinds import KINDS

from ..support.ged_rows import row, table
from ..support.mapped_claims import Claims, claims

HXL = "#event+id,#loc+name,#date,#affected+killed\n"
MAP = "name: t\ntitle: T\nsource: {id: s}\ncolumns: {Day: event.date, Dead: n.best}\nevent: {country: SYR}\nfigures: {n: {measure: MEASURE}}\n"


def read(folder: Path, text: str, name: str = "a.csv", asked: str | MapFormat = "") -> Claims:
    (folder / name).write_text(text, "utf-8")
    (work := folder / f"work-{name}").mkdir(exist_ok=True)
    return claims(folder / name, work, "s", asked)


def table_map(measure: str = "killed", more: str = "") -> MapFormat:
    format, problems = read_map(KINDS, "m.yaml", MAP.replace("MEASURE", measure) + more)
    assert format is not None, problems
    return format


def reasons(found: Claims) -> list[str]:
    return [str(rejection) for rejection in found.intake.rejections]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("number", ["14.000", "1.234", " 2.500", "+1.000", "-14.000"])
def test_a_point_before_three_digits_of_a_count_rejects_its_record(tmp_path: Path, number: str) -> None:
    texts: dict[str, tuple[str, str | MapFormat]] = {
        "csv": (f"{HXL}e1,X,2024-03-01,{number}\n", ""), "json": (json.dumps([{"#event+id": "e1", "#date": "2024-03-01", "#affected+killed": number}]), ""),
        "ged": (table([{**row(1), "best": number}]), ""), "map": (f"Day;Dead\n2024-03-01;{number}\n", table_map()),
    }  # fmt: skip
    for name, (text, asked) in texts.items():
        (problem,) = reasons(read(tmp_path, text, name, asked))
        assert f"{number.strip()!r}: has a point that may stand between thousands: write {number.strip().replace('.', '')}" in problem
        assert ("if it is a decimal point" in problem) == number.endswith("000")


@pytest.mark.sampled(2)
@pytest.mark.parametrize("number", ["0.000", "14.0", "14.00", "14.0000", "1400.000", "14"])
def test_other_points_are_decimal(tmp_path: Path, number: str) -> None:
    assert reasons(read(tmp_path, f"{HXL}e1,X,2024-03-01,{number}\n")) == []


def test_a_number_that_may_have_a_fraction_and_one_that_is_typed_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, "Day,Dead\n2024-03-01,1.250\n", asked=table_map("area_captured"))["figure"][0]["best"] == "1.25"
    duckdb.sql(f"copy (select '2024-03-01' as \"#date\", 14::decimal(9, 3) as \"#affected+killed\") to '{tmp_path}/a.parquet'")
    assert claims(tmp_path / "a.parquet", tmp_path, "s")["figure"][0]["best"] == "14"


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("mark", "number"), [(".", "14.000"), (",", "1,234,567"), (" ", "14 000"), ("'", "14'000")])
def test_a_map_says_what_stands_between_thousands(tmp_path: Path, mark: str, number: str) -> None:
    found = read(tmp_path, f"Day;Dead\n2024-03-01;{number}\n", asked=table_map(more=f'thousands: "{mark}"\n'))
    assert found["figure"][0]["best"] == number.replace(mark, "")
    assert number in found["event"][0]["original"]


def test_a_map_with_another_separator_is_refused() -> None:
    assert [problem.message for problem in read_map(KINDS, "m.yaml", MAP.replace("MEASURE", "killed") + "thousands: x\n")[1]] != []


@pytest.mark.sampled(1)
@pytest.mark.parametrize("id", ["1.3448E+18", "1e+16", "9007199254740993.0", "1.34480011757126e18"])
def test_an_id_that_lost_digits_rejects_its_record(tmp_path: Path, id: str) -> None:
    found = read(tmp_path, f"{HXL}{id},X,2024-03-01,3\n")
    assert "write the id with all its digits" in reasons(found)[0] and repr(id) in reasons(found)[0]
    assert read(tmp_path, table([{**row(1), "id": "1.5e+5"}]), "ged.csv").intake.problems


@pytest.mark.sampled(1)
@pytest.mark.parametrize("id", ["900001.0", "1344800117571260417", "12e04", "e9"])
def test_other_ids_are_read(tmp_path: Path, id: str) -> None:
    assert reasons(read(tmp_path, f"{HXL}{id},X,2024-03-01,3\n")) == []


@pytest.mark.sampled(1)
@pytest.mark.parametrize("id", [1344800117571260417, 1.34480011757126e18, 2**53 + 1])
def test_a_number_of_a_workbook_that_programs_round_is_no_id(tmp_path: Path, id: float) -> None:
    book = openpyxl.Workbook()
    for cells in (HXL.strip().split(","), [id, "X", "2024-03-01", 3]):
        book.active.append(cells)
    book.save(tmp_path / "a.xlsx")
    (problem,) = reasons(claims(tmp_path / "a.xlsx", tmp_path, "s"))
    assert "in a workbook in a cell that is formatted as text" in problem


TITLES = (
    "Place,Day,Dead\n",
    "Deaths in Example province\n,,\nPlace,Day,Dead\n",
    "Place,Day,2024\n",
    "Place,Day,\nname,local,2024\n",
    "Iraq,,\nPlace,Day,Dead\n",
)


@pytest.mark.parametrize("above", [1, 5, 20])
@pytest.mark.parametrize("below", [0, 1])
@pytest.mark.parametrize("record", ["X,2024-03-01,3", "X,,3", "X,2024-03-01,", "X,01/03/2024,-"])
def test_records_above_the_tags_refuse_a_table(tmp_path: Path, record: str, above: int, below: int) -> None:
    text = "Place,Day,Dead\n" + f"{record}\n" * above + "#loc+name,#date,#affected+killed\n" + f"{record}\n" * below
    with pytest.raises(
        LoadRefused, match=rf"has its HXL tags in row {above + 2}, and a record above them: row 2 has .*move the row of tags"
    ):
        read(tmp_path, text)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("above", TITLES)
def test_titles_and_headers_above_the_tags_are_none(tmp_path: Path, above: str) -> None:
    assert read(tmp_path, f"{above}#loc+name,#date,#affected+killed\nX,2024-03-01,3\n").file.read == 1


def test_records_above_the_tags_of_parquet_refuse_it(tmp_path: Path) -> None:
    rows = "select '2024-03-01' as Day, '3' as Dead union all select '#date', '#affected+killed'"
    duckdb.sql(f"copy (select * from ({rows}) order by Day desc) to '{tmp_path}/a.parquet'")
    with pytest.raises(LoadRefused, match="has its HXL tags in record 2, and a record above them: record 1 has '3'"):
        claims(tmp_path / "a.parquet", tmp_path, "s")


def flags_of(found: Claims) -> dict[str, int]:
    return found.intake.flags


@pytest.mark.sampled(1)
@pytest.mark.parametrize("note", ["Source: OCHA", "* preliminary", "Note: (1) counted twice", "المصدر: وزارة", "Sources - OCHA"])
def test_a_note_below_a_table_is_no_record(tmp_path: Path, note: str) -> None:
    (problem,) = reasons(read(tmp_path, f"#loc+name,#date,#affected+killed\nX,2024-03-01,3\n{note},,\n"))
    assert problem == f"a.csv, record 2, {note!r}: is a note, not a record: remove the row, or load the others with --reject-to"
    assert read(tmp_path, f"#loc+name,#date,#affected+killed\n{note},2024-03-01,3\n", "b.csv").intake.problems == 0


@pytest.mark.sampled(1)
@pytest.mark.parametrize("word", ["Average", "Cumulative", "Moyenne"])
def test_an_average_is_flagged(tmp_path: Path, word: str) -> None:
    found = read(tmp_path, f"#loc+name,#date,#affected+killed\nX,2024-03-01,3\nY,2024-03-02,8\n{word},,7\n")
    assert flags_of(found)["possible_total"] == 1


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", ["\ufeffX", "X\u200b", "A\u00a0B", "A  B", "\u200eX"])
def test_a_name_with_what_cannot_be_seen_is_the_one_without_it_and_flagged(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, f"#loc+name,#date,#affected+killed\nY,2024-03-01,1\n{name},2024-03-01,3\n")
    assert flags_of(found) == {"invisible_character": 1}
    seen = " ".join(re.sub("[\ufeff\u200b\u200e]", "", name).split())
    assert {place["name"] for place in found["location"]} == {seen, "Y"}
    assert name in [json.loads(event["original"])["#loc+name"] for event in found["event"]]


def test_a_cell_that_may_have_swallowed_rows_is_flagged(tmp_path: Path) -> None:
    head, row = "#loc+name,#date,#affected+killed,#event+name\n", 'X,2024-01-01,1,"un\nY,2024-01-02,2,ok\nZ,2024-01-03,3,un"\n'
    assert flags_of(read(tmp_path, head + row)) == {"possible_rows": 1}
    assert flags_of(read(tmp_path, head + 'X,2024-01-01,1,"two\nlines, of prose"\n', "b.csv")) == {}


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": []},
        {"type": "MultiPoint", "coordinates": [[1, 2]]},
        {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 1], [1, 2]]]},
    ],
)
def test_a_geometry_that_is_no_point_is_flagged_in_tables_with_tags(tmp_path: Path, geometry: object) -> None:
    feature = {"type": "Feature", "geometry": geometry, "properties": {"#loc+name": "X", "#date": "2024-03-01", "#affected+killed": 3}}
    assert flags_of(read(tmp_path, json.dumps({"type": "FeatureCollection", "features": [feature]}), "a.json")) == {"not_kept": 1}


def test_a_column_of_parquet_that_is_no_text_or_number_is_refused_by_name(tmp_path: Path) -> None:
    duckdb.sql(
        f"copy (select '2024-03-01' as \"#date\", 'X\\xFF'::blob as \"#loc+name\", 3 as \"#affected+killed\") to '{tmp_path}/a.parquet'"
    )
    with pytest.raises(LoadRefused, match=r"has bytes in its column #loc\+name that are not UTF-8"):
        claims(tmp_path / "a.parquet", tmp_path, "s")
    duckdb.sql(
        f"copy (select '2024-03-01' as \"#date\", encode('Tébessa') as \"#loc+name\", 3 as \"#affected+killed\") to '{tmp_path}/b.parquet'"
    )
    assert claims(tmp_path / "b.parquet", tmp_path, "s")["location"][0]["name"] == "Tébessa"
    pandas = json.dumps({"columns": [{"name": "#affected+killed", "numpy_type": "timedelta64[ns]"}]})
    duckdb.sql(
        f"copy (select '2024-03-01' as \"#date\", 3 as \"#affected+killed\") to '{tmp_path}/c.parquet' (format parquet, kv_metadata {{pandas: '{pandas}'}})"
    )
    with pytest.raises(LoadRefused, match=r"has durations in its column #affected\+killed, which are no counts"):
        claims(tmp_path / "c.parquet", tmp_path, "s")


def test_the_day_that_spreadsheets_count_twice_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for cells in (["#loc+name", "#date", "#affected+killed"], ["X", dt.date(1900, 2, 28), 3]):
        book.active.append(cells)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(LoadRefused, match="the 59th or the 60th day of 1900"):
        claims(tmp_path / "a.xlsx", tmp_path, "s")
