"""What the first draft of a map says of columns that are called running totals: rows of one series are counts of one event, as of a day each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schema.formats.map_words import CUMULATIVE, FIGURES

DAYS = ("event.ended_on", "event.date", "event.started_on")  # The first that a table has says the day of a count.
NAMES = ("event.name", "event.country")  # The first that a table has names the series.
BESIDE = "A running total beside numbers of single rows: load it by a map of its own, in which rows of one series share an event.id."
SHARED = "Rows with one event.id are one series: its latest number replaces the earlier ones, and totals add series up. Check what names a series."


@dataclass(frozen=True)
class Series:
    """How a draft places columns. `targets`: by column, as placed and changed; `remarks`: by column, why one is left to `original`."""

    targets: Mapping[str, tuple[str, ...]]
    remarks: Mapping[str, str] = field(default_factory=dict)
    remark: str = ""
    event_id: str = ""  # That of all rows, if no column names a series.
    locates_figures: bool = False


def series(placed: Mapping[str, str], counts_rows: bool) -> Series:
    """The columns as placed, with those of running totals as counts of one event for each series, if the table has no other counts.

    `counts_rows`: the draft makes another figure of each row, beside those of `placed`.
    """
    figures = {target.partition(".")[0] for target in placed.values()} & {*FIGURES}
    running = sorted(name for name in figures if name.endswith(CUMULATIVE))
    if not running:
        return Series({name: (target,) for name, target in placed.items()})
    if counts_rows or len(running) < len(figures):
        beside = [name for name, target in placed.items() if target.partition(".")[0] in running]
        return Series({name: (target,) for name, target in placed.items() if name not in beside}, dict.fromkeys(beside, BESIDE))
    day, named = (next((target for target in order if target in placed.values()), "") for order in (DAYS, NAMES))
    targets = {name: (target,) for name, target in placed.items() if target not in DAYS or target == day}
    changed = {day: tuple(f"{name}.period_end" for name in running), named: (named, "event.id")}
    return Series(
        {name: changed.get(target, (target,)) for name, (target,) in targets.items()},
        remark=SHARED,
        event_id="" if named else "counts",
        locates_figures=any(target.startswith(("place.", "admin")) for target in placed.values()),
    )
