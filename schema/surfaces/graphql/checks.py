"""The check of a sentence: its verdict, and the claims that this rests on."""

from __future__ import annotations

import datetime as dt

import strawberry

from ...codelists.vocabularies import REASON
from ...model.claim_checks import (
    ARGUMENTS,
    CHECK_SENTENCE,
    DIFFERENCES,
    DIFFERENCES_SENTENCE,
    EVIDENCE_SENTENCE,
    HOLDS_ON_SENTENCE,
    ITEM_HOLDS_ON_SENTENCE,
    MATCHES,
    MATCHES_SENTENCE,
    REQUIRED,
    STATUSES,
    STATUSES_SENTENCE,
    SUPERSEDED_SENTENCE,
    VERDICT_SENTENCE,
    VERDICTS,
)
from ...model.kind import Kind
from ...model.types import NUMBER
from .annotations import list_of, optional
from .drafts import Draft, Drafts, Member
from .resolvers import Arguments, resolver

CHECK, EVIDENCE = "ClaimCheck", "CheckEvidence"


def add_checks(drafts: Drafts, kind: Kind) -> None:
    """The types of a check of sentences about records of a kind."""
    item = drafts.object(EVIDENCE, "A claim that a verdict rests on, and how it relates to the sentence.")
    item.add("match", drafts.codes("CheckMatch", MATCHES, MATCHES_SENTENCE), MATCHES_SENTENCE, Member("check_value", column="match"))
    item.add("status", drafts.codes("CheckStatus", STATUSES, STATUSES_SENTENCE), STATUSES_SENTENCE, Member("check_value", column="status"))
    differs = list_of(drafts.codes("CheckDifference", DIFFERENCES, DIFFERENCES_SENTENCE))
    item.add("differs", differs, DIFFERENCES_SENTENCE, Member("check_value", column="differs"))
    item.add("holds_on", optional(dt.date), ITEM_HOLDS_ON_SENTENCE, Member("check_value", column="holds_on"))
    since = "The revision that corrected or retracted it, or that added a later release of its source; null if it stands."
    item.add("superseded_in", optional(int), since, Member("check_value", column="superseded_in"))
    why = "Why it was corrected or retracted; null if it was not."
    item.add("reason", optional(drafts.enum(REASON)), why, Member("check_value", column="reason"))
    about = f"The {kind.name} that it is about, as it is published; null if there is none any more."
    item.add(kind.name, optional(drafts.objects[kind.graphql].python), about, Member("check_record", kind=kind))
    claim = "The claim; null if its source is no longer described."
    item.add("claim", optional(drafts.objects[f"{kind.graphql}Claim"].python), claim, Member("check_claim", kind=kind))
    check = drafts.object(CHECK, "Whether a number in a sentence is still right.")
    check.add("verdict", drafts.codes("Verdict", VERDICTS, VERDICT_SENTENCE), VERDICT_SENTENCE, Member("check_value", column="verdict"))
    check.add("holds_on", optional(dt.date), HOLDS_ON_SENTENCE, Member("check_value", column="holds_on"))
    check.add("superseded_in", optional(int), SUPERSEDED_SENTENCE, Member("check_value", column="superseded_in"))
    check.add("evidence", list_of(item.python), EVIDENCE_SENTENCE, Member("check_evidence"))
    total = "The total that the sentence was compared with; null if it is about an event."
    check.add("totals", optional(drafts.objects["Totals"].python), total, Member("check_totals", kind=kind))


def add_check_root(drafts: Drafts, root: Draft, kind: Kind) -> None:
    """Add the field `checkClaim` to a root."""
    arguments: Arguments = {name: (_type(drafts, kind, name), text) for name, text in ARGUMENTS.items()}
    required = {name: argument for name, argument in arguments.items() if name in REQUIRED}
    optional_ones = {name: argument for name, argument in arguments.items() if name not in REQUIRED}
    description = f"{CHECK_SENTENCE} Null if a record that the sentence names does not exist."
    root.add(
        "check_claim", optional(drafts.objects[CHECK].python), description, Member("check", kind=kind), resolver(optional_ones, required)
    )


def _type(drafts: Drafts, kind: Kind, name: str) -> object:
    """The type of an argument: that of the field of the same name, of the record or of its event; an id for a reference."""
    if name in ("from", "to"):
        return dt.date
    if name == "value":
        return drafts.scalar(NUMBER)
    assert kind.totals is not None
    event = drafts.kinds[kind.fields[kind.totals.event].type.ref or ""]
    type = {**event.fields, **kind.fields}[name].type
    return strawberry.ID if type.ref else drafts.scalar(type)
