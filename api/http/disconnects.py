"""Clients that disconnect before their response is there: what is done for them alone is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

WATCH_AFTER = 0.02  # Seconds until it is watched whether the client of a request is still there.
T = TypeVar("T")


class Watched:
    """A response that is being produced. If its client disconnects meanwhile, its statement is cancelled, unless `others_wait` for it."""

    def __init__(self, receive: Receive, others_wait: Callable[[], bool]) -> None:
        self.receive, self.others_wait = receive, others_wait
        self.task: asyncio.Task[Any] = asyncio.current_task()  # type: ignore[assignment]  # requests are answered in tasks
        self.watching: asyncio.Task[None] | None = None
        self.left = self.over = False  # Whether the client has gone and its request was cancelled; whether that is too late.

    async def response(self, producing: Awaitable[T]) -> T | None:
        """None if the client has gone."""
        # Watching takes a task, which costs as much as finding a plan. Most responses are there before.
        later = asyncio.get_running_loop().call_later(WATCH_AFTER, self._watch)
        try:
            return await producing
        except asyncio.CancelledError:
            if not self.left or self.task.cancelling() > 1:
                raise
            return None
        finally:
            later.cancel()
            self.over = True
            if self.watching is not None:
                self.watching.cancel()
            if self.left:
                self.task.uncancel()

    def _watch(self) -> None:
        self.watching = asyncio.ensure_future(_disconnected(self.receive))
        self.watching.add_done_callback(self._ended)

    def _ended(self, watching: asyncio.Task[None]) -> None:
        if not self.over and not watching.cancelled() and watching.exception() is None and not self.others_wait():
            self.left = True
            self.task.cancel()


async def answered(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Have a request that has no body answered. What is done for it is cancelled if its client goes before the response begins; then it is the response that sees that."""
    begun = False

    async def noting(message: Message) -> None:
        nonlocal begun
        begun = True
        await send(message)

    await Watched(receive, lambda: begun).response(app(scope, receive, noting))


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
