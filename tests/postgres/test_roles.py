"""What each of the three roles may do, what a reading role learns about withheld claims, and how roles come about."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
import yaml
from alembic import command

from api.commands.database import database
from api.loading.collections import load
from api.loading.files import LoadOptions, load_files
from api.loading.verify import verify
from api.postgres import embedded, migrate
from api.postgres.cluster import ROLES
from api.postgres.connection import connected
from api.postgres.migrate import newest_migration
from api.postgres.roles import excess, execute, has_privileges, reading_role, set_privileges, set_roles
from api.settings import Settings
from api.sql.roles import LOADING, LOCKS, MADE_BY_POSTGRES, READING, UNWANTED, Roles, script
from schema.kinds import KINDS
from schema.storage.access import served_tables, unserved_tables
from schema.storage.tables import metadata

from ..conftest import ROOT, Databases, Instance, source

ACLED = ROOT / "tests" / "install" / "files" / "acled.csv"

# Who may run a statement: the reading (r), the loading (l), the migrating (m) role.
STATEMENTS = {
    "select id, name from event": "rlm",
    "select c.original from figure_claim c join source_claim_history h on h.key = c.source": "rlm",
    "select id, message, counts from revision": "rlm",
    "select * from withheld": "rlm",
    "select * from withheld_as_of(1)": "rlm",
    "select withheld_by('event', 'x', null), withdrawn_since('event', 'x', 1), shown_digest(1), shown_history_digest(1), shown_receipt(1)": "rlm",
    "select fold('É')": "rlm",
    "select digest from revision": "lm",
    "select receipt from revision": "lm",
    "select * from revision": "lm",
    "select history from revision_digest": "lm",
    "select count(*) from event_withheld": "lm",
    "select digest from claim_tombstone": "lm",
    "select id from purged_record": "lm",
    "insert into withheld values ('a', 'b', 1, 1)": "lm",
    "update event set name = name": "lm",
    "delete from revision": "lm",
    "select nextval('event_key_seq')": "lm",
    "lock table event in share row exclusive mode": "lm",
    "create temporary table mine ()": "lm",
    "select pg_advisory_xact_lock(7202)": "lm",
    "set local session_replication_role = replica": "lm",
    "select seal_history()": "m",
    "select setval('event_key_seq', 1)": "m",
    "truncate event cascade": "m",
    "create table mine ()": "m",
    "create schema mine": "m",
    "create function mine() returns int language sql as 'select 1'": "m",
    "alter table event add column mine int": "m",
    "drop table event cascade": "m",
    "drop index event_country_started_on_id_idx": "m",
    "comment on table event is 'mine'": "m",
    "alter function withheld_as_of(bigint) security invoker": "m",
    "update alembic_version set version_num = version_num": "m",
    "create role mine": "",
    "alter role reader superuser": "",
    "grant pg_read_all_data to reader": "",
    "select * from pg_authid": "",
    "select * from pg_shadow": "",
    "select pg_read_file('PG_VERSION')": "",
    "copy event to program 'true'": "",
    "select pg_reload_conf()": "",
    "select lo_create(0)": "",
    "select lo_from_bytea(0, 'x')": "",
    "select lo_import('PG_VERSION')": "",
    "select pg_advisory_lock(7202)": "",
    "select pg_terminate_backend(pg_backend_pid())": "",
    "select pg_logical_emit_message(false, 'a', 'b')": "",
    "alter database {database} connection limit 1": "",
}


@pytest_asyncio.fixture(scope="module")
async def private(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """A database whose tables belong to the migrating role, with withheld claims."""
    instance = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("private"))
    await set_roles(KINDS, instance.url, ROLES)
    assert (await load_files(KINDS, as_role(instance.url, ROLES.loading), [ACLED], LoadOptions())).withheld
    yield instance


def as_role(url: str, role: str) -> str:
    return url.replace("://owner@", f"://{role.replace(' ', '%20')}@")


async def test_each_role_may_run_what_it_needs_and_nothing_else(private: Instance) -> None:
    name, wrong = private.url.rpartition("/")[2].partition("?")[0], []
    for role in (ROLES.reading, ROLES.loading, ROLES.migrating):
        connection = await asyncpg.connect(as_role(private.url, role))
        for statement, who in STATEMENTS.items():
            await connection.execute("begin read write")  # A session of the reading role is read-only until it changes that.
            try:
                await connection.execute(statement.format(database=name))
                allowed = True
            except asyncpg.InsufficientPrivilegeError:
                allowed = False
            await connection.execute("rollback")
            if allowed != (role[0] in who):
                wrong.append((role, statement, allowed))
        await connection.close()
    assert wrong == []


async def test_only_a_superuser_connects_to_the_databases_that_postgresql_makes(private: Instance) -> None:
    """There, a role that may only read could lock, and write temporary tables and large objects."""
    for name in MADE_BY_POSTGRES:
        other = re.sub(r"/[^/?]*\?", f"/{name}?", private.url)
        for role in (ROLES.reading, ROLES.loading, ROLES.migrating):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
                await asyncpg.connect(as_role(other, role))
        await (await asyncpg.connect(other)).close()


async def test_the_reading_role_learns_nothing_by_guessing_ids(private: Instance) -> None:
    withheld = await private.rows(
        "select 'event' as kind, id from event_withheld union select 'actor', id from actor_withheld union select 'participation', id from participation_withheld"
    )
    connection = await asyncpg.connect(as_role(private.url, ROLES.reading))
    told = {kind for kind, id in withheld if await connection.fetchval("select withheld_by($1, $2, null)", kind, id)}
    assert told == {"event"}  # Their ids are the owner's own numbers.
    assert await connection.fetchval("select withheld_by('event', 'no such', null)") is None
    assert await connection.fetchval("select shown_digest(1) || shown_history_digest(1)") == ""
    assert "sha256" not in await connection.fetchval("select shown_receipt(1)::text")
    await connection.close()


async def test_loads_and_proofs_run_as_the_loading_role(private: Instance) -> None:
    url = as_role(private.url, ROLES.loading)
    private.write("paper.yaml", source() + "claims:\n  actors:\n    - {id: army, name: Army, kind: state}\n")
    assert (await load(KINDS, url, private.folder)).revision == 2
    async for proof in verify(KINDS, url):
        assert proof.contradictions == [], proof.name


def test_every_table_is_served_or_not() -> None:
    served, unserved = served_tables(KINDS), unserved_tables(KINDS)
    assert sorted([*served, *unserved]) == sorted(metadata(KINDS).tables)


async def test_settings_that_a_role_gives_its_later_sessions_change_no_answer(private: Instance) -> None:
    hostile = {"datestyle": "'German'", "timezone": "'Asia/Tokyo'", "extra_float_digits": "-15", "standard_conforming_strings": "off", "transform_null_equals": "on",
               "array_nulls": "off", "bytea_output": "escape", "intervalstyle": "iso_8601", "default_transaction_isolation": "serializable", "lock_timeout": "1",
               "default_transaction_read_only": "off"}  # fmt: skip
    addresses = ("/v1/revisions", "/v1/revisions/1", "/v1/withheld", "/v1/sources")

    async def answers() -> list[str]:
        instance = Instance.__new__(Instance)
        instance.__dict__.update({**private.__dict__, "read_url": private.read_url})
        instance.__dict__.pop("app", None), instance.__dict__.pop("client", None)
        async with instance.app.router.lifespan_context(instance.app), instance.client:
            async with instance.app.state.store.pool.connection() as connection:
                assert await connection.fetchval("show default_transaction_read_only") == "on"
            return [(await instance.client.get(address)).text for address in addresses]

    before = await answers()
    reader = await asyncpg.connect(private.read_url)
    await reader.execute("set default_transaction_read_only = off")
    try:
        for setting, value in hostile.items():
            await reader.execute(
                f"alter role reader in database {private.url.rpartition('/')[2].partition('?')[0]} set {setting} = {value}"
            )
        assert await answers() == before
    finally:
        await set_roles(KINDS, private.url, ROLES)  # `conflict-facts roles` undoes such settings.
        await reader.close()
    fresh = await asyncpg.connect(private.read_url)
    assert await fresh.fetchval("show datestyle") == "ISO, MDY"
    await fresh.close()


# How roles come about


@pytest.fixture
def managed(databases: Databases) -> Iterator[str]:
    """A database as a managed PostgreSQL gives it: its owner may create roles, and is no superuser."""
    owner = databases.url("postgres")
    asyncio.run(run(owner, "create role hosted login createrole", "create database hosted owner hosted"))
    yield as_role(databases.url("hosted"), "hosted")
    asyncio.run(run(owner, "drop database hosted with (force)"))
    for role in ("hosted reader", "hosted loader", "hosted migrator", "hosted"):
        asyncio.run(run(owner, f'drop owned by "{role}"', f'drop role "{role}"'))


async def run(url: str, *statements: str) -> None:
    async with connected(url) as connection:
        for statement in statements:
            await connection.execute(statement)


def test_roles_without_a_superuser_and_after_the_tables(managed: str, tmp_path: Path) -> None:
    roles = Roles("hosted reader", "hosted loader", "hosted migrator")
    migrate.migrate(managed)
    assert asyncio.run(has_privileges(KINDS, managed))
    for _ in range(2):
        asyncio.run(execute(managed, script(KINDS, roles, newest_migration())))
    reading, loading, migrating = (
        as_role(managed.replace("://hosted@", "://owner@"), role) for role in (roles.reading, roles.loading, roles.migrating)
    )
    assert asyncio.run(excess(KINDS, reading)) == (roles.reading, [])
    (tmp_path / "paper.yaml").write_text(source())
    assert asyncio.run(load(KINDS, loading, tmp_path)).revision == 1
    asyncio.run(run(migrating, "create table later ()"))
    migrate.migrate(migrating)  # Nothing to migrate, and the privileges stay.
    config = Settings(database_url=loading, database_read_url=reading, database_migrate_url=migrating)
    with database(config) as urls:
        assert (urls.url, urls.read_url) == (loading, reading)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        asyncio.run(run(reading, "select from later"))


@pytest.mark.nightly
def test_roles_before_the_tables(managed: str) -> None:
    roles = Roles("hosted reader", "hosted loader", "hosted migrator")
    asyncio.run(execute(managed, script(KINDS, roles, newest_migration())))
    migrating = as_role(managed.replace("://hosted@", "://owner@"), roles.migrating)
    migrate.migrate(migrating)
    assert asyncio.run(excess(KINDS, as_role(managed.replace("://hosted@", "://owner@"), roles.reading))) == (roles.reading, [])
    assert asyncio.run(reading_role(as_role(managed.replace("://hosted@", "://owner@"), roles.reading))).allowed


async def test_processes_that_start_at_once_set_the_roles_one_after_the_other(databases: Databases) -> None:
    url = databases.url(await databases.fresh())
    await asyncio.gather(*(set_roles(KINDS, url, ROLES) for _ in range(3)), *(set_privileges(KINDS, url) for _ in range(3)))
    assert await excess(KINDS, as_role(url, ROLES.reading)) == (ROLES.reading, [])


async def test_privileges_on_all_tables_are_reduced_to_those_served(databases: Databases) -> None:
    """As earlier versions of our docs granted them."""
    url = databases.url(await databases.fresh())
    await run(
        url,
        "create role wide login",
        "grant select on all tables in schema public to wide",
        "alter default privileges grant select on tables to wide",
    )
    try:
        assert await excess(KINDS, as_role(url, "wide")) == ("wide", ["can read what is withheld"])
        await set_privileges(KINDS, url)
        assert await excess(KINDS, as_role(url, "wide")) == ("wide", [])
        assert await excess(KINDS, url) == ("owner", ["can administer the server", "can write", "can read what is withheld"])
    finally:
        await run(url, "drop owned by wide", "drop role wide")


@pytest.mark.nightly
def test_the_home_of_an_earlier_version_gets_the_roles(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with embedded.start(home) as server:
        owner = server.address.url
        asyncio.run(run(owner, "drop role loader, migrator", "comment on role reader is null", "grant pg_read_all_data to reader"))
        asyncio.run(run(owner, *(f"grant connect, temporary on database {name} to public" for name in MADE_BY_POSTGRES)))
        command.upgrade(migrate._config(owner), "head")
        folder = tmp_path / "test"
        folder.mkdir()
        (folder / "paper.yaml").write_text(source())
        assert asyncio.run(load(KINDS, owner, folder)).revision == 1
        with database(Settings(conflict_facts_home=home)) as urls:
            assert (asyncio.run(excess(KINDS, urls.read_url)), urls.url) == (("reader", []), server.address.load_url)
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
                asyncio.run(run(urls.read_url.replace("/conflict_facts?", "/postgres?"), "select 1"))
            (folder / "paper.yaml").write_text(source(title="Another"))
            assert asyncio.run(load(KINDS, urls.url, folder)).revision == 2
            asyncio.run(run(urls.migrate_url, "alter table event add column more int", "drop function refuse(text)"))


@pytest.mark.parametrize(("file", "service"), [("compose.yaml", "api"), ("compose.scale.yaml", "api1")])
def test_compose_creates_the_same_roles(file: str, service: str) -> None:
    compose = yaml.safe_load((ROOT / file).read_text())
    sql, environment = compose["configs"]["roles"]["content"], compose["services"][service]["environment"]
    urls = {"DATABASE_READ_URL": ROLES.reading, "DATABASE_URL": ROLES.loading, "DATABASE_MIGRATE_URL": ROLES.migrating}
    assert {name: url.partition("//")[2].partition(":")[0] for name, url in environment.items() if name.endswith("_URL")} == urls
    for role in urls.values():
        assert f"create role {role} login password :'{role}_password';" in sql
    for text in (UNWANTED, LOCKS, f"'{READING}conflict_facts'", f"'{LOADING}conflict_facts'"):
        assert text.replace("$", "$$") in sql
    assert "pg_read_all_data" not in sql
    assert all(f"revoke all on database {name} from public;" in sql for name in MADE_BY_POSTGRES)
