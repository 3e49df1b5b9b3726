"""`/mcp` is a request like any other: it is limited, priced, cancelled and observed, and can be missing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import httpx2
import pytest
import pytest_asyncio

pytest.importorskip("mcp", reason="run `make install-dev`")

from api.app import create_app
from api.errors import TooMuch
from api.mcp import endpoint
from api.mcp.arguments import texts
from api.mcp.endpoint import MAX_BODY
from api.settings import Settings
from api.store.allowance import Account

from ..conftest import Instance
from ..http.test_disconnect import becomes, blocked

ACCEPT = {"accept": "application/json, text/event-stream"}
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
MODERN = {**ACCEPT, "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "search"}


def message(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": META}}


SEARCH = message("search", list="events", limit=1)


@pytest_asyncio.fixture(scope="module")
async def limited(aleppo: Instance) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an application with a small quota."""
    app = create_app(Settings(rate_limit=2000, rate_limit_seconds=1000, statement_timeout=60), aleppo.read_url)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("headers", [ACCEPT, MODERN], ids=["with a handshake", "without"])
async def test_every_host_is_answered_as_json(aleppo: Instance, headers: dict[str, str]) -> None:
    """The SDK answers 421 to other hosts than those of this machine, unless it is told."""
    response = await aleppo.client.post("/mcp", json=SEARCH, headers={**headers, "host": "facts.example.org"})
    assert response.status_code == 200 and response.headers["content-type"] == "application/json", response.text
    result = response.json()["result"]
    assert result["structuredContent"]["address"].startswith("http://facts.example.org/")
    assert response.headers["cache-control"] == "no-store" and response.headers["access-control-allow-origin"] == "*"


async def test_only_post_is_answered(aleppo: Instance) -> None:
    """A GET would open a stream on which nothing is ever sent, and which would keep the server from stopping."""
    for method in ("GET", "DELETE"):
        response = await aleppo.client.request(method, "/mcp", headers={"accept": "text/event-stream"})
        assert response.status_code == 405 and response.headers["allow"] == "POST"


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[]", 400), (b'{"jsonrpc": "2.0"}', 400), (b"\xff", 400), (b"[" * 2_000, 400)])
async def test_a_message_that_is_not_one_is_refused(aleppo: Instance, body: bytes, status: int) -> None:
    for headers in (ACCEPT, MODERN):
        response = await aleppo.client.post("/mcp", content=body, headers={**headers, "content-type": "application/json"})
        assert response.status_code == status and response.json()["error"]["code"] < 0, response.text


@pytest.mark.parametrize(
    ("body", "headers", "status", "problem"),
    [
        (json.dumps(message("search", text="x" * MAX_BODY)).encode(), {}, 413, "bytes, and 32,768 is the limit"),
        (json.dumps(message("search", list="events", id=[1] * 2_500)).encode(), {}, 400, "commas and opening brackets, and 2,000 is the limit"),
        (b"[" + b"{}," * 2_500 + b"{}]", {}, 400, "the body has 5,002 commas and opening brackets"),
        (json.dumps(SEARCH).encode(), {"content-type": "text/plain"}, 415, "send the message as content-type: application/json"),
        (json.dumps(SEARCH).encode(), {"content-encoding": "gzip"}, 415, "content-encoding: gzip: the body of a request must not be compressed"),
    ],
    ids=["bytes", "a list", "an array", "another type", "compressed"],
)  # fmt: skip
async def test_what_takes_long_to_read_or_is_not_json_is_refused_before_the_sdk_reads_it(
    aleppo: Instance, monkeypatch: pytest.MonkeyPatch, body: bytes, headers: dict[str, str], status: int, problem: str
) -> None:
    monkeypatch.setattr(endpoint.McpEndpoint, "_by_sdk", None)
    response = await aleppo.client.post("/mcp", content=body, headers={**MODERN, "content-type": "application/json", **headers})
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, endpoint.REFUSED) and problem in error["message"], response.text
    assert error["data"]["status"] == status


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [({f"a{number}": "%" for number in range(500)}, "the call has 500 arguments, and 100 is the limit"),
     ({"list": "events", "id": [1] * 30_000}, "the arguments have 60,012 characters, and 20,000 is the limit"),
     ({"text": "%" * 30_000}, "the arguments have 30,004 characters")],
    ids=["many", "a long list", "a long text"],
)  # fmt: skip
def test_arguments_are_counted_before_anything_is_made_of_them(arguments: dict[str, Any], problem: str) -> None:
    """Half a megabyte of URL was encoded before it was refused as too long. By the standard input, no body is limited."""
    with pytest.raises(TooMuch, match=problem):
        texts(arguments, ())


async def test_without_the_sdk_it_says_how_to_get_it(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "SDK", "no_such_package")
    response = await aleppo.client.post("/mcp", json=SEARCH, headers=MODERN)
    assert response.status_code == 501 and response.headers["content-type"] == "application/problem+json"
    assert "pip install 'conflict-facts[mcp]'" in response.json()["detail"] and response.json()["code"] == "not-installed"


async def test_a_call_pays_for_its_request_and_for_its_own_work(limited: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    paid: dict[str, float] = {}

    @contextmanager
    def pay(account: Account, cost: int) -> Iterator[None]:
        paid["cost"] = cost
        with original(account, cost):
            yield

    original = Account.pay
    monkeypatch.setattr(Account, "pay", pay)
    monkeypatch.setattr(Account, "admit", lambda account: None)
    monkeypatch.setattr(Account, "pay_work", lambda account: paid.update(works=paid.get("works", 0) + (account.work is not None)))
    cost = (await limited.get("/v1/events?limit=3&explain=cost")).json()["cost"]["requested"]
    for expected in ({"cost": cost, "works": 3}, {"works": 1}):  # The second time the response cache has the answer.
        paid.clear()
        response = await limited.post("/mcp", json=message("search", list="events", limit=3), headers=MODERN)
        assert response.status_code == 200 and paid == expected


async def test_a_client_without_quota_is_refused_and_told_how_long(limited: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.http.rate_limit.REFUSAL_SECONDS", (0, 0))
    for n in range(200):
        response = await limited.post("/mcp", json=message("search", list="figures", limit=100, **{"best.gte": n}), headers=MODERN)
        if response.status_code != 200:
            break
    assert response.status_code == 429 and int(response.headers["retry-after"]) > 0
    assert response.json()["error"]["data"]["code"] == "rate-limited" and "wait" in response.json()["error"]["message"]


class Leaving:
    """A client that can leave before its response has come."""

    def __init__(self, instance: Instance, headers: dict[str, str]) -> None:
        self.gone, self.read, self.sent = asyncio.Event(), False, list[Any]()
        named = [(name.encode(), value.encode()) for name, value in {**headers, "host": "test", "content-type": "application/json"}.items()]
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/mcp",
            "raw_path": b"/mcp", "query_string": b"", "headers": named, "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "state": {},
        }  # fmt: skip
        self.answering = asyncio.ensure_future(instance.app(scope, self._receive, self._send))

    async def _receive(self) -> Any:
        if not self.read:
            self.read = True
            return {"type": "http.request", "body": json.dumps(message("search", list="events", limit=7)).encode(), "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, sent: Any) -> None:
        self.sent.append(sent)


@pytest.mark.parametrize("headers", [ACCEPT, MODERN], ids=["with a handshake", "without"])
async def test_the_statement_of_a_client_that_has_gone_is_cancelled(aleppo: Instance, headers: dict[str, str]) -> None:
    await aleppo.client.post("/mcp", json=SEARCH, headers=headers)  # So that the SDK is there.
    async with blocked(aleppo) as observer:
        client = Leaving(aleppo, headers)
        await becomes(observer, 1)
        client.gone.set()
        await becomes(observer, 0)
        await client.answering
        assert not client.sent


async def test_a_call_does_not_keep_the_application_from_stopping(aleppo: Instance) -> None:
    app = create_app(Settings(statement_timeout=60, rate_limit=0), aleppo.read_url)
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")
    async with client, AsyncExitStack() as running, asyncio.timeout(60):
        await running.enter_async_context(app.router.lifespan_context(app))  # Which reads events too.
        async with blocked(aleppo) as observer:
            calls = [
                asyncio.create_task(client.post("/mcp", json=message("search", list="events", limit=9), headers=headers))
                for headers in (ACCEPT, MODERN)
            ]
            await becomes(observer, 1)  # The same request to the database: one waits for the other.
            for waiting in calls:
                waiting.cancel()
            await running.aclose()
            await asyncio.wait(calls)
