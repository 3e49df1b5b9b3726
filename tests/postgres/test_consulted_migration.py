"""Migration 0018: the articles that GED lists for an event are consulted, not quoted, in every claim that a load made."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
import pytest_asyncio
from alembic import command

from api.postgres import migrate

from ..conftest import Databases

pytestmark = pytest.mark.nightly  # By default, tests/postgres/test_upgrade.py runs every migration since 0012 over stored claims.

BEFORE = """
insert into source (key, id, title, kind, claims, search, root, added_in) values
  (1, 'ucdp-ged', 'GED', 'dataset', 1, '', 1, 1), (2, 'ucdp-article-a', 'A', 'article', 1, '', 2, 1), (3, 'ucdp-article-b', 'B', 'article', 1, '', 3, 1),
  (4, 'paper', 'Paper', 'article', 1, '', 4, 1);
insert into event (key, id, name, kind, name_claim, kind_claim, claims, search, added_in, packed_in) values
  (1, 'ucdp-ged-7', 'E', 'battle', 12, 12, 2, '', 2, 2), (2, 'raid', 'R', 'battle', 13, 13, 1, '', 1, 1);
insert into event_history (key, id, name, kind, name_claim, kind_claim, claims, search, added_in, removed_in, reason) values
  (1, 'ucdp-ged-7', 'E', 'battle', 11, 11, 2, '', 1, 2, 'resettled');
insert into event_claim (key, record, source, quoted_from, locator, rank, collection, name, kind, added_in) values
  (12, 1, 1, '{3}', 'id 7', 'normal', 'ucdp-ged', 'E', 'battle', 2),
  (13, 2, 4, '{2}', 'id 7', 'normal', 'ucdp-ged', 'R', 'battle', 1),
  (14, 1, 4, '{2}', 'page 1', 'normal', 'press', null, 'battle', 1);
insert into event_claim_history (key, record, source, quoted_from, locator, rank, collection, name, kind, added_in, removed_in, reason) values
  (11, 1, 1, '{2}', 'id 7', 'normal', 'ucdp-ged', 'E', 'battle', 1, 2, 'retracted');
insert into figure (key, id, event, measure, population, best, event_claim, measure_claim, population_claim, value_claim, claims, added_in) values
  (1, 'ucdp-ged-7-civilians', 1, 'killed', 'civilians', 3, 21, 21, 21, 21, 2, 1), (2, 'ucdp-ged-7-total', 1, 'killed', 'all', 9, 23, 23, 23, 23, 1, 1);
insert into figure_claim (key, record, source, quoted_from, locator, rank, collection, event, measure, population, best, added_in) values
  (21, 1, 4, '{}', null, 'normal', 'press', 1, 'killed', 'civilians', 3, 1),
  (22, 1, 1, '{3}', 'id 7', 'normal', 'ucdp-ged', 1, 'killed', 'civilians', 4, 1),
  (23, 2, 1, '{3}', 'id 7', 'normal', 'ucdp-ged', 1, 'killed', 'all', 9, 1);
insert into event_withheld (id, source, collection, quoted_from, locator, rank, added_in) values
  ('acled-SYR1', 'acled', 'acled', '{acled-source-x}', 'event SYR1', 'normal', 1);
"""


@pytest_asyncio.fixture(scope="module")
async def migrated(databases: Databases) -> str:
    owner = await asyncpg.connect(databases.url("postgres"))
    await owner.execute("create database before_consulted")
    await owner.close()
    url = databases.url("before_consulted")
    await asyncio.to_thread(command.upgrade, migrate._config(url), "0017")
    connection = await asyncpg.connect(url)
    await connection.execute(BEFORE)
    await connection.close()
    await asyncio.to_thread(command.upgrade, migrate._config(url), "0018")
    return url


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select key, consulted, quoted_from from event_claim order by key", [(11, [3], []), (13, None, [2]), (14, None, [2])]),
        ("select key, consulted, quoted_from, reason from event_claim_history", [(11, [2], [], "retracted")]),
        ("select key, name_claim from event union all select key, name_claim from event_history order by 1, 2", [(1, 11), (1, 11), (2, 13)]),
        ("select key, consulted, quoted_from, disaggregation from figure_claim order by key",
         [(21, None, [], None), (22, None, [], "ucdp-deaths"), (23, None, [], None)]),
        ("select key, disaggregation, disaggregation_claim, measure_claim from figure order by key", [(1, "ucdp-deaths", 22, 21), (2, None, None, 23)]),
        ("select (p).id, (p).disaggregation from event, unnest(packed_figures) p",
         [("ucdp-ged-7-civilians", "ucdp-deaths"), ("ucdp-ged-7-total", None)]),
        ("select id, consulted, quoted_from from event_withheld", [("acled-SYR1", ["acled-source-x"], [])]),
    ],
)  # fmt: skip
async def test_stored_claims_are_rewritten_in_place(migrated: str, query: str, expected: list[tuple[object, ...]]) -> None:
    connection = await asyncpg.connect(migrated)
    try:
        assert [tuple(row) for row in await connection.fetch(query)] == expected
    finally:
        await connection.close()
