"""The statements that end the claims which a row made before, and for which it has no value any more. Text; no I/O."""

from __future__ import annotations

from schema.model.kind import Kind
from schema.storage.columns import claim_names

from ..columns import column_list


def create_unstated(kind: Kind) -> str:
    """Create the table of what rows of the files could have said and do not: the id of a record, and the locator that its claim would have."""
    return f"create temp table unstated_{kind.name} (id text, locator text) on commit drop"


def has_withheld(kind: Kind) -> str:
    """Whether claims about records of a kind are withheld that the collections $1 make."""
    return f"select exists (select from {kind.name}_withheld where removed_in is null and collection = any($1))"


def of_withheld(kind: Kind) -> str:
    """Let the withheld claims of the collections $1 end that the same rows made, and that no row of the files makes any more: the load sets them apart."""
    name = kind.name
    return f"""
insert into apart_{name} (stood, gone_)
select distinct w.key, true from unstated_{name} u join {name}_withheld w on w.id = u.id and w.locator = u.locator
where w.removed_in is null and w.collection = any($1) and w.source in (select id from forbidden)
  and not exists (select from aside_{name} n where n.id = u.id) and not exists (select from apart_{name} a where a.stood = w.key)
"""


def ended(kind: Kind) -> str:
    """List the claims that the same rows made, and that no row of the files makes any more, with the record's `id` and number; `of_collections` follows."""
    number = f"r.{kind.totals.best}::text" if kind.totals else "null::text"
    return f"""
analyze unstated_{kind.name};
create temp table ended_{kind.name} on commit drop as
select distinct c.key, c.record, u.id, u.locator, {number} as number
from unstated_{kind.name} u join {kind.name} r on r.id = u.id join {kind.name}_claim c on c.record = r.key and c.locator = u.locator
where not exists (select from stage_{kind.name} s where s.id = u.id)
"""


def of_collections(kind: Kind) -> str:
    """Keep those of the collections $1."""
    return f"delete from ended_{kind.name} e using {kind.name}_claim c where c.key = e.key and c.collection <> all($1)"


def move(kind: Kind) -> tuple[str, ...]:
    """Move these claims to the history. The first statement has two arguments, the revision and the reason."""
    name, columns = f"{kind.name}_claim", column_list(claim_names(kind))
    of_claims = column_list(claim_names(kind), "c")
    return (
        f"""
insert into {name}_history (key, {columns}, digest, removed_in, reason)
select c.key, {of_claims}, c.digest, $1, $2 from {name} c join ended_{kind.name} e on e.key = c.key
""",
        f"delete from {name} c using ended_{kind.name} e where e.key = c.key",
        f"insert into touched_{kind.name} select distinct record from ended_{kind.name}",
    )


def listed(kind: Kind) -> str:
    """The first $1 ended claims, and the number of all: `id`, `locator`, `number`, `claims`."""
    return f"select id, locator, number, count(*) over () as claims from ended_{kind.name} order by id limit $1"
