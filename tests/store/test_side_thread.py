"""Long work in Python goes on beside the thread that answers requests, in turns, and is paid by whose request it is."""

from __future__ import annotations

import asyncio
import threading
import time
from pkgutil import resolve_name
from typing import Any

import pytest

from api.pages.maps import Maps
from api.pictures.pictures import Pictures
from api.store.allowance import ACCOUNT, FREE_WORK_SECONDS, UNITS_PER_SECOND, Account, Buckets, Work
from api.store.side_thread import SideThread, beside
from bench.costly import COSTLY

from ..conftest import Instance

# Where requests spend their time in Python, and a request that gets there.
LONG_WORK = {
    "api.graphql.documents:validation_errors": "fields that do not exist",
    "api.graphql.translate:Translator.query": "aliases of counts",
    "api.store.plans:compile_plan": "aliases of lists",
    "api.graphql.engine:introspect": "the schema many times",
    "api.store.store:spoken": "words: a thousand figures in Arabic",
    "api.pages.rendering:Renderer.render": "page: many records",
    "api.pages.rendering:Renderer.text_of": "card: a timeline of the past",
    "api.pages.totals_cards:content": "card: totals of the past",
    "api.pages.totals_cards:sums": "card: a timeline of the past",
    "api.pages.charts:chart": "chart: every month, SVG",
    "api.pages.maps:placed": "map: every event, SVG",
    "api.pages.maps:picture": "map: every event, SVG",
    "api.rest.ogc_features:OgcFeatures._feature": "OGC: every event",
    "api.pages.live_maps:geojson": "map: every place as GeoJSON",
    "api.pages.list_pages:ListPages._made": "page: many records",
    "api.pages.search_page:SearchPage._found": "page: a search for short words",
    "api.rest.totals_files:_csv": "file: totals, CSV",
    "api.rest.search:SearchEndpoint._query": "REST: a search for short words",
    "api.rest.claim_check_batch:CheckBatch._sentence": "checks: a batch",
}


@pytest.mark.parametrize("place", LONG_WORK)
async def test_long_work_is_not_done_in_the_thread_that_answers(aleppo: Instance, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original, threads = resolve_name(place), set[str]()

    def noted(*arguments: Any, **named: Any) -> Any:
        threads.add(threading.current_thread().name)
        return original(*arguments, **named)

    async def drawn(*_: object) -> bytes:
        return b"<svg></svg>"

    monkeypatch.setattr(place.replace(":", "."), noted)
    monkeypatch.setattr(Pictures, "_asked", drawn)
    monkeypatch.setattr(Maps, "_folder", lambda _: "")
    state, request = aleppo.app.state, COSTLY[LONG_WORK[place]]
    for cache in (state.graphql.engine.documents.cache, state.store.plans.cache, state.response_cache.responses):
        cache.clear()
    method = "POST" if request.body else "GET"
    response = await aleppo.client.request(method, request.path, content=request.body or None, headers=dict(request.headers))
    assert threads == {"side"}, response.text[:300]


async def test_clients_take_turns_in_the_side_thread() -> None:
    thread, began, done, order = SideThread(), threading.Event(), threading.Event(), list[str]()

    def wait() -> None:
        began.wait(10)

    thread.add("first", 0, wait)
    for client in ("many", "many", "many", "one"):
        thread.add(client, 0, lambda client=client: order.append(client))  # type: ignore[misc]  # mypy infers no type for the default
    thread.add("last", 0, done.set)
    began.set()
    assert await asyncio.to_thread(done.wait, 10)
    assert order[:2] == ["many", "one"]


async def test_work_in_the_side_thread_is_paid_also_by_who_leaves() -> None:
    buckets, began, go_on = Buckets(10_000_000, 10_000), threading.Event(), threading.Event()
    account = Account(buckets, "a", all_work=Work())
    token = ACCOUNT.set(account)

    def work() -> None:
        began.set()
        go_on.wait(10)
        until = time.thread_time() + 0.02
        while time.thread_time() < until:
            pass

    try:
        waiting = asyncio.ensure_future(beside(work))
        assert await asyncio.to_thread(began.wait, 10)
        left_out = asyncio.ensure_future(beside(lambda: pytest.fail("nobody waits for it")))
        await asyncio.sleep(0)
        waiting.cancel(), left_out.cancel()
        go_on.set()
        await beside(lambda: None)
    finally:
        ACCOUNT.reset(token)
    assert waiting.cancelled() and left_out.cancelled()
    assert 0.02 <= account.all_work.before < 1  # type: ignore[union-attr]  # given above
    assert buckets.quota - buckets.available("a") >= (0.02 - FREE_WORK_SECONDS) * UNITS_PER_SECOND


async def test_work_before_the_statement_has_the_price_of_planning() -> None:
    account = Account(Buckets(10_000_000, 10_000), "a")
    account.work = Work()
    account.pay_side_work(0.05)
    assert account.work.before == 0.05 and account.buckets.available("a") == account.buckets.quota


async def test_an_error_in_the_side_thread_is_that_of_the_request() -> None:
    with pytest.raises(ZeroDivisionError):
        await beside(lambda: 1 // 0)
