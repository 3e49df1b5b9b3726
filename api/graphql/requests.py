"""Reads GraphQL requests from HTTP: parameters of GET, JSON bodies of POST, and documents sent by their hash."""

from __future__ import annotations

import codecs
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cachetools import LRUCache
from graphql import DocumentNode, OperationDefinitionNode, parse
from starlette.requests import Request

from ..errors import BadRequest, PersistedQueryNotFound, TooLarge, UnsupportedMedia, shown
from ..http.bodies import media_type, refuse_compressed
from ..http.query_string import parameters, refuse_repeated

APPLICATION_JSON = "application/json"
MAX_TOKENS = 4_000  # Of a document. GraphiQL asks for the schema with 400, and a record with the provenance of every field takes 2,000.
MAX_DIRECTIVES = 50  # Of a document.
EXPLAIN, COST = "explain", "cost"
MAX_PERSISTED_CHARACTERS = 4 * 1024 * 1024  # Of all documents that are remembered by their hash.
MEMBER_TYPES = [("query", str, "text"), ("variables", dict, "an object"), ("operationName", str, "text"), ("extensions", dict, "an object")]


@dataclass(frozen=True)
class Operation:
    """A parsed document and the operation in it that a request selects."""

    document: DocumentNode
    definition: OperationDefinitionNode


@dataclass
class GraphQLRequest:
    """A document, the name of the operation to run, and its variables."""

    text: str
    operation_name: str | None
    variables: dict[str, Any]
    explains_cost: bool = False  # Whether only the cost is requested.
    size: int = 0  # Bytes in which it was sent.

    @cached_property
    def document(self) -> DocumentNode:
        """The document, parsed on first use only: a cached plan needs no syntax tree. Raises GraphQLSyntaxError."""
        return parse(self.text, max_tokens=MAX_TOKENS)

    @property
    def operations(self) -> list[OperationDefinitionNode]:
        """The operations that the request may mean: all of the document, or those of the requested name."""
        name = self.operation_name
        operations = [definition for definition in self.document.definitions if isinstance(definition, OperationDefinitionNode)]
        return operations if name is None else [operation for operation in operations if operation.name and operation.name.value == name]

    @property
    def operation(self) -> Operation:
        """The one operation that the request means. Raises BadRequest if the document has several and the request names none."""
        operations = self.operations
        if len(operations) > 1:
            names = ", ".join(operation.name.value for operation in operations if operation.name)
            raise BadRequest(f"operationName: the document has several operations; name one of {shown(names)}")
        return Operation(self.document, operations[0])


class RequestReader:
    """Reads the members of a GraphQL request (GraphQL over HTTP, 5) and remembers documents by their hash."""

    def __init__(self, max_body: int) -> None:
        self.max_body = max_body
        self.persisted: LRUCache[str, str] = LRUCache(MAX_PERSISTED_CHARACTERS, getsizeof=len)

    async def read(self, request: Request) -> GraphQLRequest:
        """Raises BadRequest, UnsupportedMedia, TooLarge or PersistedQueryNotFound."""
        members = await self._from_body(request) if request.method == "POST" else _from_query_string(request)
        if not isinstance(members, dict):
            raise BadRequest("the body must be one JSON object with `query`; batches (lists of requests) are not supported")
        _check_members(members)
        explain = (members.get("extensions") or {}).get(EXPLAIN)
        if explain not in (None, COST):
            raise BadRequest(f"extensions: {EXPLAIN}: must be {COST!r}, which returns what the request costs and does not run it")
        size = len(await request.body()) if request.method == "POST" else len(request.scope["query_string"])
        return GraphQLRequest(
            self._document(members), members.get("operationName") or None, members.get("variables") or {}, explain is not None, size
        )

    async def _from_body(self, request: Request) -> Any:
        refuse_compressed(request)
        if media_type(request) != APPLICATION_JSON:
            raise UnsupportedMedia(f"send the request as content-type: {APPLICATION_JSON}")
        body = await request.body()
        if len(body) > self.max_body:
            raise TooLarge(f"the body may have at most {self.max_body:,} bytes")
        return _json(body, "the body")

    def _document(self, members: dict[str, Any]) -> str:
        """The document of a request, sent in full or by its SHA-256: Apollo's automatic persisted queries, version 1."""
        text: str = members.get("query") or ""
        hash = (members.get("extensions") or {}).get("persistedQuery", {}).get("sha256Hash")
        if hash is None:
            if not text:
                raise BadRequest("query: is missing")
            return text
        if not text:
            if hash not in self.persisted:
                raise PersistedQueryNotFound("PersistedQueryNotFound")  # The message that clients look for.
            return self.persisted[hash]
        if hashlib.sha256(text.encode()).hexdigest() != hash:
            raise BadRequest("extensions: persistedQuery: sha256Hash must be the SHA-256 of the query, in lower-case hexadecimal")
        if len(text) < MAX_PERSISTED_CHARACTERS // 8:
            self.persisted[hash] = text
        return text


def _from_query_string(request: Request) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in parameters(request):
        if name in members:
            refuse_repeated(name, [members[name], value])
        members[name] = value
    for name in ("variables", "extensions"):
        if name in members:
            members[name] = _json(members[name].encode(), name)
    return members


def _check_members(members: dict[str, Any]) -> None:
    for name, type, description in MEMBER_TYPES:
        if members.get(name) is not None and not isinstance(members[name], type):
            raise BadRequest(f"{name}: must be {description}")
    persisted = (members.get("extensions") or {}).get("persistedQuery", {})
    if not isinstance(persisted, dict) or not isinstance(persisted.get("sha256Hash", ""), str):
        raise BadRequest("extensions: persistedQuery: must be an object with version, a number, and sha256Hash, text")


def _json(text: bytes, name: str) -> Any:
    try:
        # json.loads would also take bytes in UTF-16, and lone surrogates in UTF-8.
        value = json.loads(text.decode("utf-8-sig" if text.startswith(codecs.BOM_UTF8) else "utf-8"))
        if b"\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # Fails on an escaped lone surrogate, which PostgreSQL cannot store in text.
        return value
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{name}: is not valid JSON: {json_fault(error)}") from None


def json_fault(error: ValueError | RecursionError) -> str:
    """Why a text is not valid JSON, in words that do not assume knowledge of Python."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[0].lower()}{error.msg[1:]}, in line {error.lineno}, column {error.colno}"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start + 1} is not UTF-8"
    if isinstance(error, UnicodeEncodeError):
        return "a \\u escape is half of a character"
    return "a number has too many digits"
