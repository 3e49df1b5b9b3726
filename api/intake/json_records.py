"""Writes the records of JSON files one object per line: records inside an envelope, features, and numbers to the last digit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import ijson

from ..sql.duckdb import scan
from .unpack import UnpackedFile, new_path

ENVELOPES = ("data", "results", "records", "items", "value")  # The keys under which APIs of the field return their records.
OBJECT_OF_OBJECTS = re.compile(rb'\s*\{\s*"[^"\\]*"\s*:\s*\{')  # How such a file begins.
BOM = b"\xef\xbb\xbf"
BLANK = BOM + b" \t\r\n"


def exact_numbers(
    connection: duckdb.DuckDBPyConnection, file: UnpackedFile, folder: Path, structure: str | None, nested: bool
) -> Path | None:
    """Read the records again, strictly, that DuckDB reads leniently or rounds; None if there are none.

    Numbers become texts, to the last digit; `nested` is false if objects inside a record become one text each.
    Raises LoadRefused for a record that is not valid JSON.
    """
    inexact = connection.cursor().execute(scan.inexact_records(structure))
    path, empty = folder / "exact.ndjson", True
    with path.open("w", encoding="utf-8") as lines:
        while batch := inexact.fetchmany(1000):
            empty = False
            lines.writelines(f'{{"record": {record}, "exact": {_exact(file, record, text, nested)}}}\n' for record, text in batch)
    return None if empty else path


class _Number(str):
    """A number of JSON, as it is written."""


def _exact(file: UnpackedFile, record: int, text: str, nested: bool) -> str:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not a value of JSON")

    try:
        value = json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=refuse, object_pairs_hook=without_repeated_keys)
        if not nested:
            value = {key: _as_written(part) if isinstance(part, dict) else part for key, part in value.items()}
        return json.dumps(value)
    except (ValueError, RecursionError) as error:
        raise file.refusal(f"record {record} is not valid JSON: {error}") from error


def _as_written(value: object) -> str:
    """A value as JSON, its numbers as the file has them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_as_written(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_as_written, value)) + "]"
    return str(value) if isinstance(value, _Number) else json.dumps(value)


def without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs. Raises ValueError for a key that occurs twice: the second value would hide the first."""
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} occurs twice in one object")
    return value


def from_keyed_object(file: UnpackedFile, folder: Path) -> Path | None:
    """The objects of one object that contains nothing else, one per line, each with its key as `key`; None for other files."""
    if not OBJECT_OF_OBJECTS.match(file.start.removeprefix(BOM)):
        return None
    path = new_path(folder, "keyed", ".ndjson")
    try:
        with file.path.open("rb") as source, path.open("w", encoding="utf-8") as lines:
            for key, value in ijson.kvitems(source, ""):
                if not isinstance(value, dict):
                    return None
                lines.write(_line({"key": key, **value}))
    except (ijson.JSONError, ValueError):  # It may be one object per line; what is wrong with it is reported when that is read.
        return None
    return path


def from_geojson(file: UnpackedFile, folder: Path) -> Path:
    """The features of GeoJSON, one per line: their properties, and the coordinates of their points. Raises LoadRefused."""
    return _write_lines(file, folder / "features.ndjson", "features", "GeoJSON", _flat_feature)


def collection_name(file: UnpackedFile) -> str:
    """The member `name` of a feature collection, if it comes before the features; empty otherwise."""
    with file.path.open("rb") as source, suppress(ijson.JSONError):
        for prefix, event, value in ijson.parse(source):
            if prefix == "name" and event == "string":
                return str(value)
            if prefix == "features":
                break
    return ""


def from_envelope(file: UnpackedFile, folder: Path) -> Path | None:
    """The records of a list inside one object, one per line; None if there is no such list. Raises LoadRefused."""
    key = _envelope_key(file)
    return _write_lines(file, new_path(folder, "records", ".ndjson"), key, "JSON", lambda record: record) if key else None


def _write_lines(file: UnpackedFile, path: Path, key: str, format_name: str, flatten: Callable[[Any], Any]) -> Path:
    """Write the items of the list under this key of the file's one object."""
    try:
        with file.path.open("rb") as source, path.open("w", encoding="utf-8") as lines:
            lines.writelines(_line(flatten(item)) for item in ijson.items(source, f"{key}.item"))
    except (ijson.JSONError, ValueError) as error:
        raise file.refusal(f"is not valid {format_name}: {error}") from error
    return path


def _envelope_key(file: UnpackedFile) -> str:
    """The key of the list of records in a file that is one object; empty if it is not, or has no such list."""
    if not file.start.lstrip(BLANK).startswith(b"{") or _is_line_delimited(file.start):
        return ""
    with file.path.open("rb") as source, suppress(ijson.JSONError):
        key = ""
        for prefix, event, value in ijson.parse(source):
            if event == "map_key" and not prefix:
                key = str(value)
            elif event == "start_map" and key in ENVELOPES and prefix == f"{key}.item":
                return key
    return ""


def _is_line_delimited(start: bytes) -> bool:
    """Whether the first line is an object and another line follows."""
    first, _, others = start.strip(BLANK).partition(b"\n")
    try:
        return bool(others) and isinstance(json.loads(first), dict)
    except ValueError:
        return False


def _flat_feature(feature: dict[str, Any]) -> dict[str, Any]:
    """A feature as one flat object: its properties, the coordinates of a simple point, and its other members."""
    geometry = feature.get("geometry") or {}
    point = geometry.get("coordinates") or []
    flat = dict(feature.get("properties") or {})
    at = {"longitude": point[0], "latitude": point[1]} if geometry.get("type") == "Point" and len(point) == 2 else {}
    if any(flat.setdefault(name, degrees) != degrees for name, degrees in at.items()) or (feature.get("geometry") and not at):
        flat.setdefault("geometry", feature["geometry"])  # Kept if it is no simple point, or differs from the properties.
    for name in feature.keys() - {"type", "properties", "geometry"}:
        flat.setdefault(name, feature[name])
    return flat


def _line(record: dict[str, Any]) -> str:
    """An object as one line of JSON; decimals as texts, to the last digit."""
    return json.dumps(record, default=lambda value: str(value) if isinstance(value, Decimal) else value, ensure_ascii=False) + "\n"
