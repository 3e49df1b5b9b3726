"""The GraphQL query of a page: the same records, under the same conditions, as a document to copy."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.surfaces.graphql.names import camel

from ..query.bindings import Values, request_value
from ..query.nodes import NO_CONDITION, At, Condition, Order, Page, Related, Where

HOW = {"all": "and", "any": "or"}


def selection(kinds: Kinds, kind: Kind) -> tuple[str, ...]:
    """The lines that the documents of all records of a kind have in common."""
    return tuple(_indented(_fields(kinds, kind)))


def record_query(kind: Kind, id: str, selection: Sequence[str], at: At) -> str:
    """The document that asks for one record."""
    return _document([f"{kind.name}(id: {json.dumps(id)}) {{", *selection, "}"], at)


def list_query(kinds: Kinds, kind: Kind, page: Page, values: Values, at: At) -> str:
    """The document that asks for a page of a list."""
    arguments = [f"first: {request_value(page.first, values)}"]
    if page.search:
        arguments.append(f"search: {json.dumps(' '.join(request_value(word.text, values) for word in page.search), ensure_ascii=False)}")
    if page.where != NO_CONDITION:
        arguments.append(f"where: {_where(page.where, values)}")
    if any(term.field is not None for term in page.order):
        arguments.append(f"orderBy: [{', '.join(_order(term) for term in page.order)}]")
    inner = ["totalCount", "nodes {", *_indented(_fields(kinds, kind)), "}", "pageInfo { hasNextPage endCursor }"]
    return _document([f"{kind.plural}({', '.join(arguments)}) {{", *_indented(inner), "}"], at)


def _document(lines: list[str], at: At) -> str:
    if at.revision is not None:
        lines = [f"snapshot(revision: {at.revision}) {{", *_indented(lines), "}"]
    elif at.time is not None:
        assert isinstance(at.time, dt.datetime)
        lines = [f'snapshot(asOf: "{at.time.isoformat()}") {{', *_indented(lines), "}"]
    return "\n".join(["{", *_indented(lines), "}"])


def _indented(lines: Iterator[str] | list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _fields(kinds: Kinds, kind: Kind) -> Iterator[str]:
    """Every field of a record, references with their names, and the provenance of what a citation rests on."""
    yield "slug"
    for field in kind.shown.values():
        yield f"{camel(field.name)}{_selection(kinds, field)}"
    if kind.cites or kind.label:
        proven = kind.leading(kind.cites or kind.fields[kind.label or ""].group_name)
        yield "provenance {"
        for field in proven:
            yield f"  {camel(field.name)} {{ disputed origins claims {{ chosen locator source {{ title publisher url }} }} }}"
        yield "}"


def _selection(kinds: Kinds, field: Field) -> str:
    if field.type.ref is None:
        return ""
    target = kinds[field.type.ref]
    return f" {{ slug {camel(target.label)} }}" if target.label else " { slug }"


def _order(term: Order) -> str:
    return f"{{{camel(term.field.name) if term.field else 'slug'}: {'DESC' if term.descending else 'ASC'}}}"


def _where(part: Where | Condition | Related, values: Values) -> str:
    if isinstance(part, Related):
        return f"{{{camel(part.reverse.name)}: {_related(part, values)}}}"
    if isinstance(part, Condition):
        return f"{{{camel(part.field.name) if part.field else 'id'}: {{{_operator(part, values)}}}}}"
    if part.how == "all" and len(part.parts) == 1:
        return _where(part.parts[0], values)
    inner = f"[{', '.join(_where(one, values) for one in part.parts)}]"
    return f"{{{HOW[part.how]}: {inner}}}" if part.how in HOW else f"{{not: {{or: {inner}}}}}"


def _related(part: Related, values: Values) -> str:
    if part.some or part.none:
        return f"{{{'some' if part.some else 'none'}: {_where(part.where, values)}}}"
    where = f", where: {_where(part.where, values)}" if part.where != NO_CONDITION else ""
    return f"{{count: {{{part.operator}: {request_value(part.number, values)}{where}}}}}"


def _operator(condition: Condition, values: Values) -> str:
    value = condition.value
    if condition.operator == "match":
        assert isinstance(value, Where)
        return f"match: {_where(value, values)}"
    return f"{camel(condition.operator)}: {_literal(condition, request_value(value, values))}"


def _literal(condition: Condition, value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(_literal(condition, item) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    codes = condition.field is not None and condition.field.type.vocabulary is not None and condition.operator != "contains"
    return str(value).upper() if codes else json.dumps(str(value), ensure_ascii=False)
