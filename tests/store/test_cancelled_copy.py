"""A list that is left while PostgreSQL copies it keeps neither its client nor its connection waiting."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from api.store import streams

from ..conftest import Instance

LONG = "select repeat('x', 1000) from generate_series(1, 100000)"


class Free:
    def begin(self) -> None:
        """Costs nothing."""

    def end(self, records: int = 0) -> None:
        """Costs nothing."""


@pytest.mark.parametrize("waits", [False, True])
async def test_a_copy_is_cancelled_or_its_connection_is_ended(aleppo: Instance, monkeypatch: pytest.MonkeyPatch, waits: bool) -> None:
    """`waits`: as asyncpg did for ever where a COPY had ended by itself in the moment in which it was cancelled, for a full disk."""

    async def execute(connection: asyncpg.Connection, *arguments: Any, **options: Any) -> str:
        await asyncio.Event().wait()
        return ""

    connection = await asyncpg.connect(aleppo.read_url)
    transaction = connection.transaction(readonly=True)
    try:
        await transaction.start()
        if waits:
            monkeypatch.setattr(asyncpg.Connection, "execute", execute)
            monkeypatch.setattr(streams, "CANCEL_TIMEOUT", 0.01)
        lines = streams._copied(connection, LONG, (), Free())  # type: ignore[arg-type]
        await anext(lines)
        async with asyncio.timeout(60):
            await lines.aclose()
        assert connection.is_closed() or not waits
        if not connection.is_closed():  # asyncpg itself may end it too.
            await transaction.rollback()
            assert await connection.fetchval("select 1") == 1
    finally:
        connection.terminate()
