"""Actors: those who act in a conflict or bear it."""

from ..codelists.vocabularies import ACTOR_KIND, COUNTRY
from ..model.field import Field
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
    Field("name", TEXT, "The name in English, as its own usage or the most neutral one has it.", required=True, search=True),
    Field("native_name", TEXT, "The name in the actor's own language and script.", search=True),
    Field("aliases", TEXTS, "Other names and abbreviations in use.", search=True, index=True),
    Field("kind", code(ACTOR_KIND), "What sort of actor this is.", required=True),
    Field("country", code(COUNTRY), "The country it belongs to or mainly acts in.", index=True),
    Field("part_of", ref("actor"), "The larger actor that it is part of.", reverse="parts", index=True),
    Field("active_from", DATE, "The first day on which it is known to have existed."),
    Field("active_to", DATE, "The last day on which it is known to have existed."),
    Field("ucdp_id", INTEGER, "The number of the actor in UCDP's Actor Dataset.", index=True),
    Field("wikidata_id", TEXT, "The item of Wikidata, as Q42.", index=True),
    label="name", ascending=[("active_from", "active_to")],
)  # fmt: skip
