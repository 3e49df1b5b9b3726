"""What the cells of a file state and no field has, and what may not be what it seems: the flags of cells, in SQL for DuckDB. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.formats.expressions import ParsedDate, PeriodDay
from schema.model.parsers import DAY_PATTERN

from ..text import quote_identifier, quote_literal
from . import columns, flags
from .cells import COUNT, NAME, OTHER_SPACES, SPACES, TEXT, UNSEEN_CLASS, is_sentinel
from .column_uses import value_columns
from .expressions import file_column
from .flags import FlaggedCell
from .listed_cells import CELL, cells_of, changed_cells, found_in
from .mapped_file import MAX_VALUE_LENGTH, MappedFile

GEOMETRIES = ("geometry", "geometry.coordinates", "geometry.geometries")  # The columns of GeoJSON's geometries that are no simple point.
SEPARATORS = ("','", "';'", "'|'", "chr(9)")
TEXT_DATE = quote_literal("^[0-9]{1,2}[^0-9:][0-9]{1,2}[^0-9:][0-9]")
INVISIBLE = quote_literal(f"{UNSEEN_CLASS}|{SPACES}{{2}}|[{OTHER_SPACES}]")


def flagged_cells(mapped: MappedFile) -> Iterator[FlaggedCell]:
    """What cells state and no field has, whatever the format: compared by what came out of them."""
    fields = columns.fields_of(mapped.mapper)
    for column in columns.stated(mapped.mapper):
        cell = quote_identifier(column.column)
        lost = f"{cell} is not null and not {column.kept}"
        if column.impossible != "false":
            yield FlaggedCell(flags.IMPOSSIBLE_VALUE, column.column, cell, f"{lost} and ({column.impossible})")
        unfit = f"({lost} and ({column.impossible}) is not true) or ({cell} is not null and ({column.no_link}))"
        yield FlaggedCell(flags.NOT_KEPT, column.column, cell, unfit)
        if column.is_date:
            has_time = f"length({cell}) > 10 and regexp_full_match({cell}, '{DAY_PATTERN}[T ].*')"
            yield FlaggedCell(flags.TIME_OF_DAY, column.column, cell, has_time)
    for (code, label), (text, descending) in mapped.mapper.descending.items():
        yield FlaggedCell(code, label, text, descending)
    for agreement, contradicted in mapped.mapper.contradictions:
        compared = [column for column in agreement.columns() if column in mapped.columns]
        stated = ", ".join(f"{quote_literal(f'{column} ')} || {quote_identifier(column)}" for column in compared)
        if compared:
            yield FlaggedCell(flags.CONTRADICTORY_CELLS, compared[0], f"concat_ws(', ', {stated})", contradicted)
    for name in _dates_by_patterns(mapped):
        yield FlaggedCell(flags.MIXED_DATES, name, quote_identifier(name), _is_mixed(mapped.base, name))
    for name in GEOMETRIES:
        if name in mapped.columns and name not in mapped.format.unstored and not {*fields[name]} - {"original"}:
            yield FlaggedCell(flags.NOT_KEPT, name, quote_identifier(name), f"{quote_identifier(name)} is not null")


def _dates_by_patterns(mapped: MappedFile) -> list[str]:
    """The columns whose dates are read by patterns with the number of a month, which a program that reads them itself may take for that of the day."""
    parts = {part for record in mapped.records for part in record.mapping.walk() if isinstance(part, (ParsedDate, PeriodDay))}
    numbered = [part for part in parts if any("%d" in pattern and "%m" in pattern for pattern in part.patterns)]
    named = {file_column(mapped.columns, column) for part in numbered for column in value_columns(part)}
    return [name for name in mapped.columns if name in named]


def _is_mixed(table: str, name: str) -> str:
    """Whether a cell is a day as programs write it, in which day and month may be exchanged, and others of its column are texts."""
    cell, month, day = quote_identifier(name), *(f"substr({quote_identifier(name)}, {start}, 2)" for start in (6, 9))
    is_day = f"regexp_full_match({cell}, '{DAY_PATTERN}([T ].*)?') and {day} <= '12' and {day} <> {month}"
    return f"{is_day} and exists (select 1 from {table} other where regexp_matches(other.{cell}, {TEXT_DATE}))"


def flagged_lists(mapped: MappedFile) -> Iterator[str]:
    """The flags of cells by their texts alone: lists of structs with the code, the column and the cell."""
    fields, uses, format = columns.fields_of(mapped.mapper), mapped.mapper.uses, mapped.format
    stored = [name for name in mapped.columns if name not in format.unstored]
    counts = [name for name in mapped.columns if uses.get(name) == COUNT]
    names = [name for name in stored if any(field.endswith((".name", ".title")) for field in fields[name])]
    texts = [name for name in stored if uses.get(name, TEXT) in (NAME, TEXT) and len(mapped.columns) > 1]
    if names:
        yield _flagged(flags.INVISIBLE_CHARACTER, changed_cells(names), names, f"regexp_matches({CELL}, {INVISIBLE})")
    if texts:
        yield _flagged(flags.POSSIBLE_ROWS, cells_of(texts), texts, _has_rows(len(mapped.columns)), f"left({CELL}, {MAX_VALUE_LENGTH})")
    if possible := [name for name in counts if name not in format.sentinels]:
        yield _flagged(flags.POSSIBLE_SENTINEL, cells_of(possible), possible, f"regexp_full_match({CELL}, '9{{4,}}')")
    if counts and format.spellings.sentinels:
        yield _flagged(flags.SENTINEL, changed_cells(counts), counts, is_sentinel(CELL, format.spellings))


def _flagged(code: str, cells: str, names: list[str], condition: str, value: str = CELL) -> str:
    return found_in(cells, names, condition, code=quote_literal(code), value=value)


def _has_rows(width: int) -> str:
    """Whether a line within a cell, but not its first or last, has as many cells as the table: an open quotation mark may have swallowed rows."""
    marks = " or ".join(f"len(string_split(nth_0, {mark})) = {width}" for mark in SEPARATORS)
    return f"contains({CELL}, chr(10)) and len(list_filter(string_split({CELL}, chr(10))[2:], lambda nth_0: {marks})) > 0"
