"""Has pictures drawn by a process of its own: starts it when it is first needed, and again if it has died; ends it when it is idle.

Clients take turns, whoever is drawn for pays, and what was begun is finished: nothing that a client does ends the process.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cachetools import LRUCache

from ..errors import TooManyPictures, Unavailable
from ..store.allowance import ACCOUNT, Account
from ..store.side_thread import beside
from .worker import FOR_CHARTS, HEAD, REPLY

logger = logging.getLogger(__name__)

WORKER = Path(__file__).with_name("worker.py")
IDLE = 60.0  # Seconds after which the process ends without a request.
MAX_SECONDS = 10.0  # Of processor time for one picture, which takes a twentieth of one.
STUCK = 120.0  # Seconds after which the process is replaced if nothing comes of it, not even processor time.
MAX_WAITING, MAX_OWN = 256, 32  # Pictures that may wait: those of all clients, and those of one.
MAX_FINISHED = 8 * 1024 * 1024  # Bytes of pictures whose clients had gone before they were finished.
STOPPING = "the server is stopping"
ATTEMPTS = 2  # The process may have been killed since the last picture.


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture that a client waits for."""

    request: bytes
    account: Account
    done: asyncio.Future[bytes]


class Pictures:
    """One process that draws one picture after the other. Whatever happens to it, this process goes on."""

    def __init__(self, idle: float = IDLE, max_seconds: float = MAX_SECONDS) -> None:
        self.idle, self.max_seconds = idle, max_seconds
        self.process: Process | None = None
        self.waiting: dict[str, deque[Drawing]] = {}  # By client, in the order of their next turns.
        self.finished: LRUCache[bytes, bytes] = LRUCache(MAX_FINISHED, getsizeof=len)  # By request, until it comes again.
        self._running: asyncio.Task[None] | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._closed = False

    async def draw(self, spec: Mapping[str, Any], format: str, scale: int = 1) -> bytes:
        """A Vega-Lite specification as "svg" or "png", paid by the client of the request that is being answered.

        Raises TooManyPictures if too many wait, RateLimited if the client has used too much when its turn comes, and Unavailable if it cannot be drawn.
        """
        return await self._asked({"spec": spec, "format": format, "scale": scale})

    async def paint(self, svg: str, scale: int = 1) -> bytes:
        """An SVG as PNG. Raises what `draw` raises."""
        return await self._asked({"svg": svg, "format": "png", "scale": scale})

    async def map(self, svg: str, shapes: Mapping[str, Any], format: str, scale: int = 1) -> bytes:
        """An SVG in which the shapes of countries stand where SHAPES does; `shapes.drawn` says what it is asked for. Raises what `draw` raises."""
        return await self._asked({"svg": svg, "shapes": shapes, "format": format, "scale": scale})

    async def _asked(self, wanted: Mapping[str, Any]) -> bytes:
        request, account = (await beside(json.dumps, wanted)).encode(), ACCOUNT.get()
        if (finished := self.finished.pop(request, None)) is not None:
            return finished
        if self._closed:
            raise Unavailable(STOPPING)
        own = self.waiting.get(account.client, ())
        if len(own) >= MAX_OWN:
            raise TooManyPictures(f"{MAX_OWN} pictures are waiting to be drawn for you; wait until one has been")
        if sum(map(len, self.waiting.values())) >= MAX_WAITING:
            raise TooManyPictures("too many pictures are waiting to be drawn; try again")
        drawing = Drawing(request, account, asyncio.get_running_loop().create_future())
        self.waiting.setdefault(account.client, deque()).append(drawing)
        if not self.is_drawing:
            self._running = asyncio.create_task(self._run())
        try:
            return await drawing.done
        finally:
            self._forget(drawing)

    def prepare_chart(self) -> None:
        """Start the process, if there is none, while what a chart shows is read. Nobody waits for that, and nobody pays for it."""
        if not self._closed and not self.is_drawing and (self.process is None or self.process.returncode is not None):
            self._running = asyncio.create_task(self._run())

    @property
    def is_drawing(self) -> bool:
        return self._running is not None and not self._running.done()

    def _forget(self, drawing: Drawing) -> None:
        """Give a place back: one that is not being drawn yet will not be."""
        client, own = drawing.account.client, self.waiting.get(drawing.account.client)
        if own is not None and drawing in own:
            own.remove(drawing)
            if not own:
                del self.waiting[client]

    async def _run(self) -> None:
        """Draw until nobody waits. After each picture it is the turn of the next client."""
        if self._ending is not None:
            self._ending.cancel()
        if not self.waiting:
            with suppress(OSError):  # Whoever draws is told, after another attempt.
                await self._start(FOR_CHARTS)
        while self.waiting:
            client, own = next(iter(self.waiting.items()))
            drawing = own.popleft()
            del self.waiting[client]
            if own:
                self.waiting[client] = own  # After the other clients.
            await self._finish(drawing)
        self._ending = asyncio.get_running_loop().call_later(self.idle, self._end)

    async def _finish(self, drawing: Drawing) -> None:
        """Draw one picture. If its client has gone meanwhile, it is kept for whoever asks next."""
        done = drawing.done
        try:
            drawing.account.admit()
            body = await self._drawn(drawing)
        except asyncio.CancelledError:
            if not done.done():
                done.set_exception(Unavailable(STOPPING))
            raise
        except Exception as error:  # It is that of the client, and must not end the turns of others.
            if not done.done():
                done.set_exception(error)
            return
        if not done.done():
            done.set_result(body)
        elif len(body) < MAX_FINISHED:
            self.finished[drawing.request] = body

    async def _drawn(self, drawing: Drawing) -> bytes:
        """Have a picture drawn, and paid for: the processor time of the process for it, without that of its start. Raises Unavailable."""
        for _ in range(ATTEMPTS):
            try:
                failed, seconds, body = await asyncio.wait_for(self._ask(HEAD.pack(len(drawing.request)) + drawing.request), STUCK)
            except (OSError, asyncio.IncompleteReadError):
                if await self.close_process() == -signal.SIGPROF:
                    drawing.account.pay_time(self.max_seconds)
                    raise Unavailable("the picture takes too long to draw") from None
            except TimeoutError as error:
                await self.close_process(kill=True)
                raise Unavailable("the picture takes too long to draw; try again") from error
            else:
                drawing.account.pay_time(seconds)
                if failed:
                    logger.error("a picture could not be drawn: %s", body.decode())
                    raise Unavailable("the picture could not be drawn")
                return body
        raise Unavailable("the process that draws pictures cannot be started; see the log of the server")

    async def _ask(self, request: bytes) -> tuple[bool, float, bytes]:
        """Whether a request failed, the seconds of processor time that it took, and the picture, or the error."""
        process = await self._start()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(request)
        await process.stdin.drain()
        failed, length, seconds = REPLY.unpack(await process.stdout.readexactly(REPLY.size))
        return bool(failed), seconds, await process.stdout.readexactly(length)

    async def _start(self, *first: str) -> Process:
        """The process, started if there is none; `first`: FOR_CHARTS if it shall do at once what it does before its first chart. Raises OSError."""
        if self.process is None or self.process.returncode is not None:
            command = (sys.executable, "-I", str(WORKER), str(self.max_seconds), *first)
            self.process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        return self.process

    def _end(self) -> None:
        """Let an idle process end: its input does."""
        if self.process is not None and self.process.stdin is not None and not self.is_drawing:
            self.process.stdin.close()
            self.process = None

    async def close(self) -> None:
        """Draw nothing any more, also of what is asked for later; end the process, and wait for that."""
        self._closed = True
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        for drawing in [drawing for own in self.waiting.values() for drawing in own]:
            if not drawing.done.done():
                drawing.done.set_exception(Unavailable(STOPPING))
        if self._ending is not None:
            self._ending.cancel()
        await self.close_process()

    async def close_process(self, kill: bool = False) -> int | None:
        """End the process, and wait for that. Returns its exit status, None if there was none."""
        process, self.process = self.process, None
        if process is None:
            return None
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
        return process.returncode
