"""The topology of compose.scale.yaml as processes of this machine: a primary, two standbys, three API processes and Varnish, where `varnishd` is on the PATH.

Readers ask for current pages and for pages of named revisions while a collection is loaded again and again. Reports how many answers the proxy gave by itself, how many
the API confirmed, reads per second through it and past it, what each standby was asked for, and how long after a load's commit each API process answered with its revision.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg

from api.postgres import embedded, migrate
from api.postgres.cluster import ROLES, prepare, programs
from api.postgres.roles import set_roles
from schema.kinds import KINDS

from .database import ROOT
from .peers import Request, free_port
from .server import running_server
from .steady import EVENTS, ask, command, write

APIS, CONNECTIONS, POLL = 3, 12, 0.02
CURRENT = ("/v1/events?limit=20", "/v1/events/e{n}", "/v1/figures?event=e{n}", "/events/e{n}")
NAMED = ("/v1/events?limit=20&revision=1", "/v1/events/e{n}?revision=1", "/v1/figures?event=e{n}&revision=1")
POPULAR = 40  # Events that readers ask for.


@contextmanager
def standby(primary: embedded.Server) -> Iterator[embedded.Server]:
    """A copy of the primary that follows it."""
    with tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True) as home:
        address = primary.address
        copied = ["-d", f"host={address.host} port={address.port} user={address.owner}", "-D", str(prepare(Path(home)).data)]
        subprocess.run([str(programs() / "pg_basebackup"), "-R", "-c", "fast", *copied], check=True, capture_output=True)
        with running_server(Path(home), remove=True) as server:
            yield server


def url_of(role: str, servers: list[embedded.Server]) -> str:
    hosts, ports = (",".join(words) for words in zip(*((s.address.host, str(s.address.port)) for s in servers), strict=True))
    return f"postgresql://{role}@/{servers[0].address.database}?host={hosts}&port={ports}"


@contextmanager
def process(words: list[str], environment: dict[str, str], log: Path, ready: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has written `ready`."""
    with log.open("w") as file:
        running = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=file, stderr=file)
    try:
        while ready not in log.read_text():
            if running.poll() is not None:
                raise SystemExit(f"{words[0]} did not start:\n{log.read_text()}")
            time.sleep(0.1)
        yield running
    finally:
        running.terminate()
        running.wait()


def configuration(ports: list[int], folder: Path) -> Path:
    """The configuration of the proxy, with the ports of these processes."""
    text = (ROOT / "docker" / "cache.vcl").read_text()
    for number, port in enumerate(ports, 1):
        text = text.replace(f'.host = "api{number}"; .port = "8000"', f'.host = "127.0.0.1"; .port = "{port}"')
    (path := folder / "cache.vcl").write_text(text)
    return path


async def read(port: int, until: float, seen: Counter[str], seed: int, paths: tuple[str, ...]) -> None:
    chosen = random.Random(seed)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    etags: dict[str, str] = {}
    while time.monotonic() < until:
        path = chosen.choice(paths).format(n=chosen.randrange(POPULAR))
        status, headers, _ = await ask(reader, writer, Request(path))
        seen["all"] += 1
        seen[str(status)] += 1
        seen[f"proxy {headers.get('x-cache', '')}"] += 1
        changed = etags.get(path) != headers.get("etag")
        seen["changed"] += changed
        etags[path] = headers.get("etag", "")
    writer.close()


async def load(environment: dict[str, str], folder: Path, until: float, ports: list[int]) -> list[float]:
    """Load until the end; the seconds from the answer of each load until each API process had its revision."""
    behind, value = list[float](), 1
    while time.monotonic() < until:
        value += 1
        await asyncio.to_thread(write, folder, value)
        revision = await command(environment, "load", str(folder), "-m", f"Now {value}", "--reason", "source_revised")
        loaded = time.perf_counter()
        behind += await asyncio.gather(*(_until(port, revision, loaded) for port in ports))
    return behind


async def _until(port: int, revision: int, since: float) -> float:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while True:
        status, headers, _ = await ask(reader, writer, Request("/v1/sources?limit=1"))
        if status == 200 and int(headers["conflict-facts-revision"]) >= revision:
            writer.close()
            return time.perf_counter() - since
        await asyncio.sleep(POLL)


async def statements(server: embedded.Server) -> int:
    """The transactions that a server has committed: an estimate of its share of the reads."""
    connection = await asyncpg.connect(server.address.url)
    try:
        return int(await connection.fetchval("select xact_commit from pg_stat_database where datname = current_database()"))
    finally:
        await connection.close()


async def measure(title: str, port: int, seconds: float, paths: tuple[str, ...], loading: asyncio.Task[list[float]] | None = None) -> None:
    seen, until = Counter[str](), time.monotonic() + seconds
    await asyncio.gather(*(read(port, until, seen, seed, paths) for seed in range(CONNECTIONS)))
    if loading:
        behind = sorted(await loading)
        print(
            f"  seconds from a load's end until an API process had it: median {behind[len(behind) // 2]:.3f}, longest {behind[-1]:.3f}, of {len(behind)}"
        )
    hits, confirmed = seen["proxy hit"] / seen["all"], seen["proxy revalidated"] / seen["all"]
    print(
        f"{title}: {seen['all'] / seconds:.0f} reads/s; {hits:.1%} by the proxy alone, {confirmed:.1%} confirmed by the API; {dict(sorted(seen.items()))}"
    )


async def run(
    seconds: float, servers: list[embedded.Server], ports: list[int], proxy: int | None, environment: dict[str, str], folder: Path
) -> None:
    for title, paths in (("current", CURRENT), ("of a named revision", NAMED), ("of both", CURRENT + NAMED)):
        await measure(f"past the proxy, {title}", ports[0], seconds, paths)
        if proxy is not None:
            await measure(f"by the proxy, {title}", proxy, seconds, paths)
    before = [await statements(server) for server in servers]
    loading = asyncio.create_task(load(environment, folder, time.monotonic() + seconds, ports))
    await measure("of both, while a collection is loaded", ports[0] if proxy is None else proxy, seconds, CURRENT + NAMED, loading)
    after = [await statements(server) for server in servers]
    print(f"transactions of the primary and of each standby meanwhile: {[b - a for a, b in zip(before, after, strict=True)]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True)))
        (folder := home / "fixtures" / "desk").parent.mkdir()
        write(folder, 1)
        primary = stack.enter_context(running_server(home / "home"))
        asyncio.run(set_roles(KINDS, primary.address.url, ROLES))
        migrate.migrate(primary.address.migrate_url)
        servers = [primary, *(stack.enter_context(standby(primary)) for _ in range(2))]
        environment = {
            **os.environ, "DATABASE_URL": url_of(ROLES.loading, servers), "DATABASE_MIGRATE_URL": primary.address.migrate_url,
            "DATABASE_READ_URL": url_of(ROLES.reading, servers), "FIXTURES": str(folder.parent), "RATE_LIMIT": "0", "EXPORT_CACHE": str(home / "exports"),
        }  # fmt: skip
        asyncio.run(command(environment, "load", str(folder)))
        ports = [free_port() for _ in range(APIS)]
        for port in ports:
            words = [sys.executable, "-m", "api", "serve", "--no-load", "--port", str(port)]
            stack.enter_context(process(words, environment, home / f"{port}.log", "ready"))
        proxy = None
        if (varnish := shutil.which("varnishd")) is not None:
            proxy, vcl = free_port(), configuration(ports, home)
            words = [
                varnish,
                "-F",
                "-a",
                f"127.0.0.1:{proxy}",
                "-T",
                "none",
                "-f",
                str(vcl),
                "-s",
                "malloc,256m",
                "-n",
                str(home / "varnish"),
            ]
            stack.enter_context(process(words, dict(os.environ), home / "varnish.log", "Child launched OK"))
            time.sleep(3)  # Until the proxy has asked each API process whether it is ready.
        print(
            f"{EVENTS} events, {POPULAR} of them asked for, {CONNECTIONS} connections, {'Varnish' if proxy else 'no varnishd on the PATH: without the proxy'}"
        )
        asyncio.run(run(options.seconds, servers, ports, proxy, environment, folder))
        for port in ports:
            print(
                f"what the API on {port} wrote: {(home / f'{port}.log').read_text().partition('Ctrl-C')[2].partition(chr(10))[2].strip() or 'nothing'}"
            )


if __name__ == "__main__":
    main()
