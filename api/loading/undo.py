"""Takes a revision back as a new one: its claims go, and those that it changed or retracted stand again; all of it or nothing."""

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
from ..sql.answering import withheld as told
from ..sql.loading import merge, withhold
from ..sql.loading import undo as sql
from ..sql.revision import LOCK, NEWEST
from .change import Change
from .receipts import Counts, Receipt
from .transaction import LoadTransaction, affected_rows
from .withholding import recount_withheld

MAX_OBSTACLES_LISTED = 20  # Records that a refusal names; the others are counted.
UNDONE = "undone"


async def undo(kinds: Kinds, url: str, number: int, cause: Change | None = None, *, private: bool = False) -> Receipt:
    """Undo a revision; `private`: the database serves its operator alone. Raises LoadRefused where there is none of that number, or where later ones rest on it."""
    cause = cause or Change()
    message = f"Undo of revision {number}" + (f": {cause.message}" if cause.message else "")
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="read_committed"):  # What waited sees what it waited for.
            await connection.execute(LOCK)  # As loads do: one after the other.
            await connection.execute(merge.DEFER_FOREIGN_KEYS)
            return await _undo(kinds, connection, number, replace(cause, message=message, kind="undo"), private)
    except asyncpg.InterfaceError as error:
        raise error.__context__ or error from None  # As where a load loses its connection.
    finally:
        await connection.close()


async def _undo(kinds: Kinds, connection: asyncpg.Connection, number: int, cause: Change, private: bool) -> Receipt:
    newest: int = await connection.fetchval(NEWEST)
    _refuse_unknown_revision(number, newest)
    receipt, revision = Receipt(undone=number), newest + 1
    for kind in kinds.values():
        await _find_changes(kind, connection, number)
    past = RevisionHistory(connection, number, {row["id"]: row["undone"] for row in await connection.fetch(sql.LATER_UNDOS, number)})
    withheld = await _undo_withheld(kinds, connection, number, revision)
    await _refuse_changed(kinds, past, bool(withheld))
    for kind in kinds.settling_order:
        receipt.claims[kind.name] = await _restore_claims(kind, connection, revision)
    await _refuse_broken_references(kinds, past)
    one = LoadTransaction(kinds, connection, [], replace(cause, reason=UNDONE), receipt=receipt, revision=revision)
    await one.settle()
    await one.prove()
    if withheld:
        receipt.withheld = withheld
        await recount_withheld(kinds, connection)
    if not private and (source := await connection.fetchval(told.unprotected_source(kinds))) is not None:
        raise LoadRefused(
            f"revision {number} cannot be undone: what {source} says would be shown, and its terms forbid that; load it anew instead; nothing was written"
        )
    await one.record()
    return receipt


async def _undo_withheld(kinds: Kinds, connection: asyncpg.Connection, number: int, revision: int) -> Counts:
    """Undo what the revision did to claims that are withheld; returns what, by kind. Raises LoadRefused where it hid or showed some."""
    counts: Counts = {}
    for kind in kinds.values():
        row = await connection.fetchrow(withhold.undo_effects(kind), number)
        assert row is not None
        if row["crossed"]:
            raise LoadRefused(
                f"revision {number} cannot be undone: it {row['crossed']} claims about {kind.plural}; load what says whether they may be "
                "passed on anew instead; nothing was written"
            )
        if row["later"]:
            raise LoadRefused(
                f"revision {number} cannot be undone: later ones changed what it withheld; load it anew instead; nothing was written"
            )
        if row["added"] + row["removed"]:
            for text in withhold.undo(kind):
                await connection.execute(text, number, revision)
            counts[kind.name] = {"added": row["removed"], "retracted": row["added"]}
    return counts


def _refuse_unknown_revision(number: int, newest: int) -> None:
    if not newest:
        raise LoadRefused(f"there is no revision {number}, nor any other: nothing was loaded yet")
    if not 1 <= number <= newest:
        raise LoadRefused(f"there is no revision {number}: they go from 1 to {newest}; `conflict-facts revisions` lists them")


async def _find_changes(kind: Kind, connection: asyncpg.Connection, number: int) -> None:
    """What the revision did to claims, and where they are today."""
    for text in sql.create_undone(kind):
        await connection.execute(text, *([number] if "$1" in text else []))
    await connection.execute(merge.analyze(f"undone_{kind.name}"))


async def _restore_claims(kind: Kind, connection: asyncpg.Connection, revision: int) -> dict[str, int]:
    """Run the statements of an undo; returns how many claims were added, changed and retracted."""
    moved = {}
    for name, text in sql.restore_claims(kind):
        moved[name] = affected_rows(await connection.execute(text, *([revision] if "$1" in text else [])))
    for text in sql.create_touched(kind):
        await connection.execute(text)
    return {"added": moved["added"], "changed": moved["changed"], "retracted": moved["gone"], "unchanged": 0}


# What stands in the way


@dataclass(frozen=True)
class Obstacle:
    """What is the matter with a record, and which revisions to undo first."""

    said: str
    first: tuple[int, ...]


async def _refuse_changed(kinds: Kinds, past: RevisionHistory, also: bool) -> None:
    """A claim that a later revision changed would lose what that one says. `also`: there is more to undo than claims that are shown."""
    counts = {kind.name: (await past.connection.fetch(sql.count_changed(kind)))[0] for kind in kinds.values()}
    if not also and not any(one["standing"] for one in counts.values()):
        raise LoadRefused(
            f"revision {past.number} does not stand any more: all claims are as they were before it; there is nothing to undo"
        )
    found: list[Obstacle] = []
    for kind in kinds.values():
        if counts[kind.name]["changed"]:
            ways = await past.ways(kind, sql.CHANGED_CLAIMS)
            found += [
                Obstacle(
                    f"{kind.name} {id}: a claim about it was changed in revision {_joined_numbers(effective_revisions)}",
                    effective_revisions,
                )
                for id, effective_revisions in ways
            ]
    _refuse(past.number, found, sum(one["changed"] for one in counts.values()))


async def _refuse_broken_references(kinds: Kinds, past: RevisionHistory) -> None:
    """A claim may not name what nobody describes: neither one that stays nor one that comes back."""
    found: list[Obstacle] = []
    for kind in kinds.values():
        for text in sql.broken_references(kinds, kind):
            found += [await _reference_obstacle(kinds, past, kind, row) for row in await past.connection.fetch(text)]
    _refuse(past.number, found, len(found))


async def _reference_obstacle(kinds: Kinds, past: RevisionHistory, kind: Kind, row: Any) -> Obstacle:
    """In the way is what made the claim; or, where that comes back or is older, what took away the record that it names."""
    name, gone = f"{row['kind']} {row['id']}, {row['field']}", f"{kind.name} {row['gone']}"
    made = [] if row["back"] else await past.ways(kinds[row["kind"]], sql.CLAIMS_BY_KEY, row["claim"])
    ways = made or await past.ways(kind, sql.PAST_CLAIMS_BY_RECORD, row["record"])
    last = max((effective_revisions[-1] for _, effective_revisions in ways), default=0)
    if made:
        return Obstacle(f"{name}: names {gone} since revision {last}, and only revision {past.number} describes that", (last,))
    again = " again" if row["back"] else ""
    return Obstacle(f"{name}: would name {gone}{again}, which revision {last} took away", (last,))


def _refuse(number: int, found: Sequence[Obstacle], count: int) -> None:
    """Raise LoadRefused with some of the records, and with every revision to undo first, the latest before the others."""
    if not found:
        return
    shown = sorted({one.said for one in found})
    lines = [
        *shown[:MAX_OBSTACLES_LISTED],
        *([f"and {max(count, len(shown)) - MAX_OBSTACLES_LISTED} more"] if len(shown) > MAX_OBSTACLES_LISTED else []),
    ]
    first = sorted({revision for one in found for revision in one.first}, reverse=True)
    cure = f"undo revision {_joined_numbers(first, ', then ')} first (`conflict-facts undo {first[0]}`)"
    raise LoadRefused(
        "\n  ".join([f"revision {number} cannot be undone before what rests on it:", *lines]) + f"\n{cure}; nothing was written"
    )


def _joined_numbers(numbers: Iterable[int], between: str = ", ") -> str:
    return between.join(map(str, numbers))


@dataclass(frozen=True)
class RevisionHistory:
    """What was done to claims since the revision that is to be undone, and which revisions only took others back."""

    connection: asyncpg.Connection
    number: int
    undone: dict[int, int]

    async def ways(self, kind: Kind, which: str, *keys: int) -> list[tuple[str, tuple[int, ...]]]:
        """For each of some claims that a standing revision made what it is: its record's id, and those revisions in order."""
        rows = await self.connection.fetch(sql.versions(kind, which), self.number, *([list(keys)] if keys else []))
        claims = [list(versions) for _, versions in groupby(rows, key=itemgetter("number"))]
        found = [(versions[0]["id"], tuple(effective_revisions(self.number, versions, self.undone))) for versions in claims]
        return [(id, revisions) for id, revisions in found if revisions]


def effective_revisions(number: int, versions: Sequence[Any], undone: Mapping[int, int]) -> list[int]:
    """The revisions after `number` that made a claim what it is, without those that were taken back or led round to where it was.

    Whoever undoes the last of them finds the claim as the one before had left it: so advice that goes by this comes to an end.
    """
    says: dict[int, str | None] = {one["removed_in"]: None for one in versions if one["removed_in"] is not None}
    says |= {one["added_in"]: one["says"] for one in versions}
    first = next((one["says"] for one in versions if one["added_in"] < number), None)
    path: tuple[tuple[int, str | None], ...] = ((0, first),)
    before: dict[int, tuple[tuple[int, str | None], ...]] = {}
    for revision in sorted(one for one in says if one >= number):
        before[revision], back = path, before.get(undone.get(revision, 0))
        same = [place for place, (_, what) in enumerate(path) if what == says[revision]]
        path = back if back and back[-1][1] == says[revision] else path[: same[0] + 1] if same else (*path, (revision, says[revision]))
    return [revision for revision, _ in path[1:] if revision > number]
