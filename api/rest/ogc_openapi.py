"""The OpenAPI 3.0 document of `/ogc`: clients of OGC API - Features read which collections there are, and their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schema.model.kind import Kind

from .. import __version__
from ..query.nodes import DEFAULT_FIRST, MAX_FIRST

Document = dict[str, Any]
TEXT = {"type": "string"}
PROBLEM = {"description": "A problem (RFC 9457).", "content": {"application/problem+json": {"schema": {"type": "object"}}}}
BOX = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
COMMON: Mapping[str, Document] = {
    "limit": {"description": "The maximum number of features.", "schema": {"type": "integer", "minimum": 1, "maximum": MAX_FIRST, "default": DEFAULT_FIRST}},
    "bbox": {"description": "Only features in this box: the least longitude and latitude, then the greatest.", "schema": BOX, "style": "form", "explode": False},
    "after": {"description": "The cursor in the link to the next page.", "schema": TEXT},
}  # fmt: skip
DATETIME: Document = {
    "description": "Only features with a day of this span: a day, or two with a slash, either of which may be `..`.",
    "schema": TEXT,
}


def document(server: str, title: str, description: str, kinds: Mapping[str, tuple[Kind, bool]]) -> Document:
    """`kinds`: the kind of each collection, and whether its records have dates."""
    paths: Document = {
        "/": _get("landing", "The landing page"), "/conformance": _get("conformance", "What the API conforms to"),
        "/collections": _get("collections", "The collections"),
    }  # fmt: skip
    for name, (kind, dated) in kinds.items():
        items = {**COMMON, **({"datetime": DATETIME} if dated else {})}
        parameters = [{"name": parameter, "in": "query", **declared} for parameter, declared in items.items()]
        id = {"name": "id", "in": "path", "required": True, "description": f"The id of the {kind.name}.", "schema": TEXT}
        paths[f"/collections/{name}"] = _get(f"{name}Collection", f"The collection of {kind.plural}")
        paths[f"/collections/{name}/items"] = _get(f"{name}Items", f"A page of {kind.plural}", "application/geo+json", parameters)
        paths[f"/collections/{name}/items/{{id}}"] = _get(f"{name}Item", f"One {kind.name}", "application/geo+json", [id])
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "description": f"{description} OGC API - Features, Part 1: Core.", "version": __version__},
        "servers": [{"url": server}],
        "paths": paths,
    }


def _get(id: str, summary: str, media_type: str = "application/json", parameters: list[Document] | None = None) -> Document:
    found = {"description": summary, "content": {media_type: {"schema": {"type": "object"}}}}
    operation: Document = {"operationId": id, "summary": summary, "responses": {"200": found, "default": PROBLEM}}
    return {"get": {**operation, **({"parameters": parameters} if parameters else {})}}
