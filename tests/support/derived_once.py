"""What an application derives from its kinds takes most of the time in which it is made; the hundreds of a test run share it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

import pytest

import api.graphql.endpoint
import api.surfaces
from api.graphql.schema import make_schema
from api.rest import openapi
from schema.model.yaml_text import compose
from schema.surfaces.graphql.surface import Surface

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def once_for_each(make: Callable[[Argument], Result]) -> Callable[[Argument], Result]:
    """`make`, called once for each object. Objects are told apart by identity, because kinds cannot be hashed."""
    results: dict[int, tuple[Argument, Result]] = {}  # The object is kept, so that no other gets its identity.

    def shared(argument: Argument) -> Result:
        if id(argument) not in results:
            results[id(argument)] = argument, make(argument)
        return results[id(argument)][1]

    return shared


# Each is a pure function of the kinds, and nothing changes its result afterwards.
surface_of, schema_of, openapi_of = once_for_each(Surface), once_for_each(make_schema), once_for_each(openapi.endpoint)


def share_derivations(patch: pytest.MonkeyPatch) -> None:
    """Let every application of the same kinds have the same GraphQL types, the same schema and the same OpenAPI document."""
    patch.setattr(api.surfaces, "Surface", surface_of)
    patch.setattr(api.graphql.endpoint, "make_schema", schema_of)
    patch.setattr(openapi, "endpoint", openapi_of)
    # Hundreds of loads read the same small documents, and composing their YAML takes most of the time of reading them. Nothing changes the nodes.
    patch.setattr("schema.fixtures.documents.compose", functools.lru_cache(maxsize=256)(compose))
