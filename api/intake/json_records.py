"""Finds the records in a file of JSON, and writes them as CSV: JSON of any size then takes the memory that a table takes."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schema.formats.spellings import NUMBER_MARK

from ..sql.duckdb.scan import MAX_RECORD_BYTES
from .geojson import flat_feature, refuse_other_system
from .hxl import header_rows, tag_name
from .json_layout import KEYED, LIST, Layout, Path_, find_layout
from .json_other_lists import has_records_inside, refuse_others
from .json_pages import Pages
from .json_reader import JsonReader, Number, as_written
from .places import Places
from .unpack import UnpackedFile, half_character, new_path

BOM = b"\xef\xbb\xbf"
MAX_COLUMNS = 1000
BLANK = BOM + b" \t\r\n\x1e"


@dataclass
class JsonRecords:
    """Where the records of a file are, and what they have.

    `layout`: where they are. `rows`: whether they are lists of cells, not objects. `names`: the keys of the records;
    `nested_names`: those of the objects inside them too, with dots. `title`: the name that the file gives itself, as GeoJSON does.
    `objects`: the names of the objects inside records, with dots, each with the place of the first. `first`: the names of the values of the first record.
    `pages`: what the envelopes around the records say, once these are read. `marks_numbers`: whether numbers with a point are marked as numbers.
    """

    file: UnpackedFile
    layout: Layout
    rows: bool = False
    names: dict[str, None] = field(default_factory=dict)
    nested_names: dict[str, None] = field(default_factory=dict)
    title: str = ""
    pages: Pages = field(default_factory=Pages)
    marks_numbers: bool = False
    objects: dict[str, str] = field(default_factory=dict)
    first: tuple[str, ...] = ()
    # Of the record that was last read: a text, its place in it, and the line of the text's beginning.
    beginning: tuple[str, int, int] = ("", 0, 1)

    def place(self, number: int) -> str:
        """The place of the record that was last read, which has this number."""
        text, at, line = self.beginning
        breaks = text.count("\n", 0, at)
        return f"record {number}, in line {line + breaks},"

    def read(self, strict: bool = True) -> Iterator[Any]:
        """The records, one by one. Raises LoadRefused."""
        self.pages = Pages(records=self.pages.records)
        with JsonReader(self.file, strict) as reader:
            while reader.peek():
                yield from self._items(reader, self.layout.path)

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
            yield from self._in_envelope(reader, path)

    def _in_envelope(self, reader: JsonReader, path: Path_) -> Iterator[Any]:
        if path in (self.layout.path, self.layout.path[1:]):  # The outermost object, alone or in a list.
            self.pages.begin()
        has_list, list_name = False, ".".join(step for step in self.layout.path if step not in (LIST, KEYED))
        for key in reader.members():
            has_list |= key == path[0]
            if key == path[0] and reader.peek() in "[{":
                yield from self._items(reader, path[1:])
                continue
            value = reader.value()
            refuse_others(self.file, list_name, key, value, self.first)
            self.pages.add(key, value)
            if key == "crs":
                refuse_other_system(self.file, value)
            self.title = str(value) if key == "name" and isinstance(value, str) else self.title
        if not has_list:
            raise self.file.refusal(
                f"has its records in {list_name!r}, which the object that ends in line {reader.line_here} lacks; write all records in one form"
            )


def find_records(file: UnpackedFile, is_record: Callable[[Iterable[str]], bool]) -> JsonRecords:
    """The records of a file: in a list, one after another, as the values of one object, as GeoJSON, or in an envelope or pages of them.

    `is_record` says whether an object with these keys is a record of a known format. Raises LoadRefused.
    """
    with JsonReader(file, strict=False) as reader:
        layout = find_layout(reader, is_record)
    found = JsonRecords(file, layout)
    first: Any = {}
    number, empty, seen = 0, True, set()  # Most records have the keys of an earlier one.
    for number, record in enumerate(found.read(strict=False), 1):
        if empty:
            found.rows, empty, first = isinstance(record, list), False, record
            found.first = (*record,) if isinstance(record, dict) else ()
        if not isinstance(record, list if found.rows else dict):
            raise file.refusal(
                f"{found.place(number)} is not {'a list' if found.rows else 'an object'}, as the first is: {as_written(record)[:40]}"
            )
        if not found.rows and ((keys := (*record,)) not in seen or _is_nested(record)):
            seen.add(keys)
            if key := has_records_inside(dict(record), first):
                raise file.refusal(
                    f"{found.place(number)} has records in {key!r}, and the first is a record itself; write all records in one form"
                )
            found.names.update(dict.fromkeys(record))
            found.nested_names.update(dict.fromkeys(name for name, _ in _walk(dict(record))))
            for name in _objects(dict(record)):
                found.objects.setdefault(name, found.place(number).removesuffix(","))
    if empty:
        raise file.refusal("has no records: its list is empty")
    found.pages.records = number
    if layout.path == (KEYED,) and _is_by_columns(found, is_record):
        raise file.refusal('has a table by columns, as `to_json()` of pandas writes it; write its rows: `to_json(..., orient="records")`')
    return found


def _is_by_columns(found: JsonRecords, is_record: Callable[[Iterable[str]], bool]) -> bool:
    """Whether the values of an object are columns: their own keys are numbers, or theirs are what a record has."""
    keys = [record["key"] for record in itertools.islice(found.read(strict=False), MAX_COLUMNS)]
    return all(map(str.isdecimal, found.names.keys() - {"key"})) or any(map(tag_name, keys)) or is_record(keys)


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
                if nested and found.objects:
                    _refuse_value_for_object(found, number, cells)
                row = [_cell(cells.get(name), found.marks_numbers) for name in columns]
                if write([*row, as_written(record)] if raw else row) > MAX_RECORD_BYTES // 4:
                    _refuse_long(found, number, row)
    except UnicodeEncodeError as error:
        raise half_character(file) from error
    return UnpackedFile(path, file.name, Places("keys", len(headers)))


def _headers(columns: list[str], tagged: bool) -> list[list[str]]:
    names = [" ".join(name.splitlines()) for name in columns]
    return header_rows(names) if tagged else [names]


def row_places(found: JsonRecords) -> Places:
    """What the rows that `row_cells` gives are in the file."""
    if found.layout.columns:
        return Places("columns", len(_names_beside(found)))
    return Places(cure='; pandas writes them with `to_json(..., orient="records")`')


def row_cells(found: JsonRecords) -> Iterator[list[str]]:
    """The rows of a file whose records are lists; if the names of its columns are beside them, these are the first row. Raises LoadRefused."""
    layout = found.layout
    yield from _names_beside(found)
    for number, row in enumerate(found.read(), 1):
        if layout.index and number > len(layout.index):
            raise found.file.refusal(f"has {len(layout.index)} names of rows in `index`, and more rows in `data`")
        yield [*layout.index[number - 1 : number], *(_cell(value, found.marks_numbers) or "" for value in row)]


def _names_beside(found: JsonRecords) -> list[list[str]]:
    """The names of columns that are beside the rows, as rows."""
    layout = found.layout
    return _headers([*(["index"] if layout.index else []), *layout.columns], tagged=True) if layout.columns else []


def _refuse_long(found: JsonRecords, number: int, row: list[str | None]) -> None:
    if sum(len((cell or "").encode()) + (cell or "").count('"') for cell in row) > MAX_RECORD_BYTES // 2:
        raise found.file.refusal(f"{found.place(number)} is larger than {MAX_RECORD_BYTES >> 21} MB")


def _cell(value: object, marks_numbers: bool = False) -> str | None:
    """A value as the text of a cell: texts and numbers as they are written, lists and objects as JSON."""
    if marks_numbers and isinstance(value, Number) and "." in value:
        return value + NUMBER_MARK
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


def _refuse_value_for_object(found: JsonRecords, number: int, cells: dict[str, Any]) -> None:
    """Raises LoadRefused if a record has a value where another has an object: the columns of the table are the object's, and would not have it."""
    for name, place in found.objects.items():
        if (value := cells.get(name)) not in (None, "", []):
            raise found.file.refusal(
                f"{found.place(number)} has the value {as_written(value)[:40]} for {name!r}, of which {place} has an object; write it in one form"
            )


def _objects(record: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The names of the objects inside an object that have anything."""
    for name, value in record.items():
        if isinstance(value, dict) and value:
            yield f"{prefix}{name}"
            yield from _objects(value, f"{prefix}{name}.")


def _walk(record: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values in an object and in the objects inside it, with names that have dots."""
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _walk(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
