"""The JSON Schema of source documents, by which an editor completes and checks them."""

from __future__ import annotations

import re

from ..codelists.vocabularies import Vocabulary
from ..fixtures.documents import DOCUMENT_KEYS
from ..model.claim import CLAIM_FIELDS
from ..model.field import Field
from ..model.kind import Kind
from ..model.kinds import Kinds
from ..model.parsers import ID_PATTERN, LIST_SEPARATOR, URL_PATTERN
from ..model.types import Type
from .descriptions import short_description
from .openapi.parts import Schema

# Editors complete by draft-07; later drafts are new to them, and nothing here needs one. In draft-07 what stands beside a
# `$ref` is ignored, so each field is written out. Editors type plain scalars as YAML does, while the loader reads all of them
# as text: a title may be 1984, an id 2024-11-27, a number "350". All of those must pass.
DRAFT = "http://json-schema.org/draft-07/schema#"
SCALAR = ["string", "number", "boolean"]
NUMERIC = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"
TEXT: Schema = {"type": SCALAR, "pattern": r"\S"}
ID: Schema = {"type": SCALAR, "pattern": rf"^\s*{ID_PATTERN}\s*$"}
CELL = rf"^\s*{ID_PATTERN}(\s*{re.escape(LIST_SEPARATOR)}\s*{ID_PATTERN})*\s*$"
# What a value of a type may be typed as, and what it must look like; other types are text.
SPELLINGS: dict[str, tuple[list[str], Schema]] = {
    "url": (["string"], {"format": "uri", "pattern": rf"^\s*{URL_PATTERN}\s*$"}),
    "integer": (["integer", "string"], {"pattern": r"^\s*[+-]?[0-9]{1,18}\s*$"}),
    "boolean": (["boolean", "string"], {"pattern": r"^\s*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])\s*$"}),
    "date": (["string"], {"format": "date", "pattern": r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"}),
}


def source_document(kinds: Kinds) -> Schema:
    """The JSON Schema (draft-07) of a source document in YAML: what an editor completes and checks it by."""
    listed = {kind.plural: _list(kind) for kind in kinds.values()}
    claims = {"type": "object", "additionalProperties": False, "properties": listed, "description": "What the source claims, by kind."}
    parts: dict[str, object] = {
        "source": {"$ref": f"#/definitions/{kinds['source'].name}"},
        "claims": claims,
        "entered_by": _written(CLAIM_FIELDS["entered_by"]),
        "catalogue": {**ID, "description": "The id of the source that describes this one; without it, it describes itself."},
    }
    return {
        "$schema": DRAFT,
        "title": "Source document of Conflict Facts",
        "description": "One source, its description, and what it claims about which records.",
        "type": "object",
        "required": ["source"],
        "additionalProperties": False,
        "properties": {name: parts[name] for name in DOCUMENT_KEYS},
        "definitions": {kind.name: _claim(kind) for kind in kinds.values()},
    }


def _list(kind: Kind) -> Schema:
    about = f"Claims about {kind.plural}. {kind.description}"
    return {"type": "array", "items": {"$ref": f"#/definitions/{kind.name}"}, "description": about}


def _claim(kind: Kind) -> Schema:
    """A claim about a record of a kind: its id, where and how the source says it, and the values it gives."""
    fields = {one.name: _written(one) for one in (*CLAIM_FIELDS.values(), *kind.fields.values())}
    id = {**ID, "description": f"The id of the {kind.name}: the same in every document, and stable for ever."}
    return {
        "type": "object",
        "description": kind.description,
        "required": ["id"],
        "minProperties": 2,
        "additionalProperties": False,
        "properties": {"id": id, **fields},
    }


def _written(one: Field) -> Schema:
    """A field as people write it. Nothing after the colon claims nothing, and is no error."""
    vocabulary = one.type.vocabulary
    if vocabulary is not None:
        spelt = _levels(vocabulary) if one.type.levels else _codes(vocabulary)
        return {**spelt, "description": f"{short_description(one)} Origin: {vocabulary.origin}"}
    types, spelt = _spelt(one.type)
    return {**spelt, "type": [*types, "null"], "description": short_description(one)}


def _spelt(type: Type) -> tuple[list[str], Schema]:
    """What a value may be typed as, and what it must look like."""
    if type.many:  # A list, or one text as a cell of a table has it: "a | b".
        return ["array", *SCALAR], {"items": ID, "uniqueItems": True, "pattern": CELL} if type.ref else {**TEXT, "items": TEXT}
    if type.ref is not None:
        return SCALAR, ID
    if type.json["type"] == "number":
        return ["number", "string"], {**type.json, "pattern": NUMERIC}
    return SPELLINGS.get(type.name, (SCALAR, {**TEXT, **type.json}))


def _codes(vocabulary: Vocabulary) -> Schema:
    return {"enum": [*vocabulary.codes, None], "enumDescriptions": [*_told(vocabulary), "Not claimed."]}


def _levels(vocabulary: Vocabulary) -> Schema:
    """Numbers, which an editor offers; between quotation marks they are taken as well."""
    numbers = {"enum": [int(one) for one in vocabulary.codes], "enumDescriptions": _told(vocabulary)}
    return {"anyOf": [numbers, {"type": ["string", "null"], "pattern": rf"^\s*({'|'.join(vocabulary.codes)})\s*$"}]}


def _told(vocabulary: Vocabulary) -> list[str]:
    return [f"{one.label}. {one.definition}" if one.label != one.definition else one.label for one in vocabulary.codes.values()]
