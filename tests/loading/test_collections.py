"""A load is all or nothing, one revision, and touches only what differs."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from api.errors import LoadRefused
from api.loading.change import TOOL, Change
from api.loading.collections import load
from api.loading.receipts import Receipt
from api.sql import preference
from schema.kinds import KINDS
from schema.model.claim import CLAIM_FIELDS
from schema.model.field import Field
from schema.storage import columns

from ..conftest import ROOT, Instance, source
from ..support.properties import NIGHTLY, cases
from ..support.small_world import TABLES, WORLD, Claims, document, rows_gone, stored_record, table_image, world_with


async def revisions(store: Instance) -> list[int]:
    return [row["id"] for row in await store.rows("select id from revision order by id")]


@asynccontextmanager
async def held_up(store: Instance) -> AsyncIterator[None]:
    """Loads get as far as recording their revision, and wait there; readers do not."""
    connection = await asyncpg.connect(store.url)
    try:
        async with connection.transaction():
            await connection.execute("lock table revision in exclusive mode")
            yield
    finally:
        await connection.close()


async def waiting(store: Instance, what: str, count: int = 1) -> list[int]:
    """The backends that wait for a lock: `relation` midway, `advisory` at the beginning of a load."""
    statement = "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and wait_event = $1"
    for _ in range(6000):
        found = [row["pid"] for row in await store.rows(statement, what)]
        if len(found) >= count:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"nobody waits for {what}")


async def test_the_same_folder_again_makes_no_revision_and_touches_no_row(world: Instance) -> None:
    before = await table_image(world)
    assert all(before[table] for table in TABLES if not table.endswith("history"))
    second = await world.load()
    assert second.revision is None
    assert list(second.lines())[-1] == "nothing changed; no new revision"
    assert {kind: counts["unchanged"] for kind, counts in second.claims.items()} == {kind: len(before[f"{kind}_claim"]) for kind in KINDS}
    assert await table_image(world) == before


def other(field: Field, value: str) -> str:
    """Another good value."""
    if field.type.vocabulary:
        return next(code for code in field.type.vocabulary.codes if code != value)
    return f"{value} too"


async def test_the_first_and_the_last_date_are_stored_exactly(instance: Instance) -> None:
    """asyncpg by itself stores them as infinity, which no export can be loaded from, and which has no year."""
    figure = (
        "{id: f, event: e, measure: killed, low: 1, best: 1, unit: people, basis: flow, period_start: 0001-01-01, period_end: 9999-12-31}"
    )
    event = "{id: e, name: E, kind: battle, country: SYR, started_on: 9999-12-31}"
    await instance.load(a_yaml=source("paper", published_on="9999-12-31") + f"claims:\n  events: [{event}]\n  figures: [{figure}]\n")
    answer = await instance.get("/v1/figures/f?fields=period_start,period_end")
    assert (answer["data"]["period_start"], answer["data"]["period_end"]) == ("0001-01-01", "9999-12-31")
    assert (await instance.get("/v1/sources/paper"))["data"]["published_on"] == "9999-12-31"
    (row,) = (await instance.get("/v1/figures/totals?by=year"))["data"]
    assert (row["year"], row["best"]) == (1, 1)


@pytest.mark.parametrize("names", cases(["all", *KINDS], ["all"]))
async def test_changed_values_are_one_revision_and_their_rows_alone_move(world: Instance, names: str) -> None:
    """One of each kind, all at once; or of one kind alone."""
    kinds = [*KINDS.values()] if names == "all" else [KINDS[names]]
    claims = {kind: WORLD[kind.plural][-1] for kind in kinds}
    fields = {
        kind: next(
            kind.fields[name] for name in claim if name in kind.fields and not kind.fields[name].type.ref and kind.fields[name].required
        )
        for kind, claim in claims.items()
    }
    values = {kind: other(field, claims[kind][field.name]) for kind, field in fields.items()}
    before, old = await table_image(world), {kind: await stored_record(world, kind.name, claims[kind]["id"]) for kind in kinds}

    changed = {claims[kind]["id"]: {fields[kind].name: value} for kind, value in values.items()}
    receipt = await world.load(paper=document("paper", world_with(**changed)))
    assert receipt.revision == 2
    assert {name: counts for name, counts in receipt.claims.items() if counts["changed"]} == {
        kind.name: {"added": 0, "changed": 1, "retracted": 0, "unchanged": len(before[f"{kind.name}_claim"]) - 1} for kind in kinds
    }
    after = await table_image(world)
    moved = rows_gone(before, after)
    tables = [f"{kind.name}{ending}" for kind in kinds for ending in ("", "_claim")]
    assert {table: len(rows) for table, rows in moved.items()} == dict.fromkeys(tables, 1)
    assert {table: len(rows) for table, rows in rows_gone(after, before).items()} == dict.fromkeys(
        [*tables, *(f"{table}_history" for table in tables), "revision"], 1
    )
    for kind, row in old.items():
        new = await stored_record(world, kind.name, claims[kind]["id"])
        assert row is not None and new is not None
        follow = ["search", *(columns.packed_names(kind) if names == "all" else ())]  # The copies of linked records, which changed too.
        assert new == {**row, fields[kind].name: values[kind], "added_in": 2, **{name: new[name] for name in follow if name in new}}
        for table, reason in ((kind.name, "resettled"), (f"{kind.name}_claim", "source_revised")):
            assert list(after[f"{table}_history"].values()) == [{**moved[table][0], "removed_in": 2, "reason": reason}]


@pytest.mark.parametrize("gradually", [False, pytest.param(True, marks=pytest.mark.nightly)], ids=["at once", "gradually"])
async def test_a_removed_record_stays_in_history_and_returns_under_its_key(store: Instance, gradually: bool) -> None:
    """Nothing refers to the record `extra` of each kind; two claims make it, which go together or one after the other."""

    def claims(*locators: str) -> Claims:
        return {plural: [*all, *({**all[-1], "id": "extra", "locator": one} for one in locators)] for plural, all in WORLD.items()}

    async def extras() -> dict[str, dict[str, Any] | None]:
        return {kind: await stored_record(store, kind, "extra") for kind in KINDS}

    await store.load(paper=document("paper", claims("p. 2", "p. 3")))
    born, records, said = await extras(), [(1, 2, "withheld")], [(1, 2, "withheld")] * 2
    if gradually:
        await store.load(paper=document("paper", claims("p. 2")))
        assert await extras() == {kind: {**(row or {}), "claims": 1, "added_in": 2} for kind, row in born.items()}
        records, said = [(1, 2, "resettled"), (2, 3, "withheld")], [(1, 2, "retracted"), (1, 3, "withheld")]

    receipt = await load(KINDS, store.url, store.write("paper.yaml", document("paper", WORLD)).parent, Change(reason="withheld"))
    assert (receipt.revision, {kind: counts["removed"] for kind, counts in receipt.records.items()}) == (
        records[-1][1],
        dict.fromkeys(KINDS, 1),
    )
    assert await extras() == dict.fromkeys(KINDS)
    for kind, row in born.items():
        key = (row or {})["key"]
        assert await store.rows(f"select added_in, removed_in, reason from {kind}_history where key = $1 order by 1", key) == records
        history = await store.rows(f"select added_in, removed_in, reason from {kind}_claim_history where record = $1 order by 2", key)
        assert history == said

    receipt = await store.load(paper=document("paper", claims("p. 3")))
    back = await extras()
    for kind, row in born.items():
        chosen = {name: value for name, value in (back[kind] or {}).items() if name.endswith("_claim")}
        assert back[kind] == {**(row or {}), **chosen, "claims": 1, "added_in": receipt.revision}


REFERENCES = [
    *((kind, one, one.type.ref or "") for kind in KINDS.values() for one in kind.fields.values() if one.type.ref),
    *((KINDS["event"], one, "source") for one in CLAIM_FIELDS.values() if one.type.ref),
]


async def test_a_record_that_is_still_referred_to_cannot_be_removed(store: Instance) -> None:
    """By any field, from another collection; the referrer is named, and nothing is written."""
    targets, referrers = copy.deepcopy(WORLD), Claims()
    for number, (kind, field, target) in enumerate(REFERENCES):
        plural = KINDS[target].plural
        targets[plural].append({**WORLD[plural][0], "id": f"target{number}", "locator": f"row {number}"})
        referrer = {**WORLD[kind.plural][0], "id": f"referrer{number}", "locator": f"row {number}"}
        referrer[field.name] = [f"target{number}"] if field.type.many else f"target{number}"
        referrers.setdefault(kind.plural, []).append(referrer)
    store.write("one/paper.yaml", document("paper", targets))
    store.write("two/rivals.yaml", document("rivals", referrers))
    await load(KINDS, store.url, store.folder)
    before = await table_image(store)

    async def refused(kept: Claims) -> list[str]:
        store.write("one/paper.yaml", document("paper", kept))
        with pytest.raises(LoadRefused) as refusal:
            await load(KINDS, store.url, store.folder / "one")
        return str(refusal.value).splitlines()

    problems = [
        f"{target} target{number}: no claim describes it any more, but a claim about {kind.name} referrer{number} still refers to it in "
        f"{field.name}; retract or correct that claim too"
        for number, (kind, field, target) in enumerate(REFERENCES)
    ]
    assert sorted((await refused(WORLD))[:-1]) == sorted(problems)
    number = len(REFERENCES) - 1  # One alone, too.
    kept = {plural: [claim for claim in claims if claim["id"] != f"target{number}"] for plural, claims in targets.items()}
    assert await refused(kept) == [problems[number], "load refused; nothing was written"]
    assert await table_image(store) == before


async def test_a_source_with_live_claims_cannot_be_removed(store: Instance) -> None:
    store.write("one/described.yaml", document("other", {"sources": [{"id": "paper", "title": "Paper", "kind": "article"}]}))
    store.write("two/events.csv", "id,source,name,kind\nbattle,paper,A battle,battle\n")
    await load(KINDS, store.url, store.folder)
    before = await table_image(store)
    store.write("one/described.yaml", document("other"))
    with pytest.raises(
        LoadRefused, match="source paper: no claim describes it any more, but a claim about event battle still refers to it in source"
    ):
        await load(KINDS, store.url, store.folder / "one")
    assert await table_image(store) == before


async def test_a_new_claim_that_refers_to_a_record_removed_by_the_same_load_is_refused(world: Instance) -> None:
    with pytest.raises(
        LoadRefused, match="location syria: no claim describes it any more, but a claim about location aleppo still refers to it in part_of"
    ):
        await world.load(paper=document("paper", world_with(syria=None)))
    with pytest.raises(
        LoadRefused, match="actor army: no claim describes it any more, but a claim about participation new still refers to it in actor"
    ):
        made = world_with(army=None, brigade={"part_of": None})
        made["participations"].append({"id": "new", "event": "battle", "actor": "army", "role": "target"})
        await world.load(paper=document("paper", made))
    assert await revisions(world) == [1]


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("plural", "field", "via"), [("events", "part_of", "b"), ("sources", "relays", ["b"]), ("sources", "relays", ["b", "office"])]
)
async def test_a_cycle_across_two_collections_is_refused(store: Instance, plural: str, field: str, via: object) -> None:
    def write(links: dict[str, object]) -> None:
        for name in ("a", "b"):
            record = {**WORLD[plural][0], "id": name, **({field: links[name]} if name in links else {})}
            store.write(f"{name}/paper.yaml", document(f"paper-{name}", {plural: [record]}))
        store.write("b/office.yaml", document("office"))

    write({})
    await load(KINDS, store.url, store.folder)
    write({"a": via})
    await load(KINDS, store.url, store.folder / "a")
    before = await table_image(store)
    write({"a": via, "b": ["a"] if isinstance(via, list) else "a"})
    with pytest.raises(LoadRefused, match=f"{KINDS.by_plural[plural].name} [ab], {field}: forms a cycle"):
        await load(KINDS, store.url, store.folder / "b")
    assert await table_image(store) == before


async def test_rival_claims_about_part_of_never_settle_into_a_cycle(store: Instance) -> None:
    events = {name: {"id": name, "name": name, "kind": "battle"} for name in "ab"}
    one = {"events": [{**events["a"], "part_of": "b"}, events["b"]]}
    two = {"events": [{**events["a"], "name": "A"}, {**events["b"], "part_of": "a", "rank": "deprecated"}]}
    assert (await store.load(one=document("one", one), two=document("two", two))).revision == 1
    two["events"][1]["rank"] = "normal"
    with pytest.raises(LoadRefused, match="forms a cycle"):
        await store.load(two=document("two", two))
    one["events"].append({**events["b"], "locator": "p. 2", "part_of": "c", "rank": "preferred"})
    one["events"].append({"id": "c", "name": "c", "kind": "war"})
    assert (await store.load(one=document("one", one), two=document("two", two))).revision == 2


async def test_a_collection_loaded_alone_does_not_touch_its_neighbour(store: Instance) -> None:
    store.write("one/paper.yaml", document("paper", WORLD))
    store.write("two/paper.yaml", document("paper"))
    store.write(
        "two/rival.yaml",
        document(
            "rival", {"events": [{"id": "battle", "name": "A fight", "kind": "battle"}, {"id": "raid", "name": "A raid", "kind": "battle"}]}
        ),
    )
    await load(KINDS, store.url, store.folder)
    before = await table_image(store)
    store.write("one/paper.yaml", document("paper", world_with(part={"role": "side_b"})))
    store.write("two/rival.yaml", document("rival"))
    assert (await load(KINDS, store.url, store.folder / "one")).revision == 2
    after = await table_image(store)
    assert set(rows_gone(before, after)) == {"participation", "participation_claim"}
    assert (await load(KINDS, store.url, store.folder / "two")).revision == 3
    moved = rows_gone(after, await table_image(store))
    assert {row["collection"] for table, rows in moved.items() if table.endswith("_claim") for row in rows} == {"two"}
    assert await stored_record(store, "event", "raid") is None


async def test_a_collection_may_refer_to_loaded_records_of_another(store: Instance) -> None:
    store.write("one/paper.yaml", document("paper", WORLD))
    figures = "id,source,event,measure,low,name\nf,paper,battle,killed,3,\n"
    store.write("two/figures.csv", figures.replace(",name", "").replace(",3,", ",3"))
    with pytest.raises(LoadRefused) as refused:
        await load(KINDS, store.url, store.folder / "two")
    assert str(refused.value).splitlines() == [
        "two/figures.csv:2, event: there is no event 'battle'; add a claim that describes that event",
        "two/figures.csv:2, source: there is no source 'paper'; add a claim that describes that source",
        "load refused: 2 problems; nothing was written",
    ]
    await load(KINDS, store.url, store.folder / "one")
    assert (await load(KINDS, store.url, store.folder / "two")).revision == 2
    store.write("two/figures.csv", "id,source,event,measure,low,quoted_from\nf,paper,battle,killed,3,papr\nkilled,papr,,,4,\n")
    with pytest.raises(LoadRefused) as refused:
        await load(KINDS, store.url, store.folder / "two")
    assert [line.split(";")[0] for line in str(refused.value).splitlines()[:-1]] == [
        "two/figures.csv:2, quoted_from: there is no source 'papr'", "two/figures.csv:3, source: there is no source 'papr'",
    ]  # fmt: skip


REFUSALS: dict[str, tuple[dict[str, str], str]] = {
    "a bad date": ({"paper": document("paper", world_with(battle={"started_on": "soon"}))}, "started_on: must be a date"),
    "a reference to nothing": ({"paper": document("paper", world_with(battle={"location": "nowhere"}))}, "there is no location 'nowhere'"),
    "an unknown source": ({"paper": document("paper", WORLD), "rival": document("rival").replace('"source"', '"catalogue": "nobody", "source"', 1)}, "there is no source 'nobody'"),
    "a required field that goes": ({"paper": document("paper", world_with(battle={"rank": "deprecated"}))}, "event battle, kind: no live claim gives it"),
    "a record that goes though referred to": ({"paper": document("paper", world_with(war=None))}, "event war: no claim describes it any more"),
    "a circle": ({"paper": document("paper", world_with(war={"part_of": "battle"}))}, "forms a cycle"),
    "one of many files": ({"paper": document("paper", world_with(battle={"name": "New"})), "bad": "no document"}, "bad.yaml:1: must be a source document"),
}  # fmt: skip


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("files", "why"), REFUSALS.values(), ids=REFUSALS)
async def test_a_refused_load_leaves_no_trace(world: Instance, files: dict[str, str], why: str) -> None:
    before = await table_image(world)
    with pytest.raises(LoadRefused, match=why):
        await world.load(**files)
    assert await table_image(world) == before


async def test_a_required_field_may_come_from_another_collection_which_then_cannot_be_retracted(store: Instance) -> None:
    store.write("one/paper.yaml", document("paper", {"events": [{"id": "battle", "name": "A battle"}]}))
    store.write("two/rival.yaml", document("rival", {"events": [{"id": "battle", "kind": "battle"}]}))
    await load(KINDS, store.url, store.folder)
    store.write("two/rival.yaml", document("rival"))
    with pytest.raises(LoadRefused, match="event battle, kind: no live claim gives it, and every event must have it"):
        await load(KINDS, store.url, store.folder / "two")
    store.write("two/rival.yaml", document("rival", {"events": [{"id": "battle", "kind": "offensive"}]}))
    assert (await load(KINDS, store.url, store.folder / "two")).revision == 2


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("field", "first", "second", "third"), [("reliability", "B", "C", "D"), ("published_on", "2024-12-03", "2024-12-02", "2024-12-01")]
)
async def test_a_change_to_the_weight_of_a_source_settles_its_records_again(
    store: Instance, field: str, first: str, second: str, third: str
) -> None:
    rival = {"figures": [{**WORLD["figures"][0], "low": "90", "best": None}]}
    await store.load(paper=document("paper", WORLD, **{field: first}), rival=document("rival", rival, **{field: second}))
    before, old = await table_image(store), await stored_record(store, "figure", "killed")
    assert old is not None and (old["low"], old["best"]) == (10, 12)
    receipt = await store.load(paper=document("paper", WORLD, **{field: third}))
    assert (receipt.revision, receipt.claims["figure"]["changed"], receipt.records["figure"]["changed"]) == (2, 0, 1)
    new = await stored_record(store, "figure", "killed")
    assert new is not None and (new["low"], new["best"]) == (90, None)
    assert set(rows_gone(before, await table_image(store))) == {"source", "source_claim", "figure"}
    assert list((await table_image(store))["figure_history"].values()) == [{**old, "removed_in": 2, "reason": "resettled"}]


async def test_a_change_of_relays_moves_the_roots_of_relaying_sources(store: Instance) -> None:
    async def roots() -> dict[str, str]:
        return {row[0]: row[1] for row in await store.rows("select s.id, r.id from source s join source r on r.key = s.root")}

    files = {name: document(name, relays=[of]) for name, of in (("d", "c"), ("c", "b"), ("b", "a"))} | {
        "a": document("a"),
        "z": document("z"),
    }
    await store.load(**files)
    assert await roots() == {"a": "a", "b": "a", "c": "a", "d": "a", "z": "z"}
    before = await table_image(store)

    assert (await store.load(b=document("b"))).records["source"] == {"added": 0, "changed": 3, "removed": 0}
    assert await roots() == {"a": "a", "b": "b", "c": "b", "d": "b", "z": "z"}
    moved = rows_gone(before, await table_image(store))
    assert (len(moved["source"]), len(moved["source_claim"])) == (3, 1)

    if NIGHTLY:
        await store.load(b=document("b", relays=["a", "z"]))
        assert await roots() == {"a": "a", "b": "b", "c": "b", "d": "b", "z": "z"}
    await store.load(b=document("b", relays=["z"]))
    assert await roots() == {"a": "a", "b": "z", "c": "z", "d": "z", "z": "z"}
    if not NIGHTLY:
        return
    await store.load(c=document("c"))
    assert await roots() == {"a": "a", "b": "z", "c": "c", "d": "c", "z": "z"}


async def test_a_retracted_source_takes_its_claims_along_and_nothing_else(store: Instance) -> None:
    rival = {"events": [{**WORLD["events"][1], "name": "A fight", "rank": "preferred"}, {"id": "raid", "name": "A raid", "kind": "battle"}]}
    await store.load(paper=document("paper", WORLD), rival=document("rival", rival))
    assert (await stored_record(store, "event", "battle") or {})["name"] == "A fight"
    before = await table_image(store)
    (store.folder / "test" / "rival.yaml").unlink()
    receipt = await store.load()
    assert receipt.revision == 2
    assert {kind: counts["retracted"] for kind, counts in receipt.claims.items() if counts["retracted"]} == {"source": 1, "event": 2}
    assert [await stored_record(store, kind, id) for kind, id in (("source", "rival"), ("event", "raid"))] == [None, None]
    assert (await stored_record(store, "event", "battle") or {})["name"] == "A battle"
    assert {table: len(rows) for table, rows in rows_gone(before, await table_image(store)).items()} == {
        "source": 1,
        "source_claim": 1,
        "event": 2,
        "event_claim": 2,
    }


@pytest.mark.sampled(1)
@pytest.mark.parametrize("empty", ["id,source,name,kind\n", "id,source,name,kind\n,,,\n"])
async def test_an_emptied_collection_retracts_all_it_claimed(world: Instance, empty: str) -> None:
    world.write("one/events.csv", empty)
    assert (await load(KINDS, world.url, world.folder / "one")).revision is None
    (world.folder / "test" / "paper.yaml").unlink()
    world.write("events.csv", empty)
    assert (await load(KINDS, world.url, world.folder / "test")).revision == 2
    after = await table_image(world)
    assert [table for table in TABLES if after[table] and not table.endswith("history")] == ["revision"]
    assert all(after[f"{kind}_claim_history"] for kind in KINDS)


async def test_a_revision_says_what_who_how_and_how_many(store: Instance) -> None:
    store.write("one/paper.yaml", document("paper", world_with(killed={"best": "5"})))
    receipt = await load(KINDS, store.url, store.folder, Change("The first numbers", "Her"))
    assert receipt.flag_messages == ["one/paper.yaml:75, low: 10 is above best 5; kept as the source has it"]
    (row,) = await store.rows("select *, counts::text as counted from revision")
    assert (row["kind"], row["message"], row["author"], row["tool"], row["rule"]) == (
        "load",
        "The first numbers",
        "Her",
        TOOL,
        preference.RULE,
    )
    assert len(row["digest"]) == 64
    counts = json.loads(row["counted"])
    assert counts["claims"]["event"] == {"added": 2}
    assert counts["records"]["source"] == {"added": 2}
    assert counts["oddities"] == 1


async def test_each_revision_has_a_later_millisecond_even_if_the_clock_is_set_back(store: Instance) -> None:
    await store.load(paper=document("paper"))
    await store.rows(
        "update revision set recorded_at = date_trunc('milliseconds', now() + interval '1 hour') + interval '999 microseconds'"
    )
    await store.load(paper=document("paper", WORLD))  # After a revision of a version that recorded microseconds.
    assert await store.rows("select id from revision where id > 1 and recorded_at <> date_trunc('milliseconds', recorded_at)") == []
    (times,) = await store.rows("select b.recorded_at - a.recorded_at as apart from revision a join revision b on a.id = 1 and b.id = 2")
    assert times["apart"] == timedelta(microseconds=1)


async def _killed(store: Instance) -> None:
    """A loader that is killed amid its load, when all but the revision is written."""
    command = [sys.executable, "-m", "api", "load", str(store.folder)]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env={**os.environ, "DATABASE_URL": store.url}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with held_up(store):
        await waiting(store, "relation")
        process.send_signal(signal.SIGKILL)
        await process.communicate()
    assert process.returncode == -signal.SIGKILL


async def _terminated(store: Instance) -> None:
    """A load whose connection the server ends."""
    async with held_up(store):
        task = asyncio.create_task(load(KINDS, store.url, store.folder))
        (pid,) = await waiting(store, "relation")
        await store.rows("select pg_terminate_backend($1)", pid)
        with pytest.raises(asyncpg.PostgresError):
            await task


async def _cancelled(store: Instance) -> None:
    """A load that is interrupted, as by Ctrl-C."""
    async with held_up(store):
        task = asyncio.create_task(load(KINDS, store.url, store.folder))
        await waiting(store, "relation")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("end", cases([_killed, _terminated, _cancelled], ["_terminated"]))
async def test_a_load_that_dies_midway_leaves_all_as_it_was_and_the_next_one_works(
    world: Instance, end: Callable[[Instance], Awaitable[None]]
) -> None:
    before = await table_image(world)
    world.write("paper.yaml", document("paper", world_with(battle={"name": "Another"}, part=None)))
    await end(world)
    assert await table_image(world) == before
    assert (await world.load()).revision == 2
    assert (await stored_record(world, "event", "battle") or {})["name"] == "Another"


async def test_readers_see_the_old_revision_until_the_new_one_is_complete(instance: Instance) -> None:
    async def seen() -> tuple[int, list[str], int]:
        found = await instance.get("/v1/events?order=id")
        return found["revision"], [event["name"] for event in found["data"]], len((await instance.get("/v1/participations"))["data"])

    await instance.load(paper=document("paper", WORLD))
    old = await seen()
    instance.write("paper.yaml", document("paper", world_with(battle={"name": "Another"}, part=None)))
    async with held_up(instance):
        task = asyncio.create_task(load(KINDS, instance.url, instance.folder))
        await waiting(instance, "relation")
        assert await seen() == old == (1, ["A battle", "The war"], 1)
    await instance.hear((await task).revision)
    assert await seen() == (2, ["Another", "The war"], 0)


@pytest.mark.nightly
async def test_two_loads_at_once_wait_for_each_other_and_both_are_right(world: Instance) -> None:
    store = world
    store.write("paper.yaml", document("paper", world_with(part=None)))
    store.write(
        "two/rival.yaml", document("rival", {"events": [{"id": "battle", "name": "A fight", "kind": "battle", "rank": "preferred"}]})
    )
    async with held_up(store):
        first = asyncio.create_task(load(KINDS, store.url, store.folder / "test"))
        await waiting(store, "relation")
        second = asyncio.create_task(load(KINDS, store.url, store.folder / "two"))
        await waiting(store, "advisory")
    assert [(await task).revision for task in (first, second)] == [2, 3]
    assert (await stored_record(store, "event", "battle") or {})["name"] == "A fight"
    assert await stored_record(store, "participation", "part") is None


async def test_the_same_folder_loaded_by_several_at_once_is_one_revision(store: Instance) -> None:
    store.write("paper.yaml", document("paper", WORLD))
    receipts: list[Receipt] = await asyncio.gather(*(load(KINDS, store.url, store.folder) for _ in range(4 if NIGHTLY else 2)))
    assert sorted(str(receipt.revision) for receipt in receipts) == ["1", *["None"] * (len(receipts) - 1)]


async def test_a_load_that_waited_is_refused_if_its_references_were_removed_meanwhile(world: Instance) -> None:
    """It was right when it was read; while it waited, another load took the record away."""
    store = world
    store.write("paper.yaml", document("paper", world_with(part=None, killed=None, brigade=None)))
    store.write(
        "two/rival.yaml", document("rival", {"participations": [{"id": "new", "event": "battle", "actor": "brigade", "role": "target"}]})
    )
    async with held_up(store):
        first = asyncio.create_task(load(KINDS, store.url, store.folder / "test"))
        await waiting(store, "relation")
        second = asyncio.create_task(load(KINDS, store.url, store.folder / "two"))
        await waiting(store, "advisory")
    assert (await first).revision == 2
    with pytest.raises(LoadRefused, match="there is no actor 'brigade'"):
        await second
    assert await revisions(store) == [1, 2]


async def test_the_author_may_be_unknown_to_the_system(store: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container the user may have no name."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    assert (await store.load(paper=document("paper"))).revision == 1
    assert (await store.rows("select author from revision"))[0][0]
