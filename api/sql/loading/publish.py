"""The statements that write settled records to the live tables, and the versions that they replace to history. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.storage.columns import live_names

from ..columns import column_list, packed_values
from ..preference import weights


def replace(kind: Kind, renewed: str) -> Iterator[tuple[str, str]]:
    """Copy removed and changed records to history, then delete or update them."""
    name, columns = kind.name, live_names(kind)
    compared = [column for column in columns if column != "added_in"]
    weighs = f", ({weights(kind, 'l')}) is distinct from ({weights(kind, 'n')}) as weighs" if name == "source" else ""
    renew = f" or l.key in ({renewed})" if renewed else ""
    yield (
        "superseded",
        f"""
create temp table superseded_{name} on commit drop as
select l.key, false as gone{weighs}
from {name} l join settled_{name} n on n.key = l.key
where ({column_list(compared, "l")}) is distinct from ({column_list(compared, "n")}){renew}
union all select key, true{", false" if weighs else ""} from removed_{name}
""",
    )
    yield "statistics of superseded", f"analyze superseded_{name}"
    yield (
        "history",
        f"""
insert into {name}_history (key, {column_list(columns)}, removed_in, reason)
select l.key, {column_list(columns, "l")}, $1, case when o.gone then $2 else $3 end from {name} l join superseded_{name} o on o.key = l.key
""",
    )
    yield "removals", f"delete from {name} l using removed_{name} r where r.key = l.key"
    yield (
        "updates",
        f"""
update {name} l set {", ".join(f"{column} = n.{column}" for column in compared if column != "id")}, added_in = $1
from settled_{name} n join superseded_{name} o on o.key = n.key where l.key = n.key
""",
    )


def add(kinds: Kinds, kind: Kind, rows: str, among: str = "") -> Iterator[tuple[str, str]]:
    """Insert new records, the rows `n` of the FROM items `rows`, with copies of their linked records."""
    name, compared = kind.name, [column for column in live_names(kind) if column != "added_in"]
    values, joins = packed_values(kinds, kind, among)
    yield (
        "additions",
        f"""
insert into {name} (key, {column_list([*compared, "added_in", *values])})
select n.key, {column_list(compared, "n")}, {", ".join(["$1", *values.values()])}
from {rows}
{joins}
""",
    )


def repack(kinds: Kinds, kind: Kind) -> Iterator[tuple[str, str]]:
    """Update the copies of linked records in existing records: in those that changed, and in those with a linked record that changed."""
    name, affected = kind.name, []
    for link in kind.packs:
        target = kinds.linked_kind(kind, link).name
        if link in kind.reverses:
            back = kind.reverses[link].field.name
            affected.append(f"select {back} from {target} where key in (select key from settled_{target})")
            affected.append(f"select {back} from {target}_history where removed_in = $1")
        else:
            affected.append(f"select key from {name} where {link} in (select key from settled_{target})")
    union = "\n  union ".join(affected)
    yield "stale", f"create temp table stale_{name} (key bigint primary key) on commit drop"
    yield (
        "stale records",
        f"""
insert into stale_{name}
select key from superseded_{name} where not gone
union
select l.key from {name} l join (
  {union}
) a(key) on a.key = l.key where l.added_in <> $1
""",
    )
    yield "statistics of stale", f"analyze stale_{name}"
    values, joins = packed_values(kinds, kind, f"select key from stale_{name}")
    targets = ", ".join(f"{column} = {value}" for column, value in values.items())
    yield (
        "packs",
        f"""
update {name} l set {targets}
from {name} n join stale_{name} s on s.key = n.key
{joins}
where l.key = n.key
""",
    )
