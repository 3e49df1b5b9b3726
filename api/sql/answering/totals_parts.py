"""The named parts of a statement that computes totals by the rule `widest/2`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema.model.totals import (
    ALWAYS_KEYS,
    CONTAINING_KEYS,
    COUNT_COLUMNS,
    DATE_KEYS,
    DAY_COLUMNS,
    NESTED_KEYS,
    OVERLAP_REASONS,
    SEPARATE_KEYS,
    SUM_COLUMNS,
    TOTALS_COLUMN,
    TOTALS_KEY,
    TOTALS_RULE,
)

from ...query.nodes import MAX_TOTALS, NO_CONDITION, TotalsNode, TotalsValue
from ...query.walk import all_nodes
from ..text import quote_literal
from .conditions import where
from .covered_days import DAILY, admitted_days, covered, stored_days
from .overlap import Overlap
from .overlap_choice import CELL_KEYS, Groups
from .scope import Scope
from .stored_sums import LEFT_OUT_OF_SUMS, ORIGINS, PICKED, StoredSums, bit
from .sum_conditions import own_conditions
from .summable import code_list

BASIS = next(iter(TOTALS_COLUMN.codes))
KEYS = (*TOTALS_KEY.codes, BASIS)
LOW, BEST, HIGH = SUM_COLUMNS
# The columns of `parts_` beside the keys: `lows` counts the groups with a lower bound, `open` those without an upper one, and `outermost`
# the larger groups of which some outermost record is in the row: what it counts may be in no other row.
PART_COLUMNS = (LOW, "lows", BEST, HIGH, "open", *COUNT_COLUMNS, "origins", "outermost")
KEY_TYPES = {**dict(zip(DATE_KEYS, ("date", "integer"), strict=True)), **dict.fromkeys(NESTED_KEYS, "bigint")}  # Of the others, text.
DEFERRED = "deferred_"  # The relation of what a statement of its own finds.


class TotalsSql:
    """One query for totals; its parts are common table expressions, of which `rows_` and `left_` are the answer."""

    rule = TOTALS_RULE

    def __init__(self, scope: Scope, node: TotalsNode) -> None:
        self.scope, self.node = scope, node
        self.overlap = Overlap(scope, node.kind, node.by)
        self.roles, self.event = self.overlap.roles, self.overlap.event
        self.keys = tuple(key for key in KEYS if key in (*node.by, *ALWAYS_KEYS))
        self.bounds = [(operator, scope.bind(day, "date")) for operator, day in ((">=", node.since), ("<=", node.until)) if day is not None]
        self.split = [key for key in CELL_KEYS if key in node.by]
        self.guard = ""  # A condition that is evaluated before all parts.
        # Whether the rows say on how many days somebody counted.
        self.by_day = any(isinstance(part, TotalsValue) and part.name in DAY_COLUMNS for part in all_nodes(node.parts))

    def parts(self, deferred: bool = True) -> Iterator[str]:
        """The definitions of the common table expressions, in order.

        `deferred`: those that compare records are a statement of their own, which PostgreSQL plans and runs only if there are such records.
        """
        if not self.node.derived:
            condition = where(self.scope, self.node.kind, self.node.where, "f") if self.node.where != NO_CONDITION else "true"
            yield self.overlap.admitted(condition, self.bounds, self.about_origin)
            if self.by_day:
                cells = {key: CELL_KEYS[key].format(alias="a") for key in CELL_KEYS if key not in CONTAINING_KEYS}
                yield from admitted_days(self.roles, {key: cells.get(key, f"a.{key}") for key in self.keys})
            yield from self._compared([])
            return
        sums = StoredSums(self.scope, self.node, self.overlap, self.bounds, self.about_origin, self.keys)
        yield from sums.steps()
        if self.by_day:
            yield from stored_days(sums)
        self.guard = sums.guard
        if not deferred:
            yield self._admitted()
            yield from self._compared([*sums.parts()])
            return
        if self._by_place:
            yield self._places("select place from plain_" + (f" union select of_place from {DAILY}" if self.by_day else ""))
        yield self._deferred()
        compared = f"select {', '.join((*self.keys, *PART_COLUMNS))} from {DEFERRED} where reason is null"
        yield from self._summed(
            [*sums.parts(), compared], [LEFT_OUT_OF_SUMS, f"select reason, left_out as figures from {DEFERRED} where reason is not null"]
        )

    def _admitted(self) -> str:
        return self.overlap.admitted("true", self.bounds, self.about_origin, keys=PICKED)

    def _compared(self, parts: list[str]) -> Iterator[str]:
        """The steps that compare the admitted records, and add what is in `parts`, selects of stored sums, if there are any."""
        yield from self.overlap.compared()
        yield from self.overlap.pairs("not superseded", limited=True)
        if self._by_place:
            yield self._places(" union ".join(["select place from compared_", *(["select place from plain_"] if parts else [])]))
        yield from Groups(self.split, self.roles.flow).steps()
        yield from self._summed([*parts, *self._parts()], [*self._left_out(), *([LEFT_OUT_OF_SUMS] if parts else [])])

    def _places(self, places: str) -> str:
        return self.overlap.ancestors("within_", self.overlap.place, f"select place from ({places}) p where place is not null")

    def _summed(self, parts: list[str], left: list[str]) -> Iterator[str]:
        yield f"parts_({', '.join((*self.keys, *PART_COLUMNS))}) as ({' union all '.join(parts)})"
        if self.by_day:
            yield covered(self.keys, self.bounds)
        yield self._rows()
        yield f"left_ as ({' union all '.join(left)})"

    def _deferred(self) -> str:
        """What the records that have to be compared add, and why some are left out; each row is of one or of the other."""
        since, until = (next((bound for operator, bound in self.bounds if operator == one), "null::date") for one in (">=", "<="))
        revision = "null::bigint" if self.scope.at.now else self.scope.revision
        columns = ", ".join(f"{name} {type}" for name, type in self._typed_columns.items())
        return f"""{DEFERRED} as materialized (
  select c.* from (select array_agg(key) as keys from {PICKED} having count(*) > 0) k
  cross join lateral compare_records({quote_literal(self._statement())}, k.keys, {since}, {until}, {revision}) c({columns}, reason text, left_out bigint))"""

    def _statement(self) -> str:
        """The statement that compares records: $1 has their keys, $2 and $3 the first and the last day, and $4 the revision."""
        scope = replace(self.scope, arguments=[], aliases=[], bound_revisions={self.scope.at: "$4"})
        sql = TotalsSql(scope, replace(self.node, since=None, until=None))
        sql.bounds = [(operator, "$2" if operator == ">=" else "$3") for operator, _ in self.bounds]
        sql.by_day = False  # Counted beside it, of all figures.
        steps = [f"{PICKED}(key) as materialized (select unnest($1))", sql._admitted(), *sql._compared([])]
        numbers = ", ".join(f"{name}::{type}" for name, type in self._typed_columns.items())
        nothing = ", ".join(f"null::{type}" for type in self._typed_columns.values())
        return (
            f"with recursive {', '.join(steps)} select {numbers}, null::text, null::bigint from parts_ "
            f"union all select {nothing}, reason, figures from left_"
        )

    @property
    def _typed_columns(self) -> dict[str, str]:
        keys = {key: KEY_TYPES.get(key, "text") for key in self.keys}
        return keys | {column: "numeric" if column in SUM_COLUMNS else "bigint" for column in PART_COLUMNS}

    @property
    def about_origin(self) -> bool:
        """Whether the query is about origins: then records of derived origins are added as well."""
        assert self.node.kind.totals is not None
        return SEPARATE_KEYS[2] in self.node.by or any(
            part.field is not None and part.field.name == self.roles.origin for part in own_conditions(self.node.where)
        )

    @property
    def _by_place(self) -> bool:
        return any(key in self.keys for key in CONTAINING_KEYS)

    # Rows

    def _parts(self) -> Iterator[str]:
        """Selects of the same columns: groups of one record, the records that are added in other groups, and the numbers of these groups."""
        within = " left join within_ p on p.key = s.place" if self._by_place else ""
        disputed, imprecise, origin = f"({self.overlap.disputed('s')})::integer", f"({self._imprecise('s')})::integer", bit("s.origin")
        yield self._select(
            "s", f"alone_ s{within}", f"coalesce(s.{LOW}, 0)", f"(s.{LOW} is not null)::integer", f"s.{BEST}", f"s.{HIGH}", f"(s.{HIGH} is null)::integer", "1",
            f"(s.{LOW} is null)::integer", f"(s.{BEST} is null)::integer", disputed, imprecise, "s.bad::integer", "0", "0", origin, "0",
        )  # fmt: skip
        yield self._select(
            "s", f"tangled_ s join best_ b on b.key = s.key{within}", "0", "0", f"s.{BEST}", "0", "0", "1",
            "0", f"(s.{BEST} is null)::integer", disputed, imprecise, "0", "0", "0", "0", "0",
        )  # fmt: skip
        shared = ", ".join(f"min(t.{key}) as {key}" for key in self.keys if key not in CELL_KEYS)
        cells = ", ".join(f"c.cell_{key}" for key in self.split)
        keys = f"(select t.grp, {shared} from tangled_ t group by t.grp) k on k.grp = u.grp"
        if self.split:
            keys += " left join undivided_ v on v.grp = u.grp"
            keys += f" join (select distinct cell, {cells.replace('c.', '')} from celled_) c on c.cell = coalesce(v.cell, u.cell)"
        rested = f"(select cell, grp, bit_or({bit('r.origin')}) as origins from rests_ r group by cell, grp) o on o.cell = u.cell and o.grp = u.grp"
        yield self._select(
            "k", f"sum_ u join {keys} join {rested}", f"coalesce(u.{LOW}, 0)", "u.has_low::integer", "null", f"u.{HIGH}", f"(u.{HIGH} is null)::integer", "0",
            "(not u.has_low)::integer", "0", "0", "0", "u.contradicted::integer", "u.unknown_::integer", "u.approximated::integer", "o.origins", "u.outermost::integer",
        )  # fmt: skip

    def _select(self, alias: str, relation: str, *values: str) -> str:
        keys = [
            f"c.cell_{key}"
            if alias == "k" and key in CELL_KEYS
            else CELL_KEYS[key].format(alias=alias)
            if key in CELL_KEYS
            else f"{alias}.{key}"
            for key in self.keys
        ]
        columns = [f"{value} as {name}" for name, value in zip((*self.keys, *PART_COLUMNS), (*keys, *values), strict=True)]
        return f"select {', '.join(columns)} from {relation}"

    def _imprecise(self, alias: str) -> str:
        rough = "rough_month" if DATE_KEYS[0] in self.keys else "rough_year" if DATE_KEYS[1] in self.keys else "rough"
        beyond = "".join(f" or coalesce({alias}.last > {bound}, false)" for operator, bound in self.bounds if operator == "<=")
        return f"{alias}.{rough}{beyond}"

    def _rows(self) -> str:
        counts = ", ".join(f"sum({column}) as {column}" for column in COUNT_COLUMNS)
        keys, parts = ", ".join(self.keys), "parts_"
        if self.by_day:
            nothing, days = (", ".join(f"null::bigint as {column}" for column in columns) for columns in (PART_COLUMNS, DAY_COLUMNS))
            own = ", ".join((*self.keys, *PART_COLUMNS))
            counts += "".join(f", max({column}) as {column}" for column in DAY_COLUMNS)
            parts = f"(select {own}, {days} from parts_ union all select {keys}, {nothing}, {', '.join(DAY_COLUMNS)} from covered_) p"
        return (
            f"rows_ as (select * from (select {keys}, case when sum(lows) > 0 then sum({LOW}) end as {LOW}, sum({BEST}) as {BEST}, "
            f"case when sum(open) = 0 then sum({HIGH}) end as {HIGH}, {counts}, bit_or(origins) as origin_bits, sum(outermost) as outermost from {parts} group by {keys}) r "
            f"where figures > 0 or outermost > 0 or {LOW} is not null or {HIGH} is not null limit {MAX_TOTALS + 1})"
        )

    def _left_out(self) -> list[str]:
        """Selects of how many of the compared records are left out for each reason."""
        why = f"(array[{code_list(OVERLAP_REASONS)}])[v.why]"
        return [
            "select reason, count(*) as figures from admitted_ where reason is not null group by reason",
            f"select '{OVERLAP_REASONS[2]}', count(*) from compared_ where superseded having count(*) > 0",
            f"select {why}, count(*) from verdict_ v where v.why is not null group by v.why",
        ]


def origin_list(bits: str) -> str:
    """The relation `o` of the names of the origins whose bits are set, in alphabetical order."""
    return f"(select name, i from unnest(array[{code_list(ORIGINS)}]) with ordinality u(name, i) where {bits} & (1 << i::integer) <> 0) o"
