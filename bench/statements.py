"""The statements that our server sends for given requests, recorded by running the application with a pool that only records them."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, NoReturn
from unittest import mock

from api import app, errors
from api.settings import Settings
from api.sql.answering.statement import Statement
from api.store import pool
from api.store.store import Store

from .dataset import REVISION
from .peers import Request


class RecordingPool(pool.Pool):
    """A pool that records statements and answers none."""

    recorded: list[Statement]

    async def open(self) -> None:
        self.recorded = []

    async def close(self) -> None:
        pass

    async def answer(self, statement: Statement) -> NoReturn:
        self.recorded.append(statement)
        raise errors.Unavailable("only recorded")


class StoreThatKnowsRevision(Store):
    """A store that knows the newest revision, like one that has answered before, so that a query for it by number reads live tables."""

    @property
    def current(self) -> int:
        return REVISION

    @current.setter
    def current(self, revision: int) -> None:
        pass


async def sent_statements(requests: list[Request]) -> list[Statement]:
    """The statement that requests of one question share, with the arguments of each request."""
    pool_ = RecordingPool("", Settings(kept_megabytes=0))
    with mock.patch.object(app, "Pool", lambda url, settings: pool_), mock.patch.object(app, "Store", StoreThatKnowsRevision):
        served = app.create_app(pool_.settings, "")
    await pool_.open()
    for request in requests:
        await _call(served, request)
    recorded = pool_.recorded
    text, count = next(iter(Counter(statement.text for statement in recorded).most_common(1)), ("", 0))
    if count < len(requests) * 0.99:
        raise RuntimeError(f"{len(requests)} requests, and only {count} had the same statement")
    return [statement for statement in recorded if statement.text == text]


async def _call(served: Any, request: Request) -> None:
    path, _, query = request.path.partition("?")
    headers = {"host": "127.0.0.1", "accept": "application/json", **request.headers}
    if request.body:
        headers["content-type"] = "application/json"
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST" if request.body else "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": query.encode(), "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1), "headers": [(name.encode(), value.encode()) for name, value in headers.items()], "state": {},
    }  # fmt: skip

    messages = [{"type": "http.request", "body": request.body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        return await asyncio.Future()  # The client stays; who waits for its end is cancelled after the response.

    async def send(message: dict[str, Any]) -> None:
        pass

    await served(scope, receive, send)
