"""What the log says of a database that cannot be reached."""

from __future__ import annotations

import asyncio
import logging

import pytest

from api.sql.revision import MIGRATED
from api.store import revisions
from api.store.database_hosts import Nodes
from api.store.revisions import RevisionListener

from ..conftest import Instance, free_port, source

PASSWORD = "hidden-word"  # Of no role.
ATTEMPTS = 5


async def test_a_server_whose_tables_another_version_migrates_refuses_until_they_are_its_own(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    await instance.load(paper=source())
    pool = instance.app.state.store.pool
    first = await instance.client.get("/v1/sources")
    assert (first.status_code, (await instance.client.get("/v1/sources")).status_code) == (200, 200)
    own = pool.revisions.migration
    # The statement of a cached plan fails, before anything tells of the migration.
    await instance.rows("with moved as (update alembic_version set version_num = '9999' returning 1) select * from moved")
    await instance.rows("alter table source rename column title to heading")
    failed = await instance.client.get("/v1/sources", headers={"cache-control": "no-cache"})
    assert (failed.status_code, failed.json()["code"]) == (503, "unavailable") and "to 9999" in failed.json()["detail"]
    for path in ("/v1/sources", "/ready", "/v1/sources?limit=1"):  # None of them from the cache.
        assert (await instance.client.get(path)).status_code == 503
    assert not [record for record in caplog.records if record.exc_info]
    # Back again, and the listener hears of it.
    await instance.rows("alter table source rename column heading to title")
    await instance.rows("with moved as (update alembic_version set version_num = $1 returning 1) select * from moved", own)
    await instance.rows(MIGRATED)
    async with asyncio.timeout(120):
        while pool.revisions.newest is None:
            await pool.revisions.noted.wait()
    again = await instance.client.get("/v1/sources")
    assert (again.status_code, again.content) == (200, first.content)
    # A migration that breaks no statement is heard of too.
    await instance.rows("with moved as (update alembic_version set version_num = '9999' returning 1) select * from moved")
    await instance.rows(MIGRATED)
    async with asyncio.timeout(120):
        while pool.revisions.newest is not None:
            await pool.revisions.noted.wait()
    assert (await instance.client.get("/v1/sources")).status_code == 503


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
