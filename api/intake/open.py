"""Opens a file of any container, CSV, JSON, Parquet or XLSX, and finds its format, its columns and the select of its records."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import duckdb

from schema.formats import FORMATS, HXL
from schema.formats.format import FileFormat

from ..errors import LoadRefused
from ..sql.duckdb import scan
from . import hxl_tables, json_records
from .header_meaning import running_totals
from .hxl import header_rows, tag_row
from .line_ends import with_one_line_end
from .open_table import OpenedFile, is_specific, open_table, refuse_repeated
from .opendocument import OpenDocument, is_flat, is_packed
from .places import Places
from .recognize import recognize
from .rows import MAX_HEADER_ROWS
from .unpack import ZIP, UnpackedFile, refuse_nul, refuse_other_encodings, unpack
from .unreadable_types import refuse_foreign
from .wide import with_rows_of_cells

NUL_IN_JSON = re.compile(rb"\0|(?<!\\)(?:\\\\)*\\u0000")
PARQUET = b"PAR1"  # What such a file begins with.
MAX_ROW_GROUP = 8_000_000  # Bytes of a group of rows of Parquet from which claims are made directly.


def open_file(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path, format_name: str | FileFormat = "") -> OpenedFile:
    """Open a file and recognize it by its content.

    `folder` is for copies that are unpacked or converted; `format_name` is the format that the user named, or that a map declares, or empty.
    Raises LoadRefused for a file that is damaged, in no known format, or could be misread.
    """
    return with_rows_of_cells(_open(connection, unpack(UnpackedFile(path, path.name), folder), folder, format_name))


def _open(connection: duckdb.DuckDBPyConnection, file: UnpackedFile, folder: Path, format_name: str | FileFormat) -> OpenedFile:
    if file.start.startswith(ZIP) or is_flat(file.start):
        return _open_workbook(file, folder, format_name)
    refuse_foreign(file)
    content = file.start.lstrip(json_records.BLANK)
    if not content:
        raise file.refusal("is empty")
    if file.start.startswith(PARQUET):
        return _open_parquet(connection, file, format_name)
    if content.startswith((b"[", b"{")):
        return _open_json(file, folder, format_name)
    return open_table(with_one_line_end(file, folder), folder, format_name)


def _open_workbook(file: UnpackedFile, folder: Path, format_name: str | FileFormat) -> OpenedFile:
    """Open the one visible sheet that has a table; sheets are tried by their first rows, so that others are not read to their end."""
    from .workbook import Workbook  # noqa: PLC0415  openpyxl takes a third of a second to import, and most files are no workbooks.

    is_open = is_flat(file.start) or is_packed(file.path)
    with (OpenDocument if is_open else Workbook)(file.path, file.refusal, marks_numbers(format_name)) as workbook:
        places, tables, problems = Places(numbers=workbook.numbers), [], {}
        for sheet in workbook.visible:
            name = f"{file.name}, sheet {sheet}" if len(workbook.visible) > 1 else file.name
            head = hxl_tables.as_csv(workbook.head(sheet), file, folder, places, name)
            try:
                if head.start:
                    open_table(head, folder, format_name)
                    tables.append(sheet)
            except LoadRefused as refused:
                problems[sheet] = str(refused)
        if len(tables) > 1:
            raise file.refusal(f"has several sheets with tables: {', '.join(tables)}; save each as a file of its own")
        if problems and not tables:
            raise LoadRefused("\n".join(problems.values()))
        if not tables:
            not_read = f"; its hidden sheets are not read: {', '.join(workbook.hidden)}" if workbook.hidden else ""
            raise file.refusal(f"is empty{not_read}")
        opened = open_table(hxl_tables.as_csv(workbook.rows(tables[0]), file, folder, places), folder, format_name)
        reasons = {sheet: _reason(problem, f"{file.name}, sheet {sheet}") for sheet, problem in problems.items()}
        others = [f"the sheet {sheet} is not read: it {reason}" for sheet, reason in reasons.items()]
        hidden = workbook.hidden_parts.warnings(workbook.numbers, opened.header or opened.columns)
        return replace(
            opened,
            stores_numbers=True,
            warnings=(*opened.warnings, *others, *hidden, *(f"the hidden sheet {sheet} is not read" for sheet in workbook.hidden)),
        )


def marks_numbers(format_name: str | FileFormat) -> bool:
    """Whether the point of a number that the file stores as one must be told from a point between thousands, as a map has them."""
    return isinstance(format_name, FileFormat) and format_name.spellings.marks_numbers


def _reason(refusal: str, name: str) -> str:
    """Why a file of this name is refused, without its name and without what to do."""
    return refusal.removeprefix(f"{name}: ").partition(";")[0]


def _open_parquet(connection: duckdb.DuckDBPyConnection, file: UnpackedFile, format_name: str | FileFormat) -> OpenedFile:
    try:
        described = connection.execute(scan.PARQUET_COLUMNS, [str(file.path)]).fetchall()
    except duckdb.Error as error:
        raise file.refusal(f"cannot be read as Parquet: {duckdb_reason(error)}") from error
    types = {row[0]: row[1] for row in described}
    _refuse_untold(connection, file, types)
    names = header_rows([*types])
    file = replace(file, places=Places("columns", len(names)))
    if not is_specific([*types], format_name):
        rows = [*names, *_first_records(connection, file, scan.from_parquet(file.path, types))]
        if tags := tag_row(rows):
            columns = hxl_tables.check_columns(file, tags, rows)
            records = _in_small_groups(connection, file, scan.from_parquet(file.path, types, columns, skipped=tags.number - len(names)))
            return OpenedFile(
                HXL,
                columns,
                records,
                stores_numbers=True,
                header=tuple(cell for row in rows[: tags.number - 1] for cell in row),
                warnings=tuple(running_totals(tags, columns)),
            )
        if hint := hxl_tables.missing_tags(file, rows, expected=format_name == HXL.name):
            raise file.refusal(hint)
    recognized = recognize(file, format_name, header=list(types), rows=[])
    records = _in_small_groups(connection, file, scan.from_parquet(file.path, types, marks_numbers=marks_numbers(format_name)))
    return OpenedFile(recognized.format, recognized.columns, records, stores_numbers=True)


def _in_small_groups(connection: duckdb.DuckDBPyConnection, file: UnpackedFile, records: str) -> str:
    """A select of these records of a Parquet file; from a table, if its groups of rows are so large that claims could not be made of them in the memory of a load."""
    try:
        ((largest,),) = connection.execute(scan.LARGEST_ROW_GROUP, [str(file.path)]).fetchall()
        if largest <= MAX_ROW_GROUP:
            return records
        for statement in scan.store(records):
            connection.execute(statement)
    except duckdb.OutOfMemoryException as error:
        raise file.refusal(
            f"has groups of rows of up to {largest / 1e6:.0f} MB, which need more memory than a load may use: write it with smaller ones, "
            "such as `row_group_size=10_000` of pandas and pyarrow, or as CSV"
        ) from error
    except duckdb.Error as error:
        raise file.refusal(f"cannot be read as Parquet: {duckdb_reason(error)}") from error
    return scan.STORED


def _refuse_untold(connection: duckdb.DuckDBPyConnection, file: UnpackedFile, types: dict[str, str]) -> None:
    """Raises LoadRefused for columns whose values would be read as something else: durations, which are stored as whole numbers, and bytes that are no text."""
    described = [json.loads(text) for (text,) in connection.execute(scan.PANDAS_METADATA, [str(file.path)]).fetchall()]
    durations = [
        str(column["name"])
        for one in described
        for column in one.get("columns", ())
        if str(column.get("numpy_type")).startswith("timedelta")
    ]
    for name in [*durations, *(name for name, type in types.items() if type == "INTERVAL")]:
        raise file.refusal(
            f"has durations in its column {name}, which are no counts; write them as numbers in a unit that the name says, or leave the column out"
        )
    for name in (name for name, type in types.items() if type == "BLOB"):
        if connection.execute(scan.not_text(file.path, name)).fetchall()[0][0]:
            raise file.refusal(f"has bytes in its column {name} that are not UTF-8; write the column as text, or leave it out")


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
    try:
        return _open_found(file, folder, format_name)
    except RecursionError as error:
        raise file.refusal("has a value that is nested too deeply: hundreds of lists or objects inside each other") from error


def _open_found(file: UnpackedFile, folder: Path, format_name: str | FileFormat) -> OpenedFile:
    found = json_records.find_records(file, lambda keys: any(format.recognizes([*keys]) for format in FORMATS))
    found.marks_numbers = marks_numbers(format_name)
    return replace(_open_records(file, found, folder, format_name), pages=replace(found.pages), stores_numbers=True)


def _open_records(file: UnpackedFile, found: json_records.JsonRecords, folder: Path, format_name: str | FileFormat) -> OpenedFile:
    """Open the records of a file of JSON. Formats whose records are JSON get each record as it is, too."""
    if found.rows:
        return open_table(
            hxl_tables.as_csv(json_records.row_cells(found), file, folder, json_records.row_places(found)), folder, format_name
        )
    nested = not any(format.recognizes([*found.names]) for format in FORMATS if not format.nested and format_name in ("", format.name))
    columns = [*(found.nested_names if nested else found.names)]
    refuse_repeated(file, columns, "rename them")
    raw = [format for format in FORMATS if format.container == "json" and format.recognizes(columns) and format_name in ("", format.name)]
    table = json_records.write_csv(found, columns, nested, bool(raw), format_name in ("", HXL.name), folder)
    if not raw:
        return replace(open_table(table, folder, format_name), title=found.title)
    recognized = recognize(file, format_name, header=columns, rows=[])
    columns = scan.distinct_names(columns)
    return OpenedFile(recognized.format, columns, scan.from_csv(table.path, [*columns, "whole"], ",", 0), has_raw_record=True)


def duckdb_reason(error: duckdb.Error) -> str:
    """DuckDB's message in one line, without the class of the error, our copy's path, and hints."""
    line = re.sub(r"^[A-Z][\w ]* Error: ", "", str(error).splitlines()[0])
    return re.sub(r""" (in|of) file ("[^"]*"|'[^']*')""", "", line).rstrip(". ")
