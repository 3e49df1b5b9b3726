"""A response has a limit on its bytes: it is refused before it is made or, if it is longer than was estimated, before it is sent."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message, Scope

from api.costs.limits import Limit
from api.costs.statistics import Statistics
from api.costs.widths import Widths
from api.http import cache, long_bodies
from api.http.long_bodies import LONG, SLICE, encoded_text, send_slices
from api.settings import Settings
from api.store.allowance import Account
from bench.costly import COSTLY

from ..conftest import Instance


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("long aliases", "the request costs "),
        ("long aliases in fewer fields", "the answer could have "),
        ("short aliases in many lists", "the answer could have "),
    ],
)
async def test_a_document_with_a_long_response_reads_nothing(aleppo: Instance, name: str, reason: str) -> None:
    """The first, of 127 kB, used to be answered with 295 MB, the others with 47 and 66."""
    store = aleppo.app.state.store
    await aleppo.client.post("/graphql", json={"query": "{ events(first: 1) { nodes { id } } }"})
    before = store.pool.statements
    response = await aleppo.client.post("/graphql", content=COSTLY[name].body, headers=dict(COSTLY[name].headers))
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX" and error["message"].startswith(reason), error
    assert "; most of it is in `l0`; " in error["message"] and "would fit" in error["message"] and store.pool.statements == before


@pytest.mark.parametrize(
    "path", ["/v1/events", "/v1/events/aleppo-offensive-2024", "/v1/figures/totals?by=month", "/v1/search?text=aleppo", "/v1/revisions"]
)
async def test_an_answer_that_is_longer_than_estimated_is_not_sent(aleppo: Instance, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    store = aleppo.app.state.store
    await aleppo.client.get("/health")
    await store.refresh(store.pool.revisions.newest)
    monkeypatch.setattr(Widths, "member", lambda *_: 0.0)
    monkeypatch.setattr("api.costs.cost.Part._written", lambda *_: 0.0)
    monkeypatch.setattr(store, "statistics", Statistics(store.statistics.revision, store.statistics.rows))
    monkeypatch.setattr(store, "limit", Limit(10**9, 100))
    store.plans.cache.clear()
    paid: list[float] = []
    monkeypatch.setattr(Account, "pay_time", lambda self, seconds: paid.append(seconds))
    response = await aleppo.client.get(path, headers={"cache-control": "no-cache"})
    assert (response.status_code, response.json()["code"]) == (400, "too-much"), response.text
    assert "characters, and 200 is the limit; request fewer records, or select less of each" in response.json()["detail"]
    assert sum(paid) > 0
    store.plans.cache.clear()


TEXTS = ["", "é", "x" * (LONG - 1), "x" * LONG, "é€😀" * (LONG // 2)]


@pytest.mark.parametrize("text", TEXTS, ids=[f"{len(text)} characters" for text in TEXTS])
async def test_a_long_text_is_encoded_in_slices(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two of them others are served."""
    turns, sleep = list[float](), asyncio.sleep

    async def counted(seconds: float) -> None:
        turns.append(seconds)
        await sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", counted)
    pieces = [text[: len(text) // 3], text[len(text) // 3 :]]
    body = await encoded_text(pieces)
    assert (body if isinstance(body, bytes) else body.encode()) == text.encode()
    assert len(turns) >= len(text) // SLICE if len(text) >= LONG else not turns


@pytest.mark.parametrize("size", [LONG - 1, LONG, LONG + 1, 3 * SLICE * 10])
async def test_a_long_body_is_sent_in_slices(size: int) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    body = b"0123456789" * (size // 10 + 1)
    await send_slices(body[:size], {"type": "http", "path": "/graphql"}, send, 10_000)
    assert b"".join(message["body"] for message in sent) == body[:size]
    assert [message["more_body"] for message in sent] == [True] * (len(sent) - 1) + [False]
    assert max(len(message["body"]) for message in sent) == SLICE


async def test_a_client_that_does_not_read_gets_no_further_response(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve responses of 16 MB that nobody read used to stay in memory for ever."""
    response_cache = aleppo.app.state.response_cache
    monkeypatch.setattr(cache, "LONG", 10)
    monkeypatch.setattr(long_bodies, "MAX_UNREAD", 3000)
    stalled, reads = asyncio.Event(), asyncio.Event()
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            stalled.set()
            await reads.wait()

    async def receive() -> Message:
        return messages.pop() if messages else await asyncio.Future()  # The client stays, and sends nothing more.

    scope: Scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/v1/events", "raw_path": b"/v1/events",
        "query_string": b"limit=5", "headers": [(b"host", b"test")], "client": ("127.0.0.1", 1), "server": ("test", 80), "root_path": "",
    }  # fmt: skip
    reading = asyncio.create_task(aleppo.app(scope, receive, send))
    await stalled.wait()
    (unread,) = response_cache.unread.bytes.values()
    assert unread > 1000
    monkeypatch.setattr(long_bodies, "MAX_UNREAD", unread)
    refused = await aleppo.client.get("/v1/events?limit=4", headers={"cache-control": "no-cache"})
    monkeypatch.setattr(long_bodies, "MAX_UNREAD", unread + 5)
    too_long = await aleppo.client.get("/v1/events?limit=3", headers={"cache-control": "no-cache"})
    reads.set()
    await reading
    for response in (refused, too_long):
        assert (response.status_code, response.json()["code"]) == (429, "rate-limited")
        assert f"responses of {unread:,} bytes are being sent to you" in response.json()["detail"]
    assert not response_cache.unread.bytes and (await aleppo.client.get("/v1/events?limit=4")).status_code == 200


async def test_the_limit_is_published(aleppo: Instance) -> None:
    assert (await aleppo.client.get("/limits")).json()["bytes_of_a_response"] == Settings().max_response
