"""The statements that undo what a revision did to withheld claims. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.claim_table import claim_table
from schema.model.kind import Kind

from ..columns import column_list
from .withdraw import insert_withheld


def effects(kind: Kind) -> str:
    """What revision $1 did to withheld claims about a kind, as one row.

    `added` and `removed`: how many withheld claims; `later`: whether later revisions changed them; `crossed`: whether the revision
    `withheld` public claims or `released` withheld ones, else null.
    """
    name = kind.name
    mine = f"select w.key, w.id, w.added_in, w.removed_in from {name}_withheld w where w.added_in = $1 or w.removed_in = $1"
    receipt = f"(select r.counts -> 'withheld' -> '{name}' from revision r where r.id = $1)"
    return f"""
with mine as ({mine})
select count(*) filter (where added_in = $1) as added, count(*) filter (where removed_in = $1) as removed,
  count(*) filter (where added_in = $1 and removed_in > $1) > 0
    or exists (select from {name}_withheld l where l.added_in > $1 and l.id in (select id from mine where removed_in = $1)) as later,
  case when ({receipt} ->> 'taken')::bigint > 0 then 'withheld' when ({receipt} ->> 'released')::bigint > 0 then 'released' end as crossed
from mine
"""


def undo(kind: Kind) -> Iterator[str]:
    """Remove the withheld claims that revision $1 added, and restore those that it removed, in revision $2."""
    table, columns = f"{kind.name}_withheld", column_list(list(claim_table(kind)))
    yield f"update {table} set removed_in = $2::bigint where added_in = $1 and removed_in is null"
    yield insert_withheld(kind, columns, "$2::bigint", "null::bigint", f"{table} where removed_in = $1")
