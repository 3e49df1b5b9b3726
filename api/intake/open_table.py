"""Opens text in rows and cells, which every container but Parquet becomes, and finds its format and its columns."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from schema.formats import FORMATS, HXL
from schema.formats.format import FileFormat
from schema.formats.maps import MapFormat

from ..sql.duckdb import scan
from ..sql.duckdb.second_headers import Header
from . import hxl_tables, titles
from . import space_separated as spaced
from .header_meaning import running_totals
from .json_pages import Pages
from .recognize import Recognized, fit, recognize
from .rows import ROW_NAMES, Row, TagRow, first_rows, has_row_names, separator_lines
from .unpack import UnpackedFile, refuse_nul, refuse_other_encodings

NUL = re.compile(rb"\0")


@dataclass(frozen=True)
class OpenedFile:
    """A file whose records can be read: its format, the names of its columns, and the select of its records."""

    format: FileFormat
    columns: list[str]
    records: str
    has_raw_record: bool = False  # Whether the select has each record as JSON too, in the column `whole`.
    header: tuple[str, ...] = ()  # The cells above the row of HXL tags, if there is one.
    header_rows: tuple[tuple[str, ...], ...] = ()  # The rows that the names of the columns are joined of, if there are several.
    columns_in_file: tuple[str, ...] = ()  # The names of the columns as the file has them, if each cell of some is a record.
    pages: Pages = field(default_factory=Pages)  # What the pages of an API say, which the file consists of.
    title: str = ""  # The name that the file gives itself, as GeoJSON does.
    warnings: tuple[str, ...] = ()  # What the file has that is not read.
    stores_numbers: bool = False  # Whether its container tells numbers from texts.
    place: Callable[[int], str] | None = None  # Names the place of a line of a text that was made of records or of a sheet.


def open_table(file: UnpackedFile, folder: Path, format_name: str | FileFormat) -> OpenedFile:
    """Open text in rows and cells, with a header, with HXL tags, or without either if a format says what its columns are."""
    refuse_nul(NUL, file)
    rows = list(first_rows(file))
    if spaced.may_be_spaced(file, rows, format_name) and (table := spaced.as_csv(file, folder)):
        return open_table(table, folder, format_name)
    if isinstance(format_name, MapFormat):
        rows = titles.best_reading(file, rows, lambda cells: fit(format_name, cells))
    else:
        titles.refuse_titles(file, rows)
    if has_row_names([row.cells for row in rows]):
        raise file.refusal(f"has one name of a column fewer than its rows have cells; {ROW_NAMES}")
    if not rows:
        raise file.refusal(
            "has no header that can be read: a cell of its first row is too long; close the quotation mark that is open in it"
        )
    header = [cell.strip() for cell in rows[0].cells]
    _refuse_prose(file, rows)
    if not is_specific(header, format_name):
        if tagged := hxl_tables.find_tags(file):
            return _open_tagged(file, folder, *tagged)
        if hint := hxl_tables.missing_tags(file, [row.cells for row in rows], expected=format_name == HXL.name):
            raise file.refusal(hint)
    recognized = recognize(file, format_name, header=header, rows=[row.cells for row in rows])
    return _open_recognized(file, folder, recognized, rows)


def _open_recognized(file: UnpackedFile, folder: Path, recognized: Recognized, rows: Sequence[Row]) -> OpenedFile:
    """Open a table whose format and columns are known."""
    columns = scan.distinct_names(recognized.columns)
    skipped_lines = rows[recognized.rows_above - 1].last_line if recognized.rows_above else separator_lines(file)
    refuse_other_encodings(file, sum(map(len, file.start.splitlines(keepends=True)[:skipped_lines])))
    _refuse_open_quote(file, recognized.rows_above + separator_lines(file), skipped_lines, rows[0].delimiter)
    refuse_repeated(file, recognized.columns, "rename or remove one of them")
    path = file.path
    if skipped_lines > recognized.rows_above + separator_lines(file):  # DuckDB skips rows, not lines, where a name has several lines.
        path, skipped_lines = hxl_tables.write_records(file, folder, recognized.rows_above, rows)
    records = scan.from_csv(path, columns, rows[0].delimiter, skipped_lines)
    place = _place_of_line(file, skipped_lines - recognized.rows_above)
    above = titles.warning([row.cells for row in rows[: recognized.titles]])
    return OpenedFile(
        recognized.format,
        columns,
        records,
        place=place,
        warnings=(above,) if above else (),
        header_rows=tuple(tuple(row.cells) for row in rows[recognized.titles : recognized.titles + recognized.header_rows])
        if recognized.header_rows > 1
        else (),
    )


def header_of(file: OpenedFile) -> Header:
    """What the table has above its records, to find it once more among them."""
    wide = file.format.wide if isinstance(file.format, MapFormat) else None
    columns = file.columns_in_file or tuple(file.columns)
    return Header(columns, file.header_rows, file.header[-len(columns) :], wide)


def is_specific(header: Sequence[str], format_name: str | FileFormat) -> bool:
    """Whether the header decides the format: a specific format takes precedence over HXL, whose tags any table may have."""
    if format_name:
        return format_name != HXL.name
    return any(format.recognizes(header) for format in FORMATS)


def _open_tagged(file: UnpackedFile, folder: Path, tags: TagRow, rows: Sequence[Row]) -> OpenedFile:
    refuse_other_encodings(file, len(file.start))
    columns = hxl_tables.check_columns(file, tags, [row.cells for row in rows])
    path, lines_above = hxl_tables.write_records(file, folder, tags.number, rows)
    header = tuple(cell for row in rows[: tags.number - 1] for cell in row.cells)
    records = scan.from_csv(path, columns, rows[0].delimiter, lines_above)
    place = _place_of_line(file, lines_above - tags.number)
    return OpenedFile(HXL, columns, records, header=header, warnings=tuple(running_totals(tags, columns)), place=place)


def _place_of_line(file: UnpackedFile, surplus_lines: int) -> Callable[[int], str] | None:
    """Names the place of a record by the number that DuckDB gives it; None if the lines of the file are meant.

    `surplus_lines`: how many more lines than rows are above the records.
    """
    return None if file.places.in_lines else lambda number: file.places.row(number - surplus_lines)


def _refuse_prose(file: UnpackedFile, rows: Sequence[Row]) -> None:
    """Raises LoadRefused for a text whose first line is a sentence instead of the names of columns."""
    if len(rows[0].cells) > 1 or not rows[0].cells or file.places.names:
        return
    spaces = [" ".join(row.cells).count(" ") for row in rows if row.cells]
    if sum(spaces) > 3 * len(spaces) and not hxl_tables.find_tags(file):
        begins = rows[0].cells[0].strip()[:40]
        raise file.refusal(
            f"is a text without columns, which begins {begins!r}; the first line of a table has the names of its columns, separated by commas, tabs, semicolons or bars"
        )


def refuse_repeated(file: UnpackedFile, names: Sequence[str], cure: str) -> None:
    """Raises LoadRefused if two columns have one name, in whatever case: nothing says which of them is meant."""
    places: dict[str, list[str]] = defaultdict(list)
    for number, name in enumerate(names, 1):
        if name.strip():
            places[name.strip().lower()].append(f"{name.strip()} (column {number})")
    if repeated := [" and ".join(columns) for columns in places.values() if len(columns) > 1]:
        raise file.refusal(f"has columns of the same name: {'; '.join(repeated)}; {cure}")


def _refuse_open_quote(file: UnpackedFile, header_rows: int, header_lines: int, delimiter: str) -> None:
    """Raises LoadRefused for a header with a quotation mark that may swallow records, which would be lost silently.

    A name may go on in another line, as spreadsheets write it, if no line of it could be a record.
    """
    text = io.StringIO(file.start.decode("utf-8-sig", errors="replace"), newline="")
    try:
        rows = list(csv.reader(itertools.islice(text, header_lines), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise file.refusal(f"has a misplaced quotation mark in its header: {error}; remove it or double it") from error
    in_lines = [cell for row in rows for cell in row if "\n" in cell or "\r" in cell]
    if header_lines > header_rows and (any(delimiter in cell for cell in in_lines) or max(map(len, rows)) == 1):
        raise file.refusal("has a header of several lines; close the quotation mark that is open in it and write it on one line")
