"""Texts and names as SQL literals and identifiers, for PostgreSQL and DuckDB alike."""

from __future__ import annotations


def quote_literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quote_identifier(name: str) -> str:
    """A name of the file as an identifier."""
    return '"' + name.replace('"', '""') + '"'
