"""The statements of an undo: find what a revision did to claims and what changed since, and restore the claims. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.claim import IDENTITY
from schema.model.kind import Kind
from schema.storage.columns import claim_names

from ..columns import column_list
from .digests import claim_digest, record_id
from .merge import insert_claims, same_claim
from .references import Reference

MAX_CLAIMS_FOLLOWED = 1000  # Claims of a kind whose later changes are looked up.
IDENTIFIED = ["record", "collection", *IDENTITY]


def changeable_columns(kind: Kind) -> list[str]:
    """The columns in which a claim may change without becoming another claim."""
    return [column for column in claim_names(kind) if column not in ("added_in", *IDENTIFIED)]


def create_undone(kind: Kind) -> Iterator[str]:
    """Create tables of the claims before revision $1 and after it, and of each claim that it touched, with its present key.

    `stood`: it existed before; `changed`: it is neither as before nor as after; `standing`: it is not as before.
    """
    name, columns = f"{kind.name}_claim", column_list(["key", *claim_names(kind)])
    yield f"""
create temp table before_{kind.name} on commit drop as select {columns} from {name}_history where removed_in = $1
"""
    yield f"""
create temp table after_{kind.name} on commit drop as
select {columns} from {name} where added_in = $1 union all select {columns} from {name}_history where added_in = $1
"""
    yield f"analyze before_{kind.name}"
    yield f"analyze after_{kind.name}"
    identified = column_list(["key", *IDENTIFIED])
    yield f"""
create temp table undone_{kind.name} on commit drop as
select u.*, b.key is not null as stood, l.key as live,
  {_differ(kind, "a", "l")} and {_differ(kind, "b", "l")} as changed, {_differ(kind, "b", "l")} as standing
from (select {identified} from before_{kind.name} union select {identified} from after_{kind.name}) u
left join before_{kind.name} b on b.key = u.key
left join after_{kind.name} a on a.key = u.key
left join {name} l on {same_claim("l", "u")}
"""
    yield f"analyze undone_{kind.name}"


def _differ(kind: Kind, left: str, right: str) -> str:
    names = changeable_columns(kind)
    return f"(({left}.key is null) <> ({right}.key is null) or ({column_list(names, left)}) is distinct from ({column_list(names, right)}))"


def count_undone(kind: Kind) -> str:
    return f"select count(*) from undone_{kind.name}"


def count_changed(kind: Kind) -> str:
    """How many claims are neither as before the revision nor as after it (`changed`), and how many are not as before it (`standing`)."""
    return f"select count(*) filter (where changed) as changed, count(*) filter (where standing) as standing from undone_{kind.name}"


CHANGED_CLAIMS = f"select * from undone_{{kind}} where changed order by key limit {MAX_CLAIMS_FOLLOWED}"
CLAIMS_BY_KEY = "select * from {kind}_claim where key = any($2)"
PAST_CLAIMS_BY_RECORD = "select * from {kind}_claim_history where record = any($2)"
LATER_UNDOS = "select id, (receipt ->> 'undone')::bigint as undone from revision where kind = 'undo' and id > $1"


def versions(kind: Kind, which: str) -> str:
    """The versions of some claims just before revision $1 and since: number of the claim, id of its record, and a digest of its content.

    `which` is one of the three selects above; $2 are keys of claims or records.
    """
    name = f"{kind.name}_claim"
    identified = column_list(IDENTIFIED)
    says = f"md5(row({column_list(changeable_columns(kind), 'v')})::text) as says"
    versions_ = "\n  union all\n".join(
        f"  select c.number, c.record, v.added_in, {until} as removed_in, {says} from c join {table} v on {same_claim('v', 'c')}"
        for table, until in ((name, "null::bigint"), (f"{name}_history", "v.removed_in"))
    )
    return f"""
with c as (
  select row_number() over () as number, {identified} from (select distinct {identified} from ({which.format(kind=kind.name)}) w) d
), v as (
{versions_}
)
select v.number, v.added_in, v.removed_in, v.says, v.record,
  coalesce((select id from {kind.name} where key = v.record), (select id from {kind.name}_history where key = v.record limit 1)) as id
from v where v.removed_in is null or v.removed_in >= $1
order by v.number
"""


def restore_claims(kind: Kind) -> Iterator[tuple[str, str]]:
    """Name and text, in order, of each statement that restores the claims. $1 is the new revision."""
    name, columns, changing = f"{kind.name}_claim", claim_names(kind), changeable_columns(kind)
    yield (
        "kept",
        f"""
insert into {name}_history (key, {column_list(columns)}, digest, removed_in, reason)
select l.key, {column_list(columns, "l")}, l.digest, $1, 'undone' from {name} l join undone_{kind.name} u on u.live = l.key where u.standing
""",
    )
    yield "gone", f"delete from {name} l using undone_{kind.name} u where u.live = l.key and not u.stood and u.standing"
    yield (
        "changed",
        f"""
update {name} l set {", ".join(f"{column} = b.{column}" for column in changing)}, added_in = b.added_in, digest = {claim_digest(kind, "b")}
from (
  select u.live as key, {column_list(columns[:-1], "b")}, $1::bigint as added_in
  from undone_{kind.name} u join before_{kind.name} b on b.key = u.key where u.standing
) b where l.key = b.key
""",
    )
    yield (
        "added",
        f"""
{insert_claims(kind, column_list(columns[:-1], "b"), f"before_{kind.name} b join undone_{kind.name} u on u.key = b.key where u.live is null", record_id(kind.name, "b.record"), "b.key")}
""",
    )


def create_touched(kind: Kind) -> Iterator[str]:
    """Create the tables that settling reads: the records of these claims, and the keys of the records that are restored."""
    yield f"create temp table touched_{kind.name} on commit drop as select distinct record from undone_{kind.name} where standing"
    yield f"analyze touched_{kind.name}"
    yield f"""
create temp table keys_{kind.name} on commit drop as
select distinct h.id, h.key from {kind.name}_history h join touched_{kind.name} t on t.record = h.key
where exists (select from {kind.name}_claim c where c.record = h.key)
"""
    yield f"analyze keys_{kind.name}"


def create_gone(kind: Kind) -> Iterator[str]:
    """Create the table of the records that this undo leaves without claims."""
    name = kind.name
    yield f"""
create temp table gone_{name} on commit drop as
select k.key, k.id from touched_{name} t left join {name}_claim c on c.record = t.record join {name} k on k.key = t.record where c.key is null
"""
    yield f"analyze gone_{name}"


def count_gone(kind: Kind) -> str:
    return f"select count(*) from gone_{kind.name}"


def references_to_gone(kind: Kind, reference: Reference, by_index: bool) -> str:
    """Claims that this undo leaves as they are, and that refer to records of `kind` without claims.

    Each with its key, kind, id and field, and the id and key of the record.
    """
    other = reference.kind.name
    undone = f"select coalesce(live, key) from undone_{other} where stood and standing"
    return f"""
select distinct {_described(reference)}, g.id as gone, g.key as record, false as back
from {reference.claims(f"gone_{kind.name}", by_index)}
where c.key not in ({undone})
limit {MAX_CLAIMS_FOLLOWED}
"""


def restored_references(kind: Kind, reference: Reference) -> str:
    """The same for claims that this undo restores, and for records of `kind` that have no claims since a later revision (`back`)."""
    value = f"unnest(c.{reference.column})" if reference.many else f"c.{reference.column}"
    return f"""
select distinct {_described(reference)}, k.id as gone, k.key as record, true as back
from undone_{reference.kind.name} u join {reference.kind.name}_claim c on c.key = coalesce(u.live, u.key)
cross join lateral (select {value} as key) r
cross join lateral (select id, key from {kind.name}_history h where h.key = r.key limit 1) k
where u.stood and u.standing and not exists (select from {kind.name}_claim t where t.record = r.key)
limit {MAX_CLAIMS_FOLLOWED}
"""


def _described(reference: Reference) -> str:
    other = reference.kind.name
    id = f"coalesce((select id from {other} where key = c.record), (select id from {other}_history where key = c.record limit 1))"
    return f"'{other}' as kind, {id} as id, '{reference.column}' as field, c.key as claim"
