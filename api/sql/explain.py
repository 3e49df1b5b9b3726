"""How PostgreSQL would answer a statement: prepared and explained as the product prepares and runs it."""

from __future__ import annotations

from collections.abc import Sequence

NAME = "explained"
FORGET = f"deallocate {NAME}"
TYPES = f"select parameter_types::text[] from pg_prepared_statements where name = '{NAME}'"


def prepare(text: str) -> str:
    return f"prepare {NAME} as {text}"


def literals(types: Sequence[str]) -> str:
    """The bound values as literals, written by PostgreSQL itself: EXPLAIN takes no parameters of a prepared statement."""
    return f"select array[{', '.join(f'quote_nullable(${n}::{type}::text)' for n, type in enumerate(types, 1))}]::text[]"


def explain(values: Sequence[str], options: str) -> str:
    """`options` as EXPLAIN takes them, as `analyze, buffers`."""
    return f"explain ({options}) execute {NAME}" + (f"({', '.join(values)})" if values else "")


def nothing(columns: int, revision: int) -> str:
    """The answer to a statement of so many columns that finds nothing: the two revisions, and no root."""
    return f"select {', '.join([f'{revision}::bigint'] * 2 + ['null::text'] * (columns - 2))}"
