"""Answers queries: compiles, runs, and makes sure of the revision that the answer is of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields

import asyncpg

from schema.kind import Kinds

from .db import Database
from .errors import NoSuchRevision, TooMuch
from .query import At, Node, Page, Query, Snapshot
from .sql.pages import UNHURRIED, revision_at, rows, statement


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
        self.current = 0  # The newest revision that an answer has told of; only a hint for choosing tables.

    async def answer(self, query: Query) -> Answer:
        """Answer a query with one statement. Raises TooMuch before, NoSuchRevision after, and what Database raises."""
        cost = sum(_cost(root) for root in query.roots)
        if cost > self.max_cost:
            raise TooMuch(f"the answer could hold {cost:,} records, and {self.max_cost:,} is the limit; lower `first` or nest less")
        answer = await self._run(query)
        if answer.current != self.current:
            # A revision came between, and a revision asked for by number may have been taken to be that of today.
            self.current, stale = answer.current, self.current
            if stale in set(_revisions(query)):
                answer = await self._run(query)
        for revision in _revisions(query):
            _exists(revision, answer.current)
        return answer

    async def _run(self, query: Query) -> Answer:
        row = await self.database.answer(statement(self.kinds, query, self.current))
        current, revision, *roots = row
        return Answer(int(revision), int(current), tuple(roots))

    async def revision(self, at: At) -> int:
        """The number of the revision that `at` means. Raises NoSuchRevision."""
        async with self.database.connection() as connection:
            return await _resolved(connection, at)

    @asynccontextmanager
    async def stream(self, page: Page, selection: tuple[Node, ...], at: At, limit: int | None) -> AsyncIterator[Stream]:
        """Every record of a list as one JSON text each, from one state of the database, without holding them."""
        async with self.database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            revision = await _resolved(connection, at)
            await connection.execute(UNHURRIED)
            text = rows(self.kinds, page, selection, at, limit)
            yield Stream(revision, (row[0] async for row in connection.cursor(text.text, *text.arguments, prefetch=500)))


@dataclass(frozen=True)
class Stream:
    """The records of a list, and the revision that they are of."""

    revision: int
    documents: AsyncIterator[str]


async def _resolved(connection: asyncpg.Connection, at: At) -> int:
    question = revision_at(at)
    row = await connection.fetchrow(question.text, *question.arguments)
    assert row is not None
    _exists(row["revision"], row["current"])
    return int(row["revision"])


def _exists(revision: int, current: int) -> None:
    if not 0 <= revision <= current:
        raise NoSuchRevision(f"there is no revision {revision}; the newest is {current}")


def _cost(node: Node, times: int = 1) -> int:
    """How many records a node may bring, by the `first`s it is nested in."""
    if isinstance(node, Page):
        times *= node.first
        return times + sum(_cost(child, times) for part in node.parts for child in _children(part))
    return sum(_cost(child, times) for child in _children(node))


def _children(node: Node) -> Iterator[Node]:
    """The nodes right below a node, whatever it calls them."""
    for one in fields(node):
        value = getattr(node, one.name)
        if isinstance(value, tuple):
            yield from (child for child in value if isinstance(child, Node))


def _revisions(query: Query) -> Iterator[int]:
    """Every revision that a query names, by itself, in a snapshot or in a cursor."""
    if query.at.revision is not None:
        yield query.at.revision
    for root in query.roots:
        yield from _named(root)


def _named(node: Node) -> Iterator[int]:
    if isinstance(node, Snapshot) and node.at.revision is not None:
        yield node.at.revision
    if isinstance(node, Page) and node.after is not None:
        yield node.after.revision
    for child in _children(node):
        yield from _named(child)

