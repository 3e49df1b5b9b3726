"""The statements that only loads of files need: other loads, fingerprints, the claim about the source itself. Text; no I/O."""

from __future__ import annotations

from collections.abc import Mapping

from schema.model.claim import IDENTITY
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.storage.columns import claim_names

from ..columns import column_list
from ..revision import LOCK_KEY

IS_READ_ONLY = "select current_setting('transaction_read_only')::boolean"
TRY_LOCK = f"select pg_try_advisory_xact_lock({LOCK_KEY})"
OTHER_LOADS = f"""
select coalesce(a.application_name, 'of another role') as application_name, to_char(a.xact_start at time zone 'utc', 'HH24:MI:SS "UTC"') as since
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.objid = {LOCK_KEY} and l.granted
"""
# Whether another collection, such as fixtures, describes the dataset: its description is better than the one we generate.
DESCRIBING_COLLECTION = (
    "select min(c.collection) from source_claim c join source s on s.key = c.record where s.id = $1 and c.collection <> $1"
)

# The revision with a fingerprint ($1), if nothing of its dataset can have changed since. That is so if every later revision names another
# collection in its receipt (fixtures, undos, private loads and loads that withhold claims name none), and if the claims of other
# collections about the source itself are unchanged.
UNCHANGED_LOAD = """
select r.id, r.receipt::text as receipt
from revision r
where r.receipt ->> 'recipe' = $1
  and not exists (
    select from revision l where l.id > r.id and (l.receipt ->> 'collection' <> r.receipt ->> 'collection') is not true
  )
  and not exists (
    select from source s
    join (
      select record, collection, added_in as moved_in from source_claim
      union all
      select record, collection, removed_in from source_claim_history
    ) c on c.record = s.key
    where s.id = r.receipt ->> 'collection' and c.collection <> s.id and c.moved_in > r.id
  )
"""

# Of the collections $1, those whose latest load was of a folder: its receipt names files with their folder. The receipt of a load of files
# names files without one and, in most cases, the collection that they were loaded as.
FOLDER_COLLECTIONS = """
select name from (
  select distinct on (name) name, folder from (
    select split_part(f ->> 'file', '/', 1) as name, r.id, true as folder
    from revision r cross join lateral jsonb_array_elements(r.receipt -> 'files') f where f ->> 'file' like '%/%'
    union all
    select receipt ->> 'collection', id, false from revision
  ) loads
  where name = any($1) order by name, id desc
) latest where folder order by name
"""


def application_name(what: str, author: str) -> str:
    """The name of a connection that changes facts, shown to those who wait for it; PostgreSQL keeps 63 bytes of it."""
    return f"conflict-facts {what} by {author}"[:63]


def describe_source(kinds: Kinds, fields: Mapping[str, str]) -> str:
    """Stage a claim of a dataset about itself. $1 is its id, $2 its title; the values of `fields` follow."""
    types = {name: "text" if field.type.ref else field.type.sql for name, field in kinds["source"].fields.items()}
    names, values = ", ".join(fields), ", ".join(f"${n}::text::{types[name]}" for n, name in enumerate(fields, 3))
    return f"insert into stage_source (id, source, collection, title, {names}) values ($1, $1, $1, $2, {values})"


def revised_source(field: str) -> str:
    """The source that a dataset ($1) itself says it revises, in this field."""
    return f"""
select r.id from source_claim c
join source s on s.key = c.record and s.key = c.source join source r on r.key = c.{field}
where s.id = $1 and c.collection = $1
"""


def staged_collections(kinds: Kinds) -> str:
    return "\nunion\n".join(f"select distinct collection from stage_{name}" for name in kinds)


def staged_twice(kind: Kind) -> str:
    """The first staged claims that are there twice: the id of their record, source and collection."""
    identity = ", ".join(("id", "collection", *IDENTITY))
    return f"select id, source, collection from stage_{kind.name} group by {identity} having count(*) > 1 order by id limit 5"


def unchanged_collection(kinds: Kinds) -> str:
    """The latest revision whose receipt has the fingerprint $2 of the collection $1, if no claim of the collection has changed since."""
    changed = "\n    union all ".join(
        f"select from {table} where collection = $1 and {column} > r.id"
        for name in kinds
        for table, columns in (
            (f"{name}_claim", ("added_in",)), (f"{name}_claim_history", ("removed_in",)), (f"{name}_withheld", ("added_in", "removed_in")),
        )
        for column in columns
    )  # fmt: skip
    return f"""
select r.id from revision r
where r.receipt -> 'recipes' ->> $1 = $2 and not exists (
    {changed}
)
order by r.id desc limit 1
"""


NUMBERED = "locator like 'record %'"  # Of a claim of a row without an id, whose place is its number in the file.


def count_records(kinds: Kinds, main: str) -> str:
    """How many records of the files are new, and how many others have a claim that changed. $1: revision, $2: collections.

    A record is new if no claim about its main kind existed before; there may be several. They are looked up by locator, one record after
    the other (`offset 0`): the planner does not know yet how many claims the new revision has. A row without an id has only its number as locator, which
    is another one after a row is inserted above it: it is looked up by its record, and has not changed if its claims only moved. To be run under
    `references.BY_INDEX`.
    """
    return f"""
with added as materialized (
  select distinct locator from {main}_claim where added_in = $1 and collection = any($2)
    and locator not like 'first in record %'  -- A claim merged from many records is not a record itself.
    and not ({NUMBERED})
), fresh as materialized (
  select locator, null::bigint as record from added a
  where not exists (
    select from (select collection, added_in from {main}_claim where locator = a.locator offset 0) b where b.collection = any($2) and b.added_in < $1
  ) and locator not in (
    select locator from {main}_claim_history where collection = any($2) and removed_in = $1 and locator is not null
  )
  union
  select locator, record from {main}_claim a  -- Rows of two files may have one number.
  where added_in = $1 and collection = any($2) and {NUMBERED}
    and not exists (select from {main}_claim b where b.record = a.record and b.collection = any($2) and b.added_in < $1)
    and not exists (select from {main}_claim_history b where b.record = a.record and b.collection = any($2) and b.removed_in = $1)
), changed as (
  select locator, record from (
    {_touched(kinds, main)}
  ) touched
  where (record is not null or locator in (select locator from stage_{main})) and not exists (
    select from fresh f where f.locator = touched.locator and (f.record = touched.record) is not false
  )
)
{COUNTED_RECORDS}
"""


def _touched(kinds: Kinds, main: str) -> str:
    """Where the claims stood that a revision added or removed, by locator, or by record for those whose locator is only a number."""
    return "\n    union all ".join(
        [
            f"select locator, null::bigint as record from {table} where {column} = $1 and collection = any($2) and ({NUMBERED}) is not true"
            for name in kinds for table, column in ((f"{name}_claim", "added_in"), (f"{name}_claim_history", "removed_in"))
        ] + [_changed_numbered(kind, kinds[main]) for kind in kinds.values()]
    )  # fmt: skip


# Of the relations `fresh` and `changed`. A locator without a record is a row by itself, unless another claim says what record the row is about.
COUNTED_RECORDS = """
select (select count(*) from fresh) as added, (select count(distinct (locator, record)) from changed where record is not null)
  + (select count(distinct locator) from changed where locator not in (select locator from changed where record is not null)) as changed"""


def record_of_row(kind: Kind, main: Kind, claims: str, key: str) -> str:
    """The record that the row of a claim `c` is about, to tell rows of several files with one number apart: the claim is about it, or one refers to the other.

    `claims` are those about the main kind, which identify their record by the column `key`. Null if none is found. $2: collections.
    """
    if kind is main:
        return f"c.{key}"
    found = [f"c.{field.name}" for field in kind.links if field.type.ref == main.name]
    if linked := ", ".join(f"m.{field.name}" for field in main.links if field.type.ref == kind.name):
        found.append(
            f"(select min(m.{key}) from {claims} m where m.locator = c.locator and m.collection = any($2) and c.{key} in ({linked}))"
        )
    return f"coalesce({', '.join(found)})" if found else "null"


def _changed_numbered(kind: Kind, main: Kind) -> str:
    """The locators of new claims of rows without an id, but not of those that say what a claim before them said in another row."""
    content = [name for name in claim_names(kind) if name not in ("record", "collection", "added_in", *IDENTITY)]
    return f"""select locator, {record_of_row(kind, main, f"{main.name}_claim", "record")} as record from {kind.name}_claim c where added_in = $1 and collection = any($2) and {NUMBERED} and not exists (
      select from {kind.name}_claim_history h where h.record = c.record and h.collection = c.collection and h.removed_in = $1
        and ({column_list(content, "h")}) is not distinct from ({column_list(content, "c")})
    )"""
