"""What it gains that the head and the body of a response leave in one write, beside uvicorn's two: `python -m bench.one_write`.

Two servers answer the same short response, one with `api/http/protocol.py` and one without it. They are asked in turn, so that a busy
machine slows both. Prints, for each number of connections, the ratio of requests per second and of processor time per request.
"""

from __future__ import annotations

import multiprocessing
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.http.protocol import CoalescingProtocol

from .processes import cpu

REQUEST = b"GET / HTTP/1.1\r\nhost: bench\r\n\r\n"
BODY = b"x" * 900  # Bytes, as many as a small record has.
ROUNDS, REQUESTS, CONNECTIONS = 15, 4000, (1, 16)
PROTOCOLS = {"one write": CoalescingProtocol, "two writes": HttpToolsProtocol}


async def respond(scope: Any, receive: Any, send: Any) -> None:
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": BODY})


def serve(listener: socket.socket, protocol: str) -> None:
    config = uvicorn.Config(respond, http=PROTOCOLS[protocol], loop="uvloop", lifespan="off", access_log=False, log_level="error")
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def server(protocol: str) -> Iterator[tuple[int, int]]:
    """The port and the process id of a server."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        process = multiprocessing.get_context("fork").Process(target=partial(serve, listener, protocol))
        process.start()
        try:
            yield listener.getsockname()[1], process.pid or 0
        finally:
            process.terminate()
            process.join()


def ask(port: int, connections: int) -> float:
    """Seconds for all requests: each connection has sent one before the first is read."""
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    started = time.perf_counter()
    for _ in range(REQUESTS // connections):
        for one in sockets:
            one.sendall(REQUEST)
        for one in sockets:
            answer = one.recv(1 << 16)
            while not answer.endswith(BODY):
                answer += one.recv(1 << 16)
    took = time.perf_counter() - started
    for one in sockets:
        one.close()
    return took


def main() -> None:
    with server("one write") as one, server("two writes") as two:
        for connections in CONNECTIONS:
            rates, times = [], []
            for number in range(ROUNDS + 1):
                measured = []
                for port, process in (one, two) if number % 2 else (two, one):
                    before = cpu(process)
                    took = ask(port, connections)
                    measured.append((REQUESTS / took, (cpu(process) - before) / REQUESTS))
                (rate, spent), (other_rate, other_spent) = measured if number % 2 else reversed(measured)
                if number:  # The first round warms up.
                    rates.append(rate / other_rate)
                    times.append(spent / other_spent)
            print(
                f"{connections:3} connections: requests per second x {median(rates):.2f}, processor time per request x {median(times):.2f}"
            )


if __name__ == "__main__":
    main()
