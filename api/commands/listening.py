"""Where a server listens: its sockets, the limits on connections to them, and why it cannot listen."""

from __future__ import annotations

import errno
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from ..errors import CannotListen
from ..http.connections import ConnectionLimits
from ..http.guard import PRIVATE_HEADER
from ..settings import MAX_PORT, Settings
from ..store.allowance import Buckets

NO_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
FILES_OF_OWN = 48  # Files that the process has open beside connections, about.
# How many connections a client may always open at once, and the seconds in which it may open as many more: opening one takes more than a request on it.
NEW_AT_ONCE, NEW_SECONDS = 250, 5


@contextmanager
def bound_sockets(config: Settings) -> Iterator[list[socket.socket]]:
    """Sockets bound to every address of HOST that this machine has, on which nothing is accepted yet. Raises CannotListen."""
    with ExitStack() as sockets:
        bound, missing = list[socket.socket](), None
        try:
            for family, type, protocol, _, address in socket.getaddrinfo(
                config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            ):
                try:
                    bound.append(sockets.enter_context(_bound(family, type, protocol, address)))
                except OSError as error:  # `localhost` names ::1 also where there is no IPv6.
                    if error.errno not in NO_ADDRESS:
                        raise
                    missing = error
        except OSError as error:
            raise CannotListen(listening_problem(config, error)) from error
        if missing is not None and not bound:
            raise CannotListen(listening_problem(config, missing)) from missing
        yield bound


def _bound(family: int, type: int, protocol: int, address: Any) -> socket.socket:
    opened = socket.socket(family, type, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
    except OSError:
        opened.close()
        raise
    return opened


def listening_problem(config: Settings, error: OSError) -> str:
    """Why the server cannot listen, and what to do."""
    if error.errno == errno.EADDRINUSE:
        other = config.port + 1 if config.port < MAX_PORT else config.port - 1
        cure = f"another program is using the port: try --port {other}"
    elif error.errno == errno.EACCES:
        cure = "ports below 1024 may need an administrator: try --port 8000"
    else:
        cure = "HOST must be an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them"
    return f"could not listen on {config.host}:{config.port}; {cure}"


def connection_limits(config: Settings) -> ConnectionLimits:
    """The limits on connections: as many as are set, but no more than the system allows the process files."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(ValueError, OSError):  # macOS has a lower limit than it says.
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    allowed = config.max_connections if files == resource.RLIM_INFINITY else (files - config.pool_size - FILES_OF_OWN) // 2
    connections = max(
        1, min(config.max_connections, allowed)
    )  # Half of the files are for connections that are refused, or ask for /health.
    per_client = min(connections, config.max_connections_per_client)
    paced = config.rate_limit and not config.trusted_proxies  # A proxy opens the connections of many clients.
    new = Buckets(max(NEW_AT_ONCE, per_client), NEW_SECONDS) if paced else None
    headers = (PRIVATE_HEADER,) if config.private else ()
    return ConnectionLimits(connections, per_client, config.request_timeout, config.max_body, new, headers)
