"""What stands above the header of a table: titles and remarks. Tables that a map reads may have them; those of publishers have none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from schema.formats import FORMATS
from schema.formats.format import FileFormat

from .rows import DELIMITERS, Row, first_rows
from .unpack import UnpackedFile

MAX_TITLE = 80  # Characters of a title that a warning shows.


def readings(file: UnpackedFile, rows: list[Row]) -> Iterator[list[Row]]:
    """The first rows as each delimiter reads them: a title may have other ones than the table. `rows`: by that of the first line; they come first."""
    yield rows
    yield from ([*first_rows(file, delimiter)] for delimiter in DELIMITERS if rows and delimiter != rows[0].delimiter)


def best_reading(file: UnpackedFile, rows: list[Row], fits: Callable[[Sequence[Sequence[str]]], int]) -> list[Row]:
    """The first rows as the delimiter reads them that fits best: the first one of those that fit alike."""
    return max(readings(file, rows), key=lambda reading: fits([row.cells for row in reading]))


def evenness(rows: Sequence[Sequence[str]]) -> int:
    """How many cells belong to rows that have as many as most, if that is more than one."""
    lengths = [length for row in rows if (length := len(row)) > 1]
    return max((length * lengths.count(length) for length in lengths), default=0)


def title_rows(rows: Sequence[Sequence[str]]) -> int:
    """How many rows at the top are no header: they have far fewer different texts than the row with the most."""
    texts = [len({cell.strip() for cell in row} - {""}) for row in rows]
    return next((number for number, count in enumerate(texts) if count > 1 and 3 * count >= 2 * max(texts)), 0)


def warning(rows: Sequence[Sequence[str]]) -> str:
    """What to say of the rows above a header; empty if they have no text."""
    titles = [" ".join(" ".join(dict.fromkeys(filter(None, map(str.strip, row)))).split())[:MAX_TITLE] for row in rows]
    return f"not read: what stands above the header: {'; '.join(filter(None, titles))}" if any(titles) else ""


def refuse_titles(file: UnpackedFile, rows: list[Row]) -> None:
    """Raises LoadRefused if the header of a publisher's format stands below other rows."""
    if not rows or file.places.names or _formats_of(rows[0].cells):
        return
    for reading in readings(file, rows):
        for number, row in enumerate(reading[1:], 2):
            if matches := _formats_of(row.cells):
                raise file.refusal(
                    f"has its header in {file.places.row(number)} (it is that of {matches[0].name}); delete the rows above it"
                )


def _formats_of(cells: Sequence[str]) -> list[FileFormat]:
    header = [cell.strip() for cell in cells]
    return [format for format in FORMATS if not format.generic and format.recognizes(format.spelled(header))] if len(header) > 1 else []
