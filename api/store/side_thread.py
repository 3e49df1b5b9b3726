"""Long work in Python, done beside the thread in which all requests are answered, which goes on meanwhile.

Each piece of work has a thread, so that it can stop anywhere and go on there, but only one of them works at a time: the interpreter passes between it and
the thread of requests every millisecond (`SWITCH_SECONDS`), so nothing becomes faster. After each slice of work (`SLICE_SECONDS`) it is the turn of another
client; of one client, what has worked least goes first. What nobody waits for any more ends at its next pause.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, TypeVar

from ..pauses import PAUSE, Abandoned
from .allowance import ACCOUNT, Account
from .client_queue import ClientQueue

SWITCH_SECONDS = 0.001  # For sys.setswitchinterval; Python's default is five times as long.
SLICE_SECONDS = 0.005  # After which work that can pause lets others go first. Python works for less of it while requests are answered.
MAX_BEGUN = 8  # Pieces of work of one client that have a thread; the others wait until one of these has ended.
MAX_IDLE = 4  # Threads that are kept for later work.
LONGER = 10**12  # More than there are requests: what has worked longer is behind all that has not.
T = TypeVar("T")


class Job:
    """A piece of work for a client, which must not raise. `arrival` is the number of its request, `seconds` what that has worked already."""

    def __init__(self, client: str, arrival: int, work: Callable[[], None], seconds: float = 0.0) -> None:
        self.client, self.arrival, self.work = client, arrival, work
        self.slices = int(seconds / SLICE_SECONDS)
        self.worker: Worker | None = None  # Once it has begun.
        self.is_abandoned = False

    @property
    def place(self) -> int:
        """Its place among the work of its client: first what has worked for no slice, then for one, for two or three, for four to seven, …"""
        return self.arrival + LONGER * self.slices.bit_length()


class Worker(threading.Thread):
    """A thread that works whenever it is told that it is its turn."""

    def __init__(self, side: SideThread) -> None:
        super().__init__(name="side", daemon=True)
        self.side, self.turns = side, SimpleQueue[Job | None]()  # What to begin or go on with; None is the end.

    def run(self) -> None:
        while (job := self.turns.get()) is not None:
            job.work()
            self.side.end(job, self)
            del job  # Its result is not kept while there is nothing to do.


class SideThread:
    """Work that clients take turns with. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget everything, as in a process that was forked, which has none of the threads."""
        self.lock = threading.Lock()
        self.waiting = ClientQueue[Job]()
        self.held_back: dict[str, deque[Job]] = {}  # By client, what may not begin yet.
        self.begun = Counter[str]()  # Pieces of work by client.
        self.idle: list[Worker] = []
        self.working: Job | None = None
        self.since = 0.0  # When its slice began.

    def add(self, job: Job) -> None:
        """Have work done."""
        with self.lock:
            if self.begun[job.client] < MAX_BEGUN:
                self._admit(job)
            else:
                self.held_back.setdefault(job.client, deque()).append(job)
            if self.working is None:
                self._next()

    def pause(self) -> None:
        """Let others work first, if a slice is over. Only the work whose turn it is may call this. Raises Abandoned."""
        job = self.working
        assert job is not None and job.worker is not None
        if not job.is_abandoned and self.clock() - self.since < SLICE_SECONDS:
            return
        if not job.is_abandoned:
            with self.lock:
                job.slices += 1
                self.waiting.add(job.client, job.place, job)
                self._next()
            job.worker.turns.get()
        if job.is_abandoned:
            raise Abandoned

    def end(self, job: Job, worker: Worker) -> None:
        """Go on with other work after one has ended, whose thread may be used again."""
        with self.lock:
            self.begun[job.client] -= 1
            if held_back := self.held_back.get(job.client):
                self._admit(held_back.popleft())
            if not held_back:
                self.held_back.pop(job.client, None)
            if not self.begun[job.client]:
                del self.begun[job.client]
            if len(self.idle) < MAX_IDLE:
                self.idle.append(worker)
            else:
                worker.turns.put(None)
            self._next()

    def _admit(self, job: Job) -> None:
        self.begun[job.client] += 1
        self.waiting.add(job.client, job.place, job)

    def _next(self) -> None:
        """Tell the next work that it is its turn."""
        waiting = self.waiting.pop()
        self.working = job = waiting[1] if waiting is not None else None
        if job is None:
            return
        if job.worker is None:
            if self.idle:
                job.worker = self.idle.pop()
            else:
                job.worker = Worker(self)
                job.worker.start()
        self.since = self.clock()
        job.worker.turns.put(job)


SIDE_THREAD = SideThread()
os.register_at_fork(after_in_child=SIDE_THREAD.reset)


async def beside(function: Callable[..., T], *arguments: Any, **named: Any) -> T:
    """What a function returns, which is called beside the thread of requests. It must not use the event loop, and pauses if it takes long (api/pauses.py).

    The client whose request is answered pays for its processor time, also if it leaves meanwhile; then what has not begun is left out, and the rest ends at
    its next pause.
    """
    account, context, loop = ACCOUNT.get(), copy_context(), asyncio.get_running_loop()
    context.run(PAUSE.set, SIDE_THREAD.pause)
    future: concurrent.futures.Future[T] = concurrent.futures.Future()

    def work() -> None:
        if future.set_running_or_notify_cancel():
            started, result, failure = time.thread_time(), None, None
            try:
                result = context.run(function, *arguments, **named)
            except BaseException as error:
                failure = error
            _pay(account, loop, time.thread_time() - started)
            if failure is not None:
                future.set_exception(failure)
            else:
                future.set_result(result)  # type: ignore[arg-type]  # it is set, unless there is a failure

    job = Job(account.client, account.arrival, work, account.side_seconds)
    SIDE_THREAD.add(job)
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        job.is_abandoned = True
        raise


def _pay(account: Account, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
    with suppress(RuntimeError):  # The event loop was closed.
        loop.call_soon_threadsafe(account.pay_side_work, seconds)
