"""A file that is being written, and the readers that follow it in this process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ..errors import RateLimited, TooManyDownloads, TooManyOwnDownloads

PIECE = 256 * 1024  # Bytes that are read together.
POLL = 0.1  # Seconds between looks at what another request or process occupies.

Pieces = AsyncGenerator[bytes, None]
Produce = Callable[[], Awaitable[Pieces]]  # Opens the list, or raises what a request for it is answered with.


class FolderUnusable(Exception):
    """The folder of files cannot be written: no fault of the list, which can be read from the database."""


@dataclass(eq=False)
class Writing:
    """A file that is being written, and its readers in this process."""

    partial: Path
    produce: Produce
    task: asyncio.Task[None] | None = None
    readers: int = 0
    given_up: bool = False  # Its last reader has gone, so it ends, and nobody may follow it any more.
    grown: asyncio.Event = field(default_factory=asyncio.Event)

    def grow(self) -> None:
        """Wake the readers, since there is more to read."""
        self.grown.set()
        self.grown = asyncio.Event()

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[None]:
        """While there are readers, the file is written; it is given up when the last of them has gone."""
        self.readers += 1
        try:
            yield
        finally:
            self.readers -= 1
            if self.task is not None and not self.readers and not self.task.done():
                self.given_up = True
                self.task.cancel()
                await asyncio.wait([self.task])

    async def pieces(self, file: BinaryIO, produce: Produce) -> Pieces:
        """The bytes of the file as they are written; those that the folder has no room for, from `produce`. Raises what writing it raises, and `produce`."""
        assert self.task is not None
        position = 0
        with file:
            while True:
                grown, done = self.grown, self.task.done()
                if piece := await asyncio.to_thread(os.pread, file.fileno(), PIECE, position):
                    position += len(piece)
                    yield piece
                elif done:
                    break
                else:
                    await self._wait(grown)
        try:
            self.task.result()
        except FolderUnusable:
            async with aclosing(await _opened(produce, begun=position > 0)) as pieces:
                async for piece in pieces:
                    if rest := piece[position:]:
                        yield rest
                    position = max(0, position - len(piece))

    async def _wait(self, grown: asyncio.Event) -> None:
        """Wait until there is more to read, or nothing more will come."""
        assert self.task is not None
        waiting = asyncio.ensure_future(grown.wait())
        try:
            await asyncio.wait((waiting, self.task), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()


async def _opened(produce: Produce, begun: bool) -> Pieces:
    """Open a list. A client that has begun to read it cannot be refused any more, so it waits. Raises what `produce` raises."""
    while True:
        try:
            return await produce()
        except (RateLimited, TooManyOwnDownloads, TooManyDownloads):
            if not begun:
                raise
            await asyncio.sleep(POLL)
