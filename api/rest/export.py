"""The endpoint of a list as a file: the complete list, from one state of the database."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import BinaryIO

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import BadArgument, RangeNotSatisfiable, RateLimited, TooManyOwnDownloads, shown
from ..http.query_string import parameters, refuse_repeated
from ..http.responses import CacheHeaders, NotModified
from ..query.nodes import At, Condition, Node, Where
from ..query.tables import Table
from ..store.store import State, Store
from ..store.streams import Stream, list_statement
from .columns import ColumnSelector
from .export_files import ExportFiles, FileName, Writing
from .list_formats import RAW, ListFormat, Writer, formats
from .parameters import EXPLAIN, ListingRequest, ParameterReader, Parameters
from .table_files import Text

logger = logging.getLogger(__name__)
READER_TIMEOUT = 60.0  # Seconds that a client may take to read the next piece.
RANGE = re.compile(r" *bytes *= *([0-9]{0,18})-([0-9]{0,18}) *", re.IGNORECASE)
PIECE = 64 * 1024  # Bytes that are sent together.
FLAGS = {"1": True, "0": False}
OPEN_TO_ALL = {"access-control-allow-origin": "*"}  # Also for clients that do not say where they come from.


class Exporter:
    """Answers requests for the list of one kind as a file."""

    def __init__(self, reader: ParameterReader, store: Store, cache_headers: CacheHeaders, files: ExportFiles) -> None:
        self.reader, self.store, self.cache_headers, self.files = reader, store, cache_headers, files

    async def respond(self, request: Request, format: ListFormat, write: Writer, only: str | None = None) -> Response:
        """The file, or 304 if the client has it already. With `only`, the file of the one record with this id, which is not kept."""
        params, kind = parameters(request), self.reader.kind
        self._refuse_choices(params, format)
        listing = listing_in(format, self.reader, params)
        if only is not None:
            listing = replace(listing, page=replace(listing.page, where=Where("all", (Condition(None, "eq", only),))))
        immutable = listing.at.revision is not None
        state = await self.store.state(listing.at)
        etag = self.cache_headers.file_etag(request, state.revision, state.last_withdrawal)
        headers = {**self.cache_headers.headers(request, state.revision, immutable, (kind,)), **OPEN_TO_ALL, "etag": etag}
        if self.cache_headers.matches(request, etag):
            return NotModified(headers, state.current)
        if "suffix" not in request.path_params and only is None:
            headers["vary"] = "accept"
        headers["content-disposition"] = f'attachment; filename="{only or kind.plural}-r{state.revision}.{format.suffix}"'
        headers["content-type"] = format.media_type
        if format.described and only is None:
            headers["link"] = f'</v1/{kind.plural}.csv-metadata.json>; rel="describedby"; type="application/csvm+json"'

        async def produce() -> AsyncGenerator[bytes, None]:
            return await self._open(listing, state, lambda stream: write(kind, stream))

        if only is not None:
            return await complete(await produce(), headers)
        name = self._file_name(format, listing, state)
        whole = request.method == "HEAD" or "range" in request.headers
        while self.files.usable:
            if (file := self.files.open(name)) is not None:
                return stored(request, file, headers)
            writing = await self.files.write(name, produce)
            try:
                if whole:
                    await self.files.wait(writing)
                elif writing is not None:
                    return await _followed(writing, headers)
                else:  # Another process writes it.
                    break
            except (RateLimited, TooManyOwnDownloads):
                if writing is None or writing.produce is produce:
                    raise  # Otherwise another client was refused.
        return Export(await begun(await produce()), headers)

    def _file_name(self, format: ListFormat, listing: ListingRequest, state: State) -> FileName:
        """The name of a file: its bytes depend on the statement that reads it, on the state of the facts, and on how they are written."""
        at = At(revision=state.revision, named=not listing.at.now)
        statement = list_statement(self.store.kinds, listing.page, listing.selection, at, listing.limit)
        mark = isinstance(listing.selection, Table) and listing.selection.mark
        content = (self.cache_headers.edition.hexdigest(), state.revision, state.recorded_at, mark, *statement)
        return FileName(state.database, state.last_withdrawal, content, format.suffix)

    async def _open(self, listing: ListingRequest, state: State, write: Callable[[Stream], Text]) -> AsyncGenerator[bytes, None]:
        """The bytes of a list, once its first record can be read. Closing them frees the connection. Raises what `Store.stream` raises."""
        stack = AsyncExitStack()
        at = At(revision=state.revision, named=not listing.at.now)
        stream = await stack.enter_async_context(self.store.stream(listing.page, listing.selection, at, listing.limit))
        return pieces_of(write(stream), stack)

    def _refuse_choices(self, params: Parameters, format: ListFormat) -> None:
        """Refuse a parameter that the format has no use for, and name the formats that have. Raises BadArgument."""
        others = formats(self.reader.kind).values()
        for name, _ in params:
            if name == "after":
                paged = ", ".join(f".{other.suffix}" for other in others if not other.streamed)
                raise BadArgument(f"after: a .{format.suffix} file is the complete list and has no pages; for pages use {paged}")
            if name == "count":
                raise BadArgument(f"count: a .{format.suffix} file is the complete list; count its records, or request a page of the list")
            if name == EXPLAIN:
                raise BadArgument(f"explain: a file may cost anything; for the cost of a page leave .{format.suffix} out")
            if name in ("fields", "provenance") and format.selection:
                selectable = ", ".join(f".{other.suffix}" for other in others if not other.selection)
                raise BadArgument(f"{name}: the columns of a .{format.suffix} file are fixed; to choose fields use one of {selectable}")


def listing_in(format: ListFormat, reader: ParameterReader, params: Parameters) -> ListingRequest:
    """A request for a list, with the fields that the format selects. Raises what `ParameterReader.listing` raises, and BadArgument for an option."""
    set_options, params = chosen_options(format, params)
    kind, columns = reader.kind, ColumnSelector(reader.kinds, reader.kind).columns

    def select(fields: str, provenance: str) -> tuple[Node, ...] | Table:
        if format.selection is not None:
            return format.selection(kind)
        if format.table is None:
            return reader.selector.selection(fields, provenance)
        table = format.table(kind, columns(fields, provenance))
        return replace(table, raw=table.raw or RAW in set_options, mark="bom" in set_options)

    listing = reader.listing(params, select)
    longest = format.max_records
    return replace(listing, limit=longest + 1) if longest is not None and listing.limit is None else listing


def chosen_options(format: ListFormat, params: Parameters) -> tuple[frozenset[str], Parameters]:
    """The options of a format that a request sets, and its other parameters. Raises BadArgument."""
    options = {name: [text for other, text in params if other == name] for name in format.options}
    for name, values in options.items():
        refuse_repeated(name, values)
        if values and values[0] not in FLAGS:
            raise BadArgument(f"{name}: must be 1 or 0, not {shown(values[0])!r}")
    chosen = frozenset(name for name, values in options.items() if values and FLAGS[values[0]])
    return chosen, [(name, text) for name, text in params if name not in options]


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
            await sent_in_time(super().__call__, scope, receive, send)


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
            await sent_in_time(super().__call__, scope, receive, send)


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
    """Leave in a request only a range that is to be sent: one, of these bytes (RFC 9110, 13.1.5 and 14.2). Several are answered by the whole file.

    Raises RangeNotSatisfiable if it begins after the end.
    """
    headers = Headers(scope=scope)
    match = RANGE.fullmatch(headers.get("range", ""))
    first, last = match.groups() if match else ("", "")
    scope["headers"] = [header for header in scope["headers"] if header[0] not in (b"range", b"if-range")]
    if not (first or last) or (first and last and int(first) > int(last)) or headers.get("if-range", etag) != etag:
        return
    if int(first) >= size if first else not (int(last) and size):
        raise RangeNotSatisfiable(f"the file has {size:,} bytes", size)
    scope["headers"].append((b"range", headers["range"].encode()))


class ReaderStalled(Exception):
    """The client has stopped reading: no error of the database, nor of the server."""


async def sent_in_time(respond: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response to a client that takes each piece of it in time; otherwise, or if the client goes, cut it off."""

    async def send_in_time(message: Message) -> None:
        try:
            async with asyncio.timeout(READER_TIMEOUT):
                await send(message)
        except TimeoutError as error:
            raise ReaderStalled from error
        except OSError as error:  # As servers of ASGI 2.4 tell it.
            raise ClientDisconnect from error

    try:
        await respond(scope, receive, send_in_time)
    except ClientDisconnect:
        logger.info("%s: the download was cut, because its reader has gone", scope["path"])
    except ReaderStalled:  # The server closes the connection, because the response is not complete.
        logger.warning("%s: the download was cut, because its reader took nothing for %g seconds", scope["path"], READER_TIMEOUT)


async def _followed(writing: Writing, headers: dict[str, str]) -> Response:
    """The response with a file while it is written, once it has begun. Raises what opening the list raises."""
    stack = AsyncExitStack()
    await stack.enter_async_context(writing.reader())
    return Export(await begun(writing.pieces(writing.partial.open("rb")), stack), headers)


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
