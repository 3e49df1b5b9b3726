"""Finds and checks HXL tags in a table, and turns rows into CSV, which DuckDB reads."""

from __future__ import annotations

import csv
import io
import itertools
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from schema.formats import HXL

from ..sql.duckdb import scan
from .header_meaning import refuse_other_numbers
from .hxl import missing_hash_signs, tag_row
from .places import Places
from .records_above import refuse_records_above
from .rows import DELIMITERS, MAX_HEADER_ROWS, ROW_NAMES, Row, TagRow, first_rows
from .unpack import BLOCK_BYTES, UnpackedFile, half_character, new_path


def find_tags(file: UnpackedFile) -> tuple[TagRow, Sequence[Row]] | None:
    """The row of tags, and the first rows as the delimiter reads them that finds the most tags; None for a file without tags."""
    if b"#" not in file.start:
        return None
    readings = ([*first_rows(file, delimiter)] for delimiter in DELIMITERS)
    tagged = [(tags, rows) for rows in readings if (tags := tag_row([row.cells for row in rows]))]
    return max(tagged, key=lambda pair: pair[0].tag_count, default=None)


def check_columns(file: UnpackedFile, tags: TagRow, rows: Sequence[Sequence[str]]) -> list[str]:
    """The columns of a table with tags among its first rows. Raises LoadRefused if a tag could be misread, if no column is a fact of ours, or if records are above the tags."""
    if tags.malformed:
        cells, row = ", ".join(map(repr, tags.malformed)), file.places.row(tags.number)
        hint = f"; {ROW_NAMES}" if tags.malformed == ["1"] and not tags.columns[0] else ""
        hint = hint or (
            "; words of a tag begin with a letter, as in #affected+y2013" if any("#" in cell for cell in tags.malformed) else ""
        )
        correct = "rename" if file.places.is_name(tags.number) else "correct or empty"
        raise file.refusal(f"{row} has HXL tags and {file.places.cells(tags.number)} that are not tags: {cells}; {correct} them{hint}")
    columns = scan.distinct_names(tags.columns)
    if problem := HXL.refusal(columns):
        raise file.refusal(problem)
    refuse_records_above(file, tags, columns, rows)
    refuse_other_numbers(file, tags, columns, rows)
    return columns


def write_records(file: UnpackedFile, folder: Path, rows_above: int, rows: Sequence[Row]) -> tuple[Path, int]:
    """Write the records without the rows above them; returns the path, and the number of empty lines in place of these rows.

    A surplus quotation mark in a header would make DuckDB take the records after it for part of the header.
    """
    path, lines_above = new_path(folder, "records"), rows[rows_above - 1].last_line
    text = io.StringIO(file.start.decode("utf-8", errors="replace"), newline="")
    lines = list(itertools.islice(text, rows[min(rows_above, len(rows) - 1)].last_line))
    line_end = b"\r\n" if lines[-1].endswith("\r\n") else b"\n"  # That of the first record: DuckDB expects one sort in a file.
    with file.path.open("rb") as original, path.open("wb") as copy:
        original.seek(sum(len(line.encode()) for line in lines[:lines_above]))
        copy.write(line_end * lines_above)
        shutil.copyfileobj(original, copy, BLOCK_BYTES)
    return path, lines_above


def missing_tags(file: UnpackedFile, rows: Sequence[Sequence[str]], expected: bool) -> str:
    """Why a table has no tags, for the user; empty if nothing hints at tags. `expected`: the user said that the format is HXL."""
    names, rows_tried = file.places.names, f"the first {MAX_HEADER_ROWS} {'records' if file.places.names else 'rows'}"
    where = f"neither among its {names} nor in one of {rows_tried}" if names else f"in none of {rows_tried}"
    absent = f"has no HXL tags, {where}; a tag is a word such as #affected+killed"
    return missing_hash_signs(rows, file.places) or (absent if expected else "")


def as_csv(rows: Iterable[Sequence[str]], file: UnpackedFile, folder: Path, places: Places, name: str = "") -> UnpackedFile:
    """Rows as a file of CSV, each as long as the first rows are; `name` is its name in messages. Raises LoadRefused."""
    path, rows = new_path(folder, "rows"), iter(rows)
    head = [*itertools.islice(rows, MAX_HEADER_ROWS)]
    width = max(map(len, head), default=0)
    try:
        with path.open("w", encoding="utf-8", newline="") as text:
            lines = itertools.chain(head, rows)
            csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([*row, *[""] * (width - len(row))] for row in lines)
    except UnicodeEncodeError as error:
        raise half_character(file) from error
    return UnpackedFile(path, name or file.name, places)
