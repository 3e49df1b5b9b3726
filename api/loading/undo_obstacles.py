"""What prevents an undo: later changes to the same claims, and references to records that would be gone; with the revisions to undo first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import asyncpg

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..sql.loading import undo as sql
from ..sql.loading.references import BY_ANY_PLAN, BY_INDEX, MAX_LOOKUPS, references_to

MAX_OBSTACLES_LISTED = 20  # Records that a refusal names; the others are counted.


@dataclass(frozen=True)
class Obstacle:
    """Why a record prevents the undo, and the revisions to undo first."""

    text: str
    undo_first: tuple[int, ...]


async def refuse_changed(kinds: Kinds, history: RevisionHistory, withheld_changed: bool) -> None:
    """Refuse if later revisions changed the same claims, whose changes would be lost.

    Refuse also if nothing is left to undo; `withheld_changed`: withheld claims are undone as well.
    """
    counts = {kind.name: (await history.connection.fetch(sql.count_changed(kind)))[0] for kind in kinds.values()}
    if not withheld_changed and not any(by_kind["standing"] for by_kind in counts.values()):
        raise LoadRefused(
            f"revision {history.number} has no effect any more: all claims are as they were before it; there is nothing to undo"
        )
    obstacles: list[Obstacle] = []
    for kind in kinds.values():
        if counts[kind.name]["changed"]:
            obstacles += [
                Obstacle(f"{kind.name} {id}: a claim about it was changed in revision {_joined_numbers(revisions)}", revisions)
                for id, revisions in await history.effective_revisions(kind, sql.CHANGED_CLAIMS)
            ]
    _refuse(history.number, obstacles, sum(by_kind["changed"] for by_kind in counts.values()))


async def refuse_broken_references(kinds: Kinds, history: RevisionHistory) -> None:
    """Refuse if a claim, one that stays or one that is restored, would refer to a record that no claim describes."""
    obstacles: list[Obstacle] = []
    for kind in kinds.values():
        for text in await _reference_checks(kinds, kind, history.connection):
            obstacles += [await _reference_obstacle(kinds, history, kind, row) for row in await history.connection.fetch(text)]
    await history.connection.execute(BY_ANY_PLAN)
    _refuse(history.number, obstacles, len(obstacles))


async def _reference_checks(kinds: Kinds, kind: Kind, connection: asyncpg.Connection) -> list[str]:
    """The selects of claims that would refer to records of a kind without claims."""
    for text in sql.create_gone(kind):
        await connection.execute(text)
    gone = await connection.fetchval(sql.count_gone(kind))
    by_index = gone <= MAX_LOOKUPS
    await connection.execute(BY_INDEX if by_index else BY_ANY_PLAN)
    found = list(references_to(kinds, kind))
    return [
        *([sql.references_to_gone(kind, reference, by_index) for reference in found] if gone else []),
        *(sql.restored_references(kind, reference) for reference in found),
    ]


async def _reference_obstacle(kinds: Kinds, history: RevisionHistory, kind: Kind, row: Any) -> Obstacle:
    """The revision in the way: the one that made the claim or, for a restored or older claim, the one that removed the record."""
    place, target = f"{row['kind']} {row['id']}, {row['field']}", f"{kind.name} {row['gone']}"
    making = [] if row["back"] else await history.effective_revisions(kinds[row["kind"]], sql.CLAIMS_BY_KEY, row["claim"])
    removing = making or await history.effective_revisions(kind, sql.PAST_CLAIMS_BY_RECORD, row["record"])
    last = max((revisions[-1] for _, revisions in removing), default=0)
    if making:
        return Obstacle(f"{place}: refers to {target} since revision {last}, and only revision {history.number} describes it", (last,))
    again = " again" if row["back"] else ""
    return Obstacle(f"{place}: would refer to {target}{again}, which revision {last} removed", (last,))


def _refuse(number: int, obstacles: Sequence[Obstacle], count: int) -> None:
    """Raise LoadRefused with some of the records, and with every revision to undo first, the latest first."""
    if not obstacles:
        return
    texts = sorted({obstacle.text for obstacle in obstacles})
    more = max(count, len(texts)) - MAX_OBSTACLES_LISTED
    lines = [*texts[:MAX_OBSTACLES_LISTED], *([f"and {more} more"] if len(texts) > MAX_OBSTACLES_LISTED else [])]
    first = sorted({revision for obstacle in obstacles for revision in obstacle.undo_first}, reverse=True)
    cure = f"undo revision {_joined_numbers(first, ', then ')} first (`conflict-facts undo {first[0]}`)"
    listed = "\n  ".join([f"revision {number} cannot be undone while later changes depend on it:", *lines])
    raise LoadRefused(f"{listed}\n{cure}; nothing was written")


def _joined_numbers(numbers: Iterable[int], separator: str = ", ") -> str:
    return separator.join(map(str, numbers))


@dataclass(frozen=True)
class RevisionHistory:
    """The changes to claims since the revision to undo, and which of the later revisions only undid others."""

    connection: asyncpg.Connection
    number: int
    undone: dict[int, int]  # Undo revisions, each with the revision that it undid.

    async def effective_revisions(self, kind: Kind, which: str, *keys: int) -> list[tuple[str, tuple[int, ...]]]:
        """For each of some claims, its record's id and the revisions that made it what it is, in order; without claims that have none."""
        rows = await self.connection.fetch(sql.versions(kind, which), self.number, *([list(keys)] if keys else []))
        claims = [list(versions) for _, versions in groupby(rows, key=itemgetter("number"))]
        revisions = [(versions[0]["id"], tuple(effective_path(self.number, versions, self.undone))) for versions in claims]
        return [(id, numbers) for id, numbers in revisions if numbers]


def effective_path(number: int, versions: Sequence[Any], undone: Mapping[int, int]) -> list[int]:
    """The revisions after `number` that made a claim what it is, leaving out revisions that were undone, and any sequence that ended where it began.

    Undoing the last of them leaves the claim as the one before had left it, so following this advice comes to an end.
    """
    states: dict[int, str | None] = {version["removed_in"]: None for version in versions if version["removed_in"] is not None}
    states |= {version["added_in"]: version["says"] for version in versions}
    first = next((version["says"] for version in versions if version["added_in"] < number), None)
    path: tuple[tuple[int, str | None], ...] = ((0, first),)
    before: dict[int, tuple[tuple[int, str | None], ...]] = {}  # The path before each revision.
    for revision in sorted(revision for revision in states if revision >= number):
        state = states[revision]
        before[revision], restored = path, before.get(undone.get(revision, 0))
        same = [place for place, (_, earlier) in enumerate(path) if earlier == state]
        if restored and restored[-1][1] == state:
            path = restored
        elif same:
            path = path[: same[0] + 1]
        else:
            path = (*path, (revision, state))
    return [revision for revision, _ in path[1:] if revision > number]
