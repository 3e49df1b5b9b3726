"""The program that writes a table as a workbook, in constant memory: `python -m api.rest.workbook ABOUT TABLE WORKBOOK`.

Imports nothing of the rest, so that it starts at once. It exits with the status `too_long` of ABOUT if the table has too many rows.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # it has no annotations
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

FIRST_DATE = dt.date(1900, 3, 1)  # Excel counts days from 1900, of which it believes that it was a leap year; earlier dates are texts.
LAST_DATE = dt.date(9999, 12, 31)
SHOWN = ("name", "type", "unit_of_measure", "description")  # Of each column.
MAX_CELL = 32_767  # Characters that a cell can have.
CUT = " [cut: a cell of a workbook has no room for more]"
MADE = dt.datetime(2000, 1, 1)  # The same for each, so that the same table has the same bytes.


def write(about: dict[str, Any], table: Path, out: Path) -> bool:
    """Write a workbook with the table and a sheet that describes its columns; False if the table has too many rows."""
    csv.field_size_limit(1 << 30)
    with table.open(encoding="utf-8", newline="") as lines:
        if sum(1 for _ in csv.reader(lines)) > about["max_rows"] + 1:  # The first is the header.
            return False
    # Its temporary files are beside the workbook, where they are removed with it if this process is killed.
    options = {"constant_memory": True, "tmpdir": str(out.parent), "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(str(out), options)
    workbook.set_properties({"title": f"{about['name']}, revision {about['revision']}", "created": MADE})
    bold, date = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "yyyy-mm-dd"})
    sheet = workbook.add_worksheet(about["name"][:31])
    sheet.freeze_panes(1, 1)
    writers = [WRITERS.get(column["type"], _text) for column in about["columns"]]
    with table.open(encoding="utf-8", newline="") as lines:
        for row, cells in enumerate(csv.reader(lines)):
            for column, (cell, write_cell) in enumerate(zip(cells, writers, strict=True)):
                if not row:
                    sheet.write_string(0, column, cell, bold)
                elif cell:
                    write_cell(sheet, row, column, cell, date)
    described = workbook.add_worksheet("columns")
    for row, column in enumerate([{name: name for name in SHOWN}, *about["columns"]]):
        for position, name in enumerate(SHOWN):
            described.write_string(row, position, column.get(name) or "", None if row else bold)
    workbook.close()
    return True


def _text(sheet: Worksheet, row: int, column: int, cell: str, date: Format) -> None:
    sheet.write_string(row, column, cell if len(cell) <= MAX_CELL else cell[: MAX_CELL - len(CUT)] + CUT)


def _number(sheet: Worksheet, row: int, column: int, cell: str, date: Format) -> None:
    """A number, if a workbook can have it exactly; it stores 15 digits."""
    number = float(cell)
    if Decimal(f"{number:.15g}") == Decimal(cell):
        sheet.write_number(row, column, number)
    else:
        _text(sheet, row, column, cell, date)


def _boolean(sheet: Worksheet, row: int, column: int, cell: str, date: Format) -> None:
    sheet.write_boolean(row, column, cell == "true")


def _date(sheet: Worksheet, row: int, column: int, cell: str, date: Format) -> None:
    try:
        day = dt.date.fromisoformat(cell)
    except ValueError:  # A year of five digits, or one before Christ.
        day = dt.date.min
    if FIRST_DATE <= day <= LAST_DATE:
        sheet.write_datetime(row, column, dt.datetime.combine(day, dt.time()), date)
    else:
        _text(sheet, row, column, cell, date)


WRITERS: dict[str, Callable[[Worksheet, int, int, str, Format], None]] = {
    "integer": _number, "number": _number, "boolean": _boolean, "date": _date,
}  # fmt: skip


if __name__ == "__main__":
    os.nice(10)  # Requests come first.
    description, table, out = map(Path, sys.argv[1:])
    about = json.loads(description.read_text("utf-8"))
    try:
        status = 0 if write(about, table, out) else about["too_long"]
    except (OSError, FileCreateError) as error:  # The second has the first as its argument.
        cause = error.args[0] if isinstance(error, FileCreateError) else error
        if getattr(cause, "errno", None) not in about["full"]:
            raise
        status = about["no_room"]
    sys.exit(status)
