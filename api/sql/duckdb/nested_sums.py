"""Selects by which rows are found that sum the rows of a part of their time, or of a part of their place. Text; no I/O.

They read the table `nested`: of each row with a number, its first and its last day, its labels, and its numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..text import quote_identifier
from .sum_rows import NOT_CANDIDATE, any_number, number_of

DROP = "drop table nested"
UNITS = ("month", "quarter", "year")  # What a row without a word for it may sum, from the smallest on.


def _cells(columns: Sequence[str]) -> str:
    return f"[{', '.join(map(quote_identifier, columns))}]"


def has_units(base: str, span: tuple[str, str]) -> str:
    """Whether rows cover a month or more, and others another number of days. `span`: the SQL of the first and the last day."""
    days = f"date_diff('day', try_cast({span[0]} as date), try_cast({span[1]} as date))"
    return f"select coalesce(max(days) > 26 and max(days) > min(days), false) from (select {days} as days from {base} base)"


def repeated(base: str, columns: Sequence[str]) -> str:
    """Of each column, whether its cells repeat: on average at least once."""
    counts = ", ".join(f"2 * count(distinct {name}) <= count({name})" for name in map(quote_identifier, columns))
    return f"select {counts} from {base}"


def named_like_another(base: str, places: Sequence[str], inner: Sequence[int], counts: Sequence[str], limit: int) -> str:
    """The first rows with a number of which two of these places have one name, or one of `inner`, positions in them, has a name of the argument, a list.

    Their number, and these cells.
    """
    pairs = [f"lower(cells[{n}]) = lower(cells[{m}])" for n in range(1, len(places) + 1) for m in range(1, n)]
    known = [f"cells[{n + 1}] in ({_named(base, places[n])})" for n in inner]
    return f"""
select record, cells from (select record, {_cells(places)} as cells from {base} where {any_number(counts)}) places
where {" or ".join([*pairs, *known])} order by record limit {limit}"""


def _named(base: str, column: str) -> str:
    """The distinct cells of a column that, in small letters and without accents and signs, are in the argument."""
    plain = "trim(regexp_replace(lower(strip_accents(cell)), '[^\\pL\\pN]+', ' ', 'g'))"
    return f"select cell from (select distinct {quote_identifier(column)} as cell from {base}) cells where {plain} in (select unnest($1))"


def nested(base: str, labels: Sequence[str], counts: Sequence[str], span: tuple[str, str]) -> str:
    """Make the table."""
    first, last = (f"try_cast({day} as date)" for day in span)
    return f"""
create or replace table nested as
select record, {first} as begins, {last} as ends, {_cells(labels)} as cells, [{", ".join(map(number_of, counts))}] as numbers
from {base} base where {any_number(counts)}"""


def _key(keys: Iterable[int]) -> str:
    return f"[{', '.join(f'cells[{n + 1}]' for n in keys)}]"


def _parts(counts: int) -> str:
    """How many rows, their sums, and how many of them have another number than 0."""
    sums = ", ".join(f"sum(numbers[{n}])" for n in range(1, counts + 1))
    stated = ", ".join(f"count(*) filter (numbers[{n}] <> 0)" for n in range(1, counts + 1))
    return f"count(*) as parts, [{sums}] as sums, list_max([{stated}]) as stated"


def of_unit(unit: str, keys: Iterable[int], counts: int) -> str:
    """The rows that cover a whole unit of time of which others with the same labels cover a part: number, first day, numbers, and these parts."""
    last = f"(unit + interval 1 {unit} - interval 1 day)::date"
    return f"""
with spans as (
  select record, numbers, {_key(keys)} as key, date_trunc('{unit}', begins)::date as unit, ends, begins
  from nested where {NOT_CANDIDATE} and date_trunc('{unit}', begins) = date_trunc('{unit}', ends)
), rows as (
  select *, begins = unit and ends = {last} as whole from spans
), parts as (
  select key, unit, {_parts(counts)} from rows where not whole group by key, unit
)
select record, begins::varchar, numbers, parts, sums, stated from rows join parts using (key, unit) where whole order by record"""


def of_place(keys: Iterable[int], within: Iterable[int], counts: int) -> str:
    """Of each row of the argument, a list: its number, its numbers, and the rows with the same labels and days that have one of the labels `within`, and are not in the list."""
    key, inside = _key(keys), " or ".join(f"cells[{n + 1}] is not null" for n in within)
    return f"""
with listed as (select unnest($1) as record), parts as (
  select {key} as key, begins, ends, {_parts(counts)} from nested
  where {NOT_CANDIDATE} and ({inside}) and record not in (from listed) group by all
)
select record, numbers, parts, sums, stated from (select *, {key} as key from nested where record in (from listed)) wanted
join parts on wanted.key = parts.key and wanted.begins is not distinct from parts.begins and wanted.ends is not distinct from parts.ends
order by record"""
