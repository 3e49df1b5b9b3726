"""Complete lists, read from one connection: as JSON documents, or as the lines of a table that COPY writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from schema.model.kinds import Kinds

from ..query.nodes import NO_CONDITION, At, Node, Page
from ..query.tables import Column, Table
from ..sql.answering.page_rows import BY_ID
from ..sql.answering.statement import NO_TIMEOUT, rows
from ..sql.answering.tables import IN_ORDER, table
from .pool import CANCEL_TIMEOUT
from .sessions import LOST_ERRORS, Connection, Cursor
from .side_thread import beside
from .statement_limits import refuse_long_statement
from .stream_costs import StreamCost

STREAMED = 500  # Records of a list that are fetched together.


async def _nothing() -> AsyncIterator[Any]:
    nothing: tuple[Any, ...] = ()
    for item in nothing:
        yield item


@dataclass(frozen=True)
class Stream:
    """The records of a list, and the revision that they are of: as JSON documents, or as the lines of a table with these columns, in CSV."""

    revision: int = 0
    documents: AsyncIterator[str] = field(default_factory=_nothing)
    columns: tuple[Column, ...] = ()
    table: AsyncIterator[bytes] = field(default_factory=_nothing)
    mark: bool = False  # Whether the table begins with a byte order mark.


@asynccontextmanager
async def opened(
    kinds: Kinds, connection: Connection, page: Page, selection: tuple[Node, ...] | Table, at: At, limit: int | None, record_size: int, current: int, cost: StreamCost,
) -> AsyncIterator[Stream]:  # fmt: skip
    """A list on a connection with a transaction, which the stream occupies; it is paid as it is read."""
    await prepare(connection, page, selection)
    text, arguments = await beside(list_statement, kinds, page, selection, at, limit, record_size, current)
    cost.plan(text)
    if not isinstance(selection, Table) or selection.features:
        cost.begin()
        try:
            cursor = await connection.cursor(text, *arguments)  # Which plans the statement.
        finally:
            cost.end()
        yield Stream(documents=_documents(cursor, cost))
        return
    async with aclosing(_copied(connection, text, arguments, cost)) as lines:
        yield Stream(columns=selection.columns, table=lines, mark=selection.mark)


async def prepare(connection: Connection, page: Page, selection: tuple[Node, ...] | Table) -> None:
    """Set a transaction to read a complete list."""
    await connection.execute(NO_TIMEOUT)
    if isinstance(selection, Table) and page.where == NO_CONDITION and not page.search and page.order == BY_ID:
        await connection.execute(IN_ORDER)


def list_statement(
    kinds: Kinds, page: Page, selection: tuple[Node, ...] | Table, at: At, limit: int | None, record_size: int, current: int | None = None
) -> tuple[str, list[object]]:
    """The statement that reads a complete list, and its arguments. With the newest revision, `current`, that one is read from the live tables.

    It fails if the texts of one record have more than `record_size` bytes. Raises TooMuch if it is too long.
    """
    if isinstance(selection, Table):
        text, arguments = table(kinds, page, selection, at, limit, current)
    else:
        compiled = rows(kinds, page, selection, at, limit, current, size=record_size)
        text, arguments = compiled.text, [*compiled.arguments]
    refuse_long_statement(text, arguments)
    return text, arguments


async def _copied(connection: Connection, statement: str, arguments: Sequence[object], cost: StreamCost) -> AsyncGenerator[bytes, None]:
    """The lines of a table, as PostgreSQL writes them, in pieces of any size. A client pays for each piece, as for documents."""
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue(1)

    async def sink(piece: bytes) -> None:
        cost.end(piece.count(b"\n"))  # Or a few more, for texts of several lines.
        await pieces.put(piece)
        cost.begin()

    async def copy() -> None:
        try:
            cost.begin()
            await connection.copy_from_query(statement, *arguments, output=sink, format="csv")
        finally:
            cost.end()
            await pieces.put(None)

    copying = asyncio.ensure_future(copy())
    try:
        while (piece := await pieces.get()) is not None:
            yield piece
        await copying
    finally:
        if not copying.done():
            copying.cancel()
            while not copying.done():  # The sink may wait for room.
                with suppress(asyncio.QueueEmpty):
                    pieces.get_nowait()
                await asyncio.wait([copying], timeout=0.01)
            await _cancelled(connection)


async def _cancelled(connection: Connection) -> None:
    """Wait until the COPY that was cancelled has ended, or end its connection: asyncpg may wait for ever if it had just ended by itself."""
    try:
        async with asyncio.timeout(CANCEL_TIMEOUT):
            await connection.execute(NO_TIMEOUT)  # Any statement: it comes after the COPY.
    except TimeoutError:
        connection.terminate()
    except (asyncpg.PostgresError, *LOST_ERRORS):  # The transaction has failed, as is meant, or the connection is lost.
        pass


async def _documents(cursor: Cursor, cost: StreamCost) -> AsyncIterator[str]:
    """The records of a list. Nothing tells beforehand how many a client will read, so it pays for each part."""
    while True:
        rows: Sequence[Any] = ()
        cost.begin()
        try:
            rows = await cursor.fetch(STREAMED)
        finally:  # Also if the client leaves meanwhile.
            cost.end(len(rows))
        for row in rows:
            yield row[0]
        if len(rows) < STREAMED:
            return
