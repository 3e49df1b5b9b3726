"""The rule `widest/2` in SQL, its first half: the records that a query admits, the sets that they count, and how two sets are related.

Each step is a common table expression. Their names end in an underscore, so that none can be the name of a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.model.kind import Kind
from schema.model.totals import NESTED_KEYS, SEPARATE_KEYS

from ..text import quote_literal
from .candidate_pairs import candidates
from .comparison_limits import MAX_SETS, TOO_MANY_SETS, unless
from .disputes import group_disputed, group_stated_differently, live_claim
from .larger_records import apart, lines, places_beside
from .scope import Scope
from .summable import TOUCHES, among, code_list, day, month, numbers, reasons, rough

ORIGIN_KEY = SEPARATE_KEYS[2]


class Overlap:
    """The steps of one statement that compare the records of a kind. `apart` are the keys whose records are never compared across values."""

    def __init__(self, scope: Scope, kind: Kind, apart: Sequence[str] = ()) -> None:
        assert kind.totals is not None
        self.scope, self.kind, self.roles = scope, kind, kind.totals
        self.apart = [key for key in SEPARATE_KEYS if key in apart]
        self.event = scope.kinds[kind.fields[self.roles.event].type.ref or ""]
        self.actor = scope.kinds[kind.fields[self.roles.actor].type.ref or ""]
        self.place = scope.kinds[kind.fields[self.roles.place].type.ref or ""]

    # The records that meet the conditions

    def admitted(self, condition: str, bounds: Sequence[tuple[str, str]] = (), derived: bool = False, keys: str = "") -> str:
        """One row for each record `f` of an event `e` that meets a condition and touches the span between `bounds`.

        `derived`: records of derived origins are added like all others. `keys` is a relation of the keys of the records to read, if few.
        """
        if keys and self.scope.at.now:
            # Arrays, and not joins: a statement that compares records is planned without nested loops, and would read all records to join a few.
            found = f"array(select key from {keys} k)"
            events = f"array(select g.{self.roles.event} from {self.kind.name} g where g.key = any({found}))"
            relation = f"{self.kind.name} f join {self.event.name} e on e.key = f.{self.roles.event}"
            condition = f"{condition} and f.key = any({found}) and e.key = any({events})"
        elif keys:
            relation = f"{keys} k {self.scope.join(self.kind, 'f', 'key = k.key')} {self.scope.join(self.event, 'e', f'key = f.{self.roles.event}')}"
        else:
            relation = f"{self.scope.records(self.kind)} f join {self.scope.records(self.event)} e on e.key = f.{self.roles.event}"
        t = self.roles
        touches = "".join(f" and {TOUCHES[operator].format(bound=bound)}" for operator, bound in bounds)
        vague = ", ".join(map(str, t.vague_places))
        own = f"(f.{t.start} is not null or f.{t.end} is not null)"
        return f"""admitted_ as materialized (
  select f.key, f.id, f.{t.event} as event, f.{t.measure} as measure, f.{t.population} as population, f.{t.actor} as actor,
    f.{t.unit} as unit, f.{t.basis} as basis, f.{t.origin} as origin, f.{t.disaggregation} as disaggregation,
    f.{t.place} as placed, case when e.{t.event_place_precision} in ({vague}) is not true then e.{t.event_place} end as event_place, coalesce(f.{t.place}, e.{t.event_place}) as place, e.{t.country} as country,
    {own} as own, f.{t.start} as start_, f.{t.end} as end_, e.{t.event_start} as event_start, e.{t.event_end} as event_end,
    p.first, p.final, d.day, {month("d.day")} as month, n.low, f.{t.best} as best, n.high, n.bad,
    least(f.{t.low}, f.{t.best}, f.{t.high}) as least_, f.claims, {rough(t)} as rough,
    {rough(t)} or {month("d.day")} <> {month("d.last")} as rough_month,
    {rough(t)} or extract(year from d.day) <> extract(year from d.last) as rough_year, d.last,
    r.reason, r.reason is null as fit
  from {relation}
  cross join lateral (select case when {own} then f.{t.start} else e.{t.event_start} end as first,
    case when {own} then f.{t.end} else e.{t.event_end} end as final) p
  cross join lateral (select {day(f"f.{t.basis}", "p", t)} as day, coalesce(p.final, p.first) as last) d
  {numbers(t)}
  cross join lateral (select {reasons(t, bounds, derived)} as reason) r
  where {condition}{touches})"""

    # The sets that they count

    def compared(self, source: str = "admitted_") -> Iterator[str]:
        """The relation `compared_` of records that can be added: each with the set that it counts, named by the smallest key of its records.

        `node` is the set as its source divides it, `class` the set itself. Earlier counts of a stock or running total are `superseded`.
        """
        t = self.roles
        flow, cumulative = (f"a.basis = {quote_literal(basis)}" for basis in (t.flow, t.cumulative))
        residual = f"coalesce({among('a.population', t.residual_populations)}, false)"
        columns = "event, measure, unit, basis, population, actor, placed" + (f", {ORIGIN_KEY}" if ORIGIN_KEY in self.apart else "")
        yield f"""timed_ as materialized (
  select a.*, case when {flow} or {cumulative} then a.start_ end as t1, case when {flow} then case when a.start_ <= a.end_ then a.end_ end when {cumulative} then case when a.own then a.end_ else a.event_end end
      when a.own then coalesce(a.end_, a.start_) else coalesce(a.event_end, a.event_start) end as t2
  from {source} a where a.fit)"""
        yield f"""dated_ as materialized (
  select a.*, case when a.own and (a.t2 is null or a.t1 > a.t2) or {residual} then a.key end as t3, false as superseded from timed_ a where {flow}
  union all
  select a.*, case when a.own and (a.t2 is null or a.t1 > a.t2) or {residual} then a.key end, coalesce(a.t2 < max(a.t2) over (
    partition by {columns}, disaggregation, case when {cumulative} then t1 end), false)
  from timed_ a where not {flow})"""
        same = f"t1, t2, t3, {columns}, superseded"  # Days first: they differ most, and rows are put in this order.
        yield f"""compared_ as materialized (
  select a.*, min(key) over (partition by {same}) as class, min(key) over (partition by {same}, disaggregation) as node
  from dated_ a)"""

    # How two sets are related

    def pairs(self, sets: str, limited: bool = False) -> Iterator[str]:
        """The relation `pairs_` of sets `n` and `w`, by their nodes, that are not disjoint: whether each contains the other, and why one would be left out.

        `sets` is a condition on the records `c` of `compared_` whose nodes are compared. If `limited`, the statement fails before it compares too many.
        """
        yield f"""sets_ as materialized (
  select node, event, measure, unit, basis, population, actor, origin, disaggregation, placed, event_place, own, start_, end_, event_start, event_end, t1, t2
  from compared_ c where key = node and {sets})"""
        yield self.ancestors("up_", self.event, "select distinct event from sets_")
        t = self.roles
        actors = f"select distinct {NESTED_KEYS[0]} from sets_ where {NESTED_KEYS[0]} is not null"
        places = "select placed from sets_ where placed is not null union select event_place from sets_ where event_place is not null"
        yield from lines(self.scope, self.actor, NESTED_KEYS[0], actors, t.actor_kind, t.disjoint_actors)
        yield from lines(self.scope, self.place, NESTED_KEYS[1], places, t.place_kind, t.disjoint_places, t.place_country)
        yield """lined_ as materialized (
  select s.*, x.line as actors, x.types as actor_types, x.separate as actor_separate, y.line as places, z.line as event_places
  from sets_ s left join actor_line_ x on x.key = s.actor left join place_line_ y on y.key = s.placed left join place_line_ z on z.key = s.event_place)"""
        yield self._near(limited)
        yield from places_beside(self.apart, limited)
        yield candidates(self.roles.flow, self.apart, limited)
        yield self._related()
        yield self._pairs()

    def ancestors(self, name: str, kind: Kind, start: str) -> str:
        """The records whose keys `start` selects, each with itself and with every record that it is part of."""
        nesting = self.scope.kinds.nesting_field(kind)
        further = "" if nesting is None else (
            f"union select {name}.key, k.above from {name} cross join lateral (select k.{nesting.name} as above "
            f"from {self.scope.records(kind)} k where k.key = {name}.above and k.{nesting.name} is not null offset 0) k"
        )  # fmt: skip
        return f"{name}(key, above) as (select key, key from ({start}) start(key) {further})"

    def _near(self, limited: bool) -> str:
        """Each set beside its own event and every larger one: with the place and the interval that it has there."""
        few = f" where {unless(f'count(*) > {MAX_SETS}', TOO_MANY_SETS, 'sets_')}" if limited else ""
        return f"""near_ as materialized (
  select n.*, u.above, u.above = n.event as same, case when u.above = n.event then n.placed else coalesce(n.placed, n.event_place) end as near_place,
    case when u.above = n.event or n.places is not null then n.places else n.event_places end as near_places,
    case when n.own then n.start_ when u.above <> n.event then n.event_start end as near_start,
    case when n.own then n.end_ when u.above <> n.event then n.event_end end as near_end
  from lined_ n join up_ u on u.key = n.event{few})"""

    def _related(self) -> str:
        t = self.roles
        disjoint_people = _in_pairs("w", "n", (*t.disjoint_populations, *(pair[::-1] for pair in t.disjoint_populations)))
        inside, around = (_in_pairs(*aliases, t.nested_populations) for aliases in (("w", "n"), ("n", "w")))
        same_people = f"(w.population is not distinct from n.population and {among('n.population', t.residual_populations)} is not true)"
        flow, cumulative = quote_literal(t.flow), quote_literal(t.cumulative)
        closed_n, closed_w = "coalesce(n.near_start <= n.near_end, false)", "coalesce(w.start_ <= w.end_, false)"
        other_people = "(n.population, n.actor, n.placed) is distinct from (w.population, w.actor, w.placed)"
        # Running totals begin with the event if nothing else is said; t2 is their last day.
        cumulative_down = (
            "(w.t1 <= w.t2 and n.t1 <= n.t2) is not false and (w.t1 is null or w.t1 <= n.t1) and n.t2 is not null and w.t2 >= n.t2"
        )
        cumulative_up = (
            "(w.t1 <= w.t2 and n.t1 <= n.t2) is not false and (n.t1 is null or n.t1 <= w.t1) and w.t2 is not null and n.t2 >= w.t2"
        )
        return f"""related_ as materialized (
  select n.node as n, w.node as w, n.same, case when not n.same then 1 when {other_people} then 2 when n.basis <> {flow} then 3 else 4 end as why,
    {same_people} or {among("w.population", t.all_people)} or {inside} as people_down,
    {same_people} or {among("n.population", t.all_people)} or {around} as people_up,
    w.actor is null or w.actor is not distinct from n.actor or w.actor = any(n.actors) as actor_down,
    n.actor is null or n.actor is not distinct from w.actor or n.actor = any(w.actors) as actor_up,
    w.placed is null or w.placed = any(n.near_places) as place_down,
    case when n.same then n.placed is null or n.placed = any(w.places) else n.near_place is null or n.near_place = any(w.places) end as place_up,
    case when n.same and not n.own and not w.own then true
      when n.basis = {flow} then not w.own or ({closed_n} and {closed_w} and w.start_ <= n.near_start and n.near_end <= w.end_)
      when n.basis = {cumulative} then {cumulative_down} else w.t2 = n.t2 end as time_down,
    case when n.same and not n.own and not w.own then true
      when n.basis = {flow} then n.same and (not n.own or ({closed_n} and {closed_w} and n.start_ <= w.start_ and w.end_ <= n.end_))
      when n.basis = {cumulative} then {cumulative_up} else w.t2 = n.t2 end as time_up,
    n.same and n.disaggregation = w.disaggregation and {other_people}
      or n.basis = {flow} and ((w.start_ <= w.end_) is not false and (n.near_start <= n.near_end) is not false)
        and (w.start_ > n.near_end or w.end_ < n.near_start)
      or n.basis = {cumulative} and (w.t1 <= w.t2 and n.t1 <= n.t2) is not false and ((w.t2 < n.t1) is true or (n.t2 < w.t1) is true)
      or {disjoint_people} or {apart("w", "n", NESTED_KEYS[0])} as apart
  from (select n.*, c.w from candidates_ c join near_ n on n.node = c.n offset 0) n join lined_ w on w.node = n.w and w.event = n.above)"""

    def _pairs(self) -> str:
        return """pairs_ as materialized (
  select * from (
    select n, w, why, coalesce(people_down and actor_down and place_down and time_down, false) as down,
      coalesce(same and people_up and actor_up and place_up and time_up, false) as up
    from related_ where apart is not true
  ) p)"""

    def disputed(self, alias: str) -> str:
        """A condition: live claims contradict each other in the number, as in `disputed` of its provenance."""
        return f"({alias}.claims > 1 and {self.contradicted_by_claims(alias)})"

    def contradicted_by_claims(self, alias: str) -> str:
        """The same of a record that several claims speak of."""
        group = self.kind.fields[self.roles.best].group_name
        contradicted = group_disputed(self.kind, group, "c", live_claim("c"))
        return f"(select {contradicted} from {self.scope.claims(self.kind)} c where c.record = {alias}.key)"

    def stated_differently(self, alias: str) -> str:
        """A condition that is weaker and stored with every load: live claims do not all give the same number with the same words."""
        group = self.kind.fields[self.roles.best].group_name
        differs = group_stated_differently(self.kind, group, "c", live_claim("c"))
        return f"({alias}.claims > 1 and (select {differs} from {self.scope.claims(self.kind)} c where c.record = {alias}.key))"


def _in_pairs(first: str, second: str, pairs: Sequence[tuple[str, str]]) -> str:
    listed = ", ".join(f"({code_list(pair)})" for pair in pairs)
    return f"coalesce(({first}.population, {second}.population) in ({listed}), false)" if pairs else "false"
