"""The statements of DuckDB that find the names of columns among the records of a table: a header that is repeated, or that of a second table. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schema.formats.map_shape import Wide

from ..text import literals, quote_identifier, quote_literal
from .cells import untouched
from .mapped_file import MappedFile
from .wide import CELLS, record_words

UNSEEN = '\ufeff"'  # A byte order mark, with which the second file may begin, where two were joined, and marks of quotation after it.
FIRST_COLUMNS = 4  # Of which one has a name of a column in every header: to compare all cells of all rows takes too long.
REPEATED = " repeats the names of the columns: remove the row, or load the others with --reject-to"
SECOND = " has names of columns, and not those of this table in their order: a second table begins here; give it a file of its own"
BELOW = "is below the header of a second table, {above}, and would be read by the names of the first; give that table a file of its own"

STATED = "coalesce(cell, '')"


@dataclass(frozen=True)
class Header:
    """What a table has above its records: the names of its columns as the file has them, the rows that they are joined of, if there are several, and the
    row above one of HXL tags. `wide`: the columns of which each cell is a record."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]] = ()
    above_tags: Sequence[str] = ()
    wide: Wide | None = None


def of_records(mapped: MappedFile, header: Header) -> Iterator[str]:
    """Reject rows of which half of the cells, and two, are names of the table's columns, and all rows below one that has them otherwise; nothing else is said of these."""
    yield from _find(mapped, header)
    yield f"""
create or replace table below_header as
select b.record, h.record as header, h.same from {mapped.base} b asof join second_header h on b.record >= h.record
where b.record = h.record or not h.same"""
    yield f"delete from problem where file = {mapped.file} and record in (select record from below_header)"
    below = BELOW.format(above=f"' || {record_words('header')} || '")
    of_header = f"{record_words('record')} || case when same then {quote_literal(REPEATED)} else {quote_literal(SECOND)} end"
    reason = f"case when record > header then '{below}' else {of_header} end"
    yield mapped.reject("join below_header b using (record)", "", "null", reason)


def _find(mapped: MappedFile, header: Header) -> Iterator[str]:
    """Fill `second_header` with the records that have names of columns, and whether these are those of the table."""
    wide = header.wide
    others = [name for name in mapped.columns if not wide or name not in (wide.names, wide.values)]
    wholes = [[*map(_fold, row)] for row in (header.columns, header.above_tags) if len(row) == len(header.columns)]
    rows = [[*map(_fold, [*row, *[""] * (len(header.columns) - len(row))])] for row in header.rows]
    listed = literals(sorted({name for row in (*wholes, *rows) for name in row if name}))
    first = " or ".join(f"{_folded(quote_identifier(name))} in ({listed})" for name in mapped.columns[:FIRST_COLUMNS])
    candidates = "true" if wide or rows else first
    cells = ", ".join(_as_named(name) for name in others)
    value = _as_named(wide.values) if wide else "null"
    is_name = f"value in ({listed})" + "".join(
        f" or value glob {quote_literal(_fold(pattern))}" for pattern in (wide.patterns if wide else ())
    )
    positions = [header.columns.index(name) for name in others]
    same = [
        *(f"when {_equal(row, positions, wide, 'cell')} then 0" for row in wholes),
        *(f"when {_equal(row, positions, wide, STATED)} then {nth}" for nth, row in enumerate(rows, 1)),
    ]
    named = f"len(list_filter(cells, lambda cell: cell in ({listed}))) + coalesce({is_name}, false)::int"
    stated = "len(list_filter(cells, lambda cell: cell is not null)) + (value is not null)::int"
    # Of names in several rows, each must be followed by the next one, and the last rows must have the first ones above them.
    in_order = f"nth = 0 or ((nth = 1 or before = nth - 1) and (nth = {len(rows)} or after = nth + 1))"
    ordered = bool(rows) and not wide
    yield f"""
create or replace table second_header as
select record, coalesce({in_order if ordered else "nth is not null"}, false) as same from (
  select *{", lag(nth) over (order by record) as before, lead(nth) over (order by record) as after" if ordered else ""} from (
    select record, case {" ".join(same)} end as nth, {named} as named, {stated} as stated
    from (select record, [{cells}] as cells, {value} as value from {mapped.base} where {candidates}) candidates
  ) counted
) numbered where (named >= 2 and 2 * named >= stated){" or nth > 0" if ordered else ""}"""


def _equal(row: Sequence[str], positions: Sequence[int], wide: Wide | None, cell: str) -> str:
    """Whether the cells of a record are the texts of a row of a header; of a table that is wide, also the one that the record is."""
    texts = _list([row[position] for position in positions])
    of_others = f"len(list_filter(cells, lambda cell, n: {cell} <> ({texts})[n])) = 0"
    return f"{of_others} and value = ({_list(row)})[record % {CELLS}]" if wide else of_others


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(quote_literal, texts))}]"


def _as_named(name: str) -> str:
    return _folded(f"coalesce({untouched(name)}, {quote_identifier(name)})")


def _fold(name: str) -> str:
    return " ".join("".join(character for character in name if character not in UNSEEN).split()).lower()


def _folded(cell: str) -> str:
    return f"nullif(lower(trim(regexp_replace(translate({cell}, {quote_literal(UNSEEN)}, ''), '\\s+', ' ', 'g'))), '')"
