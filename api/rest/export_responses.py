"""The responses with complete lists: read from the database, followed while a file is written, or served from a file, in ranges."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import BinaryIO

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ..errors import RangeNotSatisfiable
from ..http.slow_readers import sent_in_time
from .export_compression import encoded
from .growing_file import Produce, Writing
from .table_files import Text

RANGE = re.compile(r" *bytes *= *([0-9]{0,18})-([0-9]{0,18}) *", re.IGNORECASE)
PIECE = 64 * 1024  # Bytes that are sent together.
OPEN_TO_ALL = {"access-control-allow-origin": "*"}  # Also for clients that do not say where they come from.


class Begun:
    """The pieces of a file, of which the first has been read, and what they are read from, which `aclose` releases whether they are read or not."""

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes, None], stack: AsyncExitStack) -> None:
        self.first, self.rest, self.stack = first, rest, stack

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        yield self.first
        async for piece in self.rest:
            yield piece

    async def aclose(self) -> None:
        async with self.stack:
            await self.rest.aclose()


class Export(StreamingResponse):
    """A list being streamed. What it is read from is released whether the client reads to the end, disconnects or stalls."""

    def __init__(self, pieces: Begun, headers: dict[str, str]) -> None:
        super().__init__(pieces, headers=headers)
        self.pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self.pieces):
            if scope["method"] == "HEAD":
                self.body_iterator = _nothing()
            await sent_in_time(super().__call__, scope, receive, send, scope["app"].state.min_read_speed)


class StoredExport(FileResponse):
    """A list that is complete in a file: with its length, and in ranges if the client wants them (RFC 9110, 14)."""

    chunk_size = 2 * PIECE

    def __init__(self, file: BinaryIO, headers: dict[str, str]) -> None:
        # The open file, which stays readable if another request has it deleted before it is sent.
        super().__init__(
            f"/dev/fd/{file.fileno()}", headers=headers, media_type=headers["content-type"], stat_result=os.fstat(file.fileno())
        )
        del self.headers["last-modified"]  # That of the file; another process, which writes it anew, has another.
        self.file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self.file:
            await sent_in_time(super().__call__, scope, receive, send, scope["app"].state.min_read_speed)


def stored(request: Request, file: BinaryIO, headers: dict[str, str]) -> StoredExport:
    """The response with a complete file, or with a range of it. Raises RangeNotSatisfiable."""
    try:
        _read_range(request.scope, headers["etag"], os.fstat(file.fileno()).st_size)
        response = StoredExport(file, headers)
    except BaseException:
        file.close()
        raise
    if headers["etag"].startswith("W/"):  # It will be compressed, and ranges are of the bytes as they are.
        del response.headers["accept-ranges"]
    return response


def _read_range(scope: Scope, etag: str, size: int) -> None:
    """Leave in a request only a range that is to be sent: one, of these bytes (RFC 9110, 13.1.5 and 14.2), by GET. Several are answered by the whole file.

    Raises RangeNotSatisfiable if it begins after the end.
    """
    headers = Headers(scope=scope)
    match = RANGE.fullmatch(headers.get("range", ""))
    first, last = match.groups() if match else ("", "")
    scope["headers"] = [header for header in scope["headers"] if header[0] not in (b"range", b"if-range")]
    if (
        scope["method"] != "GET"
        or not (first or last)
        or (first and last and int(first) > int(last))
        or headers.get("if-range", etag) != etag
    ):
        return
    if int(first) >= size if first else not (int(last) and size):
        raise RangeNotSatisfiable(f"the file has {size:,} bytes", size)
    scope["headers"].append((b"range", headers["range"].encode()))


async def followed(writing: Writing, produce: Produce, headers: dict[str, str], encoding: bytes | None) -> Response:
    """The response with a file while it is written, once it has begun; `produce` gives what cannot be written. Raises what opening the list raises."""
    file, stack = writing.partial.open("rb"), AsyncExitStack()
    await stack.enter_async_context(writing.reader())
    return await streamed(writing.pieces(file, produce), headers, encoding, stack)


async def streamed(
    pieces: AsyncGenerator[bytes, None], headers: dict[str, str], encoding: bytes | None, stack: AsyncExitStack | None = None
) -> Response:
    """The response with a list, once it has begun. Raises what reading its first piece raises."""
    if encoding is not None:
        headers, pieces = {**headers, "content-encoding": encoding.decode()}, encoded(pieces, encoding)
    return Export(await begun(pieces, stack), headers)


async def begun(pieces: AsyncGenerator[bytes, None], stack: AsyncExitStack | None = None) -> Begun:
    """Read the first piece. Raises what reading it raises, while the response can still be an error."""
    stack = stack or AsyncExitStack()
    try:
        return Begun(await anext(pieces, b""), pieces, stack)
    except BaseException:
        async with stack:
            await pieces.aclose()
        raise


async def complete(pieces: AsyncGenerator[bytes, None], headers: dict[str, str]) -> Response:
    """The response with a short file, which is not kept on disk."""
    async with aclosing(pieces):
        body = b"".join([piece async for piece in pieces])
    return Response(body, headers=headers)


async def pieces_of(text: Text, stack: AsyncExitStack | None = None) -> AsyncGenerator[bytes, None]:
    """A text in pieces large enough to be worth sending; what it is read from is released at the end."""
    async with stack or AsyncExitStack(), aclosing(text):
        pieces, size, large = [], 0, 0  # The first is sent at once.
        async for piece in text:
            pieces.append(piece.encode() if isinstance(piece, str) else piece)
            size += len(piece)
            if size > large:
                yield b"".join(pieces)
                pieces, size, large = [], 0, PIECE
        yield b"".join(pieces)


async def _nothing() -> AsyncGenerator[bytes, None]:
    yield b""
