"""What OpenAPI addresses are described with: the parameters, headers, responses and own objects of the API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.operators import OPERATORS
from schema.model.totals import TOTALS_KEY
from schema.model.types import DATE
from schema.surfaces.descriptions import short_description
from schema.surfaces.openapi.parts import (
    ID,
    Schema,
    ref,
    value,
)

from ..errors import ApiError, TooSlow, catalogue
from ..query import conditions
from ..query.nodes import DEFAULT_FIRST, MAX_FIRST
from .files import ListFormat
from .parameters import LIST_PARAMETERS, RECORD_PARAMETERS
from .totals import TOTALS_PARAMETERS

PROBLEM = "application/problem+json"
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_FIRST}

# The parameters that are the same for every kind; `provenance` and `order` name fields.
SHARED: dict[str, Schema] = {
    "fields": {"type": "array", "items": TEXT, "default": ["*"]},
    "revision": NUMBER,
    "as_of": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]},
    "limit": {**LIMIT, "default": DEFAULT_FIRST},
    "after": TEXT,
    "search": TEXT,
}
SPAN: dict[str, Schema] = {"by": {"type": "array", "items": ref(TOTALS_KEY.graphql)}, "since": dict(DATE.json), "until": dict(DATE.json)}
HELD = "If-None-Match"
WHOLE = "How many at most: 1 to 1,000; by default all."
HEADERS = {
    "ETag": "Stands for this answer: the address, the revision and the edition of the API. Send it back as If-None-Match.",
    "Cache-Control": "An answer of a revision that was asked for by number may be kept; any other must be asked after.",
    "Conflict-Facts-Revision": "The revision that the answer is of.",
    "Conflict-Facts-Withheld": "How many records of the kind the terms of their source forbid to show; absent where none. `/v1/withheld` tells whose they are.",
    "Link": 'The next page, as `<address>; rel="next"`; left out on the last.',
    "Content-Disposition": "A name for the file, with the revision in it.",
    "Retry-After": "Seconds after which another attempt makes sense.",
}
PLAIN = ("ETag", "Cache-Control", "Conflict-Facts-Revision")
LISTED = (*PLAIN, "Conflict-Facts-Withheld")


# Parameters


def parameters(kinds: Kinds) -> dict[str, Schema]:
    """Every parameter by name of component: those of a kind are called `event.order`, `event.started_on.gte`."""
    own = {**RECORD_PARAMETERS, **LIST_PARAMETERS}
    found = {name: parameter(name, own[name], schema) for name, schema in SHARED.items()}
    found["whole"] = parameter("limit", WHOLE, LIMIT)
    found[HELD] = {**parameter(HELD, "An ETag: 304 where the answer is still the same.", TEXT), "in": "header"}
    for name, schema in SPAN.items():
        found[f"totals.{name}"] = parameter(name, TOTALS_PARAMETERS[name], schema)
    for kind in kinds.values():
        for name, schema in _named(kind).items():
            found[f"{kind.name}.{name}"] = parameter(name, own[name], schema)
        for one in (None, *kind.fields.values()):
            for name, told, schema in _conditions(kinds, one):
                found[f"{kind.name}.{name}"] = parameter(name, told, schema)
    return found


def parameter(name: str, told: str, schema: Schema, required: bool = False) -> Schema:
    """One parameter of the query. A list is one parameter with commas."""
    separated = {"style": "form", "explode": False} if schema.get("type") == "array" else {}
    needed = {"required": True} if required else {}
    return {"name": name, "in": "query", "description": told, **needed, **separated, "schema": schema}


def record(kind: Kind) -> list[Schema]:
    """The parameters of one record."""
    return _references(kind, RECORD_PARAMETERS)


def listing(kinds: Kinds, kind: Kind) -> list[Schema]:
    """The parameters of a list."""
    return [*_references(kind, _listed(kind)), *_filters(kinds, kind)]


def file(kinds: Kinds, kind: Kind, format: ListFormat) -> list[Schema]:
    """The parameters of a list as a file: it has no pages, and some formats choose their own columns."""
    fixed = ("fields", "provenance") if format.selection else ()
    names = ("whole" if name == "limit" else name for name in _listed(kind) if name not in ("after", *fixed))
    return [*_references(kind, names), *_filters(kinds, kind)]


def totals(kinds: Kinds, kind: Kind) -> list[Schema]:
    """The parameters of totals."""
    names = (f"totals.{name}" if name in SPAN else name for name in (*TOTALS_PARAMETERS, HELD))
    return [*(shared(name) for name in names), *_filters(kinds, kind)]


def _listed(kind: Kind) -> Iterator[str]:
    return (name for name in (*LIST_PARAMETERS, *RECORD_PARAMETERS) if name != "search" or kind.searched)


def _references(kind: Kind, names: Iterable[str]) -> list[Schema]:
    own = _named(kind)
    return [shared(f"{kind.name}.{name}" if name in own else name) for name in (*names, HELD)]


def _filters(kinds: Kinds, kind: Kind) -> list[Schema]:
    conditions = (name for one in (None, *kind.fields.values()) for name, _, _ in _conditions(kinds, one))
    return [shared(f"{kind.name}.{name}") for name in conditions]


def shared(name: str) -> Schema:
    """A parameter by name of component."""
    return {"$ref": f"#/components/parameters/{name}"}


def _named(kind: Kind) -> dict[str, Schema]:
    """The parameters that name fields of the kind."""
    ordered = ["id", *(one.name for one in kind.fields.values() if one.orderable)]
    terms = [*ordered, *(f"-{name}" for name in ordered)]
    return {
        "order": {"type": "array", "items": {"enum": terms}, "default": ["id"]},
        "provenance": {"type": "array", "items": {"enum": ["*", "none", *kind.fields]}},
    }


def _conditions(kinds: Kinds, one: Field | None) -> Iterator[tuple[str, str, Schema]]:
    """The name, the meaning and the schema of every condition on a field; None is the id. The first operator goes without saying."""
    name, about = (one.name, short_description(one)) if one else ("id", "The id.")
    item = value(one.type) if one else ID
    asked = [operator for operator in conditions.operators(kinds, one) if operator != "match"]
    for operator in asked:
        meaning = OPERATORS[operator]
        many: Schema = {"type": "array", "items": item, "maxItems": conditions.MAX_OPERATOR_VALUES}
        schema: Schema = {"type": "boolean"} if meaning.flag else many if meaning.many else item
        yield name if operator == asked[0] else f"{name}.{operator}", f"{about} {meaning.sentence}", schema


# Responses


def response(name: str) -> Schema:
    return {"$ref": f"#/components/responses/{name}"}


def answer(told: str, media: str, schema: Schema, *headers: str) -> Schema:
    return {"description": told, "headers": _headers(headers), "content": {media: {"schema": schema}}}


def refusals(errors: Iterable[type[ApiError]]) -> dict[str, Schema]:
    """The responses that tell of some errors, by status."""
    return {str(status): response(f"Problem{status}") for status in sorted({error.status for error in errors})}


def responses() -> dict[str, Schema]:
    """What many addresses answer: nothing new, or one problem a status with every error that has it."""
    statuses = sorted({error.status for error in catalogue()})
    unchanged: Schema = {"description": "The answer that the asker holds is still right.", "headers": _headers(PLAIN)}
    return {"Unchanged": unchanged, **{f"Problem{status}": _problem(status) for status in statuses}}


def headers() -> dict[str, Schema]:
    return {name: {"description": told, "schema": TEXT} for name, told in HEADERS.items()}


def _headers(names: Iterable[str]) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _problem(status: int) -> Schema:
    errors = [error for error in catalogue() if error.status == status]
    examples = {error.code: {"value": _example(error)} for error in errors}
    return {
        "description": " ".join(f"`{error.code}`: {error.sentence()}" for error in errors),
        "headers": _headers(["Retry-After"] if status == TooSlow.status else []),
        "content": {PROBLEM: {"schema": ref("Problem"), "examples": examples}},
    }


def _example(error: type[ApiError]) -> Schema:
    said = error.sentence()
    told = {"title": said, "status": error.status, "detail": said, "code": error.code}
    return {"type": f"/problems/{error.code}", **told, "instance": "/v1/…"}


# The API's own objects


def schemas() -> dict[str, Schema]:
    errors = catalogue()
    codes: Schema = {"enum": [error.code for error in errors], "x-enum-descriptions": [error.sentence() for error in errors]}
    problem: dict[str, Schema] = {
        "type": {"type": "string", "format": "uri-reference", "description": "The page that explains the error."},
        "title": {"type": "string", "description": "The error in a sentence, the same for every request."},
        "status": {"type": "integer", "description": "The status of HTTP."},
        "detail": {"type": "string", "description": "What was wrong with this request, and what would do."},
        "code": {"type": "string", "description": "What to tell errors apart by: a code never changes its meaning.", **codes},
        "instance": {"type": "string", "format": "uri-reference", "description": "The address that was asked for."},
    }
    source: Schema = {"type": "object", "description": "Of a record that is withheld: its source, and where its owner publishes it."}
    told: dict[str, Schema] = {"message": TEXT, "locations": {"type": "array"}, "path": {"type": "array"}, "extensions": {"type": "object"}}
    anything: Schema = {"type": ["object", "null"]}
    asked: dict[str, Schema] = {"query": TEXT, "operationName": {"type": ["string", "null"]}, "variables": anything, "extensions": anything}
    known: Schema = {"anyOf": [{"required": ["query"]}, {"required": ["extensions"]}]}
    told_errors: Schema = {"type": "array", "items": {"type": "object", "required": ["message"], "properties": told}}
    answered: dict[str, Schema] = {"data": {"type": ["object", "null"]}, "errors": told_errors}
    return {
        "Problem": {
            "type": "object",
            "description": "An error, as RFC 9457 has it.",
            "required": list(problem),
            "properties": {**problem, "source": source},
        },
        "GraphQLRequest": {"type": "object", "description": "A request of GraphQL.", **known, "properties": asked},
        "GraphQLAnswer": {"type": "object", "description": "Data, or the errors that explain why there are none.", "properties": answered},
    }
