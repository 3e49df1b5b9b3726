"""A database that an earlier program filled: its migrations, the upgrade to the newest rule, and its past, which stays as it was."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest_asyncio
from alembic import command

from api.loading.upgrade import upgrade
from api.loading.verify import verify
from api.postgres import migrate
from api.sql.preference import RULE
from schema.kinds import KINDS

from ..conftest import Databases, Instance

DATA = Path(__file__).parents[1] / "data"
# Written by the program of migration 0012: loads, a correction, its undo, a source that was withheld after it had been shown, a
# better rating, a retraction; and claims that no load accepts any more. The digests are those of its responses for each revision.
FILLED, ANSWERS = DATA / "filled_0012.sql", json.loads((DATA / "answers_0012.json").read_text())


@pytest_asyncio.fixture
async def filled(databases: Databases, tmp_path: Path) -> AsyncIterator[Instance]:
    """The filled database, at migration 0012."""
    name = "filled"
    owner = await asyncpg.connect(databases.url("postgres"))
    await owner.execute(f"create database {name}")
    await owner.close()
    instance = Instance(databases, name, tmp_path)
    await asyncio.to_thread(command.upgrade, migrate._config(instance.url), "0012")
    connection = await asyncpg.connect(instance.url)
    async with connection.transaction():
        await connection.execute(FILLED.read_text())
    await connection.close()
    yield instance
    await databases.drop(name)


async def test_an_upgraded_database_is_sound_and_its_past_is_answered_as_before(filled: Instance) -> None:
    await asyncio.to_thread(migrate.migrate, filled.url)
    receipt = await upgrade(KINDS, filled.url)
    assert receipt is not None and receipt.revision == len(ANSWERS["answers"]) + 1
    assert await upgrade(KINDS, filled.url) is None
    assert [row[:] for row in await filled.rows("select id, kind, rule from revision order by id desc limit 2")] == [
        (9, "upgrade", RULE), (8, "retraction", "preference/1"),
    ]  # fmt: skip
    assert {row[0] for row in await filled.rows("select reason from figure_history where removed_in = 9")} == {"method_changed"}
    async for proof in verify(KINDS, filled.url):
        assert proof.contradictions == [], proof.name
    async with filled.app.router.lifespan_context(filled.app), filled.client:
        for revision, digests in ANSWERS["answers"].items():
            for plural, digest in digests.items():
                query = ANSWERS["queries"][plural].replace("$REVISION", revision)
                response = await filled.client.post("/graphql", json={"query": query})
                assert hashlib.sha256(response.text.encode()).hexdigest() == digest, (revision, plural, response.text[:300])


async def test_a_fresh_database_has_no_upgrade(store: Instance) -> None:
    assert await upgrade(KINDS, store.url) is None
    assert await store.rows("select from revision") == []
