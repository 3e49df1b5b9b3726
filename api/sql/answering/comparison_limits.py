"""How many records one query for totals may compare with one another, and the condition that refuses it beforehand."""

from __future__ import annotations

from ..text import quote_literal

# 25,000 sets in as many pairs take 2.2 to 2.9 seconds of processor time on a busy machine; `python -m bench.totals` has 15,000 of each.
MAX_TANGLED, MAX_SETS, MAX_PAIRS = 50_000, 25_000, 50_000
# Places of one event that may overlap, counted from both sides: beyond so many, only those of one type are added, and the others are left out.
DENSE = 20_000
_CURE = "add a condition, such as an event, a country, a measure, a basis or a span of time"
TOO_MANY_TANGLED, TOO_MANY_SETS = (
    f"totals: more than {number:,} of these figures{which} may overlap in ways that must be compared one by one; {_CURE}"
    for number, which in ((MAX_TANGLED, ""), (MAX_SETS, ", beside running totals that later ones replace,"))
)
TOO_MANY_PAIRS = f"totals: more than about {MAX_PAIRS:,} pairs of these figures may overlap, and must be compared one by one; {_CURE}"


def unless(condition: str, message: str, relation: str) -> str:
    """A condition that is true, or refuses the statement, if a condition on the rows of a relation is met. It is evaluated once, before others."""
    return f"(select case when {condition} then refuse({quote_literal(message)}) is null else true end from {relation})"
