"""The statements of a load: stage claims, find what differs from the database, move only that."""

from __future__ import annotations

from collections.abc import Iterator

from schema.claim import CLAIM_FIELDS, IDENTITY
from schema.kind import Field, Kind, Kinds

from .columns import claim, listed

LOCK = "select pg_advisory_xact_lock(7202)"
NEXT_REVISION = "select coalesce(max(id), 0) + 1 from revision"
# A clock that is set back must not let a later revision be recorded before an earlier one.
ADD_REVISION = """
insert into revision (id, recorded_at, kind, message, author, tool, rule, digest, counts)
values ($1, greatest(clock_timestamp(), (select max(recorded_at) from revision)), $2, $3, $4, $5, $6, $7, $8)
returning recorded_at
"""
# Without statistics of what was staged, a large load is joined row by row.
ANALYZE = "analyze {table}"
CHANNEL = "conflict_facts_revision"
NOTIFY = f"select pg_notify('{CHANNEL}', $1::bigint::text)"
CHECK_FOREIGN_KEYS = "set constraints all immediate"
DEFER_FOREIGN_KEYS = "set constraints all deferred"


def known(kind: Kind) -> str:
    """Which of these ids the database already has."""
    return f"select id from {kind.name} where id = any($1)"


def stage_columns(kind: Kind) -> dict[str, Field | None]:
    """The columns of a staged claim: ids as text where a claim has keys."""
    return {"id": None, "source": None, **CLAIM_FIELDS, "collection": None, **kind.fields}


def create_stage(kind: Kind) -> str:
    """Where claims land as the files have them."""
    columns = ",\n  ".join(f"{name} {_staged_type(one)}" for name, one in stage_columns(kind).items())
    return f"create temp table stage_{kind.name} (\n  {columns}\n) on commit drop"


def _staged_type(one: Field | None) -> str:
    if one is None or (one.type.ref and not one.type.many):
        return "text"
    return "text[]" if one.type.ref else one.type.sql


def create_keys(kinds: Kinds, kind: Kind) -> str:
    """The key of every record that is claimed about or referred to. A record that comes back gets its old key."""
    named = [f"select distinct id from stage_{kind.name}"]
    for other in kinds.values():
        if kind.name == "source":
            named.append(f"select source from stage_{other.name}")
        for name, one in stage_columns(other).items():
            if one is not None and one.type.ref == kind.name:
                named.append(f"select {f'unnest({name})' if one.type.many else name} from stage_{other.name}")
    union = "\n    union ".join(named)
    return f"""
create temp table keys_{kind.name} on commit drop as
select named.id,
  coalesce(live.key, was.key, nextval(pg_get_serial_sequence('{kind.name}', 'key'))) as key
from (
    {union}
) named
left join {kind.name} live on live.id = named.id
left join lateral (select key from {kind.name}_history h where h.id = named.id limit 1) was on true
where named.id is not null
"""


def undescribed(kind: Kind) -> str:
    """Ids that staged claims refer to, of records that no claim describes; once records are settled."""
    return f"select k.id from keys_{kind.name} k where not exists (select from {kind.name} r where r.key = k.key) order by k.id limit 20"


def index_keys(kind: Kind) -> str:
    """Lists of references are looked up one by one."""
    return f"create unique index on keys_{kind.name} (id)"


def create_next(kind: Kind) -> str:
    """The staged claims with keys for ids, in the shape of the table of claims."""
    columns, joins = [], []
    for name, one in stage_columns(kind).items():
        if name == "id":
            columns.append("keys_record.key as record")
        elif name == "source" or (one is not None and one.type.ref and not one.type.many):
            target = "source" if one is None else one.type.ref
            joins.append(f"left join keys_{target} key_{name} on key_{name}.id = stage.{name}")
            columns.append(f"key_{name}.key as {name}")
        elif one is not None and one.type.ref:
            columns.append(f"{_keys_of(name, one, required=name in CLAIM_FIELDS)} as {name}")
        elif name == "rank":
            columns.append("coalesce(stage.rank, 'normal') as rank")
        else:
            columns.append(f"stage.{name}")
    listed_columns, listed_joins = ",\n  ".join(columns), "\n".join(joins)
    return f"""
create temp table next_{kind.name} on commit drop as
select
  {listed_columns}
from stage_{kind.name} stage
join keys_{kind.name} keys_record on keys_record.id = stage.id
{listed_joins}
"""


def _keys_of(name: str, one: Field, required: bool) -> str:
    keys = (
        f"(select array_agg(k.key order by u.n) from unnest(stage.{name}) with ordinality u(id, n) "
        f"join keys_{one.type.ref} k on k.id = u.id)"
    )
    return f"coalesce({keys}, '{{}}')" if required else keys


def _same_claim(left: str, right: str) -> str:
    """By equality where no value is missing: by `is not distinct from` alone, PostgreSQL would compare every claim with every other."""
    names = ["record", "collection", *IDENTITY]
    nullable = ("attributed_to", "locator")
    return " and ".join(f"{left}.{name} {'is not distinct from' if name in nullable else '='} {right}.{name}" for name in names)


def loaded_collections(kinds: Kinds) -> str:
    """The collections that the database has claims of. From one to the next by index: they are few, and their claims are many."""
    return "\nunion\n".join(
        f"""(
with recursive each(collection) as (
  (select collection from {kind.name}_claim order by collection limit 1)
  union all
  select (select c.collection from {kind.name}_claim c where c.collection > each.collection order by c.collection limit 1)
  from each where each.collection is not null
)
select collection from each where collection is not null
)"""
        for kind in kinds.values()
    )


def staged(kind: Kind) -> str:
    return f"select count(*) from stage_{kind.name}"


def merge(kind: Kind) -> Iterator[tuple[str, str]]:
    """Name and text of each statement, in order. $1 is the revision; in `gone`, $2 the collections and $3 the reason."""
    name, columns = f"{kind.name}_claim", claim(kind)
    content = [one for one in columns if one not in ("record", "collection", "added_in", *IDENTITY)]
    yield "touched", f"create temp table touched_{kind.name} (record bigint) on commit drop"
    yield (
        "differ",
        f"""
create temp table differ_{kind.name} on commit drop as
select c.key as claim_, n.*
from next_{kind.name} n
left join {name} c on {_same_claim("c", "n")}
where c.key is null or ({listed(content, "c")}) is distinct from ({listed(content, "n")})
""",
    )
    yield (
        "gone",
        f"""
with gone as (
  delete from {name} c
  where c.collection = any($2) and not exists (select from next_{kind.name} n where {_same_claim("c", "n")})
  returning c.*
), kept as (
  insert into {name}_history (key, {listed(columns)}, removed_in, reason)
  select key, {listed(columns)}, $1, $3 from gone
  returning record
)
insert into touched_{kind.name} select record from kept
""",
    )
    yield (
        "kept",
        f"""
insert into {name}_history (key, {listed(columns)}, removed_in, reason)
select c.key, {listed(columns, "c")}, $1, $2 from {name} c join differ_{kind.name} d on d.claim_ = c.key
""",
    )
    yield (
        "changed",
        f"""
update {name} c set {", ".join(f"{one} = d.{one}" for one in content)}, added_in = $1
from differ_{kind.name} d where d.claim_ = c.key
""",
    )
    yield (
        "added",
        f"""
insert into {name} ({listed(columns)})
select {listed(columns[:-1])}, $1 from differ_{kind.name} where claim_ is null
""",
    )
    yield "touch", f"insert into touched_{kind.name} select distinct record from differ_{kind.name}"


def dangling(kinds: Kinds, kind: Kind) -> str:
    """Claims that still refer to records of `kind` that this load took away: table, record, field, id."""
    found = []
    for other in kinds.values():
        refs = [("source", False)] if kind.name == "source" else []
        refs += [(one.name, one.type.many) for one in (*other.fields.values(), *CLAIM_FIELDS.values()) if one.type.ref == kind.name]
        for column, many in refs:
            condition = f"r.key = any(c.{column})" if many else f"r.key = c.{column}"
            found.append(
                f"select '{other.name}' as kind, o.id, '{column}' as field, r.id as gone\n"
                f"from removed_{kind.name} r join {other.name}_claim c on {condition}\n"
                f"join {other.name} o on o.key = c.record"
            )
    return "\nunion all\n".join(found) if found else f"select '' as kind, id, '' as field, id as gone from removed_{kind.name} where false"
