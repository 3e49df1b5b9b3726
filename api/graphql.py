"""GraphQL over HTTP: Strawberry parses and validates, the compiled answer enters by its extension hook."""

from __future__ import annotations

import codecs
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    Undefined,
    coerce_input_value,
    get_operation_ast,
    is_non_null_type,
    parse,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, get_variable_values, input_is_nested_too_deeply
from graphql.utilities.coerce_input_value import coerce_default_value
from graphql.validation.validate import ValidationAbortedError
from starlette.requests import Request
from starlette.responses import Response
from strawberry import Schema
from strawberry.extensions import MaxTokensLimiter, SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from schema.graphql import Surface, config
from schema.kind import Kind

from . import given
from .errors import ApiError, BadRequest, NotAcceptable, PersistedQueryNotFound, TooLarge, TooMuch, UnsupportedMedia, Withheld
from .given import Values
from .introspection import introspected
from .plans import Plan
from .query import At, Node, Page, Record, Snapshot, Totals
from .replies import Reply, Tags, withheld
from .selection import Translator
from .store import Answer, Store
from .validation import invalid

logger = logging.getLogger(__name__)

NEW, OLD = "application/graphql-response+json", "application/json"
MAX_TOKENS = 10_000
MAX_VALUES = 5000  # Of variables; a list of texts or numbers is one.
PERSISTED = 4 * 1024 * 1024  # Characters of documents that are known by their hash.
SHAPES = [("query", str, "text"), ("variables", dict, "an object"), ("operationName", str, "text"), ("extensions", dict, "an object")]
KNOWN = 2 * 1024 * 1024  # Characters of documents that were found valid.


@dataclass
class Ask:
    """One request on its way: what it asks, and what the answer is put into."""

    text: str
    operation: str | None
    variables: dict[str, Any]
    engine: Engine
    body: str = ""
    answer: Answer | None = None
    plan: Plan | None = None
    told: bool = False  # Whether it holds something of the schema, which a new edition changes.


@dataclass(frozen=True)
class Operation:
    """A document, parsed, and the operation of it that is asked for."""

    document: DocumentNode
    definition: OperationDefinitionNode


class Variable(NamedTuple):
    """The type of a variable, and what it is where it is not given: Undefined if it then is not there."""

    type: GraphQLInputType
    default: Any


@dataclass(frozen=True)
class Known:
    """What is remembered of a validated document. Parsed, it takes sixty times its text, and only compiling and refusing look at it."""

    variables: Mapping[str, Variable]
    size: int  # Characters.


class Validated(SchemaExtension):
    """Validates by graphql-core's own rules: Strawberry's for OneOf looks for the variables of a fragment in the operation that it met last."""

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if context.graphql_document is not None:
            context.pre_execution_errors = invalid(context.schema._schema, context.graphql_document, context.query or "")
        yield


class Compiled(SchemaExtension):
    """Sets the answer before execution, so that no resolver is ever run."""

    async def on_execute(self) -> AsyncIterator[None]:
        context = self.execution_context
        document, ask = context.graphql_document, context.context
        assert document is not None and isinstance(ask, Ask)
        operation = Operation(document, _operation(document, ask.operation))
        known = Known(_variables(context.schema._schema, operation.definition), len(ask.text))
        if known.size < KNOWN // 8:
            ask.engine.known[ask.text, ask.operation] = known
        context.result = ExecutionResult(data={}, errors=await ask.engine.answer(ask, known, operation) or None)
        yield


class Engine:
    """Answers validated documents: by the plan that is kept for them or, the first time, by making one."""

    def __init__(self, surface: Surface, schema: GraphQLSchema, store: Store) -> None:
        self.surface, self.schema, self.store = surface, schema, store
        self.known: LRUCache[tuple[str, str | None], Known] = LRUCache(KNOWN, getsizeof=lambda known: known.size)

    async def answer(self, ask: Ask, known: Known, operation: Operation | None = None) -> list[GraphQLError]:
        """Put the answer into what is asked; returns what is wrong with the variables. Raises ApiError."""
        coerced = _coerced(known.variables, ask.variables)
        if coerced is None:
            report = self._reported(operation or _parsed(ask), ask)
            if isinstance(report, list):
                return report
            coerced = report.coerced
        values = given.leaves(coerced)
        if len(values) > MAX_VALUES:
            raise TooMuch(
                f"the variables hold {len(values):,} values, and {MAX_VALUES:,} is the limit; ask for less, or give lists with oneOf"
            )
        question = (ask.text, ask.operation)
        plan, told = self.store.plans.find(question, values, self.store.current), {}
        if plan is None:
            operation = operation or _parsed(ask)
            variables = self._reported(operation, ask)
            assert not isinstance(variables, list)
            translator = Translator(self.surface, self.schema, operation.document, variables)
            query = translator.query(operation.definition)
            told = introspected(self.schema, operation.document, operation.definition, ask.variables)
            plan = self.store.plan(query, translator.pins)
            if not told:
                self.store.plans.keep(question, values, plan)
        else:
            plan.check(values)
        if plan.query.roots:
            answer = await self.store.run(plan, values)
            found = {node.key: text or "null" for node, text in zip(plan.query.roots, answer.roots, strict=True)}
            ask.answer, ask.plan = answer, plan
        else:
            found = {}
        ask.told = bool(told)
        if told:
            found = {key: _compact(told[key]) if key in told else found[key] for key in translator.keys}
        members = ",".join([f'"{key}":{text}' for key, text in found.items()])
        refused = await self._withheld(plan, values, found) if self.store.withheld.records else []
        errors = f',"errors":{_compact(refused)}' if refused else ""
        ask.body = f'{{"data":{{{members}}}{errors}}}'
        return []

    async def _withheld(self, plan: Plan, values: Values, found: Mapping[str, str]) -> list[dict[str, Any]]:
        """An error for each record that was asked for by its id and is null because it may not be shown."""
        errors = []
        for path, node, at in _asked_by_id(plan.query.roots, plan.query.at):
            text = found[path[0]]
            if (text if len(path) == 1 else json.loads(text).get(path[1])) not in ("null", None):
                continue
            id, when = given.of(node.id, values), At(given.of(at.revision, values), given.of(at.time, values))
            if source := await self.store.blocked(node.kind, id, when):
                error = Withheld(withheld(node.kind, id, source), source)
                errors.append({"message": error.detail, "path": list(path), "extensions": {"code": error.code, **error.members}})
        return errors

    def _reported(self, operation: Operation, ask: Ask) -> VariableValues | list[GraphQLError]:
        """The values of variables with where they are from, or all that is wrong with them."""
        return get_variable_values(self.schema, operation.definition.variable_definitions or (), ask.variables)


def _variables(schema: GraphQLSchema, operation: OperationDefinitionNode) -> dict[str, Variable]:
    """What an operation, which is valid, says of its variables."""
    found = {}
    for one in operation.variable_definitions or ():
        signature = get_variable_signature(schema, one)
        assert not isinstance(signature, GraphQLError)
        found[signature.name] = Variable(signature.type, coerce_default_value(signature))
    return found


def _coerced(variables: Mapping[str, Variable], asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """The values of variables, in a quarter of the time that a report takes; None where something is wrong."""
    found = {}
    for name, (type, default) in variables.items():
        value = asked.get(name, Undefined)
        if isinstance(value, (dict, list)) and input_is_nested_too_deeply(value, type):
            return None
        one = default if value is Undefined else coerce_input_value(value, type)
        if one is not Undefined:
            found[name] = one
        elif value is not Undefined or is_non_null_type(type):
            return None
    return found


def _parsed(ask: Ask) -> Operation:
    """A document that was valid when it was first seen."""
    document = parse(ask.text)
    return Operation(document, _operation(document, ask.operation))


def _asked_by_id(roots: Iterable[Node], at: At, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Record, At]]:
    for root in roots:
        if isinstance(root, Record):
            yield (*above, root.key), root, at
        elif isinstance(root, Snapshot):
            yield from _asked_by_id(root.roots, root.at, (*above, root.key))


def _kinds(roots: Iterable[Node]) -> Iterator[Kind]:
    """The kinds of the lists and totals that are asked for."""
    for root in roots:
        if isinstance(root, (Page, Totals)):
            yield root.kind
        elif isinstance(root, Snapshot):
            yield from _kinds(root.roots)


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation that a request names; Strawberry would take the first of several."""
    operation = get_operation_ast(document, name)
    if operation is None:
        names = [one.name.value for one in document.definitions if isinstance(one, OperationDefinitionNode) and one.name]
        raise BadRequest(f"operationName: the document has several operations; name one of {', '.join(names)}")
    return operation


class QuietSchema(Schema):
    """Strawberry logs every error; those of a request are the asker's, and are told to the asker."""

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        for error in errors:
            if error.original_error is not None and not isinstance(error.original_error, (ApiError, GraphQLError)):
                logger.error("internal error in GraphQL", exc_info=error.original_error)


def make_schema(surface: Surface) -> Schema:
    """The schema, which validates and compiles by extensions."""
    made = QuietSchema(
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


class GraphQLSurface:
    """The one address of GraphQL: GET and POST."""

    def __init__(self, surface: Surface, store: Store, tags: Tags, max_body: int) -> None:
        self.store, self.tags, self.max_body = store, tags, max_body
        self.persisted: LRUCache[str, str] = LRUCache(PERSISTED, getsizeof=len)
        self.schema = make_schema(surface)
        self.engine = Engine(surface, self.schema._schema, store)

    async def answer(self, request: Request) -> Response:
        media = _negotiated(request.headers.get("accept", "*/*"))
        try:
            asked = await self._asked(request)
        except ApiError as error:
            return _response(media, _failed([_told(error)]), error.status)
        return await self._run(request, asked, media)

    async def _asked(self, request: Request) -> dict[str, Any]:
        """The document, variables and name of the operation (GraphQL over HTTP, 5)."""
        if request.method != "POST":
            asked: Any = dict(request.query_params)
            for name in ("variables", "extensions"):
                if name in asked:
                    asked[name] = _json(asked[name].encode(), name)
        else:
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != OLD:
                raise UnsupportedMedia(f"send the request as content-type: {OLD}")
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
        elif len(asked["query"]) < PERSISTED // 8:
            self.persisted[hash] = asked["query"]

    async def _run(self, request: Request, asked: dict[str, Any], media: str) -> Response:
        ask = Ask(asked["query"], asked.get("operationName"), asked.get("variables") or {}, self.engine)
        known = self.engine.known.get((ask.text, ask.operation))
        errors = await self._first(ask) if known is None else await self._again(ask, known)
        if errors:
            return _response(media, _failed([_formatted(error) for error in errors]), _status(errors, media))
        if ask.answer is None or ask.plan is None or ask.told:
            return _response(media, ask.body, 200)
        return Reply(ask.body, self._headers(request, ask.answer, ask.plan), ask.answer.current, f"{media}; charset=utf-8")

    def _headers(self, request: Request, answer: Answer, plan: Plan) -> dict[str, str]:
        """What was asked by GET may be kept by whoever is between; an answer of several revisions names none."""
        if plan.mixed:
            return {}
        if request.method == "POST":
            return {"conflict-facts-revision": str(answer.revision), **self.tags.told(_kinds(plan.query.roots))}
        return self.tags.headers(request, answer.revision, plan.fixed, _kinds(plan.query.roots))

    async def _first(self, ask: Ask) -> list[GraphQLError]:
        """Parse and validate what was never asked, and answer it; returns what is wrong."""
        try:
            result = await self.schema.execute(
                ask.text, variable_values=ask.variables, operation_name=ask.operation,
                context_value=ask, allowed_operation_types=(OperationType.QUERY,),
            )  # fmt: skip
            return result.errors or []
        except CannotGetOperationTypeError as error:
            return [_refused(error.as_http_error_reason())]
        except InvalidOperationTypeError:
            return [_refused("only queries are answered; facts are changed by loads")]

    async def _again(self, ask: Ask, known: Known) -> list[GraphQLError]:
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
    for name, python, called in SHAPES:
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
    if NEW in types:
        return NEW
    if types & {OLD, "*/*", "application/*", ""}:
        return OLD
    raise NotAcceptable(f"answers are {NEW} or {OLD}")


def _status(errors: list[GraphQLError], media: str) -> int:
    """With the new media type a request that could not be run is 4xx or 5xx; with the old one it is 200 (GraphQL over HTTP, 6.4)."""
    original = errors[0].original_error
    status = original.status if isinstance(original, ApiError) else 500 if _code(errors[0]) == ApiError.code else 400
    return status if media == NEW or status >= 500 else 200


def _code(error: GraphQLError) -> str:
    original = error.original_error
    if isinstance(original, ApiError):
        return original.code
    if isinstance(error, GraphQLSyntaxError):
        return "graphql-syntax"
    if isinstance(error, ValidationAbortedError):
        return TooMuch.code
    return "graphql-invalid" if original is None or isinstance(original, GraphQLError) else ApiError.code


def _formatted(error: GraphQLError) -> dict[str, Any]:
    """An error as GraphQL has it, with our code. What went wrong inside is logged, not told."""
    code = _code(error)
    if code == ApiError.code:
        return {"message": ApiError.sentence(), "extensions": {"code": code}}
    message = error.message
    if isinstance(error, ValidationAbortedError):
        message = "the document is too complex to be checked; select less, with fewer aliases and fragments"
    told: dict[str, Any] = {"message": message, "extensions": {"code": code}}
    if error.locations:
        told["locations"] = [one.formatted for one in error.locations]
    return told


def _refused(message: str) -> GraphQLError:
    return GraphQLError(message, original_error=BadRequest(message))


def _told(error: ApiError) -> dict[str, Any]:
    return {"message": error.detail, "extensions": {"code": error.code}}


def _failed(errors: list[dict[str, Any]]) -> str:
    return _compact({"errors": errors})


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _response(media: str, body: str, status: int) -> Response:
    return Response(body, status, None, f"{media}; charset=utf-8")
