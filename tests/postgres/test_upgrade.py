"""A database that an earlier program filled: its migrations, the upgrade to the newest rule, and its past, which stays as it was."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from alembic import command

from api.loading.collections import load
from api.loading.receipts import Receipt
from api.loading.upgrade import upgrade
from api.loading.verify import verify
from api.postgres import migrate
from api.sql.preference import RULE
from schema.kinds import KINDS

from ..conftest import Databases, Instance, source

PAST = """
select id, best, low, measure, population, unit, added_in from figure where added_in < $1
union all select id, best, low, measure, population, unit, added_in from figure_history where added_in < $1 order by 1, 7
"""
DATA = Path(__file__).parents[1] / "data"
# Written by the program of migration 0012: loads, a correction, its undo, a better rating, then a source that was withheld after it had
# been shown, a retraction; and claims that no load accepts any more. The digests are those of its responses for each revision.
FILLED, ANSWERS = DATA / "filled_0012.sql", json.loads((DATA / "answers_0012.json").read_text())


@pytest_asyncio.fixture(scope="module")
async def upgraded(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Receipt]:
    """The name of the filled database, migrated from 0012 and upgraded, to be copied; and the receipt of the upgrade."""
    name = "filled"
    owner = await asyncpg.connect(databases.url("postgres"))
    await owner.execute(f"create database {name}")
    await owner.close()
    instance = Instance(databases, name, tmp_path_factory.mktemp("filled"))
    await asyncio.to_thread(command.upgrade, migrate._config(instance.url), "0012")
    connection = await asyncpg.connect(instance.url)
    async with connection.transaction():
        await connection.execute(FILLED.read_text())
    await connection.close()
    await asyncio.to_thread(migrate.migrate, instance.url)
    receipt = await upgrade(KINDS, instance.url)
    assert receipt is not None
    return name, receipt


@pytest_asyncio.fixture
async def filled(databases: Databases, upgraded: tuple[str, Receipt], tmp_path: Path) -> AsyncIterator[Instance]:
    yield Instance(databases, name := await databases.fresh(upgraded[0]), tmp_path)
    await databases.drop(name)


async def test_an_upgraded_database_is_sound_and_its_past_is_answered_as_before(filled: Instance, upgraded: tuple[str, Receipt]) -> None:
    assert upgraded[1].revision == len(ANSWERS["answers"]) + 1
    assert await upgrade(KINDS, filled.url) is None
    assert [row[:] for row in await filled.rows("select id, kind, rule from revision order by id desc limit 2")] == [
        (9, "upgrade", RULE), (8, "retraction", "preference/1"),
    ]  # fmt: skip
    assert {row[0] for row in await filled.rows("select reason from figure_history where removed_in = 9")} == {"method_changed"}
    async for proof in verify(KINDS, filled.url):
        assert proof.contradictions == [], proof.name
    now = {row["id"]: row[1:] for row in await filled.rows("select id, measure, population, best, low, high, unit from figure")}
    assert now["copied"] == ("displaced", None, None, 20000, None, "people")  # One claim, and no civilians of the other.
    assert now["hidden-number"] == ("injured", "civilians", 7, None, None, "people")
    async with filled.app.router.lifespan_context(filled.app), filled.client:
        for revision, digests in ANSWERS["answers"].items():
            for plural, digest in digests.items():
                query = ANSWERS["queries"][plural].replace("$REVISION", revision)
                response = await filled.client.post("/graphql", json={"query": query})
                assert hashlib.sha256(response.text.encode()).hexdigest() == digest, (revision, plural, response.text[:300])


async def test_what_is_withheld_after_an_upgrade_changes_no_other_answer_for_the_past(filled: Instance) -> None:
    """The past of its records is settled again, each revision by the rule of its time."""
    before = await filled.rows(PAST, 9)
    filled.write(
        "south/a.yaml",
        "source: {id: terms, title: Terms, kind: statement}\nclaims:\n  sources:\n    - {id: extra-wire, title: X, kind: post}\n",
    )
    filled.write("south/sources.csv", "id,source,redistributable\nsouth-wire,terms,false\n")
    await load(KINDS, filled.url, filled.folder / "south")
    async for proof in verify(KINDS, filled.url):
        assert proof.contradictions == [], proof.name
    alone = {row["id"] for row in before} - {"copied", "plain", "hidden-number"}
    assert [row for row in await filled.rows(PAST, 9) if row["id"] in alone] == [row for row in before if row["id"] in alone]
    copied = await filled.rows(
        "select low, event, measure, population from figure_history where id = 'copied' and added_in < 9 order by added_in"
    )
    assert next((row["measure"], row["population"]) for row in copied) == ("displaced", "civilians")  # As `preference/1` mixed them.


async def test_a_fresh_database_has_no_upgrade(store: Instance) -> None:
    assert await upgrade(KINDS, store.url) is None
    assert await store.rows("select from revision") == []


OLD = """
source: {id: old, title: An old list, kind: dataset}
claims:
  sources:
    - {id: rival, title: A rival, kind: dataset, locator: rival}
  events:
    - {id: fight, name: A fight, kind: battle}
  figures:
    - {id: alone, event: fight, measure: killed, best: '-99', low: 3, unit: people}
    - {id: two, event: fight, measure: injured, best: '2.5', unit: people, rank: preferred}
    - {id: area, event: fight, measure: area_captured, best: '2.5', unit: square_kilometres}
"""
RIVAL = "id,source,event,measure,best,unit\ntwo,rival,fight,injured,4,people\n"
SECRET = """
source: {id: secret, title: A list that may not be passed on, kind: dataset, redistributable: 'false'}
claims:
  figures:
    - {id: hidden, event: fight, measure: killed, best: '-2', unit: people, original: '{"best": "minus two"}'}
"""


async def test_stored_numbers_that_nothing_can_have_become_unknown_and_flagged(store: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier program accepted them: public, beside a rival, and withheld."""
    for name, text in {"old/a.yaml": OLD, "old/figures.csv": RIVAL, "closed/a.yaml": SECRET}.items():
        store.write(name, text)
    with monkeypatch.context() as earlier:
        earlier.setattr(KINDS["figure"], "quantities", None)
        for collection in ("old", "closed"):
            await load(KINDS, store.url, store.folder / collection)
    shown = "select id, low, best, unit from figure order by id"
    assert (await store.rows(shown))[0]["best"] == -99
    receipt = await upgrade(KINDS, store.url)
    assert receipt is not None and (receipt.flags, receipt.claims["figure"]["changed"]) == ({"impossible_value": 3}, 2)
    assert receipt.flag_messages[0] == "figure alone, best -99: unknown now, and kept in `original` (impossible_value)"
    assert await upgrade(KINDS, store.url) is None
    assert [row[:] for row in await store.rows(shown)] == [
        ("alone", 3, None, "people"), ("area", None, Decimal("2.5"), "square_kilometres"), ("two", None, 4, "people"),
    ]  # fmt: skip
    withheld = await store.rows("select best, original::text, removed_in is null from figure_withheld order by key")
    assert [row[:] for row in withheld] == [(-2, '{"best": "minus two"}', False), (None, '{"best": "minus two"}', True)]
    originals = await store.rows("select original::text from figure_claim where original is not null order by key")
    assert [row[0] for row in originals] == ['{"best": -99}', '{"best": 2.5}']
    async for proof in verify(KINDS, store.url):
        assert proof.contradictions == [], proof.name


async def test_sums_that_a_migration_deleted_are_stored_again_for_every_revision(instance: Instance) -> None:
    """A place moves, changes its type and leaves its country, and figures come and go: the sums are stored as loads stored them."""
    document = source() + (
        "claims:\n  locations:\n    - {{id: province, name: A province, kind: admin1, country: SYR}}\n"
        "    - {{id: town, name: A town, kind: {kind}, country: {country}{above}}}\n"
        "  events:\n    - {{id: clash, name: A clash, kind: battle, started_on: 2024-12-01}}\n"
        "  figures:\n    - {{id: in-province, location: province, {killed}, best: 100, quantifier: exact}}\n"
        "    - {{id: in-town, location: town, {killed}, best: 60, quantifier: exact}}\n"
    )
    killed = "event: clash, measure: killed, population: all, unit: people, basis: flow"
    seen = []
    for kind, country, above in (
        ("settlement", "SYR", ""), ("settlement", "SYR", ", part_of: province"), ("settlement", "IRQ", ""), ("admin1", "SYR", ""), ("area", "SYR", ""),
    ):  # fmt: skip
        await instance.load(paper=document.format(kind=kind, country=country, above=above, killed=killed))
        (row,) = (await instance.get("/v1/figures/totals?event=clash"))["data"]
        seen.append((row["low"], row["best"], row["high"], row["overlap_unknown"]))
    assert seen == [(100, 100, 160, 1), (100, 100, 100, 0), (160, 160, 160, 0), (160, 160, 160, 0), (100, 100, 160, 1)]
    stored = "select s::text from figure_sum s order by 1"
    before = await instance.rows(stored)
    await instance.rows("delete from figure_sum")
    assert await migrate.lacks_sums(instance.url)
    assert await upgrade(KINDS, instance.url) is None
    assert await instance.rows(stored) == before and not await migrate.lacks_sums(instance.url)
    async for proof in verify(KINDS, instance.url):
        assert proof.contradictions == [], proof.name
