"""The statements that tell of what is withheld: how much it is, whose, and whether all of it is. Text; no I/O."""

from __future__ import annotations

from schema.model.kind import Kind
from schema.model.kinds import Kinds

# What the kinds show of withheld is asked once a revision, with the last revision that took back what had been shown.
WITHHELD_COUNTS = """
select coalesce((select jsonb_object_agg(kind, records) from (select kind, sum(records) as records from withheld group by kind) k), '{}')::text as records,
  coalesce((select max(id) from revision where counts ? 'taken_back'), 0) as taken_back, (select coalesce(max(id), 0) from revision) as revision
"""


def standing(kind: Kind) -> str:
    """The source of a record ($1) that was withheld at a revision ($2; null: now), as the problem of who asks for it tells it."""
    return f"""
select coalesce(s.id, w.source) as id, s.title, s.url
from {kind.name}_withheld w left join source s on s.id = w.source
where w.id = $1 and w.added_in <= coalesce($2::bigint, w.added_in) and (w.removed_in is null or w.removed_in > $2::bigint)
order by w.source limit 1
"""


def unprotected_source(kinds: Kinds) -> str:
    """A source whose claims may not be passed on and can be read all the same."""
    permits = kinds["source"].permits
    claimed = " or ".join(
        f"exists (select from {table} c where c.source = s.key{' and c.record <> s.key' if name == 'source' else ''})"
        for name in kinds for table in (f"{name}_claim", f"{name}_claim_history")
    )  # fmt: skip
    return f"""
select s.id from source_claim p join source s on s.key = p.record where p.{permits} is false and p.rank <> 'deprecated' and ({claimed}) limit 1
"""
