"""Finds the rows of a table that sum others, by their words and their numbers, so that nobody is counted twice.

The rule, which docs/loading.md explains: a row with a word for a total in place of a name sums the rows that share its other places and its dates,
whatever its numbers are. Where the word may be a name, or no row shares them, the numbers decide; if they are no sum, the row is kept, and flagged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from schema.formats.total_words import MAX_LABEL_LENGTH, TotalLabel, folded, total_label, words_for_totals

from ..sql.duckdb import sum_rows as sql
from ..sql.duckdb.sum_columns import TableColumns
from .blank_sums import BlankSums
from .nested_sums import COUNTRIES, NestedSums
from .proved_sums import sums_of_all
from .sum_warnings import Group, Numbers, SumRow

MAX_COUNTRIES = 1_000  # Distinct cells of a column of countries that are compared with the names of countries.
NEAR = Decimal("0.01")  # A total may differ from its parts by rounding: by one, or by this share.

Keys = tuple[tuple[int, str], ...]  # Positions of labels, and their cells.


@dataclass(frozen=True)
class _Candidate:
    """A row that may be a sum: its number, its labels and numbers, the position of the label that says so, and what that says.

    `said`: the positions of all labels that say so. `keys`: where the rows of what is summed have its name, beside the keys of the row itself.
    """

    record: int
    cells: Sequence[str | None]
    numbers: Numbers
    position: int
    label: TotalLabel
    said: frozenset[int]
    keys: Keys = ()
    named: bool = True  # The name of what is summed, if there is one, is that of a country or of a place around the row.

    @property
    def text(self) -> str:
        return self.cells[self.position] or ""


class SumRows:
    """The rows of the table `base` that sum others."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, base: str, columns: TableColumns) -> None:
        self.connection, self.base, self.columns = connection, base, columns

    def find(self) -> list[SumRow]:
        """The rows that sum others, and those that may do so, in their order."""
        self.connection.execute(sql.NO_CANDIDATES)
        candidates, alone = self._candidates()
        self._leave_out(row.record for row in candidates)
        blank = BlankSums(self.base, self.columns, self._rows, self._by_cells, self._leave_out).find([row.record for row in candidates])
        left_out = [row.record for row in blank if not row.kept]
        self._leave_out(left_out)
        known = {row.record for row in candidates} | {row.record for row in alone + blank}
        nested = NestedSums(self.base, self.columns, self._rows, self._leave_out).find(known)
        left_out += [row.record for row in nested if not row.kept]
        candidates = self._named(candidates)
        certain = [row for row in candidates if self._is_certain(row)]
        doubtful = [row for row in candidates if not self._is_certain(row)]
        decided = [self._decide(row, groups, self._is_sum_by_numbers) for row, groups in self._with_groups(doubtful)]
        # A row that is kept is a part of the sums of others.
        self.connection.execute(sql.NO_CANDIDATES)
        self._leave_out([*left_out, *(row.record for row in decided if not row.kept), *(row.record for row in certain)])
        found = alone + blank + nested
        found += [row for row, candidate in zip(decided, doubtful, strict=True) if not row.kept or self._is_remarkable(candidate)]
        found += [self._decide(row, groups, self._is_sum_by_name) for row, groups in self._with_groups(certain)]
        return sorted([*found, *sums_of_all(self.base, self.columns, self._rows, found)], key=lambda row: row.record)

    def _rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Any]:
        return self.connection.execute(statement, parameters).fetchall()

    def _leave_out(self, records: Iterable[int]) -> None:
        if listed := list(records):
            self.connection.execute(sql.ADD_CANDIDATES, [listed])

    # The rows with a word for a total

    def _candidates(self) -> tuple[list[_Candidate], list[SumRow]]:
        """The rows with such a word in a column that also has other words, and those in places of which all have one: nothing else can be their parts."""
        columns, labels = self.columns, dict[int, dict[str, TotalLabel]]()
        for n, cell in self._rows(sql.texts(self.base, columns.labels, words_for_totals(), MAX_LABEL_LENGTH)):
            if label := total_label(cell):
                labels.setdefault(n - 1, {})[cell] = label
        others = {n for n, found in labels.items() if self._rows(sql.has_others(self.base, columns.labels[n]), [[*found]])[0][0]}
        candidates = self._labelled({n: found for n, found in labels.items() if n in others})
        alone = self._labelled({n: found for n, found in labels.items() if n in columns.places - others})
        records = {row.record for row in candidates}
        kept = [row for row in alone if row.record not in records and not (row.label.every or row.label.of or row.label.doubtful)]
        return candidates, [SumRow(row.record, row.text, kept=True) for row in kept]

    def _labelled(self, labels: dict[int, dict[str, TotalLabel]]) -> list[_Candidate]:
        """The rows in which one of these cells is in its column."""
        if not labels:
            return []
        cells = sorted({cell for found in labels.values() for cell in found})
        columns = self.columns
        statement = sql.rows(self.base, columns.labels, columns.counts, [columns.labels[n] for n in sorted(labels)])
        return [self._candidate(labels, *row) for row in self._rows(statement, [cells]) if any(row[1][n] in labels[n] for n in labels)]

    def _candidate(
        self, labels: dict[int, dict[str, TotalLabel]], record: int, cells: Sequence[str | None], numbers: Numbers
    ) -> _Candidate:
        said = {n: label for n, found in labels.items() if (label := found.get(cells[n] or ""))}
        # Of several, one that is in place of a name and leaves no doubt.
        position = min(said, key=lambda n: (n not in self.columns.places, said[n].doubtful, bool(said[n].of), n))
        return _Candidate(record, cells, numbers, position, said[position], frozenset(said))

    # What is summed by its name

    def _named(self, candidates: Sequence[_Candidate]) -> list[_Candidate]:
        """The candidates with the keys of what they name."""
        names = sorted({row.label.of for row in candidates if row.label.of})
        if not names:
            return [*candidates]
        found: dict[str, list[tuple[int, str]]] = {}
        for n in sorted(self.columns.places):
            for (cell,) in self._rows(sql.named(self.base, self.columns.labels[n]), [names]):
                found.setdefault(folded(cell), []).append((n, cell))
        for n in sorted(self.columns.countries):
            for (cell,) in self._rows(sql.distinct_cells(self.base, self.columns.labels[n], MAX_COUNTRIES)):
                if code := COUNTRIES.get(folded(cell)):
                    found.setdefault(code, []).append((n, cell))
        return [self._with_name(row, found) if row.label.of else row for row in candidates]

    def _with_name(self, row: _Candidate, found: dict[str, list[tuple[int, str]]]) -> _Candidate:
        name, columns = row.label.of, self.columns
        code = COUNTRIES.get(name, "")
        own = {n: folded(row.cells[n] or "") for n in columns.places - row.said}
        if name in own.values() or (code and code in {COUNTRIES.get(own[n]) for n in columns.countries if n in own}):
            return row
        if code and (code == columns.country or (not columns.country and not columns.countries)):
            return row
        around = [key for key in [*found.get(name, ()), *found.get(code, ())] if key[0] != row.position or key[0] in columns.countries]
        if around and not own.get(around[0][0]):
            return _replaced(row, around[:1])
        return _replaced(row, [key for key in found.get(name, ()) if key[0] == row.position], named=False)

    # The rows that may be summed

    def _with_groups(self, candidates: Sequence[_Candidate]) -> Iterator[tuple[_Candidate, list[Group]]]:
        """Each candidate with the groups that it may sum: the rows that share its places and dates; these with all else that it shares with others;
        those that share one of its places or dates; all rows; and those between the candidate before it and itself."""
        if not candidates:
            return
        base, counts = self.base, self.columns.counts
        single = self._by_cell({key for row in candidates for key in _stated(row) if len(key[1]) <= MAX_LABEL_LENGTH})
        everything, block = Group(*self._rows(sql.of_all(base, counts))[0]), self._blocks()
        keys = {row.record: self._keys(row) for row in candidates}
        shared = {
            row.record: (*keys[row.record], *(key for key in _stated(row) if key in single and key not in keys[row.record]))
            for row in candidates
        }
        groups = self._by_cells({*keys.values(), *shared.values()} - {()}) | {(): everything}
        for row in candidates:
            own, all_shared = keys[row.record], shared[row.record]
            singles = [single[key] for key in own if key in single]
            yield row, [groups.get(own, Group()), groups.get(all_shared, Group()), *singles, everything, block.get(row.record, Group())]

    def _keys(self, row: _Candidate) -> Keys:
        """The places and dates of a row, with those of what it names."""
        kept = self.columns.places | self.columns.dates
        return tuple(sorted({*row.keys, *(key for key in _stated(row) if key[0] in kept)}))

    def _by_cell(self, keys: set[tuple[int, str]]) -> dict[tuple[int, str], Group]:
        if not keys:
            return {}
        positions, cells = zip(*sorted(keys), strict=True)
        statement = sql.by_cell(self.base, self.columns.labels, self.columns.counts)
        rows = self._rows(statement, [[n + 1 for n in positions], [*cells]])
        return {(n - 1, cell): Group(parts, sums) for n, cell, parts, sums in rows}

    def _by_cells(self, keys: set[Keys]) -> dict[Keys, Group]:
        by_columns: dict[tuple[int, ...], list[Keys]] = {}
        for key in keys:
            by_columns.setdefault(tuple(n for n, _ in key), []).append(key)
        groups: dict[Keys, Group] = {}
        for positions, wanted in by_columns.items():
            statement = sql.by_cells(self.base, [self.columns.labels[n] for n in positions], self.columns.counts)
            lists = [[key[place][1] for key in wanted] for place in range(len(positions))]
            groups |= {tuple(zip(positions, cells, strict=True)): Group(parts, sums) for cells, parts, sums in self._rows(statement, lists)}
        return groups

    def _blocks(self) -> dict[int, Group]:
        """The rows between each candidate and the one before it."""
        blocks, before, sums_before = dict[int, Group](), 0, [Decimal(0)] * len(self.columns.counts)
        for record, parts, sums in self._rows(sql.above(self.base, self.columns.counts)):
            totals = [total or Decimal(0) for total in sums]
            blocks[record] = Group(parts - before, [total - other for total, other in zip(totals, sums_before, strict=True)])
            before, sums_before = parts, totals
        return blocks

    # What decides

    def _is_certain(self, row: _Candidate) -> bool:
        """Whether the words of a row leave no doubt that it is a sum."""
        in_name = row.position in self.columns.places | self.columns.dates or _states_nothing(row)
        return in_name and row.named and not row.label.doubtful

    def _decide(self, row: _Candidate, groups: Sequence[Group], is_sum: Callable[[_Candidate, Sequence[Group]], bool]) -> SumRow:
        known = [group for group in groups if group.compared(row.numbers)]
        equal = [group for group in known if group.equals(row.numbers)]
        return SumRow(row.record, row.text, row.numbers, [*equal, *known, Group()][0], kept=not is_sum(row, groups))

    def _is_sum_by_name(self, row: _Candidate, groups: Sequence[Group]) -> bool:
        """Whether rows share all places and dates of a row whose name says that it is a sum, or others have its numbers nearly as their sum."""
        shares = groups[0].parts > 0 and not groups[0].exceeds(row.numbers)
        return shares or any(group.equals(row.numbers, NEAR) for group in groups)

    def _is_sum_by_numbers(self, row: _Candidate, groups: Sequence[Group]) -> bool:
        """Whether a row whose word may be a name has the sums of the rows that share its places and dates, or, if it states nothing else, of any."""
        compared = groups if _states_nothing(row) and not row.keys else groups[:2]
        tolerance = NEAR if row.named and not row.label.doubtful else None
        fewest = 1 if row.label.last and row.keys else 2  # "Gao Total", beside one row for Gao.
        return any(group.parts >= fewest and group.equals(row.numbers, tolerance) for group in compared)

    def _is_remarkable(self, row: _Candidate) -> bool:
        """Whether a row that is kept may be taken for a sum: not if its word begins many names, or says little outside of a name."""
        if row.position in self.columns.places:
            return not (row.label.every and row.label.of)
        return row.named and not (row.label.every or row.label.doubtful)


def _stated(row: _Candidate) -> list[tuple[int, str]]:
    """The positions and cells of the labels that say nothing of a sum."""
    return [(n, cell) for n, cell in enumerate(row.cells) if cell is not None and n not in row.said]


def _states_nothing(row: _Candidate) -> bool:
    """Whether a row has nothing but numbers beside what says that it is a sum."""
    return not any(any(character.isalpha() for character in cell) or "-" in cell[1:] or "/" in cell for _, cell in _stated(row))


def _replaced(row: _Candidate, keys: Sequence[tuple[int, str]], named: bool = True) -> _Candidate:
    return _Candidate(row.record, row.cells, row.numbers, row.position, row.label, row.said, tuple(keys[:1]), named)
