"""The English nouns and phrases of codes. A code without an entry here is named by its label, so that a new one needs none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schema.codelists.vocabularies import COUNTRY, LOCATION_KIND, MEASURE, POPULATION, UNIT, Vocabulary
from schema.kinds.figure import QUANTITIES
from schema.model.errors import BadDeclaration

Noun = tuple[str, str]  # For one, and for any other number.

UNITS: Mapping[str, Noun] = {"people": ("person", "people")}
POPULATIONS: Mapping[str, Noun] = {
    "all": ("person", "people"), "unknown": ("person of unknown status", "people of unknown status"), "women": ("woman", "women"),
    "men": ("man", "men"), "children": ("child", "children"), "females": ("woman or girl", "women and girls"),
    "males": ("man or boy", "men and boys"), "elderly": ("older person", "older people"), "medical": ("medical worker", "medical workers"),
}  # fmt: skip
PEOPLE = "people"
EVERYBODY = ("all",)  # The populations that need not be named beside another noun.
PREPOSITIONS: Mapping[str, str] = {"site": "at"}  # Of kinds of places; "in" for every other.


@dataclass(frozen=True)
class Wording:
    """How a measure follows its number: `{counted}` is the number with its noun, which `nouns` replaces.

    `actor` is what the actor has to do with it. A figure never says who did something to people: its actor is the one that the loss or the
    gain is of, and the words must not let a victim be taken for a perpetrator.
    """

    phrase: str
    nouns: Noun | None = None
    actor: str = "counted for {actor}"


SUFFERED, DID = "suffered by {actor}", "by {actor}"
LOSSES = ("killed", "injured", "casualties", "missing", "displaced", "detained", "affected", "buildings_damaged", "buildings_destroyed")
MEASURES: Mapping[str, Wording] = {
    "casualties": Wording("{counted}", ("casualty", "casualties"), SUFFERED),
    "strikes": Wording("{counted}", ("strike", "strikes")),
    "settlements_captured": Wording("{counted} captured", actor=DID),
    "area_captured": Wording("{counted} captured", actor=DID),
    "equipment_lost": Wording("{counted} of equipment lost", actor=DID),
    "distance": Wording("a distance of {counted}"),
    "population": Wording("a population of {counted}"),
}

for _vocabulary, _table in (
    (UNIT, UNITS),
    (POPULATION, POPULATIONS),
    (LOCATION_KIND, PREPOSITIONS),
    (MEASURE, MEASURES),
    (MEASURE, LOSSES),
):
    if _unknown := [code for code in _table if code not in _vocabulary.codes]:
        raise BadDeclaration(f"api/words/nouns.py names {', '.join(_unknown)}, which {_vocabulary.name} no longer has")


def label(vocabulary: Vocabulary, code: str) -> str:
    """The label of a code inside a sentence."""
    text = vocabulary.codes[code].label
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def country_name(code: str) -> str:
    """The name of a country inside a sentence: that of ISO 3166 is "Palestine, State of" in lists."""
    name, _, rest = COUNTRY.codes[code].label.partition(", ")
    return f"{rest} {name}" if rest.endswith((" of", " of the")) else COUNTRY.codes[code].label


def noun(vocabulary: Vocabulary, table: Mapping[str, Noun], code: str) -> Noun:
    """The noun of a code: that of the table or, failing that, its label, which is a plural."""
    plural = label(vocabulary, code)
    return table.get(code) or (plural.removesuffix("s"), plural)


def wording(measure: str) -> Wording:
    """The wording of a measure: that of the table or, failing that, its label behind the number, without a unit that the number has already."""
    if measure in MEASURES:
        return MEASURES[measure]
    words = label(MEASURE, measure)
    for unit in QUANTITIES.units.get(measure, ()):
        words = words.removeprefix(f"{label(UNIT, unit)} ")
    return Wording(f"{{counted}} {words}", actor=SUFFERED if measure in LOSSES else Wording.actor)


def actor_of(measure: str) -> str:
    """What the actor of a figure is to a measure, in a title: "people killed, by the actor that suffered it"."""
    words = wording(measure).actor
    return "actor that suffered it" if words == SUFFERED else "actor" if words == DID else "actor that it is counted for"


def unit_of(figure: Mapping[str, object]) -> str:
    """The unit of a figure: its own or, failing that, the only one that its measure can have; empty if that is unknown."""
    units = QUANTITIES.units.get(str(figure.get("measure")), ())
    return str(figure.get("unit") or (units[0] if len(units) == 1 else ""))


def nouns_of(figure: Mapping[str, object]) -> Noun | None:
    """The noun behind the number of a figure; None if it is unknown what was counted."""
    if nouns := _own_nouns(figure):
        return nouns
    unit, population = unit_of(figure), figure.get("population")
    if unit == PEOPLE and population:
        return noun(POPULATION, POPULATIONS, str(population))
    return noun(UNIT, UNITS, unit) if unit else None


def population_beside(figure: Mapping[str, object]) -> str:
    """Which people were counted, where the noun does not say so, as the end of a phrase."""
    population = figure.get("population")
    named = unit_of(figure) == PEOPLE and not _own_nouns(figure)
    return f" among {noun(POPULATION, POPULATIONS, str(population))[1]}" if population and population not in EVERYBODY and not named else ""


def _own_nouns(figure: Mapping[str, object]) -> Noun | None:
    measure = figure.get("measure")
    return wording(str(measure)).nouns if measure else None
