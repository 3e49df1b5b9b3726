"""Compressed lists, in pieces: whoever has one made pays for it, and a file is compressed once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import BinaryIO

from starlette.requests import Request

from ..http.encodings import COMPRESSED_ALREADY, ENCODINGS, encoded_by_thread, requested_encoding

BLOCK = 128 * 1024  # Bytes that are compressed together.
FIRST_BLOCK = 1000  # Those that are sent before there are more.


def list_encoding(request: Request, media_type: str) -> bytes | None:
    """The encoding in which a client wants a list; None if its bytes are sent as they are: HEAD tells their number, and a range is one of them."""
    if request.method == "HEAD" or "range" in request.headers or media_type in COMPRESSED_ALREADY:
        return None
    return requested_encoding(request)


async def encoded(pieces: AsyncGenerator[bytes, None], encoding: bytes) -> AsyncGenerator[bytes, None]:
    """The pieces compressed. The same bytes give the same, in whatever pieces they come. The client pays for the processor time that it takes."""
    encoder, first = ENCODINGS[encoding].pieces(), True

    def add(block: bytes) -> bytes:
        return encoder.add(block) + (encoder.flush() if first else b"")

    async with aclosing(pieces), aclosing(_blocks(pieces)) as blocks:
        async for block in blocks:
            piece = await encoded_by_thread(add, block)
            first = False
            if piece:
                yield piece
        yield encoder.finish()


async def _blocks(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The pieces in blocks of equal size, after a short one."""
    waiting, size = bytearray(), FIRST_BLOCK
    async for piece in pieces:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
            size = BLOCK
    if waiting:
        yield bytes(waiting)


async def file_pieces(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    """The bytes of a file, which is closed at the end."""
    with file:
        while piece := await asyncio.to_thread(file.read, BLOCK):
            yield piece
