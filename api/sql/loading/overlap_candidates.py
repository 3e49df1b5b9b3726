"""Common table expressions that find, with aggregates alone, the few records that can overlap another. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from ..answering.overlap import Overlap
from ..answering.summable import among
from ..text import quote_literal


def crowds(overlap: Overlap, every: bool) -> Iterator[str]:
    """`crowded_`: the records beside which there is another of the same measure, unit and basis in one family of events.

    `event_`: the events of records, with the topmost that each is part of, and whether it is part of another or has parts. If `every` record is
    read, only the events that are part of others are followed upwards, of which a dataset has few or none.
    """
    nesting = overlap.scope.kinds.nesting_field(overlap.event)
    if nesting is None:
        yield "event_ as (select distinct event as key, event as top, false as nested from admitted_)"
    elif every:
        events = overlap.scope.records(overlap.event)
        yield overlap.ancestors("line_", overlap.event, f"select key from {events} e where {nesting.name} is not null")
        yield f"""event_ as materialized (
  select a.event as key, coalesce(t.top, a.event) as top, t.top is not null or p.key is not null as nested
  from (select distinct event from admitted_) a left join (select distinct {nesting.name} as key from {events} e where {nesting.name} is not null) p on p.key = a.event
  left join (select l.key, l.above as top from line_ l join {events} e on e.key = l.above and e.{nesting.name} is null) t on t.key = a.event)"""
    else:
        events = overlap.scope.records(overlap.event)
        yield overlap.ancestors("line_", overlap.event, "select distinct event from admitted_")
        # Not `exists`: as of the past, where all events seem to be few, the planner would read them all to hash those that have parts.
        yield f"""event_ as materialized (
  select l.key, l.above as top, l.key <> l.above or (select true from {events} p where p.{nesting.name} = l.key limit 1) is true as nested
  from line_ l cross join lateral (select from {events} e where e.key = l.above and e.{nesting.name} is null offset 0) e)"""
    # Counted in one step: a join with the crowds could be planned by measure, before the event, and compare everything with everything.
    yield """crowded_ as materialized (
  select key from (
    select a.key, count(*) over (partition by e.top, a.measure, a.unit, a.basis) as near from admitted_ a join event_ e on e.key = a.event where a.fit
  ) c where near > 1)"""


def divided_totals(overlap: Overlap) -> Iterator[str]:
    """`divided_`: the records of totals of all people and of the parts into which their sources divide them, event by event.

    The general comparison would find the same. Datasets of many events have little else, so these are found by aggregates alone.
    """
    t = overlap.roles
    total = f"{among('a.population', t.all_people)} and a.actor is null and a.placed is null"
    yield f"""division_ as materialized (
  select a.event, a.measure, a.unit, max(a.key) filter (where {total}) as hub
  from admitted_ a join event_ e on e.key = a.event and not e.nested where a.fit and a.basis = {quote_literal(t.flow)}
  group by a.event, a.measure, a.unit
  having count(*) > 1 and count(*) filter (where {total}) = 1 and count(*) = count(distinct (a.population, a.actor, a.placed))
    and bool_and((a.disaggregation is null) = ({total})) and min(a.disaggregation) = max(a.disaggregation)
    and bool_and(not a.own or a.start_ <= a.end_) and {" and ".join(map(_one_value, ("a.own::integer", "a.start_", "a.end_", "a.country", "a.place", "a.origin")))} and bool_and({among("a.origin", t.derived_origins)}) is not true)"""
    yield f"""divided_ as materialized (
  select d.hub, a.key, a.population is not distinct from h.population as same_population, a.actor is not distinct from h.actor as same_actor
  from division_ d join admitted_ a on a.event = d.event and a.measure = d.measure and a.unit = d.unit and a.basis = {quote_literal(t.flow)} and a.fit
  join admitted_ h on h.key = d.hub)"""


def _one_value(column: str) -> str:
    """A condition on a group of rows: a column has one value in all of them, or none. Cheaper than counting distinct values, which sorts."""
    return f"count({column}) in (0, count(*)) and min({column}) is not distinct from max({column})"
