"""Figures and events as phrases: what was counted, where, when, and in which event. Pure functions of REST documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schema.codelists.vocabularies import LOCATION_KIND, ORIGIN
from schema.model.declaration_error import BadDeclaration

from . import dates, nouns
from .amounts import amount_of, unbounded_zero
from .grammar import DID
from .languages import language, say
from .languages.en import ENGLISH

Document = Mapping[str, Any]
COUNTRY_KIND = "country"
REPORTED = "reported"  # The origin that need not be named.
CUMULATIVE = "cumulative"
PLACES: Mapping[str, str] = {"site": "place_at"}  # Of kinds of places; "place_in" for every other.
NEAR = 2  # The precision of a place of which only the neighbourhood is known.

if _unknown := [code for code in PLACES if code not in LOCATION_KIND.codes]:
    raise BadDeclaration(f"api/words/phrases.py names {', '.join(_unknown)}, which {LOCATION_KIND.name} no longer has")


def counted(figure: Document) -> str:
    """The number of a figure with its noun: "more than 14,000 people", "1 civilian", "no people"."""
    return language().counted(amount_of(figure), nouns.nouns_of(figure))


def phrase(figure: Document) -> str:
    """What was counted and how many: "more than 14,000 people displaced", "70 settlements captured by Syrian opposition forces"."""
    measure, actor = figure.get("measure"), name_of(figure.get("actor"))
    spoken, noun = language(), nouns.nouns_of(figure)
    wording = nouns.wording(str(measure)) if measure else nouns.Wording(["{counted}"])
    words = spoken.phrase(wording, amount_of(figure), noun, nouns.population_beside(figure))
    role = spoken.actor(str(measure))
    if actor and role == DID:
        words += f" {say(DID, actor)}"
    remarks = [nouns.label(ORIGIN, origin)] if (origin := figure.get("origin")) not in (None, REPORTED) else []
    remarks += [say("running_total")] if figure.get("basis") == CUMULATIVE else []
    remarks += [say("no_upper_bound")] if unbounded_zero(figure) else []
    remarks += [say("unit_not_stated")] if measure and not noun else []
    about = [say(role, actor)] if actor and role != DID else []
    beside = say("semicolon").join([*about, *([say("comma").join(remarks)] if remarks else [])])
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
    is_country = location.get("kind") == COUNTRY_KIND or (name and country and name.lower() == ENGLISH.country(str(country)).lower())
    if is_country and country:  # In each language by its name in that.
        name, of_country = (name if language() is ENGLISH else None) or of_country, None
    else:
        name = language().name_of(name, location.get("native_name")) if name else None
    names = [part for part in (name, of_country) if part]
    if not names:
        return ""
    return say("place_near" if near and location else PLACES.get(str(location.get("kind")), "place_in"), say("comma").join(names))


def own_span(figure: Document) -> str:
    """The days of the period that a figure itself has; empty if they are those of its event."""
    return dates.figure_span(figure) if any(figure.get(name) for name in dates.PERIOD) else ""


def event_of(figure: Document) -> str:
    """The event of a figure, with the place and the days that the figure has from there; empty if only its id is known, or not even that."""
    event = figure.get("event")
    if not isinstance(event, Mapping) or not event.get("name"):
        return ""
    where = "" if figure.get("location") else place(figure)
    parts = (name_of(event), where, "" if own_span(figure) else dates.figure_span(figure))
    return say("comma").join(part for part in parts if part)


def joined(what: str, where: str, when: str) -> str:
    """The beginning of a sentence."""
    return language().joined(what, where, when)


def name_of(record: object) -> str:
    if not isinstance(record, Mapping):
        return ""
    return language().name_of(str(record.get("name") or record.get("id") or ""), record.get("native_name"))
