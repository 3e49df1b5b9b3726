"""The statements that forget the stored sums of all records that depend on what is withheld from now on. Text; no I/O.

`replay` in `sums.py` stores them again. In each revision, the records of a family of events are compared with one another, so whole families are
forgotten: those of the versions that are purged, and those of the versions that take their place.
"""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..answering.overlap import Overlap
from ..answering.scope import Scope
from .affected import Statement, family, moved_between


def find_families(kinds: Kinds, kind: Kind, purged: list[Kind], again: bool = False) -> Iterator[Statement]:
    """Find the families of events whose records depend on the records in `depending_…` of the purged kinds. Called before the purge, and `again` after it."""
    event, families = Overlap(Scope(kinds, graphql=False), kind).event, f"family_{kind.name}"
    starts = [*_starts(kinds, kind, purged), *([f"select key from {families}"] if again else [])]
    named = ", ".join(
        [
            *(_inside(name, kinds, one, purged) for name, one in _nested(kinds, kind).items()),
            f"start_(key) as ({' union '.join(starts) or 'select null::bigint'})",
            family("family_", event, kinds, "true", moved_between(kind, Overlap(Scope(kinds, graphql=False), kind).roles.event)),
        ]
    )
    select = f"with recursive {named} select key from family_"
    if again:
        yield Statement(f"insert into {families} {select} where key not in (select key from {families})")
    else:
        yield Statement(f"create temp table {families} on commit drop as {select}")
    yield Statement(f"analyze {families}")


def forget(kinds: Kinds, kind: Kind, purged: list[Kind]) -> Iterator[Statement]:
    """Create the table `affected_…` of all records of these families, in any of their versions, and delete their stored sums."""
    roles = Overlap(Scope(kinds, graphql=False), kind).roles
    tables = (kind.name, f"{kind.name}_history", f"{kind.name}_sum")
    keys = [f"select f.key from family_{kind.name} b join {table} f on f.{roles.event} = b.key" for table in tables]
    keys += [f"select key from depending_{kind.name}"] * (kind in purged)
    yield Statement(f"create temp table affected_{kind.name} on commit drop as {' union '.join(keys)}")
    yield Statement(f"drop table family_{kind.name}")
    yield Statement(f"analyze affected_{kind.name}")
    yield Statement(f"delete from {kind.name}_sum s using affected_{kind.name} a where s.key = a.key")


def _nested(kinds: Kinds, kind: Kind) -> dict[str, Kind]:
    """The kinds of actors and of places, by the name of the relation of those that a purge may have moved."""
    overlap = Overlap(Scope(kinds, graphql=False), kind)
    return {"band_": overlap.actor, "area_": overlap.place}


def _inside(name: str, kinds: Kinds, kind: Kind, purged: list[Kind]) -> str:
    """The purged records of a kind, with everything that is or was inside them."""
    if kind not in purged:
        return f"{name}(key) as (select null::bigint)"
    first, nesting = f"select key from depending_{kind.name}", kinds.nesting_field(kind)
    if nesting is None:
        return f"{name}(key) as ({first})"
    inside = " union all ".join(
        f"select k.key from {table} k where k.{nesting.name} = o.key" for table in (kind.name, f"{kind.name}_history")
    )
    return f"{name}(key) as ({first} union select w.key from {name} o cross join lateral ({inside}) w)"


def _starts(kinds: Kinds, kind: Kind, purged: list[Kind]) -> Iterator[str]:
    """Selects of the events whose records depend on purged ones."""
    overlap = Overlap(Scope(kinds, graphql=False), kind)
    t, event = overlap.roles, overlap.event
    if event in purged:
        yield f"select key from depending_{event.name}"
    links = [("key", f"depending_{kind.name}")] * (kind in purged) + [(t.actor, "band_"), (t.place, "area_")]
    for table in (kind.name, f"{kind.name}_history"):
        yield from (f"select f.{t.event} from {table} f where f.{link} in (select key from {relation})" for link, relation in links)
    yield from (
        f"select e.key from {table} e where e.{t.event_place} in (select key from area_)" for table in (event.name, f"{event.name}_history")
    )
