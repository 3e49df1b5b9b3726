"""uvicorn's HTTP protocol, which parses what has arrived request by request, and reads on only when that is done.

uvicorn parses at once all that was read, up to 256 kB: 8,000 short requests, or 40,000 chunks of a body, while nobody else is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.flow_control import FlowControl

from .protocol import CoalescingProtocol

END_OF_HEAD = b"\r\n\r\n"  # The parser takes no other.
SHORTEST = len(b"GET / HTTP/1.1")  # No head ends before; empty lines in front of one, which are passed over, would seem to.
# Bytes that are parsed in one turn of the event loop, at most: of a head, of a body in chunks, each of which may be one byte, and of another body.
HEAD, CHUNKS, BODY = 16 * 1024, 1024, 64 * 1024


class PacedReading(FlowControl):
    """Reads from a transport only while everything that was read has been parsed, and uvicorn takes more."""

    def __init__(self, transport: asyncio.Transport, parse_on: Callable[[], None]) -> None:
        super().__init__(transport)
        self.parse_on = parse_on
        self.holds = False  # Whether something that was read waits to be parsed.

    def pause_reading(self) -> None:
        if self.holds:
            self.read_paused = True
        else:
            super().pause_reading()

    def resume_reading(self) -> None:
        if not self.holds:
            super().resume_reading()
        elif self.read_paused:
            self.read_paused = False
            self.parse_on()

    def hold(self) -> None:
        """Read no more until `release`."""
        if not self.holds:
            self.holds = True
            if not self.read_paused:
                self._transport.pause_reading()

    def release(self) -> None:
        if self.holds:
            self.holds = False
            if not self.read_paused:
                self._transport.resume_reading()


class PacedProtocol(CoalescingProtocol):
    """One connection. Of requests that arrive together, the next is parsed when the one before it has been answered or is being answered."""

    flow: PacedReading

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn itself declares it
        super().connection_made(transport)
        self.flow = PacedReading(self.transport, self._parse_soon)
        self.unparsed, self.parsed = b"", 0  # What was read, and how much of it is parsed.
        self.chunked, self.body_left = False, 0  # Whether a body arrives in chunks, and the bytes that are missing of one that does not.
        self.soon: asyncio.Handle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        self.unparsed = b""
        if self.soon is not None:
            self.soon.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.unparsed:  # It arrived although reading was paused.
            self.unparsed = self.unparsed[self.parsed :] + data
            self.parsed = 0
            return
        self.unparsed, self.parsed = data, 0
        self._parse_on()

    def parse(self, data: bytes) -> None:
        """Parse a part of what has arrived."""
        super().data_received(data)

    def _parse_soon(self) -> None:
        if self.soon is None:
            self.soon = self.loop.call_soon(self._parse_on)

    def _parse_on(self) -> None:
        self.soon = None
        if self.flow.read_paused or not self.unparsed:
            return
        end = self._end()
        piece = self.unparsed[self.parsed : end]
        if end < len(self.unparsed):
            self.parsed = end
            self.flow.hold()
            self.parse(piece)
            if not self.transport.is_closing():
                self._parse_soon()
        else:
            self.unparsed, self.parsed = b"", 0
            self.flow.release()
            self.parse(piece)

    def _end(self) -> int:
        """Where the part ends that is parsed next."""
        start = self.parsed
        if self.chunked:
            return start + CHUNKS
        if self.body_left:
            return start + min(self.body_left, BODY)
        found = self.unparsed.find(END_OF_HEAD, start + SHORTEST, start + HEAD)
        return start + HEAD if found < 0 else found + len(END_OF_HEAD)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        fields = dict(self.headers)
        self.chunked = b"transfer-encoding" in fields
        self.body_left = 0 if self.chunked else int(fields.get(b"content-length", 0))

    def on_body(self, body: bytes) -> None:
        self.body_left = max(0, self.body_left - len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.chunked, self.body_left = False, 0
        super().on_message_complete()
