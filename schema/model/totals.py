"""What may be added: which field plays which part when numbers are summed, and the words in which sums are asked for and explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..codelists.vocabularies import Vocabulary
from .types import Type

# fmt: off
TOTALS_KEY = Vocabulary("totals_key", "What totals can be grouped by.", "Conflict Facts.", [
    ("month", "Month", "The month of the figure's own period, or else of its event."),
    ("year", "Year", "The year of the same day."),
    ("country", "Country", "The country of the event."),
    ("place", "Place", "The figure's place, or else its event's, and every larger place that it lies in: rows of places contain one another."),
    ("actor", "Actor", "The actor of the figure; null where the figure tells no actors apart."),
    ("measure", "Measure", "What was counted. Rows are always of one measure."),
    ("population", "Population", "Which people were counted; null where the figure does not say."),
    ("unit", "Unit", "The unit of the numbers. Rows are always of one unit, and of one basis."),
])
LEFT_OUT_REASON = Vocabulary("left_out_reason", "Why a figure was not added to a total.", "Conflict Facts; the rule `widest/1`.", [
    ("date_unknown", "Date unknown", "A span of time is asked for, and neither the figure nor its event has a date."),
    ("no_number", "No number", "The figure has neither a lower bound nor a best estimate nor an upper bound."),
    ("no_sum", "No sum", "The measure has no sums: distances and numbers of inhabitants add up to nothing that exists."),
    ("unit_unknown", "Unit unknown", "What has no unit cannot be added: it may be people or households."),
    ("basis_unknown", "Basis unknown", "It is not known whether the number is of a period, at a time or a running total."),
    ("part_of_event", "Part of a larger event", "A figure of a larger event, of which this one's event is a part, was added; it may count the same."),
    ("part_of_total", "Part of a total", "A figure of the same event for a wider population, actor or place was added; it may count the same."),
    ("superseded", "Superseded", "A later count of the same stock or running total was added; counts of one series are not added to each other."),
    ("repeated", "Repeated", "Another figure of the same event for the same people in a span of time that overlaps was added."),
])
TOTALS_COLUMN = Vocabulary("totals_column", "The numbers of a row of totals.", "Conflict Facts.", [
    ("basis", "Basis", "Whether the numbers are of periods, at a time, or running totals. Rows are always of one basis."),
    ("low", "Low", "The sum of lower bounds. A figure without one counts with its best estimate, or with 0 where it is an upper bound."),
    ("best", "Best", "The sum of the best estimates that are known; null where none is."),
    ("high", "High", "The sum of upper bounds, or else best estimates; null where any figure is open above, as \"more than 14,000\"."),
    ("figures", "Figures", "How many figures were added."),
    ("without_best", "Without best", "How many of them have no best estimate, and so are missing from `best`."),
    ("disputed", "Disputed", "How many of them are disputed: live claims differ in the number."),
    ("imprecise_dates", "Imprecise dates", "How many of them have no exact day, or days that reach beyond the month or year grouped by."),
])
# fmt: on
DATE_KEYS = ("month", "year")  # Keys that put a figure into a span of time, the narrowest first.
CONTAINING_KEYS = ("place",)  # The key whose rows contain one another.
NESTED_KEYS = ("actor", "place")  # Keys whose records contain one another.
ALWAYS_KEYS = ("measure", "unit", "basis")  # Sums across these are never right, so rows are split by them whether asked or not.
SEPARATE_KEYS = (
    "population",
    "actor",
)  # Keys whose rows are read beside each other: figures of different rows do not leave each other out.
ROLLUP_KEYS = ("month", "year", "country", "measure", "population", "unit")  # Keys that the rollup can group by.
SUM_COLUMNS = ("low", "best", "high")
COUNT_COLUMNS = ("figures", "without_best", "disputed", "imprecise_dates")
ADDED = "added"  # What stands for a reason in the rollup where a figure is added.
OVERLAP_REASONS = ("part_of_event", "part_of_total", "superseded", "repeated")  # Reasons that come of an overlap, the strongest first.
TOTALS_RULE = "widest/1"
TOTALS_RULE_SENTENCE = (
    "Two figures overlap when they have one measure, unit and basis, their events are the same or one is part of the other, their "
    "populations, actors and places are not known to be apart, and, for flows, neither are their days. Of figures that overlap the widest "
    "is added: of the larger event first; then of all people, of an unknown population, of civilians or combatants, of any other; then of "
    "no actor in particular, then of the larger actor; then of the whole event, then of the larger place; then, for flows, of the longer "
    "span, and for stocks and running totals of the later; then by id. A figure is left out only where one that overlaps with it was added."
)


@dataclass(frozen=True)
class TotalsRoles:
    """The fields of a kind by the part they play in its sums, those of its event, and the codes that decide."""

    event: str
    measure: str
    population: str
    actor: str
    place: str
    low: str
    best: str
    high: str
    quantifier: str
    unit: str
    basis: str
    start: str
    end: str
    # Of the event
    event_start: str
    event_end: str
    event_precision: str
    event_place: str
    country: str
    # Codes
    at_most: str  # The quantifier of an upper bound.
    at_least: str  # The quantifier of a lower bound.
    flow: str  # The basis that may be added over time.
    no_sum: tuple[str, ...]  # Measures that have no sums.
    all_people: tuple[str, ...]  # Populations that contain every other.
    unspecified: tuple[str, ...]  # Populations that may be any other.
    broad_populations: tuple[str, ...]  # Of the others, those that count before the rest.
    disjoint_populations: tuple[tuple[str, str], ...]  # Populations that have nobody in common; any others may.

    def problems(self, kind: str, kinds: Mapping[str, Mapping[str, Type]]) -> Iterator[str]:
        """What is wrong with the declaration, given the types of the fields of every kind."""
        own = kinds[kind]
        names = (self.event, self.measure, self.population, self.actor, self.place, self.low, self.best, self.high,
                 self.quantifier, self.unit, self.basis, self.start, self.end)  # fmt: skip
        missing = [name for name in names if name not in own]
        yield from (f"{name} is none of its fields" for name in missing)
        if missing:
            return
        event = kinds.get(own[self.event].ref or "")
        if event is None:
            yield f"{self.event} refers to no event"
            return
        for name in (self.event_start, self.event_end, self.event_precision, self.event_place, self.country):
            if name not in event:
                yield f"{name} is no field of {own[self.event].ref}"
        for name, codes in self._codes():
            vocabulary = own[name].vocabulary
            yield from (f"{code} is no code of {name}" for code in codes if vocabulary is None or code not in vocabulary.codes)
        if any(own[name].sql != "numeric" for name in (self.low, self.best, self.high)):
            yield "low, best and high are not exact decimals"

    def _codes(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield self.quantifier, (self.at_most, self.at_least)
        yield self.basis, (self.flow,)
        yield self.measure, self.no_sum
        yield (
            self.population,
            (*self.all_people, *self.unspecified, *self.broad_populations, *(code for pair in self.disjoint_populations for code in pair)),
        )
