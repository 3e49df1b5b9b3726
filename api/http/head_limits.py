"""Limits on the head of a request: how much there may be of it, so that reading it costs about as much as answering from the cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from ..errors import ApiError, HeadTooLarge, UrlTooLong

MAX_URL = 64_000  # Bytes of path and query string, percent-encoded; the parser of uvicorn fails above 65,535.
MAX_PATH = 2_000  # Bytes of the path, which is decoded, compared with every address, and repeated, before anything is known of the request.
MAX_PARAMETERS = 500  # Of a query string, each of which is compared with others; the longest address of ours has twenty.
MAX_HEAD = 64 * 1024  # Bytes of the headers; the request line has its own limit.
MAX_HEADERS = 100
MAX_VALUE = 1_000  # Bytes of all values of a header that somebody divides into items: this server, or what it runs in.
DIVIDED = frozenset({
    b"accept", b"accept-encoding", b"accept-language", b"access-control-request-headers", b"cache-control", b"connection", b"content-type", b"expect",
    b"forwarded", b"if-match", b"if-none-match", b"if-range", b"if-modified-since", b"if-unmodified-since", b"origin", b"range", b"te", b"transfer-encoding",
    b"upgrade", b"vary", b"x-forwarded-for", b"x-forwarded-proto",
})  # fmt: skip


def is_small(url: int, size: int, headers: int) -> bool:
    """Whether a head is so small, in bytes, that no part of it can exceed its limit. Nearly all are."""
    return url < MAX_PARAMETERS and size <= MAX_VALUE and headers <= MAX_HEADERS


def too_large(url: bytes, headers: Collection[tuple[bytes, bytes]]) -> ApiError | None:
    """What there is too much of in the head of a request; the names of headers are lower case, the URL is percent-encoded."""
    if len(url) > MAX_URL:
        return UrlTooLong(f"the URL has {len(url):,} bytes; it may have {MAX_URL:,}")
    if len(url) > MAX_PATH and (length := len(url.partition(b"?")[0])) > MAX_PATH:
        return UrlTooLong(f"the path has {length:,} bytes; it may have {MAX_PATH:,}, and all of the URL {MAX_URL:,}")
    if (number := url.count(b"&") + 1) > MAX_PARAMETERS:
        return UrlTooLong(
            f"the query string has {number:,} parameters; it may have {MAX_PARAMETERS:,}; give a list of values to one, with commas"
        )
    size, number = 0, 0
    for name, value in headers:
        number += 1
        size += len(name) + len(value)
    if number > MAX_HEADERS:
        return HeadTooLarge(TOO_MANY)
    if size > MAX_HEAD:
        return HeadTooLarge(TOO_LARGE)
    return None if size <= MAX_VALUE else _too_long(headers)  # If all of them are short, each of them is.


def _too_long(headers: Collection[tuple[bytes, bytes]]) -> ApiError | None:
    """The header of which there is too much to divide it into items."""
    lengths = Counter[bytes]()
    for name, value in headers:
        if name in DIVIDED:
            lengths[name] += len(value)
    for name, length in lengths.items():
        if length > MAX_VALUE:
            return HeadTooLarge(f"the header {name.decode()} has {length:,} bytes; it may have {MAX_VALUE:,}")
    return None


TOO_LARGE = f"the headers have more than {MAX_HEAD:,} bytes"
TOO_MANY = f"the request has more than {MAX_HEADERS} headers"
