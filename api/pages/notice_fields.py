"""The fields whose changes a card tells, from the declarations of the kinds: a new field of a number, a day or a place is among them by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schema.kinds.actor import ACTOR
from schema.kinds.event import EVENT
from schema.kinds.figure import FIGURE
from schema.kinds.location import LOCATION
from schema.kinds.source import SOURCE
from schema.model.completeness import complete
from schema.model.kind import Kind
from schema.model.types import TEXT

from ..words import CITED


def printed_fields(kind: Kind) -> tuple[str, ...]:
    """The fields of a record that its card says something of: its name, and what says which record it is, its numbers, its days and its place.

    Free text beside these, such as a note on a place, is not on a card.
    """
    return tuple(
        field.name
        for field in kind.fields.values()
        if field.name == kind.label or ((field.what or field.group or field.follows) and field.type.name != TEXT.name)
    )


WATCHED: Mapping[str, Sequence[str]] = {  # Of records that a card only names, the fields that name them.
    **{kind.name: printed_fields(kind) for kind in (FIGURE, EVENT)},
    LOCATION.name: (str(LOCATION.label), *(field.name for field in LOCATION.told if field.type.vocabulary)),
    ACTOR.name: (str(ACTOR.label),),
    SOURCE.name: (SOURCE.citation["source_publisher"], str(SOURCE.label), str(SOURCE.reliability)),
}
# The groups of fields of which a card says who says so and who disagrees: first the one by which the record is cited.
PRINTED: Mapping[str, tuple[str, ...]] = {
    FIGURE.name: (*dict.fromkeys([str(FIGURE.cites), *(field.group_name for field in CITED)]),),
    EVENT.name: (*dict.fromkeys(EVENT.fields[name].group_name for name in WATCHED[EVENT.name]),),
}
# What a card of an event says of groups of fields that sources disagree about.
ASPECTS = {"name": "the name", "kind": "what happened", "time": "the dates", "country": "the place", "place": "the place"}
complete("ASPECTS in api/pages/notice_fields.py", ASPECTS, PRINTED[EVENT.name])
