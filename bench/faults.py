"""Kills, under reads and loads, what can be killed, and says what came of it: `python -m bench.faults`.

An embedded database, a server and a loader of their own; six readers ask for two figures that every load changes together. The loader, PostgreSQL, one of its processes, the server, and
all three are killed (SIGKILL) in the middle of a load's transaction, and all connections are cut. After each: the seconds until PostgreSQL accepts connections and from then until the first right answer, what the loader said, and
whether every confirmed revision is there. Exits with 1 if a revision is lost or half visible, if a reader went back in time, if the log has a traceback, or if `verify` finds anything.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import asyncpg

from .database import ROOT
from .peers import free_port
from .processes import PROC, command_line
from .server import terminated_like_ctrl_c
from .steady import PAIR, write

EVENTS, READERS, LIMIT, SOON = 200, 6, 180, 5.0
LOADING = "select exists (select from pg_stat_activity where usename = 'loader' and xact_start is not null)"
CUT = "select count(pg_terminate_backend(pid)) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'"
BACKEND = "select pid from pg_stat_activity where usename = 'loader'"


@dataclass
class World:
    """A server, its database and what its readers have seen."""

    home: Path
    port: int = field(default_factory=free_port)
    value: int = 1
    seen: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    confirmed: set[int] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def folder(self) -> Path:
        return self.home / "fixtures" / "desk"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ, "CONFLICT_FACTS_HOME": str(self.home / "home"), "FIXTURES": str(self.folder.parent), "RATE_LIMIT": "0", "DATABASE_URL": "",
            "DATABASE_READ_URL": "", "DATABASE_MIGRATE_URL": "",
        }  # fmt: skip

    def command(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-m", "api", *words], cwd=ROOT, env=self.environment, text=True, **options)

    def serve(self) -> subprocess.Popen[str]:
        with self.log.open("a") as log:
            return self.command("serve", "--no-load", "--port", str(self.port), stdout=log, stderr=log)

    def load(self) -> subprocess.Popen[str]:
        self.value += 1
        write(self.folder, self.value, EVENTS)
        words = ("load", str(self.folder), "-m", f"Now {self.value}", "--reason", "source_revised")
        return self.command(*words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def ask(self) -> tuple[str, int, list[int]]:
        """The status, the revision and the two numbers of the pair."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", PAIR)
            response = connection.getresponse()
            body = response.read()
            best = [record["best"] for record in json.loads(body)["data"]] if response.status == 200 else []
            return str(response.status), int(response.headers.get("conflict-facts-revision") or 0), best
        except (OSError, HTTPException) as error:
            return type(error).__name__, 0, []
        finally:
            connection.close()

    def read(self) -> None:
        newest = 0
        while not self.stop.is_set():
            status, revision, best = self.ask()
            self.seen[status] += 1
            if status == "200":
                self.faults[f"half of revision {revision}: {best}"] += len(set(best)) != 1
                self.faults[f"revision {revision} after {newest}"] += revision < newest
                newest = max(newest, revision)
            time.sleep(0.02)

    async def value_of(self, query: str) -> Any:
        connection = await asyncpg.connect(f"postgresql://owner@/conflict_facts?host={self.home / 'home'}&port=5432", timeout=2)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    def query(self, query: str) -> Any:
        """A value; None if PostgreSQL does not accept connections."""
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            return asyncio.run(self.value_of(query))
        return None

    def newest(self) -> int:
        return max(self.revisions())

    def revisions(self) -> set[int]:
        """Those of the database, as soon as PostgreSQL answers."""
        found: list[int] = []

        def answered() -> bool:
            numbers = self.query("select array_agg(id) from revision")
            found.extend(numbers or [])
            return numbers is not None

        until(answered)
        return {*found}

    def postmaster(self) -> int:
        data = f"\0-D\0{self.home / 'home'}".encode()
        return next(int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and data in command_line(entry))

    def in_transaction(self) -> subprocess.Popen[str]:
        """A load, in the middle of its transaction."""
        process = self.load()
        until(lambda: process.poll() is not None or self.query(LOADING))
        time.sleep(0.1)
        return process

    def ended(self, process: subprocess.Popen[str]) -> str:
        """The last line of a load; what it confirmed is remembered."""
        output = process.communicate()[0].strip()
        self.confirmed |= {int(number) for number in re.findall(r"recorded as revision (\d+)", output)}
        return f"{process.returncode} {output.splitlines()[-1] if output else 'nothing'}"

    def recovered(self, what: str, since: float, loader: subprocess.Popen[str] | None, limit: float = SOON) -> None:
        until(lambda: self.query("select 1"))
        accepts = time.monotonic()
        newest = self.newest()
        until(lambda: self.ask()[0] == "200" and self.ask()[1] >= newest)
        answered = time.monotonic() - accepts
        said = self.ended(loader) if loader else "killed"
        lost = self.confirmed - self.revisions()
        self.faults[f"{what}: lost {lost}"] += bool(lost)
        self.faults[f"{what}: {answered:.1f} s until the first right answer"] += answered > limit
        print(f"{what}: accepts connections after {accepts - since:.2f} s, right answer {answered:.2f} s later; loader: {said}", flush=True)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"not within {LIMIT} s")
        time.sleep(0.02)


def kill(pid: int) -> float:
    os.kill(pid, signal.SIGKILL)
    return time.monotonic()


def cause(world: World, server: subprocess.Popen[str]) -> subprocess.Popen[str]:
    """Every fault, one after the other; returns the server that is left."""
    for _ in range(3):
        loader = world.in_transaction()
        world.recovered("the loader is killed", kill(loader.pid), None)
        loader.communicate()
    for _ in range(3):
        loader = world.in_transaction()
        world.recovered("PostgreSQL is killed", kill(world.postmaster()), loader)
    loader = world.in_transaction()
    if pid := world.query(BACKEND):
        since = kill(pid)
        until(lambda: not (PROC / str(pid)).exists())  # Until PostgreSQL has noticed it, it accepts connections.
        world.recovered("the loader's process of PostgreSQL is killed", since, loader)
    loader = world.in_transaction()
    world.query(CUT)
    world.recovered("all connections are cut", time.monotonic(), loader)
    loader = world.in_transaction()
    since = kill(server.pid)
    server.wait()
    server = world.serve()
    world.recovered("the server is killed, and started again", since, loader)
    loader = world.in_transaction()
    for pid in (server.pid, world.postmaster(), loader.pid):
        since = kill(pid)
    loader.communicate()
    server.wait()
    server = world.serve()
    world.recovered("all three are killed, and the server is started again", since, None)
    print(f"the next load: {world.ended(world.load())}")
    return server


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with terminated_like_ctrl_c(), tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True) as home:
        world = World(Path(home))
        world.folder.parent.mkdir()
        print(f"the first load: {world.ended(world.load())}", flush=True)
        server = world.serve()
        until(lambda: world.ask()[0] == "200")
        readers = [threading.Thread(target=world.read, daemon=True) for _ in range(READERS)]
        for reader in readers:
            reader.start()
        try:
            server = cause(world, server)
            world.stop.set()
            verified = world.command("verify", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            print(f"verify: {world.ended(verified)}")
        finally:
            server.terminate()
            server.wait()
        world.faults["tracebacks in the log"] += world.log.read_text().count("Traceback")
        found = {fault: number for fault, number in world.faults.items() if number}
        print(f"revisions confirmed: {len(world.confirmed)}; reads: {dict(world.seen)}; faults: {found or 'none'}")
    sys.exit(1 if found or verified.returncode else 0)


if __name__ == "__main__":
    main()
