"""The revisions that requests name: what a moment means, and the refusal of those that do not exist."""

from __future__ import annotations

from ..errors import BadCursor, NoSuchRevision
from ..query import bindings, cursors
from ..query.bindings import Values
from ..query.nodes import At
from ..sql.answering.statement import revision_at
from .plans import Plan
from .sessions import Connection


async def resolved_revision(connection: Connection, at: At) -> tuple[int, int]:
    """The revision that `at` means, and the newest one. Raises NoSuchRevision."""
    compiled = revision_at(at)
    row = await connection.fetchrow(compiled.text, *compiled.arguments)
    assert row is not None
    refuse_unknown_revision(row["revision"], row["current"])
    return row["revision"], row["current"]


def refuse_unknown_revision(revision: int, current: int) -> None:
    """Raises NoSuchRevision if there is no such revision, `current` being the newest."""
    if not 0 <= revision <= current:
        raise NoSuchRevision(f"there is no revision {revision}; the newest is {current}")


def refuse_unknown_revisions(plan: Plan, values: Values, current: int) -> None:
    """Refuse a revision that does not exist, `current` being the newest. Raises NoSuchRevision, or BadCursor if a cursor names it."""
    for requested in plan.requested_revisions:
        revision = int(bindings.request_value(requested.revision, values))
        if requested.from_cursor and revision > current:
            raise BadCursor(
                f"{requested.from_cursor}: the cursor is of revision {revision}, and the newest is {current}; {cursors.cure(requested.from_cursor)}"
            )
    for requested in plan.requested_revisions:
        refuse_unknown_revision(int(bindings.request_value(requested.revision, values)), current)
