"""`/mcp`: the Model Context Protocol over HTTP, in front of its SDK, which is started by the first request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Scope

from ..errors import ApiError, NotInstalled, RateLimited, TooLarge, TooMuch, UnsupportedMedia
from ..http.bodies import media_type, refuse_compressed
from ..http.rate_limit import metered
from ..http.responses import site_of
from ..store.allowance import ACCOUNT
from .tools import Tools

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

PATH = "/mcp"
SDK = "mcp"
NOT_INSTALLED = (
    "the tools for language models need a package that is not installed: run `pip install 'conflict-facts[mcp]'`, or `make mcp` in a checkout. "
    "REST and GraphQL answer the same questions without it"
)
REFUSED = -32000  # JSON-RPC: an error of the server's own.
JSON = "application/json"
# The SDK reads a body in the thread of all requests, and checks each value in it. A call becomes a URL, which is not longer.
MAX_BODY, MAX_PARTS = 32_768, 2_000


def is_installed() -> bool:
    """Whether the SDK is there."""
    return find_spec(SDK) is not None


def variant(scope: Scope) -> bytes:
    """What a response depends on beside the body of its request: the version of the protocol, and the address of this server."""
    return site_of(scope) + b"".join(b"\n%b:%b" % header for header in scope["headers"] if header[0].startswith(b"mcp-"))


class McpEndpoint:
    """Answers requests of the protocol; each is priced and limited as its requests to REST are."""

    def __init__(self, tools: Tools, max_body: int) -> None:
        self.tools, self.max_body = tools, min(max_body, MAX_BODY)
        self.answer: Callable[[Request], Awaitable[Response]] = metered(self._answer, admits=False)
        self.starting = asyncio.Lock()
        self.manager: StreamableHTTPSessionManager | None = None
        self.running: asyncio.Task[None] | None = None
        self.closing = asyncio.Event()

    async def _answer(self, request: Request) -> Response:
        if not is_installed():
            raise NotInstalled(NOT_INSTALLED)
        try:
            ACCOUNT.get().admit()
            _check_media_type(request)
            body = await request.body()
            _check_size(body, self.max_body)
        except (RateLimited, TooLarge, TooMuch, UnsupportedMedia) as error:
            return _refusal(error)
        return await self._by_sdk(request, body)

    async def _by_sdk(self, request: Request, body: bytes) -> Response:
        """The response of the SDK to a request whose body has been read."""
        manager = self.manager or await self._started()
        unread = [body]
        sent: list[Message] = []

        async def receive() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            await asyncio.Event().wait()  # Whether the client has gone is seen by the response cache, which then cancels this.
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await manager.handle_request(request.scope, receive, send)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent[0]["headers"] if name != b"content-length"}
        return Response(b"".join(message.get("body", b"") for message in sent[1:]), sent[0]["status"], headers)

    async def _started(self) -> StreamableHTTPSessionManager:
        """The SDK, which takes a second to import: in another thread, so that other requests are answered meanwhile."""
        async with self.starting:
            if self.manager is None:
                module = await asyncio.to_thread(import_module, ".server", __package__)
                manager: StreamableHTTPSessionManager = module.session_manager(self.tools, self.max_body)
                ready = asyncio.Event()
                # A task of its own begins and ends the group of tasks, as anyio demands; and without the account of the client that came first.
                self.running = asyncio.create_task(self._run(manager, ready), context=Context())
                await ready.wait()
                self.manager = manager
        return self.manager

    async def _run(self, manager: StreamableHTTPSessionManager, ready: asyncio.Event) -> None:
        try:
            async with manager.run():
                ready.set()
                await self.closing.wait()
        finally:
            ready.set()

    async def close(self) -> None:
        """End the tasks of the SDK; what still runs is cancelled."""
        self.closing.set()
        if self.running is not None:
            await asyncio.wait([self.running])


def _check_media_type(request: Request) -> None:
    """Raises UnsupportedMedia for a body that is not JSON, or is compressed."""
    refuse_compressed(request)
    if media_type(request) != JSON:
        raise UnsupportedMedia(f"send the message as content-type: {JSON}")


def _check_size(body: bytes, limit: int) -> None:
    """Raises TooLarge or TooMuch for a body that takes long to read."""
    if len(body) > limit:
        raise TooLarge(f"the body has {len(body):,} bytes, and {limit:,} is the limit; ask for less in one call")
    parts = sum(map(body.count, (b",", b"{", b"[")))  # Those in texts too: to tell them apart would be to read it.
    if parts > MAX_PARTS:
        raise TooMuch(f"the body has {parts:,} commas and opening brackets, and {MAX_PARTS:,} is the limit; ask for less in one call")


def _refusal(error: ApiError) -> Response:
    """The error as clients of the protocol read it: with its problem document as data."""
    body = {"jsonrpc": "2.0", "id": None, "error": {"code": REFUSED, "message": error.detail, "data": error.document()}}
    return JSONResponse(body, error.status, error.headers())
