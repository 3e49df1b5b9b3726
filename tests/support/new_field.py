"""A field that no kind has, kinds that have it, and a new kind."""

from __future__ import annotations

from schema.codelists.vocabularies import Vocabulary
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.types import TEXT, code, ref

CUSTODY = Vocabulary("custody", "Who holds the detained.", "A test.", [("group", "Group", "A group."), ("state", "State", "A state.")])
STATUS = Field("custody", code(CUSTODY), "Who holds those counted.")
CONVOY = Kind(
    "convoy", "convoys", "Vehicles that travel together.",
    Field("name", TEXT, "What it is called.", required=True, search=True),
    Field("event", ref("event"), "The event that it was part of.", reverse="convoys", index=True),
    label="name",
)  # fmt: skip


def with_fields(kind: Kind, *more: Field) -> Kind:
    """A copy of a kind with more fields."""
    return Kind(
        kind.name, kind.plural, kind.description, *kind.fields.values(), *more,
        label=kind.label, root=kind.root, revises=kind.revises, reliability=kind.reliability, published=kind.published,
        indexes=kind.indexes, ascending=kind.ascending, point=kind.point, packs=kind.packs,
        totals=kind.totals, permits=kind.permits, computed=kind.computed.values(),
    )  # fmt: skip
