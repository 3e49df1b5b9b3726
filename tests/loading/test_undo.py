"""An undo brings back what was before, as a new revision; or it says what is in the way, and what to undo first."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from api.errors import LoadRefused
from api.loading.change import Change
from api.loading.collections import load, retract
from api.loading.undo import undo
from api.loading.verify import verify
from api.settings import Settings
from schema.kinds import KINDS
from schema.storage import columns

from ..conftest import Databases, Instance
from ..support.invented import collection, files
from ..support.properties import NIGHTLY, examples, run_property
from ..support.small_world import Claims, document, stored_record, table_image, world_with

FEW = settings(examples(1, nightly=60), phases=[Phase.reuse, Phase.generate])  # Shrinking a history takes longer than reading it.
PATIENT = Settings(
    statement_timeout=120, rate_limit=0
)  # Seconds: on a busy machine, the answers for a whole revision take longer than the default allows.
State = dict[str, list[str]]


async def state(instance: Instance) -> State:
    """All facts, claims and sums of today, with their keys; but not with which revision they came."""
    tables = {name: ["added_in", "digest"] for kind in KINDS for name in (kind, f"{kind}_claim")}  # A digest covers the revision too.
    for kind in KINDS.values():
        # Rows, with the revision they came with, and when they were told of them; `verify` proves both.
        tables[kind.name] += columns.packed_names(kind)
    tables |= {f"(select * from {kind.name}_sum where removed_in is null)": ["added_in", "removed_in"] for kind in KINDS.summed}
    connection = await asyncpg.connect(instance.url)
    try:
        rows = {
            name: await connection.fetch(f"select (to_jsonb(t) - $1::text[])::text as row from {name} t", left)
            for name, left in tables.items()
        }
    finally:
        await connection.close()
    return {name: sorted(row["row"] for row in found) for name, found in rows.items()}


async def past(instance: Instance, revision: int) -> list[str]:
    """The answers as of a revision, with all provenance."""
    addresses = [f"/v1/{kind.plural}?provenance=*&limit=1000&revision={revision}" for kind in KINDS.values()]
    answers = [await instance.client.get(address) for address in [*addresses, f"/v1/figures/totals?by=month,country&revision={revision}"]]
    assert [answer.text for answer in answers if answer.status_code != 200] == []
    return [answer.text for answer in answers]


async def newest(instance: Instance) -> int:
    return int((await instance.rows("select coalesce(max(id), 0) from revision"))[0][0])


async def proved(instance: Instance) -> None:
    async for proof in verify(KINDS, instance.url):
        assert proof.contradictions == [], proof.name


def write(instance: Instance, dice: random.Random) -> None:
    """Two collections that speak of some of the same records, in sizes that come and go."""
    for name in dice.choice([["one"], ["two"], ["one", "two"]]):
        found = collection(KINDS, dice.randint(3, 7), seed=dice.randrange(4), rivals=dice.random() < 0.5)
        for file, text in files(found).items():
            instance.write(f"{name}/{file.rpartition('/')[2]}", text)


async def change(instance: Instance, dice: random.Random) -> None:
    """A load of something else, or a retraction where that is possible."""
    if dice.random() < 0.2 and await instance.rows("select 1 from figure_claim where collection = 'two' limit 1"):
        with contextlib.suppress(LoadRefused):
            await retract(KINDS, instance.url, "two", Change())
        return
    write(instance, dice)
    try:
        await load(KINDS, instance.url, instance.folder)
    except LoadRefused as error:  # Random links may form cycles.
        assert "cycle" in str(error) or "no claim describes it" in str(error)


@pytest_asyncio.fixture
async def patient(databases: Databases, tmp_path: Path) -> AsyncIterator[Instance]:
    """An instance whose statements may take as long as a busy machine needs."""
    instance = Instance(databases, await databases.fresh(), tmp_path, settings=PATIENT)
    async with instance.app.router.lifespan_context(instance.app), instance.client:
        yield instance


@pytest.mark.nightly
async def test_a_load_and_its_undo_leave_everything_as_before(patient: Instance) -> None:
    instance, undone = patient, []

    @FEW
    @given(seed=st.integers(0, 2**32))
    async def same(seed: int) -> None:
        dice = random.Random(seed)
        before, first = await state(instance), await newest(instance)
        await change(instance, dice)
        after, made = await state(instance), await newest(instance)
        if made == first:
            return
        await instance.hear(made)
        earlier = [made, first, dice.randint(0, first)]
        answers = [await past(instance, revision) for revision in earlier]
        receipt = await undo(KINDS, instance.url, made)
        await instance.hear(receipt.revision)
        assert receipt.revision == made + 1
        assert await state(instance) == before
        assert [await past(instance, revision) for revision in earlier] == answers
        await proved(instance)
        if dice.random() < 0.6:
            receipt = await undo(KINDS, instance.url, made + 1)
            await instance.hear(receipt.revision)
            assert await state(instance) == after
            await proved(instance)
        undone.append(made)

    await run_property(same)
    assert undone


def advised(refusal: LoadRefused) -> int:
    found = re.search(r"`conflict-facts undo (\d+)`", str(refusal))
    assert found, refusal
    return int(found[1])


@pytest.mark.nightly
async def test_following_the_advice_undoes_any_revision(databases: Databases, tmp_path: Path) -> None:
    """Any revision of any history; each refusal names one that can be undone, or that names another, and there is an end."""
    lengths = []

    @FEW
    @given(seed=st.integers(0, 2**32))
    async def there(seed: int) -> None:
        dice = random.Random(seed)
        instance = Instance(databases, await databases.fresh(), tmp_path / str(seed))
        for _ in range(6):
            await change(instance, dice)
        wanted, steps = [dice.randint(1, await newest(instance))], 0
        while wanted:
            before = await table_image(instance)
            try:
                await undo(KINDS, instance.url, wanted[-1])
                wanted.pop()
            except LoadRefused as error:
                assert await table_image(instance) == before
                if "nothing to undo" in str(error) and len(wanted) == 1:  # A later load had brought back all of it.
                    return
                wanted.append(advised(error))
                assert len(set(wanted)) == len(wanted), (wanted, str(error))
            steps += 1
            assert steps < 40
        await proved(instance)
        lengths.append(steps)

    await run_property(there)
    assert lengths


# By hand


async def refused(instance: Instance, number: int) -> str:
    before = await table_image(instance)
    with pytest.raises(LoadRefused) as raised:
        await undo(KINDS, instance.url, number)
    assert await table_image(instance) == before
    return str(raised.value)


async def test_an_unknown_revision_is_refused_with_the_valid_ones(store: Instance) -> None:
    numbers = (-1, 0, 2, 2**70)
    said = "nothing has been loaded yet"
    for newest in (0, 1):
        before = await table_image(store)
        for number in numbers:
            with pytest.raises(LoadRefused, match=said.replace("NUMBER", str(number))):
                await undo(KINDS, store.url, number)
        assert await table_image(store) == before
        said = "there is no revision NUMBER; the newest is 1; `conflict-facts revisions` lists them"
        if newest == 0:
            await store.load(paper=document("paper"))


async def test_an_undo_leaves_everything_as_before_and_its_revision_names_what_it_undid(world: Instance) -> None:
    before = await state(world)
    await world.load(paper=document("paper", world_with(killed={"best": "13"}, part=None)))
    after = await state(world)
    dry = await undo(KINDS, world.url, 2, dry_run=True)
    assert (dry.revision, await newest(world)) == (None, 2)
    async with world.app.router.lifespan_context(world.app), world.client:
        earlier = [await past(world, revision) for revision in (1, 2)]
        receipt = await undo(KINDS, world.url, 2, Change("Entered for another battle", "Jane"))
        await world.hear(3)
        assert (dry.claims, dry.records, dry.changes) == (receipt.claims, receipt.records, receipt.changes)
        found = (await world.get("/v1/revisions/3"))["data"]
        assert (await world.get("/v1/figures/killed"))["data"]["best"] == 12
        assert [await past(world, revision) for revision in (1, 2)] == earlier
    assert await state(world) == before
    assert (found["kind"], found["author"], found["message"]) == ("undo", "Jane", "Undo of revision 2: Entered for another battle")
    assert found["counts"]["claims"] == {"participation": {"added": 1}, "figure": {"changed": 1}}
    assert found["receipt"]["undone"] == 2
    history = await world.rows("select best::text, added_in, removed_in, reason from figure_claim_history order by removed_in")
    assert [tuple(row) for row in history] == [("12", 1, 2, "source_revised"), ("13", 2, 3, "undone")]
    await undo(KINDS, world.url, 3, Change())
    assert await state(world) == after
    await proved(world)


async def test_later_changes_of_the_same_claims_are_named_with_what_to_undo_first(world: Instance) -> None:
    for number in ("13", "14"):
        await world.load(paper=document("paper", world_with(killed={"best": number})))
    said = await refused(world, 2)
    assert "figure killed: a claim about it was changed in revision 3\n" in said
    assert "undo revision 3 first (`conflict-facts undo 3`); nothing was written" in said
    await undo(KINDS, world.url, 3)
    await undo(KINDS, world.url, 2)
    assert (await stored_record(world, "figure", "killed") or {})["best"] == 12
    assert "revision 2 has no effect any more" in await refused(world, 2)


@pytest.mark.nightly
async def test_what_was_undone_since_is_not_in_the_way(world: Instance) -> None:
    for number in ("13", "14", "15"):
        await world.load(paper=document("paper", world_with(killed={"best": number})))
    said = await refused(world, 2)
    assert "figure killed: a claim about it was changed in revision 3, 4\n" in said
    assert "undo revision 4, then 3 first (`conflict-facts undo 4`); nothing was written" in said
    await undo(KINDS, world.url, 4)
    said = await refused(world, 2)  # Revision 5 brought back what 3 had said: it is not in the way, but 3 is.
    assert "changed in revision 3\n" in said and "undo revision 3 first" in said


async def test_a_claim_that_returned_under_another_key_is_the_same_claim(world: Instance) -> None:
    """Retracted, and claimed again: bringing back the old one would make it twice."""
    await world.load(paper=document("paper", world_with(part=None)))
    await world.load(paper=document("paper", world_with(part={"role": "side_b"})))
    assert "participation part: a claim about it was changed in revision 3" in await refused(world, 2)
    await world.load(paper=document("paper", world_with(part=None)))
    await undo(KINDS, world.url, 2)
    part = await stored_record(world, "participation", "part") or {}
    assert (part["role"], part["claims"]) == ("side_a", 1)
    if NIGHTLY:
        await proved(world)


async def test_a_refusal_names_some_records_and_counts_the_others(store: Instance) -> None:
    def many(name: str) -> Claims:
        return {"events": [{"id": f"e{number:02}", "name": name, "kind": "battle"} for number in range(30)]}

    for name in ("A", "B"):
        await store.load(paper=document("paper", many(name)))
    said = await refused(store, 1)
    assert said.count("\n  event e") == 20 and "\n  and 10 more\n" in said


async def test_records_that_later_revisions_refer_to_are_not_removed(world: Instance) -> None:
    store = world
    more = {
        "events": [{"id": "battle", "name": "A fight", "kind": "battle"}],
        "actors": [{"id": "band", "name": "Band", "kind": "rebel_group"}],
    }
    await store.load(second=document("second", more))
    await store.load(third=document("third", {"participations": [{"id": "p", "event": "battle", "actor": "band", "role": "target"}]}))
    said = await refused(store, 2)
    assert "participation p, actor: refers to actor band since revision 3, and only revision 2 describes it" in said
    assert "undo revision 3 first" in said
    await undo(KINDS, store.url, 3)
    await undo(KINDS, store.url, 2)
    assert await stored_record(store, "actor", "band") is None
    if NIGHTLY:
        await proved(store)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("quoted", [True, False])
async def test_sources_referred_to_in_lists_are_not_removed(world: Instance, quoted: bool) -> None:
    """No foreign key holds these."""
    await world.load(agency=document("agency"))
    claim = {"id": "killed", "event": "battle", "measure": "killed", "best": "9"} | ({"quoted_from": ["agency"]} if quoted else {})
    await world.load(third=document("third", {"figures": [claim]}, **({} if quoted else {"relays": ["agency"]})))
    said = await refused(world, 2)
    assert f"{'figure killed, quoted_from' if quoted else 'source third, relays'}: refers to source agency since revision 3" in said


async def test_a_restored_claim_must_find_the_records_it_refers_to(world: Instance) -> None:
    await world.load(paper=document("paper", world_with(part=None)))
    await world.load(paper=document("paper", world_with(part=None, brigade=None)))
    said = await refused(world, 2)
    assert "participation part, actor: would refer to actor brigade again, which revision 3 removed" in said
    if not NIGHTLY:
        return
    await undo(KINDS, world.url, 3)
    await undo(KINDS, world.url, 2)
    assert await stored_record(world, "participation", "part")
    await proved(world)


async def test_undoing_a_rating_restores_the_weight_of_the_source(store: Instance) -> None:
    """What rests on a source follows it, though none of its own claims is touched."""
    rival = {"events": [{"id": "battle", "name": "A clash", "kind": "battle"}]}
    await store.load(paper=document("paper", world_with(), reliability="B"), rival=document("rival", rival, reliability="C"))
    await store.load(rival=document("rival", rival, reliability="A"))
    assert (await stored_record(store, "event", "battle") or {})["name"] == "A clash"
    await undo(KINDS, store.url, 2)
    assert (await stored_record(store, "event", "battle") or {})["name"] == "A battle"
    if NIGHTLY:
        await proved(store)


async def test_two_undos_at_once_run_one_after_the_other_and_listeners_are_notified(world: Instance) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(world.url)
    await connection.add_listener("conflict_facts_revision", lambda *told: heard.put_nowait(told[3]))
    done = await asyncio.gather(*(undo(KINDS, world.url, 1) for _ in range(2)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["LoadRefused", "Receipt"]
    assert await newest(world) == 2
    assert await asyncio.wait_for(heard.get(), 60) == "2" and heard.empty()
    await connection.close()


async def test_the_first_load_can_be_undone_and_loaded_again(world: Instance) -> None:
    before: dict[str, Any] = json.loads((await world.rows("select to_jsonb(t)::text from event t where id = 'battle'"))[0][0])
    await undo(KINDS, world.url, 1)
    assert not any((await state(world)).values())
    await world.load()
    again = await stored_record(world, "event", "battle") or {}
    assert (again["key"], again["name"]) == (before["key"], before["name"])
    if NIGHTLY:
        await proved(world)
