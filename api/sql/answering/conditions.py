"""Filters, order and cursors as SQL conditions."""

from __future__ import annotations

from schema.model.claim import CLAIM_CONDITIONS, CONDITION_COLUMNS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.operators import OPERATORS
from schema.model.types import TEXT

from ...query.nodes import Condition, Order, Page, Related, Where
from .left_out_reason import counted_condition
from .scope import Scope

ALLOW_NULL = ("ne", "known")  # The operators that can be true of an unknown value.
CONJUNCTIONS = {"all": " and ", "any": " or ", "none": " or "}


def where(scope: Scope, kind: Kind, tree: Where, alias: str) -> str:
    """The condition on rows of `kind` with an alias; `true` if there are no conditions."""
    parts = [
        where(scope, kind, part, alias) if isinstance(part, Where)
        else _related(scope, part, alias) if isinstance(part, Related)
        else _condition(scope, kind, part, alias)
        for part in tree.parts
    ]  # fmt: skip
    if not parts:
        return "false" if tree.how == "any" else "true"
    joined = CONJUNCTIONS[tree.how].join(parts)
    if tree.how == "none":
        return f"({joined}) is not true"
    return f"({joined})" if len(parts) > 1 else joined


def _condition(scope: Scope, kind: Kind, condition: Condition, alias: str) -> str:
    field, operator = condition.field, OPERATORS[condition.operator]
    if field is not None and field.name in CLAIM_CONDITIONS:
        return _claimed(scope, kind, field, condition, alias)
    column = f"{alias}.{field.name if field else 'id'}"
    if field is not None and field.type.ref and not operator.flag:
        if condition.operator == "match":
            return _match(scope, field, condition, column)
        return operator.sql.format(column=column, value=_keys(scope, field, condition))
    sql_type = "boolean" if operator.flag else field.type.sql.removesuffix("[]") if field else "text"
    value = scope.bind(condition.value, f"{sql_type}[]" if operator.many else sql_type)
    sql = operator.sql.format(column=column, value=value)
    if field is not None and field.name in kind.computed:
        return counted_condition(scope, kind, alias, lambda column: operator.sql.format(column=column, value=value))
    # The search column contains all names: its index finds candidates, and the condition on the name itself then decides.
    return f"({search_contains(alias, value)} and {sql})" if field and field.search and condition.operator == "contains" else sql


def _match(scope: Scope, field: Field, condition: Condition, column: str) -> str:
    """Whether the linked record meets conditions."""
    target = scope.kinds[field.type.ref or ""]
    alias, records = scope.alias(target.name), scope.records(target)
    assert isinstance(condition.value, Where)
    inner = where(scope, target, condition.value, alias)
    if scope.steps is not None:
        scope.steps.append(f"{alias}_ as materialized (select {alias}.key from {records} {alias} where {inner})")
        return f"{column} in (select key from {alias}_)"
    if scope.semi_joins:
        return f"{column} in (select {alias}.key from {records} {alias} where {inner})"
    if scope.at.now:
        return f"exists (select from {records} {alias} where {alias}.key = {column} and {inner})"
    # PostgreSQL does not push a join condition into the branches of the past: it would read all records of both kinds.
    return f"{column} = any(array(select {alias}.key from {records} {alias} where {inner}))"


def _claimed(scope: Scope, kind: Kind, field: Field, condition: Condition, row: str) -> str:
    """Whether one of the claims about a row is by a source, or from a collection, that a condition names. Withheld claims are not among them."""
    operator, claim, claims = OPERATORS[condition.operator], scope.alias("claim"), scope.claims(kind)
    value = _keys(scope, field, condition) if field.type.ref else scope.bind(condition.value, "text[]" if operator.many else "text")
    named = operator.sql.format(column=f"{claim}.{CONDITION_COLUMNS[field.name]}", value=value)
    about = f"select {claim}.record from {claims} {claim} where {named}"
    if scope.steps is not None:
        scope.steps.append(f"{claim}_(key) as materialized ({about})")
        return f"{row}.key in (select key from {claim}_)"
    if scope.semi_joins:
        return f"{row}.key in ({about})"
    if scope.at.now:
        return f"exists (select from {claims} {claim} where {claim}.record = {row}.key and {named})"
    return f"{row}.key = any(array({about}))"  # As in `_match`.


def _related(scope: Scope, related: Related, row: str) -> str:
    """How many records refer to a row and meet conditions."""
    target, back = related.reverse.kind, related.reverse.field.name
    alias, records = scope.alias(target.name), scope.records(target)
    inner = where(scope, target, related.where, alias)
    simple = related.some or related.none
    if scope.at.now and scope.steps is None and not scope.semi_joins:
        of_row = f"from {records} {alias} where {alias}.{back} = {row}.key and {inner}"
        if simple:
            return f"{'' if related.some else 'not '}exists (select {of_row})"
        number = scope.bind(related.number, "bigint")
        return OPERATORS[related.operator].sql.format(column=f"(select count(*) {of_row})", value=number)
    # Otherwise those that differ in this from a record without any are looked up once; a null among them never makes a difference.
    referring = f"select {alias}.{back} from {records} {alias} where {inner}"
    found, other = "", "false"
    if not simple:
        counted, zero = (OPERATORS[related.operator].sql.format(column=column, value="{number}") for column in ("count(*)", "0"))
        number = scope.bind(related.number, "bigint")
        other = f"({zero.format(number=number)})"
        referring += f" group by {alias}.{back} having ({counted.format(number=number)}) <> {other}"
    if scope.steps is not None:
        scope.steps.append(f"{alias}_(key) as materialized ({referring})")
        found = f"{row}.key in (select key from {alias}_)"
    else:
        found = f"{row}.key in ({referring})" if scope.semi_joins else f"{row}.key = any(array({referring}))"
    if related.some:
        return found
    return f"({found}) is not true" if related.none else f"(({found}) is true) <> {other}"


def _keys(scope: Scope, field: Field, condition: Condition) -> str:
    """The keys of the records whose ids a condition gives; for `within`, of all records inside them as well."""
    target = scope.kinds[field.type.ref or ""]
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
        f"{scope.join(target, inner_alias, f'{nesting.name} = inside.key')}) select key from inside)"
    )


def search_contains(alias: str, word: str) -> str:
    """The names of a record contain a word, given as a bound text."""
    return f"{alias}.search like '%' || {folded_pattern(word)} || '%'"


def folded_pattern(word: str) -> str:
    """A folded word as a LIKE pattern that matches itself. Escaped after folding, because folding turns a fullwidth % into a plain one."""
    return rf"regexp_replace(fold({word}), '([\\%_])', '\\\1', 'g')"


def sort_key(field: Field | None, alias: str) -> str:
    """The expression to order by. Text is folded and compared by code points, so that the order is the same on every server."""
    if field is None:
        return f"{alias}.id"
    column = f"{alias}.{field.name}"
    if field.type.escaped:
        return f'fold({column}) collate "C"'
    return f'{column} collate "C"' if field.type.sql == "text" else column


def order_by(terms: tuple[Order, ...], alias: str, backward: bool = False) -> str:
    """The order of a list, or its reverse: there, unknown values come first, so that an index has both."""
    nulls = "first" if backward else "last"
    return ", ".join(f"{sort_key(term.field, alias)}{' desc' if term.descending != backward else ''} nulls {nulls}" for term in terms)


def beyond(scope: Scope, page: Page, alias: str) -> list[str]:
    """The rows after the page's cursor, or before it, as conditions that exclude one another, so that an index can serve each of them.

    One is for rows whose first term is known: not before the cursor in that term, and after it in all terms together. The other is for rows whose
    first term is unknown. They come last: all of them follow a known value, and all known values precede an unknown one.
    """
    assert page.cursor is not None
    (first, *_), (value, *_) = page.terms, page.cursor.values
    column, further = sort_key(first.field, alias), _further(scope, page, alias)
    if value is None:
        return [further, f"{column} is not null"] if page.backward else [further]
    bound = scope.bind(value, _cursor_type(first.field))
    first_term_known = f"{column} {'<=' if first.descending != page.backward else '>='} {bound} and {further}"
    return [first_term_known] if page.backward or _never_null(page, first.field) else [first_term_known, f"{column} is null"]


def _further(scope: Scope, page: Page, alias: str) -> str:
    """Rows beyond the cursor in lexicographic order. Unknown values sort last; `beyond` handles those of the first term."""
    assert page.cursor is not None
    condition = "false"
    for n, (term, value) in reversed(list(enumerate(zip(page.terms, page.cursor.values, strict=True)))):
        column = sort_key(term.field, alias)
        if value is None:  # Only other unknown values can follow, and all known ones precede.
            known = f"{column} is not null or " if page.backward and n > 0 else ""
            condition = f"({known}({column} is null and {condition}))"
            continue
        bound = scope.bind(value, _cursor_type(term.field))
        further = f"{column} {'<' if term.descending != page.backward else '>'} {bound}"
        never_null = page.backward or n == 0 or term.field is None or term.field.required
        condition = f"({further} or ({column} = {bound} and {condition}){'' if never_null else f' or {column} is null'})"
    return condition


def _never_null(page: Page, field: Field | None) -> bool:
    """Whether the field is known in every row of the list."""
    if field is None or field.required:
        return True
    conditions = (part for part in page.where.parts if isinstance(part, Condition) and part.field == field)
    return page.where.how == "all" and any(part.operator not in ALLOW_NULL for part in conditions)


def _cursor_type(field: Field | None) -> str:
    return TEXT.sql if field is None or field.type.escaped else field.type.sql
