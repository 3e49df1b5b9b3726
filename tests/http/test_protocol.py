"""What goes over the wire, seen from the other end of a socket: a real server, in this process or in one of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from api.http.protocol import MAX_BUFFERED, CoalescingProtocol, CoalescingTransport

CHUNK, CHUNKS = b"x" * 60_000, 2_000


class Written:
    """The transport below: what is written to it, each time."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.closed = False

    def writelines(self, pieces: list[bytes]) -> None:
        assert not self.closed
        self.pieces.append(b"".join(pieces))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def test_what_is_written_before_the_loop_is_free_leaves_as_one() -> None:
    below = Written()
    transport = CoalescingTransport(below, asyncio.get_running_loop())  # type: ignore[arg-type]  # all of a transport that is needed
    transport.write(b"head")
    transport.write(b"body")
    assert below.pieces == []
    await asyncio.sleep(0)
    assert below.pieces == [b"headbody"]


async def test_what_is_much_does_not_wait() -> None:
    below = Written()
    transport = CoalescingTransport(below, asyncio.get_running_loop())  # type: ignore[arg-type]  # as above
    transport.write(b"head")
    transport.write(b"x" * MAX_BUFFERED)
    assert len(below.pieces) == 1
    assert len(below.pieces[0]) == MAX_BUFFERED + 4


async def test_nothing_that_was_written_is_lost_where_a_connection_is_closed() -> None:
    below = Written()
    transport = CoalescingTransport(below, asyncio.get_running_loop())  # type: ignore[arg-type]  # as above
    transport.write(b"last words")
    transport.close()
    await asyncio.sleep(0)
    assert (below.pieces, below.closed) == ([b"last words"], True)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what it is sent; at /endless with more than an asker who does not read can be sent."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(CHUNKS if scope["path"] == "/endless" else 0):
        scope["state"]["sent"][0] += len(CHUNK)
        await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
    await send({"type": "http.response.body", "body": body or b"nothing"})


@asynccontextmanager
async def served() -> AsyncIterator[tuple[int, list[int]]]:
    """The port of a server, and how much its application has written so far."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="warning", lifespan="off", http=CoalescingProtocol))
    sent = [0]
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    server.lifespan.state["sent"] = sent
    try:
        yield server.servers[0].sockets[0].getsockname()[1], sent
    finally:
        server.should_exit = server.force_exit = True
        await running


def test_the_head_and_the_body_of_an_answer_arrive_together(server: str) -> None:
    """From the server as everybody starts it. Of fifty answers in two packets some would arrive in two pieces, as good as surely."""
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        for number in range(50):
            connection.sendall(f"GET /v1/revisions?limit=1&before={number + 2} HTTP/1.1\r\nhost: h\r\n\r\n".encode())
            head, _, body = connection.recv(1 << 20).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) == len(body) > 0


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_answers_are_whole_one_after_the_other_on_one_connection(version: str) -> None:
    keep = "connection: keep-alive\r\n" if version == "1.0" else ""
    async with served() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in (b"one", b"two" * 50_000):
            writer.write(f"POST / HTTP/{version}\r\nhost: h\r\n{keep}content-length: {len(body)}\r\n\r\n".encode() + body)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert await _chunked(reader) == body
            if version == "1.0":  # Which uvicorn closes.
                break
        writer.close()


async def test_requests_that_come_at_once_are_answered_in_their_order() -> None:
    async with served() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        bodies = [b"%d" % number * 3 for number in range(9)]
        writer.write(b"".join(b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: %d\r\n\r\n%b" % (len(one), one) for one in bodies))
        for body in bodies:
            await reader.readuntil(b"\r\n\r\n")
            assert await _chunked(reader) == body
        writer.close()


async def test_who_waits_to_be_told_to_go_on_is_told() -> None:
    async with served() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n")
        assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"body")
        await reader.readuntil(b"\r\n\r\n")
        assert await _chunked(reader) == b"body"
        writer.close()


async def test_a_long_answer_waits_for_who_reads_it() -> None:
    async with served() as (port, sent):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**16)
        writer.write(b"GET /endless HTTP/1.1\r\nhost: h\r\n\r\n")
        await asyncio.sleep(0.5)
        waiting = sent[0]
        await asyncio.sleep(0.2)
        assert sent[0] == waiting < CHUNKS * len(CHUNK) // 2
        await reader.readuntil(b"\r\n\r\n")
        assert len(await _chunked(reader)) == CHUNKS * len(CHUNK) + len(b"nothing")
        writer.close()


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return body
