"""The command line of Conflict Facts, which also writes down how long its event loop is held: the processor time between two beats, and where it went.

Elapsed time would include other work on the machine. A line of the file that `LOOP_HOLDS` names is one hold: its milliseconds, and the innermost functions of
ours that were running when it had lasted `LONG`.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from api.__main__ import main

BEAT = 0.001  # Seconds between two looks of the loop at its clock.
LONG = 0.015  # Seconds of processor time after which a hold is written down.
MAX_FRAMES = 8
FULL = 2  # The oldest generation of objects, and all younger ones.
OURS = ("/api/", "/schema/")


class Watch(threading.Thread):
    """A thread that looks at the clock of another one, in which the event loop runs, between its beats."""

    def __init__(self, file: Path) -> None:
        super().__init__(daemon=True)
        self.file, self.thread = file.open("a", buffering=1), threading.get_ident()
        self.clock = time.pthread_getcpuclockid(self.thread)
        self.last, self.places = time.thread_time(), list[str]()
        gc.callbacks.append(self.collected)

    def beat(self, loop: asyncio.AbstractEventLoop) -> None:
        """What the loop does again and again: the time since the last beat is that of one iteration, or of what it did in a millisecond."""
        now = time.thread_time()
        if now - self.last > LONG:
            print(f"{1000 * (now - self.last):.1f}\t{' | '.join(self.places)}", file=self.file)
        self.last, self.places = now, []
        loop.call_later(BEAT, self.beat, loop)

    def collected(self, phase: str, info: dict[str, int]) -> None:
        """Note a full collection of garbage in the thread of the loop, during which no other can look."""
        if phase == "stop" and info["generation"] == FULL and threading.get_ident() == self.thread:
            self.places = ["a full collection of garbage", *self.places[:2]]

    def run(self) -> None:
        while True:
            time.sleep(LONG / 3)
            if time.clock_gettime(self.clock) - self.last > LONG:
                self.places = [_place(sys._current_frames().get(self.thread)), *self.places[:2]]


def _place(frame: FrameType | None) -> str:
    places, inner = list[str](), None
    while frame is not None and len(places) < MAX_FRAMES:
        code = frame.f_code
        if not places or (code is not inner and any(part in code.co_filename for part in OURS)):  # Of recursion, the innermost call.
            places.append(f"{Path(code.co_filename).stem}.{code.co_name}:{frame.f_lineno}")
            inner = code
        frame = frame.f_back
    return " < ".join(places)


def watch() -> None:
    """Have every server that is started watched."""
    startup = uvicorn.Server.startup

    async def watched(self: uvicorn.Server, *args: Any, **kwargs: Any) -> None:
        await startup(self, *args, **kwargs)
        thread = Watch(Path(os.environ["LOOP_HOLDS"]))
        thread.beat(asyncio.get_running_loop())
        thread.start()

    uvicorn.Server.startup = watched  # type: ignore[method-assign]


if __name__ == "__main__":
    watch()
    main()
