"""Totals as an SQL expression that yields their JSON text."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace

from schema.model.kind import Kind
from schema.model.totals import (
    DATE_KEYS,
    DERIVED_REASONS,
    LEFT_OUT_REASON,
    LIST_COLUMNS,
    NEW_COLUMNS,
    PARTIAL,
    SPANNED,
    SUM_COLUMNS,
    TOTALS_KEY,
    UNCOUNTED_REASONS,
)

from ...query.nodes import (
    MAX_TOTALS,
    Constant,
    ContributingRecords,
    LeftOut,
    Node,
    OneParty,
    TotalsNode,
    TotalsRecord,
    TotalsRows,
    TotalsRule,
    TotalsValue,
    Words,
)
from ..text import quote_literal
from .json import array, json_literal, obj, pair, scalar
from .records import RowSql
from .scope import Scope
from .stored_sums import TOO_MANY_ROWS
from .summable import code_list
from .totals_evidence import ContributingSql, PartySql, contributing, one_party
from .totals_parts import TotalsSql, origin_list
from .totals_widest_1_parts import Widest1Sql

NOT_BUILT = "totals: the tables were updated, but nothing was settled by the new rules yet; load anything, or start the server once more"


def totals(scope: Scope, node: TotalsNode) -> str:
    """The JSON object of a query for totals, over common table expressions that compute them by the rule of the revision that is read."""
    newest = _document(STATEMENTS.get(type(node.parts[0]), TotalsSql)(scope, node))
    if scope.at.now:
        rule = "(select totals_rule from revision order by id desc limit 1)"
        return f"case when {rule} = {quote_literal(Widest1Sql.rule)} then refuse({quote_literal(NOT_BUILT)}) else {newest} end"
    earlier = f"(select totals_rule = {quote_literal(Widest1Sql.rule)} from revision where id = {scope.revision})"
    return f"case when {earlier} then {_document(Widest1Sql(scope, node))} else {newest} end"


def newest_totals(scope: Scope, node: TotalsNode) -> str:
    """The same by the newest rule alone, for revisions that were recorded under it."""
    return _document(TotalsSql(scope, node))


def _document(sql: TotalsSql | Widest1Sql) -> str:
    members = obj(pair(part.key, TOTALS_COMPILERS[type(part)](sql, part)) for part in sql.node.parts)
    parts = ", ".join(sql.parts())
    guarded = f"case when {sql.guard} then {members} end" if isinstance(sql, TotalsSql) and sql.guard else members
    return f"(with recursive {parts} select {guarded})"


def _rows(sql: TotalsSql | Widest1Sql, node: TotalsRows) -> str:
    """The array of rows, in the order of their keys. The statement fails if there are more than MAX_TOTALS."""
    joins, order = [], []
    aliases = {}
    for key in sql.keys:
        target = _target(sql, key)
        if target is None:
            order.append(f'r.{key} collate "C"' if key not in DATE_KEYS else f"r.{key}")
            continue
        aliases[key] = alias = sql.scope.alias(target.name)
        joins.append(f"left join {sql.scope.records(target)} {alias} on {alias}.key = r.{key}")
        order.append(f"{alias}.id")
    records = [cell.selection for cell in node.selection if isinstance(cell, TotalsRecord)]
    sharing = copy(sql)
    sharing.scope = replace(sql.scope, texts=sql.scope.texts.shared("r.rows_of_answer", records))
    relation = "(select *, count(*) over () as rows_of_answer from rows_)" if records else "rows_"
    row = obj(pair(cell.key, _cell(sharing, cell, aliases)) for cell in node.selection)
    rows = array(row, ", ".join(order))
    return (
        f"(select case when count(*) > {MAX_TOTALS} then refuse({quote_literal(TOO_MANY_ROWS)}) else {rows} end "
        f"from {relation} r {' '.join(joins)})"
    )


def _target(sql: TotalsSql | Widest1Sql, key: str) -> Kind | None:
    """The kind that a key refers to; None for dates and codes."""
    field = sql.node.kind.fields.get(getattr(sql.roles, key, ""))
    return sql.scope.kinds[field.type.ref] if field is not None and field.type.ref else None


def _cell(sql: TotalsSql | Widest1Sql, node: Node, aliases: dict[str, str]) -> str:
    if isinstance(node, Constant):
        return _constant(sql, node)
    if isinstance(node, Words):
        plain = copy(sql)
        plain.scope = replace(sql.scope, graphql=False)  # Codes as REST has them.
        return obj(pair(cell.key, _cell(plain, cell, aliases)) for cell in node.selection)
    assert isinstance(node, (TotalsValue, TotalsRecord))
    name = node.name
    if name in NEW_COLUMNS and isinstance(sql, Widest1Sql):
        return "'null'"
    if name == PARTIAL:
        left = f"exists (select from left_ where reason in ({code_list(UNCOUNTED_REASONS)}))"
        added = f"(select coalesce(sum(a.figures), 0) from rows_ a where a.basis = {quote_literal(sql.roles.flow)})"
        left += f" or (select coalesce(sum(figures), 0) from left_ where reason in ({code_list(DERIVED_REASONS)})) > {added}"
        return f"(r.basis = {quote_literal(sql.roles.flow)} and r.figures > 0 and ({left}))::text"
    if name == SPANNED:
        return json_literal("false" if sql.node.since is None and sql.node.until is None else "true")
    if name in TOTALS_KEY.codes and name not in sql.keys:
        return "'null'"
    if isinstance(node, TotalsRecord):
        document = RowSql(sql.scope, node.kind, aliases[name]).document(node.selection)
        return f"case when r.{name} is null then 'null' else {document} end"
    if name == DATE_KEYS[0]:
        return f"coalesce('\"' || to_char(r.{name}, 'YYYY-MM') || '\"', 'null')"
    if name in SUM_COLUMNS:
        return f"coalesce(trim_scale(r.{name})::text, 'null')"
    if name in LIST_COLUMNS:
        item = "upper(o.name)" if sql.scope.graphql else "o.name"
        return (
            f"'[' || coalesce((select string_agg('\"' || {item} || '\"', ',' order by o.i) from {origin_list('r.origin_bits')}), '') || ']'"
        )
    field = {**sql.event.fields, **sql.node.kind.fields}.get(getattr(sql.roles, name, ""))
    return scalar(sql.scope, field, f"r.{name}") if field else f"coalesce(r.{name}::text, 'null')"


def _left_out(sql: TotalsSql | Widest1Sql, node: LeftOut) -> str:
    """The array of reasons for which figures were left out, each with their number, in the order in which reasons are declared."""
    order = f"array_position(array[{code_list(tuple(LEFT_OUT_REASON.codes))}], r.reason)"
    reason = "upper(r.reason)" if sql.scope.graphql else "r.reason"
    members = []
    for cell in node.selection:
        if isinstance(cell, Constant):
            members.append(pair(cell.key, _constant(sql, cell)))
        elif isinstance(cell, TotalsValue):
            text = f"'\"' || {reason} || '\"'" if cell.name == "reason" else f"r.{cell.name}::text"
            members.append(pair(cell.key, text))
    summed = "select reason, sum(figures) as figures from left_ group by reason"
    return f"(select {array(obj(members), order)} from ({summed}) r)"


def _constant(sql: TotalsSql | Widest1Sql, node: Constant) -> str:
    return quote_literal(f'"{node.text}"')


STATEMENTS: dict[type[Node], type[TotalsSql]] = {ContributingRecords: ContributingSql, OneParty: PartySql}  # By the only part of a node.
TOTALS_COMPILERS: dict[type[Node], Callable[..., str]] = {
    TotalsRule: lambda sql, node: quote_literal(f'"{sql.rule}"'),
    TotalsRows: _rows,
    LeftOut: _left_out,
    Constant: _constant,
    ContributingRecords: lambda sql, node: contributing(sql, node) if isinstance(sql, ContributingSql) else quote_literal("null"),
    OneParty: lambda sql, node: one_party(sql, node) if isinstance(sql, PartySql) else quote_literal("null"),
}
