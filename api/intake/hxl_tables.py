"""Finds and checks HXL tags in a table, and turns rows and JSON with tags into CSV, which DuckDB reads."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from schema.formats import HXL

from ..sql.duckdb import scan
from .hxl import missing_hash_signs, tag_row
from .json_records import without_repeated_keys
from .rows import DELIMITERS, MAX_HEADER_ROWS, Row, TagRow, first_rows
from .unpack import BLOCK_BYTES, UnpackedFile, new_path

MAX_JSON_BYTES = 1 << 29  # Bytes of JSON with tags, which is read into memory.
JSON_TAG = re.compile(rb'[\[{,]\s*"\s*#\s*[A-Za-z]')  # A key or an item of JSON that may be a tag.


def find_tags(file: UnpackedFile) -> tuple[TagRow, Sequence[Row]] | None:
    """The row of tags, and the first rows as the delimiter reads them that finds the most tags; None for a file without tags."""
    if b"#" not in file.start:
        return None
    readings = ([*first_rows(file, delimiter)] for delimiter in DELIMITERS)
    tagged = [(tags, rows) for rows in readings if (tags := tag_row([row.cells for row in rows]))]
    return max(tagged, key=lambda pair: pair[0].tag_count, default=None)


def check_columns(file: UnpackedFile, tags: TagRow) -> list[str]:
    """The columns of a table with tags. Raises LoadRefused if a tag could be misread, or if no column is a fact of ours."""
    _refuse_other_encodings(file)
    if tags.malformed:
        cells = ", ".join(map(repr, tags.malformed))
        raise file.refusal(f"row {tags.number} has HXL tags and cells that are not tags: {cells}; correct or empty them")
    columns = scan.distinct_names(tags.columns)
    if problem := HXL.refusal(columns):
        raise file.refusal(problem)
    return columns


def write_records(file: UnpackedFile, folder: Path, tags: TagRow, rows: Sequence[Row]) -> tuple[Path, int]:
    """Write the records without the rows above them; returns the path, and the number of empty lines in place of these rows.

    A surplus quotation mark in a header would make DuckDB take the records after it for part of the header.
    """
    path, lines_above = new_path(folder, "records"), rows[tags.number - 1].last_line
    text = io.StringIO(file.start.decode("utf-8", errors="replace"), newline="")
    lines = list(itertools.islice(text, rows[min(tags.number, len(rows) - 1)].last_line))
    line_end = b"\r\n" if lines[-1].endswith("\r\n") else b"\n"  # That of the first record: DuckDB expects one sort in a file.
    with file.path.open("rb") as original, path.open("wb") as copy:
        original.seek(sum(len(line.encode()) for line in lines[:lines_above]))
        copy.write(line_end * lines_above)
        shutil.copyfileobj(original, copy, BLOCK_BYTES)
    return path, lines_above


def missing_tags(rows: Sequence[Row], expected: bool) -> str:
    """Why a table has no tags, for the user; empty if nothing hints at tags. `expected`: the user said that the format is HXL."""
    absent = f"has no row of HXL tags among its first {MAX_HEADER_ROWS} rows; a tag is a word such as #affected+killed"
    return missing_hash_signs([row.cells for row in rows]) or (absent if expected else "")


def _refuse_other_encodings(file: UnpackedFile) -> None:
    """Raises LoadRefused for a text that is not UTF-8, with the encoding that it may have."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(file.start)
    except UnicodeDecodeError as error:
        encoding = "UTF-16" if file.start[:2] in (b"\xff\xfe", b"\xfe\xff") else "ISO 8859-1 (Latin-1) or Windows-1252"
        line, byte = file.start[: error.start].count(b"\n") + 1, file.start[error.start]
        raise file.refusal(f"is not UTF-8: line {line} has the byte {byte:#04x}; it may be {encoding}: convert it to UTF-8") from error


def from_json(file: UnpackedFile, folder: Path) -> UnpackedFile | None:
    """The rows of JSON that has HXL tags, as keys or in a row, as CSV; None for other JSON. Raises LoadRefused."""
    if not JSON_TAG.search(file.start) or file.path.stat().st_size > MAX_JSON_BYTES:
        return None
    try:
        text = file.path.read_bytes().decode("utf-8-sig")
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=without_repeated_keys)
    except (ValueError, RecursionError) as error:
        raise file.refusal(f"cannot be read as JSON with HXL tags: {error}") from error
    rows = next(_json_rows(value), [])
    return as_csv(rows, file, folder) if tag_row(rows[:MAX_HEADER_ROWS]) else None


def _json_rows(value: object) -> Iterator[list[list[str]]]:
    """The lists of objects or of lists inside a value, as rows."""
    if isinstance(value, list) and value and all(isinstance(item, list) for item in value):
        yield [[*map(_json_cell, item)] for item in value]
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        names = [*dict.fromkeys(name for item in value for name in item)]
        tags = [name if name.strip().startswith("#") else "" for name in names]
        headers = ["" if tag else name for name, tag in zip(names, tags, strict=True)]
        yield [headers, tags, *([_json_cell(item.get(name)) for name in names] for item in value)]
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _json_rows(item)


def _json_cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def as_csv(rows: Iterable[Sequence[str]], file: UnpackedFile, folder: Path, name: str = "") -> UnpackedFile:
    """Rows as a file of CSV, each as long as the first rows are; `name` is its name in messages. Raises LoadRefused."""
    path, rows = new_path(folder, "rows"), iter(rows)
    head = [*itertools.islice(rows, MAX_HEADER_ROWS)]
    width = max(map(len, head), default=0)
    try:
        with path.open("w", encoding="utf-8", newline="") as text:
            lines = itertools.chain(head, rows)
            csv.writer(text, lineterminator="\n").writerows([*row, *[""] * (width - len(row))] for row in lines)
    except UnicodeEncodeError as error:
        raise file.refusal(
            r"contains half a character, such as JSON's \ud83d without its other half; write the character itself"
        ) from error
    return UnpackedFile(path, name or file.name)
