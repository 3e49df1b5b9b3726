"""Tables with HXL tags: where their row of tags is, and workbooks and JSON as rows; by libhxl, which here is given bytes and never an address."""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import hxl
import hxl.input

from schema.codelists.hxl_tags import CORE_TAGS

from ..errors import LoadRefused

MAX_BYTES = 1 << 29  # Bytes of a workbook once unpacked, or of JSON with tags; both are held in memory.
LOOKS = re.compile(rb'[\[{,]\s*"\s*#\s*[A-Za-z]')  # A key or a cell of JSON that may be a tag.
MIN_TAGS_WITHOUT_HASH_SIGNS = re.compile(r"[a-z][a-z0-9_]*(\s*\+[a-z0-9_]+)*", re.IGNORECASE)
xlrd = hxl.input.xlrd

# Which column has no tag is for us to say, in one place.
for _logger in ("hxl", "hxl.input", "hxl.model", "hxl.REMOTE_ACCESS"):
    logging.getLogger(_logger).setLevel(logging.CRITICAL)

Refused = Callable[[str], LoadRefused]


@dataclass(frozen=True)
class TagRow:
    """The row of tags: how many rows stand above the records, the name of each column, and the cells that are no tags."""

    above: int
    columns: list[str]
    malformed: list[str]

    @property
    def tags(self) -> int:
        return sum(name.startswith("#") for name in self.columns)


def tag_row(rows: Sequence[Sequence[str]]) -> TagRow | None:
    """The row of tags, where one of these is such; columns without a tag have the name in the row above."""
    for n, (header, row) in enumerate(pairwise([[], *rows]), 1):
        found = hxl.model.Column.parse_list(row, header)
        if found:
            width = max(len(row), len(header), _usual([len(one) for one in rows[n:]]))
            names = [_name(header, found[at].display_tag if at < len(found) else "", at) for at in range(width)]
            return TagRow(n, names, [cell for cell, one in zip(row, found, strict=True) if cell.strip() and not one.tag])
    return None


def _usual(lengths: Sequence[int]) -> int:
    return max(set(lengths), key=lengths.count) if lengths else 0


def _name(header: Sequence[str], tag: str, at: int) -> str:
    name = header[at].strip() if at < len(header) else ""
    return tag or (f"header {name}" if name.startswith("#") else name)


def missing_hash_signs(rows: Sequence[Sequence[str]]) -> str:
    """The row that would be one of tags if its words began with a number sign, in words; empty where there is none."""
    for n, row in enumerate(rows, 1):
        cells = [cell.strip() for cell in row if cell.strip()]
        words = [re.split(r"\W", cell, maxsplit=1)[0].lower() for cell in cells]
        if (
            len(cells) > 1
            and all(map(MIN_TAGS_WITHOUT_HASH_SIGNS.fullmatch, cells))
            and any("+" in cell for cell in cells)
            and CORE_TAGS & set(words)
        ):
            return f"row {n} looks like HXL tags without their number sign ({', '.join(cells[:5])}); write #{cells[0]} and so on"
    return ""


class _Sheet(hxl.input.ExcelInput):  # type: ignore[misc]  # Its base has no types.
    """A sheet whose cells are what they say: libhxl turns an error into a number, drops times, and takes every calendar for that of 1900."""

    def _fix_value(self, cell: Any) -> str:
        if cell.ctype == xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(cell.value, "#ERROR"))
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return "true" if cell.value else "false"
        if cell.ctype == xlrd.XL_CELL_DATE:
            return str(xlrd.xldate_as_datetime(cell.value, self._workbook.datemode).isoformat()).removesuffix("T00:00:00")
        return str(super()._fix_value(cell))

    def _do_expand(self, row_num: int, col_num: int, value: str) -> str:
        """The value of the cells that it is merged with. A number is of one record, and of which cannot be told."""
        for top, left, right in self._merged.get(row_num, ()):
            if left <= col_num < right:
                cells = self._sheet.row(top)
                if left >= len(cells):
                    return ""
                if cells[left].ctype == xlrd.XL_CELL_NUMBER and row_num >= self._above:
                    raise ValueError(
                        f"the number {self._fix_value(cells[left])} is merged over several cells, from row {top + 1}, column {left + 1}"
                    )
                return self._fix_value(cells[left])
        return value

    @cached_property
    def _merged(self) -> dict[int, list[tuple[int, int, int]]]:
        found = defaultdict(list)
        for top, bottom, left, right in self._sheet.merged_cells:
            for row in range(top, min(bottom, self._sheet.nrows)):
                found[row].append((top, left, right))
        return found

    @cached_property
    def _above(self) -> int:
        """How many rows stand above the records."""
        first = [self._get_row(self._sheet, row) for row in range(min(25, self._sheet.nrows))]
        return next((n for n, row in enumerate(first, 1) if hxl.model.Column.parse_list(row)), 1)

    def tagged(self) -> list[str]:
        return [one.name for one in self._workbook.sheets() if self._get_columns(one)]


def workbook(path: Path, refused: Refused) -> Iterator[list[str]]:
    """The rows of the one tagged sheet of a workbook, or of its first sheet; empty rows say nothing and are left out."""
    with zipfile.ZipFile(path) as archive:
        if sum(one.file_size for one in archive.infolist()) > MAX_BYTES:
            raise refused(f"is larger than {MAX_BYTES >> 20} MB once unpacked; export it as CSV")
    try:
        sheet = _Sheet(path.read_bytes(), hxl.InputOptions(expand_merged=True))
        tagged = sheet.tagged()
        rows = [[str(cell) for cell in row] for row in _iterated(sheet)] if len(tagged) < 2 else []
    except Exception as error:  # A damaged workbook makes xlrd raise whatever happens to be wrong first.
        raise refused(f"is no workbook that can be read: {error or type(error).__name__}") from error
    if len(tagged) > 1:
        raise refused(f"has several sheets with tags, {', '.join(tagged)}; save each as a file of its own")
    width = max(map(len, rows), default=0)
    return ([*row, *[""] * (width - len(row))] for row in rows if any(cell.strip() for cell in row))


def _iterated(sheet: Any) -> Iterator[list[str]]:
    """libhxl's iterators have no __iter__."""
    rows = iter(sheet)
    try:
        while True:
            yield next(rows)
    except StopIteration:
        return


def table(path: Path, refused: Refused) -> list[list[str]] | None:
    """The rows of JSON, arrays or objects, with a row of tags among the first; none where it has no such. Numbers stay as they are written."""
    if path.stat().st_size > MAX_BYTES:
        return None
    try:
        text = path.read_bytes().decode("utf-8-sig")
        found = json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_once)
        plain = io.BytesIO(json.dumps(found).encode())
        read = hxl.input.JSONInput(plain, hxl.InputOptions(encoding="utf-8"))
        rows = [[str(cell) for cell in row] for row in _iterated(read)]
    except (ValueError, RecursionError, hxl.HXLException) as error:
        raise refused(f"is no JSON with tags that can be read: {error}") from error
    if read.type == "object" and rows:  # Names of objects are tags, or headers of what has none.
        tags = [name if name.strip().startswith("#") else "" for name in rows[0]]
        rows[:1] = [["" if tag else name for name, tag in zip(rows[0], tags, strict=True)], tags]
    return rows if tag_row(rows[:25]) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a name that comes again in it would hide the first value."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"an object has the name {next(name for name in names if names.count(name) > 1)!r} twice")
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in found.items()}
