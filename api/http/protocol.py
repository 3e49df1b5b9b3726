"""HTTP as uvicorn speaks it, but that the head and the body of an answer leave together."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_BUFFERED = (
    64 * 1024
)  # Bytes that are not gathered any further: whoever writes without a pause must feel that the asker does not keep up.


class CoalescingTransport:
    """A transport that gathers what is written until the event loop is free.

    Writing and closing are all that uvicorn asks of it; anything else goes to the transport itself, and would overtake what is gathered.
    It writes the head of an answer, then its body, and uvloop sends each at once: two packets, by which the asker is woken twice.
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
        pieces, self.pieces, self.size = self.pieces, [], 0
        if pieces and not self.is_closing():  # The connection may have been lost meanwhile.
            self.transport.writelines(pieces)  # One system call, without a copy of what may be long.

    def close(self) -> None:
        self.flush()
        self.transport.close()


class CoalescingProtocol(HttpToolsProtocol):
    """One connection."""

    transport: Any  # Gathering, which is a transport in all that is asked of it.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn itself declares it
        super().connection_made(CoalescingTransport(transport, self.loop))  # type: ignore[arg-type]  # as above

    def on_response_complete(self) -> None:
        self.transport.flush()
        super().on_response_complete()
