"""Pages of records, single records, revisions; and the one statement that answers a query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from schema.kind import Kinds

from ..query import (
    EVERYTHING,
    After,
    At,
    Constant,
    Edges,
    EndCursor,
    Group,
    More,
    Next,
    Node,
    Nodes,
    Page,
    Query,
    Record,
    Revision,
    Revisions,
    RowCursor,
    Snapshot,
    Total,
    Totals,
)
from . import columns
from .base import CURRENT, Scope, array, obj, pair, quoted
from .conditions import after, order_by, search, sort_key, where
from .documents import Row
from .totals import totals

UNHURRIED = "set local statement_timeout = 0"  # A whole list takes as long as its reader takes.


@dataclass(frozen=True)
class Statement:
    """SQL with its arguments. Its first column is the current revision, its second that of the answer, then one a root."""

    text: str
    arguments: tuple[object, ...]


def statement(kinds: Kinds, query: Query, current: int | None = None) -> Statement:
    """The one statement that answers every root field of a query, from one state of the database."""
    scope = Scope(kinds, query.graphql, current=current).as_of(query.at)
    roots = [ROOTS[type(node)](scope, node) for node in query.roots]
    listed = ",\n  ".join([f"{CURRENT} as current", f"{scope.revision} as revision", *roots])
    return Statement(f"select\n  {listed}", tuple(scope.arguments))


def rows(kinds: Kinds, page: Page, selection: tuple[Node, ...], at: At, limit: int | None = None) -> Statement:
    """Every row of a page's list, or the first of them, as one document each, for streaming."""
    scope = Scope(kinds, graphql=False, at=at)
    row = Row(scope, page.kind, "t")
    shown = row.document(selection)
    condition = _condition(scope, page, "t", None)
    cut = "" if limit is None else f" limit {limit}"
    order = order_by(page.terms, "t")
    text = f"select {shown} from {scope.records(page.kind)} t where {condition} order by {order}{cut}"
    return Statement(text, tuple(scope.arguments))


def revision_at(at: At) -> Statement:
    """The newest revision, and the one that `at` means."""
    scope = Scope(Kinds([]), graphql=False, at=at)
    return Statement(f"select {CURRENT} as current, {scope.revision} as revision", tuple(scope.arguments))


def _record(scope: Scope, node: Record) -> str:
    alias = scope.alias(node.kind.name)
    document = Row(scope, node.kind, alias).document(node.selection)
    return f"(select {document} from {scope.records(node.kind)} {alias} where {alias}.id = {scope.bind(node.id, 'text')})"


def _root_page(scope: Scope, node: Page) -> str:
    return page(scope, node, None)


def page(scope: Scope, node: Page, parent: str | None) -> str:
    """A page of records, of those that refer to `parent` where it hangs on one."""
    if node.after is not None:
        scope = scope.as_of(At(revision=node.after.revision))
    alias = scope.alias(node.kind.name)
    first = str(node.first)  # A number we have checked; bound, the planner would not know that it is small.
    parts = _parts(_PageRow(scope, node, alias, first, parent), node.parts)
    if not _reads_rows(node.parts):
        return f"({parts})"
    return f"(select {parts} from ({_rows(scope, node, alias, parent)}) {alias})"


def _rows(scope: Scope, node: Page, alias: str, parent: str | None) -> str:
    """The rows of the page, numbered, and one more if any follow."""
    order, limit = order_by(node.terms, alias), f"limit {node.first + 1}"
    numbered = f"select {alias}.*, row_number() over (order by {order}) as n from"
    if scope.at.now:
        return f"{numbered} {node.kind.name} {alias} where {_condition(scope, node, alias, parent)} order by {order} {limit}"
    # Each branch is ordered and cut by itself; over the bare union the planner would sort all of history.
    branches = (
        f"(select * from ({branch}) {alias} where {_condition(scope, node, alias, parent)} order by {order} {limit})"
        for branch in scope.branches(node.kind.name, columns.live(node.kind))
    )
    return f"{numbered} ({' union all '.join(branches)}) {alias} order by {order} {limit}"


def _condition(scope: Scope, node: Page, alias: str, parent: str | None) -> str:
    parts = []
    if node.reverse is not None and parent is not None:
        parts.append(f"{alias}.{node.reverse.field.name} = {parent}.key")
    if node.where != EVERYTHING:
        parts.append(where(scope, node.kind, node.where, alias))
    if node.search is not None:
        parts.append(search(scope, node.search, alias))
    if node.after is not None:
        parts.append(after(scope, node.terms, node.after, alias))
    return " and ".join(parts) or "true"


@dataclass(frozen=True)
class _PageRow:
    """What the parts of a page are made from."""

    scope: Scope
    page: Page
    alias: str
    first: str
    parent: str | None

    @property
    def on_page(self) -> str:
        return f"{self.alias}.n <= {self.first}"

    @property
    def cursor(self) -> str:
        """The cursor of a row: the order, the revision, and the row's values in that order; base64url of a JSON array."""
        values = ", ".join(sort_key(term.field, self.alias) for term in self.page.terms)
        packed = f"json_build_array({quoted(order_name(self.page))}, {self.scope.revision}, {values})::text"
        return f"translate(encode(convert_to({packed}, 'UTF8'), 'base64'), E'+/=\\n', '-_')"


def order_name(page: Page) -> str:
    """The order of a page as REST writes it; a cursor of another order is refused."""
    return ",".join(("-" if term.descending else "") + (term.field.name if term.field else "id") for term in page.terms)


def _parts(row: _PageRow, parts: tuple[Node, ...]) -> str:
    return obj(pair(part.key, PARTS[type(part)](row, part)) for part in parts)


def _reads_rows(parts: tuple[Node, ...]) -> bool:
    """Whether any part is made from the rows of the page; without one there is nothing to group them."""
    return any(_reads_rows(part.parts) if isinstance(part, Group) else not isinstance(part, (Total, After, Constant)) for part in parts)


def _group(row: _PageRow, node: Group) -> str:
    return _parts(row, node.parts)


def _nodes(row: _PageRow, node: Nodes) -> str:
    document = Row(row.scope, row.page.kind, row.alias).document(node.selection)
    return array(document, f"{row.alias}.n", row.on_page)


def _edges(row: _PageRow, node: Edges) -> str:
    record = Row(row.scope, row.page.kind, row.alias)
    parts = []
    for one in node.nodes:
        if isinstance(one, RowCursor):
            parts.append(pair(one.key, f"'\"' || {row.cursor} || '\"'"))
        elif isinstance(one, Nodes):
            parts.append(pair(one.key, record.document(one.selection)))
        elif isinstance(one, Constant):
            parts.append(pair(one.key, quoted(f'"{one.text}"')))
    return array(obj(parts), f"{row.alias}.n", row.on_page)


def _more(row: _PageRow, node: More) -> str:
    return f"(count(*) > {row.first})::text"


def _after(row: _PageRow, node: After) -> str:
    return f"'{str(row.page.after is not None).lower()}'"


def _end_cursor(row: _PageRow, node: EndCursor) -> str:
    return f"coalesce('\"' || {_edge_cursor(row, node.start)} || '\"', 'null')"


def _edge_cursor(row: _PageRow, start: bool) -> str:
    return f"(array_agg({row.cursor} order by {row.alias}.n{'' if start else ' desc'}) filter (where {row.on_page}))[1]"


def _next(row: _PageRow, node: Next) -> str:
    parent = f"{row.parent}.id" if row.parent else "''"
    before, _, behind = node.address.partition("{id}")
    address = f"{quoted(before)} || {parent} || {quoted(behind)}" if behind else quoted(before)
    return f"case when count(*) > {row.first} then '\"' || {address} || {_edge_cursor(row, False)} || '\"' else 'null' end"


def _total(row: _PageRow, node: Total) -> str:
    alias = row.scope.alias("counted")
    condition = _condition(row.scope, replace(row.page, after=None), alias, row.parent)
    return f"(select count(*)::text from {row.scope.records(row.page.kind)} {alias} where {condition})"


def _part_constant(row: _PageRow, node: Constant) -> str:
    return quoted(f'"{node.text}"')


REVISION_COLUMNS = {
    "id": "r.id::text",
    "recorded_at": """to_json(to_char(r.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text""",
    "kind": "to_json(r.kind)::text",
    "message": "to_json(r.message)::text",
    "author": "to_json(r.author)::text",
    "tool": "to_json(r.tool)::text",
    "rule": "to_json(r.rule)::text",
    "digest": "to_json(r.digest)::text",
    "counts": "r.counts::text",
}


def _revision_document(selection: tuple[tuple[str, str], ...]) -> str:
    return obj(pair(key, REVISION_COLUMNS.get(column) or quoted(column)) for key, column in selection)


def _revision(scope: Scope, node: Revision) -> str:
    number = scope.revision if node.number is None else scope.bind(node.number, "bigint")
    return f"(select {_revision_document(node.selection)} from revision r where r.id = {number} and r.id <= {scope.revision})"


def _revisions(scope: Scope, node: Revisions) -> str:
    before = "" if node.before is None else f" and r.id < {scope.bind(node.before, 'bigint')}"
    newest = f"select * from revision r where r.id <= {scope.revision}{before} order by r.id desc limit {node.first}"
    return f"(select {array(_revision_document(node.selection), 'r.id desc')} from ({newest}) r)"


def _snapshot(scope: Scope, node: Snapshot) -> str:
    inner = scope.as_of(node.at)
    return obj(pair(root.key, f"coalesce({ROOTS[type(root)](inner, root)}, 'null')") for root in node.roots)


def _root_constant(scope: Scope, node: Constant) -> str:
    return quoted(f'"{node.text}"')


PARTS: dict[type[Node], Callable[..., str]] = {
    Nodes: _nodes,
    Edges: _edges,
    More: _more,
    After: _after,
    EndCursor: _end_cursor,
    Next: _next,
    Total: _total,
    Group: _group,
    Constant: _part_constant,
}
ROOTS: dict[type[Node], Callable[..., str]] = {
    Record: _record,
    Page: _root_page,
    Totals: totals,
    Revision: _revision,
    Revisions: _revisions,
    Snapshot: _snapshot,
    Constant: _root_constant,
}
