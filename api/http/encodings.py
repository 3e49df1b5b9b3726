"""Compresses responses: which encoding a client likes best, and the encoders of bodies that are sent whole or in pieces."""

from __future__ import annotations

import asyncio
import re
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import brotli  # type: ignore[import-untyped]  # it has no annotations
import zstandard
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, IdentityResponder
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ..store.allowance import ACCOUNT

MIN_ENCODED_SIZE = 1000  # Bytes.
THREAD_PIECE_FROM = (
    64 * 1024
)  # Bytes from which a body, or a piece of it, is compressed in another thread: in this one it would take some milliseconds.
QUALITY = re.compile(rb"q\s*=\s*([01](?:\.[0-9]{0,3})?)")
COMPRESSED_ALREADY = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES, "application/vnd.apache.parquet", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)  # fmt: skip


@dataclass(frozen=True)
class Pieces:
    """An encoder of a body in pieces: what becomes of a piece, what completes what was given so far, and what completes the body."""

    add: Callable[[bytes], bytes]
    flush: Callable[[], bytes]
    finish: Callable[[], bytes]


@dataclass(frozen=True)
class Encoding:
    whole: Callable[[bytes], bytes]
    pieces: Callable[[], Pieces]


def _zstd() -> Pieces:
    encoder = zstandard.ZstdCompressor(3).compressobj()
    return Pieces(encoder.compress, lambda: encoder.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK), encoder.flush)


def _brotli() -> Pieces:
    encoder = brotli.Compressor(quality=4)
    return Pieces(encoder.process, encoder.flush, encoder.finish)


def _gzip() -> Pieces:
    encoder = zlib.compressobj(5, wbits=31)
    return Pieces(encoder.compress, lambda: encoder.flush(zlib.Z_SYNC_FLUSH), encoder.flush)


# Best first. At higher levels compression takes more time than it saves in bytes, measured on lists of events.
ENCODINGS: dict[bytes, Encoding] = {
    b"zstd": Encoding(lambda body: zstandard.compress(body, 3), _zstd),
    b"br": Encoding(lambda body: brotli.compress(body, quality=4), _brotli),
    b"gzip": Encoding(lambda body: zlib.compress(body, 5, wbits=31), _gzip),
}


@lru_cache(100)
def negotiated_encoding(accept: bytes | None) -> bytes | None:
    """The encoding that the client likes best (RFC 9110, 12.5.3), of equal ones the smallest; None for none."""
    qualities: dict[bytes, float] = {}
    for part in (accept or b"").lower().split(b","):
        name, _, parameter = part.partition(b";")
        quality = QUALITY.fullmatch(parameter.strip())
        qualities[name.strip()] = float(quality[1]) if quality else 1.0
    best = max(ENCODINGS, key=lambda encoding: qualities.get(encoding, qualities.get(b"*", 0.0)))
    wanted = qualities.get(best, qualities.get(b"*", 0.0))
    return best if wanted > 0 and wanted >= qualities.get(b"identity", 0.0) else None


def requested_encoding(request: Request) -> bytes | None:
    """The encoding in which a body of any length is sent to a client; None for none."""
    return negotiated_encoding(request.headers.get("accept-encoding", "").encode("latin-1"))


class EncodingMiddleware:
    """Compresses what the response cache does not: pages, static files, errors, and files while they are written. A range is sent as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        accept = next((value for name, value in scope.get("headers", ()) if name == b"accept-encoding"), None)
        encoding = negotiated_encoding(accept) if scope["type"] == "http" else None
        app = self.app if scope["type"] != "http" else _Responder(self.app, encoding) if encoding else _identity(self.app)
        await app(scope, receive, send)


def _identity(app: ASGIApp) -> ASGIApp:
    return IdentityResponder(app, MIN_ENCODED_SIZE, exclude_content_types=COMPRESSED_ALREADY)


class _Responder(IdentityResponder):
    """Compresses one response."""

    def __init__(self, app: ASGIApp, encoding: bytes) -> None:
        super().__init__(app, MIN_ENCODED_SIZE, exclude_content_types=COMPRESSED_ALREADY)
        self.content_encoding, self.encoding = encoding.decode(), ENCODINGS[encoding]
        self.pieces: Pieces | None = None

    async def apply_compression(self, body: bytes, *, more_body: bool) -> bytes:
        if self.pieces is None and not more_body:
            return await encoded(self.encoding.whole, body)
        first, self.pieces = self.pieces is None, self.pieces or self.encoding.pieces()
        added = await encoded(self.pieces.add, body)
        # What is sent first must not be empty: Starlette compares it with the body in order to know that it is encoded.
        return added + (self.pieces.flush() if first else b"") if more_body else added + self.pieces.finish()


async def encoded(encode: Callable[[bytes], bytes], body: bytes) -> bytes:
    """What an encoder makes of a body; of a long one in another thread."""
    return encode(body) if len(body) < THREAD_PIECE_FROM else await encoded_by_thread(encode, body)


async def encoded_by_thread(encode: Callable[[bytes], bytes], body: bytes) -> bytes:
    """What an encoder makes of a body, in another thread. Its client pays for the processor time, also if it leaves meanwhile."""
    account, loop = ACCOUNT.get(), asyncio.get_running_loop()

    def paid() -> bytes:
        started = time.thread_time()
        try:
            return encode(body)
        finally:
            with suppress(RuntimeError):  # The event loop was closed.
                loop.call_soon_threadsafe(account.pay_time, time.thread_time() - started)

    return await asyncio.to_thread(paid)
