"""The JSON Schema of source documents, with which an editor completes and checks them."""

from __future__ import annotations

import re

from ..codelists.vocabularies import Code, Vocabulary
from ..fixtures.documents import DATA_FORMATS, DOCUMENT_KEYS, FILE_KEYS
from ..model.claim import CLAIM_FIELDS
from ..model.completeness import complete
from ..model.field import Field
from ..model.kind import Kind
from ..model.kinds import Kinds
from ..model.parsers import ID_PATTERN, LIST_SEPARATOR, NUMBER_PATTERN, URL_PATTERN
from ..model.types import LANGUAGE, LATITUDE, LONGITUDE, NUMBER, RECORD, SHA256, TYPE_NAMES, Type
from .descriptions import short_description
from .openapi.parts import Schema

# Editors complete by draft-07, and nothing here needs a later draft. In draft-07 the siblings of a `$ref` are ignored, so each
# field is written out.
DRAFT = "http://json-schema.org/draft-07/schema#"

# Editors type plain scalars as YAML does, while the loader reads all of them as text: a title may be 1984, an id 2024-11-27, a
# number "350". All of these must pass.
SCALAR = ["string", "number", "boolean"]
NUMERIC = ["number", "string"]
TEXT: Schema = {"type": SCALAR, "pattern": r"\S"}
ID: Schema = {"type": SCALAR, "pattern": rf"^\s*{ID_PATTERN}\s*$"}
NUMBER_SPELLING: Schema = {"pattern": rf"^\s*{NUMBER_PATTERN}\s*$"}
# Tags and digests are the same in any case.
LANGUAGE_SPELLING = {"pattern": r"^\s*[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?\s*$"}
# References in one text, as a table has them in one cell: "a | b".
REFERENCES_PATTERN = rf"^\s*{ID_PATTERN}(\s*{re.escape(LIST_SEPARATOR)}\s*{ID_PATTERN})*\s*$"

# By name of type: the JSON types that an editor may see in a value, and the schema of the value.
SPELLINGS: dict[str, tuple[list[str], Schema]] = {
    "text": (SCALAR, TEXT),
    "texts": (["array", *SCALAR], {**TEXT, "items": TEXT}),
    "url": (["string"], {"format": "iri", "pattern": rf"^\s*{URL_PATTERN}\s*$"}),
    "language": (SCALAR, {**LANGUAGE.json, **LANGUAGE_SPELLING}),
    "sha256": (SCALAR, {**SHA256.json, "pattern": r"^\s*[0-9A-Fa-f]{64}\s*$"}),
    "integer": (["integer", "string"], NUMBER_SPELLING),
    "number": (NUMERIC, {**NUMBER.json, **NUMBER_SPELLING}),
    "latitude": (NUMERIC, {**LATITUDE.json, **NUMBER_SPELLING}),
    "longitude": (NUMERIC, {**LONGITUDE.json, **NUMBER_SPELLING}),
    "record": (SCALAR, {**TEXT, **RECORD.json}),
    "boolean": (["boolean", "string"], {"pattern": r"^\s*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])\s*$"}),
    "date": (["string"], {"format": "date", "pattern": r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"}),
    "ref": (SCALAR, ID),
    "refs": (["array", *SCALAR], {"items": ID, "uniqueItems": True, "pattern": REFERENCES_PATTERN}),
}
complete("SPELLINGS in schema/surfaces/jsonschema.py", SPELLINGS, {*TYPE_NAMES} - {"code", "level"})  # Those are enumerations.


def source_document(kinds: Kinds) -> Schema:
    """The JSON Schema (draft-07) of a source document in YAML."""
    lists = {kind.plural: _claims(kind) for kind in kinds.values()}
    claims = {"type": "object", "additionalProperties": False, "properties": lists, "description": "The claims of the source, by kind."}
    properties: dict[str, object] = {
        "source": {"$ref": f"#/definitions/{kinds['source'].name}"},
        "claims": claims,
        "files": {
            "type": "array",
            "items": _data_file(),
            "description": "Files of a publisher in the folder of this document, whose claims this source makes. The source then needs a license.",
        },
        "entered_by": field_schema(CLAIM_FIELDS["entered_by"]),
        "catalogue": {**ID, "description": "The id of the source that describes this one. Without it, the source describes itself."},
    }
    complete("The properties of a source document in schema/surfaces/jsonschema.py", properties, DOCUMENT_KEYS)
    return {
        "$schema": DRAFT,
        "title": "Source document of Conflict Facts",
        "description": "The description of one source, and its claims about records.",
        "type": "object",
        "required": ["source"],
        "additionalProperties": False,
        "properties": properties,
        "definitions": {kind.name: _claim(kind) for kind in kinds.values()},
    }


def _data_file() -> Schema:
    """A file in a format of its own."""
    properties: dict[str, object] = {
        "file": {"type": "string", "pattern": r"\S", "description": "Its name, relative to the folder of this document."},
        "format": {
            "enum": [*DATA_FORMATS],
            "enumDescriptions": [format.title for format in DATA_FORMATS.values()],
            "description": "Its format, as `conflict-facts formats` lists it.",
        },
    }
    properties["map"] = {"type": "string", "pattern": r"\S", "description": "The name of a map of its columns, instead of a format."}
    complete("The properties of a data file in schema/surfaces/jsonschema.py", properties, FILE_KEYS)
    one_of = [{"required": ["format"]}, {"required": ["map"]}]
    return {"type": "object", "required": ["file"], "oneOf": one_of, "additionalProperties": False, "properties": properties}


def _claims(kind: Kind) -> Schema:
    description = f"Claims about {kind.plural}. {kind.description}"
    return {"type": "array", "items": {"$ref": f"#/definitions/{kind.name}"}, "description": description}


def _claim(kind: Kind) -> Schema:
    """A claim about a record of a kind: the id of the record, the fields of claims, and the values."""
    fields = {field.name: field_schema(field) for field in (*CLAIM_FIELDS.values(), *kind.fields.values())}
    id = {**ID, "description": f"The id of the {kind.name}. It is the same in every document and never changes."}
    return {
        "type": "object",
        "description": kind.description,
        "required": ["id"],
        "minProperties": 2,
        "additionalProperties": False,
        "properties": {"id": id, **fields},
    }


def field_schema(field: Field) -> Schema:
    """The schema of a field as people write it. An empty value is allowed, and claims nothing."""
    vocabulary = field.type.vocabulary
    if vocabulary is not None:
        schema = _levels(vocabulary) if field.type.levels else _codes(vocabulary)
        return {**schema, "description": f"{short_description(field)} Origin: {vocabulary.origin}"}
    return {**_value(field.type), "description": short_description(field)}


def _value(type: Type) -> Schema:
    types, schema = SPELLINGS[type.name]
    return {**schema, "type": [*types, "null"]}


def _codes(vocabulary: Vocabulary) -> Schema:
    descriptions = [*map(_describe, vocabulary.codes.values()), "Not claimed."]
    return {"enum": [*vocabulary.codes, None], "enumDescriptions": descriptions}


def _levels(vocabulary: Vocabulary) -> Schema:
    """Numbers, which an editor offers; the same numbers between quotation marks are accepted as well."""
    numbers = {"enum": [int(code) for code in vocabulary.codes], "enumDescriptions": [*map(_describe, vocabulary.codes.values())]}
    return {"anyOf": [numbers, {"type": ["string", "null"], "pattern": rf"^\s*({'|'.join(vocabulary.codes)})\s*$"}]}


def _describe(code: Code) -> str:
    return f"{code.label}. {code.definition}" if code.label != code.definition else code.label
