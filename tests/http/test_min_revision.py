"""A request that names a revision gets nothing older, wherever it is sent; and nothing else depends on that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from api.http.min_revision import HEADER, PARAMETER, MinRevision

from ..conftest import Databases, Instance, loaded, running_copy, source

FIRST = source(title="First") + "claims:\n  events:\n    - {id: e, name: Battle, kind: battle}\n"
PATHS = (
    "/v1/sources", "/v1/events/e", "/v1/events.csv", "/graphql?query={revisions{totalCount}}", "/events", "/events/e", "/embed/events/e", "/v1/events/e?revision=1",
    "/v1/revisions", "/ogc/collections/events/items", "/cards/events/e.png",
)  # fmt: skip


@pytest_asyncio.fixture(scope="module")
async def first_revision(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    return await loaded(databases, tmp_path_factory.mktemp("first"), paper=FIRST)


@pytest_asyncio.fixture
async def instance(databases: Databases, first_revision: str, tmp_path: Path) -> AsyncIterator[Instance]:
    """An instance whose newest revision is the first."""
    async with running_copy(databases, first_revision, tmp_path, paper=FIRST) as running:
        yield running


def waiting(instance: Instance) -> MinRevision:
    found = instance.app.state.min_revision
    assert isinstance(found, MinRevision)
    return found


async def test_a_revision_that_is_not_there_is_refused_everywhere(instance: Instance) -> None:
    waiting(instance).seconds = 0.01
    for path in PATHS:
        plain = await instance.client.get(path)
        separator = "&" if "?" in path else "?"
        for address, headers in (
            (path, {HEADER: "2"}),
            (f"{path}{separator}{PARAMETER}=2", {}),
            (f"{path}{separator}{PARAMETER}=1", {HEADER: "2"}),
        ):
            refused = await instance.client.get(address, headers=headers)
            assert (refused.status_code, refused.headers["retry-after"], refused.headers["cache-control"]) == (503, "1", "no-store"), (
                address
            )
            assert refused.headers["access-control-allow-origin"] == "*" and "the request needs 2" in refused.text
        for address, headers in (
            (path, {HEADER: "1"}),
            (f"{path}{separator}{PARAMETER}=1", {}),
            (f"{path}{separator}{PARAMETER}=0", {HEADER: "1"}),
        ):
            answered = await instance.client.get(address, headers=headers)
            assert (answered.status_code, answered.content, answered.headers.get("etag")) == (
                200,
                plain.content,
                plain.headers.get("etag"),
            ), address
            assert PARAMETER not in answered.headers.get("link", "")
    problem = (await instance.client.get("/v1/sources", headers={HEADER: "7"})).json()
    assert (problem["code"], problem["detail"]) == ("revision-not-reached", "the newest revision here is 1, and the request needs 7")
    assert (await instance.client.get("/health", headers={HEADER: "7"})).status_code == 200


async def test_the_cache_is_not_split(instance: Instance) -> None:
    cache = instance.app.state.response_cache
    for address in ("/v1/sources?limit=1", "/v1/sources?limit=1&min_revision=1", "/v1/sources?min_revision=0&limit=1"):
        await instance.client.get(address, headers={HEADER: "1"})
    assert (cache.misses, cache.hits, len(cache.responses)) == (1, 2, 1)


@pytest.mark.parametrize("listens", [True, False])
async def test_a_request_waits_for_its_revision(instance: Instance, listens: bool) -> None:
    waiting(instance).seconds = 300
    if not listens:  # As on a standby, or while the connection is lost.
        await instance.app.state.store.pool.revisions.close()
        instance.app.state.store.pool.revisions.newest = None
    asked = asyncio.create_task(instance.client.get("/v1/sources", headers={HEADER: "2"}))
    await asyncio.sleep(0)
    assert not asked.done()
    instance.write("paper.yaml", FIRST.replace("First", "Second"))
    from api.loading.collections import load

    assert (await load(instance.kinds, instance.url, instance.folder)).revision == 2
    response = await asked
    assert (response.json()["revision"], response.json()["data"][0]["title"]) == (2, "Second")


@pytest.mark.parametrize("value", ["", "-1", "x", "1.5", "²", "9" * 30, "1,2"])
async def test_what_is_no_number_of_a_revision_is_refused(aleppo: Instance, value: str) -> None:
    refused = await aleppo.client.get("/v1/sources", params={PARAMETER: value})
    assert refused.status_code == 400 and refused.json()["code"] == "bad-argument"
    assert refused.json()["detail"].startswith("min_revision: must be the number of a revision, such as 12; it is ")
