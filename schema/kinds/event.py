"""Events: what happened, where and when."""

from ..codelists.vocabularies import (
    CLARITY,
    COUNTRY,
    DATE_PRECISION,
    EVENT_KIND,
    PLACE_PRECISION,
    VIOLENCE,
)
from ..model.field import Field
from ..model.kind import Kind
from ..model.types import (
    DATE,
    TEXT,
    code,
    level,
    ref,
)

EVENT = Kind(
    "event", "events", "Something that happened at a place in a span of time; a part of a larger event, or one with parts.",
    Field("name", TEXT, "A short neutral name.", required=True, search=True),
    Field("kind", code(EVENT_KIND), "What sort of event this is.", required=True, index=True),
    Field("violence", code(VIOLENCE), "The type of organised violence, where it is such (UCDP type_of_violence)."),
    Field("started_on", DATE, "The first day; where the day is not known, the first that it can have been.", group="time"),
    Field("ended_on", DATE, "The last day; where the day is not known, the last that it can have been. Unknown while it goes on.", group="time", index=True),
    Field("date_precision", level(DATE_PRECISION), "How precisely the date is known (UCDP date_prec).", group="time"),
    Field("country", code(COUNTRY), "The country it happened in."),
    Field("location", ref("location"), "The place it happened at.", group="place", reverse="events", index=True),
    Field("place_precision", level(PLACE_PRECISION), "How precisely the place is known (UCDP where_prec).", group="place"),
    Field("place_note", TEXT, "What the source says of the place beyond its name.", group="place"),
    Field("clarity", level(CLARITY), "How clearly the sources tell this event apart (UCDP event_clarity)."),
    Field("part_of", ref("event"), "The larger event that it is part of.", reverse="parts", index=True),
    Field("summary", TEXT, "What happened, in our words."),
    Field("ucdp_id", TEXT, "The id of the event in UCDP GED; mostly, but not always, a number.", index=True),
    label="name", point=("location",), ascending=[("started_on", "ended_on")], indexes=[("country", "-started_on", "-id"), ("-started_on", "-id")],
    packs=["location", "participations", "figures"],
)  # fmt: skip
