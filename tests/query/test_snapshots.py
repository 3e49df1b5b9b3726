"""What was answered once is answered for ever under its revision: values, claims, sources, links, totals and pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from api.loading.collections import load
from schema.kinds import KINDS
from schema.model.kind import Kind
from schema.surfaces.graphql.names import camel

from ..conftest import Databases, Instance, source
from ..support.invented import collection, files
from ..support.selections import everything_of, short_reference

USUAL = ["figure-1", "event-3"]  # What is compared by default, and at night with all others.
LISTED = [
    pytest.param(kind, revision, id=(id := f"{kind.name}-{revision}"), marks=() if id in USUAL else pytest.mark.nightly)
    for kind in KINDS.values() for revision in range(1, 5)
]  # fmt: skip
USUAL_KINDS = [KINDS[name] for name in ("figure", "event", "location", "participation")]
NEWER = "application/graphql-response+json"
REVISIONS = 4


def graphql_question(kind: Kind) -> str:
    """Everything of a kind: documents with provenance, claims, what refers to them, totals, cursors."""
    reverses = " ".join(
        f"{camel(reverse.name)}(first: 3, orderBy: [{{slug: DESC}}]) {{ totalCount nodes {short_reference(reverse.kind)} pageInfo {{ hasNextPage }} }}"
        for reverse in kind.reverses.values()
    )
    claims = "claims(deprecated: true) { nodes { source { title publisher } rank chosenFor addedIn } }"
    page = f"first: 20) {{ totalCount nodes {everything_of(kind)[:-1]} {claims} {reverses} }} }}"
    return f"list: {kind.plural}({page} revision {{ id: number message }} revisions {{ nodes {{ id: number counts }} }}"


def rest_addresses(kind: Kind) -> list[str]:
    return [
        f"/v1/{kind.plural}?limit=1000&provenance=*&fields=*,added_in",
        f"/v1/{kind.plural}.csv?order=-id",
        f"/v1/{kind.plural}.ndjson?provenance=*",
    ]


def unnamed(text: str, revision: int) -> str:
    """Without the revision in global ids, which they name only if it was requested."""
    return text.replace(f'@{revision}"', '"')


@dataclass
class Past:
    """An instance of several revisions, and what it answered as each of them was the newest."""

    instance: Instance
    kinds: list[Kind]
    compared: list[str]
    graphql: dict[tuple[str, int], Any] = field(default_factory=dict)
    rest: dict[tuple[str, int], str] = field(default_factory=dict)
    recorded: dict[int, str] = field(default_factory=dict)

    async def remember(self, revision: int) -> None:
        for kind in self.kinds:
            self.graphql[kind.name, revision] = await self.instance.graphql(f"{{ {graphql_question(kind)} }}")
            for address in rest_addresses(kind) if f"{kind.name}-{revision}" in self.compared else ():
                self.rest[address, revision] = (await self.instance.client.get(address)).text


@pytest_asyncio.fixture(scope="module")
async def past(databases: Databases, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[Past]:
    made = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("past"))
    every = request.config.getoption("nightly")
    past = Past(made, [*KINDS.values()] if every else USUAL_KINDS, [str(one.id) for one in LISTED] if every else USUAL)
    async with made.app.router.lifespan_context(made.app), made.client:
        for revision in range(1, REVISIONS + 1):
            # Fewer records each time, other values: rows are added, changed, retracted, and some come back.
            size = {1: 14, 2: 9, 3: 14, 4: 12}[revision]
            for name, text in files(collection(KINDS, size, seed=revision % 3, rivals=True)).items():
                made.write(name, text)
            assert (await made.load()).revision == revision
            await past.remember(revision)
        revisions = (await made.get("/v1/revisions"))["data"]
        past.recorded = {one["id"]: one["recorded_at"] for one in revisions}
        yield past


@pytest.mark.parametrize(("kind", "revision"), LISTED)
async def test_a_snapshot_equals_the_response_of_its_time(past: Past, kind: Kind, revision: int) -> None:
    for when in (f"revision: {revision}", f'asOf: "{past.recorded[revision]}"'):
        found = await past.instance.graphql(f"{{ snapshot({when}) {{ {graphql_question(kind)} }} }}")
        assert unnamed(json.dumps(found["snapshot"]), revision) == json.dumps(past.graphql[kind.name, revision])
    for address in rest_addresses(kind):
        for name, value in (("revision", str(revision)), ("as_of", past.recorded[revision])):
            answer = await past.instance.client.get(f"{address}&{name}={value}")
            assert unnamed(answer.text, revision) == past.rest[address, revision]
            assert answer.headers["conflict-facts-revision"] == str(revision)


async def test_the_revisions_differ(past: Past) -> None:
    for kind in past.kinds:
        assert len({json.dumps(past.graphql[kind.name, revision]["list"]) for revision in range(1, REVISIONS + 1)}) == REVISIONS


async def test_snapshots_of_several_revisions_are_one_answer(past: Past) -> None:
    several = (1, REVISIONS)  # All of them would be a document of too many tokens.
    parts = " ".join(
        f"r{revision}: snapshot(revision: {revision}) {{ {graphql_question(KINDS['participation'])} }}" for revision in several
    )
    found = await past.instance.graphql(f"{{ now: figures {{ totalCount }} {parts} }}")
    for revision in several:
        assert unnamed(json.dumps(found[f"r{revision}"]), revision) == json.dumps(past.graphql["participation", revision])


async def test_conditions_and_references_are_of_the_revision_too(past: Past) -> None:
    """A condition on a record that is referred to, `within` and search look at that record as it was."""
    question = """events(first: 1000, where: {location: {match: {name: {contains: "a"}}}}) { nodes { id: slug location { name } } }
                  inside: events(first: 1000, where: {location: {within: "location-0000"}}) { nodes { id: slug } }
                  actors(search: "a") { totalCount nodes { name partOf { name } } }"""
    answers = set()
    for revision in range(1, REVISIONS + 1):
        found = (await past.instance.graphql(f"{{ snapshot(revision: {revision}) {{ {question} }} }}"))["snapshot"]
        locations = {one["id"]: one for one in past.graphql["location", revision]["list"]["nodes"]}
        events = past.graphql["event", revision]["list"]["nodes"]
        expected = [one["id"] for one in events if one["location"] and "a" in (locations[one["location"]["id"]]["name"]).lower()]
        assert {one["id"] for one in found["events"]["nodes"]} >= set(expected)
        assert all(one["location"]["name"] == locations[event["location"]["id"]]["name"] for one in found["events"]["nodes"]
                   for event in events if event["id"] == one["id"])  # fmt: skip
        answers.add(json.dumps(found))
        rest = await past.instance.get(f"/v1/events?location.within=location-0000&fields=id&limit=1000&revision={revision}")
        assert [one["id"] for one in rest["data"]] == [one["id"] for one in found["inside"]["nodes"]]
    assert len(answers) > 1


@pytest.mark.parametrize("revision", range(1, REVISIONS + 1))
async def test_a_walk_through_a_past_revision_equals_its_list(past: Past, revision: int) -> None:
    for kind in KINDS.values():
        label = kind.label or "id"
        everything_of = (await past.instance.get(f"/v1/{kind.plural}?order=-{label}&limit=1000&revision={revision}"))["data"]
        found, following = [], f"/v1/{kind.plural}?order=-{label}&limit=5&revision={revision}"
        while following:
            page = await past.instance.get(following)
            assert page["revision"] == revision
            found += page["data"]
            following = page["next"]
        assert found == everything_of


async def test_a_record_exists_only_in_its_revisions(past: Past) -> None:
    assert (await past.instance.client.get("/v1/events/event-0013?revision=1")).status_code == 200
    answer = await past.instance.client.get("/v1/events/event-0013?revision=2")
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no event 'event-0013' in revision 2")
    assert (await past.instance.client.get("/v1/events/event-0013?revision=3")).status_code == 200
    assert (await past.instance.client.get("/v1/events/event-0013")).status_code == 404
    found = await past.instance.graphql(
        '{ now: event(id: "event-0013") { id: slug } snapshot(revision: 1) { event(id: "event-0013") { id: slug } } }'
    )
    assert found == {"now": None, "snapshot": {"event": {"id": "event-0013"}}}


async def test_a_source_has_its_title_of_the_revision(instance: Instance) -> None:
    claims = "claims:\n  actors:\n    - {id: a, name: A, kind: state}\n"
    await instance.load(paper=source(title="First title") + claims)
    await instance.load(paper=source(title="Second title") + claims)
    question = "actors { nodes { claims { nodes { source { title } } } provenance { name { claims { source { title } } } } } }"
    found = await instance.graphql(f"{{ snapshot(revision: 1) {{ {question} }} {question} }}")
    assert str(found["snapshot"]).count("First title") == str(found["actors"]).count("Second title") == 2
    assert "Second" not in str(found["snapshot"])


# Coordinates that lead nowhere


@pytest.mark.parametrize("wanted", [5, 99, 2**31 - 1])
async def test_a_future_revision_is_not_found(past: Past, wanted: int) -> None:
    for address in (f"/v1/events?revision={wanted}", f"/v1/events/event-0001?revision={wanted}", f"/v1/events.csv?revision={wanted}"):
        answer = await past.instance.client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (404, "no-such-revision")
        assert answer.json()["detail"] == f"there is no revision {wanted}; the newest is 4"
    body = {"query": f"{{ snapshot(revision: {wanted}) {{ events {{ totalCount }} }} }}"}
    answer = await past.instance.client.post("/graphql", json=body, headers={"accept": NEWER})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["problem"]) == (404, "no-such-revision")


async def test_a_negative_revision_is_refused(past: Past) -> None:
    answer = await past.instance.client.get("/v1/events?revision=-1")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-argument")
    body = {"query": "{ snapshot(revision: -1) { events { totalCount } } }"}
    answer = await past.instance.client.post("/graphql", json=body, headers={"accept": NEWER})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["problem"]) == (404, "no-such-revision")


async def test_before_the_first_revision_there_was_nothing(past: Past) -> None:
    for when in ("revision: 0", 'asOf: "2001-01-01T00:00:00Z"', 'asOf: "2001-01-01"'):
        found = await past.instance.graphql(
            f"{{ snapshot({when}) {{ revision {{ id: number }} revisions {{ nodes {{ id: number }} }} events {{ totalCount nodes {{ id: slug }} }} }} }}"
        )
        assert found["snapshot"] == {"revision": None, "revisions": {"nodes": []}, "events": {"totalCount": 0, "nodes": []}}
    for when in ("revision=0", "as_of=2001-01-01", "as_of=0001-01-01"):
        assert await past.instance.get(f"/v1/events?{when}") == {"revision": 0, "data": [], "next": None}
        assert (await past.instance.client.get(f"/v1/events.ndjson?{when}")).text == ""


@pytest.mark.parametrize(("time", "revision"), [
    ("9999-12-31", 4), ("2999-01-01T00:00:00", 4), ("2999-01-01T00:00:00Z", 4), ("2999-01-01 00:00", 4), ("2999-01-01T00:00:00-12:00", 4),
    ("2001-01-01T23:59:59.999999+14:00", 0), ("2001-02-28", 0),
])  # fmt: skip
async def test_a_time_is_read_with_or_without_a_zone(past: Past, time: str, revision: int) -> None:
    answer = await past.instance.client.get("/v1/events", params={"as_of": time})
    assert (answer.status_code, answer.json()["revision"]) == (200, revision)
    found = await past.instance.graphql("query ($t: DateTime) { snapshot(asOf: $t) { revision { id: number } } }", t=time)
    assert (found["snapshot"]["revision"] or {"id": 0})["id"] == revision


async def test_a_date_means_its_end(past: Past) -> None:
    """What was recorded on a day is in the facts as of that day."""
    for day in {time[:10] for time in past.recorded.values()}:
        newest = max(revision for revision, time in past.recorded.items() if time[:10] <= day)
        assert (await past.instance.get(f"/v1/events?as_of={day}"))["revision"] == newest
        found = await past.instance.graphql(f'{{ snapshot(asOf: "{day}") {{ revision {{ id: number }} }} }}')
        assert found["snapshot"]["revision"]["id"] == newest


async def test_a_zone_counts(past: Past) -> None:
    """A minute before a revision, written in another zone, is still before it."""
    hour, rest = past.recorded[1][11:13], past.recorded[1][13:].removesuffix("Z")
    shifted = f"{past.recorded[1][:11]}{(int(hour) + 1) % 24:02}{rest}+01:00" if hour != "23" else past.recorded[1]
    assert (await past.instance.client.get("/v1/events", params={"as_of": shifted})).json()["revision"] == 1
    early = shifted.replace("+01:00", "+02:00") if hour != "23" else "2001-01-01"
    assert (await past.instance.client.get("/v1/events", params={"as_of": early})).json()["revision"] == 0


async def test_a_time_in_milliseconds_finds_the_revision_that_it_was_read_from(past: Past) -> None:
    """As JavaScript cuts it: `new Date(recorded_at).toISOString()`."""
    for revision, time in past.recorded.items():
        cut = f"{time[:23]}Z"
        assert (await past.instance.get(f"/v1/events?as_of={cut}&limit=1"))["revision"] == revision
        found = await past.instance.graphql(f'{{ snapshot(asOf: "{cut}") {{ revision {{ id: number }} }} }}')
        assert found["snapshot"]["revision"]["id"] == revision


@pytest.mark.parametrize("time", [
    "", "now", "2024", "2024-13-01", "2024-02-30", "20241201", "2024-W48-3", "2024-12-01T25:00:00Z", "2024-12-01T00:00:00Z; select", "1733011200",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2024-12-01T00:00:00 00:00", "٢٠٢٤-١٢-٠١", "2024-12-01T00:00:00\x00",
])  # fmt: skip
async def test_an_invalid_time_is_refused(past: Past, time: str) -> None:
    answer = await past.instance.client.get("/v1/events", params={"as_of": time})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-argument")
    assert answer.json()["detail"].startswith("as_of: must be a date or a time such as 2024-12-01T00:00:00Z")
    body = {"query": "query ($t: DateTime) { snapshot(asOf: $t) { revision { id: number } } }", "variables": {"t": time}}
    answer = await past.instance.client.post("/graphql", json=body, headers={"accept": NEWER})
    assert (answer.status_code, answer.json()["errors"][0]["message"].partition(":")[0]) == (400, "asOf")


async def test_revision_and_time_exclude_each_other(past: Past) -> None:
    answer = await past.instance.client.get("/v1/events?revision=1&as_of=2999-01-01")
    assert (answer.status_code, answer.json()["detail"]) == (400, "revision, as_of: give only one of the two")
    for given in ("", '(revision: 1, asOf: "2999-01-01")', "(revision: null)"):
        body = {"query": f"{{ snapshot{given} {{ __typename }} }}"}
        answer = await past.instance.client.post("/graphql", json=body, headers={"accept": NEWER})
        assert answer.json()["errors"][0]["message"] == "snapshot: give exactly one of revision and asOf"
    after = (await past.instance.get("/v1/events?limit=1"))["next"]
    answer = await past.instance.client.get(f"{after}&revision=1")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-argument")
    assert answer.json()["detail"].startswith("after: a cursor continues the list as of its own revision")


async def test_a_snapshot_lists_only_revisions_up_to_its_own(past: Past) -> None:
    found = await past.instance.graphql(
        "{ snapshot(revision: 2) { revision { id: number } later: revision(id: 3) { id: number } revisions { nodes { id: number } } } revisions(first: 2) { nodes { id: number } } }"
    )
    assert found == {
        "snapshot": {"revision": {"id": 2}, "later": None, "revisions": {"nodes": [{"id": 2}, {"id": 1}]}},
        "revisions": {"nodes": [{"id": 4}, {"id": 3}]},
    }


# Answers while a load commits


def actors(number: int) -> str:
    return (
        source()
        + "claims:\n  actors:\n"
        + "".join(f"    - {{id: a{one}, name: Name {number}, kind: state}}\n" for number in [number] for one in range(30))
    )


@pytest.mark.nightly
async def test_a_response_for_a_revision_is_right_while_loads_commit(instance: Instance) -> None:
    """The newest revision is answered from the live tables; it must not be, once it is no longer the newest."""
    await instance.load(paper=actors(1))
    done = asyncio.Event()
    seen: set[tuple[int, int]] = set()

    async def ask() -> None:
        while not done.is_set():
            newest = (await instance.get("/v1/revisions?limit=1"))["data"][0]["id"]
            answers = await asyncio.gather(
                *(instance.get(f"/v1/actors?revision={newest}&fields=name,added_in") for _ in range(2)),
                *(instance.graphql(f"{{ snapshot(revision: {newest}) {{ actors {{ nodes {{ name }} }} }} }}") for _ in range(2)),
            )
            for answer in answers:
                nodes = answer["data"] if "data" in answer else answer["snapshot"]["actors"]["nodes"]
                assert {one["name"] for one in nodes} == {f"Name {newest}"}
                assert len(nodes) == 30
            then = (await instance.get("/v1/revisions?limit=1"))["data"][0]["id"]
            seen.add((newest, then))

    asking = [asyncio.create_task(ask()) for _ in range(2)]
    for number in range(2, 6):
        assert (await instance.load(paper=actors(number))).revision == number
    done.set()
    await asyncio.gather(*asking)
    assert any(newest != then for newest, then in seen), "no load came between; the test tests nothing"


async def until_locked(instance: Instance, number: int) -> None:
    """Wait until that many sessions wait for a lock."""
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    async with asyncio.timeout(120):
        while (await instance.rows(waiting))[0][0] < number:  # noqa: ASYNC110  # PostgreSQL has no event for it
            await asyncio.sleep(0.01)


async def test_requests_that_wait_across_a_load_are_answered_correctly(instance: Instance) -> None:
    """Two requests are compiled under one revision and run under the next; the first to come back must not mislead the second."""
    await instance.load(paper=actors(1))
    await instance.get("/v1/actors")
    blocker = await asyncpg.connect(instance.url)
    async with blocker.transaction():
        await blocker.execute("lock table actor in access exclusive mode")
        waiting: list[asyncio.Task[httpx2.Response]] = [
            asyncio.create_task(instance.client.get("/v1/actors?revision=1&fields=name")) for _ in range(4)
        ]
        await until_locked(instance, 1)  # The four share one statement, which is compiled.
        instance.write("paper.yaml", actors(2))
        loading = asyncio.create_task(load(KINDS, instance.url, instance.folder))
        await until_locked(instance, 2)
        await blocker.execute("update actor set name = 'Name 2', added_in = 2")  # What the load will do, and has it wait for the lock.
        await blocker.execute("insert into actor_history select key, " + COPIED + ", 2, 'resettled' from actor")
        await blocker.execute("update actor_history set name = 'Name 1', added_in = 1")
        await blocker.execute(
            "insert into revision (id, recorded_at, kind, message, author, tool, rule, totals_rule, digest, counts) "
            "select 2, clock_timestamp(), kind, message, author, tool, rule, totals_rule, digest, counts from revision where id = 1"
        )
        loading.cancel()
        await asyncio.gather(loading, return_exceptions=True)
    await blocker.close()
    for answer in await asyncio.gather(*waiting):
        assert {one["name"] for one in answer.json()["data"]} == {"Name 1"}, answer.text


COPIED = ", ".join(["id", *KINDS["actor"].fields, *(f"{group}_claim" for group in KINDS["actor"].groups), "claims", "search", "added_in"])


async def test_a_cursor_of_another_revision_is_refused_in_a_snapshot(past: Past) -> None:
    page = await past.instance.graphql("{ snapshot(revision: 1) { events(first: 1) { pageInfo { endCursor } } } }")
    cursor = page["snapshot"]["events"]["pageInfo"]["endCursor"]
    question = f'{{{{ snapshot(revision: {{}}) {{{{ events(first: 1, after: "{cursor}") {{{{ nodes {{{{ id: slug }}}} }}}} }}}} }}}}'
    assert (await past.instance.graphql(question.format(1)))["snapshot"]["events"]["nodes"]
    refused = await past.instance.client.post("/graphql", json={"query": question.format(2)})
    assert refused.json()["errors"][0]["extensions"]["problem"] == "bad-cursor"
