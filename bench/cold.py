"""Costs that occur once: the first request with a new document, the start, and memory at the end."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import replace
from statistics import median

from .peers import Request, Server

DOCUMENT_COUNT = 40


def first_sight(server: Server, request: Request) -> float:
    """The additional seconds of the first request with a document: the median over documents that differ only in the name of their operation."""
    extra = []
    asked = json.loads(request.body)
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        for n in range(DOCUMENT_COUNT):
            renamed = {**asked, "query": asked["query"].replace("query Q", f"query Cold{n}Q", 1)}
            raw = replace(request, body=json.dumps(renamed).encode()).raw
            first, *later = [_took(connection, raw) for _ in range(6)]
            extra.append(first - median(later))
    return median(extra)


def _took(connection: socket.socket, raw: bytes) -> float:
    started = time.perf_counter()
    connection.sendall(raw)
    head, _, body = _read(connection).partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += _read(connection)
    if b'"errors"' in body[:100]:
        raise RuntimeError(f"{body[:500]!r}")
    return time.perf_counter() - started


def _read(connection: socket.socket) -> bytes:
    piece = connection.recv(1 << 20)
    if not piece:
        raise RuntimeError("the server closed the connection")
    return piece
