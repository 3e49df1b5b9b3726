"""The statements that withhold claims which were public, and find the records whose past depends on them. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.claim import NEVER_NULL
from schema.model.claim_table import claim_table
from schema.model.field import Field
from schema.model.kind import Kind
from schema.storage.columns import claim_names

from ..columns import column_list
from ..preference import weights
from .digests import record_id, withheld_digest
from .reference_roots import next_towards_root
from .references import BY_ANY_PLAN, BY_INDEX, claims_by_index


def withdraw(kind: Kind) -> Iterator[tuple[str, str]]:
    """Withhold public claims, with their history. $1 is the revision.

    They stay in history until the end of the load (see `purge_history`), because the totals are updated from it.
    """
    yield from _mark(kind)
    name, columns = kind.name, claim_names(kind)
    for table, live, removed in ((f"{name}_claim", "true", "null::bigint"), (f"{name}_claim_history", "false", "c.removed_in")):
        values = ", ".join(f"{_by_id(kind, column, field)} as {column}" for column, field in claim_table(kind).items())
        marked = f"{table} c join marked_{name} m on m.key = c.key and m.live = {live}"
        yield f"withheld of {table}", insert_withheld(kind, values, "c.added_in", removed, marked)
    yield (
        "past",
        f"""
insert into {name}_claim_history (key, {column_list(columns)}, digest, removed_in, reason)
select c.key, {column_list(columns, "c")}, c.digest, $1, 'withheld' from {name}_claim c join marked_{name} m on m.key = c.key and m.live
""",
    )
    yield "left", f"delete from {name}_claim c using marked_{name} m where m.live and m.key = c.key"


def _mark(kind: Kind) -> Iterator[tuple[str, str]]:
    """Find the claims of forbidden sources, live and past, and the records whose past depends on them."""
    name = kind.name
    others = "" if kind is not kind.sources else " where c.record <> c.source"  # A source's claims about itself are not its content.
    now, past = (claims_by_index(f"{name}_claim{table}", "source", False, "f.key") for table in ("", "_history"))
    yield "by index", BY_INDEX
    yield (
        "marked",
        f"""
create temp table marked_{name} on commit drop as
select c.key, c.record, true as live from forbidden f cross join lateral ({now}) c{others}
union all
select distinct c.key, c.record, false from forbidden f cross join lateral ({past}) c{others}
""",
    )
    yield "by any plan", BY_ANY_PLAN
    yield "statistics of marked", f"analyze marked_{name}"
    if kind is kind.sources:
        yield "weighing", _weighing(kind)
    yield "depending", f"create temp table depending_{name} on commit drop as {_depending(kind)}"
    yield "statistics of depending", f"analyze depending_{name}"


def _weighing(sources: Kind) -> str:
    """Create the table of the sources of which a marked claim, live or past, says how much their claims weigh."""
    return f"""
create temp table weighing on commit drop as
select c.record as key from source_claim c join marked_source m on m.key = c.key where num_nonnulls({weights(sources, "c")}) > 0
union
select c.record from source_claim_history c join marked_source m on m.key = c.key where num_nonnulls({weights(sources, "c")}) > 0
"""


def _depending(kind: Kind) -> str:
    """A select of the keys of the records whose past depends on withheld claims.

    These are the records of marked claims, sources whose root such a record decides, and records with claims of sources that now weigh
    something else.
    """
    name = kind.name
    if not kind.root:
        weighed = "\nunion select c.record from {} c where c.source in (select key from weighing)"
        return f"select record as key from marked_{name}" + "".join(
            weighed.format(table) for table in (f"{name}_claim", f"{name}_claim_history")
        )
    via = next_towards_root(kind, "n")
    return f"""
with recursive depending(key) as (
  select record from marked_{name}
  union
  select v.key from (select key, {via} as via from {name} n union all select key, {via} from {name}_history n) v join depending d on v.via = d.key
)
select key from depending"""


def depending(kind: Kind) -> str:
    """A select of the keys of the records of which `withdraw` found that their past depends on withheld claims."""
    return f"select key from depending_{kind.name}"


def _by_id(kind: Kind, name: str, field: Field | None) -> str:
    if name == "id":
        return record_id(kind.name, "c.record")
    target = "source" if name == "source" else field.type.ref if field else None
    if target is None:
        return f"c.{name}"
    if field is None or not field.type.many:
        return record_id(target, f"c.{name}")
    ids = f"(select array_agg({record_id(target, 'u.key')} order by u.place) from unnest(c.{name}) with ordinality u(key, place))"
    return f"coalesce({ids}, '{{}}')" if name in NEVER_NULL else ids


def insert_withheld(kind: Kind, values: str, added_in: str, removed_in: str, rows: str) -> str:
    """Insert withheld claims with their digests."""
    columns = [*claim_table(kind), "added_in", "removed_in"]
    return f"""
insert into {kind.name}_withheld ({column_list(columns)}, digest)
select {column_list(columns, "w")}, {withheld_digest(kind, "w")} from (select {values}, {added_in} as added_in, {removed_in} as removed_in from {rows}) w
"""


def touch(kind: Kind) -> str:
    """Mark the records that lose a claim, now or in the past, so that they are settled again."""
    return f"insert into touched_{kind.name} select key from depending_{kind.name}"


# Receipts quote values of flagged and rejected records; those of loads with claims that are now withheld lose these quotes.
REDACT_RECEIPTS = """
with redacted as (
  update revision r set receipt = receipt || '{{"odd": [], "rejections": []}}'
  where receipt is not null and id in (select w.added_in from {name}_withheld w where w.source in (select id from forbidden))
    and (receipt -> 'odd' <> '[]' or receipt -> 'rejections' <> '[]')
  returning id
)
update revision_digest d set redacted_in = coalesce(redacted_in, $1) from redacted where d.revision = redacted.id
"""
