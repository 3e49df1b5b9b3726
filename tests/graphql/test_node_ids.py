"""Global ids: one for each record in each state, readable, accepted wherever an id is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from unittest.mock import patch

import httpx2
import pytest
import pytest_asyncio

from api.store.store import Store

from ..conftest import Databases, Instance

TEXT = """
source: {{id: paper, title: A paper, kind: article}}
claims:
  events:
    - {{id: battle, name: {name}, kind: battle, started_on: 2024-01-01}}
    - {{id: siege, name: A siege, kind: battle, part_of: battle}}
  figures:
    - {{id: killed, event: battle, measure: killed, best: {best}}}
"""
NODES = (
    "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Event { name } ... on Figure { best } ... on Revision { number } } }"
)


@pytest_asyncio.fixture(scope="module")
async def corrected(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """A name and a number that were corrected once: two revisions."""
    made = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("node_ids"))
    async with made.app.router.lifespan_context(made.app), made.client:
        for name, best in (("The first name", 14_000), ("The second name", 15_000)):
            made.write("paper.yaml", TEXT.format(name=name, best=best))
            await made.load()
        yield made


MALFORMED = (
    "battle@",
    "battle@0",
    "battle@01",
    "battle@1@2",
    "battle@x",
    "battle@ 1",
    "battle@-1",
    "event:battle:x",
    "@1",
    "event:battle\\n",
    "claim:event:battle:000000000000",
)


async def error(on: Instance, query: str, **variables: object) -> str:
    answer = (await on.client.post("/graphql", json={"query": query, "variables": variables})).json()
    return str(answer["errors"][0]["message"])


async def test_a_record_of_the_past_has_an_id_of_its_own(corrected: Instance) -> None:
    asked = 'figure(id: "killed") { id slug best event { id name } }'
    found = await corrected.graphql(
        f"{{ {asked} before: snapshot(revision: 1) {{ {asked} }} newest: snapshot(revision: 2) {{ {asked} }} }}"
    )
    assert found["figure"] == {
        "id": "figure:killed",
        "slug": "killed",
        "best": 15_000,
        "event": {"id": "event:battle", "name": "The second name"},
    }
    past = {"id": "figure:killed@1", "slug": "killed", "best": 14_000, "event": {"id": "event:battle@1", "name": "The first name"}}
    assert found["before"]["figure"] == past
    assert found["newest"]["figure"]["id"] == "figure:killed@2"
    by_time = await corrected.graphql('{ snapshot(asOf: "2999-01-01") { figure(id: "killed") { id } revision { id number } } }')
    assert by_time["snapshot"] == {"figure": {"id": "figure:killed@2"}, "revision": {"id": "revision:2", "number": 2}}


@pytest.mark.parametrize("id", ["battle", "event:battle", "event:battle@1", "event:battle@2"])
async def test_an_event_is_found_by_its_slug_and_its_global_id(corrected: Instance, id: str) -> None:
    for query in ("query ($id: ID!) { event(id: $id) { id name } }", f'{{ event(id: "{id}") {{ id name }} }}'):
        found = (await corrected.graphql(query, id=id) if "$id" in query else await corrected.graphql(query))["event"]
        name = "The first name" if id.endswith("@1") else "The second name"
        assert found == {"id": id if ":" in id else "event:battle", "name": name}


async def test_one_plan_does_not_serve_ids_with_and_without_a_revision(corrected: Instance) -> None:
    query = "query ($id: ID!) { event(id: $id) { id name } }"
    ids = ["battle", "event:battle@1", "event:battle@2", "siege", "event:siege@1", "event:battle"]
    found = [(await corrected.graphql(query, id=id))["event"]["id"] for id in ids]
    assert found == ["event:battle", *ids[1:3], "event:siege", *ids[4:]]


async def test_nodes_of_several_kinds_and_revisions_come_in_the_order_of_their_ids(corrected: Instance) -> None:
    ids = ["figure:killed@1", "revision:2", "event:battle", "event:nowhere", "figure:killed", "revision:9", "event:battle@1"]
    assert (await corrected.graphql(NODES, ids=ids))["nodes"] == [
        {"__typename": "Figure", "id": "figure:killed@1", "best": 14_000},
        {"__typename": "Revision", "id": "revision:2", "number": 2},
        {"__typename": "Event", "id": "event:battle", "name": "The second name"},
        None,
        {"__typename": "Figure", "id": "figure:killed", "best": 15_000},
        None,
        {"__typename": "Event", "id": "event:battle@1", "name": "The first name"},
    ]
    assert (await corrected.graphql(NODES, ids=[]))["nodes"] == []
    assert (await corrected.graphql(NODES, ids=ids[::-1]))["nodes"][0] == {"__typename": "Event", "id": ids[-1], "name": "The first name"}


async def test_a_node_is_found_at_the_root_and_in_a_snapshot(corrected: Instance) -> None:
    asked = 'node(id: "event:siege") { id ... on Node { again: id } ... on Event { partOf { id } } ... on Figure { best } }'
    found = await corrected.graphql(f'{{ {asked} snapshot(revision: 1) {{ {asked} }} none: node(id: "event:nowhere") {{ id }} }}')
    assert found["node"] == {"id": "event:siege", "again": "event:siege", "partOf": {"id": "event:battle"}}
    assert found["snapshot"]["node"] == {"id": "event:siege@1", "again": "event:siege@1", "partOf": {"id": "event:battle@1"}}
    assert found["none"] is None


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ('{ event(id: "figure:killed") { id } }', "id: 'figure:killed' is the id of a record of kind figure, and this is about kind event"),
        ('{ node(id: "battle") { id } }', "id: must be a global id such as event:battle-of-x"),
        ('{ node(id: "evnt:battle") { id } }', "id: there is no kind 'evnt'"),
        ('{ node(id: "event:battle@0") { id } }', "id: must be a global id"),
        ('{ node(id: "event:battle@99") { id } }', "there is no revision 99; the newest is 2"),
        ('{ node(id: "revision:1@1") { id } }', "id: 'revision:1@1' names a revision, which is not possible here"),
        (
            '{ snapshot(revision: 1) { event(id: "event:battle@2") { id } } }',
            "id: 'event:battle@2' names a revision, and so does the snapshot",
        ),
        ('{ events(where: {id: {eq: "event:battle@1"}}) { totalCount } }', "where.id.eq: 'event:battle@1' names a revision"),
        (
            '{ events(where: {id: {oneOf: ["siege", "figure:killed"]}}) { totalCount } }',
            "where.id.oneOf: 'figure:killed' is the id of a record of kind figure",
        ),
        (
            '{ figures(where: {event: {eq: "actor:battle"}}) { totalCount } }',
            "where.event.eq: 'actor:battle' is the id of a record of kind actor",
        ),
        (
            '{ revision(id: "event:battle") { id } }',
            "id: 'event:battle' is the id of a record of kind event, and this is about kind revision",
        ),
        *((f'{{ event(id: "{id}") {{ id }} }}', "id: must be a slug or a global id such as event:some-slug") for id in MALFORMED),
        *(
            (f'{{ node(id: "{id}") {{ id }} }}', "id: must be a global id")
            for id in (*MALFORMED[:-1], "", "event:", "EVENT:battle", "event: battle")
        ),
        *(
            (f"{{ events(where: {{{where}}}) {{ totalCount }} }}", "'battle@1' names a revision, which is not possible here; leave out @1")
            for where in (
                'id: {eq: "battle@1"}',
                'id: {ne: "battle@1"}',
                'id: {oneOf: ["siege", "battle@1"]}',
                'partOf: {within: "battle@1"}',
                'not: {partOf: {eq: "battle@1"}}',
                'partOf: {match: {id: {eq: "battle@1"}}}',
                'figures: {some: {event: {eq: "battle@1"}}}',
            )
        ),
        ('{ events(where: {id: {eq: "battle@x"}}) { totalCount } }', "where.id.eq: must be a slug or a global id"),
        ('{ revision(id: "revision:1@1") { id } }', "id: 'revision:1@1' names a revision"),
        ('{ revision(id: "@1") { id } }', "id: must be the number of a revision or its global id, such as revision:12"),
    ],
)
async def test_an_id_that_does_not_fit_is_refused_by_name(corrected: Instance, query: str, message: str) -> None:
    assert message in await error(corrected, query)


@pytest.mark.parametrize("id", ["0", "01", "-1", "1.0", " 1", "1 ", "9" * 30, "abc", "", "revision:0", "revision:01", "1e0"])
async def test_what_is_no_number_of_a_revision_has_none(corrected: Instance, id: str) -> None:
    found = await corrected.graphql("query ($id: ID) { revision(id: $id) { id } newest: revision { id } }", id=id)
    assert found == {"revision": None, "newest": {"id": "revision:2"}}


@pytest.mark.parametrize(
    ("path", "status"), [("revision:1", 200), ("1.json", 200), ("revision:9", 404), ("event:1", 400), ("1@1", 400), ("abc", 400)]
)
async def test_rest_reads_the_global_id_of_a_revision(corrected: Instance, path: str, status: int) -> None:
    response = await corrected.client.get(f"/v1/revisions/{path}")
    assert response.status_code == status, response.text
    assert status != 200 or response.json()["data"]["id"] == 1


async def test_ids_of_one_kind_and_revision_are_found_by_one_branch_of_the_statement(corrected: Instance) -> None:
    """With a branch for each, a hundred took a quarter of a second to compile, and as of an earlier revision they were too long a statement."""
    asked = '{ events(where: {id: {eq: "battle"}}) { nodes { claims { nodes { id } } } } }'
    ((claim,),) = [one["claims"]["nodes"] for one in (await corrected.graphql(asked))["events"]["nodes"]]
    kinds = ["event:battle", "event:siege@1", "figure:killed", "revision:1", claim["id"]]
    cost = {}
    for times in (1, 20):
        data = await corrected.client.post("/graphql", json={"query": NODES, "variables": {"ids": kinds * times}})
        assert [node["id"] for node in data.json()["data"]["nodes"]] == kinds * times
        cost[times] = data.json()["extensions"]["cost"]["requested"]
    assert cost[20] < 4 * cost[1]
    # One plan serves lists of one length and of the same kinds in the order in which they appear first.
    for ids in (["event:battle", "event:siege", "figure:killed"], ["event:siege", "figure:killed", "figure:killed"]):
        assert [node["id"] for node in (await corrected.graphql(NODES, ids=ids))["nodes"]] == ids


async def test_too_many_ids_are_refused(corrected: Instance) -> None:
    assert "101 ids, and 100 is the limit" in await error(corrected, NODES, ids=["event:battle"] * 101)


async def test_conditions_accept_global_ids(corrected: Instance) -> None:
    found = await corrected.graphql(
        '{ events(where: {id: {oneOf: ["event:battle", "siege"]}}) { totalCount } figures(where: {event: {eq: "event:battle"}}) { totalCount } '
        'parts: events(where: {partOf: {within: "event:battle"}}) { totalCount } }'
    )
    assert [one["totalCount"] for one in found.values()] == [2, 1, 1]
    assert [len((await corrected.get(address))["data"]) for address in ("/v1/events?id=event:siege", "/v1/figures?event=event:battle")] == [
        1,
        1,
    ]
    refused = await corrected.client.get("/v1/figures?event=figure:killed")
    assert refused.status_code == 400 and "kind figure" in refused.json()["detail"]


async def _is_known(instance: Instance, address: str, etag: str) -> bool:
    """Whether a client with this ETag is told that its page is current, both from the cache and without it, and without reading the page again."""
    request = {"if-none-match": etag}
    kept = await instance.client.get(address, headers=request)
    with patch.object(Store, "run", side_effect=AssertionError("the page is read again")):
        checked = await instance.client.get(address, headers={**request, "cache-control": "no-cache"})
    return kept.status_code == checked.status_code == 304


async def test_a_walk_has_current_ids_while_its_revision_is_the_newest(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A page of it that was sent then has another ETag afterwards, because its ids have changed."""
    made = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("walk"))
    async with made.app.router.lifespan_context(made.app), made.client:
        made.write("paper.yaml", TEXT.format(name="The first name", best=1))
        await made.load()
        query = "query ($after: String) { events(first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }"
        cursor = (await made.graphql(query))["events"]["pageInfo"]["endCursor"]
        address = (await made.get("/v1/events?limit=1"))["next"]
        assert (await made.graphql(query, after=cursor))["events"]["nodes"] == [{"id": "event:siege"}]
        before = await made.client.get(address)
        assert before.json()["data"][0]["node_id"] == "event:siege" and "no-cache" in before.headers["cache-control"]
        assert await _is_known(made, address, before.headers["etag"])
        made.write("paper.yaml", TEXT.format(name="The second name", best=2))
        await made.load()
        assert (await made.graphql(query, after=cursor))["events"]["nodes"] == [{"id": "event:siege@1"}]
        after: httpx2.Response = await made.client.get(address, headers={"if-none-match": before.headers["etag"]})
        assert (
            after.status_code == 200
            and after.json()["data"][0]["node_id"] == "event:siege@1"
            and "max-age" in after.headers["cache-control"]
        )
        assert await _is_known(made, address, after.headers["etag"])
        assert after.json()["data"][0]["part_of"]["id"] == "battle"


async def test_rest_carries_the_global_id(corrected: Instance) -> None:
    assert (await corrected.get("/v1/figures/killed"))["data"]["node_id"] == "figure:killed"
    assert (await corrected.get("/v1/figures/killed?revision=1"))["data"]["node_id"] == "figure:killed@1"
    assert (await corrected.get("/v1/figures?fields=best"))["data"] == [{"id": "killed", "best": 15_000}]
    assert (await corrected.get("/v1/figures?fields=node_id,event.node_id"))["data"] == [
        {"id": "killed", "node_id": "figure:killed", "event": {"id": "battle", "node_id": "event:battle"}}
    ]
    assert (await corrected.get("/v1/revisions/1"))["data"]["node_id"] == "revision:1"
    for query, id in (("", "figure:killed"), ("?revision=2", "figure:killed@2"), ("?revision=1", "figure:killed@1"), ("", "figure:killed")):
        assert (await corrected.client.get(f"/v1/figures.ndjson{query}")).json()["node_id"] == id
