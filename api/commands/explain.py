"""Explains a question: the one statement that it becomes, the values bound to it, and PostgreSQL's plan."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.applications import Starlette

from ..app import create_app
from ..errors import NotExplained, NotFound, Unavailable
from ..query.nodes import At
from ..settings import Settings
from ..sql import explain
from ..sql.answering.plan_mode import PLANNING
from ..sql.answering.statement import NO_TIMEOUT, Statement
from ..sql.pretty import pretty
from ..store.pool import Connection, Pool

ADDRESSES = ("/v1/", "http://", "https://")
STREAMED = "a list of that format is read row by row, not answered by one statement of JSON; explain the same address without its suffix"


@dataclass(frozen=True)
class ExplainedRequest:
    """A request as a client would send it."""

    method: str
    address: str
    body: bytes = b""


def document(text: str, variables: object = None, operation: str | None = None) -> ExplainedRequest:
    """A GraphQL document, with what is sent beside it."""
    return ExplainedRequest("POST", "/graphql", json.dumps({"query": text, "variables": variables, "operationName": operation}).encode())


def address(text: str) -> ExplainedRequest:
    """An address of REST, with or without the server before it."""
    parts = urlsplit(text)
    return ExplainedRequest("GET", f"{parts.path}?{parts.query}")


def parse_request(named: str, variables: str | None, operation: str | None) -> ExplainedRequest:
    """What the words of a command name: an address, or the file of a document; `variables` is JSON or @file. Raises NotExplained."""
    if named.startswith(ADDRESSES):
        if variables or operation:
            raise NotExplained("--variables and --operation are of documents; write the values into the address")
        return address(named)
    text = _read(named, "give the file of a GraphQL document, or an address that begins with /v1/")
    if variables and variables.startswith("@"):
        variables = _read(variables[1:], "give a file of JSON after the @, or the JSON itself")
    try:
        return document(text, json.loads(variables) if variables else None, operation)
    except ValueError as error:
        raise NotExplained(f'--variables: is no JSON: {error}; write it as {{"country": "SYR"}}') from error


def _read(path: str, cure: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise NotExplained(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}; {cure}") from error


@dataclass(frozen=True)
class Explained:
    """A statement, its arguments as (type, literal), its plan, and the newest revision when it was made."""

    text: str
    arguments: tuple[tuple[str, str], ...]
    plan: str
    revision: int

    def lines(self) -> Iterator[str]:
        """What is printed; all of it together is SQL, but for the plan."""
        yield from (f"-- the newest revision is {self.revision}", "", pretty(self.text), "")
        width = max((len(type) for type, _ in self.arguments), default=0)
        yield from (f"-- ${number:<3} {type:<{width}}  {value}" for number, (type, value) in enumerate(self.arguments, 1))
        yield from ("", self.plan)


class RecordingDatabase(Pool):
    """A database that notes what it is asked, and answers that nothing was found."""

    def __init__(self, behind: Pool, revision: int) -> None:
        super().__init__(behind.url, behind.settings)
        self.behind, self.newest = behind, revision
        self.noted: list[Statement] = []

    async def answer(self, statement: Statement) -> Any:
        self.noted.append(statement)
        async with self.behind.connection() as connection:
            columns = len((await connection.prepare(statement.text)).get_attributes())
        return await self.behind.answer(Statement(explain.nothing(columns, self.newest), ()))


async def statement(app: Starlette, parse_request: ExplainedRequest) -> tuple[Statement, int]:
    """The statement that a running application would answer a question with, and the newest revision. Raises NotExplained.

    The question goes the whole way through the application, so that nothing can be compiled otherwise here than there.
    """
    store = app.state.store
    database, held = store.pool, store.current_revision
    store.current_revision = revision = await store.revision(At())
    await store.refresh_withheld(revision)  # Which is asked beside the question, once a revision.
    store.pool = noting = RecordingDatabase(database, revision)
    try:
        told = await _told(app, parse_request)
    finally:
        store.pool, store.current_revision = database, held
    if "errors" in told:
        raise NotExplained("\n".join(map(_graphql_error, told["errors"])))
    if told.get("code", NotFound.code) != NotFound.code or not noting.noted:  # A record need not be there.
        raise NotExplained(STREAMED if told.get("code") == Unavailable.code else _problem(told))
    return noting.noted[0], revision


async def _told(app: Starlette, parse_request: ExplainedRequest) -> dict[str, Any]:
    """What the application answers, asked without a server between; empty where it is no JSON."""
    path, _, query = parse_request.address.partition("?")
    scope = {
        "type": "http", "http_version": "1.1", "method": parse_request.method, "scheme": "http", "server": ("localhost", 80), "root_path": "",
        "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "headers": [(b"content-type", b"application/json"), (b"cache-control", b"no-cache")],
    }  # fmt: skip
    events: list[MutableMapping[str, Any]] = [{"type": "http.disconnect"}, {"type": "http.request", "body": parse_request.body}]
    parts: list[bytes] = []

    async def receive() -> MutableMapping[str, Any]:
        return events.pop() if len(events) > 1 else events[0]  # Who has asked waits for no more than the answer.

    async def send(message: MutableMapping[str, Any]) -> None:
        parts.append(message.get("body", b""))

    await app(scope, receive, send)
    try:
        told = json.loads(b"".join(parts))
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {}


def _graphql_error(error: dict[str, Any]) -> str:
    place = "".join(f"{one['line']}:{one['column']}: " for one in error.get("locations", [])[:1])
    return f"{place}{error['message']} ({error['extensions']['code']})"


def _problem(told: dict[str, Any]) -> str:
    return (
        f"{told['detail']} ({told['code']})" if "detail" in told else "it is answered without the database, so there is nothing to explain"
    )


async def plan(connection: Connection, asked: Statement, options: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """The arguments of a statement as (type, literal), and the plan that this session has for it once it is prepared."""
    await connection.execute(explain.prepare(asked.text))
    try:
        async with connection.transaction():
            await connection.execute(NO_TIMEOUT)  # What is too slow to be answered is what one wants explained.
            types: Sequence[str] = await connection.fetchval(explain.TYPES)
            values: Sequence[str] = await connection.fetchval(explain.literals(types), *asked.arguments)
            rows = await connection.fetch(explain.explain(values, options))
    finally:
        await connection.execute(explain.FORGET)
    return tuple(zip(types, values, strict=True)), "\n".join(row[0] for row in rows)


async def explained(read_url: str, settings: Settings, parse_request: ExplainedRequest, analyze: bool) -> Explained:
    """What a question becomes on the database at `read_url`; it is run only to be analyzed."""
    app = create_app(settings, read_url)
    async with app.router.lifespan_context(app):
        asked, revision = await statement(app, parse_request)
        async with app.state.store.pool.connection() as connection:
            await connection.execute(PLANNING[asked.generic_plan])
            arguments, found = await plan(connection, asked, "analyze, buffers" if analyze else "costs")
    return Explained(asked.text, arguments, found, revision)
