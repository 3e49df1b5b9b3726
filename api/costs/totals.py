"""What the cost of a total depends on, beside the number of records: whether an index finds their sums, and how many have to be compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import sqrt

from schema.model.kinds import Kinds
from schema.model.totals import DATE_KEYS
from schema.storage.columns import TANGLED

from ..query.bindings import Values
from ..query.nodes import Condition, Related, TotalsNode, Where
from ..sql.answering.statistics import MAX_COUNTED
from ..sql.answering.sum_conditions import conjuncts, of_country, own_conditions
from .column_statistics import month_number
from .shares import Share, product, value_of
from .statistics import Compared, Statistics

LEAST_IN_SPAN = 0.001  # The share of records in a span of which the statistics know none.
EQUAL = ("eq", "one_of")


class SumCosts:
    """What the statistics say of the stored sums that one query for totals reads."""

    def __init__(self, kinds: Kinds, statistics: Statistics, node: TotalsNode) -> None:
        assert node.kind.totals is not None
        self.node, self.statistics, self.roles = node, statistics, node.kind.totals
        self.link = node.kind.fields[self.roles.event]
        self.event = kinds[self.link.type.ref or ""]
        self.country, self.measure = self.event.fields[self.roles.country], node.kind.fields[self.roles.measure]
        self.table = statistics.rows_of(f"{node.kind.name}_sum")
        self.named, rest = self._split(node.where)
        self.others = statistics.share(kinds, node.kind, rest)
        of_event = [*self._conditions("eq")]
        self.beside = statistics.share(kinds, node.kind, replace(rest, parts=tuple(part for part in rest.parts if part not in of_event)))
        self.share = product([self.others, *map(self._share_of, self.named)])

    def _split(self, tree: Where) -> tuple[list[Condition], Where]:
        """The conditions that every record meets which name countries or measures, whose sums are counted; and all others."""
        named: list[Condition] = []
        others: list[Where | Condition | Related] = []
        for part in tree.parts if tree.how == "all" else ():
            if isinstance(part, Where):
                found, rest = self._split(part)
                named, others = named + found, [*others, rest]
            elif isinstance(part, Condition) and part.field is self.link and isinstance(part.value, Where):
                found, rest = self._split(part.value)
                named += found
                others += [replace(part, value=rest)] if rest.parts else []
            elif isinstance(part, Condition) and part.field in (self.country, self.measure) and part.operator in EQUAL:
                named.append(part)
            else:
                others.append(part)
        return named, replace(tree, parts=tuple(others)) if tree.how == "all" else tree

    def _share_of(self, part: Condition) -> Share:
        """The share of the sums that have one of the countries or measures that a condition names."""
        if part.field is self.country:
            sums = self.statistics.columns.get((f"{self.node.kind.name}_sum", self.country.name))
            column = sums or self.statistics.column(self.event, self.country)
        else:
            column = self.statistics.column(self.node.kind, self.measure)
        return lambda values: min(1.0, sum(map(column.share_of, _texts(part, values))))

    def _conditions(self, *operators: str) -> Iterator[Condition]:
        """The conditions on the event or on its country that every record meets, with one of these operators."""
        for part in conjuncts(of_country(self.roles, self.node.where)):
            if isinstance(part, Condition) and part.field in (self.link, self.country) and part.operator in operators:
                yield part

    @property
    def indexed(self) -> bool:
        """Whether an index finds the sums of the events or countries that conditions name."""
        return any(self._conditions(*EQUAL))

    @property
    def joined(self) -> bool:
        """Whether conditions are on linked or related records, other than the country of the event, which the sums have."""
        parts = own_conditions(of_country(self.roles, self.node.where))
        return any(not isinstance(part, Condition) or part.operator in ("match", "within") for part in parts)

    def summed(self, values: Values | None) -> tuple[float, float]:
        """How many records are summed, and how many of these are compared with one another. Few events have most of them; a client may have chosen one of these."""
        summed = self.table * min(1.0, self.share(values) * self.span(values))
        counts = self.statistics.compared.get(self.node.kind.name)
        if counts is None:
            compared = self._expected(summed)
        else:
            compared = self._counted(counts, values)
            if any(part.field is self.link for part in self._conditions("eq")):
                # Of one event, other conditions may be met by all of these, or by the same share as of others: the geometric mean.
                compared = min(compared, self._of_event(summed, counts, values)) * sqrt(self.beside(values))
            else:
                compared *= self.others(values)
        return max(summed, compared), compared

    def _meeting(self, counts: Sequence[Compared], values: Values | None) -> list[tuple[Compared, float]]:
        """How many sums to compare the countries and measures have that conditions name, in the span that is requested: counted, since a sample may miss them. With the share of each in the span."""
        named = [(part.field is self.country, {*_texts(part, values)}) for part in self.named]
        return [(count, self._in_span(count, values)) for count in counts if self._meets(count, named)]

    @staticmethod
    def _meets(count: Compared, named: Sequence[tuple[bool, set[str]]]) -> bool:
        """Whether counted sums may meet the conditions on countries and measures."""
        if count.country is None:
            return not any(of_country for of_country, _ in named)
        return all((count.country if of_country else count.measure) in texts for of_country, texts in named)

    def _counted(self, counts: Sequence[Compared], values: Values | None) -> float:
        return min(sum(count.number * share for count, share in self._meeting(counts, values)), float(MAX_COUNTED))

    def flows(self, values: Values | None) -> float:
        """The share of the sums to compare that are flows, as far as they are counted: each of these stands for itself, and is compared."""
        meeting = self._meeting(self.statistics.compared.get(self.node.kind.name, ()), values)
        return sum(count.flows * share for count, share in meeting) / max(1.0, sum(count.number * share for count, share in meeting))

    def _of_event(self, summed: float, counts: Sequence[Compared], values: Values | None) -> float:
        """How many sums the event has that a condition names. If it is none of those that are known to have many, it may have some more than most."""
        known = self.statistics.events.get(self.node.kind.name, {})
        ids = (str(value_of(part.value, values)) for part in self._conditions("eq") if part.field is self.link)
        shares = [known[id] for id in ids if id in known]
        if shares:
            return self.table * min(shares)
        return sqrt(summed * max(self._of_hottest_event, float(max((count.number for count in counts), default=0))))

    def _in_span(self, count: Compared, values: Values | None) -> float:
        """The share of counted sums whose month is in the span that is requested, as if they were spread evenly over their months."""
        first, final = month_number(count.since), month_number(count.until)
        if first is None or final is None:
            return 1.0
        since, until = (month_number(value_of(day, values)) for day in (self.node.since, self.node.until))
        inside = min(final, final if until is None else until) - max(first, first if since is None else since) + 1
        return min(1.0, max(LEAST_IN_SPAN, inside / (final - first + 1)))

    def _expected(self, summed: float) -> float:
        """How many sums have to be compared, where they are not counted."""
        share = self.statistics.share_of_shape(self.node.kind, TANGLED)
        if share and any(part.field is self.link for part in self._conditions("eq")):
            return min(self.table * share, sqrt(summed * self._of_hottest_event))
        return min(self.table * share, summed)

    @property
    def _of_hottest_event(self) -> float:
        return self.table * self.statistics.column(self.node.kind, self.link).hottest

    def span(self, values: Values | None) -> float:
        """The share of what is summed whose month is in the span that is requested."""
        months = self.statistics.columns.get((f"{self.node.kind.name}_sum", DATE_KEYS[0]))
        since, until = (value_of(day, values) for day in (self.node.since, self.node.until))
        if months is None:
            return 1.0
        before = months.share_below(since.replace(day=1)) if isinstance(since, dt.date) else 0.0
        below = months.share_below(until) if isinstance(until, dt.date) else 1.0
        return max(LEAST_IN_SPAN, below - before)


def _texts(part: Condition, values: Values | None) -> Iterator[str]:
    """The values that a condition names."""
    named = value_of(part.value, values)
    yield from map(str, named if isinstance(named, (tuple, list)) else (named,))
