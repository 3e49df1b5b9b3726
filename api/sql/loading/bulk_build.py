"""The statements with which a large load builds indexes and keys, and checks foreign keys, at its end for all rows at once. Text; no I/O."""

from __future__ import annotations

from schema.model.kinds import Kinds


def fact_tables(kinds: Kinds) -> list[str]:
    """The tables that a first load fills."""
    return [table for kind in kinds.values() for table in (kind.name, f"{kind.name}_claim")]


def is_empty(kinds: Kinds) -> str:
    """Whether nothing was ever loaded. A load that was undone counts as loaded: a transaction that still reads the earlier state would find it emptied by `truncate`."""
    return "select " + " and ".join(f"not exists (select from {table})" for table in ["revision", *fact_tables(kinds)])


def lock_exclusively(kinds: Kinds) -> str:
    """Lock out readers and writers: those of an empty database can wait. Give up after two seconds if one of them is still busy."""
    return f"set local lock_timeout = '2s'; lock table {', '.join(fact_tables(kinds))} in access exclusive mode; set local lock_timeout to default"


def suspend_foreign_keys(kinds: Kinds) -> str:
    """Lock out writers, not readers, and check no foreign keys until `RESUME_FOREIGN_KEYS`. Only superusers may do this."""
    return (
        f"set local session_replication_role = replica; set local lock_timeout = '2s'; "
        f"lock table {', '.join(fact_tables(kinds))} in share row exclusive mode; set local lock_timeout to default"
    )


RESUME_FOREIGN_KEYS = "set local session_replication_role = origin"


def truncate(kinds: Kinds) -> str:
    """Truncate the empty tables: files created in the same transaction need no write-ahead log if `wal_level` is minimal."""
    return f"truncate {', '.join(fact_tables(kinds))}"


# $1: the tables. Rows are in the order in which the objects are built again: keys before the foreign keys that depend on them.
# An index is dropped only if its definition is complete, so that it can be built again from that.
REBUILDABLE = """
with mine as (
  select name::regclass::oid as relation from unnest($1::text[]) name
), objects as (
  select case c.contype when 'f' then 3 else 2 end as step, c.oid, c.conindid as index, c.conrelid::regclass as relation, c.conname as name,
    pg_get_constraintdef(c.oid) as definition
  from pg_constraint c
  where c.contype in ('p', 'u', 'x') and c.conrelid in (select relation from mine)
    or c.contype = 'f' and (c.conrelid in (select relation from mine) or c.confrelid in (select relation from mine))
  union all
  select 1, null, i.indexrelid, i.indrelid::regclass, r.relname, pg_get_indexdef(i.indexrelid)
  from pg_index i join pg_class r on r.oid = i.indexrelid
  where i.indrelid in (select relation from mine) and i.indisvalid and not i.indisclustered and not i.indisreplident and r.reltablespace = 0
    and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.conrelid = i.indrelid)
)
select case step when 1 then format('drop index %s', index::regclass) else format('alter table %s drop constraint %I', relation, name) end as off,
  concat_ws(';\n',
    case step when 1 then definition else format('alter table %s add constraint %I %s', relation, name, definition) end,
    case when obj_description(oid, 'pg_constraint') is not null
      then format('comment on constraint %I on %s is %L', name, relation, obj_description(oid, 'pg_constraint')) end,
    case when step < 3 and obj_description(index, 'pg_class') is not null
      then format('comment on index %s is %L', index::regclass, obj_description(index, 'pg_class')) end
  ) as "on", (array['indexes', 'keys', 'references'])[step] as sort
from objects
order by step, relation::text, name
"""

# $1: the tables. For each foreign key of or to these tables, its name and a select of the number of rows that violate it.
FOREIGN_KEY_PROOFS = """
select c.conrelid::regclass::text as relation, c.conname as name, format(
  'select count(*) from %s r where %s and not exists (select from %s t where %s)', c.conrelid::regclass,
  string_agg(format('r.%I is not null', mine.attname), ' and ' order by k.place), c.confrelid::regclass,
  string_agg(format('t.%I = r.%I', theirs.attname, mine.attname), ' and ' order by k.place)) as proof
from pg_constraint c
cross join lateral unnest(c.conkey, c.confkey) with ordinality k(own, other, place)
join pg_attribute mine on mine.attrelid = c.conrelid and mine.attnum = k.own
join pg_attribute theirs on theirs.attrelid = c.confrelid and theirs.attnum = k.other
where c.contype = 'f' and c.convalidated
  and (c.conrelid in (select name::regclass from unnest($1::text[]) name) or c.confrelid in (select name::regclass from unnest($1::text[]) name))
group by c.oid, c.conrelid, c.confrelid, c.conname
order by 1, 2
"""
