"""Reads for minutes while facts are loaded, corrected and undone, and a tenth of the requests is hostile: `make bench-steady`.

Two workers serve a database of their own. Each reader has a connection, remembers the newest revision that it has seen, asks for nothing older, and sends a request as soon as the last one is answered. Two figures are changed together
by every load, so a response that shows one without the other has seen half of a revision. One response in a hundred is computed again from what was written to the files (bench/expected_facts.py). Reports the number of responses by status, of those that are errors and no refusals, of those that
are inconsistent (an older revision than asked for, half of a revision, other numbers than those that were loaded, two different responses to one URL as of one revision), and the memory of the server. Exits with 1 if there are any, or if its
memory, from the third minute on, was more than 5 % from its mean.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from .costly import COSTLY
from .database import ROOT
from .expected_facts import Wrong, compare
from .peers import Request, free_port
from .processes import memory
from .server import terminated_like_ctrl_c

EVENTS, CONNECTIONS = 2000, 64
RECOMPUTED = 0.01  # Of the responses.
WARM, EVERY, FLAT = (
    120,
    10,
    0.05,
)  # Seconds after which memory has to be flat, seconds between two measurements, and how far from the mean it may be.
MIN_REVISION = "conflict-facts-min-revision"
REFUSALS = {400, 404, 406, 408, 413, 414, 415, 431, 451, 503}
TOO_MANY = 429  # All readers are one client, which may have only so many downloads at once.
PAIR = "/v1/figures?event=e7&order=id&fields=best&provenance=none"
READS = (
    PAIR, "/v1/events?limit=50", "/v1/events/e7", "/v1/events/e{n}", "/v1/figures?event=e{n}", "/v1/figures/totals?by=country", "/events/e{n}", "/embed/figures/a7",
    "/v1/figures?limit=20&revision=1", "/v1/figures.csv?measure=killed", "/v1/search?text=Event+{n}", "/v1/revisions?limit=3",
    "/graphql?query={{events(first:20){{nodes{{id,name,figures{{nodes{{best}}}}}}}}}}",
)  # fmt: skip
SOURCE = "source: {id: desk, title: Our desk, kind: dataset, license: CC0-1.0}\n"


@dataclass
class Log:
    """What the readers have seen."""

    statuses: Counter[int] = field(default_factory=Counter)
    refused_by_503: Counter[str] = field(default_factory=Counter)  # By code.
    faults: Counter[str] = field(default_factory=Counter)
    pairs: dict[int, set[tuple[str, ...]]] = field(default_factory=lambda: defaultdict(set))  # By revision.
    digests: dict[tuple[str, int], str] = field(default_factory=dict)
    kept: list[tuple[str, int, bytes]] = field(default_factory=list)  # Path, revision and body of those that are computed again.
    milliseconds: list[float] = field(default_factory=list)


def write(folder: Path, value: int, count: int = EVENTS) -> None:
    """A collection with an event for each number, and two figures for each; those of the seventh have this value."""
    events = "".join(f"e{n},desk,Event {n},battle,SYR,2024-{1 + n % 12:02}-{1 + n % 28:02}\n" for n in range(count))
    figures = "".join(
        f"{sign}{n},desk,e{n},{measure},{value if n == 7 else n},people,all,flow\n"
        for n in range(count)
        for sign, measure in (("a", "killed"), ("b", "injured"))
    )
    folder.mkdir(exist_ok=True)
    (folder / "desk.yaml").write_text(SOURCE)
    (folder / "events.csv").write_text("id,source,name,kind,country,started_on\n" + events)
    (folder / "figures.csv").write_text("id,source,event,measure,best,unit,population,basis\n" + figures)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request) -> tuple[int, dict[str, str], bytes]:
    writer.write(request.raw)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.splitlines()
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(first.split()[1]), headers, body


async def read(port: int, log: Log, until: float, seed: int) -> None:
    """One reader, on one connection at a time."""
    chosen, seen = random.Random(seed), 0
    hostile = [*COSTLY.values()]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < until:
        bad = chosen.random() < 0.1
        if bad:
            costly = chosen.choice(hostile)
            request = Request(costly.path, costly.body)
        else:
            request = Request(chosen.choice(READS).format(n=chosen.randrange(EVENTS)), headers={MIN_REVISION: str(seen)})
        started = time.perf_counter()
        try:
            async with asyncio.timeout(120):
                status, headers, body = await ask(reader, writer, request)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            log.faults[f"{type(error).__name__} at {request.path}"] += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            continue
        log.milliseconds.append(1000 * (time.perf_counter() - started))
        note(log, request, bad, status, headers, body, seen)
        if not bad and status == 200 and chosen.random() < RECOMPUTED:
            log.kept.append((request.path, int(headers.get("conflict-facts-revision", 0)), body))
        if not bad and status == 200:
            seen = max(seen, int(headers.get("conflict-facts-revision", 0)))
        if headers.get("connection") == "close":
            reader, writer = await asyncio.open_connection("127.0.0.1", port)


def note(log: Log, request: Request, bad: bool, status: int, headers: dict[str, str], body: bytes, seen: int) -> None:
    log.statuses[status] += 1
    if status == 503 and "retry-after" in headers:
        log.refused_by_503[json.loads(body)["code"] if b'"code"' in body else "page"] += 1
    elif status not in (200, TOO_MANY) and not (bad and status in REFUSALS):
        log.faults[f"{status} at {request.path}"] += 1
    revision = int(headers.get("conflict-facts-revision", 0))
    if bad or status != 200 or not revision:
        return
    if revision < seen and "revision=" not in request.path:
        log.faults[f"revision {revision} after {seen}"] += 1
    digest = hashlib.sha256(body).hexdigest()
    if log.digests.setdefault((request.path, revision), digest) != digest and request.path.startswith("/v1/"):
        log.faults[f"two responses of revision {revision} at {request.path}"] += 1
    if request.path == PAIR:
        log.pairs[revision].add(tuple(str(record["best"]) for record in json.loads(body)["data"]))


async def change(environment: dict[str, str], folder: Path, until: float) -> dict[int, int]:
    """Load, correct and undo until the end; the value of the two figures by revision."""
    values, value = {1: 1}, 1
    while time.monotonic() < until:
        value += 1
        await asyncio.to_thread(write, folder, value)
        revision = await command(environment, "load", str(folder), "-m", f"Now {value}", "--reason", "source_revised")
        values[revision] = value
        if value % 3 == 0:
            undone = await command(environment, "undo", str(revision), "-m", "It was right before")
            values[undone] = values[revision - 1]
            await asyncio.to_thread(write, folder, value := values[undone])
            value += 1000
    return values


async def command(environment: dict[str, str], *words: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api", *words, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output = (await process.communicate())[0].decode()
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{output}")
    found = re.search(r"revision (\d+)", output)
    return int(found[1]) if found else 0


async def run(seconds: float, port: int, server: int, environment: dict[str, str], folder: Path) -> bool:
    log, until, sizes = Log(), time.monotonic() + seconds, list[int]()

    async def measure() -> None:
        while time.monotonic() < until:
            sizes.append(memory(server) >> 20)
            await asyncio.sleep(EVERY)

    changing = asyncio.create_task(change(environment, folder, until))
    await asyncio.gather(measure(), *(read(port, log, until, seed) for seed in range(CONNECTIONS)))
    values = await changing
    for revision, pairs in log.pairs.items():
        if len(pairs) != 1 or len({*next(iter(pairs))}) != 1 or (revision in values and next(iter(pairs))[0] != str(values[revision])):
            log.faults[f"revision {revision}: {sorted(pairs)} in place of twice {values.get(revision)}"] += 1
    for path, revision, body in log.kept:
        try:
            compare(path, body, values[revision], EVENTS)
        except (Wrong, KeyError) as error:
            log.faults[f"revision {revision} at {path}: {error}"] += 1
    ordered = sorted(log.milliseconds)
    print(
        f"{sum(log.statuses.values())} responses in {seconds:g} s, {CONNECTIONS} connections; by status: {dict(sorted(log.statuses.items()))}"
    )
    print(f"503 with Retry-After, by code: {dict(log.refused_by_503)}")
    print(f"response time: median {ordered[len(ordered) // 2]:.0f} ms, 99th percentile {ordered[len(ordered) * 99 // 100]:.0f} ms")
    print(f"revisions: {len(values)} written, {len(log.pairs)} seen in the pair; {len(log.digests)} different responses compared")
    print(f"computed again: {len(log.kept)}, of {dict(Counter(path.split('?')[0].rstrip('0123456789') for path, _, _ in log.kept))}")
    print(f"memory of the server, MB, each {EVERY} s: {sizes}")
    if later := sizes[WARM // EVERY :]:
        mean = sum(later) / len(later)
        furthest = max(abs(size - mean) for size in later) / mean
        print(f"memory after {WARM} s: mean {mean:.0f} MB, at most {furthest:.1%} from it")
        if furthest > FLAT:
            log.faults["memory is not flat"] += 1
    print(f"faults: {dict(log.faults) or 'none'}")
    return not log.faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with terminated_like_ctrl_c(), tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True) as home:
        folder = Path(home, "fixtures", "desk")
        folder.parent.mkdir()
        write(folder, 1)
        port = free_port()
        environment = {
            **os.environ, "CONFLICT_FACTS_HOME": f"{home}/home", "FIXTURES": str(folder.parent), "RATE_LIMIT": "0", "DATABASE_URL": "", "DATABASE_READ_URL": "",
        }  # fmt: skip
        serve = [sys.executable, "-m", "api", "serve", "--workers", str(options.workers), "--port", str(port)]
        log = Path(home, "log")
        with log.open("w") as file:
            process = subprocess.Popen(serve, cwd=ROOT, env=environment, stderr=file)
        try:
            while "ready" not in log.read_text():
                if process.poll() is not None:
                    raise SystemExit(f"the server did not start:\n{log.read_text()}")
                time.sleep(0.1)
            begun = len(log.read_text())
            sound = asyncio.run(run(60 * options.minutes, port, process.pid, environment, folder))
            verified = subprocess.run(
                [sys.executable, "-m", "api", "verify"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            print(f"verify: {verified.stdout.strip().splitlines()[-1] if verified.stdout else verified.stderr}")
        finally:
            process.terminate()
            process.wait()
        print(f"what the server wrote:\n{log.read_text()[begun:].strip() or 'nothing'}")
    sys.exit(0 if sound and verified.returncode == 0 else 1)


if __name__ == "__main__":
    main()
