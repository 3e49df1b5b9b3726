"""What a person sees in a browser."""

from __future__ import annotations

from starlette.routing import BaseRoute
from strawberry import Schema

from schema.kind import Kinds


def routes(kinds: Kinds, schema: Schema) -> list[BaseRoute]:
    return []
