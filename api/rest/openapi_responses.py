"""The responses of the OpenAPI document: headers, errors, and the objects that are not records."""

from __future__ import annotations

import json
from collections.abc import Iterable

from schema.surfaces.openapi.parts import Schema, ref

from ..errors import ApiError, HeadTooLarge, RequestTimeout, UrlTooLong, catalogue

PROBLEM = "application/problem+json"
TEXT: Schema = {"type": "string"}
HEADERS = {
    "ETag": "Identifies this response by its URL, its revision and the version of the API. Send it back as If-None-Match.",
    "Cache-Control": "A response for a revision that was requested by number may be cached; other facts must be revalidated; an error is not stored.",
    "Conflict-Facts-Cost": "What the request costs; one unit is about ten microseconds of the database. `explain=cost` says what of it costs how much, "
    "and `/limits` how much a request may cost.",
    "Conflict-Facts-Revision": "The revision of the facts in this response.",
    "Conflict-Facts-Withheld": "The number of records of this kind whose sources forbid redistribution, in the newest revision; absent if there are none. "
    "`/v1/withheld` names the sources.",
    "Link": 'Of a CSV file, its description, `rel="describedby"`. Of a page, and of a file with `limit`, the next page, as `<URL>; rel="next"`; absent on the last page, and where it would have more than 8,000 characters: then `next` in the body has it alone.',
    "Content-Disposition": "A file name that includes the revision.",
    "Accept-Ranges": "`bytes` once the file is complete: then the response has its length, and a request may name a range of it. A HEAD request waits for that.",
    "Retry-After": "Seconds to wait before trying again.",
    "RateLimit": "What remains of the cost that you may use now (`r`), and for how many seconds it lasts at the rate at which it is restored (`t`); absent where a "
    "cache may answer others with this response. After draft-ietf-httpapi-ratelimit-headers.",
    "RateLimit-Policy": "The cost that one client may use (`q`) in so many seconds (`w`).",
}
LIMIT_HEADERS = ("RateLimit", "RateLimit-Policy")  # Absent from a server without a limit.
FACT_HEADERS = ("ETag", "Cache-Control", "Conflict-Facts-Revision", *LIMIT_HEADERS)
FILE_HEADERS = (*FACT_HEADERS, "Conflict-Facts-Withheld")
STORED_HEADERS = ("Content-Disposition", "Accept-Ranges")
RECORD_HEADERS = (*FACT_HEADERS, "Conflict-Facts-Cost")
LIST_HEADERS = (*FILE_HEADERS, "Conflict-Facts-Cost")
OF_ANY_REQUEST: tuple[type[ApiError], ...] = (RequestTimeout, UrlTooLong, HeadTooLarge)


def response(description: str, media: str, schema: Schema, *headers: str) -> Schema:
    """A response with one media type."""
    return {"description": description, "headers": _header_refs(headers), "content": {media: {"schema": schema}}}


def answer(description: str, media: str, schema: Schema, *headers: str) -> Schema:
    """A response made of facts or, with `explain=cost`, of the cost of the request alone."""
    return response(description, media, {"anyOf": [schema, ref("CostAnswer")]}, *headers)


def response_ref(component: str) -> Schema:
    return {"$ref": f"#/components/responses/{component}"}


def operation(id: str, tag: str, title: str, description: str, parameters: list[Schema], responses: dict[str, Schema]) -> Schema:
    """An operation with these responses, and the errors of any request."""
    return {
        "operationId": id,
        "tags": [tag],
        "summary": title,
        "description": description,
        "parameters": parameters,
        "responses": responses | error_responses(OF_ANY_REQUEST),
    }


def error_responses(errors: Iterable[type[ApiError]]) -> dict[str, Schema]:
    """References to the problems of some errors, by status."""
    return {str(status): response_ref(f"Problem{status}") for status in sorted({error.status for error in errors})}


NOT_MODIFIED = {"304": response_ref("Unchanged")}


def responses(paths: dict[str, Schema]) -> dict[str, Schema]:
    """The components that operations refer to: 304, and one problem for each status, with every error that has it."""
    statuses = sorted({error.status for error in catalogue()})
    not_modified: Schema = {"description": "The client's copy is still current.", "headers": _header_refs(FACT_HEADERS)}
    components = {"Unchanged": not_modified, **{f"Problem{status}": _problem(status) for status in statuses}}
    text = json.dumps(paths)
    return {name: component for name, component in components.items() if json.dumps(response_ref(name)["$ref"]) in text}


def error_headers(status: int) -> tuple[str, ...]:
    """The headers of the errors of a status."""
    return (
        "Cache-Control",
        *LIMIT_HEADERS,
        *(("Retry-After",) if any(error.retry_after for error in catalogue() if error.status == status) else ()),
    )


def headers() -> dict[str, Schema]:
    """The components of headers."""
    return {name: {"description": description, "schema": TEXT} for name, description in HEADERS.items()}


def _header_refs(names: Iterable[str]) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _problem(status: int) -> Schema:
    errors = [error for error in catalogue() if error.status == status]
    examples = {error.code: {"value": _example(error)} for error in errors}
    return {
        "description": " ".join(f"`{error.code}`: {error.sentence()}" for error in errors),
        "headers": _header_refs(error_headers(status)),
        "content": {PROBLEM: {"schema": ref("Problem"), "examples": examples}},
    }


def _example(error: type[ApiError]) -> Schema:
    sentence = error.sentence()
    members = {"title": sentence, "status": error.status, "detail": sentence, "code": error.code}
    return {"type": f"/problems/{error.code}", **members, "instance": "/v1/events"}


def schemas() -> dict[str, Schema]:
    """The components of objects that are not records: problems, and the requests and responses of GraphQL."""
    return {"Problem": _problem_schema(), **_cost_schemas(), **_graphql_schemas()}


def _cost_schemas() -> dict[str, Schema]:
    number: Schema = {"type": "integer", "minimum": 0}
    path: dict[str, Schema] = {
        "path": {"type": "string", "description": "Where it is in the response: the keys of lists and records, joined by dots."},
        "rows": {**number, "description": "How many records it is expected to have."},
        "cost": {**number, "description": "What it costs to find these records, and to write what is selected of them."},
    }
    by: Schema = {"type": "object", "required": [*path], "properties": path}
    members: dict[str, Schema] = {
        "requested": {**number, "description": "What the request costs. One unit is about ten microseconds of the database."},
        "limit": {**number, "description": "The most that a request may cost."},
        "by": {"type": "array", "items": by, "description": "The most expensive lists, records and totals of the request, at most twenty."},
    }
    cost: Schema = {"type": "object", "description": "The cost of a request.", "required": [*members], "properties": members}
    about = "The cost of a request, which was not run."
    return {"Cost": cost, "CostAnswer": {"type": "object", "description": about, "required": ["cost"], "properties": {"cost": ref("Cost")}}}


def _problem_schema() -> Schema:
    errors = catalogue()
    codes: Schema = {"enum": [error.code for error in errors], "x-enum-descriptions": [error.sentence() for error in errors]}
    required: dict[str, Schema] = {
        "type": {"type": "string", "format": "uri-reference", "description": "The page that explains the error."},
        "title": {"type": "string", "description": "The error in one sentence, the same for every request."},
        "status": {"type": "integer", "description": "The HTTP status code."},
        "detail": {"type": "string", "description": "What is wrong with this request, and how to correct it."},
        "code": {"type": "string", "description": "Identifies the error: the meaning of a code never changes.", **codes},
    }
    optional: dict[str, Schema] = {
        "instance": {"type": "string", "format": "uri-reference", "description": "The path of the request; absent if it is long, or if the request was refused before it was read."},
    }  # fmt: skip
    source: Schema = {"type": "object", "description": "The source of a withheld record, and where its owner publishes it."}
    properties = {**required, **optional, "source": source}
    return {"type": "object", "description": "An error (RFC 9457).", "required": list(required), "properties": properties}


def _graphql_schemas() -> dict[str, Schema]:
    optional: Schema = {"type": ["object", "null"]}
    members: dict[str, Schema] = {
        "query": TEXT,
        "operationName": {"type": ["string", "null"]},
        "variables": optional,
        "extensions": optional,
    }
    document: Schema = {"anyOf": [{"required": ["query"]}, {"required": ["extensions"]}]}
    error: dict[str, Schema] = {
        "message": TEXT,
        "locations": {"type": "array", "items": {"type": "object"}},
        "path": {"type": "array", "items": {"type": ["string", "integer"]}},
        "extensions": {"type": "object"},
    }
    errors: Schema = {"type": "array", "items": {"type": "object", "required": ["message"], "properties": error}}
    return {
        "GraphQLRequest": {"type": "object", "description": "A GraphQL request.", **document, "properties": members},
        "GraphQLAnswer": {
            "type": "object",
            "description": "The data, or the errors that explain why there is none.",
            "properties": {"data": optional, "errors": errors, "extensions": {"type": "object", "properties": {"cost": ref("Cost")}}},
        },
    }
