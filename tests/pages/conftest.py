"""One Chromium for all tests of the pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip


def _chromium() -> str | None:
    """A Chromium of the system, or the one that CHROMIUM names."""
    named = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    return next((found for name in named if name and (found := shutil.which(name))), None)


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        program = _chromium() or playwright.chromium.executable_path
        if not shutil.which(program):
            pytest.skip("run `make browser`")
        found = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield found
        await found.close()
