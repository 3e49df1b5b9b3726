"""Groups of one record that contains all others, which are disjoint: their numbers are plain aggregates."""

from __future__ import annotations

from schema.storage.columns import OUTERMOST, PART

REASONS = range(1, 5)  # The ranks of the reasons for which parts are left out.


def stars(rows: str, parts: str, hub: str = "true", part: str = "true") -> str:
    """A select of each record `h` that contains others, as `h.*`, with the numbers of its group: `star_low`, `star_high`, `star_contradicted`, `star_parts`.

    `rows` and `parts` are relations `h` and `p` of rows of the stored sums, of which `hub` and `part` are conditions. Only parts that are there count.
    """
    whys = ", ".join(f"count(*) filter (where p.why = {number}) as why_{number}" for number in REASONS)
    most = "greatest({0}.lower, {0}.best)".format
    return f"""
select h.*, case when h.lower is null and coalesce(p.lows, 0) = 0 then null when n.narrowed then greatest(h.least_stated, 0) else greatest(h.lower, p.low) end as star_low,
  case when h.upper is not null then greatest(h.upper, {most("h")}, p.most) end as star_high,
  h.contradicted or coalesce(p.bad, false) or n.narrowed or coalesce(greatest({most("h")}, p.most) > coalesce(h.upper, h.best), false) as star_contradicted,
  array[{", ".join(f"coalesce(p.why_{number}, 0)" for number in REASONS)}] as star_parts
from (select * from {rows} where h.shape = {OUTERMOST} and {hub}) h
left join (
  select p.hub, count(p.lower) as lows, sum(p.lower) as low, sum({most("p")}) as most, bool_or(p.contradicted) as bad, {whys}
  from {parts} where p.shape = {PART} and {part} group by p.hub
) p on p.hub = h.key
cross join lateral (select coalesce(greatest(h.lower, p.low) > coalesce(h.upper, h.best), false) or coalesce(greatest(h.lower, p.low) > h.best, false) as narrowed) n"""
