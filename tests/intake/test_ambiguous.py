"""Cells that can be read as two numbers, and ids that lost digits, are rejected by name with what to do; nothing is guessed."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import duckdb
import openpyxl
import pytest

from api.errors import LoadRefused
from schema.formats.maps import MapFormat, read_map
from schema.kinds import KINDS

from ..support.ged_rows import row, table
from ..support.mapped_claims import Claims, claims, opened
from ..support.properties import NIGHTLY, cases

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


BETWEEN_THOUSANDS = ["14.000", "1.234", " 2.500", "+1.000", "-14.000"]
DECIMAL = ["0.000", "14.0", "14.00", "14.0000", "1400.000", "14"]


def counts(container: str) -> tuple[str, str | MapFormat]:
    """A file with these numbers, and the format that is asked for."""
    numbers = [*BETWEEN_THOUSANDS, *DECIMAL]
    if container == "csv":
        return HXL + "".join(f"e{n},X,2024-03-01,{number}\n" for n, number in enumerate(numbers)), ""
    if container == "json":
        return json.dumps(
            [{"#event+id": f"e{n}", "#date": "2024-03-01", "#affected+killed": number} for n, number in enumerate(numbers)]
        ), ""
    if container == "ged":
        return table([row(n, best=number, low="", high="") for n, number in enumerate(numbers)]), ""
    return "Day;Dead\n" + "".join(f"2024-03-{n:02};{number}\n" for n, number in enumerate(numbers, 1)), table_map()


@pytest.mark.sampled(1)
@pytest.mark.parametrize("container", ["csv", "json", "ged", "map"])
def test_a_point_before_three_digits_of_a_count_rejects_its_record_and_other_points_are_decimal(tmp_path: Path, container: str) -> None:
    found = read(tmp_path, counts(container)[0], container, counts(container)[1])
    assert found.file.read == len(BETWEEN_THOUSANDS) + len(DECIMAL) and found.file.rejected == len(BETWEEN_THOUSANDS)
    for number, problem in zip(BETWEEN_THOUSANDS, reasons(found), strict=True):
        assert f"{number.strip()!r}: has a point that may stand between thousands: write {number.strip().replace('.', '')}" in problem
        assert ("if it is a decimal point" in problem) == number.endswith("000")


def test_a_number_that_may_have_a_fraction_and_one_that_is_typed_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, "Day,Dead\n2024-03-01,1.250\n", asked=table_map("area_captured"))["figure"][0]["best"] == "1.25"
    if NIGHTLY:
        duckdb.sql(f"copy (select '2024-03-01' as \"#date\", 14::decimal(9, 3) as \"#affected+killed\") to '{tmp_path}/a.parquet'")
        assert claims(tmp_path / "a.parquet", tmp_path, "s")["figure"][0]["best"] == "14"


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("mark", "number"), [(".", "14.000"), (",", "1,234,567"), (" ", "14 000"), ("'", "14'000")])
def test_a_map_says_what_stands_between_thousands(tmp_path: Path, mark: str, number: str) -> None:
    found = read(tmp_path, f"Day;Dead\n2024-03-01;{number}\n", asked=table_map(more=f'thousands: "{mark}"\n'))
    assert found["figure"][0]["best"] == number.replace(mark, "")
    assert number in found["event"][0]["original"]


def test_a_map_with_another_separator_is_refused() -> None:
    assert [problem.message for problem in read_map(KINDS, "m.yaml", MAP.replace("MEASURE", "killed") + "thousands: x\n")[1]] != []


LOST_DIGITS = ["1.3448E+18", "1e+16", "9007199254740993.0", "1.34480011757126e18"]
OTHER_IDS = {"900001.0": "s-900001", "1344800117571260417": "s-1344800117571260417", "12e04": "s-12e04", "e9": "s-e9"}


def test_an_id_that_lost_digits_rejects_its_record_and_other_ids_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, HXL + "".join(f"{id},X,2024-03-01,3\n" for id in (*LOST_DIGITS, *OTHER_IDS)))
    assert found.file.rejected == len(LOST_DIGITS) and {event["id"] for event in found["event"]} == {*OTHER_IDS.values()}
    for id, problem in zip(LOST_DIGITS, reasons(found), strict=True):
        assert "write the id with all its digits" in problem and repr(id) in problem


def test_numbers_of_a_workbook_that_programs_round_are_no_ids(tmp_path: Path) -> None:
    numbers = [1344800117571260417, 1.34480011757126e18, 2**53 + 1]
    book = openpyxl.Workbook()
    for cells in (HXL.strip().split(","), *([id, "X", "2024-03-01", 3] for id in numbers)):
        book.active.append(cells)
    book.save(tmp_path / "a.xlsx")
    problems = reasons(claims(tmp_path / "a.xlsx", tmp_path, "s"))
    assert len(problems) == len(numbers) and all("in a workbook in a cell that is formatted as text" in problem for problem in problems)


TITLES = (
    "Place,Day,Dead\n",
    "Deaths in Example province\n,,\nPlace,Day,Dead\n",
    "Place,Day,2024\n",
    "Place,Day,\nname,local,2024\n",
    "Iraq,,\nPlace,Day,Dead\n",
)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("above", [1, 5, 20])
@pytest.mark.parametrize("below", [0, 1])
@pytest.mark.parametrize("record", ["X,2024-03-01,3", "X,,3", "X,2024-03-01,", "X,01/03/2024,-"])
def test_records_above_the_tags_refuse_a_table(tmp_path: Path, record: str, above: int, below: int) -> None:
    text = "Place,Day,Dead\n" + f"{record}\n" * above + "#loc+name,#date,#affected+killed\n" + f"{record}\n" * below
    with pytest.raises(
        LoadRefused, match=rf"has its HXL tags in row {above + 2}, and a record above them: row 2 has .*move the row of tags"
    ):
        read(tmp_path, text)


@pytest.mark.parametrize("above", TITLES)
def test_titles_and_headers_above_the_tags_are_none(tmp_path: Path, above: str) -> None:
    (tmp_path / "a.csv").write_text(f"{above}#loc+name,#date,#affected+killed\nX,2024-03-01,3\n", "utf-8")
    assert len(opened(tmp_path / "a.csv").records) == 1


def test_records_above_the_tags_of_parquet_refuse_it(tmp_path: Path) -> None:
    rows = "select '2024-03-01' as Day, '3' as Dead union all select '#date', '#affected+killed'"
    duckdb.sql(f"copy (select * from ({rows}) order by Day desc) to '{tmp_path}/a.parquet'")
    with pytest.raises(LoadRefused, match="has its HXL tags in record 2, and a record above them: record 1 has '3'"):
        claims(tmp_path / "a.parquet", tmp_path, "s")


def flags_of(found: Claims) -> dict[str, int]:
    return found.intake.flags


NOTES = ["Source: OCHA", "* preliminary", "Note: (1) counted twice", "المصدر: وزارة", "Sources - OCHA"]


def test_a_note_below_a_table_is_no_record(tmp_path: Path) -> None:
    """And a row that begins like a note, but has a day and a count, is one."""
    rows = "".join(f"{note},2024-03-01,3\n" for note in NOTES) + "".join(f"{note},,\n" for note in NOTES)
    found = read(tmp_path, f"#loc+name,#date,#affected+killed\n{rows}")
    assert reasons(found) == [
        f"a.csv, record {n}, {note!r}: is a note, not a record: remove the row, or load the others with --reject-to"
        for n, note in enumerate(NOTES, len(NOTES) + 1)
    ]
    assert len(found["figure"]) == len(NOTES)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("word", ["Average", "Cumulative", "Moyenne"])
def test_an_average_is_flagged(tmp_path: Path, word: str) -> None:
    found = read(tmp_path, f"#loc+name,#date,#affected+killed\nX,2024-03-01,3\nY,2024-03-02,8\n{word},,7\n")
    assert flags_of(found)["possible_total"] == 1


def test_a_name_with_what_cannot_be_seen_is_the_one_without_it_and_flagged(tmp_path: Path) -> None:
    names = ["\ufeffX", "X\u200b", "A\u00a0B", "A  B", "\u200eX"]
    rows = "".join(f"{name},2024-03-01,{n}\n" for n, name in enumerate(["Y", *names]))
    found = read(tmp_path, f"#loc+name,#date,#affected+killed\n{rows}")
    assert flags_of(found)["invisible_character"] == len(names)
    assert {place["name"] for place in found["location"]} == {"X", "A B", "Y"}
    assert {json.loads(event["original"])["#loc+name"] for event in found["event"]} == {"Y", *names}


def test_a_cell_with_lines_of_prose_that_may_be_rows_is_flagged(tmp_path: Path) -> None:
    head, row = "#loc+name,#date,#affected+killed,#event+name\n", 'X,2024-01-01,1,"un\nin a town, of four, or 3, ok\nby night"\n'
    found = read(tmp_path, head + row + 'X,2024-01-01,1,"two\nlines, of prose"\n')
    assert (flags_of(found), found.intake.problems) == ({"possible_rows": 1}, 0)


SWALLOWED = {  # Below a header of four columns, by the rows: the places that are loaded. Each other record has swallowed rows.
    '2024-01-01,"A,1,\n2024-01-02,B,2,\n2024-01-03,C",3,\n2024-01-04,D,4,': "D",
    '2024-01-01,"A",1,\n2024-01-02,"B,NA,\n2024-01-03,C",3,x\n2024-01-04,D,4,': "AD",
    '2024-01-01,A,1,"x\n2024-01-02,B,2,y\n\n2024-01-03,C,3,z"\n2024-01-04,D,4,': "D",
    '2024-01-01,A,1,"x\n2024-01-02;B;2;y"\n2024-01-04,D,4,': "D",  # As a program has it that read the rows by another delimiter.
    '2024-01-01,A,1,"x\nday; place; 2; y"\n2024-01-04,D,4,"two\nlines, of prose, or 2, here"': "AD",
    '2024-01-01,A,1,"2024-01-02,B,2\n"\n2024-01-04,D,4,"1,2\n3,4"': "AD",
}  # fmt: skip


@pytest.mark.parametrize("rows", cases(SWALLOWED, [[*SWALLOWED][n] for n in (1, 5)]))
def test_a_record_that_has_swallowed_rows_is_rejected(rows: str, tmp_path: Path) -> None:
    """It would have the number of the last of them, at the place of the first, and those between would be lost."""
    text = f"#date,#loc+name,#affected+killed,#description\n{rows}\n".replace("\n", "\r\n" if "\n\n" in rows else "\n")
    (tmp_path / "a.csv").write_text(text, "utf-8", newline="")
    found, places = claims(tmp_path / "a.csv", tmp_path, "s"), SWALLOWED[rows]
    assert "".join(sorted(place["name"] for place in found["location"])) == places
    assert all("other rows of the table inside it" in reason for reason in reasons(found))
    assert found.file.read - found.intake.problems == len(places)


UNCLEAR = ("10-12", "at least 5", "five", "5+", "n.a.", "—", "12 (3 children)", "#N/A", "?", "", "NA", "0")
UNCLOSED = {  # The header of a table, and an open quotation mark of its row A, which takes row B with it.
    "Date,Town,Notes,Killed": '2024-03-01,A,"said,{0}\n2024-03-02,B,quote",2\n2024-03-03,C{1},z,4\n',
    "Town,Notes,Killed": 'A,"said,{0}\nB,quote",2\nC{1},z,4\n',
    "Town,Killed,Notes": 'A,1,"said\nB,{0},quote"\nC{1},4,z\n',
    "Town,Killed": '"A,1\nB,{0}\nD",2\nC{1},4\n',
    "Date,Town,Killed,Notes": '2024-03-01,A,1,"said\nearly March 2024,B,{0},x\n2024-03-04,D,3,quote"\n2024-03-03,C{1},4,z\n',
}
UNCLOSED_MAP = """name: t\ntitle: T\nsource: {id: s}\ncolumns: {Date: event.date, Town: place.name, Killed: killed.best}\nnulls: ["?"]
event: {country: SYR}\nfigures: {killed: {measure: killed}}\n"""
PROSE = ('"He said,\nhello, friend"', '"1,200 hurt\n3,400 in need"', '"Main Street,\nBeirut, Lebanon"', '"3,5 km off\n4,2 km on"')


@pytest.mark.parametrize("head", cases(UNCLOSED, ["Town,Killed"]))
def test_a_record_that_has_swallowed_a_count_of_words_is_rejected(tmp_path: Path, head: str) -> None:
    asked, problems = read_map(KINDS, "m.yaml", UNCLOSED_MAP if "Date" in head else UNCLOSED_MAP.replace("Date: event.date, ", ""))
    assert asked is not None, problems
    found = read(tmp_path, f"{head}\n{''.join(UNCLOSED[head].format(unclear, n) for n, unclear in enumerate(UNCLEAR))}", asked=asked)
    assert {place["name"] for place in found["location"]} == {f"C{n}" for n in range(len(UNCLEAR))}
    assert ["other rows of the table inside it" in reason for reason in reasons(found)] == [True] * len(UNCLEAR)


@pytest.mark.nightly
def test_prose_of_lines_with_commas_is_no_row(tmp_path: Path) -> None:
    rows = "".join(f"{n},{prose},{n}\n" for n, prose in enumerate(PROSE))
    found = read(tmp_path, f"#loc+name,#description,#affected+killed\n{rows}")
    assert (len(found["figure"]), found.intake.problems) == (len(PROSE), 0)


@pytest.mark.nightly
def test_a_geometry_that_is_no_point_is_flagged_in_tables_with_tags(tmp_path: Path) -> None:
    geometries = [
        {"type": "Point", "coordinates": []}, {"type": "MultiPoint", "coordinates": [[1, 2]]}, {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 1], [1, 2]]]},
        {"type": "Point", "coordinates": [1, 2]},
    ]  # fmt: skip
    features = [
        {"type": "Feature", "geometry": geometry, "properties": {"#loc+name": f"X{n}", "#date": "2024-03-01", "#affected+killed": 3}}
        for n, geometry in enumerate(geometries)
    ]
    found = read(tmp_path, json.dumps({"type": "FeatureCollection", "features": features}), "a.json")
    assert flags_of(found) == {"not_kept": 3}
    assert [message.split(",")[1] for message in sorted(found.intake.flag_messages)] == [" record 1", " record 2", " record 3"]


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
