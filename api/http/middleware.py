"""Small ASGI middleware: the scheme that a proxy tells of, and the header of a private server."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .guard import PRIVATE_HEADER

WEBSOCKET_SCHEMES = {"ws": "http", "wss": "https"}  # X-Forwarded-Proto may say so, although nothing here speaks WebSocket.


class HttpScheme:
    """ASGI middleware for what a proxy calls ws or wss: the scheme of a request is in the addresses of its response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("scheme") in WEBSOCKET_SCHEMES:
            scope["scheme"] = WEBSOCKET_SCHEMES[scope["scheme"]]
        await self.app(scope, receive, send)


class PrivateHeader:
    """ASGI middleware that marks every response of a private server as meant for its operator alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), PRIVATE_HEADER]
            await send(message)

        await self.app(scope, receive, send_marked)
