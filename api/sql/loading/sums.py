"""The statements that keep, for every load, what each record adds to totals, now and as of earlier revisions. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import OVERLAP_REASONS, SEPARATE_KEYS, TOTALS_RULE
from schema.storage.columns import ALONE, COUNTED_IN, GROUP_NUMBERS, OUTERMOST, PART, TANGLED, connection_columns, names, sum_columns

from ...query.nodes import At
from ..answering.overlap import Overlap
from ..answering.overlap_choice import Groups
from ..answering.scope import Scope
from ..answering.summable import code_list, of_a_part
from ..answering.whole_and_parts import stars
from ..columns import column_list
from ..text import quote_literal
from .affected import Statement
from .overlap_candidates import crowds, divided_totals

# The planner cannot know how many records are connected, and takes it to be few: a nested loop would compare all with all.
NO_NESTED_LOOPS, NESTED_LOOPS = Statement("set local enable_nestloop = off"), Statement("set local enable_nestloop = on")


# From this many records, it is not asked whether any can overlap: some will, and the question takes a part of what the comparison does.
MANY = 1000


def has_sums(kind: Kind) -> str:
    """Whether there are stored sums to update; if there are none, they are built from all records."""
    return _exists(f"{kind.name}_sum")


def has_affected(kind: Kind) -> str:
    """Whether `find_affected` found records."""
    return _exists(f"affected_{kind.name}")


def _exists(relation: str) -> str:
    return f"select exists (select from {relation})"


def any_overlap(kinds: Kinds, kind: Kind, keys: str = "") -> str:
    """Whether records can overlap, all of them or those with the keys in a relation: if not, each adds what it says, and nothing is compared.

    To plan the comparison takes longer than to load a few claims.
    """
    overlap = Overlap(Scope(kinds, graphql=False), kind)
    named = ", ".join([overlap.admitted("true", derived=True, keys=keys), *crowds(overlap, every=not keys)])
    many = f"(select count(*) from (select from {keys or kind.name} limit {MANY}) f) = {MANY}"
    return f"with recursive {named} select {many} or exists (select from crowded_)"


def refresh(kinds: Kinds, kind: Kind, revision: int, overlaps: bool) -> Iterator[Statement]:
    """Bring the stored sums of the records in `affected_…` up to date, at the end of the load that makes a revision."""
    yield from _tally(Scope(kinds, graphql=False), kind, overlaps)
    yield from _replace(kinds, kind, revision)
    yield Statement(f"drop table affected_{kind.name}, tallied_{kind.name}")


def build(kinds: Kinds, kind: Kind, revision: int, overlaps: bool) -> Iterator[Statement]:
    """Store the sums of all records, of which there are none yet."""
    rows = added(Scope(kinds, graphql=False), kind, "", sum_names(kinds, kind), overlaps)
    yield NO_NESTED_LOOPS
    yield _insert(kinds, kind, revision, f"({rows})")
    yield NESTED_LOOPS
    yield Statement(f"analyze {kind.name}_sum")


# The revisions whose sums are stored, in order; $1 is the newest, which is not recorded yet.
STORED_REVISIONS = f"select id from revision where totals_rule = {quote_literal(TOTALS_RULE)} and id < $1 order by id"


def replay(kinds: Kinds, kind: Kind, revision: int, newest: bool) -> Iterator[Statement]:
    """Store the sums of the records in `affected_…` as of a revision; called for one revision after the other."""
    at = At() if newest else At(revision=revision)
    yield from _tally(Scope(kinds, graphql=False, at=at), kind)
    yield from _replace(kinds, kind, revision)
    yield Statement(f"drop table tallied_{kind.name}{f', affected_{kind.name}' if newest else ''}")


# What each record adds


def _tally(scope: Scope, kind: Kind, overlaps: bool = True) -> Iterator[Statement]:
    """Create the table `tallied_…` of what each record in `affected_…` adds to totals. Connected records must be in it together."""
    name = f"tallied_{kind.name}"
    text = (
        f"create temp table {name} on commit drop as {added(scope, kind, f'affected_{kind.name}', sum_names(scope.kinds, kind), overlaps)}"
    )
    yield NO_NESTED_LOOPS
    yield Statement(text, tuple(scope.arguments))
    yield NESTED_LOOPS
    yield Statement(f"analyze {name}")


def added(scope: Scope, kind: Kind, keys: str, columns: list[str], overlaps: bool = True) -> str:
    """A select of what each record adds: its numbers and its shape; for stars, the numbers of all; for those that are tangled, whether totals count it.

    Without `overlaps`, none can overlap another (see `any_overlap`), and the same is selected without comparing them.
    """
    if not overlaps:
        return _alone(Overlap(scope, kind), keys, columns)
    computed = {"group_low": "n.star_low", "group_high": "n.star_high", "group_contradicted": "coalesce(n.star_contradicted, false)", "group_parts": "n.star_parts",
                "counted_in": f"case when t.shape = {TANGLED} then d.reason else t.counted_in end"}  # fmt: skip
    for key in SEPARATE_KEYS[:2]:
        computed |= {f"{key}_{name}": f"{key}_starred_.star_{name}" for name in GROUP_NUMBERS}
    overlap = Overlap(scope, kind)
    named = [
        f"shaped_ as materialized ({_shapes(scope, kind, keys)})",
        f"starred_ as ({stars('shaped_ h', 'shaped_ p')})",
        *(f"{key}_starred_ as ({stars('shaped_ h', 'shaped_ p', f'h.same_{key}', f'p.same_{key}')})" for key in SEPARATE_KEYS[:2]),
        overlap.admitted("true", keys=f"(select key from shaped_ where shape = {TANGLED})"),
        *overlap.compared(),
        *overlap.pairs("not superseded"),
        *Groups((), overlap.roles.flow).steps(),
        f"""left_ as (
  select key, reason from admitted_ where reason is not null
  union all select key, {quote_literal(OVERLAP_REASONS[2])} from compared_ where superseded
  union all select key, (array[{code_list(OVERLAP_REASONS)}])[why] from verdict_ where why is not null)""",
    ]
    alike = " ".join(f"left join {key}_starred_ on {key}_starred_.key = t.key" for key in SEPARATE_KEYS[:2])
    selected = ", ".join(f"{computed.get(column, f't.{column}')} as {column}" for column in columns)
    return f"""
with recursive {", ".join(named)}
select t.key, {selected} from shaped_ t left join starred_ n on n.key = t.key {alike} left join left_ d on d.key = t.key
"""


def _own_numbers(overlap: Overlap) -> str:
    """The columns of a record `a` that say what it adds on its own."""
    t = overlap.roles
    return f"""a.event as {t.event}, a.measure as {t.measure}, a.population as {t.population}, a.actor as {t.actor}, a.placed as {t.place},
  a.unit as {t.unit}, a.basis as {t.basis}, a.origin as {t.origin}, a.best as {t.best}, a.country as {t.country},
  a.place, a.first, a.final, a.month, a.low as lower, a.high as upper, a.least_ as least_stated, a.bad as contradicted,
  {overlap.stated_differently("a")} as disputed, a.rough, a.rough_month, a.rough_year,
  case when {of_a_part(t, "a")} then a.event_start end as event_first, case when {of_a_part(t, "a")} then a.event_end end as event_final, a.reason"""


def _alone(overlap: Overlap, keys: str, columns: list[str]) -> str:
    """A select of what each record adds if none can overlap another: the same as `added`, without what connects records."""
    connected = {"shape": f"{ALONE}::smallint", COUNTED_IN: _counted_alone(overlap)}
    connected |= {
        column.name: f"null::{column.sql}" if column.nullable else "false" for column in connection_columns() if column.name != "shape"
    }
    selected = ", ".join(f"{connected[column]} as {column}" if column in connected else f"n.{column}" for column in columns)
    return f"""
with recursive {overlap.admitted("true", derived=True, keys=keys)}
select a.key, {selected} from admitted_ a cross join lateral (select {_own_numbers(overlap)}) n
"""


def _counted_alone(overlap: Overlap, otherwise: str = "null") -> str:
    """Why totals without conditions leave out a record `a`, whatever it is connected with."""
    derived = f"a.origin = any(array[{code_list(overlap.roles.derived_origins)}])"
    return f"coalesce(a.reason, case when {derived} then a.origin else {otherwise} end)"


def _shapes(scope: Scope, kind: Kind, keys: str) -> str:
    """A select of each record with its numbers, and with its shape: how it is connected with others."""
    overlap = Overlap(scope, kind)
    flow = f"basis = {quote_literal(overlap.roles.flow)}"
    return f"""
with recursive {", ".join(_connected(overlap, keys))}
select a.key, {_own_numbers(overlap)},
  case when a.reason is not null then {ALONE} when a.{flow} then
      case when b.hub = a.key then {OUTERMOST} when b.hub is not null then {PART} when x.class is not null or d.node is not null or k.node is not null then {TANGLED} else {ALONE} end
    when w.key is not null then {TANGLED} else {ALONE} end::smallint as shape, b.hub, b.why::smallint as why,
  coalesce(b.same_population, false) as same_population, coalesce(b.same_actor, false) as same_actor,
  {_counted_alone(overlap, f"(array[{code_list(OVERLAP_REASONS)}])[b.why]")} as counted_in
from admitted_ a left join compared_ c on c.key = a.key left join bonds_ b on b.node = a.key left join class_ x on x.class = c.class
left join degree_ d on d.node = c.node left join (select distinct node from crowd_) k on k.node = c.node left join crowded_ w on w.key = a.key
"""


def _connected(overlap: Overlap, keys: str) -> list[str]:
    """The named selects of how records are connected: those admitted, the pairs that may count the same, and what is joined by these."""
    t = overlap.roles
    flow = f"basis = {quote_literal(t.flow)}"
    return [
        overlap.admitted("true", derived=True, keys=keys),
        *crowds(overlap, every=not keys),
        *divided_totals(overlap),
        # Their keys first: joined with all of crowded_, the planner would hash the records, which have many columns.
        "general_ as (select a.* from admitted_ a where a.key in (select c.key from crowded_ c where not exists (select from divided_ d where d.key = c.key)))",
        *overlap.compared("general_"),
        "class_ as materialized (select class from compared_ group by class having count(*) > 1)",
        *overlap.pairs(f"c.{flow}"),
        """end_ as materialized (
  select n as node, w as other, why, down and not up as inside, up and not down as around from pairs_
  union all select w, n, why, up and not down, down and not up from pairs_)""",
        # Of sets in a crowd, not all pairs are known: none of them is one part of a hub.
        """degree_ as materialized (
  select e.node, count(*) + (exists (select from crowd_ k where k.node = e.node))::integer as degree, bool_and(e.around) as around from end_ e group by e.node)""",
        """hub_ as materialized (
  select e.node as key from end_ e join degree_ h on h.node = e.node and h.around join degree_ d on d.node = e.other
  group by e.node having bool_and(d.degree = 1))""",
        """spoke_ as materialized (
  select h.key as hub, h.key as node, null::integer as why from hub_ h union all select h.key, e.other, e.why from hub_ h join end_ e on e.node = h.key)""",
        # Those whose records are all in one row of any total, and are left out together, are summed up once.
        f"""star_ as materialized (
  select s.hub from spoke_ s join compared_ c on c.node = s.node join compared_ h on h.key = s.hub left join class_ x on x.class = c.class
  group by s.hub having bool_and(x.class is null and (c.event, c.first, c.final, c.country, c.place, c.origin) is not distinct from (h.event, h.first, h.final, h.country, h.place, h.origin)
    and (c.origin = any(array[{code_list(t.derived_origins)}])) is not true))""",
        """bond_ as materialized (
  select s.hub, s.node, s.why, c.population is not distinct from h.population as same_population, c.actor is not distinct from h.actor as same_actor
  from spoke_ s join star_ r on r.hub = s.hub join compared_ c on c.key = s.node join compared_ h on h.key = s.hub
  union all select hub, key, 2, same_population, same_actor from divided_)""",
        """bonds_ as materialized (
  select hub as node, hub, null::integer as why, bool_or(same_population and node <> hub) as same_population, bool_or(same_actor and node <> hub) as same_actor
  from bond_ group by hub union all select node, hub, why, same_population, same_actor from bond_ where node <> hub)""",
    ]


# Storing it


def sum_names(kinds: Kinds, kind: Kind) -> list[str]:
    return [name for name in names(sum_columns(kinds, kind)) if name not in ("key", "added_in", "removed_in")]


def _insert(kinds: Kinds, kind: Kind, revision: int, rows: str, which: str = "true") -> Statement:
    columns = sum_names(kinds, kind)
    # By shape, because most totals read only some shapes: in a large load, these then lie together.
    return Statement(
        f"""
insert into {kind.name}_sum (key, added_in, {", ".join(columns)})
select n.key, $1, {column_list(columns, "n")} from {rows} n where {which} order by n.shape, n.key
""",
        (revision,),
    )


def _replace(kinds: Kinds, kind: Kind, revision: int) -> Iterator[Statement]:
    """End the stored rows of the affected records that differ from the new ones, and add these."""
    name, columns = f"{kind.name}_sum", sum_names(kinds, kind)
    yield Statement(
        f"""
update {name} s set removed_in = $1 from affected_{kind.name} a left join tallied_{kind.name} n on n.key = a.key
where s.key = a.key and s.removed_in is null and (n.key is null or ({column_list(columns, "n")}) is distinct from ({column_list(columns, "s")}))
""",
        (revision,),
    )
    yield _insert(
        kinds, kind, revision, f"tallied_{kind.name}", f"not exists (select from {name} s where s.key = n.key and s.removed_in is null)"
    )
