"""What the draft of a map shows of a table. Text; no I/O."""

from __future__ import annotations

from collections.abc import Sequence

from ..text import quote_identifier, quote_literal

MAX_RECORDS, MAX_VALUES = 1000, 12


def tells_rows_apart(records: str, columns: Sequence[str]) -> str:
    """Select whether these columns together differ in every one of the first records."""
    cells = ", ".join(map(quote_identifier, columns))
    return f"select count(*) > 1 and count(*) = count(distinct row({cells})) from (from (\n{records}\n) limit {MAX_RECORDS})"


def commonest_values(records: str, columns: Sequence[str]) -> str:
    """Select the commonest values of each column among the first records: the column and the value, the commonest first."""
    parts = [
        f"(select {number} as place, {quote_literal(name)} as name, {quote_identifier(name)} as value, count(*) as times, min(record) as record\n"
        f"from head where {quote_identifier(name)} is not null group by all order by times desc, record limit {MAX_VALUES})"
        for number, name in enumerate(columns)
    ]
    return (
        f"with head as materialized (from (\n{records}\n) limit {MAX_RECORDS})\n"
        f"select name, value from ({' union all '.join(parts)}) ordered order by place, times desc, record"
    )
