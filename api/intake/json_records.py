"""Records of JSON to files of one object a line, to the last digit: what is packed in one object, and what DuckDB reads leniently."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

import duckdb
import ijson

from ..sql.duckdb import scan
from .unpack import Unpacked


def exact_numbers(connection: duckdb.DuckDBPyConnection, file: Unpacked, folder: Path, structure: str | None, nested: bool) -> Path | None:
    """Read again what DuckDB reads leniently: numbers become texts, to the last digit. Raises LoadRefused for what is no JSON."""
    found = connection.cursor().execute(scan.inexact_records(structure))
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


def from_keyed_object(file: Unpacked, folder: Path) -> Path | None:
    """The objects of one object that holds nothing else, one a line; the name of each as its `key`."""
    if not KEYED.match(file.start.removeprefix(b"\xef\xbb\xbf")):
        return None
    path = folder / f"keyed-{len(list(folder.iterdir()))}.ndjson"
    try:
        with file.path.open("rb") as source, path.open("w", encoding="utf-8") as lines:
            for key, value in ijson.kvitems(source, ""):
                if not isinstance(value, dict):
                    return None
                lines.write(scan.plain({"key": key, **value}) + "\n")
    except (ijson.JSONError, ValueError):  # It may be one object a line; what is wrong is told where that is read.
        return None
    return path


def from_geojson(file: Unpacked, folder: Path) -> Path:
    """The features of GeoJSON, one a line: its properties, and the coordinates of its point."""
    path = folder / "features.ndjson"
    try:
        with file.path.open("rb") as source, path.open("w") as lines:
            for feature in ijson.items(source, "features.item"):
                lines.write(scan.feature(feature) + "\n")
    except (ijson.JSONError, ValueError) as error:
        raise file.refused(f"is no GeoJSON that can be read: {error}") from error
    return path


ENVELOPES = ("data", "results", "records", "items", "value")  # Names under which APIs of the field hand out their records.


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


def from_envelope(file: Unpacked, folder: Path) -> Path | None:
    """The records of a list within an object, one a line; None where there is no such list."""
    within = _within(file)
    if not within:
        return None
    path = folder / f"records-{len(list(folder.iterdir()))}.ndjson"
    try:
        with file.path.open("rb") as source, path.open("w", encoding="utf-8") as lines:
            for record in ijson.items(source, f"{within}.item"):
                lines.write(scan.plain(record) + "\n")
    except (ijson.JSONError, ValueError) as error:
        raise file.refused(f"is no JSON that can be read: {error}") from error
    return path
