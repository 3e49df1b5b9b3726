"""A field that no kind has, and kinds that have it."""

from __future__ import annotations

from schema.codelists.vocabularies import Vocabulary
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.types import code

CUSTODY = Vocabulary("custody", "Who holds the detained.", "A test.", [("group", "Group", "A group."), ("state", "State", "A state.")])
STATUS = Field("custody", code(CUSTODY), "Who holds those counted.")


def with_fields(kind: Kind, *more: Field) -> Kind:
    """A copy of a kind with more fields."""
    return Kind(
        kind.name, kind.plural, kind.description, *kind.fields.values(), *more,
        label=kind.label, root=kind.root, revises=kind.revises, reliability=kind.reliability, published=kind.published,
        indexes=kind.indexes, ascending=kind.ascending, point=kind.point, packs=kind.packs,
        totals=kind.totals, permits=kind.permits, computed=kind.computed.values(),
    )  # fmt: skip
