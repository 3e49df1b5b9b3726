"""Reads HXL tags, workbooks and JSON with libhxl, which is given bytes and never an address."""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import hxl
import hxl.input

from schema.codelists.hxl_tags import CORE_TAGS

from ..errors import LoadRefused
from .json_records import without_repeated_keys
from .rows import MAX_HEADER_ROWS, TagRow

MAX_BYTES = 1 << 29  # Bytes of an unpacked workbook, or of JSON with tags: both are read into memory.
JSON_TAG = re.compile(rb'[\[{,]\s*"\s*#\s*[A-Za-z]')  # A key or an item of JSON that may be a tag.
TAG_WITHOUT_HASH_SIGN = re.compile(r"[a-z][a-z0-9_]*(\s*\+[a-z0-9_]+)*", re.IGNORECASE)
xlrd = hxl.input.xlrd

# libhxl logs columns without a tag; such files are reported once, by LoadRefused.
for _logger in ("hxl", "hxl.input", "hxl.model", "hxl.REMOTE_ACCESS"):
    logging.getLogger(_logger).setLevel(logging.CRITICAL)

Refusal = Callable[[str], LoadRefused]


def tag_row(rows: Sequence[Sequence[str]]) -> TagRow | None:
    """The row of tags among these, None if there is none; a column without a tag is named by the row above."""
    for number, (header, row) in enumerate(pairwise([[], *rows]), 1):
        tags = hxl.model.Column.parse_list(row, header)
        if tags:
            width = max(len(row), len(header), _usual_length(rows[number:]))
            columns = [_column_name(header, tags[n].display_tag if n < len(tags) else "", n) for n in range(width)]
            return TagRow(number, columns, [cell for cell, tag in zip(row, tags, strict=True) if cell.strip() and not tag.tag])
    return None


def _usual_length(rows: Sequence[Sequence[str]]) -> int:
    lengths = [len(row) for row in rows]
    return max(set(lengths), key=lengths.count) if lengths else 0


def _column_name(header: Sequence[str], tag: str, position: int) -> str:
    name = header[position].strip() if position < len(header) else ""
    return tag or (f"header {name}" if name.startswith("#") else name)


def missing_hash_signs(rows: Sequence[Sequence[str]]) -> str:
    """A hint at the first row that would be HXL tags if its words began with a number sign; empty if there is none."""
    for number, row in enumerate(rows, 1):
        cells = [cell.strip() for cell in row if cell.strip()]
        words = {re.split(r"\W", cell, maxsplit=1)[0].lower() for cell in cells}
        tag_like = len(cells) > 1 and all(map(TAG_WITHOUT_HASH_SIGN.fullmatch, cells))
        if tag_like and any("+" in cell for cell in cells) and CORE_TAGS & words:
            return f"row {number} looks like HXL tags without their number sign ({', '.join(cells[:5])}); write #{cells[0]} and so on"
    return ""


class _Sheet(hxl.input.ExcelInput):  # type: ignore[misc]  # Its base has no types.
    """A sheet whose cells are read exactly.

    libhxl turns an error into a number, drops times, and takes every calendar for the one that begins in 1900.
    """

    def _fix_value(self, cell: Any) -> str:
        if cell.ctype == xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(cell.value, "#ERROR"))
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return "true" if cell.value else "false"
        if cell.ctype == xlrd.XL_CELL_DATE:
            return str(xlrd.xldate_as_datetime(cell.value, self._workbook.datemode).isoformat()).removesuffix("T00:00:00")
        return str(super()._fix_value(cell))

    def _do_expand(self, row_num: int, col_num: int, value: str) -> str:
        """The value of a cell, merged cells included. A merged number belongs to one record, and which one is unknown: ValueError."""
        for top, left, right in self._merged.get(row_num, ()):
            if left <= col_num < right:
                cells = self._sheet.row(top)
                if left >= len(cells):
                    return ""
                if cells[left].ctype == xlrd.XL_CELL_NUMBER and row_num >= self._header_rows:
                    raise ValueError(
                        f"the number {self._fix_value(cells[left])} is merged over several cells, from row {top + 1}, column {left + 1}; "
                        "write it only in the row that it belongs to"
                    )
                return self._fix_value(cells[left])
        return value

    @cached_property
    def _merged(self) -> dict[int, list[tuple[int, int, int]]]:
        """The merged areas that each row is part of: their first row, their first column, and the column after the last."""
        areas = defaultdict(list)
        for top, bottom, left, right in self._sheet.merged_cells:
            for row in range(top, min(bottom, self._sheet.nrows)):
                areas[row].append((top, left, right))
        return areas

    @cached_property
    def _header_rows(self) -> int:
        """The number of rows above the first record."""
        rows = [self._get_row(self._sheet, row) for row in range(min(MAX_HEADER_ROWS, self._sheet.nrows))]
        return next((number for number, row in enumerate(rows, 1) if hxl.model.Column.parse_list(row)), 1)

    def tagged_sheets(self) -> list[str]:
        return [sheet.name for sheet in self._workbook.sheets() if self._get_columns(sheet)]


def workbook_rows(path: Path, refusal: Refusal) -> Iterator[list[str]]:
    """The rows of the one sheet with tags, or of the first sheet if none has; empty rows are left out. Raises LoadRefused."""
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > MAX_BYTES:
            raise refusal(f"is larger than {MAX_BYTES >> 20} MB once unpacked; export it as CSV")
    try:
        sheet = _Sheet(path.read_bytes(), hxl.InputOptions(expand_merged=True))
        tagged = sheet.tagged_sheets()
        rows = [[str(cell) for cell in row] for row in _iterate(sheet)] if len(tagged) < 2 else []
    except Exception as error:  # A damaged workbook makes xlrd raise any exception at all.
        raise refusal(f"cannot be read as a workbook: {error or type(error).__name__}") from error
    if len(tagged) > 1:
        raise refusal(f"has several sheets with HXL tags: {', '.join(tagged)}; save each as a file of its own")
    width = max(map(len, rows), default=0)
    return ([*row, *[""] * (width - len(row))] for row in rows if any(cell.strip() for cell in row))


def _iterate(rows: Any) -> Iterator[list[str]]:
    """libhxl's iterators have no __iter__."""
    iterator = iter(rows)
    try:
        while True:
            yield next(iterator)
    except StopIteration:
        return


def json_rows(path: Path, refusal: Refusal) -> list[list[str]] | None:
    """The rows of JSON, arrays or objects, that has a row of tags among the first; None for other JSON. Raises LoadRefused.

    Numbers keep all the digits that the file has.
    """
    if path.stat().st_size > MAX_BYTES:
        return None
    try:
        text = path.read_bytes().decode("utf-8-sig")
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_as_texts)
        reader = hxl.input.JSONInput(io.BytesIO(json.dumps(value).encode()), hxl.InputOptions(encoding="utf-8"))
        rows = [[str(cell) for cell in row] for row in _iterate(reader)]
    except (ValueError, RecursionError, hxl.HXLException) as error:
        raise refusal(f"cannot be read as JSON with HXL tags: {error}") from error
    if reader.type == "object" and rows:  # The keys of objects are tags, or headers of columns without a tag.
        tags = [name if name.strip().startswith("#") else "" for name in rows[0]]
        rows[:1] = [["" if tag else name for name, tag in zip(rows[0], tags, strict=True)], tags]
    return rows if tag_row(rows[:MAX_HEADER_ROWS]) else None


def _as_texts(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose booleans are written as JSON writes them. Raises ValueError for a key that occurs twice."""
    return {key: str(value).lower() if isinstance(value, bool) else value for key, value in without_repeated_keys(pairs).items()}
