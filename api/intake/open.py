"""What holds the records of a foreign file, CSV, JSON, Parquet, XLSX, packed or not, known by its content: for DuckDB to read."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from schema.formats import FORMATS, HXL
from schema.formats.format import FileFormat

from ..sql.duckdb import scan
from . import hxl_tables, json_records
from .recognize import recognize
from .unpack import Unpacked, unpack, without

if TYPE_CHECKING:
    from .hxl import TagRow

ROWS = 25  # Rows in which a header or a row of HXL tags is looked for.
DELIMITERS = ",\t;|"
NUL = re.compile(rb"\0")
NUL_IN_JSON = re.compile(rb"\0|(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True)
class Opened:
    """A file whose records can be read: its format, the names of its columns, and the select of its records."""

    format: FileFormat
    columns: list[str]
    records: str
    whole: bool = False  # Whether the records are there as a whole too, in a column of that name.


def open_file(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path, asked: str = "") -> Opened:
    """Find out what a file holds. `folder` is for what is unpacked; `asked` the name of a format, where one is told. Raises LoadRefused."""
    file = unpack(Unpacked(path, path.name), folder)
    if file.start[:4] == b"PK\x03\x04":
        file = hxl_tables.sheet(file, folder, Unpacked)
    start = file.start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise file.refused("is empty")
    if file.start[:4] == b"PAR1":
        return _parquet(connection, file, asked)
    if start[:1] in b"[{":
        return _json(connection, file, folder, asked)
    return _table(connection, file, folder, asked)


def _table(connection: duckdb.DuckDBPyConnection, file: Unpacked, folder: Path, asked: str) -> Opened:
    """Text in rows and cells, with a header, or without one where a format says what its columns are."""
    without(NUL, file)
    rows = list(_rows(file))
    if not rows:
        raise file.refused("has no header, or one that is too long to be read")
    header = [cell.strip() for cell in rows[0].cells]
    if not _known(header, asked):
        if found := hxl_tables.rows_of_tags(file, ([*_rows(file, one)] for one in DELIMITERS)):
            return _hxl(file, folder, *found)
        if hint := hxl_tables.untagged(file, rows, asked == HXL.name):
            raise file.refused(hint)
    known = recognize(file.refused, asked, header=header, rows=[row.cells for row in rows])
    columns = scan.distinct(known.columns)
    skipped = rows[known.above - 1].end if known.above else 0
    _utf8(file, skipped)
    _refuse_open_quote(file, known.above, skipped, rows[0].delimiter)
    return Opened(known.format, columns, scan.from_csv(file.path, columns, rows[0].delimiter, skipped))


def _refuse_open_quote(file: Unpacked, rows: int, lines: int, delimiter: str) -> None:
    """Refuse a header with a quotation mark that may swallow records, which would be lost without a word. Raises LoadRefused."""
    text = file.start.decode("utf-8-sig", errors="replace")
    try:
        list(csv.reader(itertools.islice(io.StringIO(text, newline=""), lines), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise file.refused(f"has a header with a quotation mark in a wrong place: {error}") from error
    if lines > rows:
        raise file.refused(
            "has a header that goes over several lines: close the quotation mark that is open in it, and write it on one line"
        )


def _known(header: Sequence[str], asked: str) -> bool:
    """Whether a file is what its header says: what is special beats what any table with tags may be."""
    return asked not in ("", HXL.name) or (not asked and any(one.recognizes(header) for one in FORMATS))


def _hxl(file: Unpacked, folder: Path, tags: TagRow, rows: Sequence[hxl_tables.Row]) -> Opened:
    columns = hxl_tables.columns(file, tags)
    path, above = hxl_tables.records(file, folder, tags, rows)
    return Opened(HXL, columns, scan.from_csv(path, columns, rows[0].delimiter, above))


def _utf8(file: Unpacked, lines: int) -> None:
    """Refuse a header in another encoding. Raises LoadRefused."""
    try:
        b"\n".join(file.start.split(b"\n")[:lines]).decode()
    except UnicodeDecodeError as error:
        raise file.refused(f"has a header that is not UTF-8: {error.reason}") from error


@dataclass(frozen=True)
class _Row:
    cells: list[str]
    end: int  # The line it ends on.
    delimiter: str


def _rows(file: Unpacked, asked: str = "") -> Iterator[_Row]:
    """The first rows, as a header is looked for in them."""
    text = file.start.decode("utf-8-sig", errors="replace")
    line = text.splitlines()[0]
    delimiter = asked or max(DELIMITERS, key=line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in itertools.islice(reader, ROWS):
            yield _Row(cells, reader.line_num, delimiter)
    except csv.Error:  # A cell longer than Python reads; what stands above it is enough.
        return


def _json(connection: duckdb.DuckDBPyConnection, file: Unpacked, folder: Path, asked: str) -> Opened:
    """A list of objects, one object a line, a list that lies within one object, or GeoJSON, whose coordinates become columns."""
    if rows := hxl_tables.json_rows(file, folder, Unpacked):
        return _table(connection, rows, folder, asked)
    without(NUL_IN_JSON, file)
    features = b'"FeatureCollection"' in file.start
    path = (
        json_records.from_geojson(file, folder)
        if features
        else json_records.from_keyed_object(file, folder) or json_records.from_envelope(file, folder) or file.path
    )
    try:
        connection.execute(scan.from_json(path))
        structure = (connection.execute(scan.STRUCTURE).fetchone() or [None])[0]
        nested = _is_nested(structure, asked)
        connection.execute(scan.exact(json_records.exact_numbers(connection, file, folder, structure, nested)))
    except duckdb.Error as error:
        raise file.refused(f"is no JSON that can be read: {str(error).splitlines()[0]}") from error
    columns = scan.paths(structure) if nested else scan.top_level_columns(structure)
    names = [one.name for one in columns]
    found = recognize(file.refused, asked, header=names, rows=[])
    if twice := sorted({one for one in names if [name.lower() for name in names].count(one.lower()) > 1}):
        raise file.refused(f"has names that cannot be told apart: {', '.join(twice)}")
    columns = [replace(one, name=name) for one, name in zip(columns, scan.distinct(names), strict=True)]
    return Opened(found.format, [one.name for one in columns], scan.from_objects(columns), whole=True)


def _is_nested(structure: str | None, asked: str) -> bool:
    """Whether the objects within the records are to be cut up: unless they are of a format that keeps them whole."""
    names = [one.name for one in scan.top_level_columns(structure)]
    return not any(one.recognizes(names) for one in FORMATS if not one.nested and asked in ("", one.name))


def _parquet(connection: duckdb.DuckDBPyConnection, file: Unpacked, asked: str) -> Opened:
    try:
        described = connection.execute(scan.PARQUET, [str(file.path)]).fetchall()
    except duckdb.Error as error:
        raise file.refused(f"is no Parquet that can be read: {str(error).splitlines()[0]}") from error
    types = {row[0]: row[1] for row in described}
    found = recognize(file.refused, asked, header=list(types), rows=[])
    return Opened(found.format, list(types), scan.from_parquet(file.path, types))
