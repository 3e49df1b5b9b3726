"""Loads foreign files: their claims are copied, merged, settled and recorded as one revision; all of it or nothing, and every record told of."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncpg
import duckdb

from schema.formats.format import FileFormat
from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..intake.intake import FileIntake, Intake, sha256
from ..sql.columns import stage_columns
from ..sql.loading import files as files_sql
from ..sql.loading import merge
from ..sql.revision import LOCK
from . import fingerprint
from .change import Change
from .file_receipt import MAX_REJECTIONS_LISTED, FileReceipt, check_balance
from .progress import Stages
from .transaction import record_revision


@dataclass(frozen=True)
class LoadOptions:
    """What is asked of a load: the source whose claims the files are, their format, and what to do with what is wrong."""

    source: str = ""
    format: str = ""
    snapshot: bool = False  # The files are all that the source claims: what they lack is retracted.
    dry: bool = False
    private: bool = False  # The database serves its operator alone: nothing is withheld.
    reject_to: Path | None = None
    cause: Change = field(default_factory=Change)
    tell: Stages = field(default_factory=lambda: Stages(lambda stages: None))

    def recipe(self, kinds: Kinds, files: Sequence[tuple[str, str]]) -> str:
        """What the claims of files with these names and digests are made of, if they are loaded as this asks for."""
        return fingerprint.load_fingerprint(kinds, files, self.source, self.format, self.snapshot, self.private, self.reject_to is not None)


class _DryRun(Exception):
    """Leaves the transaction of a dry run."""


async def load_files(kinds: Kinds, url: str, paths: Sequence[Path], task: LoadOptions) -> FileReceipt:
    """Load foreign files as the claims of one source. Raises LoadRefused with what is wrong, unless it is to be put aside."""
    try:
        return await _load_files(kinds, url, paths, task)
    except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:  # What PostgreSQL alone can know, as of JSON.
        told = "; ".join(part for part in (str(error), error.detail, error.context) if part)
        raise LoadRefused(f"{', '.join(path.name for path in paths)}: PostgreSQL does not take it: {told}; nothing was written") from error
    except duckdb.Error as error:  # Its own folder is full, for one.
        raise LoadRefused(
            f"{', '.join(path.name for path in paths)}: cannot be read: {str(error).splitlines()[0]}; nothing was written"
        ) from error


async def _load_files(kinds: Kinds, url: str, paths: Sequence[Path], task: LoadOptions) -> FileReceipt:
    if done := await _already_loaded(kinds, url, paths, task):
        return done
    with tempfile.TemporaryDirectory(prefix="conflict-facts-") as folder:
        file_intake = FileIntake(kinds, Path(folder), task.tell)
        try:
            formats = [await asyncio.to_thread(file_intake.add_file, path, task.source, task.format) for path in paths]
            source = _common_source(formats, task)
            _refuse_problems(await asyncio.to_thread(file_intake.finish), task)
            receipt = await _load(kinds, url, file_intake, source, formats[0], task)
            if task.reject_to and file_intake.result.problems:
                file_intake.write_rejects(task.reject_to)
            return receipt
        finally:
            file_intake.close()


async def _already_loaded(kinds: Kinds, url: str, paths: Sequence[Path], task: LoadOptions) -> FileReceipt | None:
    """The receipt of a load that is done already; None where that cannot be known, as while somebody else loads, or where records are put aside."""
    if task.reject_to:
        return None
    recipe = task.recipe(kinds, [(path.name, await asyncio.to_thread(sha256, path)) for path in paths])
    connection = await asyncpg.connect(
        url, server_settings={"application_name": files_sql.application_name(task.source or paths[0].name, task.cause.author)}
    )
    try:
        async with connection.transaction(isolation="read_committed"):
            found = await fingerprint.already_loaded(kinds, connection, recipe) if await connection.fetchval(files_sql.TRY_LOCK) else None
    finally:
        await connection.close()
    if found is None:
        return None
    task.tell(f"these files are loaded, by revision {found.revision}, and nothing of them has moved since")
    return FileReceipt(claims=found.claims, intake=found.intake, dry=task.dry)


def _stage_weights(kinds: Kinds, intake: Intake) -> dict[str, float]:
    """How long the stages of a load take, in proportion, by the claims they go over; as measured."""
    weights: dict[str, float] = {}
    for name, count in intake.claims.items():
        plural = kinds[name].plural
        weights |= {f"merge {plural}": count, f"settle {plural}": 2 * count}
    return weights | {"find keys": sum(intake.claims.values()), "build": sum(intake.claims.values())}


def _common_source(formats: Sequence[FileFormat], task: LoadOptions) -> str:
    """The source whose claims all files are."""
    found = {task.source or one.default_source for one in formats}
    if len(found) > 1:
        raise LoadRefused(f"the files are of several datasets, {', '.join(sorted(found))}: load them one by one; nothing was written")
    return found.pop()


def _refuse_problems(intake: Intake, task: LoadOptions) -> None:
    if not intake.problems or task.reject_to:
        return
    told = "\n".join(map(str, intake.rejections[:MAX_REJECTIONS_LISTED]))
    more = f"\n… and {intake.problems - MAX_REJECTIONS_LISTED} more" if intake.problems > MAX_REJECTIONS_LISTED else ""
    raise LoadRefused(
        f"{told}{more}\nrefused whole, for {intake.sum('rejected')} of {intake.sum('read')} records; nothing was written. "
        "Mend them, or load the others with --reject-to FILE"
    )


async def _load(kinds: Kinds, url: str, file_intake: FileIntake, source: str, format: FileFormat, task: LoadOptions) -> FileReceipt:
    intake = file_intake.result
    main = format.records_for(intake.files[0].columns)[0]
    recipe = task.recipe(kinds, [(one.file, one.sha256) for one in intake.files])
    receipt = FileReceipt(
        intake=intake, dry=task.dry, private=task.private, main=main.kind, located=main.source is None, recipe=recipe
    )  # fmt: skip
    connection = await asyncpg.connect(url, server_settings={"application_name": files_sql.application_name(source, task.cause.author)})
    try:
        async with connection.transaction(isolation="read_committed"):
            await _wait_for_lock(connection, task.tell)
            receipt.describes = await _copy_claims(kinds, connection, file_intake, source, format, task.tell)
            task.tell.expect(_stage_weights(kinds, intake))
            cause = replace(task.cause, message=task.cause.message or f"Load of {', '.join(one.file for one in intake.files)}")
            digest = hashlib.sha256("".join(one.sha256 for one in intake.files).encode()).hexdigest()
            collections = await _staged_collections(kinds, connection) or [source]
            receipt.collection = source if collections == [source] else ""
            await record_revision(
                kinds,
                connection,
                collections,
                cause,
                digest=digest,
                whole=task.snapshot,
                private=task.private,
                tell=task.tell,
                receipt=receipt,
            )
            check_balance(receipt)
            if task.dry:
                receipt.differences = (
                    [row[0] for row in await connection.fetch(files_sql.differences(kinds), receipt.revision)] if receipt.revision else []
                )
                raise _DryRun
    except _DryRun:
        receipt.revision = None
    except asyncpg.InterfaceError as error:
        raise error.__context__ or error from None  # As where any load loses its connection.
    finally:
        await connection.close()
    return receipt


async def _wait_for_lock(connection: asyncpg.Connection, tell: Stages) -> None:
    """Wait for another load, and say whose it is."""
    if not await connection.fetchval(files_sql.TRY_LOCK):
        others = await connection.fetch(files_sql.OTHER_LOADS)
        tell("waiting for another load: " + "; ".join(f"{one['application_name']}, since {one['since']}" for one in others))
        await connection.execute(LOCK)


async def _copy_claims(
    kinds: Kinds, connection: asyncpg.Connection, file_intake: FileIntake, source: str, format: FileFormat, tell: Stages
) -> bool:
    """Fill the staging tables, each while the claims for the next are written; returns whether the dataset itself is described by one claim more."""
    for kind in kinds.values():
        await connection.execute(merge.create_stage(kind))
    copying: asyncio.Task[object] | None = None
    try:
        for name in file_intake.kinds_seen:
            path = await asyncio.to_thread(file_intake.write_claims, name)
            if copying:
                await copying
            tell(f"copying {file_intake.result.claims[name]} claims about {kinds[name].plural}")
            columns = list(stage_columns(kinds[name]))
            copying = asyncio.create_task(connection.copy_to_table(f"stage_{name}", source=path, columns=columns, format="csv"))
        if copying:
            await copying
    finally:
        if copying and not copying.done():  # Stopped, or the next could not be written: nothing is left under way.
            copying.cancel()
            await asyncio.gather(copying, return_exceptions=True)
    if not format.source or await connection.fetchval(files_sql.SOURCE_IS_DESCRIBED, source):
        return False
    await connection.execute(files_sql.describe_source(kinds, format.source), source, f"{format.title} ({source})", *format.source.values())
    return True


async def _staged_collections(kinds: Kinds, connection: asyncpg.Connection) -> list[str]:
    """The collections that are staged: the dataset, or, of tables of ours, those that the rows name."""
    return [row[0] for row in await connection.fetch(files_sql.staged_collections(kinds))]
