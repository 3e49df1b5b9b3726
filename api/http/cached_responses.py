"""The responses in the cache: those used last, within a number of bytes, each also by the heads of requests that it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from cachetools import LRUCache
from starlette.types import Message, Scope

from .encodings import COMPRESSED_ALREADY, MIN_ENCODED_SIZE
from .head_limits import MAX_HEADERS, MAX_PARAMETERS, MAX_VALUE
from .min_revision import HEADER_BYTES

Header = tuple[bytes, bytes]
CacheKey = tuple[str | bytes | None, ...]
Head = tuple[str | bytes | None, ...]  # The parts of the head of a request that decide what answers it.

# The request headers that a response depends on.
NEGOTIATION_HEADERS = frozenset({b"accept", b"content-type", b"accept-encoding", b"if-none-match", b"cache-control"})
# With one of these, what answers a request is not decided by its head alone.
OTHER_HEADERS = (NEGOTIATION_HEADERS - {b"accept", b"accept-encoding"}) | {HEADER_BYTES}
COMPRESSED = tuple(name.rstrip("*").encode() for name in COMPRESSED_ALREADY)
MAX_HEADS = 16  # Of one response: the same request with other headers, by other clients.


@dataclass(slots=True, eq=False)
class CachedResponse:
    """A response ready to send, in every encoding that was requested so far."""

    status: int
    headers: list[Header]  # Without those of the body, so also those of a 304.
    content_type: list[Header]  # None or one.
    body: bytes
    current: int  # The newest revision when the response was made; 0 if it must not be cached.
    etag: bytes
    operation: str = ""  # Its shape, in GraphQL.
    size: int = 0  # Approximate bytes of memory that the entry takes.
    encoded: dict[bytes | None, tuple[list[Header], bytes]] = field(default_factory=dict)  # By encoding; None is unencoded.
    heads: list[Head] = field(default_factory=list)  # That have an entry of their own.

    @property
    def may_be_encoded(self) -> bool:
        """Whether an encoding would make it smaller."""
        return len(self.body) >= MIN_ENCODED_SIZE and not any(value.startswith(COMPRESSED) for _, value in self.content_type)


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """What answers a head until a later revision is recorded: the messages to send, which nobody may change."""

    key: CacheKey
    response: CachedResponse
    start: Message
    body: Message
    changes: bool  # Whether a cache has to ask before it sends the response to others.


class CachedResponses(LRUCache[CacheKey, CachedResponse]):
    """The responses used last, of at most `size` bytes. `hits` are those that answer a head."""

    def __init__(self, size: int) -> None:
        super().__init__(size, getsizeof=lambda response: response.size)
        self.hits: dict[Head, Hit] = {}
        self.is_crowded = False  # Whether what is not used may soon be removed.

    def __setitem__(self, key: CacheKey, response: CachedResponse) -> None:
        if (before := self.get(key)) is not None:
            self._forget(before)
        super().__setitem__(key, response)
        self.is_crowded = 2 * self.currsize > self.maxsize

    def __delitem__(self, key: CacheKey) -> None:
        if (response := self.get(key)) is not None:
            self._forget(response)
        super().__delitem__(key)

    def clear(self) -> None:
        super().clear()
        self.hits.clear()

    def hit(self, scope: Scope) -> Hit | None:
        """The response to a request whose head was answered before; it may be outdated."""
        head = head_of(scope)
        hit = self.hits.get(head) if head is not None else None
        if hit is not None and self.is_crowded:
            self.get(hit.key)  # It was used.
        return hit

    def note(self, scope: Scope, key: CacheKey, encoding: bytes | None) -> None:
        """Remember that the head of a request is answered by a cached response, in an encoding that it has."""
        if (head := head_of(scope)) is None or head in self.hits or (response := self.get(key)) is None or len(response.heads) >= MAX_HEADS:
            return
        headers, body = response.encoded[encoding]
        start = {"type": "http.response.start", "status": response.status, "headers": headers}
        changes = not any(name == b"cache-control" and b"max-age" in value for name, value in headers)
        self.hits[head] = Hit(key, response, start, {"type": "http.response.body", "body": body}, changes)
        response.heads.append(head)

    def _forget(self, response: CachedResponse) -> None:
        for head in response.heads:
            self.hits.pop(head, None)
        response.heads = []


def head_of(scope: Scope) -> Head | None:
    """What decides the response to a GET; None if more does, or if the head may be malformed: whoever finds it among `hits` checks nothing else of it."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    headers = dict(scope["headers"])
    host, path, query = headers.get(b"host"), scope["path"], scope["query_string"]
    if not host or len(headers) != len(scope["headers"]) or len(headers) > MAX_HEADERS or not OTHER_HEADERS.isdisjoint(headers):
        return None
    if (
        sum(map(len, headers)) + sum(map(len, headers.values())) > MAX_VALUE
        or len(scope.get("raw_path") or path) + len(query) >= MAX_PARAMETERS
    ):
        return None
    return path, query, headers.get(b"accept"), headers.get(b"accept-encoding"), host, scope["scheme"]
