"""The REST API as an OpenAPI 3.1 document, derived from the kinds, the parameters, the formats and the errors."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from importlib.metadata import metadata

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kinds import Kinds
from schema.model.operators import OPERATORS
from schema.surfaces.openapi.components import components
from schema.surfaces.openapi.parts import Schema

from .. import __version__
from ..errors import catalogue
from . import openapi_parameters, openapi_paths, openapi_responses

INTRODUCTION = """\
The facts of armed conflict, with the source of every value. Facts change in numbered revisions: each response names its revision, \
and `revision` or `as_of` returns the facts of an earlier one.

Filter by `field=value` or `field.operator=value`; a record must match every condition. A dot follows a reference to the record \
behind it, and from there to the next (`event.location.country`); `figures.some`, `figures.none` and `figures.count` are conditions on the records \
that refer to one. Of these, the parameters listed here are those that are used most: `x-operators` names the other operators of a field, and paths may go on. \
An unknown value is null, and matches no condition except `ne` and `known=false`. An unknown parameter or an invalid value is rejected, with a suggestion. \
[The data dictionary](/dictionary) has every kind, field and code.
"""
OPERATOR_TABLE = "\n| operator | a record matches if its value is |\n| --- | --- |\n"
ERROR_TABLE = "\n\nErrors are problem documents (RFC 9457), each with a code whose meaning never changes:\n\n| code | status | meaning |\n| --- | --- | --- |\n"
LICENCES = """
The code and the collections are under the licences named here; what a collection takes from a source stays under the licence of that source. `license` and `attribution` of each \
source have it, and the sentence to print.
"""
TAGS = {
    "search": "Records of all kinds, by a name, an id or a day.",
    "checks": "Whether a number in a sentence is still right.",
    "claims": "What the sources state.",
    "revisions": "Every change to the facts: a load, a correction, a retraction or an undo.",
    "withheld": "Records whose sources forbid redistribution.",
    "graphql": "The same facts through GraphQL.",
    "service": "The service itself.",
}
LAST_TAG = [*TAGS][-1]


def endpoint(kinds: Kinds) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of /openapi.json; the document is written once."""
    body = json.dumps(document(kinds), ensure_ascii=False).encode()

    async def openapi(request: Request) -> Response:
        return Response(body, media_type="application/json")

    return openapi


def document(kinds: Kinds) -> Schema:
    """The complete document; its version is that of the package."""
    errors = "".join(f"| `{error.code}` | {error.status} | {error.sentence()} |\n" for error in catalogue())
    tags = {**{kind.plural: kind.description for kind in kinds.values()}, **TAGS}
    tags[LAST_TAG] += ERROR_TABLE + errors  # Behind the operations, where a list of errors is looked up.
    paths = openapi_paths.paths(kinds)
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": "/"}],
        "security": [],
        "tags": [{"name": name, "description": description} for name, description in tags.items()],
        "paths": paths,
        "components": {
            "schemas": {**components(kinds), **openapi_responses.schemas()},
            "parameters": openapi_parameters.components(kinds),
            "headers": openapi_responses.headers(),
            "responses": openapi_responses.responses(paths),
        },
    }


def _info() -> Schema:
    package = metadata("conflict-facts")
    licence = package["License-Expression"]  # That of the code comes first; a collection may be under it, too.
    code, *data = licence.split(" AND ")
    operators = "".join(f"| `{name}` | {operator.sentence} |\n" for name, operator in OPERATORS.items() if name != "match")
    return {
        "title": "Conflict Facts",
        "summary": package["Summary"],
        "description": INTRODUCTION + OPERATOR_TABLE + operators + LICENCES,
        "version": __version__,
        "contact": {"name": "The operator of this server"},
        "license": {
            "name": f"{code} for the code; {', '.join(data)} or {code} for the collections; each source has its own",
            "identifier": licence,
        },
    }
