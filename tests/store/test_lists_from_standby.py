"""A complete list that a standby is asked for part by part has the same bytes as one that is read at once, whatever happens meanwhile."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from api.app import create_app
from api.errors import Unavailable
from api.query.nodes import At, Id, Page
from api.settings import Settings
from api.store import lists_from_standby
from api.store.pool import Pool
from api.store.sessions import Connection
from api.store.store import Store
from api.store.streams import prepare

from ..conftest import Instance, source

SETTINGS = Settings(statement_timeout=60, pool_size=4, rate_limit=0, export_cache_size=0)
PATHS = (
    "/v1/events.csv", "/v1/events.ndjson?provenance=*", "/v1/events.geojson", "/v1/figures.csv?order=-best&provenance=*", "/v1/figures.csv?measure=killed&fields=counted_in,best",
    "/v1/sources.ndjson?order=published_on,-title", "/v1/actors.csv?order=name&revision=1", "/v1/events.csv?limit=5", "/v1/events.csv?limit=6", "/v1/events.ndjson?search=e",
    "/v1/events.csv?started_on.gte=9999-01-01",
)  # fmt: skip


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every list is read as if from a standby, three records at first."""

    async def is_standby(store: Store) -> bool:
        return True

    monkeypatch.setattr(Store, "_reads_standby", is_standby)
    monkeypatch.setattr(lists_from_standby, "FIRST_PART", 3)


@pytest_asyncio.fixture
async def unkept(invented: Instance) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(SETTINGS, invented.read_url)
    transport = httpx2.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_the_bytes_are_the_same(unkept: httpx2.AsyncClient, request: pytest.FixtureRequest) -> None:
    at_once = [(await unkept.get(path)).raise_for_status().content for path in PATHS]
    request.getfixturevalue("in_parts")
    in_parts = [(await unkept.get(path)).raise_for_status().content for path in PATHS]
    assert dict(zip(PATHS, in_parts, strict=True)) == dict(zip(PATHS, at_once, strict=True))
    assert len(at_once[0].splitlines()) > 12
    refused = await unkept.get("/v1/events.csv?revision=7")
    assert refused.status_code == 404 and refused.json()["code"] == "no-such-revision"


async def test_a_load_between_two_parts_is_not_seen_and_a_conflict_is_repeated_on_another_server(
    in_parts: None, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"a{n},paper,Name {n},state\n" for n in range(20)]
    instance.write("actors.csv", "id,source,name,kind\n" + "".join(rows))
    await instance.load(paper=source())
    store: Store = instance.app.state.store
    nodes, page = store.pool.nodes, Page("actors", instance.kinds["actor"], ())
    here, there = nodes.current, with_name(nodes.current, "there")
    nodes.urls, nodes.several = [here, there], True
    found, read_from = list[str](), list[str]()

    async def conflicting(connection: asyncpg.Connection, *of_list: object) -> None:
        read_from.append(nodes.current)
        if nodes.current == here and len(found) > 3:
            raise asyncpg.SerializationError("canceling statement due to conflict with recovery")
        await prepare(connection, *of_list)  # type: ignore[arg-type]  # the connection and the list as they came

    monkeypatch.setattr(lists_from_standby, "prepare", conflicting)
    async with store.stream(page, (Id("id"),), At(revision=1, named=False), None) as stream:
        async for document in stream.documents:
            found.append(json.loads(document)["id"])
            if len(found) == 1:
                instance.write("actors.csv", "id,source,name,kind\n" + "".join(rows[:2]) + "b,paper,Name,state\n")
                await instance.load()
    assert sorted(found) == sorted(f"a{n}" for n in range(20)) and len(found) == 20
    assert read_from == [here, here, here, there]


async def test_a_statement_that_conflicts_is_never_run_on_the_same_server_again(instance: Instance) -> None:
    await instance.load(paper=source())
    pool: Pool = instance.app.state.store.pool
    here, tried = pool.nodes.current, list[str]()

    async def conflicts(connection: Connection) -> None:
        tried.append(pool.nodes.current)
        raise asyncpg.SerializationError("canceling statement due to conflict with recovery")

    with pytest.raises(Unavailable):  # There is no other.
        await pool.repeated(conflicts)
    assert tried == [here]
    pool.nodes.urls, pool.nodes.several = [here, "postgresql://nobody@127.0.0.1:1/nothing"], True
    with pytest.raises(Unavailable):  # The other one is down, so that the first is read again, by other statements.
        await pool.repeated(conflicts)
    assert tried == [here, here]
    pool.nodes.urls = [here, there := with_name(here, "there")]
    with pytest.raises(Unavailable):
        await pool.repeated(conflicts)
    assert tried == [here, here, here, there]


def with_name(url: str, name: str) -> str:
    """Another URL of the same server."""
    return f"{url}{'&' if '?' in url else '?'}application_name={name}"
