"""Refusals that are sent without the application, by a connection itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus

from ..errors import ApiError


def refusal(error: ApiError, with_body: bool, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The bytes of a response with the problem document of an error, after which the connection is closed."""
    body = json.dumps(error.document()).encode()
    again = "".join(f"{name}: {value}\r\n" for name, value in error.headers().items())
    head = (
        f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\ncontent-type: application/problem+json\r\ncontent-length: {len(body)}\r\n"
        f"cache-control: no-store\r\nx-content-type-options: nosniff\r\naccess-control-allow-origin: *\r\n{again}connection: close\r\n"
    )
    more = b"".join(b"%b: %b\r\n" % header for header in headers)
    return head.encode() + more + b"\r\n" + (body if with_body else b"")
