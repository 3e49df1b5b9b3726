"""Fills the staging tables: with the claims of checked collections, or with the claim files that intake wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

import asyncpg

from schema.codelists.vocabularies import suggestion
from schema.formats.format import FileFormat
from schema.model.claim import Claim
from schema.model.claim_table import claim_table
from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..sql.loading import files as files_sql
from ..sql.loading import merge
from .fixtures import Collection
from .receipts import plural

if TYPE_CHECKING:  # A server that loads the fixtures needs neither, and DuckDB takes a third of a second to import.
    from ..intake.intake import FileIntake
    from .stages import Stages


async def create_stages(kinds: Kinds, connection: asyncpg.Connection) -> None:
    """Create the staging tables of a load."""
    for kind in kinds.values():
        await connection.execute(merge.create_stage(kind))


async def stage_collections(kinds: Kinds, connection: asyncpg.Connection, collections: list[Collection]) -> None:
    """Stage the claims of collections of fixtures."""
    for kind in kinds.values():
        columns = claim_table(kind)
        rows = [
            _staged_row(claim, collection.name, columns)
            for collection in collections for claim in collection.checked.claims if claim.kind == kind.name
        ]  # fmt: skip
        await connection.copy_records_to_table(f"stage_{kind.name}", records=rows, columns=list(columns))


def _staged_row(claim: Claim, collection: str, columns: Iterable[str]) -> tuple[object, ...]:
    cells = {**claim.about, **claim.values, "id": claim.id, "source": claim.source, "collection": collection}
    return tuple(cells.get(name) for name in columns)


async def stage_files(kinds: Kinds, connection: asyncpg.Connection, intake: FileIntake, on_stage: Stages) -> None:
    """Copy the claims of files, one kind at a time; while one kind is copied, the claims of the next are written."""
    copying: asyncio.Task[object] | None = None
    try:
        for name in intake.kinds_seen:
            path = await asyncio.to_thread(intake.write_claims, name)
            if copying:
                await copying
            on_stage(f"copying {plural(intake.result.claims[name], 'claim')} about {kinds[name].plural}")
            columns = list(claim_table(kinds[name]))
            if intake.places_claims:
                await connection.execute(merge.placed_by_reader(kinds[name]))
            copying = asyncio.create_task(connection.copy_to_table(f"stage_{name}", source=path, columns=columns, format="csv"))
        if copying:
            await copying
    finally:
        if copying and not copying.done():  # Cancelled, or the next claims could not be written: leave no task running.
            copying.cancel()
            await asyncio.gather(copying, return_exceptions=True)


async def stage_source(kinds: Kinds, connection: asyncpg.Connection, source: str, format: FileFormat, revises: str = "") -> bool:
    """Stage one more claim, of the dataset about itself, unless another collection describes it or its terms forbid redistribution. Returns
    whether it was staged.

    `revises`: the source that it revises; if empty, the one that it is known to revise. Raises LoadRefused if this cannot be stated.
    """
    described: str | None = await connection.fetchval(files_sql.DESCRIBING_COLLECTION, source) if format.source else None
    if revises and (described or not format.source or revises == source):
        raise LoadRefused(f"--revises {revises}: {_why_not_revised(source, revises, described)}; nothing was written")
    if not format.source or (described and not forbids_redistribution(kinds, format)):
        return False
    if revises and not await connection.fetch(merge.known_ids(kinds["source"]), [revises]):
        others = sorted({row["collection"] for row in await connection.fetch(merge.loaded_collections(kinds))} - {source})
        hint = f"{suggestion(revises, others)}; " if others else ""
        raise LoadRefused(f"--revises {revises}: there is no source {revises!r}; {hint}load that release first; nothing was written")
    fields, revised = dict(format.source), kinds["source"].revises
    if revised and (earlier := revises or await connection.fetchval(files_sql.revised_source(revised), source)):
        fields[revised] = earlier
    await connection.execute(files_sql.describe_source(kinds, fields), source, f"{format.title} ({source})", *fields.values())
    return True


def forbids_redistribution(kinds: Kinds, format: FileFormat) -> bool:
    """Whether the source of a file says that its claims must not be redistributed. Then it says so whoever else describes it."""
    return format.source.get(kinds["source"].permits or "") == "false"


def _why_not_revised(source: str, revises: str, described: str | None) -> str:
    if revises == source:
        return "a source cannot revise itself"
    if described:
        return f"the source {source} is described by the collection {described}; state there what it revises"
    return "these files name the source of each claim; state in a table of sources what it revises"


async def staged_collections(kinds: Kinds, connection: asyncpg.Connection) -> list[str]:
    """The collections of the staged claims: the dataset or, for claim tables, those that their rows name."""
    return [row[0] for row in await connection.fetch(files_sql.staged_collections(kinds))]
