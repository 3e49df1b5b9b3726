"""Migration 0027: stored numbers whose last day is unknown have no exact day, now and in the past."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import pytest
from alembic import command

from api.postgres import migrate

from ..conftest import Databases

ROW = {
    "added_in": 1, "measure": "killed", "contradicted": False, "disputed": False, "rough": False, "rough_month": False, "rough_year": False,
    "shape": 0, "same_population": False, "same_actor": False, "group_contradicted": False, "event": 1,
}  # fmt: skip
STORED = [
    ({"key": 1, "basis": "flow", "first": "2024-11-27"}, True),
    ({"key": 1, "basis": "flow", "first": "2024-11-26", "added_in": 0, "removed_in": 1}, True),
    ({"key": 2, "basis": "flow", "first": "2024-11-27", "final": "2024-11-29"}, False),
    ({"key": 3, "basis": "cumulative", "final": "2024-11-29"}, False),
    ({"key": 4, "basis": "stock", "first": "2024-11-29", "final": "2024-11-29"}, False),
]


@pytest.mark.nightly
async def test_numbers_without_a_last_day_are_marked(databases: Databases) -> None:
    name = "imprecise"
    owner = await asyncpg.connect(databases.url("postgres"))
    await owner.execute(f"create database {name}")
    await owner.close()
    url = databases.url(name)
    await asyncio.to_thread(command.upgrade, migrate._config(url), "0023")
    connection = await asyncpg.connect(url)
    rows = json.dumps([ROW | row for row, _ in STORED])
    await connection.execute(f"insert into figure_sum select * from jsonb_populate_recordset(null::figure_sum, '{rows}')")
    await asyncio.to_thread(command.upgrade, migrate._config(url), "0027")
    found = await connection.fetch("select rough, rough_month, rough_year from figure_sum order by key, added_in desc")
    await connection.close()
    assert [tuple(row) for row in found] == [(rough,) * 3 for _, rough in STORED]
    await databases.drop(name)
