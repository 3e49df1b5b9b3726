"""Shows the progress of a load, with stage, rate and time left: as a progress bar on a terminal, as plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@dataclass
class Stages:
    """The current stage, and how much of the work is done. Each stage has a weight, in claims."""

    show: Callable[[Stages], None]
    stage: str = "starting"
    done: float = 0
    total: float = 0
    _weights: dict[str, float] = field(default_factory=dict)
    _begun: float = 0

    def expect(self, weights: dict[str, float]) -> None:
        """Set the weights of the coming stages, by the beginnings of their names."""
        self._weights, self.total, self.done, self._begun = weights, sum(weights.values()), 0, time.monotonic()

    def __call__(self, stage: str) -> None:
        """Begin a stage, which ends the previous one; a stage in many steps may be announced at each step."""
        if stage == self.stage:
            return
        self.done = min(self.total, self.done + self._weights.pop(self._of(self.stage), 0))
        self.stage = stage
        self.show(self)

    def _of(self, stage: str) -> str:
        return next((name for name in self._weights if stage.startswith(name)), "")

    @property
    def label(self) -> str:
        """The stage, with the share done, rate and time left once they can be estimated."""
        spent = time.monotonic() - self._begun
        if not self.done or not spent:
            return self.stage
        rate, left = self.done / spent, (self.total - self.done) * spent / self.done
        return f"{self.stage} ({self.done / self.total:.0%} done, {rate:,.0f} steps a second, about {left:.0f} s left)"


@contextmanager
def show_progress() -> Iterator[Stages]:
    """The stages of a load, shown on standard error; call them with the name of each stage as it begins."""
    if not sys.stderr.isatty():
        yield Stages(lambda stages: print(stages.label, file=sys.stderr, flush=True))
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("starting", total=None)
        yield Stages(lambda stages: _update_bar(shown, task, stages))


def _update_bar(shown: Progress, task: TaskID, stages: Stages) -> None:
    shown.update(task, description=stages.label, completed=stages.done, total=stages.total or None)
