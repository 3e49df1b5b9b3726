"""Texts that PostgreSQL stores out of line, whose length its statistics do not tell: no accepted request repeats them without a limit."""

from __future__ import annotations

import json
import random
import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from api.costs.limits import Limit
from api.sql.answering import statement
from api.sql.answering.text_budget import SPENT
from api.store import sessions

from ..conftest import Databases, Instance

EVENTS, LENGTH = 30, 5_000
LIMIT = 400_000  # Bytes of a response: all summaries once or twice.


def _text(number: int) -> str:
    chosen = random.Random(number)
    return " ".join("".join(chosen.choices("abcdefghij", k=7)) for _ in range(LENGTH // 8))


def _collection() -> dict[str, Any]:
    source = {"id": "long-source", "title": _text(1), "kind": "report", "publisher": "P", "license": "CC-BY-4.0", "redistributable": True}
    events = [
        {
            "id": f"long-{number:02}", "locator": f"p {number}", "name": f"Long {number}", "kind": "battle", "started_on": "2019-01-01",
            "country": "SYR", "summary": _text(2 if number else 3), "original": json.dumps({"text": _text(4)}),
        }
        for number in range(EVENTS)
    ]  # fmt: skip
    figures = [
        {
            "id": f"long-figure-{number:02}",
            "locator": f"f {number}",
            "event": "long-00",
            "actor": "long-actor",
            "measure": "killed",
            "best": number + 1,
            "unit": "people",
            "basis": "flow",
        }
        for number in range(EVENTS)
    ]
    actors = [{"id": "long-actor", "locator": "a", "name": "Long actor", "kind": "state", "native_name": _text(5)}]
    return {"source": source, "entered_by": "x", "claims": {"actors": actors, "events": events, "figures": figures}}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def long_texts(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    running = Instance(databases, name := await databases.fresh(), tmp_path_factory.mktemp("long"))
    await running.load(long=json.dumps(_collection()))
    async with running.app.router.lifespan_context(running.app), running.client:
        running.app.state.store.limit = Limit(running.app.state.store.max_cost, LIMIT)
        yield running
    await databases.drop(name)


def aliases(count: int, text: str) -> str:
    return " ".join(f"a{number}: {text}" for number in range(count))


ONE = 'event(id: "long-00") { summary }'
SEARCH = '{ search(text: "long") { nodes { ... on Event { %s } } } }'
REPEATED = {
    "one text under many names": f"{{ events(first: 100) {{ nodes {{ {aliases(10, 'summary')} }} }} }}",
    "edges": f"{{ events(first: 100) {{ edges {{ node {{ {aliases(10, 'summary')} }} }} }} }}",
    "a link under many names": f"{{ events(first: 100) {{ nodes {{ id }} }} figures {{ nodes {{ {aliases(10, 'event { summary }')} }} }} }}",
    "one record of many": f"{{ figures(first: 100) {{ nodes {{ event {{ {aliases(10, 'summary')} }} }} }} }}",
    "many root fields": f"{{ {aliases(100, ONE)} }}",
    "claims": f"{{ events(first: 100) {{ nodes {{ claims(first: 5) {{ nodes {{ {aliases(10, 'original')} }} }} }} }} }}",
    "sources of claims": f"{{ events(first: 100) {{ nodes {{ claims(first: 5) {{ nodes {{ {aliases(10, 'source { title }')} }} }} }} }} }}",
    "provenance": (
        "{ events(first: 100) { nodes { provenance { "
        + " ".join(f"{name} {{ claims {{ original source {{ title }} }} }}" for name in ("name", "kind", "summary"))
        + " } } } }"
    ),
    "a search": SEARCH % aliases(20, "summary"),
    "totals": f"{{ totals(by: [ACTOR]) {{ rows {{ actor {{ {aliases(100, 'nativeName')} }} }} }} }}",
}


@pytest.mark.parametrize("query", REPEATED.values(), ids=REPEATED)
async def test_texts_that_are_repeated_are_counted_before_they_are_written(long_texts: Instance, query: str) -> None:
    response = await long_texts.client.post("/graphql", json={"query": query})
    assert "errors" in response.json(), response.text[:600]
    (error,) = response.json()["errors"]
    assert error["extensions"]["problem"] == "too-much", error
    assert error["message"].startswith(("the texts of the answer have more than 400,000 bytes", "the texts of a record")), error


PAGED = {  # A request with SIZE in place of the size of its page, and the advice.
    "REST": ("/v1/events?fields=summary&limit=SIZE", r"`limit=(\d+)` would fit"),
    "REST, by links": ("/v1/figures?fields=event.summary&limit=SIZE", r"`limit=(\d+)` would fit"),
    "GraphQL": ("{ e: events(first: SIZE) { nodes { summary } pageInfo { hasNextPage } } }", r"`first: (\d+)` of `e` would fit"),
    "a snapshot": (
        "{ snapshot(revision: 1) { events(first: SIZE) { nodes { summary } pageInfo { endCursor } } } }", r"`first: (\d+)` of `events` would fit",
    ),
}  # fmt: skip


async def _answer(instance: Instance, request: str, size: object) -> httpx2.Response:
    asked = request.replace("SIZE", str(size))
    return await (instance.client.get(asked) if asked.startswith("/") else instance.client.post("/graphql", json={"query": asked}))


@pytest.mark.parametrize(("request_", "advice"), PAGED.values(), ids=PAGED)
async def test_a_refusal_names_a_page_size_that_fits(
    long_texts: Instance, monkeypatch: pytest.MonkeyPatch, request_: str, advice: str
) -> None:
    monkeypatch.setattr(long_texts.app.state.store, "limit", Limit(long_texts.app.state.store.max_cost, 100_000))
    refused = await _answer(long_texts, request_, EVENTS)
    (size,) = re.findall(advice, refused.text)
    assert 1 < int(size) < EVENTS
    assert "too-much" not in (await _answer(long_texts, request_, size)).text
    assert "too-much" in (await _answer(long_texts, request_, int(size) + 1)).text


@pytest.mark.parametrize("path", ["/v1/figures?fields=event.summary,event.name&limit=100", "/v1/events?provenance=*&limit=10"])
async def test_rest_answers_what_fits(long_texts: Instance, path: str) -> None:
    response = await long_texts.client.get(path)
    assert response.status_code == 200 and len(response.content) < 2 * LIMIT


async def test_in_a_stream_the_limit_is_that_of_one_record(long_texts: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    store = long_texts.app.state.store
    monkeypatch.setattr(store, "limit", Limit(store.max_cost, 40_000))  # As a lower MAX_RESPONSE sets it.
    response = await long_texts.client.get("/v1/events.ndjson?provenance=*")
    assert response.status_code == 200 and len(response.text.splitlines()) == EVENTS
    monkeypatch.setattr(store, "limit", Limit(store.max_cost, 4_000))
    refused = await long_texts.client.get("/v1/events.ndjson?provenance=*&order=-id")
    assert refused.status_code == 400, refused.text[:300]
    assert "the texts of a record have more than 4,000 bytes" in refused.json()["detail"]


@pytest.mark.parametrize(("size", "counted"), [(50, False), (1000, True)])
async def test_statements_that_cannot_have_too_many_texts_count_nothing(
    aleppo: Instance, monkeypatch: pytest.MonkeyPatch, size: int, counted: bool
) -> None:
    texts: list[str] = []
    fetch = sessions.fetch_row

    async def seen(connection: sessions.Connection, found: statement.Statement) -> asyncpg.Record | None:
        texts.append(found.text)
        return await fetch(connection, found)

    monkeypatch.setattr("api.store.pool.fetch_row", seen)
    await aleppo.graphql(f"{{ events(first: {size}) {{ nodes {{ name location {{ name }} figures(first: 9) {{ nodes {{ best }} }} }} }} }}")
    assert any(SPENT in text for text in texts) == counted
