"""The limit of a server on uvicorn: an application that answers every request with the same headers and body."""

from __future__ import annotations

import multiprocessing
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn

from api.http.connections import ConnectionLimits

OF_UVICORN = ("date", "server", "connection")  # Headers that it adds itself.
Head = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Response:
    head: Head
    body: bytes


@dataclass(frozen=True)
class Bare:
    """The running server."""

    port: int
    pid: int


def response_to(request: urllib.request.Request | str) -> Response:
    """What a server answers, to be answered again."""
    with urllib.request.urlopen(request, timeout=60) as response:
        head = [(name.lower().encode(), text.encode()) for name, text in response.headers.items() if name.lower() not in OF_UVICORN]
        return Response(head, response.read())


async def respond(response: Response, scope: Any, receive: Any, send: Any) -> None:
    more = scope["method"] == "POST"
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": response.head})
    await send({"type": "http.response.body", "body": response.body})


def serve(listener: socket.socket, response: Response) -> None:
    config = uvicorn.Config(
        partial(respond, response), interface="asgi3", http=ConnectionLimits().protocol, loop="uvloop", lifespan="off", access_log=False, log_level="error",  # type: ignore[arg-type]  # any callable that makes a protocol will do
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def bare(response: Response) -> Iterator[Bare]:
    """A server, with our protocol, that answers every request with the same response."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        process = multiprocessing.get_context("fork").Process(target=partial(serve, listener, response))
        process.start()
        assert process.pid is not None
        try:
            yield Bare(listener.getsockname()[1], process.pid)
        finally:
            process.terminate()
            process.join()
