"""What an application derives from its kinds takes most of the time in which it is made; the hundreds of a test run share it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

import api.app
import api.graphql.endpoint
import api.rest.openapi

Argument = TypeVar("Argument")
Result = TypeVar("Result")

# Each is a pure function of the kinds, and nothing changes its result afterwards.
DERIVATIONS = ((api.app, "Surface"), (api.graphql.endpoint, "make_schema"), (api.rest.openapi, "endpoint"))


def share_derivations(patch: pytest.MonkeyPatch) -> None:
    """Let every application of the same kinds have the same GraphQL types, the same schema and the same OpenAPI document."""
    for module, name in DERIVATIONS:
        patch.setattr(module, name, once_for_each(getattr(module, name)))


def once_for_each(make: Callable[[Argument], Result]) -> Callable[[Argument], Result]:
    """`make`, called once for each object. Objects are told apart by identity, because kinds cannot be hashed."""
    results: dict[int, tuple[Argument, Result]] = {}  # The object is kept, so that no other gets its identity.

    def shared(argument: Argument) -> Result:
        if id(argument) not in results:
            results[id(argument)] = argument, make(argument)
        return results[id(argument)][1]

    return shared
