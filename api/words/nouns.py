"""The nouns and labels of codes, in the language that is spoken."""

from __future__ import annotations

from collections.abc import Mapping

from schema.codelists.vocabularies import POPULATION, UNIT, Vocabulary

from .grammar import DID, SUFFERED, Noun, Wording, unit_of
from .languages import language

__all__ = ["EVERYBODY", "Noun", "Wording", "actor_of", "country_name", "label", "nouns_of", "population_beside", "unit_of", "wording"]
PEOPLE = "people"
EVERYBODY = ("all",)  # The populations that need not be named beside another noun.


def label(vocabulary: Vocabulary, code: str) -> str:
    """The label of a code inside a sentence."""
    return language().label(vocabulary, code)


def country_name(code: str) -> str:
    """The name of a country inside a sentence."""
    return language().country(code)


def wording(measure: str) -> Wording:
    """How a measure follows its number."""
    return language().wording(measure)


def actor_of(measure: str) -> str:
    """What the actor of a figure is to a measure, in a title in English: "people killed, by the actor that suffered it"."""
    message = language().actor(measure)
    return "actor that suffered it" if message == SUFFERED else "actor" if message == DID else "actor that it is counted for"


def nouns_of(figure: Mapping[str, object]) -> Noun | None:
    """The noun behind the number of a figure; None if it is unknown what was counted."""
    if noun := _own_noun(figure):
        return noun
    unit, population = unit_of(figure), figure.get("population")
    if unit == PEOPLE and population:
        return language().noun(POPULATION, str(population))
    return language().noun(UNIT, unit) if unit else None


def population_beside(figure: Mapping[str, object]) -> str:
    """Which people were counted, where the noun does not say so; empty if it does."""
    population = figure.get("population")
    named = unit_of(figure) == PEOPLE and not _own_noun(figure)
    return language().among(str(population)) if population and population not in EVERYBODY and not named else ""


def _own_noun(figure: Mapping[str, object]) -> Noun | None:
    measure = figure.get("measure")
    return language().wording(str(measure)).nouns if measure else None
