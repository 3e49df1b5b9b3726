"""The process that draws: the same bytes from any process, no harm where one dies, and no client that keeps it from others."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from api.errors import RateLimited, TooManyPictures, Unavailable
from api.pictures.pictures import MAX_OWN, MAX_WAITING, Pictures
from api.store.allowance import ACCOUNT, UNITS_PER_SECOND, Account, Buckets

QUOTA = 1_000_000

SPEC: dict[str, Any] = {
    "data": {"values": [{"x": "حلب", "y": 3}]}, "mark": "bar", "width": 60, "height": 40,
    "encoding": {"x": {"field": "x", "type": "ordinal"}, "y": {"field": "y", "type": "quantitative"}},
}  # fmt: skip


@pytest.fixture
async def pictures() -> AsyncIterator[Pictures]:
    pictures = Pictures()
    yield pictures
    await pictures.close()


@pytest.fixture
def buckets() -> Buckets:
    return Buckets(QUOTA, 1000, clock=lambda: 0.0)  # Nothing leaks.


def paid(buckets: Buckets, client: str) -> float:
    """The seconds of a processor that a client has paid for."""
    return (QUOTA - buckets.available(client)) / UNITS_PER_SECOND


def svg(words: object) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="400"><text x="4" y="15">{words}</text></svg>'


def ask(pictures: Pictures, buckets: Buckets, client: str, words: object) -> asyncio.Task[bytes]:
    token = ACCOUNT.set(Account(buckets, client))
    try:
        return asyncio.create_task(pictures.paint(svg(words)))
    finally:
        ACCOUNT.reset(token)


async def test_a_killed_process_is_started_again_and_draws_the_same_bytes(pictures: Pictures, buckets: Buckets) -> None:
    ACCOUNT.set(Account(buckets, "first"))
    first = await pictures.draw(SPEC, "png")
    cost = paid(buckets, "first")
    assert first.startswith(b"\x89PNG") and pictures.process is not None
    killed = pictures.process
    killed.kill()
    assert await pictures.draw(SPEC, "png") == first
    assert pictures.process is not killed and killed.returncode is not None
    ACCOUNT.set(Account(buckets, "second"))
    assert await pictures.draw({**SPEC, "width": 61}, "png") != first
    assert 0 < cost < 5 * paid(buckets, "second")  # What the library does once, sixteen times as much, is not paid by the first.
    with pytest.raises(Unavailable, match="could not be drawn"):
        await pictures.draw({**SPEC, "data": {"url": "https://example.org/data.json"}}, "svg")  # No address is opened.
    process = pictures.process
    assert (await pictures.draw(SPEC, "svg")).startswith(b"<svg") and pictures.process is process


async def test_an_idle_process_ends() -> None:
    pictures = Pictures(idle=0)
    await pictures.paint(svg("idle"))
    process = pictures.process
    assert process is not None and await asyncio.wait_for(process.wait(), 60) == 0 and pictures.process is None


async def test_the_process_starts_while_what_it_shall_draw_is_read(buckets: Buckets) -> None:
    pictures = Pictures(idle=0.0)
    try:
        ACCOUNT.set(Account(buckets, "reader"))
        pictures.prepare_chart()
        pictures.prepare_chart()
        assert (await pictures.draw(SPEC, "svg")).startswith(b"<svg") and paid(buckets, "reader") > 0
        while pictures.process is not None:  # noqa: ASYNC110  # there is no event for it
            await asyncio.sleep(0.01)
        pictures.prepare_chart()  # Nothing is drawn after it: the process ends as if something had been.
        assert pictures._running is not None
        await pictures._running
        process = pictures.process
        assert process is not None and await asyncio.wait_for(process.wait(), 60) == 0 and pictures.process is None
    finally:
        await pictures.close()


@pytest.fixture
def asked_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a client asks for is not made beside the event loop, so that it is asked for as soon as its task has begun."""

    async def at_once(function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    monkeypatch.setattr("api.pictures.pictures.beside", at_once)


@pytest.mark.usefixtures("asked_in_order")
async def test_a_client_with_many_pictures_keeps_nobody_from_one(pictures: Pictures, buckets: Buckets) -> None:
    greedy = [ask(pictures, buckets, "greedy", number) for number in range(MAX_OWN + 5)]
    await asyncio.sleep(0)  # They have asked.
    others = [ask(pictures, buckets, f"other {number}", f"other {number}") for number in range(14)]
    assert all(picture.startswith(b"\x89PNG") for picture in await asyncio.gather(*others))
    assert sum(task.done() and task.exception() is None for task in greedy) <= 2  # One was being drawn; then they took turns.
    found = await asyncio.gather(*greedy, return_exceptions=True)
    assert sum(isinstance(one, bytes) for one in found) == MAX_OWN and isinstance(found[-1], TooManyPictures)
    assert not pictures.waiting and paid(buckets, "greedy") > paid(buckets, "other 1") > 0


@pytest.mark.usefixtures("asked_in_order")
async def test_few_pictures_of_all_clients_may_wait(pictures: Pictures, buckets: Buckets) -> None:
    waiting = [ask(pictures, buckets, "0", "is drawn")]
    while pictures.waiting or not pictures.is_drawing:  # noqa: ASYNC110  # there is no event for it
        await asyncio.sleep(0)
    waiting += [ask(pictures, buckets, str(number // MAX_OWN), number) for number in range(MAX_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyPictures, match="too many pictures"):
        await ask(pictures, buckets, "late", "late")
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert not pictures.waiting and await ask(pictures, buckets, "late", "late")


async def test_whoever_leaves_ends_no_process_and_pays_for_what_was_begun(pictures: Pictures, buckets: Buckets) -> None:
    picture = await ask(pictures, buckets, "reader", "the same")
    process = pictures.process
    leaving = [ask(pictures, buckets, "leaving", f"left {number}") for number in range(3)]
    while len(pictures.waiting.get("leaving", ())) != 2:  # noqa: ASYNC110  # Until one is being drawn.
        await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    assert await ask(pictures, buckets, "reader", "another") and await ask(pictures, buckets, "third", "the same") == picture
    assert pictures.process is process and process is not None and process.returncode is None
    assert len(pictures.finished) == 1  # Of the two that had not begun nothing was drawn.
    cost = paid(buckets, "leaving")
    assert 0 < cost < 2 * paid(buckets, "reader")
    assert await ask(pictures, buckets, "fourth", "left 0") and paid(buckets, "fourth") == 0 and not pictures.finished


async def test_waiting_for_the_process_costs_nothing(pictures: Pictures, buckets: Buckets) -> None:
    await ask(pictures, buckets, "first", "starts the process")
    assert pictures.process is not None
    os.kill(pictures.process.pid, signal.SIGSTOP)  # As on a machine where others have the processors.
    drawing = ask(pictures, buckets, "reader", "slow")
    await asyncio.sleep(1.5)
    os.kill(pictures.process.pid, signal.SIGCONT)
    await drawing
    assert 0 < paid(buckets, "reader") < 1


async def test_a_picture_that_takes_too_much_is_ended_and_paid_for(buckets: Buckets) -> None:
    pictures = Pictures(max_seconds=0.001)
    try:
        with pytest.raises(Unavailable, match="too long"):
            ACCOUNT.set(Account(buckets, "reader"))
            await pictures.paint(svg("long").replace('00"', '000"'))
        assert paid(buckets, "reader") == pytest.approx(0.001, abs=1e-5) and pictures.process is None
    finally:
        await pictures.close()


async def test_a_client_that_has_used_its_share_has_no_turn(pictures: Pictures, buckets: Buckets) -> None:
    first, second = ask(pictures, buckets, "greedy", 1), ask(pictures, buckets, "greedy", 2)
    await asyncio.sleep(0)
    buckets.add("greedy", 2 * QUOTA)
    with pytest.raises(RateLimited):
        await second
    assert (await asyncio.gather(first, return_exceptions=True)) and await ask(pictures, buckets, "other", 3)


@pytest.mark.usefixtures("asked_in_order")
async def test_a_server_that_stops_draws_nothing_more(buckets: Buckets) -> None:
    pictures = Pictures()
    waiting = [ask(pictures, buckets, "reader", number) for number in range(3)]
    async with asyncio.timeout(60):
        while pictures.process is None:  # noqa: ASYNC110  # until it draws for the first of them
            await asyncio.sleep(0.001)
    await pictures.close()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(one) for one in found} <= {Unavailable, bytes} and pictures.process is None
    pictures.prepare_chart()
    with pytest.raises(Unavailable, match="stopping"):
        await ask(pictures, buckets, "reader", "late")
    assert pictures.process is None and not pictures.is_drawing
