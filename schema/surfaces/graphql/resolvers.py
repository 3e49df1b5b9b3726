"""Resolvers that never run: Strawberry reads the arguments of a field from their signatures."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import strawberry
from strawberry.types.fields.resolver import StrawberryResolver

from .names import camel

Resolver = Callable[..., Any]
Arguments = Mapping[str, tuple[Any, str]]  # The Python type and the description of each argument, by name.


def never(*_: object, **__: object) -> None:
    """Fail, because every request is compiled to SQL and no resolver should run."""
    raise RuntimeError("a resolver ran, although the response should have been compiled to SQL")


def resolver(arguments: Arguments, required: Arguments | None = None) -> Resolver:
    """A resolver with these optional arguments and these required ones."""

    def resolve(*_: object, **__: object) -> None:
        never()

    annotations: dict[str, Any] = {}
    for name, (python, text) in {**(required or {}), **arguments}.items():
        type = python | None if name in arguments else python
        annotations[_python_name(name)] = Annotated[type, strawberry.argument(description=text, name=camel(name))]
    optional = {_python_name(name) for name in arguments}
    parameters = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation,
            default=strawberry.UNSET if name in optional else inspect.Parameter.empty,
        )
        for name, annotation in annotations.items()
    ]  # fmt: skip
    resolve.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # inspect.signature() reads this first
    resolve.__annotations__ = dict(annotations)
    return resolve


def _python_name(name: str) -> str:
    """The name of a parameter: that of the argument, unless Python reserves it."""
    return f"{name}_" if keyword.iskeyword(name) else name


NO_ARGUMENTS: Any = StrawberryResolver(resolver({}))  # Shared by all fields without arguments: Strawberry would inspect each one anew.


# The arguments that choose a page of any list.
PAGE: Arguments = {
    "first": (int, "The maximum number of items, from 1 to 1,000: the first of the list, or those `after` a cursor. The default is 100."),
    "after": (str, "A cursor: only items after it."),
    "last": (int, "The maximum number of items, from 1 to 1,000: the last of the list, or those `before` a cursor, in the same order."),
    "before": (str, "A cursor: only items before it."),
}


def claims_resolver(paged: bool = False) -> Resolver:
    """The arguments of a list of claims; `paged`: as a connection."""
    deprecated: Arguments = {"deprecated": (bool, "Whether to include deprecated claims, which are never chosen.")}
    return resolver({**deprecated, **(PAGE if paged else {})})
