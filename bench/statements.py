"""The very statements that our server sends: the application is run on requests, with a database that only writes them down."""

from __future__ import annotations

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
    """Answers nothing; keeps what it was asked."""

    kept: list[Statement]

    async def open(self) -> None:
        self.kept = []

    async def close(self) -> None:
        pass

    async def answer(self, statement: Statement) -> NoReturn:
        self.kept.append(statement)
        raise errors.Unavailable("only written down")


class StoreThatKnowsRevision(Store):
    """A store that has answered before, so knows the newest revision: what is asked for by its number is read from the live tables."""

    @property
    def current(self) -> int:
        return REVISION

    @current.setter
    def current(self, revision: int) -> None:
        pass


async def sent_statements(requests: list[Request]) -> list[Statement]:
    """The one statement behind requests of one question, with the arguments of each of them."""
    scribe = RecordingPool("", Settings(kept_megabytes=0))
    with mock.patch.object(app, "Pool", lambda url, settings: scribe), mock.patch.object(app, "Store", StoreThatKnowsRevision):
        served = app.create_app(scribe.settings, "")
    await scribe.open()
    for request in requests:
        await _call(served, request)
    found = scribe.kept
    text, count = next(iter(Counter(one.text for one in found).most_common(1)), ("", 0))
    if count < len(requests) * 0.99:
        raise RuntimeError(f"{len(requests)} requests, and only {count} had the same statement")
    return [one for one in found if one.text == text]


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

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        pass

    await served(scope, receive, send)
