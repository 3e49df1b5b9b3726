"""The statements that withhold the claims of a source, if any claim about the source says that its terms forbid redistribution.

Withheld claims are stored in tables of their own, with ids in place of keys, so that public data neither contains them nor refers to
them. Claims that were public before are withheld by withdraw.py. Text; no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.claim import IDENTITY
from schema.model.claim_table import claim_table
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..columns import column_list
from .ended_claims import of_withheld
from .files import COUNTED_RECORDS, NUMBERED, record_of_row
from .row_numbers import keep_withheld_locators
from .withdraw import insert_withheld


def anything_withheld(kinds: Kinds, private: bool) -> str:
    """Whether a load has anything to withhold or to release."""
    source = kinds["source"]
    there = ["exists (select from withheld)"]
    if not private:
        there += [f"exists (select from {table} where {source.permits} is false)" for table in ("stage_source", "source_claim")]
    return "select " + " or ".join(there)


def create_forbidden(kinds: Kinds, private: bool, replace_collections: bool, partial: bool = False) -> Iterator[str]:
    """Create the table of sources whose terms forbid redistribution, by the staged claims and those that stay. $1: the collections.

    `partial`: a record of the files was rejected, which may say what the terms are: all stored claims stay.
    """
    yield 'create temp table forbidden (id text collate "C" primary key, key bigint) on commit drop'
    if not private:
        permits = kinds["source"].permits
        yield f"""
insert into forbidden (id)
select id from (
  select id from stage_source where {permits} is false and rank is distinct from 'deprecated'
  union
  select s.id from source_claim c join source s on s.key = c.record
  where c.{permits} is false and c.rank <> 'deprecated' and not ({_replaced("c.collection", "s.id", "source", replace_collections, partial)})
  union
  select w.id from source_withheld w
  where w.{permits} is false and w.rank <> 'deprecated' and w.removed_in is null and not ({_replaced("w.collection", "w.id", "source", replace_collections, partial)})
) named
"""
    yield "analyze forbidden"
    yield "update forbidden f set key = s.key from source s where s.id = f.id"


def create_freed() -> Iterator[str]:
    """Create the table of sources with withheld claims that may be public again. The counts of withheld claims name all such sources."""
    yield "create temp table freed on commit drop as select distinct source from withheld where source not in (select id from forbidden)"
    yield "analyze freed"


def _replaced(collection: str, id: str, kind: str, replace_collections: bool, partial: bool) -> str:
    """A condition: the load replaces or retracts a claim. $1: its collections."""
    if partial:
        return "false"
    return f"{collection} = any($1)" + ("" if replace_collections else f" and {id} in (select id from stage_{kind})")


def _columns(kind: Kind) -> list[str]:
    """The columns of a withheld claim, which are those of a staged one."""
    return list(claim_table(kind))


def set_aside(kind: Kind, replace_collections: bool, unstated: bool = False, partial: bool = False) -> Iterator[tuple[str, str]]:
    """Move staged claims that must be withheld to the withheld ones, where they differ; for arguments, see STATEMENT_ARGUMENTS.

    `unstated`: it is staged what rows of the files could say and do not; see ended_claims.py.
    `partial`: a record of the files was rejected, which may make any claim that is not staged: none is removed for that.
    """
    name, columns = kind.name, _columns(kind)
    content = [column for column in columns if column not in ("id", "collection", *IDENTITY)]
    defaults = {"rank": "coalesce(s.rank, 'normal')", "quoted_from": "coalesce(s.quoted_from, '{}')"}
    shown = ", ".join(f"{defaults.get(column, f's.{column}')} as {column}" for column in columns)
    aside = f"s.source in (select id from forbidden){_of_others(kind)}"
    scope = "w.collection = any($1)" + ("" if replace_collections else f" and w.id in (select id from scope_{name})")
    if not replace_collections:
        yield "scope", f"create temp table scope_{name} on commit drop as select distinct id, collection from stage_{name}"
        yield "statistics of scope", f"analyze scope_{name}"
    yield "aside", f"create temp table aside_{name} on commit drop as select {shown}, placed_by_reader from stage_{name} s where {aside}"
    yield "located", keep_withheld_locators(kind)
    yield "staged", f"delete from stage_{name} s where {aside}"
    yield "statistics of aside", f"analyze aside_{name}"
    yield (
        "differing",
        f"""
create temp table apart_{name} on commit drop as
select w.key as stood, n.id is null as gone_, {column_list(columns, "n")}
from aside_{name} n full join (
  select * from {name}_withheld w where removed_in is null and w.source in (select id from forbidden) and {scope}
) w on {_same("n", "w")}
where w.key is null or n.id is null or ({column_list(content, "n")}) is distinct from ({column_list(content, "w")})
""",
    )
    if partial:
        yield "retained", f"delete from apart_{name} where gone_"
    yield "statistics of differing", f"analyze apart_{name}"
    if unstated:
        yield "ended", of_withheld(kind)
    yield "removed", f"update {name}_withheld w set removed_in = $1 from apart_{name} a where a.stood = w.key"
    yield (
        "inserted",
        insert_withheld(kind, column_list(columns), "$1::bigint", "null::bigint", f"apart_{name} where not gone_"),
    )


# The argument $1 of each statement of `withdraw`, `set_aside` and `release`, by its name.
STATEMENT_ARGUMENTS = {
    "past": ("revision",), "located": ("collections",), "differing": ("collections",), "ended": ("collections",), "removed": ("revision",), "inserted": ("revision",), "returned": ("collections",),
    "released": ("revision",),
}  # fmt: skip


def _of_others(kind: Kind) -> str:
    return " and s.id <> s.source" if kind.name == "source" else ""


def _same(left: str, right: str) -> str:
    """A condition that two claims have the same identity, by equality alone, which PostgreSQL can hash."""
    conditions = []
    for name in ("id", "collection", *IDENTITY):
        conditions.append(f"coalesce({left}.{name}::text, '') = coalesce({right}.{name}::text, '')")
        conditions.append(f"({left}.{name} is null) = ({right}.{name} is null)")
    return " and ".join(conditions)


def release(kind: Kind, replace_collections: bool, partial: bool = False) -> Iterator[tuple[str, str]]:
    """Stage withheld claims that may be public again, unless the load replaces or retracts them; see STATEMENT_ARGUMENTS."""
    name, columns = kind.name, _columns(kind)
    free = "w.removed_in is null and w.source in (select source from freed)"
    scope = "w.collection = any($1)" + ("" if replace_collections else f" and w.id in (select id from scope_{name})")
    if partial:
        scope += f" and exists (select from stage_{name} s where {_same('s', 'w')})"
    yield (
        "returned",
        f"insert into stage_{name} ({column_list(columns)}, returned) select {column_list(columns)}, true from {name}_withheld w where {free} and not ({scope})",
    )
    yield "released", f"update {name}_withheld w set removed_in = $1 where {free}"


def count_claims(kind: Kind) -> str:
    """What a load did to withheld claims. `taken`: they were public before; `returned`: they are staged to become public again."""
    return f"""
select (select count(*) from apart_{kind.name} where stood is null) as added,
  (select count(*) from apart_{kind.name} where stood is not null and not gone_) as changed,
  (select count(*) from apart_{kind.name} where gone_) as retracted,
  (select count(*) from aside_{kind.name}) as staged,
  (select count(*) from marked_{kind.name} where live) as taken,
  (select count(*) from marked_{kind.name}) as past,
  (select count(*) from stage_{kind.name} where returned) as returned
"""


def count_records(kinds: Kinds, main: str) -> str:
    """How many records of files are new, and how many others changed, among withheld claims; as `count_records` of files.py for public ones."""
    rows = {name: record_of_row(kind, kinds[main], f"{main}_withheld", "id") for name, kind in kinds.items()}
    touched = "\n    union all ".join(
        f"select locator, {record} as record from {name}_withheld c where {column} = $1 and collection = any($2)"
        for name, row in rows.items()
        for column, record in (("added_in", f"case when {NUMBERED} then {row} end"), ("removed_in", "null"))
    )
    return f"""
with fresh as (
  select w.locator, w.id as record from {main}_withheld w where w.added_in = $1 and w.collection = any($2) and not exists (
    select from {main}_withheld o where o.id = w.id and o.collection = w.collection and o.removed_in = $1
  )
), changed as (
  select locator, record from (
    {touched}
  ) touched
  where (record is not null or locator in (select locator from aside_{main})) and not exists (
    select from fresh f where f.locator = touched.locator and (f.record = touched.record) is not false
  )
)
{COUNTED_RECORDS}
"""


def undescribed(kind: Kind) -> str:
    """The records that claims withheld by this load refer to, and that no claim describes, public or withheld."""
    parts = []
    for name, field in claim_table(kind).items():
        target = "source" if name == "source" else field.type.ref if field else None
        if target:
            ids = f"unnest({name})" if field is not None and field.type.many else name
            parts.append(
                f"select '{target}' as kind, id from (select distinct {ids} as id from apart_{kind.name} where not gone_) named where id is not null\n"
                f"  and not exists (select from {target} r where r.id = named.id)\n"
                f"  and not exists (select from {target}_withheld w where w.id = named.id and w.removed_in is null)"
            )
    return "\nunion\n".join(parts)


def contradictory(kind: Kind) -> str:
    """The same select as `contradictory` in checks.py, of withheld claims, one of which this load, $1, withholds."""
    says = ", ".join(f"('{field.name}', {field.name}::text)" for field in kind.told)
    return f"""
with said as (
  select id, source, field, value, bool_or(added_in = $1) as new,
    (array_agg(concat_ws(', ', collection, locator) order by (added_in = $1) desc, key))[1] as place
  from {kind.name}_withheld cross join lateral (values {says}) told_(field, value)
  where removed_in is null and rank <> 'deprecated' and value is not null and id in (select id from apart_{kind.name} where not gone_)
  group by id, source, field, value
)
select id, field, source, one.value as one, other.value as other, one.place as first, other.place as second
from said one join said other using (id, source, field) where one.value < other.value and (one.new or other.new)
"""


def withholding_sources(kind: Kind) -> str:
    """Of the ids $1, those that withheld claims describe, each with the first source of such a claim."""
    return f"select id, min(source) as source from {kind.name}_withheld where id = any($1) and removed_in is null group by id"
