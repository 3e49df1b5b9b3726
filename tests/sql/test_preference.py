"""Facts are settled by the rule, whatever came before, on every instance alike; and every state can be had again."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.loading.collections import load
from api.loading.verify import verify
from api.sql import columns
from api.sql.preference import RULE_SENTENCE
from schema.kinds import KINDS
from schema.model.claim import CLAIM_FIELDS
from schema.model.kind import Kind

from ..conftest import Databases, Instance, source

Claim = dict[str, Any]
World = dict[str, dict[str, list[Claim]]]  # By collection and kind.
Facts = dict[str, dict[str, dict[str, Any]]]  # By kind and id.

SOURCES = [f"s{n}" for n in range(5)]
RECORDS = [f"r{n}" for n in range(4)]
DAYS = st.none() | st.sampled_from(["2024-11-27", "2024-11-28", "2024-12-01"])
TEXTS = st.none() | st.sampled_from(["a", "B", "é", "10", "9", "ä\nb"])
NUMBERS = st.none() | st.integers(0, 3)

# What random claims may say of a record of each kind. The base gives each record what it must have.
SAYS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "source": {"publisher": TEXTS, "author": TEXTS, "language": st.none() | st.sampled_from(["en", "ar"]), "reliability": st.none() | st.sampled_from("ABF")},
    "actor": {"native_name": TEXTS, "aliases": st.none() | st.lists(st.sampled_from("xyz"), max_size=2), "active_from": DAYS},
    "location": {"name": TEXTS, "latitude": NUMBERS, "longitude": NUMBERS},
    "event": {"started_on": DAYS, "ended_on": DAYS, "date_precision": st.none() | st.integers(1, 2), "summary": TEXTS},
    "participation": {"remark": TEXTS, "role": st.none() | st.sampled_from(["side_a", "target"])},
    "figure": {
        "low": NUMBERS, "best": NUMBERS, "high": NUMBERS, "unit": st.none() | st.just("people"), "actor": st.none() | st.sampled_from(RECORDS),
        "period_start": DAYS, "period_end": DAYS, "origin": st.none() | st.sampled_from(["reported", "computed"]),
    },
}  # fmt: skip
MUST: dict[str, Claim] = {
    "source": {"title": "T", "kind": "post"}, "actor": {"name": "N", "kind": "unknown"}, "location": {"name": "N", "kind": "area"},
    "event": {"name": "N", "kind": "battle"}, "participation": {"event": "r0", "actor": "r0", "role": "agent"},
    "figure": {"event": "r0", "measure": "killed"},
}  # fmt: skip
ABOUT = {
    "source": st.sampled_from(SOURCES), "rank": st.sampled_from([None, None, "normal", "preferred", "deprecated"]),
    "credibility": st.none() | st.integers(1, 3), "attributed_to": TEXTS, "locator": TEXTS,
    "quoted_from": st.none() | st.lists(st.sampled_from(SOURCES), max_size=2, unique=True),
}  # fmt: skip


def identity(claim: Claim, collection: str) -> tuple[Any, ...]:
    return (claim["source"], tuple(claim.get("quoted_from") or ()), claim.get("attributed_to"), claim.get("locator"), collection)


def claims_about(kind: str) -> st.SearchStrategy[list[Claim]]:
    """Claims about records of a kind, each its own, and each with something to say."""
    claim = st.fixed_dictionaries({"id": st.sampled_from(SOURCES if kind == "source" else RECORDS), **ABOUT, **SAYS[kind]})
    said = claim.filter(lambda claim: any(claim[name] is not None for name in SAYS[kind]))
    return st.lists(said, max_size=8, unique_by=lambda claim: (claim["id"], *identity(claim, "")))


@st.composite
def bases(draw: st.DrawFn) -> dict[str, list[Claim]]:
    """What makes every record, and the weight and the relays of every source."""
    sources = []
    for n, id in enumerate(SOURCES):
        relays = draw(st.lists(st.sampled_from(SOURCES[:n]), max_size=2, unique=True)) if n else []
        sources.append(
            {"id": id, "reliability": draw(st.none() | st.sampled_from("ABCF")), "published_on": draw(DAYS), "relays": relays or None}
        )
    named: dict[str, list[Claim]] = {"source": sources, **{kind: [{"id": id} for id in RECORDS] for kind in KINDS if kind != "source"}}
    return {kind: [{**MUST[kind], **one, "source": "s0", "locator": "base"} for one in ones] for kind, ones in named.items()}


RANDOM = st.fixed_dictionaries({kind: claims_about(kind) for kind in KINDS})
WORLDS: st.SearchStrategy[World] = st.fixed_dictionaries({"base": bases(), "one": RANDOM, "two": RANDOM})
# A step from one world to the next is a small one, for what is not touched must be right as well.
Step = tuple[str, str, list[Claim], int]
PARTS = [st.tuples(st.sampled_from(["one", "two"]), st.just(kind), claims_about(kind), st.integers(0, 2**32)) for kind in KINDS]
BASE = st.tuples(st.just("base"), st.just("source"), bases().map(lambda base: base["source"]), st.integers(0, 2**32))
STEPS = st.lists(st.one_of(BASE, *PARTS), min_size=3, max_size=5)


def step(stands: World, at: str, kind: str, others: list[Claim], seed: int) -> World:
    """A world in which one collection says something else about one kind: claims that say other things, are gone, or are new."""
    random = Random(seed)
    claims = {(claim["id"], *identity(claim, at)): claim for claim in stands[at][kind]}
    given = [*SAYS[kind], "rank", "credibility"] if at != "base" else ["reliability", "published_on", "relays"]
    for other in others:
        same = (other["id"], *identity(other, at))
        if at == "base":
            if random.random() < 0.3:
                claims[same] = {**claims[same], **{name: other[name] for name in given}}
        elif random.random() < 0.5 and claims:
            changed = random.choice(list(claims))
            claims[changed] = {**claims[changed], **{name: other[name] for name in given}}
        else:
            claims[same] = other
    gone = {one for one in claims if at != "base" and random.random() < 0.2}
    return {**stands, at: {**stands[at], kind: [claim for one, claim in claims.items() if one not in gone]}}


def write(folder: Path, world: World) -> None:
    for collection, kinds in world.items():
        (folder / collection).mkdir(exist_ok=True)
        for kind, claims in kinds.items():
            text = "".join(json.dumps(claim) + "\n" for claim in claims)
            (folder / collection / f"{KINDS[kind].plural}.ndjson").write_text(text)


def preference(claim: Claim, collection: str, sources: dict[str, dict[str, Any]] | None) -> list[Any]:
    """api.sql.preference.RULE_SENTENCE, word by word; the least is the best."""

    def none_last(value: Any) -> tuple[bool, Any]:
        return (value is None, value)

    def none_first(value: Any) -> tuple[bool, Any]:
        return (value is not None, value)

    order: list[Any] = [claim.get("rank") != "preferred"]  # preferred rank first
    if sources is not None:  # Claims about sources are not weighed by reliability or date
        order.append(none_last(sources[claim["source"]]["reliability"]))  # then the more reliable source
    order.append(none_last(claim.get("credibility")))  # then the more credible claim
    if sources is not None:
        day = sources[claim["source"]]["published_on"]  # then the later publication
        order.append(none_last(day and -int(day.replace("-", ""))))
    order.append(claim["source"])  # then in alphabetical order the source's id
    order.append(none_first(tuple(claim.get("quoted_from") or ()) or None))  # the ids of those it is quoted from
    order.append(none_first(claim.get("attributed_to")))  # the credited voice
    order.append(none_first(claim.get("locator")))  # the locator
    order.append(collection)  # and the collection; none before any
    return order


def settled_by_hand(world: World) -> Facts:
    facts: Facts = {}
    for kind in KINDS.settling_order:
        all: dict[str, list[tuple[Claim, str]]] = {}
        for collection, kinds in world.items():
            for claim in kinds[kind.name]:
                all.setdefault(claim["id"], []).append((claim, collection))
        weights = None if kind.name == "source" else facts["source"]
        facts[kind.name] = {id: _settled_by_hand(kind, claims, weights) for id, claims in all.items()}
    return facts


def _settled_by_hand(kind: Kind, claims: list[tuple[Claim, str]], weights: dict[str, dict[str, Any]] | None) -> dict[str, Any]:
    fact: dict[str, Any] = {"claims": len(claims)}
    for group, fields in kind.groups.items():
        # For each group of fields, among the live claims that give any of them a value and are not deprecated
        usable = [(c, at) for c, at in claims if c.get("rank") != "deprecated" and any(c.get(f.name) is not None for f in fields)]
        best = min(usable, key=lambda found: preference(found[0], found[1], weights)) if usable else None
        fact[f"{group}_claim"] = identity(*best) if best else None
        for field in fields:
            fact[field.name] = best[0].get(field.name) if best else None
    return fact


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
        while len(sources[root]["relays"] or ()) == 1:
            root = sources[root]["relays"][0]
        assert row["root"] == root


def test_the_rule_says_what_the_interpreter_of_it_does() -> None:
    """Whoever changes the sentence reads here what has to change with it: `preference` above, and RULE's version."""
    assert RULE_SENTENCE == (
        "For each group of fields, among the live claims that give any of them a value and are not deprecated: preferred rank first, "
        "then the more reliable source, then the more credible claim, then the later publication, then in alphabetical order the source's "
        "id, the ids of those it is quoted from, the credited voice, the locator and the collection; none before any. Claims about sources "
        "are not weighed by reliability or date, which they settle."
    )


# Examples that fail are not made smaller: each try is a load, and there would be hundreds.
FEW = settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck), phases=[Phase.reuse, Phase.generate])


async def test_facts_are_settled_by_the_rule_whatever_was_there_before(store: Instance) -> None:
    """Every example is loaded over the one before."""

    @FEW
    @given(world=WORLDS)
    async def settled(world: World) -> None:
        write(store.folder, world)
        await load(KINDS, store.url, store.folder)
        found = await settled_by_us(store)
        assert_settled(found, world)
        assert_roots(found)

    await _run(settled)


async def _run(test: Any) -> None:
    """A property whose examples share what the test around it has set up."""
    inner, loop = test.hypothesis.inner_test, asyncio.get_running_loop()

    def wait(*args: Any, **kwargs: Any) -> None:
        asyncio.run_coroutine_threadsafe(inner(*args, **kwargs), loop).result()

    test.hypothesis.inner_test = wait
    await asyncio.to_thread(test)


async def test_a_database_that_grew_has_the_facts_of_one_loaded_afresh(databases: Databases, tmp_path: Path) -> None:
    """Random loads, of all collections or of some; then what stands in the end, loaded into an empty database."""

    @settings(FEW, max_examples=3)
    @given(stands=WORLDS, steps=STEPS)
    async def same(stands: World, steps: list[Step]) -> None:
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        grown = Instance(databases, await databases.fresh(), tmp_path)
        write(tmp_path, stands)
        await load(KINDS, grown.url, tmp_path)
        for number, part in enumerate(steps):
            stands = step(stands, *part)
            write(tmp_path, stands)
            await load(KINDS, grown.url, tmp_path / part[0] if number % 2 else tmp_path)
        fresh = Instance(databases, await databases.fresh(), tmp_path)
        await load(KINDS, fresh.url, tmp_path)
        assert await settled_by_us(grown) == await settled_by_us(fresh)
        assert_settled(await settled_by_us(fresh), stands)
        async for proof in verify(KINDS, grown.url):
            assert proof.contradictions == [], proof.name

    await _run(same)


async def test_every_state_that_ever_was_can_be_had_again_byte_for_byte(databases: Databases, tmp_path: Path) -> None:
    """What REST said after each of many loads, with all its proof, is what it says in the end of that revision."""
    addresses = [f"/v1/{kind.plural}?limit=1000&provenance=*" for kind in KINDS.values()] + [
        f"/v1/{kind.plural}.csv?limit=1000" for kind in KINDS.values()
    ]

    async def said(instance: Instance, revision: int | None = None) -> dict[str, str]:
        asked = {address: f"{address}&revision={revision}" if revision else address for address in addresses}
        return {address: (await instance.client.get(one)).raise_for_status().text for address, one in asked.items()}

    @settings(FEW, max_examples=2)
    @given(stands=WORLDS, steps=STEPS)
    async def again(stands: World, steps: list[Step]) -> None:
        instance = Instance(databases, await databases.fresh(), tmp_path)
        async with instance.app.router.lifespan_context(instance.app), instance.client:
            remembered: dict[int, dict[str, str]] = {}
            for part in [None, *steps]:
                stands = step(stands, *part) if part else stands
                write(tmp_path, stands)
                revision = (await load(KINDS, instance.url, tmp_path)).revision
                if revision:
                    remembered[revision] = await said(instance)
            for revision, texts in remembered.items():
                assert await said(instance, revision) == texts

    await _run(again)


async def test_rivals_in_different_columns_of_a_group_are_disputed(instance: Instance) -> None:
    """One source counts exactly, another gives a bound: neither gives what the other gives, and yet they contradict each other."""
    text = (
        source("a")
        + "claims:\n  events:\n    - {id: e, name: E, kind: battle}\n  figures:\n    - {id: f, event: e, measure: killed, best: 100, unit: people}\n"
    )
    other = source("b") + "claims:\n  figures:\n    - {id: f, low: 500, quantifier: more_than, unit: people}\n"
    await instance.load(a=text, b=other)
    proof = (await instance.get("/v1/figures/f"))["data"]["provenance"]
    assert proof["best"]["disputed"] and proof["low"]["disputed"] and proof["unit"]["disputed"] and not proof["measure"]["disputed"]
    assert proof["unit"]["origins"] == 1 and proof["best"]["origins"] == 1 and proof["low"]["origins"] == 0
