"""Sessions that read: what they are set to, how a statement is run, and which error of the API an error of PostgreSQL becomes."""

from __future__ import annotations

import logging
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from ..errors import BadArgument, TooMuch, TooSlow, Unavailable
from ..sql.answering.plan_mode import MANY_ROWS
from ..sql.answering.statement import Statement
from .prepared_texts import PreparedTexts

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Cursor: TypeAlias = "asyncpg.cursor.Cursor[asyncpg.Record]"

logger = logging.getLogger(__name__)

# Sessions are read-only even if the role may write. JIT costs more than it saves on short statements. The others are all that could change an
# answer: PostgreSQL cannot deny a role to change its own settings for later sessions, which those of a connection override.
SESSION_SETTINGS = {"default_transaction_read_only": "on", "jit": "off", "DateStyle": "ISO", "IntervalStyle": "postgres", "TimeZone": "UTC",
           "extra_float_digits": "1", "bytea_output": "hex", "array_nulls": "on", "standard_conforming_strings": "on", "transform_null_equals": "off",
           "default_transaction_isolation": "read committed", "lock_timeout": "0",
           # PostgreSQL then ends the statement of a connection that we have closed, or of a server that was killed, instead of running it to its end.
           "client_connection_check_interval": "1s", "application_name": "conflict-facts"}  # fmt: skip
# asyncpg raises InternalClientError on a connection that PostgreSQL has announced to close and not closed yet.
LOST_ERRORS = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
CONNECTION_ERRORS = (*LOST_ERRORS, asyncpg.CannotConnectNowError, asyncpg.InsufficientResourcesError, asyncpg.InvalidCatalogNameError)
CONFLICT = asyncpg.SerializationError  # Of what only reads: a standby ends a statement that needs rows which it has to remove.
# What a statement of ours fails with if the tables are not those that it was made for, or else by a fault of ours.
SCHEMA_ERRORS = (asyncpg.SyntaxOrAccessError, asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
# The statement has more columns, nesting or text than PostgreSQL accepts, or a value is longer than it returns.
LIMIT_ERRORS = (asyncpg.ProgramLimitExceededError, asyncpg.OutOfMemoryError)


def api_error(error: BaseException) -> BaseException:
    """The error of the API for an error of the database; every other error unchanged."""
    if isinstance(error, (asyncpg.QueryCanceledError, TimeoutError)):
        # What PostgreSQL says names no value. The text of a TimeoutError may be anything, such as the path of a socket.
        logger.warning("a statement was ended: %s", error if isinstance(error, asyncpg.QueryCanceledError) else "no answer in time")
        return TooSlow()
    if isinstance(error, LIMIT_ERRORS):
        return TooMuch("the response, or the statement for it, is larger than PostgreSQL supports; select less")
    if isinstance(error, asyncpg.RaiseError):  # Our SQL function `refuse`, for limits that only the database can check.
        return TooMuch(str(error))
    if isinstance(error, asyncpg.DataError):
        return BadArgument(f"an argument has a value that PostgreSQL does not accept: {error}")
    if isinstance(error, asyncpg.TooManyConnectionsError):
        return Unavailable("PostgreSQL accepts no more connections; try again in a moment")
    return Unavailable() if isinstance(error, (*CONNECTION_ERRORS, CONFLICT)) else error


async def fetch_row(connection: Connection, statement: Statement) -> asyncpg.Record | None:
    prepared_on(connection).use(statement.text)
    if statement.nested_loops:
        return await connection.fetchrow(statement.text, *statement.arguments)
    async with connection.transaction():
        await connection.execute(MANY_ROWS)
        # Not fetchrow: a statement with a limit on its rows is never run in parallel.
        (row,) = await connection.fetch(statement.text, *statement.arguments)
    return row


def node_of(connection: Connection) -> str:
    """The URL of the server that a connection is to."""
    node: str = connection.node  # type: ignore[attr-defined]  # asyncpg passes on every attribute of its NodeConnection
    return node


def prepared_on(connection: Connection) -> PreparedTexts:
    """What a connection has prepared."""
    prepared: PreparedTexts = connection.prepared  # type: ignore[attr-defined]  # As above.
    return prepared


def is_open(connection: Connection) -> bool:
    """Whether a connection is open. asyncpg takes a closed one back into its pool, and then raises InterfaceError for every use."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False


async def reset(connection: asyncpg.Connection) -> None:
    """End what a statement that was only prepared has begun: its timeout would end the next one. Our sessions change nothing else."""
    await connection.execute("select")
