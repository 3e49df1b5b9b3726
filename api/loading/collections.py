"""Loads collections: read, check and stage the claims, and make one revision of them; all of it or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import asyncpg

from schema.codelists.vocabularies import suggestion
from schema.model.claim import Claim, Problem
from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..sql.columns import stage_columns
from ..sql.loading import merge
from ..sql.revision import LOCK
from .change import Change
from .fixtures import Collection, collection_folders, read_collections
from .receipts import Receipt
from .transaction import OnStage, no_progress, record_revision


async def load(kinds: Kinds, url: str, folder: Path, cause: Change | None = None, *, private: bool = False) -> Receipt:
    """Load every collection under `folder` as the whole of what it claims; `private` withholds nothing. Raises LoadRefused with every problem."""
    folders = collection_folders(folder)
    whole = [one.name for one in folders] != [folder.name]  # Not one collection, but the folder of them.
    return await _load(kinds, url, read_collections(kinds, folders), cause or Change(), whole=whole, private=private)


async def retract(kinds: Kinds, url: str, collection: str, cause: Change, *, private: bool = False) -> Receipt:
    """Retract every claim of a collection: it is loaded as claiming nothing. Raises LoadRefused where there is none of that name."""
    return await _load(kinds, url, [Collection(collection)], replace(cause, kind="retraction"), known=True, private=private)


async def _load(
    kinds: Kinds, url: str, found: list[Collection], cause: Change, *, whole: bool = False, known: bool = False, private: bool = False
) -> Receipt:
    connection = await asyncpg.connect(url)
    try:
        there = {row["collection"] for row in await connection.fetch(merge.loaded_collections(kinds))}
        names = {one.name for one in found}
        if known and not names <= there:
            raise LoadRefused(f"there is no collection {', '.join(names)}; {suggestion(found[0].name, sorted(there))}; nothing was written")
        receipt = await load_collections(kinds, connection, found, cause, private=private)
        receipt.elsewhere = sorted(there - names) if whole else []
        return receipt
    except asyncpg.InterfaceError as error:
        # Where the connection ended, asyncpg complains that it cannot roll back, and hides why.
        raise error.__context__ or error from None
    finally:
        await connection.close()


async def load_collections(
    kinds: Kinds,
    connection: asyncpg.Connection,
    found: list[Collection],
    cause: Change,
    *,
    whole: bool = True,
    private: bool = False,
    tell: OnStage = no_progress,
) -> Receipt:
    """Load collections that were read and checked together. `whole`: they are all that they claim; see `settle_staged`."""
    async with connection.transaction(isolation="read_committed"):  # What waited sees what it waited for.
        await connection.execute(LOCK)  # A second load waits here for the first.
        await _refuse_problems(kinds, connection, found)
        await _stage(kinds, connection, found)
        return await record_revision(
            kinds, connection, [one.name for one in found], cause,
            digest=found[0].digest, receipt=_initial_receipt(found), whole=whole, private=private, tell=tell,
        )  # fmt: skip


def _initial_receipt(found: list[Collection]) -> Receipt:
    """What is known of the files before they are merged."""
    odd = found[0].checked.oddities
    return Receipt(
        oddities=[str(one) for one in odd],
        files=[file for one in found for file in one.files],
        flags=dict(Counter(one.sort for one in odd)),
        flagged=len({one.place for one in odd}),
    )


async def _refuse_problems(kinds: Kinds, connection: asyncpg.Connection, found: list[Collection]) -> None:
    """References are right when the files or the database answer them; then no problem may be left."""
    checked = found[0].checked
    wanted: dict[str, set[str]] = {}
    for one in checked.unresolved:
        wanted.setdefault(one.kind, set()).add(one.id)
    known = {}
    for name, ids in wanted.items():
        known[name] = [row["id"] for row in await connection.fetch(merge.known_ids(kinds[name]), list(ids))]
    checked.settle_references(known)
    refuse(checked.problems)


def refuse(problems: Iterable[Problem]) -> None:
    """Raise LoadRefused with every problem, if there is any."""
    listed = sorted(set(problems))
    if listed:
        count = "1 problem" if len(listed) == 1 else f"{len(listed)} problems"
        raise LoadRefused("\n".join(map(str, listed)) + f"\nrefused whole, for {count}; nothing was written")


async def _stage(kinds: Kinds, connection: asyncpg.Connection, found: list[Collection]) -> None:
    for kind in kinds.values():
        await connection.execute(merge.create_stage(kind))
        columns = stage_columns(kind)
        rows = [
            _staged_row(claim, collection.name, columns)
            for collection in found for claim in collection.checked.claims if claim.kind == kind.name
        ]  # fmt: skip
        await connection.copy_records_to_table(f"stage_{kind.name}", records=rows, columns=list(columns))


def _staged_row(claim: Claim, collection: str, columns: Iterable[str]) -> tuple[object, ...]:
    cells = {**claim.about, **claim.values, "id": claim.id, "source": claim.source, "collection": collection}
    return tuple(cells.get(name) for name in columns)
