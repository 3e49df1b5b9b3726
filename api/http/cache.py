"""Stands before the application: the addresses that are asked most are found without a search, and what was answered is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache

from cachetools import LRUCache
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..store.pool import Pool
from .responses import ENCODINGS, MIN_ENCODED_SIZE, FactResponse, NotModified

Endpoint = Callable[[Request], Awaitable[Response]]
Header = tuple[bytes, bytes]
Key = tuple[str | bytes | None, ...]

# Newsrooms ask from their own pages: everything here is public and read-only.
EXPOSED_HEADERS = ["etag", "link", "conflict-facts-revision", "conflict-facts-withheld", "conflict-facts-private"]
COMMON_HEADERS: list[Header] = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", ", ".join(EXPOSED_HEADERS).encode()),
    (b"vary", b"accept-encoding"),  # Of short answers too, and of 304: whether an answer is encoded depends on how long it happens to be.
]
NEGOTIATION_HEADERS = frozenset({b"accept", b"content-type", b"accept-encoding", b"if-none-match", b"cache-control"})
THREAD_ENCODING_FROM = 256 * 1024  # Bytes from which encoding is left to another thread.
ENTRY_OVERHEAD = 1000  # Bytes that a kept answer takes beside its body and what asked for it, about.


@dataclass(slots=True)
class CachedResponse:
    """An answer as it goes out, in every encoding that was asked for so far."""

    status: int
    headers: list[Header]  # Those of 304, too.
    type: list[Header]  # What is said of the body besides.
    body: bytes
    current: int  # The newest revision when it was made; 0 where it is not to be kept.
    etag: bytes
    size: int = 0  # What it takes to keep it, about.
    encoded: dict[bytes | None, tuple[list[Header], bytes]] = field(default_factory=dict)  # None: as it is.


class BufferedRequest(Request):
    """A request whose body was read before; of one that is too large, as much as shows it."""

    def __init__(self, scope: Scope, body: bytes | None) -> None:
        super().__init__(scope)
        self.content = body or b""

    async def body(self) -> bytes:
        return self.content


class ResponseCache:
    """Answers by the endpoints of an application what it is asked most, and keeps the answers for as long as no revision is recorded."""

    def __init__(self, pool: Pool, find: Callable[[Scope], Endpoint | None], refuse: Callable[[Request, Exception], Response]) -> None:
        self.pool, self.find, self.refuse = pool, find, refuse
        size = pool.settings.kept_megabytes * 1024 * 1024
        self.responses: LRUCache[Key, CachedResponse] = LRUCache(size, getsizeof=lambda sent: sent.size)
        pool.on_listener_lost.append(
            self.responses.clear
        )  # Who is reached next may be another database, with revisions of the same numbers.
        self.in_flight: dict[tuple[Key, int | None], list[asyncio.Future[CachedResponse | None]]] = {}  # With who waits for each.

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Whether the request was one of those that are answered here."""
        endpoint = self.find(scope)
        if endpoint is None:
            return False
        asked: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in NEGOTIATION_HEADERS:  # Sent in several lines, it is one list (RFC 9110, 5.3).
                asked[name] = asked[name] + b", " + value if name in asked else value
        try:
            body = await _read_body(receive, self.pool.settings.max_body) if scope["method"] == "POST" else None
        except ClientDisconnect:
            return True
        key = (scope["path"], scope["query_string"], body, asked.get(b"accept"), asked.get(b"content-type"))
        sent = self._fresh(key)
        if sent is None and b"if-none-match" in asked:
            sent = self._fresh((*key, asked[b"if-none-match"]))
        if sent is None or b"no-cache" in asked.get(b"cache-control", b""):
            sent = await self._produce(key, endpoint, BufferedRequest(scope, body), asked)
        await _send(sent, asked, send)
        return True

    def _fresh(self, key: Key) -> CachedResponse | None:
        sent = self.responses.get(key)
        return sent if sent is not None and sent.current == self.pool.revision else None

    async def _produce(self, key: Key, endpoint: Endpoint, request: Request, asked: dict[bytes, bytes]) -> CachedResponse:
        """Make an answer, or wait for the same one that is under way."""
        if b"if-none-match" in asked or b"cache-control" in asked:  # It may come to no answer at all, or must be a new one.
            sent = await self._call_endpoint(endpoint, request)
            return self._remember((*key, asked[b"if-none-match"]) if sent.status == 304 else key, sent)
        doing = (key, self.pool.revision)  # Who has heard of a revision is not given what was begun before it.
        while (others := self.in_flight.get(doing)) is not None:
            waiting: asyncio.Future[CachedResponse | None] = asyncio.get_running_loop().create_future()
            others.append(waiting)
            if (other := await waiting) is not None:
                return other
        self.in_flight[doing], made = [], None
        try:
            made = await self._call_endpoint(endpoint, request)
        finally:
            for one in self.in_flight.pop(doing):
                if not one.done():
                    one.set_result(made)  # None: who made it has left.
        return self._remember(key, made)

    def _remember(self, key: Key, sent: CachedResponse) -> CachedResponse:
        """Keep an answer of today's revision, with what it was asked by, unless it would take the room of many."""
        if sent.current and sent.current == self.pool.revision:
            sent.size = ENTRY_OVERHEAD + len(sent.body) + sum(len(part) for part in key if part)
            if sent.size < self.responses.maxsize // 8:
                self.responses[key] = sent
        return sent

    async def _call_endpoint(self, endpoint: Endpoint, request: Request) -> CachedResponse:
        try:
            response = await endpoint(request)
        except Exception as error:
            response = self.refuse(request, error)
        current, etag = 0, b""
        headers, type = COMMON_HEADERS.copy(), []
        for one in response.raw_headers:
            if one[0] == b"content-type":
                type.append(one)
            elif one[0] != b"content-length":
                headers.append(one)
            if one[0] == b"etag":
                etag = one[1].removeprefix(b"W/")
        if isinstance(response, (FactResponse, NotModified)):
            current = response.current
        return CachedResponse(response.status_code, headers, type, bytes(response.body), current, etag)


async def _send(sent: CachedResponse, asked: dict[bytes, bytes], send: Send) -> None:
    if sent.status == 304 or (sent.etag and sent.status == 200 and _matches(asked.get(b"if-none-match"), sent.etag)):
        # Without a type or a length: they would be taken for those of the answer.
        await send({"type": "http.response.start", "status": 304, "headers": sent.headers})
        await send({"type": "http.response.body", "body": b""})
        return
    encoding = _negotiated_encoding(asked.get(b"accept-encoding")) if len(sent.body) >= MIN_ENCODED_SIZE else None
    headers, body = sent.encoded.get(encoding) or await _encoded(sent, encoding)
    await send({"type": "http.response.start", "status": sent.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _encoded(sent: CachedResponse, encoding: bytes | None) -> tuple[list[Header], bytes]:
    """The headers and the body in an encoding, made once for as long as the answer is kept."""
    headers, body = [*sent.headers, *sent.type], sent.body
    if encoding is not None:
        encode = ENCODINGS[encoding]
        body = encode(body) if len(body) < THREAD_ENCODING_FROM else await asyncio.to_thread(encode, body)
        headers.append((b"content-encoding", encoding))
    headers.append((b"content-length", b"%d" % len(body)))
    sent.encoded[encoding] = headers, body
    return headers, body


@lru_cache(100)
def _negotiated_encoding(accepted: bytes | None) -> bytes | None:
    """The best encoding that the asker takes (RFC 9110, 12.5.3); None for the body as it is."""
    if not accepted:
        return None
    taken = {}
    for part in accepted.lower().split(b","):
        name, _, quality = part.partition(b";")
        taken[name.strip()] = quality.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return next((one for one in ENCODINGS if taken.get(one, taken.get(b"*", False))), None)


def _matches(held: bytes | None, etag: bytes) -> bool:
    return held is not None and (held.strip() == b"*" or etag in [one.strip().removeprefix(b"W/") for one in held.split(b",")])


async def _read_body(receive: Receive, limit: int) -> bytes:
    """The body of a request, read as far as it may go. Raises ClientDisconnect."""
    body, more = b"", True
    while more and len(body) <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
