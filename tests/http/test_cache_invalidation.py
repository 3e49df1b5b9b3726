"""What is kept is the answer of the same request, of the same database and of its newest revision; and it takes no more than it may."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from api.http.cache import ResponseCache
from api.loading.collections import load
from api.settings import Settings
from api.sql.revision import CHANNEL
from api.store import revisions
from api.store.plans import MAX_CACHED_CHARACTERS, PlanCache
from api.store.pool import Pool
from api.store.store import Answer, Store

from ..conftest import Databases, Instance, loaded, running_copy, source

OLD, NEW = "application/json", "application/graphql-response+json"
FIRST = source(title="First")
QUERY = "{ sources { nodes { id: slug title } } }"


@pytest_asyncio.fixture(scope="module")
async def first_revision(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with one source, called First."""
    return await loaded(databases, tmp_path_factory.mktemp("first"), paper=FIRST)


@pytest_asyncio.fixture
async def instance(databases: Databases, first_revision: str, tmp_path: Path) -> AsyncIterator[Instance]:
    async with running_copy(databases, first_revision, tmp_path, paper=FIRST) as running:
        yield running


async def title(instance: Instance, address: str = "/v1/sources", **headers: str) -> Any:
    answer = (await instance.client.get(address, headers=headers)).json()
    return answer["revision"], [one["title"] for one in answer["data"]]


async def heard(database: Pool, revision: int | None) -> None:
    async with asyncio.timeout(120):
        while database.revisions.newest != revision:  # noqa: ASYNC110  # what is waited for comes from PostgreSQL
            await asyncio.sleep(0.01)


def front(instance: Instance) -> ResponseCache:
    cache = instance.app.state.response_cache
    assert isinstance(cache, ResponseCache)
    return cache


def store(instance: Instance) -> Store:
    found = instance.app.state.store
    assert isinstance(found, Store)
    return found


@pytest.mark.parametrize(("name", "first", "second", "status"), [("accept", NEW, OLD, 200), ("content-type", OLD, "text/plain", 415)])
async def test_repeated_headers_do_not_poison_the_cache(instance: Instance, name: str, first: str, second: str, status: int) -> None:
    body = json.dumps({"query": QUERY})
    own = [one for one in (("accept", OLD), ("content-type", OLD)) if one[0] != name]
    twice = await instance.client.post("/graphql", content=body, headers=[*own, (name, first), (name, second)])
    assert twice.status_code == 200
    once = await instance.client.post("/graphql", content=body, headers=[*own, (name, second)])
    assert (once.status_code, once.headers["content-type"]) == (status, f"{OLD}; charset=utf-8")


async def test_the_size_of_a_cached_response_includes_the_request_body(instance: Instance) -> None:
    for number in range(3):
        variables = {"unused": str(number) + "x" * 200_000}
        await instance.client.post("/graphql", json={"query": QUERY, "variables": variables})
    assert front(instance).responses.currsize > 600_000


async def test_the_size_of_a_cached_plan_includes_key_and_values(instance: Instance) -> None:
    plans = store(instance).plans
    for number in range(3):
        await instance.client.post("/graphql", json={"query": f"{QUERY} # {number}" + "x" * 200_000})
    assert plans.cache.currsize > 600_000
    document = "query ($w: SourceWhere) { sources(where: $w) { totalCount } }"
    await instance.client.post("/graphql", json={"query": document, "variables": {"w": {"title": {"eq": "x" * 90_000}}}})
    assert 690_000 < plans.cache.currsize < MAX_CACHED_CHARACTERS
    assert isinstance(plans, PlanCache)


async def test_the_cache_is_cleared_when_the_database_is_replaced(databases: Databases, instance: Instance) -> None:
    """A dump that is restored brings revisions of the same numbers with other facts."""
    assert await title(instance) == (1, ["First"])
    assert await title(instance) == (1, ["First"])
    name = instance.url.rpartition("/")[2].partition("?")[0]
    admin = await asyncpg.connect(databases.url("postgres"))
    await admin.execute(f"drop database {name} with (force)")
    await admin.execute(f"create database {name} template {databases.address.database}")
    await admin.close()
    instance.write("paper.yaml", source(title="Second"))
    await load(instance.kinds, instance.url, instance.folder)
    await heard(store(instance).pool, 1)
    assert await title(instance) == (1, ["Second"])


async def test_a_request_does_not_wait_for_a_response_of_an_earlier_revision(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    run, held, begun = Store.run, asyncio.Event(), asyncio.Event()

    async def late(self: Store, *given: Any) -> Answer:
        answer = await run(self, *given)
        begun.set()
        await held.wait()
        return answer

    monkeypatch.setattr(Store, "run", late)
    first = asyncio.create_task(title(instance))
    await begun.wait()
    monkeypatch.setattr(Store, "run", run)
    await instance.load(paper=source(title="Second"))
    assert await title(instance) == (2, ["Second"])
    held.set()
    assert await first == (1, ["First"])
    assert await title(instance) == (2, ["Second"])


async def test_no_older_response_is_sent_after_a_newer_one(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """What PostgreSQL has not told yet, an answer tells."""
    assert await title(instance) == (1, ["First"])
    database = store(instance).pool
    monkeypatch.setattr(database.revisions, "_note", lambda _: None)
    monkeypatch.setattr(Instance, "hear", lambda *_: asyncio.sleep(0))
    await instance.load(paper=source(title="Second"))
    await asyncio.sleep(0.1)
    assert await title(instance) == (1, ["First"])
    monkeypatch.undo()
    assert await title(instance, "/v1/sources?limit=5") == (2, ["Second"])
    assert await title(instance) == (2, ["Second"])


async def test_a_revision_that_was_newest_when_compiled_is_read_correctly_after_a_load(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a request looks whether what it holds is unchanged, a revision comes, and another answer tells of it."""
    assert await title(instance, "/v1/sources?revision=1") == (1, ["First"])
    found: Callable[..., Awaitable[int]] = Store.revision

    async def later(self: Store, at: Any) -> int:
        revision = await found(self, at)
        monkeypatch.undo()
        await instance.load(paper=source(title="Second"))
        assert await title(instance) == (2, ["Second"])
        return revision

    monkeypatch.setattr(Store, "revision", later)
    assert await title(instance, "/v1/sources?revision=1", **{"if-none-match": '"1-x"'}) == (1, ["First"])


async def test_forged_notifications_change_nothing(instance: Instance, caplog: pytest.LogCaptureFixture) -> None:
    """PostgreSQL cannot deny NOTIFY to a role."""
    assert await title(instance) == (1, ["First"])
    stored = dict(front(instance).responses)
    forger = await asyncpg.connect(instance.read_url)
    for payload in ("9" * 30, "2", "0", "-1", "", "1e9", "\u0661", "x" * 7000):
        await forger.execute("select pg_notify($1, $2)", CHANNEL, payload)
    await forger.close()
    await asyncio.sleep(0.1)
    assert store(instance).pool.revisions.newest == 1
    assert dict(front(instance).responses) == stored
    assert await title(instance) == (1, ["First"])
    assert not caplog.records
    await instance.load(paper=source(title="Second"))
    assert await title(instance) == (2, ["Second"])


async def test_a_silently_dropped_listening_connection_is_noticed(store: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that forgets a connection tells neither end."""
    monkeypatch.setattr(revisions, "LIVENESS_INTERVAL", 0.2)
    await store.load(paper=source(title="First"))
    silent = asyncio.Event()

    database = Pool(store.read_url, Settings())
    await database.open()
    try:
        await heard(database, 1)

        async def stuck(*_: Any, timeout: float | None = None, **__: Any) -> Any:  # noqa: ASYNC109  # asyncpg's own
            await asyncio.wait_for(silent.wait(), timeout)

        monkeypatch.setattr(asyncpg.Connection, "fetchrow", stuck)
        await heard(database, None)
    finally:
        await database.close()


async def test_a_disconnect_during_a_request_is_not_an_error(aleppo: Instance, caplog: pytest.LogCaptureFixture) -> None:
    messages = iter([{"type": "http.request", "body": b'{"que', "more_body": True}, {"type": "http.disconnect"}])
    sent: list[object] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: object) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": [(b"content-type", OLD.encode())]}
    await aleppo.app(scope, receive, send)
    assert (sent, caplog.records) == ([], [])


@pytest.mark.parametrize("address", ["/v1/sources?title=Al%E9p", "/v1/sources?title=%EF%BF%BD&id=%FF", "/v1/sources?%FF=a"])
async def test_a_query_string_that_is_not_utf_8_is_refused(aleppo: Instance, address: str) -> None:
    answer = await aleppo.client.get(address)
    assert (answer.status_code, answer.json()["detail"][:31]) == (400, "the query string is not UTF-8; ")
    assert (await aleppo.client.get("/v1/sources?title=%EF%BF%BD")).status_code == 200


async def test_a_closing_connection_is_unavailable_and_not_internal(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between PostgreSQL's last word and the end of the connection, asyncpg refuses to begin anything on it."""

    async def ending(*_: Any) -> Any:
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    with monkeypatch.context() as patched:
        patched.setattr(asyncpg.Connection, "fetchrow", ending)
        assert (await instance.client.get("/v1/sources")).status_code == 503
    assert await title(instance) == (1, ["First"])


async def test_variables_of_too_many_values_are_refused(aleppo: Instance) -> None:
    document = "query ($w: SourceWhere) { sources(where: $w) { totalCount } }"
    answer = await aleppo.client.post("/graphql", json={"query": document, "variables": {"w": {"and": [{}] * 5001}}})
    assert answer.json()["errors"][0]["extensions"]["problem"] == "too-much"


async def test_an_idle_connection_of_the_other_plan_mode_is_switched_over(store: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two is being made, and the other stands idle, planning otherwise: it is taken."""
    await store.load(paper=source(title="First"))
    database = Pool(store.read_url, Settings(pool_size=2, statement_timeout=120))
    await database.open()
    try:
        async with database.connection():
            pass
        assert database.connections is not None
        acquire = asyncpg.Pool.acquire

        async def slow(self: Any, **given: Any) -> Any:
            await asyncio.sleep(0.5)
            return await acquire(self, **given)

        monkeypatch.setattr(asyncpg.Pool, "acquire", slow)
        async with asyncio.timeout(60):
            for one in await asyncio.gather(
                database._acquire(generic_plan=True, probe=False), database._acquire(generic_plan=True, probe=False)
            ):
                database._release(one, generic_plan=True)
    finally:
        await database.close()


async def test_a_304_is_cached_until_the_next_load(instance: Instance) -> None:
    etag = (await instance.client.get("/v1/sources")).headers["etag"]
    front(instance).responses.clear()  # As where somebody else was given the answer.
    for _ in range(2):
        again = await instance.client.get("/v1/sources", headers={"if-none-match": etag})
        assert (again.status_code, again.headers["etag"], again.content) == (304, etag, b"")
    assert [len(key) for key in front(instance).responses] == [
        7
    ]  # The tag is part of what was asked: who has none is not told "unchanged".
    assert await title(instance) == (1, ["First"])
    await instance.load(paper=source(title="Second"))
    changed = await instance.client.get("/v1/sources", headers={"if-none-match": etag})
    assert (changed.status_code, changed.headers["conflict-facts-revision"]) == (200, "2")


async def test_a_304_is_not_cached_for_a_revision_recorded_meanwhile(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    etag = (await instance.client.get("/v1/sources")).headers["etag"]
    front(instance).responses.clear()
    learn = Store.refresh

    async def slowly(self: Store, current: int | None) -> None:
        monkeypatch.setattr(Store, "refresh", learn)
        await instance.load(paper=source(title="Second"))
        await learn(self, current)

    monkeypatch.setattr(Store, "refresh", slowly)
    await instance.client.get("/v1/sources", headers={"if-none-match": etag})  # True when it was asked.
    after = await instance.client.get("/v1/sources", headers={"if-none-match": etag})
    assert (after.status_code, after.headers["conflict-facts-revision"]) == (200, "2")


async def test_an_outdated_cached_response_does_not_hide_a_cached_304(instance: Instance) -> None:
    await instance.client.get("/v1/sources")
    await instance.load(paper=source(title="Second"))
    etag = (await instance.client.get("/v1/sources", headers={"cache-control": "no-cache"})).headers["etag"]
    kept = front(instance).responses
    first = next(key for key in kept if len(key) == 6)
    kept[first].current = 1  # As if somebody else had been given the new one.
    asked: list[int] = []
    monkeypatched = front(instance)._call_endpoint

    async def counted(*given: Any) -> Any:
        asked.append(1)
        return await monkeypatched(*given)

    front(instance)._call_endpoint = counted  # type: ignore[method-assign, assignment]  # counts
    for _ in range(3):
        assert (await instance.client.get("/v1/sources", headers={"if-none-match": etag})).status_code == 304
    assert asked == [1]
