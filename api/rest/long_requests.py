"""Reading a request with a long query string takes milliseconds, so it is done beside the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import Request

from ..store.side_thread import beside

LONG = 300  # Bytes of a query string; a shorter one is read in less time than it takes to pass it on.
T = TypeVar("T")


async def read(request: Request, reader: Callable[..., T], *arguments: Any) -> T:
    """What `reader` returns for a request. Raises what it raises."""
    return await beside(reader, *arguments) if len(request.scope["query_string"]) > LONG else reader(*arguments)
