"""What was answered is sent again for as long as no revision is recorded, to everybody, as they take it."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import quote

import asyncpg
import brotli  # type: ignore[import-untyped]  # it has no annotations
import httpx2
import pytest
import pytest_asyncio
import zstandard
from starlette.types import Message

from api.http.cache import ResponseCache
from api.http.encodings import MIN_ENCODED_SIZE, THREAD_PIECE_FROM, negotiated_encoding
from api.loading.collections import load
from api.settings import Settings
from api.sql.answering.statement import Statement
from api.sql.revision import STANDBY_NEWEST_MIGRATION
from schema.kinds import KINDS

from ..conftest import Databases, Instance, loaded, running_copy, source

ACTORS = 1500
QUERY = "{ actors(first: 2) { nodes { id: slug name } } }"
NEW = "application/graphql-response+json"
DECODED: dict[str, Callable[[bytes], bytes]] = {
    "zstd": zstandard.decompress,
    "br": lambda body: cast("bytes", brotli.decompress(body)),
    "gzip": gzip.decompress,
}


class Asked(NamedTuple):
    """A request; a JSON body makes it a POST."""

    address: str
    json: dict[str, Any] | None = None


def by_get(query: str) -> str:
    return f"/graphql?query={quote(query)}"


QUESTIONS = {
    "GraphQL by POST": Asked("/graphql", {"query": QUERY}),
    "GraphQL by GET": Asked(by_get(QUERY)),
    "a list": Asked("/v1/actors?limit=2"),
    "a record": Asked("/v1/actors/a00001"),
    "totals": Asked("/v1/figures/totals"),
    "a list of a revision": Asked("/v1/actors?limit=2&revision=1"),
    "a snapshot": Asked("/graphql", {"query": f"{{ snapshot(revision: 1) {QUERY} }}"}),
}
EVERY = pytest.mark.parametrize("asked", [pytest.param(one, id=name) for name, one in QUESTIONS.items()])


def text(number: int) -> str:
    return source() + f"claims:\n  actors:\n    - {{id: a00001, name: Name {number}, kind: state}}\n    - {{id: b, name: B, kind: state}}\n"


@pytest_asyncio.fixture(scope="module")
async def many(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """So many actors that a list of them is long; tests only read them."""
    made = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("many"))
    made.write("actors.csv", "id,source,name,kind\n" + "".join(f"a{n:05},paper,{'A long name ' * 20}{n},state\n" for n in range(ACTORS)))
    made.write("paper.yaml", source())
    await made.load()
    async with made.app.router.lifespan_context(made.app), made.client:
        await made.hear(1)
        yield made


@pytest_asyncio.fixture(scope="module")
async def first_revision(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    return await loaded(databases, tmp_path_factory.mktemp("first"), paper=text(1))


@pytest_asyncio.fixture
async def instance(databases: Databases, first_revision: str, tmp_path: Path) -> AsyncIterator[Instance]:
    """An instance whose newest revision is the first."""
    async with running_copy(databases, first_revision, tmp_path, paper=text(1)) as running:
        yield running


@asynccontextmanager
async def another(like: Instance, **settings: Any) -> AsyncIterator[Instance]:
    """Another application over the same database."""
    made = copy(like, **settings)
    async with made.app.router.lifespan_context(made.app), made.client:
        await made.hear(1)
        yield made


def copy(like: Instance, **settings: Any) -> Instance:
    made = Instance.__new__(Instance)
    made.url, made.read_url, made.folder, made.kinds, made.settings = (
        like.url,
        like.read_url,
        like.folder,
        like.kinds,
        Settings(**{"rate_limit": 0, **settings}),
    )
    return made


@pytest_asyncio.fixture(scope="module")
async def forgetful(many: Instance) -> AsyncIterator[Instance]:
    """An application that keeps no answers."""
    async with another(many, kept_megabytes=0) as made:
        yield made


@pytest_asyncio.fixture(scope="module")
async def little(many: Instance) -> AsyncIterator[Instance]:
    """An application that has room for few answers."""
    async with another(many, kept_megabytes=1) as made:
        yield made


class Count:
    """The statements that an application makes."""

    def __init__(self) -> None:
        self.made = 0


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Instance], Count]:
    def counting(instance: Instance) -> Count:
        count, database = Count(), instance.app.state.store.pool
        answer = database.answer

        async def one(statement: Statement) -> Any:
            count.made += 1
            return await answer(statement)

        monkeypatch.setattr(database, "answer", one)
        return count

    return counting


Counting = Callable[[Instance], Count]


def front(instance: Instance) -> ResponseCache:
    return cast("ResponseCache", instance.app.state.response_cache)


async def ask(instance: Instance, asked: Asked, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if asked.json is None:
        return await instance.client.get(asked.address, headers=named)
    return await instance.client.post(asked.address, json=asked.json, headers=named)


async def raw(instance: Instance, address: str, **headers: str) -> tuple[httpx2.Response, bytes]:
    """An answer, with its body as it was sent."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with instance.client.stream("GET", address, headers=named) as response:
        return response, b"".join([piece async for piece in response.aiter_raw()])


@asynccontextmanager
async def locked(instance: Instance) -> AsyncIterator[None]:
    """Questions about actors wait."""
    connection = await asyncpg.connect(instance.url)
    try:
        async with connection.transaction():
            await connection.execute("lock table actor in access exclusive mode")
            yield
    finally:
        await connection.close()


async def until_waiting(instance: Instance, number: int) -> None:
    """Wait until one request runs a statement, and others wait for its response."""
    async with asyncio.timeout(120):
        while [sum(not future.done() for future in waiting) for waiting in front(instance).in_flight.values()] != [number]:  # noqa: ASYNC110
            await asyncio.sleep(0.001)


# Kept


@EVERY
async def test_a_repeated_request_needs_no_statement(many: Instance, counted: Counting, asked: Asked) -> None:
    front(many).responses.clear()
    count = counted(many)
    first = await ask(many, asked)
    again = await ask(many, asked)
    assert first.status_code == 200 and count.made == 1
    assert again.content == first.content and again.headers == first.headers


async def test_after_a_load_no_cached_response_is_sent(instance: Instance, counted: Counting) -> None:
    count = counted(instance)
    for number in (1, 2):
        assert number == 1 or (await instance.load(paper=text(number))).revision == number
        for name, asked in QUESTIONS.items():
            count.made, of_then = 0, "revision" in json.dumps(asked)
            first, again = await ask(instance, asked), await ask(instance, asked)
            assert first.status_code == 200 and first.content == again.content, name
            # What was today's when it was asked for first is taken for today's once more, until an answer tells otherwise.
            assert 1 <= count.made <= 1 + of_then, name
            assert of_then or first.headers["conflict-facts-revision"] == str(number), name
            if asked != QUESTIONS["totals"]:
                assert f"Name {1 if of_then else number}" in first.text, name


async def test_a_page_after_a_cursor_keeps_the_revision_of_the_cursor(instance: Instance) -> None:
    page = await instance.get("/v1/actors?limit=1")
    following = page["next"]
    query = 'query($after: String) { actors(first: 1, after: $after) { nodes { name } } now: actor(id: "a00001") { name } }'
    first = await instance.graphql("{ actors(first: 1, orderBy: [{slug: DESC}]) { pageInfo { endCursor } } }")
    cursor = first["actors"]["pageInfo"]["endCursor"]
    query = query.replace("first: 1,", "first: 1, orderBy: [{slug: DESC}],")
    asked = [Asked(following), Asked("/graphql", {"query": query, "variables": {"after": cursor}})]
    before = [(await ask(instance, one)).json() for one in asked for _ in range(2)]
    assert before[2]["data"] == {"actors": {"nodes": [{"name": "Name 1"}]}, "now": {"name": "Name 1"}}
    await instance.load(paper=text(2))
    for _ in range(2):
        listed, mixed = [(await ask(instance, one)).json() for one in asked]
        assert listed["data"][0].pop("node_id") == "actor:b@1"
        assert listed["data"][0] == {name: value for name, value in before[0]["data"][0].items() if name != "node_id"}
        assert mixed["data"] == {"actors": {"nodes": [{"name": "Name 1"}]}, "now": {"name": "Name 2"}}


async def test_a_request_after_a_load_does_not_share_a_response_begun_before_it(instance: Instance) -> None:
    """An answer that is under way when a revision is heard of is for those alone who asked before."""
    asked, database = Asked("/v1/actors?limit=2"), instance.app.state.store.pool
    begun, held = asyncio.Event(), asyncio.Event()
    answer = database.answer

    async def late(statement: Statement) -> Any:
        row = await answer(statement)
        begun.set()
        await held.wait()
        return row

    database.answer = late
    early = asyncio.create_task(ask(instance, asked))
    await begun.wait()
    await instance.load(paper=text(2))
    database.answer = answer
    assert "Name 2" in (await ask(instance, asked)).text
    held.set()
    assert "Name 1" in (await early).text
    assert "Name 2" in (await ask(instance, asked)).text  # What came late is not kept.


async def test_a_cache_of_size_zero_stores_nothing(forgetful: Instance, counted: Counting) -> None:
    count = counted(forgetful)
    for _ in range(3):
        assert (await ask(forgetful, QUESTIONS["a list"])).status_code == 200
    assert count.made == 3 and not front(forgetful).responses


async def test_the_size_of_the_cache_includes_its_keys(little: Instance) -> None:
    """The body of a request may be a hundred times its answer."""
    for number in range(40):
        await ask(little, Asked("/graphql", {"query": QUERY + " " * 50_000 + f"#{number}"}))
        await ask(little, Asked(f"/v1/actors?limit={number + 1}"))
    kept = front(little).responses
    held = sum(len(sent.body) + sum(len(part) for part in key if isinstance(part, bytes)) for key, sent in kept.items())
    assert len(kept) > 10 and held < 1024 * 1024


async def test_recently_used_responses_stay_in_the_cache(little: Instance, counted: Counting) -> None:
    for number in range(100, 140):
        await ask(little, Asked(f"/v1/actors?limit={number}"))
        await ask(little, QUESTIONS["a record"])
    assert 5 < len(front(little).responses) < 30
    count = counted(little)
    await ask(little, QUESTIONS["a record"])
    assert count.made == 0


async def test_a_very_large_response_is_not_cached(little: Instance) -> None:
    front(little).responses.clear()
    assert len((await ask(little, Asked("/v1/actors?limit=1000"))).content) > 1024 * 1024 // 8
    assert not front(little).responses


async def test_a_request_larger_than_the_cache_is_answered(many: Instance) -> None:
    async with another(many, kept_megabytes=1, max_body=4 * 1024 * 1024) as instance:
        asked = Asked("/graphql", {"query": QUERY, "padding": " " * 2 * 1024 * 1024})
        assert (await ask(instance, asked)).status_code == 200
        assert not front(instance).responses


async def test_a_cached_response_has_the_media_type_of_its_request(many: Instance) -> None:
    """Of a header in two lines, the first or both count, here and for the application alike."""
    address = by_get("{ actors(first: 3) { nodes { id: slug } } }")
    for accept in ([NEW, "application/json"], ["application/json"], [NEW], ["text/plain", NEW]):
        kinds = set()
        for _ in range(2):
            response = await many.client.get(address, headers=[("accept", one) for one in accept])
            kinds.add((response.status_code, response.headers["content-type"].split(";")[0]))
        assert kinds == ({(406, "application/problem+json")} if accept[0] == "text/plain" else {(200, accept[0])})


@pytest.mark.parametrize("value", ["no-cache", "max-age=0, no-cache"])
async def test_no_cache_requests_a_new_response(many: Instance, counted: Counting, value: str) -> None:
    asked = Asked(f"/v1/actors?limit={len(value)}")
    first, count = await ask(many, asked), counted(many)
    assert (await ask(many, asked, cache_control=value)).content == first.content
    assert count.made == 1
    assert (await ask(many, asked)).content == first.content
    assert count.made == 1


async def test_the_response_to_an_outdated_etag_is_cached_for_everyone(many: Instance, counted: Counting) -> None:
    asked, count = Asked("/v1/actors?limit=5"), counted(many)
    for _ in range(3):
        assert (await ask(many, asked, if_none_match='W/"0-old"')).status_code == 200
    assert count.made == 1


# Many at once


@EVERY
async def test_identical_concurrent_requests_are_one_statement(many: Instance, counted: Counting, asked: Asked) -> None:
    front(many).responses.clear()
    count = counted(many)
    answers = await asyncio.gather(*(ask(many, asked) for _ in range(20)))
    assert count.made == 1
    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}


async def test_identical_concurrent_requests_are_one_statement_without_a_cache(forgetful: Instance, counted: Counting) -> None:
    count = counted(forgetful)
    async with locked(forgetful):
        asking = [asyncio.create_task(ask(forgetful, QUESTIONS["a list"])) for _ in range(20)]
        await until_waiting(forgetful, 19)
    await asyncio.gather(*asking)
    assert count.made == 1


async def test_an_error_is_sent_to_all_waiting_requests_and_not_cached(many: Instance, counted: Counting) -> None:
    async with another(many, statement_timeout=0.3) as instance:
        count = counted(instance)
        async with locked(instance):
            failed = await asyncio.gather(*(ask(instance, QUESTIONS["a list"]) for _ in range(5)))
        assert {(one.status_code, one.json()["code"]) for one in failed} == {(503, "too-slow")} and count.made == 1
        assert {one.headers["access-control-allow-origin"] for one in failed} == {"*"}
        async with asyncio.timeout(120):  # A busy machine may need more than the 0.3 seconds; a cached error would stay.
            while (await ask(instance, QUESTIONS["a list"])).status_code != 200:
                pass


async def test_a_cancelled_request_does_not_cancel_the_waiting_ones(many: Instance, counted: Counting) -> None:
    front(many).responses.clear()
    count = counted(many)
    async with locked(many):
        asking = [asyncio.create_task(ask(many, QUESTIONS["a list"])) for _ in range(5)]
        await until_waiting(many, 4)
        for leaving in (asking[0], asking[2]):  # The request that runs the statement, and one that waits for it.
            leaving.cancel()
        await until_waiting(many, 2)
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [isinstance(one, asyncio.CancelledError) for one in answers] == [True, False, True, False, False]
    assert {one.status_code for one in answers if isinstance(one, httpx2.Response)} == {200}
    assert count.made == 2 and not front(many).in_flight


async def test_a_request_with_an_incomplete_body_is_not_answered_or_shared(many: Instance) -> None:
    """A body that ends with its connection may be, as far as it goes, a question of somebody else."""
    body = json.dumps({"query": QUERY}).encode()

    async def send(pieces: list[Message]) -> list[Message]:
        sent: list[Message] = []
        waiting = iter(pieces)

        async def receive() -> Message:
            return next(waiting)

        async def keep(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
        }
        await many.app(scope, receive, keep)
        return sent

    cut: list[Message] = [{"type": "http.request", "body": body, "more_body": True}, {"type": "http.disconnect"}]
    end: list[Message] = [cut[0], {"type": "http.request", "body": b""}]
    nothing, answer = await asyncio.gather(send(cut), send(end))
    assert nothing == [] and answer[0]["status"] == 200


# As they take it


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("zstd", "zstd"), ("br", "br"), ("gzip", "gzip"), ("gzip, deflate, br, zstd", "zstd"), ("gzip;q=0.5, BR", "br"),
        ("zstd;q=0, br; q=0.0, gzip", "gzip"), ("*", "zstd"), ("zstd;q=0, *", "br"), ("*;q=0", None), ("gzip;q=0", None),
        ("identity", None), ("deflate", None), ("", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("limit", [1, 20, 1000], ids=["short", "long", "very long"])
async def test_a_response_is_encoded_as_the_client_accepts(many: Instance, accepted: str, encoding: str | None, limit: int) -> None:
    address = f"/v1/actors?limit={limit}"
    plain, body = await raw(many, address, accept_encoding="identity")
    assert (len(body) >= MIN_ENCODED_SIZE, len(body) >= THREAD_PIECE_FROM) == (limit > 1, limit == 1000)
    for _ in range(2):
        response, sent = await raw(many, address, accept_encoding=accepted)
        assert response.headers.get("content-encoding") == (encoding if limit > 1 else None)
        assert (DECODED[encoding](sent) if encoding and limit > 1 else sent) == body
        assert int(response.headers["content-length"]) == len(sent)
        assert "accept-encoding" in response.headers["vary"].lower()

        assert response.headers["etag"] == plain.headers["etag"]


async def test_long_uncached_responses_are_encoded(forgetful: Instance) -> None:
    for encoding, decoded in DECODED.items():
        response, sent = await raw(forgetful, "/v1/actors?limit=1000", accept_encoding=encoding)
        assert response.headers["content-encoding"] == encoding and json.loads(decoded(sent))["data"]


@pytest.mark.parametrize(
    "address", ["/v1/actors?limit=6", "/v1/actors/a00006", "/v1/figures/totals?", by_get("{ actors(first: 6) { totalCount } }")]
)
async def test_a_matching_etag_is_answered_with_304(many: Instance, forgetful: Instance, address: str) -> None:
    for instance in (many, forgetful):
        full = await instance.client.get(address)
        tag = full.headers["etag"]
        strong = tag.removeprefix("W/")
        for held in (tag, strong, f'"x", {tag}', f'"x",{strong} ,"y"', "*"):
            response = await instance.client.get(address, headers={"if-none-match": held})
            assert (response.status_code, response.content) == (304, b""), held
            assert "content-type" not in response.headers and "content-length" not in response.headers
            for name in ("etag", "cache-control", "conflict-facts-revision", "access-control-allow-origin", "vary"):
                assert response.headers[name] == full.headers[name], name
        lines = await instance.client.get(address, headers=[("if-none-match", tag), ("if-none-match", '"x"')])
        assert lines.status_code == 304
        for held in ('"x"', f'"{tag}"', "x", ""):
            assert (await instance.client.get(address, headers={"if-none-match": held})).content == full.content, held


async def test_if_none_match_star_does_not_hide_a_missing_record(many: Instance) -> None:
    for _ in range(2):
        assert (await many.client.get("/v1/actors/nobody", headers={"if-none-match": "*"})).status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        *QUESTIONS.values(),
        Asked("/v1/actors/nobody"),
        Asked("/v1/actors?nothing=1"),
        Asked("/graphql", {"query": "{"}),
        Asked("/graphql", {}),
    ],
)
async def test_every_response_has_cors_headers(many: Instance, asked: Asked) -> None:
    for _ in range(2):
        response = await ask(many, asked, origin="https://newsroom.example")
        assert response.headers.get_list("access-control-allow-origin") == ["*"]
        assert "conflict-facts-revision" in response.headers["access-control-expose-headers"]


@pytest.mark.parametrize("asked", [one for one in QUESTIONS.values() if one.json is None])
async def test_head_has_the_headers_of_get(many: Instance, asked: Asked) -> None:
    for _ in range(2):
        head = await many.client.head(asked.address)
        got = await many.client.get(asked.address)
        assert (head.status_code, head.headers) == (got.status_code, got.headers)


async def test_a_body_in_any_pieces_is_one_request(many: Instance) -> None:
    async def pieces(size: int) -> AsyncIterator[bytes]:
        body = json.dumps({"query": QUERY}).encode()
        for start in range(0, len(body), size):
            yield body[start : start + size]

    whole = await ask(many, Asked("/graphql", {"query": QUERY}))
    for size in (1, 7, 1000):
        cut = await many.client.post("/graphql", content=pieces(size), headers={"content-type": "application/json"})
        assert cut.content == whole.content


async def test_a_body_above_the_limit_is_refused_in_any_pieces(many: Instance) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 10_000

    for content in (b" " * 300_000, endless()):
        refused = await many.client.post("/graphql", content=content, headers={"content-type": "application/json"})
        assert refused.status_code == 413 and refused.json()["errors"][0]["extensions"]["problem"] == "too-large"


# Documents that go by their hash


def persisted(hash: Any, query: str | None = None) -> dict[str, Any]:
    return {**({"query": query} if query else {}), "extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}}


def hashed(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_document_can_be_sent_by_its_hash_once_it_is_known(many: Instance, method: str) -> None:
    query = f"{{ {method.lower()}: actors(first: 1) {{ nodes {{ id: slug }} }} }}"

    async def sent(asked: dict[str, Any]) -> Any:
        if method == "POST":
            return (await many.client.post("/graphql", json=asked)).json()
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in asked.items()}
        return (await many.client.get("/graphql", params=texts)).json()

    unknown = await sent(persisted(hashed(query)))
    assert unknown["errors"][0]["message"] == "PersistedQueryNotFound"
    wrong = await sent(persisted(hashed("{ other }"), query))
    assert "must be the SHA-256 of the query" in wrong["errors"][0]["message"]
    assert (await sent(persisted(hashed(query))))["errors"][0]["message"] == "PersistedQueryNotFound"
    told = await sent(persisted(hashed(query), query))
    assert told["data"] == {method.lower(): {"nodes": [{"id": "a00000"}]}}
    for _ in range(2):
        assert await sent(persisted(hashed(query))) == told


NO_OBJECTS: list[Any] = [[], 5, "a", None]
NO_TEXTS: list[Any] = [5, [], ["a"], {}, {"a": 1}, True, None]


@pytest.mark.parametrize(
    ("extensions", "message"),
    [
        ([], "extensions: must be an object"), (5, "extensions: must be an object"), ("a", "extensions: must be an object"),
        *(({"persistedQuery": shape}, "extensions: persistedQuery: must be an object") for shape in NO_OBJECTS),
        *(({"persistedQuery": {"sha256Hash": hash}}, "sha256Hash, text") for hash in NO_TEXTS),
    ],
)  # fmt: skip
@pytest.mark.parametrize("query", [{}, {"query": QUERY}], ids=["without query", "with query"])
async def test_malformed_extensions_are_refused(many: Instance, extensions: Any, message: str, query: dict[str, str]) -> None:
    answer = await many.client.post("/graphql", json={**query, "extensions": extensions}, headers={"accept": NEW})
    assert answer.status_code == 400 and message in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("extensions", [None, {}, {"persistedQuery": {}}, {"tracing": True}])
async def test_unknown_extensions_are_ignored(many: Instance, extensions: Any) -> None:
    assert "data" in (await ask(many, Asked("/graphql", {"query": QUERY, "extensions": extensions}))).json()


# Without notifications


async def test_without_notifications_nothing_is_cached(instance: Instance, counted: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the loss of the listening connection and the next one, every request runs a statement and sees the newest revision."""
    asked, revisions = QUESTIONS["a list"], instance.app.state.store.pool.revisions
    await ask(instance, asked)
    listen, may_listen = revisions._listen, asyncio.Event()

    async def listen_later() -> None:
        await may_listen.wait()
        await listen()

    monkeypatch.setattr(revisions, "_listen", listen_later)
    terminated = await instance.rows(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query = $1", STANDBY_NEWEST_MIGRATION
    )
    assert len(terminated) == 1
    async with asyncio.timeout(120):
        while revisions.newest is not None:  # noqa: ASYNC110  # the loss is noticed when PostgreSQL closes the connection
            await asyncio.sleep(0.001)
    count = counted(instance)
    for made in (1, 2):
        assert "Name 1" in (await ask(instance, asked)).text and count.made == made
    instance.write("paper.yaml", text(2))
    await load(KINDS, instance.url, instance.folder)
    assert "Name 2" in (await ask(instance, asked)).text
    assert revisions.newest is None
    may_listen.set()
    await instance.hear(2)
    count.made = 0
    for _ in range(3):
        assert "Name 2" in (await ask(instance, asked)).text
    assert count.made == 1
    instance.write("paper.yaml", text(3))
    assert (await instance.load()).revision == 3
    assert "Name 3" in (await ask(instance, asked)).text


async def test_without_a_database_errors_are_not_cached(many: Instance) -> None:
    """An application that was never opened answers nothing, and says so to each who asks."""
    made = copy(many)
    for _ in range(2):
        response = await ask(made, QUESTIONS["a list"])
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    await made.client.aclose()


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip;q=1, zstd;q=0.1", b"gzip"), ("gzip;q=0", None), ("gzip;q=0.000, br", b"br"), ("zstd, br, gzip", b"zstd"), ("gzip, zstd", b"zstd"),
        ("*", b"zstd"), ("*;q=0.5, zstd;q=0", b"br"), ("*;q=0", None), ("identity", None), ("identity;q=0.5, br;q=0.4", None), ("", None),
        ("GZIP ; Q=0.3 , br;q=0.2", b"gzip"), ("identity;q=0, gzip;q=0.1", b"gzip"), ("deflate", None), ("gzip;q=nonsense", b"gzip"),
    ],
)  # fmt: skip
def test_the_encoding_is_the_one_that_the_client_likes_best(accept: str, encoding: bytes | None) -> None:
    assert negotiated_encoding(accept.encode()) == encoding
