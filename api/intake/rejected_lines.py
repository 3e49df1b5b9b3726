"""Finds the lines of a text that could not be cut into cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .unpack import BLOCK_BYTES

MAX_REJECTED_LENGTH = 1 << 20  # Bytes of a line, as --reject-to writes it.


def lines_at(path: Path, positions: list[int]) -> Iterator[tuple[int, str]]:
    """The number and the text of the line at each of these positions in a file: bytes, counted from 1, in ascending order.

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
            yield line, file.read(MAX_REJECTED_LENGTH).partition(b"\n")[0].rstrip(b"\r").decode("utf-8", errors="backslashreplace")
