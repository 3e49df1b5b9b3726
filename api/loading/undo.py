"""Undoes a revision by recording a new one: claims that it added go, and claims that it changed or retracted are restored, all or nothing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import asyncpg

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..sql.answering.withheld_lookup import unprotected_source
from ..sql.loading import count_withheld, merge, statistics, undo_withheld
from ..sql.loading import undo as sql
from ..sql.loading.references import BY_ANY_PLAN, BY_INDEX
from ..sql.revision import NEWEST
from .change import Change, DryRun
from .changes import changes_of
from .lock import connect, wait_for_lock
from .receipts import Counts, Receipt
from .stages import Stages, change_weights, silent
from .transaction import LoadTransaction, affected_rows
from .undo_obstacles import RevisionHistory, refuse_broken_references, refuse_changed
from .withholding_steps import recount_withheld

UNDONE = "undone"


async def undo(
    kinds: Kinds,
    url: str,
    number: int,
    change: Change | None = None,
    *,
    private: bool = False,
    dry_run: bool = False,
    on_stage: Stages | None = None,
) -> Receipt:
    """Undo a revision. `private`: the database serves its operator alone. `on_stage` is called with the name of each stage as it begins.

    `dry_run`: write nothing, and return the receipt of what would be written. Raises LoadRefused if there is no such revision, or if later
    ones depend on it.
    """
    change, receipt = change or Change(), Receipt(dry_run=dry_run, undone=number)
    message = f"Undo of revision {number}" + (f": {change.message}" if change.message else "")
    on_stage = on_stage or silent()
    connection = await connect(url, f"undo {number}", change.author)
    try:
        with suppress(DryRun):
            async with connection.transaction(isolation="read_committed"):  # After waiting for another load, its rows must be visible.
                await wait_for_lock(connection, on_stage)  # One load or undo at a time.
                await connection.execute(f"{merge.SESSION_SETTINGS}; {merge.DEFER_FOREIGN_KEYS}")
                await _undo(kinds, connection, number, replace(change, message=message, kind="undo"), private, on_stage, receipt)
                if dry_run:
                    receipt.revision = None
                    raise DryRun
        return receipt
    except asyncpg.InterfaceError as error:
        # If the connection ended, asyncpg complains that it cannot roll back, and hides the reason.
        raise error.__context__ or error from None
    finally:
        await connection.close()


async def _undo(
    kinds: Kinds, connection: asyncpg.Connection, number: int, change: Change, private: bool, on_stage: Stages, receipt: Receipt
) -> None:
    newest: int = await connection.fetchval(NEWEST)
    _refuse_unknown_revision(number, newest)
    revision = newest + 1
    counts = {}
    for kind in kinds.values():
        on_stage(f"find {kind.plural}")
        counts[kind.name] = await _find_changes(kind, connection, number)
    history = RevisionHistory(connection, number, {row["id"]: row["undone"] for row in await connection.fetch(sql.LATER_UNDOS, number)})
    withheld = await _undo_withheld(kinds, connection, number, revision)
    await refuse_changed(kinds, history, bool(withheld))
    load = LoadTransaction(kinds, connection, [], replace(change, reason=UNDONE), on_stage=on_stage, receipt=receipt, revision=revision)
    on_stage.expect(change_weights(kinds, counts, "restore"))
    for kind in kinds.settling_order:
        on_stage(f"restore {kind.plural}")
        receipt.claims[kind.name] = await _restore_claims(kind, connection, revision)
        await load.refresh_statistics(statistics.claim_tables(kind))
    on_stage("find references")
    await refuse_broken_references(kinds, history)
    await load.settle()
    await load.prove()
    receipt.withheld = withheld
    # Also if no withheld claim changed: they may be all that is left of a record.
    if withheld or await connection.fetchval(count_withheld.IS_ANY):
        await recount_withheld(kinds, connection)
    await connection.execute(BY_INDEX)
    if not private and (source := await connection.fetchval(unprotected_source(kinds))) is not None:
        raise LoadRefused(
            f"revision {number} cannot be undone: claims of {source} would become public, and its terms forbid redistribution; "
            "load its earlier files again instead; nothing was written"
        )
    await connection.execute(BY_ANY_PLAN)
    await load.record()
    receipt.changes = await changes_of(kinds, connection, revision, receipt.records, receipt.claims)


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


async def _find_changes(kind: Kind, connection: asyncpg.Connection, number: int) -> int:
    """Create the temporary tables of what the revision did to claims, and of these claims as they are now; returns how many they are."""
    for text in sql.create_undone(kind):
        await connection.execute(text, *([number] if "$1" in text else []))
    count: int = await connection.fetchval(sql.count_undone(kind))
    return count


async def _restore_claims(kind: Kind, connection: asyncpg.Connection, revision: int) -> dict[str, int]:
    """Make the claims what they were before; returns how many were added, changed and retracted."""
    rows = {}
    for name, text in sql.restore_claims(kind):
        rows[name] = affected_rows(await connection.execute(text, *([revision] if "$1" in text else [])))
    for text in sql.create_touched(kind):
        await connection.execute(text)
    return {"added": rows["added"], "changed": rows["changed"], "retracted": rows["gone"], "unchanged": 0}
