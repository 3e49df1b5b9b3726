"""Conversions of tables by other programs: paid by their client, one at a time for each, and ended when nobody waits for them any more."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from weakref import WeakValueDictionary

from ..store.allowance import ACCOUNT, Account

POLL = 0.02  # Seconds between looks at a conversion.
DUCKDB_MEMORY = "512MB"

# By client, which conversion's turn it is. They take a processor each, so one client has one at a time, however many files it may download at once.
turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


@asynccontextmanager
async def _turn() -> AsyncIterator[Account]:
    """Wait for the other conversions of the client."""
    account = ACCOUNT.get()
    async with turns.setdefault(account.client, asyncio.Lock()):
        yield account


async def run_program(*command: str) -> int:
    """Run a program, and return its exit status. Its client pays for its processor time, also if it is killed because this is cancelled."""
    async with _turn() as account:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: ASYNC220, S603  # asyncio tells no processor time; the program is ours
        ended = False
        try:
            while not (ended := _ended(process, account, os.WNOHANG)):  # noqa: ASYNC110  # only wait4 tells the processor time
                await asyncio.sleep(POLL)
        finally:
            if not ended:
                os.kill(process.pid, signal.SIGKILL)
                _ended(process, account, 0)
        return process.returncode


def _ended(process: subprocess.Popen[bytes], account: Account, options: int) -> bool:
    """Whether a program has ended, and if so, pay for it."""
    pid, status, usage = os.wait4(process.pid, options)
    if pid:
        process.returncode = os.waitstatus_to_exitcode(status)
        account.pay_time(usage.ru_utime + usage.ru_stime)
    return bool(pid)


async def run_duckdb(statement: str, folder: str) -> None:
    """Run a statement of DuckDB in another thread, whose processor time its client pays; it is interrupted if this is cancelled."""
    connections, seconds = list[Any](), list[float]()

    def run() -> None:
        import duckdb  # noqa: PLC0415  # a server that is not asked for Parquet does not need it

        started = time.thread_time()
        try:
            with duckdb.connect(config={"threads": 1}) as connection:  # So it runs in this thread.
                connections.append(connection)
                connection.execute(f"set memory_limit = '{DUCKDB_MEMORY}'; set temp_directory = '{folder}/spill'")
                connection.execute(statement)
        finally:
            seconds.append(time.thread_time() - started)

    async with _turn() as account:
        running = asyncio.ensure_future(asyncio.to_thread(run))
        try:
            await asyncio.shield(running)
        finally:
            while not running.done():  # An interruption before the statement begins has no effect.
                with suppress(Exception):  # The connection may be closed by now.
                    connections[0].interrupt()
                await asyncio.wait([running], timeout=POLL)
            account.pay_time(sum(seconds))
            if not running.cancelled():
                running.exception()
