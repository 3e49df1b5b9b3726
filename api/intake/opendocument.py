"""Reads the sheets of an OpenDocument spreadsheet (ODS, or FODS, which is the same without a zip) element by element, as workbook.py does those of XLSX.

Ours, because no maintained library reads it in constant memory: python-calamine and odfpy read whole sheets, without merged cells or FODS.
"""

from __future__ import annotations

import itertools
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from ..errors import LoadRefused
from .opendocument_formats import DateFormats, shown_number
from .rows import MAX_HEADER_ROWS
from .sheets import MAX_SHEET_BYTES, HiddenParts, Merge, MergedCells, Sheets, cell_value, header_rows
from .unpack import BLOCK_BYTES, SPREADSHEET, ZIP

FLAT = re.compile(rb"<office:document\s[^>]*" + SPREADSHEET)
MAX_COLUMNS, MAX_ROWS = 1 << 14, 1 << 20  # Of a sheet. A program that writes more repeats a row by mistake.
OFFICE, TABLE, TEXT, STYLE, CALC = (
    f"{{{name}}}"
    for name in (
        "urn:oasis:names:tc:opendocument:xmlns:office:1.0", "urn:oasis:names:tc:opendocument:xmlns:table:1.0", "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "urn:oasis:names:tc:opendocument:xmlns:style:1.0", "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    )
)  # fmt: skip
CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
MAX_TEXT = 32_767  # Characters of a cell, as in a workbook. Spaces are stored as their number.
HIDDEN = ("collapse", "filter")  # What says so of a row or a column.
DURATION = re.compile(r"-?PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")


@dataclass
class _Row:
    """A row with its number, its values, and the areas of merged cells that begin in it."""

    number: int
    values: list[Any] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)


def is_packed(path: Path) -> bool:
    """Whether a zip is such a spreadsheet, and not a workbook."""
    with zipfile.ZipFile(path) as archive:
        return "content.xml" in archive.namelist()


def is_flat(start: bytes) -> bool:
    """Whether a file that begins so is such a spreadsheet without a zip."""
    return FLAT.search(start) is not None


class OpenDocument(Sheets):
    """An open spreadsheet. Use it as a context; raises LoadRefused if it cannot be read."""

    def __init__(self, path: Path, refusal: Callable[[str], LoadRefused], marks_numbers: bool = False) -> None:
        super().__init__(path, refusal, marks_numbers)
        self.shown: dict[str, bool] = {}  # By sheet, whether it is visible.
        self.formats = DateFormats()

    def __enter__(self) -> OpenDocument:
        try:
            self.shown = self._find_sheets()
        except LoadRefused:
            raise
        except Exception as error:  # A damaged file makes zipfile and the parser raise any exception at all.
            raise self.refusal(f"cannot be read as an OpenDocument spreadsheet: {error}") from error
        return self

    def __exit__(self, *_: object) -> None:
        pass

    @property
    def visible(self) -> list[str]:
        return [name for name, shown in self.shown.items() if shown]

    @property
    def hidden(self) -> list[str]:
        return [name for name, shown in self.shown.items() if not shown]

    def _open(self) -> IO[bytes]:
        with self.path.open("rb") as file:
            packed = file.read(len(ZIP)) == ZIP
        if not packed:
            return self.path.open("rb")
        archive = zipfile.ZipFile(self.path)
        if archive.getinfo("content.xml").file_size > MAX_SHEET_BYTES:
            raise self.refusal(f"has content.xml, which is larger than {MAX_SHEET_BYTES >> 20} MB once unpacked; export the sheet as CSV")
        return archive.open("content.xml")

    def _elements(self) -> Iterator[tuple[str, ElementTree.Element, list[ElementTree.Element]]]:
        """The beginnings and ends of all elements, each with those around it; what has ended is forgotten with its row or its table."""
        stack: list[ElementTree.Element] = []
        with closing(self._open()) as content:
            for event, element in ElementTree.iterparse(content, ("start", "end")):  # noqa: S314  Without a DOCTYPE, there are no entities.
                if event == "end":
                    stack.pop()
                yield event, element, stack
                if event == "start":
                    stack.append(element)
                elif element.tag in (f"{TABLE}table-row", f"{TABLE}table"):
                    stack[-1].remove(element)

    def _find_sheets(self) -> dict[str, bool]:
        with closing(self._open()) as content:
            before = content.read(BLOCK_BYTES).partition(b"<office:document")
        if not before[1] or b"<!DOCTYPE" in before[0]:
            raise self.refusal(
                "is no OpenDocument spreadsheet as programs write it: its root is missing, or it has a DOCTYPE; save it as XLSX or CSV"
            )
        hidden, sheets = set[str | None](), dict[str, bool]()
        for event, element, around in self._elements():
            if event == "end":
                self.formats.add(element)
            if event == "end" and element.tag == f"{STYLE}style":
                if any(part.get(f"{TABLE}display") == "false" for part in element):
                    hidden.add(element.get(f"{STYLE}name"))
            elif event == "start" and element.tag == f"{TABLE}table" and around[-1].tag == f"{OFFICE}spreadsheet":
                sheets[element.get(f"{TABLE}name", "")] = element.get(f"{TABLE}style-name") not in hidden
        return sheets

    def head(self, name: str) -> list[list[str]]:
        return list(self.guarded(name, lambda: list(itertools.islice(self._texts(name, strict=False), MAX_HEADER_ROWS))))

    def rows(self, name: str) -> Iterator[list[str]]:
        rows = self._texts(name, strict=True)
        while (row := self.guarded(name, lambda: next(rows, None))) is not None:
            yield row

    def _texts(self, name: str, strict: bool) -> Iterator[list[str]]:
        """The rows that have any value, each cell as text. `strict`: merged cells are filled below the header, and a merged number is refused."""
        del self.numbers[:]
        rows = self._rows(name)
        first = [*itertools.islice(rows, MAX_HEADER_ROWS)]
        merged = MergedCells([], header_rows([row.values for row in first]), self.marks_numbers)
        for row in itertools.chain(first, rows):
            if strict:
                merged.below += reversed(row.merges)
            yield from self.texts(row.number, merged.row(row.number, row.values))

    def _rows(self, name: str) -> Iterator[_Row]:
        """The rows of a sheet that are not empty, or in which cells are merged, each as often as the file repeats it."""
        number, column, inside, self.hidden_parts = 1, 1, False, HiddenParts()
        self.formats.of_columns.clear()
        for event, element, around in self._elements():
            if element.tag == f"{TABLE}table" and around[-1].tag == f"{OFFICE}spreadsheet":
                if inside:
                    return
                inside = event == "start" and element.get(f"{TABLE}name", "") == name
            elif inside and event == "end" and element.tag == f"{TABLE}table-column":
                times = _times(element, "columns")
                if element.get(f"{TABLE}visibility") in HIDDEN:
                    self.hidden_parts.columns.append((column, column + times - 1))
                column += times
                self.formats.of_columns.append((column, element))
            elif inside and event == "end" and element.tag == f"{TABLE}table-row" and not any(part.tag in CELLS for part in around):
                times, row = _times(element, "rows"), _row(number, element, self.formats)
                if element.get(f"{TABLE}visibility") in HIDDEN:
                    self.hidden_parts.add_row(number, times)
                if row.values or row.merges:
                    if number + times > MAX_ROWS:
                        raise ValueError(f"it has more than {MAX_ROWS:,} rows; delete the empty ones, or export the sheet as CSV")
                    yield from (_Row(number + n, [*row.values], [*row.merges]) for n in range(times))
                number += times


def _times(element: ElementTree.Element, what: str) -> int:
    return int(element.get(f"{TABLE}number-{what}-repeated", "1"))


def _row(number: int, element: ElementTree.Element, formats: DateFormats) -> _Row:
    row, empty = _Row(number), 0  # Empty cells at the end of a row are repeated to the last column of the sheet.
    for cell in (part for part in element if part.tag in CELLS):
        times, column = _times(cell, "columns"), len(row.values) + empty + 1
        value = "" if cell.tag == CELLS[1] else _value(cell, number, column)
        if value and cell.get(f"{OFFICE}value-type") == "date":
            value = formats.shown(value, formats.style(cell, element, column), _shown(cell) or "")
        width, height = (int(cell.get(f"{TABLE}number-{what}-spanned", "1")) for what in ("columns", "rows"))
        if value == "":
            empty += times
            continue
        if len(row.values) + empty + max(times, width) > MAX_COLUMNS:
            raise ValueError(f"its row {number} has more than {MAX_COLUMNS:,} cells; export the sheet as CSV")
        row.values += [None] * empty
        if width > 1 or height > 1:
            left = len(row.values) + 1
            row.merges.append((left, number, left + width - 1, number + height - 1))
        row.values += [value] * times
        empty = 0
    return row


def _value(cell: ElementTree.Element, row: int, column: int) -> Any:
    """The value of a cell: a number, true or false, or a text, such as a date in the form of ISO 8601; empty if there is none."""
    type, number = cell.get(f"{OFFICE}value-type", ""), cell.get(f"{OFFICE}value")
    if type in ("float", "percentage", "currency") and number is not None:
        value = int(number) if re.fullmatch(r"-?\d{1,15}", number) else float(number)
        return shown_number(value, cell_value(value, type == "percentage"), _shown(cell))
    if type == "boolean":
        return cell.get(f"{OFFICE}boolean-value") == "true"
    if type == "date":
        return cell.get(f"{OFFICE}date-value", "").removesuffix("T00:00:00")
    if type == "time":
        duration = DURATION.fullmatch(cell.get(f"{OFFICE}time-value", ""))
        return ":".join(duration.groups()) if duration else cell.get(f"{OFFICE}time-value", "")
    paragraphs = cell.findall(f"{TEXT}p")
    if sum(map(_length, paragraphs)) > MAX_TEXT:
        raise ValueError(
            f"the cell in row {row}, column {column} has more than {MAX_TEXT:,} characters; shorten it, or export the sheet as CSV"
        )
    text = "\n".join(map(_text, paragraphs))
    if cell.get(f"{TABLE}formula") and not type and not text:
        raise ValueError(
            f"the cell in row {row}, column {column} has a formula but no saved value; open it in a spreadsheet program, save it, and load it again"
        )
    stated = cell.get(f"{OFFICE}string-value")
    return text if stated is None or cell.get(f"{CALC}value-type") == "error" else stated


def _shown(cell: ElementTree.Element) -> str | None:
    """What a cell shows, if the file has it."""
    paragraphs = cell.findall(f"{TEXT}p")
    return " ".join(map(_text, paragraphs)) if paragraphs else None


def _length(element: ElementTree.Element) -> int:
    """The number of characters of a paragraph, comments included."""
    spaces = int(element.get(f"{TEXT}c", "1")) if element.tag == f"{TEXT}s" else 0
    return spaces + len(element.text or "") + sum(_length(part) + len(part.tail or "") for part in element)


def _text(element: ElementTree.Element) -> str:
    """The text of a paragraph, with the spaces, tabs and line breaks that are elements; without comments."""
    parts = [element.text or ""]
    for part in element:
        if part.tag == f"{TEXT}s":
            parts.append(" " * int(part.get(f"{TEXT}c", "1")))
        elif part.tag in (f"{TEXT}tab", f"{TEXT}line-break"):
            parts.append("\t" if part.tag == f"{TEXT}tab" else "\n")
        elif part.tag != f"{OFFICE}annotation":
            parts.append(_text(part))
        parts.append(part.tail or "")
    return "".join(parts)
