"""The pieces of JSON Schema that the components are built from."""

from __future__ import annotations

from ...codelists.vocabularies import Vocabulary
from ...model.parsers import ID_PATTERN
from ...model.types import Type

Schema = dict[str, object]

MAX_CODES_DESCRIBED = 40  # The description of a vocabulary lists its codes up to this number; longer ones only have labels.
NULL: Schema = {"type": "null"}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
ID: Schema = {"type": "string", "pattern": f"^{ID_PATTERN}$"}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def id_argument(kind: str) -> Schema:
    """The id of a record of a kind in a request, which may be its global id."""
    return {"type": "string", "pattern": f"^(?:{kind}:)?{ID_PATTERN}$"}


def nullable(schema: Schema) -> Schema:
    """The schema, or null."""
    choices = schema.get("anyOf")
    if isinstance(choices, list):
        return {**schema, "anyOf": [*choices, NULL]}
    return {"anyOf": [schema, NULL]} if "$ref" in schema else {**schema, "type": [schema["type"], "null"]}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def object_schema(description: str, properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    """An object; without `required`, all of its properties are always present."""
    always = list(properties) if required is None else required
    return {"type": "object", "description": description, "required": always, "properties": properties}


def value(type: Type) -> Schema:
    """One value of a type in a response: an item of a list, the id of a reference, a reference to the component of a vocabulary."""
    if type.ref is not None:
        return ID
    if type.vocabulary is not None:
        return ref(type.vocabulary.graphql)
    return dict(TEXT if type.many else type.json)


def vocabulary_schema(vocabulary: Vocabulary, levels: bool) -> Schema:
    """A vocabulary as an enumeration, with labels. `levels`: its codes are integers."""
    entries = vocabulary.codes.values()
    description = f"{vocabulary.description} Origin: {vocabulary.origin}"
    if len(entries) <= MAX_CODES_DESCRIBED:
        description += "\n\n" + "\n".join(f"* `{entry.code}`: {entry.label}. {entry.definition}" for entry in entries)
    codes: list[object] = [int(entry.code) if levels else entry.code for entry in entries]
    labels = [entry.label for entry in entries]
    return {"type": "integer" if levels else "string", "enum": codes, "x-enum-descriptions": labels, "description": description}
