"""What the cells of a file state and no field has, and what may not be what it seems: the flags of cells, in SQL for DuckDB. Text; no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from schema.formats.expressions import Coded, ParsedDate, PeriodDay
from schema.formats.hxl_columns import tagged_columns
from schema.model.parsers import DAY_PATTERN

from ..text import quote_identifier, quote_literal
from . import columns, flags
from .cells import COUNT, DATE, NAME, NUMERIC_USES, OTHER_SPACES, SPACES, TEXT, UNSEEN_CLASS, is_sentinel, is_several
from .column_uses import value_columns
from .expressions import file_column
from .flags import FlaggedCell
from .listed_cells import CELL, cells_of, changed_cells, found_in
from .mapped_file import MAX_VALUE_LENGTH, MappedFile
from .types import SQL_WHITE_SPACE, among, is_error

GEOMETRIES = ("geometry", "geometry.coordinates", "geometry.geometries")  # The columns of GeoJSON's geometries that are no simple point.
POINTS = frozenset(("coord", "coords", "coordinates", "point", "geom", "geometry", "wkt", "latlon", "lonlat"))  # Attributes of #geo.
SEPARATORS = ("','", "';'", "'|'", "chr(9)")
TEXT_DATE = quote_literal("^[0-9]{1,2}[^0-9:][0-9]{1,2}[^0-9:][0-9]")
WEEKDAY = quote_literal(r"(?i)\b(mon|tue|wed|thu|fri|sat|sun)")  # As strptime reads it, long or short.
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
    yield from _unknown_names(mapped)
    yield from _wrong_weekdays(mapped)
    for name in _dates_by_patterns(mapped):
        yield FlaggedCell(flags.MIXED_DATES, name, quote_identifier(name), _is_mixed(mapped.base, name))
    for name in (*GEOMETRIES, *_points_in_one_cell(mapped.columns)):
        if name in mapped.columns and name not in mapped.format.unstored and not {*fields[name]} - {"original"}:
            yield FlaggedCell(flags.NOT_KEPT, name, quote_identifier(name), f"{quote_identifier(name)} is not null")


def _points_in_one_cell(names: Sequence[str]) -> list[str]:
    """The columns that HXL tags call points, of a table that has no column for latitudes: nothing says which degrees come first."""
    geo = [column for column in tagged_columns(names) if column.tag == "#geo"]
    has_degrees = any("lat" in column.attributes for column in geo)
    return [] if has_degrees else [column.name for column in geo if column.attributes & POINTS]


def _dates_by_patterns(mapped: MappedFile) -> list[str]:
    """The columns whose dates are read by patterns with the number of a month, which a program that reads them itself may take for that of the day."""
    parts = {part for record in mapped.records for part in record.mapping.walk() if isinstance(part, (ParsedDate, PeriodDay))}
    numbered = [part for part in parts if any("%d" in pattern and "%m" in pattern for pattern in part.patterns)]
    named = {file_column(mapped.columns, column) for part in numbered for column in value_columns(part)}
    return [name for name in mapped.columns if name in named]


def _unknown_names(mapped: MappedFile) -> Iterator[FlaggedCell]:
    """The names that no list has, of columns that are only compared with others, such as that of a country beside its code."""
    read = [part for record in mapped.records for part in record.mapping.walk() if isinstance(part, Coded)]
    compared = (part for agreement, _ in mapped.mapper.contradictions for part in agreement.operands() if isinstance(part, Coded))
    for part in compared:
        if part not in read and (name := file_column(mapped.columns, part.of)):
            cell = quote_identifier(name)
            yield FlaggedCell(
                flags.UNKNOWN_CODE, name, cell, f"{cell} is not null and coalesce({mapped.expressions.listed(part)}, false) is not true"
            )


def _wrong_weekdays(mapped: MappedFile) -> Iterator[FlaggedCell]:
    """The cells with a weekday that is not that of their day, of columns whose dates are read by patterns with one."""
    parts = {part for record in mapped.records for part in record.mapping.walk() if isinstance(part, (ParsedDate, PeriodDay))}
    with_weekday = [part for part in parts if any(re.search("%-?[aA]", pattern) for pattern in part.patterns)]
    days = {name: part for part in with_weekday for column in value_columns(part) if (name := file_column(mapped.columns, column))}
    for name in sorted(days):
        cell, day = quote_identifier(name), f"try_cast(left({mapped.expressions.sql(days[name])}, 10) as date)"
        stated = f"lower(regexp_extract({cell}, {WEEKDAY}, 1))"
        yield FlaggedCell(flags.WRONG_WEEKDAY, name, cell, f"{stated} <> '' and {stated} <> lower(left(dayname({day}), 3))")


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
    in_words = [*names, *(name for name in stored if name not in names and uses.get(name, TEXT) not in (*NUMERIC_USES, DATE))]
    if in_words:
        cell = f"trim({CELL}, {SQL_WHITE_SPACE})"
        error = f"coalesce({is_error(cell)} or (nth_0 <= {len(names)} and {is_several(cell)}), false)"
        code = f"case when {error} then {quote_literal(flags.NOT_KEPT)} else {quote_literal(flags.INVISIBLE_CHARACTER)} end"
        invisible = f"nth_0 <= {len(names)} and regexp_matches({CELL}, {INVISIBLE})"
        yield found_in(changed_cells(in_words), in_words, f"{error} or ({invisible})", code=code, value=CELL)
    if texts:
        yield _flagged(flags.POSSIBLE_ROWS, cells_of(texts), texts, _has_rows(len(mapped.columns)), f"left({CELL}, {MAX_VALUE_LENGTH})")
    for declared, possible in _by_sentinels(mapped, counts).items():
        others = f" and {among(CELL, declared)} is not true" if declared else ""
        yield _flagged(flags.POSSIBLE_SENTINEL, cells_of(possible), possible, f"regexp_full_match({CELL}, '9{{4,}}'){others}")
    if counts and format.spellings.sentinels:
        yield _flagged(flags.SENTINEL, changed_cells(counts), counts, is_sentinel(CELL, format.spellings))


def _by_sentinels(mapped: MappedFile, columns: Iterable[str]) -> dict[tuple[str, ...], list[str]]:
    """The columns by the values that are declared to stand for none in them."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name in columns:
        found.setdefault(mapped.format.sentinels.get(name, ()), []).append(name)
    return found


def _flagged(code: str, cells: str, names: list[str], condition: str, value: str = CELL) -> str:
    return found_in(cells, names, condition, code=quote_literal(code), value=value)


def _has_rows(width: int) -> str:
    """Whether a line within a cell, but not its first or last, has as many cells as the table: an open quotation mark may have swallowed rows."""
    marks = " or ".join(f"len(string_split(nth_0, {mark})) = {width}" for mark in SEPARATORS)
    return f"contains({CELL}, chr(10)) and len(list_filter(string_split({CELL}, chr(10))[2:], lambda nth_0: {marks})) > 0"
