"""Which numbers are possible, as schema/model/quantities.py declares it, in SQL for DuckDB. Text; no I/O."""

from __future__ import annotations

from collections.abc import Mapping

from schema.model.quantities import Quantities

from ..text import literals, quote_literal
from .types import NULL, literal

RULE = (
    "cannot be the number of what it counts: it must be whole, and not below zero (an area or a distance may have a fraction); "
    "correct it, or leave it empty if the number is unknown"
)
UNIT_RULE = "is a unit in which this measure cannot be counted; correct one of them"


def bounds_rule(quantities: Quantities) -> str:
    """What the numbers beside a quantifier must be, as the end of a sentence that begins with it."""
    by_bounds: dict[tuple[str, ...], list[str]] = {}
    for quantifier, bounds in quantities.bounds.items():
        by_bounds.setdefault(bounds, []).append(quantifier)
    rules = "; ".join(f"{' and '.join(names)}: {' and '.join(bounds)}" for bounds, names in by_bounds.items())
    rules += f"; {' and '.join(quantities.below_nothing())}: not 0"
    return f"contradicts the numbers that are given ({rules}); correct one of them"


def impossible(quantities: Quantities, number: str, measure: str, unit: str) -> str:
    """Whether a number, as text in its shortest form, is impossible for a measure in a unit, each SQL of a text or null.

    A wrong unit is another fault.
    """
    negative, fraction = f"starts_with({number}, '-')", f"contains({number}, '.')"
    if quantities.signed:
        negative = f"({negative} and coalesce({measure} not in ({literals(quantities.signed)}), true))"
    if (known_unit := literal(unit)) is not None:  # The usual case, in which the condition is short.
        faults = [negative] if known_unit in quantities.fractional else [negative, fraction]
    else:
        faults = [negative, f"not {fractional(quantities, measure, unit)} and {fraction}"]
    return f"coalesce({' or '.join(faults)}, false)"


def fractional(quantities: Quantities, measure: str, unit: str) -> str:
    """Whether the number of a measure in a unit may have a fraction."""
    with_fractions = [name for name in quantities.units if quantities.can_have_fractions(name, None)]
    return f"coalesce({unit} in ({literals(quantities.fractional)}), {measure} in ({literals(with_fractions)}), true)"


def wrong_unit(quantities: Quantities, measure: str, unit: str) -> str:
    """Whether a measure cannot be counted in a unit."""
    if (known_measure := literal(measure)) is not None and (known_unit := literal(unit)) is not None:
        return str(bool(quantities.wrong_unit(known_measure, known_unit))).lower()
    cases = " ".join(f"when {quote_literal(name)} then {unit} not in ({literals(units)})" for name, units in quantities.units.items())
    return f"coalesce(case {measure} {cases} end, false)"


def contradictory(quantities: Quantities, values: Mapping[str, str]) -> str:
    """Whether numbers contradict their quantifier; `values` has the SQL of each field that a claim can give. Empty if none is qualified."""
    if quantities.quantifier not in values or not (numbers := [name for name in quantities.numbers if name in values]):
        return ""
    cases = []
    for quantifier, bounds in quantities.bounds.items():
        faults = [f"{values.get(name, NULL)} is null" for name in bounds]
        for name in numbers:
            if name not in bounds + quantities.beside[quantifier]:
                differs = " or ".join(f"{values.get(bound, NULL)} is distinct from {values[name]}" for bound in bounds)
                faults.append(f"({values[name]} is not null and ({differs}))")
        if quantifier in quantities.below_nothing():
            signed = f" and coalesce({values.get(quantities.measure, NULL)} not in ({literals(quantities.signed)}), true)"
            faults.append(f"({values.get(quantities.numbers[2], NULL)} = '0'{signed if quantities.signed else ''})")
        cases.append(f"when {quote_literal(quantifier)} then {' or '.join(faults)}")
    known = " or ".join(f"{values[name]} is not null" for name in numbers)
    return f"coalesce(({known}) and case {values[quantities.quantifier]} {' '.join(cases)} end, false)"
