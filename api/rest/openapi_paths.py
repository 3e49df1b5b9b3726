"""The operations of the OpenAPI document, by path."""

from __future__ import annotations

from schema.model import withheld_table
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.search import SEARCH_SENTENCE
from schema.model.totals import TOTALS_RULE_SENTENCE
from schema.surfaces.openapi.examples import example_list
from schema.surfaces.openapi.parts import Schema, id_argument, ref

from ..errors import (
    ApiError,
    BadArgument,
    NoSuchRevision,
    NotAcceptable,
    NotFound,
    RangeNotSatisfiable,
    RateLimited,
    TooManyDownloads,
    TooSlow,
    WithheldError,
)
from ..query.search import MAX_FOUND
from . import openapi_claim_checks as openapi_checks
from . import openapi_parameters as params
from .list_formats import FORMATS, PAGED, ListFormat, exports
from .openapi_parameters import NUMBER, OF_FACTS, TEXT, parameter, parameter_ref
from .openapi_responses import (
    FILE_HEADERS,
    LIST_HEADERS,
    NOT_MODIFIED,
    RECORD_HEADERS,
    STORED_HEADERS,
    answer,
    error_responses,
    operation,
    response,
)
from .openapi_service import graphql, service
from .parameters import AS_OF, EXPLAIN, LIST_PARAMETERS
from .search import SEARCH_PARAMETERS
from .search import TEXT as TEXT_PARAMETER

JSON = "application/json"

# The errors of any query, and of one that may name a revision.
QUERY_ERRORS: tuple[type[ApiError], ...] = (BadArgument, RateLimited, TooSlow, ApiError)
REVISION_ERRORS = (*QUERY_ERRORS, NoSuchRevision)


def paths(kinds: Kinds) -> dict[str, Schema]:
    by_path: dict[str, Schema] = {}
    for kind in kinds.values():
        by_path[f"/v1/{kind.plural}"] = {"get": _list(kinds, kind)}
        for suffix, format in exports(kind).items():
            by_path[f"/v1/{kind.plural}.{suffix}"] = {"get": _file(kinds, kind, format)}
        if kind.totals:
            by_path[f"/v1/{kind.plural}/totals.{{suffix}}"] = {"get": _totals_file(kinds, kind)}
            by_path[f"/v1/{kind.plural}/totals"] = {"get": _totals(kinds, kind)}
        by_path[f"/v1/{kind.plural}/{{id}}"] = {"get": _record(kind)}
    return {
        **by_path,
        "/v1/search": {"get": _search()},
        **openapi_checks.paths(kinds),
        "/v1/claims/{id}": {"get": _claim()},
        **_revisions(),
        "/graphql": graphql(),
        **service(),
    }


# Records


def _list(kinds: Kinds, kind: Kind) -> Schema:
    format = FORMATS[PAGED]
    page = answer(f"A page of {kind.plural}.", format.media_type, format.schema(kind), *LIST_HEADERS, "Link")
    page["content"][format.media_type]["example"] = example_list(kinds, kind)  # type: ignore[index]  # it is an object
    return operation(
        f"list{_plural(kind)}", kind.plural, f"List {kind.plural}",
        f"A page of {kind.plural}; `next` is the URL of the following page. {_dotted(kinds, kind)}"
        f"`/v1/{kind.plural}.{format.suffix}` returns the same response.",
        params.listing(kinds, kind), {"200": page, **NOT_MODIFIED, **error_responses(REVISION_ERRORS)},
    )  # fmt: skip


def _record(kind: Kind) -> Schema:
    record = answer(f"The {kind.name}.", JSON, ref(f"{kind.graphql}Answer"), *RECORD_HEADERS)
    return operation(
        f"get{kind.graphql}", kind.plural, f"Get one {kind.name}",
        f"One {kind.name} by its id, with the provenance of every field unless `provenance` selects fewer. The id may be followed by `.json`.",
        [_in_path(f"The id of the {kind.name}, or its global id.", id_argument(kind.name)), *params.record(kind)],
        {"200": record, **NOT_MODIFIED, **error_responses((*REVISION_ERRORS, NotFound, WithheldError))},
    )  # fmt: skip


def _file(kinds: Kinds, kind: Kind, format: ListFormat) -> Schema:
    file = response(
        format.sentence,
        format.media_type.partition(";")[0],
        format.schema(kind),
        *FILE_HEADERS,
        *STORED_HEADERS,
        "Link",
    )
    part: Schema = {"description": "The range of bytes that the request names (RFC 9110, 14.2)."}
    return operation(
        f"export{_plural(kind)}{format.suffix.capitalize()}", kind.plural, f"All {kind.plural} as .{format.suffix}",
        f"The complete list, from one state of the database. {format.sentence} {_dotted(kinds, kind)}".rstrip(),
        params.file(kinds, kind, format),
        {"200": file, "206": part, **NOT_MODIFIED, **error_responses((*REVISION_ERRORS, RangeNotSatisfiable, TooManyDownloads))},
    )  # fmt: skip


def _totals(kinds: Kinds, kind: Kind) -> Schema:
    totals = answer("The sums, and counts of the records left out of them.", JSON, ref("Totals"), *LIST_HEADERS)
    return operation(
        f"total{_plural(kind)}", kind.plural, f"Sum {kind.plural}",
        f"Sums of the {kind.plural} that may be added up, with their ranges; `left_out` counts the others by reason. {TOTALS_RULE_SENTENCE}",
        params.totals(kinds, kind), {"200": totals, **NOT_MODIFIED, **error_responses(REVISION_ERRORS)},
    )  # fmt: skip


def _totals_file(kinds: Kinds, kind: Kind) -> Schema:
    """One operation for all formats: each has the parameters of every filter."""
    available = {suffix: format for suffix, format in FORMATS.items() if format.of_totals}
    suffix = {"name": "suffix", "in": "path", "required": True, "description": "The format.", "schema": {"enum": [*available]}}
    file = response("The rows, in the format.", "", {}, *FILE_HEADERS, "Content-Disposition")
    file["content"] = {format.media_type.partition(";")[0]: {"schema": format.schema(kind)} for format in available.values()}
    return operation(
        f"exportTotalsOf{_plural(kind)}", kind.plural, f"Sums of {kind.plural} as a file",
        f"The rows of `/v1/{kind.plural}/totals` as a table, without the records that were left out.",
        [suffix, *params.totals_file(kinds, kind)], {"200": file, **NOT_MODIFIED, **error_responses((*REVISION_ERRORS, NotAcceptable))},
    )  # fmt: skip


def _plural(kind: Kind) -> str:
    return kind.plural.title().replace("_", "")


def _dotted(kinds: Kinds, kind: Kind) -> str:
    """How a condition follows a reference, by an example of this kind."""
    if not kind.links:
        return ""
    link = kind.links[-1]
    return f"Dotted paths follow references: `{link.name}.{kinds[link.type.ref or ''].label or 'id'}=…`. "


def _in_path(description: str, schema: Schema) -> Schema:
    return {"name": "id", "in": "path", "required": True, "description": description, "schema": schema}


# Search, claims and revisions


def _search() -> Schema:
    parameters = [
        {**parameter(TEXT_PARAMETER, SEARCH_PARAMETERS[TEXT_PARAMETER], {**TEXT, "minLength": 1}), "required": True},
        parameter("limit", SEARCH_PARAMETERS["limit"], {**params.SHARED["limit"], "maximum": MAX_FOUND}),
        *(parameter_ref(name) for name in (*AS_OF, EXPLAIN, *OF_FACTS)),
    ]
    found = answer("What was found, the best match first.", JSON, ref("SearchAnswer"), *LIST_HEADERS)
    return operation(
        "search",
        "search",
        "Search all kinds",
        SEARCH_SENTENCE,
        parameters,
        {"200": found, **NOT_MODIFIED, **error_responses(REVISION_ERRORS)},
    )


def _claim() -> Schema:
    claim = answer("The claim, and the sources that it refers to.", JSON, ref("ClaimAnswer"), *RECORD_HEADERS)
    return operation(
        "getClaim", "claims", "Get one claim",
        "What one source states about one record, as of any revision: the id may end in @ and the number of one. Without `claim:` at the beginning it means the same.",
        [_in_path("The id of the claim: `claim:`, the global id of its record, a colon and its digest.", TEXT), *(parameter_ref(name) for name in (*AS_OF, EXPLAIN, *OF_FACTS))],
        {"200": claim, **NOT_MODIFIED, **error_responses((*REVISION_ERRORS, NotFound, WithheldError))},
    )  # fmt: skip


def _revisions() -> dict[str, Schema]:
    parameters = [
        parameter("limit", LIST_PARAMETERS["limit"], params.SHARED["limit"]),
        parameter("after", LIST_PARAMETERS["after"].partition(", as of")[0] + ".", TEXT),
        parameter("before", "Only revisions before this one, by number.", NUMBER),
        parameter_ref(EXPLAIN),
        *map(parameter_ref, OF_FACTS),
    ]
    number = _in_path("The number of the revision.", NUMBER)
    revisions = {
        "200": answer("Revisions.", JSON, ref("RevisionList"), *RECORD_HEADERS, "Link"),
        **NOT_MODIFIED,
        **error_responses(QUERY_ERRORS),
    }
    revision = {
        "200": answer("The revision.", JSON, ref("RevisionAnswer"), *RECORD_HEADERS),
        **NOT_MODIFIED,
        **error_responses((*QUERY_ERRORS, NotFound)),
    }
    about = withheld_table.SENTENCE
    withheld = {"200": answer(about, JSON, ref("WithheldList"), *RECORD_HEADERS), **NOT_MODIFIED, **error_responses(REVISION_ERRORS)}
    as_of = [parameter_ref(name) for name in (*AS_OF, EXPLAIN, *OF_FACTS)]
    operations = {
        "/v1/withheld": operation("listWithheld", "withheld", "List withheld records", about, as_of, withheld),
        "/v1/revisions": operation("listRevisions", "revisions", "List revisions", "Revisions, newest first.", parameters, revisions),
        "/v1/revisions/{id}": operation(
            "getRevision",
            "revisions",
            "Get one revision",
            "One revision, with its receipt.",
            [number, parameter_ref(EXPLAIN), *map(parameter_ref, OF_FACTS)],
            revision,
        ),
    }
    return {path: {"get": operation} for path, operation in operations.items()}
