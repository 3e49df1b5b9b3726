"""The named parts of a statement that computes totals: from the rollup where it gives the same numbers, otherwise from the records."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.totals import (
    ADDED,
    ALWAYS_KEYS,
    CONTAINING_KEYS,
    COUNT_COLUMNS,
    DATE_KEYS,
    SEPARATE_KEYS,
    SUM_COLUMNS,
    TOTALS_COLUMN,
    TOTALS_KEY,
)

from ...query.nodes import MAX_TOTALS, NO_CONDITION, TotalsNode, Where
from ..text import quote_literal
from .conditions import where
from .overlap import AdmittedRecords, Overlap, month, why
from .rollup_lookup import added_column, cell_conditions
from .scope import Scope

BASIS = next(iter(TOTALS_COLUMN.codes))
KEYS = (*TOTALS_KEY.codes, BASIS)


class TotalsSql:
    """One query for totals; its parts are common table expressions, of which `rows_` and `left_` are the answer."""

    def __init__(self, scope: Scope, node: TotalsNode) -> None:
        self.scope, self.node, self.overlap = scope, node, Overlap(scope, node.kind)
        self.roles, self.event = self.overlap.roles, self.overlap.event
        self.keys = tuple(key for key in KEYS if key in (*node.by, *ALWAYS_KEYS))
        self.bounds = [(operator, scope.bind(day, "date")) for operator, day in ((">=", node.since), ("<=", node.until)) if day is not None]
        self.rollup_conditions = self._rollup_conditions()

    def parts(self) -> Iterator[str]:
        """The definitions of the common table expressions, in order."""
        yield self.overlap.admitted(self._admitted_records(), dated=bool(self.bounds))
        yield from self.overlap.overlapping_pairs(self._overlapping())
        yield from self.overlap.left_out("", self._compared())
        yield (
            f"decided_ as materialized (select a.*, coalesce(a.reason, {why('o')}) as left_out from admitted_ a "
            "left join outs_ o on o.key = a.key where a.summed)"
        )
        if self._by_place:
            yield self._places()
        from_rollup = "" if self.rollup_conditions is None else f" union all {self._from_rollup(self.rollup_conditions)}"
        yield f"parts_ as ({self._from_records()}{from_rollup})"
        yield self._rows()
        of_rollup = "" if self.rollup_conditions is None else f" union all {self._left_out_of_rollup(self.rollup_conditions)}"
        yield f"left_ as (select left_out as reason, count(*) as figures from decided_ where left_out is not null group by left_out{of_rollup})"

    # The records that are read

    def _admitted_records(self) -> list[AdmittedRecords]:
        condition = where(self.scope, self.node.kind, self.node.where, "f") if self.node.where != NO_CONDITION else "true"
        days = " and ".join(f"d.day {operator} {bound}" for operator, bound in self.bounds)
        if days:
            condition = f"{condition} and (d.day is null or {days})"
        if self.rollup_conditions is None:
            return [AdmittedRecords(condition)]
        name = self.node.kind.name
        relation = f"{name}_overlap o join {name} f on f.key = o.key"
        if not self.bounds:
            return [AdmittedRecords(f"o.needed and {condition}", "o.loose", relation)]
        return [
            AdmittedRecords(f"o.needed and {self._whole_months()} and {condition}", "o.loose", relation),
            AdmittedRecords(f"not {self._whole_months()} and {condition}"),
        ]

    def _whole_months(self) -> str:
        """A condition: the bounds of the query are the first and last days of months. It is tested in SQL, since dates are only bound."""
        first_days = [f"({bound} + 1)" if operator == "<=" else bound for operator, bound in self.bounds]
        return "(" + " and ".join(f"{day} = {month(day)}" for day in first_days) + ")"

    def _overlapping(self) -> str:
        """A condition: a record overlaps with another. For live records, loads keep a table of those that do."""
        return f"a.key in (select key from {self.node.kind.name}_overlap)" if self.scope.at.now and self.node.derived else "true"

    def _compared(self) -> str:
        """A condition on overlaps: both records are in the same row of the answer, so that they would be added to each other."""
        flags = [f"same_{key}" for key in SEPARATE_KEYS if key in self.node.by]
        return " and ".join(flags) or "true"

    def _places(self) -> str:
        return self.overlap.ancestors(
            "within_", self.overlap.place, "select distinct place from decided_ where left_out is null and place is not null"
        )

    # The rollup

    def _rollup_conditions(self) -> str | None:
        """The conditions on rows `t` of the rollup; None if it cannot answer the query."""
        on_cells = cell_conditions(self.node, self.event) if self.scope.at.now and self.node.derived else None
        if on_cells is None:
            return None
        conditions = [where(self.scope, kind, Where("all", (condition,)), "t") for kind, condition in on_cells]
        days = " and ".join(f"t.month {operator} {bound}" for operator, bound in self.bounds)
        if days:
            conditions.append(f"{self._whole_months()} and (t.month is null or {days})")
        return " and ".join(conditions) or "true"

    def _from_rollup(self, conditions: str) -> str:
        rough = "rough_month" if DATE_KEYS[0] in self.keys else "rough_year" if DATE_KEYS[1] in self.keys else "rough"
        sums = [*(f"sum(t.{column})" for column in (*SUM_COLUMNS, "open", *COUNT_COLUMNS[:-1])), f"sum(t.{rough})"]
        undated = " and t.month is not null" if self.bounds else ""
        keys = ", ".join(self._key(key, "t") for key in self.keys)
        return (
            f"select {keys}, {', '.join(sums)} from {self.node.kind.name}_total t "
            f"where {conditions} and {added_column(self.node)} = {quote_literal(ADDED)}{undated} group by {_positions(len(self.keys))}"
        )

    def _left_out_of_rollup(self, conditions: str) -> str:
        undated = "when t.month is null then 'date_unknown' " if self.bounds else ""
        reason = f"case {undated}else {added_column(self.node)} end" if undated else added_column(self.node)
        counted = f"select {reason} as reason, t.figures from {self.node.kind.name}_total t where {conditions}"
        return f"select reason, sum(figures) from ({counted}) cells_ where reason <> {quote_literal(ADDED)} group by reason"

    # Rows

    @property
    def _by_place(self) -> bool:
        return any(key in self.keys for key in CONTAINING_KEYS)

    def _key(self, key: str, alias: str) -> str:
        """A key to group by: a column of a record `s` or of a cell `t` of the rollup."""
        if key == DATE_KEYS[1]:
            return f"extract(year from {alias}.{DATE_KEYS[0]})::integer as {key}"
        if key in CONTAINING_KEYS:
            return f"p.above as {key}"
        column = key if alias == "s" or key in DATE_KEYS else getattr(self.roles, key)
        return f"{alias}.{column} as {key}"

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
        counts = ", ".join(f"sum({column}) as {column}" for column in COUNT_COLUMNS)
        keys = ", ".join(self.keys)
        return (
            f"rows_ as (select {keys}, sum({low}) as {low}, case when sum(figures) > sum(without_best) then sum({best}) end as {best}, "
            f"case when sum(open) = 0 then sum({high}) end as {high}, {counts} from parts_ group by {keys} limit {MAX_TOTALS + 1})"
        )


def _positions(count: int) -> str:
    """The first `count` columns of a select, by position, for GROUP BY."""
    return ", ".join(str(number) for number in range(1, count + 1))
