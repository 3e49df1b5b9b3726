"""Participations: the roles of actors in events."""

from ..codelists.vocabularies import ROLE
from ..model.field import TOGETHER, Field
from ..model.kind import Kind
from ..model.types import TEXT, code, ref

PARTICIPATION = Kind(
    "participation", "participations", "The role of one actor in one event.",
    Field("event", ref("event"), "The event.", required=True, reverse="participations", index=True, what=TOGETHER),
    Field("actor", ref("actor"), "The actor.", required=True, reverse="participations", index=True, what=TOGETHER),
    Field("role", code(ROLE), "The role of the actor.", required=True, what=TOGETHER),
    Field("remark", TEXT, "How it took part, in the words of the collection."),
    columns={"country": "event.country", "started_on": "event.started_on", "ended_on": "event.ended_on"},
)  # fmt: skip
