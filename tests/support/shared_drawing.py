"""The processes that draw pictures take a second of processor time to start, so the applications of a test run leave theirs to each other."""

from __future__ import annotations

from asyncio.subprocess import Process
from typing import ClassVar

from api.pictures.pictures import Pictures


class SharedPictures(Pictures):
    """The pictures of an application, which takes a process that another has left, and leaves its own if nothing is being drawn."""

    left: ClassVar[list[Process]] = []

    async def _start(self, *first: str) -> Process:
        while self.left and (self.process is None or self.process.returncode is not None):
            self.process = self.left.pop()
        return await super()._start(*first)

    async def close(self) -> None:
        if self.process is not None and not self.is_drawing:
            self.left.append(self.process)
            self.process = None
        await super().close()


async def end_shared_drawing() -> None:
    """End the processes that are left, and wait for that."""
    while SharedPictures.left:
        last = Pictures()
        last.process = SharedPictures.left.pop()
        await last.close()
