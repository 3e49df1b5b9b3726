"""GraphQL selections of all that REST answers for a record."""

from __future__ import annotations

from schema.kinds import KINDS
from schema.model.claim import CLAIM_FIELDS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.surfaces.graphql.names import camel

SOURCE = KINDS["source"]


def own_fields(kind: Kind) -> str:
    """All own fields of a kind as a selection, references in short, as REST has them."""
    return " ".join(["id: slug node_id: id", *(f"{camel(one.name)}{reference_selection(one)}" for one in kind.shown.values())])


def reference_selection(one: Field) -> str:
    return short_reference(KINDS[one.type.ref]) if one.type.ref else ""


def short_reference(kind: Kind) -> str:
    return f" {{ id: slug {camel(kind.label)} }}" if kind.label else " { id: slug }"


def field_provenance(one: Field) -> str:
    about = " ".join(f"{camel(name)}{' { ' + own_fields(SOURCE) + ' }' if about.type.ref else ''}" for name, about in CLAIM_FIELDS.items())
    claim = f"value{reference_selection(one)} chosen source {{ {own_fields(SOURCE)} }} {about} addedIn"
    return f"{camel(one.name)} {{ disputed origins claims {{ {claim} }} }}"


def everything_of(kind: Kind) -> str:
    return f"{{ {own_fields(kind)} addedIn provenance {{ {' '.join(field_provenance(one) for one in kind.fields.values())} }} }}"
