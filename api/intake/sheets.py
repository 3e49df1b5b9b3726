"""What the readers of workbooks share: sheets as rows of texts, merged cells, and values of cells as text."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from abc import ABC, abstractmethod
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl.utils.cell import get_column_letter
from openpyxl.utils.escape import unescape

from schema.formats.spellings import NUMBER_MARK

from ..errors import LoadRefused
from .hxl import tag_row

MAX_SHEET_BYTES = 4 << 30  # Of a sheet once unpacked.
MAX_EXACT = 2**53  # From here on, spreadsheets do not keep every whole number.

MAX_HIDDEN_LISTED = 10  # Hidden rows, and columns, that a warning names.


class PaddedNumber(str):
    """A number that a workbook stores, as the text that it shows: with zeros before it, such as 007."""

    __slots__ = ()


Merge = tuple[int, int, int, int]  # The first column and row and the last column and row, counted from 1.


@dataclass
class HiddenParts:
    """The rows and the columns of a sheet that a reader of it does not see, as the numbers of the first and the last ones, counted from 1.

    They are read like the others, as by the programs that save a sheet as CSV; whoever hid them may not know.
    """

    rows: list[tuple[int, int]] = field(default_factory=list)
    columns: list[tuple[int, int]] = field(default_factory=list)

    def add_row(self, number: int, times: int = 1) -> None:
        first = self.rows.pop()[0] if self.rows and self.rows[-1][1] == number - 1 else number
        self.rows.append((first, number + times - 1))

    def warnings(self, numbers: Sequence[int], names: Sequence[str]) -> Iterator[str]:
        """What to say of them. `numbers`: those of the rows with a value, which ascend; `names`: those of the columns."""
        rows = [
            (numbers[start], numbers[end - 1], end - start)
            for first, last in self.rows
            if (start := bisect_left(numbers, first)) < (end := bisect_right(numbers, last))
        ]
        if rows:
            listed = [f"{first}" if first == last else f"{first} to {last}" for first, last, _ in rows[:MAX_HIDDEN_LISTED]]
            yield _read_although_hidden("row", sum(count for *_, count in rows), listed, len(rows))
        columns = [(number, names[number - 1]) for first, last in self.columns for number in range(first, min(last, len(names)) + 1)]
        if columns:
            listed = [f"{get_column_letter(number)} ({name})" for number, name in columns[:MAX_HIDDEN_LISTED]]
            yield _read_although_hidden("column", len(columns), listed, len(columns))


def _read_although_hidden(what: str, count: int, listed: Sequence[str], of: int) -> str:
    more = ", …" if of > len(listed) else ""
    if count == 1:
        return f"the {what} {listed[0]} of the sheet is hidden, and is read like the others; delete it if it should not count"
    return f"{count:,} {what}s of the sheet are hidden ({', '.join(listed)}{more}), and are read like the others; delete them if they should not count"


class Sheets(ABC):
    """What readers of workbooks share: the rows of sheets, with their numbers, and what is said of a sheet that cannot be read."""

    def __init__(self, path: Path, refusal: Callable[[str], LoadRefused], marks_numbers: bool = False) -> None:
        self.path, self.refusal, self.marks_numbers = path, refusal, marks_numbers
        self.numbers = array("L")  # The numbers, in the sheet, of the rows that were last read.
        self.hidden_parts = HiddenParts()  # Of the sheet whose rows were last read.

    @property
    @abstractmethod
    def visible(self) -> list[str]:
        """The names of the sheets that are not hidden."""

    @property
    @abstractmethod
    def hidden(self) -> list[str]:
        """The names of the others."""

    @abstractmethod
    def head(self, name: str) -> list[list[str]]:
        """The first rows of a sheet, without regard to merged cells below its header. Raises LoadRefused."""

    @abstractmethod
    def rows(self, name: str) -> Iterator[list[str]]:
        """The rows of a sheet that have any value, each cell as text, merged cells filled. Raises LoadRefused."""

    def texts(self, number: int, row: list[str]) -> Iterator[list[str]]:
        """A row of this number without the empty cells at its end, if it has any value."""
        while row and row[-1] == "":
            row.pop()
        if any(cell.strip() for cell in row):
            self.numbers.append(number)
            yield row

    def guarded(self, name: str, read: Callable[[], Any]) -> Any:
        """What `read` returns. Raises LoadRefused with the name of the sheet."""
        try:
            with warnings.catch_warnings(action="ignore"):
                return read()
        except LoadRefused:
            raise
        except Exception as error:  # A damaged workbook makes its reader raise any exception at all.
            raise self.refusal(f"the sheet {name} cannot be read: {error_text(error)}") from error


def header_rows(first: list[list[Any]]) -> int:
    """The number of rows above the first record: those down to the row of tags, or to the first that is not empty."""
    texts = [[*map(cell_text, row)] for row in first]
    tags = tag_row(texts)
    return tags.number if tags else next((number for number, row in enumerate(texts, 1) if any(row)), 1)


class MergedCells:
    """Fills merged cells with their value. A merged number belongs to one record, and which one is unknown: ValueError."""

    def __init__(self, merges: list[Merge], header_rows: int, marks_numbers: bool = False) -> None:
        self.header_rows, self.marks_numbers = header_rows, marks_numbers
        self.below = sorted(merges, key=lambda area: area[1], reverse=True)  # The areas that begin further down.
        self.values: dict[Merge, Any] = {}  # The areas that the current row is part of, and their values.

    def row(self, number: int, values: list[Any]) -> list[str]:
        """A row as texts; call it for every row, in their order."""
        while self.below and self.below[-1][1] <= number:
            area = self.below.pop()
            self.values[area] = values[area[0] - 1] if area[0] <= len(values) else None
        self.values = {area: value for area, value in self.values.items() if area[3] >= number}
        for area, value in self.values.items():
            left, top, right, _ = area
            values += [None] * (right - len(values))
            if number > self.header_rows and isinstance(value, (int, float, PaddedNumber)) and not isinstance(value, bool):
                raise ValueError(
                    f"the number {cell_text(value)} is merged over several cells, from row {top}, column {left}; "
                    "write it only in the row that it belongs to"
                )
            values[left - 1 : right] = [value] * (right - left + 1)
        return [marked(value) for value in values] if self.marks_numbers else [*map(cell_text, values)]


def marked(value: object) -> str:
    """A cell as text, with a mark after the point of a number that is no text."""
    text = cell_text(value)
    return text + NUMBER_MARK if isinstance(value, float) and "." in text else text


def cell_value(value: Any, is_percentage: bool) -> Any:
    """The value of a cell; a number that is shown as a percentage as a text, such as 12.5%."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f"{(Decimal(repr(value)) * 100).normalize():f}%" if is_percentage and is_number else value


def cell_text(value: object) -> str:
    """A cell as text, whatever its format and the language of the program that wrote it: 3, 2.5, true, 2024-03-01, 2024-03-01T13:45:00.

    A number has the digits that the workbook stores, and no exponent, unless it is so large that programs round it: an id cannot be read from it then.
    An error is its name, such as #N/A.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float() if MAX_EXACT <= abs(value) < math.inf:
            return format(Decimal(repr(value)), "E")
        case float():
            return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
        case dt.date() if (value.year, value.month, value.day) == (1900, 2, 28):
            raise ValueError(
                "a date is the 59th or the 60th day of 1900, of which spreadsheets count one too many; write it as text, or leave the cell empty"
            )
        case dt.date() | dt.time():  # Among dates are those with a time.
            return value.isoformat().removesuffix("T00:00:00")
        case dt.timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case _:
            return str(unescape(str(value)))


def error_text(error: Exception) -> str:
    return str(error).strip() or type(error).__name__
