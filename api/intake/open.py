"""Opens a file of any container, CSV, JSON, Parquet or XLSX, and finds its format, its columns and the select of its records."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from schema.formats import FORMATS, HXL
from schema.formats.format import FileFormat

from ..errors import LoadRefused
from ..sql.duckdb import scan
from . import hxl_tables, json_records, spaced
from .foreign import refuse_foreign
from .hxl import header_rows, tag_row
from .json_pages import Pages
from .line_ends import with_one_line_end
from .places import Places
from .recognize import recognize
from .rows import MAX_HEADER_ROWS, ROW_NAMES, Row, TagRow, first_rows, has_row_names, separator_lines
from .unpack import ZIP, UnpackedFile, refuse_nul, refuse_other_encodings, unpack

NUL = re.compile(rb"\0")
NUL_IN_JSON = re.compile(rb"\0|(?<!\\)(?:\\\\)*\\u0000")
PARQUET = b"PAR1"  # What such a file begins with.


@dataclass(frozen=True)
class OpenedFile:
    """A file whose records can be read: its format, the names of its columns, and the select of its records."""

    format: FileFormat
    columns: list[str]
    records: str
    has_raw_record: bool = False  # Whether the select has each record as JSON too, in the column `whole`.
    header: tuple[str, ...] = ()  # The cells above the row of HXL tags, if there is one.
    pages: Pages = field(default_factory=Pages)  # What the pages of an API say, which the file consists of.
    title: str = ""  # The name that the file gives itself, as GeoJSON does.
    warnings: tuple[str, ...] = ()  # What the file has that is not read.
    place: Callable[[int], str] | None = None  # Names the place of a line of a text that was made of records or of a sheet.


def open_file(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path, format_name: str | FileFormat = "") -> OpenedFile:
    """Open a file and recognize it by its content.

    `folder` is for copies that are unpacked or converted; `format_name` is the format that the user named, or that a map declares, or empty.
    Raises LoadRefused for a file that is damaged, in no known format, or could be misread.
    """
    file = unpack(UnpackedFile(path, path.name), folder)
    if file.start.startswith(ZIP):
        return _open_workbook(file, folder, format_name)
    refuse_foreign(file)
    content = file.start.lstrip(json_records.BLANK)
    if not content:
        raise file.refusal("is empty")
    if file.start.startswith(PARQUET):
        return _open_parquet(connection, file, format_name)
    if content.startswith((b"[", b"{")):
        return _open_json(file, folder, format_name)
    return _open_table(with_one_line_end(file, folder), folder, format_name)


def _open_workbook(file: UnpackedFile, folder: Path, format_name: str | FileFormat) -> OpenedFile:
    """Open the one visible sheet that has a table; sheets are tried by their first rows, so that others are not read to their end."""
    from .workbook import Workbook  # noqa: PLC0415  openpyxl takes a third of a second to import, and most files are no workbooks.

    with Workbook(file.path, file.refusal) as workbook:
        places, tables, problems = Places(numbers=workbook.numbers), [], {}
        for sheet in workbook.visible:
            name = f"{file.name}, sheet {sheet}" if len(workbook.visible) > 1 else file.name
            head = hxl_tables.as_csv(workbook.head(sheet), file, folder, places, name)
            try:
                if head.start:
                    _open_table(head, folder, format_name)
                    tables.append(sheet)
            except LoadRefused as refused:
                problems[sheet] = str(refused)
        if len(tables) > 1:
            raise file.refusal(f"has several sheets with tables: {', '.join(tables)}; save each as a file of its own")
        if problems and not tables:
            raise LoadRefused("\n".join(problems.values()))
        if not tables:
            hidden = f"; its hidden sheets are not read: {', '.join(workbook.hidden)}" if workbook.hidden else ""
            raise file.refusal(f"is empty{hidden}")
        opened = _open_table(hxl_tables.as_csv(workbook.rows(tables[0]), file, folder, places), folder, format_name)
        reasons = {sheet: _reason(problem, f"{file.name}, sheet {sheet}") for sheet, problem in problems.items()}
        not_read = [f"the sheet {sheet} is not read: it {reason}" for sheet, reason in reasons.items()]
        return replace(opened, warnings=(*not_read, *(f"the hidden sheet {sheet} is not read" for sheet in workbook.hidden)))


def _reason(refusal: str, name: str) -> str:
    """Why a file of this name is refused, without its name and without what to do."""
    return refusal.removeprefix(f"{name}: ").partition(";")[0]


def _open_parquet(connection: duckdb.DuckDBPyConnection, file: UnpackedFile, format_name: str | FileFormat) -> OpenedFile:
    try:
        described = connection.execute(scan.PARQUET_COLUMNS, [str(file.path)]).fetchall()
    except duckdb.Error as error:
        raise file.refusal(f"cannot be read as Parquet: {duckdb_reason(error)}") from error
    types = {row[0]: row[1] for row in described}
    names = header_rows([*types])
    file = replace(file, places=Places("columns", len(names)))
    if not _is_specific([*types], format_name):
        rows = [*names, *_first_records(connection, file, scan.from_parquet(file.path, types))]
        if tags := tag_row(rows):
            columns = hxl_tables.check_columns(file, tags, rows)
            records = scan.from_parquet(file.path, types, columns, skipped=tags.number - len(names))
            return OpenedFile(HXL, columns, records, header=tuple(cell for row in rows[: tags.number - 1] for cell in row))
        if hint := hxl_tables.missing_tags(file, rows, expected=format_name == HXL.name):
            raise file.refusal(hint)
    recognized = recognize(file, format_name, header=list(types), rows=[])
    return OpenedFile(recognized.format, recognized.columns, scan.from_parquet(file.path, types))


def _first_records(connection: duckdb.DuckDBPyConnection, file: UnpackedFile, records: str) -> list[list[str]]:
    """The cells of the first records, among which a row of HXL tags is looked for. Raises LoadRefused."""
    try:
        return [[cell or "" for cell in cells] for cells in connection.execute(scan.first(records, MAX_HEADER_ROWS - 1)).fetchall()]
    except duckdb.Error as error:
        raise file.refusal(f"cannot be read as Parquet: {duckdb_reason(error)}") from error


def _open_json(file: UnpackedFile, folder: Path, format_name: str | FileFormat) -> OpenedFile:
    """Open JSON by writing its records as a table, with what its pages say."""
    refuse_nul(NUL_IN_JSON, file)
    refuse_other_encodings(file)
    found = json_records.find_records(file, lambda keys: any(format.recognizes([*keys]) for format in FORMATS))
    return replace(_open_records(file, found, folder, format_name), pages=replace(found.pages))


def _open_records(file: UnpackedFile, found: json_records.JsonRecords, folder: Path, format_name: str | FileFormat) -> OpenedFile:
    """Open the records of a file of JSON. Formats whose records are JSON get each record as it is, too."""
    if found.rows:
        return _open_table(
            hxl_tables.as_csv(json_records.row_cells(found), file, folder, json_records.row_places(found)), folder, format_name
        )
    nested = not any(format.recognizes([*found.names]) for format in FORMATS if not format.nested and format_name in ("", format.name))
    columns = [*(found.nested_names if nested else found.names)]
    _refuse_repeated(file, columns, "rename them")
    raw = [format for format in FORMATS if format.container == "json" and format.recognizes(columns) and format_name in ("", format.name)]
    table = json_records.write_csv(found, columns, nested, bool(raw), format_name in ("", HXL.name), folder)
    if not raw:
        return replace(_open_table(table, folder, format_name), title=found.title)
    recognized = recognize(file, format_name, header=columns, rows=[])
    columns = scan.distinct_names(columns)
    return OpenedFile(recognized.format, columns, scan.from_csv(table.path, [*columns, "whole"], ",", 0), has_raw_record=True)


def _open_table(file: UnpackedFile, folder: Path, format_name: str | FileFormat) -> OpenedFile:
    """Open text in rows and cells, with a header, with HXL tags, or without either if a format says what its columns are."""
    refuse_nul(NUL, file)
    rows = list(first_rows(file))
    if spaced.may_be_spaced(file, rows, format_name) and (table := spaced.as_csv(file, folder)):
        return _open_table(table, folder, format_name)
    if has_row_names([row.cells for row in rows]):
        raise file.refusal(f"has one name of a column fewer than its rows have cells; {ROW_NAMES}")
    if not rows:
        raise file.refusal(
            "has no header that can be read: a cell of its first row is too long; close the quotation mark that is open in it"
        )
    header = [cell.strip() for cell in rows[0].cells]
    _refuse_prose(file, rows)
    if not _is_specific(header, format_name):
        if tagged := hxl_tables.find_tags(file):
            return _open_tagged(file, folder, *tagged)
        if hint := hxl_tables.missing_tags(file, [row.cells for row in rows], expected=format_name == HXL.name):
            raise file.refusal(hint)
    recognized = recognize(file, format_name, header=header, rows=[row.cells for row in rows])
    columns = scan.distinct_names(recognized.columns)
    skipped_lines = rows[recognized.rows_above - 1].last_line if recognized.rows_above else separator_lines(file)
    refuse_other_encodings(file, sum(map(len, file.start.splitlines(keepends=True)[:skipped_lines])))
    _refuse_open_quote(file, recognized.rows_above + separator_lines(file), skipped_lines, rows[0].delimiter)
    _refuse_repeated(file, recognized.columns, "rename or remove one of them")
    records = scan.from_csv(file.path, columns, rows[0].delimiter, skipped_lines)
    place = _place_of_line(file, skipped_lines - recognized.rows_above)
    return OpenedFile(recognized.format, columns, records, place=place)


def _is_specific(header: Sequence[str], format_name: str | FileFormat) -> bool:
    """Whether the header decides the format: a specific format takes precedence over HXL, whose tags any table may have."""
    if format_name:
        return format_name != HXL.name
    return any(format.recognizes(header) for format in FORMATS)


def _open_tagged(file: UnpackedFile, folder: Path, tags: TagRow, rows: Sequence[Row]) -> OpenedFile:
    refuse_other_encodings(file, len(file.start))
    columns = hxl_tables.check_columns(file, tags, [row.cells for row in rows])
    path, lines_above = hxl_tables.write_records(file, folder, tags, rows)
    header = tuple(cell for row in rows[: tags.number - 1] for cell in row.cells)
    records = scan.from_csv(path, columns, rows[0].delimiter, lines_above)
    place = _place_of_line(file, lines_above - tags.number)
    return OpenedFile(HXL, columns, records, header=header, place=place)


def _place_of_line(file: UnpackedFile, surplus_lines: int) -> Callable[[int], str] | None:
    """Names the place of a record by the number that DuckDB gives it; None if the lines of the file are meant.

    `surplus_lines`: how many more lines than rows are above the records.
    """
    return None if file.places.in_lines else lambda number: file.places.row(number - surplus_lines)


def _refuse_prose(file: UnpackedFile, rows: Sequence[Row]) -> None:
    """Raises LoadRefused for a text whose first line is a title or a sentence instead of the names of columns."""
    if len(rows[0].cells) > 1 or not rows[0].cells or file.places.names:
        return
    for number, row in enumerate(rows[1:], 2):
        if matches := [format.name for format in FORMATS if format.recognizes([cell.strip() for cell in row.cells])]:
            raise file.refusal(f"has its header in {file.places.row(number)} (it is that of {matches[0]}); delete the rows above it")
    spaces = [" ".join(row.cells).count(" ") for row in rows if row.cells]
    if sum(spaces) > 3 * len(spaces) and not hxl_tables.find_tags(file):
        begins = rows[0].cells[0].strip()[:40]
        raise file.refusal(
            f"is a text without columns, which begins {begins!r}; the first line of a table has the names of its columns, separated by commas, tabs, semicolons or bars"
        )


def _refuse_repeated(file: UnpackedFile, names: Sequence[str], cure: str) -> None:
    """Raises LoadRefused if two columns have one name, in whatever case: nothing says which of them is meant."""
    places: dict[str, list[str]] = defaultdict(list)
    for number, name in enumerate(names, 1):
        if name.strip():
            places[name.strip().lower()].append(f"{name.strip()} (column {number})")
    if repeated := [" and ".join(columns) for columns in places.values() if len(columns) > 1]:
        raise file.refusal(f"has columns of the same name: {'; '.join(repeated)}; {cure}")


def _refuse_open_quote(file: UnpackedFile, header_rows: int, header_lines: int, delimiter: str) -> None:
    """Raises LoadRefused for a header with a quotation mark that may swallow records, which would be lost silently."""
    text = io.StringIO(file.start.decode("utf-8-sig", errors="replace"), newline="")
    try:
        list(csv.reader(itertools.islice(text, header_lines), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise file.refusal(f"has a misplaced quotation mark in its header: {error}; remove it or double it") from error
    if header_lines > header_rows:
        raise file.refusal("has a header of several lines; close the quotation mark that is open in it and write it on one line")


def duckdb_reason(error: duckdb.Error) -> str:
    """DuckDB's message in one line, without the class of the error, our copy's path, and hints."""
    line = re.sub(r"^[A-Z][\w ]* Error: ", "", str(error).splitlines()[0])
    return re.sub(r""" (in|of) file ("[^"]*"|'[^']*')""", "", line).rstrip(". ")
