"""CSV files read, changed and written; and every row that loads of them leave in the database."""

from __future__ import annotations

import csv
from pathlib import Path

import asyncpg

from schema.kinds import KINDS

from ..conftest import Instance

Rows = list[list[str]]


def read_csv(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write_csv(path: Path, content: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(content)
    return path


def with_cell(content: Rows, record: int, column: str, cell: str) -> Rows:
    """The same rows with another cell; the first record is 1."""
    changed = [list(row) for row in content]
    changed[record][content[0].index(column)] = cell
    return changed


async def stored_rows(store: Instance) -> dict[str, list[str]]:
    """Every row of every table of facts, as text."""
    tables = [f"{name}{ending}" for name in KINDS for ending in ("", "_history", "_claim", "_claim_history")]
    connection = await asyncpg.connect(store.url)
    try:
        return {
            table: [row[0] for row in await connection.fetch(f"select t::text from {table} t order by 1")]  # a kind's name
            for table in [*tables, "figure_sum", "revision"]
        }
    finally:
        await connection.close()
