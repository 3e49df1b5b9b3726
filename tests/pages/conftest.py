"""One Chromium for all tests of the pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

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


@pytest_asyncio.fixture
async def page(browser: Browser, server: str) -> AsyncIterator[Page]:
    """A page on our own server. A request to another host, a failed one, or an error in the console fails the test."""
    context = await browser.new_context(base_url=server)
    opened = await context.new_page()
    problems: list[str] = []
    opened.on(
        "request", lambda request: None if request.url.startswith((f"{server}/", "data:")) else problems.append(f"requests {request.url}")
    )
    opened.on("response", lambda response: problems.append(f"{response.status} {response.url}") if response.status >= 400 else None)
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    await context.close()
    assert not problems
