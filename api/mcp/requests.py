"""Requests of tools to REST, inside the process: they are priced, cached and refused like those of any client."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from starlette.types import Scope

from ..errors import NotFound, shown
from ..http.cache import ResponseCache
from ..http.guard import fault
from ..store.allowance import ACCOUNT
from ..store.side_thread import beside
from ..words.exact_numbers import read_json

OK = 200
JSON = b"application/json"
Document = dict[str, Any]


class RefusedRequest(Exception):
    """REST has refused a request: `problem` is its problem document."""

    def __init__(self, problem: Document) -> None:
        super().__init__(problem.get("detail"))
        self.problem = problem


@dataclass(frozen=True)
class RestAnswer:
    """The body of a response of REST."""

    body: bytes

    @cached_property
    def document(self) -> Document:
        """The JSON, in which every number has the digits that it was sent with."""
        document: Document = json.loads(self.body, parse_float=_exact)
        return document

    @cached_property
    def spoken(self) -> Document:
        """The JSON as functions of words read it."""
        document: Document = read_json(self.body.decode())
        return document


class RestRequests:
    """Answers requests as the response cache does, from what it keeps or anew."""

    cache: ResponseCache  # Set once there is one, which needs the endpoint of the tools first.

    async def get(self, path: tuple[str, ...], params: Mapping[str, str]) -> RestAnswer:
        """The answer to a request; `path` are the parts of the address below `/v1`. Raises RefusedRequest and ApiError."""
        address = "/".join(("/v1", *path))
        scope: Scope = {
            "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": address, "raw_path": quote(address).encode(),
            "query_string": urlencode(params, quote_via=quote).encode(), "headers": [(b"host", b"localhost"), (b"accept", JSON)],
            "root_path": "", "client": None, "server": None,
        }  # fmt: skip
        if (error := fault(scope)) is not None:
            raise error
        account = ACCOUNT.get()
        reading, account.work = account.work, None  # That of the protocol, which is paid when the call has ended; REST counts its own.
        try:
            response = await self.cache.fetch(scope)
        finally:
            account.work = reading
        if response is None or (response.status == OK and response.content_type != [(b"content-type", JSON)]):
            raise NotFound(f"there is nothing at {shown(address)}")
        if response.status != OK:
            raise RefusedRequest(json.loads(response.body))
        answer = RestAnswer(response.body)
        await beside(lambda: answer.document)  # Reading it takes long, and it is kept.
        return answer


def _exact(text: str) -> float | str:
    """A number, as a text if a floating-point number would be another one."""
    number = float(text)
    return number if Decimal(repr(number)) == Decimal(text) else text
