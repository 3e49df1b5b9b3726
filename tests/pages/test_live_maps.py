"""The map that can be moved: what it draws is what the picture draws, it needs nobody else's server, and without it the page has a picture and a table."""

from __future__ import annotations

import json
import re

import httpx2
import pytest
from playwright.async_api import Browser, Page, expect

from api.pages import assets
from api.pages.live_maps import geojson, live_map
from api.pages.map_places import placed
from api.pages.static_files import Files
from schema.kinds import KINDS

from ..conftest import Instance
from .test_maps import PLACES, row, shown

with_libraries = pytest.mark.skipif(not assets.installed(), reason="run `make assets`")
HTML = {"accept": "text/html"}
PATIENCE = 120_000  # Milliseconds: a busy machine draws slowly.
SYRIA = "/map?of=events&country=SYR"


async def test_places_are_geojson_of_what_is_known_of_each(instance: Instance) -> None:
    await instance.load(paper=PLACES)
    response = await instance.client.get("/map.geojson?of=events")
    assert response.status_code == 200 and response.headers["content-type"] == "application/geo+json"
    document = response.json()
    assert document["revision"] == 1 and document["of"] == "events"
    found = {
        (feature["properties"]["name"], feature["properties"]["area"]): (feature["geometry"] or {}).get("coordinates")
        for feature in document["features"]
    }
    assert found == {
        ("Aleppo", "point"): [37.16, 36.2], ("Aleppo", "disc"): [37.16, 36.2], ("Aleppo", "district"): None, ("Syria", "country"): None,
    }  # fmt: skip
    assert [feature["properties"].get("radius_km") for feature in document["features"] if feature["properties"]["area"] == "disc"] == [25]
    assert sum(feature["properties"]["records"] for feature in document["features"]) == 5
    narrowed = (await instance.client.get("/map.geojson?of=events&started_on.gte=2024-12-01")).json()
    assert [feature["properties"]["name"] for feature in narrowed["features"]] == ["Syria"]


async def test_places_are_cached_frozen_and_refused_like_the_picture(aleppo: Instance) -> None:
    frozen = await aleppo.client.get("/map.geojson?of=events&country=SYR&revision=1")
    assert "max-age" in frozen.headers["cache-control"]
    unchanged = await aleppo.client.get("/map.geojson?of=events&country=SYR&revision=1", headers={"if-none-match": frozen.headers["etag"]})
    assert unchanged.status_code == 304
    hits = aleppo.app.state.response_cache.hits
    again = await aleppo.client.get("/map.geojson?of=events&country=SYR&revision=1")
    assert again.content == frozen.content and aleppo.app.state.response_cache.hits == hits + 1
    refused = await aleppo.client.get("/map.geojson?of=actors")
    assert refused.status_code == 400 and "there are no maps of" in refused.json()["detail"]
    empty = await aleppo.client.get("/map.geojson?of=events&country=ATA")
    assert empty.status_code == 200 and empty.json()["features"] == []


@with_libraries
def test_the_part_that_is_shown_first_has_every_place_also_beyond_the_180th_meridian() -> None:
    found = shown(row("suva", "1", (-18.1, 178.4), country=None), row("apia", "1", (-13.8, -171.8), country=None))
    live = live_map(KINDS, KINDS["event"], [], found, 1, Files())
    assert live is not None
    west, south, east, north = map(float, live.attributes["bounds"].split())
    assert west < 178.4 and east > 188.2 and east - west < 60 and south < -18.1 and north > -13.8


@with_libraries
def test_a_list_at_a_place_has_the_conditions_of_the_map() -> None:
    found = shown(row("aleppo", "1"))
    live = live_map(KINDS, KINDS["event"], [("country", "SYR"), ("revision", "3")], found, 3, Files())
    assert live is not None and live.attributes["list"] == "/events?country=SYR&location="
    assert live.attributes["places"] == "/map.geojson?of=events&country=SYR&revision=3"
    figures = live_map(KINDS, KINDS["figure"], [], found, 3, Files())
    assert figures is not None and not figures.attributes["list"], "the place of a figure may be that of its event"


def test_what_has_no_point_has_no_geometry() -> None:
    document = json.loads(geojson(placed({"rows": [row("aleppo", level) for level in "123467"], "sources": {}}), "events", 1))
    assert {feature["properties"]["area"] for feature in document["features"] if feature["geometry"]} == {"point", "disc"}
    assert len(document["features"]) == 6


@with_libraries
async def test_the_days_of_a_map_are_in_its_address(client: httpx2.AsyncClient) -> None:
    page = (await client.get(f"{SYRIA}&started_on.gte=2024-11-27", headers=HTML)).text
    form = page.partition('<form class="filters" action="/map">')[2].partition("</form>")[0]
    assert 'name="started_on.gte" type="date" value="2024-11-27"' in form and 'name="started_on.lte" type="date" value=""' in form
    assert re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)">', form) == [("of", "events"), ("country", "SYR")]


@with_libraries
@pytest.mark.nightly
async def test_the_map_counts_every_event_and_opens_by_keyboard(page: Page, client: httpx2.AsyncClient) -> None:
    places = (await client.get("/map.geojson?of=events&country=SYR")).json()["features"]
    drawn = sum(place["properties"]["records"] for place in places if place["geometry"])
    for width in (320, 1280):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto("/")  # Another page first: an address that differs in what follows # loads nothing.
        await page.goto(SYRIA)
        await expect(page.locator(".live[data-drawn]")).to_be_visible(timeout=PATIENCE)
        await expect(page.locator(".map.still")).to_be_hidden(timeout=PATIENCE)
        await expect(page.get_by_role("status")).to_have_text(
            f"Shown here: {drawn} events of {drawn} that have a place on the map.", timeout=PATIENCE
        )
        marks = page.locator(".ground .leaflet-marker-icon[role=button]")
        said = [await mark.get_attribute("aria-label") or "" for mark in await marks.all()]
        numbers = [int(found.group(1)) for text in said if (found := re.search(r"(\d+) events?\b", text))]
        assert sum(numbers) == drawn and len(numbers) == len(said)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    single = page.locator(".ground .leaflet-marker-icon[role=button]:not([aria-label*='zoom in'])").first
    await single.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".leaflet-popup a").first).to_be_focused(timeout=PATIENCE)
    await page.keyboard.press("Escape")
    await expect(page.locator(".leaflet-popup")).to_have_count(0, timeout=PATIENCE)
    await page.locator(".ground").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page).to_have_url(re.compile(r"#map=\d+/-?[\d.]+/-?[\d.]+$"), timeout=PATIENCE)


@with_libraries
@pytest.mark.nightly
async def test_a_map_is_a_picture_without_script_or_without_its_places(browser: Browser, server: str) -> None:
    context = await browser.new_context(java_script_enabled=False, base_url=server)
    page = await context.new_page()
    await page.goto(SYRIA)
    await expect(page.locator(".map.still img")).to_be_visible(timeout=PATIENCE)
    await expect(page.locator(".live")).to_be_hidden(timeout=PATIENCE)
    await context.close()
    context = await browser.new_context(base_url=server)
    page = await context.new_page()
    await page.route("**/map.geojson*", lambda route: route.fulfill(status=429, body="{}"))
    await page.goto(SYRIA)
    await expect(page.locator(".map.still img")).to_be_visible(timeout=PATIENCE)
    await expect(page.locator(".live")).to_be_hidden(timeout=PATIENCE)
    await context.close()
