"""Reads tables whose cells are separated by spaces, as `write.table` of R and `to_string` of pandas write them."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from schema.formats.format import FileFormat

from .hxl_tables import find_tags
from .rows import DELIMITERS, MAX_HEADER_ROWS, Row
from .unpack import UnpackedFile, new_path

ROW_NAMES = "row name"  # What the column of the names of rows is called, which has no name in such files.


def may_be_spaced(file: UnpackedFile, rows: Sequence[Row], format_name: str | FileFormat) -> bool:
    """Whether a table of one column may be one of several, which spaces separate."""
    if not rows or len(rows[0].cells) != 1 or not file.places.in_lines or find_tags(file):
        return False
    wanted = {name for column in format_name.needs for name in column.names} if isinstance(format_name, FileFormat) else set()
    return rows[0].cells[0].strip() not in wanted


def as_csv(file: UnpackedFile, folder: Path) -> UnpackedFile | None:
    """The table as CSV, every line in its place; None if its first rows do not all have equally many cells, or no digit, as prose may.

    The header may lack the name of the first column, which then has the names of the rows: their numbers are left out, others are kept.
    """
    text = file.start.decode("utf-8-sig", errors="replace")
    if any(delimiter in text.partition("\n")[0] for delimiter in DELIMITERS):
        return None
    try:
        header, *others = [*itertools.islice(filter(None, _rows(io.StringIO(text, newline=""))), MAX_HEADER_ROWS)] or [[]]
    except csv.Error:  # A cell longer than Python's csv reads.
        return None
    width = min(map(len, others), default=0)
    if len(header) < 2 or any(len(_trimmed(row, width)) != width for row in others) or len(header) not in (width, width - 1):
        return None
    if not any(character.isdigit() for row in others for cell in row for character in cell):
        return None
    named, path = len(header) < width, new_path(folder, "commas")
    numbered = named and _are_numbers(row[0] for row in itertools.islice(_file_rows(file, width), 1, None) if row)
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as copy:
        write = csv.writer(copy, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow
        for number, row in enumerate(_file_rows(file, width)):
            write(row[int(numbered and number > 0) :] if number or numbered or not named else [ROW_NAMES, *row])
    return UnpackedFile(path, file.name)


def _are_numbers(names: Iterable[str]) -> bool:
    """Whether these are numbers, each larger than the one before."""
    return all(
        name.isdecimal() and (last == "" or int(last) < int(name)) for last, name in itertools.pairwise(itertools.chain([""], names))
    )


def _file_rows(file: UnpackedFile, width: int) -> Iterator[list[str]]:
    with file.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        for row in _rows(text):
            yield _trimmed(row, width)


def _trimmed(row: list[str], width: int) -> list[str]:
    """A row of this width, without the empty cell that spaces at the end of a line make."""
    return row[:-1] if len(row) == width + 1 and not row[-1] else row


def _rows(lines: Iterable[str]) -> Iterator[list[str]]:
    """The cells of each line. R writes a backslash before a quotation mark, where others double it."""
    return csv.reader((line.replace('\\"', '""') for line in lines), delimiter=" ", skipinitialspace=True)
