"""The statements that follow references of a kind to itself to their end, the root, and find cycles. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.field import Field
from schema.model.kind import Kind
from schema.storage.columns import live_names

from ..columns import column_list


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
    """Find the roots of records that have the root of another. Only these are walked: few in a large load, and none in most loads."""
    name, columns = kind.name, [column for column in live_names(kind) if column not in ("root", "added_in")]
    via, shares = next_towards_root(kind, "n"), shares_root(kind, "n")
    yield (
        "all roots",
        f"""
create temp table roots on commit drop as
with recursive every as (
  select key, {via} as via from settled_{name} n where {shares}
  union all
  select key, {via} from {name} n where {shares} and key not in (select key from settled_{name})
), walk(key, root) as (
  select key, via from every where via not in (select key from every)
  union all
  select e.key, w.root from every e join walk w on e.via = w.key
)
select e.key, w.root from every e left join walk w on w.key = e.key
""",
    )
    yield "roots", f"update settled_{name} n set root = r.root from roots r where r.key = n.key and r.root is not null"
    yield (
        "moved roots",
        f"""
insert into settled_{name} (key, {column_list(columns)}, root)
select l.key, {column_list(columns, "l")}, r.root from {name} l join roots r on r.key = l.key
where l.root is distinct from r.root and l.key not in (select record from touched_{name})
""",
    )


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
