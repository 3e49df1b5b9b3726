"""Pages of records, single records, revisions; and the one statement that answers a query."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from ...query.bindings import Parameter
from ...query.cursors import order_name
from ...query.nodes import (
    MAX_FIRST,
    NO_CONDITION,
    At,
    Constant,
    Edges,
    EndCursor,
    HasNextPage,
    HasPreviousPage,
    NextPageUrl,
    Node,
    Nodes,
    Order,
    Page,
    PageInfo,
    RowCursor,
    TotalCount,
)
from .. import columns
from .conditions import (
    after,
    order_by,
    search,
    sort_key,
    where,
)
from .json import JoinedSql, Literal, array, json_literal, obj, pair, string
from .records import COMPILERS, RowSql
from .scope import Scope, count

BY_ID = (Order(None),)


def page(scope: Scope, node: Page, parent: RowSql | None) -> str:
    """A page of records, of those that refer to `parent` where it hangs on one."""
    if node.after is not None:
        scope = scope.as_of(At(revision=node.after.revision))
    row = _PageRow(scope, node, scope.alias(node.kind.name), parent)
    if parent and row.held and row.plain and not scope.at.now:
        return f"case when {parent.settled} then {_page(replace(row, whole=True))} else {_page(row)} end"
    return _page(row)


def _page(row: _PageRow) -> str:
    parts = _parts(row, row.page.parts)
    return f"(select {parts} from ({_rows(row)}) {row.alias})" if row.counted or _reads(row.page.parts, Nodes, Edges) else f"({parts})"


@dataclass(frozen=True)
class _PageRow:
    """What the rows and the parts of a page are made from."""

    scope: Scope
    page: Page
    alias: str
    parent: RowSql | None
    whole: bool = False  # Whether what the parent holds is read as it is, though as of the past.

    @cached_property
    def first(self) -> str:
        """How many rows the page has at the most. Bound once, and only where it is asked for."""
        return count(self.scope, self.page.first)

    @property
    def held(self) -> str:
        """The column in which the parent itself holds the records of the list as they are today, if it does."""
        reverse, parent = self.page.reverse, self.parent
        packed = parent is not None and reverse is not None and parent.packed(reverse.name)
        return f"{parent.alias}.{columns.packed_column(reverse.name)}" if packed and parent and reverse else ""

    @property
    def record(self) -> str:
        """What has the columns of a record: the row itself or, where the parent holds it, a value in it."""
        return f"({self.alias}.held)" if self.held and (self.scope.at.now or self.whole) else self.alias

    @property
    def plain(self) -> bool:
        """Whether the page is the first of all records, in the order in which they are held, that of their ids."""
        node = self.page
        return not (self.counted or node.search or node.after) and node.order == BY_ID and node.where == NO_CONDITION

    @property
    def order(self) -> str:
        return order_by(self.page.terms, self.record)

    @property
    def counted(self) -> bool:
        """Whether a part asks for the place of rows on the page, or whether more follow; otherwise they need no numbers."""
        return _reads(self.page.parts, HasNextPage, EndCursor, NextPageUrl)

    @property
    def on_page(self) -> str:
        return f"{self.alias}.n <= {self.first}" if self.counted else ""

    def cursor(self, value: Callable[[str], str]) -> str:
        """A cursor: the order, the revision and, by `value`, a row's values in that order; base64url of a JSON array."""
        known = Literal(f"[{json.dumps(order_name(self.page))},")
        pieces: list[str] = [known, self.scope.revision]
        for term in self.page.terms:
            pieces += [Literal(","), _cursor_text(term, value(sort_key(term.field, self.record)))]
        packed = JoinedSql([*pieces, Literal("]")])
        return f"translate(encode(convert_to({packed}, 'UTF8'), 'base64'), E'+/=\\n', '-_')"


def _cursor_text(term: Order, value: str) -> str:
    """The JSON text of a value that rows are ordered by."""
    type = term.field.type if term.field else None
    if type is None:
        return string(value)
    shown = f"to_json({value})::text" if type.escaped else string(f"({value})::text") if type.quoted else f"({value})::text"
    return f"coalesce({shown}, 'null')"


def _rows(row: _PageRow) -> str:
    """The rows of the page in their order, in which its parts take them; where they are counted, numbered, and one more if any follow."""
    further = " + 1" if row.counted else ""
    if row.held and row.plain and (row.scope.at.now or row.whole):
        return f"select unnest({row.held}[:({row.first})::int]) as held"
    if isinstance(row.page.first, Parameter):  # The planner is told the most that it can be; of those, as they come, the first are taken.
        return f"select * from ({_cut(row, f'{MAX_FIRST}{further}')}) {row.alias} limit {row.first}{further}"
    return _cut(row, f"{row.first}{further}")


def _cut(row: _PageRow, size: str) -> str:
    alias, order, limit = row.alias, row.order, f"limit {size}"
    number = f", row_number() over (order by {order}) as n" if row.counted else ""
    branches = [
        (table, condition)
        for table in _tables(row)
        for condition in _conditions(row)
    ]  # fmt: skip
    if len(branches) == 1:
        return f"select {alias}.*{number} from {branches[0][0]} {alias} where {branches[0][1]} order by {order} {limit}"
    # Each branch is ordered and cut by itself; over the bare union the planner would sort all of it. What one record holds is little.
    by = "" if row.held else f" order by {order} {limit}"
    cut = (f"(select {alias}.* from {table} {alias} where {condition}{by})" for table, condition in branches)
    return f"select {alias}.*{number} from ({' union all '.join(cut)}) {alias} order by {order} {limit}"


def _tables(row: _PageRow) -> list[str]:
    """Where the rows are read from: what the parent holds, the live table or, as of another time, both live table and history."""
    scope, kind = row.scope, row.page.kind
    if scope.at.now:
        return [f"(select unnest({row.held}) as held)" if row.held else kind.name]
    if row.held and row.page.reverse and row.parent:
        then = scope.held(kind, row.parent.alias, f"unnest({row.held})", f"{row.page.reverse.field.name} = {row.parent.alias}.key")
    else:
        then = scope.branches(kind)
    return [f"({branch})" for branch in then]


def _conditions(row: _PageRow) -> list[str]:
    """The conditions on rows of the page: one or, after a cursor, some that exclude one another."""
    node = row.page
    parts = page_conditions(row.scope, node, row.record, None if row.held else row.parent)
    if node.after is None:
        return [" and ".join(parts) or "true"]
    return [" and ".join([*parts, beyond]) for beyond in after(row.scope, node, row.record)]


def page_conditions(scope: Scope, node: Page, alias: str, parent: RowSql | None) -> list[str]:
    """What is asked of every row, on whatever page."""
    parts = []
    if node.reverse is not None and parent is not None:
        parts.append(f"{alias}.{node.reverse.field.name} = {parent.alias}.key")
    if node.where != NO_CONDITION:
        parts.append(where(scope, node.kind, node.where, alias))
    if node.search:
        parts.append(search(scope, node.search, alias))
    return parts


def _parts(row: _PageRow, parts: tuple[Node, ...]) -> JoinedSql:
    return obj(pair(part.key, PARTS[type(part)](row, part)) for part in parts)


def _reads(parts: tuple[Node, ...], *types: type[Node]) -> bool:
    """Whether any part, or part of a group of them, is of these types."""
    return any(_reads(part.parts, *types) if isinstance(part, PageInfo) else isinstance(part, types) for part in parts)


def _group(row: _PageRow, node: PageInfo) -> str:
    return _parts(row, node.parts)


def _nodes(row: _PageRow, node: Nodes) -> str:
    document = RowSql(row.scope, row.page.kind, row.record).document(node.selection)
    return array(document, condition=row.on_page)


def _edges(row: _PageRow, node: Edges) -> str:
    record = RowSql(row.scope, row.page.kind, row.record)
    parts = []
    for one in node.nodes:
        if isinstance(one, RowCursor):
            parts.append(pair(one.key, string(row.cursor(str))))
        elif isinstance(one, Nodes):
            parts.append(pair(one.key, record.document(one.selection)))
        elif isinstance(one, Constant):
            parts.append(pair(one.key, json_literal(f'"{one.text}"')))
    return array(obj(parts), condition=row.on_page)


def _more(row: _PageRow, node: HasNextPage) -> str:
    return f"(count(*) > {row.first})::text"


def _after(row: _PageRow, node: HasPreviousPage) -> str:
    return json_literal(str(row.page.after is not None).lower())


def _end_cursor(row: _PageRow, node: EndCursor) -> str:
    return f"case when count(*) > 0 then {string(_edge_cursor(row, node.start))} else 'null' end"


def _edge_cursor(row: _PageRow, start: bool) -> str:
    """The cursor of the first or the last row of the page, made once from the values of that row."""
    place = "1" if start else f"least(count(*), {row.first})"
    return row.cursor(lambda value: f"(array_agg({value}))[{place}]")


def _next(row: _PageRow, node: NextPageUrl) -> str:
    before, _, behind = node.address.partition("{id}")
    holder = [f"{row.parent.alias}.id"] if row.parent else []
    address = JoinedSql([Literal(before), *(holder if "{id}" in node.address else []), Literal(behind)])
    return f"case when count(*) > {row.first} then {string(JoinedSql([address, _edge_cursor(row, False)]))} else 'null' end"


def _total(row: _PageRow, node: TotalCount) -> str:
    alias = row.scope.alias("counted")
    condition = " and ".join(page_conditions(row.scope, row.page, alias, row.parent)) or "true"
    return f"(select count(*)::text from {row.scope.records(row.page.kind)} {alias} where {condition})"


def _part_constant(row: _PageRow, node: Constant) -> str:
    return json_literal(f'"{node.text}"')


PARTS: dict[type[Node], Callable[..., str]] = {
    Nodes: _nodes,
    Edges: _edges,
    HasNextPage: _more,
    HasPreviousPage: _after,
    EndCursor: _end_cursor,
    NextPageUrl: _next,
    TotalCount: _total,
    PageInfo: _group,
    Constant: _part_constant,
}


COMPILERS[Page] = lambda row, node: page(row.scope, node, row)
