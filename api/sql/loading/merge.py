"""The statements that stage claims, compare them with the database, and write only the differences. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.claim import IDENTITY
from schema.model.claim_table import claim_table
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.storage.columns import claim_names

from ..columns import column_list
from .digests import claim_digest
from .keys import claims_with_keys

NEXT_REVISION = "select coalesce(max(id), 0) + 1 from revision"
# A time has milliseconds, because JavaScript's have no more: one that was cut would be before the revision that it was read from. Each revision is at
# least a millisecond later than the last, even if the clock is set back between two. Earlier versions recorded microseconds.
ADD_REVISION = """
insert into revision (id, recorded_at, kind, message, author, tool, rule, totals_rule, digest, counts, receipt)
values (
  $1,
  greatest(date_trunc('milliseconds', clock_timestamp()), (select date_trunc('milliseconds', max(recorded_at)) + interval '1 millisecond' from revision)),
  $2, $3, $4, $5, $6, $7, $8, $9, $10
)
returning recorded_at
"""
NULLABLE_IDENTITY = ("attributed_to", "locator")  # The columns of a claim's identity that may be null.
# For one transaction. Memory is allocated only when needed; hashes and sorts of a large load that exceed it are slow, since they use the disk.
# Most of what a load looks up is in memory, so that an index costs less than PostgreSQL assumes by default.
SESSION_SETTINGS = (
    "set local work_mem = '128MB'; set local maintenance_work_mem = '256MB'; set local jit = off; set local random_page_cost = 1.1"
)
CHECK_FOREIGN_KEYS = "set constraints all immediate"
DEFER_FOREIGN_KEYS = "set constraints all deferred"


def known_ids(kind: Kind) -> str:
    """Of the ids $1, those that the database has, public or withheld."""
    return (
        f"select id from {kind.name} where id = any($1) union select id from {kind.name}_withheld where id = any($1) and removed_in is null"
    )


def create_stage(kind: Kind) -> str:
    """Create the staging table, with claims as in the files.

    `returned`: a claim was withheld, and is staged to become public again. `placed_by_reader`: the reader of files, and nobody else, says where it is.
    """
    columns = ",\n  ".join(f"{name} {_staged_type(field)}" for name, field in claim_table(kind).items())
    others = ",\n  ".join(f"{name} boolean not null default false" for name in ("returned", "placed_by_reader"))
    return f"create temp table stage_{kind.name} (\n  {columns},\n  {others}\n) on commit drop"


def placed_by_reader(kind: Kind) -> str:
    """Mark the claims that are staged from now on."""
    return f"alter table stage_{kind.name} alter placed_by_reader set default true"


def _staged_type(field: Field | None) -> str:
    if field is None or (field.type.ref and not field.type.many):
        return "text"
    return "text[]" if field.type.ref else field.type.sql


def same_claim(left: str, right: str) -> str:
    """A condition that two claims have the same identity, by equality alone, which PostgreSQL can hash. Null and empty text differ."""
    conditions = []
    for name in ("record", "collection", *IDENTITY):
        if name in NULLABLE_IDENTITY:
            conditions.append(f"coalesce({left}.{name}, '') = coalesce({right}.{name}, '')")
            conditions.append(f"({left}.{name} is null) = ({right}.{name} is null)")
        else:
            conditions.append(f"{left}.{name} = {right}.{name}")
    return " and ".join(conditions)


def loaded_collections(kinds: Kinds) -> str:
    """The collections that have claims. Steps from each to the next by index, since collections are few and claims are many."""
    return "\nunion\n".join(
        f"""(
with recursive each(collection) as (
  (select collection from {table} where {stands} order by collection limit 1)
  union all
  select (select c.collection from {table} c where c.collection > each.collection and {stands} order by c.collection limit 1)
  from each where each.collection is not null
)
select collection from each where collection is not null
)"""
        for kind in kinds
        for table, stands in ((f"{kind}_claim", "true"), (f"{kind}_withheld", "removed_in is null"))
    )


def analyze(table: str) -> str:
    """Update statistics after a large load has written to a table; without them, its next steps and the first queries get slow plans."""
    return f"analyze {table}"


def count_staged(kind: Kind) -> str:
    return f"select count(*) from stage_{kind.name}"


def count_claims(kind: Kind) -> str:
    """How many claims the collections $1 have about records of a kind."""
    return f"select count(*) from {kind.name}_claim where collection = any($1)"


def has_claims(kind: Kind) -> str:
    """Whether the collections $1 have claims about records of a kind."""
    return f"select exists (select from {kind.name}_claim where collection = any($1))"


def merge(
    kind: Kind, staged: int, has_claims: bool, replace_collections: bool, every: bool = False, partial: bool = False
) -> Iterator[tuple[str, str]]:
    """Name and text of each statement, in order, for a number of staged claims.

    `has_claims`: the collections have claims, with which the staged ones are compared.

    `every`: all records will be settled, so that the touched ones need not be listed.

    `partial`: a record of the files was rejected, which may make any claim that is not staged; see `_retain`.

    Arguments are the revision, the collections, the reason for changes and the reason for removals; see `MERGE_ARGUMENTS`.
    """
    yield "touched", f"create temp table touched_{kind.name} (record bigint) on commit drop"
    if has_claims:
        yield from _move_differences(kind, replace_collections, partial)
    elif staged:
        yield from _add_all(kind, every)
    yield "statistics of touched", f"analyze touched_{kind.name}"


# The statements of a merge that have nothing to do unless "moved" found differences.
OF_DIFFERENCES = ("statistics of moved", "kept", "gone", "changed", "added", "touch")
# The arguments of each statement of a merge, by its name.
MERGE_ARGUMENTS = {"moved": ("collections",), "kept": ("revision", "reason", "gone"), "changed": ("revision",), "added": ("revision",)}


def _add_all(kind: Kind, every: bool) -> Iterator[tuple[str, str]]:
    """Add every staged claim, since there is none to compare with."""
    columns = claim_names(kind)
    yield (
        "added",
        f"""
{insert_claims(kind, column_list(columns[:-1]), f"({claims_with_keys(kind)}) n", id="id_")}
""",
    )
    if not every:
        yield (
            "touch",
            f"insert into touched_{kind.name} select distinct k.key from stage_{kind.name} s join keys_{kind.name} k on k.id = s.id",
        )


def insert_claims(kind: Kind, values: str, rows: str, id: str, key: str = "") -> str:
    """Insert claims with their digests. $1 is the revision; `id` is that of each one's record; `key` is its key, or empty for a new one."""
    columns = claim_names(kind)
    new = f"nextval((select pg_get_serial_sequence('{kind.name}_claim', 'key')))"
    return f"""
insert into {kind.name}_claim (key, {column_list(columns)}, digest)
select n.key, {column_list(columns, "n")}, {claim_digest(kind, "n", "n.id_")} from (
  select {key or new} as key, {values}, $1::bigint as added_in, {id} as id_ from {rows}
) n
"""


def _move_differences(kind: Kind, replace_collections: bool, partial: bool) -> Iterator[tuple[str, str]]:
    """Join the claims of the collections with the staged ones once, store the differences, and apply them."""
    name, columns = f"{kind.name}_claim", claim_names(kind)
    content = [column for column in columns if column not in ("record", "collection", "added_in", *IDENTITY)]
    others = [column for column in columns if column not in ("record", "added_in")]
    yield (
        "moved",
        f"""
create temp table moved_{kind.name} on commit drop as
select c.key as claim_, n.record is null as gone_, coalesce(n.record, c.record) as record, {column_list(others, "n")}, n.id_
from ({claims_with_keys(kind)}) n
full join (select * from {name} where {_scope(kind, replace_collections)}) c on {same_claim("c", "n")}
where c.key is null or n.record is null or ({column_list(content, "c")}) is distinct from ({column_list(content, "n")})
""",
    )
    if partial:
        yield "retained", _retain(kind)
    yield "statistics of moved", f"analyze moved_{kind.name}"
    yield (
        "kept",
        f"""
insert into {name}_history (key, {column_list(columns)}, digest, removed_in, reason)
select c.key, {column_list(columns, "c")}, c.digest, $1, case when m.gone_ then $3 else $2 end from {name} c join moved_{kind.name} m on m.claim_ = c.key
""",
    )
    yield "gone", f"delete from {name} c using moved_{kind.name} m where m.claim_ = c.key and m.gone_"
    yield (
        "changed",
        f"""
update {name} c set {", ".join(f"{column} = m.{column}" for column in content)}, added_in = m.added_in, digest = {claim_digest(kind, "m", "m.id_")}
from (select claim_ as key, {column_list(columns[:-1])}, $1::bigint as added_in, id_ from moved_{kind.name} where not gone_) m where m.key = c.key
""",
    )
    yield (
        "added",
        f"""
{insert_claims(kind, column_list(columns[:-1]), f"moved_{kind.name} where claim_ is null", id="id_")}
""",
    )
    yield "touch", f"insert into touched_{kind.name} select distinct record from moved_{kind.name}"


def _retain(kind: Kind) -> str:
    """Keep the claims that no staged one makes, and list them: that a row cannot be read does not withdraw what it says."""
    return f"""
create temp table retained_{kind.name} on commit drop as select claim_ as key from moved_{kind.name} where gone_;
delete from moved_{kind.name} where gone_
"""


def list_retained(kind: Kind) -> str:
    """The first $1 claims that were kept although no staged one makes them: the `id` of their record, `source` and `locator`."""
    return f"""
select k.id, s.id as source, c.locator
from retained_{kind.name} join {kind.name}_claim c using (key) join keys_{kind.name} k on k.key = c.record join source s on s.key = c.source
order by k.id, s.id, c.locator limit $1
"""


def _scope(kind: Kind, replace_collections: bool) -> str:
    """A condition: the load replaces a claim of the database, or states it again. $1: its collections."""
    if replace_collections:
        return "collection = any($1)"
    staged = f"select k.key from stage_{kind.name} s join keys_{kind.name} k on k.id = s.id where not s.returned"
    return f"collection = any($1) and record in ({staged})"


def count_stored(kind: Kind, replace_collections: bool, partial: bool) -> str:
    """How many claims the collections $1 have after a merge, of those that it compared or added, without retained ones: as many as were staged."""
    retained = f" and key not in (select key from retained_{kind.name})" if partial else ""
    return f"select count(*) from {kind.name}_claim where {_scope(kind, replace_collections)}{retained}"
