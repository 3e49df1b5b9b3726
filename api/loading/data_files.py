"""Reads the data files of collections: files of publishers that a source document names, each in a format of its own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from schema.fixtures.check import Checked
from schema.fixtures.rows import DataFile
from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..intake.result import Intake
from ..sql.loading import files as files_sql
from .fingerprint import load_fingerprint
from .fixtures import Collection
from .receipts import MAX_FLAG_MESSAGES_KEPT, Receipt
from .refusals import refuse_rejections
from .stages import Stages, silent
from .staging import forbids_redistribution

if TYPE_CHECKING:  # A server whose collections have no data files needs no DuckDB, which takes a third of a second to import.
    from ..intake.intake import FileIntake


@asynccontextmanager
async def data_files_read(kinds: Kinds, collections: Sequence[Collection], on_stage: Stages) -> AsyncIterator[FileIntake | None]:
    """The data files of these collections, read and checked; None if there are none. Raises LoadRefused with every rejected record."""
    files = [(path, file) for collection in collections for path, file in collection.data_files.items()]
    if not files:
        yield None
        return
    from ..intake.intake import FileIntake  # noqa: PLC0415  # see above
    from ..intake.map_files import map_format  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="conflict-facts-") as folder:
        intake = FileIntake(kinds, Path(folder), on_stage)
        try:
            for path, file in files:
                format = map_format(kinds, Path(file.map)) if file.map else file.format
                if file.may_be_passed_on and not isinstance(format, str) and format.source.get(kinds["source"].permits or "") == "false":
                    raise LoadRefused(f"{file.place}: the map forbids redistribution, but the source does not; nothing was written")
                await asyncio.to_thread(intake.add_file, path, file.source, format, file.place.collection, file.file)
            refuse_rejections(await asyncio.to_thread(intake.finish), "Correct them")
            _refuse_unmarked(kinds, collections, intake.result, [file for _, file in files])
            yield intake
        finally:
            intake.close()


def _refuse_unmarked(kinds: Kinds, collections: Iterable[Collection], intake: Intake, files: Sequence[DataFile]) -> None:
    """Refuse rows whose publisher's terms forbid redistribution, unless their source is marked accordingly."""
    source = kinds["source"]
    claims = [claim for collection in collections for claim in collection.checked.claims if claim.kind == source.name]
    marked = {claim.id for claim in claims if claim.values.get(source.permits or "") is False}
    for summary, file in zip(intake.files, files, strict=True):
        forbidden = summary.protected or (forbids_redistribution(kinds, summary.format) and "has rows whose terms forbid redistribution")
        if forbidden and file.source not in marked:
            raise LoadRefused(f"{file.place}: {file.file} {forbidden}; mark the source {file.source} as `{source.permits}: false`")


async def check_data_files(kinds: Kinds, collections: list[Collection]) -> Intake | None:
    """Read the data files of collections without a database, and resolve references to what they describe. None if there are none.

    Raises LoadRefused with every rejected record.
    """
    checked = collections[0].checked
    async with data_files_read(kinds, collections, silent()) as intake:
        if intake is None:
            return None
        checked.settle_references(await described(intake, wanted_ids(checked)))
        return intake.result


def wanted_ids(checked: Checked) -> dict[str, set[str]]:
    """The ids, by kind, that claims refer to and that nothing in their documents and tables describes."""
    wanted: dict[str, set[str]] = {}
    for reference in checked.unresolved:
        wanted.setdefault(reference.kind, set()).add(reference.id)
    return wanted


def recipe(kinds: Kinds, collection: Collection, private: bool) -> str:
    """The fingerprint of a collection with data files, by which a later load finds that it need not read them again."""
    return load_fingerprint(kinds, [(file.file, file.sha256) for file in collection.files], collection.name, private)


async def unchanged_since(kinds: Kinds, connection: asyncpg.Connection, collection: Collection, private: bool) -> int | None:
    """The revision that loaded the same collection with data files, if none of its claims has changed since. The caller holds the lock."""
    if not collection.data_files:
        return None
    revision: int | None = await connection.fetchval(
        files_sql.unchanged_collection(kinds), collection.name, recipe(kinds, collection, private)
    )
    return revision


def add_to_receipt(receipt: Receipt, intake: FileIntake, recipes: dict[str, str]) -> None:
    """Add to the receipt of a load of collections what their data files contain."""
    read = {file.file: file for file in intake.result.files}
    receipt.files = [
        replace(file, records=found.read, warnings=found.warnings) if (found := read.get(file.file)) else file for file in receipt.files
    ]
    for flag, number in intake.result.flags.items():
        receipt.flags[flag] = receipt.flags.get(flag, 0) + number
    receipt.flagged += sum(intake.result.flags.values())
    receipt.quotes = intake.result.flag_messages[:MAX_FLAG_MESSAGES_KEPT]
    receipt.recipes = recipes


async def described(intake: FileIntake | None, wanted: dict[str, set[str]]) -> dict[str, Sequence[str]]:
    """Of these ids, by kind, those that the data files describe."""
    return {name: await asyncio.to_thread(intake.described, name, sorted(ids)) for name, ids in wanted.items()} if intake else {}


async def refuse_duplicates(kinds: Kinds, connection: asyncpg.Connection) -> None:
    """Refuse a claim that a data file and a document or table of the same collection both make: it would be counted twice."""
    found = [
        f"{kind.name} {row['id']}: {row['source']} makes the same claim in a data file and elsewhere in {row['collection']}; remove one"
        for kind in kinds.values()
        for row in await connection.fetch(files_sql.staged_twice(kind))
    ]
    if found:
        raise LoadRefused("\n".join(found) + "\nload refused; nothing was written")
