"""Finds the row of a table that is the sum of all others by its numbers alone: its name is in no list of words for totals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..sql.duckdb import sum_rows as sql
from ..sql.duckdb.sum_columns import TableColumns
from .sum_warnings import Group, SumRow

LEAST = 10  # A row of several smaller numbers has the sums of all others by accident.


def sums_of_all(base: str, columns: TableColumns, run: Callable[[str], list[Any]], found: Sequence[SumRow]) -> list[SumRow]:
    """The rows with several numbers, each of which is the sum of all rows that are no candidates. They may be true, so they are kept, and named.

    `found`: the rows that sum others, or may do so, by other signs. If one of them is left out and has these sums, no other row can have them but by accident.
    """
    everything = Group(*run(sql.of_all(base, columns.counts))[0])
    if any(not row.kept and (everything.equals(row.numbers) or not row.numbers) for row in found):
        return []
    known = {row.record for row in found}
    rows = run(sql.all_others(base, columns.labels, columns.counts, LEAST))
    return [
        SumRow(record, label, numbers, Group(others, numbers), kept=True, proved=True)
        for record, label, numbers, others in rows
        if record not in known
    ]
