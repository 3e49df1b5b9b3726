"""Pictures of cards: all of the words of a card are in them, and pages lead to them."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from api.pages import assets
from api.pages.card_pictures import BOTTOM, SMALLEST, svg
from api.pages.card_words import Content
from api.pages.cards import Card
from api.pages.notice_words import NoticeText
from api.pages.notices import Event

from ..conftest import Instance

CONTENT = Content(
    "More than 14,000 people displaced", "In Idlib; event: حلب 12 (Aleppo)", "", "OCHA (as reported by Pravda.Ru)", grade="C2", grade_words="fairly reliable",
    disputed="Disputed: 300 according to Paper B",
)  # fmt: skip
CARD = Card(CONTENT, "/figures/x", 3, "2026-11-29T12:00:00Z", 4, "", frozen=True)


def words_of(picture: str) -> str:
    return unescape(" ".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture)))


def test_a_picture_has_all_words_of_its_card() -> None:
    text = words_of(svg(CARD))
    for part in (
        CONTENT.heading,
        "Disputed: 300 according to Paper B",
        "Source: OCHA (as reported by Pravda.Ru) · Grade C2",
        "as of revision 3, 29 November 2026",
    ):
        assert part in text
    assert "\u2067حلب 12\u2069 (Aleppo)" in text and "Disputed: Disputed" not in text
    assert "and 13,840 more" in words_of(svg(replace(CARD, content=replace(CONTENT, more=13840))))


def test_what_was_retracted_never_looks_true() -> None:
    gone = NoticeText(Event.RETRACTED, "Retracted", "This number was retracted on 3 December 2026; do not use it", (), "", 4, gone=True)
    text = words_of(svg(replace(CARD, notices=(gone,))))
    assert text.startswith("This number was retracted") and "Retracted: More than 14,000" in text
    assert "Retracted: More than 14,000" in words_of(svg(replace(CARD, notices=(replace(gone, head=""),))))


def test_long_words_become_smaller_and_are_not_cut() -> None:
    long = " ".join(f"word{n}" for n in range(250))
    picture = svg(replace(CARD, content=replace(CONTENT, detail=long)))
    assert "word249" in words_of(picture) and "14,000" in words_of(picture)
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', picture)]
    assert min(sizes) >= SMALLEST * 0.5 and max(float(y) for y in re.findall(r'" y="([\d.]+)"', picture)[:-1]) <= BOTTOM + 1


async def test_a_page_leads_to_the_picture_of_its_card(aleppo: Instance) -> None:
    id = "aleppo-displacement-2024-displaced"
    page = (await aleppo.client.get(f"/figures/{id}")).text
    found = re.search(r'<meta property="og:image" content="https?://[^/]+(/cards/[^"]+)">', page)
    assert found and found[1] == f"/cards/figures/{id}.png"
    picture = await aleppo.client.get(found[1])
    assert picture.status_code == 200 and picture.headers["content-type"] == "image/png" and picture.content.startswith(b"\x89PNG")
    assert (await aleppo.client.get(found[1])).content == picture.content
    assert (await aleppo.client.get("/cards/figures/nobody.png")).status_code == 404
    assert (await aleppo.client.get(f"{found[1]}?notice=off")).status_code == 400


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/events/aleppo-offensive-2024", "/cards/events/aleppo-offensive-2024.png"), ("/events?kind=battle", "/map.png?of=events&amp;kind=battle"),
        ("/locations/aleppo-city", "/map.png?of="), ("/actors", "/cards/site.png"), ("/sources", "/cards/site.png"), ("/collections/aleppo-2024", "/cards/site.png"),
        ("/", "/cards/site.png"), ("/map?of=events&kind=battle", "/map.png?of=events&amp;kind=battle"), ("/revisions/1", "/cards/site.png"),
        ("/collections", "/cards/site.png"), ("/dictionary", "/cards/site.png"),
    ],
)  # fmt: skip
async def test_each_page_has_a_picture_to_show_beside_its_link(aleppo: Instance, path: str, expected: str) -> None:
    page = (await aleppo.client.get(path)).text
    expected = expected if assets.installed() or "/map" not in expected else "/cards/site.png"
    found = re.findall(r'<meta property="og:image" content="https?://[^/]+(/[^"]+)">', page)
    assert len(found) == 1 and found[0].startswith(expected) and page.count("og:title") == 1
    picture = await aleppo.client.get(unescape(found[0]))
    assert picture.status_code == 200 and picture.content.startswith(b"\x89PNG")
    assert int.from_bytes(picture.content[16:20], "big") == 1200 and int.from_bytes(picture.content[20:24], "big") == 628
