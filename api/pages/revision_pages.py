"""The pages of revisions, in words: what each one changed, when and why, with the facts as they were then."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kinds import Kinds
from schema.model.revisions import REVISION_KINDS

from ..errors import NotFound, shown
from ..http.query_string import only
from ..query.cursors import REVISIONS, cursor_of
from ..query.nodes import At, Column, NextPageUrl, Nodes, Query, Revision, RevisionList
from ..store.store import Store
from .facts import FactPages, Made, Planned
from .moments import Moment

AFTER, LISTED = "after", 50
COLUMNS = tuple(Column(name, name) for name in ("id", "recorded_at", "kind", "message", "counts"))
NUMBER = re.compile(r"[1-9][0-9]{0,17}")
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """A revision: what sort of change it was, what its maintainer said about it, and what became of how many records."""

    number: int
    recorded_at: str
    sort: str
    message: str
    records: tuple[str, ...]


class RevisionPages:
    """Answers `/revisions` and `/revisions/{id}`."""

    def __init__(self, kinds: Kinds, store: Store, pages: FactPages) -> None:
        self.kinds, self.store, self.pages = kinds, store, pages

    async def list(self, request: Request) -> Response:
        """The revisions, newest first. Raises BadCursor."""
        params = only(request, (AFTER,))
        cursor = cursor_of(params[AFTER], REVISIONS, False) if AFTER in params else None
        planned: Planned = (
            self.store.compile(Query((RevisionList("data", (Nodes("data", COLUMNS), NextPageUrl("next", "")), LISTED, cursor),))),
            {},
        )

        async def make(at: At) -> Made:
            answer = await self.store.run(*planned)
            page = json.loads(answer.roots[0] or "{}")
            changes = tuple(self._change(one) for one in page["data"])
            return Made(answer, "revisions.html", {"changes": changes, "next": page["next"], "first": cursor is None})

        return await self.pages.respond(request, planned, make)

    async def page(self, request: Request) -> Response:
        """One revision. Raises NotFound."""
        only(request, ())
        id = request.path_params["id"]
        if not NUMBER.fullmatch(id):
            raise NotFound(f"there is no revision {shown(id)!r}; /revisions lists every revision")
        planned: Planned = self.store.compile(Query((Revision("data", COLUMNS, int(id)),))), {}

        async def make(at: At) -> Made:
            answer = await self.store.run(*planned)
            if answer.roots[0] is None:
                raise NotFound(f"there is no revision {id}; the newest is {answer.current}")
            change = self._change(json.loads(answer.roots[0]))
            newest = change.number == answer.current
            return Made(
                answer,
                "revision.html",
                {"change": change, "newest": newest, "moment": Moment(change.number, change.recorded_at, named=not newest)},
            )

        return await self.pages.respond(request, planned, make)

    def _change(self, revision: Document) -> Change:
        return Change(
            revision["id"], revision["recorded_at"], REVISION_KINDS.get(revision["kind"], ""), revision["message"] or "",
            tuple(self._records((revision["counts"] or {}).get("records") or {})),
        )  # fmt: skip

    def _records(self, counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
        """What became of how many records of each kind: "15,233 figures added"."""
        for name, numbers in counts.items():
            for done, number in numbers.items():
                if number and done != "unchanged":
                    kind = self.kinds.get(name)
                    noun = name if number == 1 or kind is None else kind.plural
                    yield f"{number:,} {noun} {done.replace('_', ' ')}"
