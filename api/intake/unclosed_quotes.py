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
WHOLE_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?!\d).*")  # Has a year, a month and a day, and may have a time of day.


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
    be cut so by chance, but then has spaces behind its commas, and seldom numbers and dates where the table has them: `dates` has the positions of both, and
    whether they are dates.
    """
    lines = [line for line in cell.splitlines() if line.strip()]
    return len(lines) > 1 and any(
        (rows := _as_rows([line.split(by) for line in lines], position, width)) and (_is_tight(lines, by) or _has_values(rows, dates))
        for by in DELIMITERS
    )


def _as_rows(lines: Sequence[list[str]], position: int, width: int) -> list[list[str]]:
    """The parts of rows around an open quotation mark, each cell at its position; none if their numbers of cells are others."""
    first, *between, last = lines
    fits = len(first) == width - position and len(last) == position + 1 and all(len(row) == width for row in between)
    return [[*[""] * position, *first], *between, last] if fits else []


def _is_tight(lines: Sequence[str], by: str) -> bool:
    """Whether the delimiter never has a space behind it, unlike in prose, and is somewhere inside a line, other than inside a number."""
    mark = re.escape(by)
    inside = rf"{mark}(?=\S)(?<!\d{mark})|{mark}(?=[^\s\d])"
    return not any(re.search(rf"{mark}[^\S\t]+\S", line) for line in lines) and any(re.search(inside, line) for line in lines)


def _has_values(rows: Sequence[Sequence[str]], dates: Mapping[int, bool]) -> bool:
    """Whether there is a whole date where the table has dates, or most of its cells of numbers and dates have what looks so."""
    found = [(row[at].strip(' "'), is_date) for row in rows for at, is_date in dates.items() if at < len(row)]
    stated = [(text, is_date) for text, is_date in found if text and text.lower() not in NULL_WORDS]
    alike = sum(bool((DATE if is_date else NUMBER).fullmatch(text)) for text, is_date in stated)
    return 2 * alike > len(stated) or any(is_date and WHOLE_DATE.fullmatch(text) for text, is_date in stated)
