"""Figures: numbers that describe events, with what they count, for whom, and between which bounds."""

from itertools import combinations, product

from ..codelists.vocabularies import (
    ACTOR_KIND,
    BASIS,
    LOCATION_KIND,
    MEASURE,
    ORIGIN,
    POPULATION,
    QUANTIFIER,
    UNIT,
)
from ..model.field import APART, TOGETHER, Field
from ..model.kind import Kind
from ..model.quantities import Quantities
from ..model.totals import LEFT_OUT_REASON, TOTALS_RULE, EarlierRule, TotalsRoles
from ..model.types import DATE, NUMBER, TEXT, code, ref

# Disjoint or nested by definition only: a child may be a civilian, and a medic may be a soldier.
DISJOINT_STATUSES = (
    ("civilians", "combatants"), ("combatants", "media"), ("combatants", "aid_workers"),
    ("media", "medical"), ("media", "aid_workers"), ("media", "peacekeepers"), ("aid_workers", "peacekeepers"),
)  # fmt: skip
NESTED_SEXES_AND_AGES = (
    ("females", "women"), ("females", "girls"), ("males", "men"), ("males", "boys"), ("adults", "women"), ("adults", "men"),
    ("children", "girls"), ("children", "boys"), ("children", "infants"),
)  # fmt: skip
DISJOINT_SEXES_AND_AGES = (
    ("females", "males"), ("females", "men"), ("females", "boys"), ("males", "women"), ("males", "girls"), ("women", "men"), ("girls", "boys"),
    ("adults", "children"), ("adults", "girls"), ("adults", "boys"), ("adults", "infants"),
    ("women", "children"), ("women", "girls"), ("women", "boys"), ("women", "infants"),
    ("men", "children"), ("men", "girls"), ("men", "boys"), ("men", "infants"),
    ("elderly", "children"), ("elderly", "girls"), ("elderly", "boys"), ("elderly", "infants"),
)  # fmt: skip
# Two different actors of one type are separate unless one is part of the other, and so are the sides of a conflict. A coalition or a collective may have any
# other as a member, also one of another coalition; a state comprises its government and its forces, and an unnamed actor may be any other.
_FORCES, _GROUPS = ("government", "state_forces", "external_forces"), ("rebel_group", "political_militia", "identity_militia")
DISJOINT_ACTORS = (
    *((code, code) for code in ACTOR_KIND.codes if code not in ("coalition", "collective")),
    *product(("state", *_FORCES), _GROUPS), *combinations(_GROUPS, 2), *product(("civilians",), (*_FORCES, *_GROUPS)),
    *product(("organisation",), (*_FORCES, *_GROUPS)), *product(("international_organisation",), _GROUPS),
)  # fmt: skip
DISJOINT_PLACES = tuple((code, code) for code in LOCATION_KIND.codes)  # Two provinces, or two towns; a town may lie in a province.
FIGURE_TOTALS = TotalsRoles(
    event="event", measure="measure", population="population", actor="actor", actor_kind="kind", place="location",
    low="low", best="best", high="high", quantifier="quantifier", unit="unit", basis="basis", start="period_start", end="period_end",
    origin="origin", disaggregation="disaggregation",
    event_start="started_on", event_end="ended_on", event_precision="date_precision", event_place="location", event_place_precision="place_precision", country="country",
    place_kind="kind", place_country="country",
    exact="exact", at_most=("less_than", "at_most"), at_least=("more_than", "at_least"), flow="flow",
    cumulative="cumulative", derived_origins=("extrapolated", "computed"), no_sum=("distance", "population"),
    all_people=("all",), residual_populations=("unknown",), disjoint_populations=(*DISJOINT_STATUSES, *DISJOINT_SEXES_AND_AGES), nested_populations=NESTED_SEXES_AND_AGES,
    vague_places=(2, 5), disjoint_actors=DISJOINT_ACTORS, disjoint_places=DISJOINT_PLACES,
    before=EarlierRule(
        unspecified=("unknown",), broad_populations=("civilians", "combatants"), disjoint_populations=(("women", "children"), *DISJOINT_STATUSES),
        at_most="less_than", at_least="more_than",
    ),
)  # fmt: skip
OF_PEOPLE, OF_BUILDINGS = ("people", "households"), ("buildings", "dwellings")
QUANTITIES = Quantities(
    numbers=("low", "best", "high"), measure="measure", unit="unit", quantifier="quantifier",
    units={
        "killed": ("people",), "injured": ("people",), "casualties": ("people",), "missing": ("people",), "detained": ("people",),
        "displaced": OF_PEOPLE, "returned": OF_PEOPLE, "affected": OF_PEOPLE, "population": OF_PEOPLE,
        "settlements_captured": ("settlements",), "area_captured": ("square_kilometres",), "distance": ("kilometres",),
        "buildings_damaged": OF_BUILDINGS, "buildings_destroyed": OF_BUILDINGS, "equipment_lost": ("items",), "strikes": ("events", "items"),
    },
    fractional=("square_kilometres", "kilometres"),
    signed=(),  # No measure is a change.
    bounds={
        "exact": ("best",), "approximately": ("best",), "more_than": ("low",), "at_least": ("low",), "less_than": ("high",), "at_most": ("high",),
        "between": ("low", "high"),
    },
    beside={
        "exact": (), "approximately": ("low", "high"), "more_than": (), "at_least": (), "less_than": (), "at_most": (), "between": ("best",),
    },
    excluding=("more_than", "less_than"),
)  # fmt: skip
FIGURE = Kind(
    "figure", "figures", "A number that describes an event: a count of people or places, an area.",
    Field("event", ref("event"), "The event that the number describes.", required=True, reverse="figures", index=True, what=TOGETHER),
    Field("measure", code(MEASURE), "What was counted or measured.", required=True, what=TOGETHER),
    Field("population", code(POPULATION), "Which people were counted, if people were.", what=TOGETHER),
    Field("actor", ref("actor"), "The actor that suffered the loss or made the gain.", reverse="figures", index=True, what=TOGETHER),
    Field("location", ref("location"), "The place that the number is about, if it is not the place of the event.", reverse="figures", index=True, what=TOGETHER),
    Field("low", NUMBER, "The lower bound, in `unit`.", group="value"),
    Field("best", NUMBER, "The best estimate, in `unit`; unknown if the source gives only a bound.", group="value"),
    Field("high", NUMBER, "The upper bound, in `unit`.", group="value"),
    Field("quantifier", code(QUANTIFIER), "How the source qualifies the number.", group="value", qualifies=True),
    Field("unit", code(UNIT), "The unit of `low`, `best` and `high`.", group="value", qualifies=True, what=APART),
    Field("basis", code(BASIS), "Whether the number covers a period, holds at a time or is a running total.", what=TOGETHER),
    Field("period_start", DATE, "The first day of the period that the number covers.", group="period"),
    Field("period_end", DATE, "The last day of the period that the number covers.", group="period"),
    Field("origin", code(ORIGIN), "How the number was obtained.", follows="value"),
    Field(
        "disaggregation", TEXT,
        "A name that figures of one event share if their source divides what it counts among them, so that none is counted twice.", follows="value",
    ),
    ascending=[("low", "best", "high"), ("period_start", "period_end")], indexes=[("measure", "-best")], totals=FIGURE_TOTALS, quantities=QUANTITIES,
    own_ids=True, cites="value", finds=["measure", "population", "event", "location"],
    point=("location", "event"),
    columns={
        "country": "event.country", "started_on": "event.started_on", "ended_on": "event.ended_on",
        "event.location.name": "event.location.name", "event.place_precision": "event.place_precision",
    },
    computed=[Field("counted_in", code(LEFT_OUT_REASON), f"Why `totals` without conditions does not add it, by the rule `{TOTALS_RULE}`; null if it does.")],
)  # fmt: skip
