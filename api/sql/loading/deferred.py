"""The statements of large loads that have keys, references and indexes at the end: built, or proved, for all rows at once."""

from __future__ import annotations

from schema.model.kinds import Kinds


def fact_tables(kinds: Kinds) -> list[str]:
    """What a first load fills."""
    return [table for kind in kinds.values() for table in (kind.name, f"{kind.name}_claim")]


def is_empty(kinds: Kinds) -> str:
    """Whether nothing was ever loaded. Who still reads from before all was taken back would find that emptied, too, by `truncate`."""
    return "select " + " and ".join(f"not exists (select from {table})" for table in ["revision", *fact_tables(kinds)])


def lock_exclusively(kinds: Kinds) -> str:
    """Nobody else reads or writes; who finds nothing in an empty database may wait. Not for long: a reader may hold it up."""
    return f"set local lock_timeout = '2s'; lock table {', '.join(fact_tables(kinds))} in access exclusive mode; set local lock_timeout to default"


def suspend_foreign_keys(kinds: Kinds) -> str:
    """Nobody else writes, everybody reads; and references are not looked up row by row, until `CHECKED`. For superusers alone."""
    return (
        f"set local session_replication_role = replica; set local lock_timeout = '2s'; "
        f"lock table {', '.join(fact_tables(kinds))} in share row exclusive mode; set local lock_timeout to default"
    )


RESUME_FOREIGN_KEYS = "set local session_replication_role = origin"


def truncate(kinds: Kinds) -> str:
    """Empty as they are: a table's file that the transaction made itself needs no log where `wal_level` is minimal."""
    return f"truncate {', '.join(fact_tables(kinds))}"


# $1 are the tables. In the order in which they are put back: what references rest on comes before them.
# An index is taken off only if its definition tells all of it.
DEFERRABLE = """
with mine as (
  select name::regclass::oid as relation from unnest($1::text[]) name
), found as (
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
from found
order by step, relation::text, name
"""

# $1 are the tables. For each reference of theirs, or to them, its name and a select of how many rows lead nowhere.
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
