"""Limits on connections: how many there may be, how long a request may take to arrive, and how large its head may be."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from ..errors import ApiError, BadRequest, HeadTooLarge, RequestTimeout, TooManyConnections
from .protocol import CoalescingProtocol

MAX_HEAD = 64 * 1024  # Bytes of the request line and the headers.
TOO_LARGE = f"the request line and the headers have more than {MAX_HEAD:,} bytes"
SURPLUS_SECONDS = 1.0  # For the head of a request on a connection above the limits, of which only `/health` is answered.
LINGER_SECONDS = 1.0  # For what a client still sends after it was refused.
ALWAYS_ANSWERED = "/health"


@dataclass
class ConnectionLimits:
    """The limits of one server, and the number of its connections by client.

    `arrival_seconds`: for the head of a request, and again for its body. A client is an address; behind a proxy all clients are one.
    """

    connections: int = 1000
    connections_per_client: int = 250
    arrival_seconds: float = 10.0
    open: Counter[str] = field(default_factory=Counter)

    @property
    def protocol(self) -> Callable[..., LimitedProtocol]:
        """What uvicorn makes for each connection."""
        return lambda *args, **kwargs: LimitedProtocol(self, *args, **kwargs)

    def add(self, client: str) -> bool:
        """Count a connection; whether it is above the limits."""
        self.open[client] += 1
        return self.open.total() > self.connections or self.open[client] > self.connections_per_client

    def remove(self, client: str) -> None:
        self.open[client] -= 1
        if not self.open[client]:
            del self.open[client]


class LimitedProtocol(CoalescingProtocol):
    """One connection. It is closed with a problem document if a request exceeds a limit, or without if nothing of it has arrived."""

    def __init__(self, limits: ConnectionLimits, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limits = limits
        self.timer: asyncio.TimerHandle | None = None
        self.head_size = 0  # Bytes of the head that is arriving.
        self.in_head, self.begun = True, False  # Whether a head is expected or arriving, and whether any of the request has arrived.
        self.surplus, self.refused, self.peer = False, False, ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn itself declares it
        super().connection_made(transport)
        self.peer = self.client[0] if self.client else ""
        self.surplus = self.limits.add(self.peer)
        self._expect_within(SURPLUS_SECONDS if self.surplus else self.limits.arrival_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self.limits.remove(self.peer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.refused:
            return
        self.begun = True
        if self.in_head:
            self.head_size += len(data)
        super().data_received(data)
        if self.in_head and self.head_size > MAX_HEAD:
            self._refuse(HeadTooLarge(TOO_LARGE))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.in_head = self.begun = True
        if self.timer is None:  # A later request on the connection.
            self.head_size = 0
            self._expect_within(self.limits.arrival_seconds)

    def on_headers_complete(self) -> None:
        self._arrived()
        self.in_head = False
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > MAX_HEAD:
            self._refuse(HeadTooLarge(TOO_LARGE))
        elif self.surplus and self.url.partition(b"?")[0] != ALWAYS_ANSWERED.encode():
            self._refuse(TooManyConnections())
        else:
            super().on_headers_complete()
            self._expect_within(self.limits.arrival_seconds)  # The body, if there is one.

    def on_body(self, body: bytes) -> None:
        if not self.refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self.refused:
            return
        self._arrived()
        self.head_size, self.begun = 0, False
        super().on_message_complete()

    def _expect_within(self, seconds: float) -> None:
        self._arrived()
        self.timer = self.loop.call_later(seconds, self._expire)

    def _arrived(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _expire(self) -> None:
        self.timer = None
        if self.begun and not self.refused:
            self._refuse(RequestTimeout(f"the request did not arrive within {self.limits.arrival_seconds:g} seconds"))
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        self._refuse(BadRequest("the request is not valid HTTP"))

    def _refuse(self, error: ApiError) -> None:
        """Send a problem document, unless a response has begun, and close the connection."""
        if self.refused or self.transport.is_closing():
            return
        self.refused = True
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.close()
            return
        self.transport.write(_response(error))
        self.transport.flush()
        # Whoever still sends would not see the response if the connection were closed now (RFC 9112, 9.6).
        self.transport.write_eof()
        self._expect_within(LINGER_SECONDS)


def _response(error: ApiError) -> bytes:
    problem = {
        "type": f"/problems/{error.code}",
        "title": error.sentence(),
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    body = json.dumps(problem).encode()
    head = (
        f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\ncontent-type: application/problem+json\r\ncontent-length: {len(body)}\r\n"
        "cache-control: no-store\r\nx-content-type-options: nosniff\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
