"""Turns on the one thread that answers all requests: many of one client, sent at once, do not keep it from everybody else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from .client_queue import ClientQueue

SLICE_SECONDS = 0.005  # For which requests may work in one iteration of the event loop, in the order in which they come.


class Turns:
    """Who goes on when: after a slice of work the network is asked again, and those who wait take turns by client.

    Work itself is not interrupted: a request keeps its turn until it waits for something.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.loop: asyncio.AbstractEventLoop | None = None
        self.began: float | None = None  # When the first request went on in this iteration of the event loop.
        self.waiting = ClientQueue[asyncio.Future[None]]()

    def free(self) -> bool:
        """Whether a request that comes now may go on at once."""
        loop = asyncio.get_running_loop()
        if loop is not self.loop:  # What an earlier one was asked to do, it will not do any more.
            self.loop, self.began, self.waiting = loop, None, ClientQueue()
        if self.began is None:
            self.began = self.clock()
            loop.call_soon(self._iterate)  # In the next iteration, before which the event loop asks the network.
        return not self.waiting and self.clock() - self.began < SLICE_SECONDS

    def wait(self, client: str, arrival: int) -> asyncio.Future[None] | None:
        """What a request of a client has to wait for before it goes on; None if it may at once. `arrival` is the number of the request."""
        if self.free():
            return None
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.add(client, arrival, turn)
        return turn

    def _iterate(self) -> None:
        self.began = None
        while (next_turn := self.waiting.pop()) is not None:
            _, turn = next_turn
            if not turn.done():  # Not cancelled.
                self.began = self.clock()
                asyncio.get_running_loop().call_soon(self._iterate)
                turn.set_result(None)
                return
