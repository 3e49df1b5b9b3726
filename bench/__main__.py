"""Benchmarks: `python -m bench --only ours,postgraphile --queries Q1,Q2 --scale 0.1 --rounds 4 --seconds 5`."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from api import __version__

from . import cold, report
from .database import BUILD, SETTINGS, Ground, ground
from .install import install
from .peers import PYTHON, Peer, Server
from .peers.datasette import Datasette
from .peers.ours import (
    Beside,
    Kept,
    Ours,
    Unchanged,
    Unpacked,
    Whole,
)
from .peers.postgraphile import PostGraphile
from .peers.python import FastAPISQLAlchemy, StrawberrySQLAlchemy
from .processes import memory
from .questions import QUESTIONS
from .rounds import CONNECTIONS, FLOOR, Contest

PEERS: list[Peer] = [
    Ours(),
    Unpacked(),
    Whole(),
    Kept(),
    Unchanged(),
    Beside(),
    PostGraphile(1),
    PostGraphile(2),
    StrawberrySQLAlchemy(),
    FastAPISQLAlchemy(),
    Datasette(),
]
NAMES = [*(one.name for one in PEERS), FLOOR]


def main() -> None:
    given = arguments()
    if given.write:
        report.write(given.write)
        return
    install()
    with ExitStack() as stack:
        base = stack.enter_context(ground(given.scale))
        servers = start(stack, base, [one for one in PEERS if any(one.name.startswith(name) for name in given.only)])
        found = setting(given, base, servers)
        unequal = [name for name in given.queries if not ask(name, given, base, servers, found["questions"])]
        if "ours" in servers and found["questions"]:
            found["cold"] = paid_once(servers)
    report.save(found, whole=given.only == NAMES and given.queries == list(QUESTIONS))
    report.show_rows(report.verdict(found))
    if unequal:
        sys.exit(f"not measured, since answers differ: {', '.join(unequal)}")


def start(stack: ExitStack, base: Ground, chosen: list[Peer]) -> dict[str, Server]:
    servers: dict[str, Server] = {}
    for peer in chosen:
        if peer.guest:
            servers[peer.name] = servers[peer.guest].lent(peer)
            continue
        server = servers[peer.name] = Server(peer, base, _free_port())
        stack.callback(server.stop)
        print(f"{peer.name}: answers after {server.ready_after:.2f} s", flush=True)
    return servers


def ask(name: str, given: argparse.Namespace, base: Ground, servers: dict[str, Server], results: dict[str, Any]) -> bool:
    """Verify and measure one question; whether all answered the same."""
    contest = Contest(name, list(servers.values()), base, with_floor=FLOOR in given.only)
    if not contest.servers:
        return True
    problems = list(contest.verify())
    print(f"{name}: {QUESTIONS[name].title}; {'answers DIFFER' if problems else 'answers verified'}", flush=True)
    for one in problems[:20]:
        print(f"   {one}")
    if problems:
        return False
    results[name] = contest.rounds(given.rounds, given.seconds, given.warm)
    report.show(results[name])
    return True


def paid_once(servers: dict[str, Server]) -> dict[str, float]:
    """In the end, when our servers have answered everything. Memory is that of the one that has more: of all questions, or of kept answers."""
    server, own = servers["ours"], [servers[name] for name in ("ours", "ours-kept") if name in servers]
    request = server.peer.request("Q2", {"country": "SYR", "since": "1989-01-01", "until": "2023-12-31"}, server)
    found = {"ready_after": server.ready_after, "first_sight": cold.first_sight(server, request)}
    return {**found, "memory": max(memory(one.process.pid) for one in own)}


def setting(given: argparse.Namespace, base: Ground, servers: dict[str, Server]) -> dict[str, Any]:
    """Everything that the numbers depend on."""
    events, size, postgres = asyncio.run(_size(base))
    labels = {name: server.peer.about for name, server in servers.items()} | {FLOOR: "floor: PostgreSQL by pgbench"}
    return {
        "date": str(dt.datetime.now(dt.UTC).date()), "scale": given.scale, "rounds": given.rounds, "seconds": given.seconds,
        "warm": given.warm, "connections": CONNECTIONS, "machine": report.machine(), "events": events, "database": size,
        "versions": _versions(postgres), "settings": {**SETTINGS, "jit": "off"}, "labels": labels, "questions": {}, "cold": {},
    }  # fmt: skip


async def _size(base: Ground) -> tuple[int, str, str]:
    connection = await base.connect()
    row = await connection.fetchrow(
        "select (select count(*) from event), pg_size_pretty(pg_database_size(current_database())), current_setting('server_version')"
    )
    await connection.close()
    assert row is not None
    return row[0], f"{row[1]} in PostgreSQL", row[2]


def _versions(postgres: str) -> dict[str, str]:
    """Of what runs. The peers' own are in bench/peers, pinned; they are asked all the same."""
    theirs = ["sqlalchemy", "asyncpg", "strawberry-graphql", "fastapi", "datasette", "uvicorn"]
    code = f"import importlib.metadata as m; print(*(m.version(one) for one in {theirs}))"
    told = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    node = subprocess.run([str(BUILD / "node"), "--version"], capture_output=True, text=True, check=True).stdout.strip("v\n")
    postgraphile = json.loads((BUILD / "postgraphile" / "node_modules" / "postgraphile" / "package.json").read_text())["version"]
    return {
        "PostgreSQL": postgres, "Conflict Facts": __version__, "Python": sys.version.split()[0],
        "Node": node, "PostGraphile": postgraphile, **dict(zip(theirs, told, strict=True)),
    }  # fmt: skip


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Conflict Facts beside its peers.")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the size of UCDP GED; 0.02 is for trying out")
    parser.add_argument("--only", type=_list, default=NAMES, help=f"beginnings of names: {','.join(NAMES)}")
    parser.add_argument("--queries", type=_list, default=list(QUESTIONS), help=",".join(QUESTIONS))
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each server in each round")
    parser.add_argument("--warm", type=float, default=3.0, help="seconds of asking before the first round")
    parser.add_argument("--write", type=Path, metavar="RESULTS", help="measure nothing; put the numbers of a run into docs/performance.md")
    return parser.parse_args()


def _list(text: str) -> list[str]:
    return text.split(",")


if __name__ == "__main__":
    main()
