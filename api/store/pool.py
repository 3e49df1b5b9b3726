"""The connections that read: a pool that knows the plan mode of each, and the listener that hears of new revisions."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from ..errors import BadArgument, TooMuch, TooSlow, Unavailable
from ..settings import Settings
from ..sql.answering.plan_mode import MANY_ROWS, PLANNING
from ..sql.answering.statement import Statement
from ..sql.revision import CHANNEL, NEWEST
from .allowance import ACCOUNT

logger = logging.getLogger(__name__)
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Cursor: TypeAlias = "asyncpg.cursor.Cursor[asyncpg.Record]"

# Sessions are read-only even if the role may write. JIT costs more than it saves on short statements. The others are all that could change an
# answer: PostgreSQL cannot deny a role to change its own settings for later sessions, which those of a connection override.
SESSION_SETTINGS = {"default_transaction_read_only": "on", "jit": "off", "DateStyle": "ISO", "IntervalStyle": "postgres", "TimeZone": "UTC",
           "extra_float_digits": "1", "bytea_output": "hex", "array_nulls": "on", "standard_conforming_strings": "on", "transform_null_equals": "off",
           "default_transaction_isolation": "read committed", "lock_timeout": "0",
           # PostgreSQL then ends the statement of a connection that we have closed, or of a server that was killed, instead of running it to its end.
           "client_connection_check_interval": "1s", "application_name": "conflict-facts"}  # fmt: skip
# asyncpg raises InternalClientError on a connection that PostgreSQL has announced to close and not closed yet.
CONNECTION_ERRORS = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.AdminShutdownError,
        asyncpg.CrashShutdownError, asyncpg.InsufficientResourcesError, asyncpg.InvalidCatalogNameError)  # fmt: skip
RECONNECT_AFTER = 1.0  # Seconds between attempts to listen for new revisions.
LIVENESS_INTERVAL = 5.0  # Seconds between queries on the listening connection: one that a gateway dropped silently is noticed only so.
CANCEL_TIMEOUT = 1.0  # Seconds that PostgreSQL has to cancel a statement: it ignores the request if it has not begun the statement yet.
MAX_IDLE = 60.0  # Seconds; a connection that was idle for longer is closed rather than used: each takes PostgreSQL some ten megabytes.
PROBE_AFTER = 1.0  # Seconds; a connection that was idle for longer may have been lost, and is asked first.
LOOKUP_INTERVAL = 0.01  # Seconds between queries for the newest revision: any role may notify, as often as it likes.
# The statement has more columns, nesting or text than PostgreSQL accepts, or a value is longer than it returns.
LIMIT_ERRORS = (asyncpg.ProgramLimitExceededError, asyncpg.OutOfMemoryError)


class Pool:
    """Connections to one database for reading, and its newest revision.

    An asyncpg pool opens and closes the connections. Between two requests they stay out of it, sorted by plan mode: acquiring one from asyncpg and
    giving it back for each request, with an asyncpg pool for each plan mode, took a quarter to a half more processor time of a request
    (docs/decisions/engine.md).
    """

    def __init__(self, url: str, settings: Settings) -> None:
        self.url, self.settings = url, settings
        self.connections: asyncpg.Pool | None = None
        self.revision: int | None = None  # The newest, by notification; None while there is no listening connection.
        self.listener: asyncio.Task[None] | None = None
        self.on_listener_lost: list[Callable[[], None]] = []  # Called when the listening connection is lost.
        self.free_slots = asyncio.Semaphore(settings.pool_size)
        self.in_use = 0  # Slots taken. Each has a connection, or is about to get one.
        # By plan mode, which is whether it is that of generic plans: each with the time since when it is idle.
        self.idle: dict[bool, list[tuple[Connection, float]]] = {True: [], False: []}

    async def open(self) -> None:
        timeout = str(int(self.settings.statement_timeout * 1000))
        self.connections = await asyncpg.create_pool(
            # No minimum: asyncpg would log a traceback at each attempt to keep it while the database restarts.
            self.url, min_size=0, max_size=self.settings.pool_size,
            server_settings={**SESSION_SETTINGS, "statement_timeout": timeout},
            # Each connection prepares a statement once. In PostgreSQL's memory its plan takes fifty times its text. The longest statement
            # worth keeping is that of a record with all its provenance, 150 kB.
            statement_cache_size=64, max_cached_statement_lifetime=0, max_cacheable_statement_size=200_000,
            reset=_reset,
        )  # fmt: skip
        self.listener = asyncio.create_task(self._keep_listening())

    async def close(self) -> None:
        if self.listener is not None:
            self.listener.cancel()
            await asyncio.wait([self.listener])
        if self.connections is not None:
            for idle in self.idle.values():
                while idle:
                    await self.connections.release(idle.pop()[0])
            await self.connections.close()

    async def answer(self, statement: Statement) -> asyncpg.Record:
        """Run a statement and return its one row. Raises TooSlow, TooMuch, BadArgument or Unavailable."""
        connection = await self._acquire(statement.generic_plan)
        try:
            with ACCOUNT.get().timed():
                row = await _row(connection, statement)
        except BaseException as error:
            misused = isinstance(error, asyncpg.InterfaceError) and _is_open(connection)  # A fault of ours, not of the connection.
            await self._discard(connection)
            if misused or (api_error := _api_error(error)) is error:
                raise
            raise api_error from error
        self._release(connection, statement.generic_plan)
        assert row is not None
        return row

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for exclusive use. Raises what `answer` raises."""
        connection = await self._acquire(generic_plan=False)
        try:
            yield connection
        except BaseException as error:
            await self._discard(connection)
            if (api_error := _api_error(error)) is error:
                raise
            raise api_error from error
        self._release(connection, generic_plan=False)

    async def _keep_listening(self) -> None:
        """Listen for new revisions until the pool is closed; reconnect whenever the connection is lost."""
        while True:
            try:
                await self._listen()
            except (asyncpg.PostgresError, *CONNECTION_ERRORS) as error:  # A standby does not support LISTEN.
                logger.info("cannot listen for new revisions, so responses are not cached: %s", error)
            self.revision = None
            for callback in self.on_listener_lost:
                callback()
            await asyncio.sleep(RECONNECT_AFTER)

    async def _listen(self) -> None:
        """Listen for new revisions until the connection is lost. A notification only makes us look: PostgreSQL lets every role send any."""
        notified = asyncio.Event()
        connection = await asyncpg.connect(self.url, server_settings=SESSION_SETTINGS)
        try:
            connection.add_termination_listener(lambda _: notified.set())
            await connection.add_listener(CHANNEL, lambda *_: notified.set())
            while not connection.is_closed():
                notified.clear()
                self._note_revision(await connection.fetchval(NEWEST, timeout=LIVENESS_INTERVAL))
                await asyncio.sleep(LOOKUP_INTERVAL)
                with suppress(TimeoutError):
                    await asyncio.wait_for(notified.wait(), LIVENESS_INTERVAL)
        finally:
            connection.terminate()

    def _note_revision(self, revision: int) -> None:
        self.revision = max(revision, self.revision or 0)

    def observe_revision(self, revision: int) -> None:
        """Take note of the newest revision that an answer saw, possibly before its notification: nothing older may be sent after it."""
        if self.revision is not None:
            self._note_revision(revision)

    async def _acquire(self, generic_plan: bool) -> Connection:
        """Return an idle connection in the plan mode, else a new one, else switch one over. Raises Unavailable after the statement timeout."""
        if self.connections is None:
            raise Unavailable
        try:
            if self.free_slots.locked():
                async with asyncio.timeout(self.settings.statement_timeout):
                    await self.free_slots.acquire()
            else:
                await self.free_slots.acquire()
        except TimeoutError as error:
            raise Unavailable("every connection to the database is in use; try again in a moment") from error
        self.in_use += 1
        try:
            while (idle := self.idle[generic_plan]) or (self._must_switch_plan_mode and (idle := self.idle[not generic_plan])):
                connection, since = idle.pop()
                if _is_open(connection) and time.monotonic() - since > MAX_IDLE:
                    connection.terminate()
                if not _is_open(connection):
                    await self.connections.release(connection)
                elif (idle is self.idle[generic_plan] and time.monotonic() - since < PROBE_AFTER) or await self._set_plan_mode(
                    connection, generic_plan
                ):
                    return connection
            for _ in range(self.settings.pool_size + 1):  # Those that asyncpg has kept may be lost too, each without its having noticed.
                connection = await self.connections.acquire(timeout=self.settings.statement_timeout)
                if await self._set_plan_mode(connection, generic_plan):
                    return connection
            raise Unavailable
        except BaseException as error:
            self._free_slot()
            raise _api_error(Unavailable() if isinstance(error, TimeoutError) else error) from error

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
        self.idle[generic_plan].append((connection, time.monotonic()))
        self._free_slot()

    async def _discard(self, connection: Connection) -> None:
        """Return a connection whose statement was interrupted to the asyncpg pool, and free its slot."""
        try:
            await self._give_back(connection)
        finally:
            self._free_slot()

    async def _give_back(self, connection: Connection) -> None:
        """Return a connection to the asyncpg pool, which cleans it up, or closes it if that fails, or if its statement goes on."""
        if self.connections is not None:
            with suppress(asyncpg.PostgresError, *CONNECTION_ERRORS):
                await self.connections.release(connection, timeout=CANCEL_TIMEOUT)

    def _free_slot(self) -> None:
        self.in_use -= 1
        self.free_slots.release()


async def _row(connection: Connection, statement: Statement) -> asyncpg.Record | None:
    if statement.nested_loops:
        return await connection.fetchrow(statement.text, *statement.arguments)
    async with connection.transaction():
        await connection.execute(MANY_ROWS)
        # Not fetchrow: a statement with a limit on its rows is never run in parallel.
        (row,) = await connection.fetch(statement.text, *statement.arguments)
    return row


def _is_open(connection: Connection) -> bool:
    """Whether a connection is open. asyncpg takes a closed one back into its pool, and then raises InterfaceError for every use."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False


def _api_error(error: BaseException) -> BaseException:
    """The error of the API for an error of the database; every other error unchanged."""
    if isinstance(error, (asyncpg.QueryCanceledError, TimeoutError)):
        logger.warning("a statement was ended: %s", error or repr(error))
        return TooSlow()
    if isinstance(error, LIMIT_ERRORS):
        return TooMuch("the response, or the statement for it, is larger than PostgreSQL supports; select less")
    if isinstance(error, asyncpg.RaiseError):  # Our SQL function `refuse`, for limits that only the database can check.
        return TooMuch(str(error))
    if isinstance(error, asyncpg.DataError):
        return BadArgument(f"an argument has a value that PostgreSQL does not accept: {error}")
    if isinstance(error, asyncpg.TooManyConnectionsError):
        return Unavailable("PostgreSQL accepts no more connections; try again in a moment")
    return Unavailable() if isinstance(error, CONNECTION_ERRORS) else error


async def _reset(connection: asyncpg.Connection) -> None:
    """End what a statement that was only prepared has begun: its timeout would end the next one. Our sessions change nothing else."""
    await connection.execute("select")
