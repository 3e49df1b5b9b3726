"""The results of a run: a table on the screen, JSON in build/bench and, with --write, the page in docs/."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from . import targets
from .chart import chart
from .database import BUILD, ROOT
from .questions import QUESTIONS
from .rounds import BARE
from .targets import Measured, Questions, ratio

PAGE, CHART, DATA = (ROOT / "docs" / f"performance.{suffix}" for suffix in ("md", "svg", "json"))
COLUMNS = {
    "rate": ("requests/s", 1, "{:,.0f}"), "p50": ("p50 ms", 1e3, "{:.2f}"), "p99": ("p99 ms", 1e3, "{:.2f}"),
    "server_cpu": ("server µs", 1e6, "{:,.0f}"), "database_cpu": ("database µs", 1e6, "{:,.0f}"),
    "client_cpu": ("client µs", 1e6, "{:,.0f}"), "bytes": ("bytes", 1, "{:,.0f}"),
}  # fmt: skip


def show(results: dict[str, list[Measured]]) -> None:
    """Print the results of one question."""
    show_rows(table(results))


def show_rows(lines: Iterable[tuple[str, ...]]) -> None:
    rows = list(lines)
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        print(
            "   " + row[0].ljust(widths[0]) + "  " + "  ".join(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        )
    print(flush=True)


def table(results: dict[str, list[Measured]], labels: dict[str, str] | None = None) -> Iterator[tuple[str, ...]]:
    """Medians over rounds, and our rate as a multiple of each peer's."""
    yield ("", *(title for title, _, _ in COLUMNS.values()), "ours is")
    for name, rounds in results.items():
        cells = []
        for key, (_, times, form) in COLUMNS.items():
            values = [measured[key] for measured in rounds if key in measured]
            cells.append(form.format(median(values) * times) if values else "")
        versus = f"{ratio(results['ours'], rounds):.2f} ×" if "ours" in results and name != "ours" else ""
        yield ((labels or {}).get(name, name), *cells, versus)


def save(found: dict[str, Any], complete: bool) -> Path:
    """Write the results to a file. A complete run has a file of its own; a partial one replaces its questions in the file of partial runs."""
    file = _file("results" if complete else "partial", found["scale"], found["shape"])
    if not complete and file.exists():
        found = {**found, "questions": {**json.loads(file.read_text())["questions"], **found["questions"]}}
    file.write_text(json.dumps(found, indent=1))
    print(f"kept in {file}")
    return file


def verdict(found: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    yield "target", "bound", "measured", "reached"
    yield from targets.target_lines(found["questions"], found["shape"])
    if not found["shape"]:
        yield from targets.scaling_lines(found["questions"], _tenth(found["scale"]))
        yield from targets.once_lines(found["cold"])


def _tenth(scale: float) -> Questions:
    """The results on a tenth of the data, of complete and partial runs; empty without such a run."""
    questions: Questions = {}
    for file in (_file("partial", scale / 10), _file("results", scale / 10)):
        if file.exists():
            questions |= json.loads(file.read_text())["questions"]
    return questions


def _file(name: str, scale: float, shape: str = "") -> Path:
    return BUILD / f"{'-'.join([name, *filter(None, [shape])])}-{scale:g}.json"


def write(file: Path) -> None:
    """Write the results of a run into docs/performance.md, between its marks, draw the chart, and write every round to performance.json."""
    found = json.loads(file.read_text())
    parts = [_setting(found), "### Targets", _markdown(verdict(found)), "![Requests per second](performance.svg)",
             "Every round is in [performance.json](performance.json)."]  # fmt: skip
    for name, results in found["questions"].items():
        parts += [f"### {name}: {QUESTIONS[name].title}", _markdown(table(results, found["labels"]))]
    text = PAGE.read_text()
    marked = re.compile(r"(<!-- results -->\n).*(<!-- end of results -->)", re.S)
    PAGE.write_text(marked.sub(lambda match: match[1] + "\n" + "\n\n".join(parts) + "\n\n" + match[2], text))
    CHART.write_text(chart({
        f"{name}: {QUESTIONS[name].title}": {one: (found["labels"][one], median(r["rate"] for r in rounds)) for one, rounds in results.items() if one != BARE}
        for name, results in found["questions"].items()
    }))  # fmt: skip
    DATA.write_text(file.read_text() + "\n")
    print(f"wrote {PAGE}, {CHART} and {DATA}")


def _setting(found: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    settings = ", ".join(f"`{name}={value}`" for name, value in found["settings"].items())
    return (
        f"Measured on {found['date']} at scale {found['scale']:g}: {found['events']:,} events, {found['database']}. {found['machine']}. "
        f"{found['rounds']} rounds of {found['seconds']:g} s for each server and question, after {found['warm']:g} s that are not counted; "
        f"{found['connections']} connections. {versions}. PostgreSQL has {settings}."
    )


def _markdown(rows: Iterable[tuple[str, ...]]) -> str:
    head, *rest = rows
    right = " | ".join(["---", *(["--:"] * (len(head) - 1))])
    return "\n".join(["| " + " | ".join(head) + " |", f"| {right} |", *("| " + " | ".join(row) + " |" for row in rest)])


def machine() -> str:
    cpus = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024**2
    return f"{len(cpus)} cores of {cpus[0] if cpus else platform.processor()}, {memory} GiB, {platform.system()}; all on one machine"
