"""The database that every peer reads: one PostgreSQL server for each scale, filled once and kept in build/bench."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import asyncpg

from api.postgres import cluster, roles
from api.postgres.watchdog import read_pid_file
from schema.kinds import KINDS

from . import dataset
from .server import running_server

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "bench"
FILLED_MARK = "filled"
# In addition to the settings of api.postgres.embedded: memory for the tables, and connections for every peer at once.
SETTINGS = {"shared_buffers": "2GB", "max_connections": "300", "effective_cache_size": "8GB", "random_page_cost": "1.1", "work_mem": "16MB",
            "max_wal_size": "4GB", "max_parallel_workers_per_gather": "0"}  # fmt: skip


@dataclass(frozen=True)
class BenchDatabase:
    """The running database: its addresses, the folder of its socket, its main process, and the folder of PostgreSQL's programs."""

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
        """The reader's address in the form that Node's client takes."""
        return unquote(self.read_url)


@contextmanager
def open_database(scale: float, shape: str = "") -> Iterator[BenchDatabase]:
    """The running database at a scale, of a shape of `dataset.py`. It is filled the first time, which takes minutes at scale 1."""
    home = BUILD / f"{shape or 'scale'}-{scale:g}"
    if home.exists() and not _filled(home):
        shutil.rmtree(home)
    with running_server(home, SETTINGS) as server:
        if not _filled(home):
            dataset.main(server.address.url, scale, shape)
            (home / FILLED_MARK).write_text(fingerprint())
        asyncio.run(roles.set_roles(KINDS, server.address.url, cluster.ROLES))  # As a server that starts does.
        asyncio.run(roles.set_privileges(KINDS, server.address.url))
        home_cluster = cluster.prepare(home)
        postmaster = int(read_pid_file(home_cluster.data)[0])
        yield BenchDatabase(scale, server.address.url, server.address.read_url, server.address.host, postmaster, home_cluster.programs)


def _filled(home: Path) -> bool:
    """Whether the database was filled completely, by the present code."""
    return (home / FILLED_MARK).exists() and (home / FILLED_MARK).read_text() == fingerprint()


def fingerprint(root: Path = ROOT) -> str:
    """A hash of the code in a checkout that determines the content of a filled database: its generator and its migrations."""
    files = [root / "bench" / "dataset.py", *sorted((root / "migrations" / "versions").glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
