"""A backup holds everything, today's facts and the past, and is restored completely or not at all."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from api.errors import BackupFailed
from api.loading.verify import verify
from api.postgres import backup, migrate, restoring
from api.postgres.backup import back_up
from api.postgres.connection import connected
from api.postgres.restoring import restore
from api.postgres.roles import set_privileges
from api.sql.loading.privilege_proofs import hidden_from_others
from schema.kinds import KINDS

from ..conftest import Databases, Instance

TABLES = "select relname, relkind::text from pg_class where relkind in ('r', 'S') and relnamespace = 'public'::regnamespace order by 1"
DIGESTS = {"r": "select md5(string_agg(t::text, '|' order by t::text)) from {} t", "S": "select last_value::text from {}"}


@pytest.fixture(scope="module")
def stored(aleppo: Instance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the instance with the test's collections."""
    file = tmp_path_factory.mktemp("backup") / "facts.dump"
    back_up(aleppo.url, file)
    return file


@pytest_asyncio.fixture
async def empty(databases: Databases) -> AsyncIterator[str]:
    """The URL of a database without tables."""
    url = databases.url("restored")
    owner = await asyncpg.connect(databases.url("postgres"))
    await owner.execute("create database restored template template0")
    await owner.close()
    yield url
    await databases.drop("restored")


async def everything(url: str) -> dict[str, str]:
    """A digest of each table and sequence."""
    connection = await asyncpg.connect(url)
    try:
        return {name: await connection.fetchval(DIGESTS[kind].format(name)) for name, kind in await connection.fetch(TABLES)}
    finally:
        await connection.close()


async def test_everything_is_restored_and_verified(aleppo: Instance, stored: Path, empty: str) -> None:
    await restore(empty, stored)
    assert await everything(empty) == await everything(aleppo.url)
    async for proof in verify(KINDS, empty):
        assert proof.contradictions == [], proof.name


async def test_only_its_owner_may_read_a_backup_which_replaces_no_file(aleppo: Instance, stored: Path) -> None:
    before = stored.read_bytes()
    assert stored.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupFailed, match="exists already"):
        back_up(aleppo.url, stored)
    assert stored.read_bytes() == before and [*stored.parent.iterdir()] == [stored]


async def test_a_failed_backup_leaves_no_file_and_names_no_password(databases: Databases, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="does not exist") as error:
        back_up(databases.url("nowhere").replace("owner@", "owner:canary%21@"), tmp_path / "facts.dump")
    assert [*tmp_path.iterdir()] == [] and "canary" not in str(error.value)


@pytest.mark.parametrize(
    ("size", "message"), [(0, "too short"), (300, "pg_restore failed"), pytest.param(-200, "pg_restore failed", marks=pytest.mark.nightly)]
)
async def test_a_damaged_file_is_refused_and_nothing_is_restored(size: int, message: str, stored: Path, empty: str, tmp_path: Path) -> None:
    damaged = tmp_path / "facts.dump"
    damaged.write_bytes(stored.read_bytes()[:size])
    with pytest.raises(BackupFailed, match=message):
        await restore(empty, damaged)
    assert await everything(empty) == {}


async def test_a_role_that_may_not_back_up_is_told_which_one_may(aleppo: Instance, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match=r"only the role that owns the tables .* set DATABASE_MIGRATE_URL to it .*permission denied"):
        back_up(aleppo.read_url, file := tmp_path / "facts.dump")
    assert not file.exists()


def test_settings_in_a_backup_which_older_servers_lack_are_not_sent(stored: Path) -> None:
    script = backup.run("pg_restore", "", "--data-only", "--file=-", str(stored)).encode().splitlines(keepends=True)
    found = [line for line in script if line.startswith(b"SET ")]
    assert b"SET transaction_timeout = 0;\n" in found  # PostgreSQL 15 and 16 do not know it.
    assert [line for line in found if not restoring.SAYS_NOTHING.fullmatch(line)] == []


async def test_a_backup_is_not_restored_over_tables(aleppo: Instance, stored: Path) -> None:
    before = await everything(aleppo.url)
    with pytest.raises(BackupFailed, match="has tables already"):
        await restore(aleppo.url, stored)
    assert await everything(aleppo.url) == before


async def test_a_backup_of_a_newer_version_is_refused(stored: Path, empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    older = f"{int(migrate.newest_migration()) - 1:04d}"
    monkeypatch.setattr(restoring, "newest_migration", lambda: older)
    with pytest.raises(BackupFailed, match="newer version"):
        await restore(empty, stored)


async def test_a_dump_of_something_else_is_refused(databases: Databases, empty: str, tmp_path: Path) -> None:
    back_up(databases.url("postgres"), file := tmp_path / "other.dump")
    with pytest.raises(BackupFailed, match=re.escape(f"{file} is not a backup")):
        await restore(empty, file)


# What somebody can have added to a backup, and the message that refuses it.
HOSTILE = {
    "create function granted(x int) returns boolean language plpgsql as $$ begin grant select on figure_withheld to public; return true; end $$; "
    "create table more (x int check (granted(x))); insert into more values (1)": "a table more,",
    "select lo_create(77)": "the statement",
    "do $$ declare name text; begin for name in select attname from pg_attribute where attrelid = 'figure_withheld'::regclass and attnotnull "
    "and attnum > 0 and attidentity = '' loop execute format('alter table figure_withheld alter %I drop not null', name); end loop; "
    "insert into figure_withheld (id) values ('of no source'); end $$": "contains what the tables do not allow",
}
# The same for what is left out: a function that a check of a row would run, and a privilege.
LEFT_OUT = (
    "create function granted(x text) returns boolean language plpgsql as $$ begin grant select on figure_withheld to public; return true; end $$; "
    "alter table revision add check (granted(tool)); grant select on figure_withheld to public"
)
READABLE_BY_ALL = (
    "select has_table_privilege('public', 'figure_withheld', 'select') or exists (select from pg_proc where proname = 'granted')"
)


async def hostile_backup(statement: str, databases: Databases, folder: Path) -> Path:
    """A backup of a database in which somebody ran a statement."""
    connection = await asyncpg.connect(url := databases.url(name := await databases.fresh()))
    await connection.execute(statement)
    await connection.close()
    back_up(url, file := folder / "hostile.dump")
    await databases.drop(name)
    return file


@pytest.fixture
def tables_there(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    """`restore` finds the tables made, as its migrations leave them, which takes them seconds."""

    def fill_alone(url: str, _: str, fill: Callable[[asyncpg.Connection], Awaitable[None]]) -> None:
        async def filled() -> None:
            async with connected(url) as connection, connection.transaction():
                await fill(connection)

        asyncio.run(filled())

    async def no_tables(_: str) -> None:
        return None

    monkeypatch.setattr(restoring, "migrate", fill_alone)
    monkeypatch.setattr(restoring, "number_of_migration", no_tables)


@pytest.mark.usefixtures("tables_there")
@pytest.mark.parametrize(("statement", "message"), HOSTILE.items())
async def test_a_backup_with_additions_is_refused(statement: str, message: str, databases: Databases, tmp_path: Path) -> None:
    url = databases.url(await databases.fresh())
    before = await everything(url)
    file = await hostile_backup(statement, databases, tmp_path)
    with pytest.raises(BackupFailed, match=message):
        await restore(url, file)
    assert await everything(url) == before


@pytest.mark.nightly
async def test_a_refused_backup_leaves_no_tables(databases: Databases, empty: str, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="contains what the tables do not allow"):
        await restore(empty, await hostile_backup([*HOSTILE][-1], databases, tmp_path))
    assert await everything(empty) == {}


@pytest.mark.usefixtures("tables_there")
async def test_nothing_in_a_backup_is_run(databases: Databases, tmp_path: Path) -> None:
    url = databases.url(await databases.fresh())
    await restore(url, await hostile_backup(LEFT_OUT, databases, tmp_path))
    connection = await asyncpg.connect(url)
    assert not await connection.fetchval(READABLE_BY_ALL)
    await connection.close()


async def test_verify_names_who_may_read_what_is_withheld(databases: Databases) -> None:
    url = databases.url(name := await databases.fresh())
    connection = await asyncpg.connect(url)

    async def found() -> list[str]:
        return [row[0] for row in await connection.fetch(hidden_from_others(KINDS))]

    assert await found() == []
    await connection.execute("grant select on figure_withheld to public; grant select (id) on event_withheld to reader")
    assert await found() == ["event_withheld.id: reader may select", "figure_withheld: everybody may select"]
    await connection.close()
    await set_privileges(KINDS, url)
    connection = await asyncpg.connect(url)
    assert await found() == []
    await connection.close()
    await databases.drop(name)
