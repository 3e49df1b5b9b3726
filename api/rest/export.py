"""The endpoint of a list as a file: the complete list, streamed from one state of the database."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from ..errors import BadArgument
from ..http.query_string import parameters
from ..http.responses import CacheHeaders
from ..store.store import Store
from .list_formats import ListFormat, Text, Writer, formats
from .parameters import EXPLAIN, ListingRequest, ParameterReader, Parameters

logger = logging.getLogger(__name__)
READER_TIMEOUT = 60.0  # Seconds that a client may take to read the next piece.
PIECE = 64 * 1024  # Characters that are sent together.


class Exporter:
    """Answers requests for the list of one kind as a file."""

    def __init__(self, reader: ParameterReader, store: Store, cache_headers: CacheHeaders) -> None:
        self.reader, self.store, self.cache_headers = reader, store, cache_headers

    async def respond(self, request: Request, format: ListFormat, write: Writer) -> Response:
        """The file, or 304 if the client has it already."""
        params, kind = parameters(request), self.reader.kind
        self._refuse_choices(params, format)
        listing = listing_in(format, self.reader, params)
        immutable = listing.at.revision is not None
        if (unchanged := await self.cache_headers.not_modified(request, listing.at, immutable)) is not None:
            return unchanged
        stack = AsyncExitStack()
        stream = await stack.enter_async_context(self.store.stream(listing.page, listing.selection, listing.at, listing.limit))
        headers = self.cache_headers.headers(request, stream.revision, immutable, (kind,))
        headers["content-disposition"] = f'attachment; filename="{kind.plural}-r{stream.revision}.{format.suffix}"'
        headers["content-type"] = format.media_type
        if (unwanted := self.cache_headers.if_none_match_star(request, headers)) is not None:
            await stack.aclose()
            return unwanted
        return Export(stack, write(kind, stream), headers)

    def _refuse_choices(self, params: Parameters, format: ListFormat) -> None:
        """Refuse a parameter that the format has no use for, and name the formats that have. Raises BadArgument."""
        others = formats(self.reader.kind).values()
        for name, _ in params:
            if name == "after":
                paged = ", ".join(f".{other.suffix}" for other in others if not other.streamed)
                raise BadArgument(f"after: a .{format.suffix} file is the complete list and has no pages; for pages use {paged}")
            if name == EXPLAIN:
                raise BadArgument(f"explain: a file may cost anything; for the cost of a page leave .{format.suffix} out")
            if name in ("fields", "provenance") and format.selection:
                selectable = ", ".join(f".{other.suffix}" for other in others if not other.selection)
                raise BadArgument(f"{name}: the columns of a .{format.suffix} file are fixed; to choose fields use one of {selectable}")


def listing_in(format: ListFormat, reader: ParameterReader, params: Parameters) -> ListingRequest:
    """A request for a list, with the fields that the format selects."""
    listing = reader.listing(params, format.selection(reader.kind) if format.selection else None)
    return replace(listing, selection=format.wrap(listing.selection)) if format.wrap else listing


class Export(StreamingResponse):
    """A list being streamed. Its connection is released whether the client reads to the end, disconnects or stalls."""

    class ReaderStalled(Exception):
        """The client has stopped reading: no error of the database, nor of the server."""

    def __init__(self, stack: AsyncExitStack, text: Text, headers: dict[str, str]) -> None:
        super().__init__(_pieces(text), headers=headers)
        self.stack, self.text = stack, text

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(READER_TIMEOUT):
                    await send(message)
            except TimeoutError as error:
                raise self.ReaderStalled from error

        try:
            async with self.stack, aclosing(self.text):
                if scope["method"] == "HEAD":
                    self.body_iterator = _nothing()
                await super().__call__(scope, receive, send_in_time)
        except ClientDisconnect:
            logger.info("%s: the download was cut, because its reader has gone", scope["path"])
        except self.ReaderStalled:  # The server closes the connection, because the response is not complete.
            logger.warning("%s: the download was cut, because its reader took nothing for %g seconds", scope["path"], READER_TIMEOUT)


async def _pieces(text: Text) -> Text:
    """The text, joined into pieces large enough to be worth sending."""
    pieces, size = [], 0
    async for piece in text:
        pieces.append(piece)
        size += len(piece)
        if size > PIECE:
            yield "".join(pieces)
            pieces, size = [], 0
    yield "".join(pieces)


async def _nothing() -> Text:
    yield ""
