"""Components of provenance: which claims are behind the value of each field, what they say, and their sources."""

from __future__ import annotations

from ...model.claim import CLAIM_DIGEST_LENGTH, CLAIM_FIELDS
from ...model.kind import Kind
from ..descriptions import short_description
from .parts import COUNT, ID, Schema, array, nullable, object_schema, ref
from .registry import Components

DIGEST: Schema = {"type": "string", "pattern": f"^[0-9a-f]{{{CLAIM_DIGEST_LENGTH}}}$"}
CLAIMS_SENTENCE = "The claims that `provenance` names, by their digests. `claim:`, the global id of the record, a colon and the digest are the id of a claim, in `/v1/claims/{id}` and in GraphQL."
SOURCES_SENTENCE = "The sources that the claims refer to, by id, each once. What is not known of a source is left out."


def add_claim(components: Components) -> None:
    """What is known of a claim, beside what it says."""
    properties: dict[str, Schema] = {"source": {**ID, "description": "The id of the source of the claim."}}
    for field in CLAIM_FIELDS.values():
        schema = array(ID) if field.type.ref else components.field(field)
        properties[field.name] = {**schema, "description": short_description(field)}
    properties["added_in"] = {"type": "integer", "minimum": 1, "description": "The revision that added this version of the claim."}
    properties["says"] = {"type": "object", "description": "The values that the claim gives, by field; records are given by their ids."}
    description = "What one source states about a record. What is not known of the claim is left out."
    components.define("Claim", object_schema(description, properties, ["source", "rank", "added_in", "says"]))


def add_provenance(components: Components, kind: Kind) -> None:
    """The provenance of the fields of a kind, and the claims about its records."""
    properties: dict[str, Schema] = {
        "fields": {**array({"enum": [*kind.fields]}), "minItems": 1, "description": "The fields that this is known of."},
        "claims": {
            **array(DIGEST),
            "minItems": 1,
            "description": "The digests of the live claims that give the field, or another field of its group.",
        },
        "chosen": {**nullable(DIGEST), "description": "The digest of the claim whose values are published for the group. Null if none is."},
        "origins": {
            **COUNT,
            "description": "The number of independent origins that support the published value. A source that only repeats another is not counted.",
        },
        "disputed": {
            "type": "boolean",
            "description": "Whether live claims contradict each other about these fields: they give different values, or their other values exclude one.",
        },
    }
    description = f"The provenance of some fields of a record of kind {kind.name}. Fields with the same provenance share an entry. The fields of a group are settled together: a field has no entry if no claim gives any field of its group."
    components.define(f"{kind.graphql}Provenance", object_schema(description, properties))
    values = {field.name: _said(components, kind, field.name) for field in kind.fields.values()}
    said = object_schema(f"What a claim says about a record of kind {kind.name}.", {"says": object_schema("By field.", values, [])})
    components.define(
        f"{kind.graphql}Claim", {"allOf": [ref("Claim"), said], "description": f"A claim about a record of kind {kind.name}."}
    )


def add_claim_answer(components: Components) -> None:
    """The response with one claim."""
    fields = "The fields of the record whose published value comes from this claim."
    about: dict[str, Schema] = {
        "node_id": {"type": "string", "description": "The global id of the claim; as of an earlier revision, it ends in @ and the number of that."},
        "kind": {"enum": [*components.kinds], "description": "The kind of record that the claim is about."},
        "record": {"anyOf": [components.reference(kind) for kind in components.kinds.values()], "description": "The record that it is about."},
        "chosen_for": {**array({"type": "string"}), "description": fields},
    }  # fmt: skip
    claim: Schema = {"allOf": [object_schema("The claim and its record.", about), ref("Claim")]}
    revision: Schema = {**COUNT, "description": "The revision that this response describes."}
    components.define("ClaimAnswer", object_schema("One claim.", {"revision": revision, "data": claim, "sources": SOURCES}))


def _said(components: Components, kind: Kind, name: str) -> Schema:
    field = kind.fields[name]
    if field.type.ref:
        return array(ID) if field.type.many else ID
    return components.field(field)


def proven_properties(kind: Kind) -> dict[str, Schema]:
    """The properties of a record whose provenance is requested."""
    sources = f"{SOURCES_SENTENCE} Only present where the record stands alone, as on a line of a file; a response has them once."
    return {
        "provenance": {**array(ref(f"{kind.graphql}Provenance")), "description": "Which claims are behind the value of each field."},
        "claims": {"type": "object", "additionalProperties": ref(f"{kind.graphql}Claim"), "description": CLAIMS_SENTENCE},
        "sources": {**SOURCES, "description": sources},
    }


SOURCES: Schema = {"type": "object", "additionalProperties": ref("CitedSource"), "description": SOURCES_SENTENCE}


def add_cited_source(components: Components) -> None:
    """A source without what is not known of it."""
    kind = components.kinds["source"]
    properties = {field.name: {**components.field(field), "description": short_description(field)} for field in kind.shown.values()}
    properties = {"id": ID, "node_id": {"type": "string"}, **properties}
    components.define(
        "CitedSource", object_schema("A source that claims refer to. What is not known of it is left out.", properties, ["id", "node_id"])
    )
