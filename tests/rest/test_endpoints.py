"""REST over HTTP: statuses and problems, ETags and caching, pages and files; and a database that is slow, busy or gone."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import math
import threading
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from api.app import create_app
from api.errors import MAX_SHOWN, ApiError, TooManyDownloads, TooManyOwnDownloads, catalogue
from api.graphql.endpoint import GRAPHQL_RESPONSE_JSON
from api.http import slow_readers
from api.rest import growing_file
from api.rest.list_formats import exports
from api.settings import Settings
from api.store import pool
from api.store.downloads import Downloads
from schema.kinds import KINDS
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..conftest import Databases, Instance, source
from ..support.evidence import unfolded
from ..support.invented import collection, files
from ..support.properties import NIGHTLY

LISTED = [pytest.param(kind, id=kind.name) for kind in KINDS.values()]
EVENT = "/v1/events/aleppo-offensive-2024"
MANY = 6000


GLOBAL = EVENT.replace("events/", "events/event:")


def actors(*names: str) -> str:
    return source() + "claims:\n  actors:\n" + "".join(f"    - {{id: {name.lower()}, name: {name}, kind: state}}\n" for name in names)


# Problems


PROBLEMS: dict[str, tuple[str, int, str, str]] = {
    "an unknown record": ("/v1/events/nobody", 404, "not-found", "there is no event 'nobody'"),
    "the global id of an unknown record": ("/v1/events/event:nobody", 404, "not-found", "there is no event 'nobody'"),
    "the global id of another kind": ("/v1/events/figure:x", 400, "bad-argument", "id: 'figure:x' is the id of a record of kind figure, and this is about kind event"),
    "the global id of a revision": (f"{GLOBAL}@1", 400, "bad-argument", "id: 'event:aleppo-offensive-2024@1' names a revision; leave out @1, and add revision=1"),
    "an id that cannot be": ("/v1/events/%00", 404, "not-found", "there is no event '\\x00'"),
    "an id with spaces": ("/v1/events/a%20b", 404, "not-found", "there is no event 'a b'"),
    "an id in another script": ("/v1/events/%D8%AD%D9%84%D8%A8", 404, "not-found", "there is no event 'حلب'"),
    "an id of a thousand letters": (f"/v1/events/{'a' * 1_000}", 404, "not-found", "there is no event 'aaa"),
    "an unknown record as JSON": ("/v1/events/nobody.json", 404, "not-found", "there is no event 'nobody.json'"),
    "a record in a format that it does not have": (f"{EVENT}.pdf", 404, "not-found", "there is no event 'aleppo-offensive-2024.pdf'"),
    "an unknown revision of facts": ("/v1/events?revision=99", 404, "no-such-revision", "there is no revision 99; the newest is 1"),
    "an unknown revision": ("/v1/revisions/99", 404, "not-found", "there is no revision 99; the newest is 1"),
    "a revision that is no number": ("/v1/revisions/x", 400, "bad-argument", "revision: must be a whole number, not 'x'"),
    "an Arabic digit": ("/v1/events?limit=%D9%A3", 400, "bad-argument", "limit: must be a whole number, not '٣'"),
    "a limit of nought": ("/v1/events?limit=0", 400, "bad-argument", "limit: must be between 1 and 1000, not 0"),
    "a limit beyond counting": (f"/v1/events?limit={'9' * 30}", 400, "bad-argument", "limit: must be a whole number"),
    "an unknown parameter": ("/v1/events?contry=SYR", 400, "unknown-argument", "contry: events have no field 'contry'; did you mean country"),
    "a filter on a record": (f"{EVENT}?country=SYR", 400, "unknown-argument", "country: is not a parameter here; use one of"),
    "a condition on what belongs to a record": (
        f"{EVENT}?fields=figures.best&figures.measure=killed", 400, "unknown-argument",
        "figures.measure: is not a parameter here; `figures.where.measure` chooses which of its figures are returned",
    ),
    "a list's parameter on a record": (f"{EVENT}?limit=1", 400, "unknown-argument", "limit: is not a parameter here; use one of"),
    "a parameter of revisions": ("/v1/revisions?befor=1", 400, "unknown-argument", "befor: is not a parameter here; did you mean before"),
    "a parameter of one revision": ("/v1/revisions/1?limit=1", 400, "unknown-argument", "limit: is not a parameter here; this address takes none"),
    "a search where there are no names": ("/v1/participations?search=x", 400, "unknown-argument", "search: participations have no names to search in"),
    "an unknown format": ("/v1/events.xml", 406, "no-such-format", ".xml: events have no such format; use one of json, csv, ndjson, geojson, parquet, xlsx"),
    "a map of what has no place": ("/v1/actors.geojson", 406, "no-such-format", ".geojson: actors have no such format; use one of json, csv, ndjson, parquet, xlsx"),
    "an unknown address": ("/v1/evnts", 404, "no-such-address", "there is nothing at /v1/evnts; did you mean /v1/events"),
    "the singular": ("/v1/event", 404, "no-such-address", "there is nothing at /v1/event; did you mean /v1/events"),
    "a deeper address": (f"{EVENT}/figures", 404, "no-such-address", f"there is nothing at {EVENT}/figures"),
    "a slash in an id": ("/v1/events/a%2Fb", 404, "no-such-address", "there is nothing at /v1/events/a/b"),
    "a field that a table does not have": ("/v1/events.csv?fields=nmae", 400, "bad-argument", "fields: events have no 'nmae'; did you mean name"),
    "a cursor for a file": ("/v1/events.ndjson?after=x", 400, "bad-cursor", "after: not a cursor"),
    "a bad cursor": ("/v1/events?after=x", 400, "bad-cursor", "after: "),
    "a file of an unknown revision": ("/v1/events.csv?revision=99", 404, "no-such-revision", "there is no revision 99; the newest is 1"),
    "records in records": ("/v1/events?fields=figures.event.figures.event.figures", 400, "too-much", "the answer could hold"),
    "records in records in a file": ("/v1/events.ndjson?fields=figures.event.figures.event.figures.event.figures", 400, "too-much", "the answer could hold"),
    "fields beyond all depth": (f"/v1/events?fields={'.'.join(['part_of'] * 400)}", 400, "too-much", "fields: has 400 steps, and 10 is the limit"),
}  # fmt: skip


@pytest.mark.parametrize(("address", "status", "code", "detail"), [pytest.param(*one, id=name) for name, one in PROBLEMS.items()])
async def test_a_problem_names_the_culprit_and_the_cure(
    client: httpx2.AsyncClient, address: str, status: int, code: str, detail: str
) -> None:
    answer = await client.get(address)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert problem["detail"].startswith(detail), problem["detail"]
    error = next(one for one in catalogue() if one.code == code)
    assert {key: problem[key] for key in ("type", "title", "status", "code")} == {
        "type": f"/problems/{code}", "title": error.sentence(), "status": status, "code": code,
    }  # fmt: skip
    path = quote(httpx2.URL(address).path)
    assert problem.get("instance") == (path if len(path) <= MAX_SHOWN else None)
    assert "etag" not in answer.headers and answer.headers["cache-control"] == "no-store"


ANEW = {"cache-control": "no-cache"}


@pytest.mark.sampled(8)
@pytest.mark.parametrize("error", [one for one in catalogue() if one is not ApiError], ids=lambda one: one.code)
async def test_every_error_becomes_its_problem_and_its_page(
    aleppo: Instance, monkeypatch: pytest.MonkeyPatch, error: type[ApiError]
) -> None:
    async def fails(*_: object) -> None:
        raise error("What is wrong here.")

    monkeypatch.setattr(aleppo.app.state.store, "run", fails)
    answer = await aleppo.client.get("/v1/events", headers=ANEW)
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (error.status, error.code, "What is wrong here.")
    assert ("retry-after" in answer.headers) == ("`retry-after`" in error.advice), "what the advice promises"
    described = await aleppo.client.post(
        "/graphql", json={"query": "{ events { nodes { id } } }"}, headers={"accept": GRAPHQL_RESPONSE_JSON}
    )
    assert (described.status_code, described.headers.get("retry-after")) == (error.status, answer.headers.get("retry-after"))
    assert (await aleppo.client.get(answer.json()["type"])).status_code == 200


async def test_an_internal_error_is_not_described_to_the_client(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(aleppo.app.state.store, "run", fails)
    quiet = httpx2.ASGITransport(aleppo.app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=quiet, base_url="http://test") as client:
        answer = await client.get("/v1/events", headers=ANEW)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("address", ["/v1/events", "/v1/events.csv", EVENT, "/v1/revisions"])
async def test_no_resource_can_be_written(client: httpx2.AsyncClient, method: str, address: str) -> None:
    answer = await client.request(method, address)
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, "method-not-allowed", "GET, HEAD")


# Tags and caches


TAGGED = [
    "/v1/actors", "/v1/actors?limit=1", "/v1/actors/ant", "/v1/actors/ant?provenance=none", "/v1/actors.csv", "/v1/actors.ndjson", "/v1/revisions",
    "/v1/locations.geojson", "/v1/revisions/1", "/v1/actors/ant?as_of=2999-01-01",
]  # fmt: skip
PINNED = ["/v1/actors?revision=1", "/v1/actors/ant?revision=1", "/v1/actors.csv?revision=1"]
VALIDATORS = ("etag", "cache-control", "conflict-facts-revision")


async def test_an_etag_is_valid_until_the_facts_change(instance: Instance) -> None:
    await instance.load(paper=actors("Ant", "Bee"))
    first = {address: await instance.client.get(address) for address in [*TAGGED, *PINNED]}
    for address, answer in first.items():
        tag = answer.headers["etag"]
        for held in (tag, tag.removeprefix("W/"), f'"other", {tag}', f'W/"x",{tag},"y"', "*"):
            again = await instance.client.get(address, headers={"if-none-match": held})
            assert (again.status_code, again.content) == (304, b""), (address, held)
            assert [again.headers[name] for name in VALIDATORS] == [answer.headers[name] for name in VALIDATORS]
        for held in ('"other"', 'W/"1-0000"', "", tag[:-2] + '"'):
            assert (await instance.client.get(address, headers={"if-none-match": held})).status_code == 200, (address, held)
    await instance.load(paper=actors("Ant", "Cat"))
    for address, answer in first.items():
        after = await instance.client.get(address, headers={"if-none-match": answer.headers["etag"]})
        if address in PINNED:
            assert after.status_code == 304, address
        else:
            assert (after.status_code, after.headers["conflict-facts-revision"]) == (200, "2"), address
            assert after.headers["etag"] != answer.headers["etag"], address


async def test_every_url_has_its_own_etag(client: httpx2.AsyncClient) -> None:
    addresses = [
        "/v1/events",
        "/v1/actors",
        "/v1/events?limit=1",
        "/v1/events?limit=2",
        "/v1/events.json",
        "/v1/events.csv",
        "/v1/events?revision=1",
        EVENT,
    ]
    tags = [(await client.get(address)).headers["etag"] for address in addresses]
    assert len(set(tags)) == len(addresses)
    assert tags == [(await client.get(address)).headers["etag"] for address in addresses]


async def test_a_page_after_a_cursor_of_a_named_revision_keeps_its_etag_through_a_load(instance: Instance) -> None:
    await instance.load(paper=actors("Ant", "Bee", "Cat"))
    address = (await instance.get("/v1/actors?limit=1&revision=1"))["next"]
    first = await instance.client.get(address)
    assert first.headers["cache-control"] == "public, max-age=86400"
    await instance.load(paper=actors("Ant", "Bug", "Cow"))
    assert (await instance.client.get(address, headers={"if-none-match": first.headers["etag"]})).status_code == 304
    assert (await instance.client.get(address)).text == first.text


async def test_an_etag_depends_on_the_declared_fields(databases: Databases, aleppo: Instance) -> None:
    """With one field more, the same revision has other bytes at the same URL."""
    from ..support.new_field import STATUS, with_fields

    wider = Kinds(with_fields(kind, *([STATUS] if kind.name == "figure" else [])) for kind in KINDS.values())
    one, other = (create_app(Settings(), aleppo.read_url, kinds) for kinds in (KINDS, wider))
    tags = []
    for app in (one, other):
        async with running(app) as client:
            tags.append((await client.get("/v1/participations")).headers["etag"])
    assert tags[0] != tags[1]
    assert tags[0] == (await aleppo.client.get("/v1/participations")).headers["etag"]


async def test_a_missing_record_is_404_despite_if_none_match(client: httpx2.AsyncClient) -> None:
    for address, status in (
        ("/v1/events/nobody", 404),
        ("/v1/events?revision=99", 404),
        ("/v1/events?limit=0", 400),
        ("/v1/revisions/99", 404),
    ):
        assert (await client.get(address, headers={"if-none-match": "*"})).status_code == status


@pytest.mark.parametrize(("address", "cache"), [
    ("/v1/events", "public, no-cache"), (EVENT, "public, no-cache"), ("/v1/events.csv", "public, no-cache"), ("/v1/events?as_of=2999-01-01", "public, no-cache"),
    ("/v1/events?revision=1", "public, max-age=86400"), (f"{EVENT}?revision=1", "public, max-age=86400"), ("/v1/events.csv?revision=1", "public, max-age=86400"),
])  # fmt: skip
async def test_only_immutable_responses_may_be_cached(client: httpx2.AsyncClient, address: str, cache: str) -> None:
    answer = await client.get(address)
    assert (answer.headers["cache-control"], answer.headers["conflict-facts-revision"]) == (cache, "1")


# Pages, suffixes, heads


async def test_next_and_link_are_the_same_url_with_the_same_parameters(client: httpx2.AsyncClient) -> None:
    asked = "/v1/events.json?kind.ne=war&order=-started_on,name&fields=name,location.name&limit=2"
    answer = await client.get(asked)
    following = answer.json()["next"]
    assert answer.headers["link"] == f'<{following}>; rel="next"'
    given = dict(httpx2.URL(following).params)
    assert given.pop("after") and given == dict(httpx2.URL(asked).params)
    assert httpx2.URL(following).path == "/v1/events.json"
    pinned = (await client.get(f"{asked}&revision=1")).json()["next"]
    assert "revision" not in dict(httpx2.URL(pinned).params)


async def test_next_escapes_any_text(instance: Instance) -> None:
    names = [f'n{number} é & "q" +%=#?/\\ حلب' for number in range(3)]
    listed = "".join(f"    - {{id: a{number}, name: {json.dumps(name)}, kind: state}}\n" for number, name in enumerate(names))
    await instance.load(paper=source() + "claims:\n  actors:\n" + listed)
    found: list[str] = []
    following = f"/v1/actors?name.contains={quote(names[0][2:], safe='')}&search=q&limit=1&fields=name"
    while following:
        page = await instance.get(following)
        found += [one["name"] for one in page["data"]]
        following = page["next"]
    assert found == names


@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", LISTED)
async def test_the_suffix_chooses_the_format(client: httpx2.AsyncClient, kind: Kind) -> None:
    plain = await client.get(f"/v1/{kind.plural}")
    assert plain.headers["content-type"] == "application/json"
    assert (await client.get(f"/v1/{kind.plural}.json")).json()["data"] == plain.json()["data"]
    for suffix, format in exports(kind).items():
        answer = await client.get(f"/v1/{kind.plural}.{suffix}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, format.media_type)
        assert answer.headers["content-disposition"] == f'attachment; filename="{kind.plural}-r1.{suffix}"'


@pytest.mark.parametrize("address", ["/v1/events", EVENT, "/v1/events.csv", "/v1/events.geojson", "/v1/revisions", "/v1/events/nobody"])
async def test_head_is_get_without_the_body(client: httpx2.AsyncClient, address: str) -> None:
    got, head = [await client.request(method, address, headers={"accept-encoding": "identity"}) for method in ("GET", "HEAD")]
    assert (head.status_code, head.content) == (got.status_code, b"")
    for name in ("etag", "cache-control", "content-type", "content-disposition", "conflict-facts-revision", "link"):
        assert head.headers.get(name) == got.headers.get(name)


async def test_an_id_may_hold_dots_and_end_like_a_format(instance: Instance) -> None:
    ids = ["a.b", "v1.2.3", "x.json", "x", "y.csv", "z.json", "A-b_c.d"]
    listed = "".join(f"    - {{id: {json.dumps(id)}, name: {json.dumps('Name of ' + id)}, kind: state}}\n" for id in ids)
    await instance.load(paper=source() + "claims:\n  actors:\n" + listed)
    for id in ids:
        assert (await instance.get(f"/v1/actors/{id}.json"))["data"]["id"] == id
        expected = "x" if id == "x.json" else id  # Where both are, the suffix is a format.
        assert (await instance.get(f"/v1/actors/{id}"))["data"]["id"] == expected
        assert (await instance.get(f"/v1/actors?id={id}"))["data"][0]["id"] == id
        assert (await instance.get(f"/v1/actors/{''.join(f'%{ord(one):02X}' for one in id)}"))["data"]["id"] == expected


# What is asked for


@pytest.mark.parametrize(("chosen", "keys"), [
    ("fields=name", ["id", "name"]), ("fields=kind,name,id", ["id", "name", "kind"]), ("fields=id", ["id"]), ("fields=name,name", ["id", "name"]),
    ("fields= name , kind ", ["id", "name", "kind"]), ("fields=*", ["id", "node_id", *KINDS["event"].fields]), ("fields=", ["id", "node_id", *KINDS["event"].fields]),
    ("fields=*,added_in", ["id", "node_id", *KINDS["event"].fields, "added_in"]), ("fields=added_in", ["id", "added_in"]), ("", ["id", "node_id", *KINDS["event"].fields]),
    ("fields=*,figures", ["id", "node_id", *KINDS["event"].fields, "figures"]), ("provenance=none&fields=name", ["id", "name"]),
    ("provenance=name&fields=id", ["id", "provenance", "claims"]), ("provenance=*&fields=name", ["id", "name", "provenance", "claims"]),
])  # fmt: skip
async def test_fields_are_chosen_and_come_in_the_order_of_their_declaration(
    client: httpx2.AsyncClient, chosen: str, keys: list[str]
) -> None:
    answer = await client.get(f"/v1/events?{chosen}&limit=2")
    assert [list(one) for one in answer.json()["data"]] == [keys, keys]
    lines = await client.get(f"/v1/events.ndjson?{chosen}&limit=2")
    alone = [*keys, *(["sources"] if "claims" in keys else [])]  # A line stands alone.
    assert [list(json.loads(line)) for line in lines.text.splitlines()] == [alone, alone]


async def test_fields_reach_through_links_both_ways(client: httpx2.AsyncClient) -> None:
    fields = (
        "name,location.name,location.part_of.name,location.part_of.country,figures.best,figures.actor.name,parts.name,participations.actor"
    )
    found = (await client.get(f"{EVENT}?fields={fields}&provenance=none")).json()["data"]
    assert list(found) == ["id", "name", "location", "parts", "participations", "figures"]
    assert list(found["location"]) == ["id", "name", "part_of"] and list(found["location"]["part_of"]) == ["id", "name", "country"]
    assert list(found["figures"]) == ["data", "next"] and list(found["figures"]["data"][0]) == ["id", "actor", "best"]
    assert list(found["participations"]["data"][0]["actor"]) == ["id", "name"]
    whole = (await client.get(f"{EVENT}?fields=location.*&provenance=none")).json()["data"]["location"]
    assert list(whole) == ["id", "node_id", *KINDS["location"].fields]
    source = (await client.get("/v1/sources/pravda-ru-aleppo-2024?fields=relays.title,relays.kind&provenance=none")).json()["data"]
    assert all(list(one) == ["id", "title", "kind"] for one in source["relays"]) and len(source["relays"]) == 6


@pytest.mark.parametrize(("chosen", "detail"), [
    ("fields=nam", "fields: events have no 'nam'; did you mean name"), ("fields=location.nam", "fields: locations have no 'nam'; did you mean name"),
    ("fields=figures.bes", "fields: figures have no 'bes'; did you mean best"), ("fields=name.x", "fields: name of events has no fields of its own"),
    ("fields=id.x", "fields: id has no fields of its own"), ("fields=*.name", "fields: * has no fields of its own"), ("fields=added_in.x", "fields: added_in of events has no fields of its own"),
    ("fields=location.", "fields: locations have no ''"), ("fields=.name", "fields: events have no ''"), ("fields=provenance", "fields: events have no 'provenance'"),
    ("fields=claims", "fields: events have no 'claims'"), ("fields=startedOn", "fields: events have no 'startedOn'; did you mean started_on"),
    ("provenance=nam", "provenance: events have no field 'nam'; did you mean name"), ("provenance=name,", "provenance: events have no field ''"),
    ("provenance=", "provenance: events have no field ''"), ("provenance=id", "provenance: events have no field 'id'"),
    ("provenance=figures", "provenance: events have no field 'figures'"), ("provenance=none,name", "provenance: events have no field 'none'"),
])  # fmt: skip
async def test_a_field_that_is_not_there_is_refused_with_the_nearest(client: httpx2.AsyncClient, chosen: str, detail: str) -> None:
    for address in ("/v1/events", EVENT):
        answer = await client.get(f"{address}?{chosen}")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-argument")
        assert answer.json()["detail"].startswith(detail), answer.json()["detail"]


async def test_the_global_id_of_a_record_works_like_its_slug(client: httpx2.AsyncClient) -> None:
    for suffix in ("", ".json", "?fields=name&explain=cost", ".csv"):
        by_slug, by_global_id = await client.get(f"{EVENT}{suffix}"), await client.get(f"{GLOBAL}{suffix}")
        assert by_global_id.status_code == 200 and by_global_id.text == by_slug.text
        assert by_global_id.headers.get("content-disposition") == by_slug.headers.get("content-disposition")


async def test_a_record_proves_itself_unless_told_not_to(client: httpx2.AsyncClient) -> None:
    record = (await client.get(EVENT)).json()["data"]
    known = [name for name in KINDS["event"].fields if record[name] is not None]
    assert set(known) <= {name for entry in record["provenance"] for name in entry["fields"]}
    assert "provenance" not in (await client.get(f"{EVENT}?provenance=none")).json()["data"]
    assert "provenance" not in (await client.get("/v1/events?limit=1")).json()["data"][0]
    narrowed = (await client.get(f"{EVENT}?provenance=kind,name")).json()
    assert sorted(unfolded(narrowed["data"])) == ["kind", "name"] and list(narrowed) == ["revision", "data", "sources"]
    assert {name for claim in narrowed["data"]["claims"].values() for name in claim["says"]} == {"kind", "name"}


async def test_revisions_are_listed_newest_first(instance: Instance) -> None:
    assert await instance.get("/v1/revisions") == {"revision": 0, "data": [], "next": None}
    for name in ("Ant", "Bee", "Cat"):
        await instance.load(paper=actors(name))
    assert [one["id"] for one in (await instance.get("/v1/revisions"))["data"]] == [3, 2, 1]
    assert [one["id"] for one in (await instance.get("/v1/revisions?limit=1&before=3"))["data"]] == [2]
    one = (await instance.get("/v1/revisions/2"))["data"]
    assert one["id"] == 2 and one["counts"]["records"]["actor"] == {"added": 1, "removed": 1}
    for address in (
        "/v1/revisions?limit=1&limit=2",
        "/v1/revisions?before=1&before=2",
        "/v1/revisions?limit=1001",
        "/v1/revisions?after=x",
    ):
        assert (await instance.client.get(address)).status_code == 400
    found, following = [], "/v1/revisions?limit=2"
    while following:
        response = await instance.client.get(following)
        found.append([one["id"] for one in response.json()["data"]])
        following = response.json()["next"]
        assert response.headers.get("link") == (following and f'<{following}>; rel="next"')
    assert found == [[3, 2], [1]]
    two_places = await instance.client.get(f"/v1/revisions?before=3&after={httpx2.URL(response.url).params['after']}")
    assert (two_places.status_code, two_places.json()["detail"]) == (400, "after, before: give only one of the two")


async def test_one_revision_has_its_receipt_and_lists_have_none(instance: Instance) -> None:
    text = json.dumps({"source": {"id": "paper", "title": "A", "kind": "article"}, "claims": {
        "events": [{"id": "e", "name": "E", "kind": "battle"}],
        "figures": [{"id": "f", "event": "e", "measure": "killed", "low": 9, "best": 7}],
    }})  # fmt: skip
    await instance.load(paper=text)
    receipt = (await instance.get("/v1/revisions/1"))["data"]["receipt"]
    assert {name: receipt[name] for name in ("read", "added", "unchanged", "rejected", "flagged")} == {
        "read": 3, "added": 3, "unchanged": 0, "rejected": 0, "flagged": 1,
    }  # fmt: skip
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert receipt["files"] == [{"file": "test/paper.yaml", "sha256": digest, "format": "yaml", "records": 3}]
    assert receipt["claims"]["event"] == {"added": 1, "changed": 0, "retracted": 0, "unchanged": 0}
    assert receipt["records"] == {"source": {"added": 1}, "event": {"added": 1}, "figure": {"added": 1}}
    assert receipt["flags"] == {"low_above_best": 1} and receipt["rejections"] == []
    assert receipt["odd"] == ["test/paper.yaml:1, low: 9 is above best 7; kept as the source has it"]
    assert "receipt" not in (await instance.get("/v1/revisions"))["data"][0]
    assert (await instance.graphql("{ revision(id: 1) { receipt } none: revision(id: 9) { receipt } }")) == {
        "revision": {"receipt": receipt}, "none": None,
    }  # fmt: skip
    refused = (await instance.client.post("/graphql", json={"query": "{ revisions { nodes { id: number receipt } } }"})).json()["errors"][0]
    assert refused["extensions"]["problem"] == "too-much" and "request revision(id: …)" in refused["message"]


async def test_a_revision_from_before_receipts_has_none(instance: Instance) -> None:
    await instance.load(paper=actors("Ant"))
    await instance.rows("update revision set receipt = null")
    assert (await instance.get("/v1/revisions/1"))["data"]["receipt"] is None


# Other people's pages and wires


async def test_other_sites_may_use_the_api(client: httpx2.AsyncClient) -> None:
    asked = {"origin": "https://newsroom.example"}
    answer = await client.get("/v1/events?limit=1", headers=asked)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"etag", "link", "conflict-facts-revision"} <= set(answer.headers["access-control-expose-headers"].split(", "))
    for address, method in (("/v1/events", "GET"), ("/graphql", "POST")):
        preflight = await client.options(
            address,
            headers={**asked, "access-control-request-method": method, "access-control-request-headers": "content-type, if-none-match"},
        )
        assert preflight.status_code == 200 and method in preflight.headers["access-control-allow-methods"]
        allowed = preflight.headers["access-control-allow-headers"].lower()
        assert allowed == "*" or {"content-type", "if-none-match"} <= set(allowed.split(", "))
    assert (await client.get("/v1/events/nobody", headers=asked)).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("address", ["/v1/events", "/v1/events.csv", "/v1/events.ndjson"])
async def test_responses_are_compressed_if_the_client_accepts_it(aleppo: Instance, address: str) -> None:
    plain = await aleppo.client.get(address, headers={"accept-encoding": "identity"})
    async with aleppo.client.stream("GET", address, headers={"accept-encoding": "gzip"}) as packed:
        raw = b"".join([piece async for piece in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip" and "accept-encoding" in packed.headers["vary"].lower()
    assert gzip.decompress(raw) == plain.content and len(raw) < len(plain.content) / 2
    assert packed.headers["etag"].removeprefix("W/") == plain.headers["etag"].removeprefix("W/")
    assert "content-encoding" not in plain.headers


# Long lists


@asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest_asyncio.fixture(scope="module")
async def long(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """Several thousand actors."""
    made = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("long"))
    rows = "".join(f"a{number:05},paper,A name that is long enough to fill the wire {number},state\n" for number in range(MANY))
    made.write("actors.csv", "id,source,name,kind\n" + rows)
    made.write("paper.yaml", source())
    await made.load()
    async with made.app.router.lifespan_context(made.app), made.client:
        yield made


def idle(app: Starlette) -> int:
    database = app.state.store.pool
    return int(
        database.connections.get_max_size()
        - database.connections.get_size()
        + database.connections.get_idle_size()
        + sum(map(len, database.idle.values()))
    )


@pytest.mark.sampled(1)
@pytest.mark.parametrize("suffix", ["csv", "ndjson"])
async def test_a_long_list_is_complete(long: Instance, suffix: str) -> None:
    text = (await long.client.get(f"/v1/actors.{suffix}")).text
    assert len(text.splitlines()) == MANY + (suffix == "csv")
    ids = [line[:6] if suffix == "csv" else json.loads(line)["id"] for line in text.splitlines()[suffix == "csv" :]]
    assert ids == [f"a{number:05}" for number in range(MANY)]
    assert idle(long.app) == long.settings.pool_size


async def test_a_long_list_is_sent_in_pieces_from_one_state(long: Instance) -> None:
    """Facts may change while it is read; every record is of the revision in the headers."""
    pieces = await read(long.app, "/v1/actors.ndjson", stop=None)
    assert sum(map(len, pieces)) > 2 * growing_file.PIECE >= 2 * max(map(len, pieces))
    assert b"".join(pieces).count(b"\n") == MANY


async def read(
    app: Starlette,
    path: str,
    stop: int | None,
    method: str = "GET",
    query: bytes = b"",
    stall: asyncio.Event | None = None,
    stalled: asyncio.Event | None = None,
    raises: bool = False,
    address: str = "test",
) -> list[bytes]:
    """Read a response as a server would pass it on. After `stop` pieces disconnect; before that, set `stalled` and wait for `stall`.

    `raises`: say so as ASGI 2.4 does, by an error for what is sent.
    """
    pieces: list[bytes] = []
    gone = asyncio.Event()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))
            if stop is not None and len(pieces) == stop:
                if stalled is not None:
                    stalled.set()
                if stall is not None:
                    await stall.wait()
                gone.set()
                await asyncio.sleep(0)
                if raises:
                    raise OSError("the client has gone")
        elif message["type"] == "http.response.start" and stop == 0:
            gone.set()
            await asyncio.sleep(0)

    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.4" if raises else "2.3"}, "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
             "query_string": query, "root_path": "", "scheme": "http", "headers": [(b"host", b"test")], "server": ("test", 80), "client": (address, 1), "state": {}}  # fmt: skip
    await asyncio.wait_for(app(scope, receive, send), 120)
    return pieces


@pytest.mark.parametrize(("stop", "raises"), [(0, False), (1, False), (3, False), (2, True)])
async def test_a_client_that_disconnects_releases_its_connection(long: Instance, stop: int, raises: bool) -> None:
    for _ in range(long.settings.pool_size + 2):
        pieces = await read(long.app, "/v1/actors.ndjson", stop, raises=raises)
        assert len(pieces) < 6
    assert idle(long.app) == long.settings.pool_size
    assert (await long.client.get("/v1/actors?limit=1")).status_code == 200


async def test_a_client_that_stalls_is_disconnected(
    long: Instance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(slow_readers, "SLOW_SECONDS", 0.2)
    usual, long.app.state.min_read_speed = long.app.state.min_read_speed, 10_000_000  # Each piece has as long as it takes at this speed.
    try:
        with caplog.at_level("WARNING"):
            pieces = await read(long.app, "/v1/actors.ndjson", 2, stall=asyncio.Event())  # Which is never set.
    finally:
        long.app.state.min_read_speed = usual
    assert len(pieces) == 2  # Without the last one: a server closes the connection.
    assert [record.getMessage() for record in caplog.records] == [
        "/v1/actors.ndjson: the download was cut, because its reader took less than 10,000,000 bytes a second for 0.2 seconds (MIN_READ_SPEED)"
    ]
    assert idle(long.app) == long.settings.pool_size


async def test_a_client_that_reads_slowly_again_and_again_is_disconnected(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Reading something in each minute was enough to keep a connection to the database."""
    monkeypatch.setattr(slow_readers, "SLOW_SECONDS", 0.1)
    sent = list[Message]()

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(100):
            await send({"type": "http.response.body", "body": b"0123456789", "more_body": True})

    async def send(message: Message) -> None:
        sent.append(message)
        await asyncio.sleep(0.02)  # For what may take a millisecond.

    async def receive() -> Message:
        return {"type": "http.request"}

    await slow_readers.sent_in_time(respond, {"type": "http", "path": "/v1/actors.csv"}, receive, send, 10_000)
    assert len(sent) < 10 and "was cut" in caplog.text


async def test_head_of_a_long_list_has_no_body(long: Instance) -> None:
    assert b"".join(await read(long.app, "/v1/actors.csv", None, method="HEAD")) == b""
    assert idle(long.app) == long.settings.pool_size


async def test_long_lists_leave_connections_for_other_requests(long: Instance) -> None:
    """However many lists are being read, short requests get a connection; one list too many is refused: 429 if the client has some, otherwise 503."""
    app = create_app(Settings(pool_size=4, statement_timeout=30, rate_limit=0, export_cache_size=0), long.read_url)
    async with running(app) as client:
        go_on, stalled, streams = asyncio.Event(), [asyncio.Event(), asyncio.Event()], []
        for event, address in zip(stalled, ("192.0.2.1", "2001:db8::1"), strict=True):
            reading = read(app, "/v1/actors.ndjson", 1, stall=go_on, stalled=event, address=address)
            streams.append(asyncio.create_task(reading))
            await event.wait()
            own = await client_at(app, address).get("/v1/actors.csv")
            assert (own.status_code, own.json()["code"], own.headers["retry-after"]) == (429, "too-many-own-downloads", "1")
            assert "you are downloading one complete list" in own.json()["detail"] and "ratelimit" not in own.headers
        assert (await client.get("/v1/actors?limit=1")).status_code == 200
        refused = await client.get("/v1/actors.csv")
        assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (503, "too-many-downloads", "1")
        assert "at most 2 complete lists" in refused.json()["detail"]
        go_on.set()
        await asyncio.gather(*streams)
        assert (await client.get("/v1/actors.csv")).status_code == 200
        assert idle(app) == 4


def client_at(app: Starlette, address: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app, client=(address, 1)), base_url="http://test")


@pytest.mark.parametrize("places", [1, 2, 3, 8, 50])
def test_no_client_gets_more_than_half_of_the_places_for_downloads_nor_the_last_one_after_others(places: int) -> None:
    downloads, clients = Downloads(places), 0
    with ExitStack() as stack:
        while downloads.taken.total() < places:
            before, clients = downloads.taken.total(), clients + 1
            with pytest.raises((TooManyOwnDownloads, TooManyDownloads)):
                while True:
                    stack.enter_context(downloads.place(str(clients)))
            assert 1 <= downloads.taken[str(clients)] <= max(1, (places - before) // 2 + (places - before) % 2)
        with pytest.raises(TooManyDownloads):
            downloads.place("new").__enter__()
        assert clients >= int(math.log2(places)) + 1
    assert not downloads.taken


async def test_idle_connections_of_one_plan_mode_serve_the_other(long: Instance) -> None:
    """An idle connection of the other plan mode is switched over rather than waited for."""
    app = create_app(Settings(pool_size=2, statement_timeout=30, rate_limit=0), long.read_url)
    async with running(app) as client:
        assert (await client.get("/v1/actors/a00001")).status_code == 200  # Planned once; its connection is kept.
        answers = await asyncio.gather(*(client.get("/ready") for _ in range(6)))
        assert {one.status_code for one in answers} == {200}
        assert idle(app) == 2


# A database that is slow, full or gone


async def asks(client: httpx2.AsyncClient) -> dict[str, tuple[int, str]]:
    """The status and the error code of each sort of request."""
    found = {}
    for name, asking in {
        "list": client.get("/v1/actors?limit=1"), "record": client.get("/v1/actors/a00001"), "file": client.get("/v1/actors.csv?limit=1"),
        "revisions": client.get("/v1/revisions"), "tag": client.get("/v1/actors", headers={"if-none-match": '"x"'}), "ready": client.get("/ready"),
        "graphql": client.post("/graphql", json={"query": "{ revision { id: number } }"}),
    }.items():  # fmt: skip
        answer = await asking
        body = answer.json() if "json" in answer.headers["content-type"] and answer.status_code != 200 else {}
        found[name] = (answer.status_code, body.get("code") or (body["errors"][0]["extensions"]["problem"] if body else ""))
    return found


async def test_a_statement_that_takes_too_long_is_cancelled(long: Instance) -> None:
    """Only the sessions' timeout is short here, and only while tables are locked: then every statement exceeds it, on any machine."""
    app = create_app(Settings(pool_size=1, statement_timeout=60, rate_limit=0), long.read_url)
    async with running(app) as client:
        await set_statement_timeout(app, "1min", "100ms")
        blocker = await asyncpg.connect(long.url)
        try:
            async with blocker.transaction():
                await blocker.execute("lock table actor, revision in access exclusive mode")
                found = await asks(client)
        finally:
            await blocker.close()
        assert set(found.values()) == {(503, "too-slow")}
        await set_statement_timeout(app, "100ms", "1min")
        assert set((await asks(client)).values()) == {(200, "")}


async def set_statement_timeout(app: Starlette, before: str, after: str) -> None:
    """Change the statement timeout of the only connection of an application, once it is what is expected."""
    async with app.state.store.pool.connection() as connection:
        assert await connection.fetchval("show statement_timeout") == before
        await connection.execute(f"set statement_timeout = '{after}'")


async def test_lost_connections_are_replaced(long: Instance) -> None:
    app = create_app(Settings(pool_size=2, rate_limit=0), long.read_url)
    async with running(app) as client:
        assert set((await asks(client)).values()) == {(200, "")}
        waiting, killer = await _held_up(app, client, long, "/v1/actors?limit=2")
        await killer.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'reader' and datname = current_database()"
        )
        await killer.close()
        assert (await waiting).status_code == 200  # Run again on another connection.
        found = await asks(client)
        assert set(found.values()) == {(200, "")}, found


@pytest.mark.parametrize("probe_after", [0, 60])
async def test_connections_that_were_lost_unnoticed_are_replaced(
    long: Instance, monkeypatch: pytest.MonkeyPatch, probe_after: float
) -> None:
    """PostgreSQL was restarted, say, and no event of that has been handled when the next request comes."""
    monkeypatch.setattr(pool, "PROBE_AFTER", probe_after)
    kill = "select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = 'reader' and datname = current_database()"
    app = create_app(Settings(pool_size=2), long.read_url)
    async with running(app) as client:
        for address in ("/v1/actors?limit=1", "/v1/actors.csv?limit=1", "/ready"):
            assert {one.status_code for one in await asyncio.gather(*(client.get("/ready") for _ in range(4)))} == {200}
            killer = threading.Thread(target=lambda: asyncio.run(long.rows(kill)))
            killer.start()
            killer.join()  # Meanwhile the event loop stands still.
            assert (await client.get(address)).status_code == 200, address


async def test_a_statement_whose_connection_is_lost_twice_is_given_up(long: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL ends the connection of a statement that exhausts its memory, and would end the next one as well."""
    app = create_app(Settings(pool_size=2), long.read_url)
    lost = 0

    async def lose(connection: Any, *_: object) -> None:
        nonlocal lost
        lost += 1
        await long.rows("select pg_terminate_backend($1, 10000)", connection.get_server_pid())
        await connection.fetch("select")

    async with running(app) as client:
        assert (await client.get("/ready")).status_code == 200
        monkeypatch.setattr(pool, "fetch_row", lose)
        answer = await client.get("/v1/actors?limit=1")
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"], lost) == (503, "unavailable", "1", 2)
        monkeypatch.undo()
        assert (await client.get("/v1/actors?limit=1")).status_code == 200


async def test_a_connection_that_was_lost_in_use_hides_no_error(long: Instance) -> None:
    """Giving it back fails too, and must not take the place of what happened."""
    app = create_app(Settings(pool_size=1), long.read_url)
    async with running(app) as client:
        with pytest.raises(ValueError, match="what happened"):
            async with app.state.store.pool.connection() as connection:
                kill = long.rows("select pg_terminate_backend($1, 10000)", connection.get_server_pid())
                killer = threading.Thread(target=lambda: asyncio.run(kill))
                killer.start()
                killer.join()  # Meanwhile the event loop stands still.
                raise ValueError("what happened")
        assert (await client.get("/ready")).status_code == 200


async def test_a_statement_that_was_only_prepared_ends_no_other(long: Instance) -> None:
    """A client may go between the two. PostgreSQL counts the time of the statement until it is told that nothing more of it comes."""
    app = create_app(Settings(pool_size=1, statement_timeout=1), long.read_url)
    async with running(app) as client:
        with pytest.raises(asyncio.CancelledError):
            async with app.state.store.pool.connection() as connection:
                await connection.prepare("select count(*) from actor")
                raise asyncio.CancelledError
        await asyncio.sleep(1.5)
        assert (await client.get("/ready")).status_code == 200


async def test_a_connection_that_was_idle_for_long_is_replaced(long: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(pool_size=2), long.read_url)
    numbers = "select count(*) from pg_stat_activity where usename = 'reader' and datname = current_database() and pid = $1"

    async def process() -> int:
        async with app.state.store.pool.connection() as connection:
            return int(connection.get_server_pid())

    async with running(app) as client:
        before = await process()
        assert await process() == before
        monkeypatch.setattr(pool, "MAX_IDLE", 0)
        assert await process() != before
        assert (await client.get("/v1/actors?limit=1")).status_code == 200
        async with asyncio.timeout(60):
            while (await long.rows(numbers, before))[0]["count"]:  # noqa: ASYNC110  # what is waited for comes from PostgreSQL
                await asyncio.sleep(0.01)


async def test_a_database_without_free_connections_is_not_called_unreachable(long: Instance) -> None:
    async def limit_connections(to: int) -> None:
        await long.rows(f"alter database {urlsplit(long.url).path[1:]} connection limit {to}")

    app = create_app(Settings(pool_size=2, rate_limit=0), long.read_url)
    try:
        async with running(app) as client:
            async with app.state.store.pool.connection():
                await limit_connections(0)
                answer = await client.get("/v1/actors?limit=1")
            await limit_connections(-1)
            assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "unavailable", "1")
            assert answer.json()["detail"] == "PostgreSQL accepts no more connections; try again in a moment"
            assert (await client.get("/v1/actors?limit=1")).status_code == 200
    finally:
        await limit_connections(-1)


async def _held_up(app: Starlette, client: httpx2.AsyncClient, on: Instance, address: str) -> tuple[asyncio.Task[httpx2.Response], Any]:
    """A request that waits for a lock, and the connection that holds the lock until it is closed."""
    holder = await asyncpg.connect(on.url)
    await holder.execute("begin")
    await holder.execute("lock table actor in access exclusive mode")
    waiting = asyncio.create_task(client.get(address))
    async with asyncio.timeout(60):
        while not await holder.fetchval("select exists (select from pg_locks where not granted)"):  # noqa: ASYNC110  # the event is in PostgreSQL
            await asyncio.sleep(0.01)
    return waiting, holder


async def test_a_file_that_breaks_off_is_visibly_incomplete(long: Instance) -> None:
    """The response ends with an error, so that no client takes half a list for the complete one."""
    app = create_app(Settings(pool_size=2, rate_limit=0, export_cache_size=0), long.read_url)
    async with running(app) as client:
        pieces = 0

        async def cut() -> None:
            nonlocal pieces
            async with client.stream("GET", "/v1/actors.ndjson") as answer:
                async for _ in answer.aiter_raw():
                    pieces += 1

        original = app.state.store.stream

        @asynccontextmanager
        async def dying(*given: Any) -> AsyncIterator[Any]:
            async with original(*given) as stream:
                yield replace(stream, documents=_until_killed(stream.documents, long.url))

        app.state.store.stream = dying
        with pytest.raises(Exception):  # noqa: B017  # whichever way the server breaks off
            await cut()
        app.state.store.stream = original
        assert set((await asks(client)).values()) == {(200, "")}
        assert idle(app) == 2


async def _until_killed(documents: AsyncIterator[str], url: str) -> AsyncIterator[str]:
    """The first records; then the connection that they come from is killed."""
    number = 0
    async for one in documents:
        yield one
        number += 1
        if number == 600:
            killer = await asyncpg.connect(url)
            await killer.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'reader' and datname = current_database()"
            )
            await killer.close()


async def test_without_a_free_connection_requests_are_refused(long: Instance) -> None:
    settings = Settings(pool_size=1, rate_limit=0)
    app = create_app(settings, long.read_url)
    async with running(app) as client:
        pool = app.state.store.pool
        async with pool.connection():
            pool.settings = replace(settings, statement_timeout=0.1)  # How long a request waits for the connection, which stays in use.
            assert set((await asks(client)).values()) == {(503, "unavailable")}
            pool.settings = settings
        assert set((await asks(client)).values()) == {(200, "")}


@pytest.mark.parametrize("url", ["postgresql://reader@/none?host=/nowhere", "no_such_database"])
async def test_without_a_database_the_process_is_alive_and_not_ready(long: Instance, url: str) -> None:
    app = create_app(Settings(statement_timeout=0.5), url if "//" in url else long.read_url.replace("/test_", "/no_such_"))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        assert set((await asks(client)).values()) == {(503, "unavailable")}
        assert (await client.get("/health")).json()["status"] == "alive"
        assert (await client.get("/openapi.json")).status_code == 200


async def test_sessions_for_reading_are_read_only_even_for_the_owner(long: Instance) -> None:
    """The role here is the owner, who may write."""
    app = create_app(Settings(), long.url)
    async with running(app) as client:
        assert (await client.get("/ready")).json()["status"] == "ready"
        async with app.state.store.pool.connections.acquire() as connection:
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await connection.execute("delete from actor")


SHUT = ("parquet", "xlsx")  # Formats that are no text.


@pytest.mark.nightly
async def test_files_of_every_kind_and_format_are_complete(invented: Instance) -> None:
    """With invented records, which contain all sorts of text. Of formats that are not read here, one by default."""
    for kind in KINDS.values():
        for suffix in exports(kind):
            if suffix in SHUT and kind.name != "event" and not NIGHTLY:
                continue
            answer = await invented.client.get(f"/v1/{kind.plural}.{suffix}?order=-id&id.ne={kind.name}-0007")
            if not answer.headers["content-type"].startswith(("text/", "application/x-ndjson", "application/geo+json")):
                assert answer.status_code == 200 and len(answer.content) > 1000
                continue
            assert (
                answer.status_code == 200 and f"{kind.name}-0039" in answer.text and f'{kind.name}-0007"' not in answer.text.split(",")[0]
            )
    assert len(files(collection(KINDS, 2))) == len(KINDS)


@pytest.mark.parametrize(
    ("repeated", "joined"),
    [
        ("/v1/figures?fields=low&limit=2&fields=best", "/v1/figures?fields=low,best&limit=2"),
        ("/v1/figures?order=-low&order=id&limit=3", "/v1/figures?order=-low,id&limit=3"),
        ("/v1/figures/totals?measure=killed&by=month&by=population", "/v1/figures/totals?measure=killed&by=month,population"),
        ("/v1/figures?limit=1&provenance=low&provenance=best", "/v1/figures?limit=1&provenance=low,best"),
        ("/v1/events?bbox=36&bbox=35&bbox=38&bbox=37&limit=1", "/v1/events?bbox=36,35,38,37&limit=1"),
    ],
)
async def test_a_repeated_list_is_the_list_with_commas(client: httpx2.AsyncClient, repeated: str, joined: str) -> None:
    """Generated clients repeat the parameter, although the contract says otherwise."""
    first, second = [(await client.get(address)).json() for address in (repeated, joined)]
    assert first["data"] == second["data"] != [], first


async def test_any_other_parameter_is_given_once(client: httpx2.AsyncClient) -> None:
    response = await client.get("/v1/figures?limit=1&limit=2&fields=low&fields=best")
    assert (response.status_code, response.json()["detail"].split(":")[0]) == (400, "limit")
    assert (await client.get("/v1/figures?fields=low&fields=")).status_code == 400
