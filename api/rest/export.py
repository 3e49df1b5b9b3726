"""The endpoint of a list as a file: the complete list, from one state of the database."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import Response

from ..errors import BadArgument, RateLimited, TooManyOwnDownloads, shown
from ..http.encodings import MIN_ENCODED_SIZE
from ..http.query_string import parameters, refuse_repeated
from ..http.responses import CacheHeaders, NotModified
from ..query.nodes import At, Condition, NextPageUrl, Node, Query, Where
from ..query.tables import Table
from ..store.allowance import ACCOUNT
from ..store.plans import refuse_many_conditions
from ..store.side_thread import beside
from ..store.states import State
from ..store.store import Store
from ..store.streams import Stream, list_statement
from . import long_requests
from .columns import ColumnSelector, underscored
from .export_compression import encoded, file_pieces, list_encoding
from .export_files import ExportFiles, FileName, digest
from .export_responses import OPEN_TO_ALL, complete, followed, pieces_of, stored, streamed
from .growing_file import Pieces, Produce
from .list_formats import RAW, SEPARATOR, ListFormat, Writer, formats
from .next_page import link_to_next
from .parameters import EXPLAIN, ListingRequest, ParameterReader, Parameters
from .table_files import Text

MAX_CONTENTS = 1000  # Requests for files of one kind, of which it is known what their files contain.


class Exporter:
    """Answers requests for the list of one kind as a file."""

    def __init__(self, reader: ParameterReader, store: Store, cache_headers: CacheHeaders, files: ExportFiles) -> None:
        self.reader, self.store, self.cache_headers, self.files = reader, store, cache_headers, files
        self.contents = LRUCache[str, str](MAX_CONTENTS)  # Digests of contents, by digests of requests.

    async def respond(self, request: Request, format: ListFormat, write: Writer, only: str | None = None) -> Response:
        """The file, or 304 if the client has it already. With `only`, the file of the one record with this id, which is not kept."""
        params, kind = parameters(request), self.reader.kind
        self._refuse_choices(params, format)
        listing = await long_requests.read(request, listing_in, format, self.reader, params)
        if only is not None:
            listing = replace(listing, page=replace(listing.page, where=Where("all", (Condition(None, "eq", only),))))
        state = await self.store.state(listing.at)
        immutable = listing.at.revision is not None and not (listing.at.walk and state.revision == state.current)
        etag = self.cache_headers.file_etag(request, state.revision, state.last_withdrawal)
        headers = {**self.cache_headers.headers(request, state.revision, immutable, (kind,)), **OPEN_TO_ALL, "etag": etag}
        if self.cache_headers.matches(request, etag):
            return NotModified(headers, state.current)
        headers["vary"] = "accept, accept-encoding" if "suffix" not in request.path_params and only is None else "accept-encoding"
        headers["content-disposition"] = f'attachment; filename="{only or kind.plural}-r{state.revision}.{format.suffix}"'
        headers["content-type"] = format.media_type
        if format.described and only is None:
            headers["link"] = f'</v1/{kind.plural}.csv-metadata.json>; rel="describedby"; type="application/csvm+json"'
        if listing.limit is not None and any(name == "limit" for name, _ in params):
            await self._link_to_next(request, headers, listing, state)

        async def produce() -> AsyncGenerator[bytes, None]:
            return await self._open(listing, state, lambda stream: write(kind, stream))

        if only is not None:
            return await complete(await produce(), headers)
        name = FileName(
            state.database, state.last_withdrawal, await self._content(request, format, listing, state), format.suffix, state.revision
        )
        encoding = list_encoding(request, format.media_type)
        return await self._kept(request, name, produce, headers, encoding)

    async def _kept(self, request: Request, name: FileName, produce: Produce, headers: dict[str, str], encoding: bytes | None) -> Response:
        """The response from a file, which is written if there is none; from the database, if it cannot be written."""
        whole = request.method == "HEAD" or "range" in request.headers
        while True:
            if (file := self.files.open(name)) is not None:
                if encoding is None or os.fstat(file.fileno()).st_size < MIN_ENCODED_SIZE:
                    return stored(request, file, headers)
                file.close()
                return await self._kept_encoded(request, name, produce, headers, encoding)
            if not self.files.usable:
                break
            writing = await self.files.write(name, produce)
            try:
                if whole:
                    await self.files.wait(writing)
                elif writing is not None:
                    return await followed(writing, produce, headers, encoding)
                else:  # Another process writes it.
                    break
            except (RateLimited, TooManyOwnDownloads):
                if writing is None or writing.produce is produce:
                    raise  # Otherwise another client was refused.
        return await streamed(await produce(), headers, encoding)

    async def _kept_encoded(self, request: Request, name: FileName, produce: Produce, headers: dict[str, str], encoding: bytes) -> Response:
        """The response from a compressed file, which is made of the file as it is."""

        async def produce_encoded() -> Pieces:
            ACCOUNT.get().admit()
            file = self.files.open(name)
            return encoded(file_pieces(file) if file is not None else await produce(), encoding)

        name_encoded = replace(name, suffix=f"{name.suffix}.{encoding.decode()}")
        return await self._kept(request, name_encoded, produce_encoded, {**headers, "content-encoding": encoding.decode()}, None)

    async def _link_to_next(self, request: Request, headers: dict[str, str], listing: ListingRequest, state: State) -> None:
        """Add the URL of the next page to the headers of a file that is a page."""
        page = replace(listing.page, parts=(NextPageUrl("next", ""),))
        answer = await self.store.answer(Query((page,), At(revision=state.revision, walk=listing.at.now or listing.at.walk)))
        link_to_next(request, headers, answer.roots[0] or "")

    async def _content(self, request: Request, format: ListFormat, listing: ListingRequest, state: State) -> str:
        """The digest of a file. It is computed once for each query string and state of the facts, beside the event loop: its statement may be long."""
        key = digest((format.suffix, request.scope["query_string"], _read_at(listing, state), state.recorded_at))
        if (content := self.contents.get(key)) is None:
            self.contents[key] = content = await beside(self._digest, listing, state)
        return content

    def _digest(self, listing: ListingRequest, state: State) -> str:
        """What stands for the bytes of a file: they depend on the statement that reads it, on the state of the facts, and on how they are written."""
        refuse_many_conditions([listing.page])
        at = _read_at(listing, state)
        statement = list_statement(self.store.kinds, listing.page, listing.selection, at, listing.limit, self.store.limit.size)
        table = listing.selection if isinstance(listing.selection, Table) else Table(())
        head = (table.mark, *(column.name for column in table.columns))  # The statement has no names of columns.
        return digest((self.cache_headers.edition.hexdigest(), state.revision, state.recorded_at, head, *statement))

    async def _open(self, listing: ListingRequest, state: State, write: Callable[[Stream], Text]) -> AsyncGenerator[bytes, None]:
        """The bytes of a list, once its first record can be read. Closing them frees the connection. Raises what `Store.stream` raises."""
        stack = AsyncExitStack()
        at = _read_at(listing, state)
        stream = await stack.enter_async_context(self.store.stream(listing.page, listing.selection, at, listing.limit))
        return pieces_of(write(stream), stack)

    def _refuse_choices(self, params: Parameters, format: ListFormat) -> None:
        """Refuse a parameter that the format has no use for, and name the formats that have. Raises BadArgument."""
        others = formats(self.reader.kind).values()
        for name, _ in params:
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
            return reader.selector.complete_selection(fields, provenance)
        chosen = columns(fields, provenance)
        table = format.table(kind, underscored(chosen) if SEPARATOR in set_options else chosen)
        return replace(table, raw=table.raw or RAW in set_options, mark="bom" in set_options)

    listing = reader.listing(params, select)
    if (cursor := listing.page.cursor) is not None:
        listing = replace(listing, at=At(revision=cursor.revision, walk=not cursor.named))
    longest = format.max_records
    return replace(listing, limit=longest + 1) if longest is not None and listing.limit is None else listing


def _read_at(listing: ListingRequest, state: State) -> At:
    """The revision that a list is read as of. Global ids name it as they do on pages."""
    of_the_newest = listing.at.now or (listing.at.walk and state.revision == state.current)
    return At(revision=state.revision, named=not of_the_newest)


def chosen_options(format: ListFormat, params: Parameters) -> tuple[frozenset[str], Parameters]:
    """The options of a format that a request sets to another value than the default, and its other parameters. Raises BadArgument."""
    chosen = set[str]()
    for name, option in format.options.items():
        texts = [text for other, text in params if other == name]
        refuse_repeated(name, texts)
        default, other = map(str, option.values)
        if texts and texts[0] not in (default, other):
            raise BadArgument(f"{name}: must be {other} or {default}, not {shown(texts[0])!r}")
        if texts and texts[0] == other:
            chosen.add(name)
    return frozenset(chosen), [(name, text) for name, text in params if name not in format.options]
