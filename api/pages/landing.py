"""The facts on the start page: the number of records, and one disputed figure with its claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from schema.model.kinds import Kinds

from .. import words
from ..errors import Unavailable
from ..graphql.endpoint import GRAPHQL_RESPONSE_JSON, GraphQLEndpoint
from ..http.responses import REVISION_HEADER
from ..query.nodes import At, Page, Query, TotalCount
from ..words.exact_numbers import read_json
from .per_revision import OncePerRevision
from .queries import PageQueries


@dataclass(frozen=True)
class Facts:
    """The facts of one revision that the page shows."""

    revision: int
    counts: dict[str, int]  # Records by the plural of their kind.
    example: dict[str, Any]  # The data of the response to the query.
    number: str = ""  # The number of its figure with its bounds and its noun; empty if it has none.
    sentence: str = ""  # The sentence to print, which is that of the page of the figure.


class Landing:
    """Runs the query that GraphiQL opens with, once for each revision."""

    def __init__(self, kinds: Kinds, graphql: GraphQLEndpoint, queries: PageQueries, query: str) -> None:
        self.kinds, self.graphql, self.queries, self.query = kinds, graphql, queries, query
        self.totals = tuple(Page(kind.plural, kind, (TotalCount("total"),), first=1) for kind in kinds.values())
        self.once = OncePerRevision(graphql.store, self._query)

    async def facts(self) -> Facts:
        """The facts of the newest revision, cached. Raises Unavailable or TooSlow."""
        return await self.once.get()

    async def _query(self) -> Facts:
        response = await self.graphql.answer(_request(self.query))
        answer = read_json(bytes(response.body).decode())
        if response.status_code == Unavailable.status:
            raise Unavailable
        if "errors" in answer:
            raise RuntimeError(f"the query of the start page is no longer valid: {answer['errors']}")
        revision = int(response.headers.get(REVISION_HEADER, 0))  # Absent while nothing is loaded.
        counted = await self.graphql.store.answer(Query(self.totals, At(revision)))
        counts = {page.key: read_json(text or "{}")["total"] for page, text in zip(self.totals, counted.roots, strict=True)}
        return Facts(revision, counts, answer["data"], *await self._printed(answer["data"], revision))

    async def _printed(self, data: dict[str, Any], revision: int) -> tuple[str, str]:
        """The number of the figure and the sentence about it; both empty without one."""
        figures = (data["event"] or {}).get("figures", {}).get("nodes")
        if not figures:
            return "", ""
        plan, values = self.queries.record(self.kinds["figure"], figures[0]["slug"], [("revision", str(revision))])
        figure, sources, *_ = (read_json(root or "{}") for root in (await self.graphql.store.run(plan, values)).roots)
        return words.counted(figure), words.figure_sentence(figure, sources)


def _request(query: str) -> Request:
    """The query as a client would send it."""
    query_string = urlencode({"query": query}).encode()
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/graphql",
            "query_string": query_string,
            "headers": [(b"accept", GRAPHQL_RESPONSE_JSON.encode())],
        }
    )
