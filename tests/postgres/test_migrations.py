"""All migrations together make the declared schema, to the last check, comment and index."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from pathlib import Path

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from api.errors import NoDatabase
from api.postgres import migrate
from schema.kinds import KINDS
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..conftest import ROOT, Databases
from ..support.catalogue import CATALOGUE_QUERIES, declared, read_catalogue
from ..support.new_field import CONVOY, STATUS, with_fields


async def test_all_migrations_together_are_the_declared_schema(databases: Databases) -> None:
    migrated_url, declared_url = databases.url(await databases.fresh()), await declared(databases)
    for part in CATALOGUE_QUERIES:
        migrated = await read_catalogue(migrated_url, part)
        assert migrated == await read_catalogue(declared_url, part), part
        assert migrated


async def test_needs_migration_works_without_alembic(databases: Databases) -> None:
    url = databases.url(await databases.fresh())
    assert not await asyncio.to_thread(migrate.needs_migration, url)
    assert ScriptDirectory.from_config(migrate._config(url)).get_current_head() == migrate.newest_migration()
    connection = await asyncpg.connect(url)
    await connection.execute("update alembic_version set version_num = '0001'")
    assert await asyncio.to_thread(migrate.needs_migration, url)
    await connection.execute("drop table alembic_version")
    await connection.close()
    assert await asyncio.to_thread(migrate.needs_migration, url)


@pytest.mark.parametrize(
    ("more", "what"),
    [([CONVOY], "the kind convoy has no table"), ([], "the field custody of the kind figure has no column")],
    ids=["a kind", "a field"],
)
async def test_a_migration_that_is_not_written_yet_is_asked_for(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, more: list[Kind], what: str
) -> None:
    """In a database that has all migrations, and while they run."""
    fields = [] if more else [STATUS]
    monkeypatch.setattr(
        "schema.kinds.KINDS", Kinds([*(with_fields(kind, *(fields if kind.name == "figure" else [])) for kind in KINDS.values()), *more])
    )
    url = databases.url(await databases.fresh())
    for step in (migrate.needs_migration, migrate.migrate):
        with pytest.raises(NoDatabase, match=rf"^{what}: no migration creates it; write one with `make migration MESSAGE="):
            await asyncio.to_thread(step, url)


async def test_a_migrated_database_shows_no_drift(databases: Databases) -> None:
    assert await asyncio.to_thread(migrate.drift, databases.url(await databases.fresh())) == []


@pytest.mark.nightly
async def test_a_migration_is_written_for_a_new_kind_and_a_new_field(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Privileges and functions follow the declared kinds, so they are set after the migration that makes their tables."""
    grown = Kinds([*(with_fields(kind, *([STATUS] if kind.name == "figure" else [])) for kind in KINDS.values()), CONVOY])
    monkeypatch.setattr("schema.kinds.KINDS", grown)
    monkeypatch.setattr(migrate, "MIGRATIONS", tmp_path / "migrations" / "versions")
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    url, before = databases.url(await databases.fresh()), migrate.newest_migration()
    await asyncio.to_thread(migrate.new_migration, url, "Add convoys and the custody of those counted")
    assert int(migrate.newest_migration()) == int(before) + 1
    await asyncio.to_thread(migrate.migrate, url)
    connection = await asyncpg.connect(url)
    assert await connection.fetch("select custody from figure, convoy") == []
    await connection.close()


# Changes that migrations do not know, each with what the report of it must contain.
CHANGES = {
    "alter table figure drop column best": r"'add_column', None, 'figure', Column\('best'",
    "alter table figure add column worst bigint": r"'remove_column', None, 'figure', Column\('worst'",
    "alter table event alter column ucdp_id type bigint using null": r"'modify_type', None, 'event', 'ucdp_id'",
    "drop index event_country_started_on_id_idx": r"'add_index', Index\('event_country_started_on_id_idx'",
    "alter table figure rename constraint {measure} to figure_measure_00000000": r"'remove_constraint', .*figure_measure_00000000",
    "comment on column actor.name is 'Something else.'": r"'modify_comment', None, 'actor', 'name', .*'Something else\.'",
}


async def test_every_sort_of_drift_is_reported(databases: Databases) -> None:
    url = databases.url(await databases.fresh())
    connection = await asyncpg.connect(url)
    # The name of a CHECK ends in a digest of the vocabulary.
    measure = await connection.fetchval(
        "select conname from pg_constraint where conrelid = 'figure'::regclass and conname like 'figure_measure_%'"
    )
    for change in CHANGES:
        await connection.execute(change.format(measure=measure))
    await connection.close()
    differences = await asyncio.to_thread(migrate.drift, url)
    for change, expected in CHANGES.items():
        assert any(re.search(expected, difference, re.DOTALL) for difference in differences), (change, differences)
    assert any("add_constraint" in difference and str(measure) in difference for difference in differences)


async def test_a_process_that_waited_for_a_migration_finds_nothing_to_migrate(databases: Databases) -> None:
    """Migrating the tables that are there would fail."""
    url = databases.url(await databases.fresh())
    other = await asyncpg.connect(url)
    await other.execute("update alembic_version set version_num = '0001'")
    transaction = other.transaction()
    await transaction.start()
    await other.execute("select pg_advisory_xact_lock(7201)")
    migrating = asyncio.create_task(asyncio.to_thread(migrate.migrate, url))
    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    while not migrating.done() and not await other.fetchval(waiting):  # noqa: ASYNC110  # what is waited for comes from PostgreSQL
        await asyncio.sleep(0.02)
    assert not migrating.done()
    await other.execute("update alembic_version set version_num = $1", migrate.newest_migration())
    await transaction.commit()
    await migrating
    await other.close()
    assert not await asyncio.to_thread(migrate.needs_migration, url)


@pytest.mark.nightly
async def test_two_processes_may_migrate_one_database_at_once(databases: Databases) -> None:
    owner = await asyncpg.connect(databases.url("postgres"))
    await owner.execute("create database empty")
    await owner.close()
    url = databases.url("empty")
    code = "import sys; from api.postgres.migrate import migrate; migrate(sys.argv[1])"
    processes = [await asyncio.create_subprocess_exec(sys.executable, "-c", code, url, cwd=ROOT) for _ in range(2)]
    assert [await process.wait() for process in processes] == [0, 0]
    assert not await asyncio.to_thread(migrate.needs_migration, url)
