"""Components of records: the record itself, responses with one or many, and GeoJSON."""

from __future__ import annotations

from ...model.kind import Kind
from ...model.words import IF_REQUESTED, WORDS, WORDS_SENTENCE
from ..descriptions import short_description
from .parts import COUNT, ID, Schema, array, nullable, object_schema, ref
from .provenance import SOURCES, proven_properties
from .registry import PROJECTION, Components

WARNINGS: Schema = {
    **array({"type": "string"}), "description": "Ids in conditions that no record has. Only present if there are any, and nothing was found.",
}  # fmt: skip
NEXT: Schema = {
    "type": ["string", "null"],
    "format": "uri-reference",
    "description": "The URL of the next page. Null on the last page.",
}


def add_record(components: Components, kind: Kind) -> None:
    """The record, with the lists of records that refer to it."""
    properties: dict[str, Schema] = {"id": {**ID, "description": "The id of the record, chosen by its collection. It never changes."}}
    node_id = "The global id, as GraphQL has it: the kind, a colon and the id; as of an earlier revision also @ and the number of that."
    properties["node_id"] = {"type": "string", "description": node_id, "examples": [f"{kind.name}:some-id", f"{kind.name}:some-id@12"]}
    for field in kind.shown.values():
        schema = components.field(field)
        properties[field.name] = {**(schema if field.required else nullable(schema)), "description": short_description(field)}
    for reverse in kind.reverses.values():
        description = (
            f"The {reverse.kind.plural} whose `{reverse.field.name}` is this {kind.name}. Only present if requested with `fields`."
        )
        properties[reverse.name] = {**_page(components, reverse.kind), "description": description}
    added_in = "The revision that added this version of the record. Only present if requested with `fields`."
    properties["added_in"] = {"type": "integer", "minimum": 1, "description": added_in}
    if kind.quantities:
        properties[WORDS] = {"type": "string", "description": f"{WORDS_SENTENCE} {IF_REQUESTED}"}
    properties |= proven_properties(kind)
    description = f"{kind.description} Every field is present, and null if unknown: so it is unless `fields` requests fewer."
    components.define(kind.graphql, object_schema(description, properties, ["id", "node_id", *kind.shown]))
    fewer = f"A record of kind {kind.name} with the fields that `fields` requests; only the id is always present."
    components.define(f"{kind.graphql}{PROJECTION}", object_schema(fewer, properties, ["id"]))


def projection(kind: Kind) -> Schema:
    """A reference to a record with some of its fields."""
    return ref(f"{kind.graphql}{PROJECTION}")


def _page(components: Components, kind: Kind) -> Schema:
    """The list of records that refer to another record, as a property of that one."""
    description = f"The first {kind.plural} that refer to a record, and the URL of the others."
    return components.define(f"{kind.graphql}Page", object_schema(description, {"data": array(projection(kind)), "next": NEXT}))


def add_envelopes(components: Components, kind: Kind) -> None:
    """The response with one record, and the response with a page of records."""
    record: Schema = {"anyOf": [ref(kind.graphql), projection(kind)]}
    name = kind.graphql
    revision: Schema = {**COUNT, "description": "The revision that this response describes."}
    components.define(
        f"{name}Answer",
        object_schema(f"One {kind.name}.", {"revision": revision, "data": record, "sources": SOURCES}, ["revision", "data"]),
    )
    count = {**COUNT, "description": "The number of records on all pages. Only present if requested with `count=exact`."}
    page: dict[str, Schema] = {
        "revision": revision,
        "data": array(record),
        "sources": SOURCES,
        "count": count,
        "next": NEXT,
        "warnings": WARNINGS,
    }
    components.define(f"{name}List", object_schema(f"A page of {kind.plural}.", page, ["revision", "data", "next"]))


def add_features(components: Components, kind: Kind) -> None:
    """Records as GeoJSON."""
    numbers: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    point = object_schema("A point, longitude first (RFC 7946).", {"type": {"const": "Point"}, "coordinates": numbers})
    columns: Schema = {
        "type": "object",
        "description": "The columns of the table, each a plain value or a list of texts.",
        "additionalProperties": True,
    }
    properties: dict[str, Schema] = {
        "type": {"const": "Feature"}, "id": ID, "geometry": nullable(components.define("Point", point)), "properties": columns,
    }  # fmt: skip
    description = f"One {kind.name} on a map. The geometry is null if no place is known."
    features = array(components.define(f"{kind.graphql}Feature", object_schema(description, properties)))
    collection: dict[str, Schema] = {"type": {"const": "FeatureCollection"}, "revision": COUNT, "features": features}
    name = f"{kind.graphql}FeatureCollection"
    components.define(name, object_schema(f"{kind.plural.capitalize()} on a map (RFC 7946).", collection))
