"""What holds the records of a foreign file, CSV, JSON, Parquet, XLSX, packed or not, known by its content: for DuckDB to read."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import ijson

from schema.formats import FORMATS, HXL
from schema.formats.format import Format

from . import tagged
from .errors import LoadRefused
from .recognition import recognised
from .sql import raw

if TYPE_CHECKING:
    from .hashtags import TagRow

SAMPLE = 1 << 18  # Bytes of a file that its content is known by.
ROWS = 25  # Rows in which a header or a row of HXL tags is looked for.
DELIMITERS = ",\t;|"
ENVELOPES = ("data", "results", "records", "items", "value")  # Names under which APIs of the field hand out their records.
NUL = re.compile(rb"\0")
NUL_IN_JSON = re.compile(rb"\0|(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True)
class Opened:
    """A file whose records can be read: its format, the names of its columns, and the select of its records."""

    format: Format
    columns: list[str]
    records: str
    whole: bool = False  # Whether the records are there as a whole too, in a column of that name.


@dataclass
class Unpacked:
    """A file as it is once nothing packs it, in a folder of ours where it was packed."""

    path: Path
    named: str
    start: bytes = field(init=False)

    def __post_init__(self) -> None:
        with self.path.open("rb") as file:
            self.start = file.read(SAMPLE)

    def refused(self, what: str) -> LoadRefused:
        return LoadRefused(f"{self.named}: {what}; nothing was written")


def opened(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path, asked: str = "") -> Opened:
    """Find out what a file holds. `folder` is for what is unpacked; `asked` the name of a format, where one is told. Raises LoadRefused."""
    file = unpacked(Unpacked(path, path.name), folder)
    if file.start[:4] == b"PK\x03\x04":
        file = tagged.sheet(file, folder, Unpacked)
    start = file.start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise file.refused("is empty")
    if file.start[:4] == b"PAR1":
        return _parquet(connection, file, asked)
    if start[:1] in b"[{":
        return _json(connection, file, folder, asked)
    return _table(connection, file, folder, asked)


def _without(nul: re.Pattern[bytes], file: Unpacked) -> None:
    """Refuse a text that holds the character NUL, which PostgreSQL cannot keep. Raises LoadRefused."""
    line, tail = 1, b""
    with file.path.open("rb") as text:
        while block := text.read(1 << 20):
            whole = tail + block
            if found := nul.search(whole):
                line += whole.count(b"\n", 0, found.start())
                raise file.refused(f"line {line} holds a NUL character, which is no text; a file of UTF-16 is to be saved as UTF-8")
            tail = whole[-64:]  # An escape may lie across two blocks.
            line += whole.count(b"\n") - tail.count(b"\n")


def unpacked(file: Unpacked, folder: Path) -> Unpacked:
    """A file without the gzip or zip around it. Raises LoadRefused for an archive that is damaged or holds several files."""
    try:
        if file.start[:2] == b"\x1f\x8b":
            with gzip.open(file.path) as packed:
                return unpacked(_copied(packed, file, folder, Path(file.named).stem), folder)
        if file.start[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(file.path) as archive:
                names = [one for one in archive.namelist() if not one.endswith("/") and not one.startswith("__MACOSX")]
                if "xl/workbook.xml" in names:
                    return file
                if len(names) != 1:
                    raise file.refused(f"is an archive of {len(names)} files; load them one by one: {', '.join(names[:5])}")
                with archive.open(names[0]) as packed:
                    return unpacked(_copied(packed, file, folder, f"{file.named}/{names[0]}"), folder)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:  # RuntimeError: it has a password.
        raise file.refused(f"cannot be unpacked: {error}") from error
    return file


def _copied(packed: Any, file: Unpacked, folder: Path, named: str) -> Unpacked:
    path = folder / f"unpacked-{len(list(folder.iterdir()))}"
    with path.open("wb") as copy:
        shutil.copyfileobj(packed, copy, 1 << 20)
    return Unpacked(path, named)


def _table(connection: duckdb.DuckDBPyConnection, file: Unpacked, folder: Path, asked: str) -> Opened:
    """Text in rows and cells, with a header, or without one where a format says what its columns are."""
    _without(NUL, file)
    rows = list(_rows(file))
    if not rows:
        raise file.refused("has no header, or one that is too long to be read")
    header = [cell.strip() for cell in rows[0].cells]
    if not _known(header, asked):
        if found := tagged.rows_of_tags(file, ([*_rows(file, one)] for one in DELIMITERS)):
            return _hxl(file, folder, *found)
        if hint := tagged.untagged(file, rows, asked == HXL.name):
            raise file.refused(hint)
    known = recognised(file.refused, asked, header=header, rows=[row.cells for row in rows])
    columns = raw.distinct(known.columns)
    skipped = rows[known.above - 1].end if known.above else 0
    _utf8(file, skipped)
    return Opened(known.format, columns, raw.from_csv(file.path, columns, rows[0].delimiter, skipped))


def _known(header: Sequence[str], asked: str) -> bool:
    """Whether a file is what its header says: what is special beats what any table with tags may be."""
    return asked not in ("", HXL.name) or (not asked and any(one.knows(header) for one in FORMATS))


def _hxl(file: Unpacked, folder: Path, tags: TagRow, rows: Sequence[tagged.Row]) -> Opened:
    columns = tagged.columns(file, tags)
    path, above = tagged.records(file, folder, tags, rows)
    return Opened(HXL, columns, raw.from_csv(path, columns, rows[0].delimiter, above))


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
    if rows := tagged.json_rows(file, folder, Unpacked):
        return _table(connection, rows, folder, asked)
    _without(NUL_IN_JSON, file)
    features = b'"FeatureCollection"' in file.start
    path = _lines(file, folder) if features else _keyed(file, folder) or _unwrapped(file, folder) or file.path
    try:
        connection.execute(raw.from_json(path))
        structure = (connection.execute(raw.STRUCTURE).fetchone() or [None])[0]
        nested = _is_nested(structure, asked)
        connection.execute(raw.exact(_strictly(connection, file, folder, structure, nested)))
    except duckdb.Error as error:
        raise file.refused(f"is no JSON that can be read: {str(error).splitlines()[0]}") from error
    columns = raw.paths(structure) if nested else raw.tops(structure)
    names = [one.name for one in columns]
    found = recognised(file.refused, asked, header=names, rows=[])
    if twice := sorted({one for one in names if [name.lower() for name in names].count(one.lower()) > 1}):
        raise file.refused(f"has names that cannot be told apart: {', '.join(twice)}")
    columns = [replace(one, name=name) for one, name in zip(columns, raw.distinct(names), strict=True)]
    return Opened(found.format, [one.name for one in columns], raw.from_objects(columns), whole=True)


def _is_nested(structure: str | None, asked: str) -> bool:
    """Whether the objects within the records are to be cut up: unless they are of a format that keeps them whole."""
    names = [one.name for one in raw.tops(structure)]
    return not any(one.knows(names) for one in FORMATS if not one.nested and asked in ("", one.name))


def _strictly(connection: duckdb.DuckDBPyConnection, file: Unpacked, folder: Path, structure: str | None, nested: bool) -> Path | None:
    """Read again what DuckDB reads leniently: numbers become texts, to the last digit. Raises LoadRefused for what is no JSON."""
    found = connection.cursor().execute(raw.suspects(structure))
    path, any_ = folder / "exact.ndjson", False
    with path.open("w", encoding="utf-8") as lines:
        while some := found.fetchmany(1000):
            any_ = True
            lines.writelines(f'{{"record": {record}, "exact": {_reread(file, record, whole, nested)}}}\n' for record, whole in some)
    return path if any_ else None


class _Number(str):
    """A number of JSON, as it is written."""


def _reread(file: Unpacked, record: int, whole: str, nested: bool) -> str:
    """A record with its numbers as texts; where what is within it is kept whole, that too."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no value of JSON")

    try:
        found = json.loads(whole, parse_float=_Number, parse_int=_Number, parse_constant=refuse, object_pairs_hook=_once)
        if not nested:
            found = {name: _written(value) if isinstance(value, dict) else value for name, value in found.items()}
        text = json.dumps(found)
    except (ValueError, RecursionError) as error:
        raise file.refused(f"is no JSON that can be kept: record {record}: {error}") from error
    if "\\u0000" in text:
        raise file.refused(f"record {record} holds a NUL character, which PostgreSQL cannot keep")
    return text


def _written(value: object) -> str:
    """A value as JSON, its numbers as they were."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {_written(inside)}" for name, inside in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return str(value) if isinstance(value, _Number) else json.dumps(value)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the name {next(one for one in names if names.count(one) > 1)!r} comes twice in one object")
    return found


KEYED = re.compile(rb'\s*\{\s*"[^"\\]*"\s*:\s*\{')  # An object of objects, as it begins.


def _keyed(file: Unpacked, folder: Path) -> Path | None:
    """The objects of one object that holds nothing else, one a line; the name of each as its `key`."""
    if not KEYED.match(file.start.removeprefix(b"\xef\xbb\xbf")):
        return None
    path = folder / f"keyed-{len(list(folder.iterdir()))}.ndjson"
    try:
        with file.path.open("rb") as source, path.open("w", encoding="utf-8") as lines:
            for key, value in ijson.kvitems(source, ""):
                if not isinstance(value, dict):
                    return None
                lines.write(raw.plain({"key": key, **value}) + "\n")
    except (ijson.JSONError, ValueError):  # It may be one object a line; what is wrong is told where that is read.
        return None
    return path


def _lines(file: Unpacked, folder: Path) -> Path:
    """The features of GeoJSON, one a line: its properties, and the coordinates of its point."""
    path = folder / "features.ndjson"
    try:
        with file.path.open("rb") as source, path.open("w") as lines:
            for feature in ijson.items(source, "features.item"):
                lines.write(raw.feature(feature) + "\n")
    except (ijson.JSONError, ValueError) as error:
        raise file.refused(f"is no GeoJSON that can be read: {error}") from error
    return path


def _within(file: Unpacked) -> str:
    """The name under which one object, which is the whole file, holds the list of its records; empty where it is no such object."""
    if file.start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{" or _one_a_line(file.start):
        return ""
    with file.path.open("rb") as source, suppress(ijson.JSONError):
        name = ""
        for prefix, event, value in ijson.parse(source):
            if event == "map_key" and not prefix:
                name = str(value)
            elif event == "start_map" and name in ENVELOPES and prefix == f"{name}.item":
                return name
    return ""


def _one_a_line(start: bytes) -> bool:
    """Whether the first line is an object and another follows it."""
    first, _, others = start.strip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    try:
        return bool(others) and isinstance(json.loads(first), dict)
    except ValueError:
        return False


def _unwrapped(file: Unpacked, folder: Path) -> Path | None:
    """The records of a list within an object, one a line; None where there is no such list."""
    within = _within(file)
    if not within:
        return None
    path = folder / f"records-{len(list(folder.iterdir()))}.ndjson"
    try:
        with file.path.open("rb") as source, path.open("w") as lines:
            for record in ijson.items(source, f"{within}.item"):
                lines.write(raw.plain(record) + "\n")
    except (ijson.JSONError, ValueError) as error:
        raise file.refused(f"is no JSON that can be read: {error}") from error
    return path


def _parquet(connection: duckdb.DuckDBPyConnection, file: Unpacked, asked: str) -> Opened:
    try:
        described = connection.execute("describe select * from read_parquet(?)", [str(file.path)]).fetchall()
    except duckdb.Error as error:
        raise file.refused(f"is no Parquet that can be read: {str(error).splitlines()[0]}") from error
    types = {row[0]: row[1] for row in described}
    found = recognised(file.refused, asked, header=list(types), rows=[])
    return Opened(found.format, list(types), raw.from_parquet(file.path, types))
