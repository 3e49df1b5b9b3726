"""The select that looks for the traits of protected datasets in the values of a file. Text; no I/O."""

from __future__ import annotations

from collections.abc import Sequence

from schema.formats.restricted_publishers import ValueTrait

from ..text import quote_identifier, quote_literal

MAX_RECORDS = 2000  # Records, at equal distances, whose values are looked at.


def matches(base: str, columns: Sequence[str], traits: Sequence[ValueTrait]) -> str:
    """Select the positions of the columns, counted from 0, each with a list of booleans: whether its values have each of the traits.

    Cells of all columns are compared by one expression: DuckDB takes seconds to plan some for each of a hundred columns.
    """
    distance = f"greatest(1, (select count(*) from {base}) // {MAX_RECORDS})"
    cells = f"unnest([{', '.join(map(quote_identifier, columns))}]) as cell, unnest(range({len(columns)})) as position"
    return f"""
select position, [{", ".join(map(_matches, traits))}]
from (select {cells} from {base} where record % {distance} = 0) cells group by position
"""


def _matches(trait: ValueTrait) -> str:
    matching = f"count(*) filter (regexp_full_match(cell, {quote_literal(trait.pattern)}))"
    others = f" and count(*) filter (not regexp_full_match(cell, {quote_literal(trait.among)})) = 0" if trait.among else ""
    return f"(count(cell) > 0 and {matching} >= {trait.share} * count(cell){others})"
