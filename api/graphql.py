"""GraphQL over HTTP: Strawberry parses and validates, the compiled answer enters by its extension hook."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    execute_sync,
    get_operation_ast,
)
from graphql.execution.values import get_variable_values
from starlette.requests import Request
from starlette.responses import Response
from strawberry import Schema
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import MaxTokensLimiter, ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from schema.graphql import Surface

from .errors import ApiError, BadRequest, NotAcceptable, TooLarge, UnsupportedMedia
from .selection import Translator
from .store import Store

logger = logging.getLogger(__name__)

NEW, OLD = "application/graphql-response+json", "application/json"


@dataclass
class Ask:
    """One request on its way: what the compiled answer is put into."""

    store: Store
    surface: Surface
    body: str = ""
    revision: int = 0


class Compiled(SchemaExtension):
    """Sets the answer before execution, so that no resolver is ever run."""

    async def on_execute(self) -> AsyncIterator[None]:  # type: ignore[override]  # an async generator, as Strawberry documents
        context = self.execution_context
        document, ask = context.graphql_document, context.context
        assert document is not None and isinstance(ask, Ask)
        operation = get_operation_ast(document, context.operation_name)
        assert operation is not None
        core = context.schema._schema  # type: ignore[attr-defined]  # graphql-core's own schema; Strawberry has no public name for it
        variables = get_variable_values(core, operation.variable_definitions or (), context.variables or {})
        if isinstance(variables, list):
            context.result = ExecutionResult(data=None, errors=variables)
        else:
            introspected = _introspected(core, document, operation, context.variables)
            query = Translator(ask.surface, core, document, variables).query(operation)
            members = [f"{json.dumps(key)}:{json.dumps(value)}" for key, value in introspected.items()]
            if query.roots:
                answer = await ask.store.answer(query)
                ask.revision = answer.revision
                members += [f'"{node.key}":{text or "null"}' for node, text in zip(query.roots, answer.roots, strict=True)]
            ask.body = f'{{"data":{{{",".join(members)}}}}}'
            context.result = ExecutionResult(data={})
        yield


def _introspected(core: Any, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None) -> dict[str, Any]:
    """The introspection fields of an operation, answered by graphql-core on a document that has only them."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    only = _only_introspection(operation.selection_set, fragments)
    if not only.selections:
        return {}
    reduced = OperationDefinitionNode(
        operation=operation.operation, name=operation.name, selection_set=only,
        variable_definitions=operation.variable_definitions, directives=operation.directives,
    )  # fmt: skip
    result = execute_sync(core, DocumentNode(definitions=(reduced, *fragments.values())), variable_values=dict(variables or {}))
    if result.errors:
        raise result.errors[0]
    return result.data or {}


def _only_introspection(found: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> SelectionSetNode:
    kept: list[SelectionNode] = []
    for one in found.selections:
        if isinstance(one, FieldNode):
            if one.name.value in ("__schema", "__type"):
                kept.append(one)
            continue
        below = fragments[one.name.value].selection_set if isinstance(one, FragmentSpreadNode) else one.selection_set  # type: ignore[attr-defined]  # an inline fragment
        inner = _only_introspection(below, fragments)
        if inner.selections:
            kept.append(InlineFragmentNode(directives=one.directives, selection_set=inner))
    return SelectionSetNode(selections=tuple(kept))


class QuietSchema(Schema):
    """Strawberry logs every error; those of a request are the asker's, and are told to the asker."""

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        for error in errors:
            if error.original_error is not None and not isinstance(error.original_error, (ApiError, GraphQLError)):
                logger.error("internal error in GraphQL", exc_info=error.original_error)


def make_schema(surface: Surface) -> Schema:
    """The schema, with caches of parsed and validated documents."""
    return QuietSchema(
        query=surface.query,
        config=StrawberryConfig(auto_camel_case=True),
        extensions=[
            lambda: MaxTokensLimiter(max_token_count=10_000),
            lambda: ParserCache(maxsize=1000),
            lambda: ValidationCache(maxsize=1000),
            Compiled,
        ],
    )


class GraphQLSurface:
    """The one address of GraphQL: GET and POST."""

    def __init__(self, surface: Surface, store: Store, max_body: int) -> None:
        self.surface, self.store, self.max_body = surface, store, max_body
        self.schema = make_schema(surface)

    async def answer(self, request: Request) -> Response:
        media = _negotiated(request)
        try:
            asked = await self._asked(request)
        except ApiError as error:
            return _response(media, _failed([_told(error)]), error.status)
        return await self._run(asked, media)

    async def _asked(self, request: Request) -> dict[str, Any]:
        """The document, variables and name of the operation (GraphQL over HTTP, 5)."""
        if request.method == "GET":
            asked: Any = dict(request.query_params)
            for name in ("variables", "extensions"):
                if name in asked:
                    asked[name] = _json(asked[name].encode(), name)
        else:
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != OLD:
                raise UnsupportedMedia(f"send the request as content-type: {OLD}")
            asked = _json(await _body(request, self.max_body), "the body")
        if not isinstance(asked, dict):
            raise BadRequest("the body must be one JSON object with `query`; lists of requests are not taken")
        _checked(asked)
        return asked

    async def _run(self, asked: dict[str, Any], media: str) -> Response:
        ask = Ask(self.store, self.surface)
        try:
            result = await self.schema.execute(
                asked["query"], variable_values=asked.get("variables"), operation_name=asked.get("operationName"),
                context_value=ask, allowed_operation_types=(OperationType.QUERY,),
            )  # fmt: skip
        except MissingQueryError:
            return _response(media, _failed([_told(BadRequest("query: is empty"))]), 400)
        except CannotGetOperationTypeError as error:
            return _response(media, _failed([_told(BadRequest(error.as_http_error_reason()))]), 400)
        except InvalidOperationTypeError:
            return _response(media, _failed([_told(BadRequest("only queries are answered; facts are changed by loads"))]), 400)
        if result.errors:
            return _response(media, _failed([_formatted(error) for error in result.errors]), _status(result.errors, media))
        return _response(media, ask.body, 200, ask.revision)


def _checked(asked: dict[str, Any]) -> None:
    shapes = {"query": (str, "text"), "variables": (dict, "an object"), "operationName": (str, "text"), "extensions": (dict, "an object")}
    for name, (python, called) in shapes.items():
        if asked.get(name) is not None and not isinstance(asked[name], python):
            raise BadRequest(f"{name}: must be {called}")
    if asked.get("query") is None:
        raise BadRequest("query: is missing")
    if asked.get("operationName") == "":
        asked["operationName"] = None


def _json(text: bytes, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{name}: is no JSON: {error}") from None


async def _body(request: Request, limit: int) -> bytes:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise TooLarge(f"the body may have {limit:,} bytes")
    return body


def _negotiated(request: Request) -> str:
    """The media type of the answer. Who names none gets application/json."""
    accepted = request.headers.get("accept", "*/*").lower()
    types = {part.partition(";")[0].strip() for part in accepted.split(",") if "q=0" not in part.replace(" ", "").split(";")[1:]}
    if NEW in types:
        return NEW
    if types & {OLD, "*/*", "application/*", ""}:
        return OLD
    raise NotAcceptable(f"answers are {NEW} or {OLD}")


def _status(errors: list[GraphQLError], media: str) -> int:
    """With the new media type a request that could not be run is 4xx or 5xx; with the old one it is 200 (GraphQL over HTTP, 6.4)."""
    original = errors[0].original_error
    status = original.status if isinstance(original, ApiError) else 400 if _code(errors[0]) != "internal" else 500
    return status if media == NEW or status >= 500 else 200


def _code(error: GraphQLError) -> str:
    original = error.original_error
    if isinstance(original, ApiError):
        return original.code
    if isinstance(error, GraphQLSyntaxError):
        return "graphql-syntax"
    return "graphql-invalid" if original is None or isinstance(original, GraphQLError) else "internal"


def _formatted(error: GraphQLError) -> dict[str, Any]:
    """An error as GraphQL has it, with our code. What went wrong inside is logged, not told."""
    code = _code(error)
    if code == "internal":
        return {"message": ApiError.sentence(), "extensions": {"code": code}}
    told: dict[str, Any] = {"message": error.message, "extensions": {"code": code}}
    if error.locations:
        told["locations"] = [one.formatted for one in error.locations]
    return told


def _told(error: ApiError) -> dict[str, Any]:
    return {"message": error.detail, "extensions": {"code": error.code}}


def _failed(errors: list[dict[str, Any]]) -> str:
    return json.dumps({"errors": errors}, ensure_ascii=False)


def _response(media: str, body: str, status: int, revision: int = 0) -> Response:
    headers = {"conflict-facts-revision": str(revision)} if revision else {}
    return Response(body, status, headers, f"{media}; charset=utf-8")
