"""The statements that remove withheld claims from history, and settle past versions of records again without them. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.storage.columns import PACKED_IN, live_names

from ..columns import column_list
from ..settling import search
from .counts import moved_records
from .digests import bury
from .reference_roots import next_towards_root
from .settle_past import claim_versions, complete_row, moments, settled_at_moments


def purge_history(kinds: Kinds, kind: Kind) -> Iterator[str]:
    """Replace past versions of the records of marked claims by versions settled from the claims that are left; see withdraw.py.

    Each is settled by the rule of its time and with the weights that sources had then.
    """
    name = kind.name
    yield bury(kind)
    yield f"delete from {name}_claim_history c using marked_{name} m where m.key = c.key"
    yield from _find_moments(kind)
    which = f"key in (select key from past_{name})"
    yield f"create temp table counted_{name} on commit drop as {moved_records(name, which)}"
    yield f"delete from {name}_history h using past_{name} p where p.key = h.key"
    yield f"create temp table resettled_{name} on commit drop as{settled_at_moments(kind, f'moment_{name}', f'stood_{name}')}"
    yield f"analyze resettled_{name}"
    # Without the withheld claims, there was no record.
    yield f"delete from resettled_{name} n where not ({complete_row(kind, 'n')})"
    yield _insert_history(kind)
    yield from _count_purged(name, which)
    yield from _advance_packed_in(kinds, kind)


def _find_moments(kind: Kind) -> Iterator[str]:
    """Find the records whose past is replaced, the versions of claims that are left, and the periods in which nothing changed."""
    name = kind.name
    yield f"""
create temp table past_{name} on commit drop as
select p.key, l.added_in as live, coalesce(l.id, (select h.id from {name}_history h where h.key = p.key limit 1)) as id
from depending_{name} p left join {name} l on l.key = p.key
"""
    yield f"analyze past_{name}"
    yield f"create temp table stood_{name} on commit drop as select * from ({claim_versions(kind)}) c where record in (select key from past_{name})"
    yield f"analyze stood_{name}"
    # The periods in which nothing changed that a record depends on, up to the revision in which its live version begins.
    yield f"""
create temp table moment_{name} on commit drop as
select m.record, m.moment, least(m.ended_, p.live) as ended_
from ({moments(kind, f"stood_{name}")}) m join past_{name} p on p.key = m.record
where (m.ended_ is not null or p.live is not null) and (p.live is null or m.moment < p.live)
"""
    yield f"analyze moment_{name}"


def _count_purged(name: str, which: str) -> Iterator[str]:
    """Record how many past versions and records went, so that what revisions counted still adds up."""
    yield f"""
insert into purged_count (revision, kind, sort, added, changed, removed)
select * from (
  select revision, '{name}', 'records', coalesce(b.added, 0) - coalesce(a.added, 0) as added, coalesce(b.changed, 0) - coalesce(a.changed, 0) as changed,
    coalesce(b.removed, 0) - coalesce(a.removed, 0) as removed
  from counted_{name} b full join ({moved_records(name, which)}) a using (revision)
) differences where added <> 0 or changed <> 0 or removed <> 0
on conflict (revision, kind, sort) do update set
  added = purged_count.added + excluded.added, changed = purged_count.changed + excluded.changed, removed = purged_count.removed + excluded.removed
"""
    yield f"""
insert into purged_record (kind, key, id) select '{name}', p.key, p.id from past_{name} p
where p.live is null and p.id is not null and not exists (select from {name}_history h where h.key = p.key)
on conflict (kind, key) do nothing
"""


def _insert_history(kind: Kind) -> str:
    """Write the settled versions to history; those that follow each other without a difference become one."""
    name, root = kind.name, kind.root
    derived = {"id": "p.id", "search": search(kind, "n") if kind.searched else "", "root": "w.root"}
    columns = [column for column in live_names(kind) if column != "added_in"]
    values = ", ".join(f"{derived.get(column, f'n.{column}')} as {column}" for column in columns)
    span = "w.from_ as moment, w.until_ as ended_" if root else "n.moment, n.ended_"
    walked = " join walk_ w on w.key = n.key and w.version = n.moment" if root else ""
    listed, named = column_list(columns), column_list(["key", *columns])
    return f"""
with recursive {_roots(kind) if root else ""}versions_ as (
  select n.key, {values}, {span} from resettled_{name} n join past_{name} p on p.key = n.key{walked}
), begun_ as (
  select *, lag(ended_) over w is distinct from moment or lag(({listed})) over w is distinct from ({listed}) as begins_ from versions_ window w as (partition by key order by moment)
), numbered_ as (
  select *, count(*) filter (where begins_) over (partition by key order by moment) as number_ from begun_
), merged_ as (
  select {named}, moment, max(ended_) over (partition by key, number_) as ended_, begins_ from numbered_
)
insert into {name}_history (key, {listed}, added_in, removed_in, reason)
select {named}, moment, ended_, case
    when exists (select from versions_ f where f.key = v.key and f.moment = v.ended_) or exists (select from {name} l where l.key = v.key and l.added_in = v.ended_)
      then 'resettled'
    else coalesce((select min(reason) from {name}_claim_history c where c.record = v.key and c.removed_in = v.ended_), 'withheld')
  end
from merged_ v where begins_
"""


def _roots(kind: Kind) -> str:
    """The common table expression of the roots of all versions, each with the revisions from which and until which it is the root."""
    name, via = kind.name, next_towards_root(kind, "n")
    return f"""every_ as (
  select key, {via} as via, moment as added_in, ended_ as until_ from resettled_{name} n
  union all select key, {via}, added_in, 9223372036854775807 from {name} n
  union all select key, {via}, added_in, removed_in from {name}_history n
), walk_(key, version, root, from_, until_) as (
  select key, added_in, key, added_in, until_ from every_ where via is null
  union all
  select v.key, v.added_in, w.root, greatest(v.added_in, w.from_), least(v.until_, w.until_)
  from every_ v join walk_ w on v.via = w.key and v.added_in < w.until_ and w.from_ < v.until_
), """


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
