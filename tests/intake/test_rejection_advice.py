"""What messages say to do about numbers and dates as newsrooms write them; and cells that a comma within a number has cut."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from api.intake.rejection_advice import cure

from ..support.mapped_claims import claims

NUMBER, DATE = "must be a number, at most 18 digits before the point and 9 after it", "must be a date such as 2024-11-27"
NUMBERS = {
    "1.2k": "in full", "12+": "bounds", ">10": "bounds", "10-15": "bounds", "2 or 3": "bounds", "~30": "`quantifier` approximately", "c. 20": "approximately",
    "dozens": "leave the cell empty", "…": "leave the cell empty", "TBC": "leave the cell empty", "14*": "the note", "14¹": "the note", "14[2]": "the note",
    "50%": "a share", "١٢": "write 12,", "１２": "write 12,", "12\u200b": "write 12,", "−5": "write -5,", "#REF!": "error or a formula",
    "12 killed": "what it counts in the header", "1,5": "write 1.5", "1 200": "write 1200", "½": "in digits from 0 to 9", "Ⅳ": "in digits from 0 to 9", "١٬٢٣٤": "if it is 1234,", "1٬234": "write 1234", "1٫5": "write 1.5,", "1_000": "without the underscores", "5L": "without the letter",
    "1,234,56": "not in groups of three", "12,345,67": "not in groups of three", "1.234.5": "not in groups of three", "1.234,56": "write 1234.56", "—": "leave the cell empty", "3-May": "which spreadsheets make of a range", "2024-05-03": "which spreadsheets make of a range", "(3)": "without brackets", "12,34,567": "write 1234567", "0,123": "write 0.123, with a point", "3 men": "in the header",
    "0x10": "in digits from 0 to 9", "18446744073709551615": "too large for a count", "1e400": "too large", "3.0000000001": "at most nine digits", "3?": "doubtful",
}  # fmt: skip
DATES = {
    "'2024-03-01": "without the apostrophe", "1-3 March 2024": "#date+start and #date+end",
    "٢٠٢٤-٠٣-٠١": "write 2024-03-01,", "45352": "number that a spreadsheet has", "2024-03-01 to 2024-03-05": "#date+start and #date+end", "3/1/24": '`dates: ["%d/%m/%y"]` or `dates: ["%m/%d/%y"]` reads it, whichever',
    "1-Mar-24": "%d-%b-%y", "Mar-24": "four digits", "1 marzo 24": "four digits", "03/24": "four digits", "12:30:00": "a time without a day", "1e30": "", "12.50": "", "24-03-01": "whichever", "3/1/2024 0:00": "%d/%m/%Y %H:%M", "03/13/2024 12:00:00 AM": '`dates: ["%m/%d/%Y %I:%M:%S %p"]` reads it', "2024.0": "write 2024", "45352.5": "number that a spreadsheet has", "2024-03-00": "write 2024-03",
    "2024-00-00": "write 2024", "unknown": "among the `nulls`", "2024–03–01": "write 2024-03-01,", "01/03/2024 – 03/03/2024": "#date+start and #date+end", "1–3 March 2024": "#date+start and #date+end", "1 mars 2024": "in English", "1 de marzo de 2024": "in English", "1 марта 2024": "in English", "0000-00-00": "leave the cell empty", "0000-01-01": "", "March 2024": "%B %Y", "01-03-2024": "or `dates: [\"%m-%d-%Y\"]` reads it, whichever", "13-03-2024": "`dates: [\"%d-%m-%Y\"]` reads it", "2024.03.01": "%Y.%m.%d", "12/2024": "%m/%Y", "2024-02-30": "there is no such day", "2023-02-29T10:00": "no such day", "2024-03-01 24:00:00": "the next day",
    "1709251200": "counts seconds since 1970, in UTC, write the date itself, 2024-03-01", "1709251200000": "counts milliseconds since 1970, in UTC, write the date itself, 2024-03-01", "-86400000000": "milliseconds",
    "2024-03-01Z": "write 2024-03-01, without the zone", "2024-03-01+01:00": "without the zone", "2024-061": "if it is day 61 of 2024, write 2024-03-01", "2023-366": "", "c. 2024": "write 2024, and what is said", "Spring 2024": "write 2024",
    "Q1 2024": "first and its last day", "2024-W10": "first and its last day", "Mar 1, 2024": "%b %d, %Y", "December 12, 2023": "%B %d, %Y",
}  # fmt: skip


@pytest.mark.parametrize(("reason", "value", "text"), [(NUMBER, *one) for one in NUMBERS.items()] + [(DATE, *one) for one in DATES.items()])
def test_a_number_or_a_date_that_is_written_otherwise_has_a_cure(reason: str, value: str, text: str) -> None:
    found = cure(reason, value)
    assert (text in found) if text else (found == "")


@pytest.mark.parametrize(
    ("value", "has_cure"), [("36°12'N", True), ("37° 10' 5.2\" E", True), ("45N", True), ("S 3.5", False), ("95", False), ("x", False)]
)
def test_degrees_with_minutes_or_letters_have_a_cure(value: str, has_cure: bool) -> None:
    assert ("write decimal degrees" in cure("must be between -90 and 90 degrees", value)) == has_cure


@pytest.mark.sampled(1)
@pytest.mark.parametrize("rows", ["X,2024-01-01,1,234\n", "X,2024-01-01,1,234\n" * 3, "X,2024-01-01,5,\nY,2024-01-02,1,234\n"])
def test_a_comma_within_a_number_does_not_cut_it(rows: str, tmp_path: Path) -> None:
    """Every row of a table may have one, and then has a cell more than the table has columns."""
    (tmp_path / "a.csv").write_text("Place,Day,Dead\n#loc+name,#date,#affected+killed\n" + rows, "utf-8")
    found = claims(tmp_path / "a.csv", tmp_path)
    assert "1" not in [figure["best"] for figure in found["figure"]] and found.intake.problems >= rows.count("1,234")
    assert "'234': is beyond the last column that has a name" in str([*map(str, found.intake.rejections)])


def test_the_patterns_that_messages_advise_read_the_dates() -> None:
    for value in DATES:
        for pattern in re.findall(r'`dates: \["([^"]+)"\]`', cure(DATE, value)):
            assert duckdb.execute(f"select try_strptime('{value}', '{pattern}')").fetchall() != [(None,)], (value, pattern)


def test_a_word_for_an_empty_cell_among_names_of_countries_is_no_code() -> None:
    assert cure("is not one of the 2014 known names", "NA").startswith(
        "; programs write NA for an empty cell: leave it empty, or write Namibia"
    )
