"""What is in the cache is sent by the shortest way: the same bytes as by the long one, and nothing that the long one would refuse, delay or replace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from starlette.types import Message, Scope

from api.http.cached_responses import MAX_HEADS, CachedResponse, CachedResponses, head_of

from ..conftest import Databases, Instance, loaded, running_copy, source

HOST = (b"host", b"test")
PATHS = ("/v1/actors?limit=1", "/v1/actors/a?fields=name", "/actors/a", "/actors", "/search?text=name")


def scope(path: str = "/v1/actors", *headers: tuple[bytes, bytes], **other: Any) -> Scope:
    path, _, query = path.partition("?")
    given = {"type": "http", "method": "GET", "http_version": "1.1", "scheme": "http", "client": ("192.0.2.1", 1), "root_path": ""}
    return {**given, "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": [HOST, *headers], **other}


async def sent(instance: Instance, request: Scope) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """What is sent for a request, by whichever way."""
    messages: list[Message] = []

    async def receive() -> Message:
        return await asyncio.Future()

    async def send(message: Message) -> None:
        messages.append(message)

    await instance.app(request, receive, send)
    return messages[0]["status"], sorted(messages[0]["headers"]), b"".join(one["body"] for one in messages[1:])


def hits(instance: Instance) -> dict[Any, Any]:
    found: dict[Any, Any] = instance.app.state.response_cache.responses.hits
    return found


def text(number: int) -> str:
    return source() + f"claims:\n  actors:\n    - {{id: a, name: Name {number}, kind: state}}\n"


@pytest_asyncio.fixture(scope="module")
async def first_revision(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    return await loaded(databases, tmp_path_factory.mktemp("first"), paper=text(1))


@pytest_asyncio.fixture
async def instance(databases: Databases, first_revision: str, tmp_path: Path) -> AsyncIterator[Instance]:
    async with running_copy(databases, first_revision, tmp_path, paper=text(1)) as running:
        yield running


async def test_a_hit_is_the_same_as_the_response_before_it_until_a_revision_is_recorded(instance: Instance) -> None:
    first = {path: await sent(instance, scope(path)) for path in PATHS}
    assert {head[0] for head in hits(instance)} == {path.partition("?")[0] for path in PATHS}
    for path, response in first.items():
        assert response[0] == 200 and await sent(instance, scope(path)) == response
        for name, value in ((b"accept-encoding", b"gzip"), (b"accept", b"*/*")):
            assert await sent(instance, scope(path, (name, value))) == await sent(
                instance, scope(path, (name, value), (b"cache-control", b"no-cache"))
            )
        assert (await sent(instance, scope(path, method="HEAD")))[:2] == response[:2]
    answered = instance.app.state.response_cache.hits
    await sent(instance, scope(PATHS[0]))
    assert instance.app.state.response_cache.hits == answered + 1
    instance.write("paper.yaml", text(2))
    await instance.load()
    await instance.hear(2)
    for path, response in first.items():
        assert await sent(instance, scope(path)) != response
    assert b"Name 2" in (await sent(instance, scope("/actors/a")))[2]


async def test_another_host_has_a_page_with_its_own_addresses(instance: Instance) -> None:
    for host in (b"one.test", b"two.test", b"one.test"):
        assert b"http://" + host in (await sent(instance, scope("/actors/a", headers=[(b"host", host)])))[2]


async def test_a_request_that_is_refused_is_refused_beside_a_hit(instance: Instance) -> None:
    assert (await sent(instance, scope(PATHS[0])))[0] == 200 and hits(instance)
    for headers in ([], [HOST, HOST], [(b"host", b"a b")], [HOST, (b"accept", b"x" * 2000)]):
        assert (await sent(instance, scope(PATHS[0], headers=headers)))[0] in (400, 431)
    assert (await sent(instance, scope(PATHS[0], (b"conflict-facts-min-revision", b"x"))))[0] == 400
    assert (await sent(instance, scope(f"{PATHS[0]}&min_revision=x")))[0] == 400
    etag = next(value for name, value in (await sent(instance, scope(PATHS[0])))[1] if name == b"etag")
    assert (await sent(instance, scope(PATHS[0], (b"if-none-match", etag))))[0] == 304


@pytest.mark.parametrize(
    "request_scope",
    [
        scope(type="websocket"), scope(method="POST"), scope(headers=[]), scope(headers=[(b"host", b"")]), scope(headers=[HOST, HOST]),
        scope("/v1/actors", (b"if-none-match", b"*")), scope("/v1/actors", (b"cache-control", b"no-cache")),
        scope("/v1/actors", (b"content-type", b"text/html")), scope("/v1/actors", (b"conflict-facts-min-revision", b"1")),
        scope("/v1/actors", (b"user-agent", b"x" * 1000)), scope("/v1/actors", *((b"x-%d" % n, b"") for n in range(100))),
        scope("/v1/" + "a" * 500), scope("/v1/actors?" + "a" * 500),
    ],
)  # fmt: skip
def test_other_requests_have_no_head_that_decides(request_scope: Scope) -> None:
    assert head_of(request_scope) is None


def test_what_the_cache_removes_answers_nothing() -> None:
    responses = CachedResponses(1000)

    def put(name: str, current: int = 1) -> None:
        made = CachedResponse(200, [], [], name.encode(), current, b"", size=400, encoded={None: ([], name.encode())})
        responses[(name,)] = made
        for n in (0, *range(MAX_HEADS + 1)):
            responses.note(scope(name, (b"accept", b"%d" % n)), (name,), None)

    put("a")
    put("b")
    assert len(responses.hits) == 2 * MAX_HEADS
    assert responses.hit(scope("a", (b"accept", b"0"))) is not None  # So "b" is what was used longest ago.
    put("c")
    assert {head[0] for head in responses.hits} == {"a", "c"} == {str(key[0]) for key in responses}
    put("a", current=2)
    assert [hit.response.current for head, hit in responses.hits.items() if head[0] == "a"] == [2] * MAX_HEADS
    responses.clear()
    assert not responses.hits
