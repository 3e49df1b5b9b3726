"""Stands before the application: the addresses that are asked most are found without a search, and what was answered is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from .db import Database
from .replies import ENCODINGS, WORTH_ENCODING, Reply

Endpoint = Callable[[Request], Awaitable[Response]]
Header = tuple[bytes, bytes]
Key = tuple[object, ...]

# Newsrooms ask from their own pages: everything here is public and read-only.
EXPOSED = ["etag", "link", "conflict-facts-revision"]
PUBLIC: list[Header] = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", ", ".join(EXPOSED).encode()),
    (b"vary", b"accept-encoding"),  # Of short answers too, and of 304: whether an answer is encoded depends on how long it happens to be.
]
ASKED = (b"accept", b"content-type", b"accept-encoding", b"if-none-match", b"cache-control")
ELSEWHERE = 256 * 1024  # Bytes from which encoding is left to another thread.
OVERHEAD = 1000  # Bytes that a kept answer takes beside its body and what asked for it, about.


@dataclass
class Sent:
    """An answer as it goes out, in every encoding that was asked for so far."""

    status: int
    headers: list[Header]
    body: bytes
    current: int  # The newest revision when it was made; 0 where it is not to be kept.
    etag: bytes = b""
    size: int = 0  # What it takes to keep it, about.
    encoded: dict[bytes, bytes] = field(default_factory=dict)


class _Left(Exception):
    """Who made the answer that others wait for is gone."""


class Front:
    """Answers by the endpoints of an application what it is asked most, and keeps the answers for as long as no revision is recorded."""

    def __init__(
        self, database: Database, find: Callable[[Scope], Endpoint | None], refuse: Callable[[Request, Exception], Response]
    ) -> None:
        self.database, self.find, self.refuse = database, find, refuse
        size = database.settings.kept_megabytes * 1024 * 1024
        self.kept: LRUCache[Key, Sent] = LRUCache(size, getsizeof=lambda sent: sent.size)
        database.lost.append(self.kept.clear)  # Who is reached next may be another database, with revisions of the same numbers.
        self.under_way: dict[Key, asyncio.Future[Sent]] = {}

    async def answered(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Whether the request was one of those that are answered here."""
        endpoint = self.find(scope)
        if endpoint is None:
            return False
        asked: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in ASKED:  # Sent in several lines, it is one list (RFC 9110, 5.3).
                asked[name] = asked[name] + b", " + value if name in asked else value
        taken = await _taken(scope, receive, self.database.settings.max_body)
        if taken.gone:
            return True
        key = (scope["path"], scope["query_string"], *(taken.bodies), asked.get(b"accept"), asked.get(b"content-type"))
        sent = self.kept.get(key)
        if sent is None or sent.current != self.database.revision or b"no-cache" in asked.get(b"cache-control", b""):
            sent = await self._made(key, endpoint, Request(scope, taken.again), asked)
        await self._send(sent, asked, send)
        return True

    async def _made(self, key: Key, endpoint: Endpoint, request: Request, asked: dict[bytes, bytes]) -> Sent:
        """Make an answer, or wait for the same one that is under way."""
        if b"if-none-match" in asked or b"cache-control" in asked:  # It may come to no answer at all, or must be a new one.
            return self._keep(key, await self._responded(endpoint, request))
        doing = (key, self.database.revision)  # Who has heard of a revision is not given what was begun before it.
        while (other := self.under_way.get(doing)) is not None:
            with suppress(_Left):
                return await asyncio.shield(other)
        future = self.under_way[doing] = asyncio.get_running_loop().create_future()
        try:
            sent = await self._responded(endpoint, request)
            future.set_result(sent)
        except BaseException:
            future.set_exception(_Left())
            future.exception()  # Seen: it may be that nobody waits.
            raise
        finally:
            del self.under_way[doing]
        return self._keep(key, sent)

    def _keep(self, key: Key, sent: Sent) -> Sent:
        """Keep an answer of today's revision, with what it was asked by, unless it would take the room of many."""
        sent.size = OVERHEAD + len(sent.body) + sum(len(part) for part in key if isinstance(part, (str, bytes)))
        if sent.current and sent.current == self.database.revision and sent.size < self.kept.maxsize // 8:
            self.kept[key] = sent
        return sent

    async def _responded(self, endpoint: Endpoint, request: Request) -> Sent:
        try:
            response = await endpoint(request)
        except Exception as error:
            response = self.refuse(request, error)
        current = response.current if isinstance(response, Reply) and response.status_code == 200 else 0
        headers = [one for one in response.raw_headers if one[0] != b"content-length"] + PUBLIC
        etag = next((value for name, value in headers if name == b"etag"), b"").removeprefix(b"W/")
        return Sent(response.status_code, headers, bytes(response.body), current, etag)

    async def _send(self, sent: Sent, asked: dict[bytes, bytes], send: Send) -> None:
        if sent.status == 304 or (sent.etag and sent.status == 200 and _holds(asked.get(b"if-none-match"), sent.etag)):
            headers = [one for one in sent.headers if one[0] != b"content-type"]  # Nor a length: it would be taken for that of the answer.
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers, body = sent.headers, sent.body
        if len(body) >= WORTH_ENCODING:
            encoding = _encoding(asked.get(b"accept-encoding"))
            if encoding is not None:
                body = await _encoded(sent, encoding)
                headers = [*headers, (b"content-encoding", encoding)]
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": sent.status, "headers": [*headers, length]})
        await send({"type": "http.response.body", "body": body})


async def _encoded(sent: Sent, encoding: bytes) -> bytes:
    """The body in an encoding, made once for as long as the answer is kept."""
    if encoding not in sent.encoded:
        encode = ENCODINGS[encoding]
        sent.encoded[encoding] = encode(sent.body) if len(sent.body) < ELSEWHERE else await asyncio.to_thread(encode, sent.body)
    return sent.encoded[encoding]


def _encoding(accepted: bytes | None) -> bytes | None:
    """The best encoding that the asker takes (RFC 9110, 12.5.3); None for the body as it is."""
    if not accepted:
        return None
    taken = {}
    for part in accepted.lower().split(b","):
        name, _, quality = part.partition(b";")
        taken[name.strip()] = quality.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return next((one for one in ENCODINGS if taken.get(one, taken.get(b"*", False))), None)


def _holds(held: bytes | None, etag: bytes) -> bool:
    return held is not None and (held.strip() == b"*" or etag in [one.strip().removeprefix(b"W/") for one in held.split(b",")])


class _Taken:
    """The body of a request, read as far as it may go, and all of it again for whoever reads it next."""

    def __init__(self, receive: Receive) -> None:
        self.receive, self.messages = receive, list[Message]()

    @property
    def bodies(self) -> Iterable[bytes]:
        return [message.get("body", b"") for message in self.messages]

    @property
    def gone(self) -> bool:
        """Whether the asker left before all of it was sent."""
        return any(message["type"] == "http.disconnect" for message in self.messages)

    async def again(self) -> Message:
        return self.messages.pop(0) if self.messages else await self.receive()


async def _taken(scope: Scope, receive: Receive, limit: int) -> _Taken:
    taken, size, more = _Taken(receive), 0, scope["method"] == "POST"
    while more and size <= limit:
        message = await receive()
        taken.messages.append(message)
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    return taken
