"""Long bodies, which are encoded and sent in slices: between two of them the event loop serves other requests."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from starlette.types import Scope, Send

from ..store.allowance import Account
from .slow_readers import sent_in_time

LONG = 1_000_000  # Characters or bytes. To copy or to encode so many takes less than a millisecond, unless the memory is new.
SLICE = 256 * 1024
MAX_UNREAD = 64_000_000  # Bytes of long responses that one client may have on their way at once.


class Unread:
    """The bytes of long responses that are being sent to each client, which stay in memory until it has read them."""

    def __init__(self) -> None:
        self.bytes = Counter[str]()

    def check(self, account: Account, size: int = 0) -> None:
        """Refuse a response of a size, or any, to a client that does not read earlier ones. Raises RateLimited."""
        unread = self.bytes[account.client]
        if unread and unread + size > MAX_UNREAD:
            raise account.refused(
                f"responses of {unread:,} bytes are being sent to you, and {MAX_UNREAD:,} is the limit; read them first, or close their connections"
            )

    @contextmanager
    def sending(self, client: str, size: int) -> Iterator[None]:
        """Count a response while it is sent."""
        self.bytes[client] += size
        try:
            yield
        finally:
            self.bytes[client] -= size
            if not self.bytes[client]:
                del self.bytes[client]


async def encoded_text(pieces: Sequence[str]) -> str | bytes:
    """The text of some pieces; a long one encoded."""
    if sum(map(len, pieces)) < LONG:
        return "".join(pieces)
    encoded = []
    for piece in pieces:
        for begin in range(0, len(piece), SLICE):
            encoded.append(piece[begin : begin + SLICE].encode())
            await asyncio.sleep(0)
    return b"".join(encoded)


async def send_slices(body: bytes, scope: Scope, send: Send, speed: int) -> None:
    """Send a long body to a client that reads at least `speed` bytes in a second; otherwise, or if the client goes, cut it off."""

    async def slices(scope: Scope, receive: object, send: Send) -> None:
        for begin in range(0, len(body), SLICE):
            more = begin + SLICE < len(body)
            await send({"type": "http.response.body", "body": body[begin : begin + SLICE], "more_body": more})
            await asyncio.sleep(0)

    await sent_in_time(slices, scope, None, send, speed)  # type: ignore[arg-type]  # nothing is received
