"""A PostgreSQL for one test process, of which nothing is left once the process has ended, however it ended."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.postgres import embedded


@contextmanager
def temporary_cluster() -> Iterator[embedded.Server]:
    """Its folder has a short name, because the path of a socket is limited to about 100 characters."""
    with (
        tempfile.TemporaryDirectory(prefix="cf-", dir=_memory_folder(), ignore_cleanup_errors=True) as home,
        embedded.start(Path(home), stop_with_parent=True, remove_with_parent=True) as server,
    ):
        yield server


def _memory_folder() -> str | None:
    """A folder in memory, if the system has one with enough room: there, hundreds of databases are created and dropped in seconds."""
    folder = Path("/dev/shm")
    return str(folder) if os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= 4 * 2**30 else None
