"""Random argument values, drawn from the data, and variables with their values in each of several requests."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
)
from hypothesis import strategies as st

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.surfaces.graphql.names import camel

from .expected_states import Loaded

ASKS = 3  # Of one document, each with other values.
ABSENT = object()  # What a variable is that is not given.


@dataclass(frozen=True)
class Onward:
    """Stands for a cursor out of the answer before: the n-th of those of the list that the variable is for."""

    turn: int


class Name(str):
    """The name of a code."""

    __slots__ = ()


@dataclass(frozen=True)
class Variable:
    """A variable and its use, so that it is reused only where its values fit."""

    name: str
    type: str
    use: Use
    default: Any = ABSENT

    def __str__(self) -> str:
        return f"${self.name}: {self.type}" + ("" if self.default is ABSENT else f" = {literal(self.default)}")


@dataclass(frozen=True)
class Use:
    """What a value is for: an argument, or an operator on a field of a kind."""

    argument: str = ""
    kind: str = ""
    field: str = ""
    operator: str = ""


PARTS = ["e", "É", "al", "احم", "zur ich", "%", "_", "\\", "'", "o a", "ｕ"]


@dataclass(frozen=True)
class Grounds:
    """What documents are made from: the schema, values that stand in the data, times, and the newest revision."""

    schema: GraphQLSchema
    kinds: Kinds
    values: dict[tuple[str, str], list[Any]]  # By name of kind and field.
    times: list[str]
    newest: int


def grounds(schema: GraphQLSchema, kinds: Kinds, loads: list[Loaded], times: list[str]) -> Grounds:
    values: dict[tuple[str, str], list[Any]] = {}
    for kind in kinds.values():
        rows = [row for loaded in loads for found in loaded.values() for row in found[kind.plural]]
        for name in ("id", *kind.fields):
            cells = [row[name] for row in rows if name in row]
            flat = [item for cell in cells for item in (cell if isinstance(cell, list) else [cell])]
            values[kind.name, camel(name)] = list(dict.fromkeys(flat))
    return Grounds(schema, kinds, values, times, len(loads))


def literal(value: Any) -> str:
    """A value as it stands in a document."""
    if isinstance(value, Variable):
        return f"${value.name}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return str(value) if isinstance(value, Name) else json.dumps(value, ensure_ascii=False)


class Values:
    """What a document in the making asks with."""

    def __init__(self, draw: st.DrawFn, grounds: Grounds) -> None:
        self.draw, self.grounds = draw, grounds
        self.kinds = {kind.graphql: kind for kind in grounds.kinds.values()}
        self.variables: dict[str, Variable] = {}
        self.asks: list[dict[str, Any]] = [{} for _ in range(ASKS)]
        self.nested = 0  # Conditions within conditions.

    def chance(self, of: int) -> bool:
        return self.draw(st.integers(1, of)) == of

    def one_of(self, things: list[Any]) -> Any:
        return self.draw(st.sampled_from(things))

    def value(self, type: GraphQLInputType, use: Use, bound: bool = True) -> Any:
        """A value of the type with, unless it is to be bound itself, variables at any depth of it."""
        if bound and self.chance(3):
            return self.variable(type, use)
        if not isinstance(type, GraphQLNonNull) and self.chance(self._seldom(12)):
            return None
        return self.known(get_nullable_type(type), use, bound)

    def known(self, type: Any, use: Use, bound: bool) -> Any:
        if isinstance(type, GraphQLList):
            alone = self.chance(6)  # One value stands for the list of it.
            items = [self.known(get_nullable_type(type.of_type), use, bound)] if alone else []
            least = 1 if self.nested and _is_where(get_named_type(type)) and not self.chance(self._seldom(12)) else 0
            return items[0] if alone else [self.value(type.of_type, use, bound) for _ in range(self.draw(st.integers(least, 3)))]
        if isinstance(type, GraphQLInputObjectType):
            return self._object(type, use, bound)
        return self.scalar(type, use)

    def _object(self, type: GraphQLInputObjectType, use: Use, bound: bool) -> dict[str, Any]:
        if type.is_one_of:
            name = self.one_of(list(type.fields))
            return {name: self.value(must(type.fields[name].type), Use("direction"), bound)}
        where = self.kinds.get(type.name.removesuffix("Where"))
        names = [name for name, one in type.fields.items() if self.nested < 3 or not _has_where(get_named_type(one.type))]
        if where is not None and self.nested < 3 and self.chance(4):
            names = ["and", "or", "not"]
        few = 2 if self.chance(3) else 1  # Many conditions at once leave nothing to be found.
        chosen = self.draw(st.lists(st.sampled_from(names), unique=True, max_size=few, min_size=0 if self.chance(80) else 1))
        self.nested += 1
        found = {name: self.value(type.fields[name].type, self._inner(use, where, name), bound) for name in chosen}
        self.nested -= 1
        return found

    def _inner(self, use: Use, where: Kind | None, name: str) -> Use:
        return replace(use, operator=name) if where is None else Use("where", where.name, name)

    def _seldom(self, of: int) -> int:
        """Inside a filter, the lack of a value is an error: so seldom that most documents have an answer."""
        return 10 * of if self.nested else of

    def variable(self, type: GraphQLInputType, use: Use) -> Variable:
        """A variable that is used before in the same way, or a new one. In each ask it is given, or null or not given where it may be."""
        exact = must(type) if self.chance(3) else type
        fitting = [one for one in self.variables.values() if (one.type, one.use) == (str(exact), use)]
        if fitting and self.chance(2):
            return fitting[self.draw(st.integers(0, len(fitting) - 1))]
        default = self.value(exact, use, bound=False) if self.chance(4) else ABSENT
        # Where null may not stand, a variable of the type with null does, if it has a default; it is not given, then, or not null.
        loose = default is not ABSENT and use.argument != "direction" and self.chance(3)
        made = self._variable(str(get_nullable_type(exact) if loose else exact), use, default)
        for ask in self.asks:
            if (default is ABSENT and isinstance(exact, GraphQLNonNull)) or not self.chance(self._seldom(4)):
                ask[made.name] = self.value(exact, use, bound=False)
        return made

    def _variable(self, type: str, use: Use, default: Any) -> Variable:
        name = f"v{len(self.variables) + 1}"
        self.variables[name] = Variable(name, type, use, default)
        return self.variables[name]

    def scalar(self, type: Any, use: Use) -> Any:
        if isinstance(type, GraphQLEnumType):
            there = [code.upper() for code in self.grounds.values.get((use.kind, use.field), [])]
            return Name(self.one_of(there or list(type.values)))
        if type.name == "Boolean":
            return self.draw(st.booleans())
        if use.operator == "":
            return self._asked(use)
        if camel_reverse(self.grounds.kinds[use.kind], use.field):
            return self.draw(st.integers(-1 if self.chance(40) else 0, 3))
        found = self.one_of(self._there(use))
        if type.name != "Float":
            return found
        return int(float(found)) if float(found).is_integer() and self.chance(3) else float(found)

    def _there(self, use: Use) -> list[Any]:
        """Values for an operator on a field: from the data of the field or of the kind it refers to."""
        kind = self.grounds.kinds[use.kind]
        if use.field in {camel(name) for name in kind.columns}:
            *_, column = next(path for name, path in kind.columns.items() if camel(name) == use.field).split(".")
            return self._there(replace(use, kind="event", field=camel(column)))
        one = next((one for one in kind.fields.values() if camel(one.name) == use.field), None)
        if one is None or one.type.ref is not None:
            return [*self.grounds.values[(one and one.type.ref) or kind.name, "id"], "nobody"]
        there = self.grounds.values[use.kind, use.field]
        return [*there, *PARTS] if use.operator == "contains" else there

    def _asked(self, use: Use) -> Any:
        numbers = range(self.grounds.newest + 1)
        if use.argument == "id" and use.kind:
            ids = self.grounds.values[use.kind, "id"]
            return self.one_of([*ids, *(f"{use.kind}:{id}" for id in ids), "nobody", "", "no id"])
        refused = {"first": 0, "last": 0, "revision": self.grounds.newest + 1, "search": " "}
        if use.argument in refused and self.chance(20):
            return refused[use.argument]
        asked: dict[str, list[Any]] = {
            "first": [1, 2, 3, 5, 1000], "last": [1, 2, 3, 5, 1000], "search": PARTS, "asOf": self.grounds.times, "id": [*numbers, 9],
            "revision": list(numbers),
        }  # fmt: skip
        return self.one_of(asked[use.argument])


def camel_reverse(kind: Kind, name: str) -> bool:
    """Whether it is a list of records that refer to one."""
    return name in {camel(reverse) for reverse in kind.reverses}


def must(type: Any) -> GraphQLInputType:
    """The type without null."""
    return GraphQLNonNull(get_nullable_type(type))


def _has_where(type: object) -> bool:
    """Whether it is a filter object, or has one in it that a condition cannot be without."""
    return _is_where(type) or (isinstance(type, GraphQLInputObjectType) and type.name.endswith("ListFilter"))


def _is_where(type: object) -> bool:
    return isinstance(type, GraphQLInputObjectType) and type.name.endswith("Where")
