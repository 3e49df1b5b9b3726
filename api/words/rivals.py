"""Who says otherwise about a figure, each with what its claim counts: a number that counts something else is not a rival number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from schema.kinds.figure import FIGURE, QUANTITIES

from . import dates, nouns
from .amounts import amount
from .attributed import CITED, attributed
from .attribution import attribution, chosen, claims_of, entry_of, listed
from .claim_wording import compared, id_of, is_disputed, same
from .languages import say
from .phrases import phrase

Document = Mapping[str, Any]
MAX_RIVALS = 3  # Other values that a sentence states.
CITED_NAMES = compared(FIGURE, (field.name for field in CITED))
COUNTED = ("event", "measure", "population", "actor", "location", "basis")  # What a figure is, from one claim.
OTHER = {"event": "in_another_event", "location": "in_the_place", "actor": "for_the_actor"}
BASES = {"flow": "in_a_period", "stock": "at_one_time"}  # Words that distinguish a basis; a running total has its own.


def disputed(figure: Document, sources: Mapping[str, Document]) -> str:
    """That a figure is disputed, and what others say with their sources, as the end of a sentence; empty if it is not.

    Disputed is the number, what it counts, or the period.
    """
    if not is_disputed(figure, CITED_NAMES):
        return ""
    claims, own, by_one = _all(figure), chosen(figure, QUANTITIES.numbers), attributed(figure)
    names = [attribution([claim], sources) for claim in claims]
    titled = {name for name, number in Counter(names).items() if number > 1}  # These are told apart by the titles of their sources.
    rivals = (
        (claim, attribution([claim], sources, titled=True) if name in titled else name) for claim, name in zip(claims, names, strict=True)
    )
    told = {text: None for claim, name in rivals if claim is not own and (text := _rival(figure, by_one, claim, name))}
    shown = [*told][:MAX_RIVALS]
    more = say("more", len(told) - MAX_RIVALS) if len(told) > MAX_RIVALS else ""
    others = f"{say('colon')}{say('semicolon').join(shown)}{more}" if shown else ""
    return f"{say('semicolon')}{say('disputed')}{others}"


def claimed(figure: Document, claim: Document, own: Document | None = None) -> str:
    """The number that a claim gives: by itself if the claim counts what the figure does, else with what it counts. `own` is `attributed(figure)`, if it is known."""
    said, differing = _said(figure, claim), _differing(figure, claim, attributed(figure) if own is None else own)
    if not differing and nouns.unit_of(said) == nouns.unit_of(figure):
        return amount(said)
    others = [say(OTHER[name], said[name]) for name in OTHER if name in differing and said.get(name)]
    others += [say(BASES[said["basis"]])] if "basis" in differing and said.get("basis") in BASES else []
    actor = figure.get("actor") if "actor" not in differing else None
    return " ".join([phrase({**said, "actor": actor}), *others])


def _all(figure: Document) -> list[Document]:
    """The claims about the number of a figure, then those about what it is and about its period alone."""
    first: dict[int, str] = {}  # The first field of each group.
    for field in CITED:
        first.setdefault(id(entry_of(figure, [field.name])), field.name)
    found = [*claims_of(figure, QUANTITIES.numbers), *(claim for name in first.values() for claim in claims_of(figure, [name]))]
    return [*{id(claim): claim for claim in found}.values()]


def _said(figure: Document, claim: Document) -> Document:
    """What a claim says about a figure. One that does not say what it counts is about what its record counts."""
    told = {} if QUANTITIES.measure in claim["says"] else {name: id_of(figure.get(name)) for name in COUNTED}
    return {**told, **claim["says"]}


def _differing(figure: Document, claim: Document, own: Document) -> list[str]:
    """The fields in which a claim counts something else than `own`, which is the figure or what one claim says of it."""
    said, unknown = _said(figure, claim), _unknown(figure, claim)
    return [name for name in COUNTED if name not in unknown and not same(_plain(name, own), _plain(name, said))]


def _unknown(figure: Document, claim: Document) -> set[str]:
    """The fields of which it is not known what claims say, because only the provenance of others was asked for."""
    asked = {name for entry in figure.get("provenance") or () for name in entry["fields"]}
    return {name for name in COUNTED if name not in asked and name not in claim["says"]}


def _plain(name: str, document: Document) -> object:
    """A value to compare. Everybody, and a number of a period, are what is meant where nothing is said."""
    value = document.get(name)
    return None if (name, value) in (*(("population", code) for code in nouns.EVERYBODY), ("basis", "flow")) else value


def _rival(figure: Document, by_one: Document, claim: Document, name: str) -> str:
    """What a claim says otherwise, and the name of its source; empty if it agrees. `by_one` is `attributed(figure)`."""
    numbered = any(claim["says"].get(name) is not None for name in QUANTITIES.numbers)
    own = by_one if numbered else figure  # Without a number, a claim may only give what is published beside that of another.
    period = _period(figure, claim, own)
    if numbered:
        number = claimed(figure, claim, by_one)
        text = f"{number}{period}" if period or number != amount(figure) else ""
    else:
        others = [say(f"another_{name}") for name in _differing(figure, claim, own) if claim["says"].get(name)]
        text = listed([*others, *([say("a_period", period.strip())] if period else [])])
    return say("rival", text, name) if text else ""


def _period(figure: Document, claim: Document, own: Document) -> str:
    """The period of a claim, behind its number, if it is another one than that of `own`."""
    said, event = claim["says"], figure.get("event")
    event = event if isinstance(event, Mapping) and said.get("event") in (None, event.get("id")) else {}
    inherited, ours = dates.days_of(event, dates.EVENT_DAYS), dates.days_of(own, dates.PERIOD)
    days = dates.days_of(said, dates.PERIOD)
    if days == (None, None):
        full = QUANTITIES.measure in said
        return f" ({say('period_not_stated')})" if full and ours not in ((None, None), inherited) else ""
    if days == (inherited if ours == (None, None) else ours):
        return ""
    return f" {dates.figure_span({**said, 'event': None})}"
