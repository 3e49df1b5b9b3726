"""Readers: connections that send a request, pause, and send the next, until they are stopped; `python -m bench.loading.readers PORT REQUESTS CONNECTIONS PAUSE`.

The pause matters: readers without one would keep both cores busy by themselves, and the load would only wait in their queue.
"""

from __future__ import annotations

import gc
import heapq
import json
import pickle
import select
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from ..generator import BUFFER_SIZE, Connection

ROOT = Path(__file__).parents[2]


class Readers:
    """Readers at work in a process of their own."""

    def __init__(self, port: int, file: Path, connections: int, pause: float) -> None:
        command = [sys.executable, "-m", "bench.loading.readers", str(port), str(file), str(connections), str(pause)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.process.stdout.readline()  # They are at work.

    def stop(self) -> dict[str, float]:
        """End the readers, and return the number of responses and their latencies in seconds."""
        told, _ = self.process.communicate()
        if self.process.returncode:
            raise RuntimeError("the readers failed")
        found: dict[str, float] = json.loads(told)
        return found


def run(port: int, asked: list[bytes], connections: int, pause: float) -> dict[str, float]:
    """Ask until standard input is closed."""
    poll, buffer = select.epoll(), bytearray(BUFFER_SIZE)
    poll.register(sys.stdin, select.EPOLLIN | select.EPOLLHUP)
    open_ = {one.socket.fileno(): one for one in (Connection(port) for _ in range(connections))}
    for number in open_:
        poll.register(number, select.EPOLLIN)
    gc.disable()
    took: list[float] = []
    view, failed, next_ = memoryview(buffer), 0, 0
    print("at work", flush=True)
    started = perf_counter()
    due = [(started + pause * n / connections, number) for n, number in enumerate(open_)]
    while True:
        ready = poll.poll(max(0.0, due[0][0] - perf_counter()) if due else 30)
        for number, _ in ready:
            if number == sys.stdin.fileno():
                return _summary(took, failed, perf_counter() - started)
            one = open_[number]
            size = one.socket.recv_into(buffer)
            if not size:
                raise RuntimeError("the server closed the connection")
            if one.took(view, size):
                now = perf_counter()
                took.append(now - one.sent)
                failed += one.failed
                heapq.heappush(due, (now + pause, number))
        while due and due[0][0] <= perf_counter():
            open_[heapq.heappop(due)[1]].ask(asked[next_ % len(asked)])
            next_ += 1


def _summary(took: list[float], failed: int, seconds: float) -> dict[str, float]:
    ordered, count = sorted(took), len(took)
    points = {name: ordered[int(count * share)] for name, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}
    return {"count": count, "failed": failed, "seconds": seconds, "rate": count / seconds, **points, "longest": ordered[-1]}


if __name__ == "__main__":
    given = sys.argv[1:]
    print(json.dumps(run(int(given[0]), pickle.loads(Path(given[1]).read_bytes()), int(given[2]), float(given[3]))))
