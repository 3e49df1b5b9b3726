"""The comparison of servers on one question: answers verified, then rounds of requests, server after server."""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import pgbench
from .bare import Bare, Response, bare
from .canonical import canonical, differences
from .database import BUILD, BenchDatabase
from .peers import Request, Server
from .processes import cpu, memory
from .questions import QUESTIONS, parameter_pool
from .targets import Measured

CONNECTIONS = 16
COMPARED_REQUESTS = 25
MAX_REQUESTS = 2_000_000
MAX_FAILED_SHARE = 0.001  # Of the requests of a round; if more fail, the run ends with an error.
FLOOR = "floor"
BARE = "bare"


class Comparison:
    """One question, sent to every server that can answer it."""

    def __init__(self, question: str, servers: list[Server], database: BenchDatabase, with_floor: bool) -> None:
        self.question, self.database = question, database
        self.servers = {server.peer.name: server for server in servers if question in server.peer.questions}
        self.parameters = asyncio.run(parameter_pool(QUESTIONS[question], database))
        self.requests = {name: self._requests(server) for name, server in self.servers.items()}
        self.script: pgbench.Script | None = None
        self.limit: Bare | None = None  # The bare server, during the rounds.
        if with_floor and "ours" in self.servers:
            self.script = asyncio.run(pgbench.script(question, self.requests["ours"], database))

    @property
    def names(self) -> list[str]:
        return [*self.servers, *([FLOOR, BARE] if self.script else [])]

    def _requests(self, server: Server) -> list[Request]:
        requests = [server.peer.request(self.question, parameters, server) for parameters in self.parameters]
        self._file(server.peer.name).write_bytes(pickle.dumps([request.raw for request in requests]))
        return requests

    def _file(self, name: str) -> Path:
        return BUILD / f"requests-{self.question}-{name}.pickle"

    def verify(self) -> Iterator[str]:
        """The differences between the answers of servers. A question is measured only if there are none."""
        for n in range(0, len(self.parameters), len(self.parameters) // COMPARED_REQUESTS):
            answers = {name: self._answer(server, n) for name, server in self.servers.items() if server.peer.compared}
            first = next(iter(answers))
            for name, answer in answers.items():
                for difference in list(differences(answers[first], answer))[:3]:
                    yield f"{self.question} {self.parameters[n]}: {first} and {name}: {difference}"

    def _answer(self, server: Server, n: int) -> Any:
        body = server.ask(self.requests[server.peer.name][n])
        return canonical(server.peer.answer(self.question, body))

    def rounds(self, count: int, seconds: float, warm: float) -> dict[str, list[Measured]]:
        """The measurements of each server by round, and of the two limits: PostgreSQL alone, and a bare server that repeats one of our responses."""
        if not self.script:
            return self._rounds(count, seconds, warm)
        with bare(self._typical_response()) as self.limit:
            return self._rounds(count, seconds, warm)

    def _typical_response(self) -> Response:
        """That of our server whose length is the median."""
        server, requests = self.servers["ours"], self.requests["ours"]
        responses = [server.raw_response(request) for request in requests[:: len(requests) // COMPARED_REQUESTS]]
        return sorted(responses, key=lambda response: len(response.body))[len(responses) // 2]

    def _rounds(self, count: int, seconds: float, warm: float) -> dict[str, list[Measured]]:
        """The order of servers is reversed in every second round; a warm-up is not counted."""
        for name in self.servers:
            self.measure(name, warm)
        results: dict[str, list[Measured]] = {name: [] for name in self.names}
        for n in range(count):
            for name in self.names if n % 2 == 0 else reversed(self.names):
                results[name].append(self.measure(name, seconds))
        return results

    def measure(self, name: str, seconds: float) -> Measured:
        """One round of one server: rate, latencies and bytes from the generator; CPU seconds per request of server, database and client."""
        if name == FLOOR:
            assert self.script is not None
            return pgbench.run(self.script, self.database, seconds)
        if name == BARE:
            assert self.limit is not None
            measured = self._generate(name, self.limit.port, self.limit.pid, self._file("ours"), seconds)
            return {key: value for key, value in measured.items() if key != "database_cpu"}  # It asks none.
        server = self.servers[name]
        return self._generate(name, server.port, server.process.pid, self._file(name), seconds)

    def _generate(self, name: str, port: int, pid: int, requests: Path, seconds: float) -> Measured:
        arguments = [port, requests, CONNECTIONS, seconds, MAX_REQUESTS]
        command = [sys.executable, "-m", "bench.generator", *map(str, arguments)]
        before = cpu(pid), cpu(self.database.postmaster)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        after = cpu(pid), cpu(self.database.postmaster)
        if done.returncode:
            raise RuntimeError(f"{name}, {self.question}: {done.stderr[-2000:]}")
        result: Measured = json.loads(done.stdout)
        if result["failed"]:
            print(f"   {name}: {result['failed']:.0f} of {result['count']:.0f} requests failed", flush=True)
        if result["failed"] > result["count"] * MAX_FAILED_SHARE:
            raise RuntimeError(f"{name} fails at {self.question}; see its log in {BUILD}")
        result["server_cpu"], result["database_cpu"] = ((late - early) / result["count"] for early, late in zip(before, after, strict=True))
        result["memory"] = memory(pid)
        return result
