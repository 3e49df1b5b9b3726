"""From a story to a number that stays correct: what a reporter does, and what readers of the article see, in Chromium."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, BrowserContext, FrameLocator, Page, expect
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp

from ..conftest import ROOT, Instance, free_port
from ..support.small_world import document, world_with
from .test_oembed import SECRET, wordpress

FIGURE = "/figures/aleppo-displacement-2024-displaced"


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """The address of an application, served in this process."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_level="error"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await running


@pytest_asyncio.fixture
async def site(instance: Instance) -> AsyncIterator[str]:
    async with serving(instance.app) as address:
        yield address


@asynccontextmanager
async def reading(browser: Browser, site: str) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(base_url=site, permissions=["clipboard-read", "clipboard-write"])
    yield context
    await context.close()


@pytest_asyncio.fixture
async def context(browser: Browser, site: str) -> AsyncIterator[BrowserContext]:
    async with reading(browser, site) as context:
        yield context


@pytest_asyncio.fixture
async def aleppo_site(aleppo: Instance) -> AsyncIterator[str]:
    """A site with the collections of the project, served in this process."""
    async with serving(aleppo.app) as address:
        yield address


@pytest_asyncio.fixture
async def aleppo_context(browser: Browser, aleppo_site: str) -> AsyncIterator[BrowserContext]:
    async with reading(browser, aleppo_site) as context:
        yield context


@asynccontextmanager
async def article(context: BrowserContext, pasted: str) -> AsyncIterator[Page]:
    """A page of another site, on another origin, with what was pasted into it."""
    text = f"<!doctype html><title>News</title><h1>News</h1>{pasted}"
    async with serving(HTMLResponse(text)) as address:
        page = await context.new_page()
        await page.goto(address)
        yield page


async def loads(instance: Instance, **killed: object) -> None:
    instance.write("one/paper.yaml", document("paper", world_with(killed=killed or None, battle={"name": "A battle near Aleppo"})))
    await instance.load()


async def shown(page: Page) -> list[str]:
    """The texts of the cards of an article, as its readers see them."""
    await page.reload()
    frames: list[FrameLocator] = [page.frame_locator(f"iframe >> nth={n}") for n in range(await page.locator("iframe").count())]
    return [" ".join((await frame.locator("main").inner_text()).split()) for frame in frames]


async def copied(page: Page, name: str) -> str:
    """What a button copies."""
    await page.evaluate("navigator.clipboard.writeText('')")
    await page.get_by_role("button", name=f"Copy {name}").click()
    async with asyncio.timeout(20):
        while not (text := await page.evaluate("navigator.clipboard.readText()")):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return str(text)


async def test_a_copied_card_shows_its_number_on_another_site(aleppo_context: BrowserContext) -> None:
    """On a phone; neither the page nor the card has an error in the console, or is wider than the window."""
    page, problems = await aleppo_context.new_page(), list[str]()
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(FIGURE)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.keyboard.press("Tab")
    await expect(page.locator(":focus")).to_have_text("Skip to the content")
    codes = [await copied(page, "Card to paste into an article"), await copied(page, "Card that keeps revision 1")]
    async with article(aleppo_context, "".join(codes)) as pasted:
        live, frozen = await shown(pasted)
        assert "More than 14,000 people displaced" in live and "14,000" in frozen and "as of revision 1" in frozen
        assert "Corrected" not in live + frozen
    assert not problems


@pytest.mark.nightly
async def test_a_reporter_pastes_a_number_which_stays_correct(instance: Instance, context: BrowserContext) -> None:
    """Three clicks, and no address is typed: search, open, copy."""
    shutil.copytree(ROOT / "fixtures" / "aleppo-2024", instance.folder / "aleppo-2024")
    await instance.load()
    reporter = await context.new_page()
    await reporter.goto("/")
    await reporter.get_by_role("searchbox").first.fill("displaced Aleppo")
    await reporter.get_by_role("button", name="Search").first.click()
    await reporter.locator("main").get_by_role("link", name=re.compile("More than 14,000 people displaced")).first.click()
    # A reporter needs one of them.
    codes = [await copied(reporter, "Card to paste into an article"), await copied(reporter, "Card that keeps revision 1")]
    async with article(context, "".join(codes)) as page:
        live, frozen = await shown(page)
        assert "14,000" in live and "14,000" in frozen and "as of revision 1" in frozen
        assert "Corrected" not in live + frozen

        paper = instance.folder / "aleppo-2024" / "pravda-ru-aleppo-2024.yaml"
        text = paper.read_text("utf-8")
        paper.write_text(text.replace("low: 14000", "low: 12000"), "utf-8")
        await instance.load()
        live, frozen = await shown(page)
        assert "More than 12,000 people displaced" in live and "it was more than 14,000 before" in live
        assert "More than 14,000 people displaced" in frozen and "now more than 12,000, not more than 14,000" in frozen

        paper.write_text(re.sub(r"    - id: aleppo-displacement-2024-displaced\n(      .*\n)+", "", text), "utf-8")
        await instance.load()
        for told in await shown(page):
            assert "This number was retracted on" in told and "do not use it" in told and "Retracted" in told


async def test_a_card_works_where_wordpress_pastes_it(aleppo: Instance, aleppo_site: str, aleppo_context: BrowserContext) -> None:
    """Sandboxed, without its attributes, and hidden until it has told its height."""
    found = (await aleppo.client.get("/oembed", params={"url": f"http://test{FIGURE}", "maxwidth": 500, "maxheight": 750})).json()
    async with article(aleppo_context, wordpress(found["html"].replace("http://test", aleppo_site))) as page:
        heard: list[object] = []
        await page.expose_function("heard", lambda message: heard.append(message))  # noqa: PLW0108  # Playwright takes no builtin
        await page.evaluate("addEventListener('message', event => heard(event.data))")
        await page.evaluate(f"document.querySelector('iframe').contentWindow.postMessage({{message: 'ready', secret: '{SECRET}'}}, '*')")
        await expect(page.frame_locator("iframe").locator("h1")).to_contain_text("More than 14,000 people displaced")
        async with asyncio.timeout(20):
            while len(heard) < 2:  # noqa: ASYNC110  # the page tells it
                await asyncio.sleep(0.02)
        height = next(message for message in heard if isinstance(message, dict) and message.get("message") == "height")
        assert height["secret"] == SECRET and 60 < height["value"] <= 200
        assert {"datawrapper-height": {f"/embed{FIGURE}": height["value"]}} in heard
        assert "rgb" in await page.frame_locator("iframe").locator("main").evaluate("card => getComputedStyle(card).borderTopColor")
        await page.evaluate("document.querySelector('iframe').removeAttribute('style')")  # As WordPress does now.
        await page.frame_locator("iframe").get_by_role("link", name="Conflict Facts").click()
        async with asyncio.timeout(20):
            while not any(isinstance(message, dict) and message.get("message") == "link" for message in heard):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert {"message": "link", "value": f"{aleppo_site}{FIGURE}", "secret": SECRET} in heard


LONG = {
    "low": 1_234_000,
    "best": None,
    "quantifier": "more_than",
    "measure": "displaced",
    "unit": "people",
    "quoted_from": ["office"],
    "rank": "preferred",
}


@pytest.mark.nightly
@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
async def test_a_card_is_complete_at_its_fixed_height(instance: Instance, browser: Browser, site: str, javascript: bool) -> None:
    """With the longest of its notices too, on a phone."""
    await loads(instance, **LONG)
    instance.write(
        "two/other.yaml",
        document("other", {"figures": [{"id": "killed", "event": "battle", "measure": "displaced", "best": 5}]}),
    )
    await loads(instance, **{**LONG, "low": 999_000})
    context = await browser.new_context(java_script_enabled=javascript, viewport={"width": 360, "height": 200}, base_url=site)
    page = await context.new_page()
    for address in ("figures/killed", "figures/killed?revision=1", "figures/killed?corrected_since=2020-01-01", "events/battle?revision=1",
                    "totals?measure=displaced&revision=1", "timeline?measure=displaced&revision=1"):  # fmt: skip
        await page.goto(f"/embed/{address}")
        for part in ("main", ".notice b", "h1", ".source", ".origin"):
            box = await page.locator(part).first.bounding_box() if await page.locator(part).count() else None
            assert box is None or (box["x"] + box["width"] <= 360 and box["y"] + box["height"] <= 200), (address, part, box)
    await context.close()


async def test_a_map_can_be_read_on_a_phone(aleppo_context: BrowserContext) -> None:
    """Its letters are as large as if it had 800 pixels; it scrolls by itself, and the page does not."""
    page = await aleppo_context.new_page()
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto("/events/aleppo-offensive-2024")
    if not await page.locator(".map img").count():
        pytest.skip("run `make assets`")
    box = await page.locator(".map img").bounding_box()
    assert box is not None and box["width"] >= 780
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    assert await page.evaluate("getComputedStyle(document.querySelector('.map')).overflowX") == "auto"


async def test_a_printed_page_has_what_is_read_and_not_what_is_clicked(aleppo_context: BrowserContext) -> None:
    page = await aleppo_context.new_page()
    await page.goto(FIGURE)
    await page.emulate_media(media="print")
    for clicked in ("header nav", "header form", "main button"):
        assert not await page.locator(clicked).first.is_visible(), clicked
    assert await page.locator("h1").is_visible() and "14,000" in await page.locator("main").inner_text()
