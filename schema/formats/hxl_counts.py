"""What the columns of #affected count: the measure, the people, the unit, and whether the number is a bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..codelists.vocabularies import BASIS, MEASURE, POPULATION, UNIT
from .declarations import check_codes
from .hxl_columns import TaggedColumn

# Attributes of #affected, in our codes.
MEASURES = {
    "killed": "killed", "fatalities": "killed", "dead": "killed", "deaths": "killed", "injured": "injured", "wounded": "injured", "missing": "missing",
    "displaced": "displaced", "idps": "displaced", "returned": "returned", "returnees": "returned", "detained": "detained",
}  # fmt: skip
POPULATIONS = {
    (): "all", ("f",): "females", ("m",): "males", ("adults", "f"): "women", ("adults", "m"): "men", ("children", "f"): "girls",
    ("children", "m"): "boys", ("children",): "children", ("adults",): "adults", ("infants",): "infants", ("elderly",): "elderly",
    ("civilians",): "civilians", ("combatants",): "combatants",
}  # fmt: skip
UNITS = dict.fromkeys(("ind", "individuals", "people", "persons", "num", "total"), "people") | {
    "hh": "households",
    "households": "households",
}
# What a number holds for. People of these kinds who are counted on the day of a report are those present then.
BASES = {"stock": "stock", "present": "stock", "cumulative": "cumulative", "newdisp": "flow", "new": "flow"}
PRESENT = ("idps", "returnees")
BOUNDS = {"min": "low", "max": "high"}
check_codes("MEASURES in schema/formats/hxl_counts.py", MEASURES.values(), MEASURE)
check_codes("POPULATIONS in schema/formats/hxl_counts.py", POPULATIONS.values(), POPULATION)
check_codes("UNITS in schema/formats/hxl_counts.py", UNITS.values(), UNIT)
check_codes("BASES in schema/formats/hxl_counts.py", BASES.values(), BASIS)


@dataclass(frozen=True)
class Count:
    """The meaning of a column that counts: `bound` is the field of the number, low, best or high."""

    column: TaggedColumn
    measure: str
    population: str
    unit: str
    bound: str
    basis: str = ""  # Empty if no attribute says it.

    @property
    def figure(self) -> tuple[str, str, str, str]:
        """The columns that share this are bounds of one figure."""
        return self.measure, self.population, self.unit, self.basis


def count(column: TaggedColumn) -> Count | None:
    """The meaning of a column of #affected; None if it has an attribute that none of our codes stands for, or two that conflict."""
    attributes = set(column.attributes)

    def take(codes: Mapping[str, str], default: str) -> set[str]:
        """The codes of the attributes that this table knows, which are removed from `attributes`."""
        chosen = {codes[name] for name in attributes & set(codes)}
        attributes.difference_update(codes)
        return chosen or {default}

    choices = [take(codes, default) for codes, default in ((MEASURES, "affected"), (UNITS, "people"), (BOUNDS, "best"), (BASES, ""))]
    population = POPULATIONS.get(tuple(sorted(attributes)))
    if column.tag != "#affected" or population is None or any(len(codes) > 1 for codes in choices):
        return None
    ((measure,), (unit,), (bound,), (basis,)) = choices
    return Count(column, measure, population, unit, bound, basis)
