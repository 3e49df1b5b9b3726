"""Cards with a chart or a map, live and frozen, and the pictures that oEmbed names."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from api.pages import oembed
from api.pages.oembed import CardAddress, Sizes

from ..conftest import Instance
from ..support.properties import NIGHTLY
from .test_maps import PLACES, RIVAL, with_shapes

SITE = "http://test"
COUNTED = "measure=killed&by=year"


async def card(instance: Instance, address: str) -> str:
    response = await instance.client.get(address)
    assert response.status_code == 200, response.text
    assert (
        "img-src 'self'" in response.headers["content-security-policy"]
        and "frame-ancestors *" in response.headers["content-security-policy"]
    )
    return str(response.text)


async def test_a_card_of_a_map_says_what_has_changed_since(instance: Instance) -> None:
    await instance.load(paper=PLACES)
    (moment,) = (await instance.get("/v1/revisions"))["data"]
    live = "/embed/map?of=events"
    first = await card(instance, live)
    assert 'src="/map.svg?of=events&amp;revision=1&amp;size=card"' in first and "5 events on a map" in first and "Changed" not in first
    assert "The Paper (CC0-1.0)" in first and 'href="/map?of=events"' in first
    await instance.load(paper=PLACES.replace("    - {id: e5, name: Five, kind: battle, country: SYR, started_on: 2024-12-01}\n", "").replace(
        "    - {id: f3, event: e5, measure: killed, unit: people, best: 4}\n", ""), rival=RIVAL)  # fmt: skip
    frozen = await card(instance, f"{live}&revision=1")
    assert (
        "5 events on a map" in frozen
        and "now 4 events, not 5" in frozen
        and "revision=1&amp;size=card" in frozen
        and "/revisions/2" in frozen
    )
    assert "Changed" not in await card(instance, f"{live}&revision=1&notice=off")
    since = quote(moment["recorded_at"], safe="")
    assert "it was 5 before" in await card(instance, f"{live}&corrected_since={since}")
    assert "Disputed" in await card(instance, live)
    await instance.load(**{name: f"{text.partition('claims:')[0]}claims: {{}}\n" for name, text in (("paper", PLACES), ("rival", RIVAL))})
    gone = await card(instance, f"{live}&revision=1")
    assert "<del>5 events on a map</del>" in gone and "<img" not in gone, "what is no longer on a map never looks true"


async def test_a_card_of_a_chart_has_the_notices_of_its_numbers(instance: Instance) -> None:
    counts = PLACES.replace("unit: people", "unit: people, basis: flow")
    await instance.load(paper=counts)
    first = await card(instance, f"/embed/chart?{COUNTED}")
    assert 'src="/chart.svg?measure=killed&amp;by=year&amp;revision=1&amp;size=card"' in first and "<table" not in first
    await instance.load(paper=counts.replace("best: 3}\n    - {id: f2", "best: 5}\n    - {id: f2"))
    frozen = await card(instance, f"/embed/chart?{COUNTED}&revision=1")
    assert "Changed on" in frozen and "revision=1&amp;size=card" in frozen
    assert "<img" not in await card(instance, "/embed/chart?measure=injured&country=ATA"), "nothing is counted, so nothing is drawn"


@with_shapes
async def test_oembed_names_a_picture_of_every_card_that_has_one(aleppo: Instance) -> None:
    cases = {
        "/figures/aleppo-displacement-2024-displaced": "/cards/figures/aleppo-displacement-2024-displaced.png",
        "/embed/events/aleppo-offensive-2024?revision=1": "/cards/events/aleppo-offensive-2024.png?revision=1",
        "/embed/timeline?measure=killed&country=MMR": "/chart.png?measure=killed&country=MMR&by=month&revision=1&size=og",
        "/embed/chart?measure=killed&country=MMR": "/chart.png?measure=killed&country=MMR&by=month&revision=1&size=og",
        "/map?of=events&country=SYR": "/map.png?of=events&country=SYR&revision=1&size=og",
    }
    drawn = [*cases.values()][::2]  # By default.
    for address, picture in cases.items():
        found = await aleppo.get(f"/oembed?url={quote(SITE + address, safe='')}")
        assert (found["thumbnail_url"], found["thumbnail_width"], found["thumbnail_height"]) == (f"{SITE}{picture}", 1200, 628)
        if NIGHTLY or picture in drawn:
            assert (await aleppo.client.get(picture)).headers["content-type"] == "image/png"
        assert found["height"] == (420 if "/embed/chart" in address or "/map" in address else 320 if "/embed/timeline" in address else 200)
    totals = await aleppo.get(f"/oembed?url={quote(f'{SITE}/embed/totals?measure=killed&country=MMR', safe='')}")
    assert "thumbnail_url" not in totals and totals["height"] == 320


@pytest.mark.parametrize(
    ("room", "size"), [(Sizes(), 1200), (Sizes(1200, 700), 1200), (Sizes(800), 600), (Sizes(0, 400), 600), (Sizes(500), None)]
)
def test_a_thumbnail_is_no_larger_than_there_is_room_for(room: Sizes, size: int | None) -> None:
    found = oembed.thumbnail(SITE, CardAddress("/embed/map"), "/map.svg?of=events", room)
    assert found.get("thumbnail_width") == size
    record = oembed.thumbnail(SITE, CardAddress("/embed/figures/x"), "", room)
    assert record.get("thumbnail_width") == (1200 if size == 1200 else None)


async def test_a_page_of_a_map_leads_to_its_card(aleppo: Instance) -> None:
    text = (await aleppo.client.get("/map?of=events&country=SYR", headers={"accept": "text/html"})).text
    assert "/embed/map?of=events&amp;amp;country=SYR" in text or "/embed/map?of=events&amp;country=SYR" in text
    assert 'type="application/json+oembed"' in text
    assert "<strong>Numbers count events, not people.</strong>" in text
    assert "Numbers count events, not people." in await card(aleppo, "/embed/map?of=events&country=SYR"), (
        "in letters, not only in the picture"
    )
