"""The connections that read: a pool that knows the plan mode of each, and replaces those that were lost. One module, although long: its methods share the slots."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import asyncpg

from ..errors import ApiError, Unavailable
from ..settings import Settings
from ..sql.answering.plan_mode import PLANNING
from ..sql.answering.statement import Statement
from . import prepared_texts
from .allowance import ACCOUNT
from .database_hosts import NodeConnection, Nodes
from .host_watch import NodeWatch
from .revisions import RevisionListener
from .sessions import (
    CONFLICT,
    CONNECTION_ERRORS,
    LOST_ERRORS,
    SESSION_SETTINGS,
    Connection,
    api_error,
    fetch_row,
    is_open,
    node_of,
    prepared_on,
    reset,
)
from .slots import Slots
from .work_time import WorkTime

Result = TypeVar("Result")

CANCEL_TIMEOUT = 1.0  # Seconds that PostgreSQL has to cancel a statement: it ignores the request if it has not begun the statement yet.
MAX_IDLE = 60.0  # Seconds; a connection that was idle for longer is closed: each takes PostgreSQL some ten megabytes.
LEFT_EARLY = (GeneratorExit, asyncio.CancelledError)
DOWNLOADS_OF = "downloads of "  # Before a client: its downloads have slots of their own.
PROBE_AFTER = 1.0  # Seconds; a connection that was idle for longer is asked first whether it is still open.


class Pool:
    """Connections to one database for reading, and the listener for its revisions.

    An asyncpg pool opens and closes the connections. Between two requests they stay out of it, sorted by plan mode: acquiring one from asyncpg and
    giving it back for each request, with an asyncpg pool for each plan mode, took a quarter to a half more processor time of a request
    (docs/decisions/engine.md).
    """

    def __init__(self, url: str, settings: Settings) -> None:
        self.url, self.settings, self.nodes = url, settings, Nodes(url)
        self.connections: asyncpg.Pool | None = None
        self.revisions = RevisionListener(self.nodes)
        self.watch = NodeWatch(self.nodes, self.revisions)
        self.slots, self.work_time = Slots(settings.pool_size, settings.pool_size_per_client), WorkTime()
        self.statements, self.seconds = 0, 0.0  # How many were run, and the time until they were answered.
        self.in_use = 0  # Slots taken. Each has a connection, or is about to get one.
        self.holders: dict[int, str] = {}  # The client whose request has each connection that is in use, by its id().
        self.closing_idle: asyncio.Task[None] | None = None
        # By plan mode, which is whether it is that of generic plans: each with the time since when it is idle.
        self.idle: dict[bool, list[tuple[Connection, float]]] = {True: [], False: []}

    async def open(self) -> None:
        timeout = str(int(self.settings.statement_timeout * 1000))
        self.connections = await asyncpg.create_pool(
            # No minimum: asyncpg would log a traceback at each attempt to keep it while the database restarts.
            self.url, min_size=0, max_size=self.settings.pool_size,
            server_settings={**SESSION_SETTINGS, "statement_timeout": timeout},
            # Each connection prepares a statement once.
            statement_cache_size=prepared_texts.MAX_PREPARED, max_cached_statement_lifetime=0, max_cacheable_statement_size=prepared_texts.MAX_LENGTH,
            reset=reset, connect=self.nodes.connect, connection_class=NodeConnection,
        )  # fmt: skip
        self.revisions.open()
        self.watch.open()
        self.closing_idle = asyncio.create_task(self._close_idle())

    async def close(self) -> None:
        if self.closing_idle is not None:
            self.closing_idle.cancel()
            await asyncio.wait([self.closing_idle])
        await self.watch.close()
        await self.revisions.close()
        if self.connections is not None:
            for idle in self.idle.values():
                while idle:
                    await self.connections.release(idle.pop()[0])
            await self.connections.close()

    async def _close_idle(self) -> None:
        """Close connections that nobody needs, each after its time, until cancelled."""
        while self.connections is not None:
            await asyncio.sleep(MAX_IDLE / 2)
            for idle in self.idle.values():
                while idle and time.monotonic() - idle[0][1] > MAX_IDLE:  # Those that were used last are at the end.
                    connection, _ = idle.pop(0)
                    connection.terminate()
                    await self.connections.release(connection)

    async def answer(self, statement: Statement) -> asyncpg.Record:
        """Run a statement and return its one row. Raises TooSlow, TooMuch, BadArgument or Unavailable.

        A statement whose connection is lost is run again, once: it only reads, and a connection may have been lost before the statement was sent.
        So is one that a standby has ended in favour of what it replays, on another server.
        """
        tried: list[str] = []
        try:
            return await self._answer(statement, tried)
        except Unavailable as error:
            self._refuse_second_try(error, tried)
        return await self._answer(statement, tried, probe=True)

    async def repeated(self, run: Callable[[Connection], Awaitable[Result]]) -> Result:
        """What `run`, which only reads, returns for a connection of its own; run again, once, as `answer` runs a statement again."""
        tried: list[str] = []
        try:
            async with self.connection(tried) as connection:
                return await run(connection)
        except Unavailable as error:
            self._refuse_second_try(error, tried)
        async with self.connection(tried) as connection:
            return await run(connection)

    def _refuse_second_try(self, error: Unavailable, tried: list[str]) -> None:
        """Raises an error unless it may be repeated: after a conflict, on a server that was not tried."""
        if isinstance(error.__cause__, CONFLICT):
            if not (tried and self.nodes.leave(tried[-1])):
                raise error
        elif isinstance(error.__cause__, LOST_ERRORS):
            tried.clear()
        else:
            raise error

    async def _answer(self, statement: Statement, tried: list[str], probe: bool = False) -> asyncpg.Record:
        connection = await self._acquire(statement.generic_plan, probe, tried)
        try:
            started, begun = time.perf_counter(), self.work_time.begin()
            try:
                row = await fetch_row(connection, statement)
            finally:
                self._count(time.perf_counter() - started, self.work_time.end(begun))
        except BaseException as error:
            misused = isinstance(error, asyncpg.InterfaceError) and is_open(connection)  # A fault of ours, not of the connection.
            await self._discard(connection)
            await self.revisions.refuse_migrated_since(error)
            if misused or (reported := api_error(error)) is error:
                raise
            raise reported from error
        if prepared_on(connection).total > prepared_texts.MAX_TOTAL:
            connection.terminate()
            await self._discard(connection)
        else:
            self._release(connection, statement.generic_plan)
        assert row is not None
        return row

    @asynccontextmanager
    async def connection(self, tried: list[str] | None = None, *, download: bool = False) -> AsyncIterator[Connection]:
        """A connection for exclusive use, to none of the servers in `tried`, to which its own is added. Raises what `answer` raises.

        That of a download, which its client may need for minutes, is not one of those that its other requests may use at once.

        An error inside the block is raised unchanged, even if the connection is then lost: asyncpg may be unable to end a transaction
        whose COPY it has just cancelled.
        """
        connection, handled = await self._acquire(generic_plan=False, probe=True, tried=tried, download=download), sys.exc_info()[1]
        try:
            yield connection
        except BaseException as error:
            await self._discard(connection)
            await self.revisions.refuse_migrated_since(error)
            if isinstance(error, LOST_ERRORS) and (inside := _raised_inside(error, handled)) is not None:
                raise inside from error
            if (reported := api_error(error)) is error:
                raise
            raise reported from error
        self._release(connection, generic_plan=False)

    async def _acquire(
        self, generic_plan: bool, probe: bool, tried: list[str] | None = None, download: bool = False
    ) -> Connection:  # fmt: skip
        """A connection to a server that is not in `tried`, to which it is then added. Raises Unavailable."""
        self.revisions.refuse_migrated()
        connection = await self._free(generic_plan, probe, download)
        if tried is not None:
            if (node := node_of(connection)) in tried:
                self._release(connection, generic_plan)
                raise Unavailable
            tried.append(node)
        return connection

    async def _free(self, generic_plan: bool, probe: bool, download: bool) -> Connection:
        """Return an idle connection in the plan mode, else a new one, else switch one over.

        Raises Unavailable after the statement timeout, or RateLimited if other requests of the client have used all that one client may use.

        An idle connection may have been lost. It is asked first if it was idle for a second, or if `probe` is set.
        """
        if self.connections is None:
            raise Unavailable
        client = await self._slot(download)
        try:
            while (idle := self.idle[generic_plan]) or (self._must_switch_plan_mode and (idle := self.idle[not generic_plan])):
                connection, since = idle.pop()
                if is_open(connection) and (time.monotonic() - since > MAX_IDLE or not self._is_read(connection)):
                    connection.terminate()
                if not is_open(connection):
                    await self.connections.release(connection)
                    continue
                trusted = idle is self.idle[generic_plan] and not probe and time.monotonic() - since < PROBE_AFTER
                if trusted or await self._set_plan_mode(connection, generic_plan):
                    self.holders[id(connection)] = client
                    return connection
            for _ in range(self.settings.pool_size + 1):  # Those that asyncpg has kept may be lost too, each without its having noticed.
                connection = await self.connections.acquire(timeout=self.settings.statement_timeout)
                if not self._is_read(connection):
                    connection.terminate()
                    await self.connections.release(connection)
                elif await self._set_plan_mode(connection, generic_plan):
                    self.holders[id(connection)] = client
                    return connection
            raise Unavailable
        except BaseException as error:
            self._free_slot(client)
            raise api_error(Unavailable() if isinstance(error, TimeoutError) else error) from error

    async def _slot(self, download: bool) -> str:
        """Take a slot, after waiting for it if need be. Returns the name under which the client of the request has it."""
        account, seconds = ACCOUNT.get(), self.settings.statement_timeout
        client = f"{DOWNLOADS_OF}{account.client}" if download and account.client else account.client
        try:
            if not self.slots.take(client):
                async with asyncio.timeout(seconds):
                    await self.slots.wait(client, account.arrival)
        except TimeoutError as error:
            if self.slots.has_all(client):
                raise account.refused(
                    f"for {seconds:g} seconds your other requests have used the {self.settings.pool_size_per_client} connections to the database that one "
                    "client may use; send fewer requests at once"
                ) from error
            raise Unavailable("every connection to the database is in use; try again in a moment") from error
        self.in_use += 1
        return client

    def _is_read(self, connection: Connection) -> bool:
        """Whether a connection is to the server that is read now."""
        return node_of(connection) == self.nodes.current

    @property
    def _must_switch_plan_mode(self) -> bool:
        """Whether the asyncpg pool has no connection left for this request: all are in use, about to be, or idle here."""
        return self.in_use - 1 + sum(map(len, self.idle.values())) >= self.settings.pool_size

    async def _set_plan_mode(self, connection: Connection, generic_plan: bool) -> bool:
        """Set the plan mode of a connection. If the connection is lost, return it to the asyncpg pool, and return False."""
        try:
            await connection.execute(PLANNING[generic_plan])
            return True
        except BaseException as error:
            await self._give_back(connection)
            if not isinstance(error, CONNECTION_ERRORS):
                raise
            return False

    def _release(self, connection: Connection, generic_plan: bool) -> None:
        """Keep a connection for the next request."""
        client = self.holders.pop(id(connection))
        self.idle[generic_plan].append((connection, time.monotonic()))
        self._free_slot(client)

    async def _discard(self, connection: Connection) -> None:
        """Return a connection whose statement was interrupted to the asyncpg pool, and free its slot."""
        client = self.holders.pop(id(connection))
        try:
            await self._give_back(connection)
        finally:
            self._free_slot(client)

    async def _give_back(self, connection: Connection) -> None:
        """Return a connection to the asyncpg pool, which cleans it up, or closes it if that fails, or if its statement goes on."""
        if self.connections is not None:
            with suppress(asyncpg.PostgresError, *CONNECTION_ERRORS):
                await self.connections.release(connection, timeout=CANCEL_TIMEOUT)

    def _count(self, seconds: float, work: float) -> None:
        """Count a statement that took so long, for the metrics and for the client."""
        self.statements += 1
        self.seconds += seconds
        account = ACCOUNT.get()
        account.seconds += seconds
        account.database_work += work

    def _free_slot(self, client: str) -> None:
        self.in_use -= 1
        self.slots.release(client)


def _raised_inside(error: BaseException, handled: BaseException | None) -> BaseException | None:
    """Why a block was left, if it was for an error of the API or because nobody waits any more, and `error` only came of ending its transaction.

    `handled` was being handled when the block began.
    """
    cause = error.__context__
    while cause is not None and cause is not handled:
        if isinstance(cause, (*LEFT_EARLY, ApiError)):
            return cause
        cause = cause.__context__
    return None
