"""GraphQL errors as responses: the code, the message and the HTTP status of each."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from graphql.validation.validate import ValidationAbortedError

from ..errors import MAX_SHOWN, ApiError, TooMuch

# What graphql-core says of a number that Python does not read, in Python's words.
TOO_MANY_DIGITS = re.compile(r"Expected value of type '(\w+)!?', but encountered error 'Exceeds the limit [^']*'; found[: ]*(-?\d+)")
SUGGESTION = "suggestion"  # The extension of an error that says what is meant; it is shown in the message.


class InvalidRequest(Exception):
    """A document breaks rules of GraphQL, or variables do not have their declared types; `errors` names every violation."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        self.errors = errors
        super().__init__("; ".join(error.message for error in errors))


def errors_of(exception: Exception) -> list[dict[str, Any]]:
    """The errors of a response for an exception. An internal error is not described to the client."""
    match exception:
        case InvalidRequest():
            return [_graphql_error(error, validated=True) for error in exception.errors]
        case GraphQLError():
            return [_graphql_error(exception)]
        case ApiError():
            return [api_error(exception)]
    return [{"message": ApiError.sentence(), "extensions": {"code": ApiError.code}}]


def status_of(exception: Exception) -> int:
    """The HTTP status for an exception, as a client that accepts application/graphql-response+json receives it."""
    if isinstance(exception, ApiError):
        return exception.status
    return 500 if is_internal(exception) else 400


def is_internal(exception: Exception) -> bool:
    """Whether the fault is the server's."""
    return any(error["extensions"]["code"] == ApiError.code for error in errors_of(exception))


def _graphql_error(error: GraphQLError, validated: bool = False) -> dict[str, Any]:
    """`validated`: a rule of GraphQL or the type of a value found the error, so it is the client's whatever raised it."""
    code = "graphql-invalid" if validated and not isinstance(error, ValidationAbortedError) else _code(error)
    if code == ApiError.code:
        return {"message": ApiError.sentence(), "extensions": {"code": code}}
    message = " ".join([shown_message(error.message), *filter(None, [(error.extensions or {}).get(SUGGESTION)])])
    if isinstance(error, ValidationAbortedError):
        message = "the document is too complex to validate; select less, with fewer aliases and fragments"
    formatted: dict[str, Any] = {"message": message, "extensions": {"code": code}}
    if error.locations:
        formatted["locations"] = [location.formatted for location in error.locations]
    return formatted


def shown_message(message: str) -> str:
    """A message of graphql-core, which quotes anything that the client sent: of a long one its beginning and its end, where the reason is."""
    message = TOO_MANY_DIGITS.sub(r"\1 cannot represent a number of so many digits: \2", message)
    half = MAX_SHOWN // 2
    return message if len(message) <= MAX_SHOWN else f"{message[:half]}…{message[-half:]}"


def _code(error: GraphQLError) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return "graphql-syntax"
    if isinstance(error, ValidationAbortedError):
        return TooMuch.code
    return "graphql-invalid" if error.original_error is None or isinstance(error.original_error, GraphQLError) else ApiError.code


def api_error(error: ApiError) -> dict[str, Any]:
    """An error of the API in the format of GraphQL."""
    described: dict[str, Any] = {"message": error.detail, "extensions": {"code": error.code}}
    if error.place is not None:
        described["locations"] = [dict(zip(("line", "column"), error.place, strict=True))]
    if error.path:
        described["path"] = list(error.path)
    return described


def error_body(errors: list[dict[str, Any]]) -> str:
    """The response to a request that was not run: errors without data."""
    return compact_json({"errors": errors})


def compact_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
