"""On how many days of a row of totals somebody counted, as SQL: where figures count parts of the time of an event, a day without one is not zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.model.totals import CONTAINING_KEYS, DATE_KEYS, DAY_COLUMNS, TotalsRoles

from ..text import quote_literal
from .stored_sums import StoredSums
from .summable import of_a_part

MAX_DAILY = 50_000  # Figures of events whose days are counted; if there are more, it is not known on which days.
PLACE = CONTAINING_KEYS[0]
DAILY = "daily_"  # The relation of figures: the keys of their rows (of a place, their own), their event, their days and those of the event.


def stored_days(sums: StoredSums) -> Iterator[str]:
    """`daily_`: the figures that can be added of events of which some count a part of the time, from the stored sums."""
    t, flow = sums.roles, quote_literal(sums.roles.flow)
    which = f"{sums.fit} and {sums.condition} limit {MAX_DAILY + 1}"
    keys = ", ".join(f"{sums.key(key)} as {key}" for key in sums.keys)
    yield f"in_part_ as materialized (select t.{t.event} as event from {sums.relation} where t.event_first is not null and {which})"
    # An array, and not a join, so that the index of events is used: there are none in most databases.
    yield f"""{DAILY} as materialized (
  select {keys}, t.place as of_place, t.{t.event} as event, t.first, t.final, t.event_first, t.event_final from {sums.relation}
  where t.{t.event} = any(array(select distinct event from in_part_)) and t.{t.basis} = {flow} and {which})"""


def admitted_days(t: TotalsRoles, keys: dict[str, str]) -> Iterator[str]:
    """The same from the records `a` of `admitted_`; `keys` are expressions of these."""
    flow, part = quote_literal(t.flow), of_a_part(t, "a")
    named = ", ".join(f"{expression} as {key}" for key, expression in keys.items())
    yield f"""{DAILY} as materialized (
  select {named}, a.place as of_place, a.event, a.first, a.final, case when {part} then a.event_start end as event_first, case when {part} then a.event_end end as event_final
  from admitted_ a where a.fit and a.basis = {flow} and a.event in (select a.event from admitted_ a where a.fit and {part}) limit {MAX_DAILY + 1})"""


def covered(keys: Sequence[str], bounds: Sequence[tuple[str, str]]) -> str:
    """`covered_`: for each row, how many days the event has of which the most are not counted, and how many of them are.

    An event of which any figure has no known days is left out, and so is one without a last day if nothing else ends the days of the row.
    """
    names = ", ".join(keys)
    rows = ", ".join(f"p.above as {key}" if key == PLACE else f"d.{key}" for key in keys)
    within = " left join within_ p on p.key = d.of_place" if PLACE in keys else ""
    first, last = _period(keys)
    begins = ", ".join(("event_first", *first, *(bound for operator, bound in bounds if operator == ">=")))
    ends = ", ".join(("event_final", *last, *(bound for operator, bound in bounds if operator == "<=")))
    days = "(select coalesce(sum(upper(u) - lower(u)), 0) from unnest(c.counted * datemultirange(daterange(c.first, c.last, '[]'))) u)"
    return f"""covered_ as (
  select distinct on ({names}) {names}, {DAY_COLUMNS[0]}, {DAY_COLUMNS[1]} from (
    select {names}, {days} as {DAY_COLUMNS[0]}, c.last - c.first + 1 as {DAY_COLUMNS[1]} from (
      select {names}, counted, greatest({begins}) as first, least({ends}) as last from (
        select {names}, event, min(event_first) as event_first, min(event_final) as event_final,
          range_agg(case when first <= final then daterange(first, final, '[]') end) as counted
        from (select {rows}, d.event, d.first, d.final, d.event_first, d.event_final from {DAILY} d{within}) d
        where (select count(*) from {DAILY}) <= {MAX_DAILY}
        group by {names}, event having count(event_first) > 0 and bool_and(coalesce(first <= final, false))
      ) e
    ) c where c.first <= c.last
  ) n order by {names}, {DAY_COLUMNS[1]} - {DAY_COLUMNS[0]} desc, {DAY_COLUMNS[1]} desc)"""


def _period(keys: Sequence[str]) -> tuple[list[str], list[str]]:
    """The first and the last day of the month or the year of a row, if it has one, as expressions."""
    month, year = DATE_KEYS
    if month in keys:
        return [month], [f"({month} + interval '1 month')::date - 1"]
    return ([f"make_date({year}, 1, 1)"], [f"make_date({year}, 12, 31)"]) if year in keys else ([], [])
