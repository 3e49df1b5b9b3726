"""What each client may use of the database: a leaky bucket of costs for each, and what one request takes from it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from itertools import count
from math import ceil
from types import coroutine
from typing import Any, TypeVar

from cachetools import LRUCache

from ..costs.prices import MICROSECONDS_PER_UNIT
from ..errors import RateLimited
from .client_turns import Turns

UNLIMITED = 10**18  # A bucket of this size is never full.
MAX_CLIENTS = 50_000  # Whose buckets are remembered, those who came last; they take about 11 MB.
UNITS_PER_SECOND = 1_000_000 / MICROSECONDS_PER_UNIT
WORK_PRICE = 20  # Our own thread is one, so its time costs this many times as much as that of the database: a client at its limit may occupy less than a hundredth of it.
FREE_WORK_SECONDS = 0.001
# A statement that takes more work than so many times its estimated cost, and so many units, pays for the rest, up to ten seconds of it.
TIMES_ESTIMATE, UNITS_BEYOND, MOST_BEYOND = 4, UNITS_PER_SECOND / 50, UNITS_PER_SECOND * 10
MAX_WORK_SECONDS = 0.1  # What takes longer is done once for all, such as building a schema, and not only for the client that asks first.
LONG_WORK_SECONDS = 1.0  # Of this thread, which few requests take but those whose response is a stream.
ARRIVALS = count()  # The numbers of requests.
T = TypeVar("T")


class Buckets:
    """A leaky bucket of costs for each client: it holds `quota`, and a full one is empty after `seconds`.

    All that is stored of a bucket is the time at which it will be empty (the generic cell rate algorithm), so an empty one need not be stored. A request is
    served while anything is available, whatever it costs, so that its cost need not be known to refuse it: then the bucket overflows, at most by another
    quota, and the client waits for that to leak as well.
    """

    def __init__(self, quota: int, seconds: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.quota, self.seconds, self.clock = quota, seconds, clock
        self.rate = quota / seconds
        self.empty_at: LRUCache[str, float] = LRUCache(MAX_CLIENTS)

    def available(self, client: str) -> int:
        """The cost that the client can use now; 0 if it has to wait."""
        return int(max(0.0, self.seconds - self._until_empty(client)) * self.rate)

    def wait(self, client: str) -> float:
        """The seconds until the client is served again; 0 if it need not wait."""
        return max(0.0, self._until_empty(client) - self.seconds)

    def add(self, client: str, cost: float) -> float:
        """Add a cost to the bucket, or take out a negative one. Returns what was added."""
        before = self._until_empty(client)
        after = min(max(0.0, before + cost / self.rate), 2.0 * self.seconds)
        self.empty_at[client] = self.clock() + after
        return (after - before) * self.rate

    async def close(self) -> None:
        """Release what the buckets hold elsewhere."""

    def _until_empty(self, client: str) -> float:
        return max(0.0, self.empty_at.get(client, 0.0) - self.clock())


class Work:
    """The processor time of this thread that a coroutine takes, without that of others which run while it waits."""

    def __init__(self) -> None:
        self.number = next(ARRIVALS)
        self.before = 0.0  # Seconds, until it waited last.
        self.resumed: float | None = None  # The time of the thread at which it went on; None while it waits.
        self.paid = 0.0  # Seconds of it for which the client pays by its cost, if that is much.

    @property
    def seconds(self) -> float:
        return self.before + (time.thread_time() - self.resumed if self.resumed is not None else 0.0)

    @property
    def arrival(self) -> int:
        """The number by which it takes turns with other requests of its client: later ones have higher numbers. What has worked for long, such as a download, does not go first any more."""
        return self.number if self.before < LONG_WORK_SECONDS else next(ARRIVALS)

    @coroutine
    def of(self, counted: Coroutine[Any, Any, T], turns: Turns | None = None, client: str = "") -> Generator[Any, Any, T]:
        """What the coroutine returns. With `turns`, it goes on whenever it is the turn of its client."""
        resume: Callable[[], Any] = partial(counted.send, None)
        try:
            if turns is not None and (turn := turns.wait(client, self.arrival)) is not None:
                yield from turn.__await__()
        except BaseException:
            counted.close()
            raise
        while True:
            self.resumed = time.thread_time()
            try:
                awaited = resume()
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # a StopIteration has no type of its value
            finally:
                self.before, self.resumed = self.seconds, None
            try:
                resume = partial(counted.send, (yield awaited))
                if turns is not None and (turn := turns.wait(client, self.arrival)) is not None:
                    yield from turn.__await__()
            except BaseException as error:  # It is cancelled, for one.
                resume = partial(counted.throw, error)


class WorkSince:
    """The part of a coroutine's work that begins now."""

    def __init__(self, work: Work) -> None:
        self.work, self.begun = work, work.seconds

    @property
    def seconds(self) -> float:
        return self.work.seconds - self.begun


class Account:
    """What one request takes from the bucket of its client. `all_work` is that of the task that answers it."""

    def __init__(self, buckets: Buckets, client: str, turns: Turns | None = None, all_work: Work | None = None) -> None:
        self.buckets, self.client, self.turns, self.all_work = buckets, client, turns, all_work
        self.side_seconds = 0.0  # Of work in the side thread.
        self.retry_after = 0  # Seconds, once the request was refused.
        self.seconds = 0.0  # For which the database has worked.
        self.database_work = 0.0  # The same without the work of other statements that ran meanwhile (work_time.py).
        self.cost = 0  # Of all statements of the request, as estimated.
        self.work: Work | WorkSince | None = None  # That of reading and planning the request, until it is paid.

    @property
    def arrival(self) -> int:
        """The number by which its request takes turns with others of its client."""
        return self.all_work.arrival if self.all_work is not None else 0

    def admit(self) -> None:
        """Refuse the request if nothing is available to its client. Raises RateLimited."""
        if wait := self.buckets.wait(self.client):
            seconds = ceil(wait)
            raise self.refused(
                f"one client may use {self.buckets.quota:,} units of cost in {self.buckets.seconds:,} seconds, and this one has used more; wait "
                f"{seconds:,} {'second' if seconds == 1 else 'seconds'}, then ask for less; `explain=cost` tells what a request costs",
                seconds,
            )

    def refused(self, detail: str, seconds: int = RateLimited.retry_after) -> RateLimited:
        """The error with which the request is refused for some seconds."""
        self.retry_after = seconds
        return RateLimited(detail, seconds)

    @contextmanager
    def pay(self, cost: int) -> Iterator[None]:
        """Take a cost, and give back what the statements inside have not used. They are paid for beyond it if it was far too low. Raises RateLimited."""
        self.admit()
        self.pay_work()
        self.cost += cost
        before, work_before = self.seconds, self.database_work
        taken = self.buckets.add(self.client, cost)
        try:
            yield
        finally:
            unused = taken - (self.seconds - before) * UNITS_PER_SECOND
            beyond = (self.database_work - work_before) * UNITS_PER_SECOND - TIMES_ESTIMATE * cost - UNITS_BEYOND
            if beyond > 0:
                self.buckets.add(self.client, min(beyond, MOST_BEYOND))
            elif unused > 0:
                self.buckets.add(self.client, -unused)

    def working(self, answering: Coroutine[Any, Any, T]) -> Awaitable[T]:
        """A coroutine whose work is to be paid as that of reading and planning the request, until it is paid."""
        if self.all_work is not None and self.all_work.resumed is not None:  # The same task, whose work is counted and takes turns already.
            self.work = WorkSince(self.all_work)
            return answering
        self.work = work = Work()
        return work.of(answering, self.turns, self.client)

    async def paying(self, answering: Coroutine[Any, Any, T]) -> T:
        """What a coroutine returns whose work, but for that in the side thread, is paid by its cost."""
        if self.all_work is None:
            return await answering
        begun = self.all_work.seconds - self.side_seconds
        try:
            return await answering
        finally:
            self.all_work.paid += self.all_work.seconds - self.side_seconds - begun

    def pay_time(self, seconds: float) -> None:
        """Take the cost of work of the database that had no estimate."""
        self.buckets.add(self.client, seconds * UNITS_PER_SECOND)

    @contextmanager
    def paid(self) -> Iterator[None]:
        """Take the cost of the statements inside, which had no estimate, also if they fail or are cancelled."""
        before = self.seconds
        try:
            yield
        finally:
            self.pay_time(self.seconds - before)

    def pay_work(self) -> None:
        """Take the cost of reading and planning the request, beyond what any request takes. It occupies the one thread in which all requests are served."""
        if self.work is not None:
            seconds = min(self.work.seconds, MAX_WORK_SECONDS) - FREE_WORK_SECONDS
            self.work = None
            if seconds > 0:
                self.buckets.add(self.client, seconds * WORK_PRICE * UNITS_PER_SECOND)

    def pay_side_work(self, seconds: float) -> None:
        """Take the cost of work in the side thread: before the statement it is part of reading and planning the request; later, it has the price of other work."""
        self.side_seconds += seconds
        if self.all_work is not None:
            self.all_work.before += seconds
        if isinstance(self.work, Work):
            self.work.before += seconds
        elif self.work is None:
            self.pay_time(max(0.0, seconds - FREE_WORK_SECONDS))

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count the time of a statement."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - started


# Of the request that is being answered; without one, as in commands, nothing is limited.
ACCOUNT: ContextVar[Account] = ContextVar("account", default=Account(Buckets(UNLIMITED, 1), ""))  # noqa: B039  # it is never full
