"""The statements that find new figures that stand beside earlier ones of the same source about the same thing, or say the same again. Text; no I/O."""

from __future__ import annotations

from collections.abc import Mapping

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..columns import column_list

MAX_LOOKED_UP = 10_000  # New figures that are compared with earlier ones.


def beside(kind: Kind) -> str:
    """Select figures that revision $1 added to an event that has another of the same source for the same people and days, at most $2 of them.

    Columns: the ids of the new figure and of the earlier one, `new` and `old`, and the best estimates of both, as text, or null. Such a pair is
    two numbers of one source about one thing: the later may correct the earlier, and both stand.
    """
    roles = kind.totals
    assert roles is not None
    same = dict.fromkeys((*(field.name for field in kind.told), roles.start, roles.end, roles.disaggregation))
    names = [name for name in same if name != roles.event]
    return f"""
select n.id as new, o.id as old, n.{roles.best}::text as new_best, o.{roles.best}::text as old_best
from (select key from added_{kind.name} limit {MAX_LOOKED_UP}) a join {kind.name} n on n.key = a.key
join {kind.name} o on o.{roles.event} = n.{roles.event} and o.key <> n.key and o.added_in < $1
  and ({column_list(names, "o")}) is not distinct from ({column_list(names, "n")})
where exists (
  select from {kind.name}_claim x join {kind.name}_claim y on y.source = x.source where x.record = n.key and y.record = o.key
)
order by n.id, o.id limit $2
"""


def beside_alike(kind: Kind, event: Kind) -> str:
    """Select figures that revision $1 added to an event that it added too, and that looks like an earlier one which has such a figure; at most $2.

    Of rows without an id, whose event is another one when a number is corrected: alike are events of one source with the same name, place and days.
    Columns: those of `beside`.
    """
    roles = kind.totals
    assert roles is not None
    same = [
        name
        for name in dict.fromkeys((*(field.name for field in kind.told), roles.start, roles.end, roles.disaggregation))
        if name != roles.event
    ]
    days = [name for names in event.ascending for name in names if event.fields[name].type.is_date]
    alike = [name for name in dict.fromkeys((event.label, *days, *event.point)) if name]
    return f"""
select n.id as new, o.id as old, n.{roles.best}::text as new_best, o.{roles.best}::text as old_best
from (select key from added_{kind.name} limit {MAX_LOOKED_UP}) a join {kind.name} n on n.key = a.key
join {event.name} e on e.key = n.{roles.event} and e.added_in = $1
join {event.name} p on p.{days[0]} = e.{days[0]} and p.key <> e.key and p.added_in < $1
  and ({column_list(alike, "p")}) is not distinct from ({column_list(alike, "e")})
join {kind.name} o on o.{roles.event} = p.key and o.added_in < $1
  and ({column_list(same, "o")}) is not distinct from ({column_list(same, "n")})
where exists (
  select from {kind.name}_claim x join {kind.name}_claim y on y.source = x.source where x.record = n.key and y.record = o.key
)
order by n.id, o.id limit $2
"""


def said_twice(kinds: Kinds, kind: Kind) -> str:
    """Select figures that revision $1 added and that say what earlier ones of the collections $2 say, which this load does not state; at most $3.

    Of rows whose ids are made of values: after a change of a map, a pattern of dates or a column, the same rows have other ids. Columns: those of
    `beside`; `figures`, the number of such new figures of both sorts; `exchanged`, how many of these have an earlier one only with day and month
    exchanged, or in another century; and `added`, the number of all new figures.
    """
    parts = _Parts(kinds, kind)
    said = f"row({', '.join((*parts.same, parts.label))}, {parts.year} % 100, least({parts.month}, {parts.of_month}), greatest({parts.month}, {parts.of_month}))::text"
    return f"""
with {_new_and_old(kind, parts, {"said": said})}, pair as (
  select distinct on (n.key) n.id as new, o.id as old, n.best::text as new_best, o.best::text as old_best, n.day <> o.day as exchanged
  from new n join old o using (said) where n.said is not null order by n.key, exchanged, o.id
)
select new, old, new_best, old_best, (select count(*) from new) as added, count(*) over () as figures, count(*) filter (where exchanged) over () as exchanged
from pair order by pair.exchanged, new limit $3
"""


def said_elsewhere(kinds: Kinds, kind: Kind) -> str:
    """Select figures that revision $1 added and that have the numbers of earlier ones of the collections $2, which this load does not state; at most $3.

    Of a table that is loaded again, in which the day or the place of a row was corrected that its id is made of: it states more of the earlier figures
    than it lacks, and the pair has one place, or one day. Columns: those of `said_twice`.
    """
    parts = _Parts(kinds, kind)
    said = {
        "of_place": f"case when {parts.label} is not null then row({', '.join((*parts.same, parts.label))})::text end",
        "of_day": f"row({', '.join((*parts.same, parts.day))})::text",
    }
    return f"""
with {_new_and_old(kind, parts, said)}, pair as (
  select distinct on (n.key) n.id as new, o.id as old, n.best::text as new_best, o.best::text as old_best
  from (select 'of_place' as part, of_place as said, * from new union all select 'of_day', of_day, * from new) n
  join (select 'of_place' as part, of_place as said, * from old union all select 'of_day', of_day, * from old) o using (part, said)
  where n.best > 0 and (select count(*) from old) < (select count(*) from stage_{kind.name}) - (select count(*) from added_{kind.name})
  order by n.key, o.id
)
select new, old, new_best, old_best, (select count(*) from new) as added, count(*) over () as figures, 0 as exchanged from pair order by new limit $3
"""


class _Parts:
    """SQL over a figure `f`, its event `e` and its place `p`: what it counts and says, where, and its last day."""

    def __init__(self, kinds: Kinds, kind: Kind) -> None:
        roles = kind.totals
        assert roles is not None
        event, place = (kinds[kind.fields[name].type.ref or ""] for name in (roles.event, roles.place))
        told = [field.name for field in kind.told if field.name not in (roles.event, roles.place)]
        self.same = [f"f.{name}" for name in (*told, roles.disaggregation, roles.low, roles.best, roles.high)]
        self.best, self.label = f"f.{roles.best}", f"coalesce(p.{place.label}, e.{event.label})"
        self.day = f"coalesce(f.{roles.end}, f.{roles.start}, e.{roles.event_end}, e.{roles.event_start})"
        self.month, self.of_month, self.year = (f"extract({part} from {self.day})::int" for part in ("month", "day", "year"))
        self.joined = f"join {event.name} e on e.key = f.{roles.event} left join {place.name} p on p.key = coalesce(f.{roles.place}, e.{roles.event_place})"


def _new_and_old(kind: Kind, parts: _Parts, said: Mapping[str, str]) -> str:
    """The figures that revision $1 added, as `new`, and those of the collections $2 before it that this load does not state, as `old`."""
    columns = ", ".join((f"f.key, f.id, {parts.best} as best, {parts.day} as day", *(f"{text} as {name}" for name, text in said.items())))
    stated = f"select k.key from stage_{kind.name} s join keys_{kind.name} k on k.id = s.id"
    return f"""new as materialized (
  select {columns}
  from (select key from added_{kind.name} limit {MAX_LOOKED_UP}) a join {kind.name} f on f.key = a.key {parts.joined}
), old as materialized (
  select {columns}
  from (select distinct record from {kind.name}_claim where collection = any($2) and added_in < $1) c join {kind.name} f on f.key = c.record {parts.joined}
  where f.key not in ({stated})
)"""
