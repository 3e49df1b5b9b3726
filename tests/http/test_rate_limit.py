"""Each client may use so much of the database; headers tell it how much remains, and nobody else."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx2
import pytest
from graphql import get_introspection_query
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from api.app import _rate_limited, create_app
from api.errors import RateLimited
from api.http import rate_limit
from api.http.rate_limit import is_limited
from api.settings import BadSetting, Settings, settings
from api.store import allowance
from api.store.allowance import ACCOUNT, UNITS_PER_SECOND, Account, Buckets, Work

from ..conftest import Instance

QUOTA = 100_000
POLICY = f'"cost";q={QUOTA};w=10'
GRAPHQL = {"query": "{ events(first: 1) { nodes { id: slug } } }"}
ONE, OTHER, LIST = "192.0.2.1", "192.0.2.2", "/v1/events?limit=1"
INTROSPECTION = get_introspection_query()
FIELDS = re.compile(r'"cost";r=(\d+);t=(\d+)')


# The routes that read no facts for one client: the service itself, its documents, and pages that are read once for each revision.
FREE = {
    "/", "/dictionary", "/docs", "/favicon.ico", "/health", "/limits", "/llms.txt", "/openapi.json", "/openapi.yaml", "/problems", "/problems/{code}", "/ready",
    "/robots.txt", "/schema.graphql", "/static", "/v1",
}  # fmt: skip


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


# The bucket


@given(costs=st.lists(st.tuples(st.floats(0, 5), st.floats(0, 3000)), max_size=20))
def test_a_bucket_leaks_at_its_rate_and_overflows_by_no_more_than_itself(costs: list[tuple[float, float]]) -> None:
    clock, level = Clock(), 0.0
    buckets = Buckets(1000, 10, clock)
    for seconds, cost in costs:
        clock.now += seconds
        level = max(0.0, level - 100 * seconds)
        added = buckets.add("a", cost)
        assert added == pytest.approx(min(cost, 2000 - level), abs=1e-3)
        level = min(level + cost, 2000.0)
        assert buckets.available("a") == pytest.approx(max(0, 1000 - level), abs=1)
        assert buckets.wait("a") == pytest.approx(max(0, (level - 1000) / 100), abs=1e-3)
        assert buckets.available("b") == 1000
    clock.now += buckets.wait("a") + 0.1
    assert buckets.available("a") > 0


def test_what_a_statement_has_not_used_is_given_back_and_no_more_is_taken() -> None:
    buckets = Buckets(1000, 10, Clock())
    for used, taken in ((0, 0), (100, 100), (400, 400), (5000, 400)):
        before, account = buckets.available("a"), Account(buckets, "a")
        with account.pay(400):
            account.seconds += used / UNITS_PER_SECOND
        assert before - buckets.available("a") == pytest.approx(taken, abs=1)
    with pytest.raises(ZeroDivisionError), Account(buckets, "b").pay(400):
        raise ZeroDivisionError
    assert buckets.available("b") == pytest.approx(1000, abs=1)  # Nothing ran.


def test_what_was_estimated_far_too_low_is_paid_for_afterwards() -> None:
    """By its work, not by the time in which others ran too, and no more than ten seconds of it."""
    for elapsed, work, taken in (
        (5.0, 0.02, 100),
        (5.0, 0.024, 100),
        (5.0, 0.085, 100 + 8_500 - 400 - 2_000),
        (5.0, 0.6, 100 + 60_000 - 400 - 2_000),
        (60.0, 50.0, 100 + 1_000_000),
    ):
        buckets = Buckets(10_000_000, 10, Clock())
        account = Account(buckets, "a")
        with account.pay(100):
            account.seconds += elapsed
            account.database_work += work
        assert buckets.quota - buckets.available("a") == pytest.approx(taken, abs=1)
        assert account.cost == 100


def test_a_client_that_has_used_its_quota_waits_until_something_has_leaked() -> None:
    clock = Clock()
    buckets = Buckets(1000, 10, clock)
    buckets.add("a", 1250)
    with pytest.raises(RateLimited, match=r"1,000 units of cost in 10 seconds.* wait 3 seconds"):
        Account(buckets, "a").admit()
    Account(buckets, "b").admit()
    clock.now += 3
    Account(buckets, "a").admit()


def busy(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


async def test_a_client_pays_for_the_work_of_its_own_request_alone() -> None:
    """Others work while it waits: for the database, for a file, or until it is cancelled."""
    buckets, clock = Buckets(10_000_000, 10, Clock()), Work()

    async def answer(request: Request) -> Response:
        busy(request.scope["seconds"])
        await asyncio.sleep(0.05)
        busy(request.scope["seconds"])
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(request.scope["waits"])
        return Response()

    async def asked(client: str, seconds: float, waits: float) -> None:
        ACCOUNT.set(Account(buckets, client))
        await rate_limit.metered(answer)(Request({"type": "http", "headers": [], "seconds": seconds, "waits": waits}))

    tasks = [asyncio.create_task(asked(*request)) for request in (("little", 0.002, 0.1), ("much", 0.04, 0.1), ("cancelled", 0.02, 60))]
    await asyncio.gather(*tasks[:2])
    tasks[2].cancel()
    await tasks[2]
    paid = {
        client: (10_000_000 - buckets.available(client)) / allowance.WORK_PRICE / UNITS_PER_SECOND
        for client in ("little", "much", "cancelled")
    }
    assert paid["little"] < 0.015 and 0.075 < paid["much"] <= 0.1 and 0.035 < paid["cancelled"] < 0.06, paid

    with pytest.raises(ZeroDivisionError):
        await clock.of(failing())
    assert clock.resumed is None and 0 < clock.seconds < 0.05


async def test_work_that_is_paid_in_the_task_of_its_request_does_not_slow_its_client_too() -> None:
    buckets, request = Buckets(10_000_000, 10, Clock()), Work()

    async def answer(request: Request) -> Response:
        busy(0.02)
        await asyncio.sleep(0)
        busy(0.02)
        return Response()

    async def asked() -> None:
        ACCOUNT.set(account := Account(buckets, "a", all_work=request))
        await account.paying(rate_limit.metered(answer)(Request({"type": "http", "headers": []})))
        busy(0.03)  # Such as compressing the response.

    await request.of(asked())
    paid = (10_000_000 - buckets.available("a")) / allowance.WORK_PRICE / UNITS_PER_SECOND
    assert paid > 0.035 and request.paid >= 0.04 and request.seconds - request.paid >= 0.03


async def failing() -> None:
    await asyncio.sleep(0)
    raise ZeroDivisionError


def test_memory_for_clients_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "MAX_CLIENTS", 100)
    buckets = Buckets(1000, 10, Clock())
    for number in range(1000):
        buckets.add(str(number), 2000)
    assert len(buckets.empty_at) == 100 and buckets.wait("999") == 10 and not buckets.wait("0")


# The server


class Served:
    """A server with a limit, whose time stands still, and clients by their addresses."""

    def __init__(self, instance: Instance, **other: Any) -> None:
        options = {"pool_size": 4, "statement_timeout": 60, "rate_limit": QUOTA, "rate_limit_seconds": 10, **other}
        self.app, self.clock = create_app(Settings(**options), instance.read_url), Clock()
        layer: Any = self.app.middleware_stack
        while not hasattr(layer, "buckets"):
            layer = layer.app
        self.limiter, self.buckets = layer, layer.buckets
        self.buckets.clock = self.clock

    def client(self, address: str = ONE, **headers: str) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app, client=(address, 1)), base_url="http://test", headers=headers)


@asynccontextmanager
async def limited(instance: Instance, **other: Any) -> AsyncIterator[Served]:
    served = Served(instance, **other)
    async with served.app.router.lifespan_context(served.app):
        async with asyncio.timeout(60):
            while served.app.state.store.pool.revisions.newest is None:  # noqa: ASYNC110  # Until then nothing is cached.
                await asyncio.sleep(0.001)
        yield served


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "REFUSAL_SECONDS", (0, 0))


def remaining(response: httpx2.Response) -> int:
    found = FIELDS.fullmatch(response.headers["ratelimit"])
    assert found is not None and response.headers["ratelimit-policy"] == POLICY
    assert int(found[2]) == max(
        1, -(-int(found[1]) // (QUOTA // 10))
    )  # A client that spends evenly spends no faster than the bucket leaks.
    return int(found[1])


async def test_headers_tell_what_remains_and_bodies_do_not(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "FREE_WORK_SECONDS", 1)
    async with limited(aleppo) as served:
        one, other = served.client(), served.client(OTHER)
        first = await one.post("/graphql", json=GRAPHQL)
        left = remaining(first)
        assert left == pytest.approx(QUOTA - first.json()["extensions"]["cost"]["requested"], abs=1)
        cached = await other.post("/graphql", json=GRAPHQL)
        assert remaining(cached) == QUOTA and cached.content == first.content
        listed = await one.get(LIST)
        left -= int(listed.headers["conflict-facts-cost"])
        assert remaining(listed) == pytest.approx(left, abs=2)
        unchanged = await one.get(LIST, headers={"if-none-match": listed.headers["etag"], "cache-control": "no-cache"})
        assert unchanged.status_code == 304 and remaining(unchanged) == remaining(listed)
        assert "ratelimit" in listed.headers["access-control-expose-headers"]
        for _ in range(2):  # From the cache.
            again = await one.get(LIST)
            assert again.content == listed.content and remaining(again) == pytest.approx(left, abs=2)


async def test_what_a_cache_may_send_to_others_says_nothing_of_a_client(aleppo: Instance) -> None:
    async with limited(aleppo) as served:
        for path in 2 * (f"{LIST}&revision=1", "/v1/events.csv?revision=1"):
            response = await served.client().get(path)
            assert response.status_code == 200 and "max-age" in response.headers["cache-control"]
            assert "ratelimit" not in response.headers and response.headers["ratelimit-policy"] == POLICY


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/graphql", {"query": "{ " + "nonsense " * 50 + "}"}),
        ("/graphql", {"query": INTROSPECTION}),
        ("/v1/events.csv", None),
        ("/v1/events?a=b", None),
    ],
)
async def test_files_cost_their_time_and_so_does_the_reading_of_a_request(
    aleppo: Instance, path: str, body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance, "FREE_WORK_SECONDS", 0)
    async with limited(aleppo) as served:
        for address in (ONE, OTHER):
            response = await served.client(address).request("POST" if body else "GET", path, json=body)
            assert response.status_code in (200, 400)
        assert served.buckets.available(ONE) < QUOTA
        assert (served.buckets.available(OTHER) == QUOTA) == (body == {"query": INTROSPECTION})  # That is cached.


async def test_a_new_document_costs_its_planning_beside_its_statement(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "FREE_WORK_SECONDS", 0)
    async with limited(aleppo) as served:
        answer = await served.client().post("/graphql", json={"query": "{ events(first: 2) { nodes { id: slug name } } }"})
        assert served.buckets.available(ONE) < QUOTA - answer.json()["extensions"]["cost"]["requested"] - 10


async def test_a_client_that_has_to_wait_is_told_how_long_and_others_are_served(aleppo: Instance) -> None:
    async with limited(aleppo) as served:
        one, other = served.client(), served.client(OTHER)
        assert (await other.get(LIST)).status_code == 200
        served.buckets.add(ONE, 1.5 * QUOTA)
        for method, path, body in (
            ("GET", "/v1/events?limit=7", None), ("GET", "/v1/events.csv?limit=7", None), ("GET", "/v1/revisions", None), ("POST", "/graphql", {"query": "{ not parsed"}),
        ):  # fmt: skip
            response = await one.request(method, path, json=body)
            assert (response.status_code, response.headers["retry-after"], response.headers["ratelimit"]) == (429, "5", '"cost";r=0;t=5')
            assert response.headers["cache-control"] == "no-store"
            problem = response.json()
            (error,) = problem.get("errors", [{"message": problem.get("detail"), "extensions": problem}])
            assert (
                "rate-limited" in (error["extensions"].get("problem"), error["extensions"]["code"])  # GraphQL has its own code beside it.
                and "wait 5 seconds" in error["message"]
                and "explain=cost" in error["message"]
            )
        assert (await one.get(LIST)).status_code == 200  # From the cache.
        for path in ("/health", "/ready", "/limits", "/openapi.json", "/docs"):
            free = await one.get(path)
            assert free.status_code == 200 and "ratelimit-policy" not in free.headers
        assert (await other.get("/v1/events?limit=8")).status_code == 200
        served.clock.now += 5.1
        assert (await one.get("/v1/events?limit=7")).status_code == 200


async def test_requests_that_cost_nothing_wait_for_their_turn(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "PACE", 5)
    monkeypatch.setattr(rate_limit, "PACE_SECONDS", 1)
    async with limited(aleppo) as served:
        one, layer = served.client(), served.limiter
        started = layer.pace.clock()
        for number, path in enumerate((LIST, "/docs", LIST, "/limits", LIST, LIST, LIST, LIST)):
            assert (await one.get(path)).status_code == 200
            assert (layer.pace.wait(ONE) == 0) or number >= 4
        assert layer.pace.clock() - started >= 0.5  # Three wait for a fifth of a second each.
        assert layer.pace.wait(OTHER) == 0
        for _ in range(5):
            assert (await one.get("/health")).status_code == 200
        assert layer.pace.wait(f"{ONE} /health") <= 0.2  # It is counted by itself.


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "path",
    [
        "/events",
        "/figures?measure=killed",
        "/events/aleppo-offensive-2024",
        "/search?text=aleppo",
        "/collections",
        "/sitemap.xml",
        "/sitemaps/events.xml",
    ],
)
async def test_a_page_is_no_way_around_the_limit(aleppo: Instance, path: str) -> None:
    async with limited(aleppo) as served:
        assert (await served.client().get(path)).status_code == 200 and served.buckets.available(ONE) < QUOTA
        served.buckets.add(ONE, 3 * QUOTA)
        address = f"{path}{'&' if '?' in path else '?'}_=1"  # Not from the cache.
        refused = await served.client().get(address)
        assert (refused.status_code, refused.headers["content-type"]) == (429, "text/html; charset=utf-8") or path.startswith("/sitemap")
        assert refused.status_code == 429 and refused.headers["retry-after"] and "cost" in refused.headers["ratelimit"]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("path", ["/dictionary", "/limits?a=" + "%41" * 20_000, "/v1?a=" + "%41" * 20_000])
async def test_what_is_free_may_take_so_much_of_the_thread(aleppo: Instance, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "PACE_WORK", 1)
    monkeypatch.setattr(rate_limit, "PACE_SECONDS", 1)
    async with limited(aleppo) as served:
        one, layer = served.client(**{"accept": "text/html"}), served.limiter
        await one.get(path)
        assert layer.work.wait(ONE) > 0 and layer.work.wait(OTHER) == layer.work.wait(f"{ONE} /health") == 0
        before = layer.work.clock()
        await asyncio.gather(*(one.get("/limits") for _ in range(2)))
        assert layer.work.clock() - before > 0.3


async def test_who_waits_for_the_response_to_another_is_not_refused_with_it(aleppo: Instance) -> None:
    async with limited(aleppo) as served:
        served.buckets.add(ONE, 1.5 * QUOTA)
        both = await asyncio.gather(*(served.client(address).get("/v1/events?limit=9") for address in (ONE, OTHER)))
    assert [response.status_code for response in both] == [429, 200]


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "client"),
    [
        (ONE, "198.51.100.7", "", ONE),
        (ONE, "198.51.100.7", "192.0.2.9, 10.0.0.0/8", ONE),
        ("10.1.2.3", "203.0.113.9, 198.51.100.7", "10.0.0.0/8", "198.51.100.7"),  # The client itself sent the first.
        ("10.1.2.3", "198.51.100.7, 10.9.9.9", "10.0.0.0/8", "198.51.100.7"),
        ("10.1.2.3", "[2001:db8:1:2::3]:4567", "10.0.0.0/8", "2001:db8:1:2::/64"),
        ("10.1.2.3", "x" * 900, "10.0.0.0/8", "x" * 64),
        ("2001:db8:1:2:3::4", "198.51.100.7", "10.0.0.0/8", "2001:db8:1:2::/64"),
    ],
)
async def test_a_client_is_who_a_trusted_proxy_says(
    aleppo: Instance, peer: str, forwarded: str, trusted: str, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance, "FREE_WORK_SECONDS", 0)
    served = Served(aleppo, trusted_proxies=trusted)  # It need not run to refuse a request.
    await served.client(peer, **{"x-forwarded-for": forwarded}).get("/v1/events?nonsense=1")
    assert [*served.buckets.empty_at] == [client]


@pytest.mark.parametrize(("forwarded", "scheme"), [("https", "https"), ("wss", "https"), ("ws", "http"), ("gopher", "http")])
async def test_a_proxy_cannot_make_addresses_of_another_protocol(forwarded: str, scheme: str) -> None:
    schemes: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        schemes.append(scope["scheme"])

    limited = _rate_limited(application, Settings(trusted_proxies="10.0.0.0/8"), Buckets(10, 1), lambda path: False)
    headers = [(b"x-forwarded-proto", forwarded.encode())]
    await limited({"type": "http", "path": "/", "scheme": "http", "client": ("10.1.2.3", 1), "headers": headers}, None, None)  # type: ignore[arg-type]
    assert schemes == [scheme]


def test_every_route_that_reads_facts_has_a_price(aleppo: Instance) -> None:
    paths = {str(getattr(route, "path", "")).replace("{plural}", "events") for route in aleppo.app.routes}
    unpriced = {path for path in paths if not is_limited(path) and not aleppo.app.state.shows_facts(path)}
    assert unpriced == FREE, "a new surface must be added to LIMITED in api/http/rate_limit.py, or here if it reads nothing"


@pytest.mark.parametrize("wrong", ["*", "proxy.example", "10.0.0.1/8", "10.0.0.1,"])
def test_trusted_proxies_are_addresses(wrong: str) -> None:
    with pytest.raises(BadSetting, match="must list addresses such as"):
        settings({"TRUSTED_PROXIES": wrong})


async def test_the_limit_can_be_turned_off(aleppo: Instance) -> None:
    assert "ratelimit-policy" not in (await aleppo.client.get("/v1/events?limit=1")).headers
