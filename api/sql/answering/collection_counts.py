"""Statements about claims by where they come from: what each collection contains, and which records a source speaks of."""

from __future__ import annotations

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..revision import CURRENT
from ..text import quote_literal
from .statement import Statement


def collections(kinds: Kinds) -> Statement:
    """One JSON array: for each collection, source and kind the numbers of claims and records, the first and the last revision, and the last day.

    Without a source: the same of all sources of the collection together.

    Withheld claims are in tables of their own, and are not counted.
    """
    sources = next(iter(kinds.values())).sources
    parts = "\n  union all\n  ".join(_contributions(kind) for kind in kinds.values())
    return Statement(
        f"""select {CURRENT} as current, null::bigint as revision, (
  select coalesce(json_agg(json_build_object('collection', c.collection, 'source', s.id, 'kind', c.kind, 'claims', c.claims, 'records', c.records,
    'first', c.first, 'last', c.last, 'day', c.day) order by c.collection, s.id, c.kind), '[]')::text
  from (
  {parts}
  ) c
    left join {sources.name} s on s.key = c.source
)""",
        (),
    )


def _contributions(kind: Kind) -> str:
    day = f"max(greatest({', '.join(field.name for field in kind.span)}))" if kind.span and kind.cites else "null::date"
    return (
        f"select collection, source, {quote_literal(kind.name)} as kind, count(*) as claims, count(distinct record) as records, "
        f"min(added_in) as first, max(added_in) as last, {day} as day from {kind.name}_claim group by grouping sets ((collection, source), (collection))"
    )


def codes_used(kinds: Kinds, name: str) -> Statement:
    """One JSON object: by kind, the codes that its records have in the field `name`."""
    parts = ", ".join(
        f"'{kind.name}', (select coalesce(json_agg(distinct {name}), '[]') from {kind.name} where {name} is not null)"
        for kind in kinds.values()
        if name in kind.fields
    )
    return Statement(f"select {CURRENT} as current, null::bigint as revision, json_build_object({parts})::text", ())


def codes_together(kind: Kind, first: str, second: str) -> Statement:
    """One JSON object: by the codes of one field of a kind, the codes that its records have with it in another one."""
    pairs = f"select {first} as first, json_agg(distinct {second}) as second from {kind.name} where {first} is not null and {second} is not null group by 1"
    return Statement(
        f"select {CURRENT} as current, null::bigint as revision, (select coalesce(json_object_agg(first, second), '{{}}') from ({pairs}) p)::text",
        (),
    )


def records_claimed(kinds: Kinds, source: str, first: int) -> Statement:
    """One column for each kind that has names or numbers: the ids and the names of at most `first` records that a source makes claims about, as JSON."""
    sources = next(iter(kinds.values())).sources
    columns = [
        f"""(
  select coalesce(json_agg(json_build_object('id', r.id{f", '{kind.label}', r.{kind.label}" if kind.label else ""}) order by r.id), '[]')::text
  from (select distinct record from (select record from {kind.name}_claim where source = (select key from {sources.name} where id = $1) limit $2) c) c
    join {kind.name} r on r.key = c.record
) as {kind.name}"""
        for kind in kinds.values()
        if kind.label or kind.quantities
    ]
    return Statement(f"select {CURRENT} as current, null::bigint as revision, {', '.join(columns)}", (source, first), generic_plan=True)
