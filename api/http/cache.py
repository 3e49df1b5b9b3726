"""Response cache in front of the application: answers frequent requests without routing, and repeats responses until a new revision."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import RateLimited
from ..store.allowance import ACCOUNT
from ..store.pool import Pool
from .cached_responses import NEGOTIATION_HEADERS, CachedResponse, CachedResponses, CacheKey, Header
from .disconnects import Watched, answered
from .encodings import ENCODINGS, encoded, negotiated_encoding
from .etags import has_response
from .exchanges import note_shape, shape_of
from .guard import with_common_headers
from .long_bodies import LONG, Unread, send_slices
from .responses import COST_HEADER, REVISION_HEADER, FactResponse, NotModified

Endpoint = Callable[[Request], Awaitable[Response]]

# Websites send requests from their own pages: everything here is public and read-only.
EXPOSED_HEADERS = ["etag", "link", COST_HEADER, REVISION_HEADER, "conflict-facts-withheld", "conflict-facts-private", "x-request-id",
                   "ratelimit", "ratelimit-policy", "retry-after", "accept-ranges", "content-range", "content-disposition"]  # fmt: skip
COMMON_HEADERS: list[Header] = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", ", ".join(EXPOSED_HEADERS).encode()),
    (
        b"vary",
        b"accept, accept-encoding",
    ),  # A list is a file for a client that prefers one. On short responses and 304 too: the length of a response decides whether it is compressed.
]
VARIANT = "cache_variant"  # In the scope of a request: what else the response depends on; `find` sets it.
ENTRY_OVERHEAD = 1000  # Bytes that an entry takes in memory beside its body and its key, about.


class BufferedRequest(Request):
    """A request whose body has been read; of a body above the limit, only enough to see that it is."""

    def __init__(self, scope: Scope, body: bytes | None) -> None:
        super().__init__(scope)
        self.content = body or b""

    async def body(self) -> bytes:
        return self.content


class ResponseCache:
    """ASGI middleware that answers the endpoints found by `find` itself, and caches their responses until a new revision.

    Every other request passes on to `app`. `refuse` turns an exception of an endpoint into a response.
    """

    def __init__(
        self, app: ASGIApp, pool: Pool, find: Callable[[Scope], Endpoint | None], refuse: Callable[[Request, Exception], Response]
    ) -> None:
        self.app, self.pool, self.find, self.refuse = app, pool, find, refuse
        self.responses = CachedResponses(pool.settings.kept_megabytes * 1024 * 1024)
        # After a reconnection the database may be another one, whose revisions have the same numbers.
        pool.revisions.on_lost.append(self.responses.clear)
        # By key and revision, the requests that wait for a response being produced.
        self.in_flight: dict[tuple[CacheKey, int | None], list[asyncio.Future[CachedResponse | None]]] = {}
        self.unread = Unread()
        self.hits = self.misses = 0  # Requests that were answered from the cache, and the others that it handles.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self.find(scope) if scope["type"] == "http" else None
        if endpoint is None:
            app = partial(answered, self.app) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else self.app
            await app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in NEGOTIATION_HEADERS:  # Several lines of one name are one list (RFC 9110, 5.3).
                headers[name] = headers[name] + b", " + value if name in headers else value
        try:
            body = await _read_body(receive, self.pool.settings.max_body) if scope["method"] == "POST" else None
        except ClientDisconnect:
            return
        key = (scope["path"], scope["query_string"], body, headers.get(b"accept"), headers.get(b"content-type"), scope.get(VARIANT))
        response = self._fresh(key)
        if response is None and b"if-none-match" in headers:
            response = self._fresh((*key, headers[b"if-none-match"]))
        self.hits, self.misses = self.hits + (response is not None), self.misses + (response is None)
        if response is None or b"no-cache" in headers.get(b"cache-control", b""):
            flight = (key, self.pool.revisions.newest)
            producing = ACCOUNT.get().paying(self._produce(key, endpoint, BufferedRequest(scope, body), headers))
            response = await Watched(receive, lambda: bool(self.in_flight.get(flight))).response(producing)
        if response is not None:
            note_shape(scope, response.operation)
            encoding = negotiated_encoding(headers.get(b"accept-encoding")) if response.may_be_encoded else None
            await self._send(response, BufferedRequest(scope, body), headers, encoding, send)
            if response.status == 200 and encoding in response.encoded and self.responses.get(key) is response:
                self.responses.note(scope, key, encoding)

    async def _send(
        self, response: CachedResponse, request: Request, headers: dict[bytes, bytes], encoding: bytes | None, send: Send
    ) -> None:  # fmt: skip
        """Send a response; a long one in slices, unless its client does not read others."""
        size, speed, account = len(response.body), self.pool.settings.min_read_speed, ACCOUNT.get()
        if size < LONG:
            await _send(response, headers, encoding, request.scope, send, speed)
            return
        try:
            self.unread.check(account, size)
        except RateLimited as error:
            await _send(_ready(self.refuse(request, error)), headers, None, request.scope, send, speed)
            return
        with self.unread.sending(account.client, size):
            await _send(response, headers, encoding, request.scope, send, speed)

    async def fetch(self, scope: Scope) -> CachedResponse | None:
        """The response to a GET from inside the process, paid and cached like that of a client; None if the cache handles no such request."""
        if (endpoint := self.find(scope)) is None:
            return None
        key = (scope["path"], scope["query_string"], None, dict(scope["headers"]).get(b"accept"), None, scope.get(VARIANT))
        response = self._fresh(key)
        self.hits, self.misses = self.hits + (response is not None), self.misses + (response is None)
        return response or await self._produce(key, endpoint, BufferedRequest(scope, None), {})

    def _fresh(self, key: CacheKey) -> CachedResponse | None:
        """The cached response, unless a later revision has been recorded."""
        response = self.responses.get(key)
        return response if response is not None and response.current == self.pool.revisions.newest else None

    async def _produce(self, key: CacheKey, endpoint: Endpoint, request: Request, headers: dict[bytes, bytes]) -> CachedResponse:
        """Call the endpoint, or wait for the response to an identical request that is being answered."""
        if b"if-none-match" in headers or b"cache-control" in headers:  # The response may be a 304, or has to be a new one.
            response = await self._call_endpoint(endpoint, request)
            return self._remember((*key, headers[b"if-none-match"]) if response.status == 304 else key, response)
        # The revision is part of the key: a request after a revision is known must not get a response that was begun before it.
        flight = (key, self.pool.revisions.newest)
        while (waiting := self.in_flight.get(flight)) is not None:
            future: asyncio.Future[CachedResponse | None] = asyncio.get_running_loop().create_future()
            waiting.append(future)
            if (shared := await future) is not None:
                return shared
        self.in_flight[flight], produced = [], None
        try:
            produced = await self._call_endpoint(endpoint, request)
        finally:
            # None if this request was cancelled, or its client has to wait: then one of those waiting takes over.
            shared = produced if produced is None or produced.status != RateLimited.status else None
            for future in self.in_flight.pop(flight):
                if not future.done():
                    future.set_result(shared)
        return self._remember(key, produced)

    def _remember(self, key: CacheKey, response: CachedResponse) -> CachedResponse:
        """Cache a response of the newest revision, unless it would displace many others."""
        if response.current and response.current == self.pool.revisions.newest:
            response.size = ENTRY_OVERHEAD + len(response.body) + sum(len(part) for part in key if part)
            if response.size < self.responses.maxsize // 8:
                self.responses[key] = response
        return response

    async def _call_endpoint(self, endpoint: Endpoint, request: Request) -> CachedResponse:
        try:
            self.unread.check(ACCOUNT.get())
            response = await endpoint(request)
        except Exception as error:
            response = self.refuse(request, error)
        return _ready(response)


def _ready(response: Response) -> CachedResponse:
    current, etag = 0, b""
    headers, content_type = COMMON_HEADERS.copy(), []
    for header in with_common_headers(response.raw_headers):
        if header[0] == b"content-type":
            content_type.append(header)
        elif header[0] != b"content-length":
            headers.append(header)
        if header[0] == b"etag":
            etag = header[1].removeprefix(b"W/")
    if isinstance(response, (FactResponse, NotModified)):
        current = response.current
    return CachedResponse(response.status_code, headers, content_type, bytes(response.body), current, etag, shape_of(response))


async def _send(
    response: CachedResponse, request_headers: dict[bytes, bytes], encoding: bytes | None, scope: Scope, send: Send, speed: int
) -> None:  # fmt: skip
    not_modified = response.etag and response.status == 200 and _has(request_headers.get(b"if-none-match"), response.etag)
    if response.status == 304 or not_modified:
        # Without content-type and content-length, which would be taken for those of the response that the client has.
        await send({"type": "http.response.start", "status": 304, "headers": response.headers})
        await send({"type": "http.response.body", "body": b""})
        return
    headers, body = response.encoded.get(encoding) or await _encoded(response, encoding)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if len(body) < LONG:
        await send({"type": "http.response.body", "body": body})
    else:
        await send_slices(body, scope, send, speed)


async def _encoded(response: CachedResponse, encoding: bytes | None) -> tuple[list[Header], bytes]:
    """The headers and the body in an encoding, made once and stored in the cached response."""
    headers, body = [*response.headers, *response.content_type], response.body
    if encoding is not None:
        body = await encoded(ENCODINGS[encoding].whole, body)
        headers.append((b"content-encoding", encoding))
    headers.append((b"content-length", b"%d" % len(body)))
    response.encoded[encoding] = headers, body
    return headers, body


def _has(if_none_match: bytes | None, etag: bytes) -> bool:
    return if_none_match is not None and has_response([if_none_match.decode("latin-1")], etag.decode("latin-1"))


async def _read_body(receive: Receive, limit: int) -> bytes:
    """The body of a request; reading stops once it exceeds the limit. Raises ClientDisconnect."""
    body, more = b"", True
    while more and len(body) <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
