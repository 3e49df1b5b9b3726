"""The process that draws: the same bytes from any process, and no harm where one dies."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.errors import Unavailable
from api.pictures.pictures import MAX_WAITING, Pictures

SPEC: dict[str, Any] = {
    "data": {"values": [{"x": "حلب", "y": 3}]}, "mark": "bar", "width": 60, "height": 40,
    "encoding": {"x": {"field": "x", "type": "ordinal"}, "y": {"field": "y", "type": "quantitative"}},
}  # fmt: skip


async def test_a_killed_process_is_started_again_and_draws_the_same_bytes() -> None:
    pictures = Pictures()
    try:
        first = await pictures.draw(SPEC, "png")
        assert first.startswith(b"\x89PNG") and pictures.process is not None
        killed = pictures.process
        killed.kill()
        assert await pictures.draw(SPEC, "png") == first
        assert pictures.process is not killed and killed.returncode is not None
        with pytest.raises(Unavailable, match="could not be drawn"):
            await pictures.draw({**SPEC, "data": {"url": "https://example.org/data.json"}}, "svg")  # No address is opened.
        process = pictures.process
        assert (await pictures.draw(SPEC, "svg")).startswith(b"<svg") and pictures.process is process
    finally:
        await pictures.close()


async def test_an_idle_process_ends() -> None:
    pictures = Pictures(idle=0)
    await pictures.draw(SPEC, "svg")
    process = pictures.process
    assert process is not None and await asyncio.wait_for(process.wait(), 60) == 0 and pictures.process is None


async def test_few_pictures_may_wait() -> None:
    pictures = Pictures()
    pictures.waiting = MAX_WAITING
    with pytest.raises(Unavailable, match="too many pictures"):
        await pictures.draw(SPEC, "svg")
