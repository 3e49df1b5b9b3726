"""The servers of a URL with several hosts, of which a process reads one at a time: a standby, if there is one."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import asyncpg

from .prepared_texts import PreparedTexts
from .sessions import CONNECTION_ERRORS

logger = logging.getLogger(__name__)
TARGET = "target_session_attrs"
PREFERRED = ("standby", "any")
DEFAULT_PORT = "5432"
CONNECT_SECONDS = 3.0  # For one of several servers: one that does not answer at all must not keep a request from the next.

# What is told of a statement: its text, its seconds, and the code of its error or an empty text.
OnStatement = Callable[[str, float, str], None]


class NodeConnection(asyncpg.Connection):
    """A connection that knows the URL of its server, and what it has prepared."""

    __slots__ = ("node", "prepared")
    node: str
    prepared: PreparedTexts


class Nodes:
    """Connects to the one server that is read: all connections of a process to the same, so that its answers never go back in time.

    Another one takes its place when it cannot be reached or is left; `on_left` is called then. Processes try the servers in orders of their own.
    """

    def __init__(self, url: str) -> None:
        self.urls = [*node_urls(url)]
        random.shuffle(self.urls)
        self.several = len(self.urls) > 1
        self.preferred = PREFERRED if self.several and f"{TARGET}=" not in url else (None,)
        self.current = "" if self.several else url
        self.left = ""  # The last to be tried.
        self.on_left: list[Callable[[], None]] = []
        self.on_statement: OnStatement | None = None  # Called after each statement, if traces are wanted.
        self._choosing = asyncio.Lock()

    async def connect(self, *_: object, **options: Any) -> NodeConnection:
        """A connection to the server that is read. Raises the errors of asyncpg, if there is no other."""
        connection = await self._connection(options)
        if self.on_statement is not None:
            connection.add_query_logger(self._tell)
        return connection

    async def _connection(self, options: dict[str, Any]) -> NodeConnection:
        if self.several:
            options |= {"timeout": CONNECT_SECONDS}
        if node := self.current:
            try:
                return await _connect(node, options)
            except (*CONNECTION_ERRORS, TimeoutError) as error:
                if isinstance(error, asyncpg.TooManyConnectionsError) or not self.leave(node):
                    raise
        async with self._choosing:
            return await self._chosen(options)

    def _tell(self, query: Any) -> None:  # A LoggedQuery, which the stubs of asyncpg lack.
        error = query.exception
        if self.on_statement is not None:
            self.on_statement(query.query, query.elapsed, "" if error is None else getattr(error, "sqlstate", None) or type(error).__name__)

    async def _chosen(self, options: dict[str, Any]) -> NodeConnection:
        if self.current:  # Somebody else has chosen meanwhile.
            return await _connect(self.current, options)
        failure: BaseException | None = None
        for attribute, url in self._candidates():
            try:
                connection = await _connect(url, options | ({TARGET: attribute} if attribute else {}))
            except (*CONNECTION_ERRORS, TimeoutError) as error:
                failure = error
            else:
                self.current = url
                return connection
        assert failure is not None
        raise failure

    def _candidates(self) -> Iterator[tuple[str | None, str]]:
        """The servers to try: standbys before the primary, and last the server that was left, whichever it is."""
        for attribute in self.preferred:
            yield from ((attribute, url) for url in self.urls if url != self.left)
        if self.left:
            yield self.preferred[-1], self.left

    def leave(self, node: str) -> bool:
        """Read another server than this one, from now on; whether there is another."""
        if self.several and node == self.current:
            logger.warning("reads leave the server %s", node_name(node))
            self.left = node
            self._change("")
        return self.several

    def move(self, node: str) -> None:
        """Read this server from now on."""
        if node != self.current:
            logger.warning("reads move to the server %s", node_name(node))
            self.left = ""
            self._change(node)

    def _change(self, node: str) -> None:
        self.current = node
        for callback in self.on_left:
            callback()


async def _connect(url: str, options: dict[str, Any]) -> NodeConnection:
    connection = await asyncpg.connect(url, **{**options, "connection_class": NodeConnection})
    assert isinstance(connection, NodeConnection)
    connection.node, connection.prepared = url, PreparedTexts()
    return connection


def node_urls(url: str) -> list[str]:
    """The URL of each host of a URL, which has them before its path, or as `host` and `port` in its query, separated by commas."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    if "," in hosts:
        return [parts._replace(netloc=f"{user}{at}{host}").geturl() for host in hosts.split(",")]
    query = dict(parse_qsl(parts.query))
    names, ports = query.get("host", "").split(","), query.get("port", DEFAULT_PORT).split(",")
    if len(names) < 2:
        return [url]
    ports = ports * len(names) if len(ports) == 1 else ports
    return [
        parts._replace(query=urlencode({**query, "host": name, "port": port})).geturl() for name, port in zip(names, ports, strict=True)
    ]


def node_name(url: str) -> str:
    """The host and the port of a server, without what is secret in its URL."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host = parts.netloc.rpartition("@")[2]
    if not host:
        return f"{query.get('host', 'localhost')}:{query.get('port', DEFAULT_PORT)}"
    return host if urlsplit(f"//{host}").port else f"{host}:{DEFAULT_PORT}"


def primary_url(url: str) -> str:
    """The URL for what writes: of several hosts the primary, unless the URL says what it needs of them."""
    if len(node_urls(url)) == 1 or f"{TARGET}=" in url:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{TARGET}=primary"
