"""The named parts of a statement that computes totals by the rule `widest/1`, as of the revisions that were recorded under it."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.totals import ALWAYS_KEYS, CONTAINING_KEYS, DATE_KEYS, SEPARATE_KEYS, SUM_COLUMNS, TOTALS_COLUMN, TOTALS_KEY

from ...query.nodes import MAX_TOTALS, NO_CONDITION, TotalsNode
from .conditions import where
from .scope import Scope
from .totals_widest_1 import Overlap, why

BASIS = next(iter(TOTALS_COLUMN.codes))
KEYS = (*TOTALS_KEY.codes, BASIS)
COUNTS = ("figures", "without_best", "disputed", "imprecise_dates")  # The counts that this rule has.


class Widest1Sql:
    """One query for totals; its parts are common table expressions, of which `rows_` and `left_` are the answer."""

    rule = "widest/1"

    def __init__(self, scope: Scope, node: TotalsNode) -> None:
        self.scope, self.node, self.overlap = scope, node, Overlap(scope, node.kind)
        self.roles, self.event = self.overlap.roles, self.overlap.event
        self.keys = tuple(key for key in KEYS if key in (*node.by, *ALWAYS_KEYS))
        self.bounds = [(operator, scope.bind(day, "date")) for operator, day in ((">=", node.since), ("<=", node.until)) if day is not None]

    def parts(self) -> Iterator[str]:
        """The definitions of the common table expressions, in order."""
        matching = self.scope.with_steps()
        condition = where(matching, self.node.kind, self.node.where, "f") if self.node.where != NO_CONDITION else "true"
        yield from matching.steps or []
        if self.bounds:
            condition += f" and (d.day is null or {' and '.join(f'd.day {operator} {bound}' for operator, bound in self.bounds)})"
        yield self.overlap.admitted(condition, dated=bool(self.bounds))
        yield from self.overlap.overlapping_pairs()
        yield from self.overlap.left_out("", " and ".join(f"same_{key}" for key in SEPARATE_KEYS if key in self.node.by) or "true")
        yield (
            f"decided_ as materialized (select a.*, coalesce(a.reason, {why('o')}) as left_out from admitted_ a "
            "left join outs_ o on o.key = a.key)"
        )
        if self._by_place:
            yield self._places()
        yield f"parts_ as ({self._from_records()})"
        yield self._rows()
        yield "left_ as (select left_out as reason, count(*) as figures from decided_ where left_out is not null group by left_out)"

    def _places(self) -> str:
        return self.overlap.ancestors(
            "within_", self.overlap.place, "select distinct place from decided_ where left_out is null and place is not null"
        )

    @property
    def _by_place(self) -> bool:
        return any(key in self.keys for key in CONTAINING_KEYS)

    def _key(self, key: str, alias: str) -> str:
        """A key to group by: a column of a record."""
        if key == DATE_KEYS[1]:
            return f"extract(year from {alias}.{DATE_KEYS[0]})::integer as {key}"
        return f"p.above as {key}" if key in CONTAINING_KEYS else f"{alias}.{key} as {key}"

    def _from_records(self) -> str:
        rough = "rough_month" if DATE_KEYS[0] in self.keys else "rough_year" if DATE_KEYS[1] in self.keys else "rough"
        keys = ", ".join(self._key(key, "s") for key in self.keys)
        places = " left join within_ p on p.key = s.place" if self._by_place else ""
        low, best, high = SUM_COLUMNS
        return (
            f"select {keys}, sum(s.{low}) as {low}, sum(s.{best}) as {best}, sum(s.{high}) as {high}, "
            f"count(*) filter (where s.{high} is null) as open, count(*) as figures, count(*) filter (where s.{best} is null) as without_best, "
            f"count(*) filter (where s.disputed) as disputed, count(*) filter (where s.{rough}) as imprecise_dates "
            f"from (select *, {self.overlap.disputed('decided_')} as disputed from decided_ where left_out is null) s{places} "
            f"group by {_positions(len(self.keys))}"
        )

    def _rows(self) -> str:
        low, best, high = SUM_COLUMNS
        counts = ", ".join(f"sum({column}) as {column}" for column in COUNTS)
        keys = ", ".join(self.keys)
        return (
            f"rows_ as (select {keys}, sum({low}) as {low}, case when sum(figures) > sum(without_best) then sum({best}) end as {best}, "
            f"case when sum(open) = 0 then sum({high}) end as {high}, {counts} from parts_ group by {keys} limit {MAX_TOTALS + 1})"
        )


def _positions(count: int) -> str:
    """The first `count` columns of a select, by position, for GROUP BY."""
    return ", ".join(str(number) for number in range(1, count + 1))
