"""What the landing page tells of the facts: how many there are, and one disputed number with who said it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from schema.model.kinds import Kinds

from ..errors import Unavailable
from ..graphql.endpoint import GRAPHQL_RESPONSE_JSON, GraphQLEndpoint
from ..query.nodes import At, Page, Query, TotalCount


@dataclass(frozen=True)
class Facts:
    """What the page shows, all of one revision."""

    revision: int
    counts: dict[str, int]  # Records by the plural of their kind.
    example: dict[str, Any]  # The data of the answer to the question.


class Landing:
    """Asks GraphQL the question that GraphiQL opens with, once a revision."""

    def __init__(self, kinds: Kinds, graphql: GraphQLEndpoint, question: str) -> None:
        self.graphql, self.question = graphql, question
        self.totals = tuple(Page(kind.plural, kind, (TotalCount("total"),), first=1) for kind in kinds.values())
        self.held: Facts | None = None

    async def facts(self) -> Facts:
        """Raises what Store raises."""
        revision = await self.graphql.store.revision(At())
        if self.held is None or self.held.revision != revision:
            self.held = await self._asked()
        return self.held

    async def _asked(self) -> Facts:
        response = await self.graphql.answer(_request(self.question))
        answer = json.loads(bytes(response.body))
        if response.status_code == Unavailable.status:
            raise Unavailable
        if "errors" in answer:
            raise RuntimeError(f"the question of the landing page is no longer one: {answer['errors']}")
        revision = int(response.headers.get("conflict-facts-revision", 0))  # None is named where nothing is loaded.
        counted = await self.graphql.store.answer(Query(self.totals, At(revision)))
        counts = {page.key: json.loads(text or "{}")["total"] for page, text in zip(self.totals, counted.roots, strict=True)}
        return Facts(revision, counts, answer["data"])


def _request(question: str) -> Request:
    """The question as any client would send it."""
    query = urlencode({"query": question}).encode()
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/graphql",
            "query_string": query,
            "headers": [(b"accept", GRAPHQL_RESPONSE_JSON.encode())],
        }
    )
