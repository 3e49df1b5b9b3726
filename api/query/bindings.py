"""Values of requests: a query is compiled with the values of one request, and its plan runs with those of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ValuePath = tuple[str | int, ...]
Values = Mapping[ValuePath, Any]  # The values of a request, by their place in it.
Parse = Callable[[Any], Any]


class RequestValues(dict[ValuePath, Any]):
    """The values of a request, and what was read from them: the cost of a request, its statement and its warnings read the same ones."""

    def __init__(self, values: Mapping[ValuePath, Any]) -> None:
        super().__init__(values)
        self.results: dict[Parameter, Any] = {}


@dataclass(frozen=True, eq=False)
class Parameter:
    """A value of a statement that is read from each request; `value` is that of the compiled request."""

    read: Callable[[Values], Any]
    value: Any


@dataclass(frozen=True, eq=False)
class Guard:
    """A value that the SQL depends on: a plan serves only requests from which the same is read."""

    read: Callable[[Values], Any]
    value: Any


@dataclass(frozen=True, eq=False)
class Variable:
    """A value of a request while its query is made, which either binds it or is specialised to it."""

    path: ValuePath
    value: Any
    guards: list[Guard]


def identity(value: Any) -> Any:
    return value


def bind(value: Any, read: Parse = identity) -> Any:
    """What `read` returns for a value; a Parameter if the value is one, or if it or an item of a list is a Variable. Raises what `read` raises."""
    if isinstance(value, Parameter):
        return Parameter(lambda values: read(request_value(value, values)), read(value.value))
    if isinstance(value, Variable):
        path = value.path
        return Parameter(lambda values: read(values[path]), read(value.value))
    if isinstance(value, list) and any(isinstance(item, Variable) for item in value):
        return Parameter(
            lambda values: read([values[item.path] if isinstance(item, Variable) else item for item in value]), read(_values(value))
        )
    return read(value)


def specialise(value: Any, read: Parse = identity) -> Any:
    """What `read` returns for a value; a guard then restricts the plan to requests for which it returns the same."""
    if isinstance(value, list):
        return read([specialise(item) for item in value])
    if not isinstance(value, Variable):
        return read(value)
    path, result = value.path, read(value.value)
    value.guards.append(Guard(lambda values: read(values[path]), result))
    return result


def item(read: Parse, n: int) -> Parse:
    """A parser that returns item `n` of what `read` returns."""
    return lambda value: read(value)[n]


def compiled_value(value: Any) -> Any:
    """The value of the compiled request."""
    return value.value if isinstance(value, Parameter) else value


def request_value(value: Any, values: Values) -> Any:
    """The value of another request."""
    if not isinstance(value, Parameter):
        return value
    if not isinstance(values, RequestValues):
        return value.read(values)
    if value not in values.results:
        values.results[value] = value.read(values)
    return values.results[value]


def leaves_of(tree: Any, path: ValuePath = ()) -> Iterator[tuple[ValuePath, Any]]:
    """The leaves of a value with their paths. A list that contains no lists or objects is a leaf."""
    children = _children(tree)
    if children is None:
        yield path, tree
    else:
        for name, child in children:
            yield from leaves_of(child, (*path, name))


def count_leaves(tree: Any) -> int:
    """How many leaves `leaves_of` yields; without recursion, since the value may be nested to any depth."""
    count, trees = 0, [tree]
    while trees:
        children = _children(trees.pop())
        if children is None:
            count += 1
        else:
            trees += [child for _, child in children]
    return count


def listed_values(values: Values, uses: Mapping[str, int]) -> int:
    """How many values of lists a request has, where a variable counts as often as it is used: each use reads and checks them."""
    return sum(len(value) * uses.get(str(path[0]), 0) for path, value in values.items() if isinstance(value, list))


def leaves_of_variables(variables: Mapping[str, Any]) -> RequestValues:
    """The leaves of all variables of a request."""
    leaves = RequestValues({})
    for name, tree in variables.items():
        if isinstance(tree, (dict, list)):
            leaves.update(leaves_of(tree, (name,)))
        else:
            leaves[name,] = tree
    return leaves


def shape(values: Values) -> tuple[object, ...]:
    """Which leaves there are, and which of them are null, an empty list or an empty object. Requests of one shape can share a plan."""
    return tuple([(path, type(value) if value is None or _empty(value) else object) for path, value in values.items()])


def as_variables(tree: Any, guards: list[Guard], path: ValuePath = ()) -> Any:
    """A value with every leaf replaced by a Variable, except nulls and empty lists and objects, which are part of the shape."""
    if isinstance(tree, dict) and tree:
        return {name: as_variables(child, guards, (*path, name)) for name, child in tree.items()}
    if isinstance(tree, list) and _children(tree) is not None:
        return [as_variables(child, guards, (*path, n)) for n, child in enumerate(tree)]
    return tree if tree is None or _empty(tree) else Variable(path, tree, guards)


def _children(tree: Any) -> list[tuple[str | int, Any]] | None:
    if isinstance(tree, dict) and tree:
        return list(tree.items())
    if isinstance(tree, list) and any(isinstance(child, (dict, list)) for child in tree):
        return list(enumerate(tree))
    return None


def _empty(value: Any) -> bool:
    return isinstance(value, (dict, list)) and not value


def _values(items: list[Any]) -> list[Any]:
    return [item.value if isinstance(item, Variable) else item for item in items]
