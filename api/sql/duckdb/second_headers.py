"""The statements of DuckDB that find the names of columns among the records of a table: a header that is repeated, or that of a second table. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..text import literals, quote_identifier, quote_literal
from .cells import untouched
from .mapped_file import MappedFile
from .wide import record_words

FIRST_COLUMNS = 4  # Of which one has a name of a column in every header: to compare all cells of all rows takes too long.
REPEATED = " repeats the names of the columns: remove the row, or load the others with --reject-to"
SECOND = " has names of columns, and not those of this table in their order: a second table begins here; give it a file of its own"
BELOW = "is below the header of a second table, {above}, and would be read by the names of the first; give that table a file of its own"


def of_records(mapped: MappedFile, header: Sequence[str]) -> Iterator[str]:
    """Reject rows of which half of the cells, and two, are names of the table's columns, and all rows below one that has them otherwise; nothing else is said of these.

    `header`: the cells above the row of HXL tags, if there is one.
    """
    names = [_fold(name) for name in mapped.columns]
    above = [_fold(name) for name in header[-len(names) :]]
    headers = [names, *([above] if len(above) == len(names) else [])]
    listed = literals(sorted({name for row in headers for name in row if name}))
    first = " or ".join(f"{_folded(quote_identifier(name))} in ({listed})" for name in mapped.columns[:FIRST_COLUMNS])
    cells = ", ".join(_folded(f"coalesce({untouched(name)}, {quote_identifier(name)})") for name in mapped.columns)
    same = " or ".join(
        f"len(list_filter(cells, lambda cell, n: cell <> ([{', '.join(map(quote_literal, row))}])[n])) = 0" for row in headers
    )
    yield f"""
create or replace table second_header as
select record, {same} as same from (
  select record, cells, list_filter(cells, lambda cell: cell is not null) as stated, list_filter(cells, lambda cell: cell in ({listed})) as named
  from (select record, [{cells}] as cells from {mapped.base} where {first}) candidates
) counted where len(named) >= 2 and 2 * len(named) >= len(stated)"""
    yield f"""
create or replace table below_header as
select b.record, h.record as header, h.same from {mapped.base} b asof join second_header h on b.record >= h.record
where b.record = h.record or not h.same"""
    yield f"delete from problem where file = {mapped.file} and record in (select record from below_header)"
    below = BELOW.format(above=f"' || {record_words('header')} || '")
    of_header = f"{record_words('record')} || case when same then {quote_literal(REPEATED)} else {quote_literal(SECOND)} end"
    reason = f"case when record > header then '{below}' else {of_header} end"
    yield mapped.reject("join below_header b using (record)", "", "null", reason)


def _fold(name: str) -> str:
    return " ".join(name.split()).lower()


def _folded(cell: str) -> str:
    return f"nullif(lower(trim(regexp_replace({cell}, '\\s+', ' ', 'g'))), '')"
