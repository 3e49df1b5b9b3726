"""How DuckDB reads a file: selects of each record's number in `record` and of each value as text, null if empty. Text; no I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..text import quote_identifier, quote_literal
from .types import SQL_WHITE_SPACE

RESERVED_NAMES = re.compile(r"record|whole|item|kept_\d+|(id|first)_", re.IGNORECASE)  # Our own columns beside those of the file.
MAX_RECORD_BYTES = 2 << 20
MAX_OBJECT_BYTES = 8 * MAX_RECORD_BYTES  # Of an object of JSON.


def distinct_names(names: Sequence[str]) -> list[str]:
    """The names of columns; those that are missing, repeated or reserved get their position, as `name (column 3)`."""
    distinct: list[str] = []
    for position, name in enumerate(names, 1):
        unusable = not name or name.lower() in {other.lower() for other in distinct} or RESERVED_NAMES.fullmatch(name)
        distinct.append(f"{name} (column {position})".strip() if unusable else name)
    return distinct


def _trimmed(value: str) -> str:
    """A text without surrounding white space, null if nothing is left.

    A text that begins and ends with a visible ASCII character needs no trimming, which takes seven times as long as this check.
    """
    visible = f"unicode({value}) between 33 and 126 and unicode(right({value}, 1)) between 33 and 126"
    return f"case when {visible} then {value} else nullif(trim({value}, {SQL_WHITE_SPACE}), '') end"


def _numbered(columns: str, source: str) -> str:
    return f"select row_number() over () as record, {columns}\nfrom {source}"


def from_csv(path: Path, columns: Sequence[str], delimiter: str, skipped_lines: int) -> str:
    """Read strictly: DuckDB puts a row with too few or too many cells, an open quote or invalid UTF-8 into its table `reject_errors`."""
    declared = ", ".join(f"{quote_literal(name)}: 'varchar'" for name in columns)
    cells = ", ".join(f"{_trimmed(quote_identifier(name))} as {quote_identifier(name)}" for name in columns)
    return _numbered(
        cells,
        f"read_csv({quote_literal(str(path))}, auto_detect = false, header = false, skip = {skipped_lines}, columns = {{{declared}}},\n"
        f"  delim = {quote_literal(delimiter)}, quote = '\"', escape = '\"', strict_mode = true, store_rejects = true, rejects_limit = 0,\n"
        f"  max_line_size = {MAX_RECORD_BYTES}, buffer_size = {2 * MAX_RECORD_BYTES})",
    )


PARQUET_COLUMNS = "describe select * from read_parquet(?)"


def from_parquet(path: Path, types: Mapping[str, str]) -> str:
    """Lists and structs become JSON: DuckDB's own text for them does not show where an item ends."""
    cells = ", ".join(f"{_trimmed(_as_text(name, type))} as {quote_identifier(name)}" for name, type in types.items())
    return _numbered(cells, f"read_parquet({quote_literal(str(path))})")


def _as_text(name: str, type: str) -> str:
    nested = type.endswith("]") or type.startswith(("STRUCT", "MAP"))
    return f"to_json({quote_identifier(name)})::varchar" if nested else f"{quote_identifier(name)}::varchar"


def create_objects(path: Path) -> str:
    """The table of a JSON file's objects, each in `whole`."""
    objects = f"read_json_objects({quote_literal(str(path))}, maximum_object_size = {MAX_OBJECT_BYTES})"
    return f"create or replace table objects as select row_number() over () as record, json as whole from {objects}"


STRUCTURE = "select json_group_structure(whole)::varchar from objects"


@dataclass(frozen=True)
class JsonColumn:
    """A value inside the objects of a file: its name, with dots, and its path as DuckDB writes it."""

    name: str
    path: str


def nested_columns(structure: str | None) -> list[JsonColumn]:
    """Every value that an object of the file may have; values of nested objects have names with dots."""
    members = _members(structure)
    return [column for column, is_value in _walk(members, "", "$") if is_value]


def top_level_columns(structure: str | None) -> list[JsonColumn]:
    """Every key that an object of the file may have, whatever its value is."""
    return [column for column, _ in _walk(dict.fromkeys(_members(structure)), "", "$")]


def _members(structure: str | None) -> dict[str, Any]:
    """The structure that all objects of the file have together; empty if they are not all objects."""
    members = json.loads(structure) if structure else None
    return members if isinstance(members, dict) else {}


def _walk(members: Mapping[str, Any], prefix: str, path: str) -> Iterator[tuple[JsonColumn, bool]]:
    """The members of an object and of the objects within it; whether each is a value, not an object."""
    for name, inside in members.items():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        column = JsonColumn(f"{prefix}{name}", f'{path}."{escaped}"')
        yield column, not isinstance(inside, dict)
        if isinstance(inside, dict):
            yield from _walk(inside, f"{column.name}.", column.path)


# DuckDB reads a number with a point as a double, and accepts some text that is not JSON. Records with either are read again, strictly.
NUMBER_READ_AS_DOUBLE = r"[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+"
MAX_DOUBLE_LENGTH = 15  # Characters of a number that a double has exactly.
LENIENTLY_READ = r"[:,\[]\s*[+-]?(?i:nan|inf)|,\s*[}\]]|\\u0000|\x00|\.[0-9]*0\s*[,}\]]"


def inexact_records(structure: str | None) -> str:
    """Select the records to read again: with a number that a double may round, with text that is not JSON, or with a repeated key."""
    objects = ["$", *(column.path for column, is_value in _walk(_members(structure), "", "$") if not is_value)]
    keys = [f"json_keys(whole, {quote_literal(path)})" for path in objects]
    repeated = " or ".join(f"len({names}) > len(list_distinct({names}))" for names in keys)
    long_numbers = (
        f"list_filter(regexp_extract_all(whole::varchar, {quote_literal(NUMBER_READ_AS_DOUBLE)}), "
        f"lambda found: length(found) > {MAX_DOUBLE_LENGTH})"
    )
    lenient = f"regexp_matches(whole::varchar, {quote_literal(LENIENTLY_READ)})"
    return f"select record, whole::varchar from objects where len({long_numbers}) > 0 or {lenient} or {repeated}"


def create_exact(path: Path | None) -> str:
    """The table of the records that were read again, with numbers as texts to the last digit; empty without a file."""
    lines = f"read_json_objects({quote_literal(str(path))}, format = 'newline_delimited', maximum_object_size = {MAX_OBJECT_BYTES})"
    columns = "select (json ->> '$.record')::bigint as record, json -> '$.exact' as exact"
    return f"create or replace table exact as {columns} from {lines if path else '(select null::json as json where false)'}"


def from_objects(columns: Sequence[JsonColumn]) -> str:
    """A null and an absent key are both null here; the record in `whole` keeps the difference."""
    cells = ",\n  ".join(f"{_trimmed(f'cells[{n}]')} as {quote_identifier(column.name)}" for n, column in enumerate(columns, 1))
    paths = ", ".join(quote_literal(column.path) for column in columns)  # All at once, so that each object is parsed once.
    return (
        f"select record, {cells},\n  whole::varchar as whole\n"
        f"from (select record, whole, json_extract_string(coalesce(exact, whole), [{paths}]) as cells\n"
        f"  from objects left join exact using (record)) extracted"
    )
