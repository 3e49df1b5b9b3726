"""Pairs of sets that may have something in common, as SQL: those that overlap.py then compares."""

from __future__ import annotations

from collections.abc import Sequence

from ..text import quote_literal
from .comparison_limits import MAX_PAIRS, TOO_MANY_PAIRS, unless
from .larger_records import beside, no

LONG_SPAN = 240  # Months. Sets of a longer period are compared with those of any period, instead of month by month.
# Keys of a join in place of keys of places, which are positive; those of places deeper than a set's own are negative, and below these.
WHOLE_EVENT, PLACE_UNKNOWN, DEEPER = 0, -1, -10
# Keys of a join in place of numbers of months, which are positive. Of the months that two sets share, only the first joins them: the one of them that
# begins no earlier begins in it. Keys from LATER on are of months in which a set begins after the other.
ANY_TIME, WITHOUT_INTERVAL, LATER = 0, -1, 1_000_000


def candidates(flow_code: str, apart: Sequence[str], limited: bool) -> str:
    """`candidates_`: pairs of the sets in `near_` and `lined_` that may have something in common.

    They are found by equal keys, because a comparison of all sets of an event would be quadratic.
    A set is joined with those of its event and of larger events, of places around it, inside it or `beside_` it, in the first month that both intervals have.
    So the places of no pair are separate.
    """
    flow, key_columns = quote_literal(flow_code), "".join(f", {key}" for key in apart)
    near_places = f"""case when same then case when near_place is null then array[{WHOLE_EVENT}::bigint] else near_places || {WHOLE_EVENT}::bigint end
      when near_place is null then array[{WHOLE_EVENT}, {PLACE_UNKNOWN}]::bigint[] else near_places || array[{WHOLE_EVENT}, {DEEPER} - near_place] end"""
    places = f"""case when placed is null then array[{WHOLE_EVENT}::bigint]
      else array[placed, {PLACE_UNKNOWN}] || array(select {DEEPER} - p from unnest(places) p where p <> placed) end"""
    near_months = f"""case when {{first}} = {{last}} then array[{{first}}, {LATER} + {{first}}, {ANY_TIME}]
      else array(select generate_series({{first}}, {{last}})) || array[{LATER} + {{first}}, {ANY_TIME}] end"""
    months = f"""case when {{first}} = {{last}} then array[{{first}}, {WITHOUT_INTERVAL}]
      else {{first}} || array(select {LATER} + generate_series({{first}} + 1, {{last}})) || {WITHOUT_INTERVAL} end"""
    most = 2 * MAX_PAIRS  # Most pairs are found in both directions.
    few = f" where {unless(f'count(*) > {most}', TOO_MANY_PAIRS, 'joined_')}" if limited else ""
    near_month_keys = _months("near_start", "near_end", flow, near_months, f"array[{ANY_TIME}, {WITHOUT_INTERVAL}]")
    month_keys = _months("start_", "end_", flow, months, f"array[{ANY_TIME}]")
    # Steps of their own, or the planner would join all sets of an event before it compares their places and months.
    return f"""near_key_ as materialized (
  select n.node, n.above, n.same, n.measure, n.unit, n.basis{key_columns}, {_interval("near_start", "near_end", flow)}, p.place_key, unnest({near_month_keys}) as month_key
  from near_ n {beside(apart)} cross join lateral unnest(({near_places}) || b.others) p(place_key)
), wide_key_ as materialized (
  select w.node, w.event, w.measure, w.unit, w.basis{key_columns}, {_interval("start_", "end_", flow)}, p.place_key, unnest({month_keys}) as month_key
  from lined_ w cross join lateral unnest({places}) p(place_key)
), joined_ as materialized ({_joined(apart)}{f" limit {most + 1}" if limited else ""}
), candidates_ as materialized (select distinct n, w from joined_{few})"""


def _joined(apart: Sequence[str]) -> str:
    """A select of these pairs, of which some are found in both directions."""
    alike = "".join(f" and coalesce(w.{key}, {no(key)}) = coalesce(n.{key}, {no(key)})" for key in apart)
    # Days without one in common: left out here, before pairs are made distinct, since a month may have many of them.
    return f"""
  select case when n.same then least(n.node, w.node) else n.node end as n, case when n.same then greatest(n.node, w.node) else w.node end as w
  from near_key_ n join wide_key_ w on w.event = n.above and w.measure = n.measure and w.unit = n.unit and w.basis = n.basis
    and w.place_key = n.place_key and w.month_key = n.month_key and w.node <> n.node{alike}
    and (w.first_day > n.last_day or w.last_day < n.first_day) is not true"""


def _interval(start: str, end: str, flow: str) -> str:
    """The days of a set that has an interval, as columns; null if it has none, which is not apart from any."""
    return ", ".join(
        f"case when basis = {flow} and {start} <= {end} then {day} end as {name}" for day, name in ((start, "first_day"), (end, "last_day"))
    )


def _months(start: str, end: str, flow: str, with_interval: str, without: str) -> str:
    """The keys of the time of a set: `with_interval` names the first and the last month of its interval."""
    number = "(date_part('year', {0}) * 12 + date_part('month', {0}))::integer"  # Not `extract`, which computes with decimal numbers.
    first, last = number.format(start), number.format(end)
    return (
        f"case when basis = {flow} and {start} <= {end} and {last} - {first} < {LONG_SPAN} "
        f"then {with_interval.format(first=first, last=last)} when basis = {flow} then {without} else array[{ANY_TIME}] end"
    )
