"""Complete lists, read from a standby part by part: it ends a statement or a transaction that is in the way of what it replays for too long."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from schema.model.kinds import Kinds

from ..query.nodes import At, Cursor, Node, Page
from ..query.tables import Table
from ..sql.answering.statement import place_in_order
from .pool import Pool
from .requested_revisions import resolved_revision
from .sessions import Connection
from .stream_costs import StreamCost
from .streams import Stream, list_statement, prepare

FIRST_PART = 1000  # Records. Each part has twice as many as the one before, while that was quick and small.
LONG, LARGE = 3.0, 8 * 2**20  # Seconds and bytes. A part is kept in memory, so that it can be read again from another server.


@dataclass(frozen=True)
class Part:
    """Some records of a list: as the lines of a table or as documents, and where the next part begins, if there is one."""

    lines: bytes
    documents: tuple[str, ...]
    seconds: float
    cursor: Cursor | None

    @property
    def size(self) -> int:
        return len(self.lines) + sum(map(len, self.documents))


@dataclass(frozen=True)
class StandbyList:
    """A list as of a revision, which the parts share: each is read by a transaction of its own, that follows the one before by the values it is ordered by."""

    kinds: Kinds
    pool: Pool
    page: Page
    selection: tuple[Node, ...] | Table
    at: At
    limit: int | None
    record_size: int  # Bytes of the texts of one record, at most.
    cost: StreamCost

    def stream(self) -> Stream:
        if not isinstance(self.selection, Table) or self.selection.features:
            return Stream(documents=self._documents())
        return Stream(columns=self.selection.columns, table=self._lines(), mark=self.selection.mark)

    async def _lines(self) -> AsyncIterator[bytes]:
        async for part in self._parts():
            yield part.lines

    async def _documents(self) -> AsyncIterator[str]:
        async for part in self._parts():
            for document in part.documents:
                yield document

    async def _parts(self) -> AsyncIterator[Part]:
        page, size, left = self.page, FIRST_PART, self.limit
        while left is None or left > 0:
            number = size if left is None else min(size, left)
            part = await self.pool.repeated(partial(self._paid, page, number))
            yield part
            if part.cursor is None:
                return
            page, left = replace(page, cursor=part.cursor), left and left - number
            size = size * 2 if part.seconds < LONG and part.size < LARGE else size

    async def _paid(self, page: Page, number: int, connection: Connection) -> Part:
        part: Part | None = None
        self.cost.begin()
        try:
            part = await self._part(page, number, connection)
        finally:  # Also if the client leaves meanwhile.
            self.cost.end(part.lines.count(b"\n") + len(part.documents) if part else 0)
        return part

    async def _part(self, page: Page, number: int, connection: Connection) -> Part:
        started, output, documents, cursor = time.perf_counter(), bytearray(), list[str](), None
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            _, current = await resolved_revision(connection, self.at)
            await prepare(connection, page, self.selection)
            text, arguments = list_statement(self.kinds, page, self.selection, self.at, number, self.record_size, current)
            self.cost.plan(text)
            if isinstance(self.selection, Table) and not self.selection.features:

                async def keep(piece: bytes) -> None:
                    output.extend(piece)

                status = await connection.copy_from_query(text, *arguments, output=keep, format="csv")
                count = int(status.split()[-1])
            else:
                documents = [row[0] for row in await connection.fetch(text, *arguments)]
                count = len(documents)
            if count == number:
                cursor = await self._cursor(connection, page, number, current)
        return Part(bytes(output), tuple(documents), time.perf_counter() - started, cursor)

    async def _cursor(self, connection: Connection, page: Page, number: int, current: int) -> Cursor:
        """Where the records after the first `number` of a page begin."""
        place = place_in_order(self.kinds, page, self.at, number, current)
        values: Any = await connection.fetchrow(place.text, *place.arguments)
        return Cursor(self.at.revision or 0, tuple(values))
