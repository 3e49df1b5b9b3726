"""Long bodies, which are encoded and sent in slices: between two of them the event loop serves other requests."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.types import Scope, Send

from .slow_readers import sent_in_time

LONG = 1_000_000  # Characters or bytes. To copy or to encode so many takes less than a millisecond, unless the memory is new.
SLICE = 256 * 1024


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
