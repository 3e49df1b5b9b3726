"""The pool of connections that read, and the one call that answers a statement."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from ..errors import BadArgument, TooMuch, TooSlow, Unavailable
from ..settings import Settings
from ..sql.answering.plan_mode import PLANNING
from ..sql.answering.statement import Statement
from ..sql.revision import CHANNEL, NEWEST

logger = logging.getLogger(__name__)
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

# A reader cannot write even where its role could. JIT costs more than it saves on short statements.
SESSION_SETTINGS = {"default_transaction_read_only": "on", "jit": "off", "DateStyle": "ISO", "TimeZone": "UTC", "extra_float_digits": "1",
           "application_name": "conflict-facts"}  # fmt: skip
# InternalClientError is what a connection raises between hearing that PostgreSQL ends it and its end.
CONNECTION_ERRORS = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.AdminShutdownError,
        asyncpg.CrashShutdownError, asyncpg.InsufficientResourcesError, asyncpg.InvalidCatalogNameError)  # fmt: skip
RECONNECT_AFTER = 1.0  # Seconds between attempts to hear of new revisions.
LIVENESS_INTERVAL = (
    5.0  # Seconds between looks whether the connection that hears still stands: one that is cut in silence never ends by itself.
)
# More columns, nesting or text than PostgreSQL takes in a statement, or yields in a value.
LIMIT_ERRORS = (asyncpg.ProgramLimitExceededError, asyncpg.OutOfMemoryError)


async def connect_once(url: str) -> None:
    """Connect once. What can be wrong with an address is told by asyncpg's own errors."""
    try:
        connection = await asyncpg.connect(url)
    except ValueError as error:  # a port that is no number, for one
        raise asyncpg.InterfaceError(str(error)) from error
    await connection.close()


class Pool:
    """A database to read from."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.url, self.settings = url, settings
        self.connections: asyncpg.Pool | None = None
        self.revision: int | None = None  # The newest, as PostgreSQL tells; None while nobody can hear it.
        self.listener: asyncio.Task[None] | None = None
        self.on_listener_lost: list[Callable[[], None]] = []  # Called when nobody hears of revisions any more.
        self.free = asyncio.Semaphore(settings.pool_size)
        self.inside = 0  # How many `free` has let in; each of them has a connection, or is about to.
        # Taken from the pool and kept, since to give one back and take it again costs a third of a short answer: those that plan statements
        # once, and those that plan them for their values.
        self.idle: dict[bool, list[Connection]] = {True: [], False: []}

    async def open(self) -> None:
        timeout = str(int(self.settings.statement_timeout * 1000))
        self.connections = await asyncpg.create_pool(
            self.url, min_size=1, max_size=self.settings.pool_size,
            server_settings={**SESSION_SETTINGS, "statement_timeout": timeout},
            # Statements are prepared once a connection. The plan of one takes fifty times its text in PostgreSQL's memory: a record with
            # all its proof has 150 kB, and what is far longer, or one of too many, is not worth keeping.
            statement_cache_size=64, max_cached_statement_lifetime=0, max_cacheable_statement_size=200_000,
            reset=_no_reset,
        )  # fmt: skip
        self.listener = asyncio.create_task(self._keep_listening())

    async def close(self) -> None:
        if self.listener is not None:
            self.listener.cancel()
            await asyncio.wait([self.listener])
        if self.connections is not None:
            for idle in self.idle.values():
                while idle:
                    await self.connections.release(idle.pop())
            await self.connections.close()

    async def answer(self, statement: Statement) -> asyncpg.Record:
        """The one row that a statement yields."""
        connection = await self._acquire(statement.generic_plan)
        try:
            row = await connection.fetchrow(statement.text, *statement.arguments)
        except BaseException as error:
            await self._discard(connection)
            if (told := _api_error(error)) is error:
                raise
            raise told from error
        self._release(connection, statement.generic_plan)
        assert row is not None
        return row

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection that nobody else uses; the database's own errors become the API's."""
        connection = await self._acquire(generic_plan=False)
        try:
            yield connection
        except BaseException as error:
            await self._discard(connection)
            if (told := _api_error(error)) is error:
                raise
            raise told from error
        self._release(connection, generic_plan=False)

    async def _keep_listening(self) -> None:
        """Hear of new revisions for as long as the database is open; try again where the connection ends."""
        while True:
            try:
                await self._listen()
            except (asyncpg.PostgresError, *CONNECTION_ERRORS) as error:  # A standby takes no listeners: then nothing is kept.
                logger.info("cannot hear of new revisions: %s", error)
            self.revision = None
            for forget in self.on_listener_lost:
                forget()
            await asyncio.sleep(RECONNECT_AFTER)

    async def _listen(self) -> None:
        """Listen until the connection ends."""
        ended = asyncio.Event()
        connection = await asyncpg.connect(self.url, server_settings=SESSION_SETTINGS)
        try:
            connection.add_termination_listener(lambda _: ended.set())
            await connection.add_listener(CHANNEL, lambda _, __, ___, payload: self._note_revision(int(payload)))
            while not ended.is_set():
                self._note_revision(await connection.fetchval(NEWEST, timeout=LIVENESS_INTERVAL))
                with suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), LIVENESS_INTERVAL)
        finally:
            connection.terminate()

    def _note_revision(self, revision: int) -> None:
        self.revision = max(revision, self.revision or 0)

    def observe_revision(self, revision: int) -> None:
        """An answer is of a revision, of which PostgreSQL may not have told yet: nothing older is to be sent after it."""
        if self.revision is not None:
            self._note_revision(revision)

    async def _acquire(self, generic_plan: bool) -> Connection:
        """An idle connection that plans so, another from the pool, which has one for everybody whom `free` lets in, or one that plans otherwise."""
        if self.connections is None:
            raise Unavailable
        try:
            if self.free.locked():
                async with asyncio.timeout(self.settings.statement_timeout):
                    await self.free.acquire()
            else:
                await self.free.acquire()
        except TimeoutError as error:
            raise Unavailable("every connection to the database is in use; try again in a moment") from error
        self.inside += 1
        try:
            while (idle := self.idle[generic_plan]) or (self._exhausted and (idle := self.idle[not generic_plan])):
                connection = idle.pop()
                if not _is_open(connection):
                    await self.connections.release(connection)
                elif idle is self.idle[generic_plan] or await self._plans(connection, generic_plan):
                    return connection
            connection = await self.connections.acquire(timeout=self.settings.statement_timeout)
            if not await self._plans(connection, generic_plan):
                raise Unavailable
            return connection
        except BaseException as error:
            self._free_slot()
            raise _api_error(Unavailable() if isinstance(error, TimeoutError) else error) from error

    @property
    def _exhausted(self) -> bool:
        """Whether the pool has nothing left for who asks: the rest is with others, on its way to them, or idle here, and would not come back."""
        return self.inside - 1 + sum(map(len, self.idle.values())) >= self.settings.pool_size

    async def _plans(self, connection: Connection, generic_plan: bool) -> bool:
        """Make a connection plan so. One that turns out to be lost goes back to the pool."""
        try:
            await connection.execute(PLANNING[generic_plan])
            return True
        except BaseException as error:
            assert self.connections is not None
            await self.connections.release(connection)
            if not isinstance(error, CONNECTION_ERRORS):
                raise
            return False

    def _release(self, connection: Connection, generic_plan: bool) -> None:
        """Keep a connection for whoever comes next."""
        self.idle[generic_plan].append(connection)
        self._free_slot()

    async def _discard(self, connection: Connection) -> None:
        """Give a connection back to the pool, which looks after what was cut short."""
        try:
            if self.connections is not None:
                await self.connections.release(connection)
        finally:
            self._free_slot()

    def _free_slot(self) -> None:
        self.inside -= 1
        self.free.release()


def _is_open(connection: Connection) -> bool:
    """Whether a connection has not ended. The pool takes back by itself what ends, and then there is nothing more to ask."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False


def _api_error(error: BaseException) -> BaseException:
    """The API's error for one of the database; any other as it is."""
    if isinstance(error, (asyncpg.QueryCanceledError, TimeoutError)):
        return TooSlow()
    if isinstance(error, LIMIT_ERRORS):
        return TooMuch("the answer, or the statement that asks for it, is larger than PostgreSQL takes; ask for less")
    if isinstance(error, asyncpg.RaiseError):  # What only the database can know to be too much, our own function `refuse` says.
        return TooMuch(str(error))
    if isinstance(error, asyncpg.DataError):
        return BadArgument(f"an argument has a value that PostgreSQL does not take: {error}")
    return Unavailable() if isinstance(error, CONNECTION_ERRORS) else error


async def _no_reset(connection: asyncpg.Connection) -> None:
    """asyncpg would send four statements to reset the session after each request; ours changes nothing outside its transactions."""
