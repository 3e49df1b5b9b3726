"""Reads pictures: the ink of each column of a PNG, by which a test sees in which order glyphs stand."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

PAPER = 255


def columns(png: bytes) -> list[int]:
    """How dark each column of a PNG is (8 bits a channel, not interlaced; the first channel alone)."""
    width, height, rows = _rows(png)
    return [sum(PAPER - row[x] for row in rows[:height]) for x in range(width)]


def segments(png: bytes) -> list[tuple[int, int]]:
    """The glyphs of one line of text, from left to right: the width of each in columns with ink, and its ink."""
    found: list[tuple[int, int]] = []
    width = total = 0
    for ink in (*columns(png), 0):
        if ink:
            width, total = width + 1, total + ink
        elif width:
            found.append((width, total))
            width = total = 0
    return found


def _rows(png: bytes) -> tuple[int, int, list[list[int]]]:
    head, data = b"", b""
    for name, body in _chunks(png):
        head = body if name == b"IHDR" else head
        data += body if name == b"IDAT" else b""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    assert depth == 8 and not interlaced
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    raw, stride = zlib.decompress(data), width * channels
    before, rows = [0] * width, []
    for y in range(height):
        start = y * (stride + 1)
        before = _unfiltered(raw[start], raw[start + 1 : start + 1 + stride : channels], before)  # No filter mixes channels.
        rows.append(before)
    return width, height, rows


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += length + 12


def _unfiltered(how: int, line: bytes, above: Sequence[int]) -> list[int]:
    """One channel of a line of pixels, of which each is stored as the difference to a guess from the pixels before and above it."""
    if how in (0, 2):
        return [(value + up) & 255 for value, up in zip(line, above, strict=True)] if how else list(line)
    found: list[int] = []
    left = corner = 0
    for value, up in zip(line, above, strict=True):
        left = (value + (left if how == 1 else (left + up) // 2 if how == 3 else _nearest(left, up, corner))) & 255
        corner = up
        found.append(left)
    return found


def _nearest(left: int, up: int, corner: int) -> int:
    """Paeth's predictor."""
    around = left + up - corner
    return min((abs(around - left), 0, left), (abs(around - up), 1, up), (abs(around - corner), 2, corner))[2]
