"""The select of the rows of a table that sum the rows above them, such as one with the word "Total" for a place. Text; no I/O."""

from __future__ import annotations

from collections.abc import Sequence

from ..text import quote_identifier, quote_literal

# A cell that says that its row is a sum, in small letters; and one that says of what, if the row has no other words.
SUM = r"(grand |sub ?-?|over ?all )?totals?( g[eé]n[eé]ral)?:?|sum:?|gesamt(summe)?:?|summe:?|suma( total)?:?|(всего|итого|усього|разом|المجموع|الإجمالي|المجموع الكلي|合计|总计):?"
SUM_OF = r"(grand |sub ?-?)?totals?[ :].+|.+ (sub)?totals?:?"


def sum_rows(base: str, columns: Sequence[str], counts: Sequence[str]) -> str:
    """Select the number of each row that is a sum, with the cell that says so; `counts` are the columns that count.

    A row with other cells too, or without such a cell, is a sum only if each of its counts is the sum of its column in the other rows.
    """
    labels = [quote_identifier(name) for name in columns if name not in counts]
    numbers = [f"try_cast({quote_identifier(name)} as decimal(38, 9))" for name in counts]
    cells = f"list_filter([{', '.join(labels)}], lambda cell: cell is not null)"
    says = f"list_filter(cells, lambda cell: regexp_full_match(lower(cell), {quote_literal(SUM)}))"
    says_of_what = f"len(cells) = 1 and regexp_full_match(lower(cells[1]), {quote_literal(SUM_OF)})"
    known = " or ".join(f"{number} is not null" for number in numbers)
    sums = " and ".join(f"({number} is null or 2 * {number} = sum({number}) over ())" for number in numbers)
    return f"""
select record, coalesce({says}[1], cells[1], 'a sum without a name') as label from (
  select record, {cells} as cells, ({known}) and ({sums}) and count(*) over () > 2 as sums from {base}
) rows where len({says}) > 0 and (len(cells) = 1 or sums) or {says_of_what} or len(cells) = 0 and sums
"""
