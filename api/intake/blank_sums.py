"""Finds the rows that sum others and have no word for it: a place or a date is blank, and the numbers are the sums of the rows that have one.

A row whose place is only unknown may have such numbers by accident. So the rows of a table are left out only if all that lack the same labels
are sums, and either every group of rows has one of them, or the row without any label is the sum of all others but them. Else they are kept, and flagged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..sql.duckdb import sum_rows as sql
from ..sql.duckdb.sum_columns import TableColumns
from .sum_warnings import Group, Numbers, SumRow

MAX_ROWS = 20_000  # Rows that lack a label, of a table that is looked at.
UNNAMED, UNLABELLED = "a sum without a name", "a row without a name"
MIN_NUMBERS = 3  # Numbers that must be sums until it is no accident.

Keys = tuple[tuple[int, str], ...]  # Positions of labels, and their cells.
Run = Callable[..., list[Any]]  # Runs a statement with parameters and returns its rows.
Grouped = Callable[[set[Keys]], dict[Keys, Group]]  # By labels: the rows that have them and are no candidates.


@dataclass(frozen=True)
class BlankRow:
    """A row that lacks labels: its number, its cells and numbers, the labels that it has, and the positions of those that it lacks."""

    record: int
    cells: Sequence[str | None]
    numbers: Numbers
    keys: Keys
    blank: frozenset[int]
    group: Group = field(default_factory=Group)

    @property
    def is_sum(self) -> bool:
        return self.group.parts > 0 and any(self.numbers) and self.group.equals(self.numbers)


class BlankSums:
    """Finds such rows among the rows of the table `base` that are no candidates yet; `leave_out` makes rows candidates."""

    def __init__(self, base: str, columns: TableColumns, run: Run, grouped: Grouped, leave_out: Callable[[Iterable[int]], None]) -> None:
        self.base, self.columns, self.run, self.grouped, self.leave_out = base, columns, run, grouped, leave_out

    def find(self, excluded: Sequence[int]) -> list[SumRow]:
        """The rows that lack labels and are sums, those that may be, and those without any label. `excluded`: the rows that are candidates already."""
        certain, doubtful = self._lacking(excluded)
        self._exclude([*excluded, *(row.record for row in (*certain, *doubtful))])
        if unnamed := self._unnamed():  # It adds up without them: so they are no parts.
            certain, doubtful = [*certain, *doubtful], []
        elif doubtful:
            self._exclude([*excluded, *(row.record for row in certain)])
            unnamed = self._unnamed()
        told = [*self._told(certain, kept=False), *(SumRow(record, UNNAMED) for record in unnamed), *self._told(doubtful, kept=True)]
        told += self._unlabelled([*excluded, *(row.record for row in told if not row.kept)])
        self._exclude(excluded)
        return told

    def _exclude(self, records: Iterable[int]) -> None:
        """Make these rows the only candidates."""
        self.run(sql.NO_CANDIDATES)
        self.leave_out(records)

    def _unnamed(self) -> list[int]:
        """The row without any label that is the sum of all others, if there is one."""
        return [row[0] for row in self.run(sql.without_labels(self.base, self.columns.labels, self.columns.counts))]

    def _unlabelled(self, excluded: Sequence[int]) -> list[SumRow]:
        """The other rows without any label, with all rows that have one."""
        labels, counts = self.columns.labels, self.columns.counts
        found = [row for row in self.run(sql.unlabelled(self.base, labels, counts)) if row[0] not in excluded]
        if not found:
            return []
        self._exclude([*excluded, *(record for record, _ in found)])
        everything = Group(*self.run(sql.of_all(self.base, counts))[0])
        if not everything.parts:  # Of a table without labels, every row is like that.
            return []
        return [SumRow(record, UNLABELLED, numbers, everything, kept=True, lacks="any other column") for record, numbers in found]

    def _lacking(self, excluded: Sequence[int]) -> tuple[list[BlankRow], list[BlankRow]]:
        """The rows that are sums of others, and those that may be, the smallest groups first."""
        rows, certain, doubtful, sums = self._rows(excluded), list[BlankRow](), list[BlankRow](), list[int]()
        for lacking in sorted({len(row.blank) for row in rows}):
            wider = [row for row in rows if len(row.blank) >= lacking]
            self._exclude([*excluded, *sums, *(row.record for row in wider)])
            level = [row for row in wider if len(row.blank) == lacking]
            for same in ([row for row in level if row.blank == blank] for blank in dict.fromkeys(row.blank for row in level)):
                found = self._with_groups(same)
                matching = [row for row in found if row.is_sum]
                if len(matching) == 1 and matching[0].group.parts == 1:  # Two rows with one number are no sum.
                    continue
                (certain if self._is_rule(found) else doubtful).extend(matching)
                sums += [row.record for row in matching]
        return certain, doubtful

    def _rows(self, excluded: Sequence[int]) -> list[BlankRow]:
        columns, skipped = self.columns, {*excluded}
        places = sorted(columns.places | columns.dates)
        if not places:
            return []
        statement = sql.lacking(self.base, columns.labels, columns.counts, [columns.labels[n] for n in places], MAX_ROWS)
        found = []
        for record, cells, numbers in self.run(statement):
            keys = tuple((n, cell) for n, cell in enumerate(cells) if cell is not None)
            if keys and record not in skipped:
                found.append(BlankRow(record, cells, numbers, keys, frozenset(n for n in places if cells[n] is None)))
        return found

    def _with_groups(self, rows: Sequence[BlankRow]) -> list[BlankRow]:
        """The rows that others share all labels with, with those."""
        groups = self.grouped({row.keys for row in rows})
        return [replace(row, group=groups[row.keys]) for row in rows if row.keys in groups]

    def _is_rule(self, rows: Sequence[BlankRow]) -> bool:
        """Whether all rows that lack the same labels are sums, there are several, and each group of several rows has one."""
        several = [row for row in rows if row.group.parts > 1]
        numbers = sum(1 for row in several for number in row.numbers if number)
        positions = {tuple(n for n, _ in row.keys) for row in rows}
        if len(several) < 2 or numbers < MIN_NUMBERS or len(positions) != 1 or not all(row.is_sum or not any(row.numbers) for row in rows):
            return False
        labels = [self.columns.labels[n] for n in next(iter(positions))]
        return bool(self.run(sql.count_groups(self.base, labels, self.columns.counts))[0][0] == len(several))

    def _told(self, rows: Iterable[BlankRow], kept: bool) -> Iterator[SumRow]:
        """Rows as the receipt has them."""
        for row in rows:
            lacks = " and ".join(self.columns.labels[n] for n in sorted(row.blank))
            yield SumRow(row.record, ", ".join(cell for _, cell in row.keys), row.numbers, row.group, kept, lacks)
