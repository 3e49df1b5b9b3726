"""Tables as spreadsheets and people leave them: read like the plain table, or rejected by line and text."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import LoadRefused
from api.intake import line_ends
from api.intake.intake import FileIntake
from api.intake.unpack import UnpackedFile
from schema.formats.maps import read_map
from schema.kinds import KINDS

from ..support.mapped_claims import Claims, claims, opened
from ..support.properties import cases, examples

CASES = Path(__file__).parents[1] / "data" / "cases"
PLAIN = (CASES / "04-sep-line.csv").read_bytes().partition(b"\n")[2]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    """The claims of the plain table."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "plain.csv").write_bytes(PLAIN)
    return claims(folder / "plain.csv", folder)


def said(found: Claims) -> dict[str, list[dict[str, Any]]]:
    return {kind: [{**one, "original": None} for one in table] for kind, table in found.tables.items()}


def taken(path: Path, folder: Path) -> tuple[Claims, list[dict[str, Any]]]:
    """The claims of a file, and those of its records that `--reject-to` writes."""
    (work := folder / f"rejects-of-{path.name}").mkdir()
    with closing(FileIntake(KINDS, work)) as file_intake:
        file_intake.add_file(path, "test-source")
        found = Claims(file_intake)
        file_intake.write_rejects(work / "rejects.ndjson")
    return found, [json.loads(line) for line in (work / "rejects.ndjson").read_text("utf-8").splitlines()]


def known(path: Path) -> list[dict[str, Any]]:
    """The values of each record of a file that has any; a word for no value is none."""
    records = [{name.lower(): "" if value in (None, "NA") else value for name, value in one.items()} for one in opened(path).records]
    return [one for one in records if any(value for name, value in one.items() if name != "record")]


FOUND = ["02-blank-rows.csv", "04-sep-line.csv", "09-mac.zip", "16-upper.csv"]


@pytest.mark.parametrize("name", FOUND)
def test_a_table_as_it_is_found_has_the_records_of_the_plain_one(name: str, tmp_path: Path) -> None:
    (tmp_path / "plain.csv").write_bytes(PLAIN)
    records = known(CASES / name)
    assert len(records) == 3 and (name == "02-blank-rows.csv" or records == known(tmp_path / "plain.csv"))


@pytest.mark.nightly
@pytest.mark.parametrize("name", FOUND)
def test_a_table_as_it_is_found_gives_the_claims_of_the_plain_one(name: str, plain: Claims, tmp_path: Path) -> None:
    found = claims(CASES / name, tmp_path)
    assert (found.file.read, found.intake.problems) == (3, 0)
    if name != "02-blank-rows.csv":
        assert said(found) == said(plain)


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("rows", "blank"), [("", 0), (",,,,\n", 1), (",,,,\r\n,,,,\r\n", 2), (",,\n", 1), (' ,"",,,\n', 1), (",,,,,,,\n;;\n", 2)]
)
def test_empty_rows_are_counted_and_no_records(rows: str, blank: int, tmp_path: Path) -> None:
    table = (CASES / "24-hxl-blank.csv").read_text("utf-8").partition(",,,,")[0]
    (tmp_path / "a.csv").write_text(table + rows, "utf-8", newline="")
    found = claims(tmp_path / "a.csv", tmp_path)
    assert (found.file.read, found.file.blank, found.intake.problems) == (1, blank, 0)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("kind", ["footer", "latin"])
@pytest.mark.parametrize("ending", ["lf", "crlf"])
def test_a_line_that_cannot_be_read_has_its_number_and_its_text(kind: str, ending: str, tmp_path: Path) -> None:
    path = CASES / f"21-{kind}-{ending}.csv"
    _, (one,) = taken(path, tmp_path)
    line = path.read_bytes().splitlines()[4]
    assert one["entry"] == "line 5" and one["record"] == line.decode("utf-8", errors="backslashreplace")
    assert ("ISO 8859-1 (Latin-1)" in one["reasons"][0]) == (kind == "latin")


@pytest.mark.nightly
def test_a_row_that_is_too_long_is_written_among_the_good_ones(tmp_path: Path) -> None:
    _, (one,) = taken(CASES / "41-long-reject.csv", tmp_path)
    assert one["entry"] == "line 3" and one["record"] == (CASES / "41-long-reject.csv").read_text("utf-8").splitlines()[2]


def test_two_columns_of_one_name_are_refused_and_both_named(tmp_path: Path) -> None:
    with pytest.raises(LoadRefused, match=r"has columns of the same name: best \(column 45\) and best \(column 50\); rename or remove one"):
        claims(CASES / "16-dup-header.csv", tmp_path)


def test_a_document_beside_the_one_table_of_an_archive_is_not_read() -> None:
    """What does not belong to a table is named as a table is; of two tables, test_wrong_files.py says more."""
    assert len(opened(CASES / "09-two.zip").records) == 1


TAGGED = "Name,Place,Day,Dead\n#event+name,#loc+name,#date,#affected+killed\na,X,2024-01-01,1\nb,Y,2024-01-02,2\n"


def quoted(text: str) -> str:
    return "".join(f'"{line}"\n'.replace(",", '","') for line in text.splitlines())


LINE_ENDS = {
    "CR": TAGGED.replace("\n", "\r"), "CR LF": TAGGED.replace("\n", "\r\n"), "first LF, then CR LF": TAGGED.replace("1\n", "1\r\n"),
    "first CR LF, then LF": TAGGED.replace("\n", "\r\n").replace("1\r\n", "1\n"), "no last one": TAGGED.rstrip(),
    "CR and LF": TAGGED.replace("1\n", "1\r"), "CR in quoted cells": quoted(TAGGED).replace('"X"', '"X\rq"'),
    "CR, quoted": quoted(TAGGED).replace("\n", "\r"), "CR and LF, quoted": quoted(TAGGED).replace('1"\n', '1"\r'),
    "CR LF and LF, quoted": quoted(TAGGED).replace('1"\n', '1"\r\n'), "CR, quoted, LF within": quoted(TAGGED).replace("\n", "\r").replace("X", "X\nq"),
    "CR and CR LF, quoted, LF within": quoted(TAGGED).replace("\n", "\r").replace('1"\r', '1"\r\n').replace("X", "X\nq"),
}  # fmt: skip


@pytest.mark.parametrize("name", LINE_ENDS)
def test_every_sort_of_line_ends_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(LINE_ENDS[name].encode())
    records = opened(tmp_path / "a.csv").records
    assert [(one["#event+name"], one["#date"], one["#affected+killed"]) for one in records] == [
        ("a", "2024-01-01", "1"), ("b", "2024-01-02", "2"),
    ]  # fmt: skip


@pytest.mark.nightly
@pytest.mark.parametrize("name", LINE_ENDS)
def test_every_sort_of_line_ends_gives_the_same_events(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(LINE_ENDS[name].encode())
    found = claims(tmp_path / "a.csv", tmp_path)
    assert sorted((one["name"], one["started_on"]) for one in found["event"]) == [("a", "2024-01-01"), ("b", "2024-01-02")]
    assert found.intake.problems == 0


CELLS = st.text(alphabet='ab"\r\n,', max_size=4)


@examples(default=60, nightly=5000)
@given(st.lists(st.tuples(st.lists(CELLS, min_size=1, max_size=3), st.sampled_from(("\n", "\r", "\r\n"))), min_size=1), st.integers(1, 6))
def test_rows_that_end_in_one_way_have_the_same_cells(rows: list[tuple[list[str], str]], block: int) -> None:
    text = "".join(",".join(f'"{cell.replace(chr(34), 2 * chr(34))}"' for cell in cells) + end for cells, end in rows)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_ends, "BLOCK_BYTES", block)
        path = Path(folder) / "a.csv"
        path.write_bytes(text.encode())
        read = line_ends.with_one_line_end(UnpackedFile(path, "a.csv"), Path(folder))
        content = read.path.read_bytes().decode()
    assert [*csv.reader(io.StringIO(content, newline=""))] == [cells for cells, _ in rows]
    assert read.path == path or content.endswith('"\n')
    assert (len({end for _, end in rows}) == 1 and rows[0][1] != "\r") == (read.path == path)


def test_a_line_that_cannot_be_read_has_its_number_if_rows_end_with_a_cr_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"#event+name,#affected+killed\ra,1\r\nb,2,3\rc,4\n")
    found = claims(tmp_path / "a.csv", tmp_path)
    assert [one.record for one in found.intake.rejections] == ["line 3"] and len(found["event"]) == 2


@pytest.mark.nightly
@pytest.mark.parametrize(("good", "bad"), [("a,X", "a\rz,X"), ("b,Y", "c,Z,2024-01-03,3,4,5\nb,Y")])
def test_a_line_end_without_quotation_marks_ends_the_row_and_a_good_row_after_a_bad_one_stays(good: str, bad: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TAGGED.replace(good, bad).encode())
    found = claims(tmp_path / "a.csv", tmp_path)
    assert "b" in [one["name"] for one in found["event"]] and found.file.rejected == found.file.read - len(found["event"]) > 0


def test_a_row_of_tags_with_invalid_ones_is_found_and_they_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("A,B,C,D\n#event+name,#affected+2013,#affected+ind+2014,#date+2015\nq,1,2,3\n", "utf-8")
    with pytest.raises(
        LoadRefused, match=r"row 2 has HXL tags and cells that are not tags: '#affected\+2013', '#affected\+ind\+2014', '#date\+2015'"
    ):
        claims(tmp_path / "a.csv", tmp_path)


def test_counts_of_zero_and_one_are_counts(tmp_path: Path) -> None:
    records = [{"#event+name": "a", "#affected+killed": 0}, {"#event+name": "b", "#affected+killed": 1}]
    (tmp_path / "a.json").write_text(json.dumps(records), "utf-8")
    assert sorted(one["best"] for one in claims(tmp_path / "a.json", tmp_path)["figure"]) == ["0", "1"]


def spaced(rows: list[list[str]], names: list[str] | None) -> str:
    """Rows as `write.table` of R writes them: the names of rows have no header, and a backslash is before a quotation mark."""
    lines = [[*names[number - 1 : number], *row] if names and number else row for number, row in enumerate(rows)]
    return "".join(" ".join(_cell_of_r(cell) for cell in line) + "\n" for line in lines)


def _cell_of_r(cell: str) -> str:
    quoted = cell.replace('"', '\\"')
    return cell if cell.replace(".", "").isdigit() else f'"{quoted}"' if cell else "NA"


NAMES_OF_ROWS = [None, ["1", "2", "5"], ["first", "second", "third"]]


@pytest.mark.parametrize("names", NAMES_OF_ROWS)
def test_a_table_that_spaces_separate_has_the_records_of_the_plain_one(names: list[str] | None, tmp_path: Path) -> None:
    (tmp_path / "plain.csv").write_bytes(PLAIN)
    (tmp_path / "a.txt").write_text(spaced([*csv.reader(io.StringIO(PLAIN.decode(), newline=""))], names), "utf-8")
    records = known(tmp_path / "a.txt")
    assert [one.pop("row name") for one in records if "row name" in one] == (names if names and names[0] == "first" else [])
    assert records == known(tmp_path / "plain.csv")


@pytest.mark.nightly
@pytest.mark.parametrize("names", NAMES_OF_ROWS)
def test_a_table_that_spaces_separate_gives_the_claims_of_the_plain_one(names: list[str] | None, plain: Claims, tmp_path: Path) -> None:
    rows = [*csv.reader(io.StringIO(PLAIN.decode(), newline=""))]
    (tmp_path / "a.txt").write_text(spaced(rows, names), "utf-8")
    found = claims(tmp_path / "a.txt", tmp_path)
    assert found.file.columns == (*(["row name"] if names and names[0] == "first" else []), *plain.file.columns)
    assert said(found) == said(plain)


def test_a_table_in_columns_of_equal_width_is_read_and_a_row_of_another_length_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        "  #event+name #affected+killed\n1       first                3\n2      second                4  \n", "utf-8"
    )
    assert [one["#affected+killed"] for one in opened(tmp_path / "a.txt").records] == ["3", "4"]
    lines = [f"{n} e{n} 3" for n in range(1, 40)]
    (tmp_path / "a.txt").write_text("\n".join(["#event+name #affected+killed", *lines, "40 two words 3"]), "utf-8")
    found = claims(tmp_path / "a.txt", tmp_path)
    assert [one.record for one in found.intake.rejections] == ["line 41"] and len(found["event"]) == 39


def test_same_rows_stay_the_same_without_the_numbers_of_r(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text('"#event+name" "#affected+killed"\n"1" "x" 3\n"2" "x" 3\n', "utf-8")
    told = str(claims(tmp_path / "a.txt", tmp_path).intake.rejections[0])
    assert told.endswith(
        "is the same as record 1 in every cell, and has no id: `--same-rows keep` counts both, `--same-rows once` counts one"
    )


SECOND_HEADERS = {  # Below two rows of killed and injured, by the lines: the places that are loaded, and what is said of the others.
    "Date,Town,Injured,Killed\n2024-04-01,D,40,1": ("AB", ["record 3 has names of columns", "is below the header of a second table, record 3,"]),
    "Date,Town,Killed,Injured\n2024-04-01,D,40,1": ("ABD", ["record 3 repeats the names of the columns"]),
    "Date,Town,Displaced,Missing\n2024-04-01,D,40,1": ("AB", ["record 3 has names of columns", "is below the header of a second table, record 3,"]),
    "date, TOWN ,Missing,killed\n2024-04-01,D,40,1\nDate,Town,Killed,Injured\n2024-04-02,E,1,2": (
        "ABE", ["record 3 has names of columns", "is below the header of a second table, record 3,", "record 5 repeats the names of the columns"],
    ),
    "2024-04-01,Town,40,1\n2024-04-02,Date,1,1": ("ABDateTown", []),
}  # fmt: skip


@pytest.mark.parametrize("lines", cases(SECOND_HEADERS, [*SECOND_HEADERS][3:4]))
def test_rows_below_a_second_header_are_not_read_by_the_names_of_the_first(lines: str, tmp_path: Path) -> None:
    """Also if a map takes a name for a word of an unknown number, as one may do after reading that it is no number."""
    text = "name: a\ntitle: A\nsource: {id: a, license: unknown}\nnulls: [Killed, Injured]\ncolumns: {Date: event.date, Town: place.name, Killed: killed.best, Injured: injured.best}\n"
    figures = "".join(f"  {name}: {{measure: {name}, population: all, unit: people, basis: flow}}\n" for name in ("killed", "injured"))
    format, _ = read_map(KINDS, "a.map.yaml", f"{text}figures:\n{figures}")
    (tmp_path / "a.csv").write_text(f"Date,Town,Killed,Injured\n2024-03-01,A,3,7\n2024-03-02,B,5,8\n{lines}\n", "utf-8")
    found, (places, reasons) = claims(tmp_path / "a.csv", tmp_path, "a", format or ""), SECOND_HEADERS[lines]
    assert "".join(sorted(one["name"] for one in found["location"])) == places
    texts = [rejection.reason for rejection in found.intake.rejections]
    assert len(texts) == len(reasons) and all(reason in text for reason, text in zip(reasons, texts, strict=True)), texts


def test_rows_below_a_second_header_of_a_table_with_tags_are_not_read_by_the_names_of_the_first(tmp_path: Path) -> None:
    tags = "#date,#loc+name,#affected+killed,#affected+injured\n2024-03-01,A,3,7\n"
    (tmp_path / "a.csv").write_text(f"Date,Town,Killed,Injured\n{tags}Date,Town,Injured,Killed\n2024-04-01,D,40,1\n", "utf-8")
    found = claims(tmp_path / "a.csv", tmp_path)
    assert ([one["name"] for one in found["location"]], found.intake.problems) == (["A"], 2)


TWO_ROWS = {  # Below the record A of a header of two rows, by the lines: the places that are loaded.
    "Date,Town,Victims,\n,,Killed,Injured\n2024-03-02,B,4,2": "AB",
    "Date,Town,Victims,\n,,Injured,Killed\n2024-03-02,B,4,2": "A",
    ",,Injured,Killed\n2024-03-02,B,4,2": "A",
    "Date,Town,Wounded,\n,,Killed,Injured\n2024-03-02,B,4,2": "A",  # What the lower row says, it says of other people.
    ",,Killed,Injured\n2024-03-02,B,4,2": "A",
    "2024-03-02,Date,4,2\n2024-03-03,Town,4,2": "ADateTown",
}  # fmt: skip
WIDE = {  # The same of a table with a column for each year.
    "Town,2023,2024\nB,4,6": "AABB", "Town,2024,2023\nB,4,6": "AA", "Town,2021,2022\nB,4,6": "AA", "Town,5,6": "AATownTown",
}  # fmt: skip
SERIES_OF_TOWNS = "columns: {{Town: [place.name, row.id], {date}}}\nevent: {{country: SYR}}\nfigures:\n"


@pytest.mark.parametrize("lines", cases([*TWO_ROWS, *WIDE], [[*TWO_ROWS][3], [*TWO_ROWS][5], [*WIDE][1]]))
def test_a_second_header_is_found_in_tables_that_are_wide_or_have_names_in_two_rows(lines: str, tmp_path: Path) -> None:
    head = "name: a\ntitle: A\nsource: {id: a, license: unknown}\n"
    killed, injured = (f"  {name}: {{measure: {name}, population: all, unit: people, basis: flow}}\n" for name in ("killed", "injured"))
    two = SERIES_OF_TOWNS.format(date="Date: [event.date, row.id], Victims Killed: killed.best, Victims Injured: injured.best")
    wide = SERIES_OF_TOWNS.format(date="Year: [event.date, row.id], Killed: killed.best")
    text, first, places = (
        (f"header_rows: 2\n{two}{killed}{injured}", "Date,Town,Victims,\n,,Killed,Injured\n2024-03-01,A,3,1\n", TWO_ROWS[lines])
        if lines in TWO_ROWS
        else (f'wide: {{columns: "20??", names: Year, values: Killed}}\n{wide}{killed}', "Town,2023,2024\nA,3,5\n", WIDE[lines])
    )
    format, problems = read_map(KINDS, "a.map.yaml", head + text)
    (tmp_path / "a.csv").write_text(f"{first}{lines}\n", "utf-8")
    found = claims(tmp_path / "a.csv", tmp_path, "a", format or str(problems))
    names = {place["id"]: place["name"] for place in found["location"]}
    assert "".join(sorted(names[event["location"]] for event in found["event"])) == places
    assert bool(found.intake.problems) is ("Killed" in lines or "Town,20" in lines)


def test_a_map_is_told_to_name_the_columns_of_rows_without_names(tmp_path: Path) -> None:
    """As `to_json(orient="values")` of pandas writes them."""
    text = "name: a\ntitle: A\nsource: {id: a, license: unknown}\ncolumns: {Day: event.date, Town: place.name}\n"
    (tmp_path / "a.json").write_text('[["2024-03-01", "A"], ["2024-03-02", "B"]]', "utf-8")
    with pytest.raises(LoadRefused, match="the map says `header:` with the names of the columns"):
        claims(tmp_path / "a.json", tmp_path, "a", read_map(KINDS, "a.map.yaml", text)[0] or "")
    found = claims(tmp_path / "a.json", tmp_path, "a", read_map(KINDS, "a.map.yaml", f"{text}header: [Day, Town]\n")[0] or "")
    assert len(found["event"]) == 2


QUOTED_TABLE = "#event+name,#affected+killed,#description\n"
TORN = {  # Below the header, by the rows: the names of the events that are read, and the lines of each rejected record.
    'a,1,x\nb,2,"y""\nc,3,z"z"\nd,4,x\n': ("ad", ["3-4"]),
    'a,1,x\nb,2,"y"",z\nc,3,x\n': ("a", ["3-4"]),
    'a,1,x\nb,2,"y\nz",5\nc,3,x\n': ("ac", ["3-4"]),
    'a,1,x\nb,2,"y"z\nc,3,x\n': ("ac", ["3-3"]),
}  # fmt: skip


@pytest.mark.parametrize("rows", cases(TORN, [*TORN][::3]))
def test_a_record_that_cannot_be_cut_is_written_with_all_of_its_lines(rows: str, tmp_path: Path) -> None:
    """What a misplaced quotation mark takes with it is in the file of rejected records, and the message says how far it goes."""
    names, rejected_lines = TORN[rows]
    (tmp_path / "a.csv").write_text(QUOTED_TABLE + rows, "utf-8")
    lines = (QUOTED_TABLE + rows).splitlines()
    expected = [
        (f"line {first}", "\n".join(lines[int(first) - 1 : int(last)])) for first, last in (span.split("-") for span in rejected_lines)
    ]
    read, found = taken(tmp_path / "a.csv", tmp_path)
    assert [(one["entry"], one["record"]) for one in found] == expected
    far = [
        f"takes the lines up to {last} with it" in str(one["reasons"])
        for one, (_, last) in zip(found, (span.split("-") for span in rejected_lines), strict=True)
    ]
    assert far == [
        "\n" in record and "unterminated or misplaced" in str(one["reasons"]) for one, (_, record) in zip(found, expected, strict=True)
    ]
    assert "".join(sorted(event["name"] for event in read["event"])) == names


@pytest.mark.parametrize(
    "rows",
    ['a,1,x\nb,"2"b,"p,q",3,c,4,"z"z\nd,5,x\n', 'L0,x,x2\nL1,"a"""a,"a3\nL2,"y","a""b"b"4"\nL3,,,x5\nL4,a""b,6\nL5,"m7\nn","a""b"a8\n'],
)
def test_a_file_whose_rows_cannot_be_told_apart_is_refused_by_the_line(rows: str, tmp_path: Path) -> None:
    """DuckDB goes on in the middle of a line, or names another one."""
    (tmp_path / "a.csv").write_text(QUOTED_TABLE + rows, "utf-8")
    with pytest.raises(LoadRefused, match=r"a\.csv: line 3 has a quotation mark that is misplaced or not closed, .*: close it, and write"):
        claims(tmp_path / "a.csv", tmp_path)
