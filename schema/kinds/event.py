"""Events: what happened, where and when."""

from ..codelists.vocabularies import (
    CLARITY,
    COUNTRY,
    DATE_PRECISION,
    EVENT_KIND,
    PLACE_PRECISION,
    VIOLENCE,
)
from ..model.field import APART, WITHIN, Field
from ..model.kind import Kind
from ..model.types import (
    DATE,
    TEXT,
    code,
    level,
    ref,
)

EVENT = Kind(
    "event", "events", "Something that happened at a place over a span of time. It may be part of a larger event, and may have parts.",
    Field("name", TEXT, "A short neutral name.", required=True, search=True),
    Field("kind", code(EVENT_KIND), "The type of event.", required=True, index=True, what=WITHIN),
    Field("violence", code(VIOLENCE), "The type of organised violence, if the event is organised violence (UCDP type_of_violence)."),
    Field("started_on", DATE, "The first day; if the day is not known, the earliest possible first day.", group="time"),
    Field("ended_on", DATE, "The last day; if the day is not known, the latest possible last day. Unknown while the event continues.", group="time", index=True),
    Field("date_precision", level(DATE_PRECISION), "How precisely the date is known (UCDP date_prec).", group="time", qualifies=True),
    Field("country", code(COUNTRY), "The country in which it happened.", what=APART),
    Field("location", ref("location"), "The place at which it happened.", group="place", reverse="events", index=True),
    Field("place_precision", level(PLACE_PRECISION), "How precisely the place is known (UCDP where_prec).", group="place", qualifies=True),
    Field("place_note", TEXT, "What the source says about the place besides its name.", group="place", qualifies=True),
    Field("clarity", level(CLARITY), "How clearly the sources distinguish this event from others (UCDP event_clarity)."),
    Field("part_of", ref("event"), "The larger event that it is part of.", reverse="parts", index=True),
    Field("summary", TEXT, "A summary in the words of the collection."),
    Field("ucdp_id", TEXT, "The id of the event in UCDP GED; usually, but not always, a number.", index=True, what=APART),
    label="name", own_ids=True, point=("location",), ascending=[("started_on", "ended_on")], indexes=[("country", "-started_on", "-id"), ("-started_on", "-id")],
    packs=["location", "participations", "figures"], cites="name", finds=["location", "kind", "country"],
)  # fmt: skip
