"""Figures and events as phrases: what was counted, where, when, and in which event. Pure functions of REST documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schema.codelists.vocabularies import ORIGIN

from . import dates, nouns
from .amounts import NONE, UNKNOWN, amount_of, unbounded_zero

Document = Mapping[str, Any]
COUNTRY_KIND = "country"
REPORTED = "reported"  # The origin that need not be named.
CUMULATIVE = "cumulative"
NEAR = 2  # The precision of a place of which only the neighbourhood is known.


def counted(figure: Document) -> str:
    """The number of a figure with its noun: "more than 14,000 people", "1 civilian", "no people"."""
    written, noun = amount_of(figure), nouns.nouns_of(figure)
    if noun is None:
        return written.text
    if written.text == NONE:
        return f"no {noun[1]}"
    return f"{written.text}{' of' if written.text == UNKNOWN else ''} {noun[written.plural]}"


def phrase(figure: Document) -> str:
    """What was counted and how many: "more than 14,000 people displaced", "70 settlements captured by Syrian opposition forces"."""
    measure, actor = figure.get("measure"), name_of(figure.get("actor"))
    wording = nouns.wording(str(measure)) if measure else nouns.Wording("{counted}")
    words = wording.phrase.format(counted=counted(figure)) + nouns.population_beside(figure)
    if actor and wording.actor == nouns.DID:
        words += f" {nouns.DID.format(actor=actor)}"
    remarks = [ORIGIN.codes[origin].label.lower()] if (origin := figure.get("origin")) not in (None, REPORTED) else []
    remarks += ["running total"] if figure.get("basis") == CUMULATIVE else []
    remarks += ["stated without an upper bound"] if unbounded_zero(figure) else []
    remarks += ["unit not stated"] if measure and not nouns.nouns_of(figure) else []
    about = [wording.actor.format(actor=actor)] if actor and wording.actor != nouns.DID else []
    beside = "; ".join([*about, *([", ".join(remarks)] if remarks else [])])
    return f"{words} ({beside})" if beside else words


def place(record: Document) -> str:
    """Where a figure or an event is, as the end of a phrase: "in Idlib, Syria"; empty if that is unknown."""
    event = record.get("event")
    event = event if isinstance(event, Mapping) else record
    own = record.get("location")
    if own not in (None, event.get("location")):
        return _place(own, None)
    return _place(event.get("location"), event.get("country"), event.get("place_precision") == NEAR)


def own_place(figure: Document) -> str:
    """The place that a figure itself is about; empty if it is that of its event."""
    return _place(figure.get("location"), None)


def _place(location: object, country: object, near: bool = False) -> str:
    """A place with its country. The country is left out only if the place is a country, or has its very name: one name can contain another."""
    location = location if isinstance(location, Mapping) else {}
    country = location.get("country") or country
    name, of_country = location.get("name"), nouns.country_name(str(country)) if country else None
    is_country = location.get("kind") == COUNTRY_KIND or (name and of_country and name.lower() == of_country.lower())
    names = [part for part in (name, None if is_country and name else of_country) if part]
    if not names:
        return ""
    return f"{'near' if near and location else nouns.PREPOSITIONS.get(str(location.get('kind')), 'in')} {', '.join(names)}"


def own_span(figure: Document) -> str:
    """The days of the period that a figure itself has; empty if they are those of its event."""
    return dates.figure_span(figure) if any(figure.get(name) for name in dates.PERIOD) else ""


def event_of(figure: Document) -> str:
    """The event of a figure, with the place and the days that the figure has from there; empty if only its id is known, or not even that."""
    event = figure.get("event")
    if not isinstance(event, Mapping) or not event.get("name"):
        return ""
    where = "" if figure.get("location") else place(figure)
    return ", ".join(part for part in (event["name"], where, "" if own_span(figure) else dates.figure_span(figure)) if part)


def joined(what: str, where: str, when: str) -> str:
    """The beginning of a sentence; a place of several names ends with a comma."""
    words = " ".join(part for part in (what, f"{where}," if ", " in where and when else where, when) if part)
    return words[:1].upper() + words[1:]


def name_of(record: object) -> str:
    return str(record.get("name") or record.get("id") or "") if isinstance(record, Mapping) else ""
