"""Explains a query: the SQL statement that answers it, the values bound to it, and PostgreSQL's plan."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import Request

from ..app import create_app
from ..errors import ApiError, NotExplained
from ..graphql.errors import InvalidRequest, errors_of
from ..graphql.requests import json_fault
from ..query.bindings import Values
from ..query.nodes import NOW
from ..settings import Settings
from ..sql import explain
from ..sql.answering.plan_mode import PLANNING
from ..sql.answering.statement import NO_TIMEOUT, Statement
from ..sql.pretty import pretty
from ..store.plans import Plan
from ..store.requested_revisions import refuse_unknown_revisions
from ..store.sessions import Connection

URL_PREFIXES = ("/v1/", "http://", "https://")
STREAMED = "a file is read row by row, not by one statement that returns JSON; explain the same URL without its suffix"


@dataclass(frozen=True)
class ExplainedRequest:
    """A request as a client would send it."""

    method: str
    url: str  # Path and query string.
    body: bytes = b""


def document(text: str, variables: object = None, operation: str | None = None) -> ExplainedRequest:
    """The request that sends a GraphQL document."""
    return ExplainedRequest("POST", "/graphql", json.dumps({"query": text, "variables": variables, "operationName": operation}).encode())


def rest_url(text: str) -> ExplainedRequest:
    """The request for a REST URL, with or without scheme and host."""
    parts = urlsplit(text)
    return ExplainedRequest("GET", f"{parts.path}?{parts.query}")


def parse_request(query: str, variables: str | None, operation: str | None) -> ExplainedRequest:
    """The request that the arguments of the command describe: `query` is a URL or a file, `variables` JSON or @file. Raises NotExplained."""
    if query.startswith(URL_PREFIXES):
        if variables or operation:
            raise NotExplained("--variables and --operation are only for GraphQL documents; write the values into the URL")
        return rest_url(query)
    text = _read(query, "give the name of a file with a GraphQL document, or a URL that begins with /v1/")
    if variables and variables.startswith("@"):
        variables = _read(variables[1:], "give the name of a JSON file after the @, or the JSON itself")
    try:
        values = json.loads(variables) if variables else None
    except (ValueError, RecursionError) as error:
        raise NotExplained(f'--variables: is not valid JSON: {json_fault(error)}; write it like {{"country": "SYR"}}') from error
    return document(text, values, operation)


def _read(path: str, cure: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise NotExplained(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}; {cure}") from error


@dataclass(frozen=True)
class Explained:
    """A statement, its arguments as (type, literal), its plan, and the newest revision at the time."""

    text: str
    arguments: tuple[tuple[str, str], ...]
    plan: str
    revision: int

    def lines(self) -> Iterator[str]:
        """The lines to print; all but those of the plan are SQL."""
        yield from (f"-- the newest revision is {self.revision}", "", pretty(self.text), "")
        width = max((len(type) for type, _ in self.arguments), default=0)
        yield from (f"-- ${number:<3} {type:<{width}}  {value}" for number, (type, value) in enumerate(self.arguments, 1))
        yield from ("", self.plan)


async def statement(app: Starlette, request: ExplainedRequest) -> tuple[Statement, int]:
    """The statement with which a running application would answer a request, and the newest revision. Raises NotExplained."""
    store = app.state.store
    store.current_revision = revision = await store.revision(NOW)  # As a first answer would set it: it decides which tables are read.
    try:
        plan, values = await _plan(app, request)
        refuse_unknown_revisions(plan, values, revision)
    except (ApiError, GraphQLError, InvalidRequest) as error:
        raise NotExplained("\n".join(map(_error_line, errors_of(error)))) from error
    if not plan.query.roots:
        raise NotExplained("it is answered without the database, so there is nothing to explain")
    return Statement(plan.statement.text, tuple(plan.arguments(values)), plan.statement.generic_plan), revision


async def _plan(app: Starlette, request: ExplainedRequest) -> tuple[Plan, Values]:
    """The plan that the application's surface for the URL makes, and the values to run it with."""
    path, _, query_string = request.url.partition("?")
    if path == "/graphql":
        planned: tuple[Plan, Values] = await app.state.graphql.plan(_graphql_request(request, query_string))
        return planned
    if not path.startswith("/v1/"):
        raise NotExplained(f"{path}: is not answered from the database; give a URL that begins with /v1/, or /graphql")
    of_url: tuple[Plan, Values] | None = app.state.rest.plan(unquote(path), query_string.encode())
    if of_url is None:
        raise NotExplained(STREAMED)
    return of_url


def _graphql_request(request: ExplainedRequest, query_string: str) -> Request:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": request.body}

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": request.method, "path": "/graphql", "query_string": query_string.encode(), "headers": headers}
    return Request(scope, receive)


def _error_line(error: dict[str, Any]) -> str:
    position = "".join(f"{location['line']}:{location['column']}: " for location in error.get("locations", [])[:1])
    return f"{position}{error['message']} ({error['extensions']['problem']})"


async def plan(connection: Connection, statement: Statement, options: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """The arguments of a statement as (type, literal), and the plan that PostgreSQL has for it in this session once it is prepared."""
    await connection.execute(explain.prepare(statement.text))
    try:
        async with connection.transaction():
            await connection.execute(NO_TIMEOUT)  # A statement that is too slow to be answered is the one to explain.
            types: Sequence[str] = await connection.fetchval(explain.TYPES)
            values: Sequence[str] = await connection.fetchval(explain.literals(types), *statement.arguments)
            rows = await connection.fetch(explain.explain(values, options))
    finally:
        await connection.execute(explain.FORGET)
    return tuple(zip(types, values, strict=True)), "\n".join(row[0] for row in rows)


async def explained(read_url: str, config: Settings, request: ExplainedRequest, analyze: bool) -> Explained:
    """Explain a request on the database at `read_url`. The statement is only run to be analyzed. Raises NotExplained."""
    app = create_app(config, read_url)
    async with app.router.lifespan_context(app):
        compiled, revision = await statement(app, request)
        async with app.state.store.pool.connection() as connection:
            await connection.execute(PLANNING[compiled.generic_plan])
            arguments, text = await plan(connection, compiled, "analyze, buffers" if analyze else "costs")
    return Explained(compiled.text, arguments, text, revision)
