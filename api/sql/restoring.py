"""What a restored database needs beside what is in its backup."""

from __future__ import annotations

from .text import quote_identifier

ANALYZE = "analyze"


def create_extension(name: str) -> str:
    """Creates an extension, which then belongs to the role that connects. The name comes from a file, so it is quoted."""
    return f"create extension if not exists {quote_identifier(name)}"
