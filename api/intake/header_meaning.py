"""Refuses a table with tags whose headers say that its numbers are no plain counts, such as thousands: they would be read as people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.formats.header_words import FACTORS, RUNNING_TOTAL, SHARE, said_by, said_by_title
from schema.formats.hxl_columns import tagged_columns
from schema.formats.hxl_counts import Count, count

from .rows import TagRow
from .unpack import UnpackedFile

CUMULATIVE = "cumulative"  # The basis of a running total.
CURES = {
    SHARE: "a share, a rate or an average counts nobody: remove the tag",
    RUNNING_TOTAL: "give its tag the attribute +cumulative instead of one that says another basis",
    **{unit: f"write the numbers in full, or read the table by a map that says `times: {factor}`" for unit, factor in FACTORS.items()},
}


def refuse_other_numbers(file: UnpackedFile, tags: TagRow, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Raises LoadRefused if a header, or a title above the table, says that the numbers of a column of counts are something else."""
    for number, row in enumerate(rows[: tags.number - 1], 1):
        filled = [cell for cell in row if cell.strip()]
        if len(filled) == 1 and len(columns) > 1 and (unit := said_by_title(filled[0])):
            raise file.refusal(f"{file.places.row(number)} says {filled[0].strip()!r} of its numbers; {CURES[unit]}")
    for counted, position in _counts(columns):
        for header in (row for row in [*rows[: tags.number - 1], tags.header] if sum(bool(cell.strip()) for cell in row) > 1):
            name = header[position].strip() if position < len(header) else ""
            meaning = said_by(name)
            if meaning and not (meaning == RUNNING_TOTAL and counted.basis in ("", CUMULATIVE)):
                raise file.refusal(
                    f"the header of its column {counted.column.name} is {name!r}, which says that its numbers are {meaning}; {CURES[meaning]}"
                )


def running_totals(tags: TagRow, columns: Sequence[str]) -> Iterator[str]:
    """What to say of columns whose headers say that they are running totals, and whose tags do not."""
    for counted, position in _counts(columns):
        name = tags.header[position].strip() if position < len(tags.header) else ""
        if not counted.basis and said_by(name) == RUNNING_TOTAL:
            yield f"the header of the column {counted.column.name} is {name!r}: if its numbers are running totals, tag it {counted.column.name}+cumulative"


def _counts(columns: Sequence[str]) -> Iterator[tuple[Count, int]]:
    """The columns that count, and their positions from 0."""
    for column in tagged_columns(columns):
        if counted := count(column):
            yield counted, [*columns].index(column.name)
