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

from ..errors import NotFound, TooSlow, shown
from ..http.query_string import only
from ..loading.changes import Changes, RecordChange, changes_of
from ..query.cursors import REVISIONS, cursor_of
from ..query.nodes import At, Column, NextPageUrl, Nodes, Query, Revision, RevisionList
from ..store.allowance import ACCOUNT
from ..store.store import Store
from .facts import FactPages, Made, Planned
from .notice_words import FIELDS, REASONS
from .shown_revision import Moment

AFTER, LISTED = "after", 50
MOST_COMPARED = 20_000  # Changed records of a revision whose values a page compares; of more, only the numbers are said.
COMPARED = ("changed", "removed")
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


@dataclass(frozen=True)
class Line:
    """A changed value of a record, or a removed record, in words."""

    kind: str
    id: str
    href: str
    field: str  # Empty: the record was removed.
    old: str
    new: str
    why: str


class RevisionPages:
    """Answers `/revisions` and `/revisions/{id}`."""

    def __init__(self, kinds: Kinds, store: Store, pages: FactPages) -> None:
        self.kinds, self.store, self.pages = kinds, store, pages

    async def list(self, request: Request) -> Response:
        """The revisions, newest first. Raises BadCursor."""
        params = only(request, (AFTER,))
        cursor = cursor_of(params[AFTER], REVISIONS, False) if AFTER in params else None
        nodes = (RevisionList("data", (Nodes("data", COLUMNS), NextPageUrl("next", "")), LISTED, cursor),)
        planned: Planned = await self.store.planned(Query(nodes)), {}

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
        planned: Planned = await self.store.planned(Query((Revision("data", COLUMNS, int(id)),))), {}

        async def make(at: At) -> Made:
            answer = await self.store.run(*planned)
            if answer.roots[0] is None:
                raise NotFound(f"there is no revision {id}; the newest is {answer.current}")
            document = json.loads(answer.roots[0])
            change = self._change(document)
            newest = change.number == answer.current
            changes = await self._changes(document)
            lines = tuple(self._line(one, change.number, newest) for one in changes.first) if changes else ()
            return Made(
                answer,
                "revision.html",
                {
                    "change": change,
                    "newest": newest,
                    "lines": lines,
                    "changes": changes,
                    "moment": Moment(change.number, change.recorded_at, named=not newest),
                },
            )

        return await self.pages.respond(request, planned, make)

    def _change(self, revision: Document) -> Change:
        return Change(
            revision["id"], revision["recorded_at"], REVISION_KINDS.get(revision["kind"], ""), revision["message"] or "",
            tuple(self._records((revision["counts"] or {}).get("records") or {})),
        )  # fmt: skip

    async def _changes(self, revision: Document) -> Changes | None:
        """The first values that a revision changed, without what is withheld; None if there are too many to compare for a page."""
        records = (revision["counts"] or {}).get("records") or {}
        compared = sum(numbers.get(done, 0) for numbers in records.values() for done in COMPARED)
        if not compared:
            return Changes()
        if compared > MOST_COMPARED:
            return None
        account = ACCOUNT.get()
        try:
            async with self.store.pool.connection() as connection:
                with account.paid(), account.timed():
                    async with connection.transaction(isolation="repeatable_read", readonly=True):
                        return await changes_of(self.kinds, connection, revision["id"], records, {})
        except TooSlow:
            return None

    def _line(self, change: RecordChange, revision: int, newest: bool) -> Line:
        """A change in words, with the address of the record: as of the revision or, if it removed the record, of the one before."""
        then = f"?revision={revision - (change.field is None)}" if change.field is None or not newest else ""
        old, new = change.excerpts
        field = FIELDS.get(change.field, change.field.replace("_", " ")) if change.field else ""
        why = " ".join(REASONS[reason] for reason in change.reasons if reason in REASONS)
        return Line(change.kind, change.id, f"/{self.kinds[change.kind].plural}/{change.id}{then}", field, old, new, why)

    def _records(self, counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
        """What became of how many records of each kind: "15,233 figures added"."""
        for name, numbers in counts.items():
            for done, number in numbers.items():
                if number and done != "unchanged":
                    kind = self.kinds.get(name)
                    noun = name if number == 1 or kind is None else kind.plural
                    yield f"{number:,} {noun} {done.replace('_', ' ')}"
