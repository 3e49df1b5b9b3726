"""The rows of a table that sum others, the rows that these may sum, and what a receipt says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..sql.duckdb.wide import place_of

MAX_WARNINGS = 10  # Rows of a file that warnings name, of those that are left out and of those that are kept.

Numbers = Sequence[Decimal | None]


@dataclass(frozen=True)
class Group:
    """Rows that a row may sum: how many, and their sums."""

    parts: int = 0
    sums: Numbers = ()

    def compared(self, numbers: Numbers) -> list[tuple[Decimal, Decimal]]:
        """Each stated number with the sum that it would be; none if there are no such rows."""
        pairs = zip(numbers, self.sums, strict=False) if self.parts else ()
        return [(number, total) for number, total in pairs if number is not None and total is not None]

    def exceeds(self, numbers: Numbers) -> bool:
        """Whether the largest part is above every number, which then sums no such parts; found by their mean."""
        compared = [(number, total) for number, total in self.compared(numbers) if total > 0]
        return bool(compared) and all(number * self.parts < total for number, total in compared)

    def equals(self, numbers: Numbers, tolerance: Decimal | None = None) -> bool:
        compared = self.compared(numbers)
        return bool(compared) and all(
            abs(number - total) <= (0 if tolerance is None else max(Decimal(1), total * tolerance)) for number, total in compared
        )


@dataclass(frozen=True)
class SumRow:
    """A row that sums others and is left out, or, if `kept`, one that may do so; `group`: the rows that it may sum. `lacks`: the columns in which it has nothing. `proved`: it has
    no word for a total, and each of several numbers is the sum of all other rows. `within`: it has no such word either; which rows it may sum, such as those of places within its own."""

    record: int
    label: str
    numbers: Numbers = ()
    group: Group = Group()
    kept: bool = False
    lacks: str = ""
    proved: bool = False
    within: str = ""


def sum_warnings(counts: Sequence[str], rows: Sequence[SumRow]) -> Iterator[str]:
    """What to say about rows that are left out although their numbers are not the sums of others, and about rows that are kept."""
    differing = [(row, text) for row in rows if not row.kept and (text := _differences(counts, row))]
    for row, text in differing[:MAX_WARNINGS]:
        yield f"{place_of(row.record)} ({row.label}) sums other rows and is left out, but its numbers are not theirs: {text}"
    if len(differing) > MAX_WARNINGS:
        yield f"{len(differing) - MAX_WARNINGS} more rows that sum others are left out, although their numbers are not theirs"
    inferred = [row for row in rows if row.within and not row.kept]
    for row in inferred[:MAX_WARNINGS]:
        yield (
            f"{place_of(row.record)} ({row.label}) has the sum of {_others(row)} {row.within}, and is left out: {_numbers(counts, row)}; "
            "if other people are meant, load it from a file of its own"
        )
    if len(inferred) > MAX_WARNINGS:
        yield f"{len(inferred) - MAX_WARNINGS} more rows have the sums of others, of days or places within their own, and are left out"
    kept = [row for row in rows if row.kept]
    for row in kept[:MAX_WARNINGS]:
        yield f"{place_of(row.record)} ({row.label}) {_why(counts, row)}; if it is a total, remove it from the file"
    if len(kept) > MAX_WARNINGS:
        yield f"{len(kept) - MAX_WARNINGS} more rows may be totals and are counted"


def _why(counts: Sequence[str], row: SumRow) -> str:
    """Why a row that is kept may be a total."""
    told = _differences(counts, row)
    numbers = _numbers(counts, row)
    if row.within:
        told = told or f"{numbers}, as they add up to"
        return f"may sum {_others(row)} {row.within}, and is counted: {told}"
    if row.proved:
        return f"has the sums of all {row.group.parts} other rows, and is counted: {numbers}"
    if not row.lacks:
        return f"has a word for a total and is counted{f': {told}' if told else ''}"
    return f"has nothing in {row.lacks}, and is counted: {told or f'{numbers}, as {row.group.parts} other rows add up to'}"


def _others(row: SumRow) -> str:
    return f"{row.group.parts} other rows" if row.group.parts > 1 else "another row"


def _numbers(counts: Sequence[str], row: SumRow) -> str:
    return ", ".join(f"{name} {_plain(number)}" for name, number in zip(counts, row.numbers, strict=False) if number is not None)


def _differences(counts: Sequence[str], row: SumRow) -> str:
    """Each number of a row that is not the sum of the rows that it may sum, with that sum."""
    pairs = zip(counts, row.numbers, row.group.sums, strict=False)
    return ", ".join(
        f"{name} is {_plain(number)}, and other rows add up to {_plain(total)}"
        for name, number, total in pairs
        if number is not None and total is not None and number != total
    )


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
