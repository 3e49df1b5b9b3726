"""The statement with which DuckDB converts a table from CSV to typed Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable

from schema.model.completeness import complete
from schema.model.types import SQL_TYPES

from ...query.tables import GEOMETRY, Column
from ..text import quote_identifier, quote_literal

MAX_LINE = 64 << 20  # Bytes.
PARQUET_TYPES = {
    "bigint": "bigint",
    "smallint": "smallint",
    "numeric": "decimal(27, 9)",
    "double precision": "double",
    "boolean": "boolean",
    "date": "date",
}
TYPES_AS_IN_CSV = ("text", "text[]", "bigint[]", "jsonb")  # Texts and JSON stay text; lists are split into texts.
complete("PARQUET_TYPES in api/sql/duckdb/parquet.py", {*PARQUET_TYPES, *TYPES_AS_IN_CSV}, SQL_TYPES)
# The metadata by which programs know a point (GeoParquet 1.1); without a coordinate system it is WGS 84, longitude first.
GEO = json.dumps({"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: {"encoding": "WKB", "geometry_types": ["Point"]}}})


def table_of_texts(names: Iterable[str], path: str) -> str:
    """The relation of the rows of a CSV file, each column a text."""
    columns = ", ".join(f"{quote_literal(name)}: 'varchar'" for name in names)
    return (
        f"read_csv({quote_literal(path)}, auto_detect = false, header = true, columns = {{{columns}}}, delim = ',', quote = '\"', escape = '\"', "
        f"strict_mode = true, max_line_size = {MAX_LINE}, parallel = false)"
    )


def typed_parquet(columns: Iterable[Column], table: str, path: str, metadata: str) -> str:
    """Converts a CSV table with lists in JSON, and points in hexadecimal WKB, to Parquet."""
    columns = tuple(columns)
    cells = ",\n  ".join(f"{_value(column)} as {quote_identifier(column.name)}" for column in columns)
    geo = f", geo: {quote_literal(GEO)}" if any(column.aspect == GEOMETRY for column in columns) else ""
    return f"""
copy (
  select {cells}
  from {table_of_texts([column.name for column in columns], table)}
) to {quote_literal(path)} (format parquet, compression zstd, kv_metadata {{conflict_facts: {quote_literal(metadata)}{geo}}})
"""


def _value(column: Column) -> str:
    name = quote_identifier(column.name)
    if column.aspect == GEOMETRY:
        return f"unhex({name})"
    if column.type.many:
        return f"from_json({name}, '[\"varchar\"]')"
    return f"{name}::{PARQUET_TYPES[column.type.sql]}" if column.type.sql in PARQUET_TYPES else name
