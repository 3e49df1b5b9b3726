"""The operations that check sentences."""

from __future__ import annotations

from schema.model.claim_checks import ARGUMENTS, CHECK_SENTENCE, REQUIRED
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.types import DATE
from schema.surfaces.openapi.parts import TEXT, Schema, array, id_argument, ref, value

from ..errors import (
    ApiError,
    BadArgument,
    BadRequest,
    NoSuchRevision,
    NotFound,
    RateLimited,
    TooLarge,
    TooSlow,
    UnsupportedMedia,
    WithheldError,
)
from .claim_check_batch import ARRAY, MAX_SENTENCES, MEDIA_TYPE
from .openapi_parameters import OF_FACTS, parameter, parameter_ref
from .openapi_responses import LIST_HEADERS, NOT_MODIFIED, answer, error_responses, operation, response
from .parameters import AS_OF, EXPLAIN

JSON = "application/json"
BATCH_HEADERS = ("Conflict-Facts-Revision", "Conflict-Facts-Cost", "Conflict-Facts-Withheld", "Cache-Control")


def paths(kinds: Kinds) -> dict[str, Schema]:
    """The path of checks, of one sentence and of many."""
    path = "/v1/check-claim"
    return {path: {"get": _one(kinds, kind), "post": _batch(kinds, kind)} for kind in kinds.summed}  # noqa: B035  # one kind is summed


def _one(kinds: Kinds, kind: Kind) -> Schema:
    parameters = [
        {**parameter(name, text, _schema(kinds, kind, name)), **({"required": True} if name in REQUIRED else {})}
        for name, text in ARGUMENTS.items()
    ]
    parameters += [parameter_ref(name) for name in (*AS_OF, EXPLAIN, *OF_FACTS)]
    checked = answer("The verdict, and the claims that it rests on.", JSON, ref("ClaimCheck"), *LIST_HEADERS)
    errors: tuple[type[ApiError], ...] = (BadArgument, RateLimited, TooSlow, ApiError, NoSuchRevision, NotFound, WithheldError)
    return operation(
        "checkClaim", "checks", "Check a sentence", CHECK_SENTENCE, parameters, {"200": checked, **NOT_MODIFIED, **error_responses(errors)}
    )


def _batch(kinds: Kinds, kind: Kind) -> Schema:
    members = {name: {**_schema(kinds, kind, name), "description": text} for name, text in ARGUMENTS.items()}
    sentence: Schema = {"type": "object", "required": [*REQUIRED], "properties": members, "additionalProperties": True}
    about = (
        f"Checks up to {MAX_SENTENCES} sentences as of one revision. The body is NDJSON with an object on each line, or a JSON array of objects, each with the parameters of the "
        "check of one sentence. The response has the same form, and for each sentence its number as `line` with the members of a check, or with a `problem`. "
        "The sentences together may cost what one request may."
    )
    errors: tuple[type[ApiError], ...] = (BadRequest, TooLarge, UnsupportedMedia, RateLimited, TooSlow, ApiError)
    checked = response("An answer for each sentence, in the form of the request.", MEDIA_TYPE, TEXT, *BATCH_HEADERS)
    answers = array({"anyOf": [ref("ClaimCheckLine"), ref("ClaimCheckProblem")]})
    checked["content"] = {ARRAY: {"schema": answers}, MEDIA_TYPE: {"schema": TEXT}}
    bodies = {ARRAY: {"schema": {**array(sentence), "maxItems": MAX_SENTENCES}}, MEDIA_TYPE: {"schema": sentence}}
    body: Schema = {"required": True, "description": f"Up to {MAX_SENTENCES} sentences.", "content": bodies}
    described = operation("checkClaims", "checks", "Check many sentences", about, [], {"200": checked, **error_responses(errors)})
    return {**described, "requestBody": body}


def _schema(kinds: Kinds, kind: Kind, name: str) -> Schema:
    """The schema of an argument: that of the field of the same name, of the record or of its event."""
    if name in ("from", "to"):
        return dict(DATE.json)
    if name == "value":
        return {"type": "number", "minimum": 0}
    assert kind.totals is not None
    event = kinds[kind.fields[kind.totals.event].type.ref or ""]
    type = {**event.fields, **kind.fields}[name].type
    return id_argument(type.ref) if type.ref else value(type)
