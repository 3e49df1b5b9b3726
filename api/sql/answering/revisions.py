"""Revisions, and counts of withheld records, as SQL expressions that yield their JSON text."""

from __future__ import annotations

from schema.model import withheld_table
from schema.storage.access import SERVED_REVISION_COLUMNS

from ...query.nodes import Revision, Revisions, WithheldRows
from ..columns import column_list
from .json import array, json_literal, obj, pair
from .scope import Scope, page_size

REVISION_COLUMNS = {
    "id": "r.id::text",
    "node_id": """('"revision:' || r.id || '"')""",
    "recorded_at": """to_json(to_char(r.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text""",
    "kind": "to_json(r.kind)::text",
    "message": "to_json(r.message)::text",
    "author": "to_json(r.author)::text",
    "tool": "to_json(r.tool)::text",
    "rule": "to_json(r.rule)::text",
    "totals_rule": "to_json(r.totals_rule)::text",
    "digest": "to_json(shown_digest(r.id))::text",
    # Older versions stored the number of anomalies also of files that are withheld, which could be recognized by it.
    "counts": "(case when r.counts ?| array['withheld', 'taken_back'] then r.counts - 'oddities' else r.counts end)::text",
    "history_digest": "to_json(shown_history_digest(r.id))::text",
}

RECEIPT = {
    "receipt": "coalesce(shown_receipt(r.id)::text, 'null')"
}  # Only of a single revision: a receipt may be long, so lists leave it out.

WITHHELD_COLUMNS = {
    **{name: f"w.{name}::text" if name in withheld_table.COUNTS else f"to_json(w.{name})::text" for name in withheld_table.COLUMNS},
    **{name: f"coalesce(to_json(s.{name})::text, 'null')" for name in withheld_table.SOURCE_FIELDS},
}


CODED = ("kind",)  # The columns with codes, which GraphQL writes in upper case, as enum values.


def _columns(scope: Scope, columns: dict[str, str], alias: str) -> dict[str, str]:
    return {**columns, **{name: f"to_json(upper({alias}.{name}))::text" for name in CODED}} if scope.graphql else columns


def withheld(scope: Scope, node: WithheldRows) -> str:
    columns = _columns(scope, WITHHELD_COLUMNS, "w")
    document = obj(pair(key, columns.get(column) or json_literal(column)) for key, column in node.selection)
    counts, described = "withheld w", "source s on s.id = w.source"
    if not scope.at.now:
        counts = f'(select source collate "C" as source, kind collate "C" as kind, claims, records from withheld_as_of({scope.revision})) w'
        branches = scope.record_branches(scope.kinds["source"])
        described = f"lateral ({' union all '.join(f'{branch} and id = w.source' for branch in branches)}) s on true"
    return f"(select {array(document, 'w.source, w.kind')} from {counts} left join {described})"


def _revision_document(scope: Scope, selection: tuple[tuple[str, str], ...]) -> str:
    columns = _columns(scope, {**REVISION_COLUMNS, **RECEIPT}, "r")
    return obj(pair(key, columns.get(column) or json_literal(column)) for key, column in selection)


def revision(scope: Scope, node: Revision) -> str:
    number = scope.revision if node.number is None else scope.bind(node.number, "bigint")
    return f"(select {_revision_document(scope, node.selection)} from revision r where r.id = {number} and r.id <= {scope.revision})"


def revisions(scope: Scope, node: Revisions) -> str:
    before = "" if node.before is None else f" and r.id < {scope.bind(node.before, 'bigint')}"
    newest = f"select {column_list([*SERVED_REVISION_COLUMNS], 'r')} from revision r where r.id <= {scope.revision}{before} order by r.id desc limit {page_size(scope, node.first)}"
    return f"(select {array(_revision_document(scope, node.selection), 'r.id desc')} from ({newest}) r)"
