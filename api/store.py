"""Answers queries: compiles, runs, and makes sure of the revision that the answer is of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields

from schema.kind import Kinds

from .db import Connection, Database
from .errors import BadCursor, NoSuchRevision, TooMuch, Unavailable
from .query import At, Node, Page, Query, Snapshot, Totals
from .sql.pages import UNHURRIED, revision_at, rows, statement

VALUES_PER_RECORD = 20  # On average over an answer; a page with every field proved in full has some hundreds, and fewer records.


@dataclass(frozen=True)
class Answer:
    """The JSON text of each root field, null for a record that is not there, and the revision all are of."""

    revision: int
    current: int
    roots: tuple[str | None, ...]


class Store:
    """The facts of a database, as answers to queries."""

    def __init__(self, kinds: Kinds, database: Database, max_cost: int) -> None:
        self.kinds, self.database, self.max_cost = kinds, database, max_cost
        # Lists are held open for as long as their readers take; half of the connections stay free for who asks something short.
        self.lists = asyncio.Semaphore(max(1, database.settings.pool_size // 2))
        self.current = 0  # The newest revision that an answer has told of; only a hint for choosing tables.

    async def answer(self, query: Query) -> Answer:
        """Answer a query with one statement. Raises TooMuch before, NoSuchRevision or BadCursor after, and what Database raises."""
        self._afford(query.roots)
        _refuse_mixed(query)
        held = self.current
        answer = await self._run(query, held)
        self.current = answer.current
        if answer.current != held and held in _revisions(query):
            # A revision came between, and one asked for by number was taken to be that of today. Without the hint it cannot be.
            answer = await self._run(query, None)
        for revision in _cursors(query):
            if revision > answer.current:
                raise BadCursor(
                    f"after: the cursor is of revision {revision}, and the newest is {answer.current}; take it from endCursor, or from `next`"
                )
        for revision in _revisions(query):
            _exists(revision, answer.current)
        return answer

    def _afford(self, nodes: Sequence[Node]) -> None:
        counted = list(_counted(nodes))
        records = sum(times * node.first for node, times in counted if isinstance(node, (Page, Totals)))
        if records > self.max_cost:
            raise TooMuch(f"the answer could hold {records:,} records, and {self.max_cost:,} is the limit; lower `first` or nest less")
        values, limit = sum(times for _, times in counted), self.max_cost * VALUES_PER_RECORD
        if values > limit:
            raise TooMuch(f"the answer could hold {values:,} values, and {limit:,} is the limit; lower `first` or select less")

    async def _run(self, query: Query, current: int | None) -> Answer:
        row = await self.database.answer(statement(self.kinds, query, current))
        now, revision, *roots = row
        return Answer(int(revision), int(now), tuple(roots))

    async def revision(self, at: At) -> int:
        """The number of the revision that `at` means. Raises NoSuchRevision."""
        async with self.database.connection() as connection:
            return await _resolved(connection, at)

    @asynccontextmanager
    async def stream(self, page: Page, selection: tuple[Node, ...], at: At, limit: int | None) -> AsyncIterator[Stream]:
        """Every record of a list as one JSON text each, from one state of the database, without holding them."""
        self._afford(selection)
        if self.lists.locked():
            raise Unavailable("as many long lists are being read as the server takes on; try again in a moment")
        async with (
            self.lists,
            self.database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            revision = await _resolved(connection, at)
            await connection.execute(UNHURRIED)
            text = rows(self.kinds, page, selection, at, limit)
            yield Stream(revision, (row[0] async for row in connection.cursor(text.text, *text.arguments, prefetch=500)))


@dataclass(frozen=True)
class Stream:
    """The records of a list, and the revision that they are of."""

    revision: int
    documents: AsyncIterator[str]


async def _resolved(connection: Connection, at: At) -> int:
    question = revision_at(at)
    row = await connection.fetchrow(question.text, *question.arguments)
    assert row is not None
    _exists(row["revision"], row["current"])
    return int(row["revision"])


def _exists(revision: int, current: int) -> None:
    if not 0 <= revision <= current:
        raise NoSuchRevision(f"there is no revision {revision}; the newest is {current}")


def _counted(nodes: Iterable[Node], times: int = 1) -> Iterator[tuple[Node, int]]:
    """Every node, and how many times it may stand in the answer, by the `first`s of the pages that it is nested in."""
    for node in nodes:
        yield node, times
        yield from _counted(_children(node), times * node.first if isinstance(node, (Page, Totals)) else times)


def _children(node: Node) -> Iterator[Node]:
    """The nodes right below a node, whatever it calls them."""
    for one in fields(node):
        value = getattr(node, one.name)
        if isinstance(value, tuple):
            yield from (child for child in value if isinstance(child, Node))


def _revisions(query: Query) -> set[int]:
    """Every revision that a query names, by itself, in a snapshot or in a cursor."""
    snapshots = {node.at.revision for node, _ in _counted(query.roots) if isinstance(node, Snapshot)}
    return {one for one in (query.at.revision, *snapshots) if one is not None} | _cursors(query)


def mixed(query: Query) -> bool:
    """Whether pages go on from cursors, so that the parts of the answer are of the revisions that those name."""
    return bool(_cursors(query))


def _refuse_mixed(query: Query) -> None:
    """A snapshot is of one revision throughout; a cursor of another would put its rows there in silence."""
    for snapshot in query.roots:
        if not isinstance(snapshot, Snapshot) or snapshot.at.revision is None:
            continue
        for node, _ in _counted([snapshot]):
            if isinstance(node, Page) and node.after is not None and node.after.revision != snapshot.at.revision:
                raise BadCursor(
                    f"after: the cursor is of revision {node.after.revision}, the snapshot of {snapshot.at.revision}; "
                    "take the cursor from the same snapshot, or leave the snapshot out: a cursor keeps its revision"
                )


def _cursors(query: Query) -> set[int]:
    return {node.after.revision for node, _ in _counted(query.roots) if isinstance(node, Page) and node.after is not None}
