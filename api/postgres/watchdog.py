"""Stops the server of a home when its last user has gone. Run as a script, by itself: `watchdog.py DATA USERS ALIVE [HOME]`.

As a script it waits until its standard input ends, and then until nobody uses the server. Its parent holds the other end of that pipe,
which the kernel closes however the parent ends, `kill -9` included. With HOME, it then removes that folder. It needs no more than Python's own library, on Linux and macOS.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

POLL_INTERVAL = 0.02  # Seconds.
TIMEOUT = 300.0  # Seconds; recovery from a crash in the middle of a large load takes minutes.


@contextmanager
def exclusive_lock(path: Path, *, wait: bool = False) -> Iterator[int]:
    """Hold the lock on a file. If another process holds it, wait for that, or raise BlockingIOError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    finally:
        os.close(descriptor)


def read_pid_file(data: Path) -> list[str]:
    """The lines of `postmaster.pid` written so far: pid, data folder, start, port, socket folder, TCP address, shared memory, state."""
    try:
        return (data / "postmaster.pid").read_text("utf-8", "surrogateescape").splitlines()
    except FileNotFoundError:
        return []


def stop_server(data: Path, alive: Path) -> bool:
    """Shut the server down, and wait until none of its processes is left; returns whether that was so in time."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        with suppress(BlockingIOError), exclusive_lock(alive):
            return True
        with suppress(ProcessLookupError, IndexError, ValueError):  # The server is ending, or has not written its pid yet.
            os.kill(int(read_pid_file(data)[0]), signal.SIGINT)  # A fast shutdown; repeating the signal changes nothing.
        time.sleep(POLL_INTERVAL)
    return False


def main(data: str, users: str, alive: str, home: str = "") -> None:
    sys.stdin.buffer.read()
    # Others may still use the server. Even if none does, the kernel may close the parent's pipe a moment before it releases its lock.
    with exclusive_lock(Path(users), wait=True):
        if stop_server(Path(data), Path(alive)) and home:
            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
