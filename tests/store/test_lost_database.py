"""What the log says of a database that cannot be reached."""

from __future__ import annotations

import asyncio
import logging

import pytest

from api.store import revisions
from api.store.nodes import Nodes
from api.store.revisions import RevisionListener

from ..conftest import Instance, free_port

PASSWORD = "hidden-word"  # Of no role.
ATTEMPTS = 5


async def test_the_log_has_one_line_of_a_lost_database_and_one_when_it_is_back(
    aleppo: Instance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(revisions, "RECONNECT_AFTER", 0)
    nodes = Nodes(f"postgresql://reader:{PASSWORD}@127.0.0.1:{free_port()}/facts")
    listener = RevisionListener(nodes)
    attempts = list[None]()
    listener.on_lost.append(lambda: attempts.append(None))
    with caplog.at_level(logging.INFO):
        listener.open()
        try:
            async with asyncio.timeout(60):
                while len(attempts) < ATTEMPTS:
                    await listener.noted.wait()
                nodes.current = aleppo.read_url
                while listener.newest is None:
                    await listener.noted.wait()
        finally:
            await listener.close()
    lost, back = caplog.messages
    assert lost.startswith("the database is lost: ") and "Connect call failed" in lost
    assert back == "the database is back"
    assert PASSWORD not in caplog.text
