"""Selects by which the rows of a table that sum others are found, such as one with the word "Total" for a place. Text; no I/O.

`labels` are the columns whose cells may say so, `counts` those whose numbers are summed.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..text import quote_identifier, quote_literal
from .listed_cells import CELL

# The rows that are not parts of any sum, because they may be sums themselves.
NO_CANDIDATES = "create or replace table sum_candidate (record bigint)"
ADD_CANDIDATES = "insert into sum_candidate select unnest(?)"
NOT_CANDIDATE = "record not in (select record from sum_candidate)"


def _cells(columns: Sequence[str]) -> str:
    return f"[{', '.join(map(quote_identifier, columns))}]"


def number_of(name: str) -> str:
    """The number of a column."""
    return f"try_cast({quote_identifier(name)} as decimal(38, 9))"


def any_number(counts: Sequence[str]) -> str:
    """Whether a row has a number."""
    return "(" + " or ".join(f"{number_of(name)} is not null" for name in counts) + ")"


def _sums(counts: Sequence[str]) -> str:
    return ", ".join(f"sum({number_of(name)})" for name in counts)


def texts(base: str, labels: Sequence[str], words: Sequence[str], max_length: int) -> str:
    """The distinct short cells that begin or end with one of these words, in any case, alone or beside other words; and the position of their column."""
    word = f"({'|'.join(words)})"
    pattern = quote_literal(rf"^[^\pL]*{word}([^\pL]|$)|(^|[^\pL]){word}[^\pL]*$")
    says = f"length({CELL}) <= {max_length} and (regexp_matches(lower({CELL}), {pattern}) or regexp_matches(lower(strip_accents({CELL})), {pattern}))"
    return f"""
select distinct label.n, label.cell from (
  select unnest(list_filter(list_transform({_cells(labels)}, lambda {CELL}, nth_0: {{'n': nth_0, 'cell': case when {says} then {CELL} end}}),
    lambda found_0: found_0.cell is not null)) as label from {base}
) found order by all"""


def has_others(base: str, column: str) -> str:
    """Whether a row has another cell in a column, or none, than those of the argument, a list."""
    return f"select exists (from {base} where ({quote_identifier(column)} in (select unnest(?))) is not true)"


def rows(base: str, labels: Sequence[str], counts: Sequence[str], said: Sequence[str]) -> str:
    """The rows with a cell of these columns that is one of the argument: their number, the list of labels, and the list of numbers."""
    condition = " or ".join(f"{quote_identifier(name)} in (select unnest($1))" for name in said)
    numbers = ", ".join(map(number_of, counts))
    return f"select record, {_cells(labels)}, [{numbers}] from {base} where {condition} order by record"


def lacking(base: str, labels: Sequence[str], counts: Sequence[str], wanted: Sequence[str], limit: int) -> str:
    """The first rows with a number that lack a cell of one of the `wanted` columns: as `rows` returns them."""
    condition = " or ".join(f"{quote_identifier(name)} is null" for name in wanted)
    numbers = ", ".join(map(number_of, counts))
    return f"select record, {_cells(labels)}, [{numbers}] from {base} where ({condition}) and {any_number(counts)} order by record limit {limit}"


def count_groups(base: str, columns: Sequence[str], counts: Sequence[str]) -> str:
    """How many groups of several parts have the same cells of these columns, and no empty one."""
    names, known = ", ".join(map(quote_identifier, columns)), " and ".join(f"{quote_identifier(name)} is not null" for name in columns)
    return f"""
select count(*) from (select 1 from {base} where {NOT_CANDIDATE} and {any_number(counts)} and {known} group by {names} having count(*) > 1) groups"""


def named(base: str, column: str) -> str:
    """The distinct cells of a column among whose words is one of the argument, a list of texts in small letters."""
    cell = quote_identifier(column)
    return (
        f"select distinct {cell} from {base} where {NOT_CANDIDATE} and trim(regexp_replace(lower(strip_accents({cell})), '[^\\pL\\pN]+', ' ', 'g')) "
        "in (select lower(strip_accents(name)) from (select unnest(?) as name) names)"
    )


def distinct_cells(base: str, column: str, limit: int) -> str:
    """The first distinct cells of a column."""
    return f"select distinct {quote_identifier(column)} from {base} where {quote_identifier(column)} is not null limit {limit}"


def by_cell(base: str, labels: Sequence[str], counts: Sequence[str]) -> str:
    """Of each cell of the arguments, positions of columns and texts: how many parts have it, and their sums."""
    listed = f"list_transform({_cells(labels)}, lambda {CELL}, nth_0: {{'n': nth_0, 'cell': {CELL}}})"
    numbers = ", ".join(f"{number_of(name)} as count_{n}" for n, name in enumerate(counts))
    sums = ", ".join(f"sum(count_{n})" for n in range(len(counts)))
    return f"""
select wanted.n, wanted.cell, count(*), [{sums}] from (
  select unnest({listed}) as label, {numbers} from {base} where {NOT_CANDIDATE} and {any_number(counts)}
) parts join (select unnest($1) as n, unnest($2) as cell) wanted on label.n = wanted.n and label.cell = wanted.cell group by all"""


def by_cells(base: str, columns: Sequence[str], counts: Sequence[str]) -> str:
    """Of the cells of these columns together, which the arguments list by column: how many parts have them, and their sums."""
    names = ", ".join(map(quote_identifier, columns))
    wanted = ", ".join(f"unnest(${n}) as wanted_{n}" for n in range(1, len(columns) + 1))
    same = " and ".join(f"{quote_identifier(name)} = wanted_{n}" for n, name in enumerate(columns, 1))
    return f"""
select [{names}], count(*), [{_sums(counts)}] from {base} join (select distinct {wanted}) wanted on {same}
where {NOT_CANDIDATE} and {any_number(counts)} group by {names}"""


def of_all(base: str, counts: Sequence[str]) -> str:
    """How many parts the table has, and their sums."""
    return f"select count(*), [{_sums(counts)}] from {base} where {NOT_CANDIDATE} and {any_number(counts)}"


def above(base: str, counts: Sequence[str]) -> str:
    """Of each candidate: how many parts are above it, and their sums."""
    part = f"{NOT_CANDIDATE} and {any_number(counts)}"
    running = [f"sum(case when part then {number_of(name)} end) over above" for name in counts]
    return f"""
select record, parts, sums from (
  select record, part, count(*) filter (where part) over above as parts, [{", ".join(running)}] as sums
  from (select *, {part} as part from {base}) numbered window above as (order by record rows unbounded preceding)
) running where record in (select record from sum_candidate)"""


def _empty(labels: Sequence[str]) -> str:
    return " and ".join(f"{quote_identifier(name)} is null" for name in labels) or "true"


def unlabelled(base: str, labels: Sequence[str], counts: Sequence[str]) -> str:
    """The rows that have numbers, any but zero, and no label: their number and the list of numbers."""
    numbers = ", ".join(map(number_of, counts))
    some = " or ".join(f"{number_of(name)} <> 0" for name in counts)
    return f"select record, [{numbers}] from {base} where {_empty(labels)} and ({some}) order by record"


def without_labels(base: str, labels: Sequence[str], counts: Sequence[str]) -> str:
    """The rows without any label whose every number is the sum of its column in all other rows that are no candidates."""
    sums = " and ".join(f"({number_of(name)} is null or 2 * {number_of(name)} = sum({number_of(name)}) over ())" for name in counts)
    empty = _empty(labels)
    return f"""
select record from (
  select record, {empty} as empty, {any_number(counts)} and ({sums}) and count(*) over () > 2 as sums from {base} where {NOT_CANDIDATE}
) rows where empty and sums"""


def all_others(base: str, labels: Sequence[str], counts: Sequence[str], least: int) -> str:
    """The rows with numbers, one of them at least `least`, each of which is the sum of its column in all other rows that are no candidates: with two numbers or more, or of three rows or more.

    Their number, their first label, their numbers, and how many rows the others are.
    """
    numbers = [number_of(name) for name in counts]
    sums = " and ".join(f"({number} is null or 2 * {number} = sum({number}) over ())" for number in numbers)
    listed = f"[{', '.join(numbers)}]"
    label = f"coalesce({', '.join(map(quote_identifier, labels))}, '')" if labels else "''"
    return f"""
select record, label, numbers, others from (
  select record, {label} as label, {listed} as numbers, count(*) over () - 1 as others, {sums} as sums
  from {base} where {NOT_CANDIDATE} and {any_number(counts)}
) rows where sums and others > 1 and (others > 2 or len(list_filter(numbers, lambda number: number <> 0)) > 1) and list_max(numbers) >= {least} order by record"""
