"""English: the language that says every new code by its label, so that no entry here is needed for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import cache

from schema.codelists.vocabularies import ACTOR_KIND, COUNTRY, MEASURE, POPULATION, UNIT, Vocabulary
from schema.kinds.figure import QUANTITIES
from schema.model.declaration_error import BadDeclaration

from ..grammar import DOERS, LOSSES, ONE, OTHER, Amount, Language, Noun, Wording

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def noun(one: str, other: str) -> Noun:
    return Noun({ONE: one, OTHER: other}, other)


MESSAGES: Mapping[str, str] = {
    "comma": ", ", "semicolon": "; ", "colon": ": ", "and": " and ", "but": " but ",
    # Numbers
    "number": "{}", "about": "about {}", "at_least": "at least {}", "at_least_about": "about {} or more", "more_than": "more than {}",
    "up_to": "up to {}", "up_to_about": "up to about {}", "less_than": "less than {}", "fewer_than": "fewer than {}",
    "range": "{} to {}", "about_range": "about {} to {}", "best_estimate": "best estimate {}", "lower_bound": "lower bound {}",
    "upper_bound": "upper bound {}", "contradictory": "the numbers contradict each other",
    "none": "none", "no_m": "no {}", "no_f": "no {}", "no_n": "no {}", "unknown": "an unknown number", "unknown_of": "an unknown number of {}",
    # What is counted
    "among": " among {}", "counted_for": "counted for {}", "suffered": "suffered by {}", "did": "by {}",
    "running_total": "running total", "no_upper_bound": "stated without an upper bound", "unit_not_stated": "unit not stated",
    # Where and when
    "place_in": "in {}", "place_at": "at {}", "place_near": "near {}",
    "on": "on {}", "around": "around {}", "from_on": "from {} on", "up_to_day": "up to {}", "not_before": "not before {}", "not_after": "not after {}",
    "from_to": "from {} to {}", "between": "between {} and {}", "in_period": "in {}", "as_of": "as of {}", "undated": "undated",
    "precision_unstated": "precision of the date not stated", "within": "exact day unknown, {}",
    "within_2": "within two to six days", "within_3": "within one or two weeks", "within_4": "within a month", "within_5": "within a year",
    "start_not_stated": "start not stated", "end_not_stated": "end not stated",
    # Sources
    "event": "event: {}", "according": "according to {}", "reported_by": "{} (as reported by {})", "unnamed_source": "an unnamed source",
    "term_counted": "counted", "term_actor": "actor", "term_place": "place", "term_basis": "basis", "term_period": "period",
    "disputed": "disputed", "more": "; other versions: {}", "rival": "{} according to {}",
    "in_another_event": "in another event ({})", "in_the_place": "in the place {}", "for_the_actor": "counted for the actor {}",
    "in_a_period": "in a period", "at_one_time": "at one time", "period_not_stated": "period not stated", "a_period": "a period {}",
    "another_event": "another event", "another_measure": "another measure", "another_population": "another population",
    "another_actor": "another actor", "another_location": "another location", "another_basis": "another basis",
    # Sums
    "further_count": ", and an unknown number in {} further count", "further_counts": ", and an unknown number in {} further counts",
    "covered_days": "covers {} of {} days",
    "other_days": "counts that may include other days: {}",
    "partial_sum": "possibly a partial sum; counts added: {}",
    "no_bounds": "no bounds are stated", "contradicted": "some of the numbers contradict each other",
    "partial": "the estimates cover only a part of what is counted", "overlaps": "counts that may include the same people were not added",
    "by_estimate": "by estimate: {}", "in_all": "{} in all", "origins": "origins: {}", "count_at_a_time": "count at a time",
    "latest_count": "the latest count {}",
    "running_total_to": "running total up to {}", "running_totals_to": "running totals, the latest up to {}",
    "count_as_of": "count at a time as of {}", "counts_as_of": "count at a time, the latest as of {}",
}  # fmt: skip
UNITS: Mapping[str, Noun] = {"people": noun("person", "people")}
POPULATIONS: Mapping[str, Noun] = {
    "all": noun("person", "people"), "unknown": noun("person of unknown status", "people of unknown status"), "women": noun("woman", "women"),
    "men": noun("man", "men"), "children": noun("child", "children"), "females": noun("woman or girl", "women and girls"),
    "males": noun("man or boy", "men and boys"), "elderly": noun("older person", "older people"), "medical": noun("medical worker", "medical workers"),
}  # fmt: skip
MEASURES: Mapping[str, Wording] = {
    "casualties": Wording(["{counted}"], noun("casualty", "casualties")),
    "strikes": Wording(["{counted}"], noun("strike", "strikes")),
    "settlements_captured": Wording(["{counted} captured"]),
    "area_captured": Wording(["{counted} captured"]),
    "equipment_lost": Wording(["{counted} of equipment lost"]),
    "distance": Wording(["a distance of {counted}"]),
    "population": Wording(["a population of {counted}"]),
}
for _vocabulary, _table in ((UNIT, UNITS), (POPULATION, POPULATIONS), (MEASURE, MEASURES), (MEASURE, LOSSES), (MEASURE, DOERS)):
    if _unknown := [code for code in _table if code not in _vocabulary.codes]:
        raise BadDeclaration(f"api/words/languages/en.py names {', '.join(_unknown)}, which {_vocabulary.name} no longer has")


class English(Language):
    """English, whose nouns follow what is said beside their numbers, and whose labels are those of the vocabularies."""

    def category(self, number: object) -> str:
        return ONE if number == 1 else OTHER

    def number(self, value: object) -> str:
        if type(value) is int:
            return f"{value:,}"
        written = f"{Decimal(str(value)):,f}"
        return written.rstrip("0").rstrip(".") if "." in written else written

    def day(self, date: dt.date) -> str:
        return f"{date.day} {self.month(date)}"

    def month(self, date: dt.date) -> str:
        return f"{MONTHS[date.month - 1]} {date.year}"

    def days(self, first: dt.date, last: dt.date) -> tuple[str, str]:
        same_year, same_month = first.year == last.year, (first.year, first.month) == (last.year, last.month)
        begun = str(first.day) if same_month else f"{first.day} {MONTHS[first.month - 1]}" if same_year else self.day(first)
        return begun, self.day(last)

    def label(self, vocabulary: Vocabulary, code: str) -> str:
        text = vocabulary.codes[code].label
        return text if text[1:2].isupper() else text[:1].lower() + text[1:]

    def country(self, code: str) -> str:
        """The name inside a sentence: that of ISO 3166 is "Palestine, State of" in lists."""
        name, _, rest = COUNTRY.codes[code].label.partition(", ")
        return f"{rest} {name}" if rest.endswith((" of", " of the")) else COUNTRY.codes[code].label

    def name_of(self, name: str, native: object) -> str:
        """A name inside a sentence. One that begins with a common noun, such as "Civilians in Syria", is written so."""
        first, of, _ = name.partition(" in ")
        return name[:1].lower() + name[1:] if name in COMMON_NOUNS or (of and first in COMMON_NOUNS) else name

    def noun(self, vocabulary: Vocabulary, code: str) -> Noun:
        """The noun of a code: that of the table or, failing that, its label, which is a plural."""
        plural = self.label(vocabulary, code)
        return (self.units if vocabulary is UNIT else self.populations).get(code) or noun(plural.removesuffix("s"), plural)

    def among(self, population: str) -> str:
        return self.noun(POPULATION, population).some

    def wording(self, measure: str) -> Wording:
        """The wording of a measure: that of the table or, failing that, its label behind the number."""
        return self.measures.get(measure) or _wording(measure)

    def counted(self, amount: Amount, noun: Noun | None) -> str:
        if noun is None or amount.is_only("unknown"):
            return super().counted(amount, noun)
        if amount.is_only("none"):
            return self.say("no_m", noun.forms[OTHER])
        return f"{super().counted(amount, None)} {noun.forms[OTHER if amount.plural else ONE]}"

    def phrase(self, wording: Wording, amount: Amount, noun: Noun | None, among: str) -> str:
        return wording.templates[0].format(counted=self.counted(amount, noun)) + (self.say("among", among) if among else "")

    def joined(self, what: str, where: str, when: str) -> str:
        """The beginning of a sentence; a place of several names ends with a comma."""
        words = " ".join(part for part in (what, f"{where}," if ", " in where and when else where, when) if part)
        return words[:1].upper() + words[1:]


@cache  # There are as many as measures, and each phrase asks three times.
def _wording(measure: str) -> Wording:
    """The label of a measure behind the number, without a unit that the number has already."""
    words = ENGLISH.label(MEASURE, measure)
    for unit in QUANTITIES.units.get(measure, ()):
        words = words.removeprefix(f"{ENGLISH.label(UNIT, unit)} ")
    return Wording([f"{{counted}} {words}"])


COMMON_NOUNS = frozenset(code.label for vocabulary in (ACTOR_KIND, POPULATION) for code in vocabulary.codes.values())
ENGLISH = English("en", "English", MESSAGES, {}, {}, UNITS, POPULATIONS, MEASURES)
