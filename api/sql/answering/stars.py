"""Groups of one record that contains all others, which are disjoint: their numbers are plain aggregates."""

from __future__ import annotations

from schema.storage.columns import OUTERMOST, PART


def star_numbers(relation: str, hub: str, condition: str, counts: str = "") -> str:
    """A select of the numbers of each star `hub` from rows `s` of the stored sums. `counts` are further aggregates.

    `there` says whether the record that contains the others is among the rows; the numbers are those of the group only if it is.
    """
    outer, part = f"filter (where s.shape = {OUTERMOST})", f"filter (where s.shape = {PART})"
    most = "greatest(s.lower, s.best)"
    whys = ", ".join(f"count(*) filter (where s.shape = {PART} and s.why = {number}) as why_{number}" for number in range(1, 5))
    return f"""
select *, case when lows = 0 then null when narrowed then greatest(stated, 0) else greatest(hub_low, part_low) end as low,
  case when hub_high is not null then greatest(hub_high, hub_most, part_most) end as high,
  array[why_1, why_2, why_3, why_4] as parts,
  bad or narrowed or coalesce(greatest(hub_most, part_most) > coalesce(hub_high, hub_best), false) as contradicted
from (
  select *, coalesce(greatest(hub_low, part_low) > coalesce(hub_high, hub_best), false)
    or coalesce(greatest(hub_low, part_low) > hub_best, false) as narrowed
  from (
    select {hub} as hub, bool_or(s.shape = {OUTERMOST}) as there, bool_or(s.contradicted) as bad, count(s.lower) as lows,
      max(s.lower) {outer} as hub_low, sum(s.lower) {part} as part_low, max({most}) {outer} as hub_most, sum({most}) {part} as part_most,
      max(s.upper) {outer} as hub_high, max(s.best) {outer} as hub_best, max(s.least_stated) {outer} as stated,
      {whys}{counts}
    from {relation} where {condition} group by 1
  ) rows_
) numbers_"""
