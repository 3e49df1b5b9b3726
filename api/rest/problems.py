"""Errors as problem documents (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schema.codelists.vocabularies import suggestion

from ..errors import MAX_SHOWN, ApiError, MethodNotAllowed, NoSuchPage, shown

logger = logging.getLogger(__name__)


def problem(error: ApiError, request: Request) -> Response:
    """The problem document of an error."""
    instance = quote(request.url.path)
    body = {**error.document(), "instance": instance, **error.members}
    if len(instance) > MAX_SHOWN:  # Its beginning would be the address of something else.
        del body["instance"]
    return JSONResponse(body, error.status, error.headers(), media_type="application/problem+json")


def no_such_page(path: str, paths: Iterable[str]) -> NoSuchPage:
    """The error of a path that no route matches; it suggests the most similar of `paths`."""
    return NoSuchPage(f"there is nothing at {shown(path)}; {suggestion(path, paths)}")


async def not_allowed(request: Request, error: Exception) -> Response:
    """The handler of methods that a route does not take."""
    methods = (getattr(error, "headers", None) or {}).get("Allow", "GET")
    allowed = ", ".join(sorted(methods.split(", ")))  # Starlette keeps them in a set.
    response = problem(MethodNotAllowed(f"{shown(request.method)} {shown(request.url.path)}: use {allowed}"), request)
    response.headers["allow"] = allowed
    return response


def error_response(request: Request, error: Exception) -> Response:
    """The problem document of an error. For an internal one it has no details, which are only in the log."""
    if not isinstance(error, ApiError):
        logger.error("internal error in %s", request.url.path, exc_info=error)
        return problem(ApiError(), request)
    return problem(error, request)
