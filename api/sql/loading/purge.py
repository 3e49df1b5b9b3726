"""The statements that remove withheld claims from history, and settle past versions of records again without them. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.storage.columns import PACKED_IN, claim_names, live_names

from ..columns import column_list
from ..preference import search, settled_rows
from .roots import next_towards_root


def source_weights(kinds: Kinds) -> str:
    """Create the table of the last version of each source, also of those removed, to weigh its claims."""
    columns = column_list(["key", "id", *kinds["source"].fields])
    return f"""
create temp table known_source on commit drop as
select distinct on (key) {columns} from (
  select {columns}, added_in from source union all select {columns}, added_in from source_history
) every order by key, added_in desc
"""


def purge_history(kinds: Kinds, kind: Kind) -> Iterator[str]:
    """Replace past versions of the records of marked claims by versions settled from the claims that are left; see withhold.py."""
    name, claim_columns = kind.name, column_list(["key", *claim_names(kind)], "c")
    yield f"delete from {name}_claim_history c using marked_{name} m where m.key = c.key"
    yield f"""
create temp table past_{name} on commit drop as
select p.key, l.added_in as live, coalesce(l.id, (select h.id from {name}_history h where h.key = p.key limit 1)) as id
from (select distinct record as key from marked_{name}) p left join {name} l on l.key = p.key
"""
    yield f"""
create temp table stood_{name} on commit drop as
select {claim_columns}, null::bigint as until_ from {name}_claim c where c.record in (select key from past_{name})
union all
select {claim_columns}, c.removed_in from {name}_claim_history c where c.record in (select key from past_{name})
"""
    # The periods between changes to a record's claims, up to the revision in which its live version begins.
    yield f"""
create temp table moment_{name} on commit drop as
select * from (
  select p.key as record, m.moment, least(lead(m.moment) over (partition by p.key order by m.moment), p.live) as ended_
  from past_{name} p join (
    select record, added_in as moment from stood_{name} union select record, until_ from stood_{name} where until_ is not null
  ) m on m.record = p.key and (p.live is null or m.moment < p.live)
) moments where ended_ is not null
"""
    yield f"delete from {name}_history h using past_{name} p where p.key = h.key"
    yield _settled(kind)
    yield _insert_history(kind)
    yield from _advance_packed_in(kinds, kind)


def _settled(kind: Kind) -> str:
    """The records as they were at each moment, settled by the present rule."""
    claims = (
        f"moment_{kind.name} m join stood_{kind.name} c on c.record = m.record and {_stands_at('c', 'm')} "
        "join known_source s on s.key = c.source"
    )
    rows = settled_rows(kind, claims, "known_source", f"stood_{kind.name}", ("moment", "ended_"), _stands_at("l", "g"))
    return f"create temp table resettled_{kind.name} on commit drop as{rows}"


def _stands_at(claim: str, moment: str) -> str:
    return f"{claim}.added_in <= {moment}.moment and ({claim}.until_ is null or {claim}.until_ > {moment}.moment)"


def _insert_history(kind: Kind) -> str:
    """Write the settled versions to history, except those that lack a required field: without the withheld claims, there was no record."""
    derived = {
        "id": "p.id", "added_in": "n.moment", "search": search(kind, "n") if kind.searched else "",
        "root": f"coalesce({next_towards_root(kind, 'n')}, n.key)" if kind.root else "",
    }  # fmt: skip
    columns = live_names(kind)
    values = ", ".join(derived.get(column, f"n.{column}") for column in columns)
    complete = " and ".join(f"n.{field.name} is not null" for field in kind.fields.values() if field.required) or "true"
    return f"""
insert into {kind.name}_history (key, {column_list(columns)}, removed_in, reason)
select n.key, {values}, n.ended_, 'resettled' from resettled_{kind.name} n join past_{kind.name} p on p.key = n.key where {complete}
"""


def _advance_packed_in(kinds: Kinds, kind: Kind) -> Iterator[str]:
    """Move `packed_in` forward in records whose linked records have new past versions, so that these are read from history."""
    for holder in kinds.values():
        for name in holder.packs:
            if kinds.linked_kind(holder, name) is kind:
                on, by = (holder.reverses[name].field.name, "key") if name in holder.reverses else ("key", name)
                yield f"""
update {holder.name} l set {PACKED_IN} = h.removed_in from (
  select {on} as on_, max(removed_in) as removed_in from {kind.name}_history where key in (select key from past_{kind.name}) group by {on}
) h where h.on_ = l.{by} and h.removed_in > l.{PACKED_IN}
"""
