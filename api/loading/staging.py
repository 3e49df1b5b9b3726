"""Fills the staging tables: with the claims of checked collections, or with the claim files that intake wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

import asyncpg

from schema.formats.format import FileFormat
from schema.model.claim import Claim
from schema.model.claim_table import claim_table
from schema.model.kinds import Kinds

from ..sql.loading import files as files_sql
from ..sql.loading import merge
from .fixtures import Collection

if TYPE_CHECKING:  # A server that loads the fixtures needs neither, and DuckDB takes a third of a second to import.
    from ..intake.intake import FileIntake
    from .stages import Stages


async def stage_collections(kinds: Kinds, connection: asyncpg.Connection, collections: list[Collection]) -> None:
    """Stage the claims of collections of fixtures."""
    for kind in kinds.values():
        await connection.execute(merge.create_stage(kind))
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
    for kind in kinds.values():
        await connection.execute(merge.create_stage(kind))
    copying: asyncio.Task[object] | None = None
    try:
        for name in intake.kinds_seen:
            path = await asyncio.to_thread(intake.write_claims, name)
            if copying:
                await copying
            on_stage(f"copying {intake.result.claims[name]} claims about {kinds[name].plural}")
            columns = list(claim_table(kinds[name]))
            copying = asyncio.create_task(connection.copy_to_table(f"stage_{name}", source=path, columns=columns, format="csv"))
        if copying:
            await copying
    finally:
        if copying and not copying.done():  # Cancelled, or the next claims could not be written: leave no task running.
            copying.cancel()
            await asyncio.gather(copying, return_exceptions=True)


async def stage_source(kinds: Kinds, connection: asyncpg.Connection, source: str, format: FileFormat) -> bool:
    """Stage one more claim, of the dataset about itself, unless another collection describes it. Returns whether it was staged."""
    if not format.source or await connection.fetchval(files_sql.SOURCE_IS_DESCRIBED, source):
        return False
    statement = files_sql.describe_source(kinds, format.source)
    await connection.execute(statement, source, f"{format.title} ({source})", *format.source.values())
    return True


async def staged_collections(kinds: Kinds, connection: asyncpg.Connection) -> list[str]:
    """The collections of the staged claims: the dataset or, for claim tables, those that their rows name."""
    return [row[0] for row in await connection.fetch(files_sql.staged_collections(kinds))]
