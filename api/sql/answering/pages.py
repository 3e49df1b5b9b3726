"""A page of records, of a kind or below a record, as an SQL expression that yields its JSON text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...query.nodes import (
    At,
    Constant,
    Edges,
    EndCursor,
    EvidenceSources,
    HasNextPage,
    HasPreviousPage,
    NextPageUrl,
    Node,
    Nodes,
    Page,
    PageInfo,
    RowCursor,
    TotalCount,
)
from .evidence import sources_of_page
from .json import JoinedSql, Literal, array, json_literal, obj, pair, string
from .page_rows import PageSql, has_part, page_conditions
from .records import COMPILERS, RowSql
from .scope import Scope
from .search import search_branches


def page(scope: Scope, node: Page, parent: RowSql | None) -> str:
    """A page of records: of those that refer to `parent`, if the list is below a record."""
    if node.after is not None:
        scope = scope.as_of(At(revision=node.after.revision, walk=not node.after.named))
    rows = PageSql(scope, node, scope.alias(node.kind.name), parent)
    if parent and rows.packed_column and rows.unconditional and not scope.at.now:
        return f"case when {parent.packed_unchanged} then {_page(replace(rows, use_packed=True))} else {_page(rows)} end"
    return _page(rows)


def _page(page: PageSql) -> str:
    joined = page.evidence_join  # Made first, since the parts refer to it.
    parts, reads_rows = _parts(page, page.page.parts), page.numbered or has_part(page.page.parts, Nodes, Edges)
    return f"(select {parts} from ({page.rows()}) {page.alias}{joined})" if reads_rows else f"({parts})"


def _parts(page: PageSql, parts: tuple[Node, ...]) -> JoinedSql:
    return obj(pair(part.key, PART_COMPILERS[type(part)](page, part)) for part in parts)


def _page_info(page: PageSql, node: PageInfo) -> str:
    return _parts(page, node.parts)


def _nodes(page: PageSql, node: Nodes) -> str:
    return array(page.row.document(node.selection), condition=page.on_page)


def _sources(page: PageSql, node: EvidenceSources) -> str:
    return sources_of_page(page.scope, node, page.row.evidence, page.on_page)


def _edges(page: PageSql, node: Edges) -> str:
    record = RowSql(page.scope, page.page.kind, page.record)
    parts = []
    for part in node.nodes:
        if isinstance(part, RowCursor):
            parts.append(pair(part.key, string(page.cursor(str))))
        elif isinstance(part, Nodes):
            parts.append(pair(part.key, record.document(part.selection)))
        elif isinstance(part, Constant):
            parts.append(pair(part.key, json_literal(f'"{part.text}"')))
    return array(obj(parts), condition=page.on_page)


def _has_next_page(page: PageSql, node: HasNextPage) -> str:
    return f"(count(*) > {page.size})::text"


def _has_previous_page(page: PageSql, node: HasPreviousPage) -> str:
    return json_literal(str(page.page.after is not None).lower())


def _end_cursor(page: PageSql, node: EndCursor) -> str:
    return f"case when count(*) > 0 then {string(_cursor_of_end(page, node.start))} else 'null' end"


def _cursor_of_end(page: PageSql, start: bool) -> str:
    """The cursor of the first or the last row of the page, encoded once from the aggregated values of that row."""
    place = "1" if start else f"least(count(*), {page.size})"
    return page.cursor(lambda value: f"(array_agg({value}))[{place}]")


def _next_page_url(page: PageSql, node: NextPageUrl) -> str:
    before, _, behind = node.address.partition("{id}")
    parent_id = [f"{page.parent.alias}.id"] if page.parent and "{id}" in node.address else []
    pieces: list[str] = [Literal(behind)]
    if node.query:
        start = behind.removesuffix("after=")
        pieces = [Literal(start), page.scope.bind(node.query, "text"), Literal(behind[len(start) :])]
    address = JoinedSql([Literal(before), *parent_id, *pieces])
    return f"case when count(*) > {page.size} then {string(JoinedSql([address, _cursor_of_end(page, False)]))} else 'null' end"


def _total_count(page: PageSql, node: TotalCount) -> str:
    scope, alias, search = page.scope, page.scope.alias("counted"), page.page.search
    found = search_branches(scope, page.page.kind, search, alias, exclusive=True) if search else [""]
    parts = page_conditions(scope, replace(page.page, search=()), alias, page.parent)
    conditions = (" and ".join(filter(None, [*parts, branch])) or "true" for branch in found)
    counts = [f"(select count(*) from {scope.records(page.page.kind)} {alias} where {condition})" for condition in conditions]
    return f"({' + '.join(counts)})::text"


def _constant(page: PageSql, node: Constant) -> str:
    return json_literal(f'"{node.text}"')


PART_COMPILERS: dict[type[Node], Callable[..., str]] = {
    Nodes: _nodes,
    Edges: _edges,
    EvidenceSources: _sources,
    HasNextPage: _has_next_page,
    HasPreviousPage: _has_previous_page,
    EndCursor: _end_cursor,
    NextPageUrl: _next_page_url,
    TotalCount: _total_count,
    PageInfo: _page_info,
    Constant: _constant,
}
COMPILERS[Page] = lambda row, node: page(row.scope, node, row)
