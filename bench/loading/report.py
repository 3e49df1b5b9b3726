"""The results of a run beside the targets of docs/loading.md, as Markdown tables."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..database import BUILD, ROOT
from ..report import _markdown as markdown

PAGE = ROOT / "docs" / "loading.md"
RESULTS = BUILD / "loading.json"
MB = 1_000_000
TITLES = {
    "first": "the file into an empty database",
    "floor": "COPY of the same rows, keys, indexes, checks",
    "small": "a smaller file into an empty database",
    "again": "the same file again",
    "changed": "the file with 1 % of its deaths changed",
    "replace": "the first file, replacing the changed one",
    "more": "1 % more events of the same source",
    "undo": "undo of these",
    "readers": "a second dataset, while readers send requests",
}
Steps = dict[str, dict[str, Any]]
Line = tuple[str, ...]


def _ratio(one: str, other: str) -> Callable[[Steps], float]:
    return lambda steps: float(steps[one]["seconds"] / steps[other]["seconds"])


# Title, upper bound, unit, and the function that measures.
TARGETS: tuple[tuple[str, float, str, Callable[[Steps], float]], ...] = (
    ("time of the first load, relative to the floor", 3, "×", _ratio("first", "floor")),
    ("memory at the peak of the first load", 400, "MB", lambda steps: steps["first"]["peak"] / MB),
    ("memory at the peak of the smaller load", 400, "MB", lambda steps: steps["small"]["peak"] / MB),
    ("memory of the first load, relative to the smaller one’s", 1.25, "×", lambda steps: steps["first"]["peak"] / steps["small"]["peak"]),
    ("time of the same file again, relative to its first load", 1 / 3, "×", _ratio("again", "first")),
    ("time to load 1 % more events, relative to the first load", 0.1, "×", _ratio("more", "first")),
    ("time to undo them, relative to their load", 1, "×", _ratio("undo", "more")),
    (
        "readers’ p99 during a load, relative to before",
        2,
        "×",
        lambda steps: steps["readers"]["during"]["p99"] / steps["readers"]["before"]["p99"],
    ),
    ("requests of readers that failed", 0, "", lambda steps: steps["readers"]["during"]["failed"]),
)


def verdict(steps: Steps) -> Iterator[Line]:
    yield "target", "bound", "measured", "reached"
    for title, asked, unit, measure in TARGETS:
        bound = f"at most {asked:.3g} {unit}".strip()
        try:
            found = measure(steps)
        except KeyError:  # The step was skipped.
            yield title, bound, "not measured", ""
        else:
            yield title, bound, f"{found:.3g} {unit}".strip(), "yes" if found <= asked else "no"


def loads(steps: Steps) -> Iterator[Line]:
    yield "what", "rows", "seconds", "rows/s", "peak MB", "added", "unchanged", "rejected", "flagged"
    for name, title in TITLES.items():
        if name in steps and name != "floor":
            one = steps[name]
            said = [
                f"{one['told'][key]:,}" if isinstance(one["told"].get(key), int) else ""
                for key in ("added", "unchanged", "rejected", "flagged")
            ]
            yield title, f"{one['rows']:,}", f"{one['seconds']:.1f}", f"{one['rate']:,.0f}", f"{one['peak'] / MB:.0f}", *said


def floor(steps: Steps) -> Iterator[Line]:
    yield "the floor", "seconds"
    one = steps["floor"]
    for name in ("copy", "keys", "indexes", "references", "checks", "analyze"):
        yield name, f"{one[name]:.1f}"
    yield f"all of it, {one['rows']:,} rows of tables", f"{one['seconds']:.1f}"


def readers(steps: Steps) -> Iterator[Line]:
    yield "readers", "answers", "answers/s", "p50 ms", "p99 ms", "p99.9 ms", "longest ms", "failed"
    for name in ("before", "during", "after"):
        one = steps["readers"][name]
        times = [f"{one[column] * 1000:.1f}" for column in ("p50", "p99", "p999", "longest")]
        yield name, f"{one['count']:,}", f"{one['rate']:.0f}", *times, f"{one['failed']}"


def text(found: dict[str, Any]) -> str:
    """All tables, in Markdown."""
    steps: Steps = found["steps"]
    parts = [_setting(found), markdown(verdict(steps)), markdown(loads(steps))]
    parts += [markdown(table(steps)) for name, table in (("floor", floor), ("readers", readers)) if name in steps]
    return "\n\n".join(parts)


def _setting(found: dict[str, Any]) -> str:
    settings = ", ".join(f"`{name}={value}`" for name, value in found["settings"].items()) or "the settings that `make run` gives it"
    size = f" of {found['steps']['first']['bytes'] / MB:.0f} MB" if "first" in found["steps"] else ""
    return (
        f"Measured on {found['date']}: a file{size} with {found['events']:,} events, made by `bench/ged.py`. {found['machine']}. "
        f"PostgreSQL has {settings}. {found['readers']} readers, each of whom waits {found['pause'] * 1000:g} ms between two questions."
    )


def save(found: dict[str, Any]) -> Path:
    RESULTS.write_text(json.dumps(found, indent=1))
    return RESULTS


def write(found: dict[str, Any]) -> None:
    """Write the tables into docs/loading.md, between its marks."""
    marked = re.compile(r"(<!-- results -->\n).*(<!-- end of results -->)", re.S)
    PAGE.write_text(marked.sub(lambda match: f"{match[1]}\n{text(found)}\n\n{match[2]}", PAGE.read_text()))
    print(f"wrote {PAGE}")
