"""A response has a limit on its bytes: it is refused before it is made or, if it is longer than was estimated, before it is sent."""

from __future__ import annotations

import pytest

from api.costs.limits import Limit
from api.costs.statistics import Statistics
from api.costs.widths import Widths
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


async def test_the_limit_is_published(aleppo: Instance) -> None:
    assert (await aleppo.client.get("/limits")).json()["bytes_of_a_response"] == Settings().max_response
