"""What a change reads depends on what it touches: a change of a few records reads no table of a filled database from end to end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from api.loading.change import Change
from api.loading.collections import load, retract
from api.loading.transaction import record_revision
from api.loading.undo import undo
from api.sql.loading import merge
from schema.kinds import KINDS

from ..conftest import Databases
from ..support.properties import NIGHTLY

RECORDS = 1_000  # Of each kind that a large dataset has many of.
MOST = 300  # Rows of one table, or of its indexes, that a change of a handful of records may read.
FILLING = (
    "insert into stage_source (id, source, collection, title, kind) values ('data', 'data', 'large', 'A dataset', 'dataset')",
    "insert into stage_source (id, source, collection, title, kind) select 'article-' || n, 'data', 'large', repeat('Title ', 50), 'article' from generate_series(1, $1) n",
    "insert into stage_actor (id, source, collection, locator, name, kind) select 'actor-' || n, 'data', 'large', 'id ' || n, repeat('Actor ', 50), 'rebel_group' from generate_series(1, $1) n",
    "insert into stage_location (id, source, collection, locator, name, kind) select 'place-' || n, 'data', 'large', 'id ' || n, repeat('Place ', 50), 'settlement' from generate_series(1, $1) n",
    "insert into stage_event (id, source, collection, locator, quoted_from, name, kind, location, country, started_on, date_precision) "
    "select 'event-' || n, 'data', 'large', 'id ' || n, array['article-' || n], repeat('Event ', 50), 'battle', 'place-' || n, 'SYR', date '2000-01-01' + n, 1 from generate_series(1, $1) n",
    "insert into stage_participation (id, source, collection, locator, event, actor, role) "
    "select 'part-' || n, 'data', 'large', 'id ' || n, 'event-' || n, 'actor-' || n, 'side_a' from generate_series(1, $1) n",
    "insert into stage_figure (id, source, collection, locator, quoted_from, event, measure, population, best, unit, basis) "
    "select 'figure-' || n, 'data', 'large', 'id ' || n, array['article-' || n], 'event-' || n, 'killed', 'all', n, 'people', 'flow' from generate_series(1, $1) n",
)  # fmt: skip
# The rows that a change read of each table, and of the indexes of each table.
READ = """
select relname as name, coalesce(seq_tup_read, 0) as rows from pg_stat_user_tables where schemaname = 'public'
union all
select 'indexes of ' || relname, sum(idx_tup_read) from pg_stat_user_indexes where schemaname = 'public' group by relname
"""
OTHERS = "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()"


@dataclass
class Filled:
    """A database with a large dataset, and a folder for small ones."""

    url: str
    folder: Path
    revisions: dict[str, int] = field(default_factory=dict)

    async def read(self) -> dict[str, int]:
        """How many rows of each table were read since the database was created."""
        connection = await asyncpg.connect(self.url)
        try:
            while await connection.fetchval(OTHERS):  # noqa: ASYNC110  # The connection of the change counts what it read when it ends.
                await asyncio.sleep(0.01)
            return {row["name"]: int(row["rows"]) for row in await connection.fetch(READ)}
        finally:
            await connection.close()

    async def load(self, best: int, redistributable: bool = True) -> int | None:
        """Load a collection of one source, one event and two figures, one of them of an event of the large dataset."""
        of = {
            "measure": "killed",
            "population": "civilians",
            "best": str(best),
            "unit": "people",
            "basis": "flow",
            "quoted_from": ["article-7"],
        }
        document: dict[str, Any] = {
            "source": {"id": "paper", "title": "A paper", "kind": "article", **({} if redistributable else {"redistributable": False})},
            "claims": {
                "events": [{"id": "skirmish", "name": "Skirmish", "kind": "battle", "started_on": "2001-01-01", "location": "place-7"}],
                "figures": [{"id": "skirmish-dead", "event": "skirmish", **of}, {"id": "seventh-dead", "event": "event-7", **of}],
            },
        }  # fmt: skip
        (self.folder / "paper.yaml").write_text(json.dumps(document))
        return (await load(KINDS, self.url, self.folder)).revision


async def fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            for kind in KINDS.values():
                await connection.execute(merge.create_stage(kind))
            for text in FILLING:
                await connection.execute(text, *([RECORDS] if "$1" in text else []))
            await record_revision(KINDS, connection, ["large"], Change("A large dataset"))
    finally:
        await connection.close()


@pytest_asyncio.fixture(scope="module")
async def filled(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Filled]:
    name = await databases.fresh()
    await fill(databases.url(name))
    folder = tmp_path_factory.mktemp("filled") / "small"
    folder.mkdir()
    yield Filled(databases.url(name), folder)
    await databases.drop(name)


async def change(filled: Filled, what: str) -> None:
    """One change of a few records. The changes follow one another, each on what the one before has left."""
    match what:
        case "load" | "release":
            filled.revisions[what] = await filled.load(best=10) or 0
        case "load with a difference" | "withheld difference":
            filled.revisions[what] = await filled.load(best=11, redistributable=what == "load with a difference") or 0
        case "undo of a difference":
            await undo(KINDS, filled.url, filled.revisions["load with a difference"])
        case "undo of a load":
            await undo(KINDS, filled.url, filled.revisions["load"])
        case "undo of a withheld difference":
            await undo(KINDS, filled.url, filled.revisions["withheld difference"])
        case "withholding":
            await filled.load(best=10, redistributable=False)
        case "retraction":
            await retract(KINDS, filled.url, "small", Change("A test"))
        case _:
            raise AssertionError(what)


CHANGES = [
    "load", "load with a difference", "undo of a difference", "undo of a load", "load", "withholding", "withheld difference",
    "undo of a withheld difference", "release", "retraction",
]  # fmt: skip
USUAL = ["load", "load with a difference", "undo of a difference", "withholding", "retraction"]


@pytest.mark.parametrize("what", CHANGES if NIGHTLY else USUAL)
async def test_a_small_change_of_a_large_database_reads_little(filled: Filled, what: str) -> None:
    before = await filled.read()
    await change(filled, what)
    after = await filled.read()
    read = {name: rows - before.get(name, 0) for name, rows in after.items()}
    much = {name: rows for name, rows in read.items() if rows > MOST}
    assert not much, f"{what} reads {much} rows of tables with {RECORDS} rows"
