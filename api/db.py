"""The pool of connections that read, and the one call that answers a statement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from .errors import BadArgument, TooMuch, TooSlow, Unavailable
from .settings import Settings
from .sql.pages import Statement

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

# A reader cannot write even where its role could. JIT costs more than it saves on short statements.
SESSION = {"default_transaction_read_only": "on", "jit": "off", "DateStyle": "ISO", "TimeZone": "UTC", "extra_float_digits": "1",
           "application_name": "conflict-facts"}  # fmt: skip
LOST = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.AdminShutdownError,
        asyncpg.CrashShutdownError, asyncpg.InsufficientResourcesError, asyncpg.InvalidCatalogNameError)  # fmt: skip
# More columns, nesting or text than PostgreSQL takes in a statement, or yields in a value.
LIMITS = (asyncpg.ProgramLimitExceededError, asyncpg.OutOfMemoryError)


async def reach(url: str) -> None:
    """Connect once. What can be wrong with an address is told by asyncpg's own errors."""
    try:
        connection = await asyncpg.connect(url)
    except ValueError as error:  # a port that is no number, for one
        raise asyncpg.InterfaceError(str(error)) from error
    await connection.close()


class Database:
    """A database to read from."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.url, self.settings = url, settings
        self.pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        timeout = str(int(self.settings.statement_timeout * 1000))
        self.pool = await asyncpg.create_pool(
            self.url, min_size=1, max_size=self.settings.pool_size,
            server_settings={**SESSION, "statement_timeout": timeout},
            # Statements are prepared once a connection. The plan of one takes fifty times its text in PostgreSQL's memory: a record with
            # all its proof has 150 kB, and what is far longer, or one of too many, is not worth keeping.
            statement_cache_size=64, max_cached_statement_lifetime=0, max_cacheable_statement_size=200_000,
            reset=_left_as_found,
        )  # fmt: skip

    async def close(self) -> None:
        if self.pool is not None:
            await self.pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection from the pool; the database's own errors become the API's."""
        if self.pool is None:
            raise Unavailable
        try:
            connection = await self.pool.acquire(timeout=self.settings.statement_timeout)
        except TimeoutError as error:
            raise Unavailable("every connection to the database is in use; try again in a moment") from error
        except LOST as error:
            raise Unavailable from error
        try:
            yield connection
        except (asyncpg.QueryCanceledError, TimeoutError) as error:
            raise TooSlow from error
        except LIMITS as error:
            raise TooMuch("the answer, or the statement that asks for it, is larger than PostgreSQL takes; ask for less") from error
        except asyncpg.RaiseError as error:  # What only the database can know to be too much, our own function `refuse` says.
            raise TooMuch(str(error)) from error
        except asyncpg.DataError as error:
            raise BadArgument(f"an argument has a value that PostgreSQL does not take: {error}") from error
        except LOST as error:
            raise Unavailable from error
        finally:
            await self.pool.release(connection)

    async def answer(self, statement: Statement) -> asyncpg.Record:
        """The one row that a statement yields."""
        async with self.connection() as connection:
            row = await connection.fetchrow(statement.text, *statement.arguments)
        assert row is not None
        return row


async def _left_as_found(connection: asyncpg.Connection) -> None:
    """asyncpg would send four statements to reset the session after each request; ours changes nothing outside its transactions."""
