"""The query benchmark: `python -m bench --only ours,postgraphile --queries Q1,Q2 --scale 0.1 --rounds 4 --seconds 5`."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from api import __version__

from . import cold, report
from .against import against
from .database import BUILD, SETTINGS, BenchDatabase, open_database
from .dataset import RELEASE_SHAPE
from .install import install
from .peers import PYTHON, Peer, Server, free_port
from .peers.datasette import Datasette
from .peers.ours import (
    CachedResponses,
    FullDocuments,
    NotModified,
    Ours,
    Q2ForComparison,
    WithoutPackedColumns,
    WithoutProvenance,
)
from .peers.postgraphile import PostGraphile
from .peers.python import FastAPISQLAlchemy, StrawberrySQLAlchemy
from .processes import memory
from .questions import QUESTIONS
from .rounds import BARE, CONNECTIONS, FLOOR, Comparison

PEERS: list[Peer] = [
    Ours(),
    WithoutPackedColumns(),
    FullDocuments(),
    CachedResponses(),
    NotModified(),
    Q2ForComparison(),
    WithoutProvenance(),
    PostGraphile(1),
    PostGraphile(2),
    StrawberrySQLAlchemy(),
    FastAPISQLAlchemy(),
    Datasette(),
]
NAMES = [*(peer.name for peer in PEERS), FLOOR]
OF_PROVENANCE = ["Q2", "Q3r", "Q4", "Q9", "Q10"]  # The questions for data shaped like a release, which are for our server alone.


def main() -> None:
    args = arguments()
    if args.write:
        report.write(args.write)
        return
    if args.against:
        against(args.against, args.scale, args.queries, args.rounds, args.seconds, args.warm)
        return
    with ExitStack() as stack:
        base = stack.enter_context(open_database(args.scale, args.shape))
        chosen = [peer for peer in PEERS if _is_chosen(peer, args)]
        if not all(isinstance(peer, Ours) for peer in chosen):
            install()
        servers = start(stack, base, chosen)
        results = setting(args, base, servers)
        unequal = [name for name in args.queries if not ask(name, args, base, servers, results["questions"])]
        if "ours" in servers and results["questions"]:
            results["cold"] = paid_once(servers)
    complete = args.only == NAMES and args.queries == list(QUESTIONS)
    report.save(results, complete=complete or bool(args.shape and args.queries == OF_PROVENANCE))
    report.show_rows(report.verdict(results))
    if unequal:
        sys.exit(f"not measured, since answers differ: {', '.join(unequal)}")


def start(stack: ExitStack, base: BenchDatabase, chosen: list[Peer]) -> dict[str, Server]:
    servers: dict[str, Server] = {}
    for peer in chosen:
        if peer.shares_server_of:
            servers[peer.name] = servers[peer.shares_server_of].shared_with(peer)
            continue
        server = servers[peer.name] = Server(peer, base, free_port())
        stack.callback(server.stop)
        print(f"{peer.name}: answers after {server.ready_after:.2f} s", flush=True)
    return servers


def ask(name: str, args: argparse.Namespace, base: BenchDatabase, servers: dict[str, Server], results: dict[str, Any]) -> bool:
    """Verify and measure one question; returns whether all answers are the same."""
    contest = Comparison(name, list(servers.values()), base, with_floor=FLOOR in args.only)
    if not contest.servers:
        return True
    problems = list(contest.verify())
    print(f"{name}: {QUESTIONS[name].title}; {'answers DIFFER' if problems else 'answers verified'}", flush=True)
    for problem in problems[:20]:
        print(f"   {problem}")
    if problems:
        return False
    results[name] = contest.rounds(args.rounds, args.seconds, args.warm)
    report.show(results[name])
    return True


def _is_chosen(peer: Peer, args: argparse.Namespace) -> bool:
    return peer.name in args.only if args.shape else any(peer.name.startswith(name) for name in args.only)


def paid_once(servers: dict[str, Server]) -> dict[str, float]:
    """Costs that occur once, measured at the end. Memory is the larger one: of the server that has answered every question, or of the one with a response cache."""
    server, own = servers["ours"], [servers[name] for name in ("ours", "ours-kept") if name in servers]
    request = server.peer.request("Q2", {"country": "SYR", "since": "1989-01-01", "until": "2023-12-31"}, server)
    costs = {"ready_after": server.ready_after, "first_sight": cold.first_sight(server, request)}
    return {**costs, "memory": max(memory(server.process.pid) for server in own)}


def setting(args: argparse.Namespace, base: BenchDatabase, servers: dict[str, Server]) -> dict[str, Any]:
    """Everything that the measurements depend on, with room for the results."""
    events, size, postgres = asyncio.run(_size(base))
    labels = {name: server.peer.about for name, server in servers.items()}
    labels |= {FLOOR: "floor: PostgreSQL by pgbench", BARE: "limit: a bare response of the same size"}
    return {
        "date": str(dt.datetime.now(dt.UTC).date()), "scale": args.scale, "shape": args.shape, "rounds": args.rounds, "seconds": args.seconds,
        "warm": args.warm, "connections": CONNECTIONS, "machine": report.machine(), "events": events, "database": size,
        "versions": _versions(postgres, servers), "settings": {**SETTINGS, "jit": "off"}, "labels": labels, "questions": {}, "cold": {},
    }  # fmt: skip


async def _size(base: BenchDatabase) -> tuple[int, str, str]:
    connection = await base.connect()
    row = await connection.fetchrow(
        "select (select count(*) from event), pg_size_pretty(pg_database_size(current_database())), current_setting('server_version')"
    )
    await connection.close()
    assert row is not None
    return row[0], f"{row[1]} in PostgreSQL", row[2]


def _versions(postgres: str, servers: dict[str, Server]) -> dict[str, str]:
    """The versions of everything that runs, read from the environments in which it runs."""
    own = {"PostgreSQL": postgres, "Conflict Facts": __version__, "Python": sys.version.split()[0]}
    if all(isinstance(server.peer, Ours) for server in servers.values()):
        return own
    packages = ["sqlalchemy", "asyncpg", "strawberry-graphql", "fastapi", "datasette", "uvicorn"]
    code = f"import importlib.metadata as m; print(*(m.version(name) for name in {packages}))"
    versions = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    node = subprocess.run([str(BUILD / "node"), "--version"], capture_output=True, text=True, check=True).stdout.strip("v\n")
    postgraphile = json.loads((BUILD / "postgraphile" / "node_modules" / "postgraphile" / "package.json").read_text())["version"]
    return {**own, "Node": node, "PostGraphile": postgraphile, **dict(zip(packages, versions, strict=True))}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Compares Conflict Facts with its peers.")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the size of UCDP GED; use 0.02 to try the benchmark out")
    parser.add_argument(
        "--only", type=_list, default=NAMES, help=f"servers to measure, by the beginnings of their names: {','.join(NAMES)}"
    )
    parser.add_argument(
        "--shape", choices=("", RELEASE_SHAPE), default="",
        help=f"{RELEASE_SHAPE}: data with one source and one claim for each record, for {','.join(OF_PROVENANCE)}",
    )  # fmt: skip
    parser.add_argument("--queries", type=_list, help=",".join(QUESTIONS))
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=5.0, help="seconds of each server in each round")
    parser.add_argument("--warm", type=float, default=3.0, help="seconds of requests before the first round, which are not counted")
    parser.add_argument(
        "--write", type=Path, metavar="RESULTS", help="measure nothing; write the results of a run into docs/performance.md"
    )
    parser.add_argument(
        "--against", type=Path, metavar="CHECKOUT", help="compare this checkout with another one, instead of with other servers"
    )
    args = parser.parse_args()
    if args.shape:
        args.only = ["ours", "ours-without"]
    args.queries = args.queries or (OF_PROVENANCE if args.shape else list(QUESTIONS))
    return args


def _list(text: str) -> list[str]:
    return text.split(",")


if __name__ == "__main__":
    main()
