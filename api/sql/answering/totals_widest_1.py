"""The rule `widest/1` in SQL: the records that a query admits, how they overlap, and which of them are left out of a sum.

Answers as of revisions that were recorded under this rule keep it. Each step is a common table expression. Their names end in an underscore, so that none can be the name of a table.
"""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind
from schema.model.totals import NESTED_KEYS, OVERLAP_REASONS, TotalsRoles

from ..preference import covered
from ..text import quote_literal
from .scope import Scope

FAR = 1_000_000_000  # Days; stands for the length of an unknown span, which is longer than any known one.
EPOCH = "date '2000-01-01'"


class Overlap:
    """The steps of one statement that decide which records of a kind are added."""

    def __init__(self, scope: Scope, kind: Kind) -> None:
        assert kind.totals is not None
        self.scope, self.kind, self.roles = scope, kind, kind.totals
        self.event = scope.kinds[kind.fields[self.roles.event].type.ref or ""]
        self.actor = scope.kinds[kind.fields[self.roles.actor].type.ref or ""]
        self.place = scope.kinds[kind.fields[self.roles.place].type.ref or ""]

    def admitted(self, condition: str, dated: bool) -> str:
        """One row for each record `f`, with its event `e` and its days `d`, that meets a condition. With `dated`, records without a day are left out."""
        t = self.roles
        own = f"f.{t.start} is not null or f.{t.end} is not null"
        return f"""admitted_ as materialized (
  select f.key, f.id, f.{t.event} as event, f.{t.measure} as measure, f.{t.population} as population, f.{t.actor} as actor,
    f.{t.unit} as unit, f.{t.basis} as basis, f.{t.origin} as origin, coalesce(f.{t.place}, e.{t.event_place}) as place, f.{t.place} is not null as placed, e.{t.country} as country,
    {month("d.day")} as month, case when {own} then f.{t.start} else e.{t.event_start} end as start_,
    case when {own} then f.{t.end} else e.{t.event_end} end as end_,
    coalesce(f.{t.low}, case when f.{t.quantifier} = {quote_literal(t.before.at_most)} then 0 else f.{t.best} end, 0) as low, f.{t.best} as best,
    coalesce(f.{t.high}, case when f.{t.quantifier} = {quote_literal(t.before.at_least)} then null else f.{t.best} end) as high, f.claims,
    {rough(t)} as rough, {rough(t)} or {month("d.day")} <> {month("d.last")} as rough_month,
    {rough(t)} or extract(year from d.day) <> extract(year from d.last) as rough_year,
    {self._reasons(dated)} as reason
  from {self.scope.records(self.kind)} f join {self.scope.records(self.event)} e on e.key = f.{t.event}
  cross join lateral (select coalesce(f.{t.start}, e.{t.event_start}) as day, case
    when f.{t.start} is not null then coalesce(f.{t.end}, f.{t.start}) else coalesce(e.{t.event_end}, e.{t.event_start}) end as last) d
  where {condition})"""

    def _reasons(self, dated: bool) -> str:
        """The reason why a record cannot be added at all; null if it can."""
        t = self.roles
        undated = "when d.day is null then 'date_unknown' " if dated else ""
        numbers = " and ".join(f"f.{field} is null" for field in (t.low, t.best, t.high))
        return (
            f"case {undated}when {numbers} then 'no_number' when {among(f'f.{t.measure}', t.no_sum)} then 'no_sum' "
            f"when f.{t.unit} is null then 'unit_unknown' when f.{t.basis} is null then 'basis_unknown' end"
        )

    def overlapping_pairs(self) -> Iterator[str]:
        """The pairs of records that overlap: the narrower, the wider, and the reason why the narrower would be left out."""
        for key, kind in zip(NESTED_KEYS, (self.actor, self.place), strict=True):
            yield self.ancestors(f"{key}s_", kind, f"select distinct a.{key} from admitted_ a where a.{key} is not null")
            yield f"{key}_line_ as materialized (select key, array_agg(above) as line from {key}s_ group by key)"
        yield self._ranked()
        yield self.ancestors("up_", self.event, "select distinct event from ranked_")
        # A step of its own, or the planner would join all records of a measure with each other before it compares events.
        yield "near_ as materialized (select n.*, u.above from ranked_ n join up_ u on u.key = n.event)"
        yield self._overlapping_pairs()

    def ancestors(self, name: str, kind: Kind, start: str) -> str:
        """The records whose keys `start` selects, each with itself and with every record that it is part of."""
        nesting = self.scope.kinds.nesting_field(kind)
        further = "" if nesting is None else (
            f"union select {name}.key, k.{nesting.name} from {name} join {self.scope.records(kind)} k on k.key = {name}.above "
            f"where k.{nesting.name} is not null"
        )  # fmt: skip
        return f"{name}(key, above) as (select key, key from ({start}) start(key) {further})"

    def _ranked(self) -> str:
        """The records that can be added, ranked: the widest has the lowest ranks.

        As the wider record, a series of a stock or running total is represented by its latest record: whatever excludes that one excludes
        the entire series. So a series of a thousand days has thousands of overlaps rather than a million.
        """
        t = self.roles
        length, later = f"coalesce(a.end_ - a.start_, {FAR})", f"coalesce({EPOCH} - {{day}}, {FAR})"
        flow = f"a.basis = {quote_literal(t.flow)}"
        return f"""ranked_ as materialized (
  select a.key, a.id, a.event, a.measure, a.unit, a.basis, a.population, a.origin, a.actor, x.line as actors, a.place, a.placed, y.line as places,
    a.start_, a.end_, a.month, a.country,
    case when {among("a.population", t.all_people)} then 0 when a.population is null or {among("a.population", t.before.unspecified)} then 1
      when {among("a.population", t.before.broad_populations)} then 2 else 3 end as rank1,
    coalesce(cardinality(x.line), 0) as rank2, case when a.placed then cardinality(y.line) else 0 end as rank3,
    case when {flow} then -{length} else {later.format(day="coalesce(a.end_, a.start_)")} end as rank4,
    case when {flow} then {later.format(day="a.start_")} else -{length} end as rank5
  from admitted_ a left join actor_line_ x on x.key = a.actor left join place_line_ y on y.key = a.place
  where a.reason is null), led_ as materialized (
  select *, basis = {quote_literal(t.flow)} or row_number() over (
    partition by event, measure, unit, basis, population, actor, placed, place order by rank4, rank5, id) = 1 as lead_ from ranked_)"""

    def _overlapping_pairs(self) -> str:
        t = self.roles
        ranks = ("rank1", "rank2", "rank3", "rank4", "rank5", "id")
        before = f"({', '.join(f'w.{rank}' for rank in ranks)}) < ({', '.join(f'n.{rank}' for rank in ranks)})"
        any_people = (*t.all_people, *t.before.unspecified)
        pairs = ", ".join(f"({code_list(pair)}), ({code_list(pair[::-1])})" for pair in t.before.disjoint_populations)
        own_place = "case when {0}.placed then {0}.place end"
        disjoint = f"(w.population, n.population) in ({pairs})" if pairs else "false"
        return f"""pairs_ as materialized (
  select n.key as narrow, w.key as wide, case when w.event <> n.event then 1
      when (w.population, w.actor, {own_place.format("w")}) is distinct from (n.population, n.actor, {own_place.format("n")}) then 2 when n.basis <> {quote_literal(t.flow)} then 3 else 4 end as why,
    w.population is not distinct from n.population as same_population, w.actor is not distinct from n.actor as same_actor,
    w.origin is not distinct from n.origin as same_origin
  from near_ n join led_ w on w.lead_ and w.event = n.above and w.measure = n.measure and w.unit = n.unit and w.basis = n.basis
  where (w.event <> n.event or {before})
    and (w.population is null or n.population is null or {among("w.population", any_people)} or {among("n.population", any_people)} or not {disjoint})
    and (w.actor is null or n.actor is null or w.actor = any(n.actors) or n.actor = any(w.actors))
    and (not w.placed or (not n.placed and w.event = n.event) or n.place is null or w.place = any(n.places) or n.place = any(w.places))
    and (n.basis <> {quote_literal(t.flow)} or (w.start_ > n.end_ or w.end_ < n.start_) is not true))"""

    def left_out(self, name: str, compared: str) -> Iterator[str]:
        """The relation `{name}outs_`: the records left out because a wider one was added. `compared` is a condition on the overlaps that count.

        In rounds: add every undecided record that no undecided record is wider than; leave out whatever overlaps with it; repeat.
        """
        yield f"""{name}marks_ as materialized (
  select narrow, why, bool_or(mark) over (partition by wide) as below from (
    select narrow, wide, why, false as mark from pairs_ where {compared}
    union all select null, narrow, null, true from (select distinct narrow from pairs_ where {compared}) narrow_
  ) both_)"""
        yield f"""{name}first_ as materialized (
  select narrow as key, bool_or(not below) as out from {name}marks_ where narrow is not null group by narrow)"""
        yield f"""{name}rest_ as materialized (
  select narrow, wide from pairs_ where {compared} and narrow in (select key from {name}first_ where not out)
    and wide in (select key from {name}first_ where not out))"""
        yield f"""{name}rounds_(fresh, open) as (
  select f.keys, array(select unnest(u.keys) except select unnest(f.keys))
  from (select array(select key from {name}first_ where not out) as keys) u
  cross join lateral (select array(select unnest(u.keys) except select narrow from {name}rest_) as keys) f
  union all
  select f.keys, array(select unnest(u.keys) except select unnest(f.keys))
  from {name}rounds_ r
  cross join lateral (select array(
    select unnest(r.open) except select narrow from {name}rest_ where wide in (select unnest(r.fresh))) as keys) u
  cross join lateral (select array(
    select unnest(u.keys) except select narrow from {name}rest_ where wide in (select unnest(u.keys))) as keys) f
  where cardinality(r.fresh) > 0 and cardinality(r.open) > 0)"""
        yield f"""{name}outs_ as materialized (
  select key, min(why) as why from (
    select narrow as key, why from {name}marks_ where not below and narrow is not null
    union all select narrow, why from pairs_ where {compared} and wide in (select unnest(fresh) from {name}rounds_)
  ) outs_ group by key)"""

    def disputed(self, alias: str) -> str:
        """A condition: live claims differ in the number, as in `disputed` of its provenance."""
        fields = self.kind.groups[self.kind.fields[self.roles.best].group_name]
        value = ", ".join(f"c.{field.name}" for field in fields)
        return (
            f"({alias}.claims > 1 and (select count(distinct ({value})) > 1 from {self.scope.claims(self.kind)} c "
            f"where c.record = {alias}.key and c.rank <> 'deprecated' and {covered(fields, 'c')}))"
        )


def why(alias: str) -> str:
    """The reason for which an overlap leaves out its narrower record."""
    return f"(array[{code_list(OVERLAP_REASONS)}])[{alias}.why]"


def month(day: str) -> str:
    return f"date_trunc('month', {day}::timestamp)::date"


def rough(t: TotalsRoles) -> str:
    return f"(d.day is null or coalesce(e.{t.event_precision} > 1, false))"


def among(column: str, codes: tuple[str, ...]) -> str:
    return f"{column} = any(array[{code_list(codes)}]::text[])"


def code_list(codes: tuple[str, ...]) -> str:
    return ", ".join(quote_literal(code) for code in codes)
