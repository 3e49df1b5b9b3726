"""Cells that can be read as two values, or that lost digits before they came here: when, and what is wrong. SQL for DuckDB; no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schema.formats.expressions import Identifier
from schema.model.quantities import GROUPED_PATTERN

from ..text import quote_identifier, quote_literal
from . import quantities
from .cells import COUNT, WHOLE, untouched
from .expressions import file_column
from .mapping import Mapper
from .types import SQL_WHITE_SPACE
from .uses import id_columns, value_columns

GROUPED = quote_literal(GROUPED_PATTERN)
# 1.3448E+18, as spreadsheets show an id; 12e04 may be a code of letters and digits.
EXPONENT = quote_literal("[+-]?([0-9]+[.][0-9]+[eE][+]?|[0-9]+[eE][+])[0-9]+")
FLOAT = quote_literal("[+-]?[0-9]{16,}[.]0+")
MAX_EXACT = 2**53  # From here on, a double does not have every whole number.

WITH_EXPONENT = (
    "is a long number that a program has shortened, so that different ids may have become equal: "
    "write the id with all its digits, in a workbook in a cell that is formatted as text"
)


@dataclass(frozen=True)
class AmbiguousCell:
    """SQL: the cell as the file has it, when it is ambiguous, and the end of the sentence that begins with it."""

    column: str
    shown: str
    condition: str
    reason: str


def of_cells(mapper: Mapper) -> Iterator[AmbiguousCell]:
    """The cells of a file that have to be rejected, whatever the format."""
    if mapper.format.spellings.thousands != ".":
        yield from _thousands(mapper)
    yield from _shortened_ids(mapper)


def as_in_file(column: str) -> str:
    """A cell as the file has it, without white space around it."""
    cell = quote_identifier(column)
    return f"case when untouched is null then {cell} else trim(coalesce({untouched(column)}, {cell}), {SQL_WHITE_SPACE}) end"


def _thousands(mapper: Mapper) -> Iterator[AmbiguousCell]:
    """Whole counts with a point before three digits."""
    for column, conditions in _whole_counts(mapper).items():
        shown = as_in_file(column)
        plain = f"case when ends_with({shown}, '.000') then ', or ' || left({shown}, length({shown}) - 4) || ' if it is a decimal point' else '' end"
        reason = (
            f"'has a point that may stand between thousands: write ' || replace({shown}, '.', '') || {plain} || "
            "'; if all points of the table do, a map may say `thousands: \".\"`'"
        )
        fits = " or ".join(dict.fromkeys(conditions))
        yield AmbiguousCell(column, shown, f"({fits}) and regexp_full_match({shown}, {GROUPED})", reason)


def _whole_counts(mapper: Mapper) -> dict[str, list[str]]:
    """By column of whole numbers, when its number is one."""
    whole: dict[str, list[str]] = {column: ["true"] for column, use in mapper.uses.items() if use == WHOLE}
    for record in mapper.records:
        declared = mapper.kinds[record.mapping.kind].quantities
        for name in declared.numbers if declared else ():
            if declared is None or name not in record.mapping.fields:
                continue
            measure, unit = (
                mapper.expressions.sql(record.mapping.fields[part]) if part in record.mapping.fields else "null::varchar"
                for part in (declared.measure, declared.unit)
            )
            for column in value_columns(record.mapping.fields[name]):
                found = file_column(mapper.columns, column)
                if found is not None and mapper.uses.get(found) == COUNT and not record.items:
                    fits = f"({record.condition}) and not {quantities.fractional(declared, measure, unit)}"
                    whole.setdefault(found, []).append(fits)
    return whole


def _shortened_ids(mapper: Mapper) -> Iterator[AmbiguousCell]:
    """Ids that a spreadsheet or a data frame made numbers of, and that lost digits."""
    mappings = [record.mapping for record in mapper.records]
    numbers = {part.of for mapping in mappings for part in mapping.walk() if isinstance(part, Identifier)}
    named = {file_column(mapper.columns, column) for column in (*id_columns(mappings), *numbers)}
    for name in mapper.columns:
        if name in named:
            shown = as_in_file(name)
            whole = f"try_cast(split_part({shown}, '.', 1) as decimal(38, 0))"
            lost = f"regexp_full_match({shown}, {FLOAT}) and coalesce(abs({whole}) >= {MAX_EXACT}, true)"
            condition = f"(regexp_full_match({shown}, {EXPONENT}) or {lost})"
            yield AmbiguousCell(name, shown, condition, quote_literal(WITH_EXPONENT))
