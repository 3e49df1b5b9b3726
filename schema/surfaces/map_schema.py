"""The JSON Schema of maps, with which an editor completes and checks them."""

from __future__ import annotations

from ..formats import map_keys as keys
from ..formats.table_row import LEVELS
from ..model.completeness import complete
from ..model.field import Field
from ..model.kinds import Kinds
from .jsonschema import DRAFT, ID, SCALAR, TEXT, field_schema
from .openapi.parts import Schema

NAMES: Schema = {"pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"}
TEXTS: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}
WORDS: Schema = {"anyOf": [{"type": "object", "additionalProperties": {"type": [*SCALAR, "null"]}}, {"enum": [*keys.CODE_LISTS]}]}


def map_document(kinds: Kinds) -> Schema:
    """The JSON Schema (draft-07) of a map in YAML."""
    figure = {**_fields(keys.part_fields(kinds, "figure")), keys.ONLY_IF: _only_if()}
    actor = _fields(keys.part_fields(kinds, "actor"))
    figure["actor"] = {**TEXT, "description": "The name of one of the `actors`."}
    properties: dict[str, Schema] = {
        "name": {**TEXT, **NAMES}, "title": TEXT, "note": TEXT,
        "source": _object({"id": ID, **_fields(keys.part_fields(kinds, "source"))}),
        "header": TEXTS, "dates": TEXTS, "nulls": TEXTS, "sentinels": TEXTS,
        "header_rows": {"type": "integer", "minimum": 1, "maximum": keys.MAX_HEADER_ROWS}, "wide": _wide(),
        "thousands": {"enum": [*keys.THOUSANDS]},
        "columns": {"type": "object", "additionalProperties": {"$ref": "#/definitions/column"}},
        "join": {"type": "object", "additionalProperties": _object({
            "columns": {**TEXTS, "description": keys.JOIN_KEYS["columns"]}, "by": {"type": "string", "description": keys.JOIN_KEYS["by"]},
        }, ["columns"])},
        "event": _object({"id": TEXT, **_fields(keys.part_fields(kinds, "event"))}),
        "place": _object({keys.OF: {"enum": ["event", "figures"]}, **_fields(keys.part_fields(kinds, "place"))}),
        "figures": {"type": "object", "propertyNames": NAMES, "additionalProperties": _object(figure)},
        "actors": {"type": "object", "propertyNames": NAMES, "additionalProperties": _object(actor)},
    }  # fmt: skip
    complete("The properties of a map in schema/surfaces/map_schema.py", properties, keys.MAP_KEYS)
    return {
        "$schema": DRAFT,
        "title": "Map of a table, for Conflict Facts",
        "description": "What the columns of a table become. `conflict-facts load FILE --map MAP` reads the table by it.",
        **_object(
            {name: {**schema, "description": keys.MAP_KEYS[name]} for name, schema in properties.items()}, ["name", "title", "columns"]
        ),
        "definitions": {"column": _column(kinds)},
    }


def _column(kinds: Kinds) -> Schema:
    """What a column becomes: a target, several, or a mapping."""
    fixed = [
        target for target in keys.targets(kinds, (), ()) if not target.startswith(tuple(f"admin{level}" for level in LEVELS if level > 3))
    ]
    own = {
        "type": "string",
        "pattern": r"^(#[a-z].*|[a-z][a-z0-9-]*\.[a-z_]+)$",
    }  # An HXL tag, or a field of a figure or an actor of the map.
    target: Schema = {"anyOf": [{"enum": fixed}, own]}
    properties: dict[str, Schema] = {
        "to": {"anyOf": [target, {"type": "array", "items": target}]}, "dates": TEXTS, "nulls": TEXTS, "sentinels": TEXTS, "codes": WORDS,
        "otherwise": {"type": SCALAR}, "optional": {"type": "boolean"}, "times": {"type": "integer", "minimum": 1},
    }  # fmt: skip
    complete("The properties of a column in schema/surfaces/map_schema.py", properties, keys.COLUMN_KEYS)
    full = _object({name: {**schema, "description": keys.COLUMN_KEYS[name]} for name, schema in properties.items()}, ["to"])
    return {"anyOf": [target, full, {"type": "array", "items": {"anyOf": [target, full]}}]}


def _wide() -> Schema:
    described = {name: {**TEXT, "description": keys.WIDE_KEYS[name]} for name in ("names", "values")}
    return _object({"columns": {**TEXTS, "description": keys.WIDE_KEYS["columns"]}, **described}, [*keys.WIDE_KEYS])


def _only_if() -> Schema:
    return {"type": "object", "additionalProperties": TEXTS, "description": keys.ONLY_IF_SENTENCE}


def _fields(fields: dict[str, Field]) -> dict[str, Schema]:
    return {name: field_schema(field) for name, field in fields.items()}


def _object(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties, **({"required": required} if required else {})}
