"""Components of a search across kinds."""

from __future__ import annotations

from ...model.kinds import Kinds
from ...model.search import MATCHES, MATCHES_SENTENCE
from .parts import COUNT, Schema, array, object_schema, ref
from .registry import Components


def add_search(components: Components, kinds: Kinds) -> None:
    """What a search found: each record with its kind, as its list returns it, and why it was found."""
    match: Schema = {
        "enum": [*MATCHES], "x-enum-descriptions": [*MATCHES.values()], "description": MATCHES_SENTENCE,
    }  # fmt: skip
    for kind in kinds.searchable:
        properties: dict[str, Schema] = {"kind": {"const": kind.name}, "match": match, "record": ref(kind.graphql)}
        components.define(f"Found{kind.graphql}", object_schema(f"One {kind.name} that a search found, and why.", properties))
    results: Schema = {"oneOf": [ref(f"Found{kind.graphql}") for kind in kinds.searchable]}
    page: dict[str, Schema] = {
        "revision": {**COUNT, "description": "The revision that this response describes."},
        "data": array(results),
        "more": {"type": "boolean", "description": "Whether there are more records than were requested."},
    }
    components.define("SearchAnswer", object_schema("What a search found, the best match first.", page))
