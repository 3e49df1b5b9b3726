"""Asks the process that draws for a picture: starts it when it is first needed, and again if it has died; ends it when it is idle."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import Unavailable
from .worker import HEAD

logger = logging.getLogger(__name__)

WORKER = Path(__file__).with_name("worker.py")
IDLE, SLOW = 60.0, 30.0  # Seconds after which the process ends without a request, and after which a picture is given up.
MAX_WAITING = 8  # Pictures that may wait for another one.
ATTEMPTS = 2  # The process may have been killed since the last picture.


class Pictures:
    """One process that draws one picture after the other. Whatever happens to it, this process goes on."""

    def __init__(self, idle: float = IDLE) -> None:
        self.idle, self.waiting = idle, 0
        self.process: Process | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._lock = asyncio.Lock()

    async def draw(self, spec: Mapping[str, Any], format: str, scale: int = 1) -> bytes:
        """A Vega-Lite specification as "svg" or "png". Raises Unavailable if too many wait, or if it cannot be drawn."""
        return await self._asked({"spec": spec, "format": format, "scale": scale})

    async def paint(self, svg: str, scale: int = 1) -> bytes:
        """An SVG as PNG. Raises what `draw` raises."""
        return await self._asked({"svg": svg, "format": "png", "scale": scale})

    async def map(self, svg: str, shapes: Mapping[str, Any], format: str, scale: int = 1) -> bytes:
        """An SVG in which the shapes of countries stand where SHAPES does; `shapes.drawn` says what it is asked for. Raises what `draw` raises."""
        return await self._asked({"svg": svg, "shapes": shapes, "format": format, "scale": scale})

    async def _asked(self, wanted: Mapping[str, Any]) -> bytes:
        if self.waiting >= MAX_WAITING:
            raise Unavailable("too many pictures are being drawn; try again")
        request = json.dumps(wanted).encode()
        self.waiting += 1
        try:
            async with self._lock:
                return await self._drawn(HEAD.pack(0, len(request)) + request)
        finally:
            self.waiting -= 1

    async def _drawn(self, request: bytes) -> bytes:
        if self._ending is not None:
            self._ending.cancel()
        for _ in range(ATTEMPTS):
            try:
                failed, body = await asyncio.wait_for(self._ask(request), SLOW)
            except (OSError, asyncio.IncompleteReadError):
                await self.close()  # It has died.
            except BaseException as error:  # Too slow, or nobody waits any more: the next reply would be that of this request.
                await self.close(kill=True)
                if isinstance(error, TimeoutError):
                    raise Unavailable("the picture takes too long to draw; try again") from error
                raise
            else:
                self._ending = asyncio.get_running_loop().call_later(self.idle, self._end)
                if failed:
                    logger.error("a picture could not be drawn: %s", body.decode())
                    raise Unavailable("the picture could not be drawn")
                return body
        raise Unavailable("the process that draws pictures cannot be started; see the log of the server")

    async def _ask(self, request: bytes) -> tuple[bool, bytes]:
        if self.process is None or self.process.returncode is not None:
            self.process = await asyncio.create_subprocess_exec(sys.executable, "-I", str(WORKER), stdin=PIPE, stdout=PIPE)
        process = self.process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(request)
        await process.stdin.drain()
        failed, length = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
        return bool(failed), await process.stdout.readexactly(length)

    def _end(self) -> None:
        """Let an idle process end: its input does."""
        if self.process is not None and self.process.stdin is not None and not self._lock.locked():
            self.process.stdin.close()
            self.process = None

    async def close(self, kill: bool = False) -> None:
        """End the process, and wait for that."""
        process, self.process = self.process, None
        if self._ending is not None:
            self._ending.cancel()
        if process is None:
            return
        with suppress(ProcessLookupError):
            if kill:
                process.kill()
            elif process.stdin is not None:
                process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
