"""SQL literals and identifiers, quoted for PostgreSQL and DuckDB alike."""

from __future__ import annotations

from collections.abc import Iterable


def quote_literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quote_identifier(name: str) -> str:
    """A name, such as that of a column of a file, as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literals(values: Iterable[str]) -> str:
    """Texts as literals, separated by commas."""
    return ", ".join(map(quote_literal, values))
