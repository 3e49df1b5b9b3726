"""Who is measured when, and what comes of it."""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from . import pgbench
from .canonical import canonical, differences
from .database import BUILD, Ground
from .peers import Request, Server
from .processes import cpu, memory
from .questions import QUESTIONS, pool
from .targets import Measured

CONNECTIONS = 16
SAMPLE = 25
LIMIT = 2_000_000
FAILED = 0.001  # The share of requests that may fail in a round before the run is given up.
FLOOR = "floor"


class Contest:
    """One question put to all who can answer it."""

    def __init__(self, question: str, servers: list[Server], ground: Ground, with_floor: bool) -> None:
        self.question, self.ground = question, ground
        self.servers = {one.peer.name: one for one in servers if question in one.peer.questions}
        self.parameters = asyncio.run(pool(QUESTIONS[question], ground))
        self.requests = {name: self._requests(server) for name, server in self.servers.items()}
        self.script = None
        if with_floor and "ours" in self.servers:
            self.script = asyncio.run(pgbench.script(question, self.requests["ours"], ground))

    @property
    def names(self) -> list[str]:
        return [*self.servers, *([FLOOR] if self.script else [])]

    def _requests(self, server: Server) -> list[Request]:
        found = [server.peer.request(self.question, one, server) for one in self.parameters]
        self._file(server.peer.name).write_bytes(pickle.dumps([one.raw for one in found]))
        return found

    def _file(self, name: str) -> Any:
        return BUILD / f"requests-{self.question}-{name}.pickle"

    def verify(self) -> Iterator[str]:
        """Where peers' answers differ from ours; nothing counts before there is none."""
        for n in range(0, len(self.parameters), len(self.parameters) // SAMPLE):
            answers = {name: self._answer(server, n) for name, server in self.servers.items() if server.peer.compared}
            first = next(iter(answers))
            for name, answer in answers.items():
                for difference in list(differences(answers[first], answer))[:3]:
                    yield f"{self.question} {self.parameters[n]}: {first} and {name}: {difference}"

    def _answer(self, server: Server, n: int) -> Any:
        body = server.ask(self.requests[server.peer.name][n])
        return canonical(server.peer.answer(self.question, body))

    def rounds(self, count: int, seconds: float, warm: float) -> dict[str, list[Measured]]:
        """Rounds in turn and in turn reversed, after a warm-up that does not count."""
        for name in self.servers:
            self.measured(name, warm)
        found: dict[str, list[Measured]] = {name: [] for name in self.names}
        for n in range(count):
            for name in self.names if n % 2 == 0 else reversed(self.names):
                found[name].append(self.measured(name, seconds))
        return found

    def measured(self, name: str, seconds: float) -> Measured:
        if name == FLOOR:
            assert self.script is not None
            return pgbench.run(self.script, self.ground, seconds)
        server = self.servers[name]
        given = [server.port, self._file(name), CONNECTIONS, seconds, LIMIT]
        command = [sys.executable, "-m", "bench.generator", *map(str, given)]
        before = cpu(server.process.pid), cpu(self.ground.postmaster)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        after = cpu(server.process.pid), cpu(self.ground.postmaster)
        if done.returncode:
            raise RuntimeError(f"{name}, {self.question}: {done.stderr[-2000:]}")
        found: Measured = json.loads(done.stdout)
        if found["failed"]:
            print(f"   {name}: {found['failed']:.0f} of {found['count']:.0f} requests failed", flush=True)
        if found["failed"] > found["count"] * FAILED:
            raise RuntimeError(f"{name} fails at {self.question}; see its log in {BUILD}")
        found["server_cpu"], found["database_cpu"] = ((late - early) / found["count"] for early, late in zip(before, after, strict=True))
        found["memory"] = memory(server.process.pid)
        return found
