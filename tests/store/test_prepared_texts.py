"""What a client makes PostgreSQL keep: plans of statements, of which each connection has at most so many characters."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx2
import pytest

from api.app import create_app
from api.store import pool, prepared_texts
from api.store.prepared_texts import PreparedTexts

from ..conftest import PATIENT, Instance

# Those of the queries below: others, such as of statistics, are few.
LENGTH = "length(regexp_replace(statement, '''[^'']*''', '', 'g'))"  # Without literals.
KEPT = f"select coalesce(sum({LENGTH}), 0), pg_backend_pid() from pg_prepared_statements where statement like '%a0%'"
LIST = "{events(first: %d){nodes{%s}}}"


async def test_a_connection_whose_statements_have_too_many_characters_is_closed(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared_texts, "MAX_TOTAL", 20_000)
    app = create_app(replace(PATIENT, pool_size=1), aleppo.read_url)
    processes = set()
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")
    async with app.router.lifespan_context(app), client:
        for number in range(1, 13):
            aliases = " ".join(f"a{n}: name" for n in range(60 * number))
            answer = (await client.post("/graphql", json={"query": LIST % (number, aliases)})).json()
            assert len(answer["data"]["events"]["nodes"]) == number
            async with app.state.store.pool.connection() as connection:
                characters, process = await connection.fetchrow(KEPT)
            processes.add(process)
            assert characters <= 20_000
    assert len(processes) > 2


def test_statements_are_counted_as_asyncpg_keeps_them() -> None:
    prepared = PreparedTexts()
    for number in range(prepared_texts.MAX_PREPARED):
        prepared.use(f"{number:03}")
    prepared.use("000")
    prepared.use("new!")
    assert (len(prepared.lengths), "000" in prepared.lengths, "001" in prepared.lengths) == (prepared_texts.MAX_PREPARED, True, False)
    assert prepared.total == 3 * (prepared_texts.MAX_PREPARED - 1) + 4
    prepared.use("x" * (prepared_texts.MAX_LENGTH + 1))  # Which asyncpg does not keep.
    assert prepared.total == 3 * (prepared_texts.MAX_PREPARED - 1) + 4


async def test_a_connection_that_nobody_needs_is_closed_though_nobody_asks(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MAX_IDLE", 0.02)
    app = create_app(replace(PATIENT, pool_size=1), aleppo.read_url)
    async with app.router.lifespan_context(app):
        async with app.state.store.pool.connection() as connection:
            process = connection.get_server_pid()
        async with asyncio.timeout(60):
            while (await aleppo.rows("select count(*) from pg_stat_activity where pid = $1", process))[0]["count"]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert app.state.store.pool.in_use == 0
