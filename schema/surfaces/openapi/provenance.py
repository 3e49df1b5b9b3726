"""Components of provenance: the claims behind the value of each field."""

from __future__ import annotations

from ...model.claim import ALWAYS_ANSWERED, CLAIM_FIELDS
from ...model.field import Field
from ...model.kind import Kind
from ...model.types import Type
from ..descriptions import short_description
from .parts import COUNT, Schema, array, nullable, object_schema, ref
from .registry import Components


def add_claim(components: Components) -> None:
    """A claim within the provenance of a field, without its value."""
    source = ref(components.kinds["source"].graphql)
    properties: dict[str, Schema] = {
        "chosen": {"type": "boolean", "description": "Whether the published value comes from this claim."},
        "source": {**source, "description": "The source of the claim."},
    }
    for field in CLAIM_FIELDS.values():
        schema = array(source) if field.type.ref else components.field(field)
        properties[field.name] = {
            **(schema if field.name in ALWAYS_ANSWERED else nullable(schema)),
            "description": short_description(field),
        }
    properties["added_in"] = {"type": "integer", "minimum": 1, "description": "The revision that added this version of the claim."}
    components.define("Claim", object_schema("What one source states about one field of a record, without the value.", properties))


def add_provenance(components: Components, kind: Kind) -> None:
    """The provenance of each field of a kind."""
    fields = {
        field.name: {"description": short_description(field), **_field_provenance(components, field)} for field in kind.fields.values()
    }
    description = f"The provenance of the requested fields of a record of kind {kind.name}."
    components.define(f"{kind.graphql}Provenance", object_schema(description, fields, []))


def _field_provenance(components: Components, field: Field) -> Schema:
    """The provenance of a field; all fields of one value type share it."""
    word = _word(components, field.type)
    properties: dict[str, Schema] = {
        "disputed": {"type": "boolean", "description": "Whether live claims disagree about the value."},
        "origins": {
            **COUNT,
            "description": "The number of independent origins that support the published value. A source that only repeats another is not counted.",
        },
        "claims": {**array(_value_claim(components, field, word)), "description": "The live claims that give the field."},
    }
    return components.define(
        f"{word}Provenance",
        object_schema(f"The provenance of a field of type {word}: the claims about it, and whether they agree.", properties),
    )


def _value_claim(components: Components, field: Field, word: str) -> Schema:
    """A claim with the value that it gives a field."""
    schema = components.reference(components.kinds[field.type.ref]) if field.type.ref else components.value(field.type)
    if field.type.many:
        schema = array(schema)
    description = "The value according to the source. Null if the claim gives only other fields of the same group."
    valued = object_schema("The value of a claim.", {"value": {**nullable(schema), "description": description}})
    return components.define(
        f"{word}ValueClaim", {"allOf": [ref("Claim"), valued], "description": f"A claim about a field of type {word}."}
    )


def _word(components: Components, type: Type) -> str:
    """The word in the names of the components that fields of this type share."""
    if type.ref is not None:
        return components.kinds[type.ref].graphql + ("References" if type.many else "Reference")
    return type.vocabulary.graphql if type.vocabulary else type.name.capitalize()
