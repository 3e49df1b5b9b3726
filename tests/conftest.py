"""Fixtures for all tests: a temporary embedded PostgreSQL, new databases on it, and the application with the project's collections."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import os
import random
import socket
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from api.app import create_app
from api.loading.collections import load
from api.loading.receipts import Receipt
from api.postgres import embedded, migrate
from api.postgres.cluster import ROLES
from api.postgres.roles import set_roles
from api.settings import Settings
from schema.fixtures import check
from schema.kinds import KINDS
from schema.model.kinds import Kinds

from .support.command import COMMAND, lifeline
from .support.derived_once import share_derivations
from .support.invented import collection, files
from .support.properties import NIGHTLY
from .support.shared_drawing import SharedPictures, end_shared_drawing
from .support.temporary_cluster import temporary_cluster

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT.parent / "shared" / "samples"
# Links to the two small collections of the project, which tests and the examples of the documentation are about. The others take too long to load.
COLLECTIONS = ROOT / "tests" / "data" / "collections"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nightly", action="store_true", default=NIGHTLY, help="also run the tests marked `nightly`")


def pytest_configure(config: pytest.Config) -> None:
    """Give every property test one seed, the same in all worker processes: a new one each night, and else always the same."""
    # After pytest's own clean-ups, the last of which collects all garbage five times; else DuckDB would find its objects left at the end, and say so.
    config.add_cleanup(gc.unfreeze)
    if config.getoption("hypothesis_seed", None) is None:
        config.option.hypothesis_seed = str(random.SystemRandom().randrange(2**32) if config.option.nightly else 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.write_line(f"property tests and samples of cases ran with --hypothesis-seed={config.option.hypothesis_seed}")
    if not config.getoption("--nightly"):
        terminalreporter.write_line("tests and cases that take long were left out; --nightly runs them too, with another seed each time")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Collect no garbage while modules are imported and tests are found, because there is hardly any."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the garbage collector pass over the modules and the tests, which stay: it took a tenth of the time of a run."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the nightly run has. A skipped test would cost as much as a short one, and there are more than a thousand."""
    if not config.getoption("--nightly"):
        chosen = sampled(items, config.option.hypothesis_seed)
        late = {item for item in items if item.get_closest_marker("nightly") or (item.get_closest_marker("sampled") and item not in chosen)}
        items[:] = [item for item in items if item not in late]
        config.hook.pytest_deselected(items=[*late])


def sampled(items: list[pytest.Item], seed: str) -> set[pytest.Item]:
    """The cases that run of the tests marked `sampled(n)`: n of each test, which the seed chooses."""
    tests: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sampled") and not item.get_closest_marker("nightly"):
            tests.setdefault(item.nodeid.partition("[")[0], []).append(item)
    chosen = set[pytest.Item]()
    for name, cases in tests.items():
        (number,) = cases[0].get_closest_marker("sampled").args  # type: ignore[union-attr]  # Each has the marker.
        chosen |= set(random.Random(f"{seed} {name}").sample(cases, min(number, len(cases))))
    return chosen


@pytest.fixture(scope="session", autouse=True)
def shared_derivations() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        share_derivations(patch)
        yield


@pytest_asyncio.fixture(scope="session", autouse=True)
async def shared_drawing() -> AsyncIterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.surfaces.Pictures", SharedPictures)
        yield
    await end_shared_drawing()


@pytest.fixture(scope="session", autouse=True)
def export_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Complete lists are kept here, also by the processes that tests start, and not in the home of whoever runs the tests."""
    folder = tmp_path_factory.mktemp("exports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPORT_CACHE", str(folder))
        patch.setattr(
            Settings, "export_folder", property(lambda settings: folder if settings.export_cache == Path() else settings.export_cache)
        )
        yield folder


@pytest.fixture(scope="session", autouse=True)
def small_collections() -> Iterator[None]:
    """What `load` and `serve` load where no folder is named, also in the processes that tests start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIXTURES", str(COLLECTIONS))
        yield


@pytest.fixture(scope="session")
def kinds() -> Kinds:
    return KINDS


@pytest.fixture(scope="session")
def cluster() -> Iterator[embedded.Server]:
    """A PostgreSQL for this test process."""
    with temporary_cluster() as server:
        yield server


class Databases:
    """Databases on the cluster. Each is a copy of a migrated template, which takes a tenth of a second."""

    def __init__(self, address: embedded.Address) -> None:
        self.address, self.numbers = address, itertools.count()
        asyncio.run(self._configure())
        asyncio.run(set_roles(KINDS, address.url, ROLES))
        migrate.migrate(address.url)

    async def _configure(self) -> None:
        """These databases are thrown away, so they need neither survive a crash nor be vacuumed. Tests of crashes run on clusters of their own."""
        connection = await asyncpg.connect(self.address.url)
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            await connection.execute(f"alter system set {setting} = off")
        await connection.execute("select pg_reload_conf()")
        await connection.close()

    def url(self, name: str, read: bool = False) -> str:
        url = self.address.read_url if read else self.address.url
        return url.replace(f"/{self.address.database}", f"/{name}", 1)

    async def fresh(self, template: str = "") -> str:
        """Create a migrated database without facts, or a copy of a database to which nobody is connected, and return its name."""
        name = f"test_{next(self.numbers)}"
        connection = await asyncpg.connect(self.url("postgres"))
        await connection.execute(f"create database {name} template {template or self.address.database} strategy file_copy")
        await connection.close()
        return name

    async def drop(self, name: str) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        await connection.execute(f"drop database {name} with (force)")
        await connection.close()


@pytest.fixture(scope="session")
def databases(cluster: embedded.Server) -> Databases:
    return Databases(cluster.address)


# A busy machine may need longer than an idle one, and all applications of a test process share the connections of one cluster. Tests are one client.
PATIENT = Settings(statement_timeout=60, pool_size=8, rate_limit=0)


class Instance:
    """One test's database with the application on top: load folders, send requests."""

    def __init__(self, databases: Databases, name: str, folder: Path, kinds: Kinds = KINDS, settings: Settings = PATIENT) -> None:
        self.url, self.read_url = databases.url(name), databases.url(name, read=True)
        self.folder, self.kinds, self.settings = folder, kinds, settings

    @cached_property
    def app(self) -> Starlette:
        return create_app(self.settings, self.read_url, self.kinds)

    @cached_property
    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app), base_url="http://test")

    def write(self, file: str, text: str) -> Path:
        """A fixture file, in the collection `test` unless the path says otherwise."""
        path = self.folder / (file if "/" in file else f"test/{file}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    async def load(self, **files: str) -> Receipt:
        for name, text in files.items():
            self.write(f"{name}.yaml", text)
        receipt = await load(self.kinds, self.url, self.folder)
        await self.hear(receipt.revision)
        return receipt

    async def hear(self, revision: int | None) -> None:
        """Wait until the application, if it runs, has been notified of a revision."""
        if revision and "app" in self.__dict__ and (revisions := self.app.state.store.pool.revisions).task is not None:
            async with asyncio.timeout(120):
                while (revisions.newest or 0) < revision:  # noqa: ASYNC110  # what is waited for comes from PostgreSQL
                    await asyncio.sleep(0.001)

    async def graphql(self, query: str, **variables: object) -> Any:
        """The data of a response. Errors fail the test."""
        response = await self.client.post("/graphql", json={"query": query, "variables": variables})
        answer = response.json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def get(self, address: str) -> Any:
        response = await self.client.get(address)
        assert response.status_code == 200, response.text
        return response.json()

    async def rows(self, statement: str, *arguments: object) -> list[Any]:
        connection = await asyncpg.connect(self.url)
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()


@pytest.fixture
def any_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Collections accept numbers that nothing can have, as programs did before the check: what they stored must be summed correctly too."""
    monkeypatch.setattr(check, "_impossible_values", lambda kind, values: iter(()))


@pytest_asyncio.fixture
async def instance(databases: Databases, tmp_path: Path) -> AsyncIterator[Instance]:
    running = Instance(databases, name := await databases.fresh(), tmp_path)
    async with running.app.router.lifespan_context(running.app), running.client:
        yield running
    await databases.drop(name)


async def loaded(databases: Databases, folder: Path, **files: str) -> str:
    """The name of a database with what these files say, to which nobody is connected."""
    made = Instance(databases, name := await databases.fresh(), folder)
    await made.load(**files)
    return name


@asynccontextmanager
async def running_copy(databases: Databases, template: str, folder: Path, **files: str) -> AsyncIterator[Instance]:
    """An instance on a copy of a database that was loaded with these files. A copy takes a tenth of the time of a load."""
    running = Instance(databases, name := await databases.fresh(template), folder)
    for file, text in files.items():
        running.write(f"{file}.yaml", text)
    async with running.app.router.lifespan_context(running.app), running.client:
        await running.hear(1)
        yield running
    await databases.drop(name)


@pytest_asyncio.fixture
async def store(databases: Databases, tmp_path: Path) -> AsyncIterator[Instance]:
    """An instance whose application is not started, for tests of loading."""
    yield Instance(databases, name := await databases.fresh(), tmp_path)
    await databases.drop(name)


@pytest_asyncio.fixture(scope="session")
async def collections_template(databases: Databases) -> str:
    """The name of a database with the two small collections of the project, to be copied."""
    loaded = Instance(databases, name := await databases.fresh(), COLLECTIONS)
    await loaded.load()
    return name


@pytest_asyncio.fixture(scope="session")
async def aleppo(databases: Databases, collections_template: str) -> AsyncIterator[Instance]:
    """The two small collections of the project. Tests only read it."""
    running = Instance(databases, await databases.fresh(collections_template), COLLECTIONS)
    async with running.app.router.lifespan_context(running.app), running.client:
        yield running


@pytest_asyncio.fixture(scope="session")
async def invented(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """Forty invented records of every kind, loaded once. Tests only read it."""
    running = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("invented"))
    for name, text in files(collection(KINDS, 40)).items():
        running.write(name, text)
    await running.load()
    async with running.app.router.lifespan_context(running.app), running.client:
        yield running


@pytest.fixture(scope="session")
def client(aleppo: Instance) -> httpx2.AsyncClient:
    return aleppo.client


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def running_server(databases: Databases, name: str = "") -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The URL of a real server process with the project's collections, and the process, which must stop when it gets a SIGTERM.

    With the name of a database, it serves what that contains.
    """
    load = "--no-load" if name else "--load"
    name = name or asyncio.run(databases.fresh())
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": databases.url(name),
        "DATABASE_READ_URL": databases.url(name, read=True),
        "RATE_LIMIT": "0",
    }
    process = subprocess.Popen(
        [*COMMAND, "serve", load, "--port", str(port)], cwd=ROOT, env=environment, stdin=lifeline(), stderr=subprocess.PIPE
    )
    base = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _ready(base), process)
        yield base, process
    finally:
        process.terminate()
        process.communicate(timeout=120)


@pytest.fixture(scope="session")
def server(databases: Databases, collections_template: str) -> Iterator[str]:
    with running_server(databases, asyncio.run(databases.fresh(collections_template))) as (base, _):
        yield base


def _ready(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/ready", timeout=30) as answer:
            return bool(json.load(answer)["status"] == "ready")
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes], seconds: float = 180) -> None:
    """Wait until `condition()` is true; fail with the process's output if it ends or takes too long."""
    until = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()[1].decode()
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)


def source(id: str = "paper", **fields: object) -> str:
    """A source document without claims, as YAML. Append `claims:` to it."""
    described = {"id": id, "title": f"Title of {id}", "kind": "article", **fields}
    return "source:\n" + "".join(f"  {name}: {json.dumps(value, default=str)}\n" for name, value in described.items())
