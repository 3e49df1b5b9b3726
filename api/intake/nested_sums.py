"""Finds the rows that sum others and have no word for it, because they name a longer time or a larger place: a year beside its months, a country beside its towns.

Such a row may be an event of which no more is known, and its number that of other rows by accident. So one that has the exact sum of at least two others is
left out only if rows of its level are sums as a rule, and if the numbers are too large or too many for an accident. Others are kept, and flagged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from schema.formats.hxl import BY_ALPHA3, BY_NAME
from schema.formats.total_words import folded

from ..sql.duckdb import nested_sums as sql
from ..sql.duckdb.sum_columns import TableColumns
from .sum_warnings import Group, Numbers, SumRow

MAX_ROWS = 20_000  # Rows with a name of a place around them, of a table that is looked at.
TIME, PLACE = "of days within its own", "of places within its own"
LEAST = 10  # A smaller number is the sum of others by accident,
MIN_NUMBERS = 3  # unless so many are.
BY_RULE = 0.75  # Of the rows of a level that have several parts, the share of those that are sums, from which it is a rule.
BY_ACCIDENT = 0.25  # The share below which they are sums by accident, of which nothing is said.
COUNTRIES = {folded(name): code for name, code in (*BY_ALPHA3.items(), *BY_NAME.items())}

Run = Callable[..., list[Any]]  # Runs a statement with parameters and returns its rows.


@dataclass(frozen=True)
class _Row:
    """A row, its numbers, and the rows that it may sum, of which as many as are `stated` have another number than 0."""

    record: int
    label: str
    numbers: Numbers
    group: Group
    stated: int

    @property
    def is_sum(self) -> bool:
        return self.group.equals(self.numbers)

    @property
    def is_no_less(self) -> bool:
        return all(number >= total for number, total in self.group.compared(self.numbers))


class NestedSums:
    """Finds such rows among the rows of the table `base` that are no candidates; `leave_out` makes rows candidates."""

    def __init__(self, base: str, columns: TableColumns, run: Run, leave_out: Callable[[Iterable[int]], None]) -> None:
        self.base, self.columns, self.run, self.leave_out = base, columns, run, leave_out
        self.places = sorted(columns.places - columns.names)

    def find(self, known: Set[int]) -> list[SumRow]:
        """The rows that sum others, which become candidates, and those that may do so. `known`: rows of which that is decided."""
        columns = self.columns
        has_units = columns.span is not None and self.run(sql.has_units(self.base, columns.span))[0][0]
        named = self._named() if {*self.places} - columns.countries else {}
        if not has_units and not named:
            return []
        self.run(sql.nested(self.base, columns.labels, columns.counts, columns.span or ("null", "null")))
        found = dict[int, SumRow]()
        for keys in self._keys():
            for unit in sql.UNITS if has_units else ():
                self._judge(self._of_unit(unit, keys), TIME, found)
            for around in sorted(named, reverse=True):
                self._judge(self._of_place(around, named[around], keys), PLACE, found)
        self.run(sql.DROP)
        return [row for row in found.values() if row.record not in known]

    def _keys(self) -> list[list[int]]:
        """The positions of labels that a row and its parts share, beside their dates: what is about their facts, and all that repeats; then the former alone."""
        columns = self.columns
        others = [n for n in range(len(columns.labels)) if n not in columns.facts | columns.dates | columns.numeric]
        repeated = self.run(sql.repeated(self.base, [columns.labels[n] for n in others]))[0] if others else ()
        also = [n for n, repeats in zip(others, repeated, strict=True) if repeats]
        return [sorted({*columns.facts, *also}), sorted(columns.facts)][: 2 if also else 1]

    # A longer time

    def _of_unit(self, unit: str, keys: Sequence[int]) -> list[_Row]:
        """The rows of a whole month, quarter or year, with those of a part of it."""
        rows = self.run(sql.of_unit(unit, keys, len(self.columns.counts)))
        return [
            _Row(record, _name_of_unit(unit, begins), numbers, Group(parts, sums), stated)
            for record, begins, numbers, parts, sums, stated in rows
        ]

    # A larger place

    def _named(self) -> dict[int, dict[int, str]]:
        """The rows that have the name of a place around theirs, by the position of that place, or -1 if it is a country that no column has: their numbers and this name."""
        places, columns = self.places, self.columns
        countries = [n for n in places if n in columns.countries]
        inner = [n for n, place in enumerate(places) if place not in countries]
        statement = sql.named_like_another(self.base, [columns.labels[n] for n in places], inner, columns.counts, MAX_ROWS)
        named: dict[int, dict[int, str]] = {}
        for record, cells in self.run(statement, [[*COUNTRIES]]):
            texts = dict(zip(places, cells, strict=True))
            for around, name in self._around({n: folded(text or "") for n, text in texts.items()}, countries):
                named.setdefault(around, {})[record] = texts[name]
        return named

    def _around(self, seen: Mapping[int, str], countries: Sequence[int]) -> Iterator[tuple[int, int]]:
        """The places around a row that have its name: their position, and that of the name."""
        own = {COUNTRIES.get(seen[n]) for n in countries} | {self.columns.country} - {""} - {None}
        for n in seen:
            if n in countries or not seen[n]:
                continue
            code = COUNTRIES.get(seen[n])
            if code and (code in own or not (countries or self.columns.country)):
                yield (countries[0] if countries else -1), n
            elif code is None or not countries:
                yield from ((m, n) for m in seen if m != n and m not in countries and seen[m] == seen[n])

    def _of_place(self, around: int, named: Mapping[int, str], keys: Sequence[int]) -> list[_Row]:
        """These rows, with those of other places in the place around them."""
        columns = self.columns
        shared = [n for n in keys if n not in self.places or n == around or n in columns.countries]
        within = [n for n in self.places if n not in shared]
        rows = self.run(sql.of_place(shared, within, len(columns.counts)), [[*named]])
        return [_Row(record, named[record], numbers, Group(parts, sums), stated) for record, numbers, parts, sums, stated in rows]

    # What decides

    def _judge(self, rows: Sequence[_Row], reason: str, found: dict[int, SumRow]) -> None:
        """Add the rows of a level that are sums to those found, and make them candidates; and add those that may be."""
        rows = [row for row in rows if row.record not in found or found[row.record].kept]
        compared = [row for row in rows if row.stated > 1]
        sums = [row for row in compared if row.is_sum]
        numbers = [number for row in sums for number in row.numbers if number]
        is_rule = len(sums) >= BY_RULE * len(compared) and (max(numbers, default=0) >= LEAST or len(numbers) >= MIN_NUMBERS)
        if is_rule and len(sums) > 1:  # Then one with a single part, or without a number but 0, is one too.
            sums = [row for row in rows if row.is_sum]
        others = (
            [row for row in compared if not row.is_sum] if is_rule or (reason == TIME and all(row.is_no_less for row in compared)) else []
        )
        if not is_rule and len(sums) < BY_ACCIDENT * len(compared):
            sums = []
        for kept, listed in ((not is_rule, sums), (True, others)):
            for row in listed:
                found[row.record] = SumRow(row.record, row.label, row.numbers, row.group, kept, within=reason)
        if is_rule:
            self.leave_out(row.record for row in sums)


def _name_of_unit(unit: str, begins: str) -> str:
    """A month as 2024-03, a quarter as 2024-Q1, a year as 2024."""
    quarter = f"{begins[:4]}-Q{(int(begins[5:7]) + 2) // 3}"
    return {"month": begins[:7], "quarter": quarter, "year": begins[:4]}[unit]
