"""Loads foreign files: their claims are copied, merged, settled and recorded as one revision; all of it or nothing, and every record told of."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncpg

from schema.formats.format import Format
from schema.kind import Kinds

from .errors import LoadRefused
from .intake import Intake, Taking, Tell
from .load import Cause, Receipt
from .sql import bulk, merge
from .staged import settle_staged

LISTED = 100  # Rejections that a refusal lists.


@dataclass(frozen=True)
class Task:
    """What is asked of a load: the source whose claims the files are, their format, and what to do with what is wrong."""

    source: str = ""
    format: str = ""
    snapshot: bool = False  # The files are all that the source claims: what they lack is retracted.
    dry: bool = False
    reject_to: Path | None = None
    cause: Cause = field(default_factory=Cause)
    tell: Tell = lambda stage: None


@dataclass
class FileReceipt(Receipt):
    """The receipt of a load of foreign files, in records of the files; `claims` has the claims by kind."""

    intake: Intake = field(default_factory=Intake)
    main: str = ""  # The kind that a record of the files stands for.
    added: int = 0
    changed: int = 0
    differences: list[str] = field(default_factory=list)  # Field by field, of a dry run.
    dry: bool = False

    @property
    def unchanged(self) -> int:
        return self.intake.sum("read") - self.intake.sum("rejected") - self.intake.sum("repeated") - self.added - self.changed

    def summary(self) -> dict[str, object]:
        """What `--json` prints."""
        files = [{"file": one.file, "sha256": one.sha256, "format": one.format.name, "records": one.read} for one in self.intake.files]
        return {
            "read": self.intake.sum("read"), "added": self.added, "changed": self.changed, "unchanged": self.unchanged,
            "rejected": self.intake.sum("rejected"), "repeated": self.intake.sum("repeated"), "flagged": sum(self.intake.flags.values()),
            "revision": self.revision, "dry_run": self.dry, "claims": self.claims, "records": self.records, "flags": self.intake.flags, "files": files,
        }  # fmt: skip

    def lines(self) -> Iterator[str]:
        for one in self.intake.files:
            yield f"{one.file}: {one.format.title} ({one.format.name}), {one.read} records"
        for name, number in self.intake.flags.items():
            yield f"  kept and flagged: {number} {name}"
        yield from (f"  rejected: {one}" for one in self.intake.rejections[:LISTED])
        told = {name: value for name, value in self.summary().items() if name in ("added", "changed", "unchanged", "rejected", "repeated")}
        yield f"{self.intake.sum('read')} records read: " + ", ".join(f"{number} {name}" for name, number in told.items())
        for kind, counts in self.claims.items():
            yield f"  claims about {kind}: " + ", ".join(f"{number} {what}" for what, number in counts.items())
        yield from self.differences
        if self.dry:
            yield "a dry run: nothing was written"
        else:
            yield f"recorded as revision {self.revision}" if self.revision else "nothing differs; no new revision"


class _Dry(Exception):
    """Leaves the transaction of a dry run."""


async def load_files(kinds: Kinds, url: str, paths: Sequence[Path], task: Task) -> FileReceipt:
    """Load foreign files as the claims of one source. Raises LoadRefused with what is wrong, unless it is to be put aside."""
    with tempfile.TemporaryDirectory(prefix="conflict-facts-") as folder:
        taking = Taking(kinds, Path(folder), task.tell)
        try:
            formats = [await asyncio.to_thread(taking.take, path, task.source, task.format) for path in paths]
            source = _source(formats, task)
            intake = await asyncio.to_thread(taking.finish)
            _refuse(intake, task)
            receipt = await _load(kinds, url, intake, source, formats[0], task)
            if task.reject_to and intake.problems:
                taking.reject_to(task.reject_to)
            return receipt
        finally:
            taking.close()


def _source(formats: Sequence[Format], task: Task) -> str:
    """The source whose claims all files are."""
    found = {task.source or one.default_source for one in formats}
    if len(found) > 1:
        raise LoadRefused(f"the files are of several datasets, {', '.join(sorted(found))}: load them one by one; nothing was written")
    return found.pop()


def _refuse(intake: Intake, task: Task) -> None:
    if not intake.problems or task.reject_to:
        return
    told = "\n".join(map(str, intake.rejections[:LISTED]))
    more = f"\n… and {intake.problems - LISTED} more" if intake.problems > LISTED else ""
    raise LoadRefused(
        f"{told}{more}\nrefused whole, for {intake.sum('rejected')} of {intake.sum('read')} records; nothing was written. "
        "Mend them, or load the others with --reject-to FILE"
    )


async def _load(kinds: Kinds, url: str, intake: Intake, source: str, format: Format, task: Task) -> FileReceipt:
    receipt = FileReceipt(intake=intake, dry=task.dry, main=format.main(intake.files[0].columns))
    connection = await asyncpg.connect(url, server_settings={"application_name": bulk.application(source, task.cause.author)})
    try:
        async with connection.transaction(isolation="read_committed"):
            await _alone(connection, task.tell)
            await _copy(kinds, connection, intake, source, format, task.tell)
            cause = replace(task.cause, message=task.cause.message or f"Load of {', '.join(one.file for one in intake.files)}")
            digest = hashlib.sha256("".join(one.sha256 for one in intake.files).encode()).hexdigest()
            collections = await _collections(kinds, connection) or [source]
            await settle_staged(kinds, connection, collections, cause, digest=digest, whole=task.snapshot, tell=task.tell, receipt=receipt)
            if task.dry:
                receipt.differences = (
                    [row[0] for row in await connection.fetch(bulk.differences(kinds), receipt.revision)] if receipt.revision else []
                )
                raise _Dry
    except _Dry:
        receipt.revision = None
    finally:
        await connection.close()
    _balance(receipt)
    return receipt


async def _alone(connection: asyncpg.Connection, tell: Tell) -> None:
    """Wait for another load, and say whose it is."""
    if not await connection.fetchval(bulk.TRY_LOCK):
        others = await connection.fetch(bulk.LOADING)
        tell("waiting for another load: " + "; ".join(f"{one['application_name']}, since {one['since']}" for one in others))
        await connection.execute(merge.LOCK)


async def _copy(kinds: Kinds, connection: asyncpg.Connection, intake: Intake, source: str, format: Format, tell: Tell) -> None:
    for name, kind in kinds.items():
        await connection.execute(merge.create_stage(kind))
        if name in intake.tables:
            tell(f"copying {intake.claims[name]} claims about {kind.plural}")
            await connection.copy_to_table(
                f"stage_{name}", source=intake.tables[name], columns=list(merge.stage_columns(kind)), format="csv"
            )
    if format.source and not await connection.fetchval(bulk.DESCRIBED, source):
        await connection.execute(bulk.describe(format.source), source, f"{format.title} ({source})", *format.source.values())


async def _collections(kinds: Kinds, connection: asyncpg.Connection) -> list[str]:
    """The collections that are staged: the dataset, or, of tables of ours, those that the rows name."""
    return [row[0] for row in await connection.fetch(bulk.staged_collections(kinds))]


def _balance(receipt: FileReceipt) -> None:
    """Every record and every claim is told of exactly once, or the numbers of the receipt are not to be trusted."""
    for kind, staged in receipt.intake.claims.items():
        told = receipt.claims.get(kind, {})
        assert staged <= sum(count for what, count in told.items() if what != "retracted"), (kind, staged, told)
    assert receipt.unchanged >= 0, receipt.summary()
