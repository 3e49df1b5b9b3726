"""Revisions, and counts of withheld records, as SQL expressions that yield their JSON text."""

from __future__ import annotations

from schema.model import withheld_table
from schema.model.kind import Kind
from schema.model.revisions import FILE_UNLESS_WITHHELD, UNLESS_WITHHELD

from ...query.nodes import Revision, Revisions, WithheldRows
from ..text import quote_literal
from .json import array, json_literal, obj, pair
from .scope import Scope, page_size

REVISION_COLUMNS = {
    "id": "r.id::text",
    "recorded_at": """to_json(to_char(r.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text""",
    "kind": "to_json(r.kind)::text",
    "message": "to_json(r.message)::text",
    "author": "to_json(r.author)::text",
    "tool": "to_json(r.tool)::text",
    "rule": "to_json(r.rule)::text",
    "totals_rule": "to_json(r.totals_rule)::text",
    "digest": "to_json(r.digest)::text",  # Where it may be said.
    "counts": "r.counts::text",
    "history_digest": "to_json(coalesce((select encode(d.history, 'hex') from revision_digest d where d.revision = r.id), ''))::text",
}

RECEIPT = ("receipt",)  # Only of a single revision: a receipt may be long, so lists leave it out.

WITHHELD_COLUMNS = {
    **{name: f"w.{name}::text" if name in withheld_table.COUNTS else f"to_json(w.{name})::text" for name in withheld_table.COLUMNS},
    **{name: f"coalesce(to_json(s.{name})::text, 'null')" for name in withheld_table.SOURCE_FIELDS},
}


def withheld(scope: Scope, node: WithheldRows) -> str:
    document = obj(pair(key, WITHHELD_COLUMNS.get(column) or json_literal(column)) for key, column in node.selection)
    counts, described = "withheld w", "source s on s.id = w.source"
    if not scope.at.now:
        counts = "(" + " union all ".join(_withheld_then(scope, kind) for kind in scope.kinds.values()) + ") w"
        branches = scope.record_branches(scope.kinds["source"])
        described = f"lateral ({' union all '.join(f'{branch} and id = w.source' for branch in branches)}) s on true"
    return f"(select {array(document, 'w.source, w.kind')} from {counts} left join {described})"


def _withheld_then(scope: Scope, kind: Kind) -> str:
    """The counts of one kind as of a past revision, from the withheld claims of that time: loads store those of the newest revision only."""
    return f"""
    select c.source, '{kind.name}' collate "C" as kind, sum(c.claims) as claims, count(*) filter (where r.id is null) as records
    from (
      select source, id, count(*) as claims
      from {kind.name}_withheld
      where added_in <= {scope.revision} and (removed_in is null or removed_in > {scope.revision})
      group by source, id
    ) c left join {scope.records(kind)} r on r.id = c.id
    group by c.source"""


def _revision_document(scope: Scope, selection: tuple[tuple[str, str], ...]) -> str:
    columns = {**REVISION_COLUMNS, "digest": _digest(scope), "history_digest": _history_digest(scope), "receipt": _receipt(scope)}
    return obj(pair(key, columns.get(column) or json_literal(column)) for key, column in selection)


def _withholds(scope: Scope) -> str:
    """Whether a revision loaded claims that are, or were, withheld."""
    stored = [
        f"exists (select from {kind.name}_withheld where {column} = r.id)"
        for kind in scope.kinds.values()
        for column in ("added_in", "removed_in")
    ]
    told = [f"coalesce({column} ?| array['withheld', 'taken_back'], false)" for column in ("r.receipt", "r.counts")]
    return f"({' or '.join([*told, *stored])})"


def _history_digest(scope: Scope) -> str:
    """The digest of a revision and of all before it; empty if one of them has withheld claims: whoever guesses them could compute it."""
    withheld = " or ".join(f"exists (select from {kind.name}_withheld where added_in <= r.id)" for kind in scope.kinds.values())
    return f"case when {withheld} then '\"\"' else {REVISION_COLUMNS['history_digest']} end"


def _digest(scope: Scope) -> str:
    return f"case when {_withholds(scope)} then '\"\"' else to_json(r.digest)::text end"


def _receipt(scope: Scope) -> str:
    """The receipt of a revision, without what would identify withheld files."""
    whole, part = (f"array[{', '.join(map(quote_literal, names))}]" for names in (UNLESS_WITHHELD, FILE_UNLESS_WITHHELD))
    files = f"(select jsonb_agg(f - {part}) from jsonb_array_elements(r.receipt -> 'files') f)"
    shown = f"(r.receipt - {whole}) || jsonb_strip_nulls(jsonb_build_object('files', {files}))"
    return f"coalesce((case when {_withholds(scope)} then {shown} else r.receipt end)::text, 'null')"


def revision(scope: Scope, node: Revision) -> str:
    number = scope.revision if node.number is None else scope.bind(node.number, "bigint")
    return f"(select {_revision_document(scope, node.selection)} from revision r where r.id = {number} and r.id <= {scope.revision})"


def revisions(scope: Scope, node: Revisions) -> str:
    before = "" if node.before is None else f" and r.id < {scope.bind(node.before, 'bigint')}"
    newest = f"select * from revision r where r.id <= {scope.revision}{before} order by r.id desc limit {page_size(scope, node.first)}"
    return f"(select {array(_revision_document(scope, node.selection), 'r.id desc')} from ({newest}) r)"
