"""Loads foreign files: their claims are copied, merged, settled and recorded as one revision; all of it or nothing, and every record told of."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import asyncpg
import duckdb

from schema.formats.format import Format
from schema.kind import Kinds

from . import again
from .cause import Cause
from .errors import LoadRefused
from .intake import Intake, Taking, sha256
from .progress import Stages
from .receipts import ODD, REJECTIONS, Receipt, kept, nonzero
from .sql import bulk, merge, withholding
from .sql.keys import stage_columns
from .staged import settle_staged

LISTED = 100  # Rejections that a refusal lists.


@dataclass(frozen=True)
class Task:
    """What is asked of a load: the source whose claims the files are, their format, and what to do with what is wrong."""

    source: str = ""
    format: str = ""
    snapshot: bool = False  # The files are all that the source claims: what they lack is retracted.
    dry: bool = False
    private: bool = False  # The database serves its operator alone: nothing is withheld.
    reject_to: Path | None = None
    cause: Cause = field(default_factory=Cause)
    tell: Stages = field(default_factory=lambda: Stages(lambda stages: None))

    def recipe(self, kinds: Kinds, files: Sequence[tuple[str, str]]) -> str:
        """What the claims of files with these names and digests are made of, if they are loaded as this asks for."""
        return again.recipe(kinds, files, self.source, self.format, self.snapshot, self.private, self.reject_to is not None)


@dataclass
class FileReceipt(Receipt):
    """The receipt of a load of foreign files, in records of the files; `claims` has the claims by kind."""

    intake: Intake = field(default_factory=Intake)
    main: str = ""  # The kind that a record of the files stands for.
    located: bool = True  # Whether claims say in which record of the files they stand.
    added: int = 0
    changed: int = 0
    describes: bool = False  # Whether the dataset itself is described by one claim more.
    differences: list[str] = field(default_factory=list)  # Field by field, of a dry run.
    dry: bool = False
    private: bool = False
    recipe: str = ""  # What the claims are made of.
    collection: str = ""  # The only collection whose claims the files are, if there is but one.

    async def counted(self, connection: asyncpg.Connection, revision: int, collections: Sequence[str], kinds: Kinds) -> None:
        """Count the records that are new or changed, before the revision is written down."""
        kept, main = self.unchanged, self.withheld.get(self.main) or self.claims[self.main]
        if main["added"] == kept and not main["changed"] + main["retracted"]:
            self.added = kept
        elif self.main in self.withheld:
            row = await connection.fetchrow(withholding.moved(kinds, self.main), revision, list(collections))
            self.added, self.changed = (row["added"], row["changed"]) if row else (0, 0)
        elif self.located:
            row = await connection.fetchrow(bulk.moved(kinds, self.main), revision, list(collections))
            self.added, self.changed = (row["added"], row["changed"]) if row else (0, 0)
        else:  # Of tables of ours, a row is a claim.
            self.added, self.changed = (sum(counts[what] for counts in self.claims.values()) for what in ("added", "changed"))

    @property
    def unchanged(self) -> int:
        return self.intake.sum("read") - self.intake.sum("rejected") - self.intake.sum("repeated") - self.added - self.changed

    def summary(self) -> dict[str, object]:
        """What `--json` prints."""
        files = [{"file": one.file, "sha256": one.sha256, "format": one.format.name, "records": one.read} for one in self.intake.files]
        return {
            "read": self.intake.sum("read"), "added": self.added, "changed": self.changed, "unchanged": self.unchanged,
            "rejected": self.intake.sum("rejected"), "repeated": self.intake.sum("repeated"), "flagged": sum(self.intake.flags.values()),
            "revision": self.revision, "dry_run": self.dry, "claims": self.claims, "records": self.records, "flags": self.intake.flags, "files": files, **self.apart(),
        }  # fmt: skip

    def document(self) -> str:
        told = {name: value for name, value in self.summary().items() if name not in ("revision", "dry_run")}
        # What everybody can read of a revision says nothing of what is withheld.
        rejections = [] if self.withheld else [asdict(one) for one in self.intake.rejections[:REJECTIONS]]
        odd = [] if self.withheld else self.intake.odd[:ODD]
        return kept({**told, "records": nonzero(self.records), "rejections": rejections, "odd": odd, **self._made_of()})

    def _made_of(self) -> dict[str, str]:
        """By what a later load knows that it is the same: not where several collections are loaded, anything is withheld, or could have been."""
        alone = self.collection and not self.private and not self.apart()
        return {"recipe": self.recipe, "collection": self.collection} if alone else {}

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
        yield from self.withheld_lines()
        yield from self.differences
        if self.dry:
            yield "a dry run: nothing was written"
        else:
            yield f"recorded as revision {self.revision}" if self.revision else "nothing differs; no new revision"


class _Dry(Exception):
    """Leaves the transaction of a dry run."""


async def load_files(kinds: Kinds, url: str, paths: Sequence[Path], task: Task) -> FileReceipt:
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


async def _load_files(kinds: Kinds, url: str, paths: Sequence[Path], task: Task) -> FileReceipt:
    if done := await _done(kinds, url, paths, task):
        return done
    with tempfile.TemporaryDirectory(prefix="conflict-facts-") as folder:
        taking = Taking(kinds, Path(folder), task.tell)
        try:
            formats = [await asyncio.to_thread(taking.take, path, task.source, task.format) for path in paths]
            source = _source(formats, task)
            _refuse(await asyncio.to_thread(taking.gather), task)
            receipt = await _load(kinds, url, taking, source, formats[0], task)
            if task.reject_to and taking.done.problems:
                taking.reject_to(task.reject_to)
            return receipt
        finally:
            taking.close()


async def _done(kinds: Kinds, url: str, paths: Sequence[Path], task: Task) -> FileReceipt | None:
    """The receipt of a load that is done already; None where that cannot be known, as while somebody else loads."""
    recipe = task.recipe(kinds, [(path.name, await asyncio.to_thread(sha256, path)) for path in paths])
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="read_committed"):
            found = await again.known(kinds, connection, recipe) if await connection.fetchval(bulk.TRY_LOCK) else None
    finally:
        await connection.close()
    if found is None:
        return None
    task.tell(f"these files are loaded, by revision {found.revision}, and nothing of them has moved since")
    return FileReceipt(claims=found.claims, intake=found.intake, dry=task.dry)


def _weights(kinds: Kinds, intake: Intake) -> dict[str, float]:
    """How long the stages of a load take, in proportion, by the claims they go over; as measured."""
    weights: dict[str, float] = {}
    for name, count in intake.claims.items():
        plural = kinds[name].plural
        weights |= {f"merge {plural}": count, f"settle {plural}": 2 * count}
    return weights | {"find keys": sum(intake.claims.values()), "build": sum(intake.claims.values())}


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


async def _load(kinds: Kinds, url: str, taking: Taking, source: str, format: Format, task: Task) -> FileReceipt:
    intake = taking.done
    main = format.made(intake.files[0].columns)[0]
    recipe = task.recipe(kinds, [(one.file, one.sha256) for one in intake.files])
    receipt = FileReceipt(
        intake=intake, dry=task.dry, private=task.private, main=main.kind, located=main.source is None, recipe=recipe
    )  # fmt: skip
    connection = await asyncpg.connect(url, server_settings={"application_name": bulk.application(source, task.cause.author)})
    try:
        async with connection.transaction(isolation="read_committed"):
            await _alone(connection, task.tell)
            receipt.describes = await _copy(kinds, connection, taking, source, format, task.tell)
            task.tell.expect(_weights(kinds, intake))
            cause = replace(task.cause, message=task.cause.message or f"Load of {', '.join(one.file for one in intake.files)}")
            digest = hashlib.sha256("".join(one.sha256 for one in intake.files).encode()).hexdigest()
            collections = await _collections(kinds, connection) or [source]
            receipt.collection = source if collections == [source] else ""
            await settle_staged(
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
            _balance(receipt)
            if task.dry:
                receipt.differences = (
                    [row[0] for row in await connection.fetch(bulk.differences(kinds), receipt.revision)] if receipt.revision else []
                )
                raise _Dry
    except _Dry:
        receipt.revision = None
    except asyncpg.InterfaceError as error:
        raise error.__context__ or error from None  # As where any load loses its connection.
    finally:
        await connection.close()
    return receipt


async def _alone(connection: asyncpg.Connection, tell: Stages) -> None:
    """Wait for another load, and say whose it is."""
    if not await connection.fetchval(bulk.TRY_LOCK):
        others = await connection.fetch(bulk.LOADING)
        tell("waiting for another load: " + "; ".join(f"{one['application_name']}, since {one['since']}" for one in others))
        await connection.execute(merge.LOCK)


async def _copy(kinds: Kinds, connection: asyncpg.Connection, taking: Taking, source: str, format: Format, tell: Stages) -> bool:
    """Fill the staging tables, each while the claims for the next are written; returns whether the dataset itself is described by one claim more."""
    for kind in kinds.values():
        await connection.execute(merge.create_stage(kind))
    copying: asyncio.Task[object] | None = None
    try:
        for name in taking.said:
            path = await asyncio.to_thread(taking.write, name)
            if copying:
                await copying
            tell(f"copying {taking.done.claims[name]} claims about {kinds[name].plural}")
            columns = list(stage_columns(kinds[name]))
            copying = asyncio.create_task(connection.copy_to_table(f"stage_{name}", source=path, columns=columns, format="csv"))
        if copying:
            await copying
    finally:
        if copying and not copying.done():  # Stopped, or the next could not be written: nothing is left under way.
            copying.cancel()
            await asyncio.gather(copying, return_exceptions=True)
    if not format.source or await connection.fetchval(bulk.DESCRIBED, source):
        return False
    await connection.execute(bulk.describe(kinds, format.source), source, f"{format.title} ({source})", *format.source.values())
    return True


async def _collections(kinds: Kinds, connection: asyncpg.Connection) -> list[str]:
    """The collections that are staged: the dataset, or, of tables of ours, those that the rows name."""
    return [row[0] for row in await connection.fetch(bulk.staged_collections(kinds))]


def _balance(receipt: FileReceipt) -> None:
    """Every record and every claim must be told of exactly once. Raises LoadRefused: what does not add up is not recorded."""
    for kind, copied in receipt.intake.claims.items():
        apart = receipt.withheld.get(kind, {})
        told = sum(counts.get(what, 0) for counts in (receipt.claims[kind], apart) for what in ("added", "changed", "unchanged"))
        told -= (kind == "source" and receipt.describes) + receipt.returned.get(kind, 0)
        if told != copied:
            raise LoadRefused(
                f"{copied} claims about {kind} were read and {told} are accounted for; this is a fault of ours: nothing was written"
            )
    if receipt.unchanged < 0:
        raise LoadRefused(
            f"more records were added and changed than were read, {receipt.summary()}; this is a fault of ours: nothing was written"
        )
