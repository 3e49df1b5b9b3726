"""What operators can see of the requests: each one, with its response, is handed to the access log and to the metrics."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .responses import REVISION_HEADER

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")  # W3C Trace Context, 2.2.
NOTES = "conflict_facts.notes"  # In the scope of a request.
UNMATCHED = "unmatched"  # The route of a path that we do not serve: as a label it would be whatever a client sends.
CLIENT_CLOSED = 499  # As nginx logs a request whose client did not wait for the response.


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, and as much of its response as was sent."""

    method: str
    path: str
    query: str
    status: int
    sent_bytes: int  # Of the body, compressed if it was.
    seconds: float
    revision: int | None  # That the response states.
    client: str
    request_id: str
    trace_id: str | None  # From the request's traceparent, as is the span of whoever called.
    parent_id: str | None
    operation: str = ""  # The shape of the operation, in GraphQL.


class Notes:
    """What a request's endpoint and the response cache tell of it, through the scope of the request."""

    __slots__ = ("operation",)

    def __init__(self) -> None:
        self.operation = ""


def shaped(response: Response, operation: str) -> Response:
    """A response that tells the shape of the operation of GraphQL that it answers."""
    response.operation = operation  # type: ignore[attr-defined]  # read by `shape_of` alone
    return response


def shape_of(response: Response) -> str:
    """The shape that `shaped` has given a response, or an empty text."""
    return getattr(response, "operation", "")


def note_shape(scope: Scope, operation: str) -> None:
    """Tell the observers of a request which shape its operation has."""
    if operation and (notes := scope.get(NOTES)) is not None:
        notes.operation = operation


Observer = Callable[[Exchange], None]


class ObservedExchanges:
    """ASGI middleware outside of all other. It gives each request an id, unless a proxy has, and tells the observers of it when its response has ended."""

    def __init__(self, app: ASGIApp, observers: Sequence[Observer]) -> None:
        self.app, self.observers = app, observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        of_request = dict(scope["headers"])
        given = of_request.get(b"x-request-id", b"")
        request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(16).encode()
        of_response: dict[bytes, bytes] = {}
        status, sent, notes = CLIENT_CLOSED, 0, scope.get(NOTES) or Notes()

        async def observing(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                of_response.update(message.get("headers", ()))
                message = {**message, "headers": [*message.get("headers", ()), (b"x-request-id", request_id)]}
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self.app({**scope, NOTES: notes}, receive, observing)
        except Exception:
            status = status if of_response else 500
            raise
        finally:
            trace = TRACEPARENT.fullmatch(of_request.get(b"traceparent", b""))
            exchange = Exchange(
                scope["method"], scope["path"], scope["query_string"].decode("latin-1"), status, sent, time.perf_counter() - begun,
                _number(of_response.get(REVISION_HEADER.encode())), scope["client"][0] if scope.get("client") else "", request_id.decode(),
                trace[1].decode() if trace else None, trace[2].decode() if trace else None, notes.operation,
            )  # fmt: skip
            for observer in self.observers:
                observer(exchange)


def _number(text: bytes | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def route_of(routes: Sequence[BaseRoute], path: str) -> str:
    """The template of the route that serves a path, with the kind of records that it serves."""
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    for route in routes:
        found, more = route.matches(scope)
        if found is not Match.NONE:
            template, plural = str(getattr(route, "path", UNMATCHED)), more["path_params"].get("plural")
            of_kinds = plural in getattr(route, "plurals", ())  # Only such a route matches no other text.
            return template.replace("{plural}", plural) if of_kinds else template
    return UNMATCHED
