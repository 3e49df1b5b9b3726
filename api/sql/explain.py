"""The statements that explain another: it is prepared under a name and explained as the service prepares and runs it."""

from __future__ import annotations

from collections.abc import Sequence

NAME = "explained"
FORGET = f"deallocate {NAME}"
TYPES = f"select parameter_types::text[] from pg_prepared_statements where name = '{NAME}'"


def prepare(text: str) -> str:
    return f"prepare {NAME} as {text}"


def literals(types: Sequence[str]) -> str:
    """A select of the bound values as literals, written by PostgreSQL itself: EXPLAIN EXECUTE takes no bound parameters."""
    return f"select array[{', '.join(f'quote_nullable(${n}::{type}::text)' for n, type in enumerate(types, 1))}]::text[]"


def explain(values: Sequence[str], options: str) -> str:
    """EXPLAIN of the prepared statement, with options of EXPLAIN such as `analyze, buffers`."""
    return f"explain ({options}) execute {NAME}" + (f"({', '.join(values)})" if values else "")
