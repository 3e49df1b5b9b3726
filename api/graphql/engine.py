"""Answers GraphQL documents that are valid: by the plan that is kept for them or, the first time, by making one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
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

from schema.surfaces.graphql.surface import Surface

from ..errors import BadRequest, TooMuch, WithheldError
from ..http.responses import withheld_message
from ..query import bindings
from ..query.bindings import Guard, Values
from ..query.nodes import At, Node, Query, RecordNode, Snapshot
from ..store.plans import Plan
from ..store.store import Answer, Store
from .introspection import introspect
from .roles import ROLES
from .translate import Operation, Translator

MAX_VARIABLE_VALUES = 5000  # Of variables; a list of texts or numbers is one.
MAX_VALID_DOCUMENTS = 2 * 1024 * 1024  # Characters of documents that were found valid.


@dataclass
class GraphQLRequest:
    """One request on its way: what it asks, and what the answer is put into."""

    text: str
    operation: str | None
    variables: dict[str, Any]
    engine: Engine
    body: str = ""
    answer: Answer | None = None
    plan: Plan | None = None
    has_introspection: bool = False  # Whether the answer contains parts of the schema, which change with the edition of the API.


class Variable(NamedTuple):
    """The type of a variable, and what it is where it is not given: Undefined if it then is not there."""

    type: GraphQLInputType
    default: Any


@dataclass(frozen=True)
class ValidDocument:
    """What is remembered of a validated document. Parsed, it takes sixty times its text, and only compiling and refusing look at it."""

    variables: Mapping[str, Variable]
    has_introspection: bool
    size: int  # Characters.


class Engine:
    """Answers validated documents: by the plan that is kept for them or, the first time, by making one."""

    def __init__(self, surface: Surface, schema: GraphQLSchema, store: Store) -> None:
        self.surface, self.schema, self.store = surface, schema, store
        self.known: LRUCache[tuple[str, str | None], ValidDocument] = LRUCache(MAX_VALID_DOCUMENTS, getsizeof=lambda known: known.size)

    async def answer(self, ask: GraphQLRequest, known: ValidDocument, operation: Operation | None = None) -> list[GraphQLError]:
        """Put the answer into what is asked; returns what is wrong with the variables. Raises ApiError."""
        coerced = _coerced(known.variables, ask.variables)
        if coerced is None:
            report = self._reported(operation or _parsed(ask), ask)
            if isinstance(report, list):
                return report
            coerced = report.coerced
        values = bindings.request_values(coerced)
        if len(values) > MAX_VARIABLE_VALUES:
            raise TooMuch(
                f"the variables hold {len(values):,} values, and {MAX_VARIABLE_VALUES:,} is the limit; ask for less, or give lists with oneOf"
            )
        if known.has_introspection:
            await self._introspect(ask, operation or _parsed(ask), values)
            return []

        def compile() -> tuple[Query, list[Guard]]:
            translator = self._translator(ask, operation or _parsed(ask))
            return translator.query(), translator.guards

        ask.plan, ask.answer = await self.store.answer_cached((ask.text, ask.operation), values, compile)
        members = _members(ask.plan, ask.answer)
        ask.body = _body(members, await self._withheld(ask.plan, values, members))
        return []

    async def _introspect(self, ask: GraphQLRequest, operation: Operation, values: Values) -> None:
        """Answer an operation that selects introspection, among other fields or alone; its plan is not cached."""
        translator = self._translator(ask, operation)
        query = translator.query()
        told = introspect(self.schema, operation.document, operation.definition, ask.variables)
        plan = self.store.compile(query, translator.guards)
        members: dict[str, str] = {}
        if query.roots:
            ask.plan, ask.answer = plan, await self.store.run(plan, values)
            members = _members(plan, ask.answer)
        ask.has_introspection = bool(told)
        shown = {key: compact(told[key]) if key in told else members[key] for key in translator.keys}
        ask.body = _body(shown, await self._withheld(plan, values, members))

    def _translator(self, ask: GraphQLRequest, operation: Operation) -> Translator:
        variables = self._reported(operation, ask)
        assert not isinstance(variables, list)
        return Translator(self.surface, self.schema, operation, variables, ROLES)

    async def _withheld(self, plan: Plan, values: Values, found: Mapping[str, str]) -> list[dict[str, Any]]:
        """An error for each record that was asked for by its id and is null because it may not be shown."""
        if not self.store.withheld.records:
            return []
        errors = []
        for path, node, at in _asked_by_id(plan.query.roots, plan.query.at):
            text = found[path[0]]
            if (text if len(path) == 1 else json.loads(text).get(path[1])) not in ("null", None):
                continue
            id, when = bindings.value_of(node.id, values), At(bindings.value_of(at.revision, values), bindings.value_of(at.time, values))
            if source := await self.store.withholding_source(node.kind, id, when):
                error = WithheldError(withheld_message(node.kind, id, source), source)
                errors.append({"message": error.detail, "path": list(path), "extensions": {"code": error.code, **error.members}})
        return errors

    def _reported(self, operation: Operation, ask: GraphQLRequest) -> VariableValues | list[GraphQLError]:
        """The values of variables with where they are from, or all that is wrong with them."""
        return get_variable_values(self.schema, operation.definition.variable_definitions or (), ask.variables)


def variables_of(schema: GraphQLSchema, operation: OperationDefinitionNode) -> dict[str, Variable]:
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


def _parsed(ask: GraphQLRequest) -> Operation:
    """A document that was valid when it was first seen."""
    document = parse(ask.text)
    return Operation(document, operation_of(document, ask.operation))


def _asked_by_id(roots: Iterable[Node], at: At, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], RecordNode, At]]:
    for root in roots:
        if isinstance(root, RecordNode):
            yield (*above, root.key), root, at
        elif isinstance(root, Snapshot):
            yield from _asked_by_id(root.roots, root.at, (*above, root.key))


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation that a request names; Strawberry would take the first of several."""
    operation = get_operation_ast(document, name)
    if operation is None:
        names = [one.name.value for one in document.definitions if isinstance(one, OperationDefinitionNode) and one.name]
        raise BadRequest(f"operationName: the document has several operations; name one of {', '.join(names)}")
    return operation


def _members(plan: Plan, answer: Answer) -> dict[str, str]:
    """The JSON text of each root field, by response key."""
    return {node.key: text or "null" for node, text in zip(plan.query.roots, answer.roots, strict=True)}


def _body(members: Mapping[str, str], errors: list[dict[str, Any]]) -> str:
    data = ",".join([f'"{key}":{text}' for key, text in members.items()])
    return f'{{"data":{{{data}}},"errors":{compact(errors)}}}' if errors else f'{{"data":{{{data}}}}}'


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
