"""A figure as the claim says it that gives its number, and what it is according to others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schema.codelists.vocabularies import BASIS, POPULATION
from schema.kinds.figure import FIGURE, QUANTITIES

from . import dates, nouns
from .attribution import chosen
from .claim_wording import Facet, as_said, elsewhere
from .languages import say
from .phrases import event_of, joined, name_of, own_place, own_span

Document = Mapping[str, Any]
CITED = tuple(  # The fields whose claims a sentence needs: the number, what it counts, and its period.
    field for field in FIGURE.fields.values() if field in FIGURE.told_together or field.group_name in ("value", "period")
)
FACETS = (
    Facet("counted", ("population",), lambda figure: nouns.label(POPULATION, str(figure["population"]))),
    Facet("actor", ("actor",), lambda figure: name_of(figure["actor"])),
    Facet("place", ("location",), own_place),
    Facet("basis", ("basis",), lambda figure: nouns.label(BASIS, str(figure["basis"]))),
    Facet("period", dates.PERIOD, own_span),
)


def attributed(figure: Document) -> Document:
    """A figure as the claim says it that gives its number: without what it is according to another one."""
    claim = chosen(figure, QUANTITIES.numbers)
    return as_said(figure, claim, _facets(claim)) if claim else figure


def beside(figure: Document, sources: Mapping[str, Document]) -> str:
    """What a figure is according to other claims than the one that gives its number, as the end of a sentence."""
    claim = chosen(figure, QUANTITIES.numbers)
    return elsewhere(figure, claim, _facets(claim), sources) if claim else ""


def circumstances(figure: Document, sources: Mapping[str, Document]) -> str:
    """Where and when a figure is, what it is according to other claims, and its event, as a line of its own."""
    own, event = attributed(figure), event_of(figure)
    said = f"{joined('', own_place(own), own_span(own))}{beside(figure, sources)}"
    text = f"{said}{say('semicolon')}{say('event', event)}" if event else said
    text = text.removeprefix(say("semicolon"))
    return text[:1].upper() + text[1:]


def _facets(claim: Document) -> tuple[Facet, ...]:
    """What a figure is apart from its number. A claim that does not say what it counts is about what its record counts."""
    return FACETS if QUANTITIES.measure in claim["says"] else FACETS[-1:]
