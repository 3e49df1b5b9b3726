"""Measures what a client at its limit does to the response times of another: `python -m bench.fairness`.

One client asks for different pages of 100 events, one after the other, alone and beside a greedy client. The greedy one has many connections, each of which sends the next request as
soon as the last was answered: expensive pages, documents that are invalid, or what is free, a response in the cache and a 304. Turns alternate, so that other work on the
machine falls on all of them. Only what is free is answered from the response cache. The limit has its default rate, and a smaller bucket, so that it is reached within seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import itertools
import json
import multiprocessing
import os
import statistics
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import ClassVar

from api.settings import Settings

from .database import open_database
from .peers import Request, Server, free_port
from .peers.ours import Ours

SECONDS = 6  # In which a full bucket leaks out.
RATE = Settings().rate_limit // Settings().rate_limit_seconds
TARGET = 2.0  # How many times as long the 99th percentile may take.
GREEDY, MODEST = "198.51.100.1", "198.51.100.2"  # The addresses of the clients, as a trusted proxy tells them.
INVALID = json.dumps({"query": "{ " + "nonsense " * 900 + "}"}).encode()


class Limited(Ours):
    """A server that computes every answer."""

    name = "limited"
    settings: ClassVar = {"KEPT_MEGABYTES": "0", "TRUSTED_PROXIES": "127.0.0.1", "RATE_LIMIT": str(RATE * SECONDS), "RATE_LIMIT_SECONDS": str(SECONDS)}  # fmt: skip


class Unlimited(Limited):
    name = "unlimited"
    settings: ClassVar = {**Limited.settings, "RATE_LIMIT": "0"}


class Caching(Limited):
    """A server with a response cache, which the modest client does not use."""

    name = "caching"
    settings: ClassVar = {**Limited.settings, "KEPT_MEGABYTES": "32"}


def expensive(number: int) -> Request:
    days = number % 9000
    return Request(f"/v1/events?limit=100&provenance=*&started_on.gte={dt.date(1989, 1, 1) + dt.timedelta(days)}", headers=of(GREEDY))


def invalid(number: int) -> Request:
    return Request("/graphql", INVALID, of(GREEDY))


def cached(number: int) -> Request:
    return Request("/v1/events?limit=100", headers=of(GREEDY))


def unchanged(etag: str) -> Callable[[int], Request]:
    return lambda _: Request("/v1/events?limit=100", headers={**of(GREEDY), "if-none-match": etag})


def modest(number: int) -> Request:
    headers = {**of(MODEST), "cache-control": "no-cache"}
    return Request(f"/v1/events?limit=100&started_on.gte={1989 + number % 30}-{1 + number % 12:02}-01", headers=headers)


def of(address: str) -> dict[str, str]:
    return {"x-forwarded-for": address}


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request) -> int:
    """The status of the response to a request."""
    writer.write(request.raw)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0))
    return int(head.split(b" ", 2)[1])


def be_greedy(port: int, connections: int, kind: str, parent: Connection) -> None:
    """Send requests on many connections until told to stop, then tell how many had which status."""
    statuses, numbers = Counter[int](), itertools.count()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/events?limit=100") as response:
        etag = response.headers["etag"]
    make = {"expensive": expensive, "invalid": invalid, "cached": cached, "unchanged": unchanged(etag)}[kind]

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while True:
            statuses[await ask(reader, writer, make(next(numbers)))] += 1

    async def every() -> None:
        tasks = [asyncio.create_task(one()) for _ in range(connections)]
        while not parent.poll():
            await asyncio.sleep(0.05)
            for task in tasks:
                if task.done():
                    task.result()
        for task in tasks:
            task.cancel()

    asyncio.run(every())
    parent.send(dict(statuses))


@contextmanager
def greedy(port: int, connections: int, kind: str) -> Iterator[Counter[int]]:
    """A greedy client, in a process of its own; afterwards, the number of its responses by status."""
    mine, its = multiprocessing.Pipe()
    process = multiprocessing.Process(target=be_greedy, args=(port, connections, kind, its))
    process.start()
    statuses = Counter[int]()
    try:
        yield statuses
    finally:
        mine.send(None)
        statuses.update(mine.recv())
        process.join()


async def times(port: int, seconds: float, numbers: Iterator[int]) -> list[float]:
    """The seconds that each request of the modest client takes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found, until = [], time.perf_counter() + seconds
    while (started := time.perf_counter()) < until:
        assert await ask(reader, writer, modest(next(numbers))) == 200
        found.append(time.perf_counter() - started)
        await asyncio.sleep(0.01)
    writer.close()
    return found


def measure(server: Server, args: argparse.Namespace, connections: int, kind: str) -> float:
    """Print the times alone and beside a greedy client; return how many times as long the 99th percentile takes."""
    alone, beside, statuses, numbers = list[float](), list[float](), Counter[int](), itertools.count()
    asyncio.run(times(server.port, 2, numbers))
    for _ in range(args.rounds):
        alone += asyncio.run(times(server.port, args.seconds, numbers))
        with greedy(server.port, connections, kind) as counted:
            time.sleep(args.before)  # Until its bucket is full.
            beside += asyncio.run(times(server.port, args.seconds, numbers))
        statuses += counted
    ratio = percentile(beside, 99) / percentile(alone, 99)
    print(f"{server.peer.name}, {connections} connections, {kind} requests, answered {dict(statuses)}; load {os.getloadavg()[0]:.1f}")
    for name, found in (("alone", alone), ("beside", beside)):
        print(
            f"   {name:7} {len(found):5} requests, median {1000 * statistics.median(found):6.1f} ms, p99 {1000 * percentile(found, 99):7.1f} ms"
        )
    print(f"   p99 takes {ratio:.2f} times as long", flush=True)
    return ratio


def percentile(values: list[float], number: int) -> float:
    return statistics.quantiles(values, n=100)[number - 1]


def main() -> bool:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.1, help="the size of the database, as a part of UCDP GED")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6, help="of each turn")
    parser.add_argument("--before", type=float, default=SECONDS + 4, help="seconds that the greedy client has to reach its limit")
    parser.add_argument("--kind", default="", help="of the greedy requests; by default all")
    args = parser.parse_args()
    fair = True
    with open_database(args.scale) as database:
        for peer, connections, kind in (
            (Limited(), 16, "expensive"),
            (Limited(), 200, "expensive"),
            (Limited(), 16, "invalid"),
            (Unlimited(), 16, "expensive"),
            (Caching(), 16, "cached"),
            (Caching(), 16, "unchanged"),
            (Caching(), 200, "unchanged"),
        ):
            if args.kind not in ("", kind):
                continue
            server = Server(peer, database, free_port())
            try:
                ratio = measure(server, args, connections, kind)
            finally:
                server.stop()
            fair = fair and (ratio <= TARGET or isinstance(peer, Unlimited))
    return fair


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
