"""Finds HXL tags among the first rows of a table: a tag such as `#affected`, and its attributes, such as `+killed`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from schema.codelists.hxl_tags import CORE_TAGS
from schema.formats.spellings import seen

from .places import Places
from .rows import TagRow

# HXL 1.1: a tag and its attributes are words of ASCII letters, digits and underscores; spaces may stand before each plus sign.
TAG = re.compile(r"#[a-z][a-z0-9_]*(?:\s*\+[a-z][a-z0-9_]*)*", re.IGNORECASE | re.ASCII)
# A tag in one cell with the name of its column: `Killed #affected+killed`, `Killed (#affected+killed)`, or below it.
TAG_IN_NAME = re.compile(rf"(?P<name>.*?\S)(?:\s*[(\[]\s*|\s+)(?P<tag>{TAG.pattern})\s*[)\]]?", re.IGNORECASE | re.ASCII | re.DOTALL)
TAG_LIKE = re.compile(r"#[a-z]", re.IGNORECASE)
TAG_WITHOUT_HASH_SIGN = re.compile(r"[a-z][a-z0-9_]*(\s*\+[a-z0-9_]+)*", re.IGNORECASE | re.ASCII)


def tag_name(cell: str) -> str:
    """The tag in a cell in lower case and without spaces, its attributes in their order; empty if the cell is no tag."""
    cell = seen(cell)
    return "".join(cell.split()).lower() if TAG.fullmatch(cell) else ""


def tag_row(rows: Sequence[Sequence[str]]) -> TagRow | None:
    """The row of tags among these, None if there is none; a column without a tag is named by the row above.

    It is the first row of which at least half of the cells that are not empty begin as tags do, and one is a tag; or end with a tag.
    """
    for number, (above, cells) in enumerate(pairwise([[], *rows]), 1):
        header, row = tags_in_names(cells) or (above, cells)
        tags = [*map(tag_name, row)]
        filled = sum(bool(cell.strip()) for cell in row)
        tag_like = sum(bool(TAG_LIKE.match(seen(cell))) for cell in row)
        if any(tags) and 2 * tag_like >= filled:
            width = max(len(row), len(header), _usual_length(rows[number:]))
            columns = [_column_name(header, tags[n] if n < len(tags) else "", n) for n in range(width)]
            return TagRow(number, columns, [cell for cell, tag in zip(row, tags, strict=True) if cell.strip() and not tag], [*header])
    return None


def tags_in_names(row: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """A row whose cells have names of columns and tags, as a row of names and one of tags; None unless half of its cells have both."""
    matches = [None if cell.count("#") > 1 else TAG_IN_NAME.fullmatch(seen(cell)) for cell in row]
    core = [match for match in matches if match and re.findall(r"\w+", match["tag"])[0].lower() in CORE_TAGS]
    if not core or 2 * len(core) < sum(bool(cell.strip()) for cell in row):
        return None
    parts = [
        (match["name"], match["tag"]) if match else ("", cell) if tag_name(cell) else (cell, "")
        for match, cell in zip(matches, row, strict=True)
    ]
    return [name for name, _ in parts], [tag for _, tag in parts]


def header_rows(names: Sequence[str]) -> list[list[str]]:
    """The names of columns as one row, or, if half of them begin as tags do and one is a tag, as two: one of headers and one of tags."""
    if apart := tags_in_names(names):
        return [*apart]
    tags = [name if TAG_LIKE.match(seen(name)) else "" for name in names]
    if 2 * sum(map(bool, tags)) < len(names) or not any(map(tag_name, tags)):
        return [[*names]]
    return [["" if tag else name for name, tag in zip(names, tags, strict=True)], tags]


def _usual_length(rows: Sequence[Sequence[str]]) -> int:
    lengths = [len(row) for row in rows if any(cell.strip() for cell in row)]
    return max(set(lengths), key=lengths.count) if lengths else 0


def _column_name(header: Sequence[str], tag: str, position: int) -> str:
    name = header[position].strip() if position < len(header) else ""
    return tag or (f"header {name}" if name.startswith("#") else name)


def missing_hash_signs(rows: Sequence[Sequence[str]], places: Places) -> str:
    """A hint at the first row that would be HXL tags if its words began with a number sign; empty if there is none."""
    for number, row in enumerate(rows, 1):
        cells = [cell.strip() for cell in row if cell.strip()]
        words = {re.split(r"\W", cell, maxsplit=1)[0].lower() for cell in cells}
        tag_like = len(cells) > 1 and all(map(TAG_WITHOUT_HASH_SIGN.fullmatch, cells))
        if tag_like and any("+" in cell for cell in cells) and CORE_TAGS & words:
            return (
                f"{places.row(number)} looks like HXL tags without their number sign ({', '.join(cells[:5])}); write #{cells[0]} and so on"
            )
    return ""
