"""What pages show of the whole database: read once for each revision, however many ask for it, and paid for by none of them."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from ..errors import TooSlow
from ..query.nodes import NOW
from ..store.store import Store

T = TypeVar("T")
RETRY_SECONDS = 60  # After which what took longer than a statement may is tried again for the same revision.


class OncePerRevision(Generic[T]):
    """A value that `read` returns, for the newest revision.

    Those who ask while it is being read wait for the same reading, which goes on if they disconnect.
    """

    def __init__(self, store: Store, read: Callable[[], Coroutine[Any, Any, T]], clock: Callable[[], float] = time.monotonic) -> None:
        self.store, self.read, self.clock = store, read, clock
        self.revision, self.begun = -1, 0.0
        self.reading: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The value. Raises what `read` raises, and what the store raises for the number of the revision."""
        revision = await self.store.revision(NOW)
        while self.reading is not None and not self.reading.done() and self.revision < revision:  # It is of an earlier one.
            await asyncio.wait((self.reading,))
        if self.reading is None or self._is_outdated(self.reading, revision):
            self.revision, self.begun = revision, self.clock()
            # In a context of its own: the client that happens to come first neither pays for all, nor is refused for all.
            self.reading = asyncio.create_task(self.read(), context=contextvars.Context())
        return await asyncio.shield(self.reading)

    def _is_outdated(self, reading: asyncio.Task[T], revision: int) -> bool:
        if not reading.done():
            return False
        if self.revision != revision or reading.cancelled():
            return True
        error = reading.exception()
        return error is not None and (not isinstance(error, TooSlow) or self.clock() - self.begun >= RETRY_SECONDS)
