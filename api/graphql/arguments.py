"""Turns the arguments of GraphQL fields into conditions, orders and points in time; their GraphQL types have been validated.

An argument that is null means the same as one that is absent. Inside a `where`, nulls and empty conditions are refused: a variable that
happens to be null would otherwise remove a condition, and the response would count what was not asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from graphql import FieldNode, GraphQLField
from graphql.execution.values import VariableValues
from graphql.utilities import coerce_input_literal

from schema.model.field import Field
from schema.model.kind import Kind, Reverse
from schema.model.kinds import Kinds
from schema.surfaces.graphql.names import camel

from ..errors import BadArgument
from ..query import conditions
from ..query.bindings import Parameter, bind, specialise
from ..query.conditions import COUNT, QUANTIFIERS
from ..query.nodes import NO_CONDITION, At, Condition, Order, Related, Where

Arguments = Mapping[str, Any]
WHERE = "where"
ABSENT = object()


def written_where(field: GraphQLField, node: FieldNode, variables: VariableValues) -> Any:
    """The `where` argument of a field, in which a variable that the request does not give is null.

    graphql-core leaves out a member whose variable is not given (GraphQL, 3.10), so that its condition would disappear without a trace.
    """
    literals = [argument.value for argument in node.arguments or () if argument.name.value == WHERE]
    given = VariableValues(variables.sources, {**dict.fromkeys(variables.sources), **variables.coerced})
    return coerce_input_literal(literals[0], field.args[WHERE].type, given) if literals else None


def where_argument(kinds: Kinds, kind: Kind, value: Arguments | None) -> Where:
    """The conditions of a `where` argument; none if it is null. Raises BadArgument for a null or an empty condition in it, with its path."""
    return NO_CONDITION if value is None else _filter(kinds, kind, value, WHERE, "leave `where` out to get every record")


def _filter(kinds: Kinds, kind: Kind, value: Arguments | None, path: str, cure: str) -> Where:
    """The conditions of a filter object at a path; `cure` tells what to do if it is null or empty."""
    parts: list[Where | Condition | Related] = []
    names = {camel(name): name for name in kind.filterable}
    reverses = {camel(name): reverse for name, reverse in kind.reverses.items()}
    columns = {camel(name): column for name, column in kinds.columns(kind).items()}
    for name, member in _present(value, path, cure).items():
        below, leave = f"{path}.{name}", conditions.without_value(name)
        if name in ("and", "or"):
            filters = enumerate(_present(member, below, leave))
            inner = tuple(_filter(kinds, kind, part, f"{below}[{n}]", "leave it out") for n, part in filters)
            parts.append(Where("all" if name == "and" else "any", inner))
        elif name == "not":
            parts.append(Where("none", (_filter(kinds, kind, member, below, leave),)))
        elif name in reverses:
            parts += _related(kinds, reverses[name], member, below, leave)
        elif name in columns:
            links, field = columns[name]
            parts.append(conditions.linked(links, tuple(_conditions(kinds, kind, field, member, below))))
        else:
            parts += _conditions(kinds, kind, kind.filterable.get(names.get(name, "")), member, below)
    return Where("all", tuple(parts))


def _related(kinds: Kinds, reverse: Reverse, value: Arguments | None, path: str, cure: str) -> Iterator[Related]:
    """The conditions on the records that refer to a record."""
    for quantifier, member in _present(value, path, cure).items():
        below, leave = f"{path}.{quantifier}", conditions.without_value(quantifier)
        if quantifier != COUNT:
            yield Related(
                reverse, *QUANTIFIERS[quantifier], _filter(kinds, reverse.kind, member, below, f"{leave}, or use `count: {{gte: 1}}`")
            )
            continue
        compared = dict(_present(member, below, leave))
        counted = compared.pop(WHERE, ABSENT)
        where = (
            NO_CONDITION
            if counted is ABSENT
            else _filter(kinds, reverse.kind, counted, f"{below}.{WHERE}", conditions.without_value(WHERE))
        )
        if not compared:
            raise BadArgument(f"{below}: compares the number with nothing; add a comparison, such as `gte: 3`")
        for operator, number in compared.items():
            place = f"{below}.{operator}"
            present = _not_null(number, place, conditions.without_value(operator))
            yield Related(reverse, operator, bind(present, lambda raw, place=place: conditions.count(raw, place)), where)  # type: ignore[misc]  # mypy infers no type for the default


def _present(value: Any, path: str, cure: str) -> Any:
    """A list or an object with something in it. Raises BadArgument for one that is null or empty."""
    if not _not_null(value, path, cure):
        raise BadArgument(f"{path}: is empty; {cure}")
    return value


def _not_null(value: Any, path: str, cure: str) -> Any:
    if value is None:
        raise BadArgument(f"{path}: is null, or a variable that is not given; {cure}")
    return value


def _conditions(
    kinds: Kinds, kind: Kind, field: Field | None, operators: Arguments | None, path: str
) -> Iterator[Where | Condition | Related]:
    """The conditions on a field, or on the id if it is None."""
    operator_names = {camel(operator): operator for operator in conditions.operators(kinds, field)}
    known = "known: false" if "known" in operator_names else ""
    cure = conditions.without_value(path.rpartition(".")[2], known)
    present = _present(operators, path, cure)
    for graphql_name, value in present.items():
        operator, below = operator_names[graphql_name], f"{path}.{graphql_name}"
        if len(present) > 1:
            cure = conditions.without_value(graphql_name, known)
        if field is not None and operator == "match":
            yield Condition(field, operator, _filter(kinds, kinds[field.type.ref or ""], value, below, cure))
        else:  # An empty list of values is a condition, which no record meets.
            yield conditions.condition(kind, field, operator, _not_null(value, below, cure), below, cure, _without_enums)


def _without_enums(value: Any) -> Any:
    """A value with Strawberry's enum members replaced by their values, in lists as well."""
    if isinstance(value, list):
        return [_without_enums(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def order_argument(kind: Kind, value: list[Arguments] | None) -> tuple[Order, ...]:
    fields = {camel(name): field for name, field in kind.fields.items()}  # A slug is none, and becomes None, the id.
    terms = tuple(
        Order(fields.get(name), descending=specialise(direction, _without_enums) == "desc")
        for term in value or () for name, direction in term.items()
    )  # fmt: skip
    return conditions.unique_terms(terms) or (Order(None),)


def place(arguments: Arguments) -> tuple[int | Parameter, Any, bool]:
    """The size of a page, its cursor, which may be None, and whether it is read backward. Raises BadArgument for both directions at once."""
    forward, backward = (
        {name: arguments[name] for name in names if arguments.get(name) is not None} for names in (("first", "after"), ("last", "before"))
    )
    if forward and backward:
        pair = f"{next(iter(forward))}, {next(iter(backward))}"
        raise BadArgument(f"{pair}: a page is read forward (first, after) or backward (last, before); leave out one of the two")
    if backward:
        return conditions.page_size(backward.get("last"), "last"), backward.get("before"), True
    return conditions.page_size(forward.get("first")), forward.get("after"), False


def deprecated(arguments: Arguments) -> bool:
    """Whether deprecated claims are requested too."""
    return bool(specialise(arguments.get("deprecated")))


def language(arguments: Arguments) -> str:
    """The code of the language of words."""
    return str(specialise(arguments["language"], lambda value: getattr(value, "value", value)))


def snapshot_at(arguments: Arguments) -> At:
    """The point in time of a snapshot. Raises BadArgument unless exactly one of revision and asOf is given."""
    revision, time = arguments.get("revision"), arguments.get("asOf")
    if (revision is None) == (time is None):
        raise BadArgument("snapshot: give exactly one of revision and asOf")
    return At(bind(revision)) if time is None else At(time=bind(time, lambda text: conditions.parse_time(text, "asOf")))
