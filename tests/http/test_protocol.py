"""The HTTP protocol as a client sees it on a socket, with a real server in this process or in one of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from api.http.protocol import MAX_BUFFERED, CoalescingProtocol, CoalescingTransport

CHUNK, CHUNKS = b"x" * 60_000, 500  # 30 MB, several times what the socket buffers of both ends take.


class RecordingTransport:
    """Stands for the socket's transport, and records each write."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.pieces.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def test_writes_of_one_iteration_of_the_event_loop_are_sent_together() -> None:
    socket_transport = RecordingTransport()
    transport = CoalescingTransport(socket_transport, asyncio.get_running_loop())  # type: ignore[arg-type]  # it has the methods that are called
    transport.write(b"head")
    transport.write(b"body")
    assert socket_transport.pieces == []
    await asyncio.sleep(0)
    assert socket_transport.pieces == [b"headbody"]


async def test_writes_above_the_limit_are_sent_at_once() -> None:
    socket_transport = RecordingTransport()
    transport = CoalescingTransport(socket_transport, asyncio.get_running_loop())  # type: ignore[arg-type]  # as above
    transport.write(b"head")
    transport.write(b"x" * MAX_BUFFERED)
    assert socket_transport.pieces == [b"head", b"x" * MAX_BUFFERED]


async def test_closing_sends_what_was_written_before() -> None:
    socket_transport = RecordingTransport()
    transport = CoalescingTransport(socket_transport, asyncio.get_running_loop())  # type: ignore[arg-type]  # as above
    transport.write(b"last words")
    transport.close()
    await asyncio.sleep(0)
    assert (socket_transport.pieces, socket_transport.closed) == ([b"last words"], True)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Responds with the body of the request; at /endless, with more than can be sent to a client that does not read."""
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
async def served(protocol: Any = CoalescingProtocol) -> AsyncIterator[tuple[int, uvicorn.Server]]:
    """The port of a running server, and the server; its `lifespan.state["sent"]` counts the bytes that the application has written."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="warning", lifespan="off", http=protocol))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    server.lifespan.state["sent"] = [0]
    try:
        yield server.servers[0].sockets[0].getsockname()[1], server
    finally:
        # A test that failed may have left its connection open, and Python 3.12 and later would wait for it.
        for connection in server.server_state.connections:
            connection.transport.abort()
        server.should_exit = server.force_exit = True
        await running


@pytest.mark.nightly
def test_head_and_body_of_a_response_arrive_together(server: str) -> None:
    """The server is started as in production. Of fifty responses in two packets, some would almost certainly arrive in two pieces."""
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        for number in range(50):
            connection.sendall(f"GET /v1/revisions?limit=1&before={number + 2} HTTP/1.1\r\nhost: h\r\n\r\n".encode())
            head, _, body = connection.recv(1 << 20).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) == len(body) > 0


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_responses_on_one_connection_are_complete(version: str) -> None:
    keep = "connection: keep-alive\r\n" if version == "1.0" else ""
    async with served() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in (b"one", b"two" * 50_000):
            writer.write(f"POST / HTTP/{version}\r\nhost: h\r\n{keep}content-length: {len(body)}\r\n\r\n".encode() + body)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert await _chunked(reader) == body
            if version == "1.0":  # uvicorn closes the connection.
                break
        writer.close()


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with served() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        bodies = [b"%d" % number * 3 for number in range(9)]
        writer.write(b"".join(b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: %d\r\n\r\n%b" % (len(one), one) for one in bodies))
        for body in bodies:
            await reader.readuntil(b"\r\n\r\n")
            assert await _chunked(reader) == body
        writer.close()


async def test_100_continue_is_sent() -> None:
    async with served() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n")
        assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"body")
        await reader.readuntil(b"\r\n\r\n")
        assert await _chunked(reader) == b"body"
        writer.close()


async def test_a_long_response_waits_for_a_client_that_does_not_read() -> None:
    async with served() as (port, server):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**16)
        writer.write(b"GET /endless HTTP/1.1\r\nhost: h\r\n\r\n")
        connections = server.server_state.connections
        async with asyncio.timeout(60):
            while not any(connection.flow.write_paused for connection in connections):  # type: ignore[union-attr]  # noqa: ASYNC110  # no event
                await asyncio.sleep(0.01)
        assert 0 < server.lifespan.state["sent"][0] < CHUNKS * len(CHUNK) // 2
        await reader.readuntil(b"\r\n\r\n")
        assert len(await _chunked(reader)) == CHUNKS * len(CHUNK) + len(b"nothing")
        writer.close()


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    """The body of a response in chunks."""
    chunks = []
    while size := int(await reader.readline(), 16):
        chunks.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return b"".join(chunks)
