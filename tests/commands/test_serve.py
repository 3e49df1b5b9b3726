"""`conflict-facts serve`: how the server stops."""

from __future__ import annotations

import signal
import socket
from urllib.parse import urlsplit

import pytest

from api.postgres import embedded

from ..conftest import Databases, running_server


@pytest.mark.nightly
def test_the_server_stops_while_clients_keep_connections_open(databases: Databases, cluster: embedded.Server) -> None:
    """One client keeps an idle connection; the other requests more than the buffers hold, and does not read."""
    with running_server(databases) as (base, process):
        address = (urlsplit(base).hostname, urlsplit(base).port)
        with socket.create_connection(address, timeout=60) as idle, socket.create_connection(address, timeout=60) as slow:
            idle.sendall(b"GET /v1/revisions HTTP/1.1\r\nhost: h\r\n\r\n")
            assert idle.recv(1 << 20).startswith(b"HTTP/1.1 200 OK\r\n")
            slow.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: h\r\n\r\n" * 500)
            assert slow.recv(12) == b"HTTP/1.1 200"
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=120) in (0, -signal.SIGTERM)
