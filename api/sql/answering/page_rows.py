"""The rows of a page: the relations they are read from, their conditions, their order, and how many are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from schema.storage import columns

from ...query.cursors import order_name
from ...query.nodes import (
    NO_CONDITION,
    Node,
    Nodes,
    Order,
    Page,
)
from ..planned_keys import planned_keys
from .conditions import beyond, order_by, sort_key, where
from .json import JoinedSql, string
from .list_rows import ListSql
from .plan_mode import finds_keys_first
from .records import RowSql
from .rest_provenance import evidence_join
from .scope import Scope
from .search import search, search_branches

BY_ID = (Order(None),)
FEW = 101  # Rows that each branch of a search is planned for, however few are asked for.


@dataclass(frozen=True)
class PageSql(ListSql):
    """A page of records; for a list below a record, with the row of that record as its parent."""

    page: Page
    parent: RowSql | None
    use_packed: bool = False  # Whether the packed column of the parent is read without conditions, although the query is as of the past.

    @property
    def packed_column(self) -> str:
        """The column of the parent that has the live records of the list packed in it, or an empty text."""
        reverse, parent = self.page.reverse, self.parent
        packed = parent is not None and reverse is not None and parent.has_packed(reverse.name)
        return f"{parent.alias}.{columns.packed_column(reverse.name)}" if packed and parent and reverse else ""

    @property
    def reads_packed(self) -> bool:
        """Whether the rows of the page are the values of the parent's packed column."""
        return bool(self.packed_column) and (self.scope.at.now or self.use_packed)

    @property
    def record(self) -> str:
        """The expression whose fields are the columns of a record: the row itself or, where it is packed, the value in the row."""
        return f"({self.alias}.packed)" if self.reads_packed else self.alias

    @cached_property
    def row(self) -> RowSql:
        """A record of the page."""
        return RowSql(self.scope, self.page.kind, self.record)

    @cached_property
    def evidence_join(self) -> str:
        """A join with the provenance of each record, if a part of the page has it."""
        return "".join(evidence_join(self.row, part.selection) for part in self.page.parts if isinstance(part, Nodes))

    @property
    def unconditional(self) -> bool:
        """Whether the page is the first of all records of the list by id, the order in which they are packed."""
        page = self.page
        return not (self.numbered or page.search or page.cursor or page.backward) and page.order == BY_ID and page.where == NO_CONDITION

    @property
    def order(self) -> str:
        return order_by(self.page.terms, self.record)

    @property
    def order_name(self) -> str:
        return order_name(self.page)

    def cursor_values(self, value: Callable[[str], str]) -> list[str]:
        return [_cursor_value(term, value(sort_key(term.field, self.record))) for term in self.page.terms]

    def document(self, selection: tuple[Node, ...]) -> JoinedSql:
        return self.row.document(selection)

    def total(self) -> str:
        scope, kind, alias, words = self.scope, self.page.kind, self.scope.alias("counted"), self.page.search
        found = search_branches(scope, kind, words, alias, exclusive=True) if words else [""]
        parts = page_conditions(scope, replace(self.page, search=()), alias, self.parent)
        conditions = (" and ".join(filter(None, [*parts, branch])) or "true" for branch in found)
        return (
            f"({' + '.join(f'(select count(*) from {scope.records(kind)} {alias} where {condition})' for condition in conditions)})::text"
        )

    def _read(self) -> str:
        if self.unconditional and self.reads_packed:
            return f"select unnest({self.packed_column}[:({self.size})::int]) as packed"
        if self.parent is None and self.scope.at.now and finds_keys_first(self.page):
            return self._read_by_keys()
        return super()._read()

    def _read_by_keys(self) -> str:
        """The rows whose keys a query of its own has found, which is planned for its values: to plan all of the statement for them would take longer."""
        alias, found, scope = self.alias, self.scope.alias("found"), self.scope.of_keys()
        rows = ListSql._read(replace(self, scope=scope))
        keys = planned_keys(f"select key from ({rows}) {alias}", scope.given)
        number = f", {found}.n" if self.numbered else ""
        return (
            f"select {alias}.*{number} from unnest({keys}) with ordinality {found}(key, n) "
            f"join {self.page.kind.name} {alias} on {alias}.key = {found}.key order by {found}.n"
        )

    def limited(self, size: str) -> str:
        alias, order, limit = self.alias, order_by(self.page.terms, self.record, self.page.backward), f"limit {size}"
        number = self.number(order)
        branches = [
            (table, condition)
            for table in self._tables()
            for condition in self._conditions()
        ]  # fmt: skip
        if len(branches) == 1 and (self.packed_column or not self.page.search):
            return f"select {alias}.*{number} from {branches[0][0]} {alias} where {branches[0][1]} order by {order} {limit}"
        # Each branch is ordered and limited by itself: the planner would sort the whole union. Records packed in one row are few.
        # For few rows of a search it would walk all in this order, and compare each, to end early if many matched.
        first = f"limit greatest({size}, {FEW})" if self.page.search else limit
        by = "" if self.packed_column else f" order by {order} {first}"
        limited = (f"(select {alias}.* from {table} {alias} where {condition}{by})" for table, condition in branches)
        rows = f"({' union all '.join(limited)}) {alias}"
        if self.page.search:  # A row may be in several branches.
            terms = ", ".join(sort_key(term.field, self.record) for term in self.page.terms)
            rows = f"(select distinct on ({terms}) {alias}.* from {rows} order by {order}) {alias}"
        return f"select {alias}.*{number} from {rows} order by {order} {limit}"

    def _tables(self) -> list[str]:
        """The relations rows are read from: the parent's packed column, or the live table; as of the past, the history as well."""
        scope, kind = self.scope, self.page.kind
        if scope.at.now:
            return [f"(select unnest({self.packed_column}) as packed)" if self.packed_column else kind.name]
        if self.packed_column and self.page.reverse and self.parent:
            condition = f"{self.page.reverse.field.name} = {self.parent.alias}.key"
            branches = scope.packed_as_of(kind, self.parent.alias, f"unnest({self.packed_column})", condition)
        else:
            branches = scope.record_branches(kind)
        return [f"({branch})" for branch in branches]

    def _conditions(self) -> list[str]:
        """The conditions on rows of the page: one or, for a search and with a cursor, several, of which a row may meet more than one if the page is a search."""
        page, parent = self.page, None if self.packed_column else self.parent
        parts = page_conditions(self.scope, replace(page, search=()), self.record, parent)
        searched = [""]
        if page.search:
            searching = search if self.packed_column else search_branches
            searched = searching(self.scope, page.kind, page.search, self.record)
        further = beyond(self.scope, page, self.record) if page.cursor else [""]
        return [" and ".join(filter(None, [*parts, found, place])) or "true" for found in searched for place in further]


def page_conditions(scope: Scope, page: Page, alias: str, parent: RowSql | None) -> list[str]:
    """The conditions on all records of the list, whichever page they are on."""
    parts = []
    if page.reverse is not None and parent is not None:
        parts.append(f"{alias}.{page.reverse.field.name} = {parent.alias}.key")
    if page.where != NO_CONDITION:
        parts.append(where(scope, page.kind, page.where, alias))
    if page.search:
        parts += search(scope, page.kind, page.search, alias)
    return parts


def streamed_condition(scope: Scope, page: Page, alias: str) -> str:
    """The condition on the records of a list that is streamed: all, or those after a cursor."""
    parts = page_conditions(scope, page, alias, None)
    if page.cursor is not None:
        parts.append(f"({' or '.join(f'({further})' for further in beyond(scope, page, alias))})")
    return " and ".join(parts) or "true"


def _cursor_value(term: Order, value: str) -> str:
    """The JSON text of a value that rows are ordered by."""
    type = term.field.type if term.field else None
    if type is None:
        return string(value)
    text = f"to_json({value})::text" if type.escaped else string(f"({value})::text") if type.quoted else f"({value})::text"
    return f"coalesce({text}, 'null')"
