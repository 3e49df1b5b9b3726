"""The statements that keep apart what may not be passed on: claims of a source of which anybody says that its terms forbid it.

A withheld claim lies in a table of its own, by ids and not by keys, so that what is shown neither holds it nor leads to it. Text; no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.claim import CLAIM_FIELDS, IDENTITY
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..columns import claim_names, column_list, stage_columns


def anything_withheld(kinds: Kinds, private: bool) -> str:
    """Whether a load has anything to withhold, or to give back."""
    source = kinds["source"]
    there = ["exists (select from withheld)"]
    if not private:
        there += [f"exists (select from {table} where {source.permits} is false)" for table in ("stage_source", "source_claim")]
    return "select " + " or ".join(there)


def create_forbidden(kinds: Kinds, private: bool, replace_collections: bool) -> Iterator[str]:
    """The sources of which somebody says so, in what is staged or will stand beside it. $1 are the collections of the load."""
    yield 'create temp table forbidden (id text collate "C" primary key, key bigint) on commit drop'
    if not private:
        permits = kinds["source"].permits
        yield f"""
insert into forbidden (id, key)
select told.id, s.key from (
  select id from stage_source where {permits} is false and rank is distinct from 'deprecated'
  union
  select s.id from source_claim c join source s on s.key = c.record
  where c.{permits} is false and c.rank <> 'deprecated' and not ({_replaced("c.collection", "s.id", "source", replace_collections)})
  union
  select w.id from source_withheld w
  where w.{permits} is false and w.rank <> 'deprecated' and w.removed_in is null and not ({_replaced("w.collection", "w.id", "source", replace_collections)})
) told left join source s on s.id = told.id
"""


def _replaced(collection: str, id: str, kind: str, replace_collections: bool) -> str:
    """Whether a claim is one of those that the load says anew, or takes back. $1 are its collections."""
    return f"{collection} = any($1)" + ("" if replace_collections else f" and {id} in (select id from stage_{kind})")


def _columns(kind: Kind) -> list[str]:
    """The columns of a withheld claim, as it is staged."""
    return list(stage_columns(kind))


def withdraw(kind: Kind) -> Iterator[tuple[str, str]]:
    """What stood and may not be shown any more goes to what is withheld, with all its past. $1 is the revision.

    The past itself is taken away at the end of the load (`forget`): until then totals are reckoned from it.
    """
    name, columns = kind.name, claim_names(kind)
    others = "" if name != "source" else " and c.record <> c.source"  # What a source says of itself is no content of it.
    yield (
        "marked",
        f"""
create temp table marked_{name} on commit drop as
select c.key, c.record, true as live from {name}_claim c join forbidden f on f.key = c.source{others}
union all
select distinct c.key, c.record, false from {name}_claim_history c join forbidden f on f.key = c.source{others}
""",
    )
    yield "statistics of marked", f"analyze marked_{name}"
    for table, removed in ((f"{name}_claim", "null::bigint"), (f"{name}_claim_history", "c.removed_in")):
        live = str(table == f"{name}_claim").lower()
        yield (
            f"withheld of {table}",
            f"""
insert into {name}_withheld ({column_list(_columns(kind))}, added_in, removed_in)
select {", ".join(_by_id(kind, column, field) for column, field in stage_columns(kind).items())}, c.added_in, {removed}
from {table} c join marked_{name} m on m.key = c.key and m.live = {live}
""",
        )
    yield (
        "past",
        f"""
insert into {name}_claim_history (key, {column_list(columns)}, removed_in, reason)
select c.key, {column_list(columns, "c")}, $1, 'withheld' from {name}_claim c join marked_{name} m on m.key = c.key and m.live
""",
    )
    yield "left", f"delete from {name}_claim c using marked_{name} m where m.live and m.key = c.key"


def _by_id(kind: Kind, name: str, field: Field | None) -> str:
    if name == "id":
        return _id(kind.name, "c.record")
    target = "source" if name == "source" else field.type.ref if field else None
    if target is None:
        return f"c.{name}"
    if field is None or not field.type.many:
        return _id(target, f"c.{name}")
    ids = f"(select array_agg({_id(target, 'u.key')} order by u.place) from unnest(c.{name}) with ordinality u(key, place))"
    return f"coalesce({ids}, '{{}}')" if name in CLAIM_FIELDS else ids


def _id(kind: str, key: str) -> str:
    """The id of a record, also of one that is gone."""
    return f"coalesce((select r.id from {kind} r where r.key = {key}), (select h.id from {kind}_history h where h.key = {key} limit 1))"


def set_aside(kind: Kind, replace_collections: bool) -> Iterator[tuple[str, str]]:
    """What is staged and may not be shown takes the place of what is withheld already, where it differs; see ARGUMENTS."""
    name, columns = kind.name, _columns(kind)
    content = [column for column in columns if column not in ("id", "collection", *IDENTITY)]
    given = {"rank": "coalesce(s.rank, 'normal')", "quoted_from": "coalesce(s.quoted_from, '{}')"}
    shown = ", ".join(f"{given.get(column, f's.{column}')} as {column}" for column in columns)
    aside = f"s.source in (select id from forbidden){_of_others(kind)}"
    scope = "w.collection = any($1)" + ("" if replace_collections else f" and w.id in (select id from scope_{name})")
    if not replace_collections:
        yield "scope", f"create temp table scope_{name} on commit drop as select distinct id, collection from stage_{name}"
        yield "statistics of scope", f"analyze scope_{name}"
    yield "aside", f"create temp table aside_{name} on commit drop as select {shown} from stage_{name} s where {aside}"
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
    yield "removed", f"update {name}_withheld w set removed_in = $1 from apart_{name} a where a.stood = w.key"
    yield (
        "inserted",
        f"insert into {name}_withheld ({column_list(columns)}, added_in) select {column_list(columns)}, $1 from apart_{name} where not gone_",
    )


# What each statement of these three is given as $1.
STATEMENT_ARGUMENTS = {
    "past": ("revision",), "differing": ("collections",), "removed": ("revision",), "inserted": ("revision",), "returned": ("collections",),
    "released": ("revision",),
}  # fmt: skip


def _of_others(kind: Kind) -> str:
    return " and s.id <> s.source" if kind.name == "source" else ""


def _same(left: str, right: str) -> str:
    """Whether two are the same claim, by equality alone, which PostgreSQL can hash."""
    conditions = []
    for name in ("id", "collection", *IDENTITY):
        conditions.append(f"coalesce({left}.{name}::text, '') = coalesce({right}.{name}::text, '')")
        conditions.append(f"({left}.{name} is null) = ({right}.{name} is null)")
    return " and ".join(conditions)


def release(kind: Kind, replace_collections: bool) -> Iterator[tuple[str, str]]:
    """What is withheld and may be shown is staged again, unless the load says it anew or takes it back; see ARGUMENTS."""
    name, columns = kind.name, _columns(kind)
    free = "w.removed_in is null and w.source not in (select id from forbidden)"
    scope = "w.collection = any($1)" + ("" if replace_collections else f" and w.id in (select id from scope_{name})")
    yield (
        "returned",
        f"insert into stage_{name} ({column_list(columns)}, returned) select {column_list(columns)}, true from {name}_withheld w where {free} and not ({scope})",
    )
    yield "released", f"update {name}_withheld w set removed_in = $1 where {free}"


def count_claims(kind: Kind) -> str:
    """What a load did with claims that are withheld. `taken`: they stood where everybody could see them; `returned`: they are staged again."""
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
    """How many records of files are new, and how many of the others are not as they were, as `moved` of loads of files counts those shown."""
    touched = "\n    union all ".join(
        f"select locator from {name}_withheld where {column} = $1 and collection = any($2)"
        for name in kinds
        for column in ("added_in", "removed_in")
    )
    return f"""
with fresh as (
  select w.locator from {main}_withheld w where w.added_in = $1 and w.collection = any($2) and not exists (
    select from {main}_withheld o where o.id = w.id and o.collection = w.collection and o.removed_in = $1
  )
)
select (select count(*) from fresh) as added, count(distinct locator) as changed from (
    {touched}
) touched
where locator in (select locator from aside_{main}) and locator not in (select locator from fresh where locator is not null)
"""


def touch(kind: Kind) -> str:
    """Records that lose a claim are settled anew."""
    return f"insert into touched_{kind.name} select distinct record from marked_{kind.name} where live"


# Receipts show values of records that were odd, or refused; those of what may not be shown any more are taken out.
REDACT_RECEIPTS = """
update revision r set receipt = receipt || '{{"odd": [], "rejections": []}}'
where receipt is not null and id in (select w.added_in from {name}_withheld w where w.source in (select id from forbidden))
"""


def undescribed(kind: Kind) -> str:
    """What claims that this load withholds refer to and nothing describes, shown or withheld."""
    parts = []
    for name, field in stage_columns(kind).items():
        target = "source" if name == "source" else field.type.ref if field else None
        if target:
            ids = f"unnest({name})" if field is not None and field.type.many else name
            parts.append(
                f"select '{target}' as kind, id from (select distinct {ids} as id from apart_{kind.name} where not gone_) named where id is not null\n"
                f"  and not exists (select from {target} r where r.id = named.id)\n"
                f"  and not exists (select from {target}_withheld w where w.id = named.id and w.removed_in is null)"
            )
    return "\nunion\n".join(parts)


def withholding_sources(kind: Kind) -> str:
    """Which of these ids ($1) are of records that are withheld, and by which source."""
    return f"select id, min(source) as source from {kind.name}_withheld where id = any($1) and removed_in is null group by id"
