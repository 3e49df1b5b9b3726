"""The select that looks for the traits of protected datasets in the values of a file. Text; no I/O."""

from __future__ import annotations

from collections.abc import Sequence

from schema.formats.traits import ValueTrait

from ..text import quote_identifier, quote_literal

MAX_RECORDS = 2000  # Records, at equal distances, whose values are looked at.


def matches(base: str, columns: Sequence[str], traits: Sequence[ValueTrait]) -> str:
    """Select for each column, in order, a list of booleans: whether its values have each of the traits."""
    cells = ", ".join(f"[{', '.join(_matches(quote_identifier(name), trait) for trait in traits)}]" for name in columns)
    distance = f"greatest(1, (select count(*) from {base}) // {MAX_RECORDS})"
    return f"select [{cells}] from {base} where record % {distance} = 0"


def _matches(column: str, trait: ValueTrait) -> str:
    matching = f"count(*) filter (regexp_full_match({column}, {quote_literal(trait.pattern)}))"
    others = f" and count(*) filter (not regexp_full_match({column}, {quote_literal(trait.among)})) = 0" if trait.among else ""
    return f"(count({column}) > 0 and {matching} >= {trait.share} * count({column}){others})"
