"""The copies of linked records in an event equal the linked records, after any load."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.loading.collections import load
from api.loading.verify import verify
from schema.kinds import KINDS
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..conftest import Instance
from ..support.properties import NIGHTLY, examples
from ..support.small_world import Claims, document, world_with

HELD = """select e.id, e.packed_location::text as location, e.packed_participations::text as participations, e.packed_figures::text as figures,
  (select p from location p where p.key = e.location)::text as plain_location,
  (select array_agg(p order by p.id) from participation p where p.event = e.key)::text as plain_participations,
  (select array_agg(p order by p.id) from figure p where p.event = e.key)::text as plain_figures
from event e order by e.id"""
MORE: dict[str, list[dict[str, Any]]] = {
    "locations": [{"id": "homs", "name": "Homs", "kind": "settlement", "part_of": "syria"}],
    "participations": [{"id": "extra", "event": "battle", "actor": "army", "role": "side_b"}],
    "figures": [{"id": "hurt", "event": "battle", "measure": "injured", "best": "3"}],
}


def also(claims: Claims, **more: list[dict[str, Any]]) -> Claims:
    return {plural: [*claims.get(plural, []), *more.get(plural, [])] for plural in {**claims, **more}}


async def held(store: Instance) -> dict[str, Any]:
    """Every event holds what the plain rows are; returns what it holds."""
    rows = await store.rows(HELD)
    for row in rows:
        for link in ("location", "participations", "figures"):
            assert row[link] == row[f"plain_{link}"], (row["id"], link)
    return {row["id"]: (row["location"], row["participations"], row["figures"]) for row in rows}


async def proved(store: Instance) -> None:
    await held(store)
    async for proof in verify(KINDS, store.url):
        assert not proof.contradictions, (proof.name, proof.contradictions)


LOADS: dict[str, Claims] = {
    "a figure changed": world_with(killed={"best": "13"}),
    "a figure moved to another event": world_with(killed={"event": "war"}),
    "a figure retracted": world_with(killed=None),
    "a figure added": also(world_with(), figures=MORE["figures"]),
    "a participation added": also(world_with(), participations=MORE["participations"]),
    "a participation moved": world_with(part={"event": "war"}),
    "a participation retracted": world_with(part=None),
    "a location renamed": world_with(aleppo={"name": "Halab"}),
    "the event's location changed": also(world_with(battle={"location": "homs"}), locations=MORE["locations"]),
    "the event's location gone": world_with(battle={"location": "syria"}, aleppo=None),
    "the event without a location": world_with(battle={"location": None}),
    "the event renamed": world_with(battle={"name": "A fight"}),
    "the event retracted": world_with(battle=None, part=None, killed=None),
    "the event retracted, its figure elsewhere": world_with(battle=None, part=None, killed={"event": "war"}),
    "all at once": also(
        world_with(battle={"location": "homs"}, killed={"event": "war", "best": "11"}, part=None), locations=MORE["locations"], figures=MORE["figures"]
    ),
}  # fmt: skip


@pytest.mark.nightly
@pytest.mark.parametrize("change", LOADS)
async def test_an_event_has_copies_of_its_linked_records_after_a_load_and_its_reversal(world: Instance, change: str) -> None:
    claims = LOADS[change]
    before = await held(world)
    assert None not in before["battle"] and before["war"] == (None, None, None)
    receipt = await world.load(paper=document("paper", claims))
    assert receipt.revision == 2
    assert (await held(world) == before) == (claims == LOADS["the event renamed"])
    await world.load(paper=document("paper", world_with()))
    assert set(await held(world)) == set(before)
    await proved(world)  # Of each revision.


async def test_an_event_has_copies_of_its_linked_records_when_records_of_one_kind_alone_change(world: Instance) -> None:
    """Each load changes records of one kind: a change of another would have the event packed again as well."""
    said: dict[str, Any] = {}
    changes: list[dict[str, Any]] = [{"aleppo": {"name": "Halab"}}, {"part": None}, {"killed": {"best": "13"}}]
    for change in changes:
        before, said = await held(world), said | change
        await world.load(paper=document("paper", world_with(**said)))
        assert await held(world) != before, change


async def test_a_load_without_changes_rewrites_no_event(world: Instance) -> None:
    written = "select id, xmin::text from event order by id"
    before = await world.rows(written)
    await world.load()
    await world.load(paper=document("paper", world_with(army={"name": "The army"})))  # On which no event hangs by a pack.
    assert await world.rows(written) == before
    if NIGHTLY:
        await proved(world)


async def test_packed_in_is_the_last_change_to_linked_records(instance: Instance) -> None:
    """As of a revision by which all was as it is, what it holds is read as it is: of an event that was told too early, that would be today's."""
    told = "select id, packed_in from event order by id"
    await instance.load(paper=document("paper", world_with()))
    await instance.load(paper=document("paper", world_with(killed={"best": "13"})))
    assert [tuple(row) for row in await instance.rows(told)] == [("battle", 2), ("war", 1)]
    asked = '{ snapshot(revision: 1) { event(id: "battle") { figures { nodes { best } } } } }'
    assert (await instance.graphql(asked))["snapshot"]["event"]["figures"]["nodes"] == [{"best": 12}]
    await instance.rows("update event set packed_in = 1")
    contradictions = [one async for proof in verify(KINDS, instance.url) for one in proof.contradictions]
    assert contradictions == ["event battle: its linked records have changed since"]
    answer = (await instance.client.post("/graphql", json={"query": asked}, headers={"cache-control": "no-cache"})).json()
    assert answer["data"]["snapshot"]["event"]["figures"]["nodes"] == [{"best": 13}]  # So the past is read by it.


SAID = st.fixed_dictionaries({
    "aleppo": st.sampled_from([{}, {"name": "Halab"}]),
    "battle": st.sampled_from([{}, {"location": "syria"}, {"location": None}, {"name": "A fight"}]),
    "part": st.sampled_from([{}, None, {"event": "war"}, {"role": "side_b"}]),
    "killed": st.sampled_from([{}, None, {"event": "war"}, {"best": "11"}]),
})  # fmt: skip


@pytest.mark.nightly
async def test_an_event_has_copies_of_its_linked_records_whatever_is_loaded(store: Instance) -> None:
    """Every example is loaded over the one before."""

    async def loaded(said: dict[str, Any], more: set[str]) -> None:
        claims = also(world_with(**said), **{plural: MORE[plural] for plural in sorted(more)})
        store.write("paper.yaml", document("paper", claims))
        await load(KINDS, store.url, store.folder)
        rows = await store.rows(HELD)
        assert all(row[link] == row[f"plain_{link}"] for row in rows for link in ("location", "participations", "figures"))

    loop = asyncio.get_running_loop()

    @settings(examples(2, nightly=200), phases=[Phase.reuse, Phase.generate])
    @given(said=SAID, more=st.sets(st.sampled_from(sorted(MORE))))
    def every(said: dict[str, Any], more: set[str]) -> None:
        asyncio.run_coroutine_threadsafe(loaded(said, more), loop).result(20)

    await asyncio.to_thread(every)
    await proved(store)


def without_packs() -> Kinds:
    """The same kinds, of which none holds another's records."""
    return Kinds(
        Kind(
            kind.name, kind.plural, kind.description, *kind.fields.values(),
            label=kind.label, root=kind.root, revises=kind.revises, reliability=kind.reliability, published=kind.published,
            indexes=kind.indexes, ascending=kind.ascending, point=kind.point, totals=kind.totals, permits=kind.permits,
            computed=kind.computed.values(), columns=kind.columns, cites=kind.cites, citation=kind.citation,
        )
        for kind in KINDS.values()
    )  # fmt: skip


QUESTIONS = [
    "{ events { nodes { name location { name partOf { name } } participations { nodes { role actor { name } } totalCount } } } }",
    "{ events { nodes { figures(first: 1, orderBy: [{best: DESC}]) { nodes { best event { id: slug } } pageInfo { hasNextPage endCursor } } } } }",
    "{ events { nodes { figures(where: {measure: {eq: KILLED}}) { edges { cursor node { low provenance { low { disputed } } } } } } } }",
    "{ events(where: {location: {match: {country: {eq: SYR}}}}) { nodes { id: slug location { addedIn id: slug claims { nodes { source { title } } } } } } }",
    "{ actors(first: 20) { nodes { participations(first: 20) { nodes { event { name location { name } figures(first: 5) { totalCount nodes { best } } } } } } } }",
]
FIELDS = ["location.name", "participations", "figures", "figures.best", "participations.actor.name,location"]


async def test_answers_are_the_same_bytes_with_and_without_packed_columns(invented: Instance) -> None:
    plain = Instance.__new__(Instance)
    plain.url, plain.read_url, plain.folder, plain.settings = invented.url, invented.read_url, invented.folder, invented.settings
    plain.kinds = without_packs()
    plain.app = create_app(plain.settings, plain.read_url, plain.kinds)
    async with plain.app.router.lifespan_context(plain.app), plain.client:
        for query in QUESTIONS:
            one, other = [(await instance.client.post("/graphql", json={"query": query})).content for instance in (invented, plain)]
            one, other = (answer.partition(b'"extensions":')[0] for answer in (one, other))  # Behind it stands the cost, which may differ.
            assert one == other and b'"errors"' not in one, query
        for address in [f"/v1/events?fields={one}" for one in FIELDS] + ["/v1/events?limit=1000&provenance=*"]:
            one, other = [(await instance.client.get(address)).content for instance in (invented, plain)]
            assert one == other and "data" in json.loads(one), address
        lists = [(await instance.client.get("/v1/events.geojson")).content for instance in (invented, plain)]
        assert lists[0] == lists[1]


async def test_records_packed_before_a_column_was_added_are_answered_without_it(instance: Instance) -> None:
    """A kind may come to require what rows that were packed before do not have; they must not vanish from lists, nor from the past."""
    await instance.load(paper=document("paper", world_with()))
    await instance.load(paper=document("paper", world_with(war={"name": "The long war"})))
    for statement in (
        "alter table figure alter column measure drop not null",
        "update figure set measure = null",
        "update event e set packed_figures = (select array_agg(p order by p.id) from figure p where p.event = e.key)",
        "update figure set measure = 'killed'",
    ):
        await instance.rows(statement)
    asked = 'event(id: "battle") { figures { nodes { id: slug measure } } }'
    for document_ in (f"{{ {asked} }}", f"{{ snapshot(revision: 1) {{ {asked} }} }}"):
        answer = await instance.graphql(document_)
        assert answer.get("snapshot", answer)["event"]["figures"]["nodes"] == [{"id": "killed", "measure": None}]
