"""Measures loading: `python -m bench.loading --events 418000`; `--events 3000` tries everything in a minute."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path
from typing import Any

from .. import report as others
from ..database import SETTINGS
from . import report
from .steps import Run, RunOptions
from .workspace import open_workspace

REQUIRED_STEP = "first"  # The step that all others build on.


def main() -> None:
    given = arguments()
    if given.write:
        report.write(json.loads(given.write.read_text()))
        return
    found: dict[str, Any] = {
        "date": str(dt.datetime.now(dt.UTC).date()), "machine": others.machine(), "events": given.events, "readers": given.readers,
        "pause": given.pause, "settings": {} if given.plain else SETTINGS, "steps": {},
    }  # fmt: skip
    small = min(given.small, max(1, given.events // 4))
    with open_workspace(given.plain, given.keep) as where:
        run = Run(where, RunOptions(given.events, small, given.seconds, given.readers, given.pause))
        for name, title in report.TITLES.items():
            if name == REQUIRED_STEP or name in given.only:
                print(f"{name}: {title}", flush=True)
                found["steps"][name] = getattr(run, name)()
                print(f"  {found['steps'][name]['seconds']:.1f} s", flush=True)
                report.save(found)
    print(report.text(found))
    print(f"kept in {report.RESULTS}")
    print(json.dumps(found))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.loading", description="Compares loading with PostgreSQL's own COPY.")
    parser.add_argument("--events", type=int, default=418_000, help="rows of the file; UCDP GED 26.1 has 417,968")
    parser.add_argument("--small", type=int, default=100_000, help="rows of the smaller file, at most a quarter of the other's")
    parser.add_argument(
        "--only", type=_names, default=list(report.TITLES), help=f"in addition to {REQUIRED_STEP}: {','.join(report.TITLES)}"
    )
    parser.add_argument("--skip", type=_names, default=[], help="steps to leave out")
    parser.add_argument("--seconds", type=float, default=20.0, help="of reading before and after the load that readers meet")
    parser.add_argument("--readers", type=int, default=4, help="how many readers")
    parser.add_argument("--pause", type=float, default=0.02, help="seconds that a reader waits between two questions")
    parser.add_argument("--plain", action="store_true", help="PostgreSQL with the settings of the embedded one, instead of the benchmarks'")
    parser.add_argument("--keep", action="store_true", help="leave the database and the files in build/bench/loading")
    parser.add_argument("--write", type=Path, metavar="RESULTS", help="measure nothing; put the numbers of a run into docs/loading.md")
    given = parser.parse_args()
    given.only = [name for name in given.only if name not in given.skip]
    return given


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in report.TITLES]:
        raise argparse.ArgumentTypeError(f"no step is called {', '.join(unknown)}")
    return names


if __name__ == "__main__":
    main()
