"""Requests that need a revision: they wait for it a moment, and are refused by a server that does not have it by then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import BadArgument, RevisionNotReached, shown
from ..query.nodes import NOW
from ..store.store import Store
from .guard import complete_headers

PARAMETER, HEADER = "min_revision", "Conflict-Facts-Min-Revision"
HEADER_BYTES, PARAMETER_BYTES = HEADER.lower().encode(), PARAMETER.encode()
MAX_REVISION = 999_999_999
WAIT = 0.5  # Seconds that a request waits for a revision. A standby has it some milliseconds after the primary.
POLL = 0.05  # Seconds until the database is asked again, while nothing tells of new revisions.
SENTENCE = "The newest revision that you have seen, so that no response is older: a server that does not have it waits half a second, and then answers 503."


class MinRevision:
    """ASGI middleware, outside of the response cache: a request passes on once its revision is there, without the parameter that names it.

    So what is cached, and the ETag of a response, do not depend on it. `refuse` turns an error into a response.
    """

    def __init__(
        self, app: ASGIApp, store: Store, shows_facts: Callable[[str], bool], refuse: Callable[[Request, Exception], Response]
    ) -> None:
        self.app, self.store, self.shows_facts, self.refuse, self.seconds = app, store, shows_facts, refuse, WAIT

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not (values := _values(scope)) or not self.shows_facts(scope["path"]):
            await self.app(scope, receive, send)
            return
        inner = {**scope, "query_string": _without_parameter(scope["query_string"])}
        try:
            await self._reach(max(map(_number, values)))
        except Exception as error:
            response = self.refuse(Request(inner), error)
            response.headers["access-control-allow-origin"] = "*"
            await complete_headers(response)(inner, receive, send)
            return
        await self.app(inner, receive, send)

    async def _reach(self, revision: int) -> None:
        """Wait until a revision is there, or read a server that has it. Raises RevisionNotReached, and what `Store.revision` raises."""
        revisions, newest = self.store.pool.revisions, 0
        try:
            async with asyncio.timeout(self.seconds):
                while (newest := revisions.newest or await self.store.revision(NOW)) < revision:
                    if revisions.newest is None:
                        await asyncio.sleep(POLL)
                    else:
                        await revisions.noted.wait()
        except TimeoutError as error:
            if await self.store.pool.watch.reach(revision):
                return
            raise RevisionNotReached(f"the newest revision here is {newest}, and the request needs {revision}") from error


def _values(scope: Scope) -> list[str]:
    """What a request gives as its revision: in the header, and in the parameter."""
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == HEADER_BYTES]
    if PARAMETER_BYTES in scope["query_string"]:
        values += [unquote_plus(part.partition("=")[2]) for part in _parts(scope["query_string"]) if _is_parameter(part)]
    return values


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_REVISION))):
        raise BadArgument(f"{PARAMETER}: must be the number of a revision, such as 12; it is {shown(text)!r}")
    return int(text)


def _without_parameter(query: bytes) -> bytes:
    return "&".join(part for part in _parts(query) if not _is_parameter(part)).encode("latin-1")


def _parts(query: bytes) -> list[str]:
    return query.decode("latin-1").split("&")


def _is_parameter(part: str) -> bool:
    return part.partition("=")[0] == PARAMETER
