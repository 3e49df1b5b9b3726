"""Filters, search, order and the place of a cursor in it, as SQL conditions."""

from __future__ import annotations

from collections.abc import Sequence

from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.operators import OPERATORS
from schema.model.types import TEXT

from ...query.bindings import Parameter
from ...query.nodes import Condition, Order, Page, Where
from .scope import Scope

MAY_BE_UNKNOWN = ("ne", "known")  # The operators that can hold where no value is known.
JOINED = {"all": " and ", "any": " or ", "none": " or "}


def where(scope: Scope, kind: Kind, tree: Where, alias: str) -> str:
    """The condition on rows of `kind` called `alias`; `true` where nothing is asked."""
    parts = [
        where(scope, kind, part, alias) if isinstance(part, Where) else _condition(scope, part, alias)
        for part in tree.parts
    ]  # fmt: skip
    if not parts:
        return "false" if tree.how == "any" else "true"
    joined = JOINED[tree.how].join(parts)
    if tree.how == "none":
        return f"({joined}) is not true"
    return f"({joined})" if len(parts) > 1 else joined


def _condition(scope: Scope, condition: Condition, alias: str) -> str:
    one, operator = condition.field, OPERATORS[condition.operator]
    column = f"{alias}.{one.name if one else 'id'}"
    if one is not None and one.type.ref and not operator.flag:
        if condition.operator == "match":
            return _match(scope, one, condition, column)
        return operator.sql.format(column=column, value=_reference(scope, one, condition))
    sql = "boolean" if operator.flag else one.type.sql.removesuffix("[]") if one else "text"
    value = scope.bind(condition.value, f"{sql}[]" if operator.many else sql)
    found = operator.sql.format(column=column, value=value)
    # What `search` looks in holds the names: its index finds where one can contain the text, and the name itself is looked at after.
    return f"({_within_names(alias, value)} and {found})" if one and one.search and condition.operator == "contains" else found


def _match(scope: Scope, one: Field, condition: Condition, column: str) -> str:
    """Whether the record referred to meets conditions."""
    target = scope.kinds[one.type.ref or ""]
    alias, records = scope.alias(target.name), scope.records(target)
    assert isinstance(condition.value, Where)
    inner = where(scope, target, condition.value, alias)
    if scope.at.now:
        return f"exists (select from {records} {alias} where {alias}.key = {column} and {inner})"
    # PostgreSQL takes no condition of a join into the branches of the past: it would read both kinds whole to compare them.
    return f"{column} = any(array(select {alias}.key from {records} {alias} where {inner}))"


def _reference(scope: Scope, one: Field, condition: Condition) -> str:
    """The keys that ids stand for."""
    target = scope.kinds[one.type.ref or ""]
    alias, records = scope.alias(target.name), scope.records(target)
    if condition.operator == "one_of":
        return f"array(select {alias}.key from {records} {alias} where {alias}.id = any({scope.bind(condition.value, 'text[]')}))"
    key = f"select {alias}.key from {records} {alias} where {alias}.id = {scope.bind(condition.value, 'text')}"
    if condition.operator != "within":
        return f"({key})"
    nesting, inner_alias = scope.kinds.nesting_field(target), scope.alias(target.name)
    assert nesting is not None
    return (
        f"(with recursive inside(key) as ({key} union select {inner_alias}.key from inside "
        f"{scope.joined(target, inner_alias, f'{nesting.name} = inside.key')}) select key from inside)"
    )


def search(scope: Scope, words: Sequence[str | Parameter], alias: str) -> str:
    """Every word must occur in the record's names, whatever its case and accents."""
    return " and ".join(_within_names(alias, scope.bind(word, "text")) for word in words)


def _within_names(alias: str, word: str) -> str:
    return f"{alias}.search like '%' || {_literal(word)} || '%'"


def _literal(word: str) -> str:
    """A folded word as LIKE takes it for itself; escaped after folding, which makes a plain % of a fullwidth one."""
    return rf"regexp_replace(fold({word}), '([\\%_])', '\\\1', 'g')"


def sort_key(one: Field | None, alias: str) -> str:
    """What is compared: text by its folded form, code point by code point, so the order is the same on every server."""
    if one is None:
        return f"{alias}.id"
    column = f"{alias}.{one.name}"
    if one.type.escaped:
        return f'fold({column}) collate "C"'
    return f'{column} collate "C"' if one.type.sql == "text" else column


def order_by(terms: tuple[Order, ...], alias: str) -> str:
    return ", ".join(f"{sort_key(term.field, alias)}{' desc' if term.descending else ''} nulls last" for term in terms)


def after(scope: Scope, page: Page, alias: str) -> list[str]:
    """Rows that come after the page's cursor, as conditions that exclude one another, each of which an index can follow.

    Values that are known: no less than the cursor's in the first term, and then after it in all. Unknown ones, which are last: all of them.
    """
    assert page.after is not None
    (first, *_), (value, *_) = page.terms, page.after.values
    column = sort_key(first.field, alias)
    if value is None:
        return [_beyond(scope, page.terms, page.after.values, alias)]
    bound = scope.bind(value, _cursor_type(first.field))
    found = [f"{column} {'<=' if first.descending else '>='} {bound} and {_beyond(scope, page.terms, page.after.values, alias)}"]
    return found if _known(page, first.field) else [*found, f"{column} is null"]


def _beyond(scope: Scope, terms: Sequence[Order], values: Sequence[object], alias: str) -> str:
    """Greater in the first term, or equal in it and beyond in the rest; in all terms but the first, what is unknown is greater too."""
    condition = "false"
    for n, (term, value) in reversed(list(enumerate(zip(terms, values, strict=True)))):
        column = sort_key(term.field, alias)
        if value is None:  # Unknown values are last: only their equals can follow.
            condition = f"({column} is null and {condition})"
            continue
        bound = scope.bind(value, _cursor_type(term.field))
        further = f"{column} {'<' if term.descending else '>'} {bound}"
        nulls = "" if n == 0 or term.field is None or term.field.required else f" or {column} is null"
        condition = f"({further} or ({column} = {bound} and {condition}){nulls})"
    return condition


def _known(page: Page, one: Field | None) -> bool:
    """Whether no row of the list can have the field unknown."""
    if one is None or one.required:
        return True
    asked = (part for part in page.where.parts if isinstance(part, Condition) and part.field == one)
    return page.where.how == "all" and any(part.operator not in MAY_BE_UNKNOWN for part in asked)


def _cursor_type(one: Field | None) -> str:
    return TEXT.sql if one is None or one.type.escaped else one.type.sql
