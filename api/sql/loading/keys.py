"""The statements that replace the ids of staged claims by keys, looking up each id and each list of ids once. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.claim import NEVER_NULL
from schema.model.claim_table import claim_table
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds


def assign_keys(kinds: Kinds) -> Iterator[tuple[str, str]]:
    """Names and texts, in order, of the statements that find or assign the key of every record that is staged or referred to."""
    for kind in kinds.values():
        yield f"statistics of staged {kind.plural}", f"analyze stage_{kind.name} ({', '.join(_id_columns(kind))})"
    for kind in kinds.values():
        if lists := _distinct_lists(kinds, kind):
            yield f"lists of {kind.plural}", lists
        yield f"ids of {kind.plural}", _named(kinds, kind)
        yield f"statistics of ids of {kind.plural}", f"analyze named_{kind.name}"
        yield f"keys of {kind.plural}", _keys(kind)
        yield f"statistics of keys of {kind.plural}", f"analyze keys_{kind.name}"
        if lists:
            yield f"keys of lists of {kind.plural}", _keys_of_lists(kind)
            yield f"statistics of lists of {kind.plural}", f"analyze listed_{kind.name}"


def _id_columns(kind: Kind) -> Iterator[str]:
    """The columns of staged claims by which keys are looked up. Only these are analyzed: the others are wide."""
    yield from (name for name, field in claim_table(kind).items() if name in ("id", "source") or (field and field.type.ref))


def _referring_columns(kinds: Kinds, kind: Kind, many: bool) -> Iterator[tuple[Kind, str]]:
    """The columns of staged claims that refer to a kind: those with lists of ids (`many`), or those with single ids."""
    for other in kinds.values():
        for name, field in claim_table(other).items():
            target = field.type.ref if field else "source" if name == "source" else None
            if target == kind.name and bool(field and field.type.many) == many:
                yield other, name


def _distinct_lists(kinds: Kinds, kind: Kind) -> str | None:
    """Create the table of distinct lists of references: the claims from one row of a file share their lists."""
    lists = [
        f"select {name} as ids from stage_{other.name} where {name} <> '{{}}'" for other, name in _referring_columns(kinds, kind, many=True)
    ]
    if not lists:
        return None
    # Not "union" between the lists: with a single list field, no union would remove its duplicates.
    every = "\n    union all\n    ".join(lists)
    return f"""
create temp table lists_{kind.name} on commit drop as
select ids, row_number() over () as number from (
  select distinct ids from (
    {every}
  ) every
) lists
"""


def _named(kinds: Kinds, kind: Kind) -> str:
    """Create the table of the ids of all records that claims describe or refer to."""
    named = [f"select distinct id from stage_{kind.name}"]  # Distinct, since a union of a single select keeps duplicates.
    named += [f"select {name} from stage_{other.name}" for other, name in _referring_columns(kinds, kind, many=False)]
    if any(_referring_columns(kinds, kind, many=True)):
        named.append(f"select unnest(ids) from lists_{kind.name}")
    union = "\n  union ".join(named)
    return f"create temp table named_{kind.name} on commit drop as\nselect id from (\n  {union}\n) named where id is not null"


def _keys(kind: Kind) -> str:
    """Create the table of the key of each of these records. A record that existed before gets its old key.

    The name of the sequence comes from a subquery, so that it is looked up once, not for each record.
    """
    return f"""
create temp table keys_{kind.name} on commit drop as
select named.id,
  coalesce(live.key, was.key, nextval((select pg_get_serial_sequence('{kind.name}', 'key')))) as key
from named_{kind.name} named
left join {kind.name} live on live.id = named.id
left join lateral (select key from {kind.name}_history h where h.id = named.id and live.key is null limit 1) was on true
"""


def _keys_of_lists(kind: Kind) -> str:
    """Create the table of the lists with keys in place of ids, in the same order."""
    return f"""
create temp table listed_{kind.name} on commit drop as
select l.ids, r.keys from lists_{kind.name} l join (
  select u.number, array_agg(k.key order by u.place) as keys
  from (select number, id, place from lists_{kind.name}, unnest(ids) with ordinality unnested(id, place)) u
  join keys_{kind.name} k on k.id = u.id
  group by u.number
) r on r.number = l.number
"""


def claims_with_keys(kind: Kind, others: str = "") -> str:
    """A select of the staged claims with keys in place of ids, in the columns of the claim table; `id_` is the id of the record.

    `others`: SQL of further columns, of the table `stage`.
    """
    columns, joins = [others] if others else [], []
    for name, field in claim_table(kind).items():
        if name == "id":
            columns += ["keys_record.key as record", "keys_record.id as id_"]
        elif name == "source" or (field is not None and field.type.ref):
            columns.append(_key_column(name, field))
            joins.append(_key_join(name, field))
        else:
            columns.append("coalesce(stage.rank, 'normal') as rank" if name == "rank" else f"stage.{name}")
    listed_columns, listed_joins = ",\n  ".join(columns), "\n".join(joins)
    return f"""
select
  {listed_columns}
from stage_{kind.name} stage
join keys_{kind.name} keys_record on keys_record.id = stage.id
{listed_joins}
"""


def _key_column(name: str, field: Field | None) -> str:
    if field is None or not field.type.many:
        return f"key_{name}.key as {name}"
    return f"coalesce(key_{name}.keys, '{{}}') as {name}" if name in NEVER_NULL else f"key_{name}.keys as {name}"


def _key_join(name: str, field: Field | None) -> str:
    if field is None or not field.type.many:
        return f"left join keys_{field.type.ref if field else 'source'} key_{name} on key_{name}.id = stage.{name}"
    return f"left join listed_{field.type.ref} key_{name} on key_{name}.ids = stage.{name}"


def undescribed(kinds: Kinds) -> Iterator[tuple[Kind, str]]:
    """For each kind, a select of the ids that staged claims refer to and no claim describes. Foreign keys do not cover lists."""
    for kind in kinds.values():
        if any(True for many in (False, True) for _ in _referring_columns(kinds, kind, many)):
            yield kind, f"select k.id from keys_{kind.name} k where not exists (select from {kind.name} l where l.key = k.key)"
