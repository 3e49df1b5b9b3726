"""Runs `conflict-facts` as a process that ends when the tests do, however they end: `python -m tests.support.command serve …`.

The process gets LIFELINE as its standard input: a pipe whose other end only the test process holds. The kernel closes that end when the
test process ends, `kill -9` included.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from functools import cache

COMMAND = [sys.executable, "-m", "tests.support.command"]


@cache
def lifeline() -> int:
    """The end to read of a pipe that stays open as long as this process lives."""
    read, _ = os.pipe()  # Neither end is inherited, unless it is given to a child as its standard input.
    return read


def _stop_with_the_tests() -> None:
    os.read(0, 1)  # Nothing is ever written. Not by sys.stdin, whose lock this thread would hold while Python shuts down.
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    from api.__main__ import main

    threading.Thread(target=_stop_with_the_tests, daemon=True).start()
    main()
