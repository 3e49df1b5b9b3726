"""The statements about withheld records: how many there are, which source withholds one, and whether any claim of theirs is still readable."""

from __future__ import annotations

from schema.model.kinds import Kinds

from ..revision import CURRENT, LAST_WITHDRAWAL

# Read once for each revision: withheld records by kind, and the last revision that withheld records shown before.
WITHHELD_COUNTS = f"""
select coalesce((select jsonb_object_agg(kind, records) from (select kind, sum(records) as records from withheld group by kind) k), '{{}}')::text as records,
  {LAST_WITHDRAWAL} as last_withdrawal, {CURRENT} as revision
"""


# The source that withholds a record ($2) of a kind ($1) as of a revision ($3; null: now), as the error for that record describes it.
WITHHELD_BY = """
select w.source as id, s.title, s.url from withheld_by($1, $2, $3) w(source) left join source s on s.id = w.source where w.source is not null
"""


def unprotected_source(kinds: Kinds) -> str:
    """A source that forbids redistribution and whose claims can still be read: none, unless there is a fault."""
    permits = kinds["source"].permits
    claimed = " or ".join(
        f"exists (select from {table} c where c.source = s.key{' and c.record <> s.key' if name == 'source' else ''})"
        for name in kinds for table in (f"{name}_claim", f"{name}_claim_history")
    )  # fmt: skip
    return f"""
select s.id from source_claim p join source s on s.key = p.record where p.{permits} is false and p.rank <> 'deprecated' and ({claimed}) limit 1
"""
