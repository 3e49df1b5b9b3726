"""The statements of loads of foreign files beside those of all loads: who else is loading, the source itself, what differs. Text; no I/O."""

from __future__ import annotations

from collections.abc import Mapping

from schema.kind import Kinds

LOCK_KEY = 7202  # That of api/sql/merge.py.
TRY_LOCK = f"select pg_try_advisory_xact_lock({LOCK_KEY})"
LOADING = f"""
select a.application_name, to_char(a.xact_start at time zone 'utc', 'HH24:MI:SS "UTC"') as since
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.objid = {LOCK_KEY} and l.granted
"""
# Somebody else may describe the dataset better: a collection of fixtures, for one.
DESCRIBED = "select exists (select from source_claim c join source s on s.key = c.record where s.id = $1 and c.collection <> $1)"


def application(source: str, author: str) -> str:
    """What the connection of a load is called, for those who wait for it; PostgreSQL keeps 63 bytes of it."""
    return f"conflict-facts load {source} by {author}"[:63]


def describe(fields: Mapping[str, str]) -> str:
    """A claim of a dataset about itself. $1 is its id, $2 its title, and then the fields."""
    names, values = ", ".join(fields), ", ".join(f"${n}" for n in range(3, 3 + len(fields)))
    return f"insert into stage_source (id, source, collection, title, {names}) values ($1, $1, $1, $2, {values})"


def staged_collections(kinds: Kinds) -> str:
    return "\nunion\n".join(f"select distinct collection from stage_{name}" for name in kinds)


def differences(kinds: Kinds) -> str:
    """What a revision ($1) changed, field by field, one line each."""
    parts = []
    for kind in kinds.values():
        fields = ", ".join(f"('{name}', o.{name}::text, n.{name}::text)" for name in kind.fields)
        parts.append(f"""
select '{kind.name} ' || coalesce(k.id, '') || ', ' || f.name || ': ' || coalesce(f.old, 'unknown') || ' → ' || coalesce(f.new, 'unknown') as line
from {kind.name}_claim_history o
left join {kind.name}_claim n on n.key = o.key
left join {kind.name} k on k.key = o.record
cross join lateral (values {fields}) f(name, old, new)
where o.removed_in = $1 and f.old is distinct from f.new
""")
    return "union all".join(parts) + "order by 1"
