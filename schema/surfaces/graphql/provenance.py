"""Provenance types: the claims about a record, and who says so for each of its fields."""

from __future__ import annotations

from ...model.claim import CLAIM_FIELDS, NEVER_NULL
from ...model.field import Field
from ...model.kind import Kind
from ..descriptions import full_description
from .annotations import list_of, optional
from .drafts import Draft, Drafts, Member
from .resolvers import claims_resolver


def add_provenance(drafts: Drafts, kind: Kind) -> None:
    """The type that gives, for each field of a kind, the provenance of its value."""
    draft = drafts.objects[f"{kind.graphql}Provenance"]
    draft.description = f"Who says so, for each field of a {kind.name}."
    for field in kind.fields.values():
        proof = _field_provenance(drafts, field)
        draft.add(field.name, proof.python, f"Who says so: {full_description(field)}", Member("proof", field=field, kind=kind))


def _field_provenance(drafts: Drafts, field: Field) -> Draft:
    """The provenance of a field; fields of one type share it."""
    word = drafts.word(field)
    name = f"{word}Provenance"
    if name not in drafts.objects:
        proof = drafts.object(name, f"Who says so, for a field of the type {word}.")
        claim = _value_claim(drafts, field, word)
        proof.add("claims", list_of(claim.python), "Every claim that speaks of the field.", Member("field_claims"), claims_resolver())
        proof.add("origins", int, "How many independent origins back the published value: who repeats another is none.", Member("origins"))
        proof.add("disputed", bool, "Whether live claims give different values.", Member("disputed"))
    return drafts.objects[name]


def _value_claim(drafts: Drafts, field: Field, word: str) -> Draft:
    """A claim as the provenance of one field shows it: the value that it gives the field."""
    claim = drafts.object(f"{word}ValueClaim", f"What one source says of a field of the type {word}.")
    description = "What the source says; null where it gives only other fields of the group."
    claim.add("value", optional(drafts.output(field)), description, Member("claimed"))
    claim.add("chosen", bool, "Whether the published value is settled from this claim.", Member("chosen"))
    _add_claim_fields(drafts, claim)
    return claim


def add_claim(drafts: Drafts, kind: Kind) -> None:
    """The type of the claims about records of a kind."""
    draft = drafts.objects[f"{kind.graphql}Claim"]
    draft.description = f"What one source says of one {kind.name}: null in a field means that it does not speak of it."
    _add_claim_fields(drafts, draft)
    draft.add("chosen_for", list[str], "The fields whose published value is settled from this claim.", Member("chosen_for", kind=kind))
    for field in kind.fields.values():
        draft.add(field.name, optional(drafts.output(field)), full_description(field), drafts.member(field))


def _add_claim_fields(drafts: Drafts, draft: Draft) -> None:
    """What every claim has, whatever it is about: its source, CLAIM_FIELDS, and the revision it came with."""
    source = drafts.kinds["source"]
    draft.add("source", drafts.objects[source.graphql].python, "The source that makes the claim.", Member("claim_source", kind=source))
    for field in CLAIM_FIELDS.values():
        annotation = drafts.output(field)
        draft.add(
            field.name, annotation if field.name in NEVER_NULL else optional(annotation), full_description(field), drafts.member(field)
        )
    draft.add("added_in", int, "The revision that this version of the claim came with.", Member("added_in"))
