"""Shows the progress of a load, a retraction or an undo, with stage, rate and time left: as a progress bar on a terminal, as lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from .stages import Stages


@contextmanager
def show_progress() -> Iterator[Stages]:
    """The stages of a change, shown on standard error; call them with the name of each stage as it begins."""
    if not sys.stderr.isatty():
        yield Stages(lambda stages: print(stages.label, file=sys.stderr, flush=True))
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("starting", total=None)
        yield Stages(lambda stages: _update_bar(shown, task, stages))


def _update_bar(shown: Progress, task: TaskID, stages: Stages) -> None:
    shown.update(task, description=stages.label, completed=stages.done, total=stages.total or None)
