"""Loads collections of fixtures: reads, checks and stages their claims, and records them as one revision, all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from schema.codelists.vocabularies import suggestion
from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..sql.loading import merge
from ..sql.loading.files import FOLDER_COLLECTIONS
from .change import Change, DryRun
from .changes import changes_of
from .data_files import add_to_receipt, data_files_read, described, recipe, refuse_duplicates, unchanged_since, wanted_ids
from .fixture_files import collection_folders, has_data_files
from .fixtures import Collection, read_collections, without
from .lock import connect, wait_for_lock
from .problems_found import refuse
from .receipts import Receipt
from .stages import Stages, change_weights, silent
from .staging import create_stages, stage_collections, stage_files
from .transaction import record_revision

if TYPE_CHECKING:  # See data_files.py.
    from ..intake.intake import FileIntake


async def load(
    kinds: Kinds,
    url: str,
    folder: Path,
    change: Change | None = None,
    *,
    private: bool = False,
    data_files: bool = True,
    dry_run: bool = False,
    on_stage: Stages | None = None,
) -> Receipt:
    """Load every collection under `folder`; each replaces all that it claimed before. `private`: nothing is withheld.

    `data_files`: also those that have data files, which take longer. `dry_run`: write nothing, and return the receipt of what would be
    written. Raises LoadRefused with every problem found.
    """
    folders = collection_folders(folder)
    all_collections = [path.name for path in folders] != [folder.name]  # Not one collection, but the folder of them.
    loaded = read_collections(kinds, [path for path in folders if data_files or not has_data_files(path)])
    return await _load(
        kinds,
        url,
        loaded,
        change or Change(),
        parent=str(folder) if all_collections else "",
        in_folder={path.name for path in folders},
        private=private,
        dry_run=dry_run,
        on_stage=on_stage,
    )


async def retract(
    kinds: Kinds, url: str, collection: str, change: Change, *, private: bool = False, dry_run: bool = False, on_stage: Stages | None = None
) -> Receipt:
    """Retract every claim of a collection, by loading it empty. `dry_run`: write nothing. Raises LoadRefused if there is no such collection."""
    retraction, empty = replace(change, kind="retraction"), [Collection(collection)]
    return await _load(kinds, url, empty, retraction, must_exist=True, private=private, dry_run=dry_run, on_stage=on_stage)


async def _load(
    kinds: Kinds,
    url: str,
    collections: list[Collection],
    change: Change,
    *,
    parent: str = "",
    in_folder: AbstractSet[str] = frozenset(),
    must_exist: bool = False,
    private: bool = False,
    dry_run: bool = False,
    on_stage: Stages | None = None,
) -> Receipt:
    what = "retract" if change.kind == "retraction" else "load"
    connection = await connect(url, f"{what} {', '.join(collection.name for collection in collections)}", change.author)
    try:
        in_database = {row["collection"] for row in await connection.fetch(merge.loaded_collections(kinds))}
        if must_exist:
            _refuse_unknown({collection.name for collection in collections}, in_database)
        on_stage = on_stage or silent()
        not_read = await _unchanged(kinds, connection, collections, private)
        if any(collection.data_files for collection in collections):
            refuse(collections[0].checked.problems)  # Before files are read, which may be large.
        if rest := without(collections, not_read):
            async with data_files_read(kinds, rest, on_stage) as intake:
                receipt = await load_collections(
                    kinds, connection, rest, change, private=private, dry_run=dry_run, on_stage=on_stage, intake=intake
                )
        else:
            await _refuse_problems(kinds, connection, collections)
            receipt = Receipt(dry_run=dry_run)
        receipt.not_read, receipt.not_named = not_read, [name for collection in collections for name in collection.not_named]
        if parent:  # A folder of collections: say which others there are.
            receipt.folder, receipt.other_collections = parent, await _loaded_from_folders(connection, in_database - in_folder)
        return receipt
    except asyncpg.InterfaceError as error:
        # If the connection ended, asyncpg complains that it cannot roll back, and hides the reason.
        raise error.__context__ or error from None
    finally:
        await connection.close()


def _refuse_unknown(names: AbstractSet[str], in_database: AbstractSet[str]) -> None:
    """Raise LoadRefused for collections that the database does not have, with the nearest name."""
    if unknown := sorted(names - in_database):
        hint = suggestion(unknown[0], sorted(in_database)) if in_database else "nothing has been loaded yet"
        raise LoadRefused(f"there is no collection {', '.join(unknown)}; {hint}; nothing was written")


async def _loaded_from_folders(connection: asyncpg.Connection, names: set[str]) -> list[str]:
    """Those of these collections that are known to come from folders of fixtures, and not from files."""
    return [row[0] for row in await connection.fetch(FOLDER_COLLECTIONS, list(names))] if names else []


async def load_collections(
    kinds: Kinds,
    connection: asyncpg.Connection,
    collections: list[Collection],
    change: Change,
    *,
    replace_collections: bool = True,
    private: bool = False,
    dry_run: bool = False,
    on_stage: Stages | None = None,
    intake: FileIntake | None = None,
) -> Receipt:
    """Load collections that were read and checked together, and `intake`, their data files. For `replace_collections`, see `record_revision`."""
    on_stage, names = on_stage or silent(), [collection.name for collection in collections]
    receipt = _initial_receipt(kinds, collections, intake, private=private, dry_run=dry_run)
    with suppress(DryRun):
        async with connection.transaction(isolation="read_committed"):  # After waiting for another load, its rows must be visible.
            await wait_for_lock(connection, on_stage)  # A second load waits here for the first.
            await _refuse_problems(kinds, connection, collections, intake)
            counts = await _stage(kinds, connection, names, collections, intake, on_stage)
            on_stage.expect(change_weights(kinds, counts, "merge"))
            await record_revision(
                kinds,
                connection,
                names,
                change,
                digest=collections[0].digest,
                receipt=receipt,
                replace_collections=replace_collections,
                private=private,
                on_stage=on_stage,
            )
            if receipt.revision:
                receipt.changes = await changes_of(kinds, connection, receipt.revision, receipt.records, receipt.claims)
            if dry_run:
                receipt.revision = None
                raise DryRun
    return receipt


async def _stage(
    kinds: Kinds,
    connection: asyncpg.Connection,
    names: list[str],
    collections: list[Collection],
    intake: FileIntake | None,
    on_stage: Stages,
) -> Counter[str]:
    """Stage the claims of collections and of their data files. By kind, the number of claims that the load reads or replaces."""
    await create_stages(kinds, connection)
    await stage_collections(kinds, connection, collections)
    counts = await _counts(kinds, connection, names, collections)
    if intake:
        await stage_files(kinds, connection, intake, on_stage)
        await refuse_duplicates(kinds, connection)
        counts.update(intake.result.claims)
    return counts


async def _counts(kinds: Kinds, connection: asyncpg.Connection, names: list[str], collections: list[Collection]) -> Counter[str]:
    """By kind, the number of claims that a load reads or replaces."""
    counts = Counter(claim.kind for collection in collections for claim in collection.checked.claims)
    for kind in kinds.values():
        counts[kind.name] += await connection.fetchval(merge.count_claims(kind), names)
    return counts


def _initial_receipt(kinds: Kinds, collections: list[Collection], intake: FileIntake | None, *, private: bool, dry_run: bool) -> Receipt:
    """The part of the receipt that depends only on the files."""
    flagged = collections[0].checked.flagged
    receipt = Receipt(
        dry_run=dry_run,
        flag_messages=[str(problem) for problem in flagged],
        files=[file for collection in collections for file in collection.files],
        flags=dict(Counter(problem.flag for problem in flagged)),
        flagged=len({problem.place for problem in flagged}),
    )
    if intake:
        recipes = {collection.name: recipe(kinds, collection, private) for collection in collections if collection.data_files}
        add_to_receipt(receipt, intake, recipes)
    return receipt


async def _unchanged(kinds: Kinds, connection: asyncpg.Connection, collections: list[Collection], private: bool) -> dict[str, int]:
    """The collections with data files that need not be read again, with the revisions that loaded them."""
    found = {collection.name: await unchanged_since(kinds, connection, collection, private) for collection in collections}
    return {name: revision for name, revision in found.items() if revision is not None}


async def _refuse_problems(
    kinds: Kinds, connection: asyncpg.Connection, collections: list[Collection], intake: FileIntake | None = None
) -> None:
    """Resolve references that the files leave open by data files and by the database, then refuse the load if any problem is left."""
    checked = collections[0].checked
    wanted = wanted_ids(checked)
    existing = {name: [*ids] for name, ids in (await described(intake, wanted)).items()}
    for name, ids in wanted.items():
        existing.setdefault(name, []).extend(row["id"] for row in await connection.fetch(merge.known_ids(kinds[name]), list(ids)))
    checked.settle_references(existing)
    refuse(checked.problems)
