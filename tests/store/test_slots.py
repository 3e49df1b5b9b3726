"""Clients take turns for the connections to the database."""

from __future__ import annotations

import asyncio

import pytest

from api.errors import RateLimited
from api.settings import Settings
from api.store.allowance import ACCOUNT, Account, Buckets
from api.store.pool import Pool
from api.store.sessions import Connection
from api.store.slots import Slots
from api.store.work_time import WorkTime
from tests.conftest import Instance


async def test_who_waits_for_a_slot_gets_one_in_turn() -> None:
    slots, order = Slots(1, 1), list[str]()

    async def wait(client: str) -> None:
        await slots.wait(client, 0)
        order.append(client)
        slots.release(client)

    assert slots.take("holder")
    waiting = [asyncio.ensure_future(wait(client)) for client in ("many", "many", "many", "one")]
    await asyncio.sleep(0)
    slots.release("holder")
    await asyncio.gather(*waiting)
    assert order == ["many", "one", "many", "many"]


async def test_a_request_of_many_statements_goes_before_later_ones_of_its_client() -> None:
    """A batch of a hundred sentences would otherwise wait a hundred times behind all that its client has sent since."""
    slots, order, others = Slots(1, 1), list[int](), 20

    async def request(arrival: int, statements: int) -> None:
        for _ in range(statements):
            if not slots.take("one"):
                await slots.wait("one", arrival)
            await asyncio.sleep(0)
            slots.release("one")
        order.append(arrival)

    await asyncio.gather(request(1, 10), *(request(2 + number, 1) for number in range(others)))
    assert order.index(1) <= 10  # At most one other goes on while it does not wait itself.
    assert sorted(order) == list(range(1, 2 + others)) and not slots.waiting and slots.free == 1


async def test_a_client_leaves_the_last_slot_to_others() -> None:
    slots = Slots(4, 4)
    assert [slots.take("many") for _ in range(4)] == [True, True, True, False]
    waiting = asyncio.ensure_future(slots.wait("many", 0))
    await asyncio.sleep(0)
    assert not waiting.done() and slots.free == 1
    assert slots.take("one")
    slots.release("one")
    await asyncio.sleep(0)
    assert not waiting.done()
    slots.release("many")
    await waiting
    assert slots.take("")  # The server itself.
    assert slots.free == 0 and slots.taken == {"many": 3, "": 1}


async def test_a_client_has_only_so_many_slots_however_many_are_free() -> None:
    """More statements at once than there are processors make all wait for these, also those of the server itself."""
    slots = Slots(16, 2)
    assert [slots.take("many") for _ in range(3)] == [True, True, False] and slots.has_all("many")
    waiting = asyncio.ensure_future(slots.wait("many", 0))
    await asyncio.sleep(0)
    assert not waiting.done() and slots.take("one") and not slots.has_all("one")
    assert [slots.take("") for _ in range(3)] == [True, True, True] and not slots.has_all("")
    slots.release("many")
    await waiting
    assert slots.taken == {"many": 2, "one": 1, "": 3} and slots.free == 10


async def test_who_waits_too_long_for_its_own_requests_is_told_so(aleppo: Instance) -> None:
    """The database is not busy, so the answer is not that it is. Downloads, which take minutes, are not counted with them."""
    settings = Settings(pool_size=8, pool_size_per_client=1, statement_timeout=0.1)
    pool, buckets, gate = Pool(aleppo.read_url, settings), Buckets(10**9, 1), asyncio.Event()

    async def held(download: bool) -> None:
        async with pool.connection(download=download):
            running.set()
            await gate.wait()

    async def ask() -> int:
        return await pool.repeated(lambda connection: connection.fetchval("select 1"))

    await pool.open()
    ACCOUNT.set(account := Account(buckets, "many"))
    try:
        for download in (True, False):
            running = asyncio.Event()
            holding = asyncio.ensure_future(held(download))
            async with asyncio.timeout(60):
                await running.wait()
            if download:
                assert await ask() == 1
            else:
                with pytest.raises(
                    RateLimited, match=r"for 0\.1 seconds your other requests have used the 1 connections .* one client may use; send fewer"
                ):
                    await ask()
                assert account.retry_after == 1
            gate.set()
            await holding
            gate.clear()
    finally:
        gate.set()
        await pool.close()
    assert not pool.holders and not pool.slots.taken and pool.slots.free == 8


async def test_who_leaves_or_waits_too_long_takes_no_slot() -> None:
    slots = Slots(1, 1)
    assert slots.take("holder")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await slots.wait("late", 0)
    left, stays = (asyncio.ensure_future(slots.wait(client, 0)) for client in ("left", "stays"))
    await asyncio.sleep(0)
    slots.release("holder")
    left.cancel()  # In the moment in which it has got the slot.
    await stays
    assert left.cancelled() and not slots.waiting and slots.taken == {"stays": 1} and slots.free == 0
    slots.release("stays")
    assert slots.free == 1 and not slots.taken


async def test_long_statements_of_one_client_do_not_keep_others_from_the_database(aleppo: Instance) -> None:
    pool, buckets, gate = Pool(aleppo.read_url, Settings(pool_size=4, statement_timeout=60)), Buckets(10**9, 1), asyncio.Event()
    running = asyncio.Event()

    async def long(_: Connection) -> None:
        if pool.in_use == 3:
            running.set()
        await gate.wait()

    async def of(client: str) -> int:
        ACCOUNT.set(Account(buckets, client))
        return await pool.repeated(lambda connection: connection.fetchval("select 1"))

    async def held() -> None:
        ACCOUNT.set(Account(buckets, "many"))
        await pool.repeated(long)

    await pool.open()
    many = [asyncio.ensure_future(held()) for _ in range(12)]
    try:
        async with asyncio.timeout(60):
            await running.wait()
            assert await asyncio.create_task(of("one")) == 1
            assert not any(task.done() for task in many)
    finally:
        gate.set()
        await asyncio.gather(*many)
        await pool.close()
    assert not pool.holders and not pool.slots.taken and pool.slots.free == 4


def test_the_work_of_a_statement_is_its_share_of_the_time_in_which_others_run_too() -> None:
    now = 0.0
    times = WorkTime(lambda: now)
    first = times.begin()
    now = 1.0
    second = times.begin()
    now = 3.0
    assert times.end(second) == 1.0
    now = 4.0
    assert times.end(first) == 3.0
    now = 9.0
    assert times.end(times.begin()) == 0.0
