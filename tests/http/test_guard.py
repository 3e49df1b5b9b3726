"""What is refused of any request, and what every response has, whatever answers it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from starlette.routing import Route

from api.errors import MAX_SHOWN
from api.graphql.errors import shown_message
from api.http.head_limits import MAX_HEADERS, MAX_PARAMETERS, MAX_PATH, MAX_URL, MAX_VALUE

from ..conftest import Databases, Instance
from ..support.small_world import document, world_with

LONG = "x" * 1900
ADDRESSES = [
    "/", "/docs", "/dictionary", "/problems", "/problems/not-found", "/graphql", "/favicon.ico", "/health", "/ready", "/openapi.json", "/v1/events",
    "/v1/events.csv", "/v1/events.ndjson", "/v1/figures/totals", "/v1/revisions", "/v1/withheld", "/v1/events/nothing", "/v1/events?nothing=1",
    "/nothing", "/v1/events/", "/graphql?query={events{nodes{id}}}", "/graphql?query={", "/static/nothing",
]  # fmt: skip
TOO_LONG = [
    f"/v1/events?{LONG}=1", f"/v1/events?country={LONG}", f"/v1/events?order={LONG}", f"/v1/events?fields={LONG}", f"/v1/events?limit={LONG}",
    f"/v1/events?as_of={LONG}", f"/v1/events?provenance={LONG}", f"/v1/events?after={LONG}", f"/v1/events?name.{LONG}=1", f"/v1/events/{LONG}",
    f"/v1/events.{LONG}", f"/v1/{LONG}", f"/{LONG}", f"/v1/figures/totals?by={LONG}", f"/v1/revisions/{LONG}", f"/problems/{LONG}", f"/v1/withheld?{LONG}=1",
    f"/v1/events?name=a&name={LONG}", f"/v1/figures?event.name.{LONG}=1", f"/graphql?query={LONG}", f"/graphql?query={{{LONG}}}",
    f"/graphql?query={{events{{nodes{{id}}}}}}&operationName={LONG}", f"/graphql?query={{snapshot(asOf:%22{LONG}%22){{event(id:1){{id}}}}}}",
    f"/graphql?query=query%20{LONG}{{events{{nodes{{id}}}}}}%20query%20b{{events{{nodes{{id}}}}}}", f"/graphql?query={{...{LONG}}}",
    f"/graphql?query={{events(where:{{country:{{eq:{LONG}}}}}){{nodes{{id}}}}}}", f"/graphql?query={{events(first:{'9' * 3000}){{nodes{{id}}}}}}",
]  # fmt: skip


@pytest_asyncio.fixture(scope="module")
async def empty(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """An instance without facts."""
    running = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("empty"))
    async with running.app.router.lifespan_context(running.app), running.client:
        yield running


@pytest.mark.parametrize("address", ADDRESSES)
async def test_every_response_says_how_it_may_be_cached_and_read(empty: Instance, address: str) -> None:
    for method in ("GET", "HEAD", "DELETE", "OPTIONS"):
        response = await empty.client.request(method, address)
        assert response.headers.get_list("x-content-type-options") == ["nosniff"], (method, response.status_code)
        assert len(response.headers.get_list("cache-control")) == 1, (method, response.status_code)
        if response.status_code >= 400:
            assert response.headers["cache-control"] == "no-store"


async def test_only_pages_without_facts_ignore_parameters(empty: Instance) -> None:
    """People share the addresses of pages, to which others add what they like."""
    paths = [one.path for one in empty.app.routes if isinstance(one, Route) and "GET" in (one.methods or ()) and "{" not in one.path]
    ignoring = {path for path in paths if (await empty.client.get(path, params={"nonsense": "1"})).status_code != 400}
    assert ignoring == {"/", "/docs", "/dictionary", "/problems", "/favicon.ico", "/robots.txt"}


async def test_a_range_means_nothing_to_head(empty: Instance) -> None:
    for method, status in (("HEAD", 200), ("GET", 206)):
        assert (await empty.client.request(method, "/static/favicon.svg", headers={"range": "bytes=0-9"})).status_code == status


@pytest.mark.parametrize("address", TOO_LONG, ids=lambda address: re.sub(f"{LONG}|9{{3000}}", "LONG", address))
async def test_an_error_repeats_little_of_what_was_sent(empty: Instance, address: str) -> None:
    response = await empty.client.get(address)
    assert re.search(r"x{9}|9{9}", response.text) or response.status_code < 500, response.text
    assert max(map(len, re.findall("x+|9+", response.text)), default=0) <= MAX_SHOWN, response.text[:300]


@pytest.mark.parametrize("quoted", ["xx " * 400, "x" * 3000, '\\"x\\" ' * 300, "x' " * 300, "x\\n" * 300])
@pytest.mark.parametrize("document", [
    '{ events(first: "TEXT") { nodes { id } } }', '{ event(id: {a: "TEXT"}) { id } }', '{ events(where: {name: {contains: ["TEXT", "TEXT"], b: "TEXT"}}) { nodes { id } } }',
    'query($a: Int = "TEXT") { events(first: $a) { nodes { id } } }', '"TEXT"', '{ event(id: "TEXT") { id(a: "TEXT") } }', "# TEXT\n}", "{ events(where: {country: {eq: \"TEXT\"}}) { nodes { id } } }",
])  # fmt: skip
async def test_graphql_repeats_little_of_what_was_sent(empty: Instance, document: str, quoted: str) -> None:
    for body in (
        {"query": document.replace("TEXT", quoted)},
        {"query": "query($a: Int) { events(first: $a) { nodes { id } } }", "variables": {"a": quoted}},
    ):
        response = (await empty.client.post("/graphql", json=body)).json()
        for error in response.get("errors", ()):
            assert len(error["message"]) <= MAX_SHOWN + 1 or not error["extensions"]["problem"].startswith("graphql-"), error["message"]
            assert error["message"].count("x") <= MAX_SHOWN


@pytest.mark.parametrize(
    "document", ["{ events(first: 9N) { nodes { id } } }", "query($a: Int = -9N) { events(first: $a) { nodes { id } } }"]
)
async def test_a_long_number_is_refused_in_the_words_of_the_api(empty: Instance, document: str) -> None:
    (error,) = (await empty.client.post("/graphql", json={"query": document.replace("N", "9" * 5000)})).json()["errors"]
    assert error["message"].startswith("Int cannot represent a number of so many digits:") and len(error["message"]) <= MAX_SHOWN + 1


def test_a_long_message_keeps_its_reason() -> None:
    assert shown_message("short 'text'") == "short 'text'"
    long = shown_message("Int cannot represent '" + "a b " * 500 + "': it is too long.")
    assert long.startswith("Int cannot represent 'a b") and long.endswith("': it is too long.") and len(long) == MAX_SHOWN + 1


@pytest.mark.parametrize(("hosts", "status"), [
    ((), 400), (("a", "b"), 400), (("a", "a"), 400), (("",), 400), (("a",), 200),
    (("a:8000",), 200), (("[::1]:8000",), 200), (("a b",), 400), (("a/b",), 400), (("u@a",), 400), (("a:b",), 400), (("é",), 400), (("<script>",), 400),
])  # fmt: skip
async def test_a_request_has_one_host(empty: Instance, hosts: tuple[str, ...], status: int) -> None:
    """Both where the cache answers and where it does not."""
    for path in ("/v1/events", "/health"):
        response = await _sent(empty, path.encode(), [(b"host", host.encode("latin-1")) for host in hosts])
        assert response.status_code == status
        assert status == 200 or response.headers.get_list("access-control-allow-origin") == ["*"]
    assert (await _sent(empty, b"/health", [], version="1.0")).status_code == 200


async def _sent(
    instance: Instance, path: bytes, headers: list[tuple[bytes, bytes]], query: bytes = b"", version: str = "1.1"
) -> httpx2.Response:
    """The response to a request that no client of ours would send."""
    sent: list[Any] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": version, "method": "GET", "scheme": "http", "path": path.decode(), "raw_path": path,
        "query_string": query, "root_path": "", "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()  # The client sends nothing more, and stays.
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    await instance.app(scope, receive, send)
    return httpx2.Response(sent[0]["status"], headers=sent[0]["headers"], content=sent[1]["body"])


@pytest.mark.parametrize("path", ["/v1/events", "/nothing", "/graphql", "/docs"])
async def test_a_long_url_is_refused_with_a_problem_document(empty: Instance, path: str) -> None:
    response = await _sent(empty, path.encode(), [(b"host", b"a")], b"a=" + b"b" * MAX_URL)
    assert (response.status_code, response.headers["content-type"]) == (414, "application/problem+json")
    assert response.json()["code"] == "url-too-long" and len(response.text) < 600


@pytest.mark.parametrize("path", ["/v1/events", "/events", "/graphql", "/mcp", "/chart.svg", "/limits"])
async def test_a_query_string_of_many_parameters_is_refused_before_it_is_read(empty: Instance, path: str) -> None:
    response = await _sent(empty, path.encode(), [(b"host", b"a")], b"&" * MAX_PARAMETERS)
    assert response.status_code == 414 and f"501 parameters; it may have {MAX_PARAMETERS}" in response.json()["detail"]
    assert (await _sent(empty, b"/v1/events", [(b"host", b"a")], b"_=1&" * (MAX_PARAMETERS - 1))).status_code == 200


async def test_a_long_path_and_long_headers_are_refused_by_the_application_too(empty: Instance) -> None:
    """It may run in another server than its own."""
    host = (b"host", b"a")
    for path, headers, status in (
        (b"/v1/%b" % (b"a" * MAX_PATH), [host], 414), (b"/v1/events", [host] + [(b"x", b"")] * MAX_HEADERS, 431),
        (b"/v1/events", [host, (b"accept-encoding", b"," * (MAX_VALUE + 1))], 431), (b"/v1/events", [host, (b"accept-encoding", b"," * MAX_VALUE)], 200),
    ):  # fmt: skip
        assert (await _sent(empty, path, headers)).status_code == status


@pytest.mark.parametrize(
    "address", ["/v1/events/%00", "/%00", "/v1/events?name=%00", "/v1/events?%00=1", "/graphql?query=%00", "/v1/events?search=a%00"]
)
async def test_a_nul_character_is_the_clients_error(empty: Instance, address: str) -> None:
    response = await empty.client.get(address, headers={"accept": "application/graphql-response+json, application/json"})
    assert response.status_code in (400, 404), response.text


@pytest.mark.parametrize("path", ["/v1/events/", "/graphql/", "/docs/", "/health/", "//evil.example/%2e%2e", "/v1//events"])
async def test_no_response_redirects_to_what_the_client_names(empty: Instance, path: str) -> None:
    response = await empty.client.get(path, headers={"host": "evil.example"})
    assert response.status_code == 404 and "location" not in response.headers


async def test_graphql_reads_the_query_string_as_rest_does(empty: Instance) -> None:
    query = "query={events{nodes{id}}}"
    for sent, told in {
        f"{query}&{query}": "query: is given 2 times; give it once", f"{query}&variables={{}}&variables={{}}": "variables: is given 2 times",
        "query=%ff": "the query string is not UTF-8", f"{query}&variables=%ff": "the query string is not UTF-8",
    }.items():  # fmt: skip
        response = await empty.client.get(f"/graphql?{sent}")
        assert told in response.text, response.text


async def test_a_long_link_is_left_out_and_the_body_has_it(instance: Instance) -> None:
    await instance.load(paper=document("paper", world_with()))
    for conditions, has_link in ((["battle", "war"], True), (["battle", "war", *(f"{n:0100}" for n in range(90))], False)):
        response = await instance.client.get(f"/v1/events?limit=1&id.one_of={','.join(conditions)}")
        assert response.json()["next"] and ("link" in response.headers) == has_link
