"""Limits on connections: how many there may be, how long a request may take to arrive, and how large its head may be."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..errors import ApiError, BadRequest, HeadTooLarge, RequestTimeout, TooLarge, TooManyConnections
from ..store.allowance import Buckets
from .client_address import client_of
from .head_limits import MAX_HEAD, MAX_HEADERS, MAX_URL, TOO_LARGE, TOO_MANY, too_large
from .paced_reading import PacedProtocol
from .refusals import refusal

logger = logging.getLogger(__name__)
SURPLUS_SECONDS = 1.0  # For the head of a request on a connection above the limits, of which only `/health` is answered.
MIN_READ, READ_SECONDS = 300_000, 30.0  # Bytes that a client must read of a long response, in so many seconds.
TIMES_BODY = 4  # A body in chunks may take so many times the bytes that it may have: a chunk of one byte takes six.
LINGER_SECONDS = 1.0  # For what a client still sends after it was refused.
ALWAYS_ANSWERED = "/health"


@dataclass
class ConnectionLimits:
    """The limits of one server, and the number of its connections by client.

    `arrival_seconds`: for the head of a request, and again for its body. A client is an IPv4 address, or the /64 of an IPv6 address, which is what a
    customer is given; behind a proxy all clients are one.
    """

    connections: int = 1000
    connections_per_client: int = 250
    arrival_seconds: float = 10.0
    body: int = 256 * 1024  # Bytes; endpoints refuse longer ones where they read them.
    new: Buckets | None = None  # How many new ones a client may open at once, and in how many seconds as many more; None for any number.
    headers: tuple[tuple[bytes, bytes], ...] = ()  # Of every response that is sent without the application.
    open: Counter[str] = field(default_factory=Counter)

    @property
    def protocol(self) -> Callable[..., LimitedProtocol]:
        """What uvicorn makes for each connection."""
        return lambda *args, **kwargs: LimitedProtocol(self, *args, **kwargs)

    def add(self, client: str) -> bool:
        """Count a connection; whether it is above the limits."""
        self.open[client] += 1
        if self.new is not None:
            if self.new.wait(client):
                return True
            self.new.add(client, 1)
        return self.open.total() > self.connections or self.open[client] > self.connections_per_client

    def remove(self, client: str) -> None:
        self.open[client] -= 1
        if not self.open[client]:
            del self.open[client]


class LimitedProtocol(PacedProtocol):
    """One connection. It is closed with a problem document if a request exceeds a limit, or without if nothing of it has arrived."""

    def __init__(self, limits: ConnectionLimits, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limits = limits
        self.timer: asyncio.TimerHandle | None = None
        self.seconds = 0.0  # Of the timer.
        self.head_size = 0  # Bytes of the head that is arriving.
        self.in_head, self.begun = True, False  # Whether a head is expected or arriving, and whether any of the request has arrived.
        self.in_body, self.trailers = False, 0  # Whether a body may be arriving, and the bytes of the headers after it.
        self.chunks_size = 0  # Bytes of the chunks of a body, with what is around each of them.
        self.reader: asyncio.TimerHandle | None = None
        self.surplus, self.refused, self.peer = False, False, ""
        self.deferred: ApiError | None = None  # What to answer after the responses that are due.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn itself declares it
        super().connection_made(transport)
        self.peer = client_of(self.client[0]) if self.client else ""
        self.surplus = self.limits.add(self.peer)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self._stop_watching()
        self.limits.remove(self.peer)
        super().connection_lost(exc)

    def parse(self, data: bytes) -> None:
        if self.refused:
            return
        self.begun = True
        if self.in_head:
            self.head_size += len(data)
        elif self.chunked:
            self.chunks_size += len(data)
        super().parse(data)
        if self.chunked and self.chunks_size > TIMES_BODY * self.limits.body:
            self._refuse(TooLarge(f"the chunks of the body have more than {TIMES_BODY * self.limits.body:,} bytes; send it in fewer"))
        if self.in_head and self.head_size > MAX_HEAD + 2 * MAX_URL:
            self._refuse(HeadTooLarge(TOO_LARGE))
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self.timer is None and not self.in_body and not self.transport.is_closing():
            self._expect()  # What came was an empty line, which begins no request.

    def on_message_begin(self) -> None:
        if self.refused:
            return
        super().on_message_begin()
        self.in_head = self.begun = True
        self.trailers = self.chunks_size = 0
        if self.timer is None:  # A later request on the connection.
            self.head_size = 0
            self._expect()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.refused:
            return
        if not self.in_body:
            super().on_header(name, value)
            if len(self.headers) > MAX_HEADERS:
                self._refuse(HeadTooLarge(TOO_MANY))
            return
        # Headers after a body are ignored: what they say was decided without them.
        self.trailers += len(name) + len(value)
        if self.trailers > MAX_HEAD:
            self._refuse(HeadTooLarge(TOO_LARGE))

    def on_headers_complete(self) -> None:
        if self.refused:
            return
        self._arrived()
        self.in_head = False
        if (error := too_large(self.url, self.headers)) is not None:
            self._refuse(error)
        elif self.url == b"*":
            self._refuse(BadRequest("the target * is of the whole server; name a path, such as /v1"))
        elif self.surplus and self.url.partition(b"?")[0] != ALWAYS_ANSWERED.encode():
            self._refuse(TooManyConnections())
        else:
            super().on_headers_complete()
            self.in_body = True
            if not self.pipeline:  # Of a request that waits for the response to another, nothing more is read.
                self._expect_within(self.limits.arrival_seconds)  # The body, if there is one.

    def on_body(self, body: bytes) -> None:
        if not self.refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self.refused:
            return
        self._arrived()
        self.head_size, self.begun, self.in_body = 0, False, False
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_watching()

    def _watch(self) -> None:
        """End the connection unless the client reads at least `MIN_READ` bytes in `READ_SECONDS`."""
        before = self.transport.get_write_buffer_size()

        def check() -> None:
            if before - self.transport.get_write_buffer_size() < MIN_READ:
                logger.warning("a response was cut, because its reader took less than %d bytes in %g seconds", MIN_READ, READ_SECONDS)
                self.transport.abort()
            else:
                self._watch()

        self.reader = self.loop.call_later(READ_SECONDS, check)

    def _stop_watching(self) -> None:
        if self.reader is not None:
            self.reader.cancel()
            self.reader = None

    def _expect(self) -> None:
        self._expect_within(SURPLUS_SECONDS if self.surplus else self.limits.arrival_seconds)

    def _expect_within(self, seconds: float) -> None:
        self._arrived()
        self.seconds = seconds
        self.timer = self.loop.call_later(seconds, self._expire)

    def _arrived(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _expire(self) -> None:
        self.timer = None
        if self.begun and not self.refused:
            self._refuse(
                RequestTimeout(f"the request did not arrive within {self.seconds:g} {'second' if self.seconds == 1 else 'seconds'}")
            )
        elif self.refused:
            self.transport.abort()
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        self._refuse(BadRequest("the request is not valid HTTP"))

    def _refuse(self, error: ApiError) -> None:
        """Send a problem document, after the responses to earlier requests and unless that to this one has begun, and close the connection."""
        if self.refused or self.transport.is_closing():
            return
        self.refused = True
        if self.in_body and self.pipeline:
            self.pipeline.popleft()  # The request itself, which waits for the responses to others.
            self.deferred = error
        elif self._may_respond():
            self._send_refusal(error)
        elif self.in_body:
            self.transport.close()
        else:
            self.deferred = error

    def on_response_complete(self) -> None:
        others = bool(self.pipeline)  # Of which the next one begins now.
        super().on_response_complete()
        if self.deferred is not None and not others and not self.transport.is_closing():
            error, self.deferred = self.deferred, None
            self.in_body = False  # Its own was not begun.
            self._send_refusal(error)

    def _send_refusal(self, error: ApiError) -> None:
        if self.in_body:  # Whoever reads it is told that the client has gone.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        is_head = not self.in_head and self.parser.get_method() == b"HEAD"
        self.transport.write(refusal(error, not is_head, self.limits.headers))
        self.transport.flush()
        # Whoever still sends would not see the response if the connection were closed now (RFC 9112, 9.6).
        self.transport.write_eof()
        self._expect_within(LINGER_SECONDS)

    def _may_respond(self) -> bool:
        """Whether a response can be sent now: not within another, not before another that is due, and not after this request's own."""
        if self.in_body:
            return not self.cycle.response_started
        return self.cycle is None or self.cycle.response_complete
