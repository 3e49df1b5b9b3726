"""Reads the sheets of a workbook (XLSX) with openpyxl, row by row, so that a long sheet takes no more memory than a short one."""

from __future__ import annotations

import itertools
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

from ..errors import LoadRefused
from .number_formats import NumberFormat
from .rows import MAX_HEADER_ROWS
from .sheet_scan import scan
from .sheets import MAX_SHEET_BYTES, Merge, MergedCells, Sheets, error_text, header_rows

MAX_PART_BYTES = 1 << 28  # Of any other part: openpyxl keeps the texts that cells share in memory.
PART = re.compile(r"xl/(workbook|styles|sharedStrings|theme/theme\d+)\.xml|xl/_rels/.*")
STRICT = b"http://purl.oclc.org/ooxml/"  # What the names of a workbook in the strict form begin with, which openpyxl does not know.


class Workbook(Sheets):
    """An open workbook (XLSX). Use it as a context; raises LoadRefused if it cannot be read."""

    def __enter__(self) -> Workbook:
        self.file = self.path.open("rb")
        try:
            self._open()
        except BaseException:
            self.file.close()
            raise
        return self

    def _open(self) -> None:
        try:
            with zipfile.ZipFile(self.path) as archive:
                for part in archive.infolist():
                    limit = MAX_SHEET_BYTES if part.filename.startswith("xl/worksheets/") else MAX_PART_BYTES
                    if part.file_size > limit and (limit > MAX_PART_BYTES or PART.fullmatch(part.filename)):
                        raise self.refusal(
                            f"has {part.filename}, which is larger than {limit >> 20} MB once unpacked; export the sheet as CSV"
                        )
                if "xl/workbook.xml" in archive.namelist() and STRICT in archive.read("xl/workbook.xml"):
                    raise self.refusal("is in the form Strict Open XML; save it as an ordinary workbook (Excel Workbook, .xlsx) or as CSV")
            with warnings.catch_warnings(action="ignore"):  # Of what openpyxl would not keep if we saved the workbook.
                # Given a path, openpyxl judges by the name.
                reader = _Reader(self.file, read_only=True, data_only=True, keep_links=False)
                reader.read()
                self.book = reader.wb
        except LoadRefused:
            raise
        except _DamagedSheet as error:
            raise self.refusal(str(error)) from error
        except Exception as error:  # A damaged workbook makes openpyxl raise any exception at all.
            raise self.refusal(f"cannot be read as a workbook: {error_text(error)}") from error

    def __exit__(self, *_: object) -> None:
        self.book.close()
        self.file.close()

    @property
    def visible(self) -> list[str]:
        return [sheet.title for sheet in self.book.worksheets if sheet.sheet_state == "visible"]

    @property
    def hidden(self) -> list[str]:
        return [sheet.title for sheet in self.book.worksheets if sheet.sheet_state != "visible"]

    def head(self, name: str) -> list[list[str]]:
        return list(self.guarded(name, lambda: list(itertools.islice(self._rows(self.book[name], []), MAX_HEADER_ROWS))))

    def rows(self, name: str) -> Iterator[list[str]]:
        found = self.guarded(name, lambda: scan(self.path, self.book[name]._worksheet_path))
        if found.unsaved:
            cell, formula = found.unsaved
            raise self.refusal(
                f"sheet {name!r}, cell {cell}: has the formula ={formula} but no saved value; "
                "open the workbook in a spreadsheet program, save it, and load it again"
            )
        self.hidden_parts = found.hidden
        rows = self._rows(self.book[name], found.merges)
        while (row := self.guarded(name, lambda: next(rows, None))) is not None:
            yield row

    def _rows(self, sheet: Any, merges: list[Merge]) -> Iterator[list[str]]:
        sheet.reset_dimensions()  # Programs state wrong ones, and openpyxl would leave out what is beyond them.
        del self.numbers[:]
        rows = self._values(sheet)
        first = [[*row] for row in itertools.islice(rows, MAX_HEADER_ROWS)]
        filled = MergedCells(merges, header_rows(first), self.marks_numbers)
        for number, values in enumerate(itertools.chain(first, rows), 1):
            yield from self.texts(number, filled.row(number, [*values]))

    def _values(self, sheet: Any) -> Iterator[Sequence[Any]]:
        """The values of each row, as their number formats show them."""
        codes = [self._number_format(style.numFmtId) for style in self.book._cell_styles]
        formats = {code: NumberFormat(code) for code in {*codes}}
        changing = {style: formats[code] for style, code in enumerate(codes) if not formats[code].is_plain}
        if not changing:
            yield from sheet.iter_rows(values_only=True)
            return
        for row in sheet.iter_rows():
            yield [
                cell.value if cell.value is None or (format := changing.get(cell._style_id)) is None else format.shown(cell.value)
                for cell in row
            ]

    def _number_format(self, number: int) -> str:
        own = number - BUILTIN_FORMATS_MAX_SIZE
        return str(self.book._number_formats[own] if 0 <= own < len(self.book._number_formats) else BUILTIN_FORMATS.get(number, ""))


class _DamagedSheet(Exception):
    """A sheet that the workbook lists is damaged or missing; the message names it."""


class _Reader(ExcelReader):  # type: ignore[misc]  # openpyxl has no types.
    """Reads a workbook, and raises _DamagedSheet where openpyxl leaves out a sheet without a word, or does not say which one is damaged."""

    def read_worksheets(self) -> None:
        reason = "is missing from the workbook, which lists it"
        try:
            super().read_worksheets()
        except Exception as error:  # As above.
            reason = f"cannot be read: {error_text(error)}"
        if missing := [sheet.name for sheet in self.parser.sheets if sheet.name not in self.wb.sheetnames]:
            raise _DamagedSheet(f"the sheet {missing[0]} {reason}")
