"""The newest revision of a database: by notification or, on a standby, by asking."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

import asyncpg

from ..errors import Unavailable
from ..settings import without_secrets
from ..sql.revision import CHANNEL, STANDBY_NEWEST_MIGRATION
from .database_hosts import NodeConnection, Nodes
from .sessions import CONNECTION_ERRORS, SCHEMA_ERRORS, SESSION_SETTINGS

logger = logging.getLogger(__name__)
RECONNECT_AFTER = 1.0  # Seconds between attempts to listen for new revisions.
LIVENESS_INTERVAL = 5.0  # Seconds between queries on the listening connection: one that a gateway dropped silently is noticed only so.
POLL_INTERVAL = 0.25  # Seconds between queries for the newest revision on a standby, which does not support LISTEN.
LOOKUP_INTERVAL = 0.01  # Seconds between queries for the newest revision: any role may notify, as often as it likes.


class RevisionListener:
    """Listens for new revisions. `newest` is the number of the newest one, and None while there is no connection that tells of them."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.connection: NodeConnection | None = None
        nodes.on_left.append(self._leave)
        self.newest: int | None = None
        self.migration = ""  # The last one that the tables had when this first looked.
        self.migrated_to = ""  # Another one that they have now: this program does not know what their columns mean.
        self.left = False  # Whether the connection was closed because another server is read from now on.
        self.lost = False  # Whether the log says that the database is lost.
        self.noted = asyncio.Event()  # Set when `newest` changes, and then replaced by another.
        self.on_lost: list[Callable[[], None]] = []  # Called when the listening connection is lost.
        self.task: asyncio.Task[None] | None = None

    def open(self) -> None:
        self.task = asyncio.create_task(self._keep_listening())

    async def close(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])

    def observe(self, revision: int) -> None:
        """Take note of the newest revision that an answer saw, possibly before its notification: nothing older may be sent after it."""
        if self.newest is not None:
            self._note(revision)

    async def _keep_listening(self) -> None:
        """Listen for new revisions until this is closed; reconnect whenever the connection is lost."""
        while True:
            self.left = False
            try:
                await self._listen()
            except (asyncpg.PostgresError, *CONNECTION_ERRORS) as error:
                if not self.left:
                    self._log_loss(error)
            self.newest = None
            self._tell()
            for callback in self.on_lost:
                callback()
            await asyncio.sleep(0 if self.left else RECONNECT_AFTER)

    async def _listen(self) -> None:
        """Listen for new revisions until the connection is lost. A notification only makes us look: PostgreSQL lets every role send any."""
        notified = asyncio.Event()
        self.connection = connection = await self.nodes.connect(server_settings=SESSION_SETTINGS)
        try:
            if await self._followed(connection):
                return  # It is no standby any more: the next connection listens.
            connection.add_termination_listener(lambda _: notified.set())
            await connection.add_listener(CHANNEL, lambda *_: notified.set())
            while not connection.is_closed():
                notified.clear()
                await self._look(connection)
                await asyncio.sleep(LOOKUP_INTERVAL)
                with suppress(TimeoutError):
                    await asyncio.wait_for(notified.wait(), LIVENESS_INTERVAL)
        finally:
            connection.terminate()

    async def _followed(self, connection: NodeConnection) -> bool:
        """Ask a standby for its newest revision as long as it is one; whether it was one."""
        followed = False
        while True:
            if not await self._look(connection):
                return followed
            followed = True
            await asyncio.sleep(POLL_INTERVAL)

    def refuse_migrated(self) -> None:
        """Raises Unavailable if another version of the program has migrated the tables."""
        if self.migrated_to:
            raise Unavailable(
                f"another version has migrated the database, to {self.migrated_to}; this server is of {self.migration}, and has to be restarted as that version"
            )

    async def refuse_migrated_since(self, error: BaseException) -> None:
        """Raises Unavailable if this error of a statement is due to that, which may not have been heard of yet."""
        if isinstance(error, SCHEMA_ERRORS):
            with suppress(asyncpg.PostgresError, *CONNECTION_ERRORS):
                await self._look_again()
            self.refuse_migrated()

    async def _look_again(self) -> None:
        """Look at the tables now, by a connection of its own."""
        connection = await self.nodes.connect(server_settings=SESSION_SETTINGS)
        try:
            await self._look(connection)
        finally:
            connection.terminate()

    async def _look(self, connection: NodeConnection) -> bool:
        """Take note of the newest revision, unless the tables have been migrated; whether the server is a standby."""
        row = await connection.fetchrow(STANDBY_NEWEST_MIGRATION, timeout=LIVENESS_INTERVAL)
        assert row is not None
        standby, newest, migration = row
        self.migration = self.migration or migration
        if migration == self.migration:
            self.migrated_to = ""
            self._note(newest)
        elif self.migrated_to != migration:
            logger.warning(
                "the tables are of migration %s now, and this program is of %s: restart it as that version", migration, self.migration
            )
            self.migrated_to, self.newest = migration, None
            self._tell()
            for callback in self.on_lost:
                callback()
        return bool(standby)

    def _leave(self) -> None:
        """Another server is read from now on: what this one has told does not hold for that."""
        if self.connection is not None and not self.connection.is_closed():
            self.left = True
            self.connection.terminate()

    def _log_loss(self, error: BaseException) -> None:
        """Log why the database cannot be read: once, however many attempts fail."""
        if not self.lost:
            logger.warning("the database is lost: %s", without_secrets(str(error).strip() or repr(error), *self.nodes.urls))
        self.lost = True

    def _note(self, revision: int) -> None:
        if self.lost:
            self.lost = False
            logger.warning("the database is back")
        if self.newest is None or revision > self.newest:
            self.newest = revision
            self._tell()

    def _tell(self) -> None:
        self.noted.set()
        self.noted = asyncio.Event()
