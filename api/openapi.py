"""The REST surface as OpenAPI 3.1, derived from the kinds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schema.kind import Kinds


def document(kinds: Kinds) -> dict[str, object]:
    return {"openapi": "3.1.0"}


def endpoint(kinds: Kinds) -> Callable[[Request], Awaitable[Response]]:
    made = document(kinds)

    async def answer(request: Request) -> Response:
        return JSONResponse(made)

    return answer
