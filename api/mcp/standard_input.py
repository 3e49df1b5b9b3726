"""The lines of the standard input, for an event loop, without a thread that keeps the process from ending."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import suppress

CHUNK = 64 * 1024
WAITING = 16  # Lines that are read before they are wanted.


async def lines(descriptor: int = 0) -> AsyncIterator[str]:
    """Each line, decoded as UTF-8, until the input ends.

    The SDK reads lines in a thread for which Python waits when it ends, so that a process without input could not be stopped. This thread is a daemon,
    and reads the descriptor itself: `sys.stdin` has a lock, which it would hold while Python shuts down.
    """
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING)
    loop = asyncio.get_running_loop()

    def read() -> None:
        rest = b""
        with suppress(RuntimeError, OSError):  # The event loop has ended, or the input is closed.
            while chunk := os.read(descriptor, CHUNK):
                *complete, rest = (rest + chunk).split(b"\n")
                for line in complete:
                    asyncio.run_coroutine_threadsafe(queue.put(line), loop).result()
            for last in (rest, None) if rest else (None,):
                asyncio.run_coroutine_threadsafe(queue.put(last), loop).result()

    threading.Thread(target=read, name="standard input", daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line.decode("utf-8", "replace")
