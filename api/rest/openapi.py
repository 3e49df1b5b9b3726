"""The REST surface as OpenAPI 3.1, derived from the kinds, the parameters, the formats and the errors."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from importlib.metadata import metadata

from starlette.requests import Request
from starlette.responses import Response

from schema.model import withheld_counts
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import TOTALS_RULE_SENTENCE
from schema.surfaces.openapi.components import components
from schema.surfaces.openapi.parts import ID, Schema, ref

from ..errors import (
    ApiError,
    BadArgument,
    BadRequest,
    NoSuchRevision,
    NotAcceptable,
    NotFound,
    PersistedQueryNotFound,
    TooLarge,
    TooSlow,
    UnsupportedMedia,
    WithheldError,
    catalogue,
)
from . import openapi_components
from .files import FORMATS, PAGED, ListFormat, exports
from .openapi_components import (
    HELD,
    LISTED,
    NUMBER,
    PLAIN,
    TEXT,
    answer,
    parameter,
    refusals,
    response,
    shared,
)
from .parameters import LIST_PARAMETERS

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
UNCHANGED = {"304": response("Unchanged")}

# What any question to the database can end in, and what one that names a revision can as well.
ANY: tuple[type[ApiError], ...] = (BadArgument, TooSlow, ApiError)
DATED = (*ANY, NoSuchRevision)

PREAMBLE = """\
The facts of armed conflict, each with who says so. Facts change by numbered revisions: every answer names the one that it is of, \
and `revision` or `as_of` asks for an earlier one.

Conditions are written `field=value` or `field.operator=value`, and all of them must hold. A dot after a reference leads into the \
record that it refers to, and so on: only the first step of such paths is listed here. Unknown is null and never matches; \
`field.known=false` finds it. Whatever is not understood is refused with what would do instead.

Errors are problems of RFC 9457, with a code that never changes its meaning:

| code | status | meaning |
| --- | --- | --- |
"""


TAGS = {
    "revisions": "Every change to the facts: a load, a correction, a retraction or an undo.",
    "withheld": "What the terms of its source forbid to show.",
    "graphql": "The same facts by GraphQL.",
    "service": "The service itself.",
}


def endpoint(kinds: Kinds) -> Callable[[Request], Awaitable[Response]]:
    body = json.dumps(document(kinds), ensure_ascii=False).encode()

    async def answer(request: Request) -> Response:
        return Response(body, media_type=JSON)

    return answer


def document(kinds: Kinds) -> Schema:
    """The whole description. Its version is that of the program."""
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": "/"}],
        "security": [],
        "tags": [*(_tag(kind.plural, kind.description) for kind in kinds.values()), *(_tag(name, told) for name, told in TAGS.items())],
        "externalDocs": {"description": "Every kind, field and code.", "url": "/dictionary"},
        "paths": _paths(kinds),
        "components": {
            "schemas": {**components(kinds), **openapi_components.schemas()},
            "parameters": openapi_components.parameters(kinds),
            "headers": openapi_components.headers(),
            "responses": openapi_components.responses(),
        },
    }


def _info() -> Schema:
    about = metadata("conflict-facts")
    problems = "".join(f"| `{error.code}` | {error.status} | {error.sentence()} |\n" for error in catalogue())
    licence = about["License-Expression"]
    return {
        "title": "Conflict Facts",
        "summary": about["Summary"],
        "description": PREAMBLE + problems,
        "version": about["Version"],
        "license": {"name": licence, "identifier": licence},
    }


def _tag(name: str, told: str) -> Schema:
    return {"name": name, "description": told}


def _paths(kinds: Kinds) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for kind in kinds.values():
        found[f"/v1/{kind.plural}"] = {"get": _listing(kinds, kind)}
        for suffix, format in exports(kind).items():
            found[f"/v1/{kind.plural}.{suffix}"] = {"get": _file(kinds, kind, format)}
        if kind.totals:
            found[f"/v1/{kind.plural}/totals"] = {"get": _totals(kinds, kind)}
        found[f"/v1/{kind.plural}/{{id}}"] = {"get": _record(kind)}
    return {**found, **_revisions(), "/graphql": _graphql(), **_service()}


def _operation(id: str, tag: str, title: str, told: str, parameters: list[Schema], responses: dict[str, Schema]) -> Schema:
    return {"operationId": id, "tags": [tag], "summary": title, "description": told, "parameters": parameters, "responses": responses}


# Records


def _listing(kinds: Kinds, kind: Kind) -> Schema:
    page = FORMATS[PAGED]
    found = answer(f"A page of {kind.plural}.", page.media_type, page.schema(kind), *LISTED, "Link")
    return _operation(
        f"list{_plural(kind)}", kind.plural, f"List {kind.plural}",
        f"A page of {kind.plural}; `next` leads to the following one. {_dotted(kinds, kind)}The same answer is at `/v1/{kind.plural}.{page.suffix}`.",
        openapi_components.listing(kinds, kind), {"200": found, **UNCHANGED, **refusals(DATED)},
    )  # fmt: skip


def _record(kind: Kind) -> Schema:
    found = answer(f"The {kind.name}.", JSON, ref(f"{kind.graphql}Answer"), *PLAIN)
    return _operation(
        f"get{kind.graphql}", kind.plural, f"Get one {kind.name}",
        f"One {kind.name} by its id, with the provenance of every field unless `provenance` says otherwise. `.json` may follow the id.",
        [_in_path(f"The id of the {kind.name}.", ID), *openapi_components.record(kind)], {"200": found, **UNCHANGED, **refusals((*DATED, NotFound, WithheldError))},
    )  # fmt: skip


def _file(kinds: Kinds, kind: Kind, format: ListFormat) -> Schema:
    media = format.media_type.partition(";")[0]
    return _operation(
        f"export{_plural(kind)}{format.suffix.capitalize()}", kind.plural, f"All {kind.plural} as .{format.suffix}",
        f"The whole list, streamed from one state of the database. {format.sentence} {_dotted(kinds, kind)}".rstrip(),
        openapi_components.file(kinds, kind, format),
        {"200": answer(format.sentence, media, format.schema(kind), *LISTED, "Content-Disposition"), **UNCHANGED, **refusals(DATED)},
    )  # fmt: skip


def _totals(kinds: Kinds, kind: Kind) -> Schema:
    found = answer("The sums, and what was left out of them.", JSON, ref("Totals"), *LISTED)
    return _operation(
        f"total{_plural(kind)}", kind.plural, f"Sum {kind.plural}",
        f"Sums of {kind.plural} with their ranges, of what may be added; the rest is counted in `left_out`, by the reason. {TOTALS_RULE_SENTENCE}",
        openapi_components.totals(kinds, kind), {"200": found, **UNCHANGED, **refusals(DATED)},
    )  # fmt: skip


def _plural(kind: Kind) -> str:
    return kind.plural.title().replace("_", "")


def _dotted(kinds: Kinds, kind: Kind) -> str:
    """How a condition leads into a reference, by an example of this kind."""
    if not kind.links:
        return ""
    link = kind.links[-1]
    return f"Dotted paths follow references: `{link.name}.{kinds[link.type.ref or ''].label or 'id'}=…`. "


def _in_path(told: str, schema: Schema) -> Schema:
    return {"name": "id", "in": "path", "required": True, "description": told, "schema": schema}


# Everything else


def _revisions() -> dict[str, Schema]:
    asked = [
        parameter("limit", LIST_PARAMETERS["limit"], openapi_components.SHARED["limit"]),
        parameter("before", "Only those before this one.", NUMBER),
        shared(HELD),
    ]
    listed = {"200": answer("Revisions.", JSON, ref("RevisionList"), *PLAIN), **UNCHANGED, **refusals(ANY)}
    found = {"200": answer("The revision.", JSON, ref("RevisionAnswer"), *PLAIN), **UNCHANGED, **refusals((*ANY, NotFound))}
    number = _in_path("The number of the revision.", NUMBER)
    withheld = {"200": answer(withheld_counts.SENTENCE, JSON, ref("WithheldList"), *PLAIN), **UNCHANGED, **refusals(ANY)}
    told = "One revision, with its receipt."
    return {
        "/v1/withheld": {
            "get": _operation("listWithheld", "withheld", "List what is withheld", withheld_counts.SENTENCE, [shared(HELD)], withheld)
        },
        "/v1/revisions": {"get": _operation("listRevisions", "revisions", "List revisions", "Revisions, newest first.", asked, listed)},
        "/v1/revisions/{id}": {"get": _operation("getRevision", "revisions", "Get one revision", told, [number, shared(HELD)], found)},
    }


def _graphql() -> Schema:
    told = f"GraphQL over HTTP; introspection tells the schema. Who asks for {JSON} is told of a wrong document with 200. A browser gets GraphiQL."
    asked = [
        parameter("query", "The document; it may be left out where `extensions` name one that was sent before.", TEXT),
        parameter("operationName", "Which of its operations.", TEXT),
        parameter("variables", "The variables, as a JSON object.", TEXT),
        parameter("extensions", "A JSON object; `persistedQuery` in it, with `version` 1 and `sha256Hash`, stands for the document.", TEXT),
        shared(HELD),
    ]
    body = {"required": True, "content": {JSON: {"schema": ref("GraphQLRequest")}}}
    by_address = {**_graphql_answers(*LISTED), **UNCHANGED}
    return {
        "get": _operation("askGraphQL", "graphql", "Ask by address", told, asked, by_address),
        "post": {
            **_operation(
                "postGraphQL", "graphql", "Ask by body", told, [], _graphql_answers("Conflict-Facts-Revision", "Conflict-Facts-Withheld")
            ),
            "requestBody": body,
        },
    }


def _graphql_answers(*headers: str) -> dict[str, Schema]:
    """Headers are those of data; an answer that tells errors, or is of several revisions, has none of them."""
    content = {media: {"schema": ref("GraphQLAnswer")} for media in (GRAPHQL, JSON)}
    answers: dict[str, Schema] = {"200": {**answer("The answer.", JSON, {}, *headers), "content": content}}
    for error in (BadRequest, PersistedQueryNotFound, TooLarge, UnsupportedMedia, TooSlow, ApiError):
        answers[str(error.status)] = {"description": f"{error.sentence()} Told as GraphQL tells errors.", "content": content}
    return answers | refusals([NotAcceptable])


def _service() -> dict[str, Schema]:
    alive, ready = _status("alive", "version", TEXT), _status("ready", "revision", NUMBER)
    own: Schema = {"type": "object"}
    return {
        path: {"get": _operation(path[1:].partition(".")[0], "service", title, told, [], {"200": answer(told, JSON, schema), **others})}
        for path, title, told, schema, others in (
            ("/health", "Is it alive?", "The process lives, whatever the database does.", alive, {}),
            ("/ready", "Is it ready?", "The database answers, and this is its newest revision.", ready, refusals([TooSlow, ApiError])),
            ("/openapi.json", "This description", "This description, OpenAPI 3.1.", own, {}),
        )
    }


def _status(word: str, name: str, schema: Schema) -> Schema:
    return {"type": "object", "required": ["status", name], "properties": {"status": {"const": word}, name: schema}}
