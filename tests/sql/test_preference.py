"""Facts are settled by the rule, whatever was loaded before, on every instance alike; and every earlier state can be queried."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given

from api.loading.collections import load
from api.loading.verify import verify
from api.sql.preference import RULE_SENTENCE
from schema.kinds import KINDS
from schema.model.claim import CLAIM_FIELDS
from schema.storage import columns

from ..conftest import Databases, Instance, source
from ..support.evidence import unfolded
from ..support.expected_preference import Facts, World, identity, settled_by_hand
from ..support.properties import examples_that_load, run_property
from ..support.random_claims import STEPS, WORLDS, Step, changed_world, write_world


async def settled_by_us(store: Instance) -> Facts:
    """What the database has, with ids for keys, and a claim's identity for its key; without numbers of revisions."""
    connection = await asyncpg.connect(store.url)
    try:
        held = [name for kind in KINDS.values() for name in columns.packed_names(kind)]  # Proved by tests of their own.
        tables = {
            t: await connection.fetch(f"select (to_jsonb(t) - $1::text[])::text from {t} t", held)
            for kind in KINDS for t in (kind, f"{kind}_claim")
        }  # fmt: skip
    finally:
        await connection.close()
    rows = {table: {row["key"]: row for row in (json.loads(one[0]) for one in found)} for table, found in tables.items()}
    ids = {kind: {key: row["id"] for key, row in rows[kind].items()} for kind in KINDS}
    for kind in KINDS.values():
        about = {name: field for name, field in CLAIM_FIELDS.items() if field.type.ref}
        for row in rows[f"{kind.name}_claim"].values():
            row["source"] = ids["source"][row["source"]]
            row["id"] = ids[kind.name][row.pop("record")]
        for row in (*rows[kind.name].values(), *rows[f"{kind.name}_claim"].values()):
            for name, field in {**kind.fields, **about}.items():
                if field.type.ref and row.get(name) is not None:
                    to = ids[field.type.ref]
                    row[name] = [to[key] for key in row[name]] if field.type.many else to[row[name]]
    for kind in KINDS.values():
        claims = rows[f"{kind.name}_claim"]
        for row in rows[kind.name].values():
            for group in kind.groups:
                chosen = claims.get(row[f"{group}_claim"])
                row[f"{group}_claim"] = identity(chosen, chosen["collection"]) if chosen else None
            if kind.root:
                row["root"] = ids[kind.name][row["root"]]
            del row["key"], row["added_in"]
    return {kind: {row.pop("id"): row for row in rows[kind].values()} for kind in KINDS}


def assert_settled(found: Facts, world: World) -> None:
    by_hand = settled_by_hand(world)
    assert {kind: set(ones) for kind, ones in found.items()} == {kind: set(ones) for kind, ones in by_hand.items()}
    for kind, ones in by_hand.items():
        for id, fact in ones.items():
            assert {name: found[kind][id][name] for name in fact} == fact, (kind, id)


def assert_roots(found: Facts) -> None:
    sources = found["source"]
    for id, row in sources.items():
        root = id
        while sources[root]["revises"] or len(sources[root]["relays"] or ()) == 1:
            root = sources[root]["revises"] or sources[root]["relays"][0]
        assert row["root"] == root


def test_the_published_rule_is_the_one_the_tests_compute() -> None:
    """If you change what the sentence means, also change `preference` in tests/support/expected_preference.py, and the version in RULE."""
    assert RULE_SENTENCE == (
        "It considers live claims that are not deprecated. What a figure or a participation is comes from one claim: the first that "
        "gives every required field of that sort. Then the claims are taken in order, that one first, and a claim that contradicts an "
        "earlier one in what the record is, is left out; of claims about other records, only those that give every required field are "
        "compared. Each group of fields comes from the first remaining claim that gives one of them a value; a claim that only qualifies "
        "a value, by a unit or a precision, comes after those that give one, and `origin` and `disaggregation` come from the claim that gives the number. A "
        "claim is passed over if a claim of a source that revises its source gives the same, unless only the former is of preferred rank. "
        "A claim of preferred rank comes first, then the more reliable source, then the more credible claim, then the later publication. "
        "Ties are broken in alphabetical order by the source's id, the ids of the sources it is quoted from, the party it is attributed "
        "to, the locator and the collection; a claim without one of these comes before a claim with one. Reliability, date and "
        "revisions are ignored for claims about sources, because such claims settle them."
    )


@pytest.mark.nightly
async def test_facts_are_settled_by_the_rule_whatever_was_there_before(store: Instance) -> None:
    """Every example is loaded over the one before."""

    @examples_that_load(2, 40)
    @given(world=WORLDS)
    async def settled(world: World) -> None:
        write_world(store.folder, world)
        await load(KINDS, store.url, store.folder)
        found = await settled_by_us(store)
        assert_settled(found, world)
        assert_roots(found)

    await run_property(settled)


async def test_a_database_that_grew_has_the_facts_of_one_loaded_afresh(databases: Databases, tmp_path: Path) -> None:
    """Random loads of all collections or of some; then the final collections, loaded into an empty database."""

    @examples_that_load(1, 12)
    @given(stands=WORLDS, steps=STEPS)
    async def same(stands: World, steps: list[Step]) -> None:
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        grown = Instance(databases, await databases.fresh(), tmp_path)
        write_world(tmp_path, stands)
        await load(KINDS, grown.url, tmp_path)
        for number, part in enumerate(steps):
            stands = changed_world(stands, *part)
            write_world(tmp_path, stands)
            await load(KINDS, grown.url, tmp_path / part[0] if number % 2 else tmp_path)
        fresh = Instance(databases, await databases.fresh(), tmp_path)
        await load(KINDS, fresh.url, tmp_path)
        found = await settled_by_us(fresh)
        assert await settled_by_us(grown) == found
        assert_settled(found, stands)
        assert_roots(found)
        async for proof in verify(KINDS, grown.url):
            assert proof.contradictions == [], proof.name

    await run_property(same)


@pytest.mark.nightly
async def test_every_earlier_revision_is_answered_byte_for_byte_as_it_was(databases: Databases, tmp_path: Path) -> None:
    """The answers of REST after each of many loads, with all provenance, are its answers for that revision at the end."""
    addresses = [f"/v1/{kind.plural}?limit=1000&provenance=*" for kind in KINDS.values()] + [
        f"/v1/{kind.plural}.csv?limit=1000" for kind in KINDS.values()
    ]

    async def said(instance: Instance, revision: int | None = None) -> dict[str, str]:
        asked = {address: f"{address}&revision={revision}" if revision else address for address in addresses}
        texts = {address: (await instance.client.get(one)).raise_for_status().text for address, one in asked.items()}
        return {
            address: text.replace(f'@{revision}"', '"') for address, text in texts.items()
        }  # Global ids name a revision that is requested.

    @examples_that_load(1, 10)
    @given(stands=WORLDS, steps=STEPS)
    async def again(stands: World, steps: list[Step]) -> None:
        instance = Instance(databases, await databases.fresh(), tmp_path)
        async with instance.app.router.lifespan_context(instance.app), instance.client:
            remembered: dict[int, dict[str, str]] = {}
            for part in [None, *steps]:
                stands = changed_world(stands, *part) if part else stands
                write_world(tmp_path, stands)
                revision = (await load(KINDS, instance.url, tmp_path)).revision
                if revision:
                    remembered[revision] = await said(instance)
            for revision, texts in remembered.items():
                assert await said(instance, revision) == texts

    await run_property(again)


async def test_rivals_in_different_columns_of_a_group_are_disputed(instance: Instance) -> None:
    """One source gives a count and another a bound: they give no field in common, and still contradict each other."""
    text = (
        source("a")
        + "claims:\n  events:\n    - {id: e, name: E, kind: battle}\n  figures:\n    - {id: f, event: e, measure: killed, best: 100, unit: people}\n"
    )
    other = source("b") + "claims:\n  figures:\n    - {id: f, low: 500, quantifier: more_than, unit: people}\n"
    await instance.load(a=text, b=other)
    proof = unfolded((await instance.get("/v1/figures/f"))["data"])
    assert proof["best"]["disputed"] and proof["low"]["disputed"] and not proof["unit"]["disputed"] and not proof["measure"]["disputed"]
    assert proof["unit"]["origins"] == 1 and proof["best"]["origins"] == 1 and proof["low"]["origins"] == 0
