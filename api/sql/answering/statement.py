"""The one statement that answers a query, and those that stream a list. Text; no I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schema.model.kinds import Kinds

from ...query.nodes import At, Constant, Node, Page, Query, RecordNode, Revision, Revisions, Snapshot, TotalsNode, WithheldRows
from ..revision import CURRENT
from .conditions import order_by
from .json import json_literal, obj, pair
from .pages import page, page_conditions
from .plan_mode import use_generic_plan
from .records import RowSql
from .revisions import revision, revisions, withheld
from .scope import Scope
from .totals import totals

NO_TIMEOUT = "set local statement_timeout = 0"  # A whole list takes as long as its reader takes.


@dataclass(frozen=True)
class Statement:
    """SQL with its arguments. Its first column is the current revision, its second that of the answer where it is another, then one a root."""

    text: str
    arguments: tuple[object, ...]
    generic_plan: bool = False  # Whether it is planned once, whatever its arguments.


def statement(kinds: Kinds, query: Query, current: int | None = None) -> Statement:
    """The one statement that answers every root field of a query, from one state of the database."""
    scope = Scope(kinds, query.graphql, current=current).as_of(query.at)
    roots = [ROOTS[type(node)](scope, node) for node in query.roots]
    revision = "null::bigint" if scope.at.now else scope.revision
    listed = ",\n  ".join([f"{CURRENT} as current", f"{revision} as revision", *roots])
    return Statement(f"select\n  {listed}", tuple(scope.arguments), use_generic_plan(kinds, query.roots, now=scope.at.now))


def rows(kinds: Kinds, page: Page, selection: tuple[Node, ...], at: At, limit: int | None = None) -> Statement:
    """Every row of a page's list, or the first of them, as one document each, for streaming."""
    scope = Scope(kinds, graphql=False, at=at)
    row = RowSql(scope, page.kind, "t")
    shown = row.document(selection)
    condition = " and ".join(page_conditions(scope, page, "t", None)) or "true"
    cut = "" if limit is None else f" limit {limit}"
    order = order_by(page.terms, "t")
    text = f"select {shown} from {scope.records(page.kind)} t where {condition} order by {order}{cut}"
    return Statement(text, tuple(scope.arguments))


def revision_at(at: At) -> Statement:
    """The newest revision, and the one that `at` means."""
    scope = Scope(Kinds([]), graphql=False, at=at)
    return Statement(f"select {CURRENT} as current, {scope.revision} as revision", tuple(scope.arguments))


def _record(scope: Scope, node: RecordNode) -> str:
    alias = scope.alias(node.kind.name)
    document = RowSql(scope, node.kind, alias).document(node.selection)
    return f"(select {document} from {scope.records(node.kind)} {alias} where {alias}.id = {scope.bind(node.id, 'text')})"


def _root_page(scope: Scope, node: Page) -> str:
    return page(scope, node, None)


def _snapshot(scope: Scope, node: Snapshot) -> str:
    inner = scope.as_of(node.at)
    return obj(pair(root.key, f"coalesce({ROOTS[type(root)](inner, root)}, 'null')") for root in node.roots)


def _root_constant(scope: Scope, node: Constant) -> str:
    return json_literal(f'"{node.text}"')


ROOTS: dict[type[Node], Callable[..., str]] = {
    RecordNode: _record,
    Page: _root_page,
    TotalsNode: totals,
    Revision: revision,
    Revisions: revisions,
    Snapshot: _snapshot,
    WithheldRows: withheld,
    Constant: _root_constant,
}
