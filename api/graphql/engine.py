"""Answers GraphQL requests: validates the document, coerces the variables, runs the cached or new plan, and writes the response body."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema
from graphql.execution.values import VariableValues, get_variable_values

from schema.model.kind import Kind
from schema.surfaces.graphql.surface import Surface

from ..errors import BadArgument, TooMuch, WithheldError
from ..http.long_bodies import LONG, encoded_text
from ..http.responses import withheld_message
from ..query import bindings
from ..query.bindings import Guard, Values
from ..query.nodes import At, Check, ClaimNode, Node, NodeList, Query, RecordNode, Snapshot
from ..store.plans import Plan
from ..store.side_thread import beside
from ..store.store import Answer, Store
from .documents import Documents, ValidDocument
from .errors import INVALID_VARIABLES, InvalidRequest, api_error, compact_json
from .introspection import introspect
from .requests import GraphQLRequest
from .roles import ROLES, check_roles
from .suggestions import with_suggestions
from .translate import Translator
from .variables import coerce_variables

MAX_WITHHELD_LOOKUPS = 20  # Of one response: records that are null are looked up, each by a statement, and the others have no error.
MAX_SHORT = 16_000  # Bytes of a request whose variables are read in the thread that answers all.
MAX_VARIABLE_VALUES = 1000  # Of one request; a list of texts or numbers counts as one.

Members = Mapping[str, str]  # The JSON text of each root field, by response key.
Introspection = Mapping[str, str | None]  # By response key in their order, the JSON text of introspection, or None for facts.
Requested = tuple[tuple[Any, ...], Kind, Any, At]  # A record by its id: its path in the response, its kind, the id and the point in time.
Prepared = tuple[Plan, Values, Introspection | None]


@dataclass(frozen=True)
class GraphQLAnswer:
    """A response body, and the plan and the answer that it was made from.

    `answer` is None if the body contains no facts. Both are None if it contains introspection, which changes with the edition of the API
    and not with a revision.
    """

    body: str | bytes
    plan: Plan | None = None
    answer: Answer | None = None
    is_constant: bool = False  # Whether it is introspection alone.


class Engine:
    """Answers GraphQL requests from a store."""

    def __init__(self, surface: Surface, schema: GraphQLSchema, store: Store) -> None:
        check_roles(surface)
        self.surface, self.schema, self.store = surface, schema, store
        self.documents = Documents(schema)

    async def answer(self, request: GraphQLRequest) -> GraphQLAnswer:
        """Raises InvalidRequest, GraphQLError or ApiError."""
        if (prepared := self._known(request)) is None:
            prepared = await beside(self._prepared, request)
        plan, values, introspection = prepared
        if introspection is not None:
            return await self._answer_introspection(plan, values, introspection)
        answer = await self.store.run(plan, values) if plan.query.roots else None
        members = _members(plan, answer)
        errors = await self._withheld_errors(plan, values, members)
        warnings = await self.store.warnings(plan, values, answer) if answer else []
        body = await encoded_text(_body(members, errors, self._reported_cost(plan, answer), warnings))
        return GraphQLAnswer(body, plan, answer)

    async def explained_cost(self, request: GraphQLRequest) -> str:
        """The response that gives the cost of a request, which is not run. Raises what `answer` raises, except TooMuch for its cost."""

        def query() -> Query:
            self._values(request, self.documents.valid(request))
            return self._translate(request)[0]

        return compact_json({"data": None, "extensions": {"cost": await self.store.explained_cost(await beside(query))}})

    def plan(self, request: GraphQLRequest) -> tuple[Plan, Values]:
        """The plan of a request, cached or new, and the values to run it with. Raises what `answer` raises."""
        values = self._values(request, self.documents.valid(request))
        return self._plan(request, values), values

    def _known(self, request: GraphQLRequest) -> Prepared | None:
        """What answers a request that is like an earlier one, and not long. Raises what `answer` raises."""
        document = self.documents.known(request) if request.size <= MAX_SHORT else None
        if document is None or document.has_introspection:
            return None
        values = self._values(request, document)
        try:
            plan = self.store.known_plan((request.text, request.operation_name), values)
        except BadArgument:  # Which has no path: translating the document finds it.
            return None
        return None if plan is None else (plan, values, None)

    def _prepared(self, request: GraphQLRequest) -> Prepared:
        """What answers any other. Raises what `answer` raises."""
        document = self.documents.valid(request)
        values = self._values(request, document)
        if not document.has_introspection:
            return self._plan(request, values), values, None
        translator = self._translator(request)
        query = translator.query()
        values_of_schema = introspect(self.schema, request.operation, request.variables)
        introspection = {key: compact_json(values_of_schema[key]) if key in values_of_schema else None for key in translator.keys}
        return self.store.compile(query, translator.guards), values, introspection  # It is not cached.

    def _plan(self, request: GraphQLRequest, values: Values) -> Plan:
        try:
            return self.store.cached_plan((request.text, request.operation_name), values, lambda: self._translate(request))
        except BadArgument as error:
            if not error.path:  # A cached plan does not know its document, and translating that again finds the field.
                self._translate(request)
            raise

    def _values(self, request: GraphQLRequest, document: ValidDocument) -> Values:
        """The coerced variables of a request, leaf by leaf. Raises InvalidRequest or TooMuch."""
        sent = sum(bindings.count_leaves(value) for name, value in request.variables.items() if name in document.variables)
        if sent > MAX_VARIABLE_VALUES:  # Coercing them takes much longer than counting them.
            raise TooMuch(f"variables: {sent:,} values, and {MAX_VARIABLE_VALUES:,} is the limit; send fewer, or pass lists with oneOf")
        coerced = coerce_variables(document.variables, request.variables)
        if coerced is None:
            coerced = self._variable_values(request).coerced
        return bindings.leaves_of_variables(coerced)

    def _variable_values(self, request: GraphQLRequest) -> VariableValues:
        """graphql-core's coerced variables, which it needs to coerce arguments. Raises InvalidRequest."""
        result = get_variable_values(self.schema, request.operation.definition.variable_definitions or (), request.variables)
        if isinstance(result, list):
            raise InvalidRequest(with_suggestions(self.schema, result), INVALID_VARIABLES)
        return result

    def _translator(self, request: GraphQLRequest) -> Translator:
        return Translator(self.surface, self.schema, request.operation, self._variable_values(request), ROLES)

    def _translate(self, request: GraphQLRequest) -> tuple[Query, list[Guard]]:
        translator = self._translator(request)
        return translator.query(), translator.guards

    async def _answer_introspection(self, plan: Plan, values: Values, introspection: Introspection) -> GraphQLAnswer:
        """Answer an operation that selects introspection, alone or beside facts."""
        answer = await self.store.run(plan, values) if plan.query.roots else None  # Introspection alone needs no database.
        members = _members(plan, answer)
        errors = await self._withheld_errors(plan, values, members)
        in_order = {key: members[key] if text is None else text for key, text in introspection.items()}
        body = await encoded_text(_body(in_order, errors, self._reported_cost(plan, answer)))
        introspects = any(text is not None for text in introspection.values())
        return GraphQLAnswer(body, is_constant=answer is None) if introspects else GraphQLAnswer(body, plan, answer)

    def _reported_cost(self, plan: Plan, answer: Answer | None) -> str:
        """The cost as JSON. A response that never changes has none, because its cost does: with the size of the tables."""
        return "" if answer is None or plan.immutable else self.store.cost_json(plan, answer.cost)

    async def _withheld_errors(self, plan: Plan, values: Values, members: Members) -> list[dict[str, Any]]:
        """An error for each record that was requested by its id, itself, a claim or a check of a sentence about it, and is null because it is withheld."""
        if not self.store.withheld.records:
            return []
        parsed: dict[str, Any] = {}  # Each root field once, however many records are requested in it.
        errors: list[dict[str, Any]] = []
        lookups = 0
        for path, kind, requested, at in self._record_nodes(plan.query.roots, plan.query.at, values):
            if len(path) > 1 and len(members[path[0]]) > LONG:  # Beside many records, in a snapshot: to read them all would take too long.
                continue
            if len(path) > 1 and path[0] not in parsed:
                parsed[path[0]] = json.loads(members[path[0]]) or {}
            if (members[path[0]] != "null") if len(path) == 1 else _at(parsed[path[0]], path[1:]) is not None:
                continue
            if lookups == MAX_WITHHELD_LOOKUPS:
                break
            lookups += 1
            id = bindings.request_value(requested, values)
            moment = At(bindings.request_value(at.revision, values), bindings.request_value(at.time, values))
            source = await self.store.withholding_source(kind, id, moment)
            if source:
                error = WithheldError(withheld_message(kind, id, source), source)
                described = api_error(error)
                errors.append({**described, "path": list(path), "extensions": {**described["extensions"], **error.members}})
        return errors

    def _record_nodes(self, roots: Iterable[Node], at: At, values: Values, above: tuple[str | int, ...] = ()) -> Iterator[Requested]:
        """Every record that is requested by its id, itself, a claim about it or a check of a sentence about it: its path in the response, kind, id and point in time."""
        for root in roots:
            path = (*above, root.key)
            if isinstance(root, Snapshot):
                yield from self._record_nodes(root.roots, root.at, values, path)
            elif isinstance(root, NodeList):
                yield from sorted(_listed_records(root, at, values, path), key=lambda requested: requested[0])
            elif isinstance(root, (RecordNode, ClaimNode)):
                yield path, root.kind, root.record if isinstance(root, ClaimNode) else root.id, at if root.at.now else root.at
            elif isinstance(root, Check) and root.of_event and root.kind.totals:
                yield path, self.store.kinds.linked_kind(root.kind, root.kind.totals.event), root.about.value, at


def _listed_records(nodes: NodeList, at: At, values: Values, path: tuple[str | int, ...]) -> Iterator[Requested]:
    """The same of what a list of ids names."""
    for node, named in zip(nodes.nodes, nodes.named, strict=True):
        if isinstance(node, (RecordNode, ClaimNode)):
            places, ids = (bindings.request_value(one, values) for one in (named.places, next(iter(named.columns.values()))))
            for place, id in zip(places, ids, strict=True):
                yield (*path, place), node.kind, id, at if node.at.now else node.at


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    """What is at a path in a value; None if nothing is."""
    for step in path:
        value = None if value is None else value[step] if isinstance(step, int) else value.get(step)
    return value


def _members(plan: Plan, answer: Answer | None) -> Members:
    return {} if answer is None else {node.key: text or "null" for node, text in zip(plan.query.roots, answer.roots, strict=True)}


def _body(members: Members, errors: list[dict[str, Any]], cost: str, warnings: Sequence[str] = ()) -> list[str]:
    """The response in pieces, which are not copied more than once. `cost` may be empty; it stands at the end, because explorers show the beginning."""
    pieces = ['{"data":{']
    for key, text in members.items():
        pieces += [f'{"," * (len(pieces) > 1)}"{key}":', text]
    described = f',"errors":{compact_json(errors)}' if errors else ""
    extended = [f'"warnings":{compact_json(warnings)}'] * bool(warnings) + [f'"cost":{cost}'] * bool(cost)
    extensions = f',"extensions":{{{",".join(extended)}}}' if extended else ""
    pieces.append(f"}}{described}{extensions}}}")
    return pieces
