"""What is wrong with a GraphQL request, as it is told: codes, messages and the status of HTTP."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from graphql.validation.validate import ValidationAbortedError

from ..errors import ApiError, BadRequest, TooMuch
from .engine import compact

GRAPHQL_RESPONSE_JSON, APPLICATION_JSON = "application/graphql-response+json", "application/json"


def status_of(errors: list[GraphQLError], media: str) -> int:
    """With the new media type a request that could not be run is 4xx or 5xx; with the old one it is 200 (GraphQL over HTTP, 6.4)."""
    original = errors[0].original_error
    status = original.status if isinstance(original, ApiError) else 500 if _code(errors[0]) == ApiError.code else 400
    return status if media == GRAPHQL_RESPONSE_JSON or status >= 500 else 200


def _code(error: GraphQLError) -> str:
    original = error.original_error
    if isinstance(original, ApiError):
        return original.code
    if isinstance(error, GraphQLSyntaxError):
        return "graphql-syntax"
    if isinstance(error, ValidationAbortedError):
        return TooMuch.code
    return "graphql-invalid" if original is None or isinstance(original, GraphQLError) else ApiError.code


def graphql_error_dict(error: GraphQLError) -> dict[str, Any]:
    """An error as GraphQL has it, with our code. What went wrong inside is logged, not told."""
    code = _code(error)
    if code == ApiError.code:
        return {"message": ApiError.sentence(), "extensions": {"code": code}}
    message = error.message
    if isinstance(error, ValidationAbortedError):
        message = "the document is too complex to be checked; select less, with fewer aliases and fragments"
    told: dict[str, Any] = {"message": message, "extensions": {"code": code}}
    if error.locations:
        told["locations"] = [one.formatted for one in error.locations]
    return told


def request_error(message: str) -> GraphQLError:
    return GraphQLError(message, original_error=BadRequest(message))


def error_dict(error: ApiError) -> dict[str, Any]:
    return {"message": error.detail, "extensions": {"code": error.code}}


def error_body(errors: list[dict[str, Any]]) -> str:
    return compact({"errors": errors})
