"""Totals: which field plays which part when numbers are summed, and the vocabularies of their keys, columns and reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..codelists.vocabularies import Vocabulary
from .completeness import complete
from .types import Type

# fmt: off
TOTALS_KEY = Vocabulary("totals_key", "What totals can be grouped by.", "Conflict Facts.", [
    ("month", "Month", "The month of the figure's day: the first day of its own period, or of its event if it has none; of a stock or running total, the last. Null if no day is known."),
    ("year", "Year", "The year of the figure's day: the first day of its own period, or of its event if it has none; of a stock or running total, the last. Null if no day is known."),
    ("country", "Country", "The country of the event; null if it is unknown."),
    ("place", "Place", "The figure's place, or its event's if it has none, and every larger place around it. The rows of places contain one another."),
    ("actor", "Actor", "The actor of the figure; null if the figure does not distinguish actors."),
    ("measure", "Measure", "What was counted. Every row is of one measure."),
    ("population", "Population", "Which people were counted; null if the figure does not say."),
    ("origin", "Origin", "How the numbers were obtained; null if the figures do not say. Rows of different origins are not compared."),
    ("unit", "Unit", "The unit of the numbers. Every row is of one unit and one basis."),
])
TOTALS_RULE = "widest/2"
LEFT_OUT_REASON = Vocabulary("left_out_reason", "Why a figure was not added to a total.", f"Conflict Facts; the rule `{TOTALS_RULE}`.", [
    ("date_unknown", "Date unknown", "The request covers a span of time, and neither the figure nor its event has a date."),
    ("extends_beyond", "Extends beyond the span", "Its period reaches, or may reach, into the requested span, but the day by which it is attributed is outside."),
    ("no_number", "No number", "The figure has no lower bound, no best estimate and no upper bound."),
    ("no_sum", "No sum", "The measure cannot be summed: a sum of distances or of numbers of inhabitants means nothing."),
    ("unit_unknown", "Unit unknown", "A figure without a unit cannot be added: it may count people or households."),
    ("basis_unknown", "Basis unknown", "It is not known whether the number covers a period, holds at a time or is a running total."),
    ("extrapolated", "Extrapolated", "It was carried forward or interpolated from other figures, and the request neither groups by origin nor has a condition on it."),
    ("computed", "Computed", "It was calculated from other figures, and the request neither groups by origin nor has a condition on it."),
    ("part_of_event", "Part of a larger event", "A figure of a larger event that includes this event counts everybody that this one counts."),
    ("part_of_total", "Part of a total", "A figure of the same event for a wider population, actor or place counts everybody that this one counts."),
    ("superseded", "Superseded", "A later count of the same stock or running total replaces it; the counts of one series are not added to each other."),
    ("repeated", "Repeated", "Another figure of the same event and the same people covers the same days, or more."),
    ("overlap_unknown", "Overlap unknown", "It may count people whom a figure that was added counts too. It is in `high`, but not in `best`."),
])
TOTALS_COLUMN = Vocabulary("totals_column", "The columns of a row of totals, beside its keys.", "Conflict Facts.", [
    ("basis", "Basis", "Whether the numbers cover periods, hold at a time or are running totals. Every row is of one basis."),
    ("origins", "Origins", "How the numbers in this row were obtained: the known origins of the figures it rests on."),
    ("low", "Low", "At least this many: the largest sum of stated lower bounds over disjoint figures; null if no figure states one."),
    ("best", "Best", "The sum of the best estimates of the figures that were added; null if none has one."),
    ("high", "High", "At most this many: the sum of the upper bounds of all figures that no other one contains; null if any of them states none."),
    ("figures", "Figures", "How many figures were added."),
    ("without_low", "Without low", "How many groups of connected figures state no lower bound; each adds 0 to `low`."),
    ("without_best", "Without best", "How many of the added figures have no best estimate and are missing from `best`."),
    ("disputed", "Disputed", "How many of the added figures are disputed: live claims contradict each other in the number."),
    ("imprecise_dates", "Imprecise dates", "How many of the added figures have no known first or last day, days that are not exact, or days beyond the month, the year or the requested span."),
    ("covered_days", "Covered days", "Of the `event_days`, how many a figure that can be added counts. Fewer: the numbers are those of only some days. Null if it is not known."),
    ("event_days", "Event days", "How many days of the row's month, year or span its event has, if figures count parts of the event's time. It is open until the end of these days if nobody states its last one. Of several events, the one with the most days that no figure counts. Null if no figure says that it counts a part, or if there is no such day."),
    ("contradicted", "Contradicted", "In how many groups of connected figures a part exceeds its whole, or a source's own numbers contradict each other; the bounds include every number stated."),
    ("overlap_unknown", "Overlap unknown", "In how many groups figures that no other one contains may count the same people; `best` uses disjoint ones, and `high` adds all."),
    ("approximated", "Approximated", "How many groups are too large and too entangled for the exact `low` and `best`; theirs are sums over disjoint figures, so `low` still holds, but may be weaker."),
])
# fmt: on

# Keys of totals, by how they behave.
DATE_KEYS = ("month", "year")  # They place a figure in time; the narrowest comes first.
CONTAINING_KEYS = ("place",)  # Their rows contain one another.
SPLIT_KEYS = ("month", "year", "country", "place")  # One group of connected figures can be in several of their rows.
NESTED_KEYS = ("actor", "place")  # Their records contain one another.
ALWAYS_KEYS = ("measure", "unit", "basis")  # A sum across them is never correct, so every total is split by them.
SEPARATE_KEYS = ("population", "actor", "origin")  # Their rows are kept apart: figures of different rows are not compared.
# Columns of totals.
LIST_COLUMNS = ("origins",)
DAY_COLUMNS = ("covered_days", "event_days")
NEW_COLUMNS = (
    "origins",
    *DAY_COLUMNS,
    "without_low",
    "contradicted",
    "overlap_unknown",
    "approximated",
)  # Null for revisions under the rule `widest/1`.
SUM_COLUMNS = ("low", "best", "high")
COUNT_COLUMNS = ("figures", "without_low", "without_best", "disputed", "imprecise_dates", "contradicted", "overlap_unknown", "approximated")
complete(
    "the columns of totals in schema/model/totals.py",
    ("basis", *LIST_COLUMNS, *SUM_COLUMNS, *COUNT_COLUMNS, *DAY_COLUMNS),
    TOTALS_COLUMN.codes,
)
# Reasons.
OVERLAP_REASONS = (
    "part_of_event",
    "part_of_total",
    "superseded",
    "repeated",
    "overlap_unknown",
)  # Due to other figures, the strongest first.
# Reasons for which figures are left out although nobody says that an added one counts the same people: a sum beside them may be partial.
UNCOUNTED_REASONS = ("date_unknown", "extends_beyond", "no_number", "unit_unknown", "basis_unknown")
LACKING = ("unit_unknown", "basis_unknown")  # Of these, those of a number that lacks what every total is split by.
# Those of figures that are derived from others: if there are more of them than were added, some periods have no other figure.
DERIVED_REASONS = ("extrapolated", "computed")
PARTIAL = "partial"  # What the words of a row read beside its columns: whether there are such figures, and it is a sum over periods.
SPANNED = "spanned"  # The same: whether the request bounds the days.
RULE_SENTENCE = "The rule by which the rows were computed: the one in force when the revision was recorded."
SPAN_SENTENCES = {  # Of the arguments that bound the days of a request.
    "since": "The first day of the span. A figure is in a row if its day is in the span: the first day of its own period, else of its event; of a stock or running total, the last.",
    "until": "The last day of the span. A figure that reaches into the span from before, or may, is counted in what was left out.",
}

TOTALS_RULE_SENTENCE = (
    "Figures of one measure, unit and basis are compared. Two are disjoint if their events, populations, actors, places, periods or "
    "disaggregation say that they have nobody in common; a place or an actor of which nobody says what it is part of may overlap others. One "
    "contains another if it counts everybody that the other counts. Of others, the overlap is unknown. Figures that are not disjoint form a "
    "group; groups are added. In a group, `low` is the largest sum of lower bounds over disjoint figures; `high` is the sum of the upper "
    "bounds of its outermost figures, which no other contains; and `best` is the sum of their best estimates or, where their overlap is "
    "unknown, the largest sum over disjoint ones. Bounds are those that are stated, never best estimates. If parts exceed their whole, the "
    "bounds include both. Extrapolated and computed figures are left out unless a request groups by origin or filters by it."
)


@dataclass(frozen=True)
class EarlierRule:
    """What only the rule `widest/1` uses. Revisions recorded under it keep their totals, so these must not change."""

    unspecified: tuple[str, ...]  # Populations that may be any other one.
    broad_populations: tuple[str, ...]  # Of the others, those that are wider than the rest.
    disjoint_populations: tuple[tuple[str, str], ...]  # Populations without a common member.
    at_most: str  # The quantifier of an upper bound.
    at_least: str  # The quantifier of a lower bound.


@dataclass(frozen=True)
class TotalsRoles:
    """The parts that fields play in the sums of a kind: its own fields, those of its event, and the codes with a special meaning."""

    event: str
    measure: str
    population: str
    actor: str
    actor_kind: str  # Of actors: the sort of one that stands for a population has its code.
    place: str
    low: str
    best: str
    high: str
    quantifier: str
    unit: str
    basis: str
    start: str
    end: str
    origin: str
    disaggregation: str  # Figures of one event that share it, and differ in population, actor or place, have nobody in common.
    # Fields of the event.
    event_start: str
    event_end: str
    event_precision: str
    event_place: str
    event_place_precision: str
    country: str
    # Fields of places.
    place_kind: str
    place_country: str
    # Codes.
    exact: str  # The quantifier of a number that is both bounds.
    at_most: tuple[str, ...]  # The quantifiers of an upper bound.
    at_least: tuple[str, ...]  # The quantifiers of a lower bound.
    flow: str  # The basis whose numbers may be added over time.
    cumulative: str  # The basis of running totals: a later one contains an earlier one.
    derived_origins: tuple[str, ...]  # Left out unless a request is about origins; each is also the reason.
    no_sum: tuple[str, ...]  # Measures that cannot be summed.
    all_people: tuple[str, ...]  # Populations that include every other.
    residual_populations: tuple[str, ...]  # Those whom a source did not identify, who may be others than those whom another did not.
    disjoint_populations: tuple[tuple[str, str], ...]  # Pairs without a common member, by definition.
    nested_populations: tuple[
        tuple[str, str], ...
    ]  # Pairs of which the first includes the second, by definition; any other two may overlap.
    vague_places: tuple[int, ...]  # The precisions of an event's place with which it may have happened outside that place.
    # Types of actors and of places: two of them have nothing in common, unless one is declared part of the other. Any other two may overlap.
    disjoint_actors: tuple[tuple[str, str], ...]
    disjoint_places: tuple[tuple[str, str], ...]
    before: EarlierRule  # What the rule `widest/1` uses instead.

    @property
    def decisive_of_events(self) -> tuple[str, ...]:
        """The fields of events that decide what two figures have in common, beside what an event is part of."""
        return self.event_start, self.event_end, self.event_precision, self.event_place, self.event_place_precision, self.country

    @property
    def decisive_of_actors(self) -> tuple[str, ...]:
        """The same of actors."""
        return (self.actor_kind,)

    @property
    def decisive_of_places(self) -> tuple[str, ...]:
        """The same of places."""
        return self.place_kind, self.place_country

    def problems(self, kind: str, kinds: Mapping[str, Mapping[str, Type]]) -> Iterator[str]:
        """The faults of the declaration, given the types of the fields of every kind."""
        own = kinds[kind]
        names = (self.event, self.measure, self.population, self.actor, self.place, self.low, self.best, self.high,
                 self.quantifier, self.unit, self.basis, self.start, self.end, self.origin, self.disaggregation)  # fmt: skip
        missing = [name for name in names if name not in own]
        yield from (f"{name} is not one of its fields" for name in missing)
        if missing:
            return
        event = kinds.get(own[self.event].ref or "")
        if event is None:
            yield f"{self.event} does not refer to an event"
            return
        for name in self.decisive_of_events:
            if name not in event:
                yield f"{name} is not a field of {own[self.event].ref}"
        nested = ((self.actor, self.decisive_of_actors, self.disjoint_actors), (self.place, self.decisive_of_places, self.disjoint_places))
        for link, fields, pairs in nested:
            found = kinds.get(own[link].ref or "", {})
            yield from (f"{name} is not a field of {own[link].ref}" for name in fields if name not in found)
            if fields[0] in found:
                known = found[fields[0]].vocabulary
                codes_of_pairs = dict.fromkeys(code for pair in pairs for code in pair)
                yield from (f"{code} is not a code of {fields[0]}" for code in codes_of_pairs if known is None or code not in known.codes)
        for name, codes in self._codes():
            vocabulary = own[name].vocabulary
            yield from (f"{code} is not a code of {name}" for code in codes if vocabulary is None or code not in vocabulary.codes)
        if not set(self.derived_origins) <= set(LEFT_OUT_REASON.codes):
            yield "a derived origin is not a reason to leave a figure out"
        if any(own[name].sql != "numeric" for name in (self.low, self.best, self.high)):
            yield "low, best and high must be exact decimals"

    def _codes(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield self.quantifier, (self.exact, *self.at_most, *self.at_least)
        yield self.basis, (self.flow, self.cumulative)
        yield self.origin, self.derived_origins
        yield self.measure, self.no_sum
        pairs = (*self.disjoint_populations, *self.nested_populations)
        yield self.population, (*self.all_people, *self.residual_populations, *(code for pair in pairs for code in pair))
