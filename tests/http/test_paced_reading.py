"""What arrives faster than it is answered, on sockets and with a real server: one connection holds nobody else up, and is answered in full."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from api.http.connections import TIMES_BODY, ConnectionLimits, LimitedProtocol
from api.http.paced_reading import CHUNKS

from . import test_protocol
from .test_connections import KEPT, SOON, refused, told
from .test_protocol import served

CHUNKED = b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
SHORT = b"GET / HTTP/1.1\r\nhost:h\r\n\r\n"


class Watched(LimitedProtocol):
    """Records how many requests wait for others, and how many pieces of bodies come in one turn."""

    def __init__(self, *args: Any) -> None:
        super().__init__(ConnectionLimits(), *args)
        self.waiting, self.pieces = list[int](), list[int]()

    def parse(self, data: bytes) -> None:
        self.pieces.append(0)
        super().parse(data)
        self.waiting.append(len(self.pipeline))

    def on_body(self, body: bytes) -> None:
        self.pieces[-1] += 1
        super().on_body(body)


@asynccontextmanager
async def watched() -> AsyncIterator[tuple[int, list[Watched]]]:
    made = list[Watched]()

    def make(config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> Watched:
        made.append(Watched(config, server_state, app_state, _loop))
        return made[-1]

    async with served(make) as (port, _):
        yield port, made


async def test_few_requests_wait_for_those_before_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 60,000 short requests on one connection, 8,000 at a time were parsed while nobody else was answered, and kept."""

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(10):  # Turns of the event loop, in each of which a request could be parsed.
            await asyncio.sleep(0)
        await answering(scope, receive, send)

    answering = test_protocol.application
    monkeypatch.setattr(test_protocol, "application", slow)
    number = 1_000
    async with watched() as (port, made):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(SHORT * (number - 1) + SHORT.replace(b"host:h", b"host:h\r\nconnection: close"))
        async with asyncio.timeout(SOON):
            received = await reader.read()
        writer.close()
        assert received.count(b"HTTP/1.1 200 OK") == number
        assert max(made[0].waiting) == 1


async def test_a_body_in_chunks_of_one_byte_is_read_in_many_turns() -> None:
    body = b"x" * 20_000
    async with watched() as (port, made):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = CHUNKED.replace(b"host: h", b"host: h\r\nconnection: close")
        writer.write(head + b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n")
        async with asyncio.timeout(SOON):
            received = await reader.read()
        writer.close()
        assert received.count(b"x") >= len(body)
        assert max(made[0].pieces) <= CHUNKS // 6 + 1


async def test_chunks_have_a_limit() -> None:
    limits = ConnectionLimits(body=1000)
    flood = CHUNKED + b"1\r\nx\r\n" * (TIMES_BODY * limits.body // 6 + 200)
    async with served(limits.protocol) as (port, _):
        answer = await told(port, flood)
        refused(answer, 413, "too-large")
        assert b"more than 4,000 bytes" in answer[2]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(KEPT + flood)  # Behind a request that is answered first.
        async with asyncio.timeout(SOON):
            assert re.findall(rb"HTTP/1.1 (\d+) ", await reader.read()) == [b"200", b"413"]
        writer.close()


async def test_chunks_have_a_limit_after_the_response(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an endpoint does not read was parsed for as long as it came."""

    async def early(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b"no"})

    monkeypatch.setattr(test_protocol, "application", early)
    async with served(ConnectionLimits(body=1000).protocol) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(CHUNKED)
        assert (await reader.readuntil(b"no\r\n0\r\n\r\n")).startswith(b"HTTP/1.1 404 ")
        async with asyncio.timeout(SOON):
            with pytest.raises((ConnectionError, BrokenPipeError)):
                while True:
                    writer.write(b"1\r\nx\r\n" * 100)
                    await writer.drain()
                    await asyncio.sleep(0)
        writer.close()


async def test_requests_are_read_alike_wherever_they_are_cut() -> None:
    """Heads, bodies, chunks and empty lines, cut at random places: the same responses."""
    bodies = [b"", b"one", b"two" * 9_000, b"\r\n\r\n" * 200, b"three"]
    requests = [KEPT]
    for body in bodies:
        requests.append(b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(body[at : at + 700]), body[at : at + 700]) for at in range(0, len(body), 700))
        requests.append(b"\r\n" + CHUNKED + chunks + b"0\r\n\r\n")
    sent = b"".join(requests) + SHORT.replace(b"host:h", b"host:h\r\nconnection: close")
    rng, answers = random.Random(5), set[bytes]()
    async with served(ConnectionLimits().protocol) as (port, _):
        for number in (0, 0, 1, 3, 20, 60):
            cuts = [0, *sorted(rng.sample(range(len(sent)), number)), len(sent)]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for start, end in itertools.pairwise(cuts):
                writer.write(sent[start:end])
                await writer.drain()
                await asyncio.sleep(0.001)
            async with asyncio.timeout(SOON):
                answers.add(re.sub(rb"date: [^\r]*", b"", await reader.read()))
            writer.close()
    (answer,) = answers
    assert answer.count(b"HTTP/1.1 200 OK") == len(requests) + 1
