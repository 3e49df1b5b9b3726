"""Components of a check of a sentence: the verdict, and the claims that it rests on."""

from __future__ import annotations

from ...codelists.vocabularies import REASON
from ...model.claim_checks import (
    DIFFERENCES,
    DIFFERENCES_SENTENCE,
    EVIDENCE_SENTENCE,
    HOLDS_ON_SENTENCE,
    ITEM_HOLDS_ON_SENTENCE,
    MATCHES,
    MATCHES_SENTENCE,
    STATUSES,
    STATUSES_SENTENCE,
    SUPERSEDED_SENTENCE,
    VERDICT_SENTENCE,
    VERDICTS,
)
from ...model.kind import Kind
from .parts import COUNT, NULL, Schema, array, nullable, object_schema, ref, vocabulary_schema
from .provenance import SOURCES
from .registry import Components


def add_checks(components: Components, kind: Kind) -> None:
    """The response to a check of a sentence about records of a kind."""
    reason = components.define(REASON.graphql, vocabulary_schema(REASON, levels=False))
    claim: Schema = {
        "allOf": [
            object_schema("The claim.", {"node_id": {"type": "string", "description": "Its id, in `/v1/claims/{id}` and in GraphQL; of one that no longer stands, it ends in @ and a revision in which it did."}}),
            ref(f"{kind.graphql}Claim"),
        ]
    }  # fmt: skip
    item: dict[str, Schema] = {
        "match": _codes(MATCHES, MATCHES_SENTENCE),
        "status": _codes(STATUSES, STATUSES_SENTENCE),
        "differs": array(_codes(DIFFERENCES, DIFFERENCES_SENTENCE)),
        "holds_on": nullable({"type": "string", "format": "date", "description": ITEM_HOLDS_ON_SENTENCE}),
        "superseded_in": nullable({**COUNT, "description": "The revision that corrected or retracted it, or added a later release of its source."}),
        "reason": {"anyOf": [reason, NULL], "description": "Why it was corrected or retracted; null if it was not."},
        kind.name: {"anyOf": [ref(kind.graphql), NULL], "description": f"The {kind.name} that it is about; null if there is none any more."},
        "claim": {"anyOf": [claim, NULL], "description": "Null if its source is no longer described."},
    }  # fmt: skip
    evidence = components.define("CheckEvidence", object_schema("A claim that a verdict rests on.", item))
    rows: dict[str, Schema] = {"rows": array(ref("TotalsRow")), "left_out": array(ref("LeftOut"))}
    totals = object_schema("The total that the sentence is compared with; null if it is about an event.", rows)
    answer: dict[str, Schema] = {
        "revision": {**COUNT, "description": "The revision that this response describes."},
        "verdict": _codes(VERDICTS, VERDICT_SENTENCE),
        "holds_on": nullable({"type": "string", "format": "date", "description": HOLDS_ON_SENTENCE}),
        "superseded_in": nullable({**COUNT, "description": SUPERSEDED_SENTENCE}),
        "totals": nullable(totals),
        "evidence": {**array(evidence), "description": EVIDENCE_SENTENCE},
        "sources": SOURCES,
    }
    line = {"line": {**COUNT, "description": "The number of the line, or the position in the array, from 1."}}
    components.define("ClaimCheckLine", object_schema("The answer to one of many sentences.", {**line, **answer}))
    wrong: dict[str, Schema] = {**line, "problem": ref("Problem")}
    components.define("ClaimCheckProblem", object_schema("What is wrong with one of many sentences.", wrong))
    components.define("ClaimCheck", object_schema("Whether a number in a sentence is still right.", answer))


def _codes(codes: dict[str, str], description: str) -> Schema:
    return {"enum": [*codes], "x-enum-descriptions": [*codes.values()], "description": description}
