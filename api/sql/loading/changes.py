"""The statements that list what a revision changed in settled records, from their tables and their history. Text; no I/O."""

from __future__ import annotations

from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.parsers import LIST_JOINT
from schema.storage.columns import claim_names, live_names

from ..columns import column_list

WITHHELD = "withheld"  # The reason of claims of which nothing may be said, not even why.


def changes(kind: Kind, newest: bool) -> str:
    """What revision $1 changed in records that existed before, with the number of all changes: the first $2 records with changed values, by
    id and field, and then the first $2 records that were removed.

    Columns: `changes`, the number of all changed values, a removed record being one more; `records`, how many records have a changed value;
    then `id`, `field`, `old` and `new`, as texts; `field` is null for a removed record; `reasons`, why claims about the record ended. Without
    changes, there is one row without a record. A record that only has other claims for the same values is not listed. `newest`: no later revision exists, so that
    what follows a version of a record is its live row.
    """
    name, fields = kind.name, list(kind.fields.values())
    differ = " + ".join(f"(a.{field.name} is distinct from b.{field.name})::int" for field in fields)
    names = [field.name for field in fields]
    values = ", ".join(f"({number}, '{field.name}', {_text(field, 'b')}, {_text(field, 'a')})" for number, field in enumerate(fields))
    return f"""
with changed as materialized (
  select b.key, b.id, a.key is null as removed, case when a.key is null then 1 else {differ} end as number
  from {name}_history b {_following(kind, newest)}
  where b.removed_in = $1 and (a.key is null or ({column_list(names, "a")}) is distinct from ({column_list(names, "b")}))
), first as materialized (
  (select * from changed where not removed order by id limit $2) union all (select * from changed where removed order by id limit $2)
), listed as (
  select f.key, f.id, v.position, v.field, v.old, v.new
  from (select * from first where not removed) f join {name}_history b on b.key = f.key and b.removed_in = $1 {_following(kind, newest)}
  cross join lateral (values {values}) v(position, field, old, new)
  where v.old is distinct from v.new
  union all
  select key, id, 0, null, null, null from first where removed
)
select n.changes, n.records, l.id, l.field, l.old, l.new,
  array(select distinct reason from {name}_claim_history where record = l.key and removed_in = $1 and reason <> '{WITHHELD}' order by reason) as reasons
from (select coalesce(sum(number), 0)::bigint as changes, count(*) filter (where not removed) as records from changed) n left join listed l on true
order by l.field is null, l.id, l.position
"""


def only_in_original(kind: Kind, newest: bool) -> str:
    """Count the claims about a kind that revision $1 changed in what has no field alone: in `original`."""
    stated = [column for column in claim_names(kind) if column not in ("original", "added_in")]
    live, columns = f"{kind.name}_claim", column_list(["key", *claim_names(kind)])
    versions = " union all ".join(
        f"select {columns} from {table} where key = b.key and added_in = $1" for table in ((live,) if newest else (live, f"{live}_history"))
    )
    return f"""
select count(*) from {live}_history b cross join lateral ({versions}) a
where b.removed_in = $1 and a.original is distinct from b.original and ({column_list(stated, "a")}) is not distinct from ({column_list(stated, "b")})
"""


def _following(kind: Kind, newest: bool) -> str:
    """Join, as `a`, the version of a record that revision $1 added after the version `b`, if it did."""
    name, columns = kind.name, column_list(["key", *(column for column in live_names(kind) if column in (*kind.fields, "added_in"))])
    if newest:
        return f"left join {name} a on a.key = b.key and a.added_in = $1"
    versions = " union all ".join(
        f"select {columns} from {table} where key = b.key and added_in = $1" for table in (name, f"{name}_history")
    )
    return f"left join lateral ({versions}) a on true"


def _text(field: Field, alias: str) -> str:
    """A value as text. References become ids, also of records that no longer exist."""
    column = f"{alias}.{field.name}"
    if field.type.ref is None:
        return f"array_to_string({column}, '{LIST_JOINT}')" if field.type.sql.endswith("[]") else f"{column}::text"
    keys = f"= any({column})" if field.type.many else f"= {column}"
    targets = f"(select key, id from {field.type.ref} union select key, id from {field.type.ref}_history) t"
    return f"(select string_agg(t.id, '{LIST_JOINT}' order by t.id) from {targets} where t.key {keys})"
