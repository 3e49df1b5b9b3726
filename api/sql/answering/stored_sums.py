"""What totals read from the stored sums: records that are disjoint from all others, and stars; the keys of the rest go through overlap.py.

One class, although long: all its statements read the same columns of one table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from schema.codelists.vocabularies import ORIGIN
from schema.model.totals import ALWAYS_KEYS, CONTAINING_KEYS, DATE_KEYS, LEFT_OUT_REASON, OVERLAP_REASONS, SEPARATE_KEYS
from schema.storage.columns import ALONE, COUNTED_IN, GROUP_NUMBERS, OUTERMOST, PART, TANGLED, sum_columns

from ...query.nodes import MAX_TOTALS, NO_CONDITION, TotalsNode
from ..text import quote_literal
from .comparison_limits import MAX_TANGLED, TOO_MANY_TANGLED, unless
from .conditions import where
from .left_out_reason import version
from .overlap import Overlap
from .scope import Scope
from .sum_conditions import TOGETHER, are_found_by_index, are_stored, conjuncts, may_look_up_once, of_country, stored_groups
from .summable import among, code_list, day, month
from .whole_and_parts import REASONS, stars

ORIGINS = tuple(sorted(ORIGIN.codes))
TOO_MANY_ROWS = (
    f"totals: more than {MAX_TOTALS:,} rows; group by fewer keys, or narrow the conditions or the span of time: totals are never cut short"
)
# A part of the table that is read first, at random, but always the same: if that gives too many rows, the others need not be read.
SAMPLE, PERCENT = "tablesample system (10) repeatable (0)", 10
# Of values that are on one page, a tenth is expected once in it; of those on ten pages, 39 %, which is the most. So a sample with so many values that are
# there once proves that there are more than MAX_TOTALS: if there were no more, 3,874 would be expected, and four standard deviations are at most 1,600.
MOST_ONCE = 5_500
MAX_IN_STARS = 250_000
TOO_MANY_IN_STARS = (
    f"totals: about {MAX_IN_STARS:,} of these figures or more are parts of others, and would be compared with these one by one; "
    "add a condition, such as a country, an event, a measure or a span of time, or group by fewer keys"
)
FEW_VALUES = {*ALWAYS_KEYS, SEPARATE_KEYS[0], SEPARATE_KEYS[2]}  # Keys that cannot have too many values, whatever is loaded.
OWN_REASONS = tuple(
    code for code in LEFT_OUT_REASON.codes if code not in OVERLAP_REASONS
)  # Of records that are left out whatever else there is.
MATCHING = "matching_"  # The relation of the sums that meet the conditions, where they have to be compared with the others of their stars.
PICKED = "picked_"  # The relation of the keys of those that are compared with one another.
LEFT_OUT_OF_SUMS = "select reason, figures from plain_left_ union all select reason, figures from star_left_"


class StoredSums:
    """The steps that read the table of stored sums `t`."""

    def __init__(
        self, scope: Scope, node: TotalsNode, overlap: Overlap, bounds: Sequence[tuple[str, str]], about_origin: bool, keys: Sequence[str]
    ) -> None:  # fmt: skip
        self.roles, self.bounds, self.keys = overlap.roles, bounds, keys
        # What is stored is weaker: "at least 40" and "about 50" are not the same, and contradict nothing.
        self.disputed = f"(t.disputed and {overlap.contradicted_by_claims('t')})"
        own = of_country(self.roles, node.where)
        touches = "".join(f" and {TOUCHES[operator].format(bound=bound)}" for operator, bound in bounds)
        stored = are_stored(self.roles, own)
        self.node = node = replace(node, where=own) if stored else node
        alias = "t" if stored else "f"
        joined = "" if stored else f" join {scope.records(node.kind)} f on f.key = t.key"
        self.relation = f"{node.kind.name}_sum t{joined}"

        def condition(scope: Scope) -> str:
            only = f" and {where(scope, node.kind, node.where, alias)}" if node.where != NO_CONDITION else ""
            return f"{version(scope, 't')}{touches}{only}"

        self._condition, self.scope = condition, scope
        self.condition = condition(scope.with_semi_joins())  # What is read in parallel is joined with linked records in parallel.
        self.reason, self.fit = self._reason(about_origin), self._fit(about_origin)
        self.groups = stored_groups(self.roles, self.node)
        self.columns = [column.name for column in sum_columns(scope.kinds, node.kind) if column.name not in self._unread]

    @cached_property
    def _once(self) -> tuple[list[str], str]:
        """The same condition for what reads few of the sums: linked records are looked up in steps, once for all of these. Bound only if it is used."""
        if not may_look_up_once(self.node.where):
            return [], self.condition
        scope = self.scope.with_steps()
        condition = self._condition(scope)
        return scope.steps or [], condition

    @property
    def _unread(self) -> set[str]:
        """The columns that are not read of the sums of `MATCHING`: what they are together is computed anew."""
        stored = (f"{key}_{name}" for key in ("group", *SEPARATE_KEYS[:2]) for name in GROUP_NUMBERS)
        return {"added_in", "removed_in", "event_first", "event_final", "reason", COUNTED_IN, self.roles.event, *stored}

    @property
    def _day(self) -> str:
        return day(f"t.{self.roles.basis}", "t", self.roles)

    def _reason(self, about_origin: bool) -> str:
        t = self.roles
        inside = " and ".join(f"{self._day} {operator} {bound}" for operator, bound in self.bounds)
        of_span = f"when {self._day} is null then 'date_unknown' when not ({inside}) then 'extends_beyond' " if self.bounds else ""
        of_origin = "" if about_origin else f" when {among(f't.{t.origin}', t.derived_origins)} then t.{t.origin}"
        return f"case {of_span}when t.reason is not null then t.reason{of_origin} end"

    def _fit(self, about_origin: bool) -> str:
        """A condition: there is no such reason. Written out, because the planner would expect that nearly every record has one."""
        t = self.roles
        # The month follows from the day, and an index has it.
        inside = "".join(
            f" and {self._day} {operator} {bound} and t.{DATE_KEYS[0]} {operator} {month(bound)}" for operator, bound in self.bounds
        )
        of_origin = "" if about_origin else f" and ({among(f't.{t.origin}', t.derived_origins)}) is not true"
        return f"t.reason is null{of_origin}{inside}"

    def steps(self) -> Iterator[str]:
        yield from self._once[0]
        if self._may_have_many_rows:
            yield self._probe()
        yield from self._plain()
        yield from self._left_out()
        yield f"star_left_ as ({_left_of_stars()})"
        tangled = f"select t.key from {self.relation} where t.shape = {TANGLED} and {self._once[1]} limit {MAX_TANGLED + 1}"
        yield f"found_ as materialized ({tangled})"
        yield f"{PICKED} as materialized (select key from found_ where {self._few_tangled})"

    @property
    def _may_have_many_rows(self) -> bool:
        """Whether a sample can tell. Where an index finds few records among many, it would take longer than these; their rows are counted at the end."""
        return bool({*self.keys} - FEW_VALUES) and not are_found_by_index(self.node)

    @property
    def _few_tangled(self) -> str:
        return unless(f"count(*) > {MAX_TANGLED}", TOO_MANY_TANGLED, "found_")

    @property
    def guard(self) -> str:
        """A condition that refuses the query before anything else is read."""
        many = [self._few_tangled]
        if self._may_have_many_rows:
            many.append(unless(f"count(*) > {MAX_TOTALS} or count(*) filter (where records = 1) > {MOST_ONCE}", TOO_MANY_ROWS, "probe_"))
        if self.groups is None:
            number = MAX_IN_STARS * PERCENT // 100
            counts = f"count(*) filter (where t.shape = {OUTERMOST}) > 0 and count(*) filter (where t.shape = {PART}) > {number}"
            many.append(unless(counts, TOO_MANY_IN_STARS, self._sample(f"t.shape in ({OUTERMOST}, {PART}){self._together}")))
        return " and ".join(many)

    def _sample(self, which: str) -> str:
        return f"{self.relation.replace(' t', f' t {SAMPLE}', 1)} where {which} and {self.fit} and {self._once[1]}"

    def _probe(self) -> str:
        """`probe_`: the rows of some of the records, each with the number of these. There are more if there are too many of these, or too many with one record."""
        keys = ", ".join(self.key(key) for key in self.keys)
        return f"probe_ as materialized (select count(*) as records from {self._sample(f't.shape <> {TANGLED}')} group by {keys})"

    def _plain(self) -> Iterator[str]:
        """`plain_`: sums of records that are a group by themselves, and of stars.

        Each sort of group is a step of its own: of a union, the planner does not know how many values a key has, and does not sum it in parallel.
        """
        keys, groups = ", ".join(self.keys), list(self._groups())
        if self.groups is None:  # Read once: to read them and their linked records again for each sort takes several times as long.
            columns = ", ".join(f"t.{name}" for name in self.columns)
            yield f"{MATCHING} as materialized (select {columns} from {self.relation} where t.shape <> {TANGLED} and {self.fit} and {self.condition})"
        whys = "".join(f", sum(parts[{number}]) as why_{number}" for number in REASONS)
        for number, group in enumerate(groups):
            yield f"""plain_{number}_ as materialized (
  select {keys}, coalesce(sum(low), 0) as low, count(low) as lows, sum(best) as best, coalesce(sum(high), 0) as high,
    count(*) - count(high) as open, count(*) as figures, count(*) - count(low) as without_low, count(*) - count(best) as without_best,
    count(*) filter (where disputed) as disputed, count(*) filter (where imprecise) as imprecise_dates,
    count(*) filter (where bad) as contradicted, bit_or(origins) as origins{whys}
  from ({group}) t group by {keys})"""
        yield f"plain_ as materialized ({' union all '.join(f'select * from plain_{number}_' for number in range(len(groups)))})"

    def _groups(self) -> Iterator[str]:
        """Selects of the numbers of each group: records that are disjoint from all others, stars, and the parts of stars of which the rest is not there."""
        if self.groups is not None:
            own = zip(GROUP_NUMBERS, ("t.lower", "t.upper", "t.contradicted", "null"), strict=True)
            alike = "" if self.groups == TOGETHER else f" and t.same_{self.groups}"
            low, high, bad, parts = (
                f"case when t.shape = {OUTERMOST}{alike} then t.{self.groups}_{name} else {number} end" for name, number in own
            )
            unlike = f" or t.shape = {PART} and not t.same_{self.groups}" if alike else ""
            yield self._group(self._rows(f"(t.shape in ({ALONE}, {OUTERMOST}){unlike})"), low, high, bad, parts)
            return
        alone = ("t.lower", "t.upper", "t.contradicted", "null::bigint[]")
        apart = self._unlike("or", "not ")
        yield self._group(
            self._rows(f"(t.shape = {ALONE}{f' or t.shape in ({OUTERMOST}, {PART}) and ({apart})' if apart else ''})"), *alone
        )
        hubs, parts = (self._rows(f"t.shape = {shape}{self._together}") for shape in (OUTERMOST, PART))
        yield self._group(f"({stars(f'{hubs} h', f'{parts} p')})", *(f"t.star_{name}" for name in GROUP_NUMBERS))
        yield f"{self._group(parts, *alone)} where not exists (select from {hubs} h where h.key = t.hub)"

    @property
    def _together(self) -> str:
        return f" and {alike}" if (alike := self._unlike("and", "")) else ""

    def _rows(self, which: str) -> str:
        if self.groups is None:
            return f"(select t.* from {MATCHING} t where {which})"
        return f"(select t.* from {self.relation} where {which} and {self.fit} and {self.condition})"

    def _group(self, rows: str, low: str, high: str, bad: str, parts: str) -> str:
        keys = "".join(f"{self.key(key)} as {key}, " for key in self.keys)
        return (
            f"select {keys}{low} as low, t.{self.roles.best} as best, {high} as high, {self.disputed} as disputed, {self._imprecise} as imprecise, {bad} as bad, "
            f"{bit(f't.{self.roles.origin}')} as origins, {parts} as parts from {rows} t"
        )

    def _unlike(self, joined: str, negated: str) -> str:
        """A condition on the parts of stars that the query compares with nothing else or, not negated, with the one that contains them."""
        fixed = {part.field.name for part in conjuncts(self.node.where) if part.field is not None and part.operator == "eq"}
        keys = [key for key in SEPARATE_KEYS[:2] if key in self.node.by or getattr(self.roles, key) in fixed]
        return f" {joined} ".join(f"{negated}t.same_{key}" for key in keys)

    def _left_out(self) -> Iterator[str]:
        """`plain_left_`: those that are left out by themselves. Counted reason by reason, because the planner expects many, and would not count in parallel."""
        derived = f"(t.reason is not null or {among(f't.{self.roles.origin}', self.roles.derived_origins)})"
        left = self._left(derived)
        if self.bounds:
            left = f"{left} union all {self._left(f'{self._reach_beyond} and {derived} is not true')}"
        counts = ", ".join(f"count(*) filter (where reason = {quote_literal(reason)})" for reason in OWN_REASONS)
        yield f"left_counts_ as materialized (select array[{counts}] as counts from ({left}) t)"
        yield f"""plain_left_ as (
  select reason, figures from left_counts_ cross join lateral unnest(array[{code_list(OWN_REASONS)}], counts) u(reason, figures) where figures > 0)"""

    @property
    def _reach_beyond(self) -> str:
        """A condition: a day is unknown, or a bound is between the days. All others are inside if they touch the span. An index has those of several days."""
        sides = {">=": ("<", ">="), "<=": ("<=", ">")}
        crossed = (
            f"t.{day} {sides[operator][0]} {bound} and t.{other} {sides[operator][1]} {bound}"
            for operator, bound in self.bounds
            for day, other in (("first", "final"), ("final", "first"))
        )
        return f"(t.first = t.final) is not true and ({' or '.join(('t.first is null', 't.final is null', *crossed))})"

    def _left(self, which: str) -> str:
        return f"select {self.reason} as reason from {self.relation} where {which} and {self.reason} is not null and t.shape <> {TANGLED} and {self._once[1]}"

    def parts(self) -> Iterator[str]:
        """Selects of the columns of `parts_` in totals_parts.py."""
        within = f" left join within_ p on p.key = t.{CONTAINING_KEYS[0]}" if CONTAINING_KEYS[0] in self.keys else ""
        keys = ", ".join(f"p.above as {key}" if key in CONTAINING_KEYS else f"t.{key}" for key in self.keys)
        yield (
            f"select {keys}, t.low, t.lows, t.best, t.high, t.open, t.figures, t.without_low, t.without_best, t.disputed, t.imprecise_dates, t.contradicted, "
            f"0, 0, t.origins, 0 from plain_ t{within}"
        )

    def key(self, key: str) -> str:
        """A key as a column of the stored sums. For places, it is the record's own; those around it follow in `parts`."""
        if key == DATE_KEYS[1]:
            return f"extract(year from {self._day})::integer"
        return f"t.{key}" if key in DATE_KEYS or key in CONTAINING_KEYS else f"t.{getattr(self.roles, key)}"

    @property
    def _imprecise(self) -> str:
        rough = "rough_month" if DATE_KEYS[0] in self.keys else "rough_year" if DATE_KEYS[1] in self.keys else "rough"
        beyond = "".join(
            f" or coalesce(coalesce(t.final, t.first) > {bound}, false)" for operator, bound in self.bounds if operator == "<="
        )
        return f"(t.{rough}{beyond})"


TOUCHES = {
    ">=": "(t.final is null or greatest(t.first, t.final) >= {bound})",
    "<=": "(t.first is null or least(t.first, t.final) <= {bound})",
}


def _left_of_stars() -> str:
    """A select of how many parts of stars are left out for each reason."""
    sums = ", ".join(f"sum(why_{number})::bigint" for number in REASONS)
    names = code_list(OVERLAP_REASONS[: len(REASONS)])
    return f"select reason, figures from (select array[{sums}] as counts from plain_) s cross join lateral unnest(array[{names}], counts) u(reason, figures) where figures > 0"


def bit(origin: str) -> str:
    return f"coalesce(1 << array_position(array[{code_list(ORIGINS)}], {origin}), 0)"
