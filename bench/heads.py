"""Measures what the head of a request costs the thread that answers all: `python -m bench.heads`.

Requests of each shape are sent one after the other, of an address whose response is cached. Printed is the processor time of the server's main thread for one request, and how many
times that of an ordinary one it is. `varied` headers differ from request to request. Linux only: the time is that of the kernel's scheduler.
"""

from __future__ import annotations

import argparse
import itertools
import socket
import statistics
from collections.abc import Callable
from pathlib import Path

from .database import open_database
from .fairness import Caching
from .peers import Server, free_port

LIST = "/v1/events?limit=20"
ORDINARY = "accept-encoding: gzip, deflate, br, zstd\r\n"
Shape = Callable[[int], tuple[str, str]]  # Of the number of a request, its address and its headers.


def list_of(name: str, item: str, size: int, address: str = LIST) -> Shape:
    """Requests with a header of about `size` bytes that has many items."""
    return lambda number: (address, f"{name}: x{number}{item * (size // len(item))}\r\n")


def shapes() -> dict[str, Shape]:
    found: dict[str, Shape] = {"ordinary": lambda _: (LIST, ORDINARY)}
    for size in (990, 63_000):
        for name, item in (("accept-encoding", ","), ("accept-encoding", ";q=1,"), ("accept", ","), ("accept", "a/b;q=1,"), ("if-none-match", ","),
                           ("x-forwarded-for", "1,"), ("connection", ",")):  # fmt: skip
            found[f"{name}, {size:,} bytes of {item}"] = list_of(name, item, size)
        found[f"cookie, {size:,} bytes"] = list_of("cookie", "a=b; ", size)
    for number in (90, 8_000):
        found[f"{number:,} headers"] = lambda _, number=number: (LIST, "a:\r\n" * number)  # type: ignore[misc]  # a default binds it
        found[f"/health, {number:,} headers"] = lambda _, number=number: ("/health", "a:\r\n" * number)  # type: ignore[misc]
    for size in (1_990, 63_000):
        found[f"/v1/%41…, {size:,} bytes"] = lambda number, size=size: (f"/v1/{number}{'%41' * (size // 3)}", ORDINARY)  # type: ignore[misc]
        found[f"/{'a'}…, {size:,} bytes"] = lambda number, size=size: (f"/{number}{'a' * size}", ORDINARY)  # type: ignore[misc]
    for address in ("/", "/dictionary", "/problems", "/graphql", "/static/none", "/limits", "/openapi.json", "/v1"):
        found[f"{address}, ordinary"] = lambda _, address=address: (address, "accept: text/html\r\n")  # type: ignore[misc]
        found[f"{address}, 63,000 bytes of query"] = lambda number, address=address: (
            f"{address}?{number}{'a=1&' * 15_700}",
            "accept: text/html\r\n",
        )  # type: ignore[misc]
    return found


class Client:
    """One connection after the other."""

    def __init__(self, port: int) -> None:
        self.port, self.socket = port, socket.create_connection(("127.0.0.1", port))

    def ask(self, address: str, headers: str) -> str:
        """The status of a response, which is read to its end."""
        try:
            self.socket.sendall(f"GET {address} HTTP/1.1\r\nhost: h\r\n{headers}\r\n".encode())
            received = b""
            while b"\r\n\r\n" not in received:
                if not (part := self.socket.recv(1 << 20)):
                    raise ConnectionError
                received += part
        except ConnectionError:
            self.reopen()
            return "closed"
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        while len(body) < length:
            body += self.socket.recv(1 << 20)
        if b"connection: close" in head.lower():
            self.reopen()
        return head.split(b" ", 2)[1].decode()

    def reopen(self) -> None:
        self.socket.close()
        self.socket = socket.create_connection(("127.0.0.1", self.port))


def thread_milliseconds(process: int) -> float:
    """The processor time of the main thread of a process so far."""
    return int(Path(f"/proc/{process}/task/{process}/schedstat").read_text().split()[0]) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.01, help="the size of the database, as a part of UCDP GED")
    parser.add_argument("--requests", type=int, default=60, help="of each shape, in each of three turns")
    args = parser.parse_args()
    numbers, ordinary = itertools.count(), 0.0
    with open_database(args.scale) as database:
        server = Server(Caching(), database, free_port())
        try:
            client = Client(server.port)
            for name, shape in shapes().items():
                turns = []
                for _ in range(4):  # The first one warms up.
                    before = thread_milliseconds(server.process.pid)
                    statuses = {client.ask(*shape(next(numbers))) for _ in range(args.requests)}
                    turns.append((thread_milliseconds(server.process.pid) - before) / args.requests)
                took = statistics.median(turns[1:])
                ordinary = ordinary or took
                print(f"{name:52} {', '.join(sorted(statuses)):12} {took:7.2f} ms {took / ordinary:6.1f} times", flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
