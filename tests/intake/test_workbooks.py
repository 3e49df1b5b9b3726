"""Workbooks: every kind of cell becomes one text, the one sheet with a table is found, and what cannot be known is refused by its cell."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from api.errors import LoadRefused
from api.intake import workbook
from api.intake.opendocument import OpenDocument
from api.intake.sheet_scan import scan
from api.intake.sheets import cell_text

from ..support import open_documents as ods
from ..support.mapped_claims import Claims, claims, opened

CASES = Path(__file__).parents[1] / "data" / "cases"
TAGGED: list[list[Any]] = [["Place", "Day", "Dead"], ["#loc+name", "#date", "#affected+killed"]]


def written(folder: Path, *sheets: Sequence[Sequence[Any]], change: Callable[[Any], None] = lambda book: None) -> Path:
    """A workbook with these sheets, which are called A, B and so on."""
    book = openpyxl.Workbook()
    for rows, name in zip(sheets, "ABCD", strict=False):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    change(book)
    book.save(folder / "a.xlsx")
    return folder / "a.xlsx"


def dead(found: Claims) -> list[tuple[str | None, str | None]]:
    return [(one["period_start"], one["best"]) for one in found["figure"] if one["measure"] == "killed"]


def cells(path: Path) -> list[tuple[str | None, str | None]]:
    """The day and the number of each record of a workbook, as texts; of an empty cell, None."""
    return [(record["#date"], record["#affected+killed"]) for record in opened(path).records]


@pytest.mark.nightly
@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["30-ged.xlsx", "30-ged-hidden.xlsx"])
def test_ged_in_a_workbook_is_ged(name: str, tmp_path: Path) -> None:
    found = claims(CASES / name, tmp_path)
    assert (found.file.format.name, found.file.read, found.intake.problems) == ("ucdp-ged", 3, 0)
    assert sorted((one["id"], one["started_on"]) for one in found["event"]) == [
        ("ucdp-ged-900001", "2024-03-01"), ("ucdp-ged-900002", "2024-03-02"), ("ucdp-ged-900003", "2024-03-03"),
    ]  # fmt: skip
    bests = [one["best"] for one in found["figure"] if one["measure"] == "killed" and one["high"]]
    assert bests == ["3", "3", "3"] and {one["latitude"] for one in found["location"] if one["latitude"]} == {"36.5"}


def test_a_date_cell_is_its_day() -> None:
    assert cells(CASES / "34-hxl-date-cell.xlsx") == [("2024-03-01", "5")]


def hide(book: Any) -> None:
    sheet = book.worksheets[0]
    for number in (4, 5, 7, 99):
        sheet.row_dimensions[number].hidden = True
    for letter in "CZ":
        sheet.column_dimensions[letter].hidden = True


HIDDEN_ROWS = (
    "3 rows of the sheet are hidden (4 to 5, 7), and are read like the others; delete them if they should not count",
    "the column C (Dead) of the sheet is hidden, and is read like the others; delete it if it should not count",
)


def test_hidden_rows_and_columns_are_read_and_named(tmp_path: Path) -> None:
    """A filter that somebody set hides rows; saved as CSV, the sheet has them, and a reader of it does not see them."""
    rows = [*TAGGED, *(["X", f"2024-03-0{day}", day] for day in range(1, 7))]
    workbook = opened(written(tmp_path, rows, change=hide))
    assert [record["#affected+killed"] for record in workbook.records] == [*"123456"]
    assert workbook.file.warnings == HIDDEN_ROWS
    columns = '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/><table:table-column table:number-columns-repeated="16000"/>'
    shown = [ods.row(row, f'table:visibility="{"filter" if number in (4, 5, 7) else "visible"}"') for number, row in enumerate(rows, 1)]
    (tmp_path / "a.ods").write_bytes(ods.packed({"Data": [columns, *shown]}))
    assert opened(tmp_path / "a.ods").file.warnings == HIDDEN_ROWS


@pytest.mark.parametrize("attributes", ['hidden="1"', 'hidden="true"', 'ht="0" customHeight="1"'])
def test_a_row_is_hidden_by_its_mark_or_its_height(attributes: str, tmp_path: Path) -> None:
    sheet = f'<sheetData><row><c r="A1"><v>1</v></c></row><row {attributes}><c r="A2"><v>2</v></c></row><row hidden="0"/></sheetData>'
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("sheet", f"<worksheet>{sheet}</worksheet>")
        archive.writestr("default", f'<worksheet><sheetFormatPr zeroHeight="1"/>{sheet.replace("<row>", """<row ht="12">""")}</worksheet>')
    assert scan(tmp_path / "a.zip", "sheet").hidden.rows == scan(tmp_path / "a.zip", "default").hidden.rows == [(2, 2)]


def test_the_system_of_1904_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, [*TAGGED, ["X", dt.date(2024, 3, 1), 3]], change=lambda book: setattr(book, "epoch", CALENDAR_MAC_1904))
    assert cells(path) == [("2024-03-01", "3")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "true"), (False, "false"), (3, "3"), (3.0, "3"), (-0.0, "0"), (2.5, "2.5"), (0.1 + 0.2, "0.30000000000000004"),
        (2.3, "2.3"), (1e20, "1E+20"), (2**53, "9.007199254740992E+15"), (2**53 - 1, "9007199254740991"), (1e-7, "0.0000001"), (-1e-7, "-0.0000001"), (dt.date(2024, 3, 1), "2024-03-01"),
        (dt.datetime(2024, 3, 1), "2024-03-01"), (dt.datetime(2024, 3, 1, 13, 45), "2024-03-01T13:45:00"), (dt.time(7, 5), "07:05:00"),
        (dt.timedelta(hours=30, minutes=5), "30:05:00"), (" a ", " a "), ("a_x000A_b", "a\nb"), ("#N/A", "#N/A"),
    ],
)  # fmt: skip
def test_a_cell_becomes_one_text(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_a_saved_value_of_a_formula_is_read_and_a_missing_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadRefused, match=r"^31-hxl-formula.xlsx: sheet 'Sheet', cell C4: has the formula =C3\+2 but no saved value; open"):
        claims(CASES / "31-hxl-formula.xlsx", tmp_path)
    saved = tmp_path / "saved.xlsx"
    _replace_in_sheet(CASES / "31-hxl-formula.xlsx", saved, b"<v /></c></row></sheetData>", b"<v>7</v></c></row></sheetData>")
    assert cells(saved) == [("2024-03-01", "5"), ("2024-03-02", "7")]
    empty = tmp_path / "empty.xlsx"
    _replace_in_sheet(CASES / "31-hxl-formula.xlsx", empty, b'<c r="C4"><f>C3+2</f><v />', b'<c r="C4" t="str"><f>""</f><v></v>')
    assert cells(empty) == [("2024-03-01", "5"), ("2024-03-02", None)]


def test_a_sheet_that_begins_many_cells_is_read_at_once(tmp_path: Path) -> None:
    """By a pattern that looked for cells in the text of a sheet, this one took minutes."""
    path = tmp_path / "a.xlsx"
    _replace_in_sheet(CASES / "31-hxl-formula.xlsx", path, b"<v /></c></row></sheetData>", b"<v>7</v></c></row></sheetData>")
    comment = b"<!-- " + b'<c r="A1" ' * 3000 + b"<f> f> -->"
    _replace_in_sheet(path, tmp_path / "b.xlsx", b"</sheetData>", b"</sheetData>" + comment)
    assert cells(tmp_path / "b.xlsx") == cells(path) and len(cells(path)) == 2


def _replace_in_sheet(path: Path, copy: Path, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
        for part in source.namelist():
            content = source.read(part)
            assert old in content or "sheet1" not in part
            target.writestr(part, content.replace(old, new))


@pytest.mark.nightly
def test_an_error_in_a_number_is_rejected_by_its_name(tmp_path: Path) -> None:
    def fail(book: Any) -> None:
        setattr(book["A"]["C3"], "data_type", "e")  # noqa: B010  vulture takes an assignment for a name that nothing reads.

    found = claims(written(tmp_path, [*TAGGED, ["X", "2024-03-01", "#DIV/0!"]], change=fail), tmp_path)
    assert [(one.field, one.value) for one in found.intake.rejections] == [("#affected+killed", "#DIV/0!")]


def test_a_percentage_is_a_share_and_no_count(tmp_path: Path) -> None:
    def format_cell(book: Any) -> None:
        setattr(book["A"]["C3"], "number_format", "0.0%")  # noqa: B010  As above.

    found = claims(written(tmp_path, [*TAGGED, ["X", "2024-03-01", 1], ["Y", "2024-03-02", 2]], change=format_cell), tmp_path)
    assert [(one.value, one.reason[-26:]) for one in found.intake.rejections] == [("100%", "it is a share, not a count")]


def test_a_sheet_of_text_before_the_table_is_no_table(tmp_path: Path) -> None:
    readme = [["About these figures"], [], ["They are invented."]]
    assert cells(written(tmp_path, readme, [*TAGGED, ["X", dt.date(2024, 3, 1), 3]])) == [("2024-03-01", "3")]


def test_of_several_tables_none_is_chosen(tmp_path: Path) -> None:
    table = [*TAGGED, ["X", "2024-03-01", 3]]
    with pytest.raises(LoadRefused, match=r"^a.xlsx: has several sheets with tables: A, B; save each as a file of its own; nothing"):
        claims(written(tmp_path, table, table), tmp_path)

    def hide(book: Any) -> None:
        book["A"].sheet_state = "hidden"

    assert cells(written(tmp_path, [*TAGGED, ["X", "2023-03-01", 9]], table, change=hide)) == [("2024-03-01", "3")]
    with pytest.raises(LoadRefused, match=r"^a.xlsx: is empty; its hidden sheets are not read: A"):
        claims(written(tmp_path, table, [], change=hide), tmp_path)


def not_read(warnings: Sequence[str]) -> list[str]:
    return [warning for warning in warnings if "sheet" in warning]


def test_sheets_that_are_not_read_are_named_in_the_receipt(tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book["D"].sheet_state = "hidden"

    table, other = [*TAGGED, ["X", "2024-03-01", 3]], [*TAGGED, ["Y", "2024-03-01", 4]]
    found = opened(written(tmp_path, [["About these", "figures"]], table, [], other, change=hide))
    assert not_read(found.file.warnings) == [
        "the sheet A is not read: it is in no known format (`conflict-facts formats` lists them)",
        "the hidden sheet D is not read",
    ]
    assert not_read(opened(written(tmp_path, table, [])).file.warnings) == []


def _damaged(path: Path, change: Callable[[bytes], bytes] | None) -> Path:
    """The workbook with another second sheet, or without the part that has it."""
    damaged = path.with_name("damaged.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(damaged, "w") as target:
        for part in source.namelist():
            if not part.endswith("sheet2.xml"):
                target.writestr(part, source.read(part))
            elif change is not None:
                target.writestr(part, change(source.read(part)))
    return damaged


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("change", "hidden_is_refused"),
    [
        (None, True),
        (lambda content: b"", True),
        (lambda content: content[:-60], False),
        (lambda content: content.replace(b"<c ", b"<c<"), False),
    ],
)
def test_a_damaged_sheet_beside_the_table_is_never_passed_over(
    change: Callable[[bytes], bytes] | None, hidden_is_refused: bool, tmp_path: Path
) -> None:
    def hide(book: Any) -> None:
        book["B"].sheet_state = "hidden"

    table, other = [*TAGGED, ["X", "2024-03-01", 3]], [*TAGGED, ["Y", "2024-03-01", 4]]
    hidden = _damaged(written(tmp_path, table, other, change=hide), change)
    if not hidden_is_refused:
        assert not_read(opened(hidden).file.warnings) == ["the hidden sheet B is not read"]
    if hidden_is_refused:
        with pytest.raises(LoadRefused, match=r"^damaged.xlsx: the sheet B (cannot be read|is missing from the workbook)"):
            claims(hidden, tmp_path)
    path = _damaged(written(tmp_path, table, other), change)
    with pytest.raises(LoadRefused, match=r"^damaged.xlsx: the sheet B (cannot be read|is missing from the workbook)"):
        claims(path, tmp_path)


def test_each_sheet_without_a_table_has_its_reason(tmp_path: Path) -> None:
    with pytest.raises(
        LoadRefused, match=r"(?s)^a.xlsx, sheet A: is in no known format.*\na.xlsx, sheet B: .*none that a fact can be made"
    ):
        claims(written(tmp_path, [["Country", "Capital"], ["X", "Y"]], [["#org"], ["Z"]]), tmp_path)


def test_a_sheet_is_rejected_by_its_first_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = workbook.Workbook._rows
    monkeypatch.setattr(workbook.Workbook, "_rows", lambda book, sheet, merges: itertools.islice(rows(book, sheet, merges), 30))
    with pytest.raises(LoadRefused, match="is in no known format"):
        claims(written(tmp_path, [["Country", "Capital"], *([n, n] for n in range(99))]), tmp_path)


def test_a_wrong_dimension_hides_no_row_and_no_column(tmp_path: Path) -> None:
    path = written(tmp_path, [*TAGGED, ["X", "2024-03-01", 3], ["Y", "2024-03-02", 4]])
    _replace_in_sheet(path, tmp_path / "b.xlsx", b'ref="A1:C4"', b'ref="A1:B3"')
    assert cells(tmp_path / "b.xlsx") == [("2024-03-01", "3"), ("2024-03-02", "4")]


def test_merged_texts_are_filled_in_both_directions(tmp_path: Path) -> None:
    def merge(book: Any) -> None:
        book["A"].merge_cells("A3:A4")

    rows = [*TAGGED, ["X", "2024-03-01", 3], [None, "2024-03-02", 4], ["Y", "2024-03-03", 5]]
    records = opened(written(tmp_path, rows, change=merge)).records
    assert [(record["#date"], record["#loc+name"]) for record in records] == [("2024-03-01", "X"), ("2024-03-02", "X"), ("2024-03-03", "Y")]


# What a row of an OpenDocument spreadsheet, below two rows of header, is read as; or why it is refused.
OPEN_ROWS: dict[str, tuple[list[str], list[list[str]] | str]] = {
    "numbers and dates": ([ods.row([
        1234, 2.5, '<table:table-cell office:value-type="date" office:date-value="2024-03-01T00:00:00"><text:p>01.03.24</text:p></table:table-cell>',
        '<table:table-cell office:value-type="percentage" office:value="0.03"><text:p>3%</text:p></table:table-cell>', 123456789012345678,
    ])], [["1234", "2.5", "2024-03-01", "3%", "1.2345678901234568E+17"]]),
    "repeated cells and rows": ([ods.row(["a", ods.cell(3, 'table:number-columns-repeated="2"')], 'table:number-rows-repeated="2"')], [["a", "3", "3"]] * 2),
    "a text with a comment": ([ods.row([
        '<table:table-cell office:value-type="string"><office:annotation><text:p>99</text:p></office:annotation><text:p>A<text:s text:c="2"/><text:span>b</text:span>c</text:p>'
        "<text:p>d</text:p></table:table-cell>",
    ])], [["A  bc\nd"]]),
    "merged texts": ([ods.row([ods.cell("x", 'table:number-rows-spanned="2"'), 1]), ods.row(["<table:covered-table-cell/>", 2])], [["x", "1"], ["x", "2"]]),
    "a merged number": ([ods.row([ods.cell(3, 'table:number-columns-spanned="2"')])], "the number 3 is merged over several cells, from row 3, column 1"),
    "an error": ([ods.row([
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>',
    ])], [["#DIV/0!"]]),
    "spaces without end": ([ods.row(["a", '<table:table-cell office:value-type="string"><text:p><text:s text:c="900000000"/></text:p></table:table-cell>'])], "the cell in row 3, column 2 has more than 32,767 characters"),
    "no saved value": ([ods.row(["a", '<table:table-cell table:formula="of:=1+1"/>'])], "the cell in row 3, column 2 has a formula but no saved value"),
    "too many rows": ([ods.row([3], 'table:number-rows-repeated="2000000000"')], "it has more than 1,048,576 rows"),
    "too many cells": ([ods.row([ods.cell(3, 'table:number-columns-repeated="2000000000"')])], "its row 3 has more than 16,384 cells"),
    "half an element": (["<table:table-row><broken"], "cannot be read as an OpenDocument spreadsheet"),
}  # fmt: skip


@pytest.mark.parametrize("name", OPEN_ROWS)
def test_a_row_of_an_open_document_is_read_exactly_or_refused_by_its_cell(name: str, tmp_path: Path) -> None:
    rows, expected = OPEN_ROWS[name]
    (tmp_path / "a.ods").write_bytes(ods.packed({"other": [["b"]], "S": [["A"], ["#event"], *rows]}))

    def read() -> list[list[str]]:
        with OpenDocument(tmp_path / "a.ods", LoadRefused) as sheets:
            return [*sheets.rows("S")][2:]

    if isinstance(expected, str):
        with pytest.raises(LoadRefused, match=re.escape(expected)):
            read()
    else:
        assert read() == expected


def test_the_one_visible_sheet_of_an_open_document_is_read(tmp_path: Path) -> None:
    table = [*TAGGED, ["X", "2024-03-01", 3]]
    (tmp_path / "a.fods").write_bytes(ods.flat({"About": [["These are invented."]], "H": table, "S": table}, hidden=["H"]))
    found = opened(tmp_path / "a.fods")
    assert cells(tmp_path / "a.fods") == [("2024-03-01", "3")] and [line[:14] for line in not_read(found.file.warnings)] == [
        "the sheet Abou",
        "the hidden she",
    ]
    (tmp_path / "b.fods").write_bytes((tmp_path / "a.fods").read_bytes().replace(b"<office:document ", b"<!DOCTYPE x><office:document ", 1))
    with pytest.raises(LoadRefused, match="has a DOCTYPE"):
        claims(tmp_path / "b.fods", tmp_path)
