"""The newest revision of a database: by notification or, on a standby, by asking."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

import asyncpg

from ..settings import without_secrets
from ..sql.revision import CHANNEL, NEWEST, STANDBY_AND_NEWEST
from .nodes import NodeConnection, Nodes
from .sessions import CONNECTION_ERRORS, SESSION_SETTINGS

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
                self._note(await connection.fetchval(NEWEST, timeout=LIVENESS_INTERVAL))
                await asyncio.sleep(LOOKUP_INTERVAL)
                with suppress(TimeoutError):
                    await asyncio.wait_for(notified.wait(), LIVENESS_INTERVAL)
        finally:
            connection.terminate()

    async def _followed(self, connection: NodeConnection) -> bool:
        """Ask a standby for its newest revision as long as it is one; whether it was one."""
        followed = False
        while True:
            row = await connection.fetchrow(STANDBY_AND_NEWEST, timeout=LIVENESS_INTERVAL)
            assert row is not None
            standby, newest = row
            if not standby:
                return followed
            followed = True
            self._note(newest)
            await asyncio.sleep(POLL_INTERVAL)

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
