"""Totals as an SQL expression that yields their JSON text: from the rollup where it gives the same numbers, from the records where not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from schema.model.kind import Kind
from schema.model.totals import (
    ADDED,
    ALWAYS_KEYS,
    CONTAINING_KEYS,
    COUNT_COLUMNS,
    DATE_KEYS,
    LEFT_OUT_REASON,
    SEPARATE_KEYS,
    SUM_COLUMNS,
    TOTALS_COLUMN,
    TOTALS_KEY,
)

from ...query.nodes import (
    MAX_TOTALS,
    NO_CONDITION,
    Constant,
    LeftOut,
    Node,
    TotalsNode,
    TotalsRecord,
    TotalsRows,
    TotalsValue,
    Where,
)
from ..text import quote_literal
from .conditions import where
from .json import array, obj, pair, scalar
from .overlap import (
    Overlap,
    Source,
    listed,
    month,
    why,
)
from .records import RowSql
from .rollup_lookup import added_column, whole_cells
from .scope import Scope

BASIS = next(iter(TOTALS_COLUMN.codes))
KEYS = (*TOTALS_KEY.codes, BASIS)
REFUSAL = (
    f"totals: more than {MAX_TOTALS:,} rows; group by fewer keys, or narrow the conditions or the span of time: totals are never cut short"
)


def totals(scope: Scope, node: TotalsNode) -> str:
    """The parts of the answer, over parts of a statement that are named in it."""
    made = _Totals(scope, node)
    parts = obj(pair(part.key, PARTS[type(part)](made, part)) for part in node.parts)
    return f"(with recursive {', '.join(made.named())} select {parts})"


class _Totals:
    """One question for totals."""

    def __init__(self, scope: Scope, node: TotalsNode) -> None:
        self.scope, self.node, self.overlap = scope, node, Overlap(scope, node.kind)
        self.names, self.event = self.overlap.names, self.overlap.event
        self.keys = tuple(key for key in KEYS if key in (*node.by, *ALWAYS_KEYS))
        self.bounds = [(operator, scope.bind(day, "date")) for operator, day in ((">=", node.since), ("<=", node.until)) if day is not None]
        self.rolled = self._rolled()

    def named(self) -> Iterator[str]:
        yield self.overlap.admitted(self._sources(), dated=bool(self.bounds))
        yield from self.overlap.edges(self._overlapping())
        yield from self.overlap.decided("", self._compared())
        yield (
            f"decided_ as materialized (select a.*, coalesce(a.reason, {why('o')}) as left_out from admitted_ a "
            "left join outs_ o on o.key = a.key where a.summed)"
        )
        if self._nested:
            yield self._places()
        rolled = "" if self.rolled is None else f" union all {self._from_rollup(self.rolled)}"
        yield f"parts_ as ({self._from_records()}{rolled})"
        yield self._rows()
        rolled = "" if self.rolled is None else f" union all {self._left_out_of_rollup(self.rolled)}"
        yield f"left_ as (select left_out as reason, count(*) as figures from decided_ where left_out is not null group by left_out{rolled})"

    # What is read

    def _sources(self) -> list[Source]:
        condition = where(self.scope, self.node.kind, self.node.where, "f") if self.node.where != NO_CONDITION else "true"
        days = " and ".join(f"d.day {operator} {bound}" for operator, bound in self.bounds)
        if days:
            condition = f"{condition} and (d.day is null or {days})"
        if self.rolled is None:
            return [Source(condition)]
        name = self.node.kind.name
        joined = f"{name}_overlap o join {name} f on f.key = o.key"
        found = [Source(f"o.needed and {condition}", "o.loose", joined)]
        if self.bounds:
            found[0] = Source(f"o.needed and {self._whole_months()} and {condition}", "o.loose", joined)
            found.append(Source(f"not {self._whole_months()} and {condition}"))
        return found

    def _whole_months(self) -> str:
        """Whether the span is of whole months. The text of the statement does not depend on it: values are only bound."""
        firsts = [f"({bound} + 1)" if operator == "<=" else bound for operator, bound in self.bounds]
        return "(" + " and ".join(f"{day} = {month(day)}" for day in firsts) + ")"

    def _overlapping(self) -> str:
        """Today, loads have found who overlaps with anybody at all."""
        return f"a.key in (select key from {self.node.kind.name}_overlap)" if self.scope.at.now and self.node.derived else "true"

    def _compared(self) -> str:
        """Records that stand in different rows are not added to each other."""
        flags = [f"same_{key}" for key in SEPARATE_KEYS if key in self.node.by]
        return " and ".join(flags) or "true"

    def _places(self) -> str:
        return self.overlap.up(
            "within_", self.overlap.place, "select distinct place from decided_ where left_out is null and place is not null"
        )

    # The rollup

    def _rolled(self) -> str | None:
        """The conditions on rows `t` of the rollup; None where it cannot answer."""
        asked = whole_cells(self.node, self.event) if self.scope.at.now and self.node.derived else None
        if asked is None:
            return None
        found = [where(self.scope, kind, Where("all", (one,)), "t") for kind, one in asked]
        days = " and ".join(f"t.month {operator} {bound}" for operator, bound in self.bounds)
        if days:
            found.append(f"{self._whole_months()} and (t.month is null or {days})")
        return " and ".join(found) or "true"

    def _from_rollup(self, conditions: str) -> str:
        rough = "rough_month" if DATE_KEYS[0] in self.keys else "rough_year" if DATE_KEYS[1] in self.keys else "rough"
        sums = [*(f"sum(t.{one})" for one in (*SUM_COLUMNS, "open", *COUNT_COLUMNS[:-1])), f"sum(t.{rough})"]
        undated = " and t.month is not null" if self.bounds else ""
        keys = ", ".join(self._key(key, "t") for key in self.keys)
        return (
            f"select {keys}, {', '.join(sums)} from {self.node.kind.name}_total t "
            f"where {conditions} and {added_column(self.node)} = {quote_literal(ADDED)}{undated} group by {_numbers(len(self.keys))}"
        )

    def _left_out_of_rollup(self, conditions: str) -> str:
        undated = "when t.month is null then 'date_unknown' " if self.bounds else ""
        reason = f"case {undated}else {added_column(self.node)} end" if undated else added_column(self.node)
        counted = f"select {reason} as reason, t.figures from {self.node.kind.name}_total t where {conditions}"
        return f"select reason, sum(figures) from ({counted}) cells_ where reason <> {quote_literal(ADDED)} group by reason"

    # Rows

    @property
    def _nested(self) -> bool:
        return any(key in self.keys for key in CONTAINING_KEYS)

    def _key(self, key: str, alias: str) -> str:
        """A key of a record or of a cell of the rollup."""
        if key == DATE_KEYS[1]:
            return f"extract(year from {alias}.{DATE_KEYS[0]})::integer as {key}"
        if key in CONTAINING_KEYS:
            return f"p.above as {key}"
        column = key if alias == "s" or key in DATE_KEYS else getattr(self.names, key)
        return f"{alias}.{column} as {key}"

    def _from_records(self) -> str:
        rough = "rough_month" if DATE_KEYS[0] in self.keys else "rough_year" if DATE_KEYS[1] in self.keys else "rough"
        keys = ", ".join(self._key(key, "s") for key in self.keys)
        places = " left join within_ p on p.key = s.place" if self._nested else ""
        low, best, high = SUM_COLUMNS
        return (
            f"select {keys}, sum(s.{low}) as {low}, sum(s.{best}) as {best}, sum(s.{high}) as {high}, "
            f"count(*) filter (where s.{high} is null) as open, count(*) as figures, count(*) filter (where s.{best} is null) as without_best, "
            f"count(*) filter (where s.disputed) as disputed, count(*) filter (where s.{rough}) as imprecise_dates "
            f"from (select *, {self.overlap.disputed('decided_')} as disputed from decided_ where left_out is null) s{places} "
            f"group by {_numbers(len(self.keys))}"
        )

    def _rows(self) -> str:
        low, best, high = SUM_COLUMNS
        counts = ", ".join(f"sum({one}) as {one}" for one in COUNT_COLUMNS)
        keys = ", ".join(self.keys)
        return (
            f"rows_ as (select {keys}, sum({low}) as {low}, case when sum(figures) > sum(without_best) then sum({best}) end as {best}, "
            f"case when sum(open) = 0 then sum({high}) end as {high}, {counts} from parts_ group by {keys} limit {MAX_TOTALS + 1})"
        )

    def document(self, node: TotalsRows) -> str:
        """The array of rows, in the order of their keys; refused where there are too many."""
        joins, order = [], []
        aliases = {}
        for key in self.keys:
            target = self._target(key)
            if target is None:
                order.append(f'r.{key} collate "C"' if key not in DATE_KEYS else f"r.{key}")
                continue
            aliases[key] = alias = self.scope.alias(target.name)
            joins.append(f"left join {self.scope.records(target)} {alias} on {alias}.key = r.{key}")
            order.append(f"{alias}.id")
        cells = obj(pair(one.key, self._cell_text(one, aliases)) for one in node.selection)
        listing = array(cells, ", ".join(order))
        return f"(select case when count(*) > {MAX_TOTALS} then refuse({quote_literal(REFUSAL)}) else {listing} end from rows_ r {' '.join(joins)})"

    def _target(self, key: str) -> Kind | None:
        """The kind whose records a key is of."""
        one = self.node.kind.fields.get(getattr(self.names, key, ""))
        return self.scope.kinds[one.type.ref] if one is not None and one.type.ref else None

    def _cell_text(self, node: Node, aliases: dict[str, str]) -> str:
        if isinstance(node, Constant):
            return quote_literal(f'"{node.text}"')
        assert isinstance(node, (TotalsValue, TotalsRecord))
        name = node.name
        if name in TOTALS_KEY.codes and name not in self.keys:
            return "'null'"
        if isinstance(node, TotalsRecord):
            alias = aliases[name]
            document = RowSql(self.scope, node.kind, alias).document(node.selection)
            return f"case when r.{name} is null then 'null' else {document} end"
        if name == DATE_KEYS[0]:
            return f"coalesce('\"' || to_char(r.{name}, 'YYYY-MM') || '\"', 'null')"
        if name in SUM_COLUMNS:
            return f"coalesce(trim_scale(r.{name})::text, 'null')"
        field = {**self.event.fields, **self.node.kind.fields}.get(getattr(self.names, name, ""))
        return scalar(self.scope, field, f"r.{name}") if field else f"coalesce(r.{name}::text, 'null')"

    def left_out(self, node: LeftOut) -> str:
        order = f"array_position(array[{listed(tuple(LEFT_OUT_REASON.codes))}], r.reason)"
        reason = "upper(r.reason)" if self.scope.graphql else "r.reason"
        cells = []
        for one in node.selection:
            if isinstance(one, Constant):
                cells.append(pair(one.key, quote_literal(f'"{one.text}"')))
            elif isinstance(one, TotalsValue):
                text = f"'\"' || {reason} || '\"'" if one.name == "reason" else f"r.{one.name}::text"
                cells.append(pair(one.key, text))
        summed = "select reason, sum(figures) as figures from left_ group by reason"
        return f"(select {array(obj(cells), order)} from ({summed}) r)"


def _numbers(count: int) -> str:
    return ", ".join(str(number) for number in range(1, count + 1))


PARTS: dict[type[Node], Callable[..., str]] = {
    TotalsRows: lambda made, node: made.document(node),
    LeftOut: lambda made, node: made.left_out(node),
    Constant: lambda made, node: quote_literal(f'"{node.text}"'),
}
