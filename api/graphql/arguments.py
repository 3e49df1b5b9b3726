"""Arguments of GraphQL fields to conditions, orders and points in time; GraphQL has checked their types."""

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


def where_argument(kinds: Kinds, kind: Kind, given: Arguments) -> Where:
    """A filter object; a null in it asks nothing."""
    parts: list[Where | Condition] = []
    names = {camel(name): name for name in kind.fields}
    for name, value in given.items():
        if value is None:
            continue
        if name in ("and", "or"):
            parts.append(Where("all" if name == "and" else "any", tuple(where_argument(kinds, kind, one) for one in value)))
        elif name == "not":
            parts.append(Where("none", (where_argument(kinds, kind, value),)))
        else:
            parts += _conditions(kinds, kind, names.get(name, "id"), value)
    return Where("all", tuple(parts))


def _conditions(kinds: Kinds, kind: Kind, name: str, operators: Arguments) -> Iterator[Condition]:
    one = kind.fields.get(name)
    spelt = {camel(operator): operator for operator in conditions.operators(kinds, one)}
    for spelling, value in operators.items():
        operator = spelt[spelling]
        if value is None:
            continue
        if one is not None and operator == "match":
            yield Condition(one, operator, where_argument(kinds, kinds[one.type.ref or ""], value))
        else:
            yield conditions.condition(one, operator, value, f"where: {camel(name)}: {spelling}", _plain)


def _plain(value: Any) -> Any:
    """The value behind Strawberry's enums, also in lists."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, Enum) else value


def order_argument(kind: Kind, given: list[Arguments] | None) -> tuple[Order, ...]:
    names = {camel(name): one for name, one in kind.fields.items()}
    terms = tuple(
        Order(names.get(name), descending=specialise(direction, _plain) == "desc")
        for term in given or () for name, direction in term.items()
    )  # fmt: skip
    return conditions.unique_terms(terms) or (Order(None),)


def snapshot_at(arguments: Arguments) -> At:
    revision, time = arguments.get("revision"), arguments.get("asOf")
    if (revision is None) == (time is None):
        raise BadArgument("snapshot: give either revision or asOf, one of the two")
    return At(bind(revision)) if time is None else At(time=bind(time, lambda text: conditions.parse_time(text, "asOf")))
