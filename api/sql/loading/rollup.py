"""The statements that keep the stored totals and the list of overlapping records up to date with every load. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schema.model.complete import complete
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import ADDED, SUM_COLUMNS
from schema.storage.columns import ROLLUP_COUNTS, grain_columns, names, rollup_columns

from ...query.nodes import At
from ..answering.overlap import AdmittedRecords, Overlap, why
from ..answering.scope import Scope
from ..text import quote_literal

_, BEST, HIGH = SUM_COLUMNS
COUNT_CONDITIONS = {  # The rows of a tally that each count of the stored totals counts.
    "figures": "true", "open": f"{HIGH} is null", "without_best": f"{BEST} is null", "disputed": "disputed",
    "rough": "rough", "rough_month": "rough_month", "rough_year": "rough_year",
}  # fmt: skip
complete("COUNT_CONDITIONS in api/sql/loading/rollup.py", COUNT_CONDITIONS, ROLLUP_COUNTS)


@dataclass(frozen=True)
class Statement:
    """One statement, with its arguments."""

    text: str
    arguments: tuple[object, ...] = ()


def has_totals(kind: Kind) -> str:
    """Whether there are stored totals to update; if there are none, they are built from all records."""
    return f"select exists (select from {kind.name}_total)"


def refresh(kinds: Kinds, kind: Kind, revision: int, there: bool) -> Iterator[Statement]:
    return apply_changes(kinds, kind, revision) if there else rebuild(kinds, kind)


def rebuild(kinds: Kinds, kind: Kind) -> Iterator[Statement]:
    """Build the stored totals from all live records."""
    yield Statement(f"delete from {kind.name}_total")
    yield Statement(f"delete from {kind.name}_overlap")
    # The planner cannot know how many records overlap; at this size a nested loop would be a wrong guess.
    yield Statement("set local enable_nestloop = off")
    yield _create_tally(Scope(kinds, graphql=False), kind, "")
    yield Statement("set local enable_nestloop = on")
    yield _insert_overlaps(kind)
    yield Statement(
        f"insert into {kind.name}_total ({', '.join(names(rollup_columns(kinds, kind)))}) {_cells(kinds, kind, f'tallied_{kind.name}')}"
    )
    yield Statement(f"drop table tallied_{kind.name}")


def apply_changes(kinds: Kinds, kind: Kind, revision: int) -> Iterator[Statement]:
    """Update the stored totals: subtract what the affected records contributed before the revision, and add what they contribute now.

    Records that can exclude each other belong to one family of events, so whole families are affected.
    """
    name, columns = kind.name, names(rollup_columns(kinds, kind))
    yield Statement(_affected(kinds, kind), (revision,))
    yield Statement(f"analyze affected_{name}")
    yield Statement(f"delete from {name}_overlap o using affected_{name} a where o.key = a.key")
    only = f"f.key in (select key from affected_{name})"
    yield _create_tally(Scope(kinds, graphql=False, at=At(revision=revision - 1)), kind, only)
    yield Statement(f"create temp table change_{name} on commit drop as {_cells(kinds, kind, f'tallied_{name}', '-')}")
    yield Statement(f"drop table tallied_{name}")
    yield _create_tally(Scope(kinds, graphql=False), kind, only)
    yield _insert_overlaps(kind)
    yield Statement(f"insert into change_{name} {_cells(kinds, kind, f'tallied_{name}')}")
    yield Statement(f"drop table tallied_{name}")
    grain = names(grain_columns(kinds, kind))
    summed = ", ".join(f"sum({column})" for column in columns[len(grain) :])
    added = ", ".join(f"{column} = t.{column} + excluded.{column}" for column in columns[len(grain) :])
    yield Statement(f"""
insert into {name}_total as t ({", ".join(columns)})
select {", ".join(grain)}, {summed} from change_{name} group by {", ".join(grain)}
on conflict on constraint {name}_total_cell_key do update set {added}
""")
    yield Statement(f"delete from {name}_total where figures = 0")
    yield Statement(f"drop table change_{name}, affected_{name}")


def totals_proof(kinds: Kinds, kind: Kind) -> str:
    """Selects the stored totals that differ from those of the records."""
    columns = ", ".join(names(rollup_columns(kinds, kind)))
    from_records = _cells(kinds, kind, f"({_tally(Scope(kinds, graphql=False), kind, 'true')})")
    rows = f"select {columns} from {kind.name}_total"
    return f"""
with expected as materialized ({from_records})
select 'the total of {kind.plural} ' || g::text || ': is not stored' from (select * from expected except {rows}) g
union all
select 'the total of {kind.plural} ' || t::text || ': differs from the {kind.plural}' from ({rows} except select * from expected) t
"""


def overlaps_proof(kinds: Kinds, kind: Kind) -> str:
    """Selects the records whose overlaps are not listed, or listed wrongly."""
    return f"""
select '{kind.name} ' || coalesce(f.id, 'with the key ' || coalesce(o.key, g.key)) || ': its listed overlaps are wrong'
from {kind.name}_overlap o full join (
  select key, loose, needed from ({_tally(Scope(kinds, graphql=False), kind, "true")}) tally where overlapping
) g on g.key = o.key left join {kind.name} f on f.key = coalesce(o.key, g.key)
where (o.key, o.loose, o.needed) is distinct from (g.key, g.loose, g.needed)
"""


def _cells(kinds: Kinds, kind: Kind, tally: str, sign: str = "") -> str:
    """A select of rows of the stored totals from a tally, with negative numbers for the sign `-`."""
    grain = names(grain_columns(kinds, kind))
    sums = [f"{sign}coalesce(sum({column}), 0) as {column}" for column in SUM_COLUMNS]
    counts = [f"{sign}count(*) filter (where {COUNT_CONDITIONS[column]}) as {column}" for column in ROLLUP_COUNTS]
    listing = ", ".join(grain)
    return f"select {', '.join([listing, *sums, *counts])} from {tally} cells where not loose group by {listing}"


def _insert_overlaps(kind: Kind) -> Statement:
    # In the order of the key, so that its index is filled in order.
    return Statement(
        f"insert into {kind.name}_overlap (key, loose, needed)\nselect key, loose, needed from tallied_{kind.name} where overlapping order by key"
    )


def _create_tally(scope: Scope, kind: Kind, only: str) -> Statement:
    text = f"create temp table tallied_{kind.name} on commit drop as {_tally(scope, kind, only or 'true')}"
    return Statement(text, tuple(scope.arguments))


def _tally(scope: Scope, kind: Kind, only: str) -> str:
    """A select of each record with its cell, its numbers, and whether it is added.

    A `loose` record depends on records of another month or country, so no cell's sum contains it.
    """
    overlap = Overlap(scope, kind)
    t = overlap.roles
    named = [
        overlap.admitted([AdmittedRecords(only)], dated=False),
        *overlap.overlapping_pairs(),
        *overlap.left_out("mixed_", "true"),
        *overlap.left_out("apart_", "same_population"),
        "loose_(key) as (select narrow from pairs_ where across union select e.narrow from loose_ join pairs_ e on e.wide = loose_.key)",
        "needed_(key) as (select key from loose_ union select e.wide from needed_ join pairs_ e on e.narrow = needed_.key)",
    ]
    return f"""
with recursive {", ".join(named)}
select a.key, a.month, a.country as {t.country}, a.measure as {t.measure}, a.population as {t.population}, a.unit as {t.unit},
  a.basis as {t.basis}, coalesce(a.reason, {why("m")}, {quote_literal(ADDED)}) as mixed, coalesce(a.reason, {why("p")}, {quote_literal(ADDED)}) as apart, a.low, a.best, a.high, {overlap.disputed("a")} as disputed, a.rough, a.rough_month, a.rough_year,
  o.key is not null as overlapping, l.key is not null as loose, n.key is not null as needed
from admitted_ a left join mixed_outs_ m on m.key = a.key left join apart_outs_ p on p.key = a.key
left join (select narrow as key from pairs_ union select wide from pairs_) o on o.key = a.key
left join loose_ l on l.key = a.key left join needed_ n on n.key = a.key
"""


def _affected(kinds: Kinds, kind: Kind) -> str:
    """Create the table of records, live and removed, whose part in the stored totals may have changed. $1 is the revision."""
    overlap = Overlap(Scope(kinds, graphql=False), kind)
    t, event, actor, place = overlap.roles, overlap.event, overlap.actor, overlap.place
    nesting = kinds.nesting_field(event)
    decisive = [t.event_start, t.event_end, t.event_precision, t.event_place, t.country, *([nesting.name] if nesting else [])]
    named = [
        *_family(
            "band_",
            actor,
            kinds,
            _changed_records(actor, [actor_link.name]) if (actor_link := kinds.nesting_field(actor)) else None,
            both=False,
        ),
        *_family(
            "area_",
            place,
            kinds,
            _changed_records(place, [place_link.name]) if (place_link := kinds.nesting_field(place)) else None,
            both=False,
        ),
        f"""start_(key) as (
  select f.{t.event} from touched_{kind.name} c join {kind.name} f on f.key = c.record
  union select h.{t.event} from touched_{kind.name} c join {kind.name}_history h on h.key = c.record where h.removed_in = $1
  union {_changed_records(event, decisive)}
  union select f.{t.event} from band_ b join {kind.name} f on f.{t.actor} = b.key
  union select f.{t.event} from area_ a join {kind.name} f on f.{t.place} = a.key
  union select e.key from area_ a join {event.name} e on e.{t.event_place} = a.key)""",
        *_family("family_", event, kinds, "select key from start_", both=True),
    ]
    return f"""
create temp table affected_{kind.name} on commit drop as
with recursive {", ".join(named)}
select record as key from touched_{kind.name} union select f.key from family_ b join {kind.name} f on f.{t.event} = b.key
"""


def _changed_records(kind: Kind, names: list[str]) -> str:
    """Records to which this revision gave another value in one of these fields."""
    old, new = (", ".join(f"{alias}.{name}" for name in names) for alias in ("h", "k"))
    return (
        f"select k.key from touched_{kind.name} c join {kind.name} k on k.key = c.record "
        f"join {kind.name}_history h on h.key = k.key and h.removed_in = $1 where ({old}) is distinct from ({new})"
    )


def _family(name: str, kind: Kind, kinds: Kinds, start: str | None, both: bool) -> Iterator[str]:
    """The common table expressions of records with all their parts, now or before this revision; with `both`, also all that they are part of."""
    nesting = kinds.nesting_field(kind)
    if nesting is None or start is None:
        yield f"{name}(key) as ({start or 'select null::bigint'})"
        return
    link = nesting.name
    links = f"""select {link} as a, key as b from {kind.name} where {link} is not null
  union select {link}, key from {kind.name}_history where removed_in = $1 and {link} is not null"""
    yield f"{name}links_(a, b) as materialized ({links})"
    if both:
        yield f"{name}ways_(a, b) as materialized (select a, b from {name}links_ union all select b, a from {name}links_)"
    yield f"{name}(key) as ({start} union select w.b from {name} join {name}{'ways_' if both else 'links_'} w on w.a = {name}.key)"
