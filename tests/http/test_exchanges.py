"""What an operator sees of each request: a line of JSON, and the metrics."""

from __future__ import annotations

import errno
import io
import json
import re
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.exposition import generate_latest

from api.app import create_app
from api.http import metrics
from api.http.access_log import AccessLog
from api.http.exchanges import Exchange, ObservedExchanges
from api.settings import Settings
from api.store.host_watch import NodeState

from ..conftest import ROOT, Instance

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"


@pytest_asyncio.fixture
async def observed(aleppo: Instance) -> AsyncIterator[tuple[httpx2.AsyncClient, Any]]:
    app = create_app(Settings(access_log=True, metrics_port=1), aleppo.read_url)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client, app.state


async def test_each_request_is_logged_once_with_its_id_and_trace(observed: Any, capsys: pytest.CaptureFixture[str]) -> None:
    client, _ = observed
    response = await client.get("/v1/events?limit=1", headers={"X-Request-ID": "of-the-proxy", "traceparent": TRACEPARENT})
    other = await client.get("/v1/nothing\u2028")
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert {name: value for name, value in first.items() if name not in ("time", "milliseconds")} == {
        "request_id": "of-the-proxy", "method": "GET", "path": "/v1/events", "query": "limit=1", "status": 200,
        "bytes": len(response.content), "revision": int(response.headers["conflict-facts-revision"]), "trace_id": TRACE, "parent_id": SPAN,
    }  # fmt: skip
    assert response.headers["x-request-id"] == "of-the-proxy"
    assert re.fullmatch(r"[0-9a-f]{32}", other.headers["x-request-id"])
    assert (second["request_id"], second["status"], second["path"]) == (other.headers["x-request-id"], 404, "/v1/nothing\u2028")
    assert "client" not in first and "trace_id" not in second


async def test_metrics_count_by_route_and_never_by_what_a_client_sends(observed: Any) -> None:
    client, state = observed
    for path in (
        "/v1/events?limit=1",
        "/v1/events?limit=1",
        "/v1/events/nothing",
        "/no/such/page",
        "/sitemaps/nothing.xml",
        "/graphql?query={__typename}",
    ):
        await client.get(path)
    await client.request("BREW", "/health")
    shown = generate_latest(state.metrics.registry).decode()
    counted = dict(re.findall(r"^http_server_request_duration_seconds_count\{(.*)\} (\S+)$", shown, re.MULTILINE))
    assert counted == {
        'method="GET",route="/v1/events",status="200"': "2.0",
        'method="GET",route="/v1/events/{id}",status="404"': "1.0",
        'method="GET",route="unmatched",status="404"': "1.0",
        'method="GET",route="/sitemaps/{plural}.xml",status="404"': "1.0",
        'method="GET",route="/graphql",status="200"': "1.0",
        'method="other",route="/health",status="405"': "1.0",
    }
    assert 'conflict_facts_cache_requests_total{result="hit"} 1.0' in shown
    assert "nothing" not in shown and "conflict_facts_revision " in shown


async def test_operations_of_graphql_are_counted_by_the_field_that_the_schema_declares(
    observed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    client, state = observed
    documents = (
        "query OfAClient { mine: events(first: 1) { nodes { id } } }",
        "query OfAClient { mine: events(first: 1) { nodes { id } } }",  # From the cache.
        "query { ...F } fragment F on Query { ... on Query { other: events(first: 1) { nodes { name } } } }",
        "{ events(first: 1) { nodes { id } } actors(first: 1) { nodes { id } } }",
        "{ a: __typename b: __typename }",
        "{ nothing }",
        "{",
    )
    for document in documents:
        await client.post("/graphql", json={"query": document})
    shown = generate_latest(state.metrics.registry).decode()
    counted = dict(re.findall(r"^graphql_operation_duration_seconds_count\{(.*)\} (\S+)$", shown, re.MULTILINE))
    assert counted == {
        'operation="events",status="200"': "3.0", 'operation="several",status="200"': "1.0", 'operation="__typename",status="200"': "1.0",
        'operation="invalid",status="200"': "2.0",
    }  # fmt: skip
    assert "OfAClient" not in shown and "mine" not in shown
    assert [json.loads(line)["operation"] for line in capsys.readouterr().out.splitlines()].count("events") == 3


async def test_the_dashboard_asks_for_metrics_that_there_are(observed: Any) -> None:
    client, state = observed
    await client.get("/v1/events?limit=1")
    await client.get("/graphql?query={__typename}")
    pool = state.store.pool
    pool.nodes.several, pool.watch.states = (
        True,
        {"postgresql://reader:secret@db1/facts": NodeState(True, 1), "postgresql://db2:7/facts": None},
    )
    try:
        nodes = dict(re.findall(r"^conflict_facts_node_(\w+\{.*\}) (\S+)$", generate_latest(state.metrics.registry).decode(), re.MULTILINE))
    finally:
        pool.nodes.several = False
    assert nodes == {
        'up{node="db1:5432"}': "1.0", 'up{node="db2:7"}': "0.0", 'read{node="db1:5432"}': "0.0", 'read{node="db2:7"}': "0.0",
        'revision{node="db1:5432"}': "1.0", 'lag_seconds{node="db1:5432"}': "0.0",
    }  # fmt: skip
    shown = {f"conflict_facts_node_{name.partition('{')[0]}" for name in nodes} | set(
        re.findall(r"^(\w+)", generate_latest(state.metrics.registry).decode(), re.MULTILINE)
    )
    dashboard = json.loads((ROOT / "docs" / "grafana.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    named = {name for expression in expressions for name in re.findall(r"\b(?:http|conflict|process)_\w+", expression)}
    assert len(expressions) > 10 and named and named <= shown


@pytest.mark.parametrize(("given", "taken"), [
    ("a" * 64, True), ("a" * 65, False), ("", False), ('x"y', False), ("a b", False), ("é", False),
])  # fmt: skip
async def test_a_request_id_that_could_be_anything_else_is_replaced(given: str, taken: bool) -> None:
    exchange, sent = await exchanged([(b"x-request-id", given.encode())])
    assert (exchange.request_id == given) is taken
    assert (b"x-request-id", exchange.request_id.encode()) in sent[0]["headers"]


@pytest.mark.parametrize("given", [
    TRACEPARENT.upper(), f"ff-{TRACE}-{SPAN}-01", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE}-{SPAN}", "",
])  # fmt: skip
async def test_an_invalid_trace_is_left_out(given: str) -> None:
    exchange, _ = await exchanged([(b"traceparent", given.encode())])
    assert exchange.trace_id is exchange.parent_id is None


async def test_a_client_that_left_is_logged_as_such() -> None:
    async def nothing(scope: Any, receive: Any, send: Any) -> None:
        pass

    exchange, _ = await exchanged([], nothing)
    assert exchange.status == 499


async def test_an_error_of_the_application_is_logged_and_goes_on() -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError

    seen: list[Exchange] = []
    with pytest.raises(RuntimeError):
        await ObservedExchanges(fails, [seen.append])(scope([]), None, None)  # type: ignore[arg-type]  # it neither reads nor sends
    assert [one.status for one in seen] == [500]


def test_the_address_of_a_client_is_logged_only_where_that_is_set() -> None:
    exchange = Exchange("GET", "/", "", 200, 1, 0.001, None, "192.0.2.1", "a", None, None)
    for addresses in (False, True):
        AccessLog(addresses, file := io.StringIO())(exchange)
        assert json.loads(file.getvalue()).get("client") == ("192.0.2.1" if addresses else None)


@pytest.mark.parametrize("text", ["a", "é", "\U0001f600", '"', "\x00", "/a\u2028"])
def test_a_line_is_written_to_a_pipe_as_one_piece(text: str) -> None:
    long = (text * 70_000)[:70_000]
    AccessLog(True, file := io.StringIO())(
        Exchange("M" * 99, long, long, 200, 10**12, 1e6, 10**9, long, "a" * 64, TRACE, SPAN, "settlementsCaptured")
    )
    line = file.getvalue()
    assert len(line.encode()) <= 4096 and json.loads(line)["path"] in long and len(json.loads(line)["path"]) > 100


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_an_access_log_that_cannot_be_written_fails_nothing(caplog: pytest.LogCaptureFixture) -> None:
    AccessLog(False, FullDisk())(Exchange("GET", "/", "", 200, 1, 0.001, None, "192.0.2.1", "a", None, None))
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)]


def test_few_half_requests_for_metrics_occupy_the_process_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "SCRAPE_SECONDS", 0.5)
    server, _ = start_http_server(0, "127.0.0.1", CollectorRegistry())
    metrics.limit_scrapes(server)
    before, waiting = threading.active_count(), list[socket.socket]()
    try:
        for _ in range(3 * metrics.MAX_SCRAPES):
            waiting.append(socket.create_connection(("127.0.0.1", server.server_port), timeout=60))
            waiting[-1].sendall(b"GET /metrics HTTP/1.1\r\nX: ")
            assert threading.active_count() - before <= 2 * metrics.MAX_SCRAPES + 1
        for connection in waiting:
            with suppress(ConnectionResetError):
                assert not connection.recv(1)
    finally:
        for connection in waiting:
            connection.close()
        server.shutdown()
        server.server_close()


def scope(headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers, "client": ("192.0.2.1", 1)}


async def exchanged(headers: list[tuple[bytes, bytes]], app: Any = None) -> tuple[Exchange, list[Any]]:
    """What the observers are told of one request, and what is sent."""

    async def answers(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"abc"})

    seen: list[Exchange] = []
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await ObservedExchanges(app or answers, [seen.append])(scope(headers), None, send)  # type: ignore[arg-type]  # it does not read
    (exchange,) = seen
    return exchange, sent
