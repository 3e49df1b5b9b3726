"""Requests take turns on the thread that answers them: what one client sends at once leaves room for others."""

from __future__ import annotations

import asyncio

from api.store.allowance import LONG_WORK_SECONDS, Work
from api.store.client_turns import SLICE_SECONDS, Turns


class Thread:
    """A thread whose time is what its requests say that they take."""

    def __init__(self) -> None:
        self.now = 0.0
        self.turns = Turns(lambda: self.now)
        self.order: list[str] = []

    async def request(self, client: str, seconds: float, steps: int = 1) -> None:
        async def steps_of() -> None:
            for _ in range(steps):
                await asyncio.sleep(0)
                self.order.append(client)
                self.now += seconds

        await Work().of(steps_of(), self.turns, client)

    async def other(self, number: int) -> None:
        """Something that takes no turns, such as a request for /health."""
        for _ in range(number):
            await asyncio.sleep(0)
            self.order.append("-")


async def test_a_slice_of_work_ends_an_iteration() -> None:
    thread = Thread()
    await asyncio.gather(*(thread.request("a", SLICE_SECONDS) for _ in range(20)), thread.other(60))
    text = "".join(thread.order)
    assert text.count("a") == 20 and "aaa" not in text, text


async def test_short_requests_go_on_together() -> None:
    thread = Thread()
    await asyncio.gather(*(thread.request("a", SLICE_SECONDS / 100) for _ in range(20)), thread.other(3))
    assert "a" * 20 in "".join(thread.order)


async def test_clients_take_turns() -> None:
    thread = Thread()
    await asyncio.gather(*(thread.request("a", SLICE_SECONDS) for _ in range(50)), *(thread.request("b", SLICE_SECONDS) for _ in range(3)))
    assert max(n for n, client in enumerate(thread.order) if client == "b") < 12 and len(thread.order) == 53


async def test_the_request_that_came_first_goes_on_first() -> None:
    """One that waits for many things, such as a batch, would otherwise wait as often for all that its client has sent since."""
    thread, ended = Thread(), list[str]()

    async def request(name: str, steps: int) -> None:
        await thread.request("a", SLICE_SECONDS, steps)
        ended.append(name)

    await asyncio.gather(request("first", 10), *(request("later", 5) for _ in range(20)))
    assert ended.index("first") <= 5 and len(ended) == 21


async def test_what_has_worked_for_long_goes_first_no_more() -> None:
    """A download would otherwise go before every short request of its client, for as long as it takes."""
    download, page = Work(), Work()
    assert download.arrival < page.arrival
    download.before = LONG_WORK_SECONDS
    assert download.arrival > page.arrival


async def test_who_is_cancelled_gives_up_its_turn() -> None:
    thread, caught = Thread(), []

    async def steps() -> None:
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            caught.append(True)
            raise

    async def late() -> None:
        await Work().of(steps(), thread.turns, "a")

    busy = [asyncio.create_task(thread.request("a", SLICE_SECONDS, 5)) for _ in range(5)]
    waiting = asyncio.create_task(late())
    for _ in range(4):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(*busy)
    assert waiting.cancelled() and caught == [True] and not thread.turns.waiting and len(thread.order) == 25
    await thread.request("a", 0)


def test_turns_of_a_loop_that_has_ended_are_forgotten() -> None:
    thread = Thread()

    async def leave_at_once() -> None:
        thread.turns.wait("a", 0)
        thread.now += SLICE_SECONDS
        assert thread.turns.wait("a", 0) is not None

    asyncio.run(leave_at_once())
    asyncio.run(asyncio.wait_for(thread.request("b", 0), 60))
    assert thread.order == ["b"]
