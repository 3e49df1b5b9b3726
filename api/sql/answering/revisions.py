"""Revisions, and counts of withheld records, as SQL expressions that yield their JSON text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schema.model import withheld_table
from schema.storage.access import SERVED_REVISION_COLUMNS

from ...query.cursors import REVISIONS
from ...query.nodes import Column, Constant, Node, Revision, RevisionList, WithheldRows
from ..columns import column_list
from .json import JoinedSql, array, json_literal, obj, pair
from .list_rows import ListSql
from .pages import list_page
from .scope import Scope

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


def _document(scope: Scope, columns: dict[str, str], alias: str, selection: tuple[Node, ...]) -> JoinedSql:
    """The JSON object of a row with some columns."""
    if scope.graphql:
        columns = {**columns, **{name: f"to_json(upper({alias}.{name}))::text" for name in CODED}}
    return obj(
        pair(node.key, columns[node.name] if isinstance(node, Column) else json_literal(f'"{node.text}"'))
        for node in selection
        if isinstance(node, (Column, Constant))
    )


def withheld(scope: Scope, node: WithheldRows) -> str:
    document = _document(scope, WITHHELD_COLUMNS, "w", node.selection)
    counts, described = "withheld w", "source s on s.id = w.source"
    if not scope.at.now:
        counts = f'(select source collate "C" as source, kind collate "C" as kind, claims, records from withheld_as_of({scope.revision})) w'
        branches = scope.record_branches(scope.kinds["source"])
        described = f"lateral ({' union all '.join(f'{branch} and id = w.source' for branch in branches)}) s on true"
    return f"(select {array(document, 'w.source, w.kind')} from {counts} left join {described})"


def _revision_document(scope: Scope, selection: tuple[Node, ...]) -> JoinedSql:
    return _document(scope, {**REVISION_COLUMNS, **RECEIPT}, "r", selection)


def revision(scope: Scope, node: Revision, item: str = "") -> str:
    """One revision by its number, or by that in a row of numbers, whose alias is `item`."""
    number = f"{item}.number" if item else scope.revision if node.number is None else scope.bind(node.number, "bigint")
    return f"(select {_revision_document(scope, node.selection)} from revision r where r.id = {number} and r.id <= {scope.revision})"


@dataclass(frozen=True)
class RevisionListSql(ListSql):
    """The revisions up to the one that is read, newest first; the alias is `r`."""

    page: RevisionList

    @property
    def order(self) -> str:
        return "r.id desc"

    @property
    def order_name(self) -> str:
        return REVISIONS

    def cursor_values(self, value: Callable[[str], str]) -> list[str]:
        return [f"({value('r.id')})::text"]

    def document(self, selection: tuple[Node, ...]) -> JoinedSql:
        return _revision_document(self.scope, selection)

    def limited(self, size: str) -> str:
        order, conditions = f"r.id{'' if self.page.backward else ' desc'}", [f"r.id <= {self.scope.revision}"]
        if self.page.cursor is not None:
            conditions.append(f"r.id {'>' if self.page.backward else '<'} {self.scope.bind(self.page.cursor.values[0], 'bigint')}")
        columns = column_list([*SERVED_REVISION_COLUMNS], "r")
        return f"select {columns}{self.number(order)} from revision r where {' and '.join(conditions)} order by {order} limit {size}"

    def total(self) -> str:
        return f"(select count(*)::text from revision where id <= {self.scope.revision})"


def revisions(scope: Scope, node: RevisionList) -> str:
    return list_page(RevisionListSql(scope, node, "r"))
