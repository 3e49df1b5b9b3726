"""A process reads one of several servers, a standby if there is one, and goes on with another when that is gone; what writes goes to the primary."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from api.app import create_app
from api.http.min_revision import HEADER
from api.loading.collections import load
from api.loading.verify import verify
from api.postgres import embedded, migrate
from api.postgres.cluster import ROLES, prepare, programs
from api.postgres.embedded import Address
from api.postgres.roles import set_roles
from api.sql.answering.statement import Statement
from api.store import host_watch as node_watch
from api.store.database_hosts import Nodes, node_urls, primary_url
from api.store.pool import Pool
from schema.kinds import KINDS

from ..conftest import PATIENT, source
from ..support.temporary_cluster import temporary_cluster

SOON = 300.0  # Seconds; a busy machine may need some of them.


@pytest.mark.parametrize(("url", "nodes"), [
    ("postgresql://u:p@a/d", ["postgresql://u:p@a/d"]),
    ("postgresql://u:p@a:1,b:2/d?sslmode=require", ["postgresql://u:p@a:1/d?sslmode=require", "postgresql://u:p@b:2/d?sslmode=require"]),
    ("postgresql:///d?host=/x", ["postgresql:///d?host=/x"]),
    ("postgresql://u@/d?host=/x,/y&port=1,2", ["postgresql://u@/d?host=%2Fx&port=1", "postgresql://u@/d?host=%2Fy&port=2"]),
    ("postgresql://u@/d?host=x,y&port=7", ["postgresql://u@/d?host=x&port=7", "postgresql://u@/d?host=y&port=7"]),
])  # fmt: skip
def test_a_url_has_a_url_for_each_host(url: str, nodes: list[str]) -> None:
    assert node_urls(url) == nodes
    found = Nodes(url)
    assert sorted(found.urls) == nodes and found.several == (len(nodes) > 1) and found.current == ("" if found.several else url)
    writes = primary_url(url)
    assert writes == url if len(nodes) == 1 else writes == f"{url}{'&' if '?' in url else '?'}target_session_attrs=primary"
    assert primary_url(writes) == writes


async def test_a_server_that_is_left_is_the_last_to_be_tried() -> None:
    nodes, left = Nodes("postgresql://u@127.0.0.1:1,127.0.0.1:2,127.0.0.1:3/d"), list[str]()
    nodes.on_left.append(lambda: left.append(nodes.current))
    nodes.current = first = nodes.urls[0]
    assert nodes.leave("another") and nodes.current == first and not left  # It has been left before.
    assert nodes.leave(first) and left == [""] and [*nodes._candidates()][-1] == ("any", first)
    with pytest.raises(OSError):
        await nodes.connect()
    alone = Nodes("postgresql://u@127.0.0.1:1/d")
    assert not alone.leave(alone.current) and alone.current


@contextmanager
def standby(primary: Address) -> Iterator[embedded.Server]:
    with tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True) as home:
        copy = [str(programs() / "pg_basebackup"), "-D", str(prepare(Path(home)).data), "-R", "-c", "fast", "-d", conninfo(primary)]
        subprocess.run(copy, check=True, capture_output=True)
        with embedded.start(Path(home), stop_with_parent=True, remove_with_parent=True) as server:
            yield server


def conninfo(address: Address) -> str:
    return f"host={address.host} port={address.port} user={address.owner}"


def url_of(role: str, servers: Sequence[embedded.Server]) -> str:
    addresses = [server.address for server in servers]
    hosts, ports = (quote(",".join(words), safe=",") for words in ([a.host for a in addresses], [str(a.port) for a in addresses]))
    return f"postgresql://{role}@/{addresses[0].database}?host={hosts}&port={ports}"


async def execute(server: embedded.Server, *statements: str) -> None:
    connection = await asyncpg.connect(server.address.url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def kill(server: embedded.Server) -> None:
    os.kill(int((Path(server.address.host) / "postgres-18" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


class Replicated:
    """A primary and two standbys, and an application that reads one of them."""

    def __init__(self, servers: Sequence[embedded.Server], folder: Path) -> None:
        self.servers, self.folder = servers, folder
        self.read_urls = node_urls(url_of(ROLES.reading, servers))
        self.app = create_app(PATIENT, url_of(ROLES.reading, servers))
        self.app.state.min_revision.seconds = SOON
        self.pool: Pool = self.app.state.store.pool
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app), base_url="http://test")
        self.answers: list[tuple[int, int]] = []  # The status and the revision of each response to `read`.

    @property
    def read_server(self) -> int:
        """The number of the server that is read."""
        return self.read_urls.index(self.pool.nodes.current)

    async def load(self, title: str) -> int | None:
        """Load a source with this title, by the URL that names all servers; the revision."""
        write(self.folder, title)
        return (await load(KINDS, primary_url(url_of(ROLES.loading, self.servers)), self.folder)).revision

    async def expect(self, revision: int, title: str) -> None:
        response = await self.client.get("/v1/sources", headers={HEADER: str(revision)})
        assert response.status_code == 200 and (response.json()["revision"], response.json()["data"][0]["title"]) == (revision, title)

    async def read(self) -> None:
        """Read without a pause, past the cache, until this is cancelled."""
        while True:
            response = await self.client.get("/v1/sources", headers={"cache-control": "no-cache"})
            self.answers.append((response.status_code, int(response.headers.get("conflict-facts-revision", 0))))

    async def read_again(self) -> None:
        """Wait until `read` has had some more responses."""
        count = len(self.answers)
        async with asyncio.timeout(SOON):
            while len(self.answers) < count + 20:  # noqa: ASYNC110  # what is waited for comes from PostgreSQL
                await asyncio.sleep(0.01)


def write(folder: Path, title: str) -> None:
    (folder / "test").mkdir(exist_ok=True)
    (folder / "test" / "paper.yaml").write_text(source("paper", title=title), "utf-8")


@pytest_asyncio.fixture
async def replicated(tmp_path: Path) -> AsyncIterator[Replicated]:
    with temporary_cluster() as primary:
        await set_roles(KINDS, primary.address.url, ROLES)
        await asyncio.to_thread(migrate.migrate, primary.address.migrate_url)
        write(tmp_path, "First")
        await load(KINDS, primary.address.migrate_url, tmp_path)
        with standby(primary.address) as first, standby(primary.address) as second:
            running = Replicated([primary, first, second], tmp_path)
            async with running.app.router.lifespan_context(running.app), running.client:
                yield running


@pytest.mark.nightly
async def test_a_standby_is_read_hears_of_revisions_and_is_left_after_a_conflict(replicated: Replicated) -> None:
    await replicated.expect(1, "First")
    assert replicated.read_server in (1, 2)
    assert await replicated.load("Second") == 2
    await replicated.expect(2, "Second")
    cache = replicated.app.state.response_cache
    before = cache.hits
    await replicated.expect(2, "Second")
    assert cache.hits == before + 1
    # A statement that the standby ends, in favour of what it replays, is run on another server.
    left = replicated.read_server
    await execute(replicated.servers[left], "alter system set max_standby_streaming_delay = 0", "select pg_reload_conf()")
    asked = asyncio.create_task(replicated.pool.answer(Statement("select count(*) from revision, pg_sleep(5)", ())))
    while not asked.done() and (not replicated.pool.nodes.current or replicated.read_server == left):
        await execute(replicated.servers[0], "create table t as select 1 as n", "delete from t", "vacuum t", "drop table t")
    assert (await asked)[0] == 2 and {left, replicated.read_server} == {1, 2}
    await replicated.expect(2, "Second")


@pytest.mark.nightly
async def test_reads_go_on_while_the_primary_is_killed_and_loads_after_the_promotion(replicated: Replicated) -> None:
    primary, (read, other) = replicated.servers[0], (replicated.read_server, 3 - replicated.read_server)
    followed, promoted = replicated.servers[read], replicated.servers[other]
    reading = asyncio.create_task(replicated.read())
    await replicated.read_again()
    kill(primary)
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InternalClientError)):
        await replicated.load("Second")
    await replicated.read_again()
    await execute(promoted, "select pg_promote(true, 300)")
    await execute(followed, f"alter system set primary_conninfo = '{conninfo(promoted.address)}'", "select pg_reload_conf()")
    assert await replicated.load("Second") == 2
    await replicated.expect(2, "Second")
    # What is read is killed too: the promoted server takes its place.
    kill(followed)
    await replicated.read_again()
    assert await replicated.load("Third") == 3
    await replicated.expect(3, "Third")
    await replicated.read_again()
    reading.cancel()
    revisions = [revision for _, revision in replicated.answers]
    assert {status for status, _ in replicated.answers} == {200} and revisions == sorted(revisions) and revisions[-1] == 3
    assert replicated.read_server == other
    assert [proof.contradictions async for proof in verify(KINDS, promoted.address.url) if proof.contradictions] == []


@pytest.mark.nightly
async def test_a_revision_that_no_standby_has_is_read_from_the_primary_until_one_has_it(
    replicated: Replicated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_watch, "WATCH_INTERVAL", 0.1)
    for number in (1, 2):
        await execute(replicated.servers[number], "select pg_wal_replay_pause()")
    assert await replicated.load("Second") == 2
    replicated.app.state.min_revision.seconds = 0.5
    await replicated.expect(2, "Second")
    assert replicated.read_server == 0
    refused = await replicated.client.get("/v1/sources", headers={HEADER: "3"})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    # A file is read from the primary at once, and from a standby in parts, with the same bytes.
    first = await replicated.client.get("/v1/sources.csv")
    for number in (1, 2):
        await execute(replicated.servers[number], "select pg_wal_replay_resume()")
    async with asyncio.timeout(SOON):
        while replicated.read_server == 0:  # noqa: ASYNC110  # what is waited for comes from PostgreSQL
            await asyncio.sleep(0.05)
    again = await replicated.client.get("/v1/sources.csv?search=Second")  # Not the file that has been kept.
    assert first.status_code == again.status_code == 200 and first.content == again.content and b"Second" in first.content
    assert await replicated.load("Third") == 3
    await replicated.expect(3, "Third")
