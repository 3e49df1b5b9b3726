"""The PostgreSQL servers of benchmarks. Each ends with its benchmark, however that ends: SIGTERM acts like Ctrl-C, and `kill -9` is noticed by a watchdog."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from api.postgres import cluster, embedded

Say = Callable[[str], None]


@contextmanager
def running_server(
    home: Path, settings: Mapping[str, str] | None = None, *, say: Say = print, remove: bool = False
) -> Iterator[embedded.Server]:
    """The server of a home until the end of the block, started with further settings. With `remove`, its folder is removed if the benchmark is killed."""
    with terminated_like_ctrl_c():
        defaults = cluster.SETTINGS[:]
        cluster.SETTINGS += [
            f"--{name}={value}" for name, value in (settings or {}).items()
        ]  # PostgreSQL takes the last value of a setting.
        try:
            server = embedded.start(home, say, stop_with_parent=True, remove_with_parent=remove)
        finally:
            cluster.SETTINGS[:] = defaults
        with server:
            yield server


@contextmanager
def terminated_like_ctrl_c() -> Iterator[None]:
    """In the block, SIGTERM (`timeout`) and a closed terminal raise KeyboardInterrupt, so that whatever the benchmark has started is ended on the way out."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
