"""Pages and cards of figures with their sentence in another language: the one that REST says, marked with its language and its direction."""

from __future__ import annotations

from html import unescape
from urllib.parse import quote

import httpx2
import pytest

from api.words.languages import LANGUAGES

FIGURE = "ucdp-ged-48761-total"
HTML = {"accept": "text/html"}


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_page_and_a_card_say_what_rest_says(client: httpx2.AsyncClient, lang: str) -> None:
    words = (await client.get(f"/v1/figures/{FIGURE}?words={lang}")).json()["data"]["words"]
    page = unescape((await client.get(f"/figures/{FIGURE}?lang={lang}", headers=HTML)).text)
    card = unescape((await client.get(f"/embed/figures/{FIGURE}?lang={lang}")).text)
    if lang == "en":
        assert f'<h1 id="sentence" class="sentence">{words}</h1>' in page and "lang=ar" in page and "lang=en" not in page
        return
    direction = "rtl" if lang == "ar" else "ltr"
    assert f'<h1 id="sentence" class="sentence" lang="{lang}" dir="{direction}">{words}</h1>' in page
    assert f'<h1 lang="{lang}" dir="{direction}">{words}</h1>' in card and card.count(words) == 2, "in the heading and in the title"
    assert f"/embed/figures/{FIGURE}?lang={lang}&corrected_since=" in unescape(page), "the card to paste is in the same language"


async def test_oembed_has_the_sentence_in_the_language_of_the_address(client: httpx2.AsyncClient) -> None:
    words = (await client.get(f"/v1/figures/{FIGURE}?words=ar")).json()["data"]["words"]
    url = f"{client.base_url}/figures/{FIGURE}?lang=ar".replace("//figures", "/figures")
    document = (await client.get(f"/oembed?url={quote(url, safe='')}")).json()
    assert document["title"] == words and f"/embed/figures/{FIGURE}?lang=ar" in unescape(document["html"])
    assert f'/figures/{FIGURE}?lang=ar">' in unescape(document["html"])


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (f"/figures/{FIGURE}?lang=xx", "there is no language 'xx'"),
        (f"/embed/figures/{FIGURE}?lang=xx", "there is no language 'xx'"),
        ("/events/aleppo-offensive-2024?lang=fr", "is not a parameter here"),
        ("/embed/events/aleppo-offensive-2024?lang=fr", "only cards of figures"),
        ("/embed/totals?measure=killed&lang=fr", "only cards of figures"),
    ],
)
async def test_a_language_that_is_not_there_is_refused(client: httpx2.AsyncClient, path: str, message: str) -> None:
    response = await client.get(path, headers=HTML)
    assert response.status_code == 400 and message in unescape(response.text)
