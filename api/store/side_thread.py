"""Long work in Python, done in a separate thread, so that the one in which all requests are answered goes on meanwhile.

Both threads share one interpreter, which passes between them every millisecond (`SWITCH_SECONDS`), so nothing becomes faster: validating a document of 20
kB takes as long as before, and a request that comes meanwhile is answered a few milliseconds later, and not after all of it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar

from .allowance import ACCOUNT
from .client_queue import ClientQueue

SWITCH_SECONDS = 0.001  # For sys.setswitchinterval; Python's default is five times as long.
T = TypeVar("T")


class SideThread:
    """One thread, started when it is first needed, that works for clients in turn: many pieces of work of one client do not keep it from the others."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.waiting = ClientQueue[Callable[[], None]]()
        self.thread: threading.Thread | None = None

    def add(self, client: str, arrival: int, work: Callable[[], None]) -> None:
        """Have work done, which must not raise; `arrival` is the number of the request."""
        with self.changed:
            self.waiting.add(client, arrival, work)
            if self.thread is None or not self.thread.is_alive():  # A forked process has none.
                self.thread = threading.Thread(target=self._run, name="side", daemon=True)
                self.thread.start()
            self.changed.notify()

    def _run(self) -> None:
        while True:
            self._next()()

    def _next(self) -> Callable[[], None]:
        """The next work, once there is some; after it, it is the turn of another client."""
        with self.changed:
            while (waiting := self.waiting.pop()) is None:
                self.changed.wait()
            return waiting[1]


SIDE_THREAD = SideThread()


async def beside(function: Callable[..., T], *arguments: Any, **named: Any) -> T:
    """What a function returns, which is called in the side thread. It must not use the event loop.

    The client whose request is answered pays for its processor time, also if it leaves meanwhile; work that has not begun by then is left out.
    """
    account, context, loop = ACCOUNT.get(), copy_context(), asyncio.get_running_loop()
    future: concurrent.futures.Future[T] = concurrent.futures.Future()

    def work() -> None:
        if not future.set_running_or_notify_cancel():
            return
        started, result, failure = time.thread_time(), None, None
        try:
            result = context.run(function, *arguments, **named)
        except BaseException as error:
            failure = error
        with suppress(RuntimeError):  # The event loop was closed.
            loop.call_soon_threadsafe(account.pay_side_work, time.thread_time() - started)
        if failure is not None:
            future.set_exception(failure)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # it is set, unless there is a failure

    SIDE_THREAD.add(account.client, account.arrival, work)
    return await asyncio.wrap_future(future)
