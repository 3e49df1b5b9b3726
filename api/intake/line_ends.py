"""Gives all rows of a text one sort of line end: DuckDB misreads quoted cells beside a lone CR, and rows that end differently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .unpack import BLOCK_BYTES, UnpackedFile, new_path

READ_BY_DUCKDB = ({b"\n"}, {b"\r\n"}, set[bytes]())


def with_one_line_end(file: UnpackedFile, folder: Path) -> UnpackedFile:
    """The file itself if all of its rows end with LF or all with CR and LF; otherwise a copy in which all end with LF.

    Line ends within quotation marks are part of a cell, and stay as they are.
    """
    if _line_ends(file.path) in READ_BY_DUCKDB:
        return file
    path = new_path(folder, "lines")
    with path.open("wb") as copy:
        for parts, outside in _parts(file.path):
            parts[outside] = [part.replace(b"\r\n", b"\n").replace(b"\r", b"\n") for part in parts[outside]]
            copy.write(b'"'.join(parts))
    return replace(file, path=path)


def _line_ends(path: Path) -> set[bytes]:
    """The sorts of line ends outside quotation marks; not all of them if there are several."""
    found = set[bytes]()
    for parts, outside in _parts(path):
        text = b'"'.join(parts[outside])
        pairs = text.count(b"\r\n")
        counts = {b"\r\n": pairs, b"\r": text.count(b"\r") - pairs, b"\n": text.count(b"\n") - pairs}
        found |= {end for end, count in counts.items() if count}
        if len(found) > 1:
            break
    return found


def _parts(path: Path) -> Iterator[tuple[list[bytes], slice]]:
    """The text cut at its quotation marks, block by block, and which of the parts lie outside of them. A doubled mark has nothing inside."""
    within = False
    with path.open("rb") as text:
        while block := text.read(BLOCK_BYTES):
            if block.endswith(b"\r"):
                block += text.read(1)
            parts = block.split(b'"')
            yield parts, slice(int(within), None, 2)
            within ^= len(parts) % 2 == 0
