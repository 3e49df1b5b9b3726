"""How much of the database's work a statement is, where only the time can be seen at which it begins and ends."""

from __future__ import annotations

import time
from collections.abc import Callable


class WorkTime:
    """The work of statements, as if all that run at the same time shared one processor evenly: of a second in which four run, each took a quarter.

    So a statement among many others has no more work than it has alone, though it takes longer.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.running, self.work, self.since = 0, 0.0, clock()

    def begin(self) -> float:
        """Note that a statement begins. Returns what its `end` is told."""
        self._pass()
        self.running += 1
        return self.work

    def end(self, begun: float) -> float:
        """Note that a statement has ended. Returns the seconds of its work."""
        self._pass()
        self.running -= 1
        return self.work - begun

    def _pass(self) -> None:
        """Count the seconds that have passed for each statement that runs."""
        now = self.clock()
        if self.running:
            self.work += (now - self.since) / self.running
        self.since = now
