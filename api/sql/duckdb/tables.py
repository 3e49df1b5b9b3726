"""The settings and the tables of the DuckDB database in which the files of one load are read. Text; no I/O."""

from __future__ import annotations

from pathlib import Path

from ..text import quote_literal

# `file` is the number of a file in its load, `record` that of a record in its file.
TABLES = (
    "create table problem (file integer, record bigint, entry varchar, field varchar, value varchar, reason varchar)",
    "create table flag (file integer, code varchar, record bigint, field varchar, value varchar)",
    "create table sum_row (file integer, record bigint, label varchar)",
    "create table dropped (file integer, record bigint)",
    "create table refused (file integer, record bigint, whole varchar)",
    "create table unreadable (file integer, entry varchar, text varchar)",
    "create table box (country varchar, west double, south double, east double, north double)",
)
# Arguments: of the bounding boxes of countries, the codes, and the west, south, east and north.
FILL_BOXES = "insert into box select unnest(?), unnest(?), unnest(?), unnest(?), unnest(?)"
ROW_GROUP = 16_384  # Rows of a table that are compressed together; those that are being written are in memory.
ONE_THREAD = "set threads = 1"  # Each thread needs memory for two thousand records of every column, several times over.
UNORDERED = "set preserve_insertion_order = false"  # To keep the order, DuckDB would hold tables in memory.


def attach(path: Path) -> str:
    """Use a database in a new file, without a log of changes: it is deleted with its folder, and writing the log for each statement takes a sixth of the time of a small file.

    Of wide rows, a group of the default size does not fit into the memory that a load may use, twice: once for each thread.
    """
    return f"attach {quote_literal(str(path))} as intake (recovery_mode no_wal_writes, row_group_size {ROW_GROUP}); use intake"


def settings(memory: str, folder: Path) -> tuple[str, ...]:
    """Use at most this much memory, such as `160MB`; the rest goes to the folder."""
    return (
        f"set memory_limit = {quote_literal(memory)}",
        f"set temp_directory = {quote_literal(str(folder))}",
        "set preserve_insertion_order = true",
        "set threads = 2",
        "pragma disable_checkpoint_on_shutdown",  # The database is deleted with its folder.
        "set TimeZone = 'UTC'",  # Or the machine's zone would decide on which day an instant of a Parquet file lies.
    )


def create_codes(table: str) -> str:
    """The table of a list of codes, by key. Arguments: keys, values."""
    return f"create or replace table {table} as select unnest(?::varchar[]) as key, unnest(?::varchar[]) as spans"


def create_lookup(name: str) -> str:
    """The table of a list that values are looked up in: by key, the spans of days and the value in each. Arguments: keys, first days, last days, values.

    Each key is once in it, so that a join, which DuckDB plans in a tenth of the time of a subquery, finds what a record has at most once.
    """
    columns = "unnest(?) as key, unnest(?) as since, unnest(?) as until, unnest(?) as value"
    spans = "list({'since': since, 'until': until, 'value': value} order by since)"
    return f"create or replace table lookup_{name} as select key, {spans} as spans from (select {columns}) entries group by key"
