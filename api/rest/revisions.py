"""The endpoints of revisions and of withheld records."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..errors import NotFound
from ..http.responses import ETags
from ..query import conditions
from ..query.nodes import At, Node, Query, Revision, Revisions, WithheldRows
from ..sql.answering.revisions import RECEIPT, REVISION_COLUMNS, WITHHELD_COLUMNS
from ..store.store import Answer, Store
from .parameters import parse_number
from .query_string import only
from .responder import Responder

ALL_COLUMNS = tuple((name, name) for name in REVISION_COLUMNS)
WITH_RECEIPT = (*ALL_COLUMNS, *((name, name) for name in RECEIPT))


class RevisionEndpoints:
    """The list of revisions, one revision, and what today's revision withholds."""

    def __init__(self, store: Store, tags: ETags) -> None:
        self.store, self.responder = store, Responder(tags)

    async def list(self, request: Request) -> Response:
        """The revisions, newest first."""
        own = only(request, ("limit", "before"))
        first, before = (parse_number(name, own[name]) if name in own else None for name in ("limit", "before"))
        return await self._respond(request, Revisions("data", ALL_COLUMNS, conditions.page_size(first, "limit"), before))

    async def record(self, request: Request) -> Response:
        """One revision with its receipt."""
        only(request, ())
        id = parse_number("revision", request.path_params["id"])
        return await self._respond(request, Revision("data", WITH_RECEIPT, id), f"there is no revision {id}")

    async def withheld(self, request: Request) -> Response:
        """The withheld records, and where their owners publish them."""
        only(request, ())
        return await self._respond(request, WithheldRows("data", tuple((name, name) for name in WITHHELD_COLUMNS)))

    async def _respond(self, request: Request, node: Node, missing: str = "") -> Response:
        async def answer() -> Answer:
            answer = await self.store.answer(Query((node,)))
            if answer.roots[0] is None:
                raise NotFound(f"{missing}; the newest is {answer.current}")
            return answer

        return await self.responder.respond(
            request, At(), answer, lambda answer, _: f'{{"revision":{answer.revision},"data":{answer.roots[0]}}}'
        )
