"""Rows of a text that DuckDB could not cut into cells: they become problems, or the file is refused where other rows were lost with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from ..errors import LoadRefused
from ..sql.duckdb import merge_files as gather
from .open_table import OpenedFile
from .rejected_lines import records_at, torn_lines


def insert_rejects(connection: duckdb.DuckDBPyConnection, number: int, name: str, file: OpenedFile) -> int:
    """Add these rows of the file with this number to the problems, each with its place or its line; returns their number. Raises LoadRefused."""
    connection.execute(gather.NO_BLANK_LINES)
    try:
        rejected = connection.execute(gather.REJECTED_POSITIONS).fetchall()
    except duckdb.CatalogException:  # Only the reader of CSV makes the table of rejects.
        return 0
    for path, positions, records, delimiter in rejected:
        numbers, texts = zip(*records_at(Path(path), positions, delimiter), strict=True)
        entries = [*map(file.place, records)] if file.place else [f"line {line}" for line in numbers]
        connection.execute(gather.CREATE_LINES, [positions, entries, [*numbers], [*texts]])
        for statement in (gather.FIND_BLANK_LINES, gather.insert_rejects(number)):
            connection.execute(statement)
        if (misplaced := connection.execute(gather.MISPLACED_QUOTES).fetchall()) and not file.columns_in_file:
            _refuse_torn_lines(connection, name, Path(path), file, delimiter, [text for (text,) in misplaced])
        return len(positions) - _number(connection, gather.COUNT_BLANK_LINES)
    return 0


def _refuse_torn_lines(
    connection: duckdb.DuckDBPyConnection, name: str, path: Path, file: OpenedFile, delimiter: str, rejected_texts: Sequence[str]
) -> None:
    """Raises LoadRefused if a misplaced quotation mark has made DuckDB lose lines, or take the rest of a line for a record."""
    skipped, rejected = _number(connection, gather.SKIPPED_LINES), _number(connection, gather.COUNT_REJECTED_LINES)
    read = _number(connection, gather.count_lines(file.records, file.columns))
    if problem := torn_lines(path, skipped, read + rejected, delimiter, rejected_texts):
        raise LoadRefused(f"{name}: {problem}; nothing was written")


def _number(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row: Any = connection.execute(statement).fetchone()
    return int(row[0])
