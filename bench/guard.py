"""What each costly request takes, as a ratio to an ordinary one, and whether others are still answered: `make bench-guard`.

One client sends the requests of `bench/costly.py` to `conflict-facts serve`, one after the other, while another asks for `/health`. For each
it prints the processor time of the server and of PostgreSQL as a ratio to the reference document, when each is sent for the first time, the p99 of
waits for `/health`, and the longest time for which the event loop was held, in processor time of its thread, which other work on the machine does not change. Then a crowd
of some of them, sent at once. Then the same again: memory may not grow by more than a tenth. Exits with 1 if a limit is exceeded. A short request has some twenty waits, of which
the p99 is the longest, and a virtual machine may stand still for as long; so a request is sent up to three times until it keeps the limit on waits, and the shortest p99 counts.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median, quantiles
from typing import ClassVar, TypeVar

from .costly import COSTLY, CROWDED, REFERENCE, Costly
from .database import BUILD, BenchDatabase, open_database
from .peers import Server, free_port
from .peers.ours import Ours
from .processes import cpu, memory

MAX_WAIT = 0.1  # Seconds that the p99 of /health may rise above its idle value.
MAX_GROWTH = 1.1  # Of memory, from the end of the first round to the end of the second.
PAUSE = 0.005  # Seconds between two requests for /health.
CROWD = 60  # Requests of one shape that are sent at once.
Answer = TypeVar("Answer")
ATTEMPTS = 3  # To keep the limit on waits.
REPEATS = 20  # Of the reference, of which the median counts.
MAX_HOLD = 20.0  # Milliseconds of processor time for which one request may hold the event loop.


class Watched(Ours):
    """A server that writes down for how long its event loop is held."""

    name, module = "watched", "bench.peers.watched"
    settings: ClassVar = {**Ours.settings, "LOOP_HOLDS": str(BUILD / "loop_holds.txt")}


class Holds:
    """The file in which the server writes each hold of its event loop."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
        self.file = file.open()

    def taken(self) -> tuple[float, str]:
        """The longest hold since the last call, in milliseconds, and where it was."""
        holds = [(float(line.partition("\t")[0]), line.partition("\t")[2].strip()) for line in self.file.readlines()]
        return max(holds, default=(0.0, ""))


@dataclass
class Prober(threading.Thread):
    """Asks for /health again and again, and keeps how long each answer took."""

    port: int
    waits: list[float] = field(default_factory=list)
    ended: bool = False

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        while not self.ended:
            started = time.perf_counter()
            connection.request("GET", "/health")
            connection.getresponse().read()
            self.waits.append(time.perf_counter() - started)
            time.sleep(PAUSE)

    def taken(self) -> list[float]:
        waits, self.waits = self.waits, []
        return waits


def send(port: int, request: Costly) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("POST" if request.body else "GET", request.path, request.body or None, dict(request.headers))
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def unseen(request: Costly, number: int) -> Costly:
    """The same request, with a blank that makes it another document."""
    return replace(request, body=request.body.replace(b'"query": "', b'"query": "' + b" " * number, 1))


class Measurement:
    """The processor time of the server's process and of its database."""

    def __init__(self, server: Server, database: BenchDatabase) -> None:
        self.server, self.database = server, database

    def of(self, request: Costly) -> tuple[int, float]:
        before = self._spent()
        status = send(self.server.port, request)
        time.sleep(0.05)  # What is cancelled ends a moment later.
        return status, self._spent() - before

    def _spent(self) -> float:
        return cpu(self.server.process.pid) + cpu(self.database.postmaster)

    def memory(self) -> int:
        return memory(self.server.process.pid)


def p99(waits: list[float]) -> float:
    return quantiles(waits, n=100)[98] if len(waits) > 1 else max(waits, default=0.0)


def attempted(prober: Prober, holds: Holds, idle: float, ask: Callable[[int], Answer]) -> tuple[Answer, float, tuple[float, str]]:
    """What `ask` returns when it is called first, with the number of the attempt; the shortest p99 of waits for /health beside it, and the longest hold."""
    answers, waits, longest = list[Answer](), list[float](), (0.0, "")
    while not waits or (waits[-1] > idle + MAX_WAIT and len(waits) < ATTEMPTS):
        prober.taken(), holds.taken()
        answers.append(ask(len(waits)))
        waits.append(p99(prober.taken()))
        longest = max(longest, holds.taken())
    return answers[0], min(waits), longest


def judged(name: str, wait: float, idle: float, hold: tuple[float, str]) -> list[str]:
    """A line for each limit that a request exceeds."""
    held, place = hold
    slow = [f"{name}: the p99 of /health is {wait * 1000:.0f} ms"] * (wait > idle + MAX_WAIT)
    return slow + [f"{name}: holds the event loop for {held:.0f} ms of processor time, in {place}"] * (held > MAX_HOLD)


def crowded(port: int, prober: Prober, holds: Holds, idle: float, number: int) -> list[str]:
    """What a crowd of requests of one client does to /health: a line for each limit that it exceeds."""
    slow = []
    for name in CROWDED:
        request = COSTLY[name]
        sign = "&" if "?" in request.path else "?"

        def ask(attempt: int, name: str = name, address: str = f"{request.path}{sign}_={number}") -> None:
            # Different ones, of which none is answered for another; jQuery adds `_`, which is ignored.
            paths = [f"{address}{attempt}{one}" for one in range(CROWD)]
            crowd = [threading.Thread(target=send, args=(port, Costly(name, path=path))) for path in paths]
            for one in crowd:
                one.start()
            for one in crowd:
                one.join()

        _, wait, hold = attempted(prober, holds, idle, ask)
        print(f"{f'{CROWD} x {name}':55} {wait * 1000:16.1f} {hold[0]:17.1f}", flush=True)
        slow += judged(f"{CROWD} x {name}", wait, idle, hold)
    return slow


def run(database: BenchDatabase) -> bool:
    holds = Holds(Path(Watched.settings["LOOP_HOLDS"]))
    server = Server(Watched(), database, free_port())
    try:
        measured, port = Measurement(server, database), server.port
        prober = Prober(port)
        prober.start()
        time.sleep(2)
        idle = p99(prober.taken())
        reference = median(measured.of(unseen(REFERENCE, number))[1] for number in range(1, REPEATS + 1))
        print(f"/health alone: p99 {idle * 1000:.1f} ms. The reference document takes {reference * 1000:.0f} ms of processor time.\n")
        print(f"{'request':36} {'status':>6} {'x reference':>11} {'/health p99, ms':>16} {'longest hold, ms':>17}")
        sizes, slow = [], []
        for number in (1, 2):
            for request in COSTLY.values():

                def ask(attempt: int, request: Costly = request, number: int = number) -> tuple[int, float]:
                    return measured.of(unseen(request, number + 2 * attempt))

                (status, spent), wait, hold = attempted(prober, holds, idle, ask)
                slow += judged(request.name, wait, idle, hold)
                if number == 1:
                    print(f"{request.name:36} {status:6} {spent / reference:11.1f} {wait * 1000:16.1f} {hold[0]:17.1f}", flush=True)
            slow += crowded(port, prober, holds, idle, number)
            sizes.append(measured.memory())
        prober.ended = True
        growth = sizes[1] / sizes[0]
        print(f"\nmemory after the first round {sizes[0] / 2**20:.0f} MB, after the second x {growth:.2f}")
        print("\n".join(slow))
        return not slow and growth <= MAX_GROWTH
    finally:
        server.process.terminate()
        server.process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.05, help="the size of the database, 1 being that of UCDP GED")
    with open_database(parser.parse_args().scale) as database:
        sys.exit(0 if run(database) else 1)


if __name__ == "__main__":
    main()
