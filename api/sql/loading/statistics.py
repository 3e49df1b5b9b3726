"""The statements that keep the planner's statistics true during a load, so that no plan is chosen for a table that was smaller. Text; no I/O.

A plan for a table that is thought to be nearly empty reads all of it for every row of another one, which takes hours on a large table.
PostgreSQL itself updates statistics only after a commit, a minute later.
"""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind
from schema.storage.columns import Column, claim_columns, live_columns

MARGIN = 16  # Pages, of 8 kB: what a table may grow by, beside a tenth of its size, before it needs new statistics.
# Short values. The others are wide, take most of the time of an analysis, and are joined with nothing.
SHORT_TYPES = ("bigint", "integer", "smallint", "date", "boolean")
SHORT_TEXTS = ("id", "collection", "locator")

# Of the tables $1, those that have grown since their statistics were made.
GROWN = f"""
select name from unnest($1::text[]) name join pg_class c on c.oid = name::regclass
where pg_relation_size(c.oid) / current_setting('block_size')::int > {MARGIN} + 1.1 * greatest(c.relpages, 0)
"""


def claim_tables(kind: Kind) -> dict[str, str]:
    """The tables of the claims of a kind, each with the statement that makes its statistics."""
    return _tables(f"{kind.name}_claim", claim_columns(kind))


def live_tables(kind: Kind) -> dict[str, str]:
    """The tables of the records of a kind, each with the statement that makes its statistics."""
    return _tables(kind.name, live_columns(kind))


def sum_tables(kind: Kind) -> dict[str, str]:
    """The table of the stored sums of a kind, with the statement that makes its statistics: all of them, since prices of totals are made of these."""
    return {f"{kind.name}_sum": f"analyze {kind.name}_sum"}


def _tables(name: str, columns: tuple[Column, ...]) -> dict[str, str]:
    short = ["key", *_short(columns)]
    return {
        name: f"analyze {name} ({', '.join(short)})",
        f"{name}_history": f"analyze {name}_history ({', '.join([*short, 'removed_in'])})",
    }


def _short(columns: tuple[Column, ...]) -> Iterator[str]:
    yield from (column.name for column in columns if column.sql in SHORT_TYPES or column.name in SHORT_TEXTS)
