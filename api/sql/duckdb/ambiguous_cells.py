"""Cells that can be read as two values, or that lost digits before they came here: when, and what is wrong. SQL for DuckDB; no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.formats.expressions import Constant, Identifier, Times
from schema.formats.format import RecordMapping
from schema.model.quantities import GROUPED_PATTERN

from ..text import quote_literal
from . import quantities
from .cells import COUNT, WHOLE
from .column_uses import id_columns, value_columns
from .expressions import file_column
from .listed_cells import CELL, cells_in_file, found_in
from .mapped_file import MAX_VALUE_LENGTH, MappedFile
from .types import NULL

GROUPED = quote_literal(GROUPED_PATTERN)
# 1.3448E+18, as spreadsheets show an id; 12e04 may be a code of letters and digits.
EXPONENT = quote_literal("[+-]?([0-9]+[.][0-9]+[eE][+]?|[0-9]+[eE][+])[0-9]+")
FLOAT = quote_literal("[+-]?[0-9]{16,}[.]0+")
MAX_EXACT = 2**53  # From here on, a double does not have every whole number.

WITH_EXPONENT = (
    "is a long number that a program has shortened, so that different ids may have become equal: "
    "write the id with all its digits, in a workbook in a cell that is formatted as text"
)
PLAIN = f"case when ends_with({CELL}, '.000') then ', or ' || left({CELL}, length({CELL}) - 4) || ' if it is a decimal point' else '' end"
WITH_POINT = f"'has a point that may stand between thousands: write ' || replace({CELL}, '.', '') || {PLAIN}"
IN_TEXT = "'; if all points of the table do, a map may say `thousands: \".\"`'"
# A map does not change the numbers of a workbook, of JSON and of Parquet.
AS_NUMBER = (
    "', as a whole number; if the file stores ' || "
    + CELL
    + " || ' as a number, its point is a decimal one, and nobody counts parts of people'"
)

# Of a column that counts thousands, where such a fraction is a whole number of people.
WITH_FACTOR = f"'has a point that may stand between thousands: write ' || {CELL} || '0 if it is a decimal point, or else ' || replace({CELL}, '.', '')"


def of_cells(mapped: MappedFile) -> Iterator[str]:
    """Reject the records with such cells, whatever the format."""
    if mapped.format.spellings.thousands != ".":
        for fits, columns in _whole_counts(mapped).items():
            scaled = _scaled_columns(mapped) & {*columns}
            with_point = f"{WITH_POINT} || {AS_NUMBER if mapped.stores_numbers else IN_TEXT}"
            for names, reason in ((sorted(scaled), WITH_FACTOR), ([name for name in columns if name not in scaled], with_point)):
                if names:
                    yield _reject(mapped, names, f"regexp_full_match({CELL}, {GROUPED})", reason, fits)
    if ids := _id_columns(mapped):
        whole = f"try_cast(split_part({CELL}, '.', 1) as decimal(38, 0))"
        lost = f"regexp_full_match({CELL}, {FLOAT}) and coalesce(abs({whole}) >= {MAX_EXACT}, true)"
        yield _reject(mapped, ids, f"regexp_full_match({CELL}, {EXPONENT}) or {lost}", quote_literal(WITH_EXPONENT))


def _reject(mapped: MappedFile, columns: Sequence[str], condition: str, reason: str, fits: str = "true") -> str:
    """Add a problem for each cell of these columns that meets a condition, in records that fit."""
    problems = found_in(cells_in_file(columns), columns, condition, shown=CELL, reason=reason)
    return f"""
insert into problem
select {mapped.file}, record, entry, p.field, substr(p.shown, 1, {MAX_VALUE_LENGTH}), p.reason
from (select record, {mapped.entry} as entry, unnest({problems}) as p from {mapped.base} base where {fits}) problems"""


def _whole_counts(mapped: MappedFile) -> dict[str, list[str]]:
    """The columns of whole numbers, by the condition under which their numbers are whole."""
    conditions: dict[str, dict[str, None]] = {column: {"true": None} for column, use in mapped.mapper.uses.items() if use == WHOLE}
    for record in mapped.records:
        declared = mapped.kinds[record.mapping.kind].quantities
        for name in declared.numbers if declared and not record.items else ():
            for column in value_columns(record.mapping.fields[name]) if name in record.mapping.fields else ():
                found = file_column(mapped.columns, column)
                if found is not None and mapped.mapper.uses.get(found) == COUNT and (fits := _is_whole(mapped, record.mapping)):
                    conditions.setdefault(found, {})[fits] = None
    by_condition: dict[str, list[str]] = {}
    for name, wholes in conditions.items():
        by_condition.setdefault("true" if "true" in wholes else " or ".join(wholes), []).append(name)
    return by_condition


def _scaled_columns(mapped: MappedFile) -> set[str]:
    """The columns whose numbers are multiplied."""
    parts = (part for record in mapped.records for part in record.mapping.walk() if isinstance(part, Times))
    return {found for part in parts for column in value_columns(part) if (found := file_column(mapped.columns, column))}


def _is_whole(mapped: MappedFile, mapping: RecordMapping) -> str:
    """When the numbers of a record of ours are whole, in SQL; empty: never."""
    declared, fields = mapped.kinds[mapping.kind].quantities, mapping.fields
    assert declared is not None
    measure, unit = fields.get(declared.measure), fields.get(declared.unit)
    if isinstance(measure, Constant) and (unit is None or isinstance(unit, Constant)):
        return "" if declared.can_have_fractions(measure.value, unit.value if unit else None) else "true"
    sql = [mapped.expressions.sql(part) if part else NULL for part in (measure, unit)]
    return f"not {quantities.fractional(declared, *sql)}"


def _id_columns(mapped: MappedFile) -> list[str]:
    """The columns that are ids: a spreadsheet or a data frame may have made numbers of them."""
    mappings = [record.mapping for record in mapped.records]
    numbers = {part.of for mapping in mappings for part in mapping.walk() if isinstance(part, Identifier)}
    named = {file_column(mapped.columns, column) for column in (*id_columns(mappings), *numbers)}
    return [name for name in mapped.columns if name in named]
