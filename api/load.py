"""Loads collections: stage the claims, merge what differs, settle, and record one revision; all of it or nothing."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import asyncpg

from schema.claim import Claim, Problem
from schema.kind import Kind, Kinds
from schema.vocabularies import nearest

from . import settle
from .errors import LoadRefused
from .fixtures import Collection, collections, read
from .sql import merge, rollup

TOOL = f"conflict-facts {version('conflict-facts')}"


def user() -> str:
    """Who runs this: a name, or, as in a container, the number of a user who has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # Python before 3.13 raises the first, later ones the second.
        return f"uid {os.getuid()}"


@dataclass(frozen=True)
class Cause:
    """Why a revision is made, as its makers say it."""

    message: str = ""
    author: str = field(default_factory=user)
    reason: str = "source_revised"  # A code of the vocabulary `reason`, for what is changed or gone.
    kind: str = "load"


@dataclass
class Receipt:
    """What a load did. `revision` is None where nothing differed, and then nothing was written."""

    revision: int | None = None
    claims: dict[str, dict[str, int]] = field(default_factory=dict)  # By kind: added, changed, retracted, unchanged.
    records: dict[str, dict[str, int]] = field(default_factory=dict)  # By kind: added, changed, removed.
    oddities: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)  # Collections that the database has and the loaded folder lacks.

    async def counted(self, connection: asyncpg.Connection, revision: int, collections: Sequence[str], kinds: Kinds) -> None:
        """Count what else the receipt tells, before the revision is written down."""

    def lines(self) -> Iterator[str]:
        yield from (f"odd, and kept: {one}" for one in self.oddities)
        for name in self.elsewhere:
            yield f"kept: the collection {name} is in the database and not in this folder; `conflict-facts retract {name}` takes it back"
        for kind, counts in self.claims.items():
            yield f"  {kind}: " + ", ".join(f"{number} {what}" for what, number in counts.items() if number or what == "unchanged")
        yield f"recorded as revision {self.revision}" if self.revision else "nothing differs; no new revision"


class _Unchanged(Exception):
    """Leaves the transaction of a load that has nothing to write."""


async def load(kinds: Kinds, url: str, folder: Path, cause: Cause | None = None) -> Receipt:
    """Load every collection under `folder` as the whole of what it claims. Raises LoadRefused with every problem found."""
    folders = collections(folder)
    whole = [one.name for one in folders] != [folder.name]  # Not one collection, but the folder of them.
    return await _load(kinds, url, read(kinds, folders), cause or Cause(), whole=whole)


async def retract(kinds: Kinds, url: str, collection: str, cause: Cause) -> Receipt:
    """Retract every claim of a collection: it is loaded as claiming nothing. Raises LoadRefused where there is none of that name."""
    return await _load(kinds, url, [Collection(collection)], replace(cause, kind="retraction"), known=True)


async def _load(kinds: Kinds, url: str, found: list[Collection], cause: Cause, whole: bool = False, known: bool = False) -> Receipt:
    connection = await asyncpg.connect(url)
    try:
        there = {row["collection"] for row in await connection.fetch(merge.loaded_collections(kinds))}
        names = {one.name for one in found}
        if known and not names <= there:
            raise LoadRefused(f"there is no collection {', '.join(names)}; {nearest(found[0].name, sorted(there))}; nothing was written")
        receipt = await load_collections(kinds, connection, found, cause)
        receipt.elsewhere = sorted(there - names) if whole else []
        return receipt
    except asyncpg.InterfaceError as error:
        # Where the connection ended, asyncpg complains that it cannot roll back, and hides why.
        raise error.__context__ or error from None
    finally:
        await connection.close()


async def load_collections(kinds: Kinds, connection: asyncpg.Connection, found: list[Collection], cause: Cause) -> Receipt:
    """Load collections that were read and checked together."""
    receipt = Receipt(oddities=[str(one) for one in found[0].checked.oddities])
    try:
        async with connection.transaction(isolation="read_committed"):  # What waited sees what it waited for.
            await connection.execute(merge.LOCK)  # A second load waits here for the first.
            await connection.execute(merge.DEFER_FOREIGN_KEYS)
            await _refuse_problems(kinds, connection, found)
            await _stage(kinds, connection, found)
            revision: int = await connection.fetchval(merge.NEXT_REVISION)
            for kind in kinds.in_order:
                receipt.claims[kind.name] = await _merge(kind, connection, revision, [one.name for one in found], cause)
            if not any(count for counts in receipt.claims.values() for what, count in counts.items() if what != "unchanged"):
                raise _Unchanged
            for kind in kinds.in_order:
                receipt.records[kind.name] = await _settle(kinds, kind, connection, revision, _reason(cause, gone=True))
            await _prove(kinds, connection)
            await _roll_up(kinds, connection, revision)
            await _record(connection, revision, [one.name for one in found], found[0].digest, cause, receipt)
            receipt.revision = revision
    except _Unchanged:
        pass
    return receipt


async def _refuse_problems(kinds: Kinds, connection: asyncpg.Connection, found: list[Collection]) -> None:
    """References are right when the files or the database answer them; then no problem may be left."""
    checked = found[0].checked
    wanted: dict[str, set[str]] = {}
    for one in checked.unresolved:
        wanted.setdefault(one.kind, set()).add(one.id)
    known = {}
    for name, ids in wanted.items():
        known[name] = [row["id"] for row in await connection.fetch(merge.known(kinds[name]), list(ids))]
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
        columns = merge.stage_columns(kind)
        rows = [
            _staged(claim, collection.name, columns)
            for collection in found for claim in collection.checked.claims if claim.kind == kind.name
        ]  # fmt: skip
        await connection.copy_records_to_table(f"stage_{kind.name}", records=rows, columns=list(columns))
    await _keys(kinds, connection)


async def _keys(kinds: Kinds, connection: asyncpg.Connection) -> None:
    for kind in kinds.values():
        await connection.execute(merge.create_keys(kinds, kind))
        await connection.execute(merge.index_keys(kind))
        await connection.execute(merge.ANALYZE.format(table=f"keys_{kind.name}"))
    for kind in kinds.values():
        await connection.execute(merge.create_next(kind))
        await connection.execute(merge.ANALYZE.format(table=f"next_{kind.name}"))


def _staged(claim: Claim, collection: str, columns: Iterable[str]) -> tuple[object, ...]:
    cells = {**claim.about, **claim.values, "id": claim.id, "source": claim.source, "collection": collection}
    return tuple(cells.get(name) for name in columns)


async def _merge(kind: Kind, connection: asyncpg.Connection, revision: int, names: Sequence[str], cause: Cause) -> dict[str, int]:
    """Run the statements of a merge; returns how many claims were added, changed, retracted, and left alone."""
    arguments: dict[str, tuple[object, ...]] = {
        "gone": (revision, names, _reason(cause, gone=True)),
        "kept": (revision, _reason(cause)),
        "changed": (revision,),
        "added": (revision,),
    }
    moved = {name: _rows(await connection.execute(text, *arguments.get(name, ()))) for name, text in merge.merge(kind)}
    counts = {"added": moved["added"], "changed": moved["changed"], "retracted": moved["gone"]}
    staged = await connection.fetchval(merge.staged(kind))
    await connection.execute(merge.ANALYZE.format(table=f"touched_{kind.name}"))
    return {**counts, "unchanged": staged - moved["added"] - moved["changed"]}


def _reason(cause: Cause, gone: bool = False) -> str:
    """What no longer stands was retracted, unless its makers say otherwise."""
    return "retracted" if gone and cause.reason == "source_revised" else cause.reason


def _rows(status: str) -> int:
    """The number at the end of a command tag, as in `INSERT 0 12`."""
    last = status.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0


async def _settle(kinds: Kinds, kind: Kind, connection: asyncpg.Connection, revision: int, reason: str = "retracted") -> dict[str, int]:
    moved = {}
    for name, text in settle.settle(kinds, kind):
        if name == "removed" and kind.root:
            ids = [row["id"] for row in await connection.fetch(settle.rootless(kind))]
            _refuse(f"{kind.name} {id}, {kind.root}: goes round in a circle; take one link out" for id in ids)
        if name == "superseded" and (statement := settle.incomplete(kind)):
            _refuse(
                f"{kind.name} {row['id']}, {row['field']}: no live claim gives it, and every {kind.name} must have it"
                for row in await connection.fetch(statement)
            )
        arguments = (revision, reason) if name == "history" else (revision,) if "$1" in text else ()
        moved[name] = _rows(await connection.execute(text, *arguments))
    return {"added": moved["additions"], "changed": moved["updates"], "removed": moved["removals"]}


async def _prove(kinds: Kinds, connection: asyncpg.Connection) -> None:
    """What the database would refuse at commit, refused here in kinder words."""
    problems = []
    for kind in kinds.values():
        for one in kind.fields.values():
            if one.type.ref == kind.name:
                for row in await connection.fetch(settle.circles(kind, one)):
                    problems.append(f"{kind.name} {row['id']}, {one.name}: goes round in a circle; take one link out")
        for row in await connection.fetch(merge.dangling(kinds, kind)):
            problems.append(
                f"{kind.name} {row['gone']}: no claim describes it any more, but a claim about {row['kind']} {row['id']} still names it "
                f"in {row['field']}; retract or mend that one too"
            )
    _refuse(problems)
    await connection.execute(merge.CHECK_FOREIGN_KEYS)


async def _roll_up(kinds: Kinds, connection: asyncpg.Connection, revision: int) -> None:
    """Keep the totals as the settled records give them."""
    for kind in kinds.summed:
        for one in rollup.steps(kinds, kind, revision, await connection.fetchval(rollup.filled(kind))):
            await connection.execute(one.text, *one.arguments)


def _refuse(problems: Iterable[str]) -> None:
    listed = sorted(set(problems))
    if listed:
        raise LoadRefused("\n".join(listed) + "\nrefused whole; nothing was written")


async def _record(connection: asyncpg.Connection, revision: int, names: list[str], digest: str, cause: Cause, receipt: Receipt) -> None:
    message = cause.message or f"Load of {', '.join(names)}"
    told = {"claims": _nonzero(receipt.claims), "records": _nonzero(receipt.records), "oddities": len(receipt.oddities)}
    counts = json.dumps(told)
    await connection.execute(
        merge.ADD_REVISION, revision, cause.kind, message, cause.author, TOOL, settle.RULE, digest, counts
    )  # fmt: skip
    await connection.execute(merge.NOTIFY, revision)


def _nonzero(counts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    kept = {kind: {what: number for what, number in by.items() if number} for kind, by in counts.items()}
    return {kind: by for kind, by in kept.items() if by}
