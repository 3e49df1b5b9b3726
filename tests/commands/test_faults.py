"""Faults while something is being written: nothing is lost, nothing is half visible, and what comes after works without anybody's help."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from alembic import command

from api.postgres import migrate

from ..conftest import ROOT, Databases, free_port, source, wait_for
from ..postgres.test_upgrade import FILLED
from ..support.command import COMMAND, lifeline
from .test_commands import LIMIT, Home, _execute, assert_output, facts, home, loaded_home, revision, urls, used_home

__all__ = ["home", "loaded_home", "urls", "used_home"]  # Fixtures.

WAITING = "select exists (select from pg_locks where not granted and relation = $1::regclass)"
LATER = (
    source("late")
    + "claims:\n  events:\n    - {id: e, name: Battle, kind: battle}\n  figures:\n    - {id: late, event: e, measure: injured, best: 2, unit: people}\n"
)


def begun(words: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A command in a process of its own."""
    return subprocess.Popen(
        [*COMMAND, *words], cwd=ROOT, env=environment, stdin=lifeline(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


@asynccontextmanager
async def held_up(url: str, table: str, mode: str, process: list[subprocess.Popen[bytes]]) -> AsyncIterator[None]:
    """Within, the process that `process` gets waits for a table, in the middle of its transaction."""
    connection = await asyncpg.connect(url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(f"lock table {table} in {mode} mode")
        yield
        until = time.monotonic() + LIMIT
        while not await connection.fetchval(WAITING, table):
            assert process[0].poll() is None and time.monotonic() < until, process[0].communicate()
            await asyncio.sleep(0.05)
    finally:
        connection.terminate()


def test_a_database_of_a_newer_version_is_refused_and_not_touched(home: Home, urls: tuple[str, str]) -> None:
    asyncio.run(_execute(urls[0], "update alembic_version set version_num = '9999'"))
    for words in (("revisions",), ("serve", "--no-load", "--port", str(free_port())), ("load",), ("verify",)):
        done = home.run(*words, DATABASE_URL=urls[0])
        assert_output(
            done, 1, "a newer version of Conflict Facts has migrated the database, to 9999", "install that version, or restore a backup"
        )
    assert asyncio.run(_value(urls[0], "select version_num from alembic_version")) == "9999"


@pytest.mark.nightly
def test_an_interrupted_migration_is_undone_and_the_next_one_is_complete(home: Home, databases: Databases) -> None:
    asyncio.run(_execute(databases.url("postgres"), "create database interrupted"))
    url = databases.url("interrupted")
    command.upgrade(migrate._config(url), "0012")
    asyncio.run(_execute(url, FILLED.read_text()))

    async def interrupt() -> None:
        started: list[subprocess.Popen[bytes]] = []
        async with held_up(url, "revision", "access share", started):
            started.append(begun(["migrate"], {**home.environment, "DATABASE_URL": url}))
        started[0].kill()
        started[0].communicate()

    asyncio.run(interrupt())
    assert asyncio.run(_value(url, "select version_num from alembic_version")) == "0012"
    assert_output(home.run("revisions", DATABASE_URL=url), 1, "an earlier version made the database")
    assert_output(home.run("migrate", DATABASE_URL=url), 0, "the database is up to date")
    assert_output(home.run("verify", DATABASE_URL=url), 0, "ok")
    asyncio.run(_execute(databases.url("postgres"), "drop database interrupted with (force)"))


@pytest.mark.nightly
def test_kills_of_the_database_and_the_server_in_the_middle_of_a_load_lose_nothing(used_home: Home, tmp_path: Path) -> None:
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "late.yaml").write_text(LATER, "utf-8")
    socket = used_home.folder / "home"
    url = f"postgresql://owner@/conflict_facts?host={socket}&port=5432"

    async def loading(then: signal.Signals, pid: int) -> subprocess.Popen[bytes]:
        """A load, in the middle of which a process is killed."""
        started: list[subprocess.Popen[bytes]] = []
        async with held_up(url, "figure", "share", started):
            started.append(begun(["load", str(tmp_path / "late")], used_home.environment))
        os.kill(pid, then)
        return started[0]

    port = free_port()
    (server,) = used_home.serve(port)
    process = asyncio.run(loading(signal.SIGKILL, used_home.postmaster()))
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 1 and b"Traceback" not in output, output.decode()
    wait_for(lambda: facts(port) is not None, server, LIMIT)
    assert revision(port) == 1
    assert_output(used_home.run("verify"), 0, "ok")

    process = asyncio.run(loading(signal.SIGKILL, server.pid))  # The database stays as long as the load uses it.
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0 and b"recorded as revision 2" in output, output.decode()
    server.communicate(timeout=LIMIT)
    used_home.serve(port)
    assert revision(port) == 2
    assert_output(used_home.run("verify"), 0, "ok")


async def _value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
