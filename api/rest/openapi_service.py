"""The operations of GraphQL and of the service itself."""

from __future__ import annotations

from schema.surfaces.openapi.parts import Schema, ref

from ..errors import (
    ApiError,
    BadArgument,
    BadRequest,
    NotAcceptable,
    PersistedQueryNotFound,
    RateLimited,
    TooLarge,
    TooSlow,
    UnsupportedMedia,
)
from .openapi_parameters import IF_NONE_MATCH, NUMBER, OF_FACTS, TEXT, parameter, parameter_ref
from .openapi_responses import FILE_HEADERS, LIMIT_HEADERS, NOT_MODIFIED, error_headers, error_responses, operation, response

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
JSON_TEXT: Schema = {**TEXT, "minLength": 2, "contentMediaType": JSON}


def graphql() -> Schema:
    description = (
        "GraphQL over HTTP; introspection returns the schema. A client that accepts only "
        f"{JSON} gets status 200 even if its document is invalid. A browser gets GraphiQL."
    )
    parameters = [
        parameter("query", "The document. It may be omitted if `extensions` names one that was sent before.", {**TEXT, "minLength": 1}),
        parameter("operationName", "The operation to run, if the document has several.", TEXT),
        parameter("variables", "The variables, as a JSON object.", JSON_TEXT),
        parameter(
            "extensions",
            "A JSON object. Its `persistedQuery`, with `version` 1 and `sha256Hash`, identifies the document. With `explain`: `cost`, the response has the cost of the request, which is not run.",
            JSON_TEXT,
        ),
        *map(parameter_ref, OF_FACTS),
    ]
    body = {"required": True, "content": {JSON: {"schema": ref("GraphQLRequest")}}}
    get = {**_graphql_responses(*FILE_HEADERS), **NOT_MODIFIED}
    post = _graphql_responses("Cache-Control", "Conflict-Facts-Revision", "Conflict-Facts-Withheld", *LIMIT_HEADERS)
    return {
        "get": operation("askGraphQL", "graphql", "Query by URL", description, parameters, get),
        "post": {
            **operation(
                "postGraphQL",
                "graphql",
                "Query by request body",
                description,
                [parameter_ref(name) for name in OF_FACTS if name != IF_NONE_MATCH],
                post,
            ),
            "requestBody": body,
        },
    }


def _graphql_responses(*headers: str) -> dict[str, Schema]:
    """The responses of GraphQL. Only data has these headers: a response with errors, or with several revisions, has none of them."""
    content = {media: {"schema": ref("GraphQLAnswer")} for media in (GRAPHQL, JSON)}
    responses: dict[str, Schema] = {"200": {**response("The data.", JSON, {}, *headers), "content": content}}
    for error in (BadRequest, PersistedQueryNotFound, TooLarge, UnsupportedMedia, RateLimited, TooSlow, ApiError):
        about = f"{error.sentence()} The error is in GraphQL's `errors`."
        responses[str(error.status)] = {**response(about, JSON, {}, *error_headers(error.status)), "content": content}
    return responses | error_responses([NotAcceptable])


def service() -> dict[str, Schema]:
    alive, ready = _status("alive", "version", TEXT), _status("ready", "revision", NUMBER)
    errors = error_responses([TooSlow, ApiError])
    parameters = error_responses([BadArgument])  # Of any parameter, since none is taken.
    itself: Schema = {"type": "object"}
    limits: Schema = {"type": "object", "additionalProperties": {"type": ["number", "object"]}}
    return {
        path: {
            "get": operation(
                path[1:].partition(".")[0],
                "service",
                title,
                about,
                [],
                {"200": response(about, JSON, schema, "Cache-Control"), **parameters, **others},
            )
        }
        for path, title, about, schema, others in (
            ("/health", "Check that the server runs", "The process is running, whether or not the database is.", alive, {}),
            ("/ready", "Check that the database answers", "The database can be read; `revision` is its newest revision.", ready, errors),
            ("/limits", "The limits on requests", "Every limit on requests and on their responses, by name.", limits, {}),
            ("/openapi.json", "This document", "This OpenAPI 3.1 document.", itself, {}),
        )
    }


def _status(word: str, name: str, schema: Schema) -> Schema:
    return {"type": "object", "required": ["status", name], "properties": {"status": {"const": word}, name: schema}}
