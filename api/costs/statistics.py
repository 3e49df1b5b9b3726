"""How large the tables are, and what share of their records meets a condition: what costs are computed from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, exp, sqrt
from typing import Any, ClassVar, NamedTuple

from schema.model.claim import CLAIM_CONDITIONS, CONDITION_COLUMNS
from schema.model.field import Field
from schema.model.kind import Kind, Reverse
from schema.model.kinds import Kinds

from ..query.bindings import Parameter, Values
from ..query.nodes import Condition, Related, Where, Word
from .column_statistics import ColumnStatistics, column_statistics, rounded
from .shares import Share, product, value_of

UNKNOWN_ROWS = 1000.0  # Of a table that PostgreSQL has not analyzed: it does so soon after many rows were written.
RANGES = ("lt", "lte", "gt", "gte")
# Shares of records, where statistics cannot know them: of those with a text in a name, or in prose, with a value in a list, and inside a record.
SHARE_FOUND, SHARE_IN_PROSE, SHARE_OF_LIST, SHARE_WITHIN = 0.05, 0.0001, 0.01, 0.05
TIMES_AVERAGE = 4  # So many times as many records as on average may refer to one that is not among those with most.
LEAST_FOUND = 0.002  # The share of records whose names have a text that none of the samples has.


class Compared(NamedTuple):
    """How many sums of a country and a measure have to be compared with one another, up to MAX_COUNTED; of those without a country, None for both."""

    country: str | None
    measure: str | None
    number: int
    since: str | None = None  # Their first month, if all are counted.
    until: str | None = None
    flows: int = 0  # How many of them are flows; later counts replace most of the others.


@dataclass(frozen=True)
class Statistics:
    """What PostgreSQL has counted and sampled of all tables, as of one revision."""

    revision: int = 0
    rows: Mapping[str, float] = field(default_factory=dict)  # By table.
    pages: Mapping[str, float] = field(default_factory=dict)  # Of 8 kB, by table.
    columns: Mapping[tuple[str, str], ColumnStatistics] = field(default_factory=dict)  # By kind and field.

    compared: Mapping[str, Sequence[Compared]] = field(
        default_factory=dict
    )  # By kind: the sums that totals have to compare with one another.

    events: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # By kind: the share of the sums of each event that has many.

    nothing: ClassVar[ColumnStatistics] = ColumnStatistics()

    @classmethod
    def read(cls, revision: int, tables: str, columns: str, compared: str, events: str) -> Statistics:
        """The statistics in the row of the statement in api/sql/answering/statistics.py."""
        counted = [(name, rows, pages) for name, rows, pages in json.loads(tables) if rows >= 0]
        rows = {name: rounded(rows) for name, rows, _ in counted}
        sampled = {(kind, name): column_statistics(rows.get(kind, UNKNOWN_ROWS), *sample) for kind, name, *sample in json.loads(columns)}
        of_countries = {kind: [Compared(*counted) for counted in counts] for kind, counts in json.loads(compared)}
        return cls(revision, rows, {name: rounded(pages) for name, _, pages in counted}, sampled, of_countries, dict(json.loads(events)))

    def rows_of(self, table: str) -> float:
        return max(1.0, self.rows.get(table, UNKNOWN_ROWS))

    def items(self, table: str, field: Field) -> float:
        """The average length of the lists in a field of records or, for the table of their claims, of claims."""
        return self.columns.get((table, field.name), self.nothing).items

    def column(self, kind: Kind, field: Field) -> ColumnStatistics:
        """Of a field of records; a computed one is in the table of their sums."""
        return self.columns.get((f"{kind.name}_sum" if field.name in kind.computed else kind.name, field.name), self.nothing)

    def share_of_shape(self, kind: Kind, shape: int) -> float:
        """The share of the summed records of a kind that have a shape (schema/storage/columns.py)."""
        return self.columns.get((f"{kind.name}_sum", "shape"), self.nothing).common.get(str(shape), 0.0)

    def share_disputed(self, kind: Kind) -> float:
        """The share of the summed records of a kind about which claims say different things."""
        return self.columns.get((f"{kind.name}_sum", "disputed"), self.nothing).common.get("t", 0.0)

    def claims_of(self, kind: Kind) -> float:
        """The average number of claims about a record of a kind."""
        return max(1.0, self.rows.get(f"{kind.name}_claim", 0.0) / self.rows_of(kind.name))

    def referring(self, kind: Kind, link: Field) -> tuple[float, float]:
        """The number of records of a kind whose link refers to one record: on average; and of one that a client has chosen, to which many may refer."""
        column, rows = self.column(kind, link), self.rows_of(kind.name)
        average = rows * (1 - column.unknown) / max(1.0, column.distinct)
        return average, sqrt(average * rows * column.hottest)

    def most_referring(self, kind: Kind, link: Field) -> tuple[Callable[[float, float], float], float]:
        """The most records of a kind whose links refer to some different records, of each at most a number; and the most that refer to one."""
        column, rows = self.column(kind, link), self.rows_of(kind.name)
        hot = sorted((max(1.0, share * rows) for share in column.common.values()), reverse=True) or [max(1.0, column.hottest * rows)]
        others = max(0.0, rows - sum(hot))
        of_another = min(hot[-1], max(1.0, TIMES_AVERAGE * others / max(1.0, column.distinct - len(hot))))

        def most(records: float, each: float) -> float:
            known = sum(min(each, number) for number in hot[: ceil(records)])
            further = min(max(0.0, records - len(hot)) * min(each, of_another), others + 1)
            return min(known + further, records * each)

        return most, hot[0]

    def share(self, kinds: Kinds, kind: Kind, tree: Where | Condition | Related) -> Share:
        """The share of records of a kind that meet conditions, as if these were independent of each other."""
        if isinstance(tree, Condition):
            return self._condition(kinds, kind, tree)
        if isinstance(tree, Related):
            return self._related(kinds, kind, tree)
        if tree.how == "all":
            return product([share for _, share in self.groups(kinds, kind, tree.parts)])
        shares = [self.share(kinds, kind, part) for part in tree.parts]
        if tree.how == "any":
            return lambda values: min(1.0, sum(share(values) for share in shares))
        return lambda values: 1 - min(1.0, sum(share(values) for share in shares))

    def groups(
        self, kinds: Kinds, kind: Kind, parts: Iterable[Where | Condition | Related]
    ) -> list[tuple[list[Where | Condition | Related], Share]]:
        """Conditions that must all be met, with the share of records that meet them.

        Two bounds of one field are one condition, of what is between them; those on one linked record are one on it.
        """
        spans: dict[str, list[Condition]] = {}
        links: dict[str, list[Condition]] = {}
        groups: list[tuple[list[Where | Condition | Related], Share]] = []
        for part in parts:
            if isinstance(part, Condition) and part.field is not None and part.operator in RANGES:
                spans.setdefault(part.field.name, []).append(part)
            elif isinstance(part, Condition) and part.field is not None and isinstance(part.value, Where) and part.value.how == "all":
                links.setdefault(part.field.name, []).append(part)
            else:
                groups.append(([part], self.share(kinds, kind, part)))
        for matches in links.values():
            inner = tuple(part for match in matches if isinstance(match.value, Where) for part in match.value.parts)
            assert matches[0].field is not None  # Only conditions on fields are here.
            groups.append(([*matches], self._linked(kinds, kind, matches[0].field, inner)))
        least = 1 / self.rows_of(kind.name)
        for span in spans.values():
            bounds = [self.share(kinds, kind, bound) for bound in span]
            groups.append(([*span], lambda values, bounds=bounds: max(least, 1 - sum(1 - bound(values) for bound in bounds))))  # type: ignore[misc]  # mypy infers no type for the default
        return groups

    def _linked(self, kinds: Kinds, kind: Kind, link: Field, parts: Sequence[Where | Condition | Related]) -> Share:
        """The share of records whose linked record meets conditions: that of linked records, as if as many referred to each.

        Of the country of an event it is that of the sums of its figures: few events of a country may have most of them.
        """
        target, own = kinds[link.type.ref or ""], kind.totals
        column = self.columns.get((f"{kind.name}_sum", own.country)) if own is not None and link.name == own.event else None
        if own is None or column is None:
            return self.share(kinds, target, Where("all", tuple(parts)))
        of_country = [part for part in parts if isinstance(part, Condition) and part.field is target.fields[own.country]]
        others = tuple(part for part in parts if part not in of_country)
        return product(
            [self.share(kinds, target, Where("all", others)), *(self._condition(kinds, target, part, column) for part in of_country)]
        )

    def word_share(self, kinds: Kinds, kind: Kind, word: Word) -> Share:
        """The share of records of a kind that have a word: in their names, among their codes, or in the records that they refer to."""
        codes, shares = dict(word.codes), list[Share]()
        if kind.searched:
            names = self.columns.get((kind.name, "search"), self.nothing)
            shares.append(lambda values: names.share_containing(value_of(word.text, values), LEAST_FOUND, SHARE_FOUND))
        shares += [
            self._condition(kinds, kind, Condition(field, "one_of", codes[field])) for field in kind.found_by_codes if field in codes
        ]
        shares += [self.word_share(kinds, kinds[link.type.ref or ""], word) for link in kind.found_by_links]
        return lambda values: min(1.0, sum(share(values) for share in shares))

    def _condition(self, kinds: Kinds, kind: Kind, condition: Condition, column: ColumnStatistics | None = None) -> Share:
        if condition.operator == "match" and condition.field is not None and isinstance(condition.value, Where):
            return self.share(kinds, kinds[condition.field.type.ref or ""], condition.value)
        share_of, value = self._share_of(kind, condition.field, condition.operator, column), condition.value
        if isinstance(value, Parameter):
            return lambda values: min(1.0, max(0.0, share_of(value_of(value, values))))
        constant = min(1.0, max(0.0, share_of(value)))
        return lambda values: constant

    def related_to(self, kind: Kind, reverse: Reverse) -> float:
        """The average number of the records that refer to a record of a kind by a reverse."""
        unknown = self.column(reverse.kind, reverse.field).unknown
        return self.rows_of(reverse.kind.name) * (1 - unknown) / self.rows_of(kind.name)

    def _related(self, kinds: Kinds, kind: Kind, related: Related) -> Share:
        """The share of records of a kind to which as many others refer, as if these were spread by chance."""
        reverse, rows = related.reverse, self.rows_of(kind.name)
        average, inner = self.related_to(kind, reverse), self.share(kinds, reverse.kind, related.where)
        referred_to = min(1.0, self.column(reverse.kind, reverse.field).distinct / rows)

        def at_least(number: float, mean: float) -> float:
            return 1.0 if number < 1 else min(1 - exp(-mean), mean / number, referred_to)

        def share(values: Values | None) -> float:
            mean, number = average * inner(values), float(value_of(related.number, values))  # type: ignore[arg-type]  # a number
            reached, passed = at_least(number, mean), at_least(number + 1, mean)
            by_operator = {
                "eq": reached - passed, "ne": 1 - reached + passed, "gt": passed, "gte": reached, "lt": 1 - reached, "lte": 1 - passed
            }  # fmt: skip
            return max(1 / rows, by_operator[related.operator])

        return share

    def _share_claimed(self, kind: Kind, about: Field, operator: str) -> Callable[[Any], float]:
        """The share of records with a claim by a source, or from a collection; of a source that a client has chosen, about which nothing is known but
        that most sources say little, and one may say nearly all."""
        column = self.columns.get((f"{kind.name}_claim", CONDITION_COLUMNS[about.name]), self.nothing)
        chosen = sqrt(column.hottest / max(1.0, column.distinct))
        share_of: Callable[[Any], float] = (lambda _: chosen) if about.type.ref else column.share_of
        return (lambda value: sum(map(share_of, _items(value)))) if operator == "one_of" else share_of

    def _share_of(self, kind: Kind, about: Field | None, operator: str, column: ColumnStatistics | None = None) -> Callable[[Any], float]:
        """The share of records that an operator finds on a field, as a function of its value; `column`: the statistics, if not those of the field itself."""
        if about is not None and about.name in CLAIM_CONDITIONS:
            return self._share_claimed(kind, about, operator)
        if about is None or about.name not in kind.fields or (about.type.ref and operator in ("eq", "ne", "one_of")):
            each = (1 if about is None else self.referring(kind, about)[1]) / self.rows_of(kind.name)
            by_id: dict[str, Callable[[Any], float]] = {"ne": lambda _: 1 - each, "one_of": lambda value: each * len(_items(value))}
            return by_id.get(operator, lambda _: each)
        column = column or self.column(kind, about)
        shares: dict[str, Callable[[Any], float]] = {
            "eq": column.share_of,
            "ne": lambda value: 1 - column.share_of(value),
            "one_of": lambda value: sum(map(column.share_of, _items(value))),
            "known": lambda value: 1 - column.unknown if value else column.unknown,
            **dict.fromkeys(("lt", "lte"), column.share_below),
            **dict.fromkeys(("gt", "gte"), lambda value: 1 - column.unknown - column.share_below(value)),
            "within": lambda _: SHARE_WITHIN,
            "has": lambda _: SHARE_OF_LIST,
        }
        least, unknown = (LEAST_FOUND, SHARE_FOUND) if about.search else (SHARE_IN_PROSE, SHARE_IN_PROSE)
        return shares.get(operator, lambda value: column.share_containing(value, least, unknown))


def _items(value: object) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)
