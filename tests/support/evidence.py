"""The provenance of REST documents, field by field, and that of GraphQL spelled alike, so that they can be compared."""

from __future__ import annotations

from typing import Any

from schema.model.claim import CLAIM_FIELDS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.surfaces.graphql.names import camel

CLAIM = "id chosen addedIn source { slug } " + " ".join(
    camel(field.name) + (" { slug }" if field.type.ref else "") for field in CLAIM_FIELDS.values()
)


def unfolded(record: dict[str, Any]) -> dict[str, Any]:
    """By field: whether it is disputed, its origins, and each claim with its value, without what is not known of the claim."""
    fields = {}
    for entry in record["provenance"]:
        for name in entry["fields"]:
            claims = [(digest, dict(record["claims"][digest])) for digest in entry["claims"]]
            fields[name] = {
                "disputed": entry["disputed"], "origins": entry["origins"],
                "claims": [{"value": claim.pop("says").get(name), "digest": digest, "chosen": digest == entry["chosen"], **claim} for digest, claim in claims],
            }  # fmt: skip
    return fields


def selection(kind: Kind) -> str:
    """The provenance of every field in GraphQL."""
    fields = (
        f"{camel(field.name)} {{ disputed origins claims {{ value{' { slug }' if field.type.ref else ''} {CLAIM} }} }}"
        for field in kind.fields.values()
    )
    return f"provenance {{ {' '.join(fields)} }}"


def from_graphql(provenance: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """The same as `unfolded`, from the provenance that `selection` returns. Fields without claims are left out."""
    fields = {camel(field.name): field for field in kind.fields.values()}
    return {
        fields[name].name: {**known, "claims": [_claim(claim, fields[name]) for claim in known["claims"]]}
        for name, known in provenance.items() if known["claims"]
    }  # fmt: skip


def _claim(claim: dict[str, Any], field: Field) -> dict[str, Any]:
    about = {camel(name): (name, told) for name, told in CLAIM_FIELDS.items()}
    found = {
        "value": _plain(claim["value"], field), "digest": claim["id"].partition("@")[0].rpartition(".")[0].rpartition(":")[2],
        "chosen": claim["chosen"], "source": claim["source"]["slug"], "added_in": claim["addedIn"],
    }  # fmt: skip
    for graphql, (name, told) in about.items():
        if claim[graphql] not in (None, []):
            found[name] = _plain(claim[graphql], told)
    return found


def _plain(value: Any, field: Field) -> Any:
    """Slugs for records, and codes as REST spells them."""
    if isinstance(value, list):
        return [_plain(item, field) for item in value]
    if isinstance(value, dict) and field.type.ref:
        return value["slug"]
    if field.type.vocabulary and not field.type.levels and isinstance(value, str):
        return field.type.vocabulary.by_graphql_name[value]
    return value
