"""GraphQL over HTTP: Strawberry parses and validates, the compiled answer enters by its extension hook."""

from __future__ import annotations

import codecs
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from functools import lru_cache
from typing import Any

from cachetools import LRUCache
from graphql import ExecutionResult, GraphQLError, GraphQLInputObjectType
from starlette.requests import Request
from starlette.responses import Response
from strawberry import Schema
from strawberry.extensions import MaxTokensLimiter, SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from schema.model.kind import Kind
from schema.surfaces.graphql.scalars import config
from schema.surfaces.graphql.surface import Surface

from ..errors import (
    ApiError,
    BadRequest,
    NotAcceptable,
    PersistedQueryNotFound,
    TooLarge,
    UnsupportedMedia,
)
from ..http.responses import ETags, FactResponse
from ..query.nodes import Node, Page, Snapshot, TotalsNode
from ..store.plans import Plan
from ..store.store import Answer, Store
from .engine import (
    MAX_VALID_DOCUMENTS,
    Engine,
    GraphQLRequest,
    ValidDocument,
    operation_of,
    variables_of,
)
from .errors import (
    APPLICATION_JSON,
    GRAPHQL_RESPONSE_JSON,
    error_body,
    error_dict,
    graphql_error_dict,
    request_error,
    status_of,
)
from .introspection import has_introspection
from .translate import Operation
from .validation import validation_errors

logger = logging.getLogger(__name__)

MAX_TOKENS = 10_000
MAX_PERSISTED_CHARACTERS = 4 * 1024 * 1024  # Characters of documents that are known by their hash.
MEMBER_TYPES = [("query", str, "text"), ("variables", dict, "an object"), ("operationName", str, "text"), ("extensions", dict, "an object")]


class Validated(SchemaExtension):
    """Validates by graphql-core's own rules: Strawberry's for OneOf looks for the variables of a fragment in the operation that it met last."""

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if context.graphql_document is not None:
            context.pre_execution_errors = validation_errors(context.schema._schema, context.graphql_document, context.query or "")
        yield


class Compiled(SchemaExtension):
    """Sets the answer before execution, so that no resolver is ever run."""

    async def on_execute(self) -> AsyncIterator[None]:
        context = self.execution_context
        document, ask = context.graphql_document, context.context
        assert document is not None and isinstance(ask, GraphQLRequest)
        operation = Operation(document, operation_of(document, ask.operation))
        variables, introspects = (
            variables_of(context.schema._schema, operation.definition),
            has_introspection(document, operation.definition),
        )
        known = ValidDocument(variables, introspects, len(ask.text))
        if known.size < MAX_VALID_DOCUMENTS // 8:
            ask.engine.known[ask.text, ask.operation] = known
        context.result = ExecutionResult(data={}, errors=await ask.engine.answer(ask, known, operation) or None)
        yield


class SchemaWithOurLogging(Schema):
    """Strawberry logs every error; those of a request are the asker's, and are told to the asker."""

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        for error in errors:
            if error.original_error is not None and not isinstance(error.original_error, (ApiError, GraphQLError)):
                logger.error("internal error in GraphQL", exc_info=error.original_error)


def make_schema(surface: Surface) -> Schema:
    """The schema, which validates and compiles by extensions."""
    made = SchemaWithOurLogging(
        query=surface.query,
        config=config(),
        extensions=[
            lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
            Validated,
            Compiled,
        ],
    )
    for type in made._schema.type_map.values():
        if isinstance(type, GraphQLInputObjectType):
            type.is_one_of = type.extensions["strawberry-definition"].is_one_of  # Strawberry keeps it to itself.
    return made


class GraphQLEndpoint:
    """The one address of GraphQL: GET and POST."""

    def __init__(self, surface: Surface, store: Store, tags: ETags, max_body: int) -> None:
        self.store, self.tags, self.max_body = store, tags, max_body
        self.persisted: LRUCache[str, str] = LRUCache(MAX_PERSISTED_CHARACTERS, getsizeof=len)
        self.schema = make_schema(surface)
        self.engine = Engine(surface, self.schema._schema, store)

    async def answer(self, request: Request) -> Response:
        media = _negotiated(request.headers.get("accept", "*/*"))
        try:
            asked = await self._asked(request)
        except ApiError as error:
            return _response(media, error_body([error_dict(error)]), error.status)
        return await self._run(request, asked, media)

    async def _asked(self, request: Request) -> dict[str, Any]:
        """The document, variables and name of the operation (GraphQL over HTTP, 5)."""
        if request.method != "POST":
            asked: Any = dict(request.query_params)
            for name in ("variables", "extensions"):
                if name in asked:
                    asked[name] = _json(asked[name].encode(), name)
        else:
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != APPLICATION_JSON:
                raise UnsupportedMedia(f"send the request as content-type: {APPLICATION_JSON}")
            body = await request.body()
            if len(body) > self.max_body:
                raise TooLarge(f"the body may have {self.max_body:,} bytes")
            asked = _json(body, "the body")
        if not isinstance(asked, dict):
            raise BadRequest("the body must be one JSON object with `query`; lists of requests are not taken")
        _checked(asked)
        self._persist(asked)
        return asked

    def _persist(self, asked: dict[str, Any]) -> None:
        """Documents go by their SHA-256 once they were sent with it: Apollo's automatic persisted queries, version 1."""
        hash = (asked.get("extensions") or {}).get("persistedQuery", {}).get("sha256Hash")
        if hash is None:
            if not asked.get("query"):
                raise BadRequest("query: is missing")
        elif not asked.get("query"):
            if hash not in self.persisted:
                raise PersistedQueryNotFound("PersistedQueryNotFound")  # The words that clients look for.
            asked["query"] = self.persisted[hash]
        elif hashlib.sha256(asked["query"].encode()).hexdigest() != hash:
            raise BadRequest("extensions: persistedQuery: sha256Hash is not that of the query, in hexadecimal")
        elif len(asked["query"]) < MAX_PERSISTED_CHARACTERS // 8:
            self.persisted[hash] = asked["query"]

    async def _run(self, request: Request, asked: dict[str, Any], media: str) -> Response:
        ask = GraphQLRequest(asked["query"], asked.get("operationName"), asked.get("variables") or {}, self.engine)
        known = self.engine.known.get((ask.text, ask.operation))
        errors = await self._first(ask) if known is None else await self._again(ask, known)
        if errors:
            return _response(media, error_body([graphql_error_dict(error) for error in errors]), status_of(errors, media))
        if ask.answer is None or ask.plan is None or ask.has_introspection:
            return _response(media, ask.body, 200)
        return FactResponse(ask.body, self._headers(request, ask.answer, ask.plan), ask.answer.current, f"{media}; charset=utf-8")

    def _headers(self, request: Request, answer: Answer, plan: Plan) -> dict[str, str]:
        """What was asked by GET may be kept by whoever is between; an answer of several revisions names none."""
        if plan.has_cursors:
            return {}
        if request.method == "POST":
            return {"conflict-facts-revision": str(answer.revision), **self.tags.withheld_headers(_kinds(plan.query.roots))}
        return self.tags.headers(request, answer.revision, plan.immutable, _kinds(plan.query.roots))

    async def _first(self, ask: GraphQLRequest) -> list[GraphQLError]:
        """Parse and validate what was never asked, and answer it; returns what is wrong."""
        try:
            result = await self.schema.execute(
                ask.text, variable_values=ask.variables, operation_name=ask.operation,
                context_value=ask, allowed_operation_types=(OperationType.QUERY,),
            )  # fmt: skip
            return result.errors or []
        except CannotGetOperationTypeError as error:
            return [request_error(error.as_http_error_reason())]
        except InvalidOperationTypeError:
            return [request_error("only queries are answered; facts are changed by loads")]

    async def _again(self, ask: GraphQLRequest, known: ValidDocument) -> list[GraphQLError]:
        """Answer a document that is known to be valid; returns what is wrong with this request, told as Strawberry does."""
        try:
            return await self.engine.answer(ask, known)
        except GraphQLError as error:
            return [error]
        except Exception as error:
            errors = [GraphQLError(str(error), original_error=error)]
            self.schema.process_errors(errors)
            return errors


def _checked(asked: dict[str, Any]) -> None:
    for name, python, called in MEMBER_TYPES:
        if asked.get(name) is not None and not isinstance(asked[name], python):
            raise BadRequest(f"{name}: must be {called}")
    if asked.get("extensions"):
        persisted = asked["extensions"].get("persistedQuery", {})
        if not isinstance(persisted, dict) or not isinstance(persisted.get("sha256Hash", ""), str):
            raise BadRequest("extensions: persistedQuery: must be an object with version and sha256Hash, a text")
    if asked.get("operationName") == "":
        asked["operationName"] = None


def _json(text: bytes, name: str) -> Any:
    try:
        found = json.loads(
            text.decode("utf-8-sig" if text.startswith(codecs.BOM_UTF8) else "utf-8")
        )  # Python's own reading of bytes takes UTF-16, and half a character in UTF-8.
        if b"\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()  # Fails on half a character, which no text can hold.
        return found
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{name}: is no JSON: {error}") from None


@lru_cache(1000)
def _negotiated(accepted: str) -> str:
    """The media type of the answer, by what is accepted. Who names none gets application/json."""
    accepted = accepted.lower()
    types = {part.partition(";")[0].strip() for part in accepted.split(",") if "q=0" not in part.replace(" ", "").split(";")[1:]}
    if GRAPHQL_RESPONSE_JSON in types:
        return GRAPHQL_RESPONSE_JSON
    if types & {APPLICATION_JSON, "*/*", "application/*", ""}:
        return APPLICATION_JSON
    raise NotAcceptable(f"answers are {GRAPHQL_RESPONSE_JSON} or {APPLICATION_JSON}")


def _kinds(roots: Iterable[Node]) -> Iterator[Kind]:
    """The kinds of the lists and totals that are asked for."""
    for root in roots:
        if isinstance(root, (Page, TotalsNode)):
            yield root.kind
        elif isinstance(root, Snapshot):
            yield from _kinds(root.roots)


def _response(media: str, body: str, status: int) -> Response:
    return Response(body, status, None, f"{media}; charset=utf-8")
