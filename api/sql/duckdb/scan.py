"""How DuckDB reads a file: selects of each record's number in `record` and of each value as text. Text; no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from schema.formats.spellings import NUMBER_MARK

from ..text import quote_identifier, quote_literal

RESERVED_NAMES = re.compile(
    r"record|whole|item|untouched|(kept|raw|trimmed|nth|cell|found)_\d+|(id|first)_", re.IGNORECASE
)  # Our own columns, and variables, beside those of the file.
MAX_RECORD_BYTES = 2 << 20


def distinct_names(names: Sequence[str]) -> list[str]:
    """The names of columns; those that are missing, repeated or reserved get their position, as `name (column 3)`."""
    distinct: list[str] = []
    for position, name in enumerate(names, 1):
        unusable = not name or name.lower() in {other.lower() for other in distinct} or RESERVED_NAMES.fullmatch(name)
        distinct.append(f"{name} (column {position})".strip() if unusable else name)
    return distinct


def renamed(name: str, columns: Sequence[str]) -> str | None:
    """What a column of a reserved name is called among these; None if there is none."""
    if not RESERVED_NAMES.fullmatch(name):
        return None
    return next((column for column in columns if re.fullmatch(rf"{re.escape(name)} \(column \d+\)", column)), None)


def _numbered(columns: str, source: str) -> str:
    return f"select row_number() over () as record, {columns}\nfrom {source}"


def from_csv(path: Path, columns: Sequence[str], delimiter: str, skipped_lines: int) -> str:
    """Read strictly: DuckDB puts a row with too few or too many cells, an open quote or invalid UTF-8 into its table `reject_errors`."""
    declared = ", ".join(f"{quote_literal(name)}: 'varchar'" for name in columns)
    cells = ", ".join(map(quote_identifier, columns))
    return _numbered(
        cells,
        f"read_csv({quote_literal(str(path))}, auto_detect = false, header = false, skip = {skipped_lines}, columns = {{{declared}}},\n"
        f"  delim = {quote_literal(delimiter)}, quote = '\"', escape = '\"', strict_mode = true, store_rejects = true, rejects_limit = 0,\n"
        f"  max_line_size = {MAX_RECORD_BYTES}, buffer_size = {2 * MAX_RECORD_BYTES})",
    )


# Arguments: the path. What pandas says of the columns that it wrote, as JSON.
PANDAS_METADATA = "select decode(value) from parquet_kv_metadata(?) where decode(key) = 'pandas'"
PARQUET_COLUMNS = "describe select * from read_parquet(?)"
# The bytes of the largest group of rows, which DuckDB holds in memory while it reads it.
LARGEST_ROW_GROUP = "select coalesce(max(bytes), 0) from (select sum(total_uncompressed_size) as bytes from parquet_metadata(?) group by row_group_id) groups"
STORED = "select * from stored_records"


def from_parquet(path: Path, types: Mapping[str, str], names: Sequence[str] = (), skipped: int = 0, marks_numbers: bool = False) -> str:
    """Lists and structs become JSON: DuckDB's own text for them does not show where an item ends. `names`: what the columns are called instead."""
    cells = ", ".join(
        f"{_as_text(column, type, marks_numbers)} as {quote_identifier(name)}"
        for (column, type), name in zip(types.items(), names or types, strict=True)
    )
    source = f"read_parquet({quote_literal(str(path))})"
    return _numbered(cells, f"(select * from {source} offset {skipped})" if skipped else source)


def store(records: str) -> tuple[str, ...]:
    """Write records to a table on disk, whose groups of rows are small: `STORED` selects them. Only one file is read at a time."""
    return (f"create or replace table stored_records as {records}", "checkpoint")


def first(records: str, number: int) -> str:
    """The values of the first records, without their numbers."""
    return f"select * exclude (record) from ({records}) order by record limit {number}"


def not_text(path: Path, column: str) -> str:
    """Whether a column of bytes has any that are not UTF-8."""
    bytes_ = quote_identifier(column)
    return f"select exists (select 1 from read_parquet({quote_literal(str(path))}) where {bytes_} is not null and try(decode({bytes_})) is null)"


def _as_text(name: str, type: str, marks_numbers: bool) -> str:
    nested = type.endswith("]") or type.startswith(("STRUCT", "MAP"))
    text = (
        f"decode({quote_identifier(name)})"
        if type == "BLOB"
        else f"to_json({quote_identifier(name)})::varchar"
        if nested
        else f"{quote_identifier(name)}::varchar"
    )
    if type == "TIMESTAMP WITH TIME ZONE":  # As messages write an instant, and as a pattern of a map reads it.
        text = f"replace(({quote_identifier(name)} at time zone 'UTC')::varchar, ' ', 'T') || 'Z'"
    # The zeros of a decimal are its type's: 14.000 is 14 there, and nothing stands between thousands.
    if type.startswith("DECIMAL") and not nested:
        text = f"case when contains({text}, '.') then rtrim(rtrim({text}, '0'), '.') else {text} end"
    is_number = type.startswith(("DECIMAL", "DOUBLE", "FLOAT")) and not nested
    return (
        f"case when contains({text}, '.') then {text} || {quote_literal(NUMBER_MARK)} else {text} end"
        if marks_numbers and is_number
        else text
    )
