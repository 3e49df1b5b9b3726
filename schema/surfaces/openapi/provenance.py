"""Components of provenance: a claim about one field, and who says so for each field of a kind."""

from __future__ import annotations

from ...model.claim import CLAIM_FIELDS, NEVER_NULL
from ...model.field import Field
from ...model.kind import Kind
from ...model.types import Type
from ..descriptions import short_description
from .parts import COUNT, Schema, array, nullable, object_schema, ref
from .registry import Components


def add_claim(components: Components) -> None:
    """A claim as the provenance of one field shows it, without its value."""
    source = ref(components.kinds["source"].graphql)
    properties: dict[str, Schema] = {
        "chosen": {"type": "boolean", "description": "Whether the published value is settled from this claim."},
        "source": {**source, "description": "The source that makes the claim."},
    }
    for field in CLAIM_FIELDS.values():
        schema = array(source) if field.type.ref else components.field(field)
        properties[field.name] = {**(schema if field.name in NEVER_NULL else nullable(schema)), "description": short_description(field)}
    properties["added_in"] = {"type": "integer", "minimum": 1, "description": "The revision that this version of the claim came with."}
    components.define("Claim", object_schema("What one source says of one field of a record; the value is beside it.", properties))


def add_provenance(components: Components, kind: Kind) -> None:
    """The provenance of each field of a kind."""
    fields = {
        field.name: {"description": short_description(field), **_field_provenance(components, field)} for field in kind.fields.values()
    }
    description = f"Who says so, for the fields of a {kind.name} that were asked for."
    components.define(f"{kind.graphql}Provenance", object_schema(description, fields, []))


def _field_provenance(components: Components, field: Field) -> Schema:
    """The provenance of a field; fields of one type share it."""
    word = _word(components, field.type)
    properties: dict[str, Schema] = {
        "disputed": {"type": "boolean", "description": "Whether live claims give different values."},
        "origins": {**COUNT, "description": "How many independent origins back the published value: who repeats another is none."},
        "claims": {**array(_value_claim(components, field, word)), "description": "Every live claim that speaks of the field."},
    }
    return components.define(f"{word}Provenance", object_schema(f"Who says so, for a field of the type {word}.", properties))


def _value_claim(components: Components, field: Field, word: str) -> Schema:
    """A claim with the value that it gives a field."""
    schema = components.reference(components.kinds[field.type.ref]) if field.type.ref else components.value(field.type)
    if field.type.many:
        schema = array(schema)
    description = "What the source says; null where it gives only other fields of the group."
    valued = object_schema("The value that the source gives.", {"value": {**nullable(schema), "description": description}})
    return components.define(f"{word}ValueClaim", {"allOf": [ref("Claim"), valued], "description": f"A claim of the type {word}."})


def _word(components: Components, type: Type) -> str:
    """The word that names the components which fields of this type share."""
    if type.ref is not None:
        return components.kinds[type.ref].graphql + ("References" if type.many else "Reference")
    return type.vocabulary.graphql if type.vocabulary else type.name.capitalize()
