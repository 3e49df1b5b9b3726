"""Reads each cell of some columns as a record of its own, and names such records. Text; no I/O."""

from __future__ import annotations

from collections.abc import Sequence

from ..text import quote_identifier, quote_literal

# The number of a record that is one cell has that of its row above these bits, and in them the position of its column.
CELLS = 1 << 32


def unpivoted(records: str, columns: Sequence[str], wide: Sequence[str], names: str, values: str) -> str:
    """A record for each cell of the columns `wide`, with the name of its column and its value in two columns beside the others.

    An empty cell is no record, and has a number below 0: what an earlier file said in it may end.
    """
    cells = ", ".join(
        f"{{'position': {position}, 'name': {quote_literal(name.strip())}, 'value': {quote_identifier(name)}}}"
        for position, name in enumerate(columns, 1)
        if name in wide
    )
    others = "".join(f", {quote_identifier(name)}" for name in columns if name not in wide)
    made = f"item.name as {quote_identifier(names)}, item.value as {quote_identifier(values)}"
    number = f"(record * {CELLS} + item.position) * case when trim(item.value) <> '' then 1 else -1 end"
    return f"select {number} as record{others}, {made}\nfrom (select *, unnest([{cells}]) as item from (\n{records}\n))"


def record_words(record: str) -> str:
    """A record in words, by its number: `record 3`, or `record 3, column 5` if it is one cell. SQL from SQL."""
    cell = f"({record} // {CELLS}) || ', column ' || ({record} % {CELLS})"
    return f"'record ' || case when {record} < {CELLS} then ({record})::varchar else {cell} end"


def place_of(record: int) -> str:
    """The same of a number."""
    return f"record {record}" if record < CELLS else f"record {record // CELLS}, column {record % CELLS}"
