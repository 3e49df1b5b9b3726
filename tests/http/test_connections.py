"""Slow, large and many requests, as clients send them on sockets, with a real server: each is ended in time, and others are answered."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import pytest

from api.commands.listening import connection_limits
from api.commands.workers import CLIENTS_LOGGERS
from api.http.client_address import client_of
from api.http.connections import ConnectionLimits
from api.http.head_limits import MAX_HEAD, MAX_HEADERS, MAX_PATH, MAX_VALUE
from api.http.log_pace import MOST, LogPace
from api.rest.openapi_responses import schemas
from api.rest.problems import error_response
from api.settings import Settings
from api.store.allowance import Buckets

from .test_protocol import served

HEALTH = b"GET /health HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"
KEPT = HEALTH.replace(b"connection: close\r\n", b"")
OTHER = b"GET /v1/events HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"
REQUIRED: Any = schemas()["Problem"]["required"]
SOON = 60  # Seconds: what ends by itself ends long before, and what does not would never.


@asynccontextmanager
async def limited(**limits: Any) -> AsyncIterator[tuple[int, ConnectionLimits]]:
    counted = ConnectionLimits(**limits)
    async with served(counted.protocol) as (port, _):
        yield port, counted


async def told(port: int, *pieces: bytes, pause: float = 0) -> tuple[int, dict[str, str], bytes]:
    """What the server sends until it closes the connection: status, headers and body; 0 if it sends nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(SOON):
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)
        received = await reader.read()
    writer.close()
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return int(status.split()[1] if status else 0), dict(line.lower().split(": ", 1) for line in lines), body


def refused(answer: tuple[int, dict[str, str], bytes], status: int, code: str) -> None:
    found, headers, body = answer
    assert {*REQUIRED} <= {*json.loads(body)}
    assert (found, json.loads(body)["code"], json.loads(body)["status"]) == (status, code, status)
    assert (headers["content-type"], headers["cache-control"], headers["x-content-type-options"]) == (
        "application/problem+json",
        "no-store",
        "nosniff",
    )


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "begun",
    [b"G", b"GET / HTTP/1.1\r\nhost: h\r\n", b"GET / HTTP/1.1\r\nx: ", b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\nabc"],
)
async def test_a_request_that_does_not_arrive_is_ended(begun: bytes) -> None:
    async with limited(arrival_seconds=0.2) as (port, counted):
        refused(await told(port, begun), 408, "request-timeout")
        assert await told(port) == (0, {}, b"")  # Nothing came, so nothing is answered.
        assert not counted.open


async def test_a_refusal_names_its_own_time_and_can_be_read_by_pages() -> None:
    async with limited(arrival_seconds=0.2) as (port, _):
        _, headers, body = await told(port, b"G")
        assert "within 0.2 seconds" in json.loads(body)["detail"]
        assert headers["access-control-allow-origin"] == "*" and "retry-after" not in headers
    async with limited(connections=0) as (port, _):
        _, headers, body = await told(port, b"G")  # Above the limit, less time is given.
        assert "within 1 second" in json.loads(body)["detail"]
        assert (await told(port, OTHER))[1]["retry-after"] == "1"
        status, headers, body = await told(port, OTHER.replace(b"GET", b"HEAD"))
        assert (status, body) == (503, b"") and int(headers["content-length"]) > 100


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"), ("fe80::1%eth0", "fe80::/64"), ("", ""),
    ],
)  # fmt: skip
def test_a_client_is_an_address_or_the_network_of_a_customer(address: str, client: str) -> None:
    assert client_of(address) == client


async def test_a_later_request_on_a_connection_has_the_same_time() -> None:
    async with limited(arrival_seconds=0.2) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.0\r\nhost: h\r\nconnection: keep-alive\r\n\r\n".replace(b"1.0", b"1.1"))
        await reader.readuntil(b"nothing\r\n0\r\n\r\n")
        await asyncio.sleep(0.5)  # An idle connection is kept for some seconds.
        writer.write(b"GET / HT")
        async with asyncio.timeout(SOON):
            assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
        writer.close()


@pytest.mark.parametrize("request_", [HEALTH, OTHER, b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\nabc", b"GET / HT", b""])
async def test_a_client_that_ends_its_side_is_told_or_closed_in_order(request_: bytes) -> None:
    async with limited() as (port, counted):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request_)
        writer.write_eof()
        async with asyncio.timeout(SOON):
            received = await reader.read()  # Raises an error if the connection is reset.
            assert received == b"" or received.startswith(b"HTTP/1.1 200")
            writer.close()
            while counted.open:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_a_private_server_says_so_where_it_refuses() -> None:
    for settings in (Settings(private=True), Settings()):
        async with served(connection_limits(settings).protocol) as (port, _):
            for wrong in (b"nonsense\r\n\r\n", b"GET /%b HTTP/1.1\r\nhost: h\r\n\r\n" % (b"a" * 65_000)):
                status, headers, body = await told(port, wrong)
                assert status in (400, 414) and json.loads(body)["status"] == status
                assert headers.get("conflict-facts-private") == ("true" if settings.private else None)


async def test_a_slow_response_is_not_ended() -> None:
    async with limited(arrival_seconds=0.2) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**16)
        writer.write(b"GET /endless HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.5)
        assert len(await reader.read()) > 30_000_000
        writer.close()


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("size", "ended"), [(MAX_HEAD + 100, True), (300_000, False), (5_000_000, False), (5_000_000, True)])
@pytest.mark.parametrize("lines", [1, 50])
async def test_a_large_head_is_refused(size: int, lines: int, ended: bool) -> None:
    async with limited() as (port, _):
        head = b"GET / HTTP/1.1\r\nhost: h\r\n" + b"".join(b"x: %b\r\n" % (b"y" * (size // lines)) for _ in range(lines))
        pieces = [head[start : start + 50_000] for start in range(0, len(head), 50_000)]
        try:
            refused(await told(port, *pieces, *([b"\r\n"] * ended)), 431, "head-too-large")
        except ConnectionResetError:
            assert size > 1_000_000  # The server closed the connection while more was being sent.
        assert (await told(port, HEALTH))[0] == 200
        assert (await told(port, b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\nx: %b\r\n\r\n" % (b"y" * 50_000)))[0] == 200


async def test_a_long_url_is_refused() -> None:
    async with limited() as (port, _):
        for length, status in ((63_000, 200), (64_100, 414), (66_000, 414), (100_000, 414)):
            answer = await told(port, b"GET /?%b HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n" % (b"a" * length))
            assert answer[0] == status


HEAD_OF = b"GET %b HTTP/1.1\r\nhost: h\r\nconnection: close\r\n%b\r\n"


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("path", "headers", "status"), [
    (b"/" + b"%41" * (MAX_PATH // 3), b"", 200), (b"/" + b"%41" * (MAX_PATH // 3 + 1), b"", 414), (b"/" + b"a" * MAX_PATH + b"?b", b"", 414),
    (b"http://h/" + b"a" * MAX_PATH, b"", 414), (b"/", b"x: y\r\n" * (MAX_HEADERS - 2), 200), (b"/", b"x: y\r\n" * (MAX_HEADERS - 1), 431),
    (b"/", b":\r\n" * 8000, 400), (b"/", b"x:\r\n" * 8000, 431),
    *((b"/", b"%b: %b\r\n" % (name, b"," * MAX_VALUE), 200) for name in (b"accept", b"X-Forwarded-For")),
    *((b"/", b"%b: %b\r\n" % (name, b"," * (MAX_VALUE + 1)), 431) for name in (b"accept", b"Accept-Encoding", b"if-none-match", b"RANGE", b"x-forwarded-for")),
    (b"/", (b"if-none-match: %b\r\n" % (b"," * (MAX_VALUE // 50))) * 51, 431), (b"/", b"connection: %b\r\n" % (b"a," * MAX_VALUE), 431),
    (b"/", b"cookie: %b\r\n" % (b"a=b; " * 10_000), 200), (b"/", b"referer: %b\r\n" % (b"a" * 10_000), 200),
])  # fmt: skip
async def test_what_reading_a_head_takes_is_limited(path: bytes, headers: bytes, status: int) -> None:
    async with limited() as (port, _):
        answer = await told(port, HEAD_OF % (path, headers))
        assert answer[0] == status
        if status != 200:
            refused(answer, status, {414: "url-too-long", 431: "head-too-large", 400: "bad-request"}[status])


@pytest.mark.sampled(1)
@pytest.mark.parametrize("limits", [{"connections": 3}, {"connections_per_client": 3}])
async def test_above_the_limit_only_health_is_answered(limits: dict[str, int]) -> None:
    async with limited(**limits) as (port, counted):
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(40)]
        assert (await told(port, HEALTH))[0] == 200
        refused(await told(port, OTHER), 503, "too-many-connections")
        async with asyncio.timeout(SOON):
            for reader, _ in held[3:]:
                assert await reader.read() == b""  # They are closed although they could have waited longer.
        assert counted.open.total() == 3
        for _, writer in held:
            writer.close()
        async with asyncio.timeout(SOON):
            while counted.open:  # noqa: ASYNC110  # no event
                await asyncio.sleep(0.01)
        assert (await told(port, OTHER))[0] == 200


async def test_new_connections_of_a_client_have_a_rate() -> None:
    clock = Clock()
    async with limited(new=Buckets(5, 2, clock)) as (port, _):
        statuses = [(await told(port, OTHER))[0] for _ in range(8)]
        assert statuses[:5] == [200] * 5 and statuses[6:] == [503] * 2
        assert (await told(port, HEALTH))[0] == 200
        clock.now += 0.9
        assert [(await told(port, OTHER))[0] for _ in range(4)][::3] == [200, 503]  # What was refused does not count.
    for config, most in ((Settings(), 250), (Settings(max_connections_per_client=900), 900)):
        new = connection_limits(config).new
        assert new is not None and new.quota == most and new.rate == most / 5
    assert connection_limits(Settings(rate_limit=0)).new is connection_limits(Settings(trusted_proxies="10.0.0.0/8")).new is None


def test_a_pace_is_set_for_loggers_that_exist() -> None:
    """Their names are those of modules, which may be moved."""
    ours = [name for name in CLIENTS_LOGGERS if name.startswith("api.")]
    assert [import_module(name).logger.name for name in ours] == ours and error_response.__module__ in ours


def test_lines_of_the_log_that_clients_cause_have_a_pace() -> None:
    clock, lines = Clock(), list[str]()
    pace = LogPace(clock)

    def log(message: str, level: int = logging.WARNING, *values: object) -> None:
        record = logging.LogRecord("a", level, "", 0, message, values, None)
        if pace.filter(record):
            lines.append(record.getMessage())

    for number in range(100):
        log("Invalid request.")
        log("took %d seconds", logging.WARNING, number)
        log("internal error", logging.ERROR)
    errors = LogPace(clock, highest=logging.ERROR)
    assert (
        sum(errors.filter(logging.LogRecord("a", logging.ERROR, "", 0, "internal error in %s", (str(n),), None)) for n in range(100))
        == MOST
    )
    assert lines.count("internal error") == 100 and len(lines) == 100 + 2 * MOST
    assert [line for line in lines if "left out" in line] == [
        "Invalid request. (for a minute, more such lines are left out)", f"took {MOST - 1} seconds (for a minute, more such lines are left out)",
    ]  # fmt: skip
    clock.now += 61
    log("Invalid request.")
    log("Invalid request.")
    assert lines[-2:] == ["Invalid request. (before this line, 90 such lines were left out)", "Invalid request."]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_what_is_not_http_has_a_problem_document() -> None:
    async with limited() as (port, _):
        refused(await told(port, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"), 400, "bad-request")
        refused(await told(port, b"GET / HTTP/9.9\r\n\r\n"), 400, "bad-request")


async def test_a_target_without_a_path_is_refused() -> None:
    async with limited() as (port, _):
        for method, target in ((b"GET", b"*"), (b"OPTIONS", b"*"), (b"GET", b"http://h"), (b"CONNECT", b"h:80"), (b"GET", b"?a=1")):
            refused(await told(port, method + b" " + target + b" HTTP/1.1\r\nhost: h\r\n\r\n"), 400, "bad-request")


@pytest.mark.sampled(1)
@pytest.mark.parametrize("limits", [{}, {"connections": 0}])
async def test_an_empty_line_after_a_response_holds_no_connection(limits: dict[str, int]) -> None:
    """The parser passes over it, and it ends the time for which an idle connection is kept."""
    async with limited(arrival_seconds=0.2, **limits) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEALTH.replace(b"connection: close\r\n", b""))
        await reader.readuntil(b"nothing\r\n0\r\n\r\n")
        writer.write(b"\r\n")
        async with asyncio.timeout(SOON):
            await reader.read()
        writer.close()


async def test_nothing_is_done_after_a_refusal() -> None:
    """Two requests in one packet on a connection above the limits: one refusal, and the connection is closed soon."""
    async with limited(connections=0) as (port, counted):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(OTHER.replace(b"connection: close\r\n", b"") * 2)
        async with asyncio.timeout(SOON):
            assert (await reader.read()).count(b"HTTP/1.1 ") == 1
            while counted.open:  # noqa: ASYNC110  # no event
                await asyncio.sleep(0.01)
        writer.close()


@pytest.mark.parametrize(
    ("rest", "statuses"),
    [
        (b"X\r\n\r\n", [200, 400]),
        (b"GET / HTTP/1.1\r\n\x00: \r\n\r\n", [200, 400]),
        (KEPT + b"X\r\n\r\n", [200, 200, 400]),
        (b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nnone\r\n", [200, 400]),
        (KEPT + b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nnone\r\n", [200, 200, 400]),
        (b"GET / HTTP/1.1\r\nx: " + b"y" * (MAX_HEAD + 1) + b"\r\n\r\n", [200, 431]),
        (OTHER + b"X\r\n\r\n", [200, 200]),  # The client has said that it sends nothing more.
    ],
)
async def test_what_is_refused_behind_a_request_is_answered_after_it(rest: bytes, statuses: list[int]) -> None:
    """All in one packet, so it is refused before the response to the first is made. That was lost."""
    async with limited() as (port, counted):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(KEPT + rest)
        async with asyncio.timeout(SOON):
            received = await reader.read()
            writer.close()
            while counted.open:  # noqa: ASYNC110  # no event
                await asyncio.sleep(0.01)
        assert [int(found) for found in re.findall(rb"HTTP/1.1 (\d+) ", received)] == statuses


async def test_a_request_that_does_not_arrive_behind_another_is_ended_after_its_response() -> None:
    """Its time is over while the client has not read the response to the first, which was cut."""
    async with limited(arrival_seconds=0.1) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**16)
        writer.write(KEPT.replace(b"/health", b"/endless") + b"GET / HT")
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.3)
        async with asyncio.timeout(SOON):
            received = await reader.read()
        assert len(received) > 30_000_000 and re.findall(rb"HTTP/1.1 (\d+) ", received) == [b"408"]
        writer.close()


async def test_headers_after_a_body_are_ignored_and_limited() -> None:
    chunked = b"POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
    async with limited() as (port, _):
        assert (await told(port, chunked + b"accept: text/html\r\n\r\n"))[0] == 200
        refused(await told(port, chunked + b"x: %b\r\n" % (b"y" * MAX_HEAD) + b"\r\n"), 431, "head-too-large")


async def test_a_client_that_does_not_read_is_ended(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("api.http.connections.READ_SECONDS", 0.2)
    async with limited() as (port, counted):
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**16)
        writer.write(b"GET /endless HTTP/1.1\r\nhost: h\r\n\r\n")
        await asyncio.sleep(0.1)
        async with asyncio.timeout(SOON):
            while counted.open:  # noqa: ASYNC110  # no event
                await asyncio.sleep(0.01)
        writer.close()
    assert [record.getMessage() for record in caplog.records] == [
        "a response was cut, because its reader took less than 300000 bytes in 0.2 seconds"
    ]
