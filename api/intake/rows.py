"""The first rows of a table in text, among which its header or its row of HXL tags is found."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .unpack import UnpackedFile

MAX_HEADER_ROWS = 25  # Rows among which a header or a row of HXL tags is looked for.
DELIMITERS = ",\t;|"
ROW_NAMES = "R writes the names of rows before the first column: write the table without them, by `write.csv(..., row.names = FALSE)`"
SEPARATOR_LINE = re.compile(r"sep=([,;|\t])[,;|\t]*\r?\n", re.IGNORECASE)  # What Excel writes above a table.


@dataclass(frozen=True)
class Row:
    """A row: its cells, the number of the line on which it ends, and the delimiter it was read with."""

    cells: list[str]
    last_line: int
    delimiter: str


@dataclass(frozen=True)
class TagRow:
    """The row of HXL tags: its number, counted from 1, the name of each column, the cells that are not valid tags, and the row of headers."""

    number: int
    columns: list[str]
    malformed: list[str]
    header: list[str]

    @property
    def tag_count(self) -> int:
        return sum(name.startswith("#") for name in self.columns)


def separator_lines(file: UnpackedFile) -> int:
    """The number of lines that only state the delimiter: 0 or 1."""
    return int(bool(SEPARATOR_LINE.match(file.start.decode("utf-8-sig", errors="replace"))))


def first_rows(file: UnpackedFile, delimiter: str = "") -> Iterator[Row]:
    """The first rows of a file, read with this delimiter, or with the one that is most frequent in its first line."""
    text = file.start.decode("utf-8-sig", errors="replace")
    stated = SEPARATOR_LINE.match(text)
    delimiter = delimiter or (stated[1] if stated else max(DELIMITERS, key=text.splitlines()[0].count))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in itertools.islice(reader, bool(stated), MAX_HEADER_ROWS):
            yield Row(cells, reader.line_num, delimiter)
    except csv.Error:  # A cell longer than Python's csv reads; the rows above it are enough.
        return


def has_row_names(rows: Sequence[Sequence[str]]) -> bool:
    """Whether every row has one cell more than the first, the header, and the first cells are numbers in their order, as R writes the names of rows."""
    header, *others = [row for row in rows if any(cell.strip() for cell in row)] or [[]]
    numbers = [int(row[0]) if row and row[0].strip().isdecimal() and len(row) == len(header) + 1 else -1 for row in others]
    # If all last cells are empty, the rows may have ids and end with a delimiter.
    counted = any(row[-1].strip() for row in others) or numbers == [*range(1, len(numbers) + 1)]
    return bool(header and numbers and counted) and min(numbers) >= 0 and numbers == sorted({*numbers})
