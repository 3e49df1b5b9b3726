"""uvicorn's HTTP protocol, with head and body of a response sent in one write."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_BUFFERED = 64 * 1024  # Bytes; more are sent at once, so that the application notices a client that does not keep up.


class CoalescingTransport:
    """A transport that collects writes until the event loop is idle.

    uvicorn writes the head of a response, then its body, and uvloop sends each at once: two packets, which wake the client twice.
    Only writing and closing are intercepted, the methods that uvicorn calls; any other would overtake what is collected.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport, self.loop = transport, loop
        self.is_closing = transport.is_closing
        self.pieces: list[bytes] = []
        self.size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        if not self.pieces:
            self.loop.call_soon(self.flush)
        self.pieces.append(data)
        self.size += len(data)
        if self.size > MAX_BUFFERED:
            self.flush()

    def flush(self) -> None:
        pieces, size, self.pieces, self.size = self.pieces, self.size, [], 0
        if not pieces or self.is_closing():  # The connection may have been lost meanwhile.
            return
        # Not writelines(): before Python 3.12.9 and 3.13.2, asyncio's never pauses an application that its client cannot follow (CVE-2024-12254).
        for piece in [b"".join(pieces)] if size <= MAX_BUFFERED else pieces:  # A long body is not copied.
            self.transport.write(piece)

    def close(self) -> None:
        self.flush()
        self.transport.close()


class CoalescingProtocol(HttpToolsProtocol):
    """One connection."""

    transport: Any  # A CoalescingTransport, which has the methods that are called.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn itself declares it
        super().connection_made(CoalescingTransport(transport, self.loop))  # type: ignore[arg-type]  # as above

    def on_response_complete(self) -> None:
        self.transport.flush()
        super().on_response_complete()
