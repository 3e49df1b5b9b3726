"""What PostgreSQL takes to find the records of a list: a small model of the ways in which it can, of which it chooses the cheapest.

One module, although long, because it is one model: the ways are compared with one another.

Times are microseconds of one core. `python -m bench.costs` measures them (docs/decisions/costs.md).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod, sqrt

from schema.model.claim import CLAIM_CONDITIONS
from schema.model.kinds import Kinds
from schema.storage.indexes import serves

from ..query.bindings import Values
from ..query.nodes import Condition, Order, Page, Related, Where
from .shares import value_of
from .statistics import RANGES, SHARE_WITHIN, Statistics

MICROSECONDS_PER_UNIT = 10  # One unit of cost is about what it takes to find one record and to write ten of its fields.
INDEXED_TEXT = 3  # Letters of the shortest text that the index of names finds.
PLANNED_BY_PARTS = (
    40_000  # Characters of a statement, without literals, for which the prices of its parts stand; those beyond have a price of their own.
)
FEW_VALUES = 20  # Of the first column of an index, which is then used without a condition on it.
PASSED_FOR_ONE = 10  # PostgreSQL rather passes over so many records in the order of an index than it fetches one.
COUNTED = ("eq", "one_of", *RANGES)  # Operators whose records an index has side by side.


@dataclass(frozen=True)
class Prices:
    """The microseconds that each of these takes. They are calibrated together, so that each also stands for what usually comes with it."""

    statement: float = 90  # To begin and to end.
    begun: float = 6  # To prepare to run one list or record of it.
    begun_field: float = 6  # To prepare to write one field.
    planned: float = 150  # To plan one list or record of a statement that is planned for each request.
    planned_field: float = 2  # To plan one field of it.
    begun_past: float = 80  # To prepare to read two tables as of an earlier revision.
    planned_past: float = 200  # To plan that.
    planned_character: float = 1.2  # To plan one character of a long statement, and to prepare to run it: 0.6 to 1.5 for forty of them.
    planned_text: float = 200  # To estimate how many rows have a text in their names, by all that is sampled of these.
    page: float = 1  # To read 8 kB of a table in order.
    row: float = 0.15  # To look at one row of them.
    fetched: float = 1.5  # To find one row by an index.
    passed: float = 0.9  # To pass over one on the way through an index.
    counted: float = 0.07  # To count one row in an index.
    searched: float = 0.025  # To look a text up in the index of names, for each name in it.
    compared: float = 0.1  # To evaluate a condition on a row.
    matched: float = 0.4  # To look for a word in the names of a row.
    folded: float = 9.0  # To fold a text of a row, in order to compare it or to order by it.
    ordered: float = 0.8  # To put one row in order.
    opened: float = 2.5  # To begin a list below a record, or the claims about one.
    unpacked: float = 0.3  # To take one record out of the row in which it is packed.
    record: float = 0.5  # To write one record.
    field: float = 0.2  # To write one value.
    byte: float = 0.01  # To write one byte of a value that is not short, and to send it.
    claim: float = 3  # To find one claim and its source.
    origin: float = 6  # To find the origins of a value.
    entry: float = 4  # To compare what the claims say about one field, and to write what is known of it.
    summed: float = 0.7  # To add one record to a total.
    summed_key: float = 0.5  # To group it by one key.
    overlapping: float = 12  # To compare one record with those that may count the same, where later ones replace most of them.
    overlapping_flow: float = 55  # To compare one that no other replaces.
    starred: float = 1.5  # To add one record to what contains it, where that is not stored.
    contradicted: float = 22  # To compare the claims about one record that are not all the same.
    total: float = 10  # To finish one row of totals, and to write it.
    said: float = 200  # To say one record in words, in Python.
    said_total: float = 100  # To say one row of totals.
    past: float = 2  # What is read as of an earlier revision takes this many times as long.


PRICES = Prices()


class Reading:
    """The ways to find the records of one list, with what can be said of them before a request gives its values.

    `past`: the list is read as of an earlier revision, from the live table and its history.
    """

    def __init__(self, kinds: Kinds, statistics: Statistics, prices: Prices, page: Page, past: bool = False) -> None:
        self.kinds, self.statistics, self.prices, self.page = kinds, statistics, prices, page
        self.past = past
        tables = [page.kind.name, *([f"{page.kind.name}_history"] if past else [])]
        self.rows = statistics.rows_of(page.kind.name) + sum(statistics.rows.get(table, 0.0) for table in tables[1:])
        self.conditions = [*conditions_of(page.where, nested=False)]
        self.matches: list[Reading] = [
            Reading(kinds, statistics, prices, _target(kinds, condition)) for condition in self.conditions if condition.operator == "match"
        ]
        self.related = [
            (part, Reading(kinds, statistics, prices, Page("", part.reverse.kind, (), where=part.where))) for part in related_of(page.where)
        ]
        self.per_row = len(page.search) * (prices.matched + len(page.kind.found_by_links) * prices.compared) + sum(
            map(self._comparing, self.conditions)
        )
        probes = [(part, self._probing(part, reading)) for part, reading in self.related]
        self.per_related: float = sum(probe for _, probe in probes)
        # The number of a current record's related records is counted for each row that is looked at; whether there are any, also the other way round.
        self.per_row += sum(probe for part, probe in probes if self._counts(part))
        self.per_walked: float = (
            prices.passed + self.per_row + sum(match.per_walked + prices.fetched - prices.passed for match in self.matches)
        )
        self.per_walked += sum(probe for part, probe in probes if not self._counts(part))
        self.per_ordered = prices.ordered + (prices.folded if any(term.field and term.field.type.escaped for term in page.terms) else 0.0)
        pages = sum(statistics.pages.get(table, 0.0) for table in tables)
        self.scan = pages * prices.page + self.rows * (prices.row + self.per_row)
        self.texts = len(page.search) + sum(map(_in_names, self.conditions))
        self.searching = self.texts * prices.searched * statistics.rows_of(page.kind.name)
        self.inside: float = sum(map(self._inside, self.conditions)) * prices.fetched + sum(match.inside for match in self.matches)
        self._group(past)

    def _group(self, past: bool) -> None:
        """Weigh the conditions in groups, and find the ways that indexes offer for them."""
        kinds, statistics, prices, page = self.kinds, self.statistics, self.prices, self.page
        parts = page.where.parts if page.where.how == "all" else (page.where,) if page.where.parts else ()
        groups = statistics.groups(kinds, page.kind, parts)
        self.shares = [share for _, share in groups]
        self.words = [statistics.word_share(kinds, page.kind, word) for word in page.search]
        self.words_elsewhere = [
            Reading(kinds, statistics, prices, Page("", kinds[link.type.ref or ""], (), search=(word,)), past)
            for word in page.search
            for link in page.kind.found_by_links
        ]
        self.served = [number for number, (group, _) in enumerate(groups) if all(self._served(part) for part in group)]
        self.entries = [*self._entries([group for group, _ in groups])]
        self.walks = [*self._walks([group for group, _ in groups])]
        alone = not past and not page.search and not (self.matches or self.related)
        self.counted = alone and len(groups) <= 1 and all(map(self._counted, self.conditions))
        self.counted_together = alone and any(
            len(entered) == len(groups) and any(self._served(part) for part in groups[entered[0]][0]) for entered in self.entries
        )

    def share(self, values: Values | None) -> float:
        """The share of records of the kind that the list has."""
        return prod([share(values) for share in (*self.shares, *self.words)])

    def first(self, size: float, values: Values | None) -> tuple[float, float]:
        """How many records the first page of the list has, about, and the time to find them."""
        shares, words = [share(values) for share in self.shares], [word(values) for word in self.words]
        found, of_words = prod(shares) * prod(words), prod(words)
        time = self._all(shares, words, values) + found * self.rows * self.per_ordered
        for walk, alike in self.walks:
            share = of_words * prod([shares[number] for number in walk])
            walked = min(size / max(share, 1e-9) + alike, self.rows)
            if self.matches:  # PostgreSQL may follow the index although to fetch what conditions find takes less: the mean of both.
                time = max(time, sqrt(time * min(walked, PASSED_FOR_ONE * found * self.rows) * self.per_walked))
            # All that it passes over may come first, as where the ids of one collection come before those of another: the mean of the expected and the most.
            # Other conditions than on linked records leave no more than those that do not meet them; of what refers to linked records, their share tells little.
            most = walked if not walk else self.rows if self.matches else min(self.rows, walked + (1 - share) * self.rows)
            walked = sqrt(walked * most) * self.per_walked
            time = min(time, walked + self.inside + self.of_words(values) + (self.of_related(values) if self.past else 0.0))
        return min(size, 4 * found * self.rows + 1), time

    def count(self, values: Values | None) -> float:
        """The time to count all records of the list. Current ones that one condition selects are counted in its index."""
        if self.counted or self.counted_together:
            return self.share(values) * self.rows * self.prices.counted
        return self.all(values)

    def all(self, values: Values | None) -> float:
        """The time to find all records of the list: by the index of a condition, or among all of the kind."""
        return self._all([share(values) for share in self.shares], [word(values) for word in self.words], values)

    def _all(self, shares: list[float], words: list[float], values: Values | None) -> float:
        long = (share for word, share in zip(self.page.search, words, strict=True) if len(str(value_of(word.text, values))) >= INDEXED_TEXT)
        found = min([1.0, *(shares[number] for number in self.served), *long])
        found = min([found, *(prod([shares[number] for number in entered]) for entered in self.entries)])
        time = min(self.scan, self.searching + found * self.rows * (self.prices.fetched + self.per_row))
        return time + self.linked(values)

    def linked(self, values: Values | None) -> float:
        """The time to find all linked records that conditions are about."""
        return (
            self.inside + sum(match.all(values) - match.inside for match in self.matches) + self.of_related(values) + self.of_words(values)
        )

    def of_words(self, values: Values | None) -> float:
        """The time to find the records with words that a search looks for behind references."""
        return sum(reading.all(values) for reading in self.words_elsewhere)

    def of_related(self, values: Values | None) -> float:
        """The time to find all related records that conditions are about, where they are not looked for record by record."""
        return sum(reading.all(values) + self._grouping(part, reading, values) for part, reading in self.related if not self._counts(part))

    def _counts(self, part: Related) -> bool:
        """Whether the related records of each row are counted, row by row."""
        return not (self.past or part.some or part.none)

    def _grouping(self, part: Related, reading: Reading, values: Values | None) -> float:
        return 0.0 if part.some or part.none else reading.share(values) * reading.rows * self.prices.ordered

    def _probing(self, part: Related, reading: Reading) -> float:
        """The time to look for the related records of one row."""
        if self.past:
            return self.prices.compared
        return self.prices.opened + self.statistics.related_to(self.page.kind, part.reverse) * reading.per_walked

    def below(self, number: float, size: float, values: Values | None) -> float:
        """The time to find the first records of a list below a record that has `number` of them: by the index of their link.

        If few of many are requested in the order of an index, PostgreSQL may follow that instead, and pass over those of other records. A larger
        page must not cost less, so what it may pass over is bounded, not left out.
        """
        fetched = self.prices.fetched + self.per_row
        passed = min(size * self.rows / max(number, 1.0), PASSED_FOR_ONE * number)
        time = number * fetched + number * self.share(values) * self.per_ordered
        walked = passed * self.per_walked
        return time if not self.walks else sqrt(time * walked) if walked < time else time + walked / 2

    def _comparing(self, condition: Condition) -> float:
        """The time to evaluate a condition on one row."""
        if _of_claims(condition):
            return self.prices.compared if self.past else self.prices.opened
        if condition.field is not None and condition.field.name in self.page.kind.computed:
            return self.prices.fetched
        if condition.operator == "contains" and not _in_names(condition):
            return self.prices.folded
        return (self.prices.matched if _in_names(condition) else self.prices.compared) * (1 + self._inside(condition) / 50)

    def _inside(self, condition: Condition) -> float:
        """How many records are inside the one that `within` names; as of the past, also the claims that are looked up once."""
        if _of_claims(condition) and self.past:
            share = self.statistics.share(self.kinds, self.page.kind, condition)
            return self.statistics.claims_of(self.page.kind) * self.rows * share(None)
        if condition.operator != "within" or condition.field is None:
            return 0.0
        return SHARE_WITHIN * self.statistics.rows_of(condition.field.type.ref or "")

    def _served(self, part: Where | Condition | Related) -> bool:
        """Whether an index serves a condition; of `known`, an index of the field has the unknown ones."""
        if isinstance(part, Related):
            return part.some or (self.past and not part.none)
        if not isinstance(part, Condition):
            return False
        return _of_claims(part) or serves(self.page.kind, part.field, "eq" if part.operator == "known" else part.operator)

    def _counted(self, condition: Condition) -> bool:
        return condition.operator in COUNTED and self._served(condition) and not _of_claims(condition)

    def _entries(self, groups: list[list[Where | Condition | Related]]) -> Iterator[list[int]]:
        """For each index of several columns: the groups of conditions that select records side by side in it. A first column of few values may have none: PostgreSQL looks at each of these."""
        equal, ranges = (
            {
                _name(part): number
                for number, group in enumerate(groups)
                for part in group
                if isinstance(part, Condition) and part.operator in operators
            }
            for operators in (("eq", "one_of"), RANGES)
        )
        for columns in self.page.kind.indexes:
            entered: list[int] = []
            for position, column in enumerate(name.removeprefix("-") for name in columns):
                if column in equal:
                    entered.append(equal[column])
                    continue
                if column in ranges:
                    entered.append(ranges[column])
                elif not position and self._distinct(column) <= FEW_VALUES:
                    continue
                break
            if entered:
                yield entered

    def _distinct(self, column: str) -> float:
        field = self.page.kind.fields.get(column)
        return self.statistics.column(self.page.kind, field).distinct if field else self.rows

    def _walks(self, groups: list[list[Where | Condition | Related]]) -> Iterator[tuple[tuple[int, ...], float]]:
        """For each index that has the order of the list, or begins with it: the groups of conditions that rows on the way may not meet.

        Also how many rows are alike in an order that the index only begins with: they are read and put in order together.
        """
        equal = {_name(part) for group in groups for part in group if isinstance(part, Condition) and part.operator == "eq"}
        terms, fields = [_column(term) for term in self.page.terms], self.page.kind.fields
        for columns in (("id",), *self.page.kind.indexes, *((field.name,) for field in fields.values() if field.index)):
            prefix = 0
            while prefix < len(columns) and columns[prefix].removeprefix("-") in equal and list(columns[prefix:][: len(terms)]) != terms:
                prefix += 1
            same = [
                column for column, term in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(columns[prefix:], terms, strict=False))
            ]
            if same:
                last = fields.get(same[-1].removeprefix("-"))
                alike = self.rows / max(1.0, self.statistics.column(self.page.kind, last).distinct) if last and same != terms else 0.0
                yield tuple(number for number, group in enumerate(groups) if not _along(group, {*columns[:prefix]}, terms[0])), alike


def conditions_of(tree: Where, nested: bool = True) -> Iterator[Condition]:
    """The conditions in a tree; with `nested`, also those on linked and on related records."""
    for part in tree.parts:
        if isinstance(part, Where):
            yield from conditions_of(part, nested)
        elif isinstance(part, Related):
            yield from conditions_of(part.where) if nested else ()
        else:
            yield part
            if nested and isinstance(part.value, Where):
                yield from conditions_of(part.value, nested)


def related_of(tree: Where, nested: bool = False) -> Iterator[Related]:
    """The conditions on related records in a tree; with `nested`, also those on records that are linked or related themselves."""
    for part in tree.parts:
        inner = part if isinstance(part, Where) else part.where if isinstance(part, Related) else part.value
        if isinstance(part, Related):
            yield part
        if isinstance(inner, Where) and (nested or isinstance(part, Where)):
            yield from related_of(inner, nested)


def _target(kinds: Kinds, condition: Condition) -> Page:
    """The linked records that a condition is about."""
    assert condition.field is not None and isinstance(condition.value, Where)
    return Page("", kinds[condition.field.type.ref or ""], (), where=condition.value)


def _along(group: list[Where | Condition | Related], served: set[str], first: str) -> bool:
    """Whether conditions only decide where an index is entered and left."""
    return all(
        isinstance(part, Condition)
        and ((_name(part) in served and part.operator == "eq") or (_name(part) == first.removeprefix("-") and part.operator in RANGES))
        for part in group
    )


def _of_claims(condition: Condition) -> bool:
    """Whether a condition is about the claims of a record, which have indexes of their own."""
    return condition.field is not None and condition.field.name in CLAIM_CONDITIONS


def _in_names(condition: Condition) -> bool:
    """Whether a condition looks for a text in a name, all of which one index has."""
    return condition.operator == "contains" and condition.field is not None and condition.field.search


def _name(condition: Condition) -> str:
    return condition.field.name if condition.field else "id"


def _column(term: Order) -> str:
    return ("-" if term.descending else "") + (term.field.name if term.field else "id")
