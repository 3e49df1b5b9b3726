"""Shows the progress of a command, with its stage and the time left: as a progress bar on a terminal, as lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from .stages import Stages


class TimeLeft(ProgressColumn):
    """The one estimate of the time left, which grows shorter while a stage runs."""

    def __init__(self, stages: Stages) -> None:
        super().__init__()
        self.stages = stages

    def render(self, task: Task) -> Text:
        return Text(self.stages.time_left)


@contextmanager
def show_progress(as_lines: bool = True) -> Iterator[Stages]:
    """The stages of a command, shown on standard error; call them with the name of each stage as it begins.

    `as_lines`: print a line for each where standard error is no terminal.
    """
    if not sys.stderr.isatty():
        yield Stages(lambda stages: print(stages.label, file=sys.stderr, flush=True) if as_lines else None)
        return
    stages = Stages(lambda stages: shown.update(task, description=stages.words, completed=stages.done, total=stages.total or None))
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn(), TimeLeft(stages))
    # Standard output that goes to a file or a pipe must still go there.
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty()) as shown:
        task = shown.add_task("starting", total=None)
        yield stages
