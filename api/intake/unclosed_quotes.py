"""Rejects records that have other rows of their table inside a cell, since a quotation mark before them is not closed: they would take these rows' numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import duckdb

from schema.formats.spellings import NULL_WORDS

from ..sql.duckdb import unclosed_quotes as swallowed
from ..sql.duckdb.claims import ClaimStatements
from .rows import DELIMITERS

MAX_CELLS = 1000  # That are compared at a time.
# What cells of numbers and of dates look like, and those of prose do not.
NUMBER = re.compile(r"[-+~<>≈]?\s*\d[\d.,'’\s]*")
DATE = re.compile(r"[^\W\d]{0,12}[\s.,]{0,2}\d[\w\s.,:/+-]{0,30}")


def reject_swallowed(connection: duckdb.DuckDBPyConnection, statements: ClaimStatements) -> None:
    """Add a problem for each record of a file that has swallowed rows."""
    columns, typed = statements.columns, dict(swallowed.typed(statements))
    found = connection.execute(swallowed.candidates(statements))
    rejected = []
    while cells := found.fetchmany(MAX_CELLS):
        rejected += [cell for cell in cells if has_rows(cell[2], columns.index(cell[1]), len(columns), typed)]
    if rejected:
        connection.execute(swallowed.insert(statements), [*map(list, zip(*rejected, strict=True))])


def has_rows(cell: str, position: int, width: int, dates: Mapping[int, bool]) -> bool:
    """Whether the lines of a cell in this position, counted from 0, are the parts of rows around an open quotation mark, by any delimiter.

    The first line goes on to the end of its row, the last one is the beginning of the row whose end the record has, and others have `width` cells. Prose may
    be cut so by chance, but has no numbers and dates where the table has them: `dates` has the positions of both, and whether they are dates.
    """
    lines = [line for line in cell.splitlines() if line.strip()]
    return len(lines) > 1 and any(_are_rows([line.split(by) for line in lines], position, width, dates) for by in DELIMITERS)


def _are_rows(lines: Sequence[Sequence[str]], position: int, width: int, dates: Mapping[int, bool]) -> bool:
    first, *between, last = lines
    if len(first) != width - position or len(last) != position + 1 or any(len(row) != width for row in between):
        return False
    rows = [[*[""] * position, *first], *between, last]
    found = [(row[at].strip(' "'), is_date) for row in rows for at, is_date in dates.items() if at < len(row)]
    stated = [(text, is_date) for text, is_date in found if text and text.lower() not in NULL_WORDS]
    return bool(stated) and all((DATE if is_date else NUMBER).fullmatch(text) for text, is_date in stated)
