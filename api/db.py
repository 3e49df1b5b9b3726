"""The pool of connections that read, and the one call that answers a statement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from .errors import TooSlow, Unavailable
from .settings import Settings
from .sql.pages import Statement

# A reader cannot write even where its role could. JIT costs more than it saves on short statements.
SESSION = {"default_transaction_read_only": "on", "jit": "off", "DateStyle": "ISO", "TimeZone": "UTC", "extra_float_digits": "1",
           "application_name": "conflict-facts"}  # fmt: skip
LOST = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.AdminShutdownError,
        asyncpg.CrashShutdownError, asyncpg.TooManyConnectionsError, asyncpg.InvalidCatalogNameError)  # fmt: skip


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
            # Statements are prepared once a connection: without a limit on their size, or asyncpg plans long ones at every call.
            statement_cache_size=1000, max_cached_statement_lifetime=0, max_cacheable_statement_size=0,
        )  # fmt: skip

    async def close(self) -> None:
        if self.pool is not None:
            await self.pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection from the pool; the database's own errors become the API's."""
        if self.pool is None:
            raise Unavailable
        try:
            async with self.pool.acquire(timeout=self.settings.statement_timeout) as connection:
                yield connection
        except (asyncpg.QueryCanceledError, TimeoutError) as error:
            raise TooSlow from error
        except LOST as error:
            raise Unavailable from error

    async def answer(self, statement: Statement) -> asyncpg.Record:
        """The one row that a statement yields."""
        async with self.connection() as connection:
            row = await connection.fetchrow(statement.text, *statement.arguments)
        assert row is not None
        return row
