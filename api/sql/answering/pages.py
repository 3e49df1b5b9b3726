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
from .json import JoinedSql, Literal, array, json_literal, obj, pair, string
from .list_rows import ListSql, has_part
from .page_rows import PageSql
from .records import COMPILERS, RowSql
from .rest_provenance import sources_of_page
from .scope import Scope


def page(scope: Scope, node: Page, parent: RowSql | None) -> str:
    """A page of records: of those that refer to `parent`, if the list is below a record."""
    if node.cursor is not None:
        scope = scope.as_of(At(revision=node.cursor.revision, walk=not node.cursor.named))
    alias = scope.alias(node.kind.name)
    rows = PageSql(scope, node, alias, parent)
    if parent is None and rows.numbered and not node.backward:
        size = f"`first: {{}}` of `{node.key}`" if scope.graphql else "`limit={}`"
        rows = replace(rows, scope=replace(scope, texts=scope.texts.of_page(f"{alias}.n", size)))
    if parent and rows.packed_column and rows.unconditional and not scope.at.now:
        return f"case when {parent.packed_unchanged} then {list_page(replace(rows, use_packed=True))} else {list_page(rows)} end"
    return list_page(rows)


def list_page(page: ListSql) -> str:
    """A page of any list."""
    joined = page.evidence_join if isinstance(page, PageSql) else ""  # Made first, since the parts refer to it.
    parts = page.page.parts
    if not (page.numbered or joined or has_part(parts, Edges)) and sum(isinstance(part, Nodes) for part in parts) == 1:
        return f"({obj(pair(part.key, _part_beside_others(page, part)) for part in parts)})"
    reads_rows, members = page.numbered or has_part(parts, Nodes, Edges), _parts(page, parts)
    return f"(select {members} from ({page.rows()}) {page.alias}{joined})" if reads_rows else f"({members})"


def _part_beside_others(page: ListSql, part: Node) -> str:
    """A part of a page of which only the nodes read rows. They are made as an array, which is faster than an aggregate."""
    if not isinstance(part, Nodes):
        return PART_COMPILERS[type(part)](page, part)
    document = page.document(part.selection)
    return JoinedSql([Literal("["), f"array_to_string(array(select {document} from ({page.rows()}) {page.alias}), ',')", Literal("]")])


def _parts(page: ListSql, parts: tuple[Node, ...]) -> JoinedSql:
    return obj(pair(part.key, PART_COMPILERS[type(part)](page, part)) for part in parts)


def _page_info(page: ListSql, node: PageInfo) -> str:
    return _parts(page, node.parts)


def _nodes(page: ListSql, node: Nodes) -> str:
    return array(page.document(node.selection), condition=page.on_page)


def _sources(page: ListSql, node: EvidenceSources) -> str:
    assert isinstance(page, PageSql)
    scope = replace(page.scope, texts=replace(page.scope.texts, row=""))  # They are of all rows.
    return sources_of_page(scope, node, page.row.evidence, page.on_page)


def _edges(page: ListSql, node: Edges) -> str:
    parts = []
    for part in node.nodes:
        if isinstance(part, RowCursor):
            parts.append(pair(part.key, string(page.cursor(str))))
        elif isinstance(part, Nodes):
            parts.append(pair(part.key, page.document(part.selection)))
        elif isinstance(part, Constant):
            parts.append(pair(part.key, json_literal(f'"{part.text}"')))
    return array(obj(parts), condition=page.on_page)


def _has_next_page(page: ListSql, node: HasNextPage) -> str:
    return _starts_at_cursor(page) if page.page.backward else page.has_more


def _has_previous_page(page: ListSql, node: HasPreviousPage) -> str:
    return page.has_more if page.page.backward else _starts_at_cursor(page)


def _starts_at_cursor(page: ListSql) -> str:
    return json_literal(str(page.page.cursor is not None).lower())


def _end_cursor(page: ListSql, node: EndCursor) -> str:
    return f"case when count(*) > 0 then {string(_cursor_of_end(page, node.start))} else 'null' end"


def _cursor_of_end(page: ListSql, start: bool) -> str:
    """The cursor of the first or the last row of the page, encoded once from the aggregated values of that row."""
    return page.cursor(lambda value: f"(array_agg({value}))[{page.end(start)}]")


def _next_page_url(page: ListSql, node: NextPageUrl) -> str:
    before, _, behind = node.address.partition("{id}")
    parent = page.parent if isinstance(page, PageSql) else None
    parent_id = [f"{parent.alias}.id"] if parent and "{id}" in node.address else []
    pieces: list[str] = [Literal(behind)]
    if node.query:
        start = behind.removesuffix("after=")
        pieces = [Literal(start), page.scope.bind(node.query, "text"), Literal(behind[len(start) :])]
    address = JoinedSql([Literal(before), *parent_id, *pieces])
    return f"case when count(*) > {page.size} then {string(JoinedSql([address, _cursor_of_end(page, False)]))} else 'null' end"


def _total_count(page: ListSql, node: TotalCount) -> str:
    return page.total()


def _constant(page: ListSql, node: Constant) -> str:
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
