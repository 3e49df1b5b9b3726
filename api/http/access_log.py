"""The access log: a line of JSON for each request."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

from .exchanges import Exchange

logger = logging.getLogger(__name__)
# Characters of a path or a query, which may be 64 kB, as they are written. A line has less than 4096 bytes then, which Linux writes to a pipe as one piece: those of
# several workers do not mix.
MAX_LOGGED = 1600
MAX_SHORT = 64  # Characters of a method and of an address, which a proxy may have made up.


class AccessLog:
    """Writes one line of JSON for each request, with a time in UTC. The address of the client is left out unless `addresses` is set."""

    def __init__(self, addresses: bool, file: TextIO | None = None) -> None:
        self.addresses, self.file = addresses, file

    def __call__(self, exchange: Exchange) -> None:
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "request_id": exchange.request_id,
            "method": _cut(exchange.method, MAX_SHORT),
            "path": _cut(exchange.path),
            "query": _cut(exchange.query),
            "status": exchange.status,
            "bytes": exchange.sent_bytes,
            "milliseconds": round(1000 * exchange.seconds, 3),
            "revision": exchange.revision,
            "operation": exchange.operation,
            "trace_id": exchange.trace_id,
            "parent_id": exchange.parent_id,
        }
        if self.addresses:
            line["client"] = _cut(exchange.client, MAX_SHORT)
        # Escaped to ASCII: a path can contain line separators and whatever else confuses a terminal.
        text = json.dumps({name: value for name, value in line.items() if value not in (None, "")})
        try:
            print(text, file=self.file or sys.stdout, flush=True)
        except OSError as error:  # Such as a full disk, which must not fail the response nor what else is told of it.
            with suppress(OSError):
                logger.warning("a line of the access log could not be written: %s", error.strerror)


def _cut(text: str, most: int = MAX_LOGGED) -> str:
    """The beginning of a text, of which no more than `most` characters are written: some are escaped, by up to twelve."""
    text = text[:most]
    while (written := len(json.dumps(text))) > most:
        text = text[: len(text) * most // written]
    return text
