"""The ground that every peer stands on: one PostgreSQL, filled once for each scale and kept in build/bench."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import asyncpg

from api.postgres import cluster, embedded
from api.postgres.watchdog import read_pid_file

from . import dataset

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "bench"
FILLED = "filled"
# Beyond what api.embedded sets. Memory for the tables, and connections for every peer at once.
SETTINGS = {"shared_buffers": "2GB", "max_connections": "300", "effective_cache_size": "8GB", "random_page_cost": "1.1", "work_mem": "16MB",
            "max_wal_size": "4GB", "max_parallel_workers_per_gather": "0"}  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """The database, and where it answers."""

    scale: float
    url: str
    read_url: str
    socket: str
    postmaster: int
    programs: Path

    async def connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.read_url)

    @property
    def host_url(self) -> str:
        """The reader's address as Node's client wants it."""
        return unquote(self.read_url)


@contextmanager
def ground(scale: float) -> Iterator[Ground]:
    """The running database at a scale; the first time it is filled, which takes minutes at scale 1."""
    home = BUILD / f"scale-{scale:g}"
    if home.exists() and not _filled(home):
        shutil.rmtree(home)
    own = cluster.SETTINGS[:]
    cluster.SETTINGS += [f"--{name}={value}" for name, value in SETTINGS.items()]  # the last one given counts
    try:
        server = embedded.start(home, print)
    finally:
        cluster.SETTINGS[:] = own
    with server:
        if not _filled(home):
            dataset.main(server.address.url, scale)
            (home / FILLED).write_text(_state())
        home_cluster = cluster.prepare(home)
        postmaster = int(read_pid_file(home_cluster.data)[0])
        yield Ground(scale, server.address.url, server.address.read_url, server.address.host, postmaster, home_cluster.programs)


def _filled(home: Path) -> bool:
    """Whether a database was filled to its end, with what would fill it today."""
    return (home / FILLED).exists() and (home / FILLED).read_text() == _state()


def _state() -> str:
    """What decides what a filled database holds: how it is filled, and its tables."""
    made_by = [Path(dataset.__file__), *sorted((ROOT / "migrations" / "versions").glob("*.py"))]
    return hashlib.sha256(b"".join(one.read_bytes() for one in made_by)).hexdigest()
