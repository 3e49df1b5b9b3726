"""Undoes a revision by recording a new one: claims that it added go, and claims that it changed or retracted are restored, all or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

import asyncpg

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..sql.answering.withheld_lookup import unprotected_source
from ..sql.loading import merge, undo_withheld
from ..sql.loading import undo as sql
from ..sql.revision import LOCK, NEWEST
from .change import Change
from .receipts import Counts, Receipt
from .transaction import LoadTransaction, affected_rows
from .withholding_steps import recount_withheld

MAX_OBSTACLES_LISTED = 20  # Records that a refusal names; the others are counted.
UNDONE = "undone"


async def undo(kinds: Kinds, url: str, number: int, change: Change | None = None, *, private: bool = False) -> Receipt:
    """Undo a revision. `private`: the database serves its operator alone.

    Raises LoadRefused if there is no such revision, or if later ones depend on it.
    """
    change = change or Change()
    message = f"Undo of revision {number}" + (f": {change.message}" if change.message else "")
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="read_committed"):  # After waiting for another load, its rows must be visible.
            await connection.execute(LOCK)  # One load or undo at a time.
            await connection.execute(merge.DEFER_FOREIGN_KEYS)
            return await _undo(kinds, connection, number, replace(change, message=message, kind="undo"), private)
    except asyncpg.InterfaceError as error:
        # If the connection ended, asyncpg complains that it cannot roll back, and hides the reason.
        raise error.__context__ or error from None
    finally:
        await connection.close()


async def _undo(kinds: Kinds, connection: asyncpg.Connection, number: int, change: Change, private: bool) -> Receipt:
    newest: int = await connection.fetchval(NEWEST)
    _refuse_unknown_revision(number, newest)
    receipt, revision = Receipt(undone=number), newest + 1
    for kind in kinds.values():
        await _find_changes(kind, connection, number)
    history = RevisionHistory(connection, number, {row["id"]: row["undone"] for row in await connection.fetch(sql.LATER_UNDOS, number)})
    withheld = await _undo_withheld(kinds, connection, number, revision)
    await _refuse_changed(kinds, history, bool(withheld))
    for kind in kinds.settling_order:
        receipt.claims[kind.name] = await _restore_claims(kind, connection, revision)
    await _refuse_broken_references(kinds, history)
    load = LoadTransaction(kinds, connection, [], replace(change, reason=UNDONE), receipt=receipt, revision=revision)
    await load.settle()
    await load.prove()
    if withheld:
        receipt.withheld = withheld
        await recount_withheld(kinds, connection)
    if not private and (source := await connection.fetchval(unprotected_source(kinds))) is not None:
        raise LoadRefused(
            f"revision {number} cannot be undone: claims of {source} would become public, and its terms forbid redistribution; "
            "load its earlier files again instead; nothing was written"
        )
    await load.record()
    return receipt


async def _undo_withheld(kinds: Kinds, connection: asyncpg.Connection, number: int, revision: int) -> Counts:
    """Undo what the revision did to withheld claims; returns the counts by kind. Raises LoadRefused if it withheld or released claims."""
    counts: Counts = {}
    for kind in kinds.values():
        row = await connection.fetchrow(undo_withheld.effects(kind), number)
        assert row is not None
        if row["crossed"]:
            raise LoadRefused(
                f"revision {number} cannot be undone: it {row['crossed']} claims about {kind.plural}; to reverse that, load the claims about "
                "their source's terms again; nothing was written"
            )
        if row["later"]:
            raise LoadRefused(
                f"revision {number} cannot be undone: later revisions changed claims that it withheld; load its earlier files again instead; "
                "nothing was written"
            )
        if row["added"] + row["removed"]:
            for text in undo_withheld.undo(kind):
                await connection.execute(text, number, revision)
            counts[kind.name] = {"added": row["removed"], "retracted": row["added"]}
    return counts


def _refuse_unknown_revision(number: int, newest: int) -> None:
    if not newest:
        raise LoadRefused(f"there is no revision {number}: nothing has been loaded yet")
    if not 1 <= number <= newest:
        raise LoadRefused(f"there is no revision {number}; the newest is {newest}; `conflict-facts revisions` lists them")


async def _find_changes(kind: Kind, connection: asyncpg.Connection, number: int) -> None:
    """Create the temporary tables of what the revision did to claims, and of these claims as they are now."""
    for text in sql.create_undone(kind):
        await connection.execute(text, *([number] if "$1" in text else []))
    await connection.execute(merge.analyze(f"undone_{kind.name}"))


async def _restore_claims(kind: Kind, connection: asyncpg.Connection, revision: int) -> dict[str, int]:
    """Make the claims what they were before; returns how many were added, changed and retracted."""
    rows = {}
    for name, text in sql.restore_claims(kind):
        rows[name] = affected_rows(await connection.execute(text, *([revision] if "$1" in text else [])))
    for text in sql.create_touched(kind):
        await connection.execute(text)
    return {"added": rows["added"], "changed": rows["changed"], "retracted": rows["gone"], "unchanged": 0}


# Obstacles to an undo


@dataclass(frozen=True)
class Obstacle:
    """Why a record prevents the undo, and the revisions to undo first."""

    text: str
    undo_first: tuple[int, ...]


async def _refuse_changed(kinds: Kinds, history: RevisionHistory, withheld_changed: bool) -> None:
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


async def _refuse_broken_references(kinds: Kinds, history: RevisionHistory) -> None:
    """Refuse if a claim, one that stays or one that is restored, would refer to a record that no claim describes."""
    obstacles: list[Obstacle] = []
    for kind in kinds.values():
        for text in sql.broken_references(kinds, kind):
            obstacles += [await _reference_obstacle(kinds, history, kind, row) for row in await history.connection.fetch(text)]
    _refuse(history.number, obstacles, len(obstacles))


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
