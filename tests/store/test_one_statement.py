"""One question is one statement: counted by the server, in its own log."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from api.postgres import embedded
from api.postgres.cluster import ROLES
from api.settings import Settings
from schema.kinds import KINDS

from ..conftest import COLLECTIONS, Databases, Instance
from ..support.example_queries import DEEP_QUERY, SEVERAL_ROOTS, SNAPSHOT_QUERY

EXECUTED = re.compile(r"LOG:  (?:execute [^:]*|statement): ")


class Log:
    """What the server says that it was asked to execute."""

    def __init__(self, path: Path) -> None:
        self.path, self.start = path, 0

    def mark(self) -> None:
        self.start = self.path.stat().st_size

    def executed(self) -> list[str]:
        with self.path.open("rb") as log:
            log.seek(self.start)
            return EXECUTED.findall(log.read().decode("utf-8", "replace"))


@pytest_asyncio.fixture(scope="module")
async def logged(databases: Databases, cluster: embedded.Server, collections_template: str) -> AsyncIterator[tuple[Instance, Log]]:
    """The fixtures on a database whose readers' every statement is logged by the server."""
    name = await databases.fresh(collections_template)
    made = Instance(databases, name, COLLECTIONS, settings=Settings(kept_megabytes=0, rate_limit=0))
    owner = await asyncpg.connect(made.url)
    await owner.execute(f"alter role {ROLES.reading} in database {name} set log_statement = 'all'")
    await owner.close()
    log = Log(Path(cluster.address.host) / "postgres-18.log")
    async with made.app.router.lifespan_context(made.app), made.client:
        await made.hear(1)
        for address in (
            "/ready",
            "/v1/revisions",
            "/v1/events?kind=battle",
        ):  # A connection that plans once, and one that plans for values.
            await made.get(address)
        yield made, log


@pytest.mark.parametrize("query", [DEEP_QUERY, SEVERAL_ROOTS, SNAPSHOT_QUERY], ids=["deep", "several roots", "snapshot"])
async def test_a_graphql_operation_is_one_statement(logged: tuple[Instance, Log], query: str) -> None:
    instance, log = logged
    await instance.graphql(SNAPSHOT_QUERY)  # The first answer may learn which revision is today's.
    log.mark()
    await instance.graphql(query)
    assert len(log.executed()) == 1


@pytest.mark.parametrize(
    "address", [lambda k: f"/v1/{k.plural}?limit=3&provenance=*", lambda k: f"/v1/{k.plural}/none"], ids=["list", "record"]
)
async def test_a_rest_answer_is_one_statement(logged: tuple[Instance, Log], address: Callable[[object], str]) -> None:
    instance, log = logged
    for kind in KINDS.values():
        log.mark()
        await instance.client.get(address(kind))
        assert len(log.executed()) == 1, kind


async def test_a_repeated_statement_is_planned_once(logged: tuple[Instance, Log]) -> None:
    """asyncpg plans again at every call what its cache does not hold; long statements must be held too."""
    instance, _ = logged

    async def runs() -> dict[str, int]:
        connection = instance.app.state.store.pool.idle[True][-1][0]
        return dict(await connection.fetch("select statement, generic_plans + custom_plans from pg_prepared_statements"))

    await instance.graphql(DEEP_QUERY)
    before = await runs()
    for _ in range(3):
        await instance.graphql(DEEP_QUERY)
    repeated = [statement for statement, number in (await runs()).items() if number - before.get(statement, 0) == 3]
    assert len(repeated) == 1 and len(repeated[0]) > 3000


async def test_no_statement_is_prepared_twice_on_a_connection(
    databases: Databases, cluster: embedded.Server, collections_template: str
) -> None:
    """The server writes when it parses: once for each statement and connection, whoever asks again and at whatever revision."""
    name = await databases.fresh(collections_template)
    made = Instance(databases, name, COLLECTIONS, settings=Settings(kept_megabytes=0, rate_limit=0))
    owner = await asyncpg.connect(made.url)
    await owner.execute(f"alter role {ROLES.reading} in database {name} set log_min_duration_statement = 0")
    await owner.close()
    log = Path(cluster.address.host) / "postgres-18.log"
    asked = [
        f"/v1/{kind.plural}{more}"
        for kind in (KINDS["event"], KINDS["figure"])
        for more in ("?limit=2", "?provenance=*&revision=1", "/none", ".csv", ".ndjson?provenance=*")
    ]
    async with made.app.router.lifespan_context(made.app), made.client:
        for _ in range(2):  # The first round may learn which revision is today's, so the second may prepare anew; the third may not.
            for address in asked:
                await made.client.get(address)
            await made.graphql(DEEP_QUERY)
            await made.graphql(SNAPSHOT_QUERY)
        start = log.stat().st_size
        for address in asked:
            await made.client.get(address)
        await made.graphql(DEEP_QUERY)
        await made.graphql(SNAPSHOT_QUERY)
    with log.open("rb") as file:
        file.seek(start)
        written = file.read().decode("utf-8", "replace")
    parsed = re.findall(r"ms  parse ([^:]*): (.*)", written)
    assert written.count("ms  execute ") >= len(asked)
    assert not parsed, parsed[:3]
