"""The report of the load benchmark names skipped steps, and separates targets from results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.loading import report
from bench.loading.command import Command, CommandFailed

LOAD: dict[str, Any] = {"seconds": 30.0, "peak": 200_000_000, "rows": 3000, "rate": 100.0, "bytes": 2_000_000, "told": {"added": 9}}
TIMES = {"count": 100, "failed": 0, "seconds": 1.0, "rate": 100.0, "p50": 0.001, "p99": 0.004, "p999": 0.005, "longest": 0.006}
FLOOR = dict.fromkeys(("copy", "keys", "indexes", "references", "checks", "analyze"), 2.0) | {"rows": 9000, "seconds": 12.0}
FOUND: dict[str, Any] = {"date": "2026-01-01", "machine": "One", "events": 3000, "readers": 4, "pause": 0.02, "settings": {}}


def reached(steps: report.Steps) -> dict[str, str]:
    return {line[0]: line[-1] for line in report.verdict(steps)}


def test_every_target_is_judged() -> None:
    steps: report.Steps = {
        "first": LOAD, "floor": FLOOR, "small": LOAD, "again": LOAD | {"seconds": 11.0}, "changed": LOAD, "replace": LOAD,
        "more": LOAD | {"seconds": 2.0}, "undo": LOAD | {"seconds": 1.0},
        "readers": LOAD | {"before": TIMES, "during": TIMES | {"p99": 0.006}, "after": TIMES},
    }  # fmt: skip
    found = reached(steps)
    assert found.pop("time of the same file again, relative to its first load") == "no"
    assert set(found.values()) == {"reached", "yes"}
    text = report.text(FOUND | {"steps": steps})
    assert all(title in text for name, title in report.TITLES.items() if name != "floor")
    assert "all of it, 9,000 rows of tables" in text


@pytest.mark.parametrize("name", report.TITLES)
def test_a_single_step_is_reported_and_the_others_as_not_measured(name: str) -> None:
    alone = {"floor": FLOOR, "readers": LOAD | {"before": TIMES, "during": TIMES, "after": TIMES}}.get(name, LOAD)
    steps: report.Steps = {name: alone}
    assert "" in reached(steps).values()
    assert "not measured" in report.text(FOUND | {"steps": steps})


def test_the_time_and_memory_of_a_command_are_measured(tmp_path: Path) -> None:
    ran = Command("", tmp_path / "log", "--version").ended()
    assert ran.seconds > 0
    assert ran.peak > 5_000_000
    assert ran.told == {}


def test_a_failed_command_raises_with_its_output(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="No such option"):
        Command("", tmp_path / "log", "--nonsense").ended()
