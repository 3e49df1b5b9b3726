"""Work ends when nobody waits for it: the statement of a client that has gone is cancelled, unless another waits for the same response."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from starlette.types import Message

from api.sql.answering.statement import Statement

from ..conftest import Instance

# A connection that has only prepared a statement is active too; it waits for its client.
RUNNING = (
    "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'conflict-facts' "
    "and state = 'active' and wait_event is distinct from 'ClientRead'"
)

# Those that wait for the lock of `blocked`. What else a request reads, such as the numbers for its price, comes before and is short.
WAITING = RUNNING.replace("wait_event is distinct from 'ClientRead'", "wait_event_type = 'Lock'")


class Client:
    """A client on the ASGI interface that can disconnect at any time."""

    def __init__(self, instance: Instance, path: str, body: bytes | None = None) -> None:
        self.gone, self.read, self.body, self.sent = asyncio.Event(), False, body, list[Message]()
        path, _, query = path.partition("?")
        headers = [(b"host", b"test"), (b"content-type", b"application/json")]
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET" if body is None else "POST", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": headers, "root_path": "",
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "state": {},
        }  # fmt: skip
        self.answering = asyncio.ensure_future(instance.app(scope, self.receive, self.send))

    async def receive(self) -> Message:
        if not self.read:
            self.read = True
            return {"type": "http.request", "body": self.body or b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> object:
        return self.sent[0]["status"] if self.sent else None


@asynccontextmanager
async def blocked(instance: Instance) -> AsyncIterator[asyncpg.Connection]:
    """While this lasts, every statement that reads events waits."""
    connection = await asyncpg.connect(instance.url)
    observer = await asyncpg.connect(instance.url)
    try:
        async with connection.transaction():
            await connection.execute("lock table event in access exclusive mode")
            yield observer
    finally:
        await connection.close()
        await observer.close()


async def becomes(observer: asyncpg.Connection, count: int, statements: str = WAITING) -> None:
    async with asyncio.timeout(60):
        while await observer.fetchval(statements) != count:  # noqa: ASYNC110  # what is waited for happens in PostgreSQL
            await asyncio.sleep(0.01)


SENTENCE = b'{"measure": "killed", "value": 4, "event": "aleppo-university-campus-shelling-2024"}'
REQUESTS = [
    pytest.param("/v1/events?limit=7", None, id="a list"),
    pytest.param("/v1/events/aleppo-offensive-2024", None, id="a record"),
    pytest.param("/v1/figures/totals?by=country", None, id="totals"),
    pytest.param("/graphql", b'{"query": "{ events(first: 7) { nodes { id: slug } totalCount } }"}', id="graphql"),
    pytest.param("/v1/check-claim", b"[%b]" % b",".join([SENTENCE] * 3), id="a batch of sentences"),
]


@pytest.mark.parametrize(("path", "body"), REQUESTS)
async def test_the_statement_of_a_client_that_has_gone_is_cancelled(aleppo: Instance, path: str, body: bytes | None) -> None:
    aleppo.app.state.response_cache.responses.clear()
    async with blocked(aleppo) as observer:
        client = Client(aleppo, path, body)
        await becomes(observer, 1)
        client.gone.set()
        await becomes(observer, 0)
        await asyncio.wait_for(client.answering, 60)
    assert client.sent == []
    again = Client(aleppo, path, body)
    await asyncio.wait_for(again.answering, 60)
    assert again.status == 200


@pytest.mark.parametrize("path", ["/ogc/collections/events/items", "/v1/events.xlsx", "/sitemaps/events.xml"])
async def test_so_is_that_of_a_request_that_the_response_cache_does_not_handle(aleppo: Instance, path: str) -> None:
    async with blocked(aleppo) as observer:
        client = Client(aleppo, path)
        await becomes(observer, 1)
        client.gone.set()
        await becomes(observer, 0)
        await asyncio.wait_for(client.answering, 60)


@pytest.mark.parametrize(("path", "body"), REQUESTS)
async def test_a_statement_that_another_client_waits_for_goes_on(aleppo: Instance, path: str, body: bytes | None) -> None:
    aleppo.app.state.response_cache.responses.clear()
    async with blocked(aleppo) as observer:
        first = Client(aleppo, path, body)
        await becomes(observer, 1)
        statement = await observer.fetchval(WAITING.replace("count(*)", "pid || ' ' || query_start"))
        second = Client(aleppo, path, body)
        await asyncio.sleep(0.05)
        first.gone.set()
        await asyncio.sleep(0.05)
        assert await observer.fetchval(WAITING.replace("count(*)", "pid || ' ' || query_start")) == statement
    await asyncio.wait_for(second.answering, 60)
    await asyncio.wait_for(first.answering, 60)
    assert second.status == 200


async def test_a_statement_that_cannot_be_cancelled_ends_with_its_connection(instance: Instance) -> None:
    """PostgreSQL ignores a request to cancel what it has not begun yet. Here, the statement ignores it."""
    await instance.rows("""
        create function stubborn() returns integer language plpgsql as $$
        begin loop begin perform pg_sleep(60); exception when query_canceled then null; end; end loop; end $$""")
    pool = instance.app.state.store.pool
    running = asyncio.create_task(pool.answer(Statement("select stubborn()", ())))
    observer = await asyncpg.connect(instance.url)
    await becomes(observer, 1, RUNNING)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 60)
    assert pool.in_use == 0
    await becomes(observer, 0, RUNNING)
    await observer.close()
    assert (await instance.client.get("/v1/events")).status_code == 200


async def test_many_clients_that_go_leave_every_connection_free(aleppo: Instance) -> None:
    size = aleppo.app.state.store.pool.settings.pool_size
    async with blocked(aleppo) as observer:
        clients = [Client(aleppo, f"/v1/events?limit={number + 1}") for number in range(3 * size)]
        await becomes(observer, min(size, aleppo.app.state.store.pool.settings.pool_size_per_client))  # All are of one address.
        for client in clients:
            client.gone.set()
        await becomes(observer, 0, RUNNING)
        await asyncio.wait_for(asyncio.gather(*(client.answering for client in clients)), 60)
    assert aleppo.app.state.store.pool.in_use == 0
