"""Participations: who took which part in an event."""

from ..codelists.vocabularies import ROLE
from ..model.field import Field
from ..model.kind import Kind
from ..model.types import TEXT, code, ref

PARTICIPATION = Kind(
    "participation", "participations", "The part that one actor took in one event.",
    Field("event", ref("event"), "The event.", required=True, reverse="participations", index=True),
    Field("actor", ref("actor"), "The actor.", required=True, reverse="participations", index=True),
    Field("role", code(ROLE), "The part the actor took.", required=True),
    Field("remark", TEXT, "What is known of how it took part, in our words."),
)  # fmt: skip
