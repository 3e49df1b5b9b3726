"""Actors: those who take part in a conflict or are affected by it."""

from ..codelists.vocabularies import ACTOR_KIND, COUNTRY
from ..model.field import APART, WITHIN, Field
from ..model.kind import Kind
from ..model.types import (
    DATE,
    INTEGER,
    TEXT,
    TEXTS,
    code,
    ref,
)

ACTOR = Kind(
    "actor", "actors", "An armed force, a group, a government, an organisation or a population.",
    Field("name", TEXT, "The name in English: the actor's own or, failing that, the most neutral one.", required=True, search=True),
    Field("native_name", TEXT, "The name in the actor's own language and script.", search=True),
    Field("aliases", TEXTS, "Other names and abbreviations.", search=True, index=True),
    Field("kind", code(ACTOR_KIND), "The type of actor.", required=True, what=WITHIN),
    Field("country", code(COUNTRY), "The country that it belongs to or mainly acts in.", index=True),
    Field("part_of", ref("actor"), "The larger actor that it is part of.", reverse="parts", index=True),
    Field("active_from", DATE, "The first day on which it is known to have existed."),
    Field("active_to", DATE, "The last day on which it is known to have existed."),
    Field("ucdp_id", INTEGER, "The number of the actor in the UCDP Actor Dataset.", index=True, what=APART),
    Field("wikidata_id", TEXT, "The identifier of the actor in Wikidata, such as Q42.", index=True, what=APART),
    label="name", ascending=[("active_from", "active_to")],
)  # fmt: skip
