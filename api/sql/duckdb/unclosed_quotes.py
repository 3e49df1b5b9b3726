"""The statements about cells with several lines, which may be rows of their table that an open quotation mark has swallowed. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from ..text import quote_literal
from .cells import COUNT, DATE, DEGREES, NAME, NUMBER, TEXT, WHOLE
from .listed_cells import CELL, cells_of, found_in
from .mapped_file import MAX_VALUE_LENGTH, MappedFile

LINES = f"contains({CELL}, chr(10))"
# Arguments: lists of the numbers of the records, of their columns, and of their cells.
INSERT = """
insert into problem
select {file}, record, {entry}, found.field, substr(found.cell, 1, {length}), {reason}
from {base} base join (select unnest(?) as found_record, unnest(?) as field, unnest(?) as cell) found on record = found_record
"""
REASON = (
    "has other rows of the table inside it, because a quotation mark is not closed: close it, and load the file again; "
    "if it is a text, write it without line breaks"
)


def texts(mapped: MappedFile) -> list[str]:
    """The columns whose cells may have several lines and be valid."""
    return [name for name in mapped.columns if mapped.mapper.uses.get(name, TEXT) in (NAME, TEXT)] if len(mapped.columns) > 1 else []


def typed(mapped: MappedFile) -> Iterator[tuple[int, bool]]:
    """The positions of the columns of numbers and of dates, from 0, and whether they are dates."""
    for position, name in enumerate(mapped.columns):
        if (use := mapped.mapper.uses.get(name, TEXT)) in (COUNT, WHOLE, NUMBER, DEGREES, DATE):
            yield position, use == DATE


def may_be(mapped: MappedFile) -> str:
    """Whether a record has a cell of several lines; empty if its table has no such columns."""
    return f"len(list_filter({cells_of(texts(mapped))}, lambda {CELL}: {LINES})) > 0" if texts(mapped) and any(typed(mapped)) else ""


def candidates(mapped: MappedFile) -> str:
    """The cells of several lines: the number of the record, the name of the column, and the cell."""
    found = found_in(cells_of(texts(mapped)), texts(mapped), LINES, cell=CELL)
    return f"select record, f.field, f.cell from (select record, unnest({found}) as f from {mapped.base} base) cells"


def insert(mapped: MappedFile) -> str:
    """Add a problem for each of the records that are given."""
    return INSERT.format(file=mapped.file, entry=mapped.entry, length=MAX_VALUE_LENGTH, base=mapped.base, reason=quote_literal(REASON))
