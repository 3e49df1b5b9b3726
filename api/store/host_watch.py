"""What each server of a URL with several hosts has: asked every few seconds, and when a request needs a revision that the server which is read lacks."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass

import asyncpg

from ..sql.revision import STANDBY_AND_NEWEST
from .database_hosts import PREFERRED, Nodes, node_name
from .revisions import RevisionListener
from .sessions import CONNECTION_ERRORS, SESSION_SETTINGS

WATCH_INTERVAL = 5.0  # Seconds.
MIN_INTERVAL = 1.0  # Seconds between two looks, however many requests need a revision that no server has.
ANSWER_SECONDS = 1.0  # In which a server answers, or counts as down.
MAX_REMEMBERED = 10_000  # Revisions whose first appearance is remembered, for the lag of servers that lack them.


@dataclass(frozen=True)
class NodeState:
    """What a server has said of itself."""

    standby: bool
    newest: int  # Its newest revision.


class NodeWatch:
    """The states of the servers. It moves the process to one that has a needed revision, and from the primary back to a standby that is not behind."""

    def __init__(self, nodes: Nodes, revisions: RevisionListener) -> None:
        self.nodes, self.revisions = nodes, revisions
        self.states: dict[str, NodeState | None] = dict.fromkeys(nodes.urls if nodes.several else ())
        self.appeared: deque[tuple[int, float]] = deque(maxlen=MAX_REMEMBERED)  # Revisions, and when a server was first seen to have them.
        self.looked = -MIN_INTERVAL
        self.task: asyncio.Task[None] | None = None
        self._looking = asyncio.Lock()

    def open(self) -> None:
        if self.nodes.several:
            self.task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])

    async def reach(self, revision: int) -> bool:
        """Read a server that has a revision, if there is one: a standby rather than the primary. Whether there is."""
        if not self.nodes.several:
            return False
        await self.look(MIN_INTERVAL)
        having = [url for url, state in self.states.items() if state is not None and state.newest >= revision]
        if having and self.nodes.current not in having:
            self.nodes.move(min(having, key=self._is_primary))
        return bool(having)

    async def look(self, max_age: float) -> None:
        """Ask every server for its state, unless that was done less than `max_age` seconds ago."""
        async with self._looking:
            if time.monotonic() - self.looked < max_age:
                return
            states = await asyncio.gather(*map(_state, self.states))
            self.looked = time.monotonic()
            self.states = dict(zip(self.states, states, strict=True))
            newest = max((state.newest for state in states if state is not None), default=0)
            if not self.appeared or newest > self.appeared[-1][0]:
                self.appeared.append((newest, self.looked))

    def lag(self, url: str) -> float | None:
        """For how many seconds a server has been known to lack a revision that another one has; None if it does not answer."""
        if (state := self.states[url]) is None:
            return None
        return next((time.monotonic() - since for revision, since in tuple(self.appeared) if revision > state.newest), 0.0)

    def named(self) -> dict[str, tuple[NodeState | None, float | None, bool]]:
        """By the name of each server: its state, its lag, and whether it is read."""
        return {node_name(url): (state, self.lag(url), url == self.nodes.current) for url, state in self.states.items()}

    async def _watch(self) -> None:
        while True:
            await self.look(MIN_INTERVAL)
            self._return_to_standby()
            await asyncio.sleep(WATCH_INTERVAL)

    def _return_to_standby(self) -> None:
        """Read a standby again where the primary had to take its place, unless that would go back in time."""
        current = self.states.get(self.nodes.current)
        if self.nodes.preferred != PREFERRED or current is None or current.standby or self.revisions.newest is None:
            return
        seen = max(self.revisions.newest, current.newest)
        for url, state in self.states.items():
            if state is not None and state.standby and state.newest >= seen:
                self.nodes.move(url)
                return

    def _is_primary(self, url: str) -> bool:
        state = self.states[url]
        return state is not None and not state.standby


async def _state(url: str) -> NodeState | None:
    """What a server says of itself; None if it cannot be asked."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            connection = await asyncpg.connect(url, server_settings=SESSION_SETTINGS)
            try:
                row = await connection.fetchrow(STANDBY_AND_NEWEST)
            finally:
                connection.terminate()
    except (asyncpg.PostgresError, *CONNECTION_ERRORS, TimeoutError):
        return None
    assert row is not None
    return NodeState(*row)
