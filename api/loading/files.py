"""Loads files of foreign formats as the claims of one source, recorded as one revision, all or nothing; every record is accounted for."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncpg
import duckdb

from schema.codelists.vocabularies import suggestion
from schema.formats.format import FileFormat
from schema.formats.maps import MapFormat
from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..intake.intake import FileIntake
from ..intake.result import Intake
from ..intake.unpack import sha256
from ..sql.loading import files as files_sql
from ..sql.loading import merge
from . import fingerprint
from .change import Change, DryRun
from .changes import changes_of
from .ended_claims import stage_unstated
from .file_receipt import FileReceipt, check_balance
from .lock import connect, wait_for_lock
from .refusals import refuse_mixed, refuse_parts, refuse_protected, refuse_rejections, warn_of_missing
from .stages import Stages, change_weights, silent
from .staging import create_stages, forbids_redistribution, stage_files, stage_source, staged_collections
from .transaction import record_revision


@dataclass(frozen=True)
class LoadOptions:
    """How to load files: the source that claims their content, their format, and what to do with rejected records."""

    source: str = ""
    revises: str = ""  # The earlier version of the source, such as the release before it; empty leaves what is stated already.
    format: str = ""
    map: MapFormat | None = None  # The format that a map declares; the files are read by it.
    same_rows: str = ""  # Of rows without an id that are the same in every cell: `keep` all, count them `once`, or reject them.
    snapshot: bool = False  # The files are all that the source claims: claims that they lack are retracted.
    dry_run: bool = False
    private: bool = False  # The database serves its operator alone: nothing is withheld.
    reject_to: Path | None = None
    change: Change = field(default_factory=Change)
    on_stage: Stages = field(default_factory=silent)

    def fingerprint(self, kinds: Kinds, files: Sequence[tuple[str, str]]) -> str:
        """The fingerprint of a load of files, given as names and digests, with these options."""
        choices = (
            self.source,
            self.revises,
            self.format,
            self.map and self.map.digest,
            self.same_rows,
            self.snapshot,
            self.private,
            self.reject_to is not None,
        )
        return fingerprint.load_fingerprint(kinds, files, *choices)


async def load_files(kinds: Kinds, url: str, paths: Sequence[Path], options: LoadOptions) -> FileReceipt:
    """Load files as the claims of one source. Raises LoadRefused with every rejected record, unless `options.reject_to` is set."""
    names = ", ".join(path.name for path in paths)
    try:
        return await _load_files(kinds, url, paths, options)
    except (
        asyncpg.DataError,
        asyncpg.IntegrityConstraintViolationError,
    ) as error:  # Found by PostgreSQL alone, such as some faults of JSON.
        details = "; ".join(part for part in (str(error), error.detail, error.context) if part)
        raise LoadRefused(f"{names}: PostgreSQL rejects a value: {details}; nothing was written") from error
    except OSError as error:
        if error.filename is None:  # Of a connection, not of a file.
            raise
        raise LoadRefused(f"{error.filename}: {error.strerror}; nothing was written") from error
    except duckdb.Error as error:  # For example, the temporary folder is full.
        raise LoadRefused(f"{names}: cannot be read: {str(error).splitlines()[0]}; nothing was written") from error


async def _load_files(kinds: Kinds, url: str, paths: Sequence[Path], options: LoadOptions) -> FileReceipt:
    if receipt := await _before_reading(kinds, url, paths, options):
        return receipt
    with tempfile.TemporaryDirectory(prefix="conflict-facts-") as folder:
        file_intake = FileIntake(kinds, Path(folder), options.on_stage, options.same_rows)
        try:
            formats: list[FileFormat] = []
            for path in paths:
                formats.append(await asyncio.to_thread(file_intake.add_file, path, options.source, options.map or options.format))
                refuse_mixed(formats, [path.name for path in paths])
            source = _common_source(file_intake.sources)
            found = await asyncio.to_thread(file_intake.finish)
            aside = options.reject_to if found.problems and not options.dry_run else None
            if aside:
                file_intake.write_rejects(aside)  # First, since the load is refused if they cannot be written.
            if options.snapshot or not options.reject_to:
                refuse_rejections(found, _cure_of_rejections(source, options), aside)
            if options.snapshot and found.sum("read") == found.sum("rejected"):
                raise LoadRefused(
                    f"--replace {source}: the files have no record that can be loaded, and every claim of {source} would be removed; if that is "
                    f"meant, run `conflict-facts retract {source}`; nothing was written"
                )
            if options.snapshot:
                refuse_parts(found, source)
                warn_of_missing(found, source)
            refuse_protected(found, formats, options.private)
            format = next((format for format in formats if forbids_redistribution(kinds, format)), formats[0])
            return await _record(kinds, url, file_intake, source, format, options)
        finally:
            file_intake.close()


def _cure_of_rejections(source: str, options: LoadOptions) -> str:
    """What to do about rejected records. A replacement would retract what they said earlier, although the file still has them."""
    if not options.snapshot:
        return "Correct them, or load the others with --reject-to FILE"
    others = "the others without --replace" if options.reject_to else "the others with --reject-to FILE and without --replace"
    return f"--replace {source} would remove what was read from them earlier: correct them, or load {others}"


async def _before_reading(kinds: Kinds, url: str, paths: Sequence[Path], options: LoadOptions) -> FileReceipt | None:
    """The receipt for files that are loaded already. Raises LoadRefused if there is nothing to replace."""
    connection = await connect(url, f"load {options.source or paths[0].name}", options.change.author)
    try:
        await _refuse_unknown_replacement(kinds, connection, options)
        return await _already_loaded(kinds, connection, paths, options)
    finally:
        await connection.close()


async def _already_loaded(kinds: Kinds, connection: asyncpg.Connection, paths: Sequence[Path], options: LoadOptions) -> FileReceipt | None:
    """The receipt for files that are loaded already, if nothing they affect has changed since.

    None if that is not so or cannot be known, because another load runs or rejected records are to be written.
    """
    if options.reject_to:
        return None
    digest = options.fingerprint(kinds, [(path.name, await asyncio.to_thread(sha256, path)) for path in paths])
    async with connection.transaction(isolation="read_committed"):
        has_lock = await connection.fetchval(files_sql.TRY_LOCK)
        loaded = await fingerprint.already_loaded(kinds, connection, digest, options.map) if has_lock else None
    if loaded is None:
        return None
    options.on_stage(f"these files were loaded as revision {loaded.revision}, and nothing they affect has changed since")
    return FileReceipt(claims=loaded.claims, intake=loaded.intake, dry_run=options.dry_run)


async def _refuse_unknown_replacement(kinds: Kinds, connection: asyncpg.Connection, options: LoadOptions) -> None:
    """Refuse to replace what is not there, beside what is: a mistyped name would add a second copy of a source's claims."""
    if not options.snapshot:
        return
    name, known = options.source, {row["collection"] for row in await connection.fetch(merge.loaded_collections(kinds))}
    folders = {row[0] for row in await connection.fetch(files_sql.FOLDER_COLLECTIONS, list(known))}
    if name in folders:
        raise LoadRefused(f"--replace {name}: it is a collection that was loaded from a folder; load its folder again; nothing was written")
    if name not in known and known > folders:
        raise LoadRefused(
            f"--replace {name}: nothing was loaded from a source of that name; {suggestion(name, sorted(known - folders))}; to load a new "
            f"source beside them, use --source {name}; nothing was written"
        )


def _stage_weights(kinds: Kinds, intake: Intake) -> dict[str, float]:
    """The relative durations of the stages of a load, in claims; as measured."""
    claims = sum(intake.claims.values())
    return {**change_weights(kinds, intake.claims, "merge"), "find keys": claims, "build": claims}


def _common_source(sources: Sequence[str]) -> str:
    """The source whose claims all files are; empty for claim tables, which name their sources."""
    distinct = sorted(set(sources))
    if len(distinct) > 1:
        raise LoadRefused(f"the files belong to several datasets, {', '.join(distinct)}: load each separately; nothing was written")
    return distinct[0]


async def _record(kinds: Kinds, url: str, file_intake: FileIntake, source: str, format: FileFormat, options: LoadOptions) -> FileReceipt:
    """Load the claims in one transaction, which a dry run rolls back."""
    receipt = _initial_receipt(kinds, file_intake.result, format, options)
    connection = await connect(url, f"load {source}", options.change.author)
    try:
        async with connection.transaction(isolation="read_committed"):
            await wait_for_lock(connection, options.on_stage)
            await create_stages(kinds, connection)
            await stage_files(kinds, connection, file_intake, options.on_stage)
            receipt.describes_source = await stage_source(kinds, connection, source, format, options.revises)
            options.on_stage.expect(_stage_weights(kinds, receipt.intake))
            await _record_staged(kinds, connection, source, options, receipt, file_intake)
            if options.dry_run:
                raise DryRun
    except DryRun:
        receipt.revision = None
    except asyncpg.InterfaceError as error:
        # If the connection ended, asyncpg complains that it cannot roll back, and hides the reason.
        raise error.__context__ or error from None
    finally:
        await connection.close()
    return receipt


def _initial_receipt(kinds: Kinds, intake: Intake, format: FileFormat, options: LoadOptions) -> FileReceipt:
    """The part of the receipt that depends only on the files."""
    main = format.records_for(intake.files[0].columns)[0]
    digest = options.fingerprint(kinds, [(file.file, file.sha256) for file in intake.files])
    return FileReceipt(
        intake=intake,
        dry_run=options.dry_run,
        private=options.private,
        main_kind=main.kind,
        has_locators=main.source is None,
        fingerprint=digest,
    )


async def _record_staged(
    kinds: Kinds, connection: asyncpg.Connection, source: str, options: LoadOptions, receipt: FileReceipt, file_intake: FileIntake
) -> None:
    """Record the staged claims as a revision, and check that the receipt accounts for all of them."""
    files = receipt.intake.files
    collections = await staged_collections(kinds, connection) or [source]
    receipt.collection = source if collections == [source] else ""
    if options.snapshot and collections != [source]:
        raise LoadRefused(f"--replace {source}: the claims of these files belong to {', '.join(collections)}; nothing was written")
    await record_revision(
        kinds,
        connection,
        collections,
        replace(options.change, message=options.change.message or f"Load of {', '.join(file.file for file in files)}"),
        digest=hashlib.sha256("".join(file.sha256 for file in files).encode()).hexdigest(),
        receipt=receipt,
        replace_collections=options.snapshot,
        private=options.private,
        on_stage=options.on_stage,
        unstated=() if options.snapshot else await stage_unstated(kinds, connection, file_intake, collections),
        partial=bool(receipt.intake.problems),
    )
    check_balance(receipt)
    if receipt.revision:
        receipt.changes = await changes_of(kinds, connection, receipt.revision, receipt.records, receipt.claims)
