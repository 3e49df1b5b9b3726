"""GraphQL errors as responses: the code, the message and the HTTP status of each."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from graphql.validation.validate import ValidationAbortedError

from schema.model.completeness import complete

from ..errors import MAX_SHOWN, ApiError, TooMuch, catalogue

# What graphql-core says of a number that Python does not read, in Python's words.
TOO_MANY_DIGITS = re.compile(r"Expected value of type '(\w+)!?', but encountered error 'Exceeds the limit [^']*'; found[: ]*(-?\d+)")
SUGGESTION = "suggestion"  # The extension of an error that says what is meant; it is shown in the message.


# The code of each error in the way that clients of GraphQL expect, as Apollo Server has it, by our code for the problem. Where Apollo has none, it is the
# name of the HTTP status.
GRAPHQL_CODES = {
    "graphql-syntax": "GRAPHQL_PARSE_FAILED", "graphql-invalid": "GRAPHQL_VALIDATION_FAILED",
    "bad-argument": "BAD_USER_INPUT", "bad-cursor": "BAD_USER_INPUT", "unknown-argument": "BAD_USER_INPUT", "bad-request": "BAD_REQUEST",
    "bad-host": "BAD_REQUEST", "not-found": "NOT_FOUND", "no-such-address": "NOT_FOUND", "no-such-revision": "NOT_FOUND",
    "withheld": "FORBIDDEN", "persisted-query-not-found": "PERSISTED_QUERY_NOT_FOUND", "too-much": "QUERY_TOO_COMPLEX",
    "rate-limited": "TOO_MANY_REQUESTS", "too-many-own-downloads": "TOO_MANY_REQUESTS", "too-many-downloads": "SERVICE_UNAVAILABLE", "too-many-pictures": "SERVICE_UNAVAILABLE",
    "too-many-connections": "SERVICE_UNAVAILABLE", "unavailable": "SERVICE_UNAVAILABLE", "revision-not-reached": "SERVICE_UNAVAILABLE", "too-slow": "TIMEOUT", "request-timeout": "REQUEST_TIMEOUT",
    "method-not-allowed": "METHOD_NOT_ALLOWED", "no-such-format": "NOT_ACCEPTABLE", "no-such-oembed-format": "NOT_IMPLEMENTED", "not-installed": "NOT_IMPLEMENTED", "range-not-satisfiable": "RANGE_NOT_SATISFIABLE",
    "too-large": "CONTENT_TOO_LARGE", "head-too-large": "REQUEST_HEADER_FIELDS_TOO_LARGE", "unsupported-media-type": "UNSUPPORTED_MEDIA_TYPE",
    "url-too-long": "URI_TOO_LONG", "internal": "INTERNAL_SERVER_ERROR",
}  # fmt: skip
SYNTAX, INVALID = "graphql-syntax", "graphql-invalid"  # The problems that only GraphQL has.
INVALID_VARIABLES = "BAD_USER_INPUT"  # As Apollo Server has it, although the problem is the same as that of a document.
complete("GRAPHQL_CODES in api/graphql/errors.py", GRAPHQL_CODES, [*(error.code for error in catalogue()), SYNTAX, INVALID])


class InvalidRequest(Exception):
    """A document breaks rules of GraphQL, or variables do not have their declared types; `errors` names every violation."""

    def __init__(self, errors: Sequence[GraphQLError], code: str = GRAPHQL_CODES[INVALID]) -> None:
        self.errors, self.code = errors, code
        super().__init__("; ".join(error.message for error in errors))


def errors_of(exception: Exception) -> list[dict[str, Any]]:
    """The errors of a response for an exception. An internal error is not described to the client."""
    match exception:
        case InvalidRequest():
            return [_graphql_error(error, exception.code) for error in exception.errors]
        case GraphQLError():
            return [_graphql_error(exception)]
        case ApiError():
            return [api_error(exception)]
    return [{"message": ApiError.sentence(), "extensions": _codes(ApiError.code)}]


def status_of(exception: Exception) -> int:
    """The HTTP status for an exception, as a client that accepts application/graphql-response+json receives it."""
    if isinstance(exception, ApiError):
        return exception.status
    return 500 if is_internal(exception) else 400


def is_internal(exception: Exception) -> bool:
    """Whether the fault is the server's."""
    return any(error["extensions"]["problem"] == ApiError.code for error in errors_of(exception))


def _codes(problem: str) -> dict[str, Any]:
    """The extensions of an error: its code as clients of GraphQL expect it, and ours, which is more exact and is explained at /problems."""
    return {"code": GRAPHQL_CODES[problem], "problem": problem}


def _graphql_error(error: GraphQLError, invalid: str = "") -> dict[str, Any]:
    """`invalid`: a rule of GraphQL or the type of a value found the error, so it is the client's whatever raised it, and has this code."""
    problem = INVALID if invalid and not isinstance(error, ValidationAbortedError) else _problem(error)
    codes = {**_codes(problem), "code": invalid} if invalid and problem == INVALID else _codes(problem)
    if problem == ApiError.code:
        return {"message": ApiError.sentence(), "extensions": codes}
    message = " ".join([shown_message(error.message), *filter(None, [(error.extensions or {}).get(SUGGESTION)])])
    if isinstance(error, ValidationAbortedError):
        message = "the document is too complex to validate; select less, with fewer aliases and fragments"
    formatted: dict[str, Any] = {"message": message, "extensions": codes}
    if error.locations:
        formatted["locations"] = [location.formatted for location in error.locations]
    return formatted


def shown_message(message: str) -> str:
    """A message of graphql-core, which quotes anything that the client sent: of a long one its beginning and its end, where the reason is."""
    message = TOO_MANY_DIGITS.sub(r"\1 cannot represent a number of so many digits: \2", message)
    half = MAX_SHOWN // 2
    return message if len(message) <= MAX_SHOWN else f"{message[:half]}…{message[-half:]}"


def _problem(error: GraphQLError) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return SYNTAX
    if isinstance(error, ValidationAbortedError):
        return TooMuch.code
    return INVALID if error.original_error is None or isinstance(error.original_error, GraphQLError) else ApiError.code


def api_error(error: ApiError) -> dict[str, Any]:
    """An error of the API in the format of GraphQL."""
    described: dict[str, Any] = {"message": error.detail, "extensions": _codes(error.code)}
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
