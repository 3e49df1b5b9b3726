"""What a map must say of running totals and of numbers present on a day: were each row an event of its own, totals would add them all up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import map_keys as keys
from .hxl import SHARED_EVENT, TableMapping
from .map_rows import Entry
from .table_row import CUMULATIVE, SERIES, STOCK

WORDS = {STOCK: "a number present on a day", CUMULATIVE: "a running total"}
CURE = (
    "each row is an event of its own, so totals would add all rows up: let the column that names its series, such as the country, become event.id "
    "(or give `event` an `id`){day}; if rows are about several places, add `place: {{of: figures}}`"
)
MIXED = "; read numbers of periods in the same table, such as new deaths, by a map of their own"


def unshared_series(
    figures: Mapping[str, Mapping[str, Any]], entries: Sequence[Entry], event: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """The figures of a map whose rows would be added up although each later one replaces the earlier, and what to do; "" stands for tags."""
    targets = {entry.target for entry in entries}
    if {keys.EVENT_ID, SHARED_EVENT} & targets or "id" in event:
        return
    found = {name: basis for name, given in figures.items() if (basis := _series(name, given, entries))}
    for name, basis in found.items():
        mixed = MIXED if len(found) < len(figures) else ""
        yield name, f"is {WORDS[basis]}, and {CURE.format(day=f', and the day {name}.period_end')}{mixed}"
    if tagged := TableMapping([target for target in targets if target.startswith("#")]).series:
        yield "", f"has {tagged[0].column.name}, {WORDS[tagged[0].basis]}, and {CURE.format(day='')}"


def _series(name: str, given: Mapping[str, Any], entries: Sequence[Entry]) -> str:
    """The basis of a figure if a later number of it replaces an earlier one; of a column that says the basis, if it may say so."""
    if basis := given.get("basis"):
        return str(basis) if basis in SERIES else ""
    of = next((entry for entry in entries if entry.target == f"{name}.basis"), None)
    codes = {*of.codes.values(), of.otherwise} if of and of.codes else {*SERIES} if of else set()
    return next((basis for basis in SERIES if basis in codes), "")
