"""What the terms of its source forbid to pass on is shown by no surface, neither of today nor of the past; that it is withheld is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from click.testing import CliRunner

from api.__main__ import main
from api.errors import LoadRefused, MayNotServe
from api.loading.change import Change
from api.loading.collections import load, retract
from api.loading.receipts import Receipt
from api.loading.undo import undo
from api.loading.verify import verify
from api.sql.answering.statistics import statistics
from schema.kinds import KINDS

from ..conftest import Databases, Instance, free_port, source
from ..support.properties import NIGHTLY

SECRET = ("Zyxian", "98761", "98762", "98763", "98799", "zyx-", "1999-09-09")  # What the closed source says, and nobody else.
OPEN = """
claims:
  locations:
    - {id: town, name: Openton, kind: settlement, country: SYR, latitude: 36.2, longitude: 37.1}
  actors:
    - {id: band, name: The Band, kind: rebel_group}
  events:
    - {id: shared, name: Battle of Openton, kind: battle, started_on: 2024-11-27, location: town, country: SYR}
    - {id: open-event, name: Another battle, kind: battle, started_on: 2024-11-28, location: town, country: SYR}
  participations:
    - {id: band-shared, event: shared, actor: band, role: side_a}
  figures:
    - {id: shared-killed, event: shared, measure: killed, population: all, best: 12, unit: people, basis: flow}
"""
CLOSED = """
claims:
  locations:
    - {id: zyx-town, name: Zyxian Town, kind: settlement, country: SYR, latitude: 36.3, longitude: 37.2, part_of: town}
    - {id: town, name: Zyxian Openton, kind: settlement, native_name: Zyxian native}
  actors:
    - {id: zyx-actor, name: Zyxian Army, kind: rebel_group}
    - {id: band, name: Zyxian Band, kind: political_militia, aliases: [Zyxian alias]}
  events:
    - {id: shared, name: Zyxian name, kind: shelling, started_on: 1999-09-09, location: zyx-town, country: SYR, summary: A Zyxian summary}
    - {id: zyx-event, name: Zyxian event, kind: battle, started_on: 1999-09-09, location: zyx-town, country: SYR}
    - {id: zyx-other, name: Zyxian other, kind: battle, started_on: 1999-09-09, location: town, country: SYR}
  participations:
    - {id: zyx-part, event: shared, actor: zyx-actor, role: side_b}
  figures:
    - {id: shared-killed, event: shared, measure: killed, population: all, best: 98761, unit: people, basis: flow}
    - {id: zyx-killed, event: shared, measure: killed, population: civilians, best: 98762, unit: people, basis: flow}
    - {id: zyx-figure, event: zyx-event, measure: injured, population: all, low: 98799, best: 98763, unit: people, basis: flow}
"""
CLAIMS = {"location": 2, "actor": 2, "event": 3, "participation": 1, "figure": 3}
ALONE = {"location": 1, "actor": 1, "event": 2, "participation": 1, "figure": 2}
PROVED = "provenance { name { disputed origins claims { value source { id: slug title } } } summary { claims { value } } }"
FIGURES = "figures { totalCount nodes { id: slug best population provenance { best { disputed origins claims { value chosen source { title } } } } } }"
EVENT = f"id name kind startedOn summary location {{ id: slug name nativeName }} claims {{ nodes {{ locator source {{ id: slug }} }} }} {PROVED} {FIGURES} participations {{ nodes {{ id: slug actor {{ id: slug name aliases }} }} }}"
DOCUMENTS = {
    "record": f'event(id: "shared") {{ {EVENT} }}',
    "list": f"events(orderBy: [{{started_on: ASC}}]) {{ totalCount nodes {{ {EVENT} }} }}".replace("started_on", "startedOn"),
    "filter": "figures(where: {best: {gt: 1000}}) { totalCount nodes { id: slug best } }",
    "search": 'actors(search: "Zyxian") { totalCount nodes { id: slug } }',
    "nested": "locations { nodes { id: slug name nativeName parts { nodes { id: slug name } } events { nodes { id: slug name } } } }",
    "totals": "totals(by: [MEASURE, POPULATION]) { rows { best figures } leftOut { reason figures } }",
    "sources": "sources { nodes { id: slug title } }",
    "page": "events(first: 1) { nodes { id: slug name } pageInfo { hasNextPage endCursor } }",
}
ADDRESSES = [
    *(f"/v1/{kind.plural}{suffix}" for kind in KINDS.values() for suffix in ("", ".csv", ".ndjson")),
    *(f"/v1/{plural}.geojson" for plural in ("events", "locations", "figures")),
    "/v1/events?provenance=*&fields=*", "/v1/events/shared", "/v1/events/shared.json?provenance=*", "/v1/figures/shared-killed",
    "/v1/locations/town", "/v1/actors/band", "/v1/actors?search=zyxian", "/v1/figures?search=zyxian", "/v1/events?search=zyxian", "/v1/search?text=zyxian", "/v1/search?text=town", "/search?text=zyxian", "/v1/figures?best.gte=1000", "/v1/figures/totals?by=measure,population",
    "/v1/figures/totals?by=month,country", "/v1/figures/totals?by=year", "/v1/events?limit=1", "/v1/events.ndjson?provenance=*",
    "/v1/revisions", "/v1/revisions/1",
]  # fmt: skip


# A record, a list, a total, a file and a search by each surface: for tests of when something is withheld. Others are of where.
SOME = {
    "record", "list", "totals", "/v1/events", "/v1/events.csv", "/v1/figures.ndjson", "/v1/locations.geojson", "/v1/events/shared", "/v1/figures/shared-killed",
    "/v1/locations/town", "/v1/actors/band", "/v1/search?text=zyxian", "/v1/figures/totals?by=measure,population", "/v1/figures/totals?by=year",
    "/v1/revisions", "/v1/revisions/1",
}  # fmt: skip


async def shown(instance: Instance, revision: int | None = None, every: bool = False) -> dict[str, bytes]:
    """Some answers of each surface, or every one, in bytes, of today or as of a revision."""
    found: dict[str, bytes] = {}
    for name, text in DOCUMENTS.items():
        if not every and name not in SOME:
            continue
        asked = text if revision is None else f"snapshot(revision: {revision}) {{ {text} }}"
        answer = await instance.client.post("/graphql", json={"query": f"{{ {asked} }}"})
        assert "errors" not in answer.json(), (name, answer.text)
        found[name] = answer.content
    for address in ADDRESSES:
        if not every and address not in SOME:
            continue
        dated = revision is not None and not address.startswith("/v1/revisions")
        answer = await instance.client.get(address + (f"{'&' if '?' in address else '?'}revision={revision}" if dated else ""))
        assert answer.status_code == 200, (address, answer.text)
        found[address] = answer.content
    return found


def secrets(answers: dict[str, bytes]) -> list[tuple[str, str]]:
    """Where anything of the closed source shows; what a cursor or an address says again of the question is none of it."""
    return [(name, one) for name, body in answers.items() for one in SECRET if one.encode() in body and "search" not in name]


async def proved(instance: Instance) -> list[str]:
    return [f"{proof.name}: {one}" async for proof in verify(KINDS, instance.url) for one in proof.contradictions]


async def loaded(instance: Instance, private: bool = False) -> Receipt:
    receipt = await load(KINDS, instance.url, instance.folder, private=private)
    await instance.hear(receipt.revision)
    return receipt


def write_open(instance: Instance) -> None:
    instance.write("open/paper.yaml", source("paper") + OPEN)


def write_closed(instance: Instance, redistributable: bool | None = False, claims: str = CLOSED) -> None:
    fields = {} if redistributable is None else {"redistributable": redistributable}
    text = source(
        "closed", title="The Closed Dataset", url="https://closed.example/", attribution="Say it is of Closed", reliability="A", **fields
    )
    instance.write("closed/dataset.yaml", text + claims)


@pytest_asyncio.fixture(scope="module")
async def both_template(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with both sources, to be copied."""
    made = Instance(databases, name := await databases.fresh(), tmp_path_factory.mktemp("both"))
    write_open(made)
    write_closed(made)
    await loaded(made)
    return name


@pytest_asyncio.fixture
async def both(databases: Databases, both_template: str, tmp_path: Path) -> AsyncIterator[Instance]:
    made = Instance(databases, name := await databases.fresh(both_template), tmp_path)
    write_open(made)
    write_closed(made)
    async with made.app.router.lifespan_context(made.app), made.client:
        await made.hear(1)
        yield made
    await databases.drop(name)


@pytest_asyncio.fixture(scope="module")
async def public_template(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with both sources, of which none forbids anything yet; to be copied."""
    made = Instance(databases, name := await databases.fresh(), tmp_path_factory.mktemp("public"))
    write_open(made)
    write_closed(made, redistributable=None)
    await loaded(made)
    return name


@pytest_asyncio.fixture
async def public(databases: Databases, public_template: str, tmp_path: Path) -> AsyncIterator[Instance]:
    """Both sources, of which the second will be said to forbid redistribution."""
    made = Instance(databases, name := await databases.fresh(public_template), tmp_path)
    write_open(made)
    write_closed(made, redistributable=None)
    async with made.app.router.lifespan_context(made.app), made.client:
        await made.hear(1)
        yield made
    await databases.drop(name)


async def test_no_surface_shows_what_is_withheld(both: Instance) -> None:
    answers = await shown(both, every=True)
    assert secrets(answers) == []
    assert b"Battle of Openton" in answers["record"] and b'"best":12' in answers["record"]
    assert b'"totalCount":2' in answers["list"] and b'"totalCount":0' in answers["filter"] and b'"totalCount":0' in answers["search"]
    assert await proved(both) == []


async def test_claims_origins_and_disputes_are_counted_without_withheld_claims(both: Instance) -> None:
    event = (await both.graphql(f'{{ event(id: "shared") {{ {EVENT} }} }}'))["event"]
    assert [one["source"]["id"] for one in event["claims"]["nodes"]] == ["paper"]
    assert event["provenance"]["name"] == {
        "disputed": False,
        "origins": 1,
        "claims": [{"value": "Battle of Openton", "source": {"id": "paper", "title": "Title of paper"}}],
    }
    assert [one["id"] for one in event["figures"]["nodes"]] == ["shared-killed"] and event["figures"]["totalCount"] == 1


async def test_walking_all_pages_shows_nothing_withheld(both: Instance) -> None:
    found, address = [], "/v1/events?limit=1"
    while address:
        page = await both.get(address)
        found += [one["id"] for one in page["data"]]
        address = page["next"]
    assert found == ["open-event", "shared"]


async def test_withheld_records_are_announced_and_counted(both: Instance) -> None:
    told = await both.get("/v1/withheld")
    assert {one["kind"]: one["claims"] for one in told["data"]} == CLAIMS
    assert {one["kind"]: one["records"] for one in told["data"]} == ALONE
    assert {(one["source"], one["title"], one["url"], one["attribution"]) for one in told["data"]} == {
        ("closed", "The Closed Dataset", "https://closed.example/", "Say it is of Closed")
    }
    by_graphql = await both.graphql("{ withheld { source kind claims records title url license attribution publisher } }")
    assert by_graphql["withheld"] == [
        {name: one[name] for name in by_graphql["withheld"][0]} | {"kind": one["kind"].upper()} for one in told["data"]
    ]


async def withheld_at(instance: Instance, revision: int) -> list[dict[str, object]]:
    """What is withheld as of a revision, by REST and by GraphQL."""
    rest = await instance.get(f"/v1/withheld?revision={revision}")
    assert rest["revision"] == revision
    fields = "source kind claims records title url license attribution publisher"
    graphql = await instance.graphql(f"{{ snapshot(revision: {revision}) {{ withheld {{ {fields} }} }} }}")
    assert graphql["snapshot"]["withheld"] == [
        {name: one[name] for name in fields.split()} | {"kind": one["kind"].upper()} for one in rest["data"]
    ]
    rows: list[dict[str, object]] = rest["data"]
    return rows


async def test_what_is_withheld_can_be_read_as_of_every_revision(both: Instance) -> None:
    """Each revision answers as it did when it was the newest: also after more is withheld, a record is published, and all is retracted."""
    then = {1: (await both.get("/v1/withheld"))["data"]}
    write_closed(
        both,
        claims=CLOSED.replace("98763", "98764") + "    - {id: zyx-more, event: zyx-event, measure: killed, best: 98763, unit: people}\n",
    )
    both.write("open/also.yaml", source("also") + "claims:\n  events:\n    - {id: zyx-other, name: Published too, kind: battle}\n")
    await loaded(both)
    then[2] = (await both.get("/v1/withheld"))["data"]
    await retract(KINDS, both.url, "closed", Change("Taken back"))
    await both.hear(3)
    then[3] = (await both.get("/v1/withheld"))["data"]
    by_kind = [{row["kind"]: (row["claims"], row["records"]) for row in rows} for rows in then.values()]
    assert (by_kind[0]["figure"], by_kind[1]["figure"], by_kind[1]["event"], by_kind[2]) == ((3, 2), (4, 3), (3, 1), {})
    for revision, rows in then.items():
        assert await withheld_at(both, revision) == rows
    assert (await both.client.get("/v1/withheld?revision=4")).json()["code"] == "no-such-revision"
    recorded = (await both.get("/v1/revisions/1"))["data"]["recorded_at"]
    assert (await both.get(f"/v1/withheld?as_of={recorded}")) == {"revision": 1, "data": then[1]}


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("address", "count"),
    [("/v1/events", "2"), ("/v1/events.csv", "2"), ("/v1/figures/totals?by=year", "2"), ("/v1/locations", "1"), ("/v1/sources", None)],
)
async def test_a_list_says_how_many_records_of_its_kind_are_withheld(both: Instance, address: str, count: str | None) -> None:
    assert (await both.client.get(address)).headers.get("conflict-facts-withheld") == count


async def test_graphql_announces_withheld_records_in_the_same_header(both: Instance) -> None:
    answer = await both.client.post("/graphql", json={"query": "{ events { nodes { id: slug } } figures { nodes { id: slug } } }"})
    assert answer.headers["conflict-facts-withheld"] == "4"


async def test_a_request_for_a_withheld_record_explains_why_it_is_not_shown(both: Instance) -> None:
    answer = await both.client.get("/v1/events/zyx-event")
    assert answer.status_code == 451 and answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "withheld" and problem["source"] == {
        "id": "closed",
        "title": "The Closed Dataset",
        "url": "https://closed.example/",
    }
    assert "https://closed.example/" in problem["detail"] and "Zyxian" not in answer.text
    assert (await both.client.get("/v1/events/zyx-event.json")).status_code == 451
    assert (await both.client.get("/v1/events/nothing")).status_code == 404
    assert (await both.client.get("/v1/actors/zyx-event")).status_code == 404


async def test_a_claim_about_a_withheld_record_is_answered_like_the_record(both: Instance) -> None:
    """Whether there is such a claim or not; and a withheld claim about a published record like one that does not exist."""
    closed = (
        await both.rows(
            "select encode(substr(sha256(convert_to(concat_ws(chr(31), 'event', 'shared', 'closed', '', '', '', 'closed'), 'UTF8')), 1, 6), 'hex')"
        )
    )[0][0]
    claims = (
        (f"event:zyx-event:{closed}", 451),
        ("event:zyx-event:000000000000", 451),
        (f"event:shared:{closed}", 404),
        ("event:shared:000000000000", 404),
    )
    for id, status in claims:
        answer = await both.client.get(f"/v1/claims/{id}")
        assert (answer.status_code, "Zyxian" in answer.text) == (status, False), answer.text
        graphql = (
            await both.client.post("/graphql", json={"query": f'{{ claim(id: "{id}") {{ id }} nodes(ids: ["claim:{id}"]) {{ id }} }}'})
        ).json()
        assert graphql["data"] == {"claim": None, "nodes": [None]}
        assert [error["path"] for error in graphql.get("errors", [])] == ([["claim"], ["nodes", 0]] if status == 451 else [])


async def test_graphql_returns_null_and_an_error_for_a_withheld_record(both: Instance) -> None:
    query = 'query ($id: ID!) { a: event(id: $id) { name } event(id: "shared") { name } snapshot(revision: 1) { b: event(id: "zyx-other") { name } } }'
    answer = (await both.client.post("/graphql", json={"query": query, "variables": {"id": "zyx-event"}})).json()
    assert answer["data"] == {"a": None, "event": {"name": "Battle of Openton"}, "snapshot": {"b": None}}
    assert [(one["path"], one["extensions"]["problem"], one["extensions"]["source"]["id"]) for one in answer["errors"]] == [
        (["a"], "withheld", "closed"), (["snapshot", "b"], "withheld", "closed"),
    ]  # fmt: skip


async def test_a_check_of_a_sentence_about_a_withheld_event_is_answered_like_the_event(both: Instance) -> None:
    asked = 'checkClaim(measure: KILLED, value: 4, event: "%s") { verdict }'
    query = f"{{ a: {asked % 'zyx-event'} b: {asked % 'no-such-event'} snapshot(revision: 1) {{ c: {asked % 'zyx-other'} }} }}"
    answer = (await both.client.post("/graphql", json={"query": query})).json()
    assert answer["data"] == {"a": None, "b": None, "snapshot": {"c": None}}
    assert [(one["path"], one["extensions"]["problem"]) for one in answer["errors"]] == [
        (["a"], "withheld"),
        (["snapshot", "c"], "withheld"),
    ]
    assert (await both.client.get("/v1/check-claim?measure=killed&value=4&event=zyx-event")).status_code == 451


async def test_a_source_whose_terms_change_is_withheld_from_history_too(public: Instance) -> None:
    """Earlier revisions count what they no longer show, and show what the other source said."""
    assert len({name for name, _ in secrets(await shown(public))}) > 10 and await withheld_at(public, 1) == []
    public.write("open/paper.yaml", source("paper") + OPEN.replace("best: 12", "best: 13"))
    changed = CLOSED.replace("best: 98761", "best: 98762")
    write_closed(public, redistributable=None, claims=changed)  # What it said before is in the past alone.
    await loaded(public)
    etag = (await public.client.get("/v1/events?revision=1")).headers["etag"]
    write_closed(public, claims=changed)
    receipt = await loaded(public)
    assert receipt.revision == 3
    assert {kind: counts["taken"] for kind, counts in receipt.withheld.items() if counts["taken"]} == CLAIMS
    for revision, killed in ((1, 12), (2, 13), (3, 13)):
        if NIGHTLY or revision != 3:
            assert secrets(await shown(public, revision, every=NIGHTLY or revision == 1)) == []
        rows = await withheld_at(public, revision)
        assert {row["kind"]: row["claims"] for row in rows} == CLAIMS and {row["kind"]: row["records"] for row in rows} == ALONE
        event = (await public.get(f"/v1/events/shared?revision={revision}&provenance=none"))["data"]
        assert (event["name"], event["started_on"]) == ("Battle of Openton", "2024-11-27")
        assert (await public.get(f"/v1/figures/shared-killed?revision={revision}"))["data"]["best"] == killed
        assert (await public.get(f"/v1/locations/town?revision={revision}&provenance=none"))["data"]["name"] == "Openton"
    assert (await public.client.get("/v1/events?revision=1", headers={"if-none-match": etag})).status_code == 200
    assert (await public.client.get("/v1/events/zyx-event?revision=1")).status_code == 451
    assert await proved(public) == []
    with pytest.raises(LoadRefused, match=r"revision 3 cannot be undone: it withheld claims"):
        await undo(KINDS, public.url, 3)


async def test_the_samples_of_tables_have_nothing_that_was_withdrawn(public: Instance) -> None:
    """Costs are computed from them, and one that is higher for a name than for others would tell that the name is there."""

    async def sampled() -> list[str]:
        told = str(await public.rows(statistics(KINDS)))
        return [secret for secret in (*SECRET, "zyxian") if secret in told]

    await public.rows("analyze")
    assert len(await sampled()) > 3
    write_closed(public)
    await loaded(public)
    assert await sampled() == []


@pytest.mark.nightly
async def test_history_keeps_the_claims_of_other_sources(instance: Instance) -> None:
    write_open(instance)
    await loaded(instance)
    before = await shown(instance, revision=1, every=True)
    write_closed(instance, redistributable=None)
    await loaded(instance)
    instance.write("open/paper.yaml", source("paper") + OPEN.replace("best: 12", "best: 13"))
    changed = CLOSED.replace("best: 98761", "best: 98762")
    write_closed(instance, redistributable=None, claims=changed)  # What it said before is in the past alone.
    await loaded(instance)
    write_closed(instance, claims=changed)
    await loaded(instance)
    for revision, killed in ((1, 12), (2, 12), (3, 13), (4, 13)):
        answers = await shown(instance, revision, every=revision == 1)
        assert secrets(answers) == []
        if revision == 1:
            assert {name for name in before if before[name] != answers[name]} == {
                "/v1/revisions",
                "/v1/revisions/1",
            }  # The newest is the fourth by now.
        event = (await instance.get(f"/v1/events/shared?revision={revision}&provenance=none"))["data"]
        assert (event["name"], event["started_on"]) == ("Battle of Openton", "2024-11-27")
        assert (await instance.get(f"/v1/figures/shared-killed?revision={revision}"))["data"]["best"] == killed
        assert (await instance.get(f"/v1/locations/town?revision={revision}&provenance=none"))["data"]["name"] == "Openton"
    assert await proved(instance) == []


@pytest.mark.nightly
async def test_links_of_records_settled_again_in_history_are_found(instance: Instance) -> None:
    """The closed source is preferred and puts a figure on one event; without it the other's claims stand, which moved it about."""

    def claims(event: str, rank: str = "normal") -> str:
        return f"""
claims:
  figures:
    - {{id: moved, event: {event}, measure: killed, population: all, best: 5, unit: people, basis: flow, rank: {rank}}}
"""

    events = "".join(f"\n    - {{id: {one}, name: Event {one}, kind: battle}}" for one in ("first", "second", "third"))
    frame = source(id="frame") + f"claims:\n  events:{events}\n"
    asked = '{ snapshot(revision: 2) { event(id: "second") { figures { nodes { id: slug } } } figures(where: {event: {eq: "second"}}) { nodes { id: slug } } } }'
    await instance.load(frame=frame, closed=source(id="closed") + claims("first", "preferred"), open=source(id="open") + claims("first"))
    await instance.load(open=source(id="open") + claims("second"))
    await instance.load(open=source(id="open") + claims("third"))
    assert (await instance.graphql(asked))["snapshot"]["event"]["figures"]["nodes"] == []
    await instance.load(closed=source(id="closed", redistributable=False) + claims("first", "preferred"))
    told = (await instance.graphql(asked))["snapshot"]
    assert told["event"]["figures"] == told["figures"] == {"nodes": [{"id": "moved"}]}
    assert await proved(instance) == []


@pytest.mark.nightly
async def test_another_collection_can_forbid_redistribution_too(instance: Instance) -> None:
    write_open(instance)
    write_closed(instance, redistributable=True)
    await loaded(instance)
    instance.write(
        "catalogue/lawyer.yaml", source("lawyer") + "claims:\n  sources:\n    - {id: closed, redistributable: false, license: No}\n"
    )
    await loaded(instance)
    assert secrets(await shown(instance)) == []
    assert (await instance.get("/v1/withheld"))["data"][0]["license"]
    assert await proved(instance) == []


async def test_a_deprecated_claim_forbids_nothing(instance: Instance) -> None:
    write_closed(instance, redistributable=None, claims=CLOSED.replace(", part_of: town", ""))
    instance.write(
        "catalogue/lawyer.yaml",
        source("lawyer") + "claims:\n  sources:\n    - {id: closed, redistributable: false, rank: deprecated, note: wrong}\n",
    )
    await loaded(instance)
    assert (await instance.get("/v1/withheld"))["data"] == []
    assert (await instance.client.get("/v1/events/zyx-event")).status_code == 200


async def test_claims_are_public_again_once_redistribution_is_allowed(both: Instance) -> None:
    write_closed(both, redistributable=True)
    receipt = await loaded(both)
    assert sum(counts["released"] for counts in receipt.withheld.values()) == sum(CLAIMS.values())
    assert (await both.get("/v1/withheld"))["data"] == []
    assert "conflict-facts-withheld" not in (await both.client.get("/v1/events")).headers
    assert (await both.get("/v1/events/zyx-event"))["data"]["name"] == "Zyxian event"
    assert secrets(await shown(both, revision=1)) == []  # It was not shown then.
    with pytest.raises(LoadRefused, match=r"revision 2 cannot be undone: it released claims"):
        await undo(KINDS, both.url, 2)
    assert await proved(both) == []
    if NIGHTLY:
        assert (await loaded(both)).revision is None


async def test_claims_are_released_by_another_collection_alone(instance: Instance) -> None:
    write_open(instance)
    write_closed(instance, redistributable=None)
    instance.write("catalogue/lawyer.yaml", source("lawyer") + "claims:\n  sources:\n    - {id: closed, redistributable: false}\n")
    await loaded(instance)
    assert (await instance.get("/v1/withheld"))["data"]
    await retract(KINDS, instance.url, "catalogue", Change("It is free now"))
    await instance.hear(2)
    assert (await instance.get("/v1/withheld"))["data"] == []
    assert (await instance.get("/v1/events/zyx-event"))["data"]["name"] == "Zyxian event"
    if NIGHTLY:
        assert await proved(instance) == []


async def test_loading_withheld_claims_again_changes_nothing_and_retracting_leaves_nothing(both: Instance) -> None:
    assert (await loaded(both)).revision is None
    receipt = await retract(KINDS, both.url, "closed", Change("Taken back"))
    assert receipt.revision == 2
    await both.hear(2)
    assert (await both.get("/v1/withheld"))["data"] == []
    assert (await both.client.get("/v1/events/zyx-event")).status_code == 404
    if NIGHTLY:
        assert await proved(both) == []
        assert secrets(await shown(both)) == []


async def test_new_withheld_claims_replace_earlier_ones_and_receipts_and_revisions_count_them(both: Instance) -> None:
    counted = json.loads((await both.rows("select counts from revision where id = 1"))[0][0])
    assert {kind: counts["added"] for kind, counts in counted["withheld"].items()} == CLAIMS and "oddities" not in counted
    earlier = json.dumps({**counted, "oddities": 17})  # As an earlier version stored it.
    await both.rows("update revision set counts = $1 where id = 1", earlier)
    for address in ("/v1/revisions/1", "/v1/revisions"):
        assert "oddities" not in str(await both.get(address))
    part = "    - {id: zyx-part, event: shared, actor: zyx-actor, role: side_b}\n"
    write_closed(both, claims=CLOSED.replace("98763", "98764").replace(part, "    []\n"))
    receipt = await loaded(both)
    assert receipt.revision == 2
    assert any("withheld" in line and "figure" in line for line in receipt.lines())
    assert {what: receipt.withheld["figure"][what] for what in ("added", "changed", "retracted", "unchanged")} == {
        "added": 0, "changed": 1, "retracted": 0, "unchanged": 2,
    }  # fmt: skip
    assert receipt.withheld["participation"]["retracted"] == 1
    answers = await shown(both)
    assert "98764" not in str(answers) and secrets(answers) == []


async def test_a_public_claim_cannot_refer_to_a_withheld_record(both: Instance) -> None:
    both.write(
        "open/more.yaml",
        source("more") + "claims:\n  figures:\n    - {id: too-much, event: zyx-event, measure: killed, best: 1, unit: people}\n",
    )
    with pytest.raises(
        LoadRefused, match="event zyx-event: is referred to, but only closed describes it, whose terms forbid redistribution"
    ):
        await loaded(both)


async def test_a_source_cannot_be_withheld_while_others_refer_to_its_records(public: Instance) -> None:
    more = "claims:\n  figures:\n    - {id: too-much, event: zyx-event, measure: killed, best: 1, unit: people}\n"
    public.write("open/more.yaml", source("more") + more)
    await load(KINDS, public.url, public.folder / "open")
    write_closed(public)
    with pytest.raises(LoadRefused, match=r"zyx-event.*figure too-much still refers to it in event"):
        await load(KINDS, public.url, public.folder / "closed")
    assert (await public.get("/v1/events/zyx-event"))["data"]["name"] == "Zyxian event"


@pytest.mark.nightly
async def test_undoing_a_load_of_withheld_claims_leaves_nothing_of_them(instance: Instance) -> None:
    write_open(instance)
    await loaded(instance)
    write_closed(instance)
    await loaded(instance)
    await undo(KINDS, instance.url, 2)
    await instance.hear(3)
    assert (await instance.get("/v1/withheld"))["data"] == [] and (await instance.client.get("/v1/events/zyx-event")).status_code == 404
    assert (await instance.client.get("/v1/events/zyx-event?revision=2")).status_code in (404, 451)
    assert secrets(await shown(instance)) == [] and await proved(instance) == []
    await undo(KINDS, instance.url, 3)
    await instance.hear(4)
    assert {one["kind"]: one["claims"] for one in (await instance.get("/v1/withheld"))["data"]} == CLAIMS
    assert secrets(await shown(instance)) == [] and await proved(instance) == []


async def test_sources_that_quote_a_withheld_source_may_be_public(both: Instance) -> None:
    """And a load that leaves withheld claims as they are does not say so: no digest that is computed from them."""
    more = (
        "claims:\n  figures:\n    - {id: shared-injured, event: shared, measure: injured, best: 3, unit: people, quoted_from: [closed]}\n"
    )
    both.write("open/more.yaml", source("more") + more)
    await loaded(both)
    assert (await both.get("/v1/figures/shared-injured"))["data"]["best"] == 3
    assert (await both.get("/v1/sources/closed"))["data"]["title"] == "The Closed Dataset"
    told = (await both.get("/v1/revisions/2"))["data"]
    assert told["digest"] == told["history_digest"] == "" and "read" not in told["receipt"] and "sha256" not in json.dumps(told["receipt"])


async def test_a_withheld_claim_must_refer_to_something(instance: Instance) -> None:
    write_closed(instance)
    with pytest.raises(LoadRefused, match="town"):
        write_closed(
            instance, claims=CLOSED.replace("    - {id: town, name: Zyxian Openton, kind: settlement, native_name: Zyxian native}\n", "")
        )
        await loaded(instance)


@pytest_asyncio.fixture(scope="module")
async def private_template(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a private database with both sources, to be copied."""
    made = Instance(databases, name := await databases.fresh(), tmp_path_factory.mktemp("private"))
    write_open(made)
    write_closed(made)
    assert (await loaded(made, private=True)).withheld == {}
    return name


@pytest_asyncio.fixture
async def private(databases: Databases, private_template: str, tmp_path: Path) -> AsyncIterator[Instance]:
    """A private database with both sources, which nobody serves."""
    made = Instance(databases, name := await databases.fresh(private_template), tmp_path)
    write_open(made)
    write_closed(made)
    yield made
    await databases.drop(name)


async def test_only_a_private_database_shows_everything(private: Instance) -> None:
    private.settings = replace(private.settings, private=True)
    async with private.app.router.lifespan_context(private.app), private.client:
        assert len({name for name, _ in secrets(await shown(private))}) > 10
        answer = await private.client.get("/v1/events/zyx-event")
        assert answer.headers["conflict-facts-private"] == "true" and answer.headers["cache-control"].startswith("private")
        for address in ("/v1/nothing", "/", "/health", "/v1/events/none"):
            assert (await private.client.get(address)).headers["conflict-facts-private"] == "true"
        assert (await private.get("/v1/withheld"))["data"] == []


async def test_a_private_database_is_not_served_publicly(databases: Databases, private: Instance, tmp_path: Path) -> None:
    with pytest.raises(MayNotServe, match="claims of closed, which forbids redistribution"):
        async with private.app.router.lifespan_context(private.app):
            pass
    if not NIGHTLY:
        return
    await load(KINDS, private.url, private.folder)  # Loaded anew in public, it is withheld.
    served = Instance(databases, private.url.rpartition("/")[2], tmp_path)
    served.url, served.read_url = private.url, private.read_url
    async with served.app.router.lifespan_context(served.app), served.client:
        assert secrets(await shown(served)) == [] and secrets(await shown(served, revision=1)) == []
    assert await proved(private) == []


def test_the_command_that_serves_refuses_a_private_database_before_it_loads(private: Instance) -> None:
    environment = {"DATABASE_URL": private.url, "DATABASE_READ_URL": private.read_url, "PRIVATE": ""}
    environment |= {"METRICS_HOST": "192.0.2.1", "METRICS_PORT": "1"}  # Cannot be listened on: it would end there at the latest.
    ended = CliRunner().invoke(main, ["serve", "--load", "--port", str(free_port())], env=environment, catch_exceptions=False)
    assert ended.exit_code == 1 and "PRIVATE=true" in ended.stderr and "Traceback" not in ended.stderr
    assert len(asyncio.run(private.rows("select from revision"))) == 1


@pytest.mark.nightly
async def test_withheld_claims_are_shown_once_loaded_in_private(both: Instance) -> None:
    await loaded(both, private=True)
    assert [tuple(row) for row in await both.rows("select count(*) from event where id like 'zyx-%'")] == [(2,)]
    assert await proved(both) == []


async def test_no_further_query_runs_if_nothing_is_withheld(store: Instance) -> None:
    write_open(store)
    receipt = await load(KINDS, store.url, store.folder)
    assert receipt.withheld == {}
