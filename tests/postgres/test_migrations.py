"""All migrations together make the declared schema, to the last check, comment and index."""

from __future__ import annotations

import asyncio
import sys

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from api.postgres import embedded, migrate

from ..conftest import ROOT, Databases
from ..support.catalogue import CATALOGUE_QUERIES, declared, read_catalogue


@pytest.mark.parametrize("what", CATALOGUE_QUERIES)
async def test_all_migrations_together_are_the_declared_schema(databases: Databases, what: str) -> None:
    migrated = await read_catalogue(databases.url(await databases.fresh()), what)
    assert migrated == await read_catalogue(await declared(databases), what)
    assert migrated


async def test_it_is_known_without_alembic_whether_a_database_is_migrated(databases: Databases) -> None:
    url = databases.url(await databases.fresh())
    assert not await asyncio.to_thread(migrate.needs_migration, url)
    assert ScriptDirectory.from_config(migrate._config(url)).get_current_head() == migrate.newest_migration()
    connection = await asyncpg.connect(url)
    await connection.execute("update alembic_version set version_num = '0001'")
    assert await asyncio.to_thread(migrate.needs_migration, url)
    await connection.execute("drop table alembic_version")
    await connection.close()
    assert await asyncio.to_thread(migrate.needs_migration, url)


async def test_a_migrated_database_shows_no_drift(databases: Databases) -> None:
    assert await asyncio.to_thread(migrate.drift, databases.url(await databases.fresh())) == []


@pytest.mark.parametrize(
    "change",
    [
        "alter table figure drop column best",
        "alter table figure add column worst bigint",
        "alter table event alter column ucdp_id type bigint using null",
        "drop index event_country_started_on_id_idx",
        "alter table figure rename constraint figure_measure_a65a7f76 to figure_measure_00000000",
        "comment on column actor.name is 'Something else.'",
    ],
)
async def test_drift_is_seen(databases: Databases, change: str) -> None:
    url = databases.url(await databases.fresh())
    connection = await asyncpg.connect(url)
    if "rename constraint" in change:  # Its name carries a digest of the vocabulary, whatever that is today.
        name = await connection.fetchval(
            "select conname from pg_constraint where conrelid = 'figure'::regclass and conname like 'figure_measure_%'"
        )
        change = change.replace("figure_measure_a65a7f76", name)
    await connection.execute(change)
    await connection.close()
    assert await asyncio.to_thread(migrate.drift, url)


async def test_two_may_migrate_at_once(databases: Databases, cluster: embedded.Server) -> None:
    owner = await asyncpg.connect(databases.url("postgres"))
    await owner.execute("create database empty")
    await owner.close()
    url = databases.url("empty")
    code = "import sys; from api.postgres.migrate import migrate; migrate(sys.argv[1])"
    started = [await asyncio.create_subprocess_exec(sys.executable, "-c", code, url, cwd=ROOT) for _ in range(2)]
    assert [await process.wait() for process in started] == [0, 0]
    assert await asyncio.to_thread(migrate.drift, url) == []
