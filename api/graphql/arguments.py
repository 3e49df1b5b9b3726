"""Turns the arguments of GraphQL fields into conditions, orders and points in time; their GraphQL types have been validated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.surfaces.graphql.names import camel

from ..errors import BadArgument
from ..query import conditions
from ..query.bindings import bind, specialise
from ..query.nodes import At, Condition, Order, Where

Arguments = Mapping[str, Any]


def where_argument(kinds: Kinds, kind: Kind, value: Arguments) -> Where:
    """The conditions of a filter object; a member that is null adds none."""
    parts: list[Where | Condition] = []
    names = {camel(name): name for name in kind.fields}
    for name, member in value.items():
        if member is None:
            continue
        if name in ("and", "or"):
            parts.append(Where("all" if name == "and" else "any", tuple(where_argument(kinds, kind, part) for part in member)))
        elif name == "not":
            parts.append(Where("none", (where_argument(kinds, kind, member),)))
        else:
            parts += _conditions(kinds, kind, names.get(name, "id"), member)
    return Where("all", tuple(parts))


def _conditions(kinds: Kinds, kind: Kind, name: str, operators: Arguments) -> Iterator[Condition]:
    field = kind.fields.get(name)
    operator_names = {camel(operator): operator for operator in conditions.operators(kinds, field)}
    for graphql_name, value in operators.items():
        operator = operator_names[graphql_name]
        if value is None:
            continue
        if field is not None and operator == "match":
            yield Condition(field, operator, where_argument(kinds, kinds[field.type.ref or ""], value))
        else:
            yield conditions.condition(field, operator, value, f"where: {camel(name)}: {graphql_name}", _without_enums)


def _without_enums(value: Any) -> Any:
    """A value with Strawberry's enum members replaced by their values, in lists as well."""
    if isinstance(value, list):
        return [_without_enums(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def order_argument(kind: Kind, value: list[Arguments] | None) -> tuple[Order, ...]:
    fields = {camel(name): field for name, field in kind.fields.items()}
    terms = tuple(
        Order(fields.get(name), descending=specialise(direction, _without_enums) == "desc")
        for term in value or () for name, direction in term.items()
    )  # fmt: skip
    return conditions.unique_terms(terms) or (Order(None),)


def snapshot_at(arguments: Arguments) -> At:
    """The point in time of a snapshot. Raises BadArgument unless exactly one of revision and asOf is given."""
    revision, time = arguments.get("revision"), arguments.get("asOf")
    if (revision is None) == (time is None):
        raise BadArgument("snapshot: give exactly one of revision and asOf")
    return At(bind(revision)) if time is None else At(time=bind(time, lambda text: conditions.parse_time(text, "asOf")))
