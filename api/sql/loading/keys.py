"""The statements that give staged claims keys for ids: each id, and each list of ids, is looked up once."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.claim import CLAIM_FIELDS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..columns import stage_columns


def assign_keys(kinds: Kinds) -> Iterator[tuple[str, str]]:
    """Name and text of the statements that find or make the key of all that is staged or referred to, in order."""
    for kind in kinds.values():
        yield f"statistics of staged {kind.plural}", f"analyze stage_{kind.name} ({', '.join(_id_columns(kind))})"
    for kind in kinds.values():
        if lists := _distinct_lists(kinds, kind):
            yield f"lists of {kind.plural}", lists
        yield f"keys of {kind.plural}", _keys(kinds, kind)
        yield f"statistics of keys of {kind.plural}", f"analyze keys_{kind.name}"
        if lists:
            yield f"keys of lists of {kind.plural}", _keys_of_lists(kind)
            yield f"statistics of lists of {kind.plural}", f"analyze listed_{kind.name}"


def _id_columns(kind: Kind) -> Iterator[str]:
    """The columns of staged claims that keys are looked up by; what else they hold is wide."""
    yield from (name for name, one in stage_columns(kind).items() if name in ("id", "source") or (one and one.type.ref))


def _referring_columns(kinds: Kinds, kind: Kind, many: bool) -> Iterator[tuple[Kind, str]]:
    """The columns of staged claims that refer to a kind, by single ids or by lists."""
    for other in kinds.values():
        for name, one in stage_columns(other).items():
            target = one.type.ref if one else "source" if name == "source" else None
            if target == kind.name and bool(one and one.type.many) == many:
                yield other, name


def _distinct_lists(kinds: Kinds, kind: Kind) -> str | None:
    """Each list of references once: the claims of one row of a file share theirs."""
    named = [
        f"select {name} as ids from stage_{other.name} where {name} <> '{{}}'" for other, name in _referring_columns(kinds, kind, many=True)
    ]
    union = "\n  union\n  ".join(named)
    if not named:
        return None
    return f"create temp table lists_{kind.name} on commit drop as\nselect ids, row_number() over () as number from (\n  {union}\n) lists"


def _keys(kinds: Kinds, kind: Kind) -> str:
    """The key of every record that is claimed about or referred to. A record that comes back gets its old key.

    The name of the sequence is selected, so that it is looked up once and not for each record.
    """
    named = [f"select distinct id from stage_{kind.name}"]  # A union of one alone would keep what stands twice.
    named += [f"select {name} from stage_{other.name}" for other, name in _referring_columns(kinds, kind, many=False)]
    if any(_referring_columns(kinds, kind, many=True)):
        named.append(f"select unnest(ids) from lists_{kind.name}")
    union = "\n    union ".join(named)
    return f"""
create temp table keys_{kind.name} on commit drop as
select named.id,
  coalesce(live.key, was.key, nextval((select pg_get_serial_sequence('{kind.name}', 'key')))) as key
from (
    {union}
) named
left join {kind.name} live on live.id = named.id
left join lateral (select key from {kind.name}_history h where h.id = named.id and live.key is null limit 1) was on true
where named.id is not null
"""


def _keys_of_lists(kind: Kind) -> str:
    """The lists with keys for ids, in their order."""
    return f"""
create temp table listed_{kind.name} on commit drop as
select l.ids, r.keys from lists_{kind.name} l join (
  select u.number, array_agg(k.key order by u.place) as keys
  from (select number, id, place from lists_{kind.name}, unnest(ids) with ordinality unnested(id, place)) u
  join keys_{kind.name} k on k.id = u.id
  group by u.number
) r on r.number = l.number
"""


def claims_with_keys(kind: Kind) -> str:
    """A select of the staged claims with keys for ids, in the shape of the table of claims."""
    columns, joins = [], []
    for name, one in stage_columns(kind).items():
        if name == "id":
            columns.append("keys_record.key as record")
        elif name == "source" or (one is not None and one.type.ref):
            columns.append(_key_column(name, one))
            joins.append(_key_join(name, one))
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


def _key_column(name: str, one: Field | None) -> str:
    if one is None or not one.type.many:
        return f"key_{name}.key as {name}"
    return f"coalesce(key_{name}.keys, '{{}}') as {name}" if name in CLAIM_FIELDS else f"key_{name}.keys as {name}"


def _key_join(name: str, one: Field | None) -> str:
    if one is None or not one.type.many:
        return f"left join keys_{one.type.ref if one else 'source'} key_{name} on key_{name}.id = stage.{name}"
    return f"left join listed_{one.type.ref} key_{name} on key_{name}.ids = stage.{name}"


def undescribed(kinds: Kinds) -> Iterator[tuple[Kind, str]]:
    """Of each kind that can be referred to, what this load refers to and nothing describes. No foreign key sees into lists."""
    for kind in kinds.values():
        if any(True for many in (False, True) for _ in _referring_columns(kinds, kind, many)):
            yield kind, f"select k.id from keys_{kind.name} k where not exists (select from {kind.name} l where l.key = k.key)"
