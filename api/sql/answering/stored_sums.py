"""What totals read from the stored sums: records that are disjoint from all others, and stars; the keys of the rest go through overlap.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.codelists.vocabularies import ORIGIN
from schema.model.totals import CONTAINING_KEYS, DATE_KEYS, OVERLAP_REASONS, SEPARATE_KEYS
from schema.storage.columns import ALONE, OUTERMOST, PART, TANGLED

from ...query.nodes import NO_CONDITION, Condition, TotalsNode, Where
from ..text import quote_literal
from .conditions import where
from .counted import version
from .overlap import Overlap, among, code_list, day
from .scope import Scope
from .stars import star_numbers

ORIGINS = tuple(sorted(ORIGIN.codes))
MAX_TANGLED = 50_000
TOO_MANY_TANGLED = (
    f"totals: more than {MAX_TANGLED:,} of these figures may overlap in ways that must be compared one by one; "
    "add a condition, such as an event, a country, a measure, a basis or a span of time"
)
MAX_IN_STARS = 1_000_000
TOO_MANY_IN_STARS = (
    f"totals: more than {MAX_IN_STARS:,} of these figures are totals and their parts, of which the conditions or the grouping select some; "
    "add a condition, such as a country, an event, a measure or a span of time, or group by fewer keys"
)
LEFT_OUT_OF_SUMS = "select reason, figures from plain_left_ union all select reason, figures from star_left_"


class StoredSums:
    """The steps that read the table of stored sums `t`."""

    def __init__(
        self, scope: Scope, node: TotalsNode, overlap: Overlap, bounds: Sequence[tuple[str, str]], about_origin: bool, keys: Sequence[str]
    ) -> None:  # fmt: skip
        self.node, self.roles, self.bounds, self.keys = node, overlap.roles, bounds, keys
        touches = "".join(f" and {TOUCHES[operator].format(bound=bound)}" for operator, bound in bounds)
        conditions = list(own_conditions(node.where))
        alias = "t" if all(part.field is not None and part.field.name in self._fields() for part in conditions) else "f"
        matching = scope.with_steps()
        only = f" and {where(matching, node.kind, node.where, alias)}" if node.where != NO_CONDITION else ""
        joined = "" if alias == "t" else f" join {scope.records(node.kind)} f on f.key = t.key"
        self.matching = matching.steps or []
        self.relation, self.condition = f"{node.kind.name}_sum t{joined}", f"{version(scope, 't')}{touches}{only}"
        self.reason, self.fit = self._reason(about_origin), self._fit(about_origin)
        self.whole_stars = self._keeps_stars_whole(conditions)

    def _fields(self) -> set[str]:
        """The fields that the table of sums has as they are published."""
        t = self.roles
        return {t.event, t.measure, t.population, t.actor, t.place, t.unit, t.basis, t.origin, t.best}

    def _keeps_stars_whole(self, conditions: list[Condition]) -> bool:
        """Whether all records of a star meet the conditions or none does, and all are in one row: then its stored numbers are those of the query."""
        t = self.roles
        shared = {t.event, t.measure, t.unit, t.basis, t.origin}
        return not {*SEPARATE_KEYS[:2]} & {*self.node.by} and all(
            part.field is not None and part.field.name in shared for part in conditions
        )

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
        inside = "".join(f" and {self._day} {operator} {bound}" for operator, bound in self.bounds)
        of_origin = "" if about_origin else f" and ({among(f't.{t.origin}', t.derived_origins)}) is not true"
        return f"t.reason is null{of_origin}{inside}"

    def steps(self) -> Iterator[str]:
        yield from self.matching
        yield from self._plain()
        yield from self._stars()
        tangled = f"select t.key from {self.relation} where t.shape = {TANGLED} and {self.condition} limit {MAX_TANGLED + 1}"
        yield f"found_ as materialized ({tangled})"
        yield f"""picked_ as materialized (
  select key from found_ where (select case when count(*) > {MAX_TANGLED} then refuse({quote_literal(TOO_MANY_TANGLED)}) is null else true end from found_))"""

    @property
    def _alone(self) -> str:
        """A condition: no other record that the query compares with this one overlaps with it."""
        fixed = {part.field.name for part in conjuncts(self.node.where) if part.field is not None and part.operator == "eq"}
        unlike = [f"not t.same_{key}" for key in SEPARATE_KEYS[:2] if key in self.node.by or getattr(self.roles, key) in fixed]
        shapes = f"t.shape = {ALONE}"
        return f"({shapes} or t.shape in ({OUTERMOST}, {PART}) and ({' or '.join(unlike)}))" if unlike else f"({shapes})"

    def _plain(self) -> Iterator[str]:
        """`plain_`: sums of records that are a group by themselves, or of entire stars; `plain_left_`: those that are left out by themselves.

        Two steps, because the planner expects many reasons, and would sort all records to group them by reason.
        """
        low, high, bad, which, parts = "t.lower", "t.upper", "t.contradicted", self._alone, ""
        if self.whole_stars:
            low, high, bad = (
                f"case when t.shape = {OUTERMOST} then t.{group} else {own} end"
                for group, own in (("group_low", low), ("group_high", high), ("group_contradicted", bad))
            )
            which = f"t.shape in ({ALONE}, {OUTERMOST})"
            parts = "".join(f", sum(parts[{number}]) as why_{number}" for number in range(1, 5))
        keys = [self._key(key) for key in self.keys]
        numbers = f"""coalesce(sum(low), 0) as low, count(low) as lows, sum(best) as best, coalesce(sum(high), 0) as high,
  count(*) - count(high) as open, count(*) as figures, count(*) - count(low) as without_low, count(*) - count(best) as without_best,
  count(*) filter (where disputed) as disputed, count(*) filter (where imprecise) as imprecise_dates,
  count(*) filter (where bad) as contradicted, bit_or(origins) as origins{parts}"""
        columns = ", ".join(f"{value} as {key}" for key, value in zip(self.keys, keys, strict=True))
        yield f"""plain_ as materialized (
  select {", ".join(self.keys)}, {numbers} from (
    select {columns}, t.group_parts as parts, {low} as low, t.{self.roles.best} as best, {high} as high, t.disputed, {self._imprecise} as imprecise,
      {bad} as bad, {bit(f"t.{self.roles.origin}")} as origins
    from {self.relation} where {which} and {self.fit} and {self.condition}
  ) t group by {", ".join(self.keys)})"""
        # Without a span, an index has those that are left out.
        few = "true" if self.bounds else f"(t.reason is not null or {among(f't.{self.roles.origin}', self.roles.derived_origins)})"
        left = f"select {self.reason} as reason from {self.relation} where {few} and {self.reason} is not null and t.shape <> {TANGLED} and {self.condition}"
        yield f"plain_left_ as materialized (select reason, count(*) as figures from ({left}) t group by reason)"

    def _stars(self) -> Iterator[str]:
        """`star_`: the numbers of each star of which not all records meet the conditions."""
        if self.whole_stars:
            yield f"star_left_ as ({_left_of_stars('plain_', 'true')})"
            return
        hub = f"filter (where s.shape = {OUTERMOST})"
        keys = "".join(f", min({self._key(key).replace('t.', 's.')}) as {key}" for key in self.keys)
        counts = f""", count(*) as figures, sum(s.{self.roles.best}) as bests, count(s.{self.roles.best}) as with_best, sum(s.lower) as low_sum,
      sum(s.upper) as high_sum, count(s.upper) as with_high, count(*) filter (where s.disputed) as disputed, count(*) filter (where s.imprecise) as imprecise,
      bool_or(s.disputed) {hub} as hub_disputed, bool_or(s.imprecise) {hub} as hub_imprecise, count(*) filter (where s.contradicted) as bads,
      bit_or({bit(f"s.{self.roles.origin}")}) as origins{keys}"""
        which = f"{self.relation} where t.shape in ({OUTERMOST}, {PART}) and not {self._alone} and {self.fit} and {self.condition}"
        few = f"(select case when count(*) > {MAX_IN_STARS} then refuse({quote_literal(TOO_MANY_IN_STARS)}) is null else true end from in_star_)"
        yield f"in_star_ as materialized (select 1 from {which} limit {MAX_IN_STARS + 1})"
        source = f"(select t.*, {self._imprecise} as imprecise from {which} and {few}) s"
        yield f"star_ as materialized ({star_numbers(source, 's.hub', 'true', counts)})"
        yield f"star_left_ as ({_left_of_stars('star_', 'there')})"

    def parts(self) -> Iterator[str]:
        """Selects of the columns of `parts_` in totals_parts.py."""
        within = f" left join within_ p on p.key = t.{CONTAINING_KEYS[0]}" if CONTAINING_KEYS[0] in self.keys else ""
        keys = ", ".join(f"p.above as {key}" if key in CONTAINING_KEYS else f"t.{key}" for key in self.keys)
        yield (
            f"select {keys}, t.low, t.lows, t.best, t.high, t.open, t.figures, t.without_low, t.without_best, t.disputed, t.imprecise_dates, t.contradicted, "
            f"0, 0, t.origins from plain_ t{within}"
        )
        if not self.whole_stars:
            yield f"""select {keys}, case when t.there then coalesce(t.low, 0) else coalesce(t.low_sum, 0) end, case when t.there then (t.lows > 0)::integer else t.lows end,
  case when t.there then t.hub_best else t.bests end, case when t.there then coalesce(t.high, 0) else coalesce(t.high_sum, 0) end,
  case when t.there then (t.high is null)::integer else t.figures - t.with_high end, case when t.there then 1 else t.figures end,
  case when t.there then (t.lows = 0)::integer else t.figures - t.lows end, case when t.there then (t.hub_best is null)::integer else t.figures - t.with_best end,
  case when t.there then t.hub_disputed::integer else t.disputed end, case when t.there then t.hub_imprecise::integer else t.imprecise end,
  case when t.there then t.contradicted::integer else t.bads end, 0, 0, t.origins from star_ t{within}"""

    def _key(self, key: str) -> str:
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


def _left_of_stars(relation: str, condition: str) -> str:
    """A select of how many parts of stars are left out for each reason."""
    return " union all ".join(
        f"select {quote_literal(reason)} as reason, sum(why_{number})::bigint as figures from {relation} where {condition} having sum(why_{number}) > 0"
        for number, reason in enumerate(OVERLAP_REASONS[:4], 1)
    )


def own_conditions(tree: Where) -> Iterator[Condition]:
    """The conditions on the records themselves, at any depth; one on a linked record is one on the link."""
    for part in tree.parts:
        if isinstance(part, Where):
            yield from own_conditions(part)
        else:
            yield part


def conjuncts(tree: Where) -> Iterator[Condition]:
    """The conditions that every record of the answer meets."""
    for part in tree.parts if tree.how == "all" else ():
        if isinstance(part, Where):
            yield from conjuncts(part)
        else:
            yield part


def bit(origin: str) -> str:
    return f"coalesce(1 << array_position(array[{code_list(ORIGINS)}], {origin}), 0)"
