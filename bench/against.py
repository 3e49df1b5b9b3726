"""The comparison of two checkouts of this project: both serve the same data, and their rounds alternate within one run.

Each checkout runs in its own environment, on its own database of one PostgreSQL server. Each fills its database with its own loader from
the same generated rows. Before a question is measured, the answers of both are compared field by field.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import asyncpg

from api.postgres import cluster

from . import report
from .database import BUILD, BenchDatabase, fingerprint, open_database
from .peers import Server, free_port
from .peers.ours import CachedResponses, NotModified, Ours
from .questions import QUESTIONS
from .rounds import Comparison
from .targets import Measured

RATE_TOLERANCE, CPU_TOLERANCE = 0.10, 0.05  # How much lower the rate, and how much higher the server's CPU per request, may be.
PAIRS = {"ours": "other", "ours-kept": "other-kept", "ours-304": "other-304"}
Results = dict[str, dict[str, list[Measured]]]  # By question, then by server.


@dataclass(frozen=True)
class Checkout:
    """A folder with a checkout of this project, and the Python of its environment."""

    folder: Path
    python: Path

    @classmethod
    def at(cls, folder: Path) -> Checkout:
        """The checkout in a folder. Raises SystemExit if it is none, or has no environment."""
        folder = folder.resolve()
        python = folder / ".venv" / "bin" / "python"
        if not (folder / "bench" / "dataset.py").exists():
            sys.exit(f"--against {folder}: there is no bench/dataset.py; name the folder of a checkout of this project")
        if not python.exists():
            sys.exit(f"--against {folder}: there is no {python}; run `make` there to create its environment")
        return cls(folder, python)


class OtherCheckout(Ours):
    """The server of the other checkout."""

    name, about = "other", "the other checkout"

    def __init__(self, checkout: Checkout) -> None:
        self.checkout, self.folder = checkout, checkout.folder

    def command(self, database: BenchDatabase, port: int) -> tuple[list[str], dict[str, str]]:
        (_, *arguments), environment = super().command(database, port)
        return [str(self.checkout.python), *arguments], environment


class OtherCachedResponses(OtherCheckout):
    """The server of the other checkout with its response cache."""

    name, about = "other-kept", "the other checkout, response cache on"
    questions = CachedResponses.questions
    settings = CachedResponses.settings


class OtherNotModified(NotModified):
    """Conditional requests to the other checkout."""

    name, about, shares_server_of = "other-304", "the other checkout, 304 for the current ETag", "other-kept"


def against(folder: Path, scale: float, questions: list[str], rounds: int, seconds: float, warm: float) -> None:
    """Measure this checkout beside another, print ratios, and keep every round in build/bench."""
    checkout = Checkout.at(folder)
    results: Results = {}
    unequal = []
    with ExitStack() as stack:
        database = stack.enter_context(open_database(scale))
        other = asyncio.run(database_of(checkout, database))
        servers = list(start(stack, checkout, database, other))
        for question in questions:
            comparison = Comparison(question, servers, database, with_floor=False)
            problems = list(comparison.verify())
            print(f"{question}: {QUESTIONS[question].title}; {'answers DIFFER' if problems else 'answers verified'}", flush=True)
            if problems:
                unequal.append(question)
                print("\n".join(f"   {problem}" for problem in problems[:20]))
                continue
            results[question] = comparison.rounds(rounds, seconds, warm)
            report.show(results[question])
    file = BUILD / f"against-{scale:g}.json"
    file.write_text(
        json.dumps({"scale": scale, "rounds": rounds, "seconds": seconds, "other": str(checkout.folder), "questions": results}, indent=1)
    )
    print(f"kept in {file}\nratios of this checkout to the other: medians over {rounds} rounds of the ratio within a round")
    report.show_rows(table(results))
    if unequal:
        sys.exit(f"not measured, since answers differ: {', '.join(unequal)}")


async def database_of(checkout: Checkout, database: BenchDatabase) -> BenchDatabase:
    """A database beside ours that the other checkout has filled. It is kept for as long as what fills it stays the same."""
    name = f"against_{fingerprint(checkout.folder)[:16]}"
    connection = await asyncpg.connect(database.url)
    try:
        if not await connection.fetchval("select exists (select from pg_database where datname = $1)", name):
            print(f"filling a database with the loader of {checkout.folder}", flush=True)
            unfinished = "against_unfinished"  # It gets its name when it is complete.
            await connection.execute(f"drop database if exists {unfinished}")
            await connection.execute(f"create database {unfinished}")
            command = [str(checkout.python), "-m", "bench.dataset", _url(database.url, unfinished), f"{database.scale:g}"]
            await asyncio.to_thread(subprocess.run, command, cwd=checkout.folder, check=True)
            await connection.execute(f"alter database {unfinished} rename to {name}")
    finally:
        await connection.close()
    return replace(database, url=_url(database.url, name), read_url=_url(database.read_url, name))


def _url(url: str, database: str) -> str:
    return url.replace(f"/{cluster.DATABASE}", f"/{database}", 1)


def start(stack: ExitStack, checkout: Checkout, database: BenchDatabase, other: BenchDatabase) -> Iterator[Server]:
    """Both checkouts without and with their response cache, and conditional requests to the latter."""
    for peer, its_database in ((Ours(), database), (OtherCheckout(checkout), other)):
        yield _started(stack, Server(peer, its_database, free_port()))
    cached = ((CachedResponses(), NotModified(), database), (OtherCachedResponses(checkout), OtherNotModified(), other))
    for peer, conditional, its_database in cached:
        server = _started(stack, Server(peer, its_database, free_port()))
        yield from (server, server.shared_with(conditional))


def _started(stack: ExitStack, server: Server) -> Server:
    stack.callback(server.stop)
    return server


def table(results: Results) -> Iterator[tuple[str, ...]]:
    """The ratios for each question and pair of servers, and whether this checkout is within the tolerances."""
    yield "this checkout / the other", "requests/s", "p50", "p99", "server CPU", "database CPU", "within tolerance"
    for question, servers in results.items():
        for ours, other in PAIRS.items():
            if ours in servers:
                ratios = {
                    column: ratio(servers[ours], servers[other], column) for column in ("rate", "p50", "p99", "server_cpu", "database_cpu")
                }
                within = ratios["rate"] >= 1 - RATE_TOLERANCE and ratios["server_cpu"] <= 1 + CPU_TOLERANCE
                title = question + ours.removeprefix("ours").replace("-kept", ", cached").replace("-304", ", 304")
                yield title, *(f"{value:.3f}" for value in ratios.values()), "yes" if within else "no"


def ratio(ours: list[Measured], other: list[Measured], column: str) -> float:
    """The median over rounds of the ratio within a round; 1 where a round measured no CPU time on either side."""
    pairs = [(left[column], right[column]) for left, right in zip(ours, other, strict=True)]
    return median(left / right if right else 1.0 if not left else float("inf") for left, right in pairs)
