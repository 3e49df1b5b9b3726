"""How smooth the map of /map is: `python -m bench.frames`. Drags a map of 10,000 places in Chromium, and prints how long its frames took.

The page is a bare one with the script of /map and places of its own, so that only the browser is measured. Beside it stands what the frames of a page
without anything to draw take, which is what a busy machine adds. No frame should take more than 100 ms.

The last column is processor time, which other programs cannot add to: the longest that the page was at work without a pause, by Chromium's own trace.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape

import uvicorn
from playwright.async_api import Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from api.pages.live_maps import MEDIA_TYPE, PATH, geojson, live_map
from api.pages.map_places import Placed, placed
from api.pages.static_files import Files
from schema.kinds import KINDS

from .peers import free_port
from .report import show_rows

PLACES = 10_000
LIMIT = 100.0  # Milliseconds that a frame may take.
STEPS = 80  # Moves of the mouse in a drag.
DRAGS = ((500, 0), (-500, 0), (0, 200), (0, -200), (400, 180), (-400, -180))
RECORD = """() => { window.taken = []; let before = performance.now();
  const step = (now) => { window.taken.push(now - before); before = now; requestAnimationFrame(step); };
  requestAnimationFrame(step); }"""
EMPTY = '<!doctype html><title>Nothing</title><div class="ground" style="height: 30rem"></div>'


def invented(number: int) -> Placed:
    """Places all over the inhabited world, as dense as those of a war in some of it."""
    chance = random.Random(1)
    centres = [(chance.uniform(-30, 50), chance.uniform(-110, 120)) for _ in range(30)]
    rows = []
    for n in range(number):
        latitude, longitude = chance.choice(centres)
        spot = (latitude + chance.gauss(0, 3), longitude + chance.gauss(0, 4))
        rows.append([f"p{n}", f"Place {n}", "settlement", "SYR", *spot, chance.choice("12"), 1, 0])
    return placed({"rows": rows, "sources": {}})


def app(found: Placed, files: Files) -> Starlette:
    live = live_map(KINDS, KINDS["event"], [], found, 1, files)
    if live is None:
        raise SystemExit("the libraries of maps are not installed; run `make assets`")
    attributes = " ".join(f'data-{name}="{escape(value)}"' for name, value in live.attributes.items())
    loaded = [files.address(name) for name in (*live.files, "map.css", live.script)]
    head = "".join(f'<link rel="stylesheet" href="{a}">' if ".css" in a else f'<script src="{a}" defer></script>' for a in loaded)
    page = f'<!doctype html><title>Map</title>{head}<section class="live" hidden {attributes}><div class="ground"></div><p class="status"></p></section>'
    body = geojson(found, "events", 1)

    async def places(request: Request) -> Response:
        return Response(body, media_type=MEDIA_TYPE)

    async def map_page(request: Request) -> Response:
        return HTMLResponse(EMPTY if request.url.path == "/empty" else page)

    return Starlette(routes=[Route("/map", map_page), Route("/empty", map_page), Route(PATH, places), Mount("/static", files)])


@asynccontextmanager
async def served(served_app: Starlette) -> AsyncIterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(served_app, port=port, log_level="warning"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await running


def longest_work(trace: bytes) -> float:
    """The milliseconds of processor time of the longest piece of work of the page's own thread, in a trace of Chromium."""
    events = json.loads(trace)["traceEvents"]
    threads = {(one["pid"], one["tid"]) for one in events if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"}
    return max((one.get("tdur", 0) / 1000 for one in events if one["ph"] == "X" and (one["pid"], one["tid"]) in threads), default=0.0)


async def traced(page: Page, zoom: int) -> tuple[list[float], float]:
    """The milliseconds of each frame, and those of the longest piece of work."""
    browser = page.context.browser
    assert browser is not None
    await browser.start_tracing(page=page, categories=["devtools.timeline", "toplevel"])
    taken = await frames(page, zoom)
    return taken, longest_work(await browser.stop_tracing())


async def frames(page: Page, zoom: int) -> list[float]:
    """The milliseconds of each frame while a map is dragged, after `zoom` steps into it."""
    for _ in range(zoom):
        await page.get_by_role("button", name="Zoom in", exact=True).click()
        await page.wait_for_timeout(700)
    box = await page.locator(".ground").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.evaluate(RECORD)
    for across, down in DRAGS:
        await page.mouse.move(x - across / 2, y - down / 2)
        await page.mouse.down()
        await page.mouse.move(x + across / 2, y + down / 2, steps=STEPS)
        await page.mouse.up()
    await page.wait_for_timeout(500)
    taken: list[float] = await page.evaluate("window.taken.slice(1)")
    return taken


def row(title: str, taken: list[float], work: float) -> tuple[str, ...]:
    ordered = sorted(taken)
    over = sum(one > LIMIT for one in taken)
    return (
        title,
        str(len(taken)),
        *(f"{one:.0f}" for one in (ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1])),
        str(over),
        f"{work:.0f}",
    )


async def main(number: int) -> None:
    rows: list[tuple[str, ...]] = [("", "frames", "median ms", "p99 ms", "longest ms", f"over {LIMIT:.0f} ms", "longest work ms")]
    async with served(app(invented(number), Files())) as base, async_playwright() as playwright:
        program = shutil.which("chromium") or playwright.chromium.executable_path
        browser = await playwright.chromium.launch(executable_path=program, args=["--headless=new", "--no-sandbox", "--disable-gpu"])
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await page.goto(f"{base}/empty")
        rows.append(row("a page with nothing on it", *await traced(page, 0)))
        for zoom in (0, 2, 4):
            await page.goto(f"{base}/map")
            await page.wait_for_selector(".live[data-drawn]", timeout=120_000)
            rows.append(row(f"{number:,} places, {zoom} steps into the map", *await traced(page, zoom)))
        await browser.close()
    show_rows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=PLACES)
    asyncio.run(main(parser.parse_args().places))
