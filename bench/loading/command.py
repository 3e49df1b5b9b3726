"""Runs `conflict-facts` as a user would, and measures its time and its peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..database import ROOT
from ..processes import PROC, tree

MEMORY_INTERVAL = 0.05  # Seconds between two samples of its memory.
PROCESS_INTERVAL = 0.5  # Seconds between two searches for its processes; a search takes five milliseconds.


class CommandFailed(RuntimeError):
    """The command ended with an error; the message has the end of its output."""


@dataclass(frozen=True)
class CommandResult:
    """The duration in seconds, the sum of the peak memory of the command's processes in bytes, and the JSON at the end of its output."""

    seconds: float
    peak: int
    told: dict[str, Any]


class Command:
    """A running `conflict-facts` command."""

    def __init__(self, url: str, log: Path, *arguments: object) -> None:
        own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.log, self.peaks, self.started = log, dict[int, int](), time.perf_counter()
        self.seconds, self.searched, self.pids = 0.0, 0.0, list[int]()
        with log.open("wb") as errors, log.with_suffix(".out").open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api", *map(str, arguments)], cwd=ROOT, env=own | {"DATABASE_URL": url}, stdout=output, stderr=errors
            )

    def running(self) -> bool:
        """Whether it still runs. Each call samples its memory, so call it often."""
        if self.process.poll() is not None:
            self.seconds = self.seconds or time.perf_counter() - self.started
            return False
        if (now := time.perf_counter()) > self.searched + PROCESS_INTERVAL:
            self.searched, self.pids = now, tree(self.process.pid)
        for pid in self.pids:
            self.peaks[pid] = max(self.peaks.get(pid, 0), _peak(pid))
        return True

    def ended(self) -> CommandResult:
        """Wait for its end. Raises CommandFailed."""
        try:
            while self.running():
                time.sleep(MEMORY_INTERVAL)
        except BaseException:
            self.process.terminate()
            self.process.wait()
            raise
        said = self.log.with_suffix(".out").read_text()
        if self.process.returncode:
            raise CommandFailed(f"{self.process.args!r}: {self.log.read_text()[-3000:]}{said[-3000:]}")
        return CommandResult(self.seconds, sum(self.peaks.values()), _told(said))


def _told(said: str) -> dict[str, Any]:
    last = said.rstrip().rpartition("\n")[2]
    found: dict[str, Any] = json.loads(last) if last.startswith("{") else {}
    return found


def _peak(pid: int) -> int:
    """The peak memory of a process so far, in bytes. The kernel's figure at its end would include the process it was forked from."""
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
    except OSError:  # It has ended since.
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
