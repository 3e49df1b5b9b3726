"""Clients that read a long response too slowly: they are cut off, so that nothing is kept for them for ever."""

from __future__ import annotations

import asyncio
import logging
import time

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import ApiError

logger = logging.getLogger(__name__)
SLOW_SECONDS = 30.0  # For which a client may read more slowly than MIN_READ_SPEED, until it has caught up.


class ReaderStalled(Exception):
    """The client has stopped reading, or reads too slowly: no error of the database, nor of the server."""


async def sent_in_time(respond: ASGIApp, scope: Scope, receive: Receive, send: Send, speed: int) -> None:
    """Send a response to a client that reads at least `speed` bytes in a second; otherwise, or if the client goes, cut it off."""
    behind = 0.0  # Seconds that the client has taken longer than at this speed.

    async def send_in_time(message: Message) -> None:
        nonlocal behind
        allowed, started = len(message.get("body", b"")) / speed, time.monotonic()
        try:
            async with asyncio.timeout(SLOW_SECONDS - behind + allowed):
                await send(message)
        except TimeoutError as error:
            raise ReaderStalled from error
        except OSError as error:  # As servers of ASGI 2.4 tell it.
            raise ClientDisconnect from error
        behind = max(0.0, behind + time.monotonic() - started - allowed)

    try:
        await respond(scope, receive, send_in_time)
    except ClientDisconnect:
        logger.info("%s: the download was cut, because its reader has gone", scope["path"])
    except ApiError as error:  # The response has begun, so it is too late for the status of an error.
        logger.warning("%s: the download was cut: %s", scope["path"], error)
    except ReaderStalled:  # The server closes the connection, because the response is not complete.
        logger.warning(
            "%s: the download was cut, because its reader took less than %s bytes a second for %g seconds (MIN_READ_SPEED)",
            scope["path"], f"{speed:,}", SLOW_SECONDS,
        )  # fmt: skip
