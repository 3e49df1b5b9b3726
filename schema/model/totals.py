"""Totals: which field plays which part when numbers are summed, and the vocabularies of their keys, columns and reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..codelists.vocabularies import Vocabulary
from .complete import complete
from .types import Type

# fmt: off
TOTALS_KEY = Vocabulary("totals_key", "What totals can be grouped by.", "Conflict Facts.", [
    ("month", "Month", "The month of the figure's own period, or of its event if it has none."),
    ("year", "Year", "The year of the figure's own period, or of its event if it has none."),
    ("country", "Country", "The country of the event."),
    ("place", "Place", "The figure's place, or its event's if it has none, and every larger place around it. The rows of places contain one another."),
    ("actor", "Actor", "The actor of the figure; null if the figure does not distinguish actors."),
    ("measure", "Measure", "What was counted. Every row is of one measure."),
    ("population", "Population", "Which people were counted; null if the figure does not say."),
    ("unit", "Unit", "The unit of the numbers. Every row is of one unit and one basis."),
])
LEFT_OUT_REASON = Vocabulary("left_out_reason", "Why a figure was not added to a total.", "Conflict Facts; the rule `widest/1`.", [
    ("date_unknown", "Date unknown", "The request covers a span of time, and neither the figure nor its event has a date."),
    ("no_number", "No number", "The figure has no lower bound, no best estimate and no upper bound."),
    ("no_sum", "No sum", "The measure cannot be summed: a sum of distances or of numbers of inhabitants means nothing."),
    ("unit_unknown", "Unit unknown", "A figure without a unit cannot be added: it may count people or households."),
    ("basis_unknown", "Basis unknown", "It is not known whether the number covers a period, holds at a time or is a running total."),
    ("part_of_event", "Part of a larger event", "A figure of a larger event that includes this event was added; it may count the same people or things."),
    ("part_of_total", "Part of a total", "A figure of the same event for a wider population, actor or place was added; it may count the same people or things."),
    ("superseded", "Superseded", "A later count of the same stock or running total was added; the counts of one series are not added to each other."),
    ("repeated", "Repeated", "Another figure of the same event, for the same people in an overlapping span of time, was added."),
])
TOTALS_COLUMN = Vocabulary("totals_column", "The numbers of a row of totals.", "Conflict Facts.", [
    ("basis", "Basis", "Whether the numbers cover periods, hold at a time or are running totals. Every row is of one basis."),
    ("low", "Low", "The sum of lower bounds. A figure without one counts with its best estimate, or with 0 if it is an upper bound."),
    ("best", "Best", "The sum of the known best estimates; null if none is known."),
    ("high", "High", "The sum of upper bounds, or of best estimates where there is none; null if any figure has no upper limit, such as \"more than 14,000\"."),
    ("figures", "Figures", "How many figures were added."),
    ("without_best", "Without best", "How many of them have no best estimate and are missing from `best`."),
    ("disputed", "Disputed", "How many of them are disputed: live claims disagree on the number."),
    ("imprecise_dates", "Imprecise dates", "How many of them have no exact day, or a period that extends beyond the month or year of the row."),
])
# fmt: on

# Keys of totals, by how they behave.
DATE_KEYS = ("month", "year")  # They place a figure in time; the narrowest comes first.
CONTAINING_KEYS = ("place",)  # Their rows contain one another.
NESTED_KEYS = ("actor", "place")  # Their records contain one another.
ALWAYS_KEYS = ("measure", "unit", "basis")  # A sum across them is never correct, so every total is split by them.
SEPARATE_KEYS = ("population", "actor")  # Their rows are compared side by side, so figures of different rows never exclude each other.
ROLLUP_KEYS = ("month", "year", "country", "measure", "population", "unit")  # The rollup can answer totals grouped by them.
# Columns of totals.
SUM_COLUMNS = ("low", "best", "high")
COUNT_COLUMNS = ("figures", "without_best", "disputed", "imprecise_dates")
complete("the columns of totals in schema/model/totals.py", (*SUM_COLUMNS, *COUNT_COLUMNS, "basis"), TOTALS_COLUMN.codes)
# Reasons.
ADDED = "added"  # In the rollup, the entry in place of a reason where a figure is added.
OVERLAP_REASONS = ("part_of_event", "part_of_total", "superseded", "repeated")  # The reasons due to an overlap, the strongest first.

TOTALS_RULE = "widest/1"
TOTALS_RULE_SENTENCE = (
    "Two figures overlap if they have the same measure, unit and basis, if their events are the same or one is part of the other, and if "
    "none of their populations, actors, places or (for flows) days are known to be disjoint. Of overlapping figures, only the widest is "
    "added. These criteria decide in turn: the larger event; all people before an unknown population, before civilians or combatants, before "
    "any other population; no particular actor before a larger actor, before its parts; the whole event before a larger place, before the "
    "places inside it; for flows the longer span, for stocks and running totals the later count; and last, the id that comes first. A "
    "figure is left out only if one that overlaps with it was added."
)


@dataclass(frozen=True)
class TotalsRoles:
    """The parts that fields play in the sums of a kind: its own fields, those of its event, and the codes with a special meaning."""

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
    # Fields of the event.
    event_start: str
    event_end: str
    event_precision: str
    event_place: str
    country: str
    # Codes.
    at_most: tuple[str, ...]  # The quantifiers of an upper bound.
    at_least: tuple[str, ...]  # The quantifiers of a lower bound.
    flow: str  # The basis whose numbers may be added over time.
    no_sum: tuple[str, ...]  # Measures that cannot be summed.
    all_people: tuple[str, ...]  # Populations that include every other.
    unspecified: tuple[str, ...]  # Populations that may be any other one.
    broad_populations: tuple[str, ...]  # Of the others, those that are wider than the rest.
    disjoint_populations: tuple[tuple[str, str], ...]  # Populations without a common member; any other two may overlap.

    def problems(self, kind: str, kinds: Mapping[str, Mapping[str, Type]]) -> Iterator[str]:
        """The faults of the declaration, given the types of the fields of every kind."""
        own = kinds[kind]
        names = (self.event, self.measure, self.population, self.actor, self.place, self.low, self.best, self.high,
                 self.quantifier, self.unit, self.basis, self.start, self.end)  # fmt: skip
        missing = [name for name in names if name not in own]
        yield from (f"{name} is not one of its fields" for name in missing)
        if missing:
            return
        event = kinds.get(own[self.event].ref or "")
        if event is None:
            yield f"{self.event} does not refer to an event"
            return
        for name in (self.event_start, self.event_end, self.event_precision, self.event_place, self.country):
            if name not in event:
                yield f"{name} is not a field of {own[self.event].ref}"
        for name, codes in self._codes():
            vocabulary = own[name].vocabulary
            yield from (f"{code} is not a code of {name}" for code in codes if vocabulary is None or code not in vocabulary.codes)
        if any(own[name].sql != "numeric" for name in (self.low, self.best, self.high)):
            yield "low, best and high must be exact decimals"

    def _codes(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield self.quantifier, (*self.at_most, *self.at_least)
        yield self.basis, (self.flow,)
        yield self.measure, self.no_sum
        yield (
            self.population,
            (*self.all_people, *self.unspecified, *self.broad_populations, *(code for pair in self.disjoint_populations for code in pair)),
        )
