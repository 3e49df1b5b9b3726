"""Patroni, etcd and HAProxy as processes of this machine, with three nodes; the primary's machine is lost under reads and loads, and comes back.

Uses docker/patroni.yaml and docker/haproxy.cfg. `etcd` and `haproxy` have to be on the PATH (Debian: etcd-server, haproxy), and `--patroni` is the program of an environment of
its own (`pip install 'patroni[etcd3]' 'psycopg[binary]'`). Reports the seconds until there is another primary and until the next load has succeeded, every read that failed, whether every
revision that was confirmed is still there, and whether the lost node follows again. Exits with 1 if a read failed, a revision is lost, or `verify` finds anything.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from api.postgres.cluster import LAUNCHER, programs
from api.postgres.roles import set_roles
from api.sql.roles import Roles
from schema.kinds import KINDS

from .database import ROOT
from .peers import Request, free_port
from .processes import PROC, command_line, tree
from .scaled import process
from .server import terminated_like_ctrl_c
from .steady import ask, command, write

NODES, READERS, LIMIT = 3, 8, 180
EVENTS = 20  # So that a load takes a moment only, and some are under way when the primary is lost.
PATHS = ("/v1/events?limit=20", "/v1/events/e7", "/v1/figures?event=e7&order=id&fields=best&provenance=none")


@dataclass(frozen=True)
class Node:
    """One machine: Patroni and its PostgreSQL."""

    name: str
    postgres: int
    rest: int
    folder: Path

    def configuration(self, etcd: int) -> Path:
        """docker/patroni.yaml with the addresses of this node."""
        text = (ROOT / "docker" / "patroni.yaml").read_text()
        for old, new in (
            ("name: node1", f"name: {self.name}"), ("10.0.0.11:8008", f"127.0.0.1:{self.rest}"), ("10.0.0.11:5432", f"127.0.0.1:{self.postgres}"),
            ("10.0.0.10:2379", f"127.0.0.1:{etcd}"), ("/var/lib/postgresql/conflict_facts", str(self.folder / "data")),
            ("/usr/lib/postgresql/18/bin", str(programs())), ("scram-sha-256", "trust"),  # Nobody else is on this machine.
            ("  data_dir:", f"  parameters: {{unix_socket_directories: {self.folder}}}\n  data_dir:"),
        ):  # fmt: skip
            assert old in text, old
            text = text.replace(old, new)
        self.folder.mkdir(exist_ok=True)
        (path := self.folder / "patroni.yaml").write_text(text)
        return path

    def role(self) -> str:
        """What Patroni says of this node, such as `primary` or `replica`; empty if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.rest}/patroni", timeout=2) as response:
                found = json.load(response)
        except urllib.error.HTTPError as error:
            found = json.load(error)
        except (OSError, ValueError):
            return ""
        return str(found.get("role", "")) if found.get("state") in ("running", "streaming") else ""


def start(node: Node, patroni: Path, etcd: int) -> subprocess.Popen[bytes]:
    """Patroni, not as root, because PostgreSQL refuses that."""
    words = [sys.executable, "-I", "-S", str(LAUNCHER), "", str(patroni.absolute()), str(node.configuration(etcd))]
    with (node.folder / "log").open("a") as log:
        return subprocess.Popen(words, stdout=log, stderr=log, env={"PATH": os.environ["PATH"], "HOME": str(node.folder), "LC_ALL": "C"})


def lose(node: Node, patroni: subprocess.Popen[bytes]) -> None:
    """What the loss of a machine does: everything on it ends at once. PostgreSQL is no child of Patroni, so that it survives a restart of that."""
    data = str(node.folder / "data").encode()
    postmaster = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and b"-D\0" + data in command_line(entry)]
    for pid in [*tree(patroni.pid), *postmaster]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    patroni.wait()


def stop(nodes: list[Node], running: dict[str, subprocess.Popen[bytes]]) -> None:
    for node in nodes:
        if node.name in running:
            lose(node, running[node.name])


def until(condition: Callable[[], object], what: str) -> float:
    """The seconds until `condition()` is true."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > LIMIT:
            raise SystemExit(f"{what}: not within {LIMIT} s")
        time.sleep(0.1)
    return time.monotonic() - began


def proxy(nodes: list[Node], port: int, folder: Path) -> Path:
    text = (ROOT / "docker" / "haproxy.cfg").read_text().replace("127.0.0.1:5000", f"127.0.0.1:{port}")
    for number, node in enumerate(nodes, 1):
        text = text.replace(f"10.0.0.1{number}:5432 check port 8008", f"127.0.0.1:{node.postgres} check addr 127.0.0.1 port {node.rest}")
    (path := folder / "haproxy.cfg").write_text(text)
    return path


async def read(port: int, ends: asyncio.Event, seen: Counter[str], slowest: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = 0
    while not ends.is_set():
        number += 1
        began = time.monotonic()
        status, headers, _ = await ask(reader, writer, Request(PATHS[number % len(PATHS)]))
        seen[f"{status}"] += 1
        slowest[0] = max(slowest[0], time.monotonic() - began)
        if headers.get("connection") == "close":
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.02)


async def loads(
    environment: dict[str, str], folder: Path, ends: asyncio.Event, confirmed: list[tuple[float, int]], failed: list[str]
) -> None:
    value = 1
    while not ends.is_set():
        value += 1
        await asyncio.to_thread(write, folder, value, EVENTS)
        try:
            revision = await command(environment, "load", str(folder), "-m", f"Now {value}", "--reason", "source_revised")
            confirmed.append((time.monotonic(), revision))
        except SystemExit as error:
            failed.append(str(error).strip().splitlines()[-1])
            await asyncio.sleep(0.5)


async def run(
    nodes: list[Node], running: dict[str, subprocess.Popen[bytes]], port: int, environment: dict[str, str], folder: Path, seconds: float
) -> tuple[Node, bool]:
    ends, seen, slowest = asyncio.Event(), Counter[str](), [0.0]
    confirmed, failed = list[tuple[float, int]](), list[str]()
    tasks = [asyncio.create_task(read(port, ends, seen, slowest)) for _ in range(READERS)]
    tasks.append(asyncio.create_task(loads(environment, folder, ends, confirmed, failed)))
    await asyncio.sleep(seconds)
    lost = next(node for node in nodes if node.role() == "primary")
    before = len(confirmed)
    await asyncio.to_thread(lose, lost, running[lost.name])
    at = time.monotonic()
    took = await asyncio.to_thread(until, lambda: any(node.role() == "primary" for node in nodes if node is not lost), "another primary")
    print(f"{lost.name}, the primary, was lost after {before} loads; another one after {took:.1f} s", flush=True)
    while len(confirmed) == before or confirmed[-1][0] < at + took:
        await asyncio.sleep(0.1)
        if time.monotonic() - at > LIMIT:
            raise SystemExit(f"no load succeeded within {LIMIT} s; the last one said: {failed[-1:]}")
    print(
        f"the first load after it was recorded {confirmed[-1][0] - at:.1f} s after the loss; {len(failed)} failed meanwhile: {Counter(failed)}",
        flush=True,
    )
    await asyncio.sleep(seconds)
    ends.set()
    await asyncio.gather(*tasks)
    print(f"reads by status: {dict(seen)}; the slowest took {slowest[0]:.1f} s")
    there = set(await revisions(nodes, lost))
    missing = [revision for _, revision in confirmed if revision not in there]
    print(f"{len(confirmed)} revisions were confirmed; missing: {missing or 'none'}")
    return lost, not missing and set(seen) == {"200"}


async def revisions(nodes: list[Node], lost: Node) -> list[int]:
    primary = next(node for node in nodes if node is not lost and node.role() == "primary")
    connection = await asyncpg.connect(f"postgresql://postgres@127.0.0.1:{primary.postgres}/conflict_facts")
    try:
        return [row[0] for row in await connection.fetch("select id from revision")]
    finally:
        await connection.close()


async def prepare(port: int) -> None:
    """The database and its roles, by way of the proxy."""
    connection = await asyncpg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres")
    await connection.execute("create database conflict_facts")
    await connection.close()
    await set_roles(KINDS, f"postgresql://postgres@127.0.0.1:{port}/conflict_facts", Roles())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patroni", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=15, help="before the loss, and after the first load that follows it")
    options = parser.parse_args()
    running: dict[str, subprocess.Popen[bytes]] = {}
    with terminated_like_ctrl_c(), ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True)))
        (folder := home / "fixtures" / "desk").parent.mkdir()
        write(folder, 1, EVENTS)
        etcd, peers, port = free_port(), free_port(), free_port()
        urls = [f"http://127.0.0.1:{number}" for number in (etcd, peers)]
        words = [
            "etcd",
            "--data-dir",
            str(home / "etcd"),
            "--listen-client-urls",
            urls[0],
            "--advertise-client-urls",
            urls[0],
            "--listen-peer-urls",
            urls[1],
        ]
        stack.enter_context(process(words, dict(os.environ), home / "etcd.log", "ready to serve client requests"))
        nodes = [Node(f"node{number}", free_port(), free_port(), home / f"node{number}") for number in range(1, NODES + 1)]
        stack.callback(stop, nodes, running)
        for node in nodes:
            running[node.name] = start(node, options.patroni, etcd)
            print(f"{node.name} runs after {until(node.role, node.name):.1f} s, as {node.role()}", flush=True)
        haproxy = subprocess.Popen(["haproxy", "-db", "-f", str(proxy(nodes, port, home))])
        stack.callback(haproxy.terminate)
        time.sleep(3)  # Until it has asked each node.
        asyncio.run(prepare(port))
        hosts = ",".join(f"127.0.0.1:{node.postgres}" for node in nodes)
        environment = {
            **os.environ, "DATABASE_URL": f"postgresql://loader@127.0.0.1:{port}/conflict_facts", "DATABASE_MIGRATE_URL": f"postgresql://migrator@127.0.0.1:{port}/conflict_facts",
            "DATABASE_READ_URL": f"postgresql://reader@{hosts}/conflict_facts", "FIXTURES": str(folder.parent), "RATE_LIMIT": "0", "EXPORT_CACHE": str(home / "exports"),
        }  # fmt: skip
        asyncio.run(command(environment, "load", str(folder)))
        server = free_port()
        stack.enter_context(
            process([sys.executable, "-m", "api", "serve", "--no-load", "--port", str(server)], environment, home / "server.log", "ready")
        )
        lost, sound = asyncio.run(run(nodes, running, server, environment, folder, options.seconds))
        running[lost.name] = start(lost, options.patroni, etcd)
        print(f"{lost.name} follows again after {until(lambda: lost.role() == 'replica', lost.name):.1f} s")
        verified = subprocess.run(
            [sys.executable, "-m", "api", "verify"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        print(f"verify: {(verified.stdout or verified.stderr).strip().splitlines()[-1]}")
        print(
            f"what the server wrote:\n{(home / 'server.log').read_text().partition('Ctrl-C')[2].partition(chr(10))[2].strip() or 'nothing'}"
        )
    sys.exit(0 if sound and verified.returncode == 0 else 1)


if __name__ == "__main__":
    main()
