"""What pages show of the whole database is read once for each revision, by whoever asks."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from api.errors import TooSlow, Unavailable
from api.pages.per_revision import RETRY_SECONDS, OncePerRevision
from api.store.allowance import ACCOUNT, Account, Buckets


class World:
    """A store of which only the number of its newest revision is asked, a clock, and a reading that can be held up and can fail."""

    def __init__(self) -> None:
        self.now, self.number, self.read, self.error = 0.0, 1, 0, None
        self.may_read = asyncio.Event()
        store: Any = SimpleNamespace(revision=self.revision)
        self.once = OncePerRevision(store, self.reading, lambda: self.now)

    error: Exception | None

    async def revision(self, at: object) -> int:
        return self.number

    async def reading(self) -> tuple[int, str]:
        self.read, number = self.read + 1, self.number
        await self.may_read.wait()
        if self.error:
            raise self.error
        return number, ACCOUNT.get().client


async def test_it_is_read_once_for_all_who_ask_and_goes_on_without_the_first() -> None:
    world = World()
    ACCOUNT.set(Account(Buckets(1, 1), "the first"))
    first, *others = [asyncio.create_task(world.once.get()) for _ in range(20)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    world.may_read.set()
    assert {await other for other in others} == {(1, "")} and world.read == 1  # The first does not pay.
    assert await world.once.get() == (1, "") and world.read == 1


async def test_who_asks_after_a_revision_does_not_get_what_was_begun_before_it() -> None:
    world = World()
    before = asyncio.create_task(world.once.get())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    world.number = 2
    after = asyncio.create_task(world.once.get())
    await asyncio.sleep(0)
    world.may_read.set()
    assert [(await before)[0], (await after)[0], world.read] == [1, 2, 2]


async def test_what_takes_too_long_is_not_tried_at_every_request() -> None:
    world = World()
    world.may_read.set()
    for error, again in ((Unavailable(), 0), (TooSlow(), RETRY_SECONDS)):
        world.error, world.read = error, 0
        for wait, read in ((0, 1), (again - 1 if again else 0, 1 if again else 2), (1, 2 if again else 3)):
            world.now += wait
            with pytest.raises(type(error)):
                await world.once.get()
            assert world.read == read
    world.error, world.number = None, 2
    assert (await world.once.get())[0] == 2
