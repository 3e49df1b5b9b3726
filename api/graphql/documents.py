"""Validates GraphQL documents, and remembers those that are valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from cachetools import LRUCache
from graphql import DirectiveNode, GraphQLSchema, OperationType, Visitor, visit

from ..errors import BadRequest, TooMuch, shown
from .errors import InvalidRequest
from .introspection import has_introspection
from .requests import MAX_DIRECTIVES, GraphQLRequest
from .shapes import shape
from .suggestions import with_suggestions
from .validation import validation_errors
from .variables import VariableType, variable_types

MAX_VALID_DOCUMENTS = 2 * 1024 * 1024  # Characters of all documents that are remembered.

INVALID = "invalid"


@dataclass(frozen=True)
class ValidDocument:
    """What is remembered of a valid document. Not its syntax tree: that takes sixty times its text, and only compiling a plan reads it."""

    variables: Mapping[str, VariableType]
    has_introspection: bool
    shape: str  # As metrics count it.
    size: int  # Characters.


class Documents:
    """The documents that were found valid, least recently used first to go."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema, self.lock = schema, Lock()  # The side thread validates long documents.
        self.cache: LRUCache[tuple[str, str | None], ValidDocument] = LRUCache(
            MAX_VALID_DOCUMENTS, getsizeof=lambda document: document.size
        )

    def valid(self, request: GraphQLRequest) -> ValidDocument:
        """The document of a request, validated if it is not remembered. Raises InvalidRequest, GraphQLSyntaxError or BadRequest."""
        document = self.known(request)
        if document is None:
            document = self._validated(request)
            if document.size < MAX_VALID_DOCUMENTS // 8:
                with self.lock:
                    self.cache[request.text, request.operation_name] = document
        return document

    def known(self, request: GraphQLRequest) -> ValidDocument | None:
        """The document of a request, if it is remembered."""
        with self.lock:
            return self.cache.get((request.text, request.operation_name))

    def shape(self, request: GraphQLRequest) -> str:
        """The shape of a document that is remembered; INVALID for every other."""
        document = self.known(request)
        return document.shape if document else INVALID

    def _validated(self, request: GraphQLRequest) -> ValidDocument:
        operations = request.operations
        if not operations:
            name = request.operation_name
            raise BadRequest(
                "query: the document has no operation; add a query" if name is None else f'Unknown operation named "{shown(name)}".'
            )
        if operations[0].operation is not OperationType.QUERY:
            raise BadRequest("query: only queries are supported; facts are changed by loads")
        _refuse_many_directives(request)
        if errors := validation_errors(self.schema, request.document):
            raise InvalidRequest(with_suggestions(self.schema, errors))
        operation = request.operation
        types = variable_types(self.schema, operation.definition)
        return ValidDocument(types, has_introspection(operation), shape(operation), len(request.text))


class _DirectiveCounter(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self.count += 1


def _refuse_many_directives(request: GraphQLRequest) -> None:
    """Raises TooMuch. Most documents have none, and need no walk."""
    if request.text.count("@") > MAX_DIRECTIVES:
        visit(request.document, counter := _DirectiveCounter())
        if counter.count > MAX_DIRECTIVES:
            raise TooMuch(f"the document has {counter.count:,} directives, and {MAX_DIRECTIVES} is the limit; use fewer, or split it")
