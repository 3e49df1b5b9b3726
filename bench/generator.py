"""The load generator: connections with one request in flight each, from one process over plain sockets.

`python -m bench.generator PORT REQUESTS CONNECTIONS SECONDS LIMIT`; REQUESTS is a pickled list of complete HTTP requests.
It is one epoll loop without a framework. Its own CPU time per request is part of every result, and the same for every server.
"""

from __future__ import annotations

import gc
import json
import pickle
import resource
import select
import socket
import sys
from array import array
from pathlib import Path
from time import perf_counter

BUFFER_SIZE = 1 << 20


class Connection:
    """A connection, and how much of the current response has arrived."""

    __slots__ = ("chunked", "failed", "missing", "sent", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.missing, self.chunked, self.failed, self.sent = 0, False, False, 0.0

    def ask(self, request: bytes) -> None:
        self.missing, self.chunked = -1, False
        self.sent = perf_counter()
        self.socket.sendall(request)

    def took(self, view: memoryview, size: int) -> bool:
        """Takes in a piece of the answer; whether that was the last."""
        if self.missing < 0:
            head, _, _ = bytes(view[:2048]).partition(b"\r\n\r\n")
            self.failed = head[9:12] not in (b"200", b"304")
            lines = head.lower()
            at = lines.find(b"content-length:")
            if at >= 0:
                self.missing = int(lines[at + 15 :].split(b"\r\n", 1)[0]) + len(head) + 4
            elif head[9:12] == b"304":
                return True
            else:
                self.chunked, self.missing = True, BUFFER_SIZE
        if self.chunked:
            return bytes(view[max(0, size - 5) : size]) == b"0\r\n\r\n"
        self.missing -= size
        return self.missing == 0


def run(port: int, requests: list[bytes], connections: int, seconds: float, limit: int) -> dict[str, float]:
    """Send requests for a number of seconds, at most `limit` of them, and return the measurements. Times are in seconds."""
    poll, open_ = select.epoll(), {}
    buffer = bytearray(BUFFER_SIZE)
    view = memoryview(buffer)
    took, received, asked, failed = array("d"), 0, 0, 0
    for _ in range(connections):
        one = Connection(port)
        open_[one.socket.fileno()] = one
        poll.register(one.socket, select.EPOLLIN)
    gc.disable()
    used = resource.getrusage(resource.RUSAGE_SELF)
    started = perf_counter()
    for one in open_.values():
        one.ask(requests[asked % len(requests)])
        asked += 1
    waiting, end = connections, started + seconds
    while waiting:
        ready = poll.poll(30)
        if not ready:
            raise RuntimeError("no answer for 30 seconds")
        for descriptor, _ in ready:
            one = open_[descriptor]
            size = one.socket.recv_into(buffer)
            if not size:
                raise RuntimeError("the server closed the connection")
            received += size
            if one.took(view, size):
                now = perf_counter()
                took.append(now - one.sent)
                failed += one.failed
                if now < end and asked < limit:
                    one.ask(requests[asked % len(requests)])
                    asked += 1
                else:
                    waiting -= 1
    elapsed = perf_counter() - started
    use = resource.getrusage(resource.RUSAGE_SELF)
    cpu = use.ru_utime + use.ru_stime - used.ru_utime - used.ru_stime
    ordered = sorted(took)
    count = len(ordered)
    return {
        "count": count, "seconds": elapsed, "rate": count / elapsed, "p50": ordered[count // 2], "p99": ordered[int(count * 0.99)],
        "bytes": received / count, "client_cpu": cpu / count, "failed": failed,
    }  # fmt: skip


if __name__ == "__main__":
    given = sys.argv[1:]
    print(json.dumps(run(int(given[0]), pickle.loads(Path(given[1]).read_bytes()), int(given[2]), float(given[3]), int(given[4]))))
