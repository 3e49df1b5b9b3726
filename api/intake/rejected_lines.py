"""Finds the records of a text that could not be cut into cells: their lines, and all of their text."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from .unpack import BLOCK_BYTES

MAX_REJECTED_LENGTH = 1 << 20  # Bytes of a record, as --reject-to writes it.
QUOTED = re.compile(rb'"[^"]*(?:""[^"]*)*"(?!")')


def records_at(path: Path, positions: list[int], delimiter: str) -> Iterator[tuple[int, str]]:
    """The number of the line and the text of the record at each of these positions in a file: bytes, counted from 1, in ascending order.

    Records may span lines. After a line that ends with CR and LF, DuckDB gives the position of the LF.
    """
    line, read, start = 1, 0, 0
    with path.open("rb") as file:
        for position in positions:
            file.seek(read)
            ahead = position - read  # One byte further than the position, for the LF.
            while ahead > 0 and (block := file.read(min(ahead, BLOCK_BYTES))):
                if ahead <= len(block) and not block.endswith(b"\n"):
                    block = block[:-1]
                    ahead -= 1
                start = read + block.rfind(b"\n") + 1 if b"\n" in block else start
                line, read, ahead = line + block.count(b"\n"), read + len(block), ahead - len(block)
            file.seek(start)
            text = file.read(MAX_REJECTED_LENGTH)
            yield line, text[: _end(text, delimiter.encode())].removesuffix(b"\n").rstrip(b"\r").decode("utf-8", errors="backslashreplace")


def _end(text: bytes, delimiter: bytes) -> int:
    """Where the record that a text begins with ends, as DuckDB cuts it: what follows a quoted cell goes on to the next delimiter."""
    at, after_cell = 0, re.compile(b"[\n" + re.escape(delimiter) + b"]")
    while at < len(text):
        if text[at : at + 1] == b'"':
            if not (quoted := QUOTED.match(text, at)):
                break
            at = quoted.end()
        if not (found := after_cell.search(text, at)):
            break
        if found.group() == b"\n":
            return found.start()
        at = found.end()
    return len(text)


def torn_lines(path: Path, skipped: int, counted: int, delimiter: str, misplaced: Sequence[str]) -> str:
    """What is wrong with a file whose records do not have as many lines as it has, or of which DuckDB names another line than the wrong one.

    `skipped`: the lines above the records. `counted`: the lines of all records, those that could not be cut among them. `misplaced`: the
    texts of those that have a misplaced quotation mark. Empty if nothing is wrong.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK_BYTES), b"")) + (text[-1:] != b"\n")
        if lines - skipped == counted and all(_first_fault(record.encode(), delimiter.encode()) is not None for record in misplaced):
            return ""
        fault = _first_fault(text, delimiter.encode())
        file.seek(0)
        number = 1 + file.read(fault or 0).count(b"\n")
    return (
        f"line {number} has a quotation mark that is misplaced or not closed, after which rows cannot be told apart: "
        "close it, and write one that is part of a text twice"
    )


def _first_fault(text: mmap.mmap | bytes, delimiter: bytes) -> int | None:
    """The position of the first quoted cell that is not closed, or not followed by a delimiter or the end of the row; None if there is none."""
    at, after_cell = 0, re.compile(b"[\n" + re.escape(delimiter) + b"]")
    while at < len(text):
        if text[at : at + 1] == b'"':
            quoted = QUOTED.match(text, at)
            if not quoted or text[quoted.end() : quoted.end() + 1] not in (delimiter, b"\r", b"\n", b""):
                return at
            at = quoted.end()
        found = after_cell.search(text, at)
        at = found.end() if found else len(text)
    return None
