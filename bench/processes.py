"""CPU time and memory of a process and its descendants, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def cpu(root: int) -> float:
    """CPU seconds of a process and its descendants, including those that have ended and been waited for."""
    # After the name in parentheses: state, parent, …; user and system time of its own and of its waited-for children.
    return sum(sum(int(one) for one in fields[11:15]) for fields in _stats(tree(root))) * TICK


def memory(root: int) -> int:
    """Bytes of memory of a process and its descendants; a page shared by n processes counts as 1/n in each."""
    total = 0
    for pid in tree(root):
        try:
            lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def tree(root: int) -> list[int]:
    """A process and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            for fields in _stats([int(entry.name)]):
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, left = [], [root]
    while left:
        pid = left.pop()
        found.append(pid)
        left += children.get(pid, [])
    return found


def command_line(entry: Path) -> bytes:
    """The words of a process in /proc, each followed by a null byte; empty if it has ended."""
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""


def _stats(pids: Iterable[int]) -> Iterator[list[str]]:
    for pid in pids:
        try:
            text = (PROC / str(pid) / "stat").read_text()
        except OSError:  # It has ended since.
            continue
        yield text.rpartition(")")[2].split()
