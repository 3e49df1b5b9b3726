"""The statements that find new figures that stand beside earlier ones of the same source about the same thing, or say the same again. Text; no I/O."""

from __future__ import annotations

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
    roles = kind.totals
    assert roles is not None
    event, place = (kinds[kind.fields[name].type.ref or ""] for name in (roles.event, roles.place))
    told = [field.name for field in kind.told if field.name not in (roles.event, roles.place)]
    same = [f"f.{name}" for name in (*told, roles.disaggregation, roles.low, roles.best, roles.high)]
    day = f"coalesce(f.{roles.end}, f.{roles.start}, e.{roles.event_end}, e.{roles.event_start})"
    month, of_month, year = (f"extract({part} from {day})::int" for part in ("month", "day", "year"))
    said = f"row({', '.join(same)}, coalesce(p.{place.label}, e.{event.label}), {year} % 100, least({month}, {of_month}), greatest({month}, {of_month}))::text"
    of_record = f"join {event.name} e on e.key = f.{roles.event} left join {place.name} p on p.key = coalesce(f.{roles.place}, e.{roles.event_place})"
    stated = f"select k.key from stage_{kind.name} s join keys_{kind.name} k on k.id = s.id"
    return f"""
with new as materialized (
  select f.key, f.id, f.{roles.best} as best, {day} as day, {said} as said
  from (select key from added_{kind.name} limit {MAX_LOOKED_UP}) a join {kind.name} f on f.key = a.key {of_record}
), old as materialized (
  select f.key, f.id, f.{roles.best} as best, {day} as day, {said} as said
  from (select distinct record from {kind.name}_claim where collection = any($2) and added_in < $1) c join {kind.name} f on f.key = c.record {of_record}
  where f.key not in ({stated})
), pair as (
  select distinct on (n.key) n.id as new, o.id as old, n.best::text as new_best, o.best::text as old_best, n.day <> o.day as exchanged
  from new n join old o using (said) where n.said is not null order by n.key, exchanged, o.id
)
select new, old, new_best, old_best, (select count(*) from new) as added, count(*) over () as figures, count(*) filter (where exchanged) over () as exchanged
from pair order by pair.exchanged, new limit $3
"""
