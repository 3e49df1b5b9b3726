"""What every request and every response passes: malformed requests are refused, and each response says how it may be cached and read."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import ApiError, BadHost
from .head_limits import is_small, too_large

NOSNIFF = (b"x-content-type-options", b"nosniff")  # A browser must not take a text for a script or a page.
PRIVATE_HEADER = (b"conflict-facts-private", b"true")  # Of every response of a private server, which is meant for its operator alone.
NO_STORE = (b"cache-control", b"no-store")  # Of responses that do not say otherwise, such as errors.
HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:[0-9]*)?")  # A name or an address, and a port (RFC 3986, 3.2).


@lru_cache(maxsize=256)  # Nearly all requests name the same few.
def is_host(value: bytes) -> bool:
    return HOST.fullmatch(value) is not None


class RequestGuard:
    """ASGI middleware outside of all other: `refuse` turns the error of a malformed request into its response."""

    def __init__(self, app: ASGIApp, refuse: Callable[[Request, Exception], Response]) -> None:
        self.app, self.refuse = app, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (error := fault(scope)) is None:
            await self.app(scope, receive, send)
            return
        # Without the host, of which there may be none, and the path, which may be long.
        request = Request({**scope, "path": "/", "headers": [], "server": None})
        response = self.refuse(request, error)
        response.headers["access-control-allow-origin"] = "*"  # A page may read a refusal too.
        await complete_headers(response)(scope, receive, send)


def fault(scope: Scope) -> ApiError | None:
    """What is wrong with a request, whatever it asks for."""
    host, hosts, size = b"", 0, 0
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name == b"host":
            host, hosts = host or value, hosts + 1
    if hosts > 1 or (not host and scope.get("http_version", "1.0") != "1.0"):
        return BadHost(f"the request has {hosts} Host headers" if hosts != 1 else "the Host header is empty")
    if hosts and not is_host(host):
        return BadHost("the Host header is not a name or an address with an optional port")
    path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    if is_small(len(path) + len(query), size, len(scope["headers"])):
        return None
    return too_large(b"%b?%b" % (path, query) if query else path, scope["headers"])


def complete_headers(app: ASGIApp) -> ASGIApp:
    """The application with the headers that each of its responses should have, where it leaves them out."""

    async def completing(scope: Scope, receive: Receive, send: Send) -> None:
        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": with_common_headers(message.get("headers", ()))}
            await send(message)

        await app(scope, receive, completed if scope["type"] == "http" else send)

    return completing


def with_common_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers with those that every response has, where they lack them."""
    names = {name.lower() for name, _ in headers}
    return [*headers, *(header for header in (NOSNIFF, NO_STORE) if header[0] not in names)]
