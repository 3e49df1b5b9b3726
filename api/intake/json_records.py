"""Finds the records in a file of JSON, and writes them as CSV: JSON of any size then takes the memory that a table takes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..sql.duckdb.scan import MAX_RECORD_BYTES
from .geojson import flat_feature
from .hxl import header_rows
from .json_reader import JsonReader, as_written
from .places import Places
from .unpack import UnpackedFile, half_character, new_path

# The keys under which programs return their records, in any case; and what else a page of records may have.
ENVELOPES = ("data", "features", "items", "records", "result", "results", "rows", "value")
PAGE_MEMBERS = frozenset(
    "count error help limit links meta metadata message next nextpage nextpageurl offset page pagesize pages pagination previous prev "
    "previouspageurl status success total totalcount totalpages type name crs".split()
)
LIST, KEYED = "[", "{"  # Steps of a path to the records: into a list, and into an object whose values are records.
BOM = b"\xef\xbb\xbf"
BLANK = BOM + b" \t\r\n\x1e"

Path_ = tuple[str, ...]


@dataclass
class JsonRecords:
    """Where the records of a file are, and what they have.

    `path`: the keys and steps that lead to them. `rows`: whether they are lists of cells, not objects. `names`: the keys of the records;
    `nested_names`: those of the objects inside them too, with dots. `title`: the name that the file gives itself, as GeoJSON does.
    """

    file: UnpackedFile
    path: Path_
    rows: bool = False
    names: dict[str, None] = field(default_factory=dict)
    nested_names: dict[str, None] = field(default_factory=dict)
    title: str = ""
    beginning: tuple[str, int, int] = (
        "",
        0,
        1,
    )  # Of the record that was last read: a text, its place in it, and the line of the text's beginning.

    def place(self, number: int) -> str:
        """The place of the record that was last read, which has this number."""
        text, at, line = self.beginning
        breaks = text.count("\n", 0, at)
        return f"record {number}, in line {line + breaks},"

    def read(self, strict: bool = True) -> Iterator[Any]:
        """The records, one by one. Raises LoadRefused."""
        with JsonReader(self.file, strict) as reader:
            while reader.peek():
                yield from self._items(reader, self.path)

    def _items(self, reader: JsonReader, path: Path_) -> Iterator[Any]:
        if not path:
            reader.peek()
            self.beginning = reader.text, reader.at, reader.line
            yield flat_feature(reader.value())
        elif path[0] == KEYED:
            for key in reader.members():
                record = reader.value()
                if "key" in record:
                    raise self.file.refusal(f"the record {key!r} has a value called 'key', as which its own key is read; rename it")
                yield {"key": key, **record}
        elif path[0] == LIST:
            for _ in reader.items():
                yield from self._items(reader, path[1:])
        else:
            for key in reader.members():
                if key == path[0] and reader.peek() in "[{":
                    yield from self._items(reader, path[1:])
                elif isinstance(value := reader.value(), str) and key == "name":
                    self.title = str(value)


def find_records(file: UnpackedFile, is_record: Callable[[Iterable[str]], bool]) -> JsonRecords:
    """The records of a file: in a list, one after another, as the values of one object, as GeoJSON, or in an envelope or pages of them.

    `is_record` says whether an object with these keys is a record of a known format. Raises LoadRefused.
    """
    with JsonReader(file, strict=False) as reader:
        path = _path(reader, is_record)
    found = JsonRecords(file, path)
    empty, seen = True, set()  # Most records have the keys of an earlier one.
    for number, record in enumerate(found.read(strict=False), 1):
        if empty:
            found.rows, empty = isinstance(record, list), False
        if not isinstance(record, list if found.rows else dict):
            other = "a list" if found.rows else "an object"
            raise file.refusal(f"{found.place(number)} is not {other}, as the first is: {as_written(record)[:40]}")
        if not found.rows and ((keys := (*record,)) not in seen or _is_nested(record)):
            seen.add(keys)
            found.names.update(dict.fromkeys(record))
            found.nested_names.update(dict.fromkeys(name for name, _ in _walk(dict(record))))
    if empty:
        raise file.refusal("has no records: its list is empty")
    if path == (KEYED,) and (columns := {*found.names} - {"key"}) and all(map(str.isdecimal, columns)):
        raise file.refusal('has a table by columns, as `to_json()` of pandas writes it; write its rows: `to_json(..., orient="records")`')
    return found


@dataclass
class Envelope:
    """An object that may have records in it: its keys, the paths to lists in it, and whether all its values are objects, or lists of plain values."""

    keys: set[str] = field(default_factory=set)
    lists: dict[str, Path_] = field(default_factory=dict)
    keyed: bool = True
    columnar: bool = True

    @property
    def candidates(self) -> list[str]:
        """The keys of the lists that may be the records."""
        return [key for key in self.lists if key.lower() in ENVELOPES] or [*self.lists]

    @property
    def is_page(self) -> bool:
        """Whether it has one list, by a usual name, and otherwise only what pages of records have."""
        others = {key.lower().replace("_", "").replace("-", "") for key in self.keys - {*self.candidates}}
        return len(self.candidates) == 1 and self.candidates[0].lower() in ENVELOPES and others <= PAGE_MEMBERS


def _path(reader: JsonReader, is_record: Callable[[Iterable[str]], bool]) -> Path_:
    if reader.peek() == "[":
        value = ""
        for _ in reader.items():
            if not value and (first := reader.peek()) in "[{":
                page = _envelope(reader) if first == "{" else Envelope()
                return (LIST, *(page.lists[page.candidates[0]] if page.is_page else ()))
            cell = as_written(reader.value())
            value = value or cell
        if value and reader.peek() == "[":  # Each row is a list of its own.
            return ()
        raise reader.file.refusal(
            f"is a list of values, such as {value[:40]}, not of records" if value else "has no records: its list is empty"
        )
    envelope = _envelope(reader)
    alone = not reader.peek()
    if alone and envelope.columnar and len(envelope.keys) > 1:
        name = min(envelope.keys)
        raise reader.file.refusal(f"is an object of columns, such as {name!r}, not of records; save it as a list of records")
    if envelope.is_page or (alone and envelope.lists and not is_record(envelope.keys)):
        if len(envelope.candidates) > 1:
            raise reader.file.refusal(f"has several lists of records: {', '.join(envelope.candidates)}; save each as a file of its own")
        return envelope.lists[envelope.candidates[0]]
    return (KEYED,) if alone and envelope.keyed and envelope.keys else ()


def _envelope(reader: JsonReader) -> Envelope:
    """What the object here is, which is read to its end."""
    envelope = Envelope()
    for key in reader.members():
        envelope.keys.add(key)
        first, usual = reader.peek(), key.lower() in ENVELOPES
        envelope.keyed &= first == "{"
        envelope.columnar &= first == "["
        if first == "[":
            if _has_records(reader, usual):
                envelope.lists[key] = (key, LIST)
                envelope.columnar = False
        elif first == "{" and usual:
            inside = _envelope(reader)
            if len(inside.candidates) == 1:
                envelope.lists[key] = (key, *inside.lists[inside.candidates[0]])
        else:
            reader.value()
    return envelope


def _has_records(reader: JsonReader, may_be_empty: bool) -> bool:
    """Whether the list here, which is read to its end, has objects alone or lists alone."""
    kinds = set()
    for _ in reader.items():
        kinds.add(reader.peek())
        reader.value()
    return kinds in ({"{"}, {"["}) or (may_be_empty and not kinds)


def write_csv(found: JsonRecords, columns: Iterable[str], nested: bool, raw: bool, tagged: bool, folder: Path) -> UnpackedFile:
    """Write the records as CSV: with a header, or, if `raw`, with each record as JSON in one more cell. Raises LoadRefused.

    `tagged`: keys that are HXL tags become a row of tags.
    """
    path, columns, file = new_path(folder, "records"), [*columns], found.file
    try:
        with path.open("w", encoding="utf-8", newline="") as text:
            write = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow  # Python before 3.13 quotes no lone CR otherwise.
            headers = [] if raw else _headers(columns, tagged)
            for header in headers:
                write(header)
            for number, record in enumerate(found.read(), 1):
                cells = _flat(found, number, record) if nested and _is_nested(record) else record
                row = [_cell(cells.get(name)) for name in columns]
                if write([*row, as_written(record)] if raw else row) > MAX_RECORD_BYTES // 4:
                    _refuse_long(found, number, row)
    except UnicodeEncodeError as error:
        raise half_character(file) from error
    return UnpackedFile(path, file.name, Places("keys", len(headers)))


def _headers(columns: list[str], tagged: bool) -> list[list[str]]:
    names = [" ".join(name.splitlines()) for name in columns]
    return header_rows(names) if tagged else [names]


def row_cells(found: JsonRecords) -> Iterator[list[str]]:
    """The rows of a file whose records are lists."""
    return ([_cell(value) or "" for value in row] for row in found.read())


def _refuse_long(found: JsonRecords, number: int, row: list[str | None]) -> None:
    if sum(len((cell or "").encode()) + (cell or "").count('"') for cell in row) > MAX_RECORD_BYTES // 2:
        raise found.file.refusal(f"{found.place(number)} is larger than {MAX_RECORD_BYTES >> 21} MB")


def _cell(value: object) -> str | None:
    """A value as the text of a cell: texts and numbers as they are written, lists and objects as JSON."""
    if value is None or isinstance(value, str):  # Numbers are texts.
        return value
    return str(value).lower() if isinstance(value, bool) else as_written(value)


def _is_nested(record: Any) -> bool:
    return any(isinstance(value, dict) for value in record.values())


def _flat(found: JsonRecords, number: int, record: dict[str, Any]) -> dict[str, Any]:
    pairs = [*_walk(record)]
    flat = dict(pairs)
    if len(flat) < len(pairs):
        names = [name for name, _ in pairs]
        raise found.file.refusal(
            f"{found.place(number)} has two values called {next(name for name in names if names.count(name) > 1)!r}; rename one"
        )
    return flat


def _walk(record: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values in an object and in the objects inside it, with names that have dots."""
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _walk(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
