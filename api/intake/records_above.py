"""Refuses a table whose row of HXL tags has records above it, as sorting it in a spreadsheet leaves it: they would be lost."""

from __future__ import annotations

import re
from collections.abc import Sequence

from schema.formats.hxl import ANY_COUNTRY
from schema.formats.hxl_columns import tagged_columns
from schema.formats.hxl_counts import count

from .rows import TagRow
from .unpack import UnpackedFile

NUMBER = re.compile(r"[+-]?\d+([.,' \u00a0\u202f]\d+)*")
YEAR = re.compile(r"(19|20)\d\d")
DATE = re.compile(r"\d{4}-\d{1,2}(-\d{1,2}([T ].*)?)?|\d{4}[/.]\d{1,2}[/.]\d{1,2}|\d{1,2}[/. -](\d{1,2}|[^\W\d]{3,})[/. -]\d{2,4}|\d{8}")
MAX_SHOWN = 40  # Characters of a cell in a message.


def refuse_records_above(file: UnpackedFile, tags: TagRow, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Raises LoadRefused if a row above the tags has values as records have them, such as a number in a column of counts."""
    for number, row in enumerate(rows[: tags.number - 1], 1):
        if not file.places.is_name(number) and (value := _value(columns, row, number == tags.number - 1)):
            raise file.refusal(
                f"has its HXL tags in {file.places.row(tags.number)}, and a record above them: {file.places.row(number)} has {value}. Records above "
                "the tags would be lost: move the row of tags to just below the headers, as it was before the table was sorted, or remove what is above it"
            )


def _value(columns: Sequence[str], row: Sequence[str], is_header: bool) -> str:
    """The first value of a record in a row, with its tag; empty if it may be a title, a note or a header. `is_header`: the row just above the tags."""
    cells = {name: cell.strip() for name, cell in zip(columns, row, strict=False) if cell.strip()}
    tagged = {column.name: column for column in tagged_columns(columns)}
    counted = {name: cells[name] for name in cells if name in tagged and (count(tagged[name]) or tagged[name].tag == "#affected")}
    numbers = {name: cell for name, cell in counted.items() if NUMBER.fullmatch(cell)}
    if numbers and not ((is_header or len(cells) == 1) and all(map(YEAR.fullmatch, numbers.values()))):
        return _shown(numbers)
    if len(cells) == 1:  # A title.
        return ""
    return _shown({name: cell for name, cell in cells.items() if name in tagged and _is_value(tagged[name].tag, cell)})


def _is_value(tag: str, cell: str) -> bool:
    if tag == "#date":
        return bool(DATE.fullmatch(cell))
    return bool(NUMBER.fullmatch(cell)) if tag == "#geo" else tag == "#country" and cell in ANY_COUNTRY


def _shown(cells: dict[str, str]) -> str:
    return next((f"{cell[:MAX_SHOWN]!r} in its column {name}" for name, cell in cells.items()), "")
