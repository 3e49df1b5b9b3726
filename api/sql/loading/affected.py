"""The records whose share of totals a load may have changed: all those that are connected with what it changed. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..answering.overlap import Overlap
from ..answering.scope import Scope


@dataclass(frozen=True)
class Statement:
    """One statement, with its arguments."""

    text: str
    arguments: tuple[object, ...] = ()


def find_affected(kinds: Kinds, kind: Kind, revision: int) -> Iterator[Statement]:
    """Create the table of records, live and removed, of which the load may have changed what they add.

    Records that are connected belong to one family of events and have one measure, unit and basis, since others are not compared. So if only
    records were touched, those of their families are affected that have a measure, a unit and a basis of these; if an event, an actor or a place has
    changed, whole families are.
    """
    overlap = Overlap(Scope(kinds, graphql=False), kind)
    t, event, actor, place = overlap.roles, overlap.event, overlap.actor, overlap.place
    nesting = kinds.nesting_field(event)
    decisive = [*t.decisive_of_events, *([nesting.name] if nesting else [])]
    named = [
        _inside("band_", actor, kinds, t.decisive_of_actors),
        _inside("area_", place, kinds, t.decisive_of_places),
        f"""moved_(key) as (
  {_changed_records(event, decisive)}
  union select f.{t.event} from band_ b join {kind.name} f on f.{t.actor} = b.key
  union select f.{t.event} from area_ a join {kind.name} f on f.{t.place} = a.key
  union select e.key from area_ a join {event.name} e on e.{t.event_place} = a.key)""",
        f"start_(key) as (select key from moved_ union {_touched(kind, t.event)})",
        family("family_", event, kinds),
    ]
    yield Statement(
        f"create temp table family_{kind.name} on commit drop as with recursive {', '.join(named)} "
        "select key, exists (select from moved_) as whole from family_",
        (revision,),
    )
    yield Statement(f"analyze family_{kind.name}")
    alike = ", ".join(f"{{alias}}.{name}" for name in (t.measure, t.unit, t.basis)).format
    yield Statement(
        f"""
create temp table affected_{kind.name} on commit drop as
select record as key from touched_{kind.name}
union select f.key from family_{kind.name} b join {kind.name} f on f.{t.event} = b.key
where b.whole or ({alike(alias="f")}) in ({_touched(kind, t.measure, t.unit, t.basis)})
""",
        (revision,),
    )
    yield Statement(f"drop table family_{kind.name}")
    yield Statement(f"analyze affected_{kind.name}")


def _touched(kind: Kind, *fields: str) -> str:
    """A select of some fields of the records that the load touched, as they are and as they were before."""
    now, before = (", ".join(f"{alias}.{name}" for name in fields) for alias in ("f", "h"))
    return (
        f"select {now} from touched_{kind.name} c join {kind.name} f on f.key = c.record "
        f"union select {before} from touched_{kind.name} c join {kind.name}_history h on h.key = c.record where h.removed_in = $1"
    )


def _changed_records(kind: Kind, fields: list[str]) -> str:
    """Records to which this revision gave another value in one of these fields."""
    old, new = (", ".join(f"{alias}.{name}" for name in fields) for alias in ("h", "k"))
    return (
        f"select k.key from touched_{kind.name} c join {kind.name} k on k.key = c.record "
        f"join {kind.name}_history h on h.key = k.key and h.removed_in = $1 where ({old}) is distinct from ({new})"
    )


def _inside(name: str, kind: Kind, kinds: Kinds, decisive: tuple[str, ...]) -> str:
    """The records that were moved into others by this revision, or have another value in a decisive field, with everything inside them."""
    nesting = kinds.nesting_field(kind)
    if nesting is None:
        return f"{name}(key) as ({_changed_records(kind, [*decisive])})"
    link = nesting.name
    inside = f"select k.key from {name} join {kind.name} k on k.{link} = {name}.key"
    return f"{name}(key) as ({_changed_records(kind, [link, *decisive])} union {inside})"


def family(name: str, kind: Kind, kinds: Kinds, at: str = "h.removed_in = $1", moved: str = "") -> str:
    """The events of `start_` with all that they are part of, and all parts of these, now or in the versions `h` that `at` selects.

    `moved`: a further relation of keys of events, which belong together with the event `f.key`.
    """
    nesting = kinds.nesting_field(kind)
    if nesting is None and not moved:
        return f"{name}(key) as (select key from start_)"
    links = [moved] * bool(moved)
    if nesting is not None:
        link = nesting.name
        links += [
            f"select e.{link} as key from {kind.name} e where e.key = f.key and e.{link} is not null",
            f"select e.key from {kind.name} e where e.{link} = f.key",
            f"select h.{link} from {kind.name}_history h where h.key = f.key and {at} and h.{link} is not null",
            f"select h.key from {kind.name}_history h where h.{link} = f.key and {at}",
        ]
    return f"""{name}(key) as (
  select key from start_ union select w.key from {name} f cross join lateral (
    {chr(10).join(f"{'    union all ' * bool(n)}{link}" for n, link in enumerate(links))}
  ) w)"""


def moved_between(kind: Kind, event: str) -> str:
    """A select of the other events that records of the event `f.key` belonged to in another of their versions."""
    now, past = kind.name, f"{kind.name}_history"
    pairs = ((now, past), (past, now), (past, past))
    return " union all ".join(
        f"select o.{event} as key from {one} v join {other} o on o.key = v.key and o.{event} <> v.{event} where v.{event} = f.key"
        for one, other in pairs
    )
