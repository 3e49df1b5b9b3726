"""Values that come with each request anew: a question is compiled with those of one request, and takes those of the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ValuePath = tuple[str | int, ...]
Values = Mapping[ValuePath, Any]  # What a request gives, by where it stands in it.
Parse = Callable[[Any], Any]


@dataclass(frozen=True, eq=False)
class Parameter:
    """A value of a statement, read from what each request gives; `value` is that of the request it was compiled for."""

    read: Callable[[Values], Any]
    value: Any


@dataclass(frozen=True, eq=False)
class Guard:
    """What the form of a question depends on: what is compiled serves the requests of which the same is read."""

    read: Callable[[Values], Any]
    value: Any


@dataclass(frozen=True, eq=False)
class Variable:
    """A value that a request gives, on its way into a question, which either binds it or is pinned to it."""

    path: ValuePath
    value: Any
    guards: list[Guard]


def identity(value: Any) -> Any:
    return value


def bind(value: Any, read: Parse = identity) -> Any:
    """What `read` makes of a value; a Slot where the value, or a part of a list, is Given. Raises what `read` raises."""
    if isinstance(value, Variable):
        path = value.path
        return Parameter(lambda values: read(values[path]), read(value.value))
    if isinstance(value, list) and any(isinstance(one, Variable) for one in value):
        return Parameter(
            lambda values: read([values[one.path] if isinstance(one, Variable) else one for one in value]), read(_values(value))
        )
    return read(value)


def specialise(value: Any, read: Parse = identity) -> Any:
    """What `read` makes of a value, which the question then depends on."""
    if isinstance(value, list):
        return read([specialise(one) for one in value])
    if not isinstance(value, Variable):
        return read(value)
    path, found = value.path, read(value.value)
    value.guards.append(Guard(lambda values: read(values[path]), found))
    return found


def item(read: Parse, n: int) -> Parse:
    """Reads one of several things that `read` makes of a value."""
    return lambda value: read(value)[n]


def compile_value(value: Any) -> Any:
    """The value of the request that is compiled."""
    return value.value if isinstance(value, Parameter) else value


def value_of(value: Any, values: Values) -> Any:
    """The value of a request."""
    return value.read(values) if isinstance(value, Parameter) else value


def leaves_of(tree: Any, path: ValuePath = ()) -> Iterator[tuple[ValuePath, Any]]:
    """The leaves of what a request gives; a list without lists or objects in it is a leaf."""
    below = _below(tree)
    if below is None:
        yield path, tree
    else:
        for name, one in below:
            yield from leaves_of(one, (*path, name))


def request_values(found: Mapping[str, Any]) -> Values:
    """The leaves of everything that a request gives, by name."""
    leaves: dict[ValuePath, Any] = {}
    for name, tree in found.items():
        if isinstance(tree, (dict, list)):
            leaves.update(leaves_of(tree, (name,)))
        else:
            leaves[name,] = tree
    return leaves


def shape(found: Values) -> tuple[object, ...]:
    """What is given, whatever it is: which leaves there are, which are null, and which are a list or an object with nothing in it."""
    return tuple([(path, type(one) if one is None or _empty(one) else object) for path, one in found.items()])


def as_variables(tree: Any, guards: list[Guard], path: ValuePath = ()) -> Any:
    """The same tree with every leaf Given. What is null or empty stays as it is: that is part of its shape."""
    if isinstance(tree, dict) and tree:
        return {name: as_variables(one, guards, (*path, name)) for name, one in tree.items()}
    if isinstance(tree, list) and _below(tree) is not None:
        return [as_variables(one, guards, (*path, n)) for n, one in enumerate(tree)]
    return tree if tree is None or _empty(tree) else Variable(path, tree, guards)


def _below(tree: Any) -> list[tuple[str | int, Any]] | None:
    if isinstance(tree, dict) and tree:
        return list(tree.items())
    if isinstance(tree, list) and any(isinstance(one, (dict, list)) for one in tree):
        return list(enumerate(tree))
    return None


def _empty(value: Any) -> bool:
    return isinstance(value, (dict, list)) and not value


def _values(items: list[Any]) -> list[Any]:
    return [one.value if isinstance(one, Variable) else one for one in items]
