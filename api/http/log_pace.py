"""A pace for the lines that a client can have written to the log, so that it cannot fill a disk with them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

MOST, SECONDS = 10, 60.0


class LogPace(logging.Filter):
    """Lets `MOST` lines of one text pass in `SECONDS`; the last one says so, and the first one after that how many were left out.

    Lines of a level above `highest` all pass.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, highest: int = logging.WARNING) -> None:
        super().__init__()
        self.clock, self.highest = clock, highest
        self.began: dict[str, float] = {}  # By the text, without the values in it, of which there are few.
        self.counted: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno > self.highest:
            return True
        text, now, left_out = str(record.msg), self.clock(), 0
        if now >= self.began.get(text, 0.0) + SECONDS or text not in self.began:
            left_out = max(0, self.counted.get(text, 0) - MOST)
            self.began[text], self.counted[text] = now, 0
        self.counted[text] += 1
        if self.counted[text] == MOST:
            record.msg = f"{text} (for a minute, more such lines are left out)"
        elif left_out:
            record.msg = f"{text} (before this line, {left_out} such lines were left out)"
        return self.counted[text] <= MOST
