"""Provenance types: the claims about a record, and the claims behind the value of each field."""

from __future__ import annotations

import strawberry

from ...model.claim import ALWAYS_ANSWERED, CLAIM_FIELDS
from ...model.field import Field
from ...model.kind import Kind
from ..descriptions import full_description
from .annotations import list_of, optional
from .drafts import Draft, Drafts, Member
from .resolvers import claims_resolver

CLAIM, FIELD_PROVENANCE = "Claim", "FieldProvenance"
CLAIM_ID_SENTENCE = (
    "The global id of the claim, the same in every database: `claim:`, the id of its record, a colon, and a digest of what makes it that claim. "
    "Within the provenance of a field, the name of the field follows. As of an earlier revision it ends in @ and the number of that."
)
GIVING_SENTENCE = "The live claims that give the field, or another field of its group."


def add_interfaces(drafts: Drafts) -> None:
    """What all claims have in common, and what the provenance of all fields has."""
    claim = drafts.interfaces[CLAIM]
    claim.description = "What one source states. One fragment on it reads the claims about every kind of record and every field."
    _add_claim_fields(drafts, claim)
    provenance = drafts.interface(FIELD_PROVENANCE, "The provenance of a field: the claims about it, and whether they agree.")
    provenance.add("claims", list_of(claim.python), GIVING_SENTENCE, Member("field_claims"), claims_resolver())
    _add_agreement(provenance)


def _add_agreement(draft: Draft) -> None:
    independent = "The number of independent origins that support the published value. A source that only repeats another is not counted."
    draft.add("origins", int, independent, Member("origins"))
    draft.add(
        "disputed",
        bool,
        "Whether live claims contradict each other about the field: they give it different values, or their other values exclude one.",
        Member("disputed"),
    )


def add_provenance(drafts: Drafts, kind: Kind) -> None:
    """The type with the provenance of each field of a kind."""
    draft = drafts.objects[f"{kind.graphql}Provenance"]
    draft.description = f"The provenance of each field of a record of kind {kind.name}."
    for field in kind.fields.values():
        provenance = _field_provenance(drafts, field)
        draft.add(
            field.name,
            provenance.python,
            f"The provenance of `{field.name}`. {full_description(field)}",
            Member("field_provenance", field=field, kind=kind),
        )


def _field_provenance(drafts: Drafts, field: Field) -> Draft:
    """The provenance type of a field; all fields of one value type share it."""
    word = drafts.word(field)
    name = f"{word}Provenance"
    if name not in drafts.objects:
        provenance = drafts.object(
            name, f"The provenance of a field of type {word}: the claims about it, and whether they agree.", FIELD_PROVENANCE
        )
        claim = _value_claim(drafts, field, word)
        provenance.add("claims", list_of(claim.python), GIVING_SENTENCE, Member("field_claims"), claims_resolver())
        _add_agreement(provenance)
    return drafts.objects[name]


def _value_claim(drafts: Drafts, field: Field, word: str) -> Draft:
    """The claim type within the provenance of a field: the value that the claim gives the field."""
    claim = drafts.object(f"{word}ValueClaim", f"A claim about a field of type {word}.", CLAIM)
    description = "The value according to the source. Null if the claim gives only other fields of the same group."
    claim.add("value", optional(drafts.output(field)), description, Member("claimed"))
    claim.add("chosen", bool, "Whether the published value comes from this claim.", Member("chosen"))
    _add_claim_fields(drafts, claim)
    return claim


def add_claim(drafts: Drafts, kind: Kind) -> None:
    """The type of the claims about records of a kind."""
    draft = drafts.objects[f"{kind.graphql}Claim"]
    draft.description = f"What one source states about one {kind.name}. A field is null if the claim does not give it."
    _add_claim_fields(drafts, draft)
    fields = {name: full_description(field) for name, field in kind.fields.items()}
    names = drafts.codes(f"{kind.graphql}Field", fields, f"A field of records of kind {kind.name}.")
    draft.add("chosen_for", list_of(names), "The fields whose published value comes from this claim.", Member("chosen_for", kind=kind))
    for field in kind.fields.values():
        draft.add(field.name, optional(drafts.output(field)), full_description(field), drafts.member(field))


def _add_claim_fields(drafts: Drafts, draft: Draft) -> None:
    """The fields of every claim: its id, its source, CLAIM_FIELDS, and the revision that added it."""
    draft.add("id", strawberry.ID, CLAIM_ID_SENTENCE, Member("claim_id"))
    source = drafts.kinds["source"]
    draft.add("source", drafts.objects[source.graphql].python, "The source of the claim.", Member("claim_source", kind=source))
    for field in CLAIM_FIELDS.values():
        annotation = drafts.output(field)
        draft.add(
            field.name, annotation if field.name in ALWAYS_ANSWERED else optional(annotation), full_description(field), drafts.member(field)
        )
    draft.add("added_in", int, "The revision that added this version of the claim.", Member("added_in"))
