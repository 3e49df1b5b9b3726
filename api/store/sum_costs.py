"""What the cost of a total depends on, beside the number of records: whether an index finds their sums, and how many have to be compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from math import inf, sqrt

from schema.model.kinds import Kinds
from schema.model.totals import DATE_KEYS
from schema.storage.columns import TANGLED

from ..query.bindings import Values
from ..query.nodes import Condition, TotalsNode
from ..sql.answering.statistics import MAX_COUNTED
from ..sql.answering.sum_conditions import conjuncts, of_country, own_conditions
from .statistics import Statistics, value_of

LEAST_IN_SPAN = 0.001  # The share of records in a span of which the statistics know none.


class SumCosts:
    """What the statistics say of the stored sums that one query for totals reads."""

    def __init__(self, kinds: Kinds, statistics: Statistics, node: TotalsNode) -> None:
        assert node.kind.totals is not None
        self.node, self.statistics, self.roles = node, statistics, node.kind.totals
        self.link = node.kind.fields[self.roles.event]
        self.event = kinds[self.link.type.ref or ""]
        self.country = self.event.fields[self.roles.country]

    def _conditions(self, *operators: str) -> Iterator[Condition]:
        """The conditions on the event or on its country that every record meets, with one of these operators."""
        for part in conjuncts(of_country(self.roles, self.node.where)):
            if isinstance(part, Condition) and part.field in (self.link, self.country) and part.operator in operators:
                yield part

    @property
    def indexed(self) -> bool:
        """Whether an index finds the sums of the events or countries that conditions name."""
        return any(self._conditions("eq", "one_of"))

    @property
    def joined(self) -> bool:
        """Whether conditions are on linked or related records, other than the country of the event, which the sums have."""
        parts = own_conditions(of_country(self.roles, self.node.where))
        return any(not isinstance(part, Condition) or part.operator in ("match", "within") for part in parts)

    def tangled(self, summed: float, values: Values | None) -> float:
        """How many of the records that are summed are compared with one another. Few events have most of them; a client may have chosen one of these."""
        return min(self._tangled(summed), self._counted(values))

    def _counted(self, values: Values | None) -> float:
        """How many the countries have that a condition names; infinitely many if no condition does, or if more than are counted."""
        counts = self.statistics.compared.get(self.node.kind.name)
        for part in self._conditions("eq", "one_of") if counts is not None else ():
            if part.field is self.country and counts is not None:
                named = value_of(part.value, values)
                found = [counts.get(str(country), 0) for country in (named if isinstance(named, (tuple, list)) else (named,))]
                return inf if max(found, default=0) >= MAX_COUNTED else float(sum(found))
        return inf

    def _tangled(self, summed: float) -> float:
        name, share = self.node.kind.name, self.statistics.share_of_shape(self.node.kind, TANGLED)
        table = self.statistics.rows_of(f"{name}_sum")
        if share and any(part.field is self.link for part in self._conditions("eq")):
            hottest = table * self.statistics.column(self.node.kind, self.link).hottest
            return min(table * share, sqrt(summed * hottest))
        return min(table * share, summed)

    def skew(self, values: Values | None) -> float:
        """By how much the share of a country in what is summed exceeds its share of the events."""
        in_sums = self.statistics.columns.get((f"{self.node.kind.name}_sum", self.country.name))
        named = [part for part in self._conditions("eq") if part.field is self.country]
        if in_sums is None or not named:
            return 1.0
        country = value_of(named[0].value, values)
        return in_sums.share_of(country) / max(self.statistics.column(self.event, self.country).share_of(country), 1e-9)

    def span(self, values: Values | None) -> float:
        """The share of what is summed whose month is in the span that is requested."""
        months = self.statistics.columns.get((f"{self.node.kind.name}_sum", DATE_KEYS[0]))
        since, until = (value_of(day, values) for day in (self.node.since, self.node.until))
        if months is None:
            return 1.0
        before = months.share_below(since.replace(day=1)) if isinstance(since, dt.date) else 0.0
        below = months.share_below(until) if isinstance(until, dt.date) else 1.0
        return max(LEAST_IN_SPAN, below - before)
