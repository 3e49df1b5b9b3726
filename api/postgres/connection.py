"""Connections for one purpose, closed when it is done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the database at `url`. Raises asyncpg's errors, InterfaceError for a malformed URL."""
    try:
        connection = await asyncpg.connect(url)
    except ValueError as error:  # For example, a port in the URL that is not a number.
        raise asyncpg.InterfaceError(str(error)) from error
    try:
        yield connection
    finally:
        await connection.close()
