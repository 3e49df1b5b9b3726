"""The statements that follow references of a kind to itself to their end, the root, and find cycles. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.field import Field
from schema.model.kind import Kind
from schema.storage.columns import live_names

from ..columns import column_list
from .references import BY_ANY_PLAN, BY_INDEX


def next_towards_root(kind: Kind, alias: str) -> str:
    """The record whose root a settled row shares: the one that it revises or, if there is none, the only one that it relays; else null."""
    only = f"case when cardinality({alias}.{kind.root}) = 1 then {alias}.{kind.root}[1] end"
    return f"coalesce({alias}.{kind.revises}, {only})" if kind.revises else only


def shares_root(kind: Kind, alias: str) -> str:
    """A condition: a settled row has the root of another record."""
    revises = f"{alias}.{kind.revises} is not null or " if kind.revises else ""
    return f"({revises}coalesce(cardinality({alias}.{kind.root}), 0) = 1)"


def root(kind: Kind, alias: str) -> str:
    """The root of a settled row: null if it has that of another record, which `roots` then finds; otherwise the record itself."""
    return f"case when not {shares_root(kind, alias)} then {alias}.key end"


def roots(kind: Kind) -> Iterator[tuple[str, str]]:
    """Find the roots of settled records that have the root of another, and of those below a record that now follows another one.

    Only these are walked, by index: few in a large load, and none in most loads.
    """
    name, columns = kind.name, [column for column in live_names(kind) if column not in ("root", "added_in")]
    yield "index of settled", f"create unique index on settled_{name} (key)"
    yield from _linked(kind)
    yield "by index", BY_INDEX
    yield "all roots", _walk(kind)
    yield "by any plan", BY_ANY_PLAN
    yield "statistics of roots", "analyze roots"
    yield "roots", f"update settled_{name} n set root = r.root from roots r where r.key = n.key and r.root is not null"
    yield (
        "moved roots",
        f"""
insert into settled_{name} (key, {column_list(columns)}, root)
select l.key, {column_list(columns, "l")}, r.root from {name} l join roots r on r.key = l.key
where l.root is distinct from r.root and l.key not in (select record from touched_{name})
""",
    )


def _linked(kind: Kind) -> Iterator[tuple[str, str]]:
    """Create the table of settled records that have the root of another, each with that other one."""
    name, via, shares = kind.name, next_towards_root(kind, "n"), shares_root(kind, "n")
    yield "table of linked", f"create temp table linked_{name} (key bigint primary key, via bigint not null) on commit drop"
    yield "linked", f"insert into linked_{name} select key, {via} from settled_{name} n where {shares} and {via} is not null"
    yield "index of linked", f"create index on linked_{name} (via)"
    yield "statistics of linked", f"analyze linked_{name}"


def _walk(kind: Kind) -> str:
    """Create the table of these records and their roots; the root is null in a cycle."""
    name, via, live_via = kind.name, next_towards_root(kind, "n"), next_towards_root(kind, "l")
    untouched = f"not exists (select from settled_{name} s where s.key = l.key)"
    above = (
        f"select k.via from linked_{name} k where k.key = w.at "
        f"union all select {live_via} from {name} l where l.key = w.at and {shares_root(kind, 'l')} and {untouched}"
    )
    refers = f"l.{kind.root} @> array[b.key]" + (f" or l.{kind.revises} = b.key" if kind.revises else "")
    return f"""
create temp table roots on commit drop as
with recursive below(key) as (
  select n.key from settled_{name} n join {name} l on l.key = n.key where {via} is distinct from {live_via}
  union
  select d.key from below b cross join lateral (
    select k.key from linked_{name} k where k.via = b.key
    union all
    select l.key from {name} l where ({refers}) and {live_via} = b.key and {untouched}
  ) d
), start(key, via) as (
  select key, via from linked_{name}
  union
  select l.key, {live_via} from below b join {name} l on l.key = b.key where {shares_root(kind, "l")} and {untouched}
), walk(key, at) as (
  select key, via from start
  union
  select w.key, a.via from walk w cross join lateral ({above}) a(via)
)
select s.key, e.at as root from start s
left join (select w.key, w.at from walk w where not exists (select from ({above}) a)) e on e.key = s.key
"""


def cycles(kind: Kind, link: Field, every: bool = False) -> str:
    """Settled records that refer to themselves, directly or through others, by the field `link`. `every`: all records were settled."""
    targets = f"unnest(k.{link.name})" if link.type.many else f"unnest(array[k.{link.name}])"
    only = "" if every else f"k.key in (select key from settled_{kind.name}) and "
    return f"""
with recursive up(start, key) as (
  select k.key, target from {kind.name} k, {targets} target where {only}target is not null
  union
  select up.start, target from up join {kind.name} k on k.key = up.key, {targets} target where target is not null
)
select k.id from up join {kind.name} k on k.key = up.start where up.key = up.start
"""
