"""Channels agree to the byte, also where sources disagree: invented facts with rivals, deprecated claims and claims that quote.

test_same_answer.py holds the same promise for the real facts.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
import pytest_asyncio

from api.rest.list_formats import exports
from schema.kinds import KINDS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.surfaces.graphql.names import camel

from .conftest import Databases, Instance
from .support.disputes import is_disputed
from .support.evidence import from_graphql, selection, unfolded
from .support.flat_tables import cells, flat, narrowed
from .support.invented import collection, files
from .support.properties import NIGHTLY
from .support.selections import own_fields

LISTED = [pytest.param(kind, id=kind.name) for kind in KINDS.values()]
# Records of each kind, and revisions: the newest, and earlier ones.
RECORDS, NEWEST = (18, 3) if NIGHTLY else (9, 2)
REVISIONS = [None, *range(1, NEWEST)]


@pytest_asyncio.fixture(scope="module")
async def disputed(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """Records that several sources speak of, in several revisions."""
    made = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("disputed"))
    for seed in range(1, NEWEST + 1):
        for name, text in files(collection(KINDS, RECORDS, seed=seed, rivals=True)).items():
            made.write(name, text)
        await made.load()
    async with made.app.router.lifespan_context(made.app), made.client:
        yield made


# One question in two languages


def rest_spelling(kind: Kind, document: Any) -> Any:
    """A document of GraphQL with the names and codes of REST; nothing else is changed."""
    if document is None:
        return None
    if isinstance(document, list):
        return [rest_spelling(kind, one) for one in document]
    names = {camel(name): one for name, one in kind.shown.items()}
    found: dict[str, Any] = {}
    for key, value in document.items():
        if key == "provenance":
            found[key] = from_graphql(value, kind)
        elif key in names:
            found[names[key].name] = spelt(names[key], value)
        else:
            found["added_in" if key == "addedIn" else key] = value
    return found


def spelt(one: Field, value: Any) -> Any:
    if one.type.ref is not None:
        return rest_spelling(KINDS[one.type.ref], value)
    if one.type.vocabulary is not None and not one.type.levels and value is not None:
        return one.type.vocabulary.by_graphql_name[value]
    return value


def parsed(text: str) -> Any:
    """JSON with every number as the text it is written with."""
    return json.loads(text, parse_float=lambda text: f"number {text}", parse_int=lambda text: f"number {text}")


def comparable(record: dict[str, Any]) -> dict[str, Any]:
    """A record of REST with its provenance field by field."""
    return {**{name: value for name, value in record.items() if name != "claims"}, "provenance": unfolded(record)}


def in_bytes(records: Iterable[dict[str, Any]]) -> list[str]:
    """Records as text, the fields of their own in the order in which they came; what is known of a claim has no order of its own."""
    return [json.dumps({**one, "provenance": json.dumps(one["provenance"], sort_keys=True)}) for one in records]


async def asked(on: Instance, question: str, revision: int | None) -> Any:
    if revision is not None:
        question = f"snapshot(revision: {revision}) {{ {question} }}"
    response = await on.client.post("/graphql", json={"query": f"{{ {question} }}"})
    data = parsed(response.text)["data"]
    return data["snapshot"] if revision is not None else data


def pinned(revision: int | None) -> str:
    return "" if revision is None else f"&revision={revision}"


@pytest.mark.sampled(2)
@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("kind", LISTED)
async def test_graphql_and_rest_give_the_same_document_where_sources_disagree(disputed: Instance, kind: Kind, revision: int | None) -> None:
    answer = await asked(
        disputed, f"list: {kind.plural}(first: 1000) {{ nodes {{ {own_fields(kind)} addedIn {selection(kind)} }} }}", revision
    )
    expected = rest_spelling(kind, answer["list"]["nodes"])
    assert len(expected) == RECORDS
    listed = await disputed.client.get(f"/v1/{kind.plural}?limit=1000&provenance=*&fields=*,added_in{pinned(revision)}")
    assert in_bytes(comparable(one) for one in parsed(listed.text)["data"]) == in_bytes(expected)
    for document in expected[::7]:
        record = await disputed.client.get(f"/v1/{kind.plural}/{document['id']}?fields=*,added_in{pinned(revision)}")
        assert in_bytes([comparable(parsed(record.text)["data"])]) == in_bytes([document])


async def test_the_invented_facts_are_worth_comparing(disputed: Instance) -> None:
    """They hold disputes, deprecated claims, agreement, unknown values, claims that quote, and records that changed."""
    figures = (await disputed.get("/v1/figures?provenance=*&limit=1000"))["data"]
    proofs = [proof for one in figures for proof in unfolded(one).values()]
    claims = [claim for proof in proofs for claim in proof["claims"]]
    assert {proof["disputed"] for proof in proofs} == {claim["chosen"] for claim in claims} == {True, False}
    assert len({proof["origins"] for proof in proofs}) > 1
    assert {claim["rank"] for claim in claims} == {"preferred", "normal"}
    assert {len(claim.get("quoted_from", ())) for claim in claims} == {0, 1, 2}
    assert {len(claim.get("consulted", ())) for claim in claims} == {0, 1, 2}
    assert any(claim["value"] is None for claim in claims)
    was = (await disputed.get("/v1/figures?limit=1000&revision=1"))["data"]
    assert sum(then["best"] != now["best"] for then, now in zip(was, figures, strict=True)) > 5


def plain(value: Any) -> Any:
    """A value with ids for records, as claims have them."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value["id"] if isinstance(value, dict) and "id" in value else value


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("kind", LISTED)
async def test_disputes_and_origins_are_what_the_claims_say(disputed: Instance, kind: Kind, revision: int | None) -> None:
    """A plain count over the claims: values that differ, and roots of the voices that agree with what is published.

    Claims about something else than the record are no origins, so the count is an upper limit; tests/graphql/test_interpreter.py has the rule.
    """
    sources = (await disputed.get(f"/v1/sources?limit=1000{pinned(revision)}"))["data"]
    relays = {one["id"]: [other["id"] for other in one["relays"] or []] for one in sources}

    def root(id: str) -> str:
        while len(relays[id]) == 1:
            (id,) = relays[id]
        return id

    counted = set()
    for document in (await disputed.get(f"/v1/{kind.plural}?limit=1000&provenance=*{pinned(revision)}"))["data"]:
        # All claims, since one that gives no field of a group may still exclude its values: a first day that of a last one.
        everything = [{name: claim["says"].get(name) for name in kind.fields} for claim in document.get("claims", {}).values()]
        for group in kind.groups.values():
            known = unfolded(document)
            if group[0].name not in known:
                assert not set(known) & {one.name for one in group}
                continue
            proofs = [known[one.name] for one in group]
            claims = proofs[0]["claims"]  # A claim that speaks of one field of a group stands with all of them.
            said = [json.dumps(values) for values in zip(*([claim["value"] for claim in proof["claims"]] for proof in proofs), strict=True)]
            published = json.dumps([plain(document[one.name]) for one in group])
            voices = [
                id
                for claim, told in zip(claims, said, strict=True)
                if told == published
                for id in claim.get("quoted_from") or [claim["source"]]
            ]
            for one, proof in zip(group, proofs, strict=True):
                origins = len({root(id) for id in voices}) if document[one.name] is not None else 0
                assert proof["disputed"] == is_disputed(kind, one.name, everything) and proof["origins"] <= len(voices), (
                    document["id"],
                    one.name,
                )
                assert [claim["chosen"] for claim in proof["claims"]].count(True) == (document[one.name] is not None or published in said)
                counted.add((proof["disputed"], len(voices), origins))
    assert len(counted) > 4


@pytest.mark.parametrize("kind", LISTED)
async def test_a_time_means_the_same_on_both_surfaces(disputed: Instance, kind: Kind) -> None:
    recorded = {one["id"]: one["recorded_at"] for one in (await disputed.get("/v1/revisions"))["data"]}
    for time in (recorded[2], recorded[1].replace("Z", "+00:00"), recorded[1][:-1], "2999-01-01"):
        question = f"query ($asOf: DateTime) {{ snapshot(asOf: $asOf) {{ revision {{ id: number }} list: {kind.plural}(first: 1000) {{ nodes {{ {own_fields(kind)} }} }} }} }}"
        response = await disputed.client.post("/graphql", json={"query": question, "variables": {"asOf": time}})
        answer = parsed(response.text)["data"]["snapshot"]
        listed = parsed((await disputed.client.get(f"/v1/{kind.plural}", params={"limit": "1000", "as_of": time})).text)
        assert answer["revision"]["id"] == listed["revision"]
        assert json.dumps(rest_spelling(kind, answer["list"]["nodes"])) == json.dumps(listed["data"])


# Files


@pytest.mark.sampled(5)
@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("kind", LISTED)
async def test_lines_of_json_are_the_very_bytes_of_the_list(disputed: Instance, kind: Kind, revision: int | None) -> None:
    for chosen in ("fields=*", "fields=id,added_in&order=-id", "limit=3"):
        listed = await disputed.client.get(f"/v1/{kind.plural}?{chosen}{pinned(revision)}{'' if 'limit' in chosen else '&limit=1000'}")
        lines = await disputed.client.get(f"/v1/{kind.plural}.ndjson?{chosen}{pinned(revision)}")
        assert lines.text.endswith("\n")
        following = json.dumps(listed.json()["next"])
        assert f'{{"revision":{revision or NEWEST},"data":[{",".join(lines.text.split(chr(10))[:-1])}],"next":{following}}}' == listed.text
        assert lines.headers["conflict-facts-revision"] == str(revision or NEWEST)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("kind", LISTED)
async def test_each_line_has_the_sources_of_its_claims_and_a_page_has_them_once(
    disputed: Instance, kind: Kind, revision: int | None
) -> None:
    listed = parsed((await disputed.client.get(f"/v1/{kind.plural}?limit=1000&provenance=*{pinned(revision)}")).text)
    lines = [
        parsed(line) for line in (await disputed.client.get(f"/v1/{kind.plural}.ndjson?provenance=*{pinned(revision)}")).text.splitlines()
    ]
    together: dict[str, Any] = {}
    for line in lines:
        cited = {
            id for claim in line["claims"].values() for id in (claim["source"], *claim.get("quoted_from", ()), *claim.get("consulted", ()))
        }
        assert set(line["sources"]) == cited
        together |= line.pop("sources")
    assert json.dumps(lines) == json.dumps(listed["data"])
    assert together == listed["sources"] and list(listed["sources"]) == sorted(together)


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("kind", LISTED)
async def test_a_table_has_the_values_of_the_list(disputed: Instance, kind: Kind, revision: int | None) -> None:
    listed = await disputed.client.get(f"/v1/{kind.plural}?limit=1000{pinned(revision)}")
    documents = json.loads(listed.text, parse_float=str, parse_int=str)["data"]
    table = await disputed.client.get(f"/v1/{kind.plural}.csv?raw=1{pinned(revision)}")
    rows = list(csv.DictReader(io.StringIO(table.content.decode(), newline="")))
    expected = [flat(kind, document) for document in documents]
    assert [name for name in rows[0] if name in kind.shown] == [*kind.shown]
    assert [narrowed(row, columns) for row, columns in zip(rows, expected, strict=True)] == [cells(columns) for columns in expected]
    assert table.text.count("\r\n") >= len(rows) + 1


def place_of(document: Any, events: dict[str, Any]) -> str | None:
    """The id of the place at which a record is on a map: its own or, of a figure that has none, that of its event."""
    own = document["location"] or ("measure" in document and events[document["event"]["id"]]["location"]) or {}
    return own.get("id")


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in KINDS.values() if "geojson" in exports(kind)])
async def test_a_map_has_the_values_of_the_list_and_the_points_of_the_places(disputed: Instance, kind: Kind, revision: int | None) -> None:
    listed = parsed((await disputed.client.get(f"/v1/{kind.plural}?limit=1000{pinned(revision)}")).text)
    found = parsed((await disputed.client.get(f"/v1/{kind.plural}.geojson?{pinned(revision).removeprefix('&')}")).text)
    assert (found["type"], found["revision"]) == ("FeatureCollection", listed["revision"])
    for feature, document in zip(found["features"], listed["data"], strict=True):
        columns = flat(kind, document)
        assert json.dumps(narrowed(feature["properties"], columns)) == json.dumps(columns)
    places = parsed((await disputed.client.get(f"/v1/locations?limit=1000{pinned(revision)}")).text)["data"]
    points = {place["id"]: (place["longitude"], place["latitude"]) for place in places}
    listed_events = parsed((await disputed.client.get(f"/v1/events?limit=1000{pinned(revision)}")).text)["data"]
    events = {event["id"]: event for event in listed_events}
    shown = set()
    for feature, document in zip(found["features"], listed["data"], strict=True):
        place = document["id"] if kind.name == "location" else place_of(document, events)
        longitude, latitude = points.get(place, (None, None))
        known = longitude is not None and latitude is not None
        assert feature["geometry"] == ({"type": "Point", "coordinates": [longitude, latitude]} if known else None)
        assert (feature["type"], feature["id"]) == ("Feature", document["id"])
        shown.add(known)
    assert shown == {True, False}


@pytest.mark.parametrize("kind", LISTED)
async def test_scalars_of_graphql_are_the_very_bytes_of_rest(disputed: Instance, kind: Kind) -> None:
    """Not only equal values: 350 stays 350 and does not become 350.0, and letters are not escaped on one side alone."""
    plain = [one for one in kind.fields.values() if not one.type.ref and (not one.type.vocabulary or one.type.levels)]
    question = f"{{ list: {kind.plural}(first: 1000) {{ nodes {{ id: slug {' '.join(camel(one.name) for one in plain)} }} }} }}"
    graphql = (await disputed.client.post("/graphql", json={"query": question})).text
    rest = (await disputed.client.get(f"/v1/{kind.plural}?limit=1000&fields=id,{','.join(one.name for one in plain)}")).text
    for one in plain:
        graphql = graphql.replace(f'"{camel(one.name)}":', f'"{one.name}":')
    assert graphql.partition('"nodes":')[2].partition('}},"extensions"')[0] == rest.partition('"data":')[2].rpartition(',"next"')[0]
