"""Long work in Python goes on beside the thread that answers requests, in turns, and is paid by whose request it is."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from contextvars import copy_context
from functools import cached_property, partial
from itertools import count
from pkgutil import resolve_name
from typing import Any

import pytest

from api.pages.maps import Maps
from api.pauses import PAUSE, Abandoned, paced, pause
from api.pictures.pictures import Pictures
from api.store.allowance import ACCOUNT, FREE_WORK_SECONDS, UNITS_PER_SECOND, Account, Buckets, Work
from api.store.side_thread import MAX_BEGUN, SLICE_SECONDS, Job, SideThread, beside
from bench.costly import COSTLY, Costly

from ..conftest import Instance

# Where requests spend their time in Python, and a request that gets there: one of bench/costly.py, or its address.
LONG_WORK = [
    ("api.graphql.documents:validation_errors", "fields that do not exist"),
    ("api.graphql.translate:Translator.query", "aliases of counts"),
    ("api.store.plans:compile_plan", "aliases of lists"),
    ("api.graphql.engine:introspect", "the schema many times"),
    ("api.store.store:spoken", "words: a thousand figures in Arabic"),
    ("api.pages.rendering:Renderer.render", "page: many records"),
    ("api.pages.rendering:Renderer.text_of", "card: a timeline of the past"),
    ("api.pages.totals_cards:content", "card: totals of the past"),
    ("api.pages.totals_cards:sums", "card: a timeline of the past"),
    ("api.pages.charts:chart", "chart: every month, SVG"),
    ("api.pages.maps:read_places", "map: every event, SVG"),
    ("api.pages.maps:picture", "map: every event, SVG"),
    ("api.rest.ogc_features:OgcFeatures._feature", "OGC: every event"),
    ("api.pages.live_maps:geojson", "map: every place as GeoJSON"),
    ("api.pages.list_pages:ListPages._made", "page: many records"),
    ("api.pages.search_page:SearchPage._found", "page: a search for short words"),
    ("api.rest.totals_files:_csv", "file: totals, CSV"),
    ("api.rest.search:SearchEndpoint._query", "REST: a search for short words"),
    ("api.rest.claim_check_batch:CheckBatch._sentence", "checks: a batch"),
    ("api.store.plans:compile_plan", "card: a timeline of the past"),
    ("api.store.plans:compile_plan", "page: every sitemap"),
    ("api.store.plans:compile_plan", "/revisions"),
    ("api.store.plans:compile_plan", "/revisions/1"),
    ("api.store.plans:compile_plan", "/collections/aleppo-2024"),
    ("api.store.plans:compile_plan", "/check-claim"),
    ("api.store.plans:compile_plan", "/check-claim?measure=killed&value=4&country=SYR"),
    ("api.store.plans:compile_plan", "/v1/check-claim?measure=killed&value=4&country=SYR"),
    ("api.pages.totals_words:Sums.get", "/embed/timeline?measure=displaced&revision=1"),
    ("api.pages.rendering:Renderer.text_of", "/embed/timeline?nothing=1"),
]


@pytest.mark.parametrize(("place", "name"), LONG_WORK)
async def test_long_work_is_not_done_in_the_thread_that_answers(
    aleppo: Instance, place: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, pause, threads, locked = resolve_name(place), SideThread.pause, set[str](), list[object]()

    def noted(*arguments: Any, **named: Any) -> Any:
        threads.add(threading.current_thread().name)
        return original(*arguments, **named)

    def checked(side: SideThread) -> None:
        frame = sys._getframe()
        while frame := frame.f_back:  # type: ignore[assignment]  # None ends it
            locked.extend([frame.f_back] * (frame.f_code is cached_property.__get__.__code__))
        pause(side)

    async def drawn(*_: object) -> bytes:
        return b"<svg></svg>"

    monkeypatch.setattr(place.replace(":", "."), noted)
    monkeypatch.setattr(SideThread, "pause", checked)
    monkeypatch.setattr(Pictures, "_asked", drawn)
    monkeypatch.setattr(Maps, "_folder", lambda _: "")
    state, request = aleppo.app.state, COSTLY.get(name) or Costly(name, path=name)
    for cache in (state.graphql.engine.documents.cache, state.store.plans.cache, state.response_cache.responses):
        cache.clear()
    method = "POST" if request.body else "GET"
    response = await aleppo.client.request(method, request.path, content=request.body or None, headers=dict(request.headers))
    assert threads == {"side"}, response.text[:300]
    assert not locked, "work pauses inside a cached_property, which others may wait for with their turn"


class Rota:
    """Work that goes on for a slice at each pause, and what did when: the name of each slice."""

    def __init__(self) -> None:
        self.side = SideThread(clock=partial(next, count(step=2 * SLICE_SECONDS)))  # It is a slice later at each look.
        self.began, self.slices, self.ended = threading.Event(), list[str](), threading.Semaphore(0)

    def add(self, client: str, name: str, slices: int, seconds: float = 0.0, arrival: int = 0) -> Job:
        def work() -> None:
            context = copy_context()
            context.run(PAUSE.set, self.side.pause)
            with suppress(Abandoned):
                context.run(self._work, name, slices)
            self.ended.release()

        job = Job(client, arrival, work, seconds)
        self.side.add(job)
        return job

    def _work(self, name: str, slices: int) -> None:
        for _ in range(slices):
            self.began.wait(10)
            self.slices.append(name)
            pause()

    def run(self, jobs: int) -> str:
        """The slices in their order, once all is done."""
        self.began.set()
        for _ in range(jobs):
            assert self.ended.acquire(timeout=10)
        return " ".join(self.slices)


def test_clients_take_turns_after_each_slice() -> None:
    rota = Rota()
    for client, name, slices in (("many", "a", 3), ("many", "b", 2), ("one", "c", 2)):
        rota.add(client, name, slices)
    assert rota.run(3) == "a b c a c b a"


def test_of_one_client_what_has_worked_least_goes_first() -> None:
    rota = Rota()
    rota.add("a", "long", 9)
    rota.add("a", "of a long request", 1, seconds=100 * SLICE_SECONDS)
    rota.add("a", "short", 1, arrival=1)
    assert rota.run(3) == " ".join(["long", "short", *["long"] * 8, "of a long request"])


def test_a_client_has_only_some_work_begun() -> None:
    rota = Rota()
    for number in range(MAX_BEGUN + 2):
        rota.add("a", str(number), 2)
    rota.add("b", "b", 1)
    slices = rota.run(MAX_BEGUN + 3).split()
    assert slices[:3] == ["0", "1", "b"]
    assert slices.index(str(MAX_BEGUN)) > slices.index("0", 1)
    assert Counter(slices) == {"b": 1, **{str(number): 2 for number in range(MAX_BEGUN + 2)}}


def test_what_nobody_waits_for_ends_at_its_next_pause() -> None:
    rota = Rota()
    job = rota.add("a", "left", 1000)
    rota.add("b", "stays", 3)
    job.is_abandoned = True
    assert rota.run(2) == "left stays stays stays"


async def test_work_ends_when_its_request_is_cancelled() -> None:
    began, go_on, steps, end = threading.Event(), threading.Event(), list[int](), list[type[BaseException] | None]()

    def work() -> None:
        try:
            for step in range(1000):
                steps.append(step)
                began.set()
                go_on.wait(10)
                pause()
        except BaseException as error:
            end.append(type(error))
            raise

    waiting = asyncio.ensure_future(beside(work))
    assert await asyncio.to_thread(began.wait, 10)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    await beside(lambda: None)
    assert (steps, end) == ([0], [Abandoned])


def test_a_pause_outside_of_the_side_thread_does_nothing() -> None:
    pause()
    assert [*paced("ab")] == ["a", "b"]


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
