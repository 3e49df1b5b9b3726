"""Ids of claims: digests of what makes a claim that claim, the same in every database."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from ..conftest import Databases, Instance

WIRE = "source: {id: wire, title: A wire, kind: agency_report}\n"
PAPER = """
source: {{id: paper, title: A paper, kind: article}}
claims:
  events:
    - {{id: battle, name: A battle, kind: battle, locator: "Page 1"}}
  figures:
    - {{id: killed, event: battle, measure: killed, low: {low}, best: {best}, quoted_from: [wire], attributed_to: The mayor}}
"""
CLAIMS = '{ figure(id: "killed") { claims { nodes { id source { slug } } } provenance { best { claims { id value } } low { claims { id value } } } } }'
FRAGMENT = """
  query ($id: ID!) { claim(id: $id) { ...Said } }
  fragment Said on Claim { __typename id locator attributedTo source { slug } quotedFrom { slug } ... on FigureClaim { best } ... on EventClaim { name } }
"""


def digest(*parts: str) -> str:
    """As docs/queries.md describes it."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


KILLED = "claim:figure:killed:" + digest("figure", "killed", "paper", "wire", "The mayor", "", "papers")
BATTLE = "claim:event:battle:" + digest("event", "battle", "paper", "", "", "Page 1", "papers")


async def grow(made: Instance, *numbers: int) -> None:
    for low in numbers:
        made.write("papers/wire.yaml", WIRE)
        made.write("papers/paper.yaml", PAPER.format(low=low, best=low + 1))
        await made.load()


@pytest_asyncio.fixture(scope="module")
async def corrected(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    made = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("claim_ids"))
    async with made.app.router.lifespan_context(made.app), made.client:
        await grow(made, 10, 20)
        yield made


async def claim(on: Instance, id: str) -> Any:
    return (await on.graphql(FRAGMENT, id=id))["claim"]


async def test_a_claim_has_a_digest_of_what_makes_it_that_claim(corrected: Instance) -> None:
    found = (await corrected.graphql(CLAIMS))["figure"]
    assert [one["id"] for one in found["claims"]["nodes"]] == [KILLED]
    # Values of different fields have different ids, so that a client cache keeps both.
    assert found["provenance"] == {
        "best": {"claims": [{"id": f"{KILLED}.best", "value": 21}]}, "low": {"claims": [{"id": f"{KILLED}.low", "value": 20}]},
    }  # fmt: skip


async def test_the_id_is_the_same_in_another_database(corrected: Instance, instance: Instance) -> None:
    await grow(instance, 20)
    assert (await instance.graphql(CLAIMS))["figure"]["claims"] == (await corrected.graphql(CLAIMS))["figure"]["claims"]


@pytest.mark.parametrize("suffix", ["", ".best", "@1", ".low@1", "@2"])
async def test_a_claim_is_found_by_its_id_as_of_any_revision(corrected: Instance, suffix: str) -> None:
    revision = suffix.partition("@")[2]
    found = await claim(corrected, f"{KILLED}{suffix}")
    assert found == {
        "__typename": "FigureClaim", "id": KILLED + (f"@{revision}" if revision else ""), "locator": None, "attributedTo": "The mayor",
        "source": {"slug": "paper"}, "quotedFrom": [{"slug": "wire"}], "best": 11 if revision == "1" else 21,
    }  # fmt: skip


async def test_a_claim_is_a_node(corrected: Instance) -> None:
    asked = f'query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename id ... on Claim {{ locator }} }} node(id: "{BATTLE}") {{ id }} }}'
    found = await corrected.graphql(asked, ids=[BATTLE, "event:battle", f"{KILLED}@1", "claim:event:battle:000000000000"])
    assert found["nodes"] == [
        {"__typename": "EventClaim", "id": BATTLE, "locator": "Page 1"}, {"__typename": "Event", "id": "event:battle"},
        {"__typename": "FigureClaim", "id": f"{KILLED}@1", "locator": None}, None,
    ]  # fmt: skip
    assert found["node"] == {"id": BATTLE}


async def test_what_has_no_claim_is_null_and_what_is_no_id_of_a_claim_is_refused(corrected: Instance) -> None:
    assert await claim(corrected, "figure:killed:000000000000") is None
    assert await claim(corrected, BATTLE.removeprefix("claim:")) is not None
    for wrong in ("figure:killed", "claim:figure:killed", "claim:nothing:killed:000000000000", "claim:figure:killed:00000000000g", ""):
        answer = (await corrected.client.post("/graphql", json={"query": FRAGMENT, "variables": {"id": wrong}})).json()
        assert "id: must be the id of a claim" in answer["errors"][0]["message"]


async def test_one_fragment_reads_the_provenance_of_every_field(corrected: Instance) -> None:
    found = await corrected.graphql(
        """{ figure(id: "killed") { provenance { best { ...P } event { ...P } measure { ...P } } } }
        fragment P on FieldProvenance { origins disputed claims { id chosen: __typename source { slug } } }"""
    )
    assert {name: one["claims"][0]["chosen"] for name, one in found["figure"]["provenance"].items()} == {
        "best": "NumberValueClaim", "event": "EventReferenceValueClaim", "measure": "MeasureValueClaim",
    }  # fmt: skip


RIVALS = "source: {{id: {id}, title: {id}, kind: article}}\nclaims: {{events: [{{id: battle, name: {id}, kind: battle{rank}}}]}}\n"
WALK = """query ($first: Int, $after: String, $last: Int, $before: String, $deprecated: Boolean) { event(id: "battle") {
    claims(first: $first, after: $after, last: $last, before: $before, deprecated: $deprecated) {
      totalCount nodes { name } edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


async def claims_walk(on: Instance, **arguments: object) -> list[list[str]]:
    """The names of the claims about an event, page by page, in either direction."""
    pages: list[list[str]] = []
    step, end = ("before", "startCursor") if "last" in arguments else ("after", "endCursor")
    cursor: str | None = None
    while True:
        page = (await on.graphql(WALK, **arguments, **{step: cursor}))["event"]["claims"]
        about, names = page["pageInfo"], [one["name"] for one in page["nodes"]]
        assert [edge["node"]["name"] for edge in page["edges"]] == names
        assert [about["startCursor"], about["endCursor"]] == [page["edges"][0]["cursor"], page["edges"][-1]["cursor"]]
        pages = [names, *pages] if step == "before" else [*pages, names]
        assert page["totalCount"] == 3 + bool(arguments.get("deprecated"))
        assert about["hasPreviousPage" if step == "after" else "hasNextPage"] == (cursor is not None)
        if not about["hasNextPage" if step == "after" else "hasPreviousPage"]:
            return pages
        cursor = about[end]


async def test_the_claims_about_a_record_are_walked_in_both_directions(instance: Instance) -> None:
    """A walk goes on after a claim was corrected, and begins anew after the one where it is was retracted."""
    await instance.load(**{f"s{n}": RIVALS.format(id=f"s{n}", rank=", rank: deprecated" if n == 2 else "") for n in range(4)})
    assert await claims_walk(instance, first=2) == [["s0", "s1"], ["s3"]]
    assert await claims_walk(instance, last=2) == [["s0"], ["s1", "s3"]]
    assert await claims_walk(instance, first=3) == await claims_walk(instance, last=3) == [["s0", "s1", "s3"]]
    assert await claims_walk(instance, last=3, deprecated=True) == [["s0"], ["s1", "s2", "s3"]]

    cursor = (await instance.graphql(WALK, first=2))["event"]["claims"]["pageInfo"]["endCursor"]
    await instance.load(s1=RIVALS.format(id="s1", rank=", note: Corrected"))
    assert [one["name"] for one in (await instance.graphql(WALK, after=cursor))["event"]["claims"]["nodes"]] == ["s3"], "corrected"
    await instance.load(s1="source: {id: s1, title: s1, kind: article}\nclaims: {events: []}\n")
    assert [one["name"] for one in (await instance.graphql(WALK, after=cursor))["event"]["claims"]["nodes"]] == ["s0", "s3"], "retracted"
    wrong = (await instance.graphql("{ events { pageInfo { endCursor } } }"))["events"]["pageInfo"]["endCursor"]
    answer = (await instance.client.post("/graphql", json={"query": WALK, "variables": {"before": wrong}})).json()
    assert answer["errors"][0]["message"].startswith("before: the cursor is of a list ordered by 'id', this one is ordered by 'claims'")


# REST


async def said(on: Instance, id: str) -> Any:
    return (await on.get(f"/v1/claims/{id}"))["data"]


@pytest.mark.parametrize("prefix", ["", "claim:"])
@pytest.mark.parametrize("suffix", ["", ".best", ".json", "@1", ".low@1", "@2", "?revision=1", "?as_of=2999-01-01"])
async def test_a_claim_is_read_by_its_id_as_of_any_revision(corrected: Instance, prefix: str, suffix: str) -> None:
    found = await corrected.get(f"/v1/claims/{prefix}{KILLED.removeprefix('claim:')}{suffix}")
    named = suffix.partition("@")[2] or {"?revision=1": "1", "?as_of=2999-01-01": "2"}.get(suffix, "")
    low = 10 if named == "1" else 20
    assert found["revision"] == int(named or 2)
    assert found["data"] == {
        "node_id": KILLED + (f"@{named}" if named else ""), "kind": "figure", "record": {"id": "killed"},
        "chosen_for": ["event", "measure", "low", "best"], "source": "paper", "quoted_from": ["wire"], "attributed_to": "The mayor",
        "rank": "normal", "added_in": 1 if named == "1" else 2,
        "says": {"event": "battle", "measure": "killed", "low": low, "best": low + 1},
    }  # fmt: skip
    assert {id: source["title"] for id, source in found["sources"].items()} == {"paper": "A paper", "wire": "A wire"}


async def test_a_claim_says_what_the_provenance_of_its_record_says(corrected: Instance) -> None:
    for path in ("figures/killed", "events/battle", "sources/paper"):
        record = await corrected.get(f"/v1/{path}")
        for digest, claim in record["data"]["claims"].items():
            found = await said(corrected, f"{record['data']['node_id']}:{digest}")
            assert {name: found[name] for name in claim} == claim


async def test_the_response_of_a_claim_of_the_past_may_be_kept(corrected: Instance) -> None:
    for suffix, kept in (("", False), ("@1", True), ("?revision=1", True)):
        response = await corrected.client.get(f"/v1/claims/{KILLED}{suffix}")
        assert ("max-age" in response.headers["cache-control"]) == kept
        again = await corrected.client.get(f"/v1/claims/{KILLED}{suffix}", headers={"if-none-match": response.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    ("id", "status", "message"),
    [
        ("figure:killed:000000000000", 404, "there is no claim 'figure:killed:000000000000'"),
        (f"{KILLED}@9", 404, "there is no revision 9; the newest is 2"),
        (f"{KILLED}?revision=0", 404, "in revision 0"),
        ("figure:nobody:000000000000", 404, "there is no claim"),
        ("figure:killed", 400, "id: must be the id of a claim"),
        ("nothing:killed:000000000000", 400, "id: must be the id of a claim"),
        (KILLED.upper(), 400, "id: must be the id of a claim"),
        (f"{KILLED}@0", 400, "id: must be the id of a claim"),
        (f"{KILLED}.lov", 400, "figures have no field 'lov'; did you mean low"),
        (f"{KILLED}@1?revision=1", 400, "revision: the id names a revision already"),
        (f"{KILLED}?fields=low", 400, "fields: is not a parameter here"),
        ("", 404, "there is nothing at /v1/claims/"),
    ],
)
async def test_an_id_without_a_claim_says_why(corrected: Instance, id: str, status: int, message: str) -> None:
    response = await corrected.client.get(f"/v1/claims/{id}")
    assert (response.status_code, message in response.json()["detail"]) == (status, True), response.text


async def test_the_cost_of_a_claim_is_explained(corrected: Instance) -> None:
    explained = (await corrected.get(f"/v1/claims/{KILLED}?explain=cost"))["cost"]
    response = await corrected.client.get(f"/v1/claims/{KILLED}")
    assert 1 < explained["requested"] == int(response.headers["conflict-facts-cost"]) < 100
