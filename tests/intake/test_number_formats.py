"""What a cell says by its number format alone is not lost: a sheet and the CSV that is saved of it say the same."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from api.errors import LoadRefused
from api.intake.number_formats import NumberFormat
from api.intake.opendocument import OpenDocument

from ..support import open_documents as ods
from ..support.mapped_claims import claims
from .test_workbooks import TAGGED, cells, written

MARCH, FIFTH = dt.date(2024, 3, 1), dt.date(2024, 3, 5)
PLAIN = {  # Formats that say nothing more than the value.
    "General": (5, 2.5, -5, 0, "a"),
    "#,##0": (5, 12345, -5, 0),
    "0.00": (5, 2.345, -5, 0),
    "0;[Red]-0": (5, -5),
    "0;[Red]0": (-5,),
    "#,##0_);(#,##0)": (5, -5, 0),
    '_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-': (5, -5, 0, 2.5, "a"),
    '# ##0;-# ##0;"–"': (1234, 0),
    '#" "##0': (1234567,),
    "+0;-0;0": (5, -5, 0),
    "0.00E+00": (1200, 9e20),
    "# ?/?": (0.5, 5, 0),
    "@": (5, "a"),
    "_(@_)": ("a",),
    "[<10]0;0": (5, 50),
    "dd/mm/yyyy": (MARCH, FIFTH, dt.datetime(2024, 3, 1, 12)),
    "[$-409]d\\-mmm\\-yy;@": (MARCH, "about 5 March"),
    "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy": (MARCH,),
    'd" de "mmmm" de "yyyy': (MARCH,),
    'yyyy"年"m"月"d"日"': (MARCH,),
    "m/d/yy h:mm": (dt.datetime(2024, 3, 1, 12),),
    "h:mm AM/PM": (dt.time(12),),
    "[h]:mm": (dt.timedelta(hours=36),),
}
SHOWN: list[tuple[str, Any, str]] = [
    ('">"0', 5, ">5"),
    (">0", 5, ">5"),
    ('0"+"', 5, "5+"),
    ('"~"#,##0', 1200, "~1200"),
    ("\\~0.0", 2.5, "~2.5"),
    ('[<5]"<"0;0', 3, "<3"),
    ('0" injured"', 12, "12 injured"),
    ('General" injured"', 12, "12 injured"),
    ('0" km²"', 2.5, "2.5 km²"),
    ("[$€-407] #,##0", 5, "€ 5"),
    ("0%", 0.125, "12.5%"),
    ("0\\%", 12, "12%"),
    ('"≥"0%', 0.5, "≥50%"),
    ("0%;(0%)", -0.5, "-50%"),
    ("000000", 1234, "001234"),
    ('"SY-"00', 7, "SY-07"),
    ("000-000", 12345, "012-345"),
    ('@" (est.)"', "12", "12 (est.)"),
    ("mmm-yy", MARCH, "2024-03"),
    ("[$-409]mmm\\-yy;@", dt.date(2024, 2, 29), "2024-02"),
    ("yyyy", dt.date(2024, 1, 1), "2024"),
    ("yyyy", dt.date(2024, 12, 31), "2024"),
]
BESIDE: list[tuple[str, Any, str]] = [  # What shows another value than it stores.
    ("#,##0,", 12000, "12000"),
    ('0.0,"k"', 12034, "12034"),
    ('0,,"m"', 2500000, "2500000"),
    (";;;", 7, "7"),
    ('"n/a";;', 7, "7"),
    ("0;-0;;@", 0, "0"),
    ("#,###", 0, "0"),
    ("0;0", -5, "-5"),
    ("-0", 5, "5"),
    ('[<5]"<5";0', 3, "3"),
    ("mmm-yy", FIFTH, "2024-03-05"),
    ("yyyy", MARCH, "2024-03-01"),
    ("d-mmm", MARCH, "2024-03-01"),
    ("dddd", MARCH, "2024-03-01"),
    ("hh:mm", dt.datetime(2024, 3, 1, 12), "2024-03-01T12:00:00"),
    ('yyyy "Q1"', dt.date(2024, 1, 1), "2024-01-01"),
    ('"w/c" dd/mm/yyyy', MARCH, "2024-03-01"),
    ('"~"dd/mm/yyyy', MARCH, "2024-03-01"),
]


def test_a_number_format_that_says_no_more_than_the_value_changes_nothing() -> None:
    for code, values in PLAIN.items():
        for value in values:
            assert NumberFormat(code).shown(value) is value, (code, value)
    assert [code for code in PLAIN if not NumberFormat(code).is_plain] == ["h:mm AM/PM", "[h]:mm"]


def test_what_a_number_format_says_is_read_with_all_digits() -> None:
    for code, value, shown in SHOWN:
        assert (NumberFormat(code).shown(value), NumberFormat(code).is_plain) == (shown, False), code
    for code, value, stored in BESIDE:
        assert (NumberFormat(code).shown(value), NumberFormat(code).is_plain) == (f"{stored}, shown in the number format {code}", False), (
            code
        )


def formatted(**codes: str) -> Any:
    """Gives cells of the first sheet these number formats."""

    def change(book: Any) -> None:
        for place, code in codes.items():
            setattr(book["A"][place], "number_format", code)  # noqa: B010  Assigned, it would look unused.

    return change


def test_a_bound_a_scale_or_a_month_in_a_number_format_is_never_an_exact_value(tmp_path: Path) -> None:
    rows = [*TAGGED, ["X", MARCH, 5], ["Y", MARCH, 12034], ["Z", MARCH, 7], ["V", FIFTH, 8]]
    change = formatted(B3="mmm-yy", B4="dd/mm/yyyy", B5="mmm-yy", B6="d-mmm", C3='">"0', C4='0.0,"k"', C5="#,##0")
    found = claims(written(tmp_path, rows, change=change), tmp_path)
    assert [(one["started_on"], one["ended_on"], one["date_precision"]) for one in found["event"]] == [("2024-03-01", "2024-03-31", "4")]
    assert [one["best"] for one in found["figure"]] == ["7"]
    assert [(one.record, one.value) for one in found.intake.rejections] == [
        ("record 1", ">5"), ("record 2", '12034, shown in the number format 0.0,"k"'), ("record 4", "2024-03-05, shown in the number format d-mmm"),
    ]  # fmt: skip
    reasons = [one.reason for one in found.intake.rejections]
    assert "in columns of their own" in reasons[0]
    assert all(
        reason.endswith(
            "; the cell shows another value than it stores: write what is meant, and give the cell a format that shows all of it"
        )
        for reason in reasons[1:]
    )


def test_a_merged_number_with_zeros_before_it_is_refused(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        formatted(C3="00")(book)
        book["A"].merge_cells("C3:C4")

    with pytest.raises(LoadRefused, match="the number 05 is merged over several cells"):
        cells(written(tmp_path, [*TAGGED, ["X", "2024-03-01", 5], ["Y", "2024-03-02", None]], change=change))


OPEN_STYLES = (
    '<number:date-style style:name="N1"><number:month number:textual="true"/><number:text> </number:text><number:year/></number:date-style>'
    '<number:date-style style:name="N2"><number:text>week of </number:text><number:day/><number:text>.</number:text><number:month/><number:text>.</number:text><number:year/></number:date-style>'
    '<style:style style:name="month" style:family="table-cell" style:data-style-name="N1"/><style:style style:name="week" style:family="table-cell" style:data-style-name="N2"/>'
)


def date_cell(date: str, shown: str, attributes: str = "") -> str:
    return f'<table:table-cell {attributes} office:value-type="date" office:date-value="{date}"><text:p>{shown}</text:p></table:table-cell>'


def number_cell(number: str, shown: str, type: str = "float") -> str:
    return f'<table:table-cell office:value-type="{type}" office:value="{number}"><text:p>{shown}</text:p></table:table-cell>'


def test_what_an_open_document_shows_is_read_with_all_digits(tmp_path: Path) -> None:
    rows = {  # A row, and what it is read as.
        (number_cell("12", "&gt;12"), number_cell("12", "12 injured"), number_cell("1234.6", "1.235"), number_cell("5", "(5)")): [">12", "12 injured", "1234.6", "5"],
        (number_cell("12034", "12.0k"), number_cell("12000", "12"), number_cell("7", ""), number_cell("0", "-")):
            ["12034, shown as 12.0k", "12000, shown as 12", "7, shown as nothing", "0"],
        (number_cell("7", "007"), number_cell("0.5", "&gt;50%", "percentage"), number_cell("0.03", "3%", "percentage"), number_cell("5", "5.00E+00")): ["007", ">50%", "3%", "5"],
        (date_cell("2024-03-01", "März 2024"), date_cell("2024-03-01", "Mar 24", 'table:style-name="month"'), date_cell("2024-03-05", "Mar 24"), date_cell("2024-01-01", "2024")):
            ["2024-03", "2024-03", "2024-03-05, shown in the number format mmm y", "2024"],
        (date_cell("2024-03-01", "week of 1.3.2024", 'table:style-name="week"'), date_cell("2024-03-01", "01.03.24"), date_cell("2024-03-01", "1 مارس 2024"), date_cell("2024-03-01", "1 Mar")):
            ['2024-03-01, shown in the number format "week of " d "." mmm "." y', "2024-03-01", "2024-03-01", "2024-03-01, shown in the number format d mmm"],
    }  # fmt: skip
    columns = '<table:table-column table:number-columns-repeated="4"/><table:table-column table:default-cell-style-name="month"/>'
    by_column = ods.row(["a", None, None, None, date_cell("2024-03-01", "shown")])
    content = ods.flat({"S": [columns, ["A"], ["#event"], *map(list, rows), by_column]}).decode()
    content = content.replace("<office:automatic-styles>", f"<office:automatic-styles>{OPEN_STYLES}")
    (tmp_path / "a.fods").write_text(content, "utf-8")
    with OpenDocument(tmp_path / "a.fods", LoadRefused) as sheets:
        assert [*sheets.rows("S")][2:] == [*rows.values(), ["a", "", "", "", "2024-03"]]
