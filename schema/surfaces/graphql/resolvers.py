"""Resolvers that are never run: they carry the arguments of a field, which Strawberry reads from their signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import strawberry
from strawberry.types.fields.resolver import StrawberryResolver

Resolver = Callable[..., Any]
Arguments = Mapping[str, tuple[Any, str]]  # The Python type and the description of each argument, by name.


def never(*_: object, **__: object) -> None:
    """No resolver is ever run: every answer is compiled to SQL before execution."""
    raise RuntimeError("a resolver ran; the compiled answer should have been set before")


def resolver(arguments: Arguments, required: Arguments | None = None) -> Resolver:
    """A resolver with these optional arguments, and others that are required."""

    def resolve(*_: object, **__: object) -> None:
        never()

    annotations = {name: Annotated[python, strawberry.argument(description=text)] for name, (python, text) in (required or {}).items()}
    annotations |= {name: Annotated[python | None, strawberry.argument(description=text)] for name, (python, text) in arguments.items()}
    parameters = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation,
            default=strawberry.UNSET if name in arguments else inspect.Parameter.empty,
        )
        for name, annotation in annotations.items()
    ]  # fmt: skip
    resolve.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what inspect reads first
    resolve.__annotations__ = dict(annotations)
    return resolve


NO_ARGUMENTS: Any = StrawberryResolver(resolver({}))  # Shared by all fields without arguments: Strawberry would inspect each one anew.


def claims_resolver() -> Resolver:
    """The arguments of a list of claims."""
    return resolver({"deprecated": (bool, "Also list deprecated claims, which are never chosen.")})
